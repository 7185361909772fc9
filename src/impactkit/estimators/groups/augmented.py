"""Regression and weighting together: right when either is (augmented inverse-probability weighting)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import expit

from impactkit.design.balance import effective_size
from impactkit.design.comparable import NOT_FOLLOWED, Comparable
from impactkit.design.design import Design
from impactkit.design.logit import fit_chance
from impactkit.design.weighting.weigh import few_effective
from impactkit.errors import EstimationError, require
from impactkit.estimators.analysed import Analysed, cluster_notes, group_means, people_analysed
from impactkit.estimators.arms import refuse_no_variation
from impactkit.estimators.groups.weighted_fit import spread_of
from impactkit.estimators.inference.linear import FULL_LEVERAGE, Floats, fit
from impactkit.estimators.result import Effect, Estimate, StudentT
from impactkit.text import Message

Bools = npt.NDArray[np.bool_]
On = Literal["ATT", "ATE"]

# Below so many people in the smaller group, residuals are those of a fit without the person (HC3's): the fit
# of few people follows them too closely, and intervals would be too short (docs/validation/weighting.md).
FEWEST_FOR_PLAIN_RESIDUALS = 100


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Augmented:
    """An effect, what each person adds to its error, and the weights of those who stand for the target.

    Attributes
    ----------
    value : float
    parts : (n,) array
        Their squares sum to the variance.
    weights : (n,) array
        With which residuals are weighted: 1 for beneficiaries and their odds for the others (ATT), inverse
        probabilities (ATE).
    """

    value: float
    parts: Floats
    weights: Floats


def augmented(
    *, y: Floats, treated: Bools, X: Floats, weights: Floats, on: On, without_oneself: bool = False
) -> Augmented:
    """Estimate the effect by regressions in each group and a logit.

    With e the score, m1 and m0 the regressions in each group and n1 the number of beneficiaries::

        ATE = mean of m1 - m0 + T (y - m1) / e - (1 - T) (y - m0) / (1 - e)
        ATT = 1/n1 sum of T (y - m0) - (1 - T) e / (1 - e) (y - m0)

    The influence of a person is her term less the effect (times T n / n1 for the ATT): that of the score and
    of the regressions vanishes when both are right.

    Parameters
    ----------
    y : (n,) array
    treated : (n,) array of bool
    X : (n, p) array
        Without a constant.
    weights : (n,) array
        Sampling weights.
    on : {"ATT", "ATE"}
    without_oneself : bool
        In the influence, divide the residuals of a regression by one less the leverage.

    Raises
    ------
    EstimationError
        When there are too few people for the columns, columns are redundant, or they separate the groups.
    """
    n = len(y)
    s = weights / weights.mean()
    centred = X - s @ X / n
    size = np.sqrt(s @ centred**2 / n)
    Z = np.column_stack([np.ones(n), centred / np.where(size > 0, size, 1.0)])
    m0, r0 = _regression(y, ~treated, Z, s, without_oneself)
    fitted = fit_chance(X=Z, treated=treated, weights=s)
    if not fitted.converged:
        raise EstimationError(Message("weighting.error.separated_fit"))
    score = np.asarray(expit(fitted.index))
    if on == "ATT":
        w = np.where(treated, 1.0, np.exp(np.where(treated, 0.0, fitted.index)))
        signed = s * w * np.where(treated, 1.0, -1.0)
        share = float(s @ treated) / n
        value = float(signed @ (y - m0)) / (n * share)
        own = np.where(treated, y - m0 - value, r0)
        return Augmented(value=value, parts=signed * own / (n * share), weights=w)
    m1, r1 = _regression(y, treated, Z, s, without_oneself)
    w = 1 / np.where(treated, score, 1 - score)
    plain = m1 - m0 + w * np.where(treated, y - m1, -(y - m0))
    value = float(s @ plain) / n
    terms = m1 - m0 + w * np.where(treated, r1, -r0) - value
    return Augmented(value=value, parts=s * terms / n, weights=w)


def _regression(
    y: Floats, group: Bools, Z: Floats, s: Floats, without_oneself: bool
) -> tuple[Floats, Floats]:
    """Return the prediction of a group's regression for everyone, and the residuals of the group."""
    fitted = fit(X=Z[group], y=y[group], weights=s[group])
    predicted = Z @ fitted.coef
    residuals = y - predicted
    if without_oneself:
        leverage = np.einsum("ij,ij->i", fitted.Q, fitted.Q)
        if leverage.max() > FULL_LEVERAGE:
            raise EstimationError(Message("estimators.error.rests_on_one"))
        residuals[group] /= 1 - leverage
    return predicted, residuals


