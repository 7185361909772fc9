"""The effect on several outcomes, with what looking at all of them costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Literal, get_args

import numpy as np
import pandas as pd

from impactkit.design.design import Design
from impactkit.disclosure.discreet import discreet
from impactkit.errors import EstimationError, require
from impactkit.estimators.analysed import outcome_after
from impactkit.estimators.displayed import told_effects
from impactkit.estimators.groups.comparison import compare_groups
from impactkit.estimators.inference.linear import Floats
from impactkit.estimators.inference.multiplicity import Correction, adjust_p
from impactkit.estimators.result import Estimate
from impactkit.estimators.several.step_down import romano_wolf, westfall_young
from impactkit.text import Message

FamilyMethod = Literal[Correction, "romano_wolf", "westfall_young"]
_COLUMNS = ("outcome", "estimate", "std_error", "conf_low", "conf_high", "p_value", "p_adjusted", "reason")


def several_outcomes(
    design: Design,
    *,
    outcomes: Sequence[str] | None = None,
    correction: FamilyMethod = "romano_wolf",
    level: float = 0.95,
    seed: int = 0,
) -> pd.DataFrame:
    """Estimate the difference in means of several outcomes, with p-values for the whole family.

    Parameters
    ----------
    design : Design
        With a comparison.
    outcomes : sequence of str, optional
        Outcomes of the cohort; all by default.
    correction : str
        ``"romano_wolf"`` (bootstrap) or ``"westfall_young"`` (permutations, for lots drawn person by person),
        which use the dependence between outcomes and take people as independent and not weighted; or one of
        `adjust_p`. An outcome without an estimate counts in the last ones.
    level : float
        Of the intervals, which are not widened.
    seed : int
        Of the resampling.

    Returns
    -------
    DataFrame
        One row per outcome: ``outcome, estimate, std_error, conf_low, conf_high, p_value, p_adjusted,
        reason``; ``reason`` says why there is no estimate, else it is empty. Full values to compute with; it
        shows of itself what may be shown.

    Raises
    ------
    ValueError
        When an outcome is not one of the cohort, or ``correction`` is not one of those above.
    EstimationError
        When nobody is compared; for resampling, when there are clusters or weights, or groups were matched
        or weighted.

    References
    ----------
    Romano & Wolf (2005), *Econometrica* 73(4). Westfall & Young (1993). Holm (1979).
    """
    require(design, Design)
    choices = [*get_args(Correction), "romano_wolf", "westfall_young"]
    if correction not in choices:
        raise ValueError(f"unknown correction {correction!r}: expected one of {', '.join(choices)}")
    known = [item.variable for item in design.cohort.outcomes]
    if isinstance(outcomes, str):
        raise ValueError("outcomes is a list of names, for example ['job']")
    names = known if outcomes is None else list(outcomes)
    unknown = [name for name in names if name not in known]
    if unknown or not names:
        raise ValueError(f"unknown outcomes {unknown}: expected some of {', '.join(known)}")
    if design.comparison == "none":
        raise EstimationError(Message("estimators.error.no_comparison"))
    resampling = correction in ("romano_wolf", "westfall_young")
    units = design.units()
    if resampling and (design.clustered or "weight" in units or design.comparable is not None):
        raise EstimationError(Message("groups.error.resampling_plain"))
    parts = [replace(design, outcome=name, covariates=()) for name in names]
    found = [_attempt(part) for part in parts]
    p = np.array([item.effect.p_value if isinstance(item, Estimate) else 1.0 for item in found])
    if not resampling:
        adjusted = adjust_p(p, correction)  # type: ignore[arg-type]
    else:
        estimated = np.array([isinstance(item, Estimate) for item in found])
        adjusted = np.full(len(found), np.nan)
        if estimated.any():
            Y = np.column_stack([outcome_after(part, units.index) for part in parts])[:, estimated]
            adjusted[estimated] = _resampled(Y.astype(float), units["treated"].to_numpy(), correction, seed)
    rows = []
    for name, item, p_adjusted in zip(names, found, adjusted, strict=True):
        if isinstance(item, Message):
            rows.append((name, *[np.nan] * 6, item.text()))
            continue
        effect = item.effect
        numbers = (effect.value, effect.std_error, *effect.interval(level), effect.p_value, p_adjusted)
        rows.append((name, *numbers, ""))
    table, profile = pd.DataFrame(rows, columns=list(_COLUMNS)), design.cohort.profile
    hidden = np.array([isinstance(item, Estimate) and not item.is_displayed for item in found])
    return discreet(table, partial(told_effects, table, hidden=hidden, profile=profile), profile=profile)


def _attempt(part: Design) -> Estimate | Message:
    try:
        return compare_groups(part)
    except EstimationError as error:
        return error.message


def _resampled(Y: Floats, treated: np.ndarray, correction: str, seed: int) -> Floats:
    if correction == "westfall_young":
        return westfall_young(Y=Y, treated=treated, seed=seed)
    return romano_wolf(Y=Y, treated=treated, seed=seed)
