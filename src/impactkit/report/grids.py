"""The tables of a page, and the sentence that teaches to read each one by its first row."""

from __future__ import annotations

from impactkit.document.blocks import Cell, Grid
from impactkit.evidence.record import (
    AlternativeRecord,
    BalanceRecord,
    EffectRecord,
    FlowRecord,
    GroupRecord,
    SecondaryRecord,
)
from impactkit.plot.wording import arm_name, count, month_name
from impactkit.report.material import Material
from impactkit.text.numbers import number, percent

# ------------------------------------------------------------------ flow


def flow_grid(material: Material) -> Grid:
    """Return the boxes of the flow, one a row."""
    rows = tuple(_flow_row(material, step, first=i == 0) for i, step in enumerate(material.record.flow))
    header = ("group", "step", "n", "lost", "reason")
    return Grid(
        caption=material.say("flow.data"),
        header=tuple(material.say(f"flow.{name}") for name in header),
        rows=rows,
        numeric=frozenset({2, 3}),
    )


def _flow_row(material: Material, step: FlowRecord, *, first: bool) -> tuple[Cell, ...]:
    language = material.language
    hidden_loss = step.lost is None and (step.n is None or step.reason is not None) and not first
    return (
        Cell(text=arm_name(material.record, step.arm).text(language)),
        Cell(text=step.label.text(language)),
        material.count(step.n),
        material.cell(None)
        if hidden_loss
        else Cell(text="" if step.lost is None else number(step.lost, language)),
        Cell(text=step.reason.text(language) if step.reason is not None else ""),
    )


def flow_reading(material: Material) -> str:
    """Read the last box of the first group."""
    flow = material.record.flow
    last = [step for step in flow if step.arm == "treated"] or list(flow)
    return material.say(
        "flow.reading",
        {
            "arm": arm_name(material.record, last[-1].arm),
            "label": last[-1].label.text(material.language),
            "n": count(last[-1].n, material.language),
        },
    )


# ------------------------------------------------------------------ balance


def balance_grid(material: Material) -> Grid:
    """Return the characteristics of the two groups, one a row."""
    arms = [arm_name(material.record, arm).text(material.language) for arm in ("treated", "comparison")]
    return Grid(
        caption=material.say("balance.data"),
        header=(material.say("balance.characteristic"), *arms, material.say("balance.smd")),
        rows=tuple(_balance_row(material, row) for row in material.record.balance),
        numeric=frozenset({1, 2, 3}),
    )


def _balance_row(material: Material, row: BalanceRecord) -> tuple[Cell, ...]:
    return (
        Cell(text=row.label.text(material.language)),
        _characteristic(material, row, row.mean_treated),
        _characteristic(material, row, row.mean_comparison),
        Cell(text=_smd(material, row)),
    )


def _characteristic(material: Material, row: BalanceRecord, value: float | None) -> Cell:
    if value is None:
        return material.cell(None)
    if row.type == "boolean":
        return Cell(text=percent(value, material.language))
    return Cell(text=_rounded(value, material))


def _rounded(value: float, material: Material) -> str:
    """Write a number of unknown precision with about three digits."""
    decimals = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return number(value, material.language, decimals=decimals)


def _smd(material: Material, row: BalanceRecord) -> str:
    low, high = (number(size, material.language, decimals=2) for size in (row.smd_low, row.smd_high))
    if row.smd_low == row.smd_high:
        return number(row.smd_low, material.language, decimals=2, sign=True)
    return material.say("range", {"low": low, "high": high})


def balance_reading(material: Material) -> str:
    """Read the first characteristic."""
    row = material.record.balance[0]
    label, treated, comparison, smd = (cell.text for cell in _balance_row(material, row))
    if row.mean_treated is None or row.mean_comparison is None:
        ends = {"low": row.smd_low, "high": row.smd_high}
        sizes = {name: number(size, material.language, decimals=2) for name, size in ends.items()}
        return material.say("balance.reading_hidden", {"label": label, **sizes})
    return material.say(
        "balance.reading", {"label": label, "treated": treated, "comparison": comparison, "smd": smd}
    )


# ------------------------------------------------------------------ effect


