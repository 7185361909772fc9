"""From a world to a cohort, as if read from files."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np
import pandas as pd

from impactkit.cohort.cohort import ARM, BENEFICIARY, CLUSTER, ENTRY, PERIOD, UNIT, Cohort, FlowStep
from impactkit.cohort.frame import COMPARISON
from impactkit.files.model import Outcome, Variable
from impactkit.simulate.leaving import lost
from impactkit.simulate.outcomes import Bools, Floats, draw_people, outcomes
from impactkit.simulate.territories import series_of
from impactkit.simulate.world import TERRITORIES, Kind, OutcomeKind, Trends, World
from impactkit.text import Label

OUTCOME = "y"


def draw(world: World, *, seed: int | None = 0) -> Cohort:
    """Draw a cohort of a world: the same with the same seed.

    Parameters
    ----------
    world : World
    seed : int or None
        Of ``np.random.default_rng``; ``None`` for another cohort at each call.

    Returns
    -------
    Cohort
        With the outcome ``y``, characteristics ``x1``, ``x2``…, ``score`` at a threshold. It does not know
        the truth, nor what design it was drawn for: `declare_design` says who is compared, and how they
        were chosen (``comparison="randomised"``).

    Examples
    --------
    >>> from impactkit.simulate import World
    >>> world = World(design="did", n=50, effect=0.4)
    >>> draw(world, seed=1).n_units
    100
    """
    rng = np.random.default_rng(seed)
    panel = _territories(world, rng) if world.design in TERRITORIES else _people(world, rng)
    measured = [name for name in panel if not name.startswith("_")]
    n = sum(world.units)
    # Made as `cohort_from_frame` would, whose checks of what files can hold cost more than the draw.
    return Cohort(
        study=None,
        action=None,
        variables={
            name: _variable(name, boolean=name == OUTCOME and world.outcome == "boolean") for name in measured
        },
        outcomes=(
            Outcome(
                variable=OUTCOME, primary=True, direction="increase", minimum_effect=world.minimum_effect
            ),
        ),
        covariates=tuple(name for name in measured if name != OUTCOME),
        steps=(
            FlowStep(key="rows_read", n=len(panel[OUTCOME]), counts="rows"),
            FlowStep(key="people", n=n),
        ),
        inputs=(),
        _panel=pd.DataFrame(panel),
    )


@cache
def _variable(name: str, *, boolean: bool) -> Variable:
    return Variable(label=Label(fr=name, en=name), type="boolean" if boolean else "number")


def _people(world: World, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Return the columns of the panel, one row per person and time."""
    people = draw_people(world, rng)
    y = outcomes(world, people, rng)
    y[np.ix_(lost(world, people, y, rng), np.array(world.times) >= 1)] = np.nan
    measured = {f"x{k + 1}": people.x[:, k] for k in range(world.covariates)}
    if people.score is not None:
        measured["score"] = people.score
    return _columns(world, y, treated=people.treated, entry=people.entry, site=people.site, measured=measured)


def _territories(world: World, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Return the columns of the panel, one row per territory and time."""
    y = series_of(world, rng)
    treated = np.arange(len(y)) < world.units[0]
    return _columns(world, y, treated=treated, entry=np.where(treated, 1.0, np.inf), site=None, measured={})


def _columns(
    world: World,
    y: Floats,
    *,
    treated: Bools,
    entry: Floats,
    site: np.ndarray | None,
    measured: Mapping[str, Floats],
) -> dict[str, np.ndarray]:
    n, T = y.shape
    arm = np.where(treated, BENEFICIARY, COMPARISON).astype(object)
    by_person = {UNIT: np.arange(n), ARM: arm, ENTRY: entry} | ({} if site is None else {CLUSTER: site})
    columns = {name: np.repeat(values, T) for name, values in by_person.items()}
    columns[PERIOD] = np.tile(np.array(world.times, dtype=float), n)
    columns[OUTCOME] = y.ravel()
    return columns | {name: np.repeat(values, T) for name, values in measured.items()}


def cohort(
    *,
    design: Kind = "did",
    n: int | None = None,
    ratio: float | None = None,
    before: int | None = None,
    after: int | None = None,
    outcome: OutcomeKind = "number",
    share: float = 0.4,
    effect: float = 0.0,
    heterogeneity: float = 0.0,
    minimum_effect: float | None = None,
    baseline_correlation: float = 0.6,
    covariates: int = 2,
    explained: float = 0.2,
    hidden_explained: float = 0.2,
    selection: float = 0.0,
    hidden: float = 0.0,
    trend: float = 0.0,
    trend_gap: float = 0.0,
    trend_from: Trends = "start",
    regression_to_mean: float = 0.0,
    attrition: float = 0.0,
    attrition_gap: float = 0.0,
    attrition_slope: float = 0.0,
    spillover: float = 0.0,
    clusters: int = 0,
    icc: float = 0.05,
    entries: int = 3,
    sorting: float = 0.0,
    take_up: float = 0.6,
    take_up_without: float = 0.0,
    seed: int | None = 0,
) -> Cohort:
    """Draw a cohort whose true effect is the one asked for, with what goes wrong or not.

    Its parameters are those of `World`, which says what each is, in what unit, and with which designs it
    goes.

    Parameters
    ----------
    design : str
        ``"randomised"``, ``"before_after"``, ``"compare_groups"``, ``"did"``, ``"staggered"``,
        ``"threshold"``, ``"encouragement"``, ``"interrupted_series"`` or ``"synthetic"``.
    n, ratio, before, after : optional
        Beneficiaries, people compared per beneficiary, times before and after; each design has its own.
    outcome, share, effect, heterogeneity, minimum_effect
        What is measured and what the action does: in standard deviations for a number, in shares for yes/no.
    baseline_correlation, covariates, explained, hidden_explained
        How people are, and how well what is known before tells of after.
    selection, hidden, trend, trend_gap, trend_from, regression_to_mean
        How beneficiaries differ from the people compared, and what time does.
    attrition, attrition_gap, attrition_slope, spillover
        Who is lost, and whom the action reaches besides.
    clusters, icc, entries, sorting, take_up, take_up_without
        Sites, dates of entry, people who get round a threshold, who takes an offer.
    seed : int or None
        The same cohort with the same seed; ``None`` for another one at each call.

    Returns
    -------
    Cohort

    Raises
    ------
    ValueError
        When a value is out of its bounds, or has no sense in the design.

    Examples
    --------
    >>> import impactkit as ik
    >>> made = ik.simulate.cohort(design="did", n=200, effect=0.5, selection=0.3, seed=1)
    >>> low, high = ik.did(ik.declare_design(made)).effect.interval()
    >>> low < 0.5 < high
    True
    """
    world = World(
        design=design,
        n=n,
        ratio=ratio,
        before=before,
        after=after,
        outcome=outcome,
        share=share,
        effect=effect,
        heterogeneity=heterogeneity,
        minimum_effect=minimum_effect,
        baseline_correlation=baseline_correlation,
        covariates=covariates,
        explained=explained,
        hidden_explained=hidden_explained,
        selection=selection,
        hidden=hidden,
        trend=trend,
        trend_gap=trend_gap,
        trend_from=trend_from,
        regression_to_mean=regression_to_mean,
        attrition=attrition,
        attrition_gap=attrition_gap,
        attrition_slope=attrition_slope,
        spillover=spillover,
        clusters=clusters,
        icc=icc,
        entries=entries,
        sorting=sorting,
        take_up=take_up,
        take_up_without=take_up_without,
    )
    return draw(world, seed=seed)
