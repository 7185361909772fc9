"""Before any report is made: what those of a study must hide to be read side by side."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from pathlib import Path

from impactkit.batch.job import EVIDENCE, Planned
from impactkit.batch.plan import Plan
from impactkit.errors import WritingError
from impactkit.evidence.together import Together, judge_together
from impactkit.files.masks import Masks, with_masks, write_masks
from impactkit.files.model import Study
from impactkit.text import Message


def plan_together(plan: Plan, out: Path) -> tuple[Plan, tuple[Message, ...]]:
    """Return the plan with what its reports must hide of each other, and what must be told of it.

    A report that may not be made beside the others has ``"report"`` among what it hides.

    The reports of a study are judged with those that the folder of results holds already. What must be hidden
    is written beside the study file, ``masks.toml``, from which every notebook reads it.

    Parameters
    ----------
    plan : Plan
    out : Path
        The folder of results.

    Raises
    ------
    WritingError
        When a study's folder cannot be written although its reports must hide something.
    """
    masked: dict[str, Study] = {}
    told: list[Message] = []
    asked_of: defaultdict[str, set[str]] = defaultdict(set)
    for report in plan.reports:
        asked_of[report.study].add(report.action)
    for study in plan.studies:
        asked = asked_of[study.id]
        made = {action.id for action in study.actions if (out / study.id / action.id / EVIDENCE).is_file()}
        found = judge_together(study, actions=asked | made, made=made)
        _write(study, found.masked)
        masked[study.id] = with_masks(study, found.masked)
        told += _told(study, found, left=made - asked)
    reports = tuple(_with_masks(report, masked[report.study]) for report in plan.reports)
    return replace(plan, studies=tuple(masked[study.id] for study in plan.studies), reports=reports), tuple(
        told
    )


def _with_masks(report: Planned, study: Study) -> Planned:
    return report.model_copy(update={"masked": study.action(report.action).masked})


def _write(study: Study, masks: Masks) -> None:
    try:
        write_masks(study.folder, masks)
    except OSError as error:
        raise WritingError(Message("batch.error.unwritable", {"folder": str(study.folder)})) from error


def _told(study: Study, found: Together, *, left: set[str]) -> list[Message]:
    """Say what is hidden, which reports are to be made again, and which cannot leave."""
    title = {"study": study.id}
    told = []
    masked = found.masked.keys() - found.withheld
    named = {
        "masked": masked,
        "again": masked & left,
        "revealing": found.withheld & left,
    }
    for key, actions in named.items():
        if actions:
            params = {**title, "n": len(actions), "actions": ", ".join(sorted(actions))}
            told.append(Message(f"together.{key}", params))
    if found.earlier:
        told.append(Message("together.earlier", title))
    if found.ledger_unread:
        told.append(Message("together.ledger_unread", title))
    return told
