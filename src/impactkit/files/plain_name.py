"""Names written alike, whatever their accents, case and signs."""

from __future__ import annotations

import re
import unicodedata

_NOT_A_LETTER = re.compile(r"[^a-z]+")
_LETTERS = str.maketrans({"ı": "i", "ł": "l", "ø": "o", "đ": "d", "œ": "oe", "æ": "ae", "ß": "ss"})
# Words that stand before a name and are left out or stuck to it from one file to the next.
PARTICLES = frozenset(
    ("de", "du", "des", "le", "la", "les", "d", "l", "el", "al", "ben", "ait", "da", "do", "dos")
)


def plain_name(text: str) -> str:
    """Write a name in small letters without accents nor signs: ``"N'DIAYE-Léo"`` → ``"n diaye leo"``."""
    flat = unicodedata.normalize("NFKD", text.lower().translate(_LETTERS))
    bare = "".join(letter for letter in flat if not unicodedata.combining(letter))
    return _NOT_A_LETTER.sub(" ", bare).strip()
