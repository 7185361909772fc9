"""Probabilities corrected for the number of tests: arrays in, arrays out."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from impactkit.estimators.inference.linear import Floats


def holm(p_values: npt.ArrayLike) -> Floats:
    """Return Holm's step-down adjusted p-values, in the order given.

    The i-th smallest of m becomes ``max over j ≤ i of min(1, (m - j + 1) p_(j))``. Refusing below α keeps the
    chance of a single wrong refusal at most α, whatever the dependence (Holm 1979, *Scand. J. Statist.* 6).
    R: ``p.adjust(p, "holm")``.
    """
    p = np.asarray(p_values, dtype=float)
    order = np.argsort(p, kind="stable")
    steps = np.minimum(1.0, np.arange(p.size, 0, -1) * p[order])
    return _in_order(np.maximum.accumulate(steps), order)


def benjamini_hochberg(p_values: npt.ArrayLike) -> Floats:
    """Return Benjamini and Hochberg's adjusted p-values, in the order given.

    The i-th smallest of m becomes ``min over j ≥ i of min(1, m p_(j) / j)``. Refusing below α keeps the
    expected share of wrong refusals at most α, when tests are independent or positively dependent
    (Benjamini & Hochberg 1995, *JRSS B* 57(1)). R: ``p.adjust(p, "BH")``.
    """
    p = np.asarray(p_values, dtype=float)
    order = np.argsort(p, kind="stable")
    steps = np.minimum(1.0, p.size / np.arange(1, p.size + 1) * p[order])
    return _in_order(np.minimum.accumulate(steps[::-1])[::-1], order)


def _in_order(sorted_values: Floats, order: npt.NDArray[np.intp]) -> Floats:
    adjusted = np.empty_like(sorted_values)
    adjusted[order] = sorted_values
    return adjusted
