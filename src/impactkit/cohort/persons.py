"""Is each person one person: in one group, once at each time, under one identifier in all files?"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from impactkit.cohort.codes import (
    Bools,
    Codes,
    disagreeing,
    first_known,
    places_of,
    repeated,
)
from impactkit.cohort.cohort import ARM, BENEFICIARY, CLUSTER, ENTRY, PERIOD, UNIT, WEIGHT
from impactkit.cohort.read_files import FILE, ROW, FileRows
from impactkit.cohort.rows import BIRTH, HOUSEHOLD, LEFT
from impactkit.errors import Problem
from impactkit.files.fold import fold

_MOST_ROWS_NAMED = 100
# Facts about a person that hold at all times, the problem when they change, and their role in a file.
_FACTS = {
    ARM: ("E-COH-07", "arm"),
    ENTRY: ("E-COH-11", "entry"),
    CLUSTER: ("E-COH-12", "cluster"),
    WEIGHT: ("E-COH-18", "weight"),
    HOUSEHOLD: ("E-COH-19", "household"),
    BIRTH: ("E-COH-20", "birth"),
    LEFT: ("E-COH-21", "exit"),
}


def with_personal_facts(rows: pd.DataFrame, people: Codes) -> pd.DataFrame:
    """Return the rows with a person's group, entry, structure and weight on all of them, when one says so.

    Of several stays, the first is kept: its entry and its exit. ``people`` are those of `people_of`.
    """
    known = {name: first_known(rows[name], people) for name in _FACTS if name in rows}
    if LEFT in rows and ENTRY in rows:
        entry = _first_entry(rows[ENTRY], people)
        of_first_stay = rows[LEFT].where((rows[ENTRY] == entry) | rows[ENTRY].isna())
        known |= {ENTRY: entry, LEFT: first_known(of_first_stay, people)}
    return rows.assign(**known)


def _first_entry(entries: pd.Series, people: Codes) -> pd.Series:
    days = entries.to_numpy(dtype="datetime64[s]")
    order = np.argsort(days, kind="stable")  # unknown days come last
    first = np.full(people.max(initial=-1) + 1, -1)
    first[people[order[::-1]]] = order[::-1]
    return pd.Series(entries.take(first[people]).array, index=entries.index)


def row_problems(rows: pd.DataFrame, files: Sequence[FileRows]) -> list[Problem]:
    """Return the rows without a time, and identifiers that two files write in two ways."""
    if rows.empty:
        header = header_of("unit")
        return [
            Problem(code="E-COH-17", file=item.file.path, sheet=item.sheet, column=header(item))
            for item in files
        ]
    timeless = located("E-COH-16", rows[PERIOD].isna(), rows, files, column=_time_header)
    return [
        *timeless,
        *located("E-COH-15", _written_in_two_ways(rows), rows, files, column=header_of("unit")),
    ]


def person_problems(
    rows: pd.DataFrame, personal: pd.DataFrame, files: Sequence[FileRows], people: Codes
) -> list[Problem]:
    """Return the people who are in two groups, twice at one time, or without what every person must have.

    Parameters
    ----------
    rows : DataFrame
        As `long_rows` returns them.
    personal : DataFrame
        The same after `with_personal_facts`.
    files : sequence of FileRows
    people : (N,) array of int
        As `people_of` returns it.
    """
    problems = []
    stays = ENTRY in rows and LEFT in rows
    changing = np.zeros(len(rows), dtype=bool)
    for name, (code, role) in _FACTS.items():
        if name not in rows or (stays and name == ENTRY):
            continue
        # An exit belongs to a stay, everything else to the person.
        of = people if not (stays and name == LEFT) else _stays_of(rows, people)
        changes = disagreeing(rows[name], of)[of]
        changing |= changes
        problems += located(code, changes & rows[name].notna(), rows, files, column=header_of(role))
    if stays:
        open_twice = overlapping_stays(rows, people)
        changing |= open_twice
        problems += located("E-COH-06", open_twice, rows, files, column=header_of("entry"))
    problems += located("E-COH-08", _twice(rows, people) & ~changing, rows, files)
    if _beneficiaries_are_named(files):
        problems += located("E-COH-10", personal[ARM].isna(), rows, files, column=header_of("arm"))
    if CLUSTER in rows:
        problems += located("E-COH-13", personal[CLUSTER].isna(), rows, files, column=header_of("cluster"))
    if WEIGHT in rows:
        wrong = ~(personal[WEIGHT] > 0)
        problems += located("E-COH-14", wrong, rows, files, column=header_of("weight"))
    return problems


def overlapping_stays(rows: pd.DataFrame, people: Codes) -> Bools:
    """Tell the rows of people who enter again before they have left: two stays open at once."""
    stay = _stays_of(rows, people)
    told = rows[ENTRY].notna().to_numpy()
    by_stay = pd.DataFrame(
        {"stay": stay, "person": people, "entry": rows[ENTRY], "exit": first_known(rows[LEFT], stay)}
    )
    stays = by_stay[told].drop_duplicates("stay").sort_values(["person", "entry"])
    same = stays["person"].to_numpy()[1:] == stays["person"].to_numpy()[:-1]
    left = stays["exit"].to_numpy()[:-1]
    # An exit on the day of the next entry is no overlap; a stay without an exit is still open.
    open_still = np.isnat(left) | (left > stays["entry"].to_numpy()[1:])
    overlapping = stays["person"].to_numpy()[1:][same & open_still]
    return np.isin(people, overlapping) & told


def _stays_of(rows: pd.DataFrame, people: Codes) -> Codes:
    """Return the number of each row's stay: one per person and day of entry."""
    days = pd.factorize(rows[ENTRY])[0] + 1
    return np.asarray(pd.factorize(people.astype(np.int64) * (days.max(initial=0) + 1) + days)[0], np.intp)


