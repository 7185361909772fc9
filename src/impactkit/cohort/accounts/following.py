"""Who is still followed at each period, and why the others are not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from impactkit.cohort.rows import Rows

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Following:
    """Of n people at T periods: who has a row, and who has the outcome.

    Attributes
    ----------
    seen, known : (n, T) arrays of bool
        ``known`` implies ``seen``.
    """

    seen: Bools
    known: Bools

    @classmethod
    def of(cls, rows: Rows, outcome: str) -> Following:
        """Look at who is followed for an outcome."""
        shape = len(rows.people), rows.periods.size
        seen, known = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=bool)
        seen[rows.person, rows.period] = True
        has = rows.frame[outcome].notna().to_numpy()
        known[rows.person[has], rows.period[has]] = True
        return cls(seen, known)

    @property
    def still(self) -> Bools:
        """Whose outcome is known at a period and at all those before."""
        return np.logical_and.accumulate(self.known, axis=1)

    def left_out(self, rows: Rows) -> pd.DataFrame:
        """Return one row per person of whom an outcome is missing: the first period missed, and why.

        Returns
        -------
        DataFrame
            ``person``, ``arm``, ``period`` and ``reason``: ``"not_seen"`` when no file has her at that time,
            ``"no_answer"`` when one has, without the outcome.
        """
        lost = np.flatnonzero(~self.still[:, -1])
        period = np.argmin(self.known[lost], axis=1)
        return pd.DataFrame(
            {
                "person": rows.people[lost],
                "arm": rows.arms[rows.arm[lost]],
                "period": rows.periods[period],
                "reason": np.where(self.seen[lost, period], "no_answer", "not_seen").astype(object),
            }
        )
