"""From the files of an action to a cohort: one row per person and time, and how many rows led there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

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
)
from impactkit.cohort.frame import COMPARISON, entry_from_arm
from impactkit.cohort.persons import person_problems, row_problems, with_personal_facts
from impactkit.cohort.read_files import FileRows, long_rows, read_files
from impactkit.errors import DataError
from impactkit.files.model import Action, Study
from impactkit.files.reading.parse_dates import month_number
from impactkit.text import Message


def build_cohort(study: Study, *, action: str) -> Cohort:
    """Read an action's files and return who is followed, at which times, in which group.

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
    chosen = study.action(action)
    files = read_files(study, chosen)
    rows = long_rows(files, study, chosen)
    personal = with_personal_facts(rows)
    problems = [*row_problems(rows, files), *person_problems(rows, personal, files)]
    if problems:
        raise DataError(problems)
    panel = _merged(personal, chosen)
    panel[ARM] = _arms(panel)
    panel[ENTRY] = _entries(panel, study, chosen)
    return Cohort(
        study=study,
        action=chosen,
        variables={name: study.variables[name] for name in chosen.variables},
        outcomes=chosen.outcomes,
        covariates=chosen.covariates,
        steps=_steps(files, panel, monthly=is_monthly(study, chosen)),
        inputs=tuple(rows.input for rows in files),
        notes=tuple(note for rows in files for note in rows.notes),
        _panel=panel,
    )


def is_monthly(study: Study, action: Action) -> bool:
    """Tell whether an action follows territories month by month."""
    return any("month" in study.file(name).columns for name in action.files)


def _merged(rows: pd.DataFrame, action: Action) -> pd.DataFrame:
    """Bring together what several files say of a person at one time."""
    if rows.duplicated([UNIT, PERIOD]).any():
        rows = rows.groupby([UNIT, PERIOD], sort=False, as_index=False).first()
    facts = [name for name in (UNIT, PERIOD, ARM, ENTRY, CLUSTER, WEIGHT) if name in rows]
    panel = rows[[*facts, *action.variables]].copy()
    for name in panel.columns:
        if not pd.api.types.is_numeric_dtype(panel[name]) and name != ENTRY:
            panel[name] = panel[name].astype(object).where(panel[name].notna(), None)
    return panel


def _arms(panel: pd.DataFrame) -> pd.Series:
    """Return the arm of each row: where no file says, whoever enters is a beneficiary."""
    entered = panel[ENTRY].notna() if ENTRY in panel else pd.Series(True, index=panel.index)
    unsaid = pd.Series(np.where(entered, BENEFICIARY, COMPARISON), index=panel.index, dtype=object)
    return panel[ARM].astype(object).where(panel[ARM].notna(), unsaid)


def _entries(panel: pd.DataFrame, study: Study, action: Action) -> npt.NDArray[np.float64] | pd.Series:
    """Return the period of first exposure; infinite for those who never enter."""
    monthly = is_monthly(study, action)
    if ENTRY not in panel:
        if not monthly:
            before = study.wave_months(action.window[0]) if action.window is not None else None
            return entry_from_arm(panel, before=before)
        return np.where(panel[ARM] == BENEFICIARY, float(month_number(action.start)), np.inf)
    dates = panel[ENTRY]
    if monthly:
        months = dates.to_numpy(dtype="datetime64[M]").astype(np.int64) + 12 * 1970
        return np.where(dates.notna(), months.astype(float), np.inf)
    held = set(panel[PERIOD])
    waves = [wave for wave in study.waves_of(action.id) if wave.months in held]
    # The first wave after the day of entry; a wave on that very day comes before.
    days = np.array([wave.date for wave in waves], dtype="datetime64[D]")
    after = np.searchsorted(days, dates.to_numpy(dtype="datetime64[D]"), side="right")
    exposed = np.array([*(wave.months for wave in waves), np.inf])
    return np.where(dates.notna(), exposed[after], np.inf)


def _steps(files: Sequence[FileRows], panel: pd.DataFrame, *, monthly: bool) -> tuple[FlowStep, ...]:
    """Return the boxes from rows to people; a box at which nothing leaves is left out."""
    n_read = sum(rows.n_read for rows in files)
    n_identified = sum(rows.n_identified for rows in files)
    n_distinct = sum(rows.n_distinct for rows in files)
    steps = [FlowStep(key="rows_read", n=n_read, counts="rows")]
    if n_identified < n_read:
        reason = Message("flow.reason.not_identified")
        steps.append(FlowStep(key="rows_identified", n=n_identified, counts="rows", reason=reason))
    if n_distinct < n_identified:
        reason = Message("flow.reason.duplicates")
        steps.append(FlowStep(key="rows_distinct", n=n_distinct, counts="rows", reason=reason))
    kind: Literal["people", "territories"] = "territories" if monthly else "people"
    n_units = int(panel[UNIT].nunique())
    several = Message(f"flow.reason.several_rows_{kind}") if n_units < n_distinct else None
    steps.append(FlowStep(key=kind, n=n_units, counts=kind, reason=several))
    return tuple(steps)
