"""Difference in differences: the change of beneficiaries minus the change of those they are compared with."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Literal, get_args

import numpy as np

from impactkit.design.comparable import Matched, Weighted
from impactkit.design.design import Design
from impactkit.errors import EstimationError, require
from impactkit.estimators.analysed import cluster_notes, error_settings, group_means, people_analysed
from impactkit.estimators.arms import Adjust, Centre, difference, refuse_no_variation
from impactkit.estimators.available import available_change, left_out, outcome_missing
from impactkit.estimators.groups.matched import estimate_matched
from impactkit.estimators.groups.weighted import estimate_weighted
from impactkit.estimators.inference.linear import Errors
from impactkit.estimators.panel.averages import Aggregate
from impactkit.estimators.panel.change import ChangeMethod
from impactkit.estimators.panel.followed import Panel
from impactkit.estimators.panel.group_time import Base
from impactkit.estimators.panel.staggered import estimate_group_time
from impactkit.estimators.panel.uncertainty import Uncertainty
from impactkit.estimators.refuse import refuse_comparable
from impactkit.estimators.result import Companion, Effect, Estimate
from impactkit.text import Message

DidErrors = Literal["default", "analytic", "bootstrap"]


def did(
    design: Design,
    *,
    method: ChangeMethod | None = None,
    base: Base = "varying",
    anticipation: float = 0,
    panel: Panel = "balanced",
    aggregate: Aggregate | None = None,
    errors: DidErrors | Errors | None = None,
    draws: int = 1000,
    seed: int | None = None,
) -> Estimate:
    """Estimate the effect as change minus change: between two times, or by date of entry and period.

    **Two times.** When beneficiaries enter at one date and nothing more is asked for, people seen at both
    times of the window are analysed. With ``d`` the change of a person and T for beneficiaries:

    - without covariates, the coefficient of T in ``d ~ 1 + T``: the difference of the mean changes, as in
      the regression on person and time effects;
    - with covariates X, its coefficient in ``d ~ 1 + T + (X - x̄) + T (X - x̄)``, where ``x̄`` is the mean of
      beneficiaries: ``mean_T(d) - x̄'b``, where ``b`` is the regression of the change among those compared.
      It lets the trend without the action depend on X (outcome regression: Heckman, Ichimura & Todd 1997).
      For the ATE, ``x̄`` is the mean of everyone.

    After `weight` or `match`, the changes of weighted groups (`groups.weighted.estimate_weighted`) or of
    matched people (`groups.matched.estimate_matched`) are compared.

    **Several dates.** When beneficiaries enter at several dates (or ``aggregate``, ``base``,
    ``anticipation``, ``panel``, a ``method`` other than ``"reg"``, ``"analytic"`` or ``"bootstrap"`` errors
    are asked for), the effect on the group that entered at g is estimated at each period t, against the last
    period before g (Callaway & Sant'Anna 2021)::

        ATT(g, t) = E[y_t - y_b | group g] - E[y_t - y_b | those compared]

    It is never measured against people who have already entered. The effects are then averaged. Each
    effect takes covariates at the earlier of its two periods.

    Either is the effect if, without the action (and at equal X), both groups had changed alike; two times do
    not allow to test that.

    Parameters
    ----------
    design : Design
        With a comparison and a time before. It says who is compared and the covariates.
    method : {"dr", "ipw", "reg", "dr_improved"}, optional
        How covariates are taken into account: regression of the change among those compared (``"reg"``),
        weighting of those compared by their odds of being a beneficiary (``"ipw"``), both (``"dr"``, right
        when either is; ``"dr_improved"``, whose weights balance the covariates exactly, for people followed
        throughout). Without covariates they are one. By default ``"reg"`` between two times, else
        ``"dr"``.
    base : {"varying", "universal"}
        What a period before entry is held against: the period just before it, or the last before entry.
    anticipation : float
        Time before entry, in the unit of periods, during which the action may already act.
    panel : {"balanced", "unbalanced", "repeated"}
        Who is analysed: people whose outcome is known at all periods; all those seen at some period; or
        everyone seen, each row being another person (repeated cross-sections).
    aggregate : {"simple", "dynamic", "group", "calendar"}, optional
        The average that ``effect`` and ``path`` hold: of all effects after entry (default), by time since
        entry, by date of entry, by period. See `averages.averages`.
    errors : str, optional
        By default, ``"default"`` or not given, CR2 with Bell-McCaffrey degrees of freedom, by cluster when
        the design has clusters, else by person (it is then HC2 on the changes). With fewer than 40 clusters,
        or 6 treated ones, the p-value and the interval of ``effect`` are the most cautious of CR2, of the
        wild bootstrap and of the draw (of the dates of entry) replayed: of those that can bound the effect,
        see `headline.headline`; ``alternatives`` holds each. With one date and two periods both ways of
        computing give the same numbers. ``"CR2"`` alone, ``"wild"`` and ``"randomisation"`` can be asked for.
        By date of entry also: ``"analytic"`` (from the influence of each person, or cluster, normal law: as
        R's did with ``bstrap=FALSE``) or ``"bootstrap"`` (``draws`` random signs on these influences).
        Between two times also: "CR3", "CR1", "CR0", "HC3", "HC2", "HC1", "HC0", "classic", as in
        `compare_groups`.
    draws : int
        Bootstrap draws.
    seed : int, optional
        Of the bootstrap; by default the study's, else 0: the same call gives the same number.

    Returns
    -------
    Estimate
        When people are left out for a missing outcome, ``alternatives`` holds the same effect with all the
        outcomes known (``"available"``), each mean being over those known at its time; for ``panel``
        ``"unbalanced"``, that of people known at all periods (``"complete"``). By date of entry, ``cells``
        holds the effects by date and period, ``path`` the averages, ``vcov``
        their covariance, ``placebo`` the average effect before entry.

    Raises
    ------
    ValueError
        When an option is not one of those above.
    EstimationError
        When there is no time before or nobody to compare with, fewer than two people (or clusters) are
        analysed in a group, nothing varies, covariates are redundant or too many, or no effect can be
        estimated after entry.

    References
    ----------
    Callaway & Sant'Anna (2021), *J. of Econometrics* 225(2). Sant'Anna & Zhao (2020), *J. of Econometrics*
    219(1). Card & Krueger (1994), *AER* 84(4), for an example. Heckman, Ichimura & Todd (1997), *Rev. Econ.
    Stud.* 64(4). Bell & McCaffrey (2002), *Survey Methodology* 28(2).

    Examples
    --------
    >>> import pandas as pd, impactkit as ik
    >>> frame = pd.DataFrame({
    ...     "id": [1, 2, 3, 4] * 2, "time": [0] * 4 + [1] * 4, "helped": [1, 1, 0, 0] * 2,
    ...     "score": [1, 2, 1, 2, 5, 5, 2, 4],
    ... })
    >>> cohort = ik.cohort_from_frame(frame, unit="id", period="time", arm="helped", outcomes=["score"])
    >>> round(ik.did(ik.declare_design(cohort)).effect.value, 6)
    2.0
    """
    require(design, Design)
    _check(
        ("method", method, get_args(ChangeMethod)),
        ("base", base, get_args(Base)),
        ("panel", panel, get_args(Panel)),
        ("aggregate", aggregate, get_args(Aggregate)),
        ("errors", errors, (*get_args(DidErrors), *get_args(Errors))),
    )
    if not (math.isfinite(anticipation) and anticipation >= 0):
        raise ValueError("anticipation must be a length of time, 0 or more")
    if not isinstance(draws, int | np.integer) or draws < 100:
        raise ValueError("draws must be a whole number, 100 or more")
    if seed is not None and (not isinstance(seed, int | np.integer) or seed < 0):
        raise ValueError("seed must be a whole number, 0 or more, or None")
    if design.comparison == "none":
        raise EstimationError(Message("estimators.error.no_comparison"))
    two_times = (
        not design.staggered
        and method in (None, "reg")
        and (base, anticipation, panel, aggregate) == ("varying", 0, "balanced", None)
        and errors not in ("analytic", "bootstrap")
    )
    if errors == "default":
        errors = None
    if two_times and isinstance(design.comparable, Weighted):
        return estimate_weighted(design, method="did", errors=errors)  # type: ignore[arg-type]
    if two_times and isinstance(design.comparable, Matched):
        return estimate_matched(design, method="did", errors=errors)  # type: ignore[arg-type]
    refuse_comparable(design)
    if two_times:
        asked: Errors = "CR2" if errors is None else errors  # type: ignore[assignment]
        return _between_two_times(design, errors=asked, cautious=errors is None)
    if errors not in (None, *get_args(Uncertainty)):
        known = ", ".join(get_args(Uncertainty))
        raise ValueError(f"errors {errors!r} are for two times: expected one of {known} by date of entry")
    if not design.has_baseline:
        raise EstimationError(Message("estimators.error.no_baseline"))
    if design.estimand != "ATT":
        raise ValueError(f"the effect by date of entry is on beneficiaries (ATT), not {design.estimand}")
    if method == "dr_improved" and panel != "balanced":
        raise ValueError("method 'dr_improved' follows the same people: expected panel 'balanced'")
    study = design.cohort.study
    by_entry = partial(
        estimate_group_time,
        design,
        method=method or "dr",
        base=base,
        anticipation=anticipation,
        aggregate=aggregate or "simple",
        draws=draws,
        seed=seed if seed is not None else study.seed if study is not None else 0,
    )
    kind: Uncertainty = "CR2" if errors is None else errors  # type: ignore[assignment]
    found = by_entry(panel=panel, errors=kind, cautious=errors is None)
    beside = _other_rule(found, panel, by_entry)
    return found if beside is None else replace(found, companions=(*found.companions, beside))


def _other_rule(found: Estimate, panel: Panel, by_entry: Callable[..., Estimate]) -> Companion | None:
    """Return what the other rule for missing outcomes says, when it makes a difference."""
    if panel == "repeated" or found.design.comparable is not None:
        return None
    missing = (
        outcome_missing(found.design, found.analysed) if panel == "unbalanced" else left_out(found.counts)
    )
    if not missing:
        return None
    other: Panel = "unbalanced" if panel == "balanced" else "balanced"
    try:
        method = "dr" if found.settings["method"] == "dr_improved" else found.settings["method"]
        effect = by_entry(panel=other, errors="CR2", cautious=False, method=method).effect
    except EstimationError:  # it stands beside, and refuses nothing
        return None
    return Companion.of("available" if other == "unbalanced" else "complete", effect)


def _check(*options: tuple[str, object, tuple[str, ...]]) -> None:
    for name, value, known in options:
        if value is not None and value not in known:
            raise ValueError(f"unknown {name} {value!r}: expected one of {', '.join(known)}")


def _between_two_times(design: Design, *, errors: Errors, cautious: bool) -> Estimate:
    people = people_analysed(design, baseline=True, covariates=True)
    adjust: Adjust | None = "lin" if people.covariates.shape[1] else None
    centre: Centre = "everyone" if design.estimand == "ATE" else "treated"
    result = difference(
        y=people.after - people.before,
        treated=people.treated,
        X=people.covariates,
        adjust=adjust,
        centre=centre,
        errors=errors,
        weights=people.weights,
        clusters=people.clusters,
    )
    headline = result.headline(cautious=cautious)
    refuse_no_variation(result.contrast, people.before, people.after)
    available = available_change(design, compared=True, centre=centre) if left_out(people.counts) else None
    return Estimate(
        design=design,
        method="did",
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
        settings={"adjust": adjust, "centre": centre if adjust else None}
        | error_settings(people, errors=errors, df_rule=result.df_rule, laws=headline.laws),
        notes=(*cluster_notes(people, errors), *headline.notes),
        analysed=people.ids,
        companions=headline.companions + (() if available is None else (available,)),
    )
