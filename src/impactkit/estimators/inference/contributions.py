"""Small-sample errors of estimates that add up contributions of groups, as averages of group-time effects do.

An estimate is ``Σ_k a_k'ȳ_k``: a vector of weights for each group k times the (weighted) means of its people
over T columns (periods). People of a cluster g in group k bear the share ``s_gk`` of its weight. Each sum of
deviations from the means is raised by ``(1 - s_gk)^-1/2``: that is CR2 in the regression on one indicator per
group and column; for people each on their own, HC2. Bell and McCaffrey's degrees of freedom suppose people
independent with one covariance Ω of the columns in all groups, the one observed: with ``σ_k² = a_k'Ω a_k``,
``m_gk`` the weight of a cluster in a group and M_k that of the group, the matrix of the variance is

    P_gh = Σ_k σ_k² (m_gk 1[g = h] - (1 - s_gk)^-1/2 (1 - s_hk)^-1/2 m_gk m_hk / M_k  1[g ≠ h])

and the degrees of freedom are ``tr(P)² / tr(P²)``. With two groups and two columns all this is CR2 on the
changes, to the last digit.

A group with a single cluster (or person) has no deviations. Leaving out its error would make averages look
far surer than they are: it borrows that of other clusters, ``m² a_k'Ω_1 a_k`` with Ω_1 the covariance of
their means, as if it varied like them. The lenders are named by the caller; all groups by default. Few
lenders may by chance look alike: Ω_1 is then small, the average far from 0 in its terms, and that part, which
rests on so few, small beside the others. So the degrees of freedom are computed twice, with that part as
borrowed and as under the one covariance Ω that they suppose, and the fewer are kept.

References
----------
Bell & McCaffrey (2002), *Survey Methodology* 28(2). Pustejovsky & Tipton (2018), *JBES* 36(4). Satterthwaite
(1946), *Biometrics* 2.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from impactkit.estimators.inference.influence import Influence
from impactkit.estimators.inference.linear import FULL_LEVERAGE, Codes, Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Contributions:
    """What k estimates owe to each group, and its errors in small samples.

    Attributes
    ----------
    covariance : (k, k) array
    maps : tuple of (T, k) arrays
        The weights of each group, on the scale where deviations are summed (``a_k`` times n).
    scatter : tuple of (T, T) arrays
        By group, of the raised sums of deviations.
    mass : (K,) array
        Weight of the people of each group who have deviations; ``whole``, of all.
    squares : (K, K) array
        ``tr(P²) = σ²' squares σ²``.
    sums : tuple of (units, T) arrays
        The raised sums by cluster or person, where columns have no common covariance: the degrees of freedom
        are then those of the squares observed. Else empty.
    lost : (K,) array
        Degrees of freedom of each group that the means, or the terms of a regression, take.
    borrowed : (k, k) array
        The part of the covariance that single clusters borrow, and ``borrowed_df`` its degrees of freedom.
    n : int
        People in all.
    """

    covariance: Floats
    maps: tuple[Floats, ...]
    scatter: tuple[Floats, ...]
    mass: Floats
    squares: Floats
    sums: tuple[Floats, ...]
    lost: Floats
    whole: Floats
    borrowed: Floats
    borrowed_df: float
    n: int

    def spread(self, loads: Floats) -> Floats:
        """Return ``σ_k²``, (K, r), for r averages of the estimates, one per row of ``loads``."""
        k = self.maps[0].shape[1]
        weights = [L @ loads[:, :k].T for L in self.maps]
        if not self.sums:
            common = np.sum(self.scatter, axis=0) / self.mass.sum()
            own = [common] * len(weights)
        else:
            own = [S / M if M > 0 else S for S, M in zip(self.scatter, self.mass, strict=True)]
        return np.array([np.einsum("tr,ts,sr->r", a, S, a) for a, S in zip(weights, own, strict=True)])

    def df(self, loads: Floats) -> Floats:
        """Return the degrees of freedom of r averages; infinite where nothing varies."""
        if self.sums:
            return self._observed_df(loads)
        sigma = self.spread(loads)
        own = np.einsum("kr,kl,lr->r", sigma, self.squares, sigma)
        found = np.full(len(loads), np.inf)
        for borrowed in (self._borrowed(loads), np.where(self.mass == 0, self.whole, 0.0) @ sigma):
            top = (self.mass @ sigma + borrowed) ** 2
            below = own + borrowed**2 / self.borrowed_df
            found = np.minimum(found, np.divide(top, below, out=np.full_like(top, np.inf), where=below > 0))
        return found

    def _borrowed(self, loads: Floats) -> Floats:
        return np.asarray(np.einsum("rk,kl,rl->r", loads, self.borrowed, loads)) * self.n**2

    def _observed_df(self, loads: Floats) -> Floats:
        """Return ``(Σ V_k)² / Σ_k max(V_k² / ν_k, Q_k / 3)`` with V and Q sums of squares and fourth powers.

        For independent normal terms ``Var(Σ x²) = 2/3 E Σ x⁴``, and Satterthwaite's degrees of freedom of
        ``Σ x²`` are ``2 (Σ x²)² / Var``; never more than those of the group, ν_k.
        """
        top = self._borrowed(loads)
        below = top**2 / self.borrowed_df
        for sums, L, lost in zip(self.sums, self.maps, self.lost, strict=True):
            terms = (sums @ L @ loads[:, : L.shape[1]].T) ** 2
            left = max(float((np.abs(sums).max(axis=1) > 0).sum()) - lost, 1.0)
            V, Q = terms.sum(axis=0), (terms**2).sum(axis=0)
            top = top + V
            below += np.maximum(V**2 / left, Q / 3)
        return np.divide(top**2, below, out=np.full_like(top, np.inf), where=below > 0)


def contributions(
    influence: Influence,
    *,
    columns: int,
    masses: tuple[Floats, ...],
    clusters: Codes | None,
    common: bool = True,
    raised: bool = False,
    lost: Floats | None = None,
    borrowed: Floats | None = None,
    lenders: npt.NDArray[np.bool_] | None = None,
) -> Contributions:
    """Raise the influence of people, or clusters, for the means they are measured from.

    Parameters
    ----------
    influence : Influence
        One part per group.
    columns : int
        How many of the first columns of each factor are weighted deviations from the means of the group; the
        others (shares of the groups) are left as they are.
    masses : tuple of (m, T) or (m, 1) arrays
        Weight of each person of a group at each column: 0 where not seen.
    clusters : (n,) array of int, optional
        Codes 0 … G-1; without it each person is her own.
    common : bool
        Whether the deviations of all groups have the same columns, so that one covariance can stand for all.
    raised : bool
        Whether the influence of people was raised already; that of clusters is by what they add.
    lost : (K,) array, optional
        Degrees of freedom that fitted terms take from each group, 1 when not given.
    borrowed : (k, k) array, optional
        What single clusters borrow, where columns have no common covariance.
    lenders : (K,) array of bool, optional
        The groups that they borrow from, else.
    """
    groups = [
        _one_group(Z, L, mass, columns, None if clusters is None else (clusters[rows], clusters), raised)
        for (Z, L), mass, rows in zip(influence.parts, masses, influence.rows, strict=True)
    ]
    n, maps = influence.n, tuple(L[:columns] for _, L in influence.parts)
    scatter = tuple(group.gram[:columns, :columns] for group in groups)
    mass = np.array([float(group.weights.sum()) for group in groups])
    whole = np.array([float(weights.mean(axis=1).sum()) for weights in masses])
    lending = groups
    if borrowed is None:
        lend = np.ones(len(groups), dtype=bool) if lenders is None else lenders
        lending = [group for group, lends in zip(groups, lend, strict=True) if lends]
        apart = sum(float(group.weights @ group.weights) for group in lending) or 1.0
        unit = np.sum([group.gram[:columns, :columns] for group in lending], axis=0) / (apart * n**2)
        borrowed = np.zeros((maps[0].shape[1],) * 2)
        for k in np.flatnonzero((mass == 0) & (whole > 0)):
            borrowed += whole[k] ** 2 * (maps[k].T @ unit @ maps[k])
    if clusters is None:
        covariance = np.sum([group.L.T @ group.gram @ group.L for group in groups], axis=0)
        table = np.diag([group.square for group in groups])
    else:
        total = np.sum([group.Z @ group.L for group in groups], axis=0)
        covariance = total.T @ total
        table = _crossed(np.column_stack([group.weights for group in groups]))
    held = sum(max(int((group.weights > 0).sum()) - 1, 0) for group in lending)
    return Contributions(
        covariance=np.asarray(covariance / n**2 + borrowed),
        maps=maps,
        scatter=scatter,
        mass=mass,
        squares=table,
        sums=() if common else tuple(group.Z[:, :columns] for group in groups),
        lost=np.ones(len(groups)) if lost is None else lost,
        whole=whole,
        borrowed=borrowed,
        borrowed_df=float(max(1, held)),
        n=n,
    )


@dataclass(frozen=True, slots=True)
class _Group:
    """Raised factors of a group and their map, ``Z'Z``, weights of units with deviations, tr(P²)."""

    Z: Floats
    L: Floats
    gram: Floats
    weights: Floats
    square: float


