"""What the cohort says of itself: losses, who was lost, publics, households, links; folded under the flow."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from impactkit.disclosure import profile_of
from impactkit.document.blocks import Block, Cell, Facts, Folded, Grid, Paragraph, Table
from impactkit.evidence import rules
from impactkit.evidence.record import AccountsRecord, Band
from impactkit.plot.wording import arm_name
from impactkit.report.material import Material, Scope, is_masked
from impactkit.text import Message
from impactkit.text.numbers import number, percent


def accounts(material: Material) -> tuple[Block, ...]:
    """Return the accounts, folded; nothing when the record has none to tell."""
    told = material.record.accounts
    if told is None:
        return ()
    blocks = [*_losses(material, told), *_who(material, told), *_publics(material, told)]
    blocks += [*_households(material, told), *_links(material, told)]
    if not blocks:
        return ()
    minimum = profile_of(material.record.secrecy).minimum
    note = Paragraph(text=_say(material, "note", {"n": minimum}), tone="quiet")
    return (Folded(summary=_say(material, "summary"), blocks=(note, *blocks)),)


def _say(material: Material, key: str, params: Mapping[str, Any] | None = None) -> str:
    return Message(f"account.{key}", params or {}).text(material.language)


def _arm(material: Material, arm: str) -> Cell:
    return Cell(text=arm_name(material.record, arm).text(material.language))


def _share(material: Material, band: Band | None) -> Cell:
    return _band(material, band, lambda share: percent(share, material.language))


def _size(material: Material, band: Band | None) -> Cell:
    return _band(material, band, lambda size: number(size, material.language, decimals=2))


def _band(material: Material, band: Band | None, write: Callable[[float], str]) -> Cell:
    if band is None:
        return material.cell(None)
    if band.high is None or band.high == 1:
        return Cell(text=_say(material, "band.highest", {"low": write(band.low)}))
    kind = "lowest" if band.low == 0 else "between"
    ends = {"low": write(band.low)} if kind == "between" else {}
    return Cell(text=_say(material, f"band.{kind}", {**ends, "high": write(band.high)}))


def _table(
    material: Material,
    key: str,
    header: tuple[str, ...],
    rows: tuple[tuple[Cell, ...], ...],
    *,
    reading: str,
    scope: Scope,
    numeric: frozenset[int] = frozenset(),
) -> Table:
    grid = Grid(
        caption=_say(material, f"{key}.caption"),
        header=tuple(_say(material, name) for name in header),
        rows=rows,
        numeric=numeric,
    )
    return Table(grid=grid, note=material.note(reading, scope=scope, masked=is_masked(grid, material)))


def _losses(material: Material, told: AccountsRecord) -> tuple[Block, ...]:
    if not told.losses:
        return ()
    rows = tuple(
        (
            Cell(text=row.period.text(material.language)),
            _arm(material, row.group),
            _share(material, row.lost),
            Cell(text="" if row.mostly is None else _say(material, f"mostly.{row.mostly}")),
        )
        for row in told.losses
    )
    # The last time of the first group tells most.
    last = next(row for row in reversed(rows) if row[1] == rows[0][1])
    named = {"period": last[0].text, "group": last[1].text, "band": last[2].text}
    reading = _say(material, "losses.reading", named)
    header = ("time", "group", "losses.lost", "losses.mostly")
    width = 4 if any(row[3].text for row in rows) else 3
    shown = tuple(row[:width] for row in rows)
    return (_table(material, "losses", header[:width], shown, reading=reading, scope="files"),)


def _who(material: Material, told: AccountsRecord) -> tuple[Block, ...]:
    known = [row for row in told.lost_who if row.std_diff is not None]
    if not known:
        return ()
    rows = tuple(
        (
            Cell(text=row.label.text(material.language)),
            _size(material, row.std_diff),
            Cell(text="" if row.std_diff is None else _say(material, f"meaning.{_meaning(row.std_diff)}")),
        )
        for row in told.lost_who
    )
    first = known[0]
    named = {
        "label": first.label.text(material.language),
        "band": _size(material, first.std_diff).text,
    }
    reading = _say(material, "who.reading", named)
    header = ("who.characteristic", "who.difference", "who.meaning")
    return (_table(material, "who", header, rows, reading=reading, scope="files"),)


def _meaning(band: Band) -> str:
    """Say what a band calls for, by its upper end."""
    return "apart" if band.high is None else "adjust" if band.high > rules.WWC_EQUIVALENT else "alike"


def _publics(material: Material, told: AccountsRecord) -> tuple[Block, ...]:
    if not told.publics:
        return ()
    rows = tuple(
        (
            Cell(text=row.label.text(material.language)),
            _share(material, row.share),
            _share(material, row.unknown),
        )
        for row in told.publics
    )
    reading = _say(material, "publics.reading", {"public": rows[0][0].text, "band": rows[0][1].text})
    header = ("publics.public", "publics.share", "publics.unknown")
    definitions = tuple(
        (row.label.text(material.language), row.definition.text(material.language)) for row in told.publics
    )
    table = _table(material, "publics", header, rows, reading=reading, scope="people")
    return (table, Facts(items=definitions))


def _households(material: Material, told: AccountsRecord) -> tuple[Block, ...]:
    if not told.households:
        return ()
    rows = tuple(
        (_arm(material, row.group), material.count(row.people), material.count(row.households))
        for row in told.households
    )
    group, people, households = (cell.text for cell in rows[0])
    named = {"group": group, "people": people, "households": households}
    hidden = told.households[0].households is None
    reading = _say(
        material,
        "households.reading_hidden" if hidden else "households.reading",
        {"group": group} if hidden else named,
    )
    header = ("group", "households.people", "households.households")
    return (
        _table(
            material, "households", header, rows, reading=reading, scope="people", numeric=frozenset({1, 2})
        ),
    )


def _links(material: Material, told: AccountsRecord) -> tuple[Block, ...]:
    if not told.links:
        # Nothing was linked: losses are losses. Links given by hand are told below, whatever the files share.
        by_identifier = told.found_by == "identifier"
        return (Paragraph(text=_say(material, "links.by_identifier")),) if by_identifier else ()
    rows = tuple(
        (
            Cell(text=row.by.text(material.language)),
            Cell(text=row.level.text(material.language)),
            _share(material, row.not_sure),
        )
        for row in told.links
    )
    by, level, band = (cell.text for cell in rows[0])
    reading = _say(material, "links.reading", {"by": by, "level": level, "band": band})
    return (
        _table(
            material,
            "links",
            ("links.by", "links.level", "links.not_sure"),
            rows,
            reading=reading,
            scope="files",
        ),
    )
