"""The instruction's three criteria, answered from what is declared and from the shape of the data."""

from __future__ import annotations

import datetime as dt

from impactkit.evidence.advice import Advice
from impactkit.evidence.choice.candidate import Criterion
from impactkit.evidence.rules_choice import FEWEST_MONTHS, MOST_LOST, runs_for
from impactkit.files import Action
from impactkit.files.midterm import ActionRow
from impactkit.text import Message


def criteria_of(
    action: Action | None, row: ActionRow | None, advice: Advice | None, on: dt.date
) -> tuple[Criterion, ...]:
    """Answer each criterion for an action.

    Parameters
    ----------
    action : Action or None
        The study's, when its measure is declared.
    row : ActionRow or None
        What the contract's table says of it.
    advice : Advice or None
        What its data can carry; no outcome after entry is read, only whether there is one.
    on : date
        The day from which months are counted.
    """
    return (_direct(row, advice), _running(action, row, on), _followable(row, advice))


def _direct(row: ActionRow | None, advice: Advice | None) -> Criterion:
    said = None if row is None else row.direct
    if said is not None:
        key = "declared_yes" if said else "declared_no"
        return Criterion(
            name="direct", answer="yes" if said else "no", reason=Message(f"choose.direct.{key}")
        )
    if advice is None:
        return Criterion(name="direct", answer="unknown", reason=Message("choose.direct.unknown"))
    if advice.shape.territories:
        return Criterion(name="direct", answer="no", reason=Message("choose.direct.territories"))
    return Criterion(name="direct", answer="yes", reason=Message("choose.direct.people"))


def _running(action: Action | None, row: ActionRow | None, on: dt.date) -> Criterion:
    start = action.start if action is not None else None if row is None else row.start
    if start is None:
        return Criterion(name="running", answer="unknown", reason=Message("choose.running.unknown"))
    months = runs_for(start, on)
    params = {"start": start, "on": on, "fewest": FEWEST_MONTHS}
    if months < 0:
        return Criterion(name="running", answer="no", reason=Message("choose.running.to_come", params))
    enough = months >= FEWEST_MONTHS
    key = "choose.running.enough" if enough else "choose.running.short"
    reason = Message(key, {**params, "n": months})
    return Criterion(name="running", answer="yes" if enough else "no", reason=reason)


def _followable(row: ActionRow | None, advice: Advice | None) -> Criterion:
    """Answer from the data when people are followed there; else from what the table declares."""
    if advice is not None and not advice.shape.territories and not advice.shape.awaited:
        lost = advice.shape.treated.lost
        key = "followed" if lost <= MOST_LOST else "lost"
        reason = Message(f"choose.followable.{key}", {"percent": round(100 * MOST_LOST)})
        return Criterion(name="followable", answer="yes" if lost <= MOST_LOST else "no", reason=reason)
    said = None if row is None else row.followable
    if said is not None:
        key = "declared_yes" if said else "declared_no"
        answer = Message(f"choose.followable.{key}")
        return Criterion(name="followable", answer="yes" if said else "no", reason=answer)
    if advice is not None and advice.shape.territories:
        return Criterion(name="followable", answer="no", reason=Message("choose.followable.territories"))
    key = "awaited" if advice is not None else "unknown"
    return Criterion(name="followable", answer="unknown", reason=Message(f"choose.followable.{key}"))
