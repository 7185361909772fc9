"""Nearest neighbours among the people of a design, by score or by distance, with a caliper."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from impactkit.design.covariates import Floats
from impactkit.design.matching.found import Found, coordinates, total_distance
from impactkit.design.matching.in_space import Bounds, nearest_in_space
from impactkit.design.matching.on_a_line import Order, nearest_on_line
from impactkit.design.matching.options import Options
from impactkit.design.matching.people_pool import Pool
from impactkit.design.matching.strata import exact_strata

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
# Treated, ratio, replace, order: those matched with each treated person.
Search = Callable[[Bools, int, bool, Order], Ints]


def nearest(pool: Pool, options: Options, everyone: Floats | None) -> Found:
    """Match each beneficiary of the pool with the nearest others; ``everyone`` is the score of all."""
    inside = pool.inside
    part = pool.restricted(inside)
    assert options.ratio is not None
    score = None if everyone is None else everyone[inside]
    width = np.inf
    bounds: Bounds | None = None
    if options.caliper is not None:
        on_score = options.caliper_on == "score"
        numbers = everyone if on_score and everyone is not None else pool.numbers(options.caliper_on)
        width = options.caliper * float(numbers.std(ddof=1))
        if not (on_score and options.by_score):
            bounds = Bounds(numbers=numbers[inside, None], widths=np.array([width]))
    far = np.zeros(len(inside), dtype=bool)
    Z = coordinates(pool, options)[inside] if score is None or not options.by_score else score[:, None]
    if Z.shape[1] == 1 and bounds is None:
        search = on_line(Z[:, 0], part.strata, width)
    else:
        search = _in_space(Z, part.strata, bounds, score)
    chosen = search(part.treated, options.ratio, options.replace, options.turns)
    if options.caliper is not None:
        far[np.flatnonzero(inside)] = far_from_all(search, part.treated, chosen)
    return Found(
        chosen=_outside(chosen, inside, pool.treated),
        far=far,
        settings={
            "caliper_width": None if options.caliper is None else width,
            "total_distance": total_distance(Z, part.treated, chosen),
            "ties": _ties(Z, part, chosen),
        },
    )


def _ties(Z: Floats, pool: Pool, chosen: Ints) -> int:
    """Count the beneficiaries matched with someone who has an equal: identifiers say which is taken."""
    columns = list(Z.T) if pool.strata is None else [*Z.T, pool.strata]
    places = exact_strata(columns)
    equals = np.bincount(places[~pool.treated], minlength=int(places.max()) + 1)
    return int(((chosen >= 0) & (equals[places[chosen]] > 1)).any(axis=1).sum())


def on_line(score: Floats, strata: Ints | None, width: float) -> Search:
    """Return the search by score, within a caliper."""

    def search(treated: Bools, ratio: int, replace: bool, order: Order) -> Ints:
        return nearest_on_line(
            score=score,
            treated=treated,
            strata=strata,
            caliper=width,
            ratio=ratio,
            replace=replace,
            order=order,
        )

    return search


def _in_space(Z: Floats, strata: Ints | None, bounds: Bounds | None, score: Floats | None) -> Search:
    def search(treated: Bools, ratio: int, replace: bool, order: Order) -> Ints:
        return nearest_in_space(
            Z=Z,
            treated=treated,
            strata=strata,
            bounds=bounds,
            ratio=ratio,
            replace=replace,
            order=order,
            score=score,
        )

    return search


def far_from_all(search: Search, treated: Bools, chosen: Ints) -> Bools:
    """Tell who, among those left out, has nobody of the other group within the caliper, taken or not."""
    far = np.zeros(len(treated), dtype=bool)
    far[treated] = search(treated, 1, True, "data")[:, 0] < 0
    far[~treated] = search(~treated, 1, True, "data")[:, 0] < 0
    matched = np.zeros(len(treated), dtype=bool)
    matched[treated] = chosen[:, 0] >= 0
    matched[chosen[chosen >= 0]] = True
    return far & ~matched


def _outside(chosen: Ints, inside: Bools, treated: Bools) -> Ints:
    """Return the choices among some people as choices among all."""
    if inside.all():
        return chosen
    places = np.flatnonzero(inside)
    found = np.full((len(inside), chosen.shape[1]), -1, dtype=np.int64)
    found[places[treated[inside]]] = np.where(chosen >= 0, places[chosen], -1)
    return found[treated]
