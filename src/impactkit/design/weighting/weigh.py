"""`weight`: weights that make the groups of a design comparable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import get_args

import numpy as np

from impactkit.cohort.cohort import WEIGHT
from impactkit.design.balance import effective_size, largest_difference
from impactkit.design.comparable import Weighted, losses_replaced
from impactkit.design.covariates import Floats, columns_at
from impactkit.design.design import Design
from impactkit.design.weighting.find import WeightMethod, find_weights
from impactkit.design.weighting.score import Bools, Target, Weights
from impactkit.design.weighting.terms import (
    Terms,
    labels_of,
    people_to_balance,
    sampling_weights,
    terms_of,
    with_every_level,
)
from impactkit.errors import DesignError, require
from impactkit.text import Label, Message

Trim = float | tuple[float, float]

# Largest standardised difference that weighting may leave and be said to balance (Stuart, Lee & Leacy 2013,
# *J. Clinical Epidemiology* 66(8)).
TOLERANCE = 0.1
# Smaller tolerances are those of exact balance, but for digits.
FINEST = 0.001
# Fewest people that those compared may be worth once weighted (project rule), or half of the beneficiaries.
FEWEST_EFFECTIVE = 20
# Weights no double can hold are kept at the least positive one: nobody is left out by rounding.
_LEAST = float(np.finfo(float).tiny)


def weight(
    design: Design,
    *,
    on: Sequence[str] | None = None,
    method: WeightMethod = "logit",
    estimand: Target | None = None,
    moments: int = 1,
    trim: Trim | None = None,
    stabilise: bool = False,
    tolerance: float = 0.0,
) -> Design:
    """Weight people so that the two groups are alike before the action; no result is read.

    Parameters
    ----------
    design : Design
        With a comparison, and one date of entry or a declared window. A matching or weighting that it already
        has is replaced: weights are found for all those declared.
    on : sequence of str, optional
        Characteristics to balance; the design's covariates by default. The outcome's own name stands for its
        value before entry.
    method : {"logit", "entropy", "cbps"}
        From the estimated probability of being a beneficiary (``"logit"``: balance is approximate); or so
        that means are exactly equal, by the weights nearest to equal (``"entropy"``) or by such a
        probability (``"cbps"``). The last two give one estimate of the ATT.
    estimand : {"ATT", "ATE", "ATO"}, optional
        Whom the weighted groups stand for: beneficiaries, everyone, or (``"logit"`` only) those who could
        have been in either group. By default beneficiaries for a design on them, else everyone.
    moments : {1, 2, 3}
        Highest power of numbers to balance.
    trim : float or (float, float), optional
        Leave people out, then weight the others anew: those whose weight exceeds this quantile of their
        group's (for example 0.99), or whose score lies outside these bounds (not for ``"entropy"``). By
        default nobody is.
    stabilise : bool
        Multiply weights from a score by the groups' shares, so that they are near 1; it changes no estimate.
    tolerance : float
        Largest standardised difference that ``"entropy"`` may leave: 0 (exact, the default), or 0.001 to 1.
        With 0.1, weights exist in many cases where none balance exactly, and rest on more people.

    Returns
    -------
    Design
        With ``comparable``, a `Weighted`: ``weights``, ``left_out`` (people of whom a characteristic is not
        known, or trimmed), ``balance()`` before and after. Its notes say when a standardised difference
        above 0.1 remains, or the weights rest on few people.

    Raises
    ------
    ValueError
        When an option is not one of those above.
    DesignError
        When there is nobody to compare with, too few people, a characteristic is constant, redundant, missing
        for all, seen in one group only, or no weights can balance: the message names it.

    References
    ----------
    `impactkit.design.weighting.score` and `impactkit.design.weighting.entropy` have them.

    Examples
    --------
    >>> import pandas as pd, impactkit as ik
    >>> frame = pd.DataFrame({
    ...     "id": range(8), "helped": [1, 1, 1, 0, 0, 0, 0, 0], "age": [30, 40, 41, 25, 30, 35, 45, 50],
    ...     "job": [1, 0, 1, 0, 1, 0, 0, 0],
    ... })
    >>> cohort = ik.cohort_from_frame(frame, unit="id", arm="helped", outcomes=["job"], covariates=["age"])
    >>> design = ik.weight(ik.declare_design(cohort, covariates=["age"]), method="entropy")
    >>> design.balance()["mean_comparison"].round(6).tolist()
    [37.0]
    """
    require(design, Design)
    target = _check(design, method=method, estimand=estimand, moments=moments, trim=trim, stabilise=stabilise)
    if tolerance and (method != "entropy" or not FINEST <= tolerance < 1):
        raise ValueError(f"tolerance is 0, or between {FINEST} and 1 with method='entropy'")
    labels = labels_of(design, on)
    people, treated, reasons = _people(design, labels)

    def find() -> Weights:
        inside = reasons == ""
        terms, sampling = _terms(design, labels, inside, moments=moments, every_level=tolerance > 0)
        return find_weights(
            terms,
            labels,
            treated=treated[inside],
            weights=sampling,
            method=method,
            target=target,
            stabilise=stabilise,
            tolerance=tolerance,
        )

    found = find()
    if trim is not None:
        kept = reasons == ""
        out = _trimmed(found, treated[kept], trim)
        if out.any():
            reasons[np.flatnonzero(kept)[out]] = "score_outside" if isinstance(trim, tuple) else "weight_high"
            found = find()
    kept = reasons == ""
    values = np.maximum(found.w, _LEAST)
    notes, sizes = _judge(design, labels, kept, values, target)
    notes[:0] = losses_replaced(design.comparable)
    if (reasons == "covariate_missing").any():
        notes.insert(0, Message("weighting.note.covariate_missing"))
    if np.isin(reasons, ("score_outside", "weight_high")).any():
        notes.insert(0, Message("weighting.note.trimmed"))
    comparable = Weighted(
        method=method,
        settings={
            "estimand": target,
            "moments": moments,
            "trim": trim,
            "stabilise": stabilise,
            "tolerance": tolerance,
        }
        | sizes,
        on=tuple(labels),
        people=people,
        weights=_spread(values, kept),
        reasons=reasons,
        notes=tuple(notes),
        owed=tuple(owed.among(np.flatnonzero(kept), len(people)) for owed in found.owed),
        score=None if found.score is None else _spread(found.score, kept, missing=np.nan),
    )
    # Roles of an ITT stay those of the offer; a design has no name for the ATO, which `comparable` keeps.
    if target == "ATO" or design.estimand == "ITT":
        return replace(design, comparable=comparable)
    return replace(design, comparable=comparable, estimand=target)


def _people(design: Design, labels: dict[str, Label]) -> tuple[np.ndarray, Bools, np.ndarray]:
    """Return everyone, who is a beneficiary, and why some cannot be weighted ("" for the others)."""
    units = people_to_balance(design, tuple(labels))
    for name, label in labels.items():
        if units[name].isna().all():
            raise DesignError(Message("weighting.error.constant", {"name": label}))
    reasons = np.full(len(units), "", dtype=object)
    reasons[units[list(labels)].isna().any(axis=1).to_numpy()] = "covariate_missing"
    return units.index.to_numpy(), units["treated"].to_numpy(), reasons


def _terms(
    design: Design, labels: dict[str, Label], inside: Bools, *, moments: int, every_level: bool
) -> tuple[Terms, Floats]:
    """Return the columns to balance and the sampling weights of those weighted.

    The table of people is made here and left: held during the search, it would double what is in memory.
    """
    units = people_to_balance(design, tuple(labels))
    kept = units if inside.all() else units[inside]
    sampling = sampling_weights(kept)
    terms = terms_of(kept, labels, moments=moments, weights=sampling)
    if every_level:
        terms = with_every_level(terms, kept, labels, weights=sampling)
    return terms, sampling


def _check(
    design: Design,
    *,
    method: WeightMethod,
    estimand: Target | None,
    moments: int,
    trim: Trim | None,
    stabilise: bool,
) -> Target:
    """Refuse options that do not go together, and return whom the weights stand for."""
    if method not in get_args(WeightMethod):
        raise ValueError(f"unknown method {method!r}: expected one of {', '.join(get_args(WeightMethod))}")
    if estimand not in (None, *get_args(Target)):
        raise ValueError(f"unknown estimand {estimand!r}: expected one of {', '.join(get_args(Target))}")
    target: Target = estimand or ("ATT" if design.estimand == "ATT" else "ATE")
    if target == "ATO" and method != "logit":
        raise ValueError(f"the ATO needs the score of a logit, not {method!r}")
    if moments not in (1, 2, 3):
        raise ValueError("moments must be 1, 2 or 3")
    if stabilise and (method == "entropy" or target == "ATO"):
        raise ValueError("stabilise is for weights from a score, for the ATT or the ATE")
    if isinstance(trim, tuple):
        if method == "entropy":
            raise ValueError(
                "entropy balancing has no score: trim by a quantile of the weights, such as 0.99"
            )
        if len(trim) != 2 or not 0 <= trim[0] < trim[1] <= 1:
            raise ValueError("trim by score is (low, high), between 0 and 1")
    elif trim is not None and not 0 < trim < 1:
        raise ValueError("trim by weight is a quantile, between 0 and 1")
    if design.comparison == "none":
        raise DesignError(Message("design.error.no_comparison"))
    if design.staggered:
        raise DesignError(Message("weighting.error.several_entries"))
    return target


def _trimmed(found: Weights, treated: Bools, trim: Trim) -> Bools:
    if isinstance(trim, tuple):
        assert found.score is not None
        return (found.score < trim[0]) | (found.score > trim[1])
    limits = [np.quantile(found.w[treated == arm], trim) for arm in (True, False)]
    return np.asarray(found.w > np.where(treated, *limits) * (1 + 1e-12))


def _judge(
    design: Design, labels: dict[str, Label], kept: Bools, values: Floats, target: Target
) -> tuple[list[Message], dict[str, object]]:
    """Say what the weights leave to be desired; never call balanced what is not."""
    rows, members = design.cohort.rows, design.everyone.members().keep(kept)
    before, treated = design.known_from(members.people), members.treated
    known = WEIGHT in rows.frame
    sampling = rows.numbers(WEIGHT, rows.first[members.people]) if known else np.ones(len(values))
    differences = {
        # One at a time: few columns are held at once.
        name: largest_difference(
            columns_at(rows, before, (name,)),
            treated=treated,
            sampling=sampling,
            by_treated=target == "ATT",
            balancing=values,
        )
        for name in labels
    }
    largest = max(differences.values())
    total = values * (sampling / sampling.mean())
    sizes = [effective_size(total[group]) for group in (treated, ~treated)]
    notes = []
    apart = [name for name, difference in differences.items() if difference > TOLERANCE]
    if apart:
        names = Label(
            *(", ".join(labels[name].text(language) for name in apart) for language in ("fr", "en"))
        )
        notes.append(Message("weighting.note.not_balanced", {"names": names}))
    notes += few_effective(treated=sizes[0], comparison=sizes[1])
    if target == "ATO":
        notes.append(Message("weighting.note.overlap_population"))
    found = {"largest_difference": largest, "effective_treated": sizes[0], "effective_comparison": sizes[1]}
    return notes, dict(found)


def few_effective(*, treated: float, comparison: float) -> list[Message]:
    """Say when those compared, once weighted, are worth few people; no number below 20, it may be a count.

    Parameters
    ----------
    treated, comparison : float
        Effective sizes of the groups.
    """
    if comparison < FEWEST_EFFECTIVE:
        return [Message("weighting.note.few_effective.under", {"limit": FEWEST_EFFECTIVE})]
    if comparison < treated / 2:
        return [Message("weighting.note.few_effective.about", {"n": int(comparison)})]
    return []


def _spread(values: Floats, kept: Bools, *, missing: float = 0.0) -> Floats:
    """Return an array over everyone: ``missing`` for those left out."""
    whole = np.full((len(kept), *values.shape[1:]), missing)
    whole[kept] = values
    return whole
