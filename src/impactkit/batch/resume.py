"""What a batch need not make again: reports whose files have not changed, and that are whole."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from impactkit.batch.job import EVIDENCE, NOTEBOOK, REPORT, Planned
from impactkit.batch.manifest import Row
from impactkit.evidence import Record
from impactkit.text import Message


def is_up_to_date(row: Row, planned: Planned, out: Path) -> bool:
    """Tell whether a report in the folder of results is what making it again would give.

    Parameters
    ----------
    row : Row
        What the manifest says of it.
    planned : Planned
        The report as it would be made now.
    out : Path
        The folder of results.
    """
    inputs = (planned.study_sha256, planned.template_sha256, *planned.inputs.values())
    if not (row.is_made and row.inputs_sha256 == planned.inputs_sha256 and planned.inputs and all(inputs)):
        return False
    folder = out / planned.study / planned.action
    pages = [f"report.{name}" for name in planned.formats]
    if not all((folder / name).is_file() for name in (REPORT, NOTEBOOK, *pages)):
        return False
    try:
        record = Record.read(folder / EVIDENCE)
    except (OSError, ValidationError):
        return False
    made_from = record.provenance
    same_files = (made_from.study_sha256, made_from.inputs) == (planned.study_sha256, planned.inputs)
    return same_files and (record.study, record.action) == planned.key


def skipped(row: Row) -> Row:
    """Return the line of a report that was left alone; it keeps when and how it was made."""
    reason = Message("batch.reason.up_to_date").text(row.lang)
    return row.model_copy(update={"state": "skipped", "reason": reason})
