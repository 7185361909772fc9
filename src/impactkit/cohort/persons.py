"""Is each person one person: in one group, once at each time, under one identifier in all files?"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pandas as pd

from impactkit.cohort.cohort import ARM, BENEFICIARY, CLUSTER, ENTRY, PERIOD, UNIT, WEIGHT
from impactkit.cohort.read_files import FILE, ROW, FileRows
from impactkit.errors import Problem
from impactkit.files.fold import fold

_MOST_ROWS_NAMED = 100
# Facts about a person that hold at all times, the problem when they change, and their role in a file.
_FACTS = {
    ARM: ("E-COH-07", "arm"),
    ENTRY: ("E-COH-11", "entry"),
    CLUSTER: ("E-COH-12", "cluster"),
    WEIGHT: ("E-COH-18", "weight"),
}


def with_personal_facts(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with a person's group, entry, structure and weight on all of them, when one says so."""
    known = {name: rows.groupby(UNIT, sort=False)[name].transform("first") for name in _FACTS if name in rows}
    return rows.assign(**known)


def row_problems(rows: pd.DataFrame, files: Sequence[FileRows]) -> list[Problem]:
    """Return the rows without a time, and identifiers that two files write in two ways."""
    if rows.empty:
        header = _header("unit")
        return [
            Problem(code="E-COH-17", file=item.file.path, sheet=item.sheet, column=header(item))
            for item in files
        ]
    timeless = _problems("E-COH-16", rows[PERIOD].isna(), rows, files, column=_time_header)
    return [
        *timeless,
        *_problems("E-COH-15", _written_in_two_ways(rows), rows, files, column=_header("unit")),
    ]


def person_problems(rows: pd.DataFrame, personal: pd.DataFrame, files: Sequence[FileRows]) -> list[Problem]:
    """Return the people who are in two groups, twice at one time, or without what every person must have.

    Parameters
    ----------
    rows : DataFrame
        As `long_rows` returns them.
    personal : DataFrame
        The same after `with_personal_facts`.
    files : sequence of FileRows
    """
    problems = []
    changing = pd.Series(False, index=rows.index)
    for name, (code, role) in _FACTS.items():
        if name in rows:
            changes = _changes(rows, name)
            changing |= changes
            problems += _problems(code, changes & rows[name].notna(), rows, files, column=_header(role))
    problems += _problems("E-COH-08", _twice(rows) & ~changing, rows, files)
    if _beneficiaries_are_named(files):
        problems += _problems("E-COH-10", personal[ARM].isna(), rows, files, column=_header("arm"))
    if CLUSTER in rows:
        problems += _problems("E-COH-13", personal[CLUSTER].isna(), rows, files, column=_header("cluster"))
    if WEIGHT in rows:
        wrong = ~(personal[WEIGHT] > 0)
        problems += _problems("E-COH-14", wrong, rows, files, column=_header("weight"))
    return problems


def _beneficiaries_are_named(files: Sequence[FileRows]) -> bool:
    """Tell whether some file says who the beneficiaries are: then nobody is one by default."""
    return any(item.file.arm == BENEFICIARY or "arm" in item.file.columns for item in files)


def _changes(rows: pd.DataFrame, name: str) -> pd.Series:
    """Tell the rows of people of whom two rows say different things."""
    known = rows.loc[rows[name].notna(), [UNIT, name]].drop_duplicates()
    return rows[UNIT].isin(known.loc[known[UNIT].duplicated(), UNIT])


def _twice(rows: pd.DataFrame) -> pd.Series:
    """Tell the rows of a person twice at one time: in one file, or in two that say different things."""
    keys = [UNIT, PERIOD]
    twice = rows.duplicated([FILE, *keys], keep=False) & rows[PERIOD].notna()
    shared = rows[rows.duplicated(keys, keep=False) & rows[PERIOD].notna()]
    variables = [name for name in rows if name not in (FILE, ROW, *keys, *_FACTS)]
    for name in variables:
        known = shared.loc[shared[name].notna(), [*keys, name]].drop_duplicates()
        differing = known.loc[known.duplicated(keys), keys].drop_duplicates()
        found = shared.reset_index().merge(differing, on=keys)["index"]
        twice |= rows.index.isin(found) & rows[name].notna()
    return twice


def _written_in_two_ways(rows: pd.DataFrame) -> pd.Series:
    """Tell the identifiers that differ from another file's only by leading zeros or by case."""
    units = rows[[FILE, UNIT]].drop_duplicates()
    key = units[UNIT].map({unit: fold(unit).lstrip("0") for unit in units[UNIT].unique()})
    units = units.assign(key=key)
    spellings = units.groupby("key")[UNIT].nunique()
    # Two spellings in one file are two people.
    in_one_file = units.groupby(["key", FILE]).size().groupby("key").max()
    suspect = spellings.index[(spellings > 1) & (in_one_file == 1)]
    return rows[UNIT].isin(units.loc[units["key"].isin(suspect), UNIT])


def _header(role: str) -> Callable[[FileRows], str | None]:
    def header(item: FileRows) -> str | None:
        columns = item.file.columns.get(role)
        return columns[0].column if columns else None

    return header


def _time_header(item: FileRows) -> str | None:
    return _header("wave")(item) or _header("month")(item)


def _problems(
    code: str,
    where: pd.Series,
    rows: pd.DataFrame,
    files: Sequence[FileRows],
    *,
    column: Callable[[FileRows], str | None] | None = None,
) -> list[Problem]:
    """Return one problem per file that has rows concerned."""
    concerned = rows.loc[where, [FILE, ROW]].drop_duplicates().sort_values([FILE, ROW])
    problems = []
    for i, item in enumerate(files):
        numbers = concerned.loc[concerned[FILE] == i, ROW].head(_MOST_ROWS_NAMED)
        if len(numbers):
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
