"""What the office formats can hold of a text: they refuse characters that HTML takes."""

from __future__ import annotations

import unicodedata

_KEPT = "\n\t"
# Control characters, halves of surrogate pairs, private use, not yet assigned: XML refuses the first two,
# PDF/UA the third; none can be read.
_UNREADABLE = frozenset({"Cc", "Cs", "Co", "Cn"})


class _Shown(dict[int, int]):
    """How each character is shown, found out once."""

    def __missing__(self, code: int) -> int:
        letter = chr(code)
        unreadable = unicodedata.category(letter) in _UNREADABLE and letter not in _KEPT
        self[code] = 0xFFFD if unreadable else code
        return self[code]


_SHOWN = _Shown()


def readable(text: str) -> str:
    """Return the text with every character that nobody could read replaced by U+FFFD."""
    if text.isprintable():
        return text
    return text.translate(_SHOWN)
