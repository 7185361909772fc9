"""Dates of people that cannot be: births, exits, answers, waves; as problems of the files."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import numpy as np
import pandas as pd

from impactkit.cohort.calendar import (
    MAJORITY,
    MOST_FIRST_OF_JANUARY,
    age_at,
    as_days,
    days_between,
    due,
    impossible_birth,
    on_first_of_january,
    outside,
    too_many_first_of_january,
)
from impactkit.cohort.cohort import BENEFICIARY
from impactkit.cohort.membership import public_column
from impactkit.cohort.persons import header_of, located
from impactkit.cohort.read_files import FileRows
from impactkit.cohort.rows import ANSWERED, ARM, BIRTH, ENTRY, LEFT, PERIOD, UNIT
from impactkit.errors import Problem
from impactkit.files.model import Wave
from impactkit.text import Quantity

_NAT = np.datetime64("NaT", "D")


def date_problems(
    rows: pd.DataFrame,
    personal: pd.DataFrame,
    files: Sequence[FileRows],
    *,
    waves: Sequence[Wave],
    today: dt.date,
) -> list[Problem]:
    """Return the rows whose dates cannot be, by exact code (E-COH-01 to 04 and 09).

    Parameters
    ----------
    rows : DataFrame
        As `long_rows` returns them.
    personal : DataFrame
        The same with each person's facts on all her rows.
    files : sequence of FileRows
    waves : sequence of Wave
        Those of the action.
    today : date
        Nobody is born later.
    """
    problems = []
    birth, entered, left = (_days(personal, name) for name in (BIRTH, ENTRY, LEFT))
    answered = _days(rows, ANSWERED)
    if BIRTH in rows:
        wrong = impossible_birth(birth, today=today)
        problems += located("E-COH-01", wrong, rows, files, column=header_of("birth"))
    if LEFT in rows and ENTRY in rows:
        own = as_days(rows[LEFT].to_numpy()) < as_days(rows[ENTRY].fillna(personal[ENTRY]).to_numpy())
        problems += located("E-COH-02", own, rows, files, column=header_of("exit"))
    if ANSWERED in rows:
        early = np.zeros(len(rows), dtype=bool)
        misplaced = early.copy()
        for wave in waves:
            here = (rows[PERIOD] == wave.months).to_numpy()
            delay = days_between(due(wave, entered=entered, left=left), answered)
            before, after = outside(wave, delay)
            misplaced |= here & (before | after)
            if wave.counted_from != "calendar" and wave.months > 0:
                # Those who wait are asked before they enter; whoever is followed from entry is not.
                followed = (personal[ARM].isna() | (personal[ARM] == BENEFICIARY)).to_numpy()
                early |= here & followed & (answered < entered)
        problems += located("E-COH-03", early, rows, files, column=header_of("answered"))
        problems += located("E-COH-04", misplaced & ~early, rows, files, column=header_of("answered"))
    child = public_column("children")
    if child in personal and BIRTH in rows and ENTRY in rows:
        grown = (personal[child] == 1).to_numpy() & (age_at(birth, entered) >= MAJORITY)
        problems += located("E-COH-09", grown, rows, files, column=header_of("birth"))
    return problems


def date_notes(rows: pd.DataFrame, personal: pd.DataFrame, files: Sequence[FileRows]) -> list[Problem]:
    """Return what the dates let one notice and nothing prevents: conventional births, several stays."""
    notes = []
    if BIRTH in rows:
        birth = as_days(personal.drop_duplicates(UNIT)[BIRTH].to_numpy())
        if too_many_first_of_january(birth):
            known = ~np.isnat(birth)
            share = float(on_first_of_january(birth)[known].mean())
            params = {"share": Quantity(share, "percent"), "most": Quantity(MOST_FIRST_OF_JANUARY, "percent")}
            header = header_of("birth")
            notes += [
                Problem(code="A-COH-05", params=params, file=item.file.path, column=header(item))
                for item in files
                if header(item) is not None
            ]
    if LEFT in rows and ENTRY in rows:
        later = rows[ENTRY].notna() & (rows[ENTRY] != personal[ENTRY])
        notes += located("A-COH-22", later, rows, files, column=header_of("entry"))
    return notes


def _days(rows: pd.DataFrame, name: str) -> np.ndarray:
    return as_days(rows[name].to_numpy()) if name in rows else np.full(len(rows), _NAT)
