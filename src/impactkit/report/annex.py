"""The annex: all that someone else needs to make the figures again or to contest them."""

from __future__ import annotations

from impactkit.disclosure import profile_of
from impactkit.document.blocks import Block, Facts, Heading, Paragraph, Table
from impactkit.evidence.information_cost import information_cost
from impactkit.evidence.record import CheckRecord
from impactkit.report import grids
from impactkit.report.material import Material
from impactkit.text import Message
from impactkit.text.numbers import number


def annex(material: Material) -> tuple[Block, ...]:
    """Return the estimate in full, the thresholds, the provenance and the secrecy rules."""
    return (
        *_estimate(material),
        *_alternatives(material),
        *_sensitivity(material),
        *_thresholds(material),
        *_provenance(material),
        *_secrecy(material),
    )


def _heading(material: Material, key: str) -> Heading:
    return Heading(text=material.say(f"annex.{key}"), anchor=f"annex-{key}")


def _estimate(material: Material) -> tuple[Block, ...]:
    record, language, scale = material.record, material.language, material.scale
    heading = _heading(material, "estimate")
    found = record.effect
    if found is None:
        return (heading, Paragraph(text=material.say("annex.no_effect")))
    ends = scale.ends(found.conf_low, found.conf_high, language)
    df = material.say("annex.normal") if found.df is None else _value(found.df, material)
    items = [
        ("method", material.analysis),
        ("estimand", material.say(f"annex.estimand_of.{material.estimand}")),
        ("value", scale.change(found.estimate, language)),
        ("std_error", scale.finer.change(found.std_error, language, sign=False)),
        ("df", df),
        ("interval", material.say("range", ends)),
        ("p", material.p_value(found.p_value)),
    ]
    named = tuple((material.say(f"annex.{key}"), text) for key, text in items)
    settings = Facts(items=(("method", record.method), *record.provenance.settings.items()), technical=True)
    return (heading, Facts(items=named), _heading(material, "settings"), settings)


def _alternatives(material: Material) -> tuple[Block, ...]:
    if not material.record.alternatives:
        return ()
    note = material.note(grids.alternatives_reading(material), scope=material.scope)
    return (Table(grid=grids.alternatives_grid(material), note=note),)


def _sensitivity(material: Material) -> tuple[Block, ...]:
    found, language = material.record.sensitivity, material.language
    if not found:
        return ()
    items = tuple((item.label.text(language), item.reading.text(language)) for item in found)
    note = Paragraph(text=material.say("annex.sensitivity_note"), tone="quiet")
    return (_heading(material, "sensitivity"), Facts(items=items), note)


def _thresholds(material: Material) -> tuple[Block, ...]:
    heading = _heading(material, "thresholds")
    items = tuple(
        (check.question.text(material.language), _measured(material, check))
        for check in material.record.checks
        if check.value is not None or check.threshold is not None
    )
    if not items:
        return (heading, Paragraph(text=material.say("annex.no_thresholds")))
    return (heading, Facts(items=items))


def _measured(material: Material, check: CheckRecord) -> str:
    found = {"value": check.value, "threshold": check.threshold}
    shown = {name: _value(value, material) for name, value in found.items() if value is not None}
    key = "measured" if len(shown) == 2 else "measured_only" if "value" in shown else "threshold_only"
    return material.say(f"annex.{key}", shown)


def _value(value: float, material: Material) -> str:
    """Write a number with at most three significant digits and no idle zero."""
    digits = float(f"{value:.3g}")
    decimals = next((n for n in range(6) if round(digits, n) == digits), 6)
    return number(value, material.language, decimals=decimals)


def _provenance(material: Material) -> tuple[Block, ...]:
    made = material.record.provenance
    items = [("impactkit", made.impactkit), ("python", made.python)]
    named = [(material.say(f"annex.{key}"), text) for key, text in items]
    named += list(made.packages.items())
    if made.seed is not None:
        named.append((material.say("annex.seed"), str(made.seed)))
    if made.study_sha256:
        named.append((material.say("annex.study"), made.study_sha256))
    named += [(material.say("annex.input", {"path": path}), digest) for path, digest in made.inputs.items()]
    heading = _heading(material, "data")
    return (heading, Facts(items=tuple(named), technical=True))


def _secrecy(material: Material) -> tuple[Block, ...]:
    record = material.record
    minimum = profile_of(record.secrecy).minimum
    items = (
        (material.say("annex.profile"), record.secrecy),
        (
            material.say("annex.source"),
            Message(f"disclosure.source.{record.secrecy}").text(material.language),
        ),
        (material.say("annex.minimum"), material.say("annex.minimum_people", {"n": minimum})),
        (material.say("annex.masked"), _hidden(material)),
    )
    return (_heading(material, "secrecy"), Facts(items=items))


def _hidden(material: Material) -> str:
    """Say what secrecy costs this report: numbers hidden, of how many."""
    cost = information_cost(material.record)
    hidden, whole = (number(n, material.language) for n in (cost.hidden, cost.whole))
    return material.say("annex.masked_of", {"hidden": hidden, "whole": whole})
