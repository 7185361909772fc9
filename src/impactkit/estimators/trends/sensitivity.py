"""How far the trends of an event study may diverge before its conclusion falls."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Literal, get_args

import numpy as np
import pandas as pd
from scipy import optimize

from impactkit.disclosure.discreet import discreet
from impactkit.errors import EstimationError, require
from impactkit.estimators.displayed import told_effects
from impactkit.estimators.inference.distributions import normal_isf
from impactkit.estimators.inference.linear import Floats
from impactkit.estimators.result import Estimate
from impactkit.estimators.trends.bounds_relative import relative_interval
from impactkit.estimators.trends.bounds_smooth import smooth_interval
from impactkit.estimators.trends.restricted import PathCoefficients
from impactkit.text import Message

Kind = Literal["relative", "smoothness"]
Target = Literal["first", "average"]

# A direction of a correlation matrix with less than this is rounding.
_SINGULAR = 1e-10
_RELATIVE_VALUES = (0.0, 0.5, 1.0, 1.5, 2.0)


def honest_did(
    estimate: Estimate,
    *,
    kind: Kind = "relative",
    values: Sequence[float] | None = None,
    target: Target = "first",
    level: float = 0.95,
) -> pd.DataFrame:
    """Return the interval of the effect for each divergence of trends that is thought possible.

    An event study supposes that, without the action, those who enter and those compared would have changed
    alike. This tells by how much they may have diverged before the interval holds zero.

    - ``kind="relative"``: from one period to the next after entry, the trends diverge by at most ``value``
      times as much as they ever did before entry. 0 is parallel trends, 1 as much as before.
    - ``kind="smoothness"``: the difference in trends changes slope by at most ``value`` a period. 0 is a
      straight line, prolonged.

    Parameters
    ----------
    estimate : Estimate
        Of `event_study`, by ``"sun_abraham"`` or ``"twfe"``, or of `did` with ``base="universal"`` and
        ``aggregate="dynamic"``: with coefficients before entry, all counted from the last period before it.
    kind : {"relative", "smoothness"}
    values : sequence of float, optional
        Not negative. By default 0, 0.5, 1, 1.5 and 2 for ``relative``; to be given for ``smoothness``, in the
        outcome's unit.
    target : {"first", "average"}
        The effect at the first period after entry, or the plain average of those of the path.
    level : float
        Of the intervals.

    Returns
    -------
    DataFrame
        Columns ``value, conf_low, conf_high``, one row per value, in their order. Full values to compute
        with; it shows of itself what may be shown.

    Raises
    ------
    ValueError
        When ``kind`` or ``target`` is not one of those above, ``values`` is no list, a value is negative, or
        ``values`` is missing for ``smoothness``.
    EstimationError
        When the estimate has no coefficient before entry, these are not counted from one same period, or some
        period lacks between the first and the last, or people (or clusters) are too few for the covariance of
        so many coefficients.

    Notes
    -----
    The estimates are taken as normal with their estimated covariance, as in the article: with few clusters
    the intervals are too narrow.

    References
    ----------
    Rambachan & Roth (2023), *Rev. Econ. Stud.* 90(5). `smooth_interval` and `relative_interval` say how.
    """
    require(estimate, Estimate)
    if kind not in get_args(Kind):
        raise ValueError(f"unknown kind {kind!r}: expected one of {', '.join(get_args(Kind))}")
    if target not in get_args(Target):
        raise ValueError(f"unknown target {target!r}: expected one of {', '.join(get_args(Target))}")
    if not 0 < level < 1:
        raise ValueError("level must lie between 0 and 1")
    if values is None:
        if kind == "smoothness":
            raise ValueError("give values for kind='smoothness': changes of slope, in the outcome's unit")
        values = _RELATIVE_VALUES
    if np.ndim(values) != 1 or len(values) == 0:
        raise ValueError("values is a list of numbers, for example [0.5, 1.0]")
    if any(not 0 <= value < np.inf for value in values):
        raise ValueError("values must be finite and not negative")
    path = path_coefficients(estimate, target=target)
    _refuse_singular(path.sigma)
    interval = relative_interval if kind == "relative" else smooth_interval
    rows = [(float(value), *interval(path, bound=float(value), level=level)) for value in values]
    table = pd.DataFrame(rows, columns=["value", "conf_low", "conf_high"])
    profile = estimate.design.cohort.profile
    tell = partial(
        told_effects,
        table,
        hidden=not estimate.is_displayed,
        profile=profile,
        std_error=estimate.effect.std_error,
    )
    return discreet(table, tell, profile=profile)


def _refuse_singular(sigma: Floats) -> None:
    """Refuse a covariance that takes some combination of the coefficients for certain.

    The search for the shortest interval would rest on it.
    """
    sd = np.sqrt(np.diag(sigma))
    rank = int(np.linalg.matrix_rank(sigma / np.outer(sd, sd), tol=_SINGULAR, hermitian=True))
    if rank < len(sd):
        raise EstimationError(Message("estimators.error.path_singular", {"n": len(sd)}))


def path_coefficients(estimate: Estimate, *, target: Target = "first") -> PathCoefficients:
    """Return the coefficients of an event study as arrays.

    Raises
    ------
    EstimationError
        When there are none before entry, they have no common reference, or periods are missing.
    """
    times = np.array([effect.event_time for effect in estimate.path], dtype=float)
    before = int((times < 0).sum())
    if estimate.vcov is None or before == 0 or before == len(times):
        raise EstimationError(Message("estimators.error.no_path_before"))
    if -1.0 in times:
        raise EstimationError(Message("estimators.error.moving_reference"))
    if not np.array_equal(np.insert(times, before, -1.0), np.arange(times[0], times[-1] + 1)):
        raise EstimationError(Message("estimators.error.path_with_gaps"))
    after = len(times) - before
    weights = np.full(after, 1 / after) if target == "average" else np.eye(after)[0]
    return PathCoefficients(
        beta=np.array([effect.value for effect in estimate.path]),
        sigma=estimate.vcov,
        n_before=before,
        target=weights,
    )


def detectable_pre_trend(estimate: Estimate, *, power: float = 0.5, level: float = 0.95) -> float:
    """Return the divergence that the coefficients before entry would miss, one time in two by default.

    Seeing no coefficient before entry differ from zero reassures only about divergences that would have
    been seen. This is the slope, per period, of a straight divergence of trends that makes at least one of
    them differ from zero with probability ``power``. Prolonged over the periods after entry, it tells how
    much of the effect a divergence that passes unseen could make.

    Parameters
    ----------
    estimate : Estimate
        As for `honest_did`.
    power : float
        Probability of seeing it; more than that of a false alarm.
    level : float
        Of the intervals of the coefficients.

    Returns
    -------
    float
        Positive, in the outcome's unit per period.

    Raises
    ------
    ValueError
        When ``power`` is not between the probability of a false alarm and 1.
    EstimationError
        As `honest_did`.

    References
    ----------
    Roth (2022), *AER: Insights* 4(3).
    """
    require(estimate, Estimate)
    path = path_coefficients(estimate)
    return pre_trend_slope(path, power=power, level=level)


def pre_trend_slope(path: PathCoefficients, *, power: float, level: float = 0.95) -> float:
    """Return the slope at which some coefficient before entry is significant with probability ``power``.

    The probability is ``1 - P(|N(slope t, S)_i| <= z s_i for all i)``. The box is integrated by a randomised
    lattice with a fixed seed: the answer is the same each time.
    """
    from scipy import stats  # a heavy import, for this slope alone

    sigma = path.sigma[: path.n_before, : path.n_before]
    sd = np.sqrt(np.diag(sigma))
    times = np.arange(-path.n_before, 0.0)  # from the reference period
    reach = float(normal_isf((1 - level) / 2)) * sd
    correlation = sigma / np.outer(sd, sd)

    def seen(slope: float) -> float:
        shift = slope * times
        law = stats.multivariate_normal(np.zeros(len(sd)), correlation, allow_singular=True, seed=0)
        inside = law.cdf((reach - shift) / sd, lower_limit=(-reach - shift) / sd)
        return 1 - float(inside)

    if not seen(0.0) < power < 1:
        raise ValueError("power must lie between the probability of a false alarm and 1")
    top = float((reach / np.abs(times)).min())
    while seen(top) < power:
        top *= 2
    return float(optimize.brentq(lambda slope: seen(slope) - power, 0.0, top, xtol=1e-10 * top, rtol=1e-6))
