"""Choosing people alike: from a design to the same design with its matching, no result read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace as changed

import numpy as np
import numpy.typing as npt
import pandas as pd

from impactkit.design.comparable import Matched, losses_replaced
from impactkit.design.covariates import Floats
from impactkit.design.design import Design
from impactkit.design.matching.found import Found
from impactkit.design.matching.methods import find
from impactkit.design.matching.on_a_line import Order
from impactkit.design.matching.options import Options
from impactkit.design.matching.people_pool import Pool, everyone, pool_of
from impactkit.design.matching.weights import scaled, weights_of_pairs, weights_of_sets
from impactkit.errors import DesignError, require
from impactkit.files.model import Distance, MatchingMethod
from impactkit.text import Message

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

# Methods that can make the groups alike for the effect on everyone.
_ON_ALL = ("full", "exact", "coarsened", "subclass")


def match(
    design: Design,
    *,
    on: Sequence[str] | None = None,
    method: MatchingMethod = "nearest",
    distance: Distance = "logit",
    caliper: float | None = None,
    caliper_on: str = "score",
    ratio: int | None = 1,
    replace: bool = False,
    exact: Sequence[str] = (),
    order: Order | None = None,
    seed: int | None = None,
) -> Design:
    """Choose, among the people of the design, those alike before the action. No result is read.

    Parameters
    ----------
    design : Design
        With a comparison, and one date of entry or a window. A matching or weighting that it already has is
        replaced: people are chosen among all those declared.
    on : sequence of str, optional
        Characteristics to make alike; the design's covariates by default. The outcome's own name stands for
        the outcome before entry, the most telling characteristic where there is one: it is used only when
        named.
    method : str
        - ``"nearest"``: each beneficiary in turn takes the nearest person still free;
        - ``"optimal"``: everyone in pairs whose distances have the least sum;
        - ``"full"``: everyone in sets of one and several, at the least total distance;
        - ``"exact"``: sets of people equal on all characteristics;
        - ``"coarsened"``: the same, with numbers put in bins of equal width (Sturges' number of bins);
        - ``"cardinality"``: the largest groups whose means differ by no more than a tolerance;
        - ``"subclass"``: six sets, by quantiles of beneficiaries' scores (of everyone's for the ATE).
    distance : str
        Between people: the difference of their chances of being beneficiaries by a ``"logit"`` or a
        ``"probit"``, of their log odds (``"linear_logit"``), or the ``"mahalanobis"`` distance on
        characteristics, by ranks for ``"robust_mahalanobis"``.
    caliper : float, optional
        The largest gap allowed, in standard deviations (of everyone, n - 1) of what ``caliper_on`` names.
        With ``"full"``, those with nobody in reach are left out; two people of a set may be up to twice as
        far apart. With ``"cardinality"``, the largest difference of means, in standard deviations of
        beneficiaries (0.1 by default).
    caliper_on : str
        ``"score"``, or a characteristic. With a Mahalanobis distance, the score is the chance by a logit on
        ``on`` and the design's covariates.
    ratio : int or None
        People for each beneficiary. All have a first one before any has a second. ``None``, with
        ``"cardinality"``: all beneficiaries are kept.
    replace : bool
        Whether a person may serve several beneficiaries.
    exact : sequence of str
        Characteristics that must be equal; for ``"coarsened"``, those not put in bins.
    order : {"largest", "closest", "data"}, optional
        Who chooses first: the largest scores (default where there is a score), the closest pairs, or by
        identifier.
    seed : int, optional
        Take people in an order drawn with this seed rather than by identifier: it settles ties, and the turns
        of ``order="data"``. Nothing else is random.

    Returns
    -------
    Design
        ``pairs``, ``weights`` and ``left_out`` say who is with whom, what each counts for, and why others are
        left out; ``comparable.notes`` what a reader must know; ``comparable.settings`` the choices,
        ``total_distance``, and ``ties``: the beneficiaries whose nearest match has an equal. Everyone in the
        design before is either weighted or left out with a reason.

    Raises
    ------
    ValueError
        When an option is not one of those above or is without effect with the method.
    DesignError
        When nobody can be matched, a characteristic separates the groups perfectly, there are too few people
        for the characteristics, or the method cannot answer for the effect asked for.

    Notes
    -----
    People with a characteristic missing are left out with the reason ``covariate_missing``. The same
    choices as R's MatchIt 4.7: the same pairs, ties included, and the same weights for an effect on
    beneficiaries. Optimal and full matching reach the true least total distance, where the solver behind
    MatchIt stops near it.

    References
    ----------
    Stuart (2010), *Statistical Science* 25(1). Ho, Imai, King & Stuart (2011), *J. of Statistical Software*
    42(8). Rosenbaum (1989), *JASA* 84(408), (1991), *JRSS B* 53(3). Iacus, King & Porro (2012), *Political
    Analysis* 20(1). Zubizarreta, Paredes & Rosenbaum (2014), *Ann. Appl. Stat.* 8(1).

    Examples
    --------
    >>> import pandas as pd, impactkit as ik
    >>> frame = pd.DataFrame({
    ...     "id": range(6), "helped": [1, 1, 0, 0, 0, 0], "age": [30, 50, 20, 31, 52, 70],
    ...     "score": [5, 6, 1, 3, 4, 9],
    ... })
    >>> cohort = ik.cohort_from_frame(frame, unit="id", arm="helped", outcomes=["score"], covariates=["age"])
    >>> design = ik.match(ik.declare_design(cohort, covariates=["age"]), distance="mahalanobis")
    >>> design.pairs[["treated", "control"]].values.tolist()
    [[0, 3], [1, 4]]
    """
    require(design, Design)
    options = Options(
        method=method,
        distance=distance,
        caliper=caliper,
        caliper_on=caliper_on,
        ratio=ratio,
        replace=replace,
        exact=_names("exact", exact),
        order=order,
        seed=seed,
    )
    wanted = design.covariates if on is None else _names("on", on)
    _refuse(design, wanted, options)
    by_caliper = () if caliper_on == "score" else (caliper_on,)
    score_on: tuple[str, ...] = ()
    if options.has_score:
        score_on = wanted if options.by_score else tuple(dict.fromkeys((*wanted, *design.covariates)))
    units = everyone(design, (*wanted, *score_on, *options.exact, *by_caliper))
    pool, places = pool_of(
        units, on=wanted, score_on=score_on, exact=options.exact, others=by_caliper, seed=seed
    )
    on_all = design.estimand == "ATE"
    found = find(pool, options, on_all=on_all)
    weights = _weights(pool, found, options, on_all=on_all)
    if not weights.any():
        raise DesignError(Message("matching.error.nobody_matched"))
    sets = _sets(pool, found, options)
    everybody = np.zeros(len(units))
    everybody[places] = weights
    reasons = np.full(len(units), "covariate_missing", dtype=object)
    reasons[places] = _reasons(pool, found, options, weights)
    subclass = np.full(len(units), -1, dtype=np.int64)
    subclass[places] = sets
    matched = Matched(
        method=method,
        settings=options.settings | found.settings,
        on=wanted,
        people=units.index.to_numpy(),
        weights=everybody,
        reasons=reasons,
        notes=(
            *losses_replaced(design.comparable),
            *_notes(units, pool, reasons),
            *_short(found, options),
            *found.notes,
        ),
        subclass=subclass,
        pairs=_pairs(pool, found),
    )
    return changed(design, comparable=matched)


def _names(option: str, names: Sequence[str]) -> tuple[str, ...]:
    if isinstance(names, str):
        raise ValueError(f"{option} is a list of names, for example ['age']")
    return tuple(dict.fromkeys(names))


def _refuse(design: Design, on: tuple[str, ...], options: Options) -> None:
    if design.comparison == "none":
        raise DesignError(Message("design.error.no_comparison"))
    if design.staggered:
        raise DesignError(Message("matching.error.several_entries"))
    if not on:
        raise DesignError(Message("matching.error.nothing_to_match_on"))
    if design.estimand == "ATE" and options.method not in _ON_ALL:
        raise DesignError(Message("matching.error.only_on_treated"))


def _weights(pool: Pool, found: Found, options: Options, *, on_all: bool) -> Floats:
    if found.sets is not None:
        return weights_of_sets(sets=found.sets, treated=pool.treated, on_all=on_all)
    if found.chosen is not None:
        return weights_of_pairs(chosen=found.chosen, treated=pool.treated)
    assert found.kept is not None
    return scaled(found.kept.astype(float), pool.treated)


def _sets(pool: Pool, found: Found, options: Options) -> Ints:
    """Return the set of each person: numbered as beneficiaries come for those who chose."""
    if found.sets is not None:
        return found.sets
    sets = np.full(len(pool.treated), -1, dtype=np.int64)
    if found.chosen is not None and not options.replace:
        matched = found.chosen >= 0
        some = matched[:, 0]
        numbers = np.where(some, np.cumsum(some) - 1, -1)
        sets[np.flatnonzero(pool.treated)] = numbers
        sets[found.chosen[matched]] = np.repeat(numbers, matched.sum(axis=1))
    return sets


def _pairs(pool: Pool, found: Found) -> pd.DataFrame:
    """Return who is with whom; for sets of one and several, each of the several with the one."""
    people = pool.units.index.to_numpy()
    own = np.flatnonzero(pool.treated)
    if found.chosen is not None:
        matched = found.chosen >= 0
        counts = matched.sum(axis=1)
        first, second = np.repeat(own, counts), found.chosen[matched]
        number = np.repeat(np.cumsum(counts > 0) - 1, counts)
    elif found.sets is not None and _are_stars(found.sets, pool.treated):
        ends = pd.DataFrame({"place": np.arange(len(people)), "set": found.sets})
        ends = ends[ends["set"] >= 0]
        treated = pool.treated[ends["place"]]
        both = ends[treated].merge(ends[~treated], on="set", suffixes=("_1", "_0"))
        first, second = both["place_1"].to_numpy(), both["place_0"].to_numpy()
        number = both["set"].to_numpy()
    else:
        first = second = number = np.zeros(0, dtype=np.int64)
    return pd.DataFrame({"treated": people[first], "control": people[second], "subclass": number})


def _are_stars(sets: Ints, treated: Bools) -> bool:
    size = int(sets.max()) + 1
    inside = sets >= 0
    fewer = np.minimum(
        np.bincount(sets[inside & treated], minlength=size),
        np.bincount(sets[inside & ~treated], minlength=size),
    )
    return bool((fewer <= 1).all())


def _reasons(pool: Pool, found: Found, options: Options, weights: Floats) -> np.ndarray:
    """Say why each person of the pool who weighs nothing is left out."""
    reasons = np.full(len(weights), "not_needed", dtype=object)
    reasons[pool.treated] = "no_one_left"
    if options.method in ("exact", "coarsened"):
        reasons[:] = "no_exact_match"
    elif options.method == "cardinality":
        reasons[:] = "not_alike"
    reasons[found.far] = "outside_caliper"
    reasons[~pool.inside] = "no_exact_match"
    reasons[weights > 0] = ""
    return reasons


def _short(found: Found, options: Options) -> list[Message]:
    """Tell that some beneficiaries have fewer people than asked for."""
    if found.chosen is None or options.ratio is None:
        return []
    counts = (found.chosen >= 0).sum(axis=1)
    short = int(((counts > 0) & (counts < options.ratio)).sum())
    return [Message("matching.note.fewer_than_ratio", {"n": short, "ratio": options.ratio})] if short else []


def _notes(units: pd.DataFrame, pool: Pool, reasons: np.ndarray) -> list[Message]:
    notes = []
    missing = int((reasons == "covariate_missing").sum())
    if missing:
        notes.append(Message("matching.note.covariate_missing", {"n": missing}))
    treated = units["treated"].to_numpy()
    out = int((treated & (reasons != "")).sum())
    if out:
        notes.append(Message("matching.note.treated_left_out", {"n": out, "of": int(treated.sum())}))
    constant = pool.constant()
    if constant:
        notes.append(Message("matching.note.constant", {"names": ", ".join(constant), "n": len(constant)}))
    return notes
