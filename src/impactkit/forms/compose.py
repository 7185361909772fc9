"""Putting sentences into a field: the tool's are left out whole, the least needed first; a user's never."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from impactkit.evidence.record import Bilingual, Words
from impactkit.text import Language

BULLET = "– "


@dataclass(frozen=True, slots=True)
class Piece:
    """A sentence or a paragraph of a section.

    Attributes
    ----------
    text : str
    rank : int
        How soon it is left out when there is no room: the highest first, and of two alike the later.
    own : bool
        Whether the user wrote it: it is then never left out.
    under : str
        The line that introduces it and those beside it, as a list; that line goes when they all go.
    """

    text: str
    rank: int = 0
    own: bool = False
    under: str = ""


@dataclass(frozen=True, slots=True)
class Composed:
    """The text of a section, and how many of the tool's sentences had no room."""

    text: str
    left_out: int


def compose(pieces: Iterable[Piece], limit: int) -> Composed:
    """Return the text of a section, within its limit as far as the tool's own sentences go.

    Parameters
    ----------
    pieces : iterable of Piece
        In the order in which they are read.
    limit : int
        Characters permitted.

    Examples
    --------
    >>> compose([Piece("Un fait."), Piece("Un détail.", rank=1)], limit=12)
    Composed(text='Un fait.', left_out=1)
    """
    kept = [piece for piece in pieces if piece.text.strip()]
    left_out = 0
    while len(text := _written(kept)) > limit:
        droppable = [(piece.rank, i) for i, piece in enumerate(kept) if not piece.own]
        if not droppable:
            break
        del kept[max(droppable)[1]]
        left_out += 1
    return Composed(text, left_out)


def _written(pieces: Sequence[Piece]) -> str:
    lines: list[str] = []
    under = ""
    for piece in pieces:
        if piece.under and piece.under != under:
            lines.append(piece.under)
        under = piece.under
        lines.append(f"{BULLET}{piece.text}" if under else piece.text)
    return "\n".join(lines)


def said(texts: Iterable[Bilingual | Words | None], language: Language, *, rank: int = 0) -> list[Piece]:
    """Return sentences of the tool, those not said left aside; each is less needed than the one before."""
    told = [text for text in texts if text is not None]
    return [Piece(text.text(language), rank=rank + i) for i, text in enumerate(told)]


def listed_under(
    title: Bilingual | str,
    texts: Iterable[Bilingual | Words],
    language: Language,
    *,
    rank: int = 0,
    own: bool = False,
) -> list[Piece]:
    """Return a list under its title."""
    head = title if isinstance(title, str) else title.text(language)
    return [Piece(text.text(language), rank=rank, own=own, under=head) for text in texts]
