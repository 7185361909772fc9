"""The size of a difference between two groups, on the scales that suit the outcome."""

from __future__ import annotations

import math
from functools import partial
from typing import Literal, get_args

import numpy as np
import pandas as pd

from impactkit.design.design import Design
from impactkit.disclosure.discreet import discreet
from impactkit.errors import EstimationError, require
from impactkit.estimators.analysed import people_analysed
from impactkit.estimators.displayed import may_be_displayed, told_effects
from impactkit.estimators.result import Estimate
from impactkit.estimators.sizes.scales import MEASURES, STANDARDISED, Groups, Measure
from impactkit.text import Message

Kind = Literal["auto", "number", "binary", "ordinal", "count"]
_MOST_LEVELS = 20
_SHOWN_TO = 0.1  # as if its standard error: sizes are shown to two decimals


def effect_sizes(source: Design | Estimate, *, kind: Kind = "auto", level: float = 0.95) -> pd.DataFrame:
    """Return the size of a difference between two groups on the usual scales.

    ==========  ==============================================================================
    kind        measures
    ==========  ==============================================================================
    number      ``hedges_g``, ``cohens_d``, ``glass_delta``, ``probability_of_superiority``
    binary      ``risk_difference`` (Newcombe), ``risk_difference_mn``, ``risk_ratio`` and
                ``odds_ratio`` (all three Miettinen-Nurminen), ``number_needed``, ``cox_index``,
                ``cohens_h``
    ordinal     ``probability_of_superiority``, ``cumulative_odds_ratio``
    count       ``rate_ratio``
    ==========  ==============================================================================

    Parameters
    ----------
    source : Design or Estimate
        From a design, the plain comparison of the outcome after entry. From an estimate by `compare_groups`,
        ``hedges_g``, ``cohens_d`` and ``glass_delta`` are its effect and its interval over the standard
        deviation of the people analysed, taken as known; other measures are of the plain comparison of them.
    kind : {"auto", "number", "binary", "ordinal", "count"}
        By default as the outcome's variable: binary for yes/no, else number.
    level : float

    Returns
    -------
    DataFrame
        Columns ``measure, estimate, conf_low, conf_high, reason``. ``reason`` says why a number is missing,
        else it is empty. With clusters or weights, intervals that take people as independent are missing.
        Full values to compute with; the table shows of itself what may be shown.

    Raises
    ------
    ValueError
        When ``kind`` or ``level`` is not one of those above, or the estimate is of another method.
    EstimationError
        When there is nobody to compare with, or the outcome is not of this kind.

    References
    ----------
    Hedges (1981); Miettinen & Nurminen (1985); Newcombe (1998); Altman (1998), *BMJ* 317 (number needed);
    Cohen (1988); What Works Clearinghouse (Cox index).

    Examples
    --------
    >>> import pandas as pd, impactkit as ik
    >>> frame = pd.DataFrame({"id": range(80), "helped": [1, 0] * 40, "job": [1, 0, 1, 1] * 20})
    >>> cohort = ik.cohort_from_frame(frame, unit="id", arm="helped", outcomes=["job"])
    >>> found = ik.effect_sizes(ik.declare_design(cohort)).set_index("measure")
    >>> float(found.loc["risk_difference", "estimate"])
    0.5
    """
    require(source, Design, Estimate)
    if kind not in get_args(Kind):
        raise ValueError(f"unknown kind {kind!r}: expected one of {', '.join(get_args(Kind))}")
    if not 0 < level < 1:
        raise ValueError("level must lie between 0 and 1")
    groups = _groups(source, level)
    design = source.design if isinstance(source, Estimate) else source
    if kind == "auto":
        kind = "binary" if design.variable.type == "boolean" else "number"
    _refuse_other_kind(groups, kind)
    rows = [(name, *_row(name, measure, groups)) for name, measure in MEASURES[kind].items()]
    table = pd.DataFrame(rows, columns=["measure", "estimate", "conf_low", "conf_high", "reason"])
    hidden = not may_be_displayed(design, len(groups.y1), len(groups.y0)) or kind == "binary"
    profile = design.cohort.profile
    tell = partial(told_effects, table, hidden=hidden, profile=profile, std_error=_SHOWN_TO)
    return discreet(table, tell, profile=profile)


def _groups(source: Design | Estimate, level: float) -> Groups:
    if isinstance(source, Estimate):
        if source.method != "compare_groups":
            raise ValueError("effect_sizes takes a design, or an estimate made by compare_groups")
        design, effect = source.design, source.effect
    else:
        design, effect = source, None
    if design.comparison == "none":
        raise EstimationError(Message("estimators.error.no_comparison"))
    if design.staggered:
        raise EstimationError(Message("estimators.error.several_entries"))
    if design.comparable is not None and effect is None:
        raise EstimationError(Message("groups.error.give_the_estimate"))
    people = people_analysed(design, baseline=False, covariates=False)
    kept = np.ones(len(people.ids), dtype=bool)
    if isinstance(source, Estimate):
        kept = np.isin(people.ids, source.analysed)
    one, other, w = kept & people.treated, kept & ~people.treated, people.weights
    return Groups(
        y1=people.after[one],
        y0=people.after[other],
        w1=None if w is None else w[one],
        w0=None if w is None else w[other],
        plain=w is None and people.clusters is None and design.comparable is None,
        balanced=design.comparable is not None,
        level=level,
        effect=effect,
    )


def _refuse_other_kind(groups: Groups, kind: Kind) -> None:
    y = np.concatenate([groups.y1, groups.y0])
    if np.ptp(y) == 0:
        raise EstimationError(Message("estimators.error.no_variation"))
    if kind == "binary" and not np.isin(y, (0, 1)).all():
        raise EstimationError(Message("groups.error.not_binary"))
    if kind == "count" and ((y < 0).any() or (y != np.round(y)).any()):
        raise EstimationError(Message("groups.error.not_count"))
    if kind == "ordinal" and len(np.unique(y)) > _MOST_LEVELS:
        raise EstimationError(Message("groups.error.not_ordinal", {"n": len(np.unique(y))}))


def _row(name: str, measure: Measure, groups: Groups) -> tuple[float, float, float, str]:
    """Return the estimate, its interval and why one of them is missing."""
    missing = float("nan")
    of_estimate = groups.effect is not None and name in STANDARDISED
    if groups.balanced and not of_estimate:
        return missing, missing, missing, Message("groups.reason.balanced").text()
    try:
        size = measure(groups)
    except EstimationError as error:
        return missing, missing, missing, str(error)
    if not math.isfinite(size.value):
        return missing, missing, missing, Message("groups.reason.infinite").text()
    if not (groups.plain or of_estimate):
        return size.value, missing, missing, Message("groups.reason.not_independent").text()
    reason = Message("groups.reason.number_needed").text() if math.isnan(size.low) else ""
    return size.value, size.low, size.high, reason
