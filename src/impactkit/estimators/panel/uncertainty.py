"""How sure the averages of group-time effects are: in small samples, as R's did, or by bootstrap."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt

from impactkit.estimators.inference.contributions import Contributions, contributions
from impactkit.estimators.inference.influence import Influence, spread
from impactkit.estimators.inference.linear import Codes, Floats
from impactkit.estimators.panel.followed import Followed
from impactkit.estimators.panel.group_time import GroupTime
from impactkit.estimators.result import Normal, StudentT

Uncertainty = Literal["CR2", "wild", "randomisation", "analytic", "bootstrap"]
# Those referred to Student's law, with errors for few people and few clusters.
SMALL_SAMPLE = ("CR2", "wild", "randomisation")


class Spreads:
    """Standard errors of averages of effects, and the laws that they go with.

    Of the errors for small samples (`contributions`), referred to Student's law; of the covariance of
    influences, referred to the normal law, as R's did; or of draws of it.
    """

    def __init__(
        self, found: GroupTime, people: Followed, *, errors: Uncertainty, draws: int, seed: int | None
    ) -> None:
        self.small: Contributions | None = None
        self._draws: Floats | None = None
        influence = found.influence
        if errors in SMALL_SAMPLE:
            self.small = small_sample(found, people)
            self._covariance = self.small.covariance
            return
        if people.clusters is not None:
            influence = influence.by_cluster(people.clusters)
        self._covariance = influence.covariance()
        if errors == "bootstrap":
            self._draws = influence.draws(draws, np.random.default_rng(seed))

    def of(self, loads: Floats) -> Floats:
        """Return the standard errors of averages, one per row of ``loads``."""
        if self._draws is not None:
            return spread(self._draws @ loads.T)
        return np.asarray(np.sqrt(np.clip(np.diag(self.covariance(loads)), 0, None)))

    def covariance(self, loads: Floats) -> Floats:
        """Return the covariance of averages."""
        return np.asarray(loads @ self._covariance @ loads.T)

    def draws_of(self, loads: Floats) -> Floats | None:
        """Return the bootstrap draws of averages, if there are any."""
        return None if self._draws is None else np.asarray(self._draws @ loads.T)

    def df(self, loads: Floats) -> Floats:
        """Return the degrees of freedom of averages; infinite for the normal law."""
        if self.small is None:
            return np.full(len(loads), np.inf)
        return self.small.df(loads)

    def law(self, load: Floats) -> Normal | StudentT:
        """Return the law of an average."""
        return Normal() if self.small is None else StudentT(float(self.df(load[None, :])[0]))


def small_sample(found: GroupTime, people: Followed) -> Contributions:
    """Return the errors of the effects for few people or few clusters."""
    n_columns = people.covariates.shape[2]
    split = by_entry(found, people)
    known = ~np.isnan(people.Y)
    masses = []
    for rows in split.rows:
        mass = people.weights[rows][:, None]
        masses.append(mass if n_columns or known.all() else mass * known[rows])
    # Terms fitted among people take next to nothing from the number of clusters.
    fitted = found.plan.compared.any(axis=0) & (people.clusters is None)
    return contributions(
        split,
        columns=found.att.size if n_columns else people.Y.shape[1],
        masses=tuple(masses),
        clusters=people.clusters,
        common=not n_columns,
        raised=bool(n_columns),
        lost=np.where(fitted, 1.0 + n_columns, 1.0),
        borrowed=_borrowed(found, people, split) if n_columns else None,
        lenders=_lenders(people),
    )


def _lenders(people: Followed) -> npt.NDArray[np.bool_] | None:
    """Name who lends to a date of entry with a single person or cluster: the other dates, if they can.

    Those who enter may vary more than those who never do: what they lend is then right, and rests on fewer
    people. Where every other date is single too, all lend.
    """
    if people.clusters is None:
        held = np.bincount(people.cohort, minlength=people.entries.size)
    else:
        there = np.zeros((people.entries.size, int(people.clusters.max()) + 1), dtype=bool)
        there[people.cohort, people.clusters] = True
        held = there.sum(axis=1)
    entering = (held >= 2) & np.isfinite(people.entries)
    return entering if entering.any() else None


def _borrowed(found: GroupTime, people: Followed, split: Influence) -> Floats:
    """Return what dates of entry with a single cluster (or person) borrow, with covariates.

    The influence of someone compared is her residual over the weight M of those compared; that of a single
    cluster of weight m, had it a residual, is the same with ``m / M`` for each unit of weight.
    """
    k, K = found.att.size, people.entries.size
    units = np.arange(len(people.Y)) if people.clusters is None else people.clusters
    held = np.zeros((int(units.max()) + 1, K))
    np.add.at(held, (units, people.cohort), people.weights)
    total = held.sum(axis=0)
    compared = found.plan.compared @ total
    last = K - 1
    (Z, _), rows = split.parts[last], split.rows[last]
    sums = np.zeros((len(held), k))
    np.add.at(sums, units[rows], Z[:, :k])
    residual = sums * (compared / split.n)
    unit = residual.T @ residual / max(float(held[:, last] @ held[:, last]), np.finfo(float).tiny)
    alone = ((held > 0).sum(axis=0) == 1)[found.plan.group] & ~found.plan.is_reference
    covariance = np.zeros((k + K, k + K))
    same = found.plan.group[:, None] == found.plan.group
    covariance[:k, :k] = np.where(same & alone[:, None] & alone, unit, 0.0)
    return covariance


def by_entry(found: GroupTime, people: Followed) -> Influence:
    """Return the influence in one part per date of entry."""
    codes: Codes = np.asarray(people.cohort, dtype=np.intp)
    return found.influence.by_group(codes, people.entries.size)
