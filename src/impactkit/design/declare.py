"""Declaring a design: the choices are written down, checked and frozen before any result."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import get_args

import numpy as np

from impactkit.cohort.cohort import BENEFICIARY, Cohort
from impactkit.design.design import Design, Estimand
from impactkit.errors import DesignError, require
from impactkit.files.model import Comparison, Outcome
from impactkit.text import Message

# Columns of `Design.units` that a characteristic may not bear the name of.
_UNIT_COLUMNS = ("treated", "baseline", "cluster", "weight", "entry", "balancing")
# Comparisons for which beneficiaries may enter at several dates.
_BY_ENTRY = ("never_treated", "not_yet_treated")


def declare_design(
    cohort: Cohort,
    *,
    outcome: str | None = None,
    comparison: Comparison | None = None,
    estimand: Estimand | None = None,
    covariates: Sequence[str] | None = None,
    cluster: str | None = None,
    window: tuple[float, float] | None = None,
    minimum_effect: float | None = None,
    placebo_outcomes: Sequence[str] | None = None,
) -> Design:
    """Declare the question: outcome, comparison, times. What is left out is as the study file says.

    Parameters
    ----------
    cohort : Cohort
    outcome : str, optional
        Outcome variable; the primary one by default.
    comparison : str, optional
        ``"none"``, ``"never_treated"``, ``"not_yet_treated"``, ``"randomised"`` (drawn by lot) or the arm
        compared: ``"waiting_list"``, ``"neighbouring_territory"``, ``"non_takers"``, ``"refused"``,
        ``"ineligible"``, ``"external"``.
    estimand : {"ATT", "ATE", "ITT"}, optional
        Average effect on beneficiaries (default), on everyone, or of being offered the action (default of a
        study file whose method is ``encouragement``).
    covariates : sequence of str, optional
        Characteristics to take into account; those of the study file, else none.
    cluster : str, optional
        Not needed when the cohort names its clusters; ``"none"`` sets them aside.
    window : (float, float), optional
        Periods compared: the last before entry and the first or last after. By default the study's, else
        the last period before the first entry and the last one. When beneficiaries enter at several dates,
        all periods are then used (`did` estimates the effect by date of entry and period); if nobody remains
        to compare with at the last one, those up to the last entry.
    minimum_effect : float, optional
        Smallest effect worth having, in the outcome's unit.
    placebo_outcomes : sequence of str, optional
        Variables of the cohort that the action cannot change (`assess` looks for a false effect on them);
        those of the study file, else none.

    Returns
    -------
    Design

    Raises
    ------
    ValueError
        When a name is not one the cohort knows.
    DesignError
        When nobody enters, nobody can be compared, the cohort has no such period, the outcome is among the
        covariates; or people enter at several times, no window is given, and the effect asked for is not that
        on beneficiaries compared with those who never entered or had not yet.
    """
    require(cohort, Cohort)
    declared = _outcome(cohort, outcome)
    comparison = _comparison(cohort, comparison)
    if estimand is None:
        by_offer = cohort.action is not None and cohort.action.method == "encouragement"
        estimand = "ITT" if by_offer else "ATT"
    if estimand not in get_args(Estimand):
        raise ValueError(f"unknown estimand {estimand!r}: expected one of {', '.join(get_args(Estimand))}")
    if covariates is None:
        covariates = cohort.action.covariates if cohort.action is not None else ()
    _check_covariates(cohort, declared.variable, covariates)
    if cluster not in (None, "none") and not cohort.has_clusters:
        raise ValueError("this cohort names no clusters: give cluster= when making it")
    if minimum_effect is not None and not minimum_effect > 0:
        raise ValueError(
            "minimum_effect must be positive: it is a size, the direction comes from the outcome"
        )
    action = cohort.action
    window, entries = _times(cohort, comparison, window, by_entry=estimand == "ATT")
    design = Design(
        cohort=cohort,
        outcome=declared.variable,
        direction=declared.direction,
        minimum_effect=declared.minimum_effect if minimum_effect is None else minimum_effect,
        comparison=comparison,
        estimand=estimand,
        method=action.method if action is not None else None,
        adjust=action.adjust if action is not None else None,
        covariates=tuple(covariates),
        clustered=cohort.has_clusters and cluster != "none",
        window=window,
        entries=entries,
        placebo_outcomes=_placebo_outcomes(cohort, declared.variable, placebo_outcomes, covariates),
    )
    _refuse_empty_groups(design)
    return design


def _outcome(cohort: Cohort, name: str | None) -> Outcome:
    if name is None:
        return next((item for item in cohort.outcomes if item.primary), cohort.outcomes[0])
    for item in cohort.outcomes:
        if item.variable == name:
            return item
    known = ", ".join(item.variable for item in cohort.outcomes)
    raise ValueError(f"unknown outcome {name!r}: expected one of {known}")


def _check_covariates(cohort: Cohort, outcome: str, covariates: Sequence[str]) -> None:
    if isinstance(covariates, str):
        raise ValueError("covariates is a list of names, for example ['age']")
    unknown = [name for name in covariates if name not in cohort.variables]
    if unknown:
        raise ValueError(f"covariates not in the cohort: {', '.join(unknown)}")
    if outcome in covariates:
        raise DesignError(Message("design.error.outcome_is_covariate", {"name": outcome}))
    for name in covariates:
        if name in _UNIT_COLUMNS:
            raise DesignError(Message("design.error.reserved_name", {"name": name}))


def _placebo_outcomes(
    cohort: Cohort, outcome: str, names: Sequence[str] | None, covariates: Sequence[str]
) -> tuple[str, ...]:
    if names is None:
        names = cohort.action.placebo_outcomes if cohort.action is not None else ()
    if isinstance(names, str):
        raise ValueError("placebo_outcomes is a list of names, for example ['age']")
    unknown = [name for name in names if name not in cohort.variables]
    if unknown:
        raise ValueError(f"placebo_outcomes not in the cohort: {', '.join(unknown)}")
    not_numbers = [name for name in names if cohort.variables[name].type not in ("number", "boolean")]
    if not_numbers:
        raise ValueError(f"placebo_outcomes must be numbers or yes/no: {', '.join(not_numbers)}")
    used = [name for name in names if name == outcome or name in covariates]
    if used:
        raise DesignError(Message("design.error.placebo_used", {"name": used[0]}))
    return tuple(dict.fromkeys(names))


def _comparison(cohort: Cohort, name: Comparison | None) -> Comparison:
    if name is None:
        if cohort.action is not None:
            return cohort.action.comparison
        return "none" if set(cohort.arms) == {BENEFICIARY} else "never_treated"
    known = get_args(Comparison)
    if name not in known:
        close = difflib.get_close_matches(str(name), known, n=1)
        hint = f" (did you mean {close[0]!r}?)" if close else ""
        raise ValueError(f"unknown comparison {name!r}{hint}: expected one of {', '.join(known)}")
    return name


def _times(
    cohort: Cohort, comparison: Comparison, window: tuple[float, float] | None, *, by_entry: bool
) -> tuple[tuple[float, float], tuple[float, ...]]:
    """Return the window, and the dates of entry when it was not declared."""
    periods = cohort.periods
    if window is None and cohort.action is not None and cohort.action.window is not None:
        assert cohort.study is not None
        before, after = (cohort.study.wave_months(wave) for wave in cohort.action.window)
        window = (before, after)
    if window is not None:
        if len(window) != 2:
            raise ValueError("window is (before, after): two periods")
        absent = [period for period in window if period not in periods]
        if absent:
            raise DesignError(Message("design.error.no_such_period", {"period": f"{absent[0]:g}"}))
        if window[0] > window[1]:
            raise ValueError("window is (before, after): the first period must not come after the second")
        return (float(window[0]), float(window[1])), ()
    rows = cohort.rows
    entries = np.unique(rows.entry[rows.in_arms([BENEFICIARY]) & np.isfinite(rows.entry)])
    if entries.size == 0:
        raise DesignError(Message("design.error.nobody_enters"))
    later = entries[entries > periods[0]]  # those already in at the first period have no time before
    entries = later if later.size else entries
    earlier = [period for period in periods if period < entries[0]]
    if not earlier:
        return (periods[-1], periods[-1]), ()
    used = entries[entries <= periods[-1]]
    last = periods[-1]
    if comparison == "not_yet_treated" and used.size > 1 and not (rows.entry > last).any():
        # Those who enter last are the only ones left to compare with: they can be until they enter.
        last = max(period for period in periods if period < used[-1])
        used = used[:-1]
    if used.size > 1 and not (by_entry and comparison in _BY_ENTRY):
        raise DesignError(Message("design.error.several_entries", {"n": int(entries.size)}))
    return (earlier[-1], last), tuple(float(entry) for entry in used if entry <= last)


def _refuse_empty_groups(design: Design) -> None:
    treated = design.members().treated
    if not treated.any():
        raise DesignError(Message("design.error.nobody_enters"))
    if design.comparison != "none" and treated.all():
        comparison = Message(f"comparison.{design.comparison}")
        raise DesignError(Message("design.error.nobody_compared", {"comparison": comparison}))