def effect_grid(material: Material, found: EffectRecord) -> Grid:
    """Return the numbers that the effect figure draws."""
    scale, language = material.scale, material.language
    values = [("low", found.conf_low), ("high", found.conf_high), ("estimate", found.estimate)]
    rows = [(material.say(f"effect.{key}"), scale.change(value, language)) for key, value in values]
    minimum = material.outcome.minimum_effect
    if minimum is not None:
        written = scale.exact(minimum).change(minimum, language, sign=False)
        rows.append((material.say("effect.minimum"), written))
    return Grid(
        caption=material.say("effect.data"),
        header=(material.say("effect.what"), material.say("effect.value")),
        rows=tuple((Cell(text=name), Cell(text=value)) for name, value in rows),
        numeric=frozenset({1}),
    )


def effect_reading(material: Material, found: EffectRecord) -> str:
    """Read the interval."""
    ends = material.scale.ends(found.conf_low, found.conf_high, material.language)
    return material.say(f"effect.reading.{material.record.claim}", ends)


# ------------------------------------------------------------------ means


def means_grid(material: Material) -> Grid:
    """Return the outcome of each group before and after; only the times that were measured."""
    record = material.record
    places = {(mean.group, mean.time): mean for mean in record.means}
    has_before = any(time == "before" for _, time in places)
    groups = list(dict.fromkeys(mean.group for mean in record.means))
    before, after = (name.text(material.language) for name in record.window)
    header = [material.say("means.group"), material.say("means.people")]
    header += [material.say("means.before", {"when": before})] if has_before else []
    if record.duration is not None:
        header.append(material.say(f"means.time_{record.duration.kind}"))
    else:
        header.append(material.say("means.after", {"when": after}))
    header += [material.say("means.change")] if has_before else []
    rows = tuple(
        _means_row(material, group, places.get((group, "before")), places.get((group, "after")), has_before)
        for group in groups
    )
    return Grid(
        caption=with_unit(material, "means.caption"),
        header=tuple(header),
        rows=rows,
        numeric=frozenset(range(1, len(header))),
    )


def _means_row(
    material: Material, group: str, before: GroupRecord | None, after: GroupRecord | None, has_before: bool
) -> tuple[Cell, ...]:
    levels = [mean.mean if mean is not None else None for mean in (before, after)]
    people = after if after is not None else before
    cells = [
        Cell(text=arm_name(material.record, group).text(material.language)),
        material.count(people.n if people is not None else None),
    ]
    cells += [entry(material, levels[0])] if has_before else []
    cells.append(entry(material, levels[1]))
    cells += [_change(material, *levels)] if has_before else []
    return tuple(cells)


def entry(material: Material, value: float | None) -> Cell:
    """Return the cell of a mean or a share, under a title that has the unit."""
    return material.cell(None if value is None else material.scale.entry(value, material.language))


def _change(material: Material, before: float | None, after: float | None) -> Cell:
    if before is None or after is None:
        return material.cell(None)
    if material.outcome.type == "boolean":
        return Cell(text=material.scale.change(after - before, material.language))
    return Cell(text=material.scale.bare(after - before, material.language))


def with_unit(material: Material, key: str) -> str:
    """Write a table's title, with the unit of its numbers when they have one."""
    unit = material.outcome.unit
    outcome = {"outcome": material.outcome_name}
    if unit is None:
        return material.say(key, outcome)
    return material.say(f"{key}_with_unit", outcome | {"unit": unit.text(material.language)})


def means_reading(material: Material) -> str:
    """Read the first group."""
    record = material.record
    group = record.means[0].group
    levels = {mean.time: mean.mean for mean in record.means if mean.group == group}
    params: dict[str, object] = {"group": arm_name(record, group), "outcome": material.outcome_name}
    if any(level is None for level in levels.values()) or "after" not in levels:
        return material.say("means.reading_hidden", {"group": params["group"]})
    kind = "share" if record.outcome.type == "boolean" else "number"
    params |= {time: material.level(level).text for time, level in levels.items()}
    return material.say(f"means.reading_{kind}" + ("" if "before" in levels else "_after"), params)


# ------------------------------------------------------------------ series


