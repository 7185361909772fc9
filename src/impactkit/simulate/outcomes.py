"""The outcome of made people: who they are, what time does, what the action does.

For person i at time t, with x the observed characteristics, u the hidden one, s the score, T 1 for
beneficiaries and D 1 for those whom the action reaches, from their entry on::

    x_ik = selection T_i + normal          u_i = hidden T_i + normal
    y_it = b sum_k x_ik + c u_i + d s_i + a_i + site + e_it + time_it + effect_i D_it
    time_it = trend t + T_i (trend_gap m(t) - regression_to_mean [t = entry_i - 1])

with m(t) = t (``trend_from="start"``) or max(t, 0); with lots drawn, everyone is at the trough, at 0. The
terms are normal, of variances such that y has a variance of 1 at each time among people compared and a
correlation of ``baseline_correlation`` between two times; a site has a part that stays and one that varies in
the same proportions, so that the intraclass correlation is ``icc`` for levels and for changes.

A yes/no outcome is 1 where the same sum, without time and effect, is above the quantile that leaves ``share``
among people compared. Time and the action then turn some answers over, drawn evenly: of a group whose share
is p, a rise of h turns each no into a yes with the probability h / (1 - p), a fall of h each yes with h /
p. Gaps of levels thus leave changes alike, which a shift before the cut would not.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from impactkit.simulate.world import LOTS, SCORE_EXPLAINS, World

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class People:
    """The n people of a world, beneficiaries (or those offered) first.

    Attributes
    ----------
    treated : (n,) array of bool
        The group that files tell.
    entry : (n,) array
        When the action reaches each, as files tell; infinite for never.
    x : (n, k) array
        Observed characteristics.
    stable : (n,) array
        What stays with each, sites left out.
    score : (n,) array or None
    site : (n,) array of int or None
    """

    treated: Bools
    entry: Floats
    x: Floats
    stable: Floats
    score: Floats | None
    site: npt.NDArray[np.intp] | None


def draw_people(world: World, rng: np.random.Generator) -> People:
    """Draw who people are and when they enter, in the same order of draws whatever the effect."""
    n1, n0 = world.units
    treated = np.arange(n1 + n0) < n1
    x = rng.normal(size=(treated.size, world.covariates)) + world.selection * treated[:, None]
    u = rng.normal(size=treated.size) + world.hidden * treated
    stable = np.sqrt(max(world.stable_rest, 0.0)) * rng.normal(size=treated.size)
    stable += np.sqrt(world.hidden_explained) * u
    if world.covariates:
        stable += np.sqrt(world.explained / world.covariates) * x.sum(axis=1)
    score = None
    if world.design == "threshold":
        score = np.where(treated, -1.0, 1.0) * rng.random(treated.size)
        stable += np.sqrt(3 * SCORE_EXPLAINS) * score  # uniform on (-1, 1): a variance of 1/3
        treated = _sorted_out(score, stable, share=world.sorting)
    return People(
        treated=treated,
        entry=_entries(world, treated, u, rng),
        x=x,
        stable=stable,
        score=score,
        site=_sites(world, treated),
    )


def _sorted_out(score: Floats, stable: Floats, *, share: float) -> Bools:
    """Bring below 0, in place, the scores of some of those just above; return who is below."""
    close = np.flatnonzero((score >= 0) & (score < 0.1))
    movers = close[np.argsort(-stable[close])][: round(share * close.size)]
    score[movers] = np.minimum(-score[movers], -1e-9)
    return np.asarray(score < 0)


def _entries(world: World, treated: Bools, u: Floats, rng: np.random.Generator) -> Floats:
    """Return when each enters: at 1, at several dates, or for those who take an offer only."""
    entry = np.where(treated, 1.0, np.inf)
    if world.design == "staggered":
        entry[treated] = 1.0 + np.arange(int(treated.sum())) % world.entries
    if world.design == "encouragement":
        # The readiest half by what is hidden, half by chance: who takes part differs from who does not.
        ready = (u + rng.normal(size=u.size)) / np.sqrt(2)
        wanted = np.where(treated, world.take_up, world.take_up_without)
        entry = np.where(ready < ndtri(wanted), 1.0, np.inf)
    return entry


def _sites(world: World, treated: Bools) -> npt.NDArray[np.intp] | None:
    """Share people out evenly among the sites of their group, at least one for each."""
    if not world.clusters:
        return None
    n1 = int(treated.sum())
    own = min(max(round(world.clusters * n1 / treated.size), 1), max(world.clusters - 1, 1))
    if n1 == treated.size:
        own = world.clusters
    others = max(world.clusters - own, 1)
    return np.where(treated, np.arange(treated.size) % own, own + np.arange(treated.size) % others)


def outcomes(world: World, people: People, rng: np.random.Generator) -> Floats:
    """Return the (n, times) outcomes of everyone, nobody lost."""
    times = np.array(world.times, dtype=float)
    n, rho = people.treated.size, world.baseline_correlation
    icc = world.icc if world.clusters else 0.0
    y = people.stable[:, None] + np.sqrt((1 - rho) * (1 - icc)) * rng.normal(size=(n, times.size))
    if people.site is not None:
        sites = int(people.site.max()) + 1
        of_site = np.sqrt(icc * rho) * rng.normal(size=(sites, 1))
        of_site = of_site + np.sqrt(icc * (1 - rho)) * rng.normal(size=(sites, times.size))
        y += of_site[people.site]
    drift = world.trend * times
    apart = world.trend_gap * (times if world.trend_from == "start" else np.maximum(times, 0))
    trough = _troughs(world, people)
    reached = times >= _reached(world, people, rng)[:, None]
    if world.outcome == "number":
        y += drift + people.treated[:, None] * apart - world.regression_to_mean * (times == trough[:, None])
        return np.asarray(y + _effects(world, people)[:, None] * reached)
    yes = y > -ndtri(world.share)
    by_time, by_action = rng.random((2, n, times.size))
    for own, at in itertools.product((True, False), np.unique(trough)):
        group = (people.treated == own) & (trough == at)
        shift = drift + own * apart - world.regression_to_mean * (times == at)
        yes[group] = turned(yes[group], shift, by_time[group])
    entered = times >= people.entry[:, None]
    moved = turned(yes, world.effect, by_action, of=entered)
    return np.where(reached, moved, yes).astype(float)


def _troughs(world: World, people: People) -> Floats:
    """Return when each is at a trough: the last time before entry, 0 with lots drawn, infinite for never."""
    if not world.regression_to_mean:
        return np.full(people.treated.size, np.inf)
    if world.design in LOTS:
        return np.zeros(people.treated.size)
    return np.where(people.treated, people.entry - 1, np.inf)


def _reached(world: World, people: People, rng: np.random.Generator) -> Floats:
    """Return when the action really reaches each: at entry, and from 1 on for those it spills over to."""
    others = np.flatnonzero(np.isinf(people.entry) & ~people.treated)
    order = rng.permutation(others.size)
    reached = people.entry.copy()
    reached[others[order[: round(world.spillover * others.size)]]] = 1.0
    return reached


def _effects(world: World, people: People) -> Floats:
    """Return each person's effect, of mean ``effect`` among beneficiaries."""
    if not world.covariates:
        return np.full(people.treated.size, world.effect)
    return np.asarray(world.effect + world.heterogeneity * (people.x[:, 0] - world.selection))


def turned(yes: Bools, shift: Floats | float, draws: Floats, *, of: Bools | None = None) -> Bools:
    """Turn answers over so that the expected share of each column rises by its shift.

    Parameters
    ----------
    yes : (n, T) array of bool
    shift : (T,) array or float
        In shares.
    draws : (n, T) array
        Uniform; an answer turns when its draw is below the probability.
    of : (n, T) array of bool, optional
        Among whom the share is taken; everyone by default.

    Raises
    ------
    ValueError
        When a share would leave the bounds 0 and 1.
    """
    among = np.ones_like(yes) if of is None else of
    some = np.maximum(among.sum(axis=0), 1)
    p = (yes & among).sum(axis=0) / some
    shift = np.where(among.any(axis=0), shift, 0.0)
    if ((p + shift > 1 + 1e-12) | (p + shift < -1e-12)).any():
        raise ValueError("the effect, or the trend, leads a share of yes beyond 0 or 1: make it smaller")
    up = np.divide(np.maximum(shift, 0), 1 - p, out=np.zeros_like(p), where=p < 1)
    down = np.divide(np.maximum(-shift, 0), p, out=np.zeros_like(p), where=p > 0)
    return np.asarray(np.where(yes, draws >= down, draws < up))
