"""``impactkit advise``: which designs the data of each action can carry, before any result is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from impactkit.cli.console import say, say_aside, say_json
from impactkit.cli.failures import CommandError
from impactkit.cli.studies import find_studies
from impactkit.cohort import build_cohort
from impactkit.errors import ImpactkitError
from impactkit.evidence import Advice, advise
from impactkit.files import Action, Study, read_study
from impactkit.text import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class _Advised:
    """An action and its advice, or why its data could not be read."""

    study: Study
    action: Action
    advice: Advice | None = None
    error: ImpactkitError | None = None


def advise_studies(arguments: Sequence[str], *, actions: Sequence[str] | None, as_json: bool) -> int:
    """Advise on each action; return 0, or the exit code of the first kind of problem.

    Raises
    ------
    CommandError
        When a study is not found, or none has an action of that name.
    StudyError
        When a study file cannot be used.
    """
    studies = [read_study(path) for path in find_studies(arguments)]
    _refuse_unknown(studies, actions)
    found = [
        _advise(study, action)
        for study in studies
        for action in study.actions
        if not actions or action.id in actions
    ]
    if as_json:
        say_json({"actions": [_as_dict(item) for item in found]})
    else:
        for item in found:
            _tell(item)
    return min((item.error.exit_code for item in found if item.error is not None), default=0)


def _refuse_unknown(studies: Sequence[Study], actions: Sequence[str] | None) -> None:
    known = {action.id: None for study in studies for action in study.actions}
    for name in actions or ():
        if name not in known:
            raise CommandError(Message("cli.usage.action", {"action": name, "known": ", ".join(known)}))


def _advise(study: Study, action: Action) -> _Advised:
    try:
        advice = advise(build_cohort(study, action=action.id))
    except ImpactkitError as error:
        return _Advised(study=study, action=action, error=error)
    return _Advised(study=study, action=action, advice=advice)


def _tell(item: _Advised) -> None:
    names = {"study": item.study.id, "action": item.action.id, "title": item.action.title}
    title = Message("cli.check.action", names)
    if item.error is not None:
        say_aside(title)
        say_aside(f"    {item.error}")
        return
    say(title)
    say()
    say(str(item.advice))
    say()


def _as_dict(item: _Advised) -> dict[str, Any]:
    found: dict[str, Any] = {"study": item.study.id, "action": item.action.id}
    if item.error is not None:
        return {**found, "exit_code": item.error.exit_code, "message": str(item.error)}
    assert item.advice is not None
    return found | item.advice.to_dict()