def doubly_robust(design: Design, *, estimand: On | None = None) -> Estimate:
    """Estimate the difference in the outcome after entry, by regression and weighting together.

    A regression of the outcome in each group and a logit of the group on the characteristics (those of the
    design, and the outcome before entry when there is a time before) are combined so that the effect is right
    when either is (Robins, Rotnitzky & Zhao 1994). No weight is clipped and nobody is left out for hers.

    Everyone whose outcome after and characteristics are known is analysed. Errors come from the influence of
    each person, summed by cluster when the design has clusters (factor G / (G - 1)), and are referred to
    Student's law with Welch's degrees of freedom (G - 1 with clusters). When the smaller group has fewer than
    100 people, the residuals of a regression are those of a fit without the person.

    Parameters
    ----------
    design : Design
        With a comparison and characteristics, neither matched nor weighted.
    estimand : {"ATT", "ATE"}, optional
        The effect on beneficiaries, or on everyone. By default the design's; on everyone for an ITT.

    Returns
    -------
    Estimate
        Its ``design`` carries the weights of the estimate, so that balance is judged, and means are shown,
        with them. ``settings`` has ``estimand``, ``errors``, ``df_rule``, ``clusters``, ``weights``,
        ``residuals``. A note says when the people compared, once weighted, are worth few.

    Raises
    ------
    ValueError
        When ``estimand`` is not one of those above.
    EstimationError
        When the design is matched or weighted, there is nobody to compare with, no characteristic, fewer than
        two people (or clusters) in a group, nothing varies, characteristics are redundant, too many, or
        separate the groups.

    References
    ----------
    Robins, Rotnitzky & Zhao (1994), *JASA* 89(427). Lunceford & Davidian (2004), *Statistics in Medicine*
    23(19). Sant'Anna & Zhao (2020), *J. of Econometrics* 219(1), for the effect on beneficiaries.

    Examples
    --------
    >>> import pandas as pd, impactkit as ik
    >>> frame = pd.DataFrame({
    ...     "id": range(10), "helped": [1, 1, 1, 1, 0, 0, 0, 0, 0, 0],
    ...     "age": [30, 40, 41, 29, 25, 30, 35, 45, 50, 38], "score": [5, 6, 7, 6, 3, 4, 4, 5, 6, 4],
    ... })
    >>> cohort = ik.cohort_from_frame(frame, unit="id", arm="helped", outcomes=["score"], covariates=["age"])
    >>> round(ik.doubly_robust(ik.declare_design(cohort, covariates=["age"])).effect.value, 2)
    1.89
    """
    require(design, Design)
    if estimand not in (None, *get_args(On)):
        raise ValueError(f"unknown estimand {estimand!r}: expected one of {', '.join(get_args(On))}")
    if design.comparison == "none":
        raise EstimationError(Message("estimators.error.no_comparison"))
    if design.comparable is not None:  # it weights people itself
        raise EstimationError(Message("groups.error.doubly_robust_comparable"))
    if design.staggered:
        raise EstimationError(Message("estimators.error.several_entries"))
    on: On = estimand or ("ATT" if design.estimand == "ATT" else "ATE")
    people = people_analysed(design, baseline=design.has_baseline, covariates=True)
    X = people.covariates
    if design.has_baseline:
        X = np.column_stack([X, people.before])
    if X.shape[1] == 0:
        raise EstimationError(Message("estimators.error.nothing_to_adjust"))
    sampling = np.ones(len(X)) if people.weights is None else people.weights
    few = min(people.n_treated, people.n_comparison) < FEWEST_FOR_PLAIN_RESIDUALS
    found = augmented(
        y=people.after, treated=people.treated, X=X, weights=sampling, on=on, without_oneself=few
    )
    result = spread_of(found.value, found.parts, treated=people.treated, clusters=people.clusters)
    refuse_no_variation(result, people.after)
    total = found.weights * sampling
    effective = effective_size(total[~people.treated])
    notes = cluster_notes(people, "CR1")
    notes += few_effective(treated=effective_size(total[people.treated]), comparison=effective)
    return Estimate(
        design=replace(
            design,
            comparable=_comparable(design, people, found.weights, on),
            estimand="ITT" if design.estimand == "ITT" else on,
        ),
        method="doubly_robust",
        effect=Effect(
            term=on,
            value=result.value,
            std_error=result.std_error,
            reference=StudentT(result.df),
            n_treated=people.n_treated,
            n_comparison=people.n_comparison,
        ),
        means=group_means(replace(people, weights=total)),
        counts=people.counts,
        settings={
            "estimand": on,
            "errors": "influence",
            "df_rule": "welch" if people.clusters is None else "clusters",
            "clusters": people.n_clusters(),
            "weights": people.weights is not None,
            "residuals": "without_oneself" if few else "plain",
        },
        notes=tuple(notes),
        analysed=people.ids,
    )


def _comparable(design: Design, people: Analysed, weights: Floats, on: On) -> Comparable:
    """Return the weights of an estimate, by which its groups are alike: 0 for those not analysed."""
    units = design.units()
    rows = units.index.get_indexer(pd.Index(people.ids))
    w = np.zeros(len(units))
    w[rows] = weights
    names = (*([design.outcome] if design.has_baseline else []), *design.covariates)
    needed = [*(["baseline"] if design.has_baseline else []), *design.covariates]
    reasons = np.where(units[needed].isna().any(axis=1), "covariate_missing", NOT_FOLLOWED).astype(object)
    reasons[rows] = ""
    return Comparable(
        method="doubly_robust",
        settings={"estimand": on},
        on=names,
        people=units.index.to_numpy(),
        weights=w,
        reasons=reasons,
    )
