"""A factor left out of a regression, as strong as a characteristic that is in it (Cinelli & Hazlett 2020)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from impactkit.estimators.inference.distributions import student_isf
from impactkit.estimators.inference.linear import Fit, Floats, contrast, fit


@dataclass(frozen=True, slots=True, kw_only=True)
class OmittedBound:
    """A regression as it would be, at worst, with a factor so many times as strong as a characteristic.

    Attributes
    ----------
    times : float
    r2_treatment : float
        Share of what is left of the treatment that the factor explains.
    r2_outcome : float
        The most that it then explains of what is left of the outcome.
    bias : float
        The most by which the coefficient is too far from zero, in the outcome's unit.
    widening : float
        What its standard error is multiplied by.
    estimate, std_error, t : float
        The coefficient brought towards zero, its standard error and their ratio.
    low, high : float
        Its interval.
    """

    times: float
    r2_treatment: float
    r2_outcome: float
    bias: float
    widening: float
    estimate: float
    std_error: float
    t: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Benchmarks:
    """A regression, and what each characteristic in it explains of what the others leave.

    Attributes
    ----------
    value, std_error : float
        The coefficient of the treatment and its classical standard error.
    df : int
    of_treatment : (m,) array
        Share that each characteristic explains of what the others leave of the treatment.
    of_outcome : (m,) array
        Of what the treatment and the others leave of the outcome.
    """

    value: float
    std_error: float
    df: int
    of_treatment: Floats
    of_outcome: Floats

    def bound(self, which: int, *, times: float = 1, level: float = 0.95) -> OmittedBound:
        """Return the regression with a factor so many ``times`` as strong as characteristic ``which``.

        Raises
        ------
        ValueError
            When it would explain the whole treatment or more.
        """
        r2_treatment, r2_outcome = strengths(
            times, float(self.of_treatment[which]), float(self.of_outcome[which])
        )
        bias = self.std_error * math.sqrt(self.df * r2_outcome * r2_treatment / (1 - r2_treatment))
        widening = math.sqrt((1 - r2_outcome) / (1 - r2_treatment) * self.df / (self.df - 1))
        error = self.std_error * widening
        estimate = math.copysign(1.0, self.value) * (abs(self.value) - bias)
        margin = float(student_isf((1 - level) / 2, self.df)) * error
        return OmittedBound(
            times=times,
            r2_treatment=r2_treatment,
            r2_outcome=r2_outcome,
            bias=bias,
            widening=widening,
            estimate=estimate,
            std_error=error,
            t=estimate / error if error > 0 else math.copysign(math.inf, estimate),
            low=estimate - margin,
            high=estimate + margin,
        )


def benchmarks(
    *,
    y: Floats,
    treatment: npt.ArrayLike,
    X: Floats,
    characteristics: Sequence[npt.ArrayLike],
    weights: Floats | None = None,
) -> Benchmarks:
    """Regress ``y ~ 1 + D + X`` and say what each characteristic explains of D and of y.

    With ``b`` the coefficients of the columns of a characteristic, ``C`` the block of ``(X'X)⁻¹`` that is
    theirs and S the sum of squared residuals, leaving them out adds ``W = b' C⁻¹ b`` to S: they explain
    ``W / (S + W)`` of what the others leave.

    Parameters
    ----------
    y : (n,) array
    treatment : (n,) array
        D; booleans are taken as 0 and 1.
    X : (n, p) array
        Without a constant.
    characteristics : sequence of arrays of int
        For each, its columns of X: all those of a category together.
    weights : (n,) array, optional

    Raises
    ------
    ValueError
        When a characteristic has no column of X.
    EstimationError
        When columns are redundant or too many.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> x = rng.normal(size=(200, 2))
    >>> d = (0.5 * x[:, 0] + rng.normal(size=200) > 0).astype(float)
    >>> y = d + x[:, 1] + rng.normal(size=200)
    >>> found = benchmarks(y=y, treatment=d, X=x, characteristics=[[0], [1]])
    >>> bool(found.of_treatment[0] > found.of_treatment[1]), bool(found.of_outcome[0] < found.of_outcome[1])
    (True, True)
    """
    D = np.asarray(treatment, dtype=float)
    columns = [np.unique(np.asarray(each, dtype=np.intp)) for each in characteristics]
    if any(at.size == 0 or at.min() < 0 or at.max() >= X.shape[1] for at in columns):
        raise ValueError(f"each characteristic must name columns of X, from 0 to {X.shape[1] - 1}")
    whole = fit(X=np.column_stack([np.ones_like(D), D, X]), y=y, weights=weights)
    of_d = fit(X=np.column_stack([np.ones_like(D), X]), y=D, weights=weights)
    direction = np.zeros(whole.Q.shape[1])
    direction[1] = 1.0
    found = contrast(whole, direction, errors="classic")
    return Benchmarks(
        value=found.value,
        std_error=found.std_error,
        df=whole.df,
        of_treatment=_explained(of_d, [1 + at for at in columns]),
        of_outcome=_explained(whole, [2 + at for at in columns]),
    )


def benchmark_bounds(
    *,
    y: Floats,
    treatment: Floats,
    X: Floats,
    benchmark: npt.ArrayLike,
    times: Sequence[float] = (1, 2, 3),
    weights: Floats | None = None,
    level: float = 0.95,
) -> tuple[OmittedBound, ...]:
    """Bound what a factor as strong as a characteristic, or twice, three times, would do to a regression.

    In ``y ~ 1 + D + X``, let the columns of the characteristic explain a share ``a`` of what the others leave
    of D, and ``b`` of what D and the others leave of y. A factor k times as strong explains, of what is left
    of D, and at most of what is left of y::

        R²_D = k a / (1 - a)
        R²_Y = ((sqrt(k) + r) / sqrt(1 - r²))² b / (1 - b),    r² = k a² / ((1 - k a) (1 - a))

    and moves the coefficient by ``bias = se sqrt(df R²_Y R²_D / (1 - R²_D))``; its standard error becomes
    ``se sqrt((1 - R²_Y) / (1 - R²_D) df / (df - 1))``. ``R²_Y`` is at most 1.

    Parameters
    ----------
    y : (n,) array
    treatment : (n,) array
        D; booleans are taken as 0 and 1.
    X : (n, p) array
        Without a constant.
    benchmark : array of int
        The columns of X that hold the characteristic: all those of a category together.
    times : sequence of float
        k, positive.
    weights : (n,) array, optional
    level : float
        Of the interval, Student's law with the degrees of freedom of the regression, as sensemakr's.

    Returns
    -------
    tuple of OmittedBound
        One for each of ``times``.

    Raises
    ------
    ValueError
        When a factor so many times as strong would explain the whole treatment or more, ``benchmark`` names
        no column, or ``level`` is not between 0 and 1.
    EstimationError
        When columns are redundant or too many.

    References
    ----------
    Cinelli & Hazlett (2020), *JRSS B* 82(1), section 4.4 and appendix C. The same numbers as R's sensemakr.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> x = rng.normal(size=(200, 2))
    >>> d = (0.5 * x[:, 0] + rng.normal(size=200) > 0).astype(float)
    >>> y = d + x @ [0.2, 1.0] + rng.normal(size=200)
    >>> once, twice = benchmark_bounds(y=y, treatment=d, X=x, benchmark=[0], times=(1, 2))
    >>> 0 < twice.estimate < once.estimate
    True
    """
    if not 0 < level < 1:
        raise ValueError("level must lie between 0 and 1")
    found = benchmarks(y=y, treatment=treatment, X=X, characteristics=[benchmark], weights=weights)
    return tuple(found.bound(0, times=k, level=level) for k in times)


def _explained(fitted: Fit, columns: Sequence[npt.NDArray[np.intp]]) -> Floats:
    """Return the share of what the others leave that each set of columns explains."""
    inverse = np.linalg.inv(fitted.R)
    left = float(fitted.residuals @ fitted.residuals)
    shares = []
    for at in columns:
        root, b = inverse[at], fitted.coef[at]
        gained = max(0.0, float(b @ np.linalg.solve(root @ root.T, b)))
        shares.append(gained / (left + gained) if left + gained > 0 else 0.0)
    return np.array(shares)


def strengths(times: float, a: float, b: float) -> tuple[float, float]:
    """Return ``R²_D`` and ``R²_Y`` of `benchmark_bounds`.

    Raises
    ------
    ValueError
        When the factor would explain the whole treatment or more.
    """
    if not times > 0:
        raise ValueError("times must be positive")
    if a >= 1 or times * a / (1 - a) >= 1 or times * a >= 1:
        raise ValueError("a factor so many times as strong would explain the whole treatment or more")
    r2 = times * a * a / ((1 - times * a) * (1 - a))
    if r2 >= 1:
        raise ValueError("a factor so many times as strong would explain the whole treatment or more")
    if b >= 1:
        return times * a / (1 - a), 1.0
    r2_outcome = (math.sqrt(times) + math.sqrt(r2)) ** 2 / (1 - r2) * b / (1 - b)
    return times * a / (1 - a), min(1.0, r2_outcome)
