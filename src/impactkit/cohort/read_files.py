"""The files of an action as rows of people: identified, converted, one row per person and time."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from impactkit.cohort.codes import Bools, Codes, named, under_the_same_names
from impactkit.cohort.cohort import ARM, CLUSTER, ENTRY, PERIOD, UNIT, WEIGHT, InputFile
from impactkit.cohort.rows import ANSWERED, BIRTH, HOUSEHOLD, LEFT
from impactkit.errors import DataError, Problem
from impactkit.files.columns import reading_of
from impactkit.files.fold import TOTALS, fold
from impactkit.files.model import ROLES, Action, Column, Study, TableFile
from impactkit.files.reading.convert import Reading, convert_column, convert_words, distinct
from impactkit.files.reading.raw import RawTable, read_raw

Values = npt.NDArray[Any] | pd.Categorical

# Where a row comes from, for problems; dropped before the panel is made.
ROW = "_row"
FILE = "_file"
WAVE_OF_ROW = "_wave"
MONTH = "_month"

# What each role becomes in the panel.
_ROLE_COLUMNS = {
    "unit": UNIT,
    "wave": WAVE_OF_ROW,
    "month": MONTH,
    "arm": ARM,
    "entry": ENTRY,
    "exit": LEFT,
    "answered": ANSWERED,
    "birth": BIRTH,
    "household": HOUSEHOLD,
    "cluster": CLUSTER,
    "weight": WEIGHT,
}


@dataclass(frozen=True, slots=True)
class Measure:
    """A column of a file that measures a variable, at a wave of its own or at the file's (``None``)."""

    variable: str
    wave: str | None
    key: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FileRows:
    """The rows of one file.

    Attributes
    ----------
    file : TableFile
    sheet : str or None
    wide : DataFrame
        One line per row of the file, after exact duplicates are removed: the roles under their panel
        names, `ROW`, and one column per measure.
    measures : tuple of Measure
        What the other columns of ``wide`` are.
    n_read, n_identified, n_distinct, n_kept : int
        Rows read, rows with an identifier, rows left once exact duplicates are removed, and those of people
        whom the record keeps.
    input : InputFile
    notes : tuple of Problem
    methods : Series or None
        By person, how the record recognised the rows of the file.
    """

    file: TableFile
    sheet: str | None
    wide: pd.DataFrame = field(repr=False)
    measures: tuple[Measure, ...]
    n_read: int
    n_identified: int
    n_distinct: int
    n_kept: int
    input: InputFile
    notes: tuple[Problem, ...]
    methods: pd.Series | None = field(default=None, repr=False)


class FileReader:
    """Reads the files of a study, each once for all the actions that ask it for the same columns.

    Parameters
    ----------
    study : Study
    """

    def __init__(self, study: Study) -> None:
        self.study = study
        self._read: dict[tuple[str, frozenset[str]], FileRows] = {}

    def rows(self, file: TableFile, variables: Collection[str]) -> FileRows:
        """Read and convert the roles of a file and those of these variables that it holds.

        Raises
        ------
        DataError
            With the problems of the file.
        """
        key = (file.id, frozenset(variables) & frozenset(file.columns))
        if key not in self._read:
            self._read[key] = _read_file(self.study, file, variables)
        return self._read[key]


def read_files(reader: FileReader, action: Action) -> tuple[FileRows, ...]:
    """Read and convert what an action needs from its files.

    Raises
    ------
    DataError
        With the problems of all files at once.
    """
    study = reader.study
    files: list[FileRows] = []
    problems: list[Problem] = []
    for name in action.files:
        try:
            files.append(reader.rows(study.file(name), study.columns_read(action)))
        except DataError as error:
            problems += error.problems
    if problems:
        raise DataError(problems)
    shared = under_the_same_names([rows.wide[UNIT].array for rows in files])
    return tuple(
        replace(rows, wide=rows.wide.assign(**{UNIT: units}))
        for rows, units in zip(files, shared, strict=True)
    )


def people_of_file(study: Study, file: TableFile) -> frozenset[str]:
    """Return the identifiers that a file names, and read nothing else of it.

    Raises
    ------
    DataError
        When the file cannot be read.
    """
    header = file.columns["unit"][0].column
    raw = read_raw(study.folder / file.path, headers=[header], sheet=file.sheet, name=file.path)
    units, _, _ = _identify(raw, file)
    return frozenset(str(unit) for unit in units.remove_unused_categories().categories)


def _read_file(study: Study, file: TableFile, variables: Collection[str]) -> FileRows:
    columns = _needed(file, variables)
    raw = read_raw(
        study.folder / file.path,
        headers=[column.column for _, column in columns],
        sheet=file.sheet,
        name=file.path,
    )
    units, sums, problems = _identify(raw, file)
    people = units.codes >= 0
    texts = raw.frame if people.all() else raw.frame[people]
    rows = raw.row_numbers[people]
    wide: dict[str, Values] = {UNIT: units[people], ROW: rows}
    measures = []
    for i, (name, column) in enumerate(columns):
        if name == "unit":
            continue
        converted = convert_column(
            texts[column.column],
            reading_of(name, column, file=file, study=study),
            rows=rows,
            column=column.column,
            file=file.path,
            sheet=raw.sheet,
        )
        key = _ROLE_COLUMNS.get(name, f"_{i}")
        if name == "answered":  # the only role that a file may hold once per wave, like a variable
            key = f"_{i}"
            measures.append(Measure(ANSWERED, column.wave, key))
        elif name not in ROLES:
            measures.append(Measure(name, column.wave, key))
        wide[key] = converted.array
        problems += converted.problems
    if problems:
        raise DataError(problems)
    once = ~_repeats(units.codes[people], wide)
    if not once.all():
        wide = {key: values[once] for key, values in wide.items()}
    distinct = pd.DataFrame(wide)
    return FileRows(
        file=file,
        sheet=raw.sheet,
        wide=distinct,
        measures=tuple(measures),
        n_read=len(raw.frame) + raw.n_blank,
        n_identified=len(rows),
        n_distinct=len(distinct),
        n_kept=len(distinct),
        input=InputFile(path=file.path, sha256=raw.sha256),
        notes=(*raw.notes, *_sum_lines(raw, file, sums)),
    )


