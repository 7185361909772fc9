"""From a design to its group-time effects, their averages and what a reader must know about them."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from impactkit.design.design import Design
from impactkit.errors import EstimationError
from impactkit.estimators.inference.few_clusters import are_few
from impactkit.estimators.inference.influence import Influence, spread
from impactkit.estimators.inference.linear import Floats
from impactkit.estimators.panel.averages import Aggregate, Average, Averages, Kept, averages, share_average
from impactkit.estimators.panel.change import ChangeMethod
from impactkit.estimators.panel.followed import Followed, Panel, people_followed
from impactkit.estimators.panel.group_time import (
    Base,
    GroupTime,
    observed_cells,
    plain_group_time,
    plan_cells,
)
from impactkit.estimators.panel.group_time_adjusted import adjusted_group_time
from impactkit.estimators.result import Effect, Estimate, JointTest, Normal
from impactkit.text import Message

Uncertainty = Literal["analytic", "bootstrap"]

# Groups of fewer people than this are named: their own uncertainty is poorly known.
_SMALL_GROUP = 5


def estimate_group_time(
    design: Design,
    *,
    method: ChangeMethod,
    base: Base,
    anticipation: float,
    panel: Panel,
    aggregate: Aggregate,
    errors: Uncertainty,
    draws: int,
    seed: int | None,
) -> Estimate:
    """Estimate the effects by date of entry and period, and average them; see `did`."""
    people = people_followed(design, panel=panel, anticipation=anticipation)
    found, notes = _effects(design, people, method=method, base=base, anticipation=anticipation)
    post = found.plan.event_time >= 0
    if not post.any():
        raise EstimationError(Message("estimators.error.no_effect_after"))
    found_averages = averages(found, aggregate)
    influence = found.influence
    if people.clusters is not None:
        influence = influence.by_cluster(people.clusters)
    spreads = _Spreads(influence, errors=errors, draws=draws, seed=seed)
    measured = _measured(found)
    headline = _effect(found, people, found_averages.overall, spreads, kept=post, at={})
    scale = float(np.nanmax(np.abs(people.Y)))
    if not (measured & post).any():
        raise EstimationError(Message("estimators.error.single_people"))
    if not headline.std_error > 1e-12 * scale:
        raise EstimationError(Message("estimators.error.no_variation"))
    before = measured & (found.plan.event_time < -anticipation)
    path, loads = _path(found, people, found_averages, spreads, aggregate=aggregate, measured=measured)
    return Estimate(
        design=design,
        method="did",
        effect=headline,
        path=path,
        means=people.means,
        counts=people.counts,
        settings={
            "method": method,
            "base": base,
            "anticipation": anticipation,
            "panel": panel,
            "aggregate": aggregate,
            "errors": errors,
            "draws": draws if errors == "bootstrap" else 0,
            "seed": seed if errors == "bootstrap" else None,
            "clusters": 0 if people.clusters is None else int(people.clusters.max()) + 1,
            "weights": people.weighted,
        },
        notes=(*notes, *_notes(found, people)),
        analysed=people.ids,
        cells=_cells(found, spreads, measured),
        vcov=spreads.covariance(loads) if path else None,
        draws=spreads.draws_of(loads) if path else None,
        placebo=_placebo(found, people, spreads, before),
        pre_test=_pre_test(found, spreads, before),
    )


class _Spreads:
    """Standard errors of averages, from the covariance of the effects or from draws of it."""

    def __init__(self, influence: Influence, *, errors: Uncertainty, draws: int, seed: int | None) -> None:
        self._covariance = influence.covariance()
        self._draws = None
        if errors == "bootstrap":
            self._draws = influence.draws(draws, np.random.default_rng(seed))

    def of(self, loads: Floats) -> Floats:
        """Return the standard errors of averages, one per row of ``loads``."""
        if self._draws is not None:
            return spread(self._draws @ loads.T)
        return np.asarray(np.sqrt(np.clip(np.diag(self.covariance(loads)), 0, None)))

    def covariance(self, loads: Floats) -> Floats:
        return np.asarray(loads @ self._covariance @ loads.T)

    def draws_of(self, loads: Floats) -> Floats | None:
        return None if self._draws is None else np.asarray(self._draws @ loads.T)


def _effects(
    design: Design, people: Followed, *, method: ChangeMethod, base: Base, anticipation: float
) -> tuple[GroupTime, list[Message]]:
    """Compute the effects that can be, and say which cannot."""
    plan = plan_cells(
        periods=people.periods,
        entries=people.entries,
        base=base,
        anticipation=anticipation,
        not_yet=design.comparison == "not_yet_treated",
    )
    known = ~np.isnan(people.Y)
    seen = [known[people.cohort == group].sum(axis=0) for group in range(people.entries.size)]
    observed = observed_cells(plan, seen=np.array(seen, dtype=np.intp))
    set_aside = 0
    if people.covariates.shape[2]:
        found, set_aside = adjusted_group_time(
            Y=people.Y,
            cohort=people.cohort,
            weights=people.weights,
            X=people.covariates,
            plan=observed,
            method=method,
        )
    else:
        found = plain_group_time(Y=people.Y, cohort=people.cohort, weights=people.weights, plan=observed)
    notes = []
    left_out = plan.group.size - found.plan.group.size
    if left_out:
        notes.append(Message("estimators.note.cells_left_out", {"n": left_out}))
    if set_aside:
        notes.append(Message("estimators.note.set_aside"))
    return found, notes


def _measured(found: GroupTime) -> Kept:
    """Tell which effects have an uncertainty: two people at least in each group, and a base."""
    return np.asarray((found.n_treated >= 2) & (found.n_compared >= 2) & ~found.plan.is_reference)


def _effect(
    found: GroupTime,
    people: Followed,
    average: Average,
    spreads: _Spreads,
    *,
    kept: Kept,
    at: dict[str, float],
) -> Effect:
    groups = np.unique(found.plan.group[kept])
    whole = not at and groups.size == people.entries.size - 1
    n_treated = sum(int(found.n_treated[kept & (found.plan.group == g)].max()) for g in groups)
    return Effect(
        term="ATT",
        value=average.value,
        std_error=float(spreads.of(average.load[None, :])[0]),
        reference=Normal(),
        n_treated=people.n_treated if whole else n_treated,
        n_comparison=people.n_comparison if not at else int(found.n_compared[kept].max()),
        event_time=at.get("dynamic"),
        entry=at.get("group"),
        period=at.get("calendar"),
    )


def _path(
    found: GroupTime,
    people: Followed,
    of: Averages,
    spreads: _Spreads,
    *,
    aggregate: Aggregate,
    measured: Kept,
) -> tuple[tuple[Effect, ...], Floats]:
    """Return the averages that have an uncertainty, and their loads."""
    path, loads = [], []
    for at, average, kept in zip(of.at, of.path, of.cells, strict=True):
        if (kept & measured).any():
            path.append(_effect(found, people, average, spreads, kept=kept, at={aggregate: at}))
            loads.append(average.load)
    return tuple(path), np.array(loads)


def _cells(found: GroupTime, spreads: _Spreads, measured: Kept) -> pd.DataFrame:
    k = found.att.size
    std_error = spreads.of(np.eye(k, k + found.shares.size))
    return pd.DataFrame(
        {
            "entry": found.plan.entries[found.plan.group],
            "period": found.plan.periods[found.plan.period],
            "estimate": found.att,
            "std_error": np.where(measured, std_error, np.nan),
        }
    )


def _placebo(found: GroupTime, people: Followed, spreads: _Spreads, before: Kept) -> Effect | None:
    if not before.any():
        return None
    effect = _effect(found, people, share_average(found, before), spreads, kept=before, at={})
    return effect if effect.std_error > 1e-12 * float(np.nanmax(np.abs(people.Y))) else None


def _pre_test(found: GroupTime, spreads: _Spreads, before: Kept) -> JointTest | None:
    """Test that the effects before entry are all zero, by the analytic covariance."""
    k = found.att.size
    covariance = spreads.covariance(np.eye(k, k + found.shares.size)[before])
    scale = np.sqrt(np.diag(covariance))
    if not before.any() or not (scale > 0).all():
        return None
    correlation = covariance / np.outer(scale, scale)
    standard = found.att[before] / scale
    return JointTest(
        statistic=float(standard @ np.linalg.pinv(correlation, rcond=1e-10, hermitian=True) @ standard),
        df=int(np.linalg.matrix_rank(correlation, tol=1e-10, hermitian=True)),
    )


def _notes(found: GroupTime, people: Followed) -> list[Message]:
    """Say what a reader must know: groups of very few people, clusters, people seen several times."""
    notes = []
    groups = np.unique(found.plan.group)
    sizes = np.array([found.n_treated[found.plan.group == g].max() for g in groups])
    for key, small in (
        ("single_person_groups", sizes == 1),
        ("small_groups", (sizes > 1) & (sizes < _SMALL_GROUP)),
    ):
        if small.any():
            notes.append(Message(f"estimators.note.{key}", {"n": int(small.sum())}))
    if people.n_recurring:
        notes.append(Message("estimators.note.repeated_people"))
    if people.clusters is not None:
        n = int(people.clusters.max()) + 1
        treated = np.unique(people.clusters[np.isfinite(people.entries[people.cohort])]).size
        if are_few(n, treated):
            notes.append(Message("estimators.note.few_clusters", {"n": n, "treated": treated}))
    return notes
