"""The door: a file of the study is read, what may not come in is refused, identities are set apart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from impactkit.errors import DataError, Problem
from impactkit.files.fold import TOTALS, fold
from impactkit.files.model import (
    ROLES,
    Arm,
    Column,
    Identity,
    Study,
    TableFile,
    Timeline,
    TimelineRole,
    Variable,
)
from impactkit.files.reading.convert import Kind, Reading, convert_column
from impactkit.files.reading.raw import RawTable, read_raw
from impactkit.files.timeline import read_timeline
from impactkit.store.batches import Source
from impactkit.store.detect import identity_in, sensitive_in
from impactkit.store.fingerprints import FIELDS
from impactkit.store.instruments import ANSWERED
from impactkit.text import Message

_FACT_KINDS: dict[str, Kind] = {
    "arm": "category",
    "entry": "date",
    "exit": "date",
    "birth": "date",
    "household": "text",
    "cluster": "text",
    "weight": "number",
}
_MOST_ROWS_NAMED = 100


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EnteringTimeline:
    """A file of events or spells at the door.

    Attributes
    ----------
    source : Source
    identities : DataFrame
        As `Entering` has them.
    rows : (n,) array of int
    timeline : Timeline
    frame : DataFrame
        As `impactkit.files.timeline.TimelineRows` has it.
    notes : tuple of Problem
    """

    source: Source
    identities: pd.DataFrame = field(repr=False)
    rows: npt.NDArray[np.int64] = field(repr=False)
    timeline: Timeline
    frame: pd.DataFrame = field(repr=False)
    notes: tuple[Problem, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Entering:
    """A file at the door.

    Attributes
    ----------
    source : Source
    identities : DataFrame
        One row per row of the file: `FIELDS`, as texts.
    rows : (n,) array of int
        Row of the file of each.
    waves : (n,) array of str
        The wave of each, where a column has none of its own.
    answers : dict of (str, str or None) to ndarray
        Converted columns by variable, and by wave when the column carries one.
    facts : dict of str to ndarray
        Those of `impactkit.store.batches.FACTS` that the file has.
    variables : dict of str to Variable
    notes : tuple of Problem
    """

    source: Source
    identities: pd.DataFrame = field(repr=False)
    rows: npt.NDArray[np.int64] = field(repr=False)
    waves: npt.NDArray[np.object_] = field(repr=False)
    answers: dict[tuple[str, str | None], npt.NDArray[np.generic]] = field(repr=False)
    facts: dict[str, npt.NDArray[np.generic]] = field(repr=False)
    variables: dict[str, Variable] = field(repr=False)
    notes: tuple[Problem, ...]

    def long(self, persons: list[str | None]) -> pd.DataFrame:
        """Return one row per person and wave, under the names of `impactkit.store.batches.WaveRows`.

        Parameters
        ----------
        persons : list of str or None
            Who each row of the file is; rows of nobody are left out.
        """
        kept = np.array([person is not None for person in persons])
        base = pd.DataFrame({"_person": persons, "_wave": self.waves, "_row": self.rows, **self.facts})
        own_waves = sorted({wave for _, wave in self.answers if wave is not None})
        shared = {name: values for (name, wave), values in self.answers.items() if wave is None}
        blocks = []
        if shared or not own_waves:
            blocks.append(base.assign(**shared)[kept])
        for wave in own_waves:
            measured = {name: values for (name, other), values in self.answers.items() if other == wave}
            blocks.append(base.assign(_wave=wave, **measured)[kept])
        long = pd.concat(blocks, ignore_index=True)
        if own_waves and shared:  # one row where the file's own wave is also a column's
            long = long.groupby(["_person", "_wave", "_row"], sort=False, dropna=False).first().reset_index()
        answered = [ANSWERED] if any(name == ANSWERED for name, _ in self.answers) else []
        return long.reindex(columns=[*base.columns, *answered, *self.variables])


def enter(study: Study, file_id: str) -> Entering:
    """Read a file of a study and let in what may come in.

    Raises
    ------
    DataError
        E-PRO-01 for a column of answers that says who people are, E-PRO-02 for a sensitive column without a
        reason in the study file, and the problems of reading and converting.
    """
    file = study.file(file_id)
    columns = [
        (name, column)
        for name, items in file.columns.items()
        if name in study.variables or name in ROLES
        for column in items
    ]
    identity = _identity_columns(file.identity)
    raw = read_raw(
        study.folder / file.path,
        headers=[*(column.column for _, column in columns), *identity.values()],
        sheet=file.sheet,
        name=file.path,
    )
    problems = list(_refused(columns, raw, file, study))
    if problems:  # before anything is converted: nothing more is looked at
        raise DataError(problems)
    return _converted(columns, identity, raw, file, study)


def enter_timeline(study: Study, timeline: Timeline) -> EnteringTimeline:
    """Read a file of events or spells, and set identities apart.

    Raises
    ------
    DataError
        The problems of reading and converting, and E-PRO-01 for reasons or kinds that say who people are.
    """
    read = read_timeline(study, timeline)
    raw = read.raw
    problems = []
    texts: tuple[TimelineRole, ...] = ("kind", "reason")
    for role in texts:
        for column in timeline.columns.get(role, ()):
            found = identity_in(column.column, (str(cell) for cell in raw.frame[column.column].unique()))
            if found is not None and column.column not in study.protection.justified:
                params = {"kind": Message(f"store.identity.{found}"), "header": column.column}
                problems.append(
                    Problem(
                        code="E-PRO-01",
                        params=params,
                        file=timeline.path,
                        sheet=raw.sheet,
                        column=column.column,
                    )
                )
    if problems:
        raise DataError(problems)
    identities = pd.DataFrame("", index=range(len(raw.frame)), columns=list(FIELDS), dtype=object)
    identities["unit"] = read.units
    for name, header in _identity_columns(timeline.identity).items():
        identities[name] = raw.frame[header].to_numpy()
    return EnteringTimeline(
        source=_source(timeline.path, raw),
        identities=identities,
        rows=raw.row_numbers,
        timeline=timeline,
        frame=read.frame,
        notes=raw.notes,
    )


def _identity_columns(identity: Identity | None) -> dict[str, str]:
    return {} if identity is None else {name: header for name, header in identity if header is not None}


def _refused(
    columns: list[tuple[str, Column]], raw: RawTable, file: TableFile, study: Study
) -> Iterator[Problem]:
    """Yield the columns that may not come in, once each."""
    justified = study.protection.justified
    told = set()
    for name, column in columns:
        header = column.column
        if name == "unit" or header in told or {header, name} & set(justified):
            continue
        told.add(header)
        label = study.variables[name].label if name in study.variables else None
        words = (header, name, label.fr, label.en) if label else (header,)
        sensitive = sensitive_in(*words)
        if sensitive is not None:
            kind = Message(f"store.sensitive.{sensitive}")
            yield Problem(
                code="E-PRO-02",
                params={"kind": kind, "header": header},
                file=file.path,
                sheet=raw.sheet,
                column=header,
            )
        found = identity_in(header, (str(cell) for cell in raw.frame[header].unique()))
        # A date of entry is not a date of birth, nor a structure's name a person's.
        if found is not None and not (name in ROLES and found in ("name", "address")):
            kind = Message(f"store.identity.{found}")
            yield Problem(
                code="E-PRO-01",
                params={"kind": kind, "header": header},
                file=file.path,
                sheet=raw.sheet,
                column=header,
            )


def _converted(
    columns: list[tuple[str, Column]],
    identity: dict[str, str],
    raw: RawTable,
    file: TableFile,
    study: Study,
) -> Entering:
    problems: list[Problem] = []

    def values(column: Column, reading: Reading) -> npt.NDArray[np.generic]:
        read = convert_column(
            raw.frame[column.column],
            reading,
            rows=raw.row_numbers,
            column=column.column,
            file=file.path,
            sheet=raw.sheet,
        )
        problems.extend(read.problems)
        return read.array

    n = len(raw.frame)
    waves = np.full(n, file.wave or _first_wave(columns, study), dtype=object)
    identities = pd.DataFrame("", index=range(n), columns=list(FIELDS), dtype=object)
    answers: dict[tuple[str, str | None], npt.NDArray[np.generic]] = {}
    facts: dict[str, npt.NDArray[np.generic]] = {}
    variables: dict[str, Variable] = {}
    for name, column in columns:
        labels = column.labels or {}
        if name == "unit":
            known = values(column, Reading(kind="identifier", missing=file.missing))
            identities["unit"] = ["" if unit is None or fold(unit) in TOTALS else unit for unit in known]
        elif name == "wave":
            ids = tuple(wave.id for wave in study.waves)
            waves = values(
                column, Reading(kind="category", labels=labels, categories=ids, missing=file.missing)
            )
        elif name == "answered":
            answers[ANSWERED, column.wave] = values(column, Reading(kind="date", missing=file.missing))
        elif name == "month":
            waves = _months(values(column, Reading(kind="month", missing=file.missing)))
        elif name in ROLES:
            allowed = get_args(Arm) if name == "arm" else None
            reading = Reading(kind=_FACT_KINDS[name], labels=labels, categories=allowed, missing=file.missing)
            facts[f"_{name}"] = values(column, reading)
        else:
            variable = variables[name] = study.variables[name]
            reading = Reading(
                kind=variable.type, labels=labels, categories=variable.categories, missing=file.missing
            )
            answers[name, column.wave] = values(column, reading)
    if "_arm" not in facts and file.arm is not None:
        facts["_arm"] = np.full(n, file.arm, dtype=object)
    unknown = pd.isna(waves)
    if unknown.any():
        named = tuple(int(row) for row in raw.row_numbers[unknown][:_MOST_ROWS_NAMED])
        problems.append(Problem(code="E-COH-16", file=file.path, sheet=raw.sheet, rows=named))
    if problems:
        raise DataError(problems)
    for name, header in identity.items():
        identities[name] = raw.frame[header].to_numpy()
    return Entering(
        source=_source(file.path, raw),
        identities=identities,
        rows=raw.row_numbers,
        waves=waves,
        answers=answers,
        facts=facts,
        variables=variables,
        notes=raw.notes,
    )


def _first_wave(columns: list[tuple[str, Column]], study: Study) -> str:
    """Return the wave of what is known without one: the first that the file holds, else the study's."""
    held = {column.wave for _, column in columns}
    ids = [wave.id for wave in study.waves]
    return next((name for name in ids if name in held), ids[0] if ids else "T0")


def _source(path: str, raw: RawTable) -> Source:
    n_rows = len(raw.frame) + raw.n_blank
    return Source(file=path, sha256=raw.sha256, sheet=raw.sheet, encoding=raw.encoding, n_rows=n_rows)


def _months(numbers: npt.NDArray[np.generic]) -> npt.NDArray[np.object_]:
    """Write month numbers as waves: ``"2024-03"``."""
    texts = [
        None if np.isnan(month) else f"{int(month) // 12}-{int(month) % 12 + 1:02}"
        for month in numbers.astype(float)
    ]
    return np.array(texts, dtype=object)
