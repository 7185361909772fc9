"""The change since the measure before the last one: the return to the mean does not swell it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from impactkit.cohort.cohort import PERIOD, UNIT
from impactkit.design.design import Design
from impactkit.errors import EstimationError
from impactkit.estimators.analysed import Analysed
from impactkit.estimators.inference.linear import Contrast, Floats, FormulaErrors, contrast, fit
from impactkit.estimators.result import Companion, Effect, StudentT
from impactkit.text import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """The change since the measure before the last one before entry, and what happened between the two.

    ``companions`` are the first and, as ``"expected_return"``, how far people had moved away: as far as they
    would come back if only chance had moved them. ``dipped`` tells that they had moved, significantly, the
    other way from their change.
    """

    companions: tuple[Companion, Companion]
    dipped: bool


def since_earlier(design: Design, people: Analysed) -> Earlier | None:
    """Return it when there is a time before the window's, at which two people at least are known."""
    times = [time for time in design.cohort.periods if time < design.window[0]]
    if not times:
        return None
    panel = design.cohort.panel
    at = panel[panel[PERIOD] == max(times)].set_index(UNIT)[design.outcome]
    first = at.reindex(people.ids).to_numpy(dtype=float, na_value=np.nan)
    kept = ~np.isnan(first)
    if kept.sum() < 2:
        return None
    first = first[kept]
    try:
        known = only(people, kept)
        since = _effect(known.after - first, known)
        moved = _effect(first - known.before, known)
        change = mean_change(known.after - known.before, known).value
    except EstimationError:  # one cluster: it stands beside, and refuses nothing
        return None
    if not min(moved.std_error, since.std_error) > 1e-12 * float(np.abs(first).max()):
        return None
    return Earlier(
        companions=(Companion.of("earlier_baseline", since), Companion.of("expected_return", moved)),
        dipped=moved.p_value <= 0.05 and moved.value * change > 0,
    )


def _effect(values: Floats, people: Analysed) -> Effect:
    found = mean_change(values, people)
    return Effect(
        term="change",
        value=found.value,
        std_error=found.std_error,
        reference=StudentT(found.df),
        n_treated=len(values),
        n_comparison=0,
    )


def mean_change(values: Floats, people: Analysed) -> Contrast:
    """Return the (weighted) mean of these values of these people, with errors by cluster if they have any."""
    fitted = fit(X=np.ones((len(values), 1)), y=values, weights=people.weights)
    errors: FormulaErrors = "HC2" if people.clusters is None else "CR2"
    return contrast(fitted, np.ones(1), errors=errors, clusters=people.clusters)


def only(people: Analysed, kept: np.ndarray) -> Analysed:
    """Return these people alone."""
    if kept.sum() < 2:
        raise EstimationError(Message("estimators.error.too_few_treated"))
    clusters = None
    if people.clusters is not None:
        found, clusters = np.unique(people.clusters[kept], return_inverse=True)
        if len(found) < 2:
            raise EstimationError(Message("estimators.error.one_cluster_treated"))
    return replace(
        people,
        ids=people.ids[kept],
        treated=people.treated[kept],
        before=people.before[kept],
        after=people.after[kept],
        covariates=people.covariates[kept],
        weights=None if people.weights is None else people.weights[kept],
        clusters=clusters,
    )
