"""The effect in a design whose groups are weighted: what `compare_groups` and `did` do after `weight`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd

from impactkit.design.comparable import NOT_FOLLOWED, Weighted
from impactkit.design.design import Design
from impactkit.errors import EstimationError
from impactkit.estimators.analysed import Analysed, cluster_notes, group_means, people_analysed
from impactkit.estimators.arms import Adjust, refuse_no_variation
from impactkit.estimators.groups.weighted_fit import (
    Estimated,
    contributions,
    fit_weighted,
    spread_of,
)
from impactkit.estimators.inference.few_clusters import are_few
from impactkit.estimators.inference.linear import Contrast, Errors, Floats, FormulaErrors, contrast
from impactkit.estimators.result import Effect, Estimate, StudentT
from impactkit.text import Message

WeightedErrors = Literal[FormulaErrors, "influence"]
Choice = Literal["asked", "large", "medium", "small", "near", "no_room"]

# Size of the smaller group from which each default holds: METHODS, coverage by simulation
# (docs/validation/weighting.md).
FEWEST_FOR_INFLUENCE = 100
FEWEST_FOR_WEIGHTS = 30


@dataclass(frozen=True, slots=True)
class _Plan:
    """How an effect is estimated, and which rule chose it."""

    adjust: Adjust | None
    errors: WeightedErrors
    choice: Choice
    weighted: bool = True


def estimate_weighted(
    design: Design,
    *,
    method: Literal["compare_groups", "did"],
    adjust: Adjust | None = None,
    errors: Errors | Literal["influence"] | None = None,
) -> Estimate:
    """Estimate the effect between weighted groups: on the outcome after, or on the change (``"did"``).

    When neither ``adjust`` nor ``errors`` is given, the size of the smaller group chooses: from 100 people,
    the weighted difference with errors that account for the weights being estimated (``"influence"``), with
    slopes by group when balance is approximate (``tolerance``), for what it leaves; from 30, the weighted
    regression with slopes by group on the characteristics balanced, with HC3 errors; below, that regression
    without weights, with errors that account for the beneficiaries being a sample (``"influence"``). With
    clusters the last two have CR2 errors, and the second holds from 30 people on when there are fewer than 40
    clusters, or 6 treated ones.

    Parameters
    ----------
    design : Design
        Whose ``comparable`` is a `Weighted`.
    method : {"compare_groups", "did"}
    adjust : {"lin", "ancova"}, optional
        A weighted regression on the design's covariates.
    errors : str, optional
        ``"influence"``, or an HC, CR or classic error, which takes the weights as known: it is then often
        too wide.

    Raises
    ------
    ValueError
        When ``errors`` is one that weighted groups do not have.
    EstimationError
        As `compare_groups`.
    """
    comparable = design.comparable
    assert isinstance(comparable, Weighted)
    if errors == "CR3" or errors == "wild" or errors == "randomisation":
        raise ValueError(
            f"errors {errors!r} are not for weighted groups: expected influence, HC or CR errors"
        )
    asked = adjust is not None or errors is not None
    change = method == "did"
    with_before = not change and (adjust is not None and design.has_baseline)
    names = design.covariates
    if not asked:
        names = tuple(name for name in comparable.on if name != design.outcome)
        with_before = not change and design.outcome in comparable.on
    people = people_analysed(
        replace(design, covariates=names),
        baseline=change or with_before,
        covariates=adjust is not None or not asked,
    )
    X = np.column_stack([people.covariates, people.before]) if with_before else people.covariates
    if adjust is not None and X.shape[1] == 0:
        raise EstimationError(Message("estimators.error.nothing_to_adjust"))
    y = people.after - people.before if change else people.after
    plan = (
        _Plan(adjust, errors or "influence", "asked")
        if asked
        else _by_size(people, near=bool(comparable.settings.get("tolerance")))
    )
    found = _estimated(comparable, design, people, y=y, X=X, plan=plan)
    refuse_no_variation(found.contrast, people.after, *([people.before] if change else []))
    plan, result = found.plan, found.contrast
    balancing = people.balancing if plan.weighted else None
    shown = replace(people, weights=_product(people.weights, balancing))
    by_cluster = people.clusters is not None and plan.errors in ("influence", "CR0", "CR1", "CR2")
    term = comparable.settings["estimand"]
    return Estimate(
        design=design,
        method=method,
        effect=Effect(
            term=design.estimand if term != "ATO" else "ATO",
            value=result.value,
            std_error=result.std_error,
            reference=StudentT(result.df),
            n_treated=people.n_treated,
            n_comparison=people.n_comparison,
        ),
        means=group_means(shown),
        counts=people.counts,
        settings={
            "adjust": plan.adjust,
            "centre": {"ATT": "treated", "ATE": "everyone"}.get(str(term), "overlap")
            if plan.adjust == "lin"
            else None,
            "errors": plan.errors,
            "df_rule": found.df_rule,
            "clusters": people.n_clusters() if by_cluster else 0,
            "weights": people.weights is not None,
            "weighting": comparable.method if plan.weighted else None,
            "chosen": plan.choice,
        },
        notes=(*comparable.notes, *_notes(people, plan, by_cluster=by_cluster)),
        analysed=people.ids,
    )


def _by_size(people: Analysed, *, near: bool) -> _Plan:
    """Choose by the size of the smaller group, the number of clusters, and whether balance is approximate."""
    smallest = min(people.n_treated, people.n_comparison)
    few = people.clusters is not None and are_few(people.n_clusters(), people.n_clusters("treated"))
    robust: WeightedErrors = "HC3" if people.clusters is None else "CR2"
    if smallest < FEWEST_FOR_WEIGHTS:
        # HC3 covers 97 to 98 % there, and knows nothing of the beneficiaries being a sample.
        errors: WeightedErrors = "influence" if people.clusters is None else "CR2"
        return _Plan("lin", errors, "small", weighted=False)
    if smallest < FEWEST_FOR_INFLUENCE or few:
        return _Plan("lin", robust, "medium")
    return _Plan("lin", "influence", "near") if near else _Plan(None, "influence", "large")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Found:
    contrast: Contrast
    df_rule: str
    plan: _Plan


def _estimated(
    comparable: Weighted, design: Design, people: Analysed, *, y: Floats, X: Floats, plan: _Plan
) -> _Found:
    """Estimate as planned; without covariates where a default has no room for them."""
    everyone = design.everyone.units()
    rows = everyone.index.get_indexer(pd.Index(people.ids))
    sampling = np.ones(len(y)) if people.weights is None else people.weights
    balanced = sampling * comparable.weights[rows]
    target, by_target = _target(comparable, people, sampling, balanced)
    weights, by_weights = (balanced, sampling) if plan.weighted else (sampling, np.zeros_like(sampling))
    try:
        found = fit_weighted(
            y=y, treated=people.treated, X=X, adjust=plan.adjust, weights=weights, target=target
        )
        if plan.errors != "influence":
            result = contrast(found.fitted, found.contrast, errors=plan.errors, clusters=people.clusters)
            return _Found(contrast=result, df_rule=_df_rule(plan.errors), plan=plan)
    except EstimationError:
        if plan.choice not in ("medium", "small", "near"):
            raise
        instead = _Plan(None, "influence", "no_room")
        return _estimated(comparable, design, people, y=y, X=X, plan=instead)
    estimated = Estimated(
        owed=comparable.owed, people=len(everyone), weights=by_weights, target=by_target, rows=rows
    )
    parts = contributions(found, y=y, X=X, weights=weights, target=target, estimated=estimated)
    used = np.isin(comparable.reasons.astype(str), ("", NOT_FOLLOWED))
    treated = everyone["treated"].to_numpy()
    clusters = None
    if people.clusters is not None:
        # Someone whose outcome and cluster are unknown is her own: she only weighed on the weights.
        known = (
            everyone["cluster"].astype(object).where(everyone["cluster"].notna(), everyone.index.to_series())
        )
        clusters = np.asarray(known.factorize()[0], dtype=np.intp)[used]
    result = spread_of(found.value, parts[used], treated=treated[used], clusters=clusters)
    return _Found(contrast=result, df_rule="welch" if clusters is None else "clusters", plan=plan)


def _target(
    comparable: Weighted, people: Analysed, sampling: Floats, balanced: Floats
) -> tuple[Floats, Floats]:
    """Return the weights of those on whom the effect is averaged, and what multiplies estimated ones."""
    estimand = comparable.settings["estimand"]
    if estimand == "ATO" or (estimand == "ATE" and "losses" in comparable.settings):
        return balanced, sampling  # each group, weighted, stands for the target
    if estimand == "ATT":
        return np.where(people.treated, balanced, 0.0), np.where(people.treated, sampling, 0.0)
    return sampling, np.zeros_like(sampling)


def _product(weights: Floats | None, balancing: Floats | None) -> Floats | None:
    if weights is None or balancing is None:
        return weights if balancing is None else balancing
    return weights * balancing


def _df_rule(errors: WeightedErrors) -> str:
    if errors == "CR2":
        return "satterthwaite"
    return "clusters" if errors in ("CR0", "CR1") else "residual"


def _notes(people: Analysed, plan: _Plan, *, by_cluster: bool) -> list[Message]:
    """Say which rule chose, and what it means for the uncertainty."""
    notes = []
    if plan.choice != "asked":
        notes.append(Message(f"weighting.chosen.{plan.choice}"))
    elif plan.errors != "influence":
        notes.append(Message("weighting.note.weights_as_known"))
    if people.clusters is not None:
        notes += cluster_notes(people, "CR2" if by_cluster else "HC2")
    return notes
