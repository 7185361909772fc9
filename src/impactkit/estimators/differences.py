"""Difference in differences: the change of beneficiaries minus the change of those they are compared with."""

from __future__ import annotations

from typing import get_args

from impactkit.design.design import Design
from impactkit.errors import EstimationError
from impactkit.estimators.analysed import cluster_notes, error_settings, group_means, people_analysed
from impactkit.estimators.arms import Adjust, Centre, difference, refuse_no_variation
from impactkit.estimators.linear import Errors
from impactkit.estimators.result import Effect, Estimate, StudentT
from impactkit.text import Message


def did(design: Design, *, errors: Errors | None = None) -> Estimate:
    """Estimate the effect as change minus change, between the two times of the window.

    People seen at both times are analysed. With ``d`` the change of a person and T for beneficiaries:

    - without covariates, the coefficient of T in ``d ~ 1 + T``: the difference of the mean changes, as in
      the regression on person and time effects;
    - with covariates X, its coefficient in ``d ~ 1 + T + (X - x̄) + T (X - x̄)``, where ``x̄`` is the mean of
      beneficiaries: ``mean_T(d) - x̄'b``, where ``b`` is the regression of the change among those compared.
      It lets the trend without the action depend on X (outcome regression: Heckman, Ichimura & Todd 1997).
      For the ATE, ``x̄`` is the mean of everyone.

    It is the effect if, without the action (and at equal X), both groups had changed alike; two times do not
    allow to test that.

    Parameters
    ----------
    design : Design
        With a comparison and a time before.
    errors : {"CR2", "CR1", "CR0", "HC3", "HC2", "HC1", "HC0", "classic"}, optional
        CR2 by default, with Bell-McCaffrey degrees of freedom, by cluster when the design has clusters, else
        by person (it is then HC2 on the changes). See `compare_groups` for the others.

    Returns
    -------
    Estimate

    Raises
    ------
    ValueError
        When ``errors`` is not one of those above.
    EstimationError
        When there is no time before or nobody to compare with, fewer than two people (or clusters) are
        analysed in a group, nothing varies, covariates are redundant or too many.

    References
    ----------
    Card & Krueger (1994), *AER* 84(4), for an example. Heckman, Ichimura & Todd (1997), *Rev. Econ. Stud.*
    64(4). Bell & McCaffrey (2002), *Survey Methodology* 28(2).

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
    if errors not in (None, *get_args(Errors)):
        raise ValueError(f"unknown errors {errors!r}: expected one of {', '.join(get_args(Errors))}")
    if design.comparison == "none":
        raise EstimationError(Message("estimators.error.no_comparison"))
    errors = errors or "CR2"
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
