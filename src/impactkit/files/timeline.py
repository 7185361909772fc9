"""A file of dated events, or of spells that begin and end, read; and what its rows may not say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from impactkit.errors import DataError, Problem
from impactkit.files.fold import TOTALS, fold
from impactkit.files.model import Study, Timeline
from impactkit.files.reading.convert import Kind, Reading, convert_column
from impactkit.files.reading.raw import RawTable, read_raw

# The columns of what is read; an event begins and ends on its day.
COLUMNS = ("row", "action", "kind", "start", "end", "reason")
ENTRY, EXIT = "entry", "exit"
_KINDS: dict[str, Kind] = {
    "unit": "identifier",
    "action": "category",
    "kind": "text",
    "date": "date",
    "start": "date",
    "end": "date",
    "reason": "text",
}
_MOST_ROWS_NAMED = 100
_NEVER = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TimelineRows:
    """The rows of a timeline.

    Attributes
    ----------
    timeline : Timeline
    raw : RawTable
        The file as it is written, with the columns of identities.
    units : (n,) array of str
        Identifier of each row; empty where there is none, or where the row is a total.
    frame : DataFrame
        `COLUMNS`, n rows.
    """

    timeline: Timeline
    raw: RawTable = field(repr=False)
    units: npt.NDArray[np.object_] = field(repr=False)
    frame: pd.DataFrame = field(repr=False)


def read_timeline(study: Study, timeline: Timeline) -> TimelineRows:
    """Read and convert a timeline of a study.

    Raises
    ------
    DataError
        What cannot be read or converted, and E-COH-25 for rows without their day, action or kind.
    """
    columns = {str(role): named[0] for role, named in timeline.columns.items()}
    identity = [header for _, header in timeline.identity or () if header is not None]
    headers = [*(column.column for column in columns.values()), *identity]
    raw = read_raw(study.folder / timeline.path, headers=headers, sheet=timeline.sheet, name=timeline.path)
    n = len(raw.frame)
    actions = tuple(action.id for action in study.actions)
    problems: list[Problem] = []
    read: dict[str, npt.NDArray[np.generic]] = {}
    for role, column in columns.items():
        allowed = actions if role == "action" else None
        reading = Reading(
            kind=_KINDS[role], labels=column.labels or {}, categories=allowed, missing=timeline.missing
        )
        converted = convert_column(
            raw.frame[column.column], reading, rows=raw.row_numbers, column=column.column,
            file=timeline.path, sheet=raw.sheet,
        )  # fmt: skip
        read[role] = converted.array
        problems += converted.problems
    if problems:
        raise DataError(problems)
    days = read["date"] if timeline.holds == "events" else read["start"]
    ends = days if timeline.holds == "events" else read.get("end", np.full(n, np.datetime64("NaT", "D")))
    frame = pd.DataFrame(
        {
            "row": raw.row_numbers,
            "action": read.get("action", np.full(n, timeline.action, dtype=object)),
            "kind": read.get("kind", np.full(n, timeline.kind, dtype=object)),
            "start": days.astype("datetime64[s]"),
            "end": ends.astype("datetime64[s]"),
            "reason": read.get("reason", np.full(n, None, dtype=object)),
        }
    )
    units = np.array(
        ["" if unit is None or fold(unit) in TOTALS else unit for unit in read.get("unit", [""] * n)],
        dtype=object,
    )
    said = units != "" if "unit" in columns else np.ones(n, dtype=bool)
    unsaid = said & frame[["action", "kind", "start"]].isna().any(axis=1).to_numpy()
    if unsaid.any():
        raise DataError([_problem("E-COH-25", frame["row"].to_numpy()[unsaid], timeline, raw.sheet)])
    return TimelineRows(timeline=timeline, raw=raw, units=units, frame=frame)


def timeline_problems(
    persons: Sequence[object],
    frame: pd.DataFrame,
    timeline: Timeline,
    *,
    sheet: str | None,
    known: pd.DataFrame | None = None,
) -> list[Problem]:
    """Return the rows that end before they begin, overlap, or enter twice (E-COH-02, 23 and 24).

    Parameters
    ----------
    persons : (n,) sequence
        Who each row is about; rows of nobody are left out.
    frame : DataFrame
        `COLUMNS`, n rows.
    timeline : Timeline
    sheet : str, optional
    known : DataFrame, optional
        ``person`` and `COLUMNS` of what other files say: a row may overlap one of theirs.
    """
    own = frame.assign(person=np.array(persons, dtype=object), own=True)
    own = own[own["person"].notna()]
    rows = own if known is None or known.empty else pd.concat([own, known.assign(own=False)])
    if rows.empty:
        return []
    if timeline.holds == "spells":
        found = {
            "E-COH-02": (rows["end"] < rows["start"]).to_numpy(),
            "E-COH-23": _overlapping(rows),
        }
    else:
        found = {"E-COH-24": _entering_twice(rows), "E-COH-02": _leaving_first(rows)}
    mine = rows["own"].to_numpy(dtype=bool)
    numbers = rows["row"].to_numpy()
    return [
        _problem(code, np.unique(numbers[wrong & mine]), timeline, sheet)
        for code, wrong in found.items()
        if (wrong & mine).any()
    ]


def _problem(code: str, rows: npt.NDArray[np.int64], timeline: Timeline, sheet: str | None) -> Problem:
    named = tuple(int(row) for row in rows[:_MOST_ROWS_NAMED])
    return Problem(code=code, file=timeline.path, sheet=sheet, rows=named)


def _overlapping(rows: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Tell the spells that share days with another of the same person, action and kind.

    A spell that ends on the day on which the next begins does not overlap it; one without an end is open.
    """
    group = rows.groupby(["person", "action", "kind"], sort=False).ngroup().to_numpy()
    start, end = (rows[name].to_numpy("datetime64[s]") for name in ("start", "end"))
    start, end = start.astype(np.int64), np.where(np.isnat(end), _NEVER, end.astype(np.int64))
    order = np.lexsort((end, start, group))
    same = group[order][1:] == group[order][:-1]
    # The spell that ends last so far: a long one may hold several short ones.
    latest = pd.Series(end[order]).groupby(group[order]).cummax().to_numpy()
    longest = np.maximum.accumulate(np.where(end[order] == latest, np.arange(len(order)), 0))
    clash = same & (latest[:-1] > start[order][1:])
    return _to_mend(rows, later=order[1:][clash], earlier=order[longest[:-1]][clash])


