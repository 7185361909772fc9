"""The rows of many actions, put together by action, and what each column says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

import numpy as np
import pandas as pd

from impactkit.cohort.cohort import BENEFICIARY
from impactkit.cohort.frame import as_numbers
from impactkit.errors import DesignError
from impactkit.estimators.inference.linear import Codes, Floats
from impactkit.estimators.many.refusals import Refusal
from impactkit.estimators.many.segments import Bools, Segments, order_by_segment
from impactkit.files.model import Arm, Comparison
from impactkit.text import Message


def by_action(
    frame: pd.DataFrame, *, by: str, columns: Sequence[str]
) -> tuple[pd.DataFrame, pd.Index, Segments]:
    """Return the frame with the rows of each action together, the actions, and their segments.

    Rows that stand so already are left as they are; else the ``columns`` alone are moved.

    Raises
    ------
    DesignError
        When the action of a row is not known.
    """
    names = frame[by]
    missing = int(names.isna().sum())
    if missing:
        raise DesignError(Message("many.error.action_missing", {"n": missing}))
    values = names.to_numpy()
    heads = np.flatnonzero(np.append(True, values[1:] != values[:-1])) if len(values) else np.empty(0, int)
    codes, actions = pd.factorize(names.iloc[heads])
    sizes = np.diff(np.append(heads, len(values)))
    if len(actions) == len(heads):
        return frame, pd.Index(actions), Segments(sizes=sizes)
    order = order_by_segment(np.repeat(codes, sizes), len(actions))
    return (
        frame[list(columns)].iloc[order],
        pd.Index(actions),
        Segments(sizes=np.bincount(codes, weights=sizes).astype(int)),
    )


def _floats(values: pd.Series) -> tuple[Floats, int]:
    """Do as `as_numbers`, at once for numbers."""
    if isinstance(values.dtype, np.dtype) and values.dtype.kind in "iufb":
        return values.to_numpy(dtype=float), 0
    return as_numbers(values)


def counted(segments: Segments, flags: Bools, key: str) -> Refusal:
    """Refuse the actions in which some row is flagged, and say how many are."""
    n = segments.count(flags)
    return Refusal(where=n > 0, key=key, params={"n": n})


def read_periods(values: pd.Series, segments: Segments) -> tuple[Floats, Refusal]:
    """Return the periods as numbers, and the actions in which one is not."""
    periods = _floats(values)[0]
    return periods, counted(segments, ~np.isfinite(periods), "cohort.error.period_not_number")


def read_weights(values: pd.Series, segments: Segments) -> tuple[Floats, Refusal]:
    """Return the weights, and the actions in which one is not positive; it is then 1."""
    weights = _floats(values)[0]
    good = np.isfinite(weights) & (weights > 0)
    return np.where(good, weights, 1.0), counted(segments, ~good, "cohort.error.weight_not_positive")


def read_outcomes(values: pd.Series, segments: Segments) -> tuple[Floats, Refusal]:
    """Return the outcomes, missing ones NaN, and the actions in which one is not a number."""
    outcomes, wrong = _floats(values)
    bad = np.isinf(outcomes)
    if wrong:
        bad |= np.isnan(outcomes) & values.notna().to_numpy()
    n = segments.count(bad)
    params = {"name": str(values.name), "n": n}
    return np.where(bad, np.nan, outcomes) if bad.any() else outcomes, Refusal(
        where=n > 0, key="cohort.error.outcome_not_number", params=params
    )


def read_arms(
    values: pd.Series | None, segments: Segments, comparison: Comparison
) -> tuple[Bools, Bools, Codes, tuple[Refusal, ...]]:
    """Tell who is a beneficiary and who is compared, as `cohort_from_frame` and a design do by action.

    Returns
    -------
    treated, compared : (N,) arrays of bool
    arms : (N,) array of int
        Codes of the arms.
    refusals : tuple of Refusal
    """
    n = int(segments.sizes.sum())
    if values is None:
        return np.ones(n, dtype=bool), np.zeros(n, dtype=bool), np.zeros(n, dtype=np.intp), ()
    numbers = _floats(values)[0]
    treated = numbers == 1
    other = ~(treated | (numbers == 0))
    nobody = comparison == "none"
    if not other.any():
        return treated, np.zeros(n, dtype=bool) if nobody else ~treated, treated.astype(np.intp), ()
    known = get_args(Arm)
    missing = counted(segments, values.isna().to_numpy(), "cohort.error.arm_missing")
    named = segments.spread(segments.count(other) > 0)
    unknown = named & ~values.isin(known).to_numpy()
    not_binary = Refusal(
        where=segments.count(unknown) > 0,
        key="cohort.error.arm_not_binary",
        params={"arms": ", ".join(known)},
    )
    treated = np.where(named, (values == BENEFICIARY).to_numpy(dtype=bool, na_value=False), treated)
    compared = ~treated
    if nobody:
        compared = np.zeros(n, dtype=bool)
    elif comparison not in ("never_treated", "not_yet_treated"):
        compared &= ~named | (values == comparison).to_numpy(dtype=bool, na_value=False)
    arms = np.where(named, 2 + pd.factorize(values)[0], treated)
    return treated, compared, arms, (missing, not_binary)
