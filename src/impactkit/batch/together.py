"""Before any report is made: what those of a study must hide to be read side by side."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from queue import SimpleQueue

from impactkit.batch.clerk import Clerk, ClerkHere
from impactkit.batch.job import EVIDENCE, Planned
from impactkit.batch.packed import PackedStudy
from impactkit.batch.plan import Plan
from impactkit.errors import WritingError
from impactkit.evidence.found_together import LEDGER, Together
from impactkit.files.masks import MASKS_FILE, Masks, write_masks
from impactkit.text import Message


def plan_together(plan: Plan, out: Path, *, clerks: Sequence[Clerk] = ()) -> tuple[Plan, tuple[Message, ...]]:
    """Return the plan with what its reports must hide of each other, and what must be told of it.

    A report that may not be made beside the others has ``"report"`` among what it hides.

    The reports of a study are judged with those that the folder of results holds already. What must be hidden
    is written beside the study file, ``masks.toml``, from which every notebook reads it.

    Parameters
    ----------
    plan : Plan
    out : Path
        The folder of results.
    clerks : sequence of Clerk, optional
        Who judge, each a study at a time; this process by default.

    Raises
    ------
    WritingError
        When a study's folder cannot be written although its reports must hide something.
    """
    asked_of: defaultdict[str, set[str]] = defaultdict(set)
    for report in plan.reports:
        asked_of[report.study].add(report.action)
    free: SimpleQueue[Clerk] = SimpleQueue()
    for clerk in clerks or (ClerkHere(),):
        free.put(clerk)

    def judge(study: PackedStudy) -> tuple[PackedStudy, list[Message]]:
        asked = asked_of[study.id]
        made = {action for action in study.masked if (out / study.id / action / EVIDENCE).is_file()}
        if _is_alone(study, asked | made):
            return study, []
        clerk = free.get()
        try:
            found, judged = clerk.judge(study, actions=asked | made, made=made)
        finally:
            free.put(clerk)
        _write(study, found.masked)
        return judged, _told(study, found, left=made - asked)

    with ThreadPoolExecutor(max_workers=free.qsize()) as at_work:
        found = list(at_work.map(judge, plan.studies))
    for clerk in clerks:
        clerk.leave()
    judged = {study.id: study for study, _ in found}
    told = [message for _, messages in found for message in messages]
    reports = tuple(_with_masks(report, judged[report.study]) for report in plan.reports)
    return replace(plan, studies=tuple(study for study, _ in found), reports=reports), tuple(told)


def _is_alone(study: PackedStudy, actions: set[str]) -> bool:
    """Tell whether a report is read beside no other, released before or not: there is nothing to judge.

    Where masks were written that may hold no longer, the study is judged again.
    """
    return len(actions) < 2 and not any((study.folder / name).exists() for name in (LEDGER, MASKS_FILE))


def _with_masks(report: Planned, study: PackedStudy) -> Planned:
    return report.model_copy(update={"masked": study.masked[report.action]})


def _write(study: PackedStudy, masks: Masks) -> None:
    try:
        write_masks(study.folder, masks)
    except OSError as error:
        raise WritingError(Message("batch.error.unwritable", {"folder": str(study.folder)})) from error


def _told(study: PackedStudy, found: Together, *, left: set[str]) -> list[Message]:
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
