"""Exports of Kobo and LimeSurvey: choices spread over columns put together, unfinished responses told.

A multiple choice is one column per option: ``q/option`` holding 0 or 1 beside a column ``q`` (Kobo), or
``q[option]`` holding Y or nothing (LimeSurvey). They become one column of the options chosen, with a space
between; columns of which that is not sure, or that the caller names, stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from impactkit.errors import Problem
from impactkit.files.finding import listed
from impactkit.files.fold import fold
from impactkit.files.reading.raw import RawTable

# Folded headers, as codes and as labels.
_KOBO = frozenset(("_uuid", "_submission_time"))
_SUBMITTED = frozenset(("submitdate", "date de soumission", "date submitted"))
_LIMESURVEY = frozenset(
    ("lastpage", "derniere page", "last page", "startlanguage", "langue de depart", "start language")
)
_OPTION = re.compile(r"(.+)/([^/]+)|(.+?) ?\[([^][]+)\]")
_CHOSEN = frozenset(("1", "y", "yes", "oui", "vrai", "true"))
_NOT_CHOSEN = frozenset(("", "0", "n", "no", "non", "faux", "false"))
_MOST_ROWS_NAMED = 100


def as_survey(raw: RawTable, *, named: Collection[str], file: str) -> RawTable:
    """Put the choices of a survey's export together, and note its unfinished responses; else change nothing.

    Parameters
    ----------
    raw : RawTable
    named : collection of str
        Columns that stay as they are.
    file : str
        What the file is called in problems.

    Returns
    -------
    RawTable
        With the notes A-ENQ-01 (unfinished responses) and A-ENQ-02 (choices put together).
    """
    headers = {fold(name): name for name in map(str, raw.frame)}
    is_kobo = headers.keys() >= _KOBO
    submitted = next((headers[name] for name in headers.keys() & _SUBMITTED), None)
    is_limesurvey = submitted is not None and bool(headers.keys() & _LIMESURVEY)
    if not is_kobo and not is_limesurvey:
        return raw
    notes = list(raw.notes)
    if is_limesurvey:
        unfinished = raw.row_numbers[(raw.frame[submitted].str.strip() == "").to_numpy(dtype=bool)]
        if len(unfinished):
            rows = tuple(int(row) for row in unfinished[:_MOST_ROWS_NAMED])
            notes.append(
                Problem(
                    code="A-ENQ-01", params={"n": len(unfinished)}, file=file, column=submitted, rows=rows
                )
            )
    frame = raw.frame
    together = []
    for question, options in _choices(list(map(str, frame)), named).items():
        made = _together(frame, question, options, is_kobo=is_kobo)
        if made is not None:
            first = question if question in frame else next(iter(options))
            frame = frame.assign(**{first: made}).rename(columns={first: question})
            frame = frame.drop(columns=[name for name in options if name in frame])
            together.append(question)
    if together:
        notes.append(Problem(code="A-ENQ-02", params={"questions": listed(together)}, file=file))
    return replace(raw, frame=frame, notes=tuple(notes))


def _choices(headers: Sequence[str], named: Collection[str]) -> dict[str, dict[str, str]]:
    """Return the columns of each question that may be a multiple choice, with their options."""
    questions: dict[str, dict[str, str]] = {}
    for header in headers:
        match = _OPTION.fullmatch(header)
        if match:
            question, option = match.group(1) or match.group(3), match.group(2) or match.group(4)
            questions.setdefault(question, {})[header] = option
    return {
        question: options
        for question, options in questions.items()
        if len(options) > 1 and not {question, *options} & set(named)
    }


def _together(
    frame: pd.DataFrame, question: str, options: dict[str, str], *, is_kobo: bool
) -> pd.Series | None:
    """Return the options chosen in each row, or ``None`` when the columns are not surely one question."""
    chosen = np.zeros((len(frame), len(options)), dtype=bool)
    for j, column in enumerate(options):
        known = _is_chosen(frame[column])
        if known is None:
            return None
        chosen[:, j] = known
    names = np.array(list(options.values()), dtype=object)
    texts = pd.Series([" ".join(names[row]) for row in chosen], index=frame.index, dtype="str")
    if not is_kobo:
        return texts
    # Kobo's own groups are written the same way: its summary of the question is the proof.
    if question not in frame:
        return None
    own = frame[question]
    same = own.eq(texts) | own.str.split().map(set).eq(texts.str.split().map(set))
    return own if same.all() else None


def _is_chosen(column: pd.Series) -> npt.NDArray[np.bool_] | None:
    codes, words = pd.factorize(column)
    folded = [fold(word) for word in words]
    if not set(folded) <= _CHOSEN | _NOT_CHOSEN:
        return None
    return np.array([word in _CHOSEN for word in folded], dtype=bool)[codes]
