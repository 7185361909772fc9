"""Pairs of rows worth comparing: those that agree on one key at least.

Two files of 100 000 rows have ten thousand million pairs. A pair of one person agrees on nearly everything,
so that it shares at least one of several keys, each of which forgives some errors.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from impactkit.cohort.linking.fields import Codes, Fields, Name, Texts

# A key that more pairs than this share says nothing (everybody of one household register has one phone).
_MOST_PAIRS_OF_A_KEY = 20_000


def candidate_pairs(fields: Fields) -> tuple[Codes, Codes]:
    """Return the pairs that share a key: positions in the first file and in the second.

    Returns
    -------
    left, right : (p,) arrays of int
        Sorted by left, then right; each pair once.
    """
    n_left, n_right = fields.n_left, fields.n - fields.n_left
    found = [_sharing(key, n_left) for key in _keys(fields)]
    pairs = np.unique(np.concatenate([left * n_right + right for left, right in found]))
    return pairs // max(n_right, 1), pairs % max(n_right, 1)


def _keys(fields: Fields) -> Iterator[Codes]:
    """Yield the keys, one code per row; -1 where a row has none."""
    year, month, day = fields.year, fields.month, fields.day
    known = year > 0
    low, high = np.minimum(day, month), np.maximum(day, month)
    last, first = _skeleton(fields.last), _skeleton(fields.first)
    # The day and the month, in either order; the names change with a marriage.
    yield _joined((year, low, high), known)
    # Both names, in either order: any date.
    yield _joined((np.minimum(last, first), np.maximum(last, first)), (last >= 0) & (first >= 0))
    # One name and most of the date.
    yield _joined((first, year, month), known & (first >= 0))
    yield _joined((last, year, month), known & (last >= 0))
    yield _joined((last, year, day), known & (last >= 0))
    yield _joined((last, day, month), known & (last >= 0))
    # The beginning of both names and the year: a slip in each.
    starts = [_start(name, size) for name, size in ((fields.last, 4), (fields.first, 3))]
    yield _joined((*starts, year), known & (starts[0] >= 0) & (starts[1] >= 0))
    for contact in (fields.phone, fields.email):
        if contact is not None:
            yield contact


def _skeleton(name: Name) -> Codes:
    """Return codes of the consonants of each name's longest word: what slips and cuts leave as it is."""
    kept = [_consonants(max(sorted(words), key=len, default="")) for words in name.words]
    return _coded(kept, name)


def _consonants(word: str) -> str:
    if not word:
        return ""
    out = [word[0]]
    for letter in word[1:]:
        if letter not in "aeiouyh" and letter != out[-1]:
            out.append(letter)
    return "".join(out)


def _start(name: Name, size: int) -> Codes:
    return _coded([text[:size] for text in name.joined], name)


def _coded(texts: list[str] | Texts, name: Name) -> Codes:
    """Return the code of each row's text, given one text per name."""
    _, codes = np.unique(np.array(texts, dtype=str), return_inverse=True)
    return np.append(codes, -1)[name.codes] if len(codes) else np.full(name.codes.size, -1)


def _joined(parts: tuple[Codes, ...], known: np.ndarray) -> Codes:
    """Return one code per combination of the parts; -1 where not all are known."""
    code = np.zeros(known.size, dtype=np.int64)
    for part in parts:
        code = code * (int(part.max(initial=0)) + 2) + part + 1
    return np.where(known, code, -1)


def _sharing(key: Codes, n_left: int) -> tuple[Codes, Codes]:
    """Return the pairs whose rows have the same key."""
    left, right = key[:n_left], key[n_left:]
    order = np.argsort(right, kind="stable")
    ordered = right[order]
    start = np.searchsorted(ordered, left, side="left")
    count = np.searchsorted(ordered, left, side="right") - start
    _, at, sizes = np.unique(left, return_inverse=True, return_counts=True)
    count[(left < 0) | (sizes[at] * count > _MOST_PAIRS_OF_A_KEY)] = 0
    rows = np.repeat(np.arange(n_left), count)
    offsets = np.arange(rows.size) - np.repeat(np.cumsum(count) - count, count)
    return rows, order[np.repeat(start, count) + offsets]
