"""The method as a target trial: what one would do if one could, and what was done, item by item.

References
----------
Hernán, M. A. and Robins, J. M. (2016). Using big data to emulate a target trial when a randomized trial is
not available. American Journal of Epidemiology 183(8), 758-764.
"""

from __future__ import annotations

from impactkit.document.blocks import Block, Cell, Grid, Table
from impactkit.evidence.record import MadeComparable
from impactkit.files.model import Threshold
from impactkit.plot.wording import month_name
from impactkit.report.material import Material
from impactkit.report.times import horizon_text
from impactkit.text import Message
from impactkit.text.numbers import number


def trial(material: Material) -> Block:
    """Return the table of the trial that the measure imitates."""
    here = {
        "eligibility": _people(material),
        "strategies": _strategies(material),
        "assignment": material.say(f"trial.assignment_of.{_assignment(material)}"),
        "follow_up": _when(material),
        "outcome": _outcome(material),
        "contrast": material.say(f"annex.estimand_of.{material.estimand}"),
        "assumption": _assumption(material),
        "analysis": _analysis(material),
    }
    kind = "months" if material.is_series else "people"
    rows = tuple(
        (
            Cell(text=material.say(f"trial.item.{key}")),
            Cell(text=material.say(f"trial.ideal_{kind}.{key}")),
            Cell(text=_capital(text)),
        )
        for key, text in here.items()
    )
    grid = Grid(
        caption=material.say("trial.caption"),
        header=tuple(material.say(f"trial.{key}") for key in ("element", "ideal", "here")),
        rows=rows,
    )
    return Table(grid=grid, note=material.note(material.say("trial.reading"), scope=material.scope))


def _assignment(material: Material) -> str:
    """Name what decided who was in which group."""
    record = material.record
    if material.is_series:
        return "series_alone" if record.comparison == "none" else "series"
    if record.method in ("discontinuity", "encouragement"):
        return record.method
    return record.comparison


def _people(material: Material) -> str:
    record = material.record
    if material.is_series:
        return material.say("trial.territory", {"territory": record.territory})
    treated = material.say("trial.treated", {"analysed": _analysed(material, record.n_treated)})
    if record.comparison == "none":
        return treated
    compared = material.say("trial.compared", {"analysed": _analysed(material, record.n_comparison)})
    return f"{treated} {compared}"


def _analysed(material: Material, n: int | None) -> str:
    if n is None:
        return material.say("method.analysed_hidden")
    return material.say("method.analysed", {"n": number(n, material.language)})


def _strategies(material: Material) -> str:
    alone = material.record.comparison == "none"
    if material.is_series:
        return material.say("method.no_territory" if alone else "method.other_territory")
    if alone:
        return material.say("method.nobody")
    compared = Message(f"comparison.{material.record.comparison}").text(material.language)
    return material.say("trial.strategies", {"compared": compared})


def _when(material: Material) -> str:
    said = [_dates(material)]
    if material.record.duration is not None:
        until = horizon_text(material, material.record.duration.horizon)
        said.append(material.say("trial.horizon", {"horizon": until}))
    return " ".join(said)


def _dates(material: Material) -> str:
    drawn = material.record.series
    if drawn is not None:
        months = {"first": drawn.months[0], "last": drawn.months[-1], "start": drawn.start}
        named = {key: month_name(month, material.language) for key, month in months.items()}
        return material.say("method.months", named)
    before, after = (name.text(material.language) for name in material.record.window)
    if before == after:
        return material.say("method.once", {"after": after})
    return material.say("method.from_to", {"before": before, "after": after})


def _outcome(material: Material) -> str:
    name = {"outcome": material.outcome_name}
    said = [material.say(f"method.outcome_{material.outcome.direction}", name)]
    unit = _unit(material)
    if unit:
        said.append(material.say("trial.unit", {"unit": unit}))
    return ", ".join(said) + material.say("trial.minimum", {"minimum": minimum_effect(material)})


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


def _assumption(material: Material) -> str:
    """Return what the design supposes, which comes first among the verdict's reasons."""
    reasons = material.record.reasons
    return reasons[0].text(material.language) if reasons else material.say("trial.no_assumption")


def _analysis(material: Material) -> str:
    record = material.record
    said = [material.say("trial.analysis", {"analysis": _capital(material.analysis)})]
    if material.action.threshold is not None:
        said.append(
            material.say("trial.threshold", {"threshold": _threshold(material, material.action.threshold)})
        )
    if record.made_comparable is not None:
        said.append(material.say("trial.made", {"made": _made_comparable(material, record.made_comparable)}))
    names = ", ".join(name.text(material.language) for name in record.covariates)
    said.append(material.say("trial.covariates", {"names": names or material.say("method.no_covariates")}))
    return " ".join(said)


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
    return _capital(material.say(f"method.made_comparable_by.{made.method}", {"names": names}))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
