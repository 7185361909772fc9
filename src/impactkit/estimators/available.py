"""What the same effect is by the other rule for missing outcomes: everything known counts at its time."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from impactkit.cohort.cohort import PERIOD, UNIT, FlowStep
from impactkit.design.covariates import columns_of
from impactkit.design.design import Design
from impactkit.errors import EstimationError
from impactkit.estimators.arms import Centre
from impactkit.estimators.inference.linear import Contrast, Floats, contrast, fit
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
    people, rows = design.units(), design.cohort.rows
    if "balancing" in people:
        return None
    after = rows.numbers(design.outcome, rows.at(design.window[1])[design.members().people])
    if not compared:
        treated = people["treated"].to_numpy()
        people, after = people[treated], after[treated]
    outcomes = np.column_stack([people["baseline"].to_numpy(dtype=float), after])
    names = design.covariates if compared else ()
    kept = people[list(names)].notna().all(axis=1).to_numpy() & ~np.isnan(outcomes).all(axis=1)
    if not np.isnan(outcomes[kept]).any():
        return None
    if "cluster" in people and people.loc[kept, "cluster"].isna().any():
        return None
    try:
        found = _fit(design, people[kept], outcomes[kept], names=names, compared=compared, centre=centre)
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
    people: pd.DataFrame,
    outcomes: Floats,
    *,
    names: tuple[str, ...],
    compared: bool,
    centre: Centre,
) -> Contrast:
    who, time = np.nonzero(~np.isnan(outcomes))
    group = people["cluster"] if "cluster" in people else people.index.to_series()
    treated = people["treated"].to_numpy()
    X = np.column_stack(
        [np.empty((len(people), 0)), *(c.numbers for c in columns_of(people, names, drop_reference=True))]
    )
    weights = people["weight"].to_numpy(dtype=float) if "weight" in people else np.ones(len(people))
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
    fitted = fit(X=both, y=outcomes[who, time], weights=weights[who] if "weight" in people else None)
    codes = np.asarray(pd.factorize(group)[0], dtype=np.intp)[who]
    return contrast(fitted, c, errors="CR2", clusters=codes)
