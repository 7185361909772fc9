"""Reading the measures of many folders of results."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from impactkit.batch import read_manifest
from impactkit.batch.job import EVIDENCE
from impactkit.batch.manifest import NAME as MANIFEST
from impactkit.errors import ReportError
from impactkit.synthesis.measure import Measure
from impactkit.text import Message


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
    """

    measures: tuple[Measure, ...]
    replaced: int = 0
    unread: tuple[str, ...] = ()
    failed: tuple[tuple[str, str], ...] = ()


def gather(folders: Sequence[str | Path]) -> Gathered:
    """Read every ``evidence.json`` of folders of results (``OUT/study/action/evidence.json``).

    Where two folders hold the same action of the same study, the one named last counts: a measure is never
    counted twice, nor two editions of it set side by side.

    Parameters
    ----------
    folders : sequence of path
        As ``impactkit run --out`` made them.

    Raises
    ------
    ReportError
        When a folder holds no measure, or a manifest cannot be read.
    """
    found: dict[tuple[str, str], Measure] = {}
    read, unread, failed = 0, [], []
    for folder in map(Path, folders):
        files = sorted(folder.glob(f"*/*/{EVIDENCE}"))
        if not files:
            raise ReportError(Message("synthesis.error.no_measure", {"folder": str(folder)}))
        for path in files:
            measure = _read(path)
            if measure is None:
                unread.append(path.relative_to(folder).as_posix())
            else:
                read += 1
                found[measure.key] = measure
        if (folder / MANIFEST).is_file():
            failed += [row.key for row in read_manifest(folder) if row.state == "failed"]
    return Gathered(
        measures=tuple(found[key] for key in sorted(found)),
        replaced=read - len(found),
        unread=tuple(unread),
        failed=tuple(key for key in dict.fromkeys(failed) if key not in found),
    )


def _read(path: Path) -> Measure | None:
    try:
        return Measure.model_validate_json(path.read_bytes())
    except ValidationError:
        return None
