"""Ranking the actions of a contract: the évaluabilité check before any number."""

from __future__ import annotations

import datetime as dt

from impactkit.cohort import build_cohort
from impactkit.errors import DataError, ImpactkitError, Problem, require
from impactkit.evidence.advice import Advice, advise
from impactkit.evidence.choice.candidate import Candidate
from impactkit.evidence.choice.choice import Choice
from impactkit.evidence.choice.criteria import criteria_of
from impactkit.files import Action, Study
from impactkit.files.midterm import ActionRow, read_midterm


def choose(study: Study, *, on: dt.date | None = None) -> Choice:
    """Rank the actions of a contract by whether to measure their impact, before any result is read.

    The instruction's own criteria come first (the action reaches people directly, has been running for twelve
    months, its people can be followed), then what the data could show: the most credible comparison, the
    smallest effect that could be found, how many people. No outcome of a beneficiary after entry is read,
    only whether there is one.

    Actions are those of the study and, when it names mid-term tables, the contract's other actions. One whose
    data cannot be read, or that has none yet, is ranked with the reason.

    Parameters
    ----------
    study : Study
    on : date, optional
        The day from which months are counted; today by default.

    Returns
    -------
    Choice

    Examples
    --------
    >>> import datetime as dt
    >>> import impactkit as ik
    >>> study = ik.read_study(ik.sample("insertion_emploi_cls"))
    >>> ik.choose(study, on=dt.date(2026, 6, 1)).best.action
    'boussole_jeunes'
    """
    require(study, Study)
    day = on or dt.date.today()
    rows, notes = _rows(study)
    listed = {row.key: row for row in rows}
    candidates = [_of_action(study, action, listed.get(action.id), day) for action in study.actions]
    candidates += [_of_row(row, day) for row in rows if row.action is None]
    # Among equals, the order of the study file, then that of the table.
    ranked = tuple(sorted(candidates, key=lambda item: item.order))
    return Choice(title=study.title, kind=study.kind, on=day, candidates=ranked, notes=notes)


def _rows(study: Study) -> tuple[tuple[ActionRow, ...], tuple[Problem, ...]]:
    try:
        return read_midterm(study).actions, ()
    except DataError as error:
        return (), error.problems


def _of_action(study: Study, action: Action, row: ActionRow | None, on: dt.date) -> Candidate:
    advice, error = _advised(study, action)
    return Candidate(
        action=action.id,
        title=action.title,
        criteria=criteria_of(action, row, advice, on),
        advice=advice,
        error=error,
    )


def _advised(study: Study, action: Action) -> tuple[Advice | None, ImpactkitError | None]:
    try:
        return advise(build_cohort(study, action=action.id)), None
    except ImpactkitError as error:
        return None, error


def _of_row(row: ActionRow, on: dt.date) -> Candidate:
    criteria = criteria_of(None, row, None, on)
    return Candidate(action=None, title=row.name, criteria=criteria, advice=None, error=None)
