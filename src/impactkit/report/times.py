"""The table of the curves of the time before an event, the sentence that teaches to read it, its horizon."""

from __future__ import annotations

from impactkit.document.blocks import Cell, Grid
from impactkit.evidence.record import CurvePoint, CurveRecord, DurationRecord
from impactkit.plot.wording import arm_name
from impactkit.report.material import Material
from impactkit.text.numbers import number, percent


def survival_grid(material: Material, duration: DurationRecord) -> Grid:
    """Return the points of the curves, one a row."""
    header = ("group", "time", duration.kind, "at_risk")
    rows = (_row(material, curve, point) for curve in duration.curves for point in curve.points)
    return Grid(
        caption=material.say("survival.data"),
        header=tuple(material.say(f"survival.{name}") for name in header),
        rows=tuple(rows),
        numeric=frozenset({1, 2, 3}),
    )


def _row(material: Material, curve: CurveRecord, point: CurvePoint) -> tuple[Cell, ...]:
    return (
        Cell(text=arm_name(material.record, curve.group).text(material.language)),
        Cell(text=_time(material, point)),
        Cell(text=percent(point.share, material.language)),
        material.count(point.at_risk) if point.counted else Cell(text=""),
    )


def _time(material: Material, point: CurvePoint) -> str:
    return material.scale.exact(point.time).level(point.time, material.language)


def survival_reading(material: Material, duration: DurationRecord) -> str:
    """Read the last point of the first group."""
    curve = duration.curves[0]
    last = curve.points[-1]
    params = {
        "group": arm_name(material.record, curve.group),
        "time": _time(material, last),
        "share": percent(last.share, material.language),
    }
    return material.say(f"survival.reading_{duration.kind}", params)


def horizon_text(material: Material, horizon: float) -> str:
    """Write how long people are followed, as declared."""
    if material.outcome.unit is None:
        return number(horizon, material.language, decimals=material.scale.exact(horizon).decimals)
    return material.scale.exact(horizon).level(horizon, material.language)
