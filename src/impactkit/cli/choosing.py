"""``impactkit choose``: which action of a contract to measure, before any result is read."""

from __future__ import annotations

from impactkit.cli.console import say, say_json
from impactkit.cli.midterm import day_of
from impactkit.cli.studies import one_study
from impactkit.evidence import choose
from impactkit.files import read_study


def choose_action(argument: str, *, on: str | None, as_json: bool) -> int:
    """Rank the actions of a study; return the exit code.

    Raises
    ------
    CommandError
        When the study is not found, or the date is not one.
    StudyError
        When the study file cannot be used.
    """
    day = day_of(on)
    choice = choose(read_study(one_study(argument)), on=day)
    if as_json:
        say_json(choice.to_dict())
    else:
        say(str(choice))
    return 0
