"""Releasing a study's reports: judged together and with every earlier release, then kept in the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from impactkit.cohort.build import cohort_of
from impactkit.cohort.read_files import FileReader
from impactkit.design import declare_design, make_comparable
from impactkit.disclosure import profile_of
from impactkit.disclosure.ledger import add_edition, protect_edition, read_ledger
from impactkit.errors import ReportError, StoreError
from impactkit.estimators.dispatch import estimate
from impactkit.evidence import Record
from impactkit.evidence.cells import Cell, Told, cells_of
from impactkit.evidence.found_together import LEDGER
from impactkit.evidence.together import cells_by_name, edition_of, judge_together, ledger_key_name
from impactkit.files import read_study
from impactkit.files.masks import REPORT
from impactkit.files.model import Action, Study
from impactkit.release.people import identities_of
from impactkit.release.scan import leaks_in
from impactkit.store.keys import Key, create_key, load_key
from impactkit.text import Message

_EVIDENCE = "evidence.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """What was released: the study, its reports, and how many editions the ledger now has.

    ``withheld`` names the actions of which no report may be read beside these.
    """

    study: str
    actions: tuple[str, ...]
    withheld: tuple[str, ...]
    counts: int
    masked: int
    editions: int


def release_study(study_file: str | Path, out: str | Path, *, name: str) -> Released:
    """Freeze the reports of a study as an edition, or say why they may not leave.

    All numbers of people that its reports show (who entered, who is analysed, by group and action) are judged
    together, and with those of every earlier edition: no group smaller than the secrecy profile asks may be
    worked out. Every file is then searched for the people whom the study's files name. Only then is the
    edition written in the ledger, ``releases.jsonl``, beside the study file.

    Parameters
    ----------
    study_file : path
    out : path
        The folder of results that `run_batch` filled.
    name : str
        What the edition is called: "bilan 2026".

    Raises
    ------
    ReportError
        When a report is missing or was made from other files, a small group could be worked out, or a file
        names someone. Nothing is written then.
    """
    study = read_study(study_file)
    folder = Path(out) / study.id
    actions = _reported(study, folder)
    cells: dict[str, Cell] = {}
    reader = FileReader(study)
    for action in actions:
        record = _record(study, action, folder)
        cohort = cohort_of(reader, action=action.id)
        if record.provenance.inputs != {file.path: file.sha256 for file in cohort.inputs}:
            raise ReportError(Message("release.outdated", {"action": action.id}))
        found = estimate(make_comparable(declare_design(cohort)))
        told = Told(
            flow=record.flow,
            opinion=None if record.contribution is None else record.contribution.opinion,
            duration=record.duration,
        )
        cells |= cells_by_name(action.id, cells_of(found, told))
    ledger = study.folder / LEDGER
    earlier = read_ledger(ledger)
    shown = np.array([cell.shown for cell in cells.values()], dtype=bool)
    key = _key(study, new=not earlier).derived("releases")
    edition = edition_of(name, cells, key=key)
    people = {str(person) for cell in cells.values() for person in cell.people}
    if cells:
        judged = protect_edition(earlier, edition, minimum=profile_of(study.secrecy).minimum)
        revealing = [cell for cell, safe in zip(cells, judged.shown | ~shown, strict=True) if not safe]
        if revealing or judged.exposed:
            key_said = "release.earlier" if judged.exposed else "release.together"
            raise ReportError(Message(key_said, {"n": len(revealing), "counts": ", ".join(revealing)}))
    leaks = leaks_in(folder, identities_of(study) | people)
    if leaks:
        files = ", ".join(path.relative_to(folder).as_posix() for path in leaks)
        raise ReportError(Message("release.names", {"n": len(leaks), "files": files}))
    add_edition(ledger, edition)
    return Released(
        study=study.id,
        actions=tuple(action.id for action in actions),
        withheld=tuple(action.id for action in study.actions if action not in actions),
        counts=len(cells),
        masked=int((~shown).sum()),
        editions=len(earlier) + 1,
    )


def _reported(study: Study, folder: Path) -> list[Action]:
    """Return the actions whose reports are there; the others must be those of which none may be made."""
    made = [action for action in study.actions if (folder / action.id / _EVIDENCE).is_file()]
    if len(made) < len(study.actions):
        names = {action.id for action in study.actions}
        withheld = judge_together(study, actions=names, made={action.id for action in made}).withheld
        for action in study.actions:
            if action not in made and action.id not in withheld and REPORT not in action.masked:
                raise ReportError(Message("release.missing", {"action": action.id}))
    return made


def _record(study: Study, action: Action, folder: Path) -> Record:
    record = Record.read(folder / action.id / _EVIDENCE)
    if (record.provenance.study_sha256, record.secrecy) != (study.sha256, study.secrecy):
        raise ReportError(Message("release.outdated", {"action": action.id}))
    return record


def _key(study: Study, *, new: bool) -> Key:
    """Return the key of the study's ledger, kept with the user's keys; drawn at the first edition."""
    name = ledger_key_name(study)
    try:
        return load_key(name, 1)
    except StoreError:
        if not new:
            raise
    return create_key(name, 1, record=study.folder)
