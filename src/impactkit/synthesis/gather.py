"""Reading the measures of many folders of results."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from impactkit.batch import read_manifest
from impactkit.batch.job import EVIDENCE
from impactkit.batch.manifest import NAME as MANIFEST
from impactkit.errors import ReportError
from impactkit.synthesis.changes import FORM, PactAnswers
from impactkit.synthesis.measure import Measure
from impactkit.text import Message

_Model = TypeVar("_Model", bound=BaseModel)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """What was found in folders of results.

    Attributes
    ----------
    measures : tuple of Measure
        One per action of a study, in the order of study and action.
    replaced : int
        Measures of an action that another folder, named later, holds too.
    unread : tuple of str
        Files that are no record, by path from their folder.
    failed : tuple of (str, str)
        Study and action whose report failed, as manifests tell, and which have no measure.
    answers : tuple of PactAnswers
        What pacts' questionnaires say of changes, in the order of studies.
    """

    measures: tuple[Measure, ...]
    replaced: int = 0
    unread: tuple[str, ...] = ()
    failed: tuple[tuple[str, str], ...] = ()
    answers: tuple[PactAnswers, ...] = ()


def gather(folders: Sequence[str | Path]) -> Gathered:
    """Read every ``evidence.json`` of folders of results, and the forms on changes of pacts.

    They stand at ``OUT/study/action/evidence.json`` and ``OUT/study/form_pacte_changes.json``.

    Where two folders hold the same action of the same study, or the form of the same pact, the one named
    last counts: nothing is counted twice, nor two editions of it set side by side.

    Parameters
    ----------
    folders : sequence of path
        As ``impactkit run --out`` made them; what ``impactkit form --out`` made holds forms alone.

    Raises
    ------
    ReportError
        When a folder holds no measure, or a manifest cannot be read.
    """
    found: dict[tuple[str, str], Measure] = {}
    answers: dict[str, PactAnswers] = {}
    read, unread, failed = 0, [], []
    for folder in map(Path, folders):
        files = sorted(folder.glob(f"*/*/{EVIDENCE}"))
        forms = [*sorted(folder.glob(f"*/{FORM}.json")), *folder.glob(f"{FORM}.json")]
        if not files and not forms:
            raise ReportError(Message("synthesis.error.no_measure", {"folder": str(folder)}))
        for path in files:
            measure = _read(path, Measure)
            if measure is None:
                unread.append(path.relative_to(folder).as_posix())
            else:
                read += 1
                found[measure.key] = measure
        for path in forms:
            pact = _read(path, PactAnswers)
            if pact is None:
                unread.append(path.relative_to(folder).as_posix())
            else:
                answers[pact.study] = pact
        if (folder / MANIFEST).is_file():
            failed += [row.key for row in read_manifest(folder) if row.state == "failed"]
    return Gathered(
        measures=tuple(found[key] for key in sorted(found)),
        replaced=read - len(found),
        unread=tuple(unread),
        failed=tuple(key for key in dict.fromkeys(failed) if key not in found),
        answers=tuple(answers[study] for study in sorted(answers)),
    )


def _read(path: Path, model: type[_Model]) -> _Model | None:
    try:
        return model.model_validate_json(path.read_bytes())
    except ValidationError:
        return None
