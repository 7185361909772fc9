"""How it was measured: the method in short, the people, and whether the groups were alike."""

from __future__ import annotations

from impactkit.document.blocks import Block, Facts, Heading, Paragraph
from impactkit.evidence.record import MadeComparable
from impactkit.files.model import Threshold
from impactkit.plot.wording import month_name
from impactkit.report import grids
from impactkit.report.figures import figure
from impactkit.report.material import Material, is_masked
from impactkit.report.times import horizon_text
from impactkit.text import Message
from impactkit.text.numbers import number


def method(material: Material) -> tuple[Block, ...]:
    """Return the method and what its uncertainty rests on, then the trial that it imitates, item by item."""
    record = material.record
    items = [("question", _question(material)), *_people(material), ("when", _when(material))]
    items.append(
        (
            "outcome",
            material.say(f"method.outcome_{record.outcome.direction}", {"outcome": material.outcome_name}),
        )
    )
    unit = _unit(material)
    if unit:
        items.append(("unit", unit))
    items.append(("minimum", minimum_effect(material)))
    items.append(("analysis", material.analysis))
    if material.action.threshold is not None:
        items.append(("threshold", _threshold(material, material.action.threshold)))
    if record.duration is not None:
        items.append(("horizon", horizon_text(material, record.duration.horizon)))
    if record.made_comparable is not None:
        items.append(("made_comparable", _made_comparable(material, record.made_comparable)))
    items.append(("covariates", _covariates(material)))
    said = (record.sentences.method, record.sentences.uncertainty)
    return (
        *(Paragraph(text=text.text(material.language)) for text in said if text is not None),
        Facts(items=tuple((material.say(f"method.{key}"), _capital(text)) for key, text in items)),
    )


def _question(material: Material) -> str:
    return material.say(f"method.question_of.{material.estimand}", {"outcome": material.outcome_name})


def _people(material: Material) -> list[tuple[str, str]]:
    record = material.record
    alone = record.comparison == "none"
    if material.is_series:
        return [("compared", material.say("method.no_territory" if alone else "method.other_territory"))]
    who = ("who", _analysed(material, record.n_treated))
    if alone:
        return [who, ("compared", material.say("method.nobody"))]
    compared = Message(f"comparison.{record.comparison}").text(material.language)
    return [who, ("compared", compared), ("compared_people", _analysed(material, record.n_comparison))]


def _analysed(material: Material, n: int | None) -> str:
    if n is None:
        return material.say("method.analysed_hidden")
    return material.say("method.analysed", {"n": number(n, material.language)})


def _when(material: Material) -> str:
    drawn = material.record.series
    if drawn is not None:
        months = {"first": drawn.months[0], "last": drawn.months[-1], "start": drawn.start}
        named = {key: month_name(month, material.language) for key, month in months.items()}
        return material.say("method.months", named)
    before, after = (name.text(material.language) for name in material.record.window)
    if before == after:
        return material.say("method.once", {"after": after})
    return material.say("method.from_to", {"before": before, "after": after})


def _unit(material: Material) -> str:
    outcome = material.outcome
    if outcome.type == "boolean":
        return material.say("method.unit_share")
    return outcome.unit.text(material.language) if outcome.unit is not None else ""


def minimum_effect(material: Material) -> str:
    """Write the smallest effect worth having, as declared."""
    minimum = material.outcome.minimum_effect
    if minimum is None:
        return material.say("method.minimum_absent")
    return material.scale.exact(minimum).change(minimum, material.language, sign=False)


def _threshold(material: Material, threshold: Threshold) -> str:
    """Say what decides of the right, and from which value: the study's own words."""
    variable = material.study.variables[threshold.running]
    unit = f" {variable.unit.text(material.language)}" if variable.unit is not None else ""
    decimals = 0 if threshold.cutoff == round(threshold.cutoff) else 2
    value = number(threshold.cutoff, material.language, decimals=decimals) + unit
    return material.say("method.threshold_at", {"name": variable.label, "value": value})


def _made_comparable(material: Material, made: MadeComparable) -> str:
    """Say how, and on what."""
    names = ", ".join(name.text(material.language) for name in made.on)
    return material.say(f"method.made_comparable_by.{made.method}", {"names": names})


def _covariates(material: Material) -> str:
    names = [name.text(material.language) for name in material.record.covariates]
    return ", ".join(names) or material.say("method.no_covariates")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def flow(material: Material) -> tuple[Block, ...]:
    """Return the figure of who is followed and who was lost."""
    record = material.record
    if material.is_series:
        return (Paragraph(text=material.say("flow.series")),)
    if not record.flow:
        return (Paragraph(text=material.say("flow.absent")),)
    data = grids.flow_grid(material)
    note = material.note(grids.flow_reading(material), scope="files", masked=is_masked(data, material))
    return (figure(material, "flow", data=data, note=note),)


def balance(material: Material) -> tuple[Block, ...]:
    """Return the figure of how alike the groups were, or why there is none."""
    record = material.record
    heading = Heading(text=material.say("balance.heading"), anchor="balance")
    if record.comparison == "none":
        return (heading, Paragraph(text=material.say("balance.nobody")))
    if material.is_series:
        return (heading, Paragraph(text=material.say("balance.series")))
    if not record.balance:
        return (heading, Paragraph(text=material.say("balance.absent")))
    data = grids.balance_grid(material)
    note = material.note(grids.balance_reading(material), scope="people", masked=is_masked(data, material))
    return (heading, figure(material, "balance", data=data, note=note))
