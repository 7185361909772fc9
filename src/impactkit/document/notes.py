"""What stands under a table or a figure, line by line."""

from __future__ import annotations

from impactkit.document.blocks import Note
from impactkit.text import Language, Message


def note_lines(note: Note | None, language: Language) -> tuple[tuple[str, str], ...]:
    """Return what stands under a table or a figure: the name of each part, and the part."""
    if note is None:
        return ()
    parts = (
        ("reading", note.reading),
        ("scope", note.scope),
        ("source", note.source),
        ("masked", note.masked),
    )
    return tuple(
        (Message(f"report.note.{key}").text(language), text) for key, text in parts if text is not None
    )
