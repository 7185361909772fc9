"""Rows of a database as typed columns, read by blocks: a million rows are never a list of tuples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from impactkit.files.model import VariableType

_AT_ONCE = 50_000
Kind = VariableType | Literal["whole"]


def frame_of(cursor: Any, names: Sequence[str], kinds: Mapping[str, Kind]) -> pd.DataFrame:
    """Return what a query found: numbers as float, dates as dates, texts as objects.

    Parameters
    ----------
    cursor : cursor of the database
        After ``execute``.
    names : sequence of str
        What its columns are called.
    kinds : mapping of str to str
        A variable's type, or ``whole`` for integers never missing; text by default.
    """
    parts: list[list[npt.NDArray[Any]]] = [[] for _ in names]
    # Texts that are equal are one object: identifiers and categories come again on many rows.
    words: list[dict[Any, Any]] = [{} for _ in names]
    while rows := cursor.fetchmany(_AT_ONCE):
        for i, values in enumerate(zip(*rows, strict=True)):
            kind = kinds.get(names[i], "text")
            if kind == "whole":
                parts[i].append(np.fromiter(values, dtype=np.int64, count=len(values)))
            elif kind in ("number", "boolean"):
                parts[i].append(np.array(values, dtype=float))  # None is not a number
            else:
                shared = map(words[i].setdefault, values, values)
                parts[i].append(np.fromiter(shared, dtype=object, count=len(values)))
    return pd.DataFrame(
        {
            name: _column(part, held, kinds.get(name, "text"))
            for name, part, held in zip(names, parts, words, strict=True)
        },
        copy=False,
    )


def _column(parts: list[npt.NDArray[Any]], words: Mapping[Any, Any], kind: Kind) -> pd.Series:
    empty: dict[Kind, type] = {"whole": np.int64, "number": float, "boolean": float}
    values = np.concatenate(parts) if parts else np.empty(0, dtype=empty.get(kind, object))
    if kind != "date":
        return pd.Series(values, dtype=values.dtype, copy=False)  # texts stay the objects they are
    days = {word: np.datetime64("NaT") if word is None else np.datetime64(word, "s") for word in words}
    return pd.Series(np.fromiter(map(days.__getitem__, values), dtype="datetime64[s]", count=values.size))
