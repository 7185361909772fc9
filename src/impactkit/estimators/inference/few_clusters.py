"""Inference when structures are few: jackknife, wild bootstrap, randomisation. Arrays in, results out.

Each answers one question in one way; none is right everywhere (docs/methods/few-clusters.md has the measured
sizes). A draw that does as well as what was observed counts, with a tolerance for rounding; what was observed
is one of the draws. The same arrays and seed give the same numbers in every process.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from impactkit.errors import EstimationError
from impactkit.estimators.inference.left_out import by_cluster, cluster_changes
from impactkit.estimators.inference.linear import Codes, Contrast, Fit, Floats
from impactkit.text import Message

# Below these, errors that allow for clusters rest on too few of them (docs/validation/few-clusters.md).
FEW_CLUSTERS = 40
FEW_TREATED_CLUSTERS = 6
# With signs alone, 5 clusters allow no p-value below 2/32: six weights are drawn on then.
FEWEST_FOR_SIGNS = 6
ENUMERATED_SIGNS = 12
ENUMERATED_ASSIGNMENTS = 100_000
DRAWS = 9_999
# With clusters by the thousand, of which few are treated, fewer draws, and never fewer than these.
FEWEST_DRAWS = 999
_SIGNS = 20_000_000
# The same statistic reached in another order of sums differs by rounding, about 1e-15 of its size.
_TIE = 1e-9
_SIX_POINTS = tuple(sign * math.sqrt(half / 2) for sign in (-1, 1) for half in (1, 2, 3))
_DOUBLINGS = 60
# Numbers held at once for draws.
_BLOCK = 2_000_000


def are_few(clusters: int, treated: int) -> bool:
    """Tell whether so many clusters, so many of them treated, are few."""
    return clusters < FEW_CLUSTERS or treated < FEW_TREATED_CLUSTERS


def clusters_held(codes: Codes, treated: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Tell which clusters have people compared (first row) and beneficiaries (second), (2, G)."""
    held = np.zeros((2, int(codes.max(initial=-1)) + 1), dtype=bool)
    held[treated.view(np.int8), codes] = True
    return held


