"""Least squares and its errors: arrays in, small frozen results out.

Everything is written with the thin QR decomposition ``sqrt(W) X = Q R``. For a contrast ``c'b`` put
``q = R^-T c``; then ``c'b = q'Q'y*``, person *i* bears the weight ``a_i = Q_i q`` in it, and each kind of
standard error is a sum over people, or clusters, of squared scores. No n × n matrix is ever formed.

Weights are sampling weights: the fit is weighted and the errors are the sandwich of the weighted fit, as
``sandwich::vcovHC`` computes them on a weighted ``lm`` (residuals and leverages of ``sqrt(w) y`` on
``sqrt(w) X``). Where an error needs a working model (classic errors, CR2, its degrees of freedom), it is
that the variance is inversely proportional to the weights.

References
----------
MacKinnon & White (1985), *J. of Econometrics* 29 (HC1 to HC3). Bell & McCaffrey (2002), *Survey
Methodology* 28(2) (CR2 and its degrees of freedom). Imbens & Kolesár (2016), *Rev. Econ. Stat.* 98(4)
(the same for a single person per cluster). Pustejovsky & Tipton (2018), *JBES* 36(4). Newey & West
(1987), *Econometrica* 55(3).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NoReturn

import numpy as np
import numpy.typing as npt

from impactkit.errors import EstimationError
from impactkit.text import Message

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.intp]
FormulaErrors = Literal["classic", "HC0", "HC1", "HC2", "HC3", "CR0", "CR1", "CR2"]
# What a caller may ask for: the last three are in few_clusters.
Errors = Literal[FormulaErrors, "CR3", "wild", "randomisation"]

# Singular values of the unit-norm columns below this are rounding: exact dependence leaves about 1e-15.
RANK_TOLERANCE = 1e-10
# A leverage this close to 1 is a residual that is zero whatever the outcome.
FULL_LEVERAGE = 1 - 1e-9
# Share of the contrast that may rest on such a residual and still be rounding.
LOAD_TOLERANCE = 1e-7
# Clusters of less leverage than this in all are adjusted by a series.
_LIGHT = 0.05
# Clusters of two rows, each of which keeps this share of itself, are adjusted in two dimensions.
_PLAIN = 0.75
# Up to so many columns, products of small matrices are quicker without the linear algebra library.
_FEW_COLUMNS = 6
# Share of a sum that a difference must keep: three of its sixteen digits are lost at most.
_KEPT = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """A least-squares fit of n people on k columns.

    Attributes
    ----------
    coef : (k,) array
    residuals : (n,) array
        Times the square root of the weights.
    Q, R : (n, k) and (k, k) arrays
        Of the weighted columns.
    """

    coef: Floats
    residuals: Floats
    Q: Floats
    R: Floats

    @property
    def df(self) -> int:
        """Residual degrees of freedom, n - k."""
        n, k = self.Q.shape
        return int(n - k)

    def direction(self, contrast: Floats) -> Floats:
        """Return ``q = R^-T c``."""
        return np.asarray(np.linalg.solve(self.R.T, contrast))


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast:
    """A linear combination of the coefficients, its standard error and degrees of freedom."""

    value: float
    std_error: float
    df: float


def fit(*, X: Floats, y: Floats, weights: Floats | None = None) -> Fit:
    """Fit ``y`` on the columns of ``X`` by (weighted) least squares.

    Parameters
    ----------
    X : (n, k) array
    y : (n,) array
    weights : (n,) array, optional
        Positive; their scale is without effect.

    Raises
    ------
    EstimationError
        When columns are redundant, or n ≤ k. Nothing is dropped.
    """
    n, k = X.shape
    if n <= k:
        raise EstimationError(Message("estimators.error.too_many_columns", {"columns": k}))
    if weights is not None:
        root = np.sqrt(weights / weights.mean())
        X, y = X * root[:, None], y * root
    Q, R = np.linalg.qr(X)
    _refuse_redundant(R)
    projected = Q.T @ y
    return Fit(coef=np.linalg.solve(R, projected), residuals=y - Q @ projected, Q=Q, R=R)


def _refuse_redundant(R: Floats) -> None:
    norms = np.linalg.norm(R, axis=0)
    singular = np.linalg.svd(R / np.where(norms == 0, 1.0, norms), compute_uv=False)
    redundant = int((singular <= RANK_TOLERANCE * singular[0]).sum())
    if redundant:
        raise EstimationError(Message("estimators.error.redundant_columns", {"n": redundant}))


def contrast(fitted: Fit, c: Floats, *, errors: FormulaErrors, clusters: Codes | None = None) -> Contrast:
    """Estimate ``c'b`` with the errors asked for.

    Parameters
    ----------
    fitted : Fit
    c : (k,) array
    errors : str
        ``classic`` (one variance for all), ``HC0`` to ``HC3`` (each person her own), both with the
        residual degrees of freedom; ``CR0``, ``CR1`` (Stata's factor ``G/(G-1) (n-1)/(n-k)``) with G - 1
        degrees of freedom, ``CR2`` with Bell and McCaffrey's.
    clusters : (n,) array of int, optional
        Codes 0 … G-1, for CR errors; without it each person is her own cluster.

    Raises
    ------
    EstimationError
        When HC2, HC3 or CR2 errors do not exist because the contrast rests wholly on one person or cluster.
    """
    q = fitted.direction(c)
    value = float(c @ fitted.coef)
    if errors == "classic":
        variance = float(fitted.residuals @ fitted.residuals) / fitted.df * float(q @ q)
        return Contrast(value=value, std_error=variance**0.5, df=fitted.df)
    if errors in ("HC0", "HC1", "HC2", "HC3"):
        factor = fitted.Q.shape[0] / fitted.df if errors == "HC1" else 1.0
        scores = person_scores(fitted, q, power={"HC2": 0.5, "HC3": 1.0}.get(errors, 0.0))
        return Contrast(value=value, std_error=float((factor * (scores @ scores)) ** 0.5), df=fitted.df)
    if errors == "CR2":
        parts = _parts(fitted, q, clusters)
        return Contrast(
            value=value, std_error=float((parts.scores @ parts.scores) ** 0.5), df=_satterthwaite(parts)
        )
    scores = person_scores(fitted, q, power=0.0)
    if clusters is not None:
        scores = np.bincount(clusters, weights=scores).astype(float)
    groups, n = len(scores), len(fitted.residuals)
    factor = groups / (groups - 1) * (n - 1) / fitted.df if errors == "CR1" else 1.0
    return Contrast(value=value, std_error=float((factor * (scores @ scores)) ** 0.5), df=groups - 1)


def cr2_scores(fitted: Fit, c: Floats, *, clusters: Codes | None = None) -> Floats:
    """Return the scores whose squares sum to the CR2 variance of ``c'b``: by cluster, or by person.

    Those of two outcomes multiplied together and summed are their covariance.
    """
    q = fitted.direction(c)
    return _parts(fitted, q, clusters).scores


def person_scores(fitted: Fit, q: Floats, *, power: float) -> Floats:
    """Return ``a_i e_i / (1 - h_i)^power``; HC0 has power 0, HC2 1/2, HC3 1."""
    loads = fitted.Q @ q
    if power == 0:
        return np.asarray(loads * fitted.residuals)
    return np.asarray(loads * fitted.residuals * _leverage_factor(fitted, loads, power))


def _leverage_factor(fitted: Fit, loads: Floats, power: float) -> Floats:
    """Return ``(1 - h)^-power``, 0 where the leverage is 1 and the contrast does not rest on the person.

    That person fits exactly: taking her out, with the column that only she identifies, changes nothing.
    """
    h = row_squares(fitted.Q)
    full = h > FULL_LEVERAGE
    if not full.any():
        left = np.subtract(1.0, h, out=h)
        return np.asarray(1 / (np.sqrt(left) if power == 0.5 else left))
    if np.abs(loads[full]).max() > LOAD_TOLERANCE * np.linalg.norm(loads):
        refuse_single()
    left = 1 - np.where(full, 0.0, h)
    return np.where(full, 0.0, 1 / (np.sqrt(left) if power == 0.5 else left))


def row_squares(z: Floats) -> Floats:
    """Return the sum of squares of each row of an (n, k) array."""
    return np.asarray((z * z) @ np.ones(z.shape[1]))


def row_squares_of(z: Floats, w: Floats) -> Floats:
    """Return the sum of the products of each row of two (n, k) arrays."""
    return np.asarray((z * w) @ np.ones(z.shape[1]))


def refuse_single() -> NoReturn:
    """Say that the effect rests wholly on one person or cluster, so that its error is not known."""
    raise EstimationError(Message("estimators.error.rests_on_one"))


@dataclass(frozen=True, slots=True)
class _Parts:
    """By cluster: score ``a_g'e_g`` (G,), ``z_g = Q_g'a_g`` (G, k) and ``own = a_g'a_g - z_g'z_g`` (G,).

    The last is never computed as that difference: both terms explode together where a cluster alone nearly
    identifies a direction.
    """

    scores: Floats
    z: Floats
    own: Floats


def _parts(fitted: Fit, q: Floats, clusters: Codes | None) -> _Parts:
    if clusters is None:
        return _by_person(fitted, q)
    if np.bincount(clusters).max() <= 2:
        parts = _by_pair(fitted, q, clusters)
        if parts is not None:
            return parts
    return _by_cluster(fitted, q, clusters)


def _by_pair(fitted: Fit, q: Floats, clusters: Codes) -> _Parts | None:
    """Adjust clusters of one or two rows by ``a_g = (I - Q_g Q_g')^-1/2 Q_g q``, in two dimensions.

    The same as `_by_cluster`, without an eigenvalue problem for each. With ``M = I - Q_g Q_g'`` and
    ``s = det(M)^1/2``, ``M^-1/2 = adj(M + s I) / (s (tr M + 2 s)^1/2)``. ``None`` when a cluster has so much
    leverage that the determinant would lose digits.
    """
    groups = int(clusters.max()) + 1
    order = np.argsort(clusters, kind="stable")
    starts = np.searchsorted(clusters[order], np.arange(groups))
    first = order[starts]
    second = np.full(groups, -1)
    paired = np.flatnonzero(np.bincount(clusters, minlength=groups) == 2)
    second[paired] = order[starts[paired] + 1]
    Q = np.vstack([fitted.Q, np.zeros(fitted.Q.shape[1])])  # a cluster of one row has an empty second one
    e = np.append(fitted.residuals, 0.0)
    one, two = Q[first], Q[second]
    m11, m22, m12 = 1 - row_squares(one), 1 - row_squares(two), -row_squares_of(one, two)
    if min(m11.min(), m22.min()) < _PLAIN:
        return None
    s = np.sqrt(m11 * m22 - m12**2)
    scale = s * np.sqrt(m11 + m22 + 2 * s)
    u1, u2 = one @ q, two @ q
    a1, a2 = ((m22 + s) * u1 - m12 * u2) / scale, ((m11 + s) * u2 - m12 * u1) / scale
    z = one * a1[:, None] + two * a2[:, None]
    return _Parts(a1 * e[first] + a2 * e[second], z, u1**2 + u2**2)


def _by_person(fitted: Fit, q: Floats) -> _Parts:
    loads = fitted.Q @ q
    factor = _leverage_factor(fitted, loads, 0.5)
    a = loads * factor
    # a² (1 - h) = loads², but for those whose leverage is 1.
    return _Parts(a * fitted.residuals, fitted.Q * a[:, None], np.where(factor == 0, 0.0, loads**2))


def _by_cluster(fitted: Fit, q: Floats, clusters: Codes) -> _Parts:
    """Adjust each cluster by ``A_g = (I - Q_g Q_g')^-1/2``, all in k dimensions."""
    k = fitted.Q.shape[1]
    groups = int(clusters.max()) + 1
    cross = np.empty((groups, k, k))
    moments = np.empty((groups, k))
    columns = np.ascontiguousarray(fitted.Q.T)
    for i in range(k):
        moments[:, i] = np.bincount(clusters, columns[i] * fitted.residuals, minlength=groups)
        for j in range(i + 1):
            product = np.bincount(clusters, columns[i] * columns[j], minlength=groups)
            cross[:, i, j] = cross[:, j, i] = product
    adjusted = adjust(cross, q[:, None])
    scores = np.einsum("gi,gi->g", adjusted.inner[:, :, 0], moments)
    return _Parts(scores, adjusted.z[:, :, 0], adjusted.own[:, 0])


@dataclass(frozen=True, slots=True)
class Adjusted:
    """What CR2 makes of g clusters, for m combinations of k columns.

    Attributes
    ----------
    inner : (g, k, m) array
        ``(I - Q_g'Q_g)^-1/2 q``, which weighs the moments ``Q_g'e_g``: ``a_g'e_g = inner' Q_g'e_g``.
    z : (g, k, m) array
        ``Q_g'Q_g inner``.
    own : (g, m) array
        ``a_g'a_g - z_g'z_g = q' Q_g'Q_g q``, less what the cluster alone identifies.
    """

    inner: Floats
    z: Floats
    own: Floats


def adjust(cross: Floats, q: Floats) -> Adjusted:
    """Adjust clusters for their leverage.

    Parameters
    ----------
    cross : (g, k, k) array
        ``Q_g'Q_g``, whose eigenvalues lie between 0 and 1.
    q : (k, m) array

    Raises
    ------
    EstimationError
        When a combination rests wholly on one cluster.
    """
    g, k, m = *cross.shape[:2], q.shape[1]
    heavy = np.einsum("gii->g", cross) > _LIGHT
    if not heavy.any():
        return _adjust_light(cross, q)
    if heavy.all():
        return _adjust_heavy(cross, q)
    whole = Adjusted(np.empty((g, k, m)), np.empty((g, k, m)), np.empty((g, m)))
    for chosen, part in (
        (heavy, _adjust_heavy(cross[heavy], q)),
        (~heavy, _adjust_light(cross[~heavy], q)),
    ):
        whole.inner[chosen], whole.z[chosen], whole.own[chosen] = part.inner, part.z, part.own
    return whole


def _adjust_light(cross: Floats, q: Floats) -> Adjusted:
    """Use the series ``(I - C)^-1/2 q = Σ_j (2j)! / (2^j j!)² C^j q``, to the last digit.

    Its terms shrink at least by the trace of C each time.
    """
    g, k, m = *cross.shape[:2], q.shape[1]
    term = (cross.reshape(g * k, k) @ q).reshape(g, k, m)
    own = (term * q).sum(axis=1)
    term *= 0.5
    inner = q + term
    largest = float(np.einsum("gii->g", cross).max())
    j, size = 2, largest
    while size > np.finfo(float).eps:
        term = _each(cross, term) * ((2 * j - 1) / (2 * j))
        inner += term
        j, size = j + 1, size * largest
    return Adjusted(inner, _each(cross, inner), own)


def _each(cross: Floats, inner: Floats) -> Floats:
    """Return the product of each pair of small matrices: a loop in one call where there are few columns."""
    if cross.shape[1] > _FEW_COLUMNS:
        return np.asarray(cross @ inner)
    return np.asarray(np.einsum("gij,gjm->gim", cross, inner))


def _adjust_heavy(cross: Floats, q: Floats) -> Adjusted:
    """Use ``C = V S V'``: ``V (I - S)^-1/2 V' q``.

    A direction with S = 1 is known from that cluster alone: left out when the combination does not use it,
    refused when it does.
    """
    S, V = np.linalg.eigh(cross)
    load = np.einsum("gki,km->gim", V, q)
    full = S > FULL_LEVERAGE
    if full.any():
        share = np.abs(load[full]).max(axis=0) / np.linalg.norm(q, axis=0)
        if share.max() > LOAD_TOLERANCE:
            refuse_single()
    root = np.where(full, 0.0, 1 / np.sqrt(1 - np.where(full, 0.0, S)))
    inner = np.einsum("gki,gim->gkm", V, root[:, :, None] * load)
    own = (np.where(full, 0.0, S)[:, :, None] * load**2).sum(axis=1)
    return Adjusted(inner, np.einsum("gij,gjm->gim", cross, inner), own)


def _satterthwaite(parts: _Parts) -> float:
    """Return ``tr(P)² / tr(P²)`` for the matrix P with ``own`` on its diagonal and ``-z_g'z_h`` off it.

    P is the matrix of the variance estimator as a quadratic form in the working model's errors.
    """
    off = off_diagonal_squares(parts.z)
    return float(parts.own.sum() ** 2 / (parts.own @ parts.own + off))


def off_diagonal_squares(z: Floats, times: Codes | None = None) -> float:
    """Return the sum of ``(z_g'z_h)²`` over g ≠ h, in O(G k²); line g stands for ``times[g]`` clusters.

    It is that over all g and h less that over g = h, unless one cluster outweighs the others so much that
    the difference would lose its digits. Then, each pair once::

        2 Σ_g z_g' P_g z_g,    P_g = Σ_{h < g} z_h z_h'

    where nothing is taken away.
    """
    c = np.ones(len(z)) if times is None else times.astype(np.float64)
    own = row_squares(z) ** 2
    whole = float(np.sum(((z * c[:, None]).T @ z) ** 2))
    off = whole - float(np.sum(c * own))
    if off > _KEPT * whole:
        return off
    pairs, before = float(np.sum(c * (c - 1) / 2 * own)), np.zeros((z.shape[1], z.shape[1]))
    for n, row in zip(c, z, strict=True):
        pairs += float(n * (row @ before @ row))
        before += n * np.outer(row, row)
    return 2 * pairs


def welch_df(fitted: Fit, q: Floats, treated: npt.NDArray[np.bool_]) -> float:
    """Return Welch's degrees of freedom of a difference in means, from the HC2 scores of each group.

    ``(v1 + v0)² / (v1²/(n1 - 1) + v0²/(n0 - 1))``.
    """
    squares = person_scores(fitted, q, power=0.5) ** 2
    v1, v0 = squares[treated].sum(), squares[~treated].sum()
    n1, n0 = int(treated.sum()), int((~treated).sum())
    return float((v1 + v0) ** 2 / (v1**2 / (n1 - 1) + v0**2 / (n0 - 1)))


def newey_west(fitted: Fit, c: Floats, *, lags: int, small_sample: bool = True) -> Contrast:
    """Estimate ``c'b`` on rows in order of time, with errors that allow for autocorrelation.

    Bartlett weights ``1 - l/(lags + 1)`` and residual degrees of freedom; ``small_sample`` multiplies the
    variance by n/(n - k). The errors of R's ``sandwich::NeweyWest(lag=lags, prewhite=FALSE,
    adjust=small_sample)``.
    """
    scores = person_scores(fitted, fitted.direction(c), power=0.0)
    variance = float(scores @ scores)
    for lag in range(1, lags + 1):
        variance += 2 * (1 - lag / (lags + 1)) * float(scores[lag:] @ scores[:-lag])
    if small_sample:
        variance *= len(scores) / fitted.df
    return Contrast(value=float(c @ fitted.coef), std_error=max(variance, 0.0) ** 0.5, df=fitted.df)