def series_grid(material: Material) -> Grid:
    """Return the months of the series, one a row."""
    drawn = material.record.series
    assert drawn is not None
    lines = [("treated", drawn.treated)]
    if drawn.comparison is not None:
        lines.append(("comparison", drawn.comparison))
    names = [arm_name(material.record, arm).text(material.language) for arm, _ in lines]
    rows = tuple(
        (
            Cell(text=month_name(month, material.language)),
            *(entry(material, values[i]) for _, values in lines),
        )
        for i, month in enumerate(drawn.months)
    )
    return Grid(
        caption=with_unit(material, "series.data"),
        header=(material.say("series.month"), *names),
        rows=rows,
        numeric=frozenset(range(1, len(lines) + 1)),
    )


def series_reading(material: Material) -> str:
    """Read the first month of the territory."""
    drawn = material.record.series
    assert drawn is not None
    arm = arm_name(material.record, "treated")
    month = month_name(drawn.months[0], material.language)
    if drawn.treated[0] is None:
        return material.say("series.reading_hidden", {"month": month, "arm": arm})
    value = material.level(drawn.treated[0]).text
    return material.say(
        "series.reading", {"month": month, "arm": arm, "outcome": material.outcome_name, "value": value}
    )


# ------------------------------------------------------------------ other outcomes, checks


def secondary_grid(material: Material) -> Grid:
    """Return the other outcomes, one a row."""
    language = material.language
    rows = tuple(
        (
            Cell(text=row.outcome.label.text(language)),
            Cell(text=row.sentence.text(language)),
            material.cell(None if row.p_holm is None else material.p_value(row.p_holm)),
        )
        for row in material.record.secondary
    )
    return Grid(
        caption=material.say("secondary.caption"),
        header=tuple(material.say(f"secondary.{name}") for name in ("outcome", "finding", "p")),
        rows=rows,
        numeric=frozenset({2}),
    )


def secondary_reading(material: Material) -> str:
    """Read the first of the other outcomes."""
    first: SecondaryRecord = material.record.secondary[0]
    outcome = first.outcome.label.text(material.language)
    if first.p_holm is None:
        return material.say("secondary.reading_none", {"outcome": outcome})
    return material.say("secondary.reading", {"outcome": outcome, "p": material.p_value(first.p_holm)})


def alternatives_grid(material: Material) -> Grid:
    """Return what other methods say of the effect, one a row."""
    rows = tuple(
        (
            Cell(text=row.label.text(material.language)),
            Cell(text=_interval(row, material)),
            Cell(text=material.p_value(row.p_value)),
        )
        for row in material.record.alternatives
    )
    names = ("alternatives_method", "alternatives_interval", "alternatives_p")
    return Grid(
        caption=material.say("annex.alternatives"),
        header=tuple(material.say(f"annex.{name}") for name in names),
        rows=rows,
        numeric=frozenset({1, 2}),
    )


def _interval(row: AlternativeRecord, material: Material) -> str:
    if row.conf_low is None or row.conf_high is None:
        return material.say("annex.alternatives_none")
    if row.scale == "outcome":
        return material.say("range", material.scale.ends(row.conf_low, row.conf_high, material.language))
    low, high = (
        percent(end, material.language)
        if row.scale == "chance"
        else number(end, material.language, decimals=2)
        for end in (row.conf_low, row.conf_high)
    )
    return material.say("range", {"low": low, "high": high})


def alternatives_reading(material: Material) -> str:
    """Read the first of the alternatives."""
    first = material.record.alternatives[0]
    params = {"method": first.label.text(material.language), "p": material.p_value(first.p_value)}
    return material.say("annex.alternatives_reading", params)


def checks_grid(material: Material) -> Grid:
    """Return the questions put to the estimate, one a row."""
    rows = tuple(
        (
            Cell(text=check.question.text(material.language)),
            Cell(text=material.say(f"status.{check.status}"), status=check.status),
            Cell(text=check.reason.text(material.language)),
        )
        for check in material.record.checks
    )
    return Grid(
        caption=material.say("checks.caption"),
        header=tuple(material.say(f"checks.{name}") for name in ("question", "answer", "reason")),
        rows=rows,
    )


def checks_reading(material: Material) -> str:
    """Read the first question."""
    first = material.record.checks[0]
    answer = material.say(f"status.{first.status}")
    return material.say(
        "checks.reading", {"question": first.question.text(material.language), "answer": answer}
    )
