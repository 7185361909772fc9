"""The published statistics, with no more digits than what they rest on allows.

A number in full gives away the people behind it (`impactkit.disclosure.values`). Here are the steps in which
a record tells an effect, a mean, a difference between groups: those of the page, which the uncertainty sets.
"""

from __future__ import annotations

import math

from impactkit.design.design import Design
from impactkit.disclosure import (
    Profile,
    digits_step,
    mean_step,
    nice_step,
    rounded,
    significant,
    to_step,
)
from impactkit.estimators.result import Effect
from impactkit.evidence import rules
from impactkit.evidence.record import EffectRecord
from impactkit.evidence.words import is_share
from impactkit.text.numbers import decimals_for

_LEAST_P = 0.001
_DIGITS = 3
# The finest step of a standardised difference: its thresholds, 0.05 and 0.25, have two decimals.
_SMD = 0.01


def step_of(design: Design, std_error: float) -> float:
    """Return the step of an effect, its interval and the means beside it: that in which the page has them."""
    if is_share(design):
        return 0.001 if 0 < std_error < 0.01 else 0.01
    return 10.0 ** -decimals_for(std_error)


def effect_told(effect: Effect, design: Design) -> EffectRecord:
    """Return an effect as it is told: to the decimals of its standard error, which has one more."""
    step = step_of(design, effect.std_error)
    low, high = effect.interval(rules.LEVEL)
    return EffectRecord(
        estimate=to_step(effect.value, step),
        std_error=to_step(effect.std_error, step / 10),
        df=None if math.isinf(effect.df) else _df(effect.df, design.cohort.profile),
        conf_low=to_step(low, step),
        conf_high=to_step(high, step),
        p_value=p_told(effect.p_value),
    )


def _df(df: float, profile: Profile) -> float:
    """Return degrees of freedom as a whole number: they tell a number of people, and are rounded as one."""
    return float(max(rounded(math.floor(df), profile), 1))


def p_told(p: float) -> float:
    """Return a p-value to three decimals; below, its size."""
    return to_step(p, _LEAST_P) if p >= _LEAST_P else significant(p, 1)


def share_told(share: float, n: int, *, step: float, profile: Profile) -> float:
    """Return a share whose number of people is told beside it: a share of the counts as they are told."""
    if profile.rounding > 1:
        share = rounded(round(share * n), profile) / rounded(n, profile)
    return to_step(share, step)


def mean_told(mean: float, n: int, *, grain: float, profile: Profile, least: float = 0.0) -> float:
    """Return a mean whose number of people is not told beside it, in steps of ``least`` or wider."""
    step = max(mean_step(n, grain=grain, profile=profile), digits_step(mean, _DIGITS), least)
    return to_step(mean, step)


def smd_told(smd: float, difference: float, step: float) -> float:
    """Return a standardised difference in steps no finer than those of the means it is made from.

    Parameters
    ----------
    smd : float
    difference : float
        Difference of the means, in their unit.
    step : float
        Step in which the means are told.
    """
    finest = step * abs(smd / difference) if difference and smd and math.isfinite(smd) else 0.0
    return to_step(smd, nice_step(max(finest, _SMD)))


def statistic_told(value: float | None) -> float | None:
    """Return a statistic of a check to three significant digits; a whole number stays."""
    if value is None or not math.isfinite(value) or float(value).is_integer():
        return value
    return significant(value, _DIGITS)
