"""Comparing words as a reader would: spaces, case, accents and apostrophes do not count."""

from __future__ import annotations

import re
import unicodedata

_SPACES = re.compile(r"\s+")
# Signs that keyboards and spreadsheets put one for the other.
_ALIKE = str.maketrans(
    {"°": "o", "’": "'", "‘": "'", "`": "'", "´": "'", "\u2010": "-", "\u2011": "-", "–": "-"}
)

# Folded words that stand where an identifier should, on a line that sums the others.
TOTALS = frozenset(("total", "totaux", "total general", "sous-total", "sous total", "grand total", "totals"))


def clean(text: str) -> str:
    """Return the text with single plain spaces, none at either end; no-break spaces are spaces."""
    return _SPACES.sub(" ", text.replace("\ufeff", "").replace("\u200b", "")).strip()


def fold(text: str) -> str:
    r"""Return the form under which two spellings of a word are the same.

    Examples
    --------
    >>> fold("N°\u00a0Dossier ") == fold("nº dossier")
    True
    """
    text = unicodedata.normalize("NFKD", clean(text).translate(_ALIKE)).casefold()
    return "".join(sign for sign in text if not unicodedata.combining(sign))
