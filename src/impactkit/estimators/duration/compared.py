"""Two groups' events compared over time: log-rank and discrete-time hazards. Array functions."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from impactkit.errors import EstimationError
from impactkit.estimators.inference.linear import Contrast, Floats
from impactkit.text import Message

_STEPS = 100
_GRADIENT = 1e-12


def log_rank(*, time: Floats, event: npt.NDArray[np.bool_], treated: npt.NDArray[np.bool_]) -> float:
    """Return the log-rank statistic, to be referred to the chi-squared law with one degree of freedom.

    ``(Σ (d1 - d Y1/Y))² / Σ d (Y1/Y)(1 - Y1/Y)(Y - d)/(Y - 1)`` over the times of events.

    Parameters
    ----------
    time : (n,) array
    event, treated : (n,) arrays of bool

    Raises
    ------
    EstimationError
        When no event happens while both groups are at risk.

    References
    ----------
    Mantel (1966), *Cancer Chemotherapy Reports* 50(3).
    """
    times, place = np.unique(time, return_inverse=True)
    d, d1 = np.bincount(place, weights=event), np.bincount(place, weights=event & treated)
    Y, Y1 = (
        np.cumsum(np.bincount(place, weights=w, minlength=len(times))[::-1])[::-1]
        for w in (np.ones_like(time), treated.astype(float))
    )
    share = Y1 / Y
    several = Y > 1
    variance = float((d * share * (1 - share) * (Y - d) / np.where(several, Y - 1, 1.0))[several].sum())
    if variance <= 0:
        raise EstimationError(Message("duration.error.no_event_together"))
    return float((d1 - d * share).sum() ** 2 / variance)


def discrete_hazard_ratio(
    *,
    time: Floats,
    event: npt.NDArray[np.bool_],
    treated: npt.NDArray[np.bool_],
    horizon: float,
    intervals: int,
) -> Contrast:
    """Estimate the logarithm of the ratio of hazards from what happens in each of equal intervals.

    With h_jd the chance of the event in interval j, for those of group d still there:
    ``log(-log(1 - h_jd)) = α_j + β d``, by maximum likelihood. If hazards are proportional in continuous
    time, β is their log ratio, whatever the hazard's course (grouped proportional hazards). Those whose
    follow-up ends within an interval count up to the one before.

    Parameters
    ----------
    time : (n,) array
    event, treated : (n,) arrays of bool
    horizon : float
    intervals : int
        Between 0 and the horizon.

    Raises
    ------
    EstimationError
        When the ratio is zero or infinite: a group has no event in the intervals where both are there.

    References
    ----------
    Prentice & Gloeckler (1978), *Biometrics* 34(1). Allison (1982), *Sociological Methodology* 13.
    """
    trials, hits = _cells(time, event, treated, horizon, intervals)
    # An interval without event, or where all have it, has no say on the ratio: its own level takes all of it.
    useful = (hits.sum(axis=1) > 0) & (hits.sum(axis=1) < trials.sum(axis=1)) & (trials > 0).all(axis=1)
    trials, hits = trials[useful], hits[useful]
    if not useful.any() or (hits.sum(axis=0) == 0).any() or (hits.sum(axis=0) == trials.sum(axis=0)).any():
        raise EstimationError(Message("duration.error.no_event_together"))
    share = hits.sum(axis=1) / trials.sum(axis=1)
    levels, beta = np.log(-np.log1p(-share)), 0.0
    for _ in range(_STEPS):
        score, information, cross = _scores(levels, beta, trials, hits)
        # The information on the levels is diagonal: the ratio's step is solved apart.
        diagonal, corner = information
        reduced = corner - float((cross**2 / diagonal).sum())
        gap = score[1] - float((cross * score[0] / diagonal).sum())
        step = gap / reduced
        size = np.clip(1.0 / max(abs(step), 1e-300), None, 1.0)
        beta += size * step
        levels = levels + np.clip((score[0] - cross * step) / diagonal, -1.0, 1.0)
        if max(abs(gap), float(np.abs(score[0]).max())) < _GRADIENT * trials.sum():
            break
    else:
        raise EstimationError(Message("estimators.error.no_maximum"))
    return Contrast(value=float(beta), std_error=float(reduced**-0.5), df=np.inf)


def _cells(
    time: Floats,
    event: npt.NDArray[np.bool_],
    treated: npt.NDArray[np.bool_],
    horizon: float,
    intervals: int,
) -> tuple[Floats, Floats]:
    """Return, by interval and group, the people who can have the event and those who do, (J, 2) each."""
    width = horizon / intervals
    last = np.clip(np.ceil(time / width - 1e-9), 1, intervals).astype(np.intp) - 1
    happens = event & (time <= horizon)
    ends_inside = ~event & (time < (last + 1) * width * (1 - 1e-12))
    through = last - ends_inside
    trials, hits = np.zeros((intervals, 2)), np.zeros((intervals, 2))
    for d in (0, 1):
        group = treated == bool(d)
        reach = np.bincount(through[group] + 1, minlength=intervals + 1)
        trials[:, d] = np.cumsum(reach[::-1])[::-1][1:]
        hits[:, d] = np.bincount(last[group & happens], minlength=intervals)
    return trials, hits


def _scores(
    levels: Floats, beta: float, trials: Floats, hits: Floats
) -> tuple[tuple[Floats, float], tuple[Floats, float], Floats]:
    """Return the scores, the expected information (levels' diagonal, ratio's corner) and its cross terms."""
    eta = levels[:, None] + np.array([0.0, beta])
    rate = np.exp(eta)
    slope = hits * rate / np.expm1(rate) - (trials - hits) * rate
    expected = trials * rate**2 / np.expm1(rate)
    score = slope.sum(axis=1), float(slope[:, 1].sum())
    return score, (expected.sum(axis=1), float(expected[:, 1].sum())), expected[:, 1]
