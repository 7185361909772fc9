"""What the same effect is by the other rule for missing outcomes: everything known counts at its time."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from impactkit.cohort.cohort import PERIOD, UNIT, WEIGHT, FlowStep
from impactkit.cohort.rows import in_order_of_appearance
from impactkit.design.covariates import columns_at, known_at, stacked
from impactkit.design.design import Design, Members
from impactkit.errors import EstimationError
from impactkit.estimators.arms import Centre
from impactkit.estimators.inference.linear import Codes, Contrast, Floats, contrast, fit
from impactkit.estimators.result import Companion, Effect, StudentT

# Those left out by the headline's rule, step by step, for want of the outcome.
OUTCOME_STEPS = ("baseline_known", "followed", "every_period")


def available_change(design: Design, *, compared: bool, centre: Centre = "treated") -> Companion | None:
    """Return the change, or the difference of changes, of everyone known at either time of the window.

    The headline keeps people known at both times. Here each mean is over those known at its time: least
    squares on one row per person and time, columns of each time apart. Without covariates,

    ``ȳ_T(after) - ȳ_T(before) [- ȳ_C(after) + ȳ_C(before)]``;

    with covariates X, the difference adjusted as the headline's (`arms.difference` with ``"lin"``), at the
    time after less at the time before. With everyone known it is the headline's value. Errors are CR2, by
    cluster when the design has clusters, else by person.

    Parameters
    ----------
    design : Design
    compared : bool
        Whether beneficiaries are compared; their change alone otherwise, without covariates.
    centre : {"treated", "everyone"}
        As for `arms.difference`.

    Returns
    -------
    Companion or None
        Labelled ``"available"``. ``None`` when nobody is left out by the headline for a missing outcome, when
        groups were made comparable person by person, or when this estimate cannot be computed: it stands
        beside, and refuses nothing.
    """
    rows, members = design.cohort.rows, design.members()
    if members.balancing is not None:
        return None
    if not compared:
        members = members.keep(members.treated)
    outcomes = np.column_stack(
        [rows.numbers(design.outcome, rows.at(time)[members.people]) for time in design.window]
    )
    names = design.covariates if compared else ()
    kept = known_at(rows, design.known_from(members.people), names) & ~np.isnan(outcomes).all(axis=1)
    members, outcomes = members.keep(kept), outcomes[kept]
    if not np.isnan(outcomes).any():
        return None
    clusters = rows.cluster if design.clustered else None
    if clusters is not None and (clusters[members.people] < 0).any():
        return None
    try:
        found = _fit(design, members, outcomes, clusters, names=names, compared=compared, centre=centre)
    except EstimationError:
        return None
    if not found.std_error > 1e-12 * float(np.nanmax(np.abs(outcomes))):
        return None
    effect = Effect(
        term=design.estimand,
        value=found.value,
        std_error=found.std_error,
        reference=StudentT(found.df),
        n_treated=0,
        n_comparison=0,
    )
    return Companion.of("available", effect)


def left_out(counts: Iterable[FlowStep]) -> int:
    """Count the people whom the headline leaves out because their outcome is not known when it is needed."""
    lost, before = 0, 0
    for step in counts:
        if step.key in OUTCOME_STEPS:
            lost += before - step.n
        before = step.n
    return lost


def outcome_missing(design: Design, people: np.ndarray) -> bool:
    """Tell whether, among these people, someone's outcome is not known at a period where another's is."""
    panel = design.cohort.panel
    rows = panel[panel[UNIT].isin(people) & panel[PERIOD].isin(design.periods)]
    known = rows.dropna(subset=[design.outcome])
    return len(known) < known[UNIT].nunique() * known[PERIOD].nunique()


def _fit(
    design: Design,
    members: Members,
    outcomes: Floats,
    clusters: Codes | None,
    *,
    names: tuple[str, ...],
    compared: bool,
    centre: Centre,
) -> Contrast:
    who, time = np.nonzero(~np.isnan(outcomes))
    rows, people, treated = design.cohort.rows, members.people, members.treated
    X = stacked(columns_at(rows, design.known_from(people), names, reference_of=treated), len(people))
    weighted = WEIGHT in rows.frame
    weights = rows.numbers(WEIGHT, rows.first[people]) if weighted else np.ones(len(people))
    columns, place = np.ones((len(people), 1)), 0
    if compared:
        of = treated if centre == "treated" else np.ones_like(treated)
        X = X - np.average(X[of], axis=0, weights=weights[of])
        t = treated.astype(float)[:, None]
        columns, place = np.column_stack([np.ones(len(people)), t, X, X * t]), 1
    k = columns.shape[1]
    both = np.column_stack([columns[who] * (time == 0)[:, None], columns[who] * (time == 1)[:, None]])
    c = np.zeros(2 * k)
    c[place], c[k + place] = -1.0, 1.0
    fitted = fit(X=both, y=outcomes[who, time], weights=weights[who] if weighted else None)
    codes = np.arange(len(people)) if clusters is None else in_order_of_appearance(clusters[people])
    return contrast(fitted, c, errors="CR2", clusters=codes[who])
