"""What the ministry's instruction of 9 April 2026 asks of a contract or a pact, and a study lacks.

Nothing here prevents anything: the instruction leaves reasons to go otherwise, which are said in the report.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping

from impactkit.errors import Problem
from impactkit.files.locate import KeyPath, place_of
from impactkit.files.model import Action, Study

# "La transmission des résultats de cette mesure d'impact est attendue pour le 31 décembre 2026 au plus tard."
DEADLINE = dt.date(2026, 12, 31)
# "opérationnelle depuis au moins 12 mois": asked of actions that are given support, recommended for all.
_MONTHS = 12


def instruction_problems(study: Study, *, today: dt.date) -> tuple[Problem, ...]:
    """Return what the study lacks of what the instruction asks.

    Parameters
    ----------
    study : Study
    today : date
        The day from which the twelve months are counted back, or the deadline when it is earlier.
    """
    return tuple(_of_study(study, today))


def _of_study(study: Study, today: dt.date) -> Iterator[Problem]:
    if today > DEADLINE:
        yield _told(study, "A-INS-08", ())
    if study.kind == "pacte" and study.actions_count is not None and study.actions_count > len(study.actions):
        params = {"n": len(study.actions), "total": study.actions_count}
        yield _told(study, "A-INS-02", ("actions_count",), params)
    for i, action in enumerate(study.actions):
        yield from _of_action(study, action, ("actions", i), min(today, DEADLINE))


def _of_action(study: Study, action: Action, path: KeyPath, reference: dt.date) -> Iterator[Problem]:
    if action.indicators.national is None:
        yield _told(study, "A-INS-03", (*path, "indicators"))
    if not action.indicators.local:
        yield _told(study, "A-INS-04", (*path, "indicators"))
    if _months(action.start, reference) < _MONTHS:
        yield _told(study, "A-INS-05", (*path, "start"), {"reference": reference})
    if action.method == "interrupted_series":
        yield _told(study, "A-INS-06", (*path, "method"))
    elif len(study.waves_of(action.id)) == 1 and not _is_monthly(study, action):
        yield _told(study, "A-INS-07", (*path, "files"))
    last = max((wave.date for wave in study.waves_of(action.id) if wave.date is not None), default=None)
    if last is not None and last > DEADLINE:
        yield _told(study, "A-INS-09", ("waves",), {"date": last})
    if study.kind == "pacte" and not action.publics:
        yield _told(study, "A-INS-10", (*path, "publics"))


def _is_monthly(study: Study, action: Action) -> bool:
    return any("month" in study.file(name).columns for name in action.files)


def _months(start: dt.date, end: dt.date) -> int:
    """Return the whole months between two days."""
    return 12 * (end.year - start.year) + end.month - start.month - (end.day < start.day)


def _told(study: Study, code: str, path: KeyPath, params: Mapping[str, object] | None = None) -> Problem:
    return Problem(code=code, file=study.path.name or None, place=place_of(path) or None, params=params or {})