def draws_for(clusters: int) -> int:
    """Return how many draws so many clusters are given: 9 999 up to 2 000 clusters, at least 999."""
    return max(FEWEST_DRAWS, min(DRAWS, _SIGNS // clusters))


def cluster_jackknife(fitted: Fit, c: Floats, *, clusters: Codes) -> Contrast:
    """Estimate ``c'b`` with the errors of the jackknife over clusters (CV3, also written CR3).

    With ``b_(g)`` the fit without cluster g, the variance is ``(G-1)/G Σ_g (c'b_(g) - c'b)²``, to be read
    with G - 1 degrees of freedom.

    Raises
    ------
    EstimationError
        When the contrast cannot be estimated without one of the clusters.

    References
    ----------
    Bell & McCaffrey (2002), *Survey Methodology* 28(2). MacKinnon, Nielsen & Webb (2023), *J. Applied
    Econometrics* 38(5).
    """
    changes = cluster_changes(fitted, c, clusters=clusters)
    groups = len(changes)
    variance = (groups - 1) / groups * float(changes @ changes)
    return Contrast(value=float(c @ fitted.coef), std_error=variance**0.5, df=groups - 1)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WildTest:
    """The restricted wild cluster bootstrap of one contrast, at any null value.

    At the null ``θ``, put ``a = value - θ``. The residuals of the fit with ``c'b = θ`` imposed are linear in
    a, so a draw's contrast is ``n0 + n1 a`` and the sum of its squared scores ``s0 + 2 s1 a + s2 a²``.

    Attributes
    ----------
    value : float
    n0, n1, s0, s1, s2 : (draws,) arrays
        The first draw is what was observed.
    weights : {"signs", "six points"}
    enumerated : bool
    """

    value: float
    n0: Floats
    n1: Floats
    s0: Floats
    s1: Floats
    s2: Floats
    weights: str
    enumerated: bool
    # The ends already found: an effect, its sentences and its checks ask for the same ones.
    _ends: dict[tuple[float, float], float] = field(default_factory=dict, init=False, repr=False)

    def p_value(self, null: float = 0.0) -> float:
        """Return the share of draws whose ``|t|`` is at least the one observed, for this null value."""
        a = self.value - null
        numerator = (self.n0 + self.n1 * a) ** 2
        squares = np.maximum(self.s0 + 2 * self.s1 * a + self.s2 * a**2, 0.0)
        return _share(numerator, squares)

    def bounds(self, level: float = 0.95) -> bool:
        """Tell whether values far enough on either side are refused."""
        return _share(self.n1**2, np.maximum(self.s2, 0.0)) <= 1 - level + 1e-12

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Return the null values that are not refused, around the estimate: those with ``p > 1 - level``.

        Ends are found by halving outwards from the estimate, and from 0 when 0 is refused, so that 0 is
        inside exactly when its p-value is above ``1 - level``. An end is infinite when no value is refused
        there.
        """
        for side in (-1.0, 1.0):
            if (side, level) not in self._ends:
                self._ends[side, level] = self._end(side, level)
        return self._ends[-1.0, level], self._ends[1.0, level]

    def _end(self, side: float, level: float) -> float:
        alpha = 1 - level + 1e-12
        towards_zero = self.value * side < 0
        inside, outside = self.value, math.nan
        if towards_zero and self.p_value(0.0) <= alpha:
            outside = 0.0
        elif not self.bounds(level):
            return side * math.inf
        else:
            inside = 0.0 if towards_zero else self.value
            step = math.sqrt(max(float(self.s0[0]), 0.0)) or abs(self.value) or 1.0
            for _ in range(_DOUBLINGS):
                outside = inside + side * step
                if self.p_value(outside) <= alpha:
                    break
                inside, step = outside, 2 * step
            else:
                return side * math.inf
        return self._between(inside, outside, alpha)

    def _between(self, inside: float, outside: float, alpha: float) -> float:
        while True:
            middle = inside + (outside - inside) / 2
            if middle in (inside, outside) or abs(outside - inside) <= 1e-13 * abs(middle):
                return inside
            if self.p_value(middle) > alpha:
                inside = middle
            else:
                outside = middle


def _share(numerator: Floats, squares: Floats) -> float:
    """Return the share of draws with ``numerator / squares`` at least that of the first."""
    return float(np.mean(numerator * squares[0] >= numerator[0] * squares * (1 - _TIE)))


def wild_bootstrap(
    fitted: Fit, c: Floats, *, clusters: Codes, draws: int | None = None, seed: int = 0
) -> WildTest:
    """Draw the restricted wild cluster bootstrap of ``c'b`` (WCR, Cameron, Gelbach & Miller 2008).

    The model is fitted with the null imposed; the residuals of each cluster are multiplied by one weight; the
    ``t`` of each draw, with the errors of clusters computed anew (CR1; the factor cancels), is compared with
    the one observed. Up to 12 clusters all ``2^G`` signs are enumerated; below 6, where signs alone cannot
    reach 5 %, all ``6^G`` choices of Webb's six weights ``±√½, ±1, ±√1½`` are; above 12, ``draws`` signs are
    drawn and what was observed is added.

    Parameters
    ----------
    fitted : Fit
        Without the null imposed.
    c : (k,) array
    clusters : (n,) array of int
        Codes 0 … G-1.
    draws, seed : int
        By default `draws_for` the clusters.

    References
    ----------
    Cameron, Gelbach & Miller (2008), *Rev. Econ. Stat.* 90(3). Webb (2023), *Canadian J. Economics* 56(3).
    Djogbenou, MacKinnon & Nielsen (2019), *J. Econometrics* 212(2). Roodman et al. (2019), *Stata J.* 19(1).
    """
    cross, moments = by_cluster(fitted, fitted.residuals, clusters)
    value = float(c @ fitted.coef)
    return wild_of_products(
        cross=cross, moments=moments, q=fitted.direction(c), value=value, draws=draws, seed=seed
    )


def wild_of_products(
    *, cross: Floats, moments: Floats, q: Floats, value: float, draws: int | None = None, seed: int = 0
) -> WildTest:
    """Draw `wild_bootstrap` from what it needs of each cluster.

    Parameters
    ----------
    cross : (G, k, k) array
        ``Q_g'Q_g``, whose sum is the identity.
    moments : (G, k) array
        ``Q_g'e_g`` with the residuals of the fit.
    q : (k,) array
        ``R^-T c``.
    value : float
        ``c'b``.
    draws, seed : int
        As `wild_bootstrap`.
    """
    loads = cross @ q
    tilt = loads / float(q @ q)
    draws = draws_for(len(moments)) if draws is None else draws
    first, kind, enumerated = _wild_weights(len(moments))
    blocks = itertools.chain([first], () if enumerated else _drawn_signs(len(moments), draws, seed))
    parts = [_of_draws(weights, moments, tilt, loads, q) for weights in blocks]
    n0, n1, s0, s1, s2 = np.concatenate(parts, axis=1)
    return WildTest(
        value=value,
        n0=n0,
        n1=n1,
        s0=s0,
        s1=s1,
        s2=s2,
        weights=kind,
        enumerated=enumerated,
    )


def _of_draws(weights: Floats, moments: Floats, tilt: Floats, loads: Floats, q: Floats) -> Floats:
    """Return, by draw, the five numbers of `WildTest`, in rows."""
    at, per = weights @ moments, weights @ tilt
    scores0 = weights * (moments @ q) - at @ loads.T
    scores1 = weights * (tilt @ q) - per @ loads.T
    products = ((scores0, scores0), (scores0, scores1), (scores1, scores1))
    return np.stack([at @ q, per @ q, *(np.einsum("dg,dg->d", one, two) for one, two in products)])


def _wild_weights(groups: int) -> tuple[Floats, str, bool]:
    """Return all weights in rows, those of what was observed first; alone when all are too many."""
    kind = "six points" if groups < FEWEST_FOR_SIGNS else "signs"
    if groups > ENUMERATED_SIGNS:
        return np.ones((1, groups)), kind, False
    points = _SIX_POINTS if kind == "six points" else (-1.0, 1.0)
    every = np.array(list(itertools.product(points, repeat=groups)))
    observed = int(np.flatnonzero((every == 1.0).all(axis=1))[0])
    every[[0, observed]] = every[[observed, 0]]
    return every, kind, True


def _drawn_signs(groups: int, draws: int, seed: int) -> Iterator[Floats]:
    rng = np.random.default_rng(seed)
    for rows in _rows(groups, draws):
        yield np.where(rng.random((rows, groups)) < 0.5, -1.0, 1.0)


def _rows(groups: int, draws: int) -> Iterator[int]:
    """Cut draws into blocks that fit in little memory."""
    most = max(1, _BLOCK // groups)
    for start in range(0, draws, most):
        yield min(most, draws - start)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RandomisationTest:
    """Who could have been treated instead: for each assignment, the effects that it does not speak against.

    Attributes
    ----------
    value : float
    lows, highs : (draws,) arrays
        An assignment does at least as well as the one observed, were the effect θ the same for all, for θ in
        ``[low, high]``; the first is the one observed, for which it is everywhere.
    enumerated : bool
    """

    value: float
    lows: Floats = field(repr=False)
    highs: Floats = field(repr=False)
    enumerated: bool

    def p_value(self, null: float = 0.0) -> float:
        """Return the share of assignments that do at least as well as the one observed, for this effect."""
        return float(np.mean((self.lows <= null) & (null <= self.highs)))

    def bounds(self, level: float = 0.95) -> bool:
        """Tell whether effects far enough on either side are refused."""
        return bool(np.isfinite(self.interval(level)).all())

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Return the effects that are not refused: those with ``p > 1 - level``.

        All intervals hold the estimate, so the p-value falls on both sides of it, and the ends are order
        statistics of ``lows`` and ``highs``.
        """
        rank = math.floor(len(self.lows) * (1 - level) + 1e-9)
        return float(np.partition(self.lows, rank)[rank]), -float(np.partition(-self.highs, rank)[rank])


def randomisation(
    *,
    y: Floats,
    treated: npt.NDArray[np.bool_],
    clusters: Codes,
    X: Floats | None = None,
    weights: Floats | None = None,
    draws: int | None = None,
    seed: int = 0,
) -> RandomisationTest:
    """Compare the difference observed with those of all other choices of as many treated clusters.

    The statistic is the absolute difference of the (weighted) means of people. Under an effect θ the same for
    all, ``y - θ T`` does not depend on who was chosen: assignment π speaks against θ no more than the one
    observed when ``|A_π - θ B_π| ≥ |A - θ B|``, with A and B the differences of y and of T. With covariates,
    y and T are first replaced by their residuals on ``[1, X]`` (Gail et al. 1996); an assignment for which
    ``|B_π| > |B|``, which only covariates make possible, is counted everywhere, so that the p-value is, if
    anything, too high. The effect reported is ``A / B``.

    All assignments are counted when there are at most 100 000; else ``draws`` are drawn and the one observed
    added. Exact when clusters were drawn by lot, or could have been without anyone seeing it; not when the
    treated vary more than the others.

    Parameters
    ----------
    y : (n,) array
    treated : (n,) array of bool
        The same within a cluster.
    clusters : (n,) array of int
        Codes 0 … G-1.
    X : (n, p) array, optional
        Without a constant.
    weights : (n,) array, optional
    draws, seed : int

    Raises
    ------
    EstimationError
        When a cluster has people of both groups.

    References
    ----------
    Fisher (1935), *The Design of Experiments*. Gail, Mark, Carroll, Green & Pee (1996), *Stat. Med.* 15(11).
    Rosenbaum (2002), *Observational Studies*, §2.4 and 2.5.
    """
    w = np.ones_like(y) if weights is None else weights
    T = treated.astype(float)
    size = np.bincount(clusters, w).astype(float)
    chosen = np.bincount(clusters, w * T) / size
    if not np.isin(np.round(chosen, 12), (0.0, 1.0)).all():
        raise EstimationError(Message("estimators.error.clusters_cross_arms"))
    chosen = np.round(chosen)
    if X is not None and X.shape[1]:
        y, T = (_residuals(values, X, w) for values in (y, T))
    totals = np.column_stack([np.bincount(clusters, w * values).astype(float) for values in (y, T)])
    draws = draws_for(len(chosen)) if draws is None else draws
    enumerated = math.comb(len(chosen), int(chosen.sum())) <= ENUMERATED_ASSIGNMENTS
    blocks = [_all_assignments(chosen)] if enumerated else _drawn_assignments(chosen, draws, seed)
    differences = np.vstack([_differences(assigned, totals, size) for assigned in blocks])
    A, B = differences[:, 0], differences[:, 1]
    lows, highs = not_against(A, B)
    return RandomisationTest(value=float(A[0] / B[0]), lows=lows, highs=highs, enumerated=enumerated)


def _residuals(values: Floats, X: Floats, weights: Floats) -> Floats:
    root = np.sqrt(weights)[:, None]
    columns = np.column_stack([np.ones(len(values)), X])
    coef = np.linalg.lstsq(columns * root, values * root[:, 0], rcond=None)[0]
    return np.asarray(values - columns @ coef)


def _differences(assigned: Floats, totals: Floats, size: Floats) -> Floats:
    inside, people = assigned @ totals, (assigned @ size)[:, None]
    return np.asarray(inside / people - (totals.sum(axis=0) - inside) / (size.sum() - people))


def _all_assignments(chosen: Floats) -> Floats:
    """Return all assignments in rows, the one observed first."""
    picked = np.array(list(itertools.combinations(range(len(chosen)), int(chosen.sum()))))
    assigned = np.zeros((len(picked), len(chosen)))
    np.put_along_axis(assigned, picked, 1.0, axis=1)
    observed = int(np.flatnonzero((assigned == chosen).all(axis=1))[0])
    assigned[[0, observed]] = assigned[[observed, 0]]
    return assigned


def _drawn_assignments(chosen: Floats, draws: int, seed: int) -> Iterator[Floats]:
    """Yield the one observed, then blocks of those drawn."""
    yield chosen[None, :]
    rng = np.random.default_rng(seed)
    for rows in _rows(len(chosen), draws):
        yield chosen[rng.random((rows, len(chosen))).argsort(axis=1)]


def not_against(A: Floats, B: Floats) -> tuple[Floats, Floats]:
    """Return the ends of ``{θ: |A_π - θ B_π| ≥ |A - θ B|}``.

    It is an interval that holds ``A/B`` when ``|B_π| < |B|``: the roots of a convex parabola,
    ``(A - A_π)/(B - B_π)`` and ``(A + A_π)/(B + B_π)``.
    """
    a, b = A[0], B[0]
    close = _TIE * abs(b)
    wide = np.abs(B) >= abs(b) - close
    minus, plus = np.where(wide, 1.0, b - B), np.where(wide, 1.0, b + B)
    first, second = (a - A) / minus, (a + A) / plus
    # Rounding must not decide whether an assignment that does exactly as well counts.
    slack = _TIE * (np.abs(A).max() / abs(b))
    lows = np.where(wide, -np.inf, np.minimum(first, second) - slack)
    highs = np.where(wide, np.inf, np.maximum(first, second) + slack)
    return lows, highs
