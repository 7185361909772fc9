"""The outcome after, between beneficiaries and those they are compared with."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np

from impactkit.design.comparable import Matched, Weighted
from impactkit.design.design import Design
from impactkit.errors import EstimationError, require
from impactkit.estimators.analysed import cluster_notes, error_settings, group_means, people_analysed
from impactkit.estimators.arms import Adjust, Centre, difference, refuse_no_variation
from impactkit.estimators.available import left_out
from impactkit.estimators.groups.beside import companions_of_kind, plain_companions
from impactkit.estimators.groups.matched import estimate_matched
from impactkit.estimators.groups.weighted import estimate_weighted
from impactkit.estimators.groups.within_blocks import compare_within_blocks
from impactkit.estimators.inference.linear import Errors
from impactkit.estimators.refuse import refuse_comparable
from impactkit.estimators.result import Companion, Effect, Estimate
from impactkit.text import Message


def compare_groups(
    design: Design,
    *,
    adjust: Adjust | None = None,
    errors: Errors | Literal["influence", "abadie_imbens"] | None = None,
    blocks: str | None = None,
) -> Estimate:
    """Estimate the difference in the outcome after entry between the two groups.

    With T for beneficiaries and X the covariates of the design, then the outcome before entry when the window
    has a time before, it is the coefficient of T in

    - ``adjust=None``: ``after ~ 1 + T``, the difference in means; covariates are not used;
    - ``adjust="ancova"``: ``after ~ 1 + T + X``, one slope for both groups;
    - ``adjust="lin"``: ``after ~ 1 + T + (X - x̄) + T (X - x̄)``, slopes of each group (Lin 2013). The centre
      ``x̄`` is the mean of everyone when the estimand is the ATE or the ITT or lots were drawn, else that of
      beneficiaries, for the effect on them.

    Everyone whose outcome after (and, when adjusting, covariates and outcome before) is known is analysed.
    Sampling weights weight the regression. When lots were drawn and the outcome before is not known for some,
    ``alternatives`` holds the ANCOVA of everyone known after (``"imputed_baseline"``), with the mean in its
    place and a column that tells for whom (White & Thompson 2005): what was not known before the lots were
    drawn cannot bias.

    After `weight`, the regression is weighted; when neither ``adjust`` nor ``errors`` is given, the size of
    the smaller group chooses between them (`groups.weighted.estimate_weighted`).

    After `match`, the regression is weighted by the matching, and errors are by pair or set; when neither
    ``adjust`` nor ``errors`` is given, it is adjusted (`groups.matched.estimate_matched`).

    Parameters
    ----------
    design : Design
        With a comparison.
    adjust : {"lin", "ancova"}, optional
    errors : {"CR2", "CR3", "CR1", "CR0", "HC3", "HC2", "HC1", "HC0", "classic", "wild", "randomisation", \
"influence", "abadie_imbens"}
        By default CR2 with Bell-McCaffrey degrees of freedom when the design has clusters; with fewer than 40
        of them, or 6 treated ones, the p-value and the interval are the most cautious of CR2, of the wild
        bootstrap and of the draw replayed (see `headline.headline`). Without clusters, HC2: with
        Welch's degrees of freedom for the difference in means, the residual ones when adjusting. HC and
        classic errors set clusters aside. Without clusters, the others take each person as her own. CR3 is
        the jackknife; ``"wild"`` and ``"randomisation"`` give the p-value and the interval of the wild
        bootstrap and of the draw replayed (`few_clusters`), the standard error staying CR2's. With
        fewer than 40 clusters, or 6 treated ones, ``alternatives`` holds both in any case.
    blocks : str, optional
        The covariate within whose levels lots were drawn (or pairs, when each has one person, or cluster, of
        each group): the difference is then that of each block, averaged by its people
        (`blocks.blocked_difference`). It goes with no adjustment and the default errors.

    Returns
    -------
    Estimate
        ``settings`` has ``adjust``, ``centre`` (of ``"lin"``), ``errors``, ``df_rule``, ``laws`` (those that
        the headline rests on), ``clusters`` (their number; 0 when each person is her own) and ``weights``.
        For the plain difference, ``alternatives`` has ``newcombe``, ``miettinen_nurminen`` and ``fisher``
        (yes/no outcome) or ``permutation`` (a number, when all splits can be counted); and, for a variable
        whose ``kind`` the study file says, ``rate_ratio`` (count) or ``superiority`` and ``cumulative_odds``
        (ordinal).

    Raises
    ------
    ValueError
        When ``adjust`` or ``errors`` is not one of those above.
    EstimationError
        When there is nobody to compare with, fewer than two people (or clusters) are analysed in a group,
        nothing varies, covariates are redundant or too many.

    References
    ----------
    Lin (2013), *Annals of Applied Statistics* 7(1). White & Thompson (2005), *Stat. Med.* 24(7).
    The same numbers as R's ``estimatr``: ``difference_in_means``, ``lm_robust`` and ``lm_lin``.

    Examples
    --------
    >>> import pandas as pd, impactkit as ik
    >>> frame = pd.DataFrame({"id": range(6), "helped": [1, 1, 1, 0, 0, 0], "score": [5, 6, 7, 3, 4, 5]})
    >>> cohort = ik.cohort_from_frame(frame, unit="id", arm="helped", outcomes=["score"])
    >>> round(ik.compare_groups(ik.declare_design(cohort)).effect.value, 6)
    2.0
    """
    require(design, Design)
    if adjust not in (None, *get_args(Adjust)):
        raise ValueError(f"unknown adjust {adjust!r}: expected one of None, {', '.join(get_args(Adjust))}")
    known = (*get_args(Errors), "influence", "abadie_imbens")
    if errors not in (None, *known):
        raise ValueError(f"unknown errors {errors!r}: expected one of {', '.join(known)}")
    if design.comparison == "none":
        raise EstimationError(Message("estimators.error.no_comparison"))
    if isinstance(design.comparable, Weighted) and errors != "abadie_imbens":
        return estimate_weighted(design, method="compare_groups", adjust=adjust, errors=errors)
    if isinstance(design.comparable, Matched) and errors != "influence":
        return estimate_matched(design, method="compare_groups", adjust=adjust, errors=errors)
    if errors == "influence":
        raise ValueError("errors 'influence' are for weighted groups: see weight")
    if errors == "abadie_imbens":
        raise ValueError("errors 'abadie_imbens' are for people matched with replacement: see match")
    refuse_comparable(design)
    if design.staggered:
        raise EstimationError(Message("estimators.error.several_entries"))
    if blocks is not None:
        if adjust is not None or errors is not None:
            raise EstimationError(Message("groups.error.blocks_plain"))
        return compare_within_blocks(design, blocks=blocks)
    adjusting = adjust is not None
    people = people_analysed(design, baseline=adjusting and design.has_baseline, covariates=adjusting)
    if np.ptp(people.after) <= 1e-12 * np.abs(people.after).max():
        raise EstimationError(Message("estimators.error.no_variation"))
    X = people.covariates
    if adjusting and design.has_baseline:
        X = np.column_stack([X, people.before])
    if adjusting and X.shape[1] == 0:
        raise EstimationError(Message("estimators.error.nothing_to_adjust"))
    cautious = errors is None
    errors = errors or ("HC2" if people.clusters is None else "CR2")
    centre: Centre = (
        "treated" if design.estimand == "ATT" and design.comparison != "randomised" else "everyone"
    )
    result = difference(
        y=people.after,
        treated=people.treated,
        X=X,
        adjust=adjust,
        centre=centre,
        errors=errors,
        weights=people.weights,
        clusters=people.clusters,
    )
    headline = result.headline(cautious=cautious)
    refuse_no_variation(result.contrast, people.after)
    imputed = None
    if adjusting and design.comparison == "randomised" and left_out(people.counts):
        imputed = _imputed(design, errors)
    plain = not adjusting and people.weights is None and people.clusters is None and design.comparable is None
    beside: tuple[Companion, ...] = ()
    if plain:
        y, treated, asked = people.after, people.treated, design.variable
        beside = (
            *companions_of_kind(y=y, treated=treated, kind=asked.kind),
            *plain_companions(y=y, treated=treated, binary=asked.type == "boolean"),
        )
    notes = [*cluster_notes(people, errors), *headline.notes]
    if design.covariates and not adjusting:
        notes.append(Message("estimators.note.covariates_unused"))
    return Estimate(
        design=design,
        method="compare_groups",
        effect=Effect(
            term=design.estimand,
            value=result.contrast.value,
            std_error=result.contrast.std_error,
            reference=headline.reference,
            n_treated=people.n_treated,
            n_comparison=people.n_comparison,
        ),
        means=group_means(people),
        counts=people.counts,
        settings={"adjust": adjust, "centre": centre if adjust == "lin" else None}
        | error_settings(people, errors=errors, df_rule=result.df_rule, laws=headline.laws),
        notes=tuple(notes),
        analysed=people.ids,
        companions=(*headline.companions, *beside, *(() if imputed is None else (imputed,))),
    )


def _imputed(design: Design, errors: Errors) -> Companion | None:
    """Return the ANCOVA with everyone known after, the mean standing for an outcome before not known."""
    try:
        people = people_analysed(design, baseline=False, covariates=True)
        unknown = np.isnan(people.before)
        if not unknown.any() or unknown.all():
            return None
        before = np.where(unknown, np.nanmean(people.before), people.before)
        result = difference(
            y=people.after,
            treated=people.treated,
            X=np.column_stack([people.covariates, before, unknown.astype(float)]),
            adjust="ancova",
            centre="everyone",
            errors=errors,
            weights=people.weights,
            clusters=people.clusters,
        )
    except EstimationError:  # it stands beside, and refuses nothing
        return None
    found = result.contrast
    if not found.std_error > 1e-12 * float(np.abs(people.after).max()):
        return None
    effect = Effect(
        term=design.estimand,
        value=found.value,
        std_error=found.std_error,
        reference=result.headline().reference,
        n_treated=people.n_treated,
        n_comparison=people.n_comparison,
    )
    return Companion.of("imputed_baseline", effect)
