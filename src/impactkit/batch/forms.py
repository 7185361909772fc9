"""The forms of a study, filled from the evidence that its folder of results holds."""

from __future__ import annotations

import json
from pathlib import Path

from impactkit.batch.job import EVIDENCE
from impactkit.batch.publish import write_text
from impactkit.evidence import Record
from impactkit.files.model import Study
from impactkit.forms import form_html, forms_of
from impactkit.text.language import Language


def write_forms(study: Study, folder: Path, *, language: Language) -> tuple[Path, ...]:
    """Write every form of a study as a page and as data, and take older forms away; return the pages.

    Parameters
    ----------
    study : Study
    folder : Path
        The study's folder of results. Actions without evidence there are left out of the results.
    language : {"fr", "en"}
    """
    found = [folder / action.id / EVIDENCE for action in study.actions]
    records = tuple(Record.read(path) for path in found if path.is_file())
    pages = []
    for form in forms_of(study, records, lang=language) if records else ():
        page = folder / f"{form.name}.html"
        write_text(page, form_html(form))
        data = json.dumps(form.to_dict(), ensure_ascii=False, indent=2)
        write_text(page.with_suffix(".json"), data + "\n")
        pages.append(page)
    for path in folder.glob("form_*"):
        if path.with_suffix(".html") not in pages:
            path.unlink()
    return tuple(pages)
