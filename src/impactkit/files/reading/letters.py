"""Telling the old one-byte encodings of French files apart by the letters they would give."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

# In this order: the first wins when two read the same text.
ENCODINGS = ("cp1252", "iso-8859-15", "mac_roman", "cp850")
_CHUNK = 1 << 22
# How often accented letters stand in French (é is half of them), and those of names that live in France.
_FRENCH = {"é": 3.0, "è": 2.2, "à": 2.2, "ê": 2.0, "ç": 2.0, "ô": 2.0, "î": 1.8, "ï": 1.6, "ë": 1.6, "û": 1.8}
_FRENCH |= {"â": 1.8, "ù": 1.8, "œ": 1.6, "ü": 1.4, "ö": 1.2, "ä": 1.0, "ÿ": 0.4}
_FRENCH |= {
    "É": 2.0,
    "È": 1.4,
    "À": 1.2,
    "Ê": 1.2,
    "Ç": 1.4,
    "Ô": 1.0,
    "Î": 1.0,
    "Ï": 1.0,
    "Ë": 1.0,
    "Û": 0.8,
}
_FRENCH |= {"Â": 1.0, "Ù": 0.6, "Œ": 1.0, "Ü": 0.9, "Ö": 0.9}
_ABROAD = dict.fromkeys("áíóúñãõåøìòÁÍÓÚÑÃÕÅØÌÒßšžŠŽýæÆ", 0.6)
_SIGNS = dict.fromkeys("’«»°€º–…", 1.0) | dict.fromkeys("\u00a0‘“”—²·•½¼¾±×§ª™®©³", 0.3)
# What stands around a byte: something else, a small letter, a capital, another byte of this kind.
_OTHER, _SMALL, _CAPITAL, _HIGH = range(4)


def french_encoding(data: bytes) -> str | None:
    r"""Return the one-byte encoding under which these bytes read best as French, or ``None``.

    Each byte above 127 is scored under each encoding by the sign it would be (a frequent letter, a letter of
    a neighbouring language, a sign of French typography, a sign that no table holds) and by what stands
    around it: a small letter after a capital, or a sign inside a word, is not what people write.

    Parameters
    ----------
    data : bytes
        A text that is not UTF-8.

    Examples
    --------
    >>> french_encoding("Nom;Prénom\nDupré;Zoé".encode("mac_roman"))
    'mac_roman'
    """
    counts = _in_context(data)
    if not counts.any():
        return ENCODINGS[0]
    scores = {name: float((counts * _weights(name)).sum()) for name in ENCODINGS}
    best = max(ENCODINGS, key=lambda name: scores[name])
    return best if scores[best] > 0 else None


def _in_context(data: bytes) -> npt.NDArray[np.int64]:
    """Count the bytes above 127 by what stands before and after: shape (4, 128, 4)."""
    kinds = np.zeros(256, dtype=np.int64)
    kinds[ord("a") : ord("z") + 1] = _SMALL
    kinds[ord("A") : ord("Z") + 1] = _CAPITAL
    kinds[128:] = _HIGH
    counts = np.zeros(4 * 128 * 4, dtype=np.int64)
    view = np.frombuffer(data, dtype=np.uint8)
    for start in range(0, len(view), _CHUNK):
        at = np.flatnonzero(view[start : start + _CHUNK] > 127) + start
        before = np.where(at > 0, kinds[view[np.maximum(at - 1, 0)]], _OTHER)
        last = len(view) - 1
        after = np.where(at < last, kinds[view[np.minimum(at + 1, last)]], _OTHER)
        counts += np.bincount((before * 128 + view[at] - 128) * 4 + after, minlength=len(counts))
    return counts.reshape(4, 128, 4)


@cache
def _weights(encoding: str) -> npt.NDArray[np.float64]:
    """Return the score of each byte above 127 by context under an encoding: shape (4, 128, 4)."""
    weights = np.zeros((4, 128, 4))
    for byte in range(128, 256):
        try:
            sign = bytes([byte]).decode(encoding)
        except UnicodeDecodeError:
            weights[:, byte - 128, :] = -1000.0
            continue
        for before in range(4):
            for after in range(4):
                weights[before, byte - 128, after] = _weight(sign, before, after)
    return weights


def _weight(sign: str, before: int, after: int) -> float:
    letters = (_SMALL, _CAPITAL)
    if "\x80" <= sign <= "\x9f":
        return -50.0
    if not sign.isalpha() or sign in "ªº":
        inside = before in letters and after in letters and sign not in "’‘–·"
        return -3.0 if inside else _SIGNS.get(sign, -1.5)
    weight = _FRENCH.get(sign, _ABROAD.get(sign, -0.8))
    if before == after == _OTHER and sign not in "àÀ":
        return weight - 2.0  # a word of one letter
    if sign.isupper():
        # A capital inside or at the end of a small word
        return weight - (2.5 if before == _SMALL else 0.0)
    if before == _CAPITAL and after == _CAPITAL:
        return weight - 2.5
    return weight
