"""Each method of matching, from people as arrays to who is with whom."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from impactkit.design.covariates import Floats
from impactkit.design.matching.cardinality import largest_alike
from impactkit.design.matching.found import Found, coordinates, total_distance
from impactkit.design.matching.full import full_in_space, full_on_line
from impactkit.design.matching.nearest import far_from_all, nearest, on_line
from impactkit.design.matching.optimal import TABLE, optimal_in_space, optimal_on_line
from impactkit.design.matching.options import Options
from impactkit.design.matching.people_pool import Pool
from impactkit.design.matching.strata import by_stratum, exact_strata, score_strata, sturges_bins, with_both
from impactkit.errors import DesignError
from impactkit.files.model import MatchingMethod
from impactkit.text import Message

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

# Of treated standard deviations: the difference of means that cardinality matching allows by default.
TOLERANCE = 0.1
STRATA = 6


def _optimal(pool: Pool, options: Options, score: Floats | None) -> Found:
    Z, ratio = _places(pool, options, score), options.ratio
    assert ratio is not None
    chosen = np.full((len(pool.treated), ratio), -1, dtype=np.int64)
    for people in _by_stratum(pool):
        treated = pool.treated[people]
        own, others = people[treated], people[~treated]
        reverse = others.size < own.size * ratio
        if reverse and ratio > 1:
            raise DesignError(Message("matching.error.too_few_for_ratio", {"ratio": ratio}))
        asking = ~treated if reverse else treated
        if options.by_score:
            found = people[optimal_on_line(score=Z[people, 0], treated=asking, ratio=ratio)]
        else:
            _refuse_table(own.size * ratio, others.size)
            found = people[optimal_in_space(Z=Z[people], treated=asking, ratio=ratio)]
        if reverse:
            chosen[found[:, 0], 0] = others
        else:
            chosen[own] = found
    chosen = chosen[pool.treated]
    total = total_distance(Z, pool.treated, chosen)
    return Found(chosen=chosen, far=np.zeros(len(Z), dtype=bool), settings={"total_distance": total})


def _full(pool: Pool, options: Options, score: Floats | None) -> Found:
    Z = _places(pool, options, score)
    far = np.zeros(len(Z), dtype=bool)
    settings: dict[str, object] = {}
    if options.caliper is not None:
        width = options.caliper * float(Z[:, 0].std(ddof=1))
        settings["caliper_width"] = width
        nobody = np.full((int(pool.treated.sum()), 1), -1, dtype=np.int64)
        far = pool.inside & far_from_all(on_line(Z[:, 0], pool.strata, width), pool.treated, nobody)
    sets = np.full(len(Z), -1, dtype=np.int64)
    total, number = 0.0, 0
    for stratum in _by_stratum(pool):
        people = stratum[~far[stratum]]
        treated = pool.treated[people]
        if not treated.any() or treated.all():
            continue
        if options.by_score:
            codes, cost = full_on_line(score=Z[people, 0], treated=treated)
        else:
            _refuse_table(int(treated.sum()), int((~treated).sum()))
            codes, cost = full_in_space(Z=Z[people], treated=treated)
        sets[people] = codes + number
        total, number = total + cost, number + int(codes.max()) + 1
    return Found(sets=sets, far=far, settings=settings | {"total_distance": total})


def _exact(pool: Pool, options: Options, score: Floats | None) -> Found:
    return _strata(pool, binned=False, exact=())


def _coarsened(pool: Pool, options: Options, score: Floats | None) -> Found:
    return _strata(pool, binned=True, exact=options.exact)


def _strata(pool: Pool, *, binned: bool, exact: tuple[str, ...]) -> Found:
    columns: list[npt.ArrayLike] = []
    for name in dict.fromkeys((*pool.on, *exact)):
        values = pool.units[name]
        if not pd.api.types.is_numeric_dtype(values):
            columns.append(values.astype(str).to_numpy(dtype=str))
        elif binned and name not in exact:
            columns.append(sturges_bins(values.to_numpy(dtype=float)))
        else:
            columns.append(values.to_numpy(dtype=float))
    sets = with_both(exact_strata(columns), pool.treated)
    return Found(sets=sets, far=np.zeros(len(sets), dtype=bool), settings={"sets": int(sets.max()) + 1})


def _subclass(pool: Pool, score: Floats, *, on_all: bool) -> Found:
    by = np.ones(len(score), dtype=bool) if on_all else pool.treated
    sets = with_both(score_strata(score=score, treated=pool.treated, by=by, number=STRATA), pool.treated)
    number = int(sets.max()) + 1
    notes = () if number == STRATA else (Message("matching.note.fewer_strata", {"n": number}),)
    return Found(sets=sets, far=np.zeros(len(score), dtype=bool), settings={"sets": number}, notes=notes)


def _cardinality(pool: Pool, options: Options, score: Floats | None) -> Found:
    X, names = pool.levels()
    tolerance = TOLERANCE if options.caliper is None else options.caliper
    largest = largest_alike(X=X, treated=pool.treated, tolerance=tolerance, ratio=options.ratio, names=names)
    counted = ~pool.treated if options.ratio is None else pool.treated
    found = int((largest.kept & counted).sum())
    notes = (
        ()
        if largest.proved
        else (Message("matching.note.not_proved", {"n": found, "bound": int(largest.bound)}),)
    )
    return Found(
        kept=largest.kept,
        far=np.zeros(len(X), dtype=bool),
        settings={"tolerance": tolerance, "bound": largest.bound, "proved": largest.proved},
        notes=notes,
    )


def find(pool: Pool, options: Options, *, on_all: bool) -> Found:
    """Match the people of the pool as the options say; ``on_all`` when the effect is on everyone."""
    score: Floats | None = None
    notes: tuple[Message, ...] = ()
    if options.has_score:
        fitted = pool.score("probit" if options.distance == "probit" else "logit")
        score = fitted.linear if options.distance == "linear_logit" else fitted.chance
        notes = (Message("matching.note.apart"),) if fitted.apart else ()
    if options.method == "subclass":
        assert score is not None
        found = _subclass(pool, score, on_all=on_all)
    else:
        found = _METHODS[options.method](pool, options, score)
    return replace(found, notes=(*notes, *found.notes))


_METHODS: Mapping[MatchingMethod, Callable[[Pool, Options, Floats | None], Found]] = {
    "nearest": nearest,
    "optimal": _optimal,
    "full": _full,
    "exact": _exact,
    "coarsened": _coarsened,
    "cardinality": _cardinality,
}


def _places(pool: Pool, options: Options, score: Floats | None) -> Floats:
    """Return everyone's coordinates: one, the score, or several."""
    return coordinates(pool, options) if score is None else score[:, None]


def _by_stratum(pool: Pool) -> list[Ints]:
    if pool.strata is None:
        return [np.arange(len(pool.treated))]
    return by_stratum(pool.strata)


def _refuse_table(own: int, others: int) -> None:
    if own * others > TABLE:
        raise DesignError(Message("matching.error.too_many_distances", {"own": own, "others": others}))
