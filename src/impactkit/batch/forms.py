"""The forms of a study, filled from the evidence that its folder of results holds, in every format."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from impactkit.batch.job import EVIDENCE
from impactkit.evidence import Record
from impactkit.files.at_once import write_bytes, write_json, write_text
from impactkit.files.model import Study
from impactkit.forms import NAMES, Form, form_docx, form_html, form_xlsx, forms_of
from impactkit.text.language import Language

_SUFFIXES = (".html", ".docx", ".xlsx", ".json")


def write_forms(study: Study, folder: Path, *, language: Language) -> tuple[Path, ...]:
    """Write every form of a study from its folder of results, and take older forms away; return the pages.

    Parameters
    ----------
    study : Study
    folder : Path
        The study's folder of results. Actions without evidence there are left out of the results.
    language : {"fr", "en"}
    """
    records = records_in(study, folder)
    return write_filled(forms_of(study, records, lang=language) if records else (), folder)


def records_in(study: Study, folder: Path) -> tuple[Record, ...]:
    """Return the records of a study's actions that a folder of results holds."""
    found = [folder / action.id / EVIDENCE for action in study.actions]
    return tuple(Record.read(path) for path in found if path.is_file())


def write_filled(forms: Iterable[Form], folder: Path) -> tuple[Path, ...]:
    """Write forms as a page, a document, a workbook and data, and take older forms away; return the pages."""
    pages: list[Path] = []
    for form in forms:
        page = folder / f"{form.name}.html"
        write_text(page, form_html(form))
        write_bytes(page.with_suffix(".docx"), form_docx(form))
        write_bytes(page.with_suffix(".xlsx"), form_xlsx(form))
        write_json(page.with_suffix(".json"), form.to_dict(), indent=2)
        pages.append(page)
    _take_away(folder, kept=pages)
    return tuple(pages)


def _take_away(folder: Path, *, kept: Iterable[Path]) -> None:
    """Remove the forms that an earlier run made and this one does not; other files are the user's."""
    names = {path.stem for path in kept}
    for name in NAMES:
        for suffix in _SUFFIXES:
            if name not in names:
                (folder / name).with_suffix(suffix).unlink(missing_ok=True)
