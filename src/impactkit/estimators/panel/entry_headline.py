"""Which law the headline by date of entry rests on: the errors, and the tests for few clusters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from impactkit.errors import EstimationError
from impactkit.estimators.headline import Headline, asked_headline, headline
from impactkit.estimators.inference.few_clusters import are_few
from impactkit.estimators.inference.linear import Codes
from impactkit.estimators.panel.averages import Average
from impactkit.estimators.panel.entry_tests import dates_replayed, wild_average
from impactkit.estimators.panel.followed import Followed
from impactkit.estimators.panel.group_time import GroupTime
from impactkit.estimators.panel.uncertainty import Spreads, Uncertainty, by_entry, small_sample
from impactkit.estimators.result import Inversion, Normal
from impactkit.text import Message


def entry_headline(
    found: GroupTime,
    people: Followed,
    average: Average,
    spreads: Spreads,
    *,
    errors: Uncertainty,
    cautious: bool,
) -> Headline:
    """Choose the law of the headline; compute the tests for few clusters only when asked for or few."""
    law = spreads.law(average.load)
    if isinstance(law, Normal):
        return Headline(reference=law, laws=(errors,))
    tests = Tests(found, people, average, spreads)
    if errors == "wild" or errors == "randomisation":
        asked = tests.wild() if errors == "wild" else tests.randomised()
        return asked_headline(errors, asked, df=law.df, tests=tests.beside())
    return headline(errors, df=law.df, tests=tests.beside(), cautious=cautious)


@dataclass(frozen=True, slots=True)
class Tests:
    """The tests of the headline for few clusters; without clusters each person is her own."""

    found: GroupTime
    people: Followed
    average: Average
    spreads: Spreads

    @property
    def codes(self) -> Codes:
        """The clusters, or each person."""
        clusters = self.people.clusters
        return np.arange(len(self.people.Y)) if clusters is None else clusters

    def beside(self) -> dict[str, Inversion]:
        """Return both by name when clusters are few: the dates replayed where they can be."""
        clusters = self.people.clusters
        if clusters is None or not are_few(*n_clusters(self.people)):
            return {}
        tests: dict[str, Inversion] = {"wild": self.wild()}
        if not self.people.covariates.shape[2] and not self._crossed():
            tests["randomisation"] = self.randomised()
        return tests

    def wild(self) -> Inversion:
        """Return the wild bootstrap of the average."""
        return wild_average(
            influence=by_entry(self.found, self.people),
            small=self.spreads.small or small_sample(self.found, self.people),
            weights=self.people.weights,
            clusters=self.codes,
            value=self.average.value,
            load=self.average.load,
        )

    def randomised(self) -> Inversion:
        """Replay the dates of entry.

        Raises
        ------
        EstimationError
            When a cluster has people of several dates, or covariates are taken into account.
        """
        if self.people.covariates.shape[2]:
            raise EstimationError(Message("estimators.error.dates_replayed_plain"))
        if self._crossed():
            raise EstimationError(Message("estimators.error.clusters_cross_dates"))
        return dates_replayed(
            Y=self.people.Y,
            cohort=self.people.cohort,
            weights=self.people.weights,
            clusters=self.codes,
            plan=self.found.plan,
            load=self.average.load[: self.found.att.size],
        )

    def _crossed(self) -> bool:
        pairs = np.unique(np.column_stack([self.codes, self.people.cohort]), axis=0)
        return len(pairs) > len(np.unique(self.codes))


def n_clusters(people: Followed) -> tuple[int, int]:
    """Return how many clusters there are, and how many have someone who enters."""
    if people.clusters is None:
        return 0, 0
    enters = np.isfinite(people.entries[people.cohort])
    return int(people.clusters.max()) + 1, np.unique(people.clusters[enters]).size
