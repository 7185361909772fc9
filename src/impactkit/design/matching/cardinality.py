"""Cardinality matching: the largest groups whose means are close, proved so by integer programming."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from impactkit.design.covariates import Floats
from impactkit.errors import DesignError
from impactkit.text import Message

Bools = npt.NDArray[np.bool_]

_SECONDS = 120.0
_PROVED = 0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Largest:
    """The largest groups found.

    Attributes
    ----------
    kept : (n,) array of bool
    bound : float
        No more people than this can be kept under the same tolerance: of the treated, or of the others when
        all treated are kept.
    proved : bool
        Whether nothing larger exists.
    """

    kept: Bools
    bound: float
    proved: bool


def largest_alike(
    *,
    X: Floats,
    treated: Bools,
    tolerance: float,
    ratio: int | None,
    names: tuple[str, ...],
    seconds: float = _SECONDS,
) -> Largest:
    """Keep as many people as possible while the means of the two groups stay close.

    Parameters
    ----------
    X : (n, p) array
        The characteristics, one column per number or level.
    treated : (n,) array of bool
    tolerance : float
        The largest difference of means allowed, in standard deviations of the treated.
    ratio : int or None
        Others kept for each treated person kept. ``None`` keeps all the treated and chooses the others
        ("profile matching").
    names : tuple of str
        The names of the columns, for the message when nothing will do.
    seconds : float
        After which the best found is taken, with the bound that was proved.

    Raises
    ------
    DesignError
        When no such groups exist: it names the characteristics that stand in the way.

    References
    ----------
    Zubizarreta, Paredes & Rosenbaum (2014), *Ann. Appl. Stat.* 8(1). Cohn & Zubizarreta (2022),
    *Epidemiology* 33(1), for profile matching.
    """
    # One beneficiary has no deviation: differences are then in those of everyone.
    size = (X[treated] if treated.sum() > 1 else X).std(axis=0, ddof=1)
    centre = X[treated].mean(axis=0)
    S = (X - centre) / np.where(size > 1e-10, size, 1.0)
    found = _solve(S, treated, tolerance, ratio, seconds)
    if found is None:
        raise DesignError(_obstacles(S, treated, tolerance, ratio, names))
    return found


def _solve(S: Floats, treated: Bools, tolerance: float, ratio: int | None, seconds: float) -> Largest | None:
    n = len(S)
    others = ~treated
    # With all the treated kept, whose means are 0: |Σ x| ≤ tolerance · number, over the others kept.
    sign = treated - others / (1 if ratio is None else ratio)
    if ratio is None:
        values, count = S * others[:, None], others.astype(float)
        fixed = treated
    else:
        values, count = S * sign[:, None], treated.astype(float)
        fixed = np.zeros(n, dtype=bool)
    upper = values - tolerance * count[:, None]
    lower = -values - tolerance * count[:, None]
    rows = [upper.T, lower.T]
    limits = [np.zeros(2 * S.shape[1])]
    lows = [np.full(2 * S.shape[1], -np.inf)]
    if ratio is not None:
        rows.append((ratio * treated - others.astype(float))[None, :])
        limits.append(np.zeros(1))
        lows.append(np.zeros(1))
    result = milp(
        -count,
        integrality=np.ones(n, dtype=np.int64),
        bounds=Bounds(fixed.astype(float), np.ones(n)),
        constraints=LinearConstraint(
            csr_array(np.vstack(rows)), np.concatenate(lows), np.concatenate(limits)
        ),
        options={"time_limit": seconds, "mip_rel_gap": 0.0},
    )
    if result.x is None:
        return None
    kept = result.x > 0.5
    if not (kept & others).any() or not (kept & treated).any():
        return None
    return Largest(
        kept=kept,
        bound=float(np.floor(-result.mip_dual_bound + 1e-6)),
        proved=result.status == _PROVED,
    )


def _obstacles(
    S: Floats, treated: Bools, tolerance: float, ratio: int | None, names: tuple[str, ...]
) -> Message:
    """Say which characteristics, each alone, cannot be made alike; else that they cannot all be at once."""
    alone = [
        name
        for k, name in enumerate(names)
        if _solve(S[:, [k]], treated, tolerance, ratio, seconds=10.0) is None
    ]
    if alone:
        return Message("matching.error.cannot_be_alike", {"names": ", ".join(alone), "n": len(alone)})
    gaps = np.abs(S[~treated].mean(axis=0))
    return Message("matching.error.not_alike_together", {"name": names[int(np.argmax(gaps))]})
