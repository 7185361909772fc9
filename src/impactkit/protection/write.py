"""Writing both documents, as a page and for a word processor."""

from __future__ import annotations

from pathlib import Path

from impactkit.document.blocks import Document
from impactkit.document.to_docx import to_docx
from impactkit.document.to_page import to_page
from impactkit.files.at_once import write_bytes
from impactkit.files.model import Study
from impactkit.protection.assessment import assessment_blocks
from impactkit.protection.record import record_blocks
from impactkit.text import Language, Message

_BLOCKS = {"record": record_blocks, "assessment": assessment_blocks}


def privacy_documents(study: Study, language: Language) -> dict[str, Document]:
    """Return the record of processing and the impact assessment of a study, by name of file."""
    documents = {}
    for name, blocks in _BLOCKS.items():
        title = Message(f"protection.{name}.title").text(language)
        window = f"{title} – {study.title.text(language)}"
        stem = Message(f"protection.{name}.file").text(language)
        documents[stem] = Document(title=window, language=language, blocks=blocks(study, language))
    return documents


def write_privacy(study: Study, out: Path, *, language: Language) -> tuple[Path, ...]:
    """Write the record of processing and the impact assessment of a study in a folder.

    Parameters
    ----------
    study : Study
        Nothing is read but its study file: no person's data, and no number of people.
    out : Path
        Made if it does not exist.
    language : {"fr", "en"}

    Returns
    -------
    tuple of Path
        A page and a DOCX of each.
    """
    out.mkdir(parents=True, exist_ok=True)
    paths = []
    for stem, document in privacy_documents(study, language).items():
        for suffix, content in ((".html", to_page(document).encode()), (".docx", to_docx(document))):
            paths.append(out / f"{stem}{suffix}")
            write_bytes(paths[-1], content)
    return tuple(paths)
