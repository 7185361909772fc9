"""Rows of a database as typed columns, read by blocks: a million rows are never a list of tuples."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from impactkit.files.model import VariableType

# Few rows at once stay in the processor's cache, and are gone before the collector counts them.
_AT_ONCE = 500
# Besides a variable's type: integers that are never missing; texts never missing that come again on many
# rows, as a Categorical.
Kind = VariableType | Literal["whole", "coded"]
_NUMBERS: Mapping[Kind, type] = {"whole": np.int64, "number": float, "boolean": float}


def frame_of(cursor: Any, names: Sequence[str], kinds: Mapping[str, Kind]) -> pd.DataFrame:
    """Return what a query found: numbers as float, dates as dates, texts as objects.

    Parameters
    ----------
    cursor : cursor of the database
        After ``execute``.
    names : sequence of str
        What its columns are called.
    kinds : mapping of str to Kind
        Text by default.
    """
    of = [kinds.get(name, "text") for name in names]
    parts: list[list[npt.NDArray[Any]]] = [[] for _ in names]
    # Each text is kept once, with its number in order of appearance: rows hold numbers.
    words: list[dict[Any, int]] = [defaultdict(count().__next__) for _ in names]
    while rows := cursor.fetchmany(_AT_ONCE):
        for kind, part, word, values in zip(of, parts, words, zip(*rows, strict=True), strict=True):
            if kind in _NUMBERS:
                part.append(np.array(values, dtype=_NUMBERS[kind]))  # None is not a number
            else:
                part.append(np.fromiter(map(word.__getitem__, values), dtype=np.intp, count=len(values)))
    return pd.DataFrame(
        {
            name: _column(part, word, kind)
            for name, part, word, kind in zip(names, parts, words, of, strict=True)
        },
        copy=False,
    )


def _column(
    parts: list[npt.NDArray[Any]], words: Mapping[Any, int], kind: Kind
) -> pd.Series | pd.Categorical:
    values = np.concatenate(parts) if parts else np.empty(0, dtype=_NUMBERS.get(kind, np.intp))
    if kind in _NUMBERS:
        return pd.Series(values, copy=False)
    if kind == "coded":
        return pd.Categorical.from_codes(values, categories=pd.Index(list(words), dtype=object))
    if kind == "date":
        days = [np.datetime64("NaT") if word is None else np.datetime64(word) for word in words]
        return pd.Series(np.array(days, dtype="datetime64[s]")[values])
    known = np.empty(len(words), dtype=object)
    known[:] = list(words)
    return pd.Series(known[values], dtype=object)
