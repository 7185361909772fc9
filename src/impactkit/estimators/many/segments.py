"""Rows that stand together by action, and sums over them without a loop."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from impactkit.estimators.inference.linear import Codes, Floats

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Segments:
    """N rows in A consecutive segments, some of which may be empty.

    Attributes
    ----------
    sizes : (A,) array of int
    """

    sizes: Codes

    @property
    def starts(self) -> Codes:
        """Where each segment starts, (A,)."""
        return np.asarray(np.cumsum(self.sizes) - self.sizes)

    @property
    def codes(self) -> Codes:
        """The segment of each row, (N,)."""
        return np.repeat(np.arange(self.sizes.size), self.sizes)

    def total(self, values: Floats) -> Floats:
        """Sum (N,) or (N, k) values by segment; zero for an empty one."""
        return np.asarray(self._reduce(np.add, values, 0.0), dtype=float)

    def smallest(self, values: Floats) -> Floats:
        """Return the smallest of each segment; NaN for an empty one."""
        return self._reduce(np.minimum, values, np.nan)

    def largest(self, values: Floats) -> Floats:
        """Return the largest of each segment; NaN for an empty one."""
        return self._reduce(np.maximum, values, np.nan)

    def count(self, flags: Bools) -> Codes:
        """Count the rows that hold, by segment."""
        if flags.all():
            return self.sizes
        if not flags.any():
            return np.zeros_like(self.sizes)
        return np.asarray(self._reduce(np.add, flags.view(np.int8), 0.0, dtype=np.int64), dtype=np.intp)

    def split(self, flags: Bools) -> tuple[Part, Part]:
        """Return the rows that hold, then the others."""
        holding = self.count(flags)
        return (
            Part(rows=np.flatnonzero(flags), segments=Segments(sizes=holding)),
            Part(rows=np.flatnonzero(~flags), segments=Segments(sizes=self.sizes - holding)),
        )

    def spread(self, values: np.ndarray) -> np.ndarray:
        """Give each row the value of its segment."""
        return np.repeat(values, self.sizes, axis=0)

    def blocks(self, rows: int) -> Iterator[tuple[slice, slice, Segments]]:
        """Cut into blocks of whole segments, of about so many rows: rows, segments, and the block's own.

        No segment at all makes one empty block.
        """
        if self.sizes.size == 0:
            yield slice(0, 0), slice(0, 0), self
        ends = np.cumsum(self.sizes)
        first, start = 0, 0
        while first < ends.size:
            last = max(int(np.searchsorted(ends, start + rows, side="right")), first + 1)
            end = int(ends[last - 1])
            yield slice(start, end), slice(first, last), Segments(sizes=self.sizes[first:last])
            first, start = last, end

    def _reduce(
        self, ufunc: np.ufunc, values: np.ndarray, empty: float, dtype: type | None = None
    ) -> np.ndarray:
        some = self.sizes > 0
        if some.size and some.all():
            return np.asarray(ufunc.reduceat(values, self.starts, axis=0, dtype=dtype))
        found = np.full((self.sizes.size, *values.shape[1:]), empty)
        if some.any():
            found[some] = ufunc.reduceat(values, self.starts[some], axis=0, dtype=dtype)
        return found


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Part:
    """Some of the rows: their positions, ascending, and their own segments."""

    rows: Codes
    segments: Segments


def order_by_segment(codes: Codes, n: int) -> Codes:
    """Return the stable order that puts rows of codes 0 … n-1 together."""
    # Sorting 16-bit numbers is several times faster.
    small = codes.astype(np.uint16) if n <= 2**16 else codes
    return np.asarray(np.argsort(small, kind="stable"))
