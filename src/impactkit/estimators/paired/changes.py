"""Before and after for the same people: a change, which nothing allows to attribute."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from impactkit.cohort.cohort import PERIOD, UNIT
from impactkit.cohort.steps import kept_of
from impactkit.design.design import Design
from impactkit.errors import EstimationError, require
from impactkit.estimators.analysed import (
    Analysed,
    cluster_notes,
    error_settings,
    group_means,
    people_analysed,
)
from impactkit.estimators.arms import df_rule, refuse_no_variation
from impactkit.estimators.available import available_change, left_out
from impactkit.estimators.headline import headline
from impactkit.estimators.inference.exact import sign_flip, signed_rank
from impactkit.estimators.inference.few_clusters import are_few, wild_bootstrap
from impactkit.estimators.inference.linear import Floats, FormulaErrors, fit
from impactkit.estimators.paired.count_ratio import paired_counts
from impactkit.estimators.paired.earlier import mean_change, only, since_earlier
from impactkit.estimators.paired.mcnemar import paired_shares
from impactkit.estimators.refuse import refuse_comparable
from impactkit.estimators.result import Companion, Effect, Estimate, Inversion, Transitions
from impactkit.text import Message

# Up to here the law of changes matters to the t test, and its alternatives are computed at once.
FEW_PEOPLE = 200
# More levels than this are a measure, not a scale of answers.
MOST_LEVELS = 10


def before_after(design: Design, *, trend: bool = False) -> Estimate:
    """Estimate the mean change of beneficiaries between the two times of the window.

    It is a change, not an effect: what would have happened without the action is not known. People seen at
    both times are analysed. With ``d`` the change of a person, the (weighted) mean of ``d`` and

    - with one cluster per person, the paired t test: standard error ``sd(d) / sqrt(n)``, n - 1 degrees of
      freedom;
    - with clusters, CR2 errors and Bell-McCaffrey degrees of freedom of the regression ``d ~ 1``. With fewer
      than 40 clusters, the p-value and the interval are the more cautious of these and of the wild bootstrap
      by cluster (``"wild"`` in ``alternatives``).

    With ``trend=True``, ``d`` is the distance of the outcome after from where the person's own straight line
    through all times up to the time before was heading: with these times ``t_k`` (at least two), their mean
    ``t̄`` and the time after ``t``,

    ``d = y(t) - Σ_k w_k y(t_k)``, ``w_k = 1/K + (t - t̄)(t_k - t̄) / Σ_j (t_j - t̄)²``

    (``y(1) - 2 y(0) + y(-1)`` for two times before). It takes out any straight trend, of each person; it adds
    the noise of the lines: with noise of variance v at each time, ``Var(d)`` is ``v (1 + Σ w_k²)``, 6 v
    instead of 2 v with two times before. People known at all these times are analysed.

    Beside the headline, ``alternatives`` holds, for people each on her own and without weights:

    - with a yes/no outcome, McNemar's exact p-value and mid-p, and Newcombe's interval;
    - with any other outcome and up to 200 people, the exact sign-flip test and Wilcoxon's, with the
      Hodges-Lehmann estimate;
    - when outcomes can be counts of events (whole, none negative, some 0), the ratio of the totals after and
      before, which is not in the outcome's unit, and its exact test.

    With clusters or weights and up to 200 of them: the sign-flip test of their total changes. `exact`,
    `mcnemar` and `count_ratio` have the formulas. When people are left out for a missing outcome, also the
    change with all the outcomes known (``"available"``), each mean being over those known at its time.

    Parameters
    ----------
    design : Design
        Its comparison, if it has one, is not used; neither are its covariates.
    trend : bool
        Whether to take out each person's own trend before entry.

    Returns
    -------
    Estimate
        Its effect's term is ``"change"``, or ``"change_from_trend"``. ``transitions`` counts people from each
        level to each level when the outcome has at most ten. ``settings["trend_points"]`` counts the times
        before that make the trend, 0 without. When there is a time before the window's, ``alternatives``
        holds the change since then (``"earlier_baseline"``), which people's choice of a bad moment to enter
        does not swell, and how far they had moved in between (``"expected_return"``): as far as they would
        come back without any action if chance alone had moved them; a note says so when it matters.

    Raises
    ------
    EstimationError
        When the design has no time before (or, with ``trend``, fewer than two), fewer than two beneficiaries
        (or clusters) are analysed, or all change by the same amount.

    Examples
    --------
    >>> import pandas as pd, impactkit as ik
    >>> frame = pd.DataFrame({"id": [1, 2, 3] * 2, "time": [0] * 3 + [1] * 3, "score": [3, 4, 5, 5, 5, 8]})
    >>> cohort = ik.cohort_from_frame(frame, unit="id", period="time", outcomes=["score"])
    >>> ik.before_after(ik.declare_design(cohort)).effect.value
    2.0
    """
    require(design, Design)
    refuse_comparable(design)
    if design.staggered:
        raise EstimationError(Message("estimators.error.several_entries"))
    people = people_analysed(design, baseline=True, covariates=False, arms=("treated",))
    expected, points = people.before, 0
    if trend:
        people, expected, points = _own_trends(design, people)
    errors: FormulaErrors = "HC2" if people.clusters is None else "CR2"
    change = people.after - expected
    result = mean_change(change, people)
    refuse_no_variation(result, expected, people.after)
    first = headline(errors, df=result.df, tests=_for_few_clusters(change, people), cautious=True)
    available = None
    if left_out(people.counts) and not trend:
        available = available_change(design, compared=False)
    earlier = None if trend else since_earlier(design, people)
    notes = cluster_notes(people, errors)
    if earlier is not None and earlier.dipped:
        notes.append(Message("estimators.paired.moved_before"))
    if design.covariates:
        notes.append(Message("estimators.note.covariates_unused"))
    if trend:
        notes.append(Message("estimators.note.from_trend", {"points": points}))
    return Estimate(
        design=design,
        method="before_after",
        effect=Effect(
            term="change_from_trend" if trend else "change",
            value=result.value,
            std_error=result.std_error,
            reference=first.reference,
            n_treated=people.n_treated,
            n_comparison=0,
        ),
        means=group_means(people),
        counts=people.counts,
        settings={"adjust": None, "trend_points": points}
        | error_settings(people, errors=errors, df_rule=df_rule(errors), laws=first.laws),
        notes=(*notes, *first.notes),
        analysed=people.ids,
        companions=first.companions
        + _companions(
            people,
            change,
            yes_no=design.variable.type == "boolean" and not trend,
            counts=design.variable.type == "number" and not trend,
        )
        + (() if available is None else (available,))
        + (() if earlier is None else earlier.companions),
        transitions=_transitions(people),
    )


def _for_few_clusters(change: Floats, people: Analysed) -> dict[str, Inversion]:
    """Return the wild bootstrap of the mean change, by name, when clusters are few: all are treated."""
    n = people.n_clusters()
    if people.clusters is None or not are_few(n, n):
        return {}
    fitted = fit(X=np.ones((len(change), 1)), y=change, weights=people.weights)
    return {"wild": wild_bootstrap(fitted, np.ones(1), clusters=people.clusters)}


def _companions(people: Analysed, change: Floats, *, yes_no: bool, counts: bool) -> tuple[Companion, ...]:
    """Return what methods for few people say of the mean change."""
    if people.clusters is not None or people.weights is not None:
        total, size = _totals(people, change)
        # The totals of clusters may all be zero though changes are not: there is then nothing to turn round.
        return (_sign_flip(total, size),) if len(total) <= FEW_PEOPLE and np.any(total) else ()
    if yes_no:
        return _of_shares(people)
    ratio = _of_counts(people) if counts else ()
    if len(change) > FEW_PEOPLE:
        return ratio
    ranks = signed_rank(change=change)
    return (
        _sign_flip(change, np.ones_like(change)),
        Companion(
            label="hodges_lehmann",
            value=ranks.value,
            low=ranks.low,
            high=ranks.high,
            p_value=ranks.p_value,
        ),
        *ratio,
    )


def _totals(people: Analysed, change: Floats) -> tuple[Floats, Floats]:
    """Return the change and the number (or weight) of each cluster, or of each person."""
    weights = np.ones_like(change) if people.weights is None else people.weights
    if people.clusters is None:
        return change * weights, weights
    return (
        np.bincount(people.clusters, weights=change * weights).astype(float),
        np.bincount(people.clusters, weights=weights).astype(float),
    )


def _sign_flip(total: Floats, size: Floats) -> Companion:
    found = sign_flip(change=total, size=size)
    return Companion(
        label="sign_flip", value=found.value, low=found.low, high=found.high, p_value=found.p_value
    )


def _of_counts(people: Analysed) -> tuple[Companion, ...]:
    """Return the ratio of the totals when outcomes can be counts of events: whole, none negative, some 0."""
    both = np.concatenate([people.before, people.after])
    if both.min() != 0 or np.any(both % 1):
        return ()
    try:
        found = paired_counts(before=people.before, after=people.after)
    except EstimationError:  # no event on a side: it stands beside, and refuses nothing
        return ()
    return (
        Companion(
            label="count_ratio", value=found.value, low=found.low, high=found.high, p_value=found.p_value
        ),
        Companion(label="count_ratio_exact", p_value=found.p_exact),
    )


def _of_shares(people: Analysed) -> tuple[Companion, ...]:
    before, after = people.before == 1, people.after == 1
    found = paired_shares(
        both=int((before & after).sum()),
        gained=int((~before & after).sum()),
        lost=int((before & ~after).sum()),
        neither=int((~before & ~after).sum()),
    )
    return (
        Companion(label="mcnemar_exact", p_value=found.p_exact),
        Companion(label="mcnemar_mid_p", p_value=found.p_mid),
        Companion(label="newcombe", value=found.value, low=found.low, high=found.high),
    )


def _transitions(people: Analysed) -> Transitions | None:
    levels, codes = np.unique(np.concatenate([people.before, people.after]), return_inverse=True)
    k, n = len(levels), len(people.after)
    if k > MOST_LEVELS:
        return None
    counts = np.bincount(codes[:n] * k + codes[n:], minlength=k * k).reshape(k, k)
    return Transitions(
        levels=tuple(float(level) for level in levels),
        counts=tuple(tuple(int(count) for count in row) for row in counts),
    )


def _own_trends(design: Design, people: Analysed) -> tuple[Analysed, Floats, int]:
    """Keep the people known at all times before, with where each one's line was heading at the time after."""
    panel = design.cohort.panel
    times = np.array(sorted(time for time in design.cohort.periods if time <= design.window[0]), dtype=float)
    if len(times) < 2:
        raise EstimationError(Message("estimators.error.no_trend"))
    earlier = panel[panel[PERIOD].isin(times)].set_index([UNIT, PERIOD])[design.outcome]
    wide = earlier.unstack(PERIOD).reindex(people.ids)[times].to_numpy(dtype=float)
    kept = ~np.isnan(wide).any(axis=1)
    centred = times - times.mean()
    weights = 1 / len(times) + (design.window[1] - times.mean()) * centred / (centred @ centred)
    return _only(people, kept), np.asarray(wide[kept] @ weights), len(times)


def _only(people: Analysed, kept: np.ndarray) -> Analysed:
    """Return these people alone, and count the others as lost for want of a trend."""
    *steps, last = people.counts
    analysed = kept_of(last, kept)
    lost = replace(analysed, key="trend_known", reason=Message("estimators.reason.trend_known"))
    counts = (*steps, lost, analysed)
    return replace(only(people, kept), counts=counts)