def _repeats(people: Codes, wide: Mapping[str, Values]) -> Bools:
    """Tell the rows that another one before says word for word; only those of one person and time can."""
    repeats = np.zeros(len(people), dtype=bool)
    place = [name for name in (UNIT, WAVE_OF_ROW, MONTH) if name in wide]
    if place == [UNIT]:  # what most files have: a row per person
        suspects = np.flatnonzero(np.bincount(people)[people] > 1)
    else:
        timed = pd.DataFrame({name: wide[name] for name in place})
        suspects = np.flatnonzero(timed.duplicated(keep=False))
    if suspects.size:
        said = {name: values[suspects] for name, values in wide.items() if name != ROW}
        repeats[suspects] = pd.DataFrame(said).duplicated()
    return repeats


def _needed(file: TableFile, variables: Collection[str]) -> list[tuple[str, Column]]:
    """Return the roles of a file and those of its variables that are used."""
    names = [name for name in file.columns if name in ROLES or name in variables]
    return [(name, column) for name in names for column in file.columns[name]]


def _identify(raw: RawTable, file: TableFile) -> tuple[pd.Categorical, Bools, list[Problem]]:
    """Return the identifier of each line, missing where there is none or the line is not a person's.

    Which lines are totals, or the headers again, is returned beside.
    """
    header = file.columns["unit"][0].column
    texts = distinct(raw.frame[header])
    converted = convert_words(
        texts,
        Reading(kind="identifier", missing=file.missing),
        rows=raw.row_numbers,
        column=header,
        file=file.path,
        sheet=raw.sheet,
    )
    marks = {*TOTALS, fold(header)}
    sums = np.array([word in marks for word in texts.folded], dtype=bool)[texts.codes]
    known = pd.notna(converted.array) & ~sums
    return named(texts.words, np.where(known, texts.codes, -1)), sums, list(converted.problems)


def _sum_lines(raw: RawTable, file: TableFile, sums: Bools) -> Iterable[Problem]:
    header = file.columns["unit"][0].column
    rows = raw.row_numbers[sums]
    if len(rows):
        yield Problem(
            code="A-LIG-01",
            file=file.path,
            sheet=raw.sheet,
            column=header,
            rows=tuple(int(row) for row in rows),
        )


# ------------------------------------------------------------------ one row per person and time


def long_rows(files: Sequence[FileRows], study: Study, action: Action) -> pd.DataFrame:
    """Stack the files as one row per person, time and file.

    Returns
    -------
    DataFrame
        `UNIT`, `PERIOD` (months since entry, or month numbers; missing when the file leaves it blank),
        `FILE` (position of the file), `ROW`, `ARM` (missing where the file does not say), the other roles
        that the files have and the action's variables.
    """
    months = {wave.id: wave.months for wave in study.waves}
    first = _first_period(files, study, action, months)
    blocks = [block for i, rows in enumerate(files) for block in _blocks(i, rows, months, first)]
    return pd.concat(blocks, ignore_index=True)


def _first_period(
    files: Sequence[FileRows], study: Study, action: Action, months: Mapping[str, float]
) -> float:
    """Return the period of what is known without a time: the first wave that the action's files hold."""
    held = {wave for rows in files for wave in rows.file.named_waves(action.variables)}
    for rows in files:
        if WAVE_OF_ROW in rows.wide:
            held |= set(rows.wide[WAVE_OF_ROW].dropna().unique())
    if held:
        return min(months[wave] for wave in held)
    return study.waves[0].months if study.waves else 0.0


def _blocks(i: int, rows: FileRows, months: Mapping[str, float], first: float) -> Iterable[pd.DataFrame]:
    """Yield the rows of the i-th file at each of its times."""
    wide = rows.wide
    if ARM not in wide:
        wide = wide.assign(**{ARM: pd.Series(rows.file.arm, index=wide.index, dtype=object)})
    if WAVE_OF_ROW in wide or MONTH in wide:
        times = wide[MONTH] if MONTH in wide else wide[WAVE_OF_ROW].map(months)
        yield _block(i, wide, rows.measures, times.to_numpy(dtype=float))
        return
    own = first if rows.file.wave is None else months[rows.file.wave]
    by_period: dict[float, list[Measure]] = {}
    for measure in rows.measures:
        by_period.setdefault(own if measure.wave is None else months[measure.wave], []).append(measure)
    for period, measures in (by_period or {own: []}).items():
        yield _block(i, wide, measures, period)


def _block(
    i: int, wide: pd.DataFrame, measures: Sequence[Measure], period: float | npt.NDArray[Any]
) -> pd.DataFrame:
    """Return the roles and these measures under their variables' names, at their period."""
    roles = [key for key in (UNIT, ROW, ARM, ENTRY, LEFT, BIRTH, HOUSEHOLD, CLUSTER, WEIGHT) if key in wide]
    held = {key: wide[key] for key in roles} | {item.variable: wide[item.key] for item in measures}
    return pd.DataFrame({**held, PERIOD: period, FILE: i}, index=wide.index)
