"""The effect between people who were matched: what `compare_groups` and `did` do after `match`."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from impactkit.cohort.cohort import FlowStep
from impactkit.design.comparable import Matched
from impactkit.design.design import Design
from impactkit.design.matching.weights import scaled, weights_of_sets
from impactkit.errors import EstimationError
from impactkit.estimators.analysed import Analysed, group_means, people_analysed
from impactkit.estimators.arms import Adjust, Centre, df_rule, difference, refuse_no_variation
from impactkit.estimators.groups.abadie_imbens import Matches, abadie_imbens
from impactkit.estimators.inference.linear import Codes, Contrast, Errors, Floats, FormulaErrors
from impactkit.estimators.result import Effect, Estimate, Normal, StudentT
from impactkit.text import Message

MatchedErrors = Literal[FormulaErrors, "abadie_imbens"]
Choice = Literal["asked", "slopes", "one_slope", "none"]
Bools = npt.NDArray[np.bool_]

# When the smaller group is worth so many people of equal weight, each group has slopes of its own
# (docs/validation/matching.md).
FEWEST_FOR_SLOPES = 30
# Methods whose sets are strata, given in advance, and not people put together.
_STRATA = ("exact", "coarsened", "subclass")
_REDUNDANT = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Together:
    """The people analysed who still have someone to be compared with.

    ``sets`` is -1 for all when there are none; ``matches`` holds who stands for whom, with replacement.
    """

    people: Analysed
    balancing: Floats
    sets: Codes
    matches: Matches | None

    @property
    def weights(self) -> Floats:
        """The weights of the matching, times the sampling weights."""
        return self.balancing if self.people.weights is None else self.balancing * self.people.weights


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
    when each is worth at least 30 people of equal weight, else with one slope: coverage is then 93 to 96 %
    down to 15 beneficiaries, where that of the plain difference, which takes no account of what matching has
    made alike, is 97 to 98 %.

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
    together = _together(design, matched, found)
    people = together.people
    X = np.column_stack([people.covariates, people.before]) if with_before else people.covariates
    choice: Choice = "asked"
    if not asked:
        adjust, X, choice = _by_size(X, people, together.weights)
    if adjust is not None and X.shape[1] == 0:
        raise EstimationError(Message("estimators.error.nothing_to_adjust"))
    strata = matched.method in _STRATA and people.clusters is None
    used: MatchedErrors = errors or ("HC3" if strata else "CR2")  # type: ignore[assignment]
    centre: Centre = "everyone" if design.estimand == "ATE" else "treated"
    y = people.after - people.before if change else people.after
    result = _estimated(together, y=y, X=X, adjust=adjust, centre=centre, errors=used)
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
            "adjust": adjust,
            "centre": centre if adjust == "lin" else None,
            "errors": used,
            "df_rule": _df_rule(used, adjust),
            "clusters": people.n_clusters() if by_cluster else 0,
            "sets": len(np.unique(together.sets[together.sets >= 0])),
            "weights": people.weights is not None,
            "matching": matched.method,
            "chosen": choice,
        },
        notes=_notes(design, matched, together, used),
        analysed=people.ids,
    )


def _estimated(
    together: _Together, *, y: Floats, X: Floats, adjust: Adjust | None, centre: Centre, errors: MatchedErrors
) -> Contrast:
    """Return the effect; its degrees of freedom are infinite for the error of Abadie and Imbens."""
    people = together.people
    if errors != "abadie_imbens":
        return difference(
            y=y,
            treated=people.treated,
            X=X,
            adjust=adjust,
            centre=centre,
            errors=errors,
            weights=together.weights,
            clusters=_clusters(together) if errors.startswith("CR") else None,
        ).contrast
    assert together.matches is not None
    if people.weights is not None:
        raise EstimationError(Message("matching.error.sampling_weights"))
    found = abadie_imbens(
        y=y, treated=people.treated, matches=together.matches, X=None if adjust is None else X
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


def _together(design: Design, matched: Matched, people: Analysed) -> _Together:
    """Keep the people who still have someone to be compared with, and weight them again."""
    place = pd.Index(matched.people).get_indexer(pd.Index(people.ids))
    sets = matched.subclass[place]
    matches: Matches | None = None
    if matched.settings.get("replace"):
        index = pd.Index(people.ids)
        of = index.get_indexer(pd.Index(matched.pairs["treated"]))
        by = index.get_indexer(pd.Index(matched.pairs["control"]))
        both = (of >= 0) & (by >= 0)
        of, by = of[both], by[both]
        share = 1 / np.bincount(of, minlength=len(index))[of]
        matches = Matches(of=of, by=by, share=share)
        balancing: Floats = np.bincount(by, share, len(index)).astype(float)
        balancing[of] = 1.0
        balancing = scaled(balancing, people.treated)
    elif (sets >= 0).any():
        sets = _with_both(sets, people.treated)
        balancing = weights_of_sets(sets=sets, treated=people.treated, on_all=design.estimand == "ATE")
    else:
        balancing = scaled(np.ones(len(place)), people.treated)
    kept = balancing > 0
    for arm, group in (("treated", people.treated), ("comparison", ~people.treated)):
        if (kept & group).sum() < 2:
            raise EstimationError(Message(f"estimators.error.too_few_{arm}"))
    if matches is not None and not kept.all():
        renumbered = np.cumsum(kept) - 1
        matches = replace(matches, of=renumbered[matches.of], by=renumbered[matches.by])
    return _Together(people=_some(people, kept), balancing=balancing[kept], sets=sets[kept], matches=matches)


def _with_both(sets: Codes, treated: Bools) -> Codes:
    """Set aside the sets that no longer have people of both groups."""
    size = int(sets.max()) + 1
    both = (np.bincount(sets[treated], minlength=size) > 0) & (
        np.bincount(sets[~treated], minlength=size) > 0
    )
    return np.where(both[sets], sets, -1)


def _some(people: Analysed, kept: Bools) -> Analysed:
    """Return some of the people, and count the others."""
    counts: list[FlowStep] = []
    for step in people.counts:
        if step.key == "analysed" and not kept.all():
            n = int((kept & (people.treated == (step.arm == "treated"))).sum())
            reason = Message("matching.reason.match_lost")
            counts.append(FlowStep(key="match_known", n=n, arm=step.arm, reason=reason))
            step = replace(step, n=n)
        counts.append(step)
    return replace(
        people,
        ids=people.ids[kept],
        treated=people.treated[kept],
        before=people.before[kept],
        after=people.after[kept],
        covariates=people.covariates[kept],
        weights=None if people.weights is None else people.weights[kept],
        clusters=None
        if people.clusters is None
        else np.unique(people.clusters[kept], return_inverse=True)[1],
        counts=tuple(counts),
    )


def _clusters(together: _Together) -> Codes | None:
    """Return the sites when the design has some, else the pairs or sets, where there are any."""
    if together.people.clusters is not None:
        return together.people.clusters
    if (together.sets >= 0).any():
        return _codes(together.sets)
    return None


def _codes(values: Codes) -> Codes:
    """Return the same groups, numbered from 0."""
    return np.asarray(np.unique(values, return_inverse=True)[1], dtype=np.intp)


def effective_size(weights: Floats) -> float:
    """Return how many people of equal weight tell as much: ``(Σ w)² / Σ w²`` (Kish)."""
    return float(weights.sum() ** 2 / (weights @ weights))


def _by_size(X: Floats, people: Analysed, weights: Floats) -> tuple[Adjust | None, Floats, Choice]:
    """Choose how to adjust, and on which columns: those that do not follow from the others."""
    t = people.treated
    smaller = min(effective_size(weights[t]), effective_size(weights[~t]))
    ones = np.ones((len(t), 1))
    if smaller >= FEWEST_FOR_SLOPES:
        own = _independent(ones[t], X[t])
        columns = own[_independent(ones[~t], X[~t][:, own])]
        if columns.size and smaller > columns.size + 1:
            return "lin", X[:, columns], "slopes"
    columns = _independent(np.column_stack([ones, t]), X)
    if columns.size and len(t) > 2 * (columns.size + 2):
        return "ancova", X[:, columns], "one_slope"
    return None, X, "none"


def _independent(first: Floats, X: Floats) -> Codes:
    """Return the columns of X that do not follow from ``first`` and the columns before them."""
    basis = list(np.linalg.qr(first)[0].T)
    found = []
    for k, x in enumerate(X.T):
        size = float(np.linalg.norm(x))
        rest = x / size if size > 0 else x
        for _ in range(2):  # twice, for digits
            for q in basis:
                rest = rest - (q @ rest) * q
        left = float(np.linalg.norm(rest))
        if left > _REDUNDANT:
            basis.append(rest / left)
            found.append(k)
    return np.array(found, dtype=np.intp)


def _notes(design: Design, matched: Matched, together: _Together, errors: str) -> tuple[Message, ...]:
    notes = []
    units = replace(design, comparable=None).units()
    if (matched.by_person[units.index[units["treated"]]] == 0).any():
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
