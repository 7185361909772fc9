"""Comparing words as a reader would: spaces, case, accents and apostrophes do not count."""

from __future__ import annotations

import unicodedata

# Signs that keyboards and spreadsheets put one for the other.
_ALIKE = str.maketrans(
    {"°": "o", "’": "'", "‘": "'", "`": "'", "´": "'", "\u2010": "-", "\u2011": "-", "–": "-"}
)

# Folded words that stand where an identifier should, on a line that sums the others.
TOTALS = frozenset(("total", "totaux", "total general", "sous-total", "sous total", "grand total", "totals"))


def clean(text: str) -> str:
    """Return the text with single plain spaces, none at either end; no-break spaces are spaces."""
    if not text.isascii():
        text = text.replace("\ufeff", "").replace("\u200b", "")
    return " ".join(text.split())


def fold(text: str) -> str:
    r"""Return the form under which two spellings of a word are the same.

    Examples
    --------
    >>> fold("N°\u00a0Dossier ") == fold("nº dossier")
    True
    """
    return fold_clean(clean(text))


def fold_clean(text: str) -> str:
    """Fold a text that is already `clean`."""
    if text.isascii():  # most cells of most files: nothing to decompose
        return text.lower().replace("`", "'")
    text = unicodedata.normalize("NFKD", text.translate(_ALIKE)).casefold()
    return "".join(sign for sign in text if not unicodedata.combining(sign))
