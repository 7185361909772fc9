"""The effect between people who were matched: what `compare_groups` and `did` do after `match`."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from impactkit.design.comparable import Matched
from impactkit.design.design import Design
from impactkit.errors import EstimationError
from impactkit.estimators.analysed import group_means, people_analysed
from impactkit.estimators.arms import Adjust, Centre, df_rule, difference, refuse_no_variation
from impactkit.estimators.groups.abadie_imbens import abadie_imbens
from impactkit.estimators.groups.matched_people import Together, clusters_of, still_together
from impactkit.estimators.groups.matched_plan import Plan, plans_by_size
from impactkit.estimators.inference.linear import Codes, Contrast, Errors, Floats, FormulaErrors
from impactkit.estimators.result import Effect, Estimate, Normal, StudentT
from impactkit.text import Message

MatchedErrors = Literal[FormulaErrors, "abadie_imbens"]
Bools = npt.NDArray[np.bool_]

# Methods whose sets are strata, given in advance, and not people put together.
_STRATA = ("exact", "coarsened", "subclass")
_BY_DISTANCE = ("mahalanobis", "robust_mahalanobis")


def estimate_matched(
    design: Design,
    *,
    method: Literal["compare_groups", "did"],
    adjust: Adjust | None = None,
    errors: Errors | Literal["abadie_imbens"] | None = None,
) -> Estimate:
    """Estimate the effect between matched people: on the outcome after, or on the change (``"did"``).

    The regression of `compare_groups`, weighted by the matching:

    - ``adjust=None``: the difference in weighted means;
    - ``adjust="ancova"``: one slope for both groups;
    - ``adjust="lin"``: slopes of each group, that is g-computation: the mean, over matched beneficiaries
      (everyone for the ATE), of the difference between the two predictions.

    When neither ``adjust`` nor ``errors`` is given, characteristics made alike are adjusted for, by group
    when each is worth at least 30 people of equal weight, else with one slope (`matched_plan`): coverage is
    then 93 to 96 % down to 15 beneficiaries, where that of the plain difference, which takes no account of
    what matching has made alike, is 98 %. After a distance without a caliper they also enter by their
    squares, when there are enough people: the nearest is not near, and slopes alone leave a bias.

    Errors allow for the people of one pair or set resembling each other (and for those of one site instead,
    when the design has clusters). Where there are none (with replacement, ``"cardinality"``), each person is
    her own. The sets of ``"exact"``, ``"coarsened"`` and ``"subclass"`` are strata given in advance: errors
    are then HC3 by default.

    Someone whose outcome is not known leaves; those who then have nobody to be compared with leave with her,
    and weights are computed again.

    Parameters
    ----------
    design : Design
        Whose ``comparable`` is a `Matched`.
    method : {"compare_groups", "did"}
    adjust : {"lin", "ancova"}, optional
        On the design's covariates and, for the outcome after, the outcome before.
    errors : str, optional
        By default CR2, HC3 when sets are strata; an HC, CR or classic error; or ``"abadie_imbens"``, after
        matching with replacement: the effect with ``adjust="lin"`` is then Abadie and Imbens' bias-corrected
        one.

    Raises
    ------
    ValueError
        When ``errors`` is one that matched people do not have.
    EstimationError
        As `compare_groups`.

    References
    ----------
    Abadie & Spiess (2022), *JASA* 117(538), for errors by pair. Abadie & Imbens (2006, 2011).
    """
    matched = design.comparable
    assert isinstance(matched, Matched)
    _check(matched, adjust, errors)
    change, asked = method == "did", adjust is not None or errors is not None
    with_before = not change and adjust is not None and design.has_baseline
    names = design.covariates
    if not asked:
        names = tuple(name for name in matched.on if name != design.outcome)
        with_before = not change and design.outcome in matched.on
    found = people_analysed(
        replace(design, covariates=names),
        baseline=change or with_before,
        covariates=adjust is not None or not asked,
    )
    together = still_together(matched, found, on_all=design.estimand == "ATE")
    people = together.people
    X = np.column_stack([people.covariates, people.before]) if with_before else people.covariates
    if adjust is not None and X.shape[1] == 0:
        raise EstimationError(Message("estimators.error.nothing_to_adjust"))
    strata = matched.method in _STRATA and people.clusters is None
    used: MatchedErrors = errors or ("HC3" if strata else "CR2")  # type: ignore[assignment]
    centre: Centre = "everyone" if design.estimand == "ATE" else "treated"
    y = people.after - people.before if change else people.after
    plans = [Plan(adjust=adjust, X=X, choice="asked")]
    if not asked:
        plans = plans_by_size(
            X=X, treated=people.treated, weights=together.weights, apart=_may_be_apart(matched)
        )
    plan, result = _first_possible(together, plans, y=y, centre=centre, errors=used)
    refuse_no_variation(result, people.after, *([people.before] if change else []))
    by_cluster = people.clusters is not None and used.startswith("CR")
    return Estimate(
        design=design,
        method=method,
        effect=Effect(
            term=design.estimand,
            value=result.value,
            std_error=result.std_error,
            reference=Normal() if used == "abadie_imbens" else StudentT(result.df),
            n_treated=people.n_treated,
            n_comparison=people.n_comparison,
        ),
        means=group_means(replace(people, weights=together.weights)),
        counts=people.counts,
        settings={
            "adjust": plan.adjust,
            "centre": centre if plan.adjust == "lin" else None,
            "errors": used,
            "df_rule": _df_rule(used, plan.adjust),
            "clusters": people.n_clusters() if by_cluster else 0,
            "sets": len(np.unique(together.sets[together.sets >= 0])),
            "weights": people.weights is not None,
            "matching": matched.method,
            "chosen": plan.choice,
        },
        notes=_notes(design, matched, together, used, plan),
        analysed=people.ids,
    )


def _first_possible(
    together: Together, plans: list[Plan], *, y: Floats, centre: Centre, errors: MatchedErrors
) -> tuple[Plan, Contrast]:
    """Estimate by the first plan that these people allow; the last one says why it cannot."""
    for plan in plans[:-1]:
        try:
            return plan, _estimated(together, plan, y=y, centre=centre, errors=errors)
        except EstimationError:
            continue
    return plans[-1], _estimated(together, plans[-1], y=y, centre=centre, errors=errors)


def _estimated(
    together: Together, plan: Plan, *, y: Floats, centre: Centre, errors: MatchedErrors
) -> Contrast:
    """Return the effect; its degrees of freedom are infinite for the error of Abadie and Imbens."""
    people = together.people
    if errors != "abadie_imbens":
        return difference(
            y=y,
            treated=people.treated,
            X=plan.X,
            adjust=plan.adjust,
            centre=centre,
            errors=errors,
            weights=together.weights,
            clusters=clusters_of(together) if errors.startswith("CR") else None,
        ).contrast
    assert together.matches is not None
    if people.weights is not None:
        raise EstimationError(Message("matching.error.sampling_weights"))
    found = abadie_imbens(
        y=y, treated=people.treated, matches=together.matches, X=None if plan.adjust is None else plan.X
    )
    return Contrast(value=found.value, std_error=found.std_error, df=math.inf)


def _df_rule(errors: MatchedErrors, adjust: Adjust | None) -> str:
    if errors == "abadie_imbens":
        return "normal"
    return "welch" if errors == "HC2" and adjust is None else df_rule(errors)


def _check(matched: Matched, adjust: Adjust | None, errors: str | None) -> None:
    known = get_args(FormulaErrors)
    if errors is not None and errors not in (*known, "abadie_imbens"):
        raise ValueError(
            f"errors {errors!r} are not for matched people: expected one of {', '.join(known)}, abadie_imbens"
        )
    if errors == "abadie_imbens":
        if not matched.settings.get("replace"):
            raise ValueError("errors 'abadie_imbens' are for matching with replacement: match(replace=True)")
        if adjust == "ancova":
            raise ValueError("errors 'abadie_imbens' go with adjust=None or adjust='lin'")


def _may_be_apart(matched: Matched) -> bool:
    """Tell whether people were paired by distance over several characteristics, however far."""
    settings = matched.settings
    return (
        settings.get("distance") in _BY_DISTANCE and settings.get("caliper") is None and len(matched.on) > 1
    )


def _notes(
    design: Design, matched: Matched, together: Together, errors: str, plan: Plan
) -> tuple[Message, ...]:
    notes = []
    if _may_be_apart(matched):
        notes.append(Message("matching.note.bent" if plan.choice == "curves" else "matching.note.no_limit"))
    members = design.everyone.members()
    treated = design.cohort.rows.people[members.people[members.treated]]
    if (matched.weights_of(treated) == 0).any():
        notes.append(Message("matching.note.on_matched"))
    clusters = together.people.clusters
    if clusters is not None and not errors.startswith("CR"):
        notes.append(Message("estimators.note.clusters_set_aside"))
    elif clusters is not None and _cross(together.sets, clusters):
        notes.append(Message("matching.note.sets_cross_sites"))
    return tuple(notes)


def _cross(sets: Codes, clusters: Codes) -> bool:
    """Tell whether a set has people of several sites."""
    inside = sets >= 0
    pairs = np.unique(np.column_stack([sets[inside], clusters[inside]]), axis=0)
    return len(pairs) > len(np.unique(sets[inside]))
