"""Difference in differences: the change of beneficiaries minus the change of those they are compared with."""

from __future__ import annotations

import math
from typing import Literal, get_args

from impactkit.design.comparable import Matched
from impactkit.design.design import Design
from impactkit.errors import EstimationError
from impactkit.estimators.analysed import cluster_notes, error_settings, group_means, people_analysed
from impactkit.estimators.arms import Adjust, Centre, difference, refuse_no_variation
from impactkit.estimators.groups.matched import estimate_matched
from impactkit.estimators.inference.linear import Errors
from impactkit.estimators.panel.averages import Aggregate
from impactkit.estimators.panel.change import ChangeMethod
from impactkit.estimators.panel.followed import Panel
from impactkit.estimators.panel.group_time import Base
from impactkit.estimators.panel.staggered import estimate_group_time
from impactkit.estimators.refuse import refuse_comparable
from impactkit.estimators.result import Effect, Estimate, StudentT
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

    After `match`, the changes of matched people are compared (`groups.matched.estimate_matched`).

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
    method : {"dr", "ipw", "reg"}, optional
        How covariates are taken into account: regression of the change among those compared (``"reg"``),
        weighting of those compared by their odds of being a beneficiary (``"ipw"``), both (``"dr"``, right
        when either is). Without covariates they are one. By default ``"reg"`` between two times, else
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
        By date of entry: ``"analytic"`` (default; from the influence of each person, or cluster, normal law)
        or ``"bootstrap"`` (``draws`` random signs on these influences). Between two times: CR2 by default,
        with Bell-McCaffrey degrees of freedom, by cluster when the design has clusters, else by person (it
        is then HC2 on the changes); or "CR1", "CR0", "HC3", "HC2", "HC1", "HC0", "classic", as in
        `compare_groups`. ``"default"`` is the same as not given.
    draws : int
        Bootstrap draws.
    seed : int, optional
        Of the bootstrap; by default the study's, else 0: the same call gives the same number.

    Returns
    -------
    Estimate
        By date of entry, ``cells`` holds the effects by date and period, ``path`` the averages, ``vcov``
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
    _check(
        ("method", method, get_args(ChangeMethod)),
        ("base", base, get_args(Base)),
        ("panel", panel, get_args(Panel)),
        ("aggregate", aggregate, get_args(Aggregate)),
        ("errors", errors, (*get_args(DidErrors), *get_args(Errors))),
    )
    if not (math.isfinite(anticipation) and anticipation >= 0):
        raise ValueError("anticipation must be a length of time, 0 or more")
    if draws < 100:
        raise ValueError("draws must be 100 or more")
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
    if two_times and isinstance(design.comparable, Matched):
        return estimate_matched(design, method="did", errors=errors)  # type: ignore[arg-type]
    refuse_comparable(design)
    if two_times:
        return _between_two_times(design, errors="CR2" if errors is None else errors)  # type: ignore[arg-type]
    if errors not in (None, "analytic", "bootstrap"):
        raise ValueError(f"errors {errors!r} are for two times: expected analytic or bootstrap here")
    if not design.has_baseline:
        raise EstimationError(Message("estimators.error.no_baseline"))
    if design.estimand != "ATT":
        raise ValueError(f"the effect by date of entry is on beneficiaries (ATT), not {design.estimand}")
    study = design.cohort.study
    return estimate_group_time(
        design,
        method=method or "dr",
        base=base,
        anticipation=anticipation,
        panel=panel,
        aggregate=aggregate or "simple",
        errors="bootstrap" if errors == "bootstrap" else "analytic",
        draws=draws,
        seed=seed if seed is not None else study.seed if study is not None else 0,
    )


def _check(*options: tuple[str, object, tuple[str, ...]]) -> None:
    for name, value, known in options:
        if value is not None and value not in known:
            raise ValueError(f"unknown {name} {value!r}: expected one of {', '.join(known)}")


def _between_two_times(design: Design, *, errors: Errors) -> Estimate:
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
    refuse_no_variation(result.contrast, people.before, people.after)
    return Estimate(
        design=design,
        method="did",
        effect=Effect(
            term=design.estimand,
            value=result.contrast.value,
            std_error=result.contrast.std_error,
            reference=result.exact or StudentT(result.contrast.df),
            n_treated=people.n_treated,
            n_comparison=people.n_comparison,
        ),
        means=group_means(people),
        counts=people.counts,
        settings={"adjust": adjust, "centre": centre if adjust else None}
        | error_settings(people, errors=errors, df_rule=result.df_rule),
        notes=tuple(cluster_notes(people, errors)),
        analysed=people.ids,
        companions=result.companions(),
    )
