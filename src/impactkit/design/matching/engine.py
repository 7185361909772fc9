"""Loops that are compiled where it pays: the same function runs as Python on lists, or as machine code."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

# Below this many people a plain loop ends before a compiler would start.
COMPILED = 50_000


def run(loop: Callable[..., None], *arrays: np.ndarray, size: int, scalars: tuple[Any, ...] = ()) -> None:
    """Run ``loop(*arrays, *scalars)``, which writes into its arrays.

    Compiled by numba when it is installed and ``size`` is at least `COMPILED`, else as plain Python on lists,
    several times faster there than on arrays. The instructions, hence the result, are the same.
    """
    compiled = _compile(loop) if size >= COMPILED else None
    if compiled is not None:
        compiled(*arrays, *scalars)
        return
    lists = [array.tolist() for array in arrays]
    loop(*lists, *scalars)
    for array, values in zip(arrays, lists, strict=True):
        array[...] = values


@functools.cache
def _compile(loop: Callable[..., None]) -> Callable[..., None] | None:
    try:
        import numba  # an optional extra, and slow to import
    except ImportError:
        return None
    compiled: Callable[..., None] = numba.njit(cache=True)(loop)
    return compiled
