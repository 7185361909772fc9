"""From a design to its group-time effects, their averages and what a reader must know about them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from impactkit.design.design import Design
from impactkit.disclosure.discreet import discreet
from impactkit.errors import EstimationError
from impactkit.estimators.inference.few_clusters import are_few
from impactkit.estimators.inference.linear import Codes, Floats
from impactkit.estimators.panel.averages import Aggregate, Average, Averages, Kept, averages, share_average
from impactkit.estimators.panel.change import ChangeMethod
from impactkit.estimators.panel.entry_headline import entry_headline, n_clusters
from impactkit.estimators.panel.followed import Followed, Panel, people_followed
from impactkit.estimators.panel.group_time import (
    Base,
    GroupTime,
    observed_cells,
    plain_group_time,
    plan_cells,
)
from impactkit.estimators.panel.group_time_adjusted import adjusted_group_time
from impactkit.estimators.panel.uncertainty import SMALL_SAMPLE, Spreads, Uncertainty
from impactkit.estimators.result import Effect, Estimate, JointTest
from impactkit.text import Message

# Groups of fewer people than this are named: their own uncertainty is poorly known.
_SMALL_GROUP = 5
# A standard error below this share of the largest outcome is rounding.
_ROUNDING = 1e-12


def estimate_group_time(
    design: Design,
    *,
    method: ChangeMethod,
    base: Base,
    anticipation: float,
    panel: Panel,
    aggregate: Aggregate,
    errors: Uncertainty,
    cautious: bool,
    draws: int,
    seed: int | None,
) -> Estimate:
    """Estimate the effects by date of entry and period, and average them; see `did`."""
    people = people_followed(design, panel=panel, anticipation=anticipation)
    found, notes = _effects(
        design,
        people,
        method=method,
        base=base,
        anticipation=anticipation,
        raised=errors in SMALL_SAMPLE,
    )
    post = found.plan.event_time >= 0
    if not post.any():
        raise EstimationError(Message("estimators.error.no_effect_after"))
    found_averages = averages(found, aggregate)
    spreads = Spreads(found, people, errors=errors, draws=draws, seed=seed)
    by_cluster = people.clusters if errors in SMALL_SAMPLE else None
    measured = _measured(found, people.cohort, by_cluster)
    scale = float(np.nanmax(np.abs(people.Y)))
    own_errors = spreads.of(np.eye(found.att.size, found.att.size + found.shares.size))
    varies = own_errors > _ROUNDING * scale
    effect = _effect(found, people, found_averages.overall, spreads, kept=post, at={})
    if not (measured & post).any():
        raise EstimationError(
            Message(f"estimators.error.single_{'people' if by_cluster is None else 'clusters'}")
        )
    if not effect.std_error > _ROUNDING * scale:
        raise EstimationError(Message("estimators.error.no_variation"))
    first = entry_headline(found, people, found_averages.overall, spreads, errors=errors, cautious=cautious)
    if not varies[measured].all():
        notes.append(Message("estimators.note.effects_without_variation"))
    measured &= varies
    before = measured & (found.plan.event_time < -anticipation)
    path, loads = _path(found, people, found_averages, spreads, aggregate=aggregate, measured=measured)
    return Estimate(
        design=design,
        method="did",
        effect=replace(effect, reference=first.reference),
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
            "df_rule": "satterthwaite" if errors in SMALL_SAMPLE else "normal",
            "laws": ", ".join(first.laws),
            "draws": draws if errors == "bootstrap" else 0,
            "seed": seed if errors == "bootstrap" else None,
            "clusters": 0 if people.clusters is None else int(people.clusters.max()) + 1,
            "weights": people.weighted,
        },
        notes=(*notes, *_notes(found, people, small=errors in SMALL_SAMPLE), *first.notes),
        analysed=people.ids,
        cells=_cells(found, own_errors, measured),
        vcov=spreads.covariance(loads) if path else None,
        draws=spreads.draws_of(loads) if path else None,
        placebo=_placebo(found, people, spreads, before),
        pre_test=_pre_test(found, spreads, before),
        companions=first.companions,
    )


def _effects(
    design: Design,
    people: Followed,
    *,
    method: ChangeMethod,
    base: Base,
    anticipation: float,
    raised: bool,
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
            raised=raised,
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


def _measured(found: GroupTime, cohort: Codes, clusters: Codes | None) -> Kept:
    """Tell which effects have an uncertainty: a base, and two people (or clusters) at least in each group."""
    plan = found.plan
    enough = (found.n_treated >= 2) & (found.n_compared >= 2) & ~plan.is_reference
    if clusters is None:
        return np.asarray(enough)
    held = np.zeros((int(clusters.max()) + 1, plan.entries.size), dtype=bool)
    held[clusters, cohort] = True
    compared = np.array([held[:, groups].any(axis=1).sum() for groups in plan.compared])
    return np.asarray(enough & (held.sum(axis=0)[plan.group] >= 2) & (compared >= 2))


def _effect(
    found: GroupTime,
    people: Followed,
    average: Average,
    spreads: Spreads,
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
        reference=spreads.law(average.load),
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
    spreads: Spreads,
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


def _cells(found: GroupTime, std_error: Floats, measured: Kept) -> pd.DataFrame:
    return discreet(
        pd.DataFrame(
            {
                "entry": found.plan.entries[found.plan.group],
                "period": found.plan.periods[found.plan.period],
                "estimate": found.att,
                "std_error": np.where(measured, std_error, np.nan),
            }
        )
    )


def _placebo(found: GroupTime, people: Followed, spreads: Spreads, before: Kept) -> Effect | None:
    if not before.any():
        return None
    effect = _effect(found, people, share_average(found, before), spreads, kept=before, at={})
    return effect if effect.std_error > _ROUNDING * float(np.nanmax(np.abs(people.Y))) else None


def _pre_test(found: GroupTime, spreads: Spreads, before: Kept) -> JointTest | None:
    """Test that the effects before entry are all zero, by the analytic covariance.

    With errors for small samples, the degrees of freedom of the covariance are the smallest of those of the
    effects: as many effects or more cannot be tested together.
    """
    k = found.att.size
    loads = np.eye(k, k + found.shares.size)[before]
    covariance = spreads.covariance(loads)
    scale = np.sqrt(np.diag(covariance))
    if not before.any() or not (scale > 0).all():
        return None
    correlation = covariance / np.outer(scale, scale)
    standard = found.att[before] / scale
    rank = int(np.linalg.matrix_rank(correlation, tol=1e-10, hermitian=True))
    df = float(spreads.df(loads).min())
    if df < rank:
        return None
    return JointTest(
        statistic=float(standard @ np.linalg.pinv(correlation, rcond=1e-10, hermitian=True) @ standard),
        df=rank,
        df_errors=df,
    )


def _notes(found: GroupTime, people: Followed, *, small: bool) -> list[Message]:
    """Say what a reader must know: groups of very few people, clusters, people seen several times."""
    notes = []
    groups = np.unique(found.plan.group)
    sizes = np.array([found.n_treated[found.plan.group == g].max() for g in groups])
    single = sizes == 1
    kinds = {
        "single_person_groups_borrowed" if small else "single_person_groups": single,
        "small_groups": ~single & (sizes < _SMALL_GROUP),
    }
    if small and people.clusters is not None:
        pairs = np.unique(np.column_stack([people.cohort, people.clusters]), axis=0)
        kinds["single_cluster_groups"] = ~single & (np.bincount(pairs[:, 0])[groups] == 1)
    for key, concerned in kinds.items():
        if concerned.any():
            notes.append(Message(f"estimators.note.{key}", {"n": int(concerned.sum())}))
    if people.n_recurring:
        notes.append(Message("estimators.note.repeated_people"))
    if people.clusters is not None:
        n, treated = n_clusters(people)
        if are_few(n, treated):
            notes.append(Message("estimators.note.few_clusters", {"n": n, "treated": treated}))
    return notes
