"""Before and after for the same people: a change, which nothing allows to attribute."""

from __future__ import annotations

import numpy as np

from impactkit.design.design import Design
from impactkit.errors import EstimationError
from impactkit.estimators.analysed import cluster_notes, error_settings, group_means, people_analysed
from impactkit.estimators.arms import df_rule, refuse_no_variation
from impactkit.estimators.linear import Errors, contrast, fit
from impactkit.estimators.result import Effect, Estimate, StudentT
from impactkit.text import Message


def before_after(design: Design) -> Estimate:
    """Estimate the mean change of beneficiaries between the two times of the window.

    It is a change, not an effect: what would have happened without the action is not known. People seen at
    both times are analysed. With ``d`` the change of a person, the (weighted) mean of ``d`` and

    - with one cluster per person, the paired t test: standard error ``sd(d) / sqrt(n)``, n - 1 degrees of
      freedom;
    - with clusters, CR2 errors and Bell-McCaffrey degrees of freedom of the regression ``d ~ 1``.

    Parameters
    ----------
    design : Design
        Its comparison, if it has one, is not used; neither are its covariates.

    Returns
    -------
    Estimate
        Its effect's term is ``"change"``.

    Raises
    ------
    EstimationError
        When the design has no time before, fewer than two beneficiaries (or clusters) are analysed, or all
        change by the same amount.

    Examples
    --------
    >>> import pandas as pd, impactkit as ik
    >>> frame = pd.DataFrame({"id": [1, 2, 3] * 2, "time": [0] * 3 + [1] * 3, "score": [3, 4, 5, 5, 5, 8]})
    >>> cohort = ik.cohort_from_frame(frame, unit="id", period="time", outcomes=["score"])
    >>> ik.before_after(ik.declare_design(cohort)).effect.value
    2.0
    """
    if design.staggered:
        raise EstimationError(Message("estimators.error.several_entries"))
    people = people_analysed(design, baseline=True, covariates=False, arms=("treated",))
    errors: Errors = "HC2" if people.clusters is None else "CR2"
    change = people.after - people.before
    fitted = fit(X=np.ones((len(change), 1)), y=change, weights=people.weights)
    result = contrast(fitted, np.ones(1), errors=errors, clusters=people.clusters)
    refuse_no_variation(result, people.before, people.after)
    notes = cluster_notes(people, errors)
    if design.covariates:
        notes.append(Message("estimators.note.covariates_unused"))
    return Estimate(
        design=design,
        method="before_after",
        effect=Effect(
            term="change",
            value=result.value,
            std_error=result.std_error,
            reference=StudentT(result.df),
            n_treated=people.n_treated,
            n_comparison=0,
        ),
        means=group_means(people),
        counts=people.counts,
        settings={"adjust": None} | error_settings(people, errors=errors, df_rule=df_rule(errors)),
        notes=tuple(notes),
        analysed=people.ids,
    )