def _one_group(
    Z: Floats,
    L: Floats,
    mass: Floats,
    columns: int,
    clusters: tuple[Codes, Codes] | None,
    raised: bool,
) -> _Group:
    n = len(mass)
    if clusters is None and (raised or (n and mass.min() == mass.max())):
        # One factor for all: no copy of the deviations.
        factors = np.ones((L.shape[0], 1))
        if not raised:
            factors[:columns] = (n / (n - 1)) ** 0.5 if n > 1 else 0.0
        square = float(mass[:, 0].sum()) ** 2 / (n - 1) if n > 1 else 0.0
        return _Group(Z, L * factors, Z.T @ Z, mass[:, 0] * (n > 1), square)
    sums, held = _sums(Z, clusters), _sums(mass, clusters)
    total = np.maximum(held.sum(axis=0), np.finfo(float).tiny)
    alone = held / total > FULL_LEVERAGE
    factor = np.where(alone, 0.0, 1 / np.sqrt(1 - np.where(alone, 0.0, held / total)))
    if raised:  # what people were raised by already is not raised again
        own = np.divide(_sums(mass**2, clusters), held, out=np.zeros_like(held), where=held > 0)
        factor = factor * np.sqrt(1 - np.minimum(own / total, 1.0))
    sums[:, :columns] *= factor
    weights = np.where(alone, 0.0, held).mean(axis=1)
    square = float(_crossed(weights[:, None])[0, 0]) if clusters is None else 0.0
    return _Group(sums, L, sums.T @ sums, weights, square)


def _sums(values: Floats, clusters: tuple[Codes, Codes] | None) -> Floats:
    """Return the sums by cluster, from the codes of the rows and of everyone; a copy without clusters."""
    if clusters is None:
        return values.copy()
    codes, everyone = clusters
    groups = int(everyone.max()) + 1
    found = [np.bincount(codes, weights=column, minlength=groups) for column in values.T]
    return np.column_stack(found).astype(float)


def _crossed(weights: Floats) -> Floats:
    """Return the table of ``tr(P²)`` from the weights of clusters in groups, (G, K)."""
    total = np.maximum(weights.sum(axis=0), np.finfo(float).tiny)
    share = weights / total
    alone = share > FULL_LEVERAGE
    z = np.where(alone, 0.0, weights / np.sqrt(total * (1 - np.where(alone, 0.0, share))))
    squares = z**2
    off = (z.T @ z) ** 2 - squares.T @ squares
    return np.asarray(weights.T @ weights + np.maximum(off, 0.0))
