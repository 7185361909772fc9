"""Lee's bounds: trim the group that lost fewer people until both are alike. Array functions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from impactkit.errors import EstimationError
from impactkit.estimators.attrition.region import Region, std_error
from impactkit.estimators.inference.linear import Codes, Floats
from impactkit.text import Message

Trimming = Literal["fractional", "quantile"]
MoreFollowed = Literal["treated", "comparison"]
# Shares of people followed that differ by rounding alone are equal.
_EQUAL = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class LeeBounds:
    """Lee's bounds.

    Attributes
    ----------
    region : Region
    share_treated, share_comparison : float
        People followed, among those of each group.
    trimmed : float
        Share of the followed people trimmed, in the group that lost fewer.
    more_followed : {"treated", "comparison"} or None
        The group trimmed; ``None`` when both were followed alike.
    """

    region: Region
    share_treated: float
    share_comparison: float
    trimmed: float
    more_followed: MoreFollowed | None


@dataclass(frozen=True, slots=True, eq=False)
class _Ends:
    """Both bounds and what each person contributes to them."""

    lower: float
    upper: float
    to_lower: Floats
    to_upper: Floats


def lee_bounds(
    *,
    y: Floats,
    treated: npt.NDArray[np.bool_],
    weights: Floats | None = None,
    clusters: Codes | None = None,
    cells: Codes | None = None,
    trimming: Trimming = "fractional",
) -> LeeBounds:
    """Bound the effect on the people who would be followed in either group.

    With p1 and p0 the shares followed, say p1 ≥ p0, the people followed among the treated hold a share
    ``q = 1 - p0/p1`` who would not have been among the others. The lower bound supposes that they have the
    highest outcomes, the upper bound the lowest: with F1 the law of y among the treated who are followed,
    ``E[Y | Y ≤ F1⁻¹(1 - q)] - E[Y0]`` and ``E[Y | Y ≥ F1⁻¹(q)] - E[Y0]``. When p1 < p0, the comparison group
    is trimmed.

    ``"fractional"`` keeps exactly a share 1 - q of the weight, the last person in part; ``"quantile"`` keeps
    whoever is not beyond the quantile (the inverse of the empirical law), which with ties keeps more.

    With ``cells`` (a characteristic known before), bounds are computed in each and averaged with the cells'
    shares among the people followed of the group that lost more: they are never wider in the limit.

    Standard errors are from influence functions: of the trimmed mean, of the trimming share (which is
    estimated) and of the other mean; they equal Lee's proposition 3.

    Parameters
    ----------
    y : (n,) array
        NaN for those not followed.
    treated : (n,) array of bool
    weights : (n,) array, optional
        Sampling weights.
    clusters, cells : (n,) arrays of int, optional
        Codes from 0.
    trimming : {"fractional", "quantile"}

    Raises
    ------
    EstimationError
        When a group (of a cell) has fewer than two people followed, or losses do not go the same way in all
        cells.

    References
    ----------
    Lee (2009), *Review of Economic Studies* 76(3).
    """
    w = np.ones_like(y) if weights is None else weights
    cells = np.zeros(len(y), dtype=np.intp) if cells is None else cells
    observed = ~np.isnan(y)
    p1, p0 = (_share(observed, w, group) for group in (treated, ~treated))
    more = _more_followed(p1, p0)
    flipped = more == "comparison"  # then bounds of the difference the other way round, turned back
    group = ~treated if flipped else treated
    ends = _over_cells(y=y, more=group, w=w, observed=observed, cells=cells, trimming=trimming)
    if flipped:
        ends = _Ends(-ends.upper, -ends.lower, -ends.to_upper, -ends.to_lower)
    region = Region(
        lower=ends.lower,
        upper=ends.upper,
        se_lower=std_error(ends.to_lower, treated=treated, clusters=clusters),
        se_upper=std_error(ends.to_upper, treated=treated, clusters=clusters),
    )
    return LeeBounds(
        region=region,
        share_treated=p1,
        share_comparison=p0,
        trimmed=1 - min(p1, p0) / max(p1, p0),
        more_followed=more,
    )


def _more_followed(p1: float, p0: float) -> MoreFollowed | None:
    if abs(p1 - p0) <= _EQUAL * max(p1, p0):
        return None
    return "treated" if p1 > p0 else "comparison"


def _share(observed: npt.NDArray[np.bool_], w: Floats, group: npt.NDArray[np.bool_]) -> float:
    return float(w[group & observed].sum() / w[group].sum())


def _over_cells(
    *,
    y: Floats,
    more: npt.NDArray[np.bool_],
    w: Floats,
    observed: npt.NDArray[np.bool_],
    cells: Codes,
    trimming: Trimming,
) -> _Ends:
    """Return the bounds of the mean of ``more`` less that of the others, averaged over cells."""
    number = int(cells.max()) + 1
    reference = observed & ~more
    mass = np.bincount(cells, weights=w * reference, minlength=number)
    shares = mass / mass.sum()
    lower, upper = np.zeros(number), np.zeros(number)
    to_lower, to_upper = np.zeros_like(y), np.zeros_like(y)
    for cell in range(number):
        inside = cells == cell
        found = _one_cell(
            y=y[inside], more=more[inside], w=w[inside], observed=observed[inside], trimming=trimming
        )
        lower[cell], upper[cell] = found.lower, found.upper
        to_lower[inside], to_upper[inside] = shares[cell] * found.to_lower, shares[cell] * found.to_upper
    own = w * reference / mass.sum()
    low, high = float(shares @ lower), float(shares @ upper)
    return _Ends(low, high, to_lower + own * (lower[cells] - low), to_upper + own * (upper[cells] - high))


def _one_cell(
    *,
    y: Floats,
    more: npt.NDArray[np.bool_],
    w: Floats,
    observed: npt.NDArray[np.bool_],
    trimming: Trimming,
) -> _Ends:
    kept, other = observed & more, observed & ~more
    if kept.sum() < 2 or other.sum() < 2:
        raise EstimationError(Message("losses.error.cell_too_small"))
    p_more, p_less = _share(observed, w, more), _share(observed, w, ~more)
    keep = p_less / p_more
    if keep > 1 + _EQUAL:
        raise EstimationError(Message("losses.error.cells_disagree"))
    keep = min(keep, 1.0)
    to_keep = keep * (
        np.where(more, 0.0, w * (observed - p_less) / (w[~more].sum() * p_less))
        - np.where(more, w * (observed - p_more) / (w[more].sum() * p_more), 0.0)
    )
    base = float(np.average(y[other], weights=w[other]))
    to_base = np.zeros_like(y)
    to_base[other] = w[other] * (y[other] - base) / w[other].sum()
    low, cut_low, low_own = _trimmed_mean(y[kept], w[kept], keep, trimming)
    high, cut_high, high_own = _trimmed_mean(-y[kept], w[kept], keep, trimming)
    to_lower = to_keep * (cut_low - low) / keep - to_base
    to_upper = -to_keep * (cut_high - high) / keep - to_base
    to_lower[kept] += low_own
    to_upper[kept] -= high_own
    return _Ends(low - base, -high - base, to_lower, to_upper)


def _trimmed_mean(y: Floats, w: Floats, keep: float, trimming: Trimming) -> tuple[float, float, Floats]:
    """Return the mean of the lowest share ``keep``, the cut, and each person's contribution to the mean.

    With the cut c and the mean μ, the influence is ``(min(y - c, 0) - keep (μ - c)) / keep``.
    """
    order = np.argsort(y, kind="stable")
    values, mass = y[order], w[order]
    cumulative = np.cumsum(mass)
    wanted = keep * cumulative[-1]
    place = min(int(np.searchsorted(cumulative, wanted * (1 - _EQUAL))), len(y) - 1)
    cut = float(values[place])
    if trimming == "fractional":
        held = np.minimum(mass, np.maximum(wanted - (cumulative - mass), 0.0))
    else:
        held = np.where(values <= cut, mass, 0.0)
    mean = float(held @ values / held.sum())
    centred = np.minimum(y - cut, 0.0)
    influence = (centred - np.average(centred, weights=w)) / keep
    return mean, cut, w * influence / w.sum()