def _entering_twice(rows: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Tell the entries that follow another of the same person and action with no exit in between."""
    moves = rows["kind"].isin([ENTRY, EXIT]).to_numpy()
    group = rows.groupby(["person", "action"], sort=False).ngroup().to_numpy()
    entering = (rows["kind"] == ENTRY).to_numpy()
    # On one day, whoever leaves leaves before she enters again.
    order = np.lexsort((entering, rows["start"].to_numpy(), group))
    order = order[moves[order]]
    same = group[order][1:] == group[order][:-1]
    again = same & entering[order][1:] & entering[order][:-1]
    return _to_mend(rows, later=order[1:][again], earlier=order[:-1][again])


def _leaving_first(rows: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Tell the exits before the first entry of the person in that action, where she has one."""
    kind, start = rows["kind"].to_numpy(), rows["start"].to_numpy()
    group = rows.groupby(["person", "action"], sort=False).ngroup().to_numpy()
    order = np.lexsort((start, group))
    entries = order[kind[order] == ENTRY]
    entered, first = np.unique(group[entries], return_index=True)
    opening = np.full(len(rows), -1)
    opening[entered] = entries[first]
    leaving = np.flatnonzero((kind == EXIT) & (opening[group] >= 0))
    leaving = leaving[start[leaving] < start[opening[group[leaving]]]]
    return _to_mend(rows, later=leaving, earlier=opening[group[leaving]])


def _to_mend(
    rows: pd.DataFrame, *, later: npt.NDArray[np.intp], earlier: npt.NDArray[np.intp]
) -> npt.NDArray[np.bool_]:
    """Tell the row of each pair that the file may mend: the later one, unless it is another file's."""
    own = rows["own"].to_numpy(dtype=bool)
    wrong = np.zeros(len(rows), dtype=bool)
    wrong[np.where(own[later], later, earlier)] = True
    return wrong


__all__ = ["COLUMNS", "ENTRY", "EXIT", "TimelineRows", "read_timeline", "timeline_problems"]
