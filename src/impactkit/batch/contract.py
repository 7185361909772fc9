"""The page of each contract or pact, beside the reports of its actions."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from impactkit.batch.formats import STEM
from impactkit.batch.forms import records_in
from impactkit.document.formats import FORMATS, Format, written
from impactkit.files.at_once import write_bytes
from impactkit.files.model import Study
from impactkit.forms import NAMES
from impactkit.report.contract_page import contract_document
from impactkit.text.language import Language

NAME = "index"


def write_contract(
    study: Study, folder: Path, *, language: Language, formats: Sequence[Format] = ("html",)
) -> Path | None:
    """Write ``index.<format>`` in a study's folder of results, and take away those of other formats.

    Parameters
    ----------
    study : Study
    folder : Path
        Holds a folder for each action, and the forms.
    language : {"fr", "en"}
    formats : sequence of {"html", "pdf", "docx", "odt"}

    Returns
    -------
    Path or None
        The page; nothing when no action has evidence there.
    """
    records = records_in(study, folder)
    for name in FORMATS:
        if not records or name not in formats:
            (folder / f"{NAME}.{name}").unlink(missing_ok=True)
    if not records:
        return None
    reports = {record.action: f"{record.action}/{STEM}.html" for record in records}
    forms = {}
    for data in (folder / f"{name}.json" for name in NAMES):
        if data.is_file():
            forms[json.loads(data.read_text(encoding="utf-8"))["title"]] = data.with_suffix(".html").name
    document = contract_document(study, records, language=language, links=reports, others=forms)
    for name in formats:
        write_bytes(folder / f"{NAME}.{name}", written(document, name))
    return folder / f"{NAME}.html"
