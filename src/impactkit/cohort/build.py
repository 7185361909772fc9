"""From the files of an action to a cohort: one row per person and time, and how many rows led there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from impactkit.cohort.calendar import as_days
from impactkit.cohort.codes import Codes, people_of, places_of
from impactkit.cohort.cohort import (
    ARM,
    BENEFICIARY,
    CLUSTER,
    ENTRY,
    PERIOD,
    UNIT,
    WEIGHT,
    Cohort,
    FlowStep,
    InputFile,
)
from impactkit.cohort.date_problems import date_notes, date_problems
from impactkit.cohort.found_again import By, FoundAgain, found_again
from impactkit.cohort.frame import COMPARISON, entry_from_arm
from impactkit.cohort.grids import grid_notes, grid_problems, read_grids
from impactkit.cohort.membership import PUBLICS, public_column, told_by, with_publics
from impactkit.cohort.persons import person_problems, row_problems, with_personal_facts
from impactkit.cohort.read_files import FILE, FileReader, FileRows, long_rows, read_files
from impactkit.cohort.rows import ANSWERED, BIRTH, ENTERED, HOUSEHOLD, LEFT
from impactkit.errors import DataError, Problem
from impactkit.files.density import DensityGrid
from impactkit.files.model import Action, Public, Study, Wave
from impactkit.files.reading.parse_dates import month_number
from impactkit.text import Message

# What is known of a person or of an answer, apart from the variables of the action.
_FACTS = (UNIT, PERIOD, ARM, ENTRY, ENTERED, LEFT, ANSWERED, BIRTH, HOUSEHOLD, CLUSTER, WEIGHT)


def build_cohort(study: Study, *, action: str) -> Cohort:
    """Read an action's files, or what the record took of them: who is followed, when, in which group.

    Only the columns that the action uses are read and kept. Identifiers stay in memory and never appear in
    a message.

    Parameters
    ----------
    study : Study
        As `read_study` returns it.
    action : str
        Identifier of the action.

    Returns
    -------
    Cohort

    Raises
    ------
    ValueError
        When the study has no such action.
    DataError
        With the problems of all the files: what could not be read, then what does not make a cohort.

    Examples
    --------
    >>> import impactkit as ik
    >>> ik.build_cohort(ik.read_study(ik.sample("nsw")), action="experience").n_units
    445
    """
    return cohort_of(FileReader(study), action=action)


def cohort_of(reader: FileReader, *, action: str) -> Cohort:
    """Return the cohort of an action, of files that other actions may have had read; see `build_cohort`."""
    study = reader.study
    chosen = study.action(action)
    files = _files(reader, chosen)
    grids = read_grids(study)
    rows = long_rows(files, study, chosen)
    people = people_of(rows)
    personal = with_personal_facts(rows, people)
    personal = with_publics(personal, told_by(study.publics, personal, grids))
    waves = study.waves_of(action)
    problems = [
        *row_problems(rows, files),
        *person_problems(rows, personal, files, people),
        *date_problems(rows, personal, files, waves=waves, today=dt.date.today()),
        *grid_problems(study, rows, files, grids),
    ]
    if problems:
        raise DataError(problems)
    panel = _merged(personal, chosen, people)
    panel[ARM] = _arms(panel)
    panel[ENTRY] = _entries(panel, study, chosen)
    notes = [note for item in files for note in item.notes]
    if not is_monthly(study, chosen):
        notes += _groups_not_seen(panel, waves)
    return Cohort(
        study=study,
        action=chosen,
        variables={name: study.variables[name] for name in chosen.variables},
        outcomes=chosen.outcomes,
        covariates=chosen.covariates,
        steps=_steps(files, int(people.max()) + 1, monthly=is_monthly(study, chosen)),
        inputs=(*_inputs(study, chosen, files), *_grid_inputs(study, grids)),
        notes=(*notes, *date_notes(rows, personal, files), *grid_notes(study, rows, files, grids)),
        found_again=None if is_monthly(study, chosen) else _found_again(rows, files),
        _panel=panel,
    )


def _files(reader: FileReader, action: Action) -> tuple[FileRows, ...]:
    if reader.study.record is None:
        return read_files(reader, action)
    # Loaded for the studies that keep a record of their people: it brings the store and what encrypts it.
    from impactkit.cohort.read_record import read_record

    return read_record(reader.study, action)


def is_monthly(study: Study, action: Action) -> bool:
    """Tell whether an action follows territories month by month."""
    return any("month" in study.file(name).columns for name in action.files)


def _merged(rows: pd.DataFrame, action: Action, people: Codes) -> pd.DataFrame:
    """Bring together what several files say of a person at one time."""
    place = places_of(rows, people)
    if pd.Series(place).duplicated().any():
        rows = rows.groupby(place, sort=False).first().reset_index(drop=True)
    if ENTRY in rows:
        rows = rows.assign(**{ENTERED: rows[ENTRY]})
    facts = [name for name in (*_FACTS, *map(public_column, PUBLICS)) if name in rows]
    panel = rows[[*facts, *action.variables]].copy()
    for name, dtype in panel.dtypes.items():
        texts = pd.api.types.is_object_dtype(dtype) or pd.api.types.is_string_dtype(dtype)
        if texts and name != UNIT:  # everyone has an identifier
            panel[name] = panel[name].astype(object).where(panel[name].notna(), None)
    return panel


def _arms(panel: pd.DataFrame) -> pd.Series:
    """Return the arm of each row: where no file says, whoever enters is a beneficiary."""
    entered = panel[ENTRY].notna() if ENTRY in panel else pd.Series(True, index=panel.index)
    unsaid = pd.Series(np.where(entered, BENEFICIARY, COMPARISON), index=panel.index, dtype=object)
    return panel[ARM].astype(object).where(panel[ARM].notna(), unsaid)


def _groups_not_seen(panel: pd.DataFrame, waves: Sequence[Wave]) -> list[Problem]:
    """Return the waves at which a group has no row, while another has."""
    period, arm = panel[PERIOD].to_numpy(), panel[ARM].to_numpy(dtype=object)
    by_wave = {wave: set(pd.unique(arm[period == wave.months])) for wave in waves}
    everyone = sorted(set(pd.unique(arm)))
    return [
        Problem(code="A-VAG-01", params={"wave": wave.id, "arm": arm})
        for wave, seen in by_wave.items()
        for arm in everyone
        if seen and arm not in seen
    ]


def _entries(panel: pd.DataFrame, study: Study, action: Action) -> npt.NDArray[np.float64] | pd.Series:
    """Return the period of first exposure; infinite for those who never enter."""
    monthly = is_monthly(study, action)
    held = set(panel[PERIOD])
    waves = [wave for wave in study.waves_of(action.id) if wave.months in held]
    dated = ENTRY in panel and (monthly or all(wave.date is not None for wave in waves))
    if not dated:
        if monthly:
            return np.where(panel[ARM] == BENEFICIARY, float(month_number(action.start)), np.inf)
        before = study.wave_months(action.window[0]) if action.window is not None else None
        implied = entry_from_arm(panel, before=before)
        return implied if ENTRY not in panel else _entered_while_waiting(panel, implied)
    dates = panel[ENTRY]
    if monthly:
        months = dates.to_numpy(dtype="datetime64[M]").astype(np.int64) + 12 * 1970
        return np.where(dates.notna(), months.astype(float), np.inf)
    # The first wave after the day of entry; a wave on that very day comes before.
    days = np.array([wave.date for wave in waves], dtype="datetime64[D]")
    after = np.searchsorted(days, dates.to_numpy(dtype="datetime64[D]"), side="right")
    exposed = np.array([*(wave.months for wave in waves), np.inf])
    return np.where(dates.notna(), exposed[after], np.inf)


def _entered_while_waiting(panel: pd.DataFrame, implied: pd.Series) -> npt.NDArray[np.float64]:
    """Return the entries with those of people compared who enter during the follow-up.

    Waves counted from each person's own days say nothing of when somebody who waits is exposed: her answers'
    dates do. Without them she is taken as exposed from her second time, so that she is compared with nobody
    as if she had not entered.
    """
    entered = as_days(panel[ENTERED].to_numpy())
    switched = (panel[ARM] != BENEFICIARY).to_numpy() & ~np.isnat(entered)
    periods = panel[PERIOD].to_numpy(dtype=float)
    exposed = periods > periods.min(initial=np.inf)
    if ANSWERED in panel:
        answered = as_days(panel[ANSWERED].to_numpy())
        exposed = np.where(np.isnat(answered), exposed, answered > entered)
    people = people_of(panel)
    first = np.full(people.max(initial=-1) + 1, np.inf)
    rows = np.flatnonzero(switched & exposed)
    np.minimum.at(first, people[rows], periods[rows])
    return np.where(switched, first[people], implied.to_numpy(dtype=float))


def _inputs(study: Study, action: Action, files: Sequence[FileRows]) -> tuple[InputFile, ...]:
    if study.record is None:
        return tuple(rows.input for rows in files)
    from impactkit.cohort.read_record import record_inputs  # see `_files`

    return tuple(InputFile(path=path, sha256=sha256) for path, sha256 in record_inputs(study, action).items())


def _found_again(rows: pd.DataFrame, files: Sequence[FileRows]) -> FoundAgain | None:
    methods = [item.methods for item in files if item.methods is not None]
    named = bool(methods) and any(item.file.identity is not None for item in files)
    by: By = "identity" if named else "identifier"
    return found_again(rows, files=rows[FILE].to_numpy(), methods=methods, by=by)


def _grid_inputs(study: Study, grids: Mapping[Public, DensityGrid]) -> Iterator[InputFile]:
    for public, grid in study.grids.items():
        yield InputFile(path=grid.path, sha256=grids[public].sha256)


def _steps(files: Sequence[FileRows], n_units: int, *, monthly: bool) -> tuple[FlowStep, ...]:
    """Return the boxes from rows to people; a box at which nothing leaves is left out."""
    n_read = sum(rows.n_read for rows in files)
    n_identified = sum(rows.n_identified for rows in files)
    n_distinct = sum(rows.n_distinct for rows in files)
    n_kept = sum(rows.n_kept for rows in files)
    steps = [FlowStep(key="rows_read", n=n_read, counts="rows")]
    if n_identified < n_read:
        reason = Message("flow.reason.not_identified")
        steps.append(FlowStep(key="rows_identified", n=n_identified, counts="rows", reason=reason))
    if n_distinct < n_identified:
        reason = Message("flow.reason.duplicates")
        steps.append(FlowStep(key="rows_distinct", n=n_distinct, counts="rows", reason=reason))
    if n_kept < n_distinct:
        steps.append(FlowStep(key="rows_kept", n=n_kept, counts="rows", reason=Message("flow.reason.gone")))
    kind: Literal["people", "territories"] = "territories" if monthly else "people"
    several = Message(f"flow.reason.several_rows_{kind}") if n_units < n_kept else None
    steps.append(FlowStep(key=kind, n=n_units, counts=kind, reason=several))
    return tuple(steps)
