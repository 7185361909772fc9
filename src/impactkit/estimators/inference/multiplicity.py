"""P-values adjusted for having looked at several results."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal, get_args

import numpy as np

from impactkit.estimators.inference.linear import Floats

Correction = Literal["holm", "hochberg", "bh", "bonferroni"]


def adjust_p(p: Sequence[float] | Floats, method: Correction = "holm") -> Floats:
    """Adjust p-values for their number.

    With ``p_(1) ≤ … ≤ p_(m)``:

    - ``"holm"``: ``max_{j ≤ i} (m - j + 1) p_(j)``. The chance of any false finding stays below the level,
      whatever the dependence;
    - ``"hochberg"``: ``min_{j ≥ i} (m - j + 1) p_(j)``. The same, for independent or positively dependent
      tests;
    - ``"bh"``: ``min_{j ≥ i} (m/j) p_(j)`` (Benjamini-Hochberg). The expected share of false findings among
      findings stays below the level: a weaker promise, for exploring;
    - ``"bonferroni"``: ``m p``.

    Parameters
    ----------
    p : sequence of float
        Between 0 and 1, none missing: an outcome that could not be estimated counts, with 1.
    method : {"holm", "hochberg", "bh", "bonferroni"}

    Returns
    -------
    (m,) array
        In the order given, at most 1.

    Raises
    ------
    ValueError
        When ``method`` is not one of those above, or a p-value is missing or not between 0 and 1.

    References
    ----------
    Holm (1979), *Scand. J. Statist.* 6(2). Hochberg (1988), *Biometrika* 75(4). Benjamini & Hochberg (1995),
    *JRSS B* 57(1).

    Examples
    --------
    >>> import impactkit as ik
    >>> ik.adjust_p([0.01, 0.04, 0.03]).round(6).tolist()
    [0.03, 0.06, 0.06]
    """
    if method not in get_args(Correction):
        raise ValueError(f"unknown method {method!r}: expected one of {', '.join(get_args(Correction))}")
    values = np.asarray(p, dtype=float)
    if values.ndim != 1 or not ((values >= 0) & (values <= 1)).all():
        raise ValueError("p is a list of numbers between 0 and 1, none missing")
    order = np.argsort(values, kind="stable")
    adjusted = np.empty_like(values)
    adjusted[order] = np.minimum(_RULES[method](values[order]), 1.0)
    return adjusted


def _holm(p: Floats) -> Floats:
    return np.asarray(np.maximum.accumulate(np.arange(len(p), 0, -1) * p))


def _hochberg(p: Floats) -> Floats:
    return np.asarray(np.minimum.accumulate((np.arange(len(p), 0, -1) * p)[::-1])[::-1])


def _bh(p: Floats) -> Floats:
    steps = len(p) / np.arange(1, len(p) + 1) * p
    return np.asarray(np.minimum.accumulate(steps[::-1])[::-1])


def _bonferroni(p: Floats) -> Floats:
    return np.asarray(len(p) * p)


_RULES: Mapping[Correction, Callable[[Floats], Floats]] = {
    "holm": _holm,
    "hochberg": _hochberg,
    "bh": _bh,
    "bonferroni": _bonferroni,
}