def _beneficiaries_are_named(files: Sequence[FileRows]) -> bool:
    """Tell whether some file says who the beneficiaries are: then nobody is one by default."""
    return any(item.file.arm == BENEFICIARY or "arm" in item.file.columns for item in files)


def _twice(rows: pd.DataFrame, people: Codes) -> Bools:
    """Tell the rows of a person twice at one time: in one file, or in two that say different things."""
    place = places_of(rows, people)
    timed = rows[PERIOD].notna().to_numpy()
    files = rows[FILE].to_numpy(dtype=np.int64)
    twice = repeated(place * (files.max(initial=0) + 1) + files) & timed
    shared = np.flatnonzero(repeated(place) & timed)
    if shared.size:
        some = rows.iloc[shared]
        at = pd.factorize(place[shared])[0].astype(np.intp)
        for name in some:
            if name not in (FILE, ROW, UNIT, PERIOD, *_FACTS):
                twice[shared] |= disagreeing(some[name], at)[at] & some[name].notna().to_numpy()
    return twice


def _written_in_two_ways(rows: pd.DataFrame) -> Bools:
    """Tell the identifiers that differ from another file's only by leading zeros or by case."""
    if rows[FILE].nunique() < 2:
        return np.zeros(len(rows), dtype=bool)  # two spellings in one file are two people
    spelt = [fold(unit).lstrip("0") for unit in rows[UNIT].unique()]
    if len(set(spelt)) == len(spelt):
        return np.zeros(len(rows), dtype=bool)
    units = rows[[FILE, UNIT]].drop_duplicates().astype({UNIT: object})
    key = units[UNIT].map({unit: fold(unit).lstrip("0") for unit in units[UNIT].unique()})
    units = units.assign(key=key)
    spellings = units.groupby("key")[UNIT].nunique()
    in_one_file = units.groupby(["key", FILE]).size().groupby("key").max()
    suspect = spellings.index[(spellings > 1) & (in_one_file == 1)]
    return np.asarray(rows[UNIT].isin(units.loc[units["key"].isin(suspect), UNIT]))


def header_of(role: str) -> Callable[[FileRows], str | None]:
    """Return a function that gives the header of this role in a file, if it has one."""

    def header(item: FileRows) -> str | None:
        columns = item.file.columns.get(role)
        return columns[0].column if columns else None

    return header


def _time_header(item: FileRows) -> str | None:
    return header_of("wave")(item) or header_of("month")(item)


def located(
    code: str,
    where: pd.Series | Bools,
    rows: pd.DataFrame,
    files: Sequence[FileRows],
    *,
    column: Callable[[FileRows], str | None] | None = None,
) -> list[Problem]:
    """Return one problem per file that has rows concerned."""
    at = np.flatnonzero(np.asarray(where, dtype=bool))
    if not at.size:
        return []
    file, row = rows[FILE].to_numpy()[at], rows[ROW].to_numpy()[at]
    problems = []
    for i, item in enumerate(files):
        numbers = np.unique(row[file == i])[:_MOST_ROWS_NAMED]
        if numbers.size:
            problems.append(
                Problem(
                    code=code,
                    file=item.file.path,
                    sheet=item.sheet,
                    column=column(item) if column is not None else None,
                    rows=tuple(int(row) for row in numbers),
                )
            )
    return problems
