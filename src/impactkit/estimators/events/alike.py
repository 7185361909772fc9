"""People alike: a two-way regression on time since entry, told by profiles instead of people.

People who enter at one date, are seen at the same periods and have one weight have the same row in every
column that depends on entry and period only, and the same leverage. They are one profile. The coefficients
need their mean outcome at each period; the errors, the second moments of their residuals. No matrix with a
row per person and period is formed.

With n people in profile p, ``Q_p`` its rows of the weighted columns (fitted on profiles) and ``e_i`` the
residuals of person i, ``Q_i'Q_i = Q_p'Q_p / n``, and her score on a combination is, up to a scale,
``q' (I - Q_i'Q_i)^-1/2 Q_p' e_i``, as in `twfe`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from impactkit.estimators.events.twfe import (
    Combinations,
    Panel,
    PanelErrors,
    cluster_products,
    combine,
    cr1_factor,
    directions,
    satterthwaite,
)
from impactkit.estimators.inference.few_clusters import WildTest, wild_of_products
from impactkit.estimators.inference.linear import Codes, Fit, Floats, adjust

# Profiles stand for people when they have so many times fewer rows.
_FEWER = 4
# Numbers held at once while clusters are gone through.
_CHUNK = 4_000_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Alike:
    """A panel and its profiles.

    Attributes
    ----------
    panel : Panel
        The people.
    profiles : Panel
        One "person" per profile: the mean outcome of its people and, as weights, the sum of theirs. The panel
        itself when its people are too unlike.
    first : (people,) array of int
        The first row of each person.
    people : tuple of arrays of int
        Those of each profile; empty when people are too unlike.
    sizes : (profiles,) array of int
        How many people a "person" of ``profiles`` stands for.
    """

    panel: Panel
    profiles: Panel
    first: Codes
    people: tuple[Codes, ...]
    sizes: Codes

    def count(self, rows: npt.NDArray[np.bool_]) -> int:
        """Count the people who have one of these rows of ``profiles``."""
        return int(self.sizes[np.unique(self.profiles.units[rows])].sum())

    def combine(self, fitted: Fit, contrasts: Floats, *, errors: PanelErrors) -> Combinations:
        """Combine coefficients fitted on ``profiles``, with the errors of the panel: see `twfe.combine`."""
        clusters = self.panel.clusters
        if self.profiles is self.panel:
            return combine(fitted, contrasts, clusters=clusters, errors=errors)
        values, q = directions(fitted, contrasts)
        groups = int(clusters.max()) + 1
        alone = groups == len(self.first)
        covariance, df = self._by_person(fitted, q, errors) if alone else self._by_cluster(fitted, q, errors)
        if errors == "CR1":
            covariance *= cr1_factor(groups=groups, rows=len(self.panel.y), columns=fitted.Q.shape[1])
        return Combinations(values=values, covariance=covariance, df=df)

    def wild(self, fitted: Fit, weights: Floats) -> WildTest:
        """Draw the wild bootstrap by cluster of one combination (p,) of coefficients fitted on ``profiles``.

        Person effects, which lie within clusters, are swept out of each draw as of what was observed.
        """
        values, q = directions(fitted, weights[None, :])
        cross, moments = self._products(fitted)
        return wild_of_products(cross=cross, moments=moments, q=q[:, 0], value=float(values[0]))

    def _products(self, fitted: Fit) -> tuple[Floats, Floats]:
        """Return ``Q_g'Q_g`` (G, k, k) and ``Q_g'e_g`` (G, k) of all clusters."""
        if self.profiles is self.panel:
            both = list(cluster_products(fitted, self.panel.clusters))
            return np.vstack([cross for cross, _ in both]), np.vstack([moments for _, moments in both])
        of_person, k = self.panel.clusters[self.first], fitted.Q.shape[1]
        moments, cross = self._by_profile(fitted, of_person)
        _, held = next(self._held(of_person, step=len(moments)))
        return (held @ cross.reshape(len(cross), -1)).reshape(-1, k, k), moments

    def _blocks(self, fitted: Fit) -> Iterator[tuple[Codes, Floats, Floats]]:
        """Yield the people of each profile, ``Q_p`` (T, k) and their residuals (T, n), scaled for scores."""
        weights, end = self.profiles.row_weights, 0
        root = np.sqrt(weights / weights.mean())
        lengths = np.bincount(self.profiles.units)
        for people, length in zip(self.people, lengths, strict=True):
            cells = slice(end, end + length)
            end += length
            centre = (
                self.profiles.y[cells] - self.profiles.y[cells].mean() - fitted.residuals[cells] / root[cells]
            )
            e = _outcomes(self.panel.y, self.first[people], length)
            e -= e.mean(axis=0)
            e -= centre[:, None]
            e *= root[end - 1] / len(people)
            yield people, fitted.Q[cells], e

    def _by_person(self, fitted: Fit, q: Floats, errors: PanelErrors) -> tuple[Floats, Floats]:
        """Return the covariance (m, m) and degrees of freedom (m,) when each person is her own cluster."""
        covariance = np.zeros((q.shape[1], q.shape[1]))
        own, z = [], []
        for people, Q, e in self._blocks(fitted):
            inner = q
            if errors == "CR2":
                adjusted = adjust((Q.T @ Q)[None] / len(people), q)
                inner = adjusted.inner[0]
                own.append(adjusted.own)
                z.append(adjusted.z)
            load = Q @ inner
            covariance += load.T @ (e @ e.T) @ load
        if errors == "CR1":
            return covariance, np.full(q.shape[1], len(self.first) - 1.0)
        return covariance, satterthwaite(np.vstack(own), np.vstack(z), self.sizes)

    def _by_cluster(self, fitted: Fit, q: Floats, errors: PanelErrors) -> tuple[Floats, Floats]:
        """Return the same when clusters hold several people, who may be of several profiles."""
        of_person, k = self.panel.clusters[self.first], fitted.Q.shape[1]
        moments, cross = self._by_profile(fitted, of_person)
        if errors == "CR1":
            scores = moments @ q
            return scores.T @ scores, np.full(q.shape[1], len(moments) - 1.0)
        parts = []
        for clusters, held in self._held(of_person, step=max(1, _CHUNK // max(k * k, len(cross)))):
            adjusted = adjust((held @ cross.reshape(len(cross), -1)).reshape(-1, k, k), q)
            parts.append((np.einsum("gkm,gk->gm", adjusted.inner, moments[clusters]), adjusted))
        scores = np.vstack([scores for scores, _ in parts])
        own, z = (np.vstack([getattr(a, name) for _, a in parts]) for name in ("own", "z"))
        return scores.T @ scores, satterthwaite(own, z)

    def _by_profile(self, fitted: Fit, of_person: Codes) -> tuple[Floats, Floats]:
        """Return ``Q_g'e_g`` of each cluster (G, k) and ``Q_i'Q_i`` of a person of each profile (P, k, k)."""
        groups, k = int(of_person.max()) + 1, fitted.Q.shape[1]
        moments, cross = np.zeros((groups, k)), np.empty((len(self.people), k, k))
        for p, (people, Q, e) in enumerate(self._blocks(fitted)):
            sums = [np.bincount(of_person[people], row, minlength=groups) for row in e]
            moments += np.column_stack(sums) @ Q
            cross[p] = Q.T @ Q / len(people)
        return moments, cross

    def _held(self, of_person: Codes, *, step: int) -> Iterator[tuple[slice, Floats]]:
        """Yield clusters, ``step`` at a time, and how many people of each profile they hold (g, P)."""
        profile = np.empty(len(of_person), dtype=np.intp)
        for p, people in enumerate(self.people):
            profile[people] = p
        order = np.argsort(of_person, kind="stable")
        ends = np.concatenate([[0], np.cumsum(np.bincount(of_person))])
        for start in range(0, len(ends) - 1, step):
            stop = min(start + step, len(ends) - 1)
            people = order[ends[start] : ends[stop]]
            cells = (of_person[people] - start) * len(self.people) + profile[people]
            held = np.bincount(cells, minlength=(stop - start) * len(self.people))
            yield slice(start, stop), held.reshape(stop - start, -1).astype(np.float64)


def alike(panel: Panel, *, described: bool = False) -> Alike:
    """Find the profiles of a panel.

    Parameters
    ----------
    panel : Panel
        Rows by person, then period.
    described : bool
        Whether people have characteristics in the regression: each then counts for herself.
    """
    lengths = np.bincount(panel.units)
    first = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    if described:
        return Alike(panel=panel, profiles=panel, first=first, people=(), sizes=np.ones_like(first))
    profile = _profiles(panel, first, lengths)
    sizes = np.bincount(profile)
    people = tuple(np.split(np.argsort(profile, kind="stable"), np.cumsum(sizes)[:-1]))
    length = lengths[[one[0] for one in people]]
    if _FEWER * length.sum() > len(panel.y):
        return Alike(panel=panel, profiles=panel, first=first, people=(), sizes=np.ones_like(first))
    of_cell = np.repeat(np.arange(len(people)), length)
    rows = np.concatenate([first[one[0]] + np.arange(T) for one, T in zip(people, length, strict=True)])
    means = [_outcomes(panel.y, first[one], T).mean(axis=1) for one, T in zip(people, length, strict=True)]
    profiles = Panel(
        y=np.concatenate(means),
        units=of_cell,
        periods=panel.periods[rows],
        clusters=of_cell,
        start=panel.start[rows],
        weights=panel.row_weights[rows] * sizes[of_cell],
    )
    return Alike(panel=panel, profiles=profiles, first=first, people=people, sizes=sizes)


def _profiles(panel: Panel, first: Codes, lengths: Codes) -> Codes:
    """Return the profile of each person as codes: her entry, the periods at which she is seen, her weight."""
    T = panel.n_periods
    codes = pd.factorize(panel.start[first])[0]
    if len(panel.y) < len(first) * T:
        seen = np.zeros((len(first), -(-T // 64) * 64), dtype=bool)
        seen[panel.units, panel.periods] = True
        for word in np.packbits(seen, axis=1).view(np.uint64).T:
            codes = _both(codes, word)
    if panel.weights is not None:
        codes = _both(codes, panel.weights[first])
    return codes.astype(np.intp)


def _both(codes: Codes, values: np.ndarray) -> Codes:
    """Return the codes of the pairs."""
    other, levels = pd.factorize(values)
    return pd.factorize(codes * len(levels) + other)[0]


def _outcomes(y: Floats, first: Codes, length: int) -> Floats:
    """Return (length, people) outcomes from the first row of each."""
    found = np.empty((length, len(first)))
    for t in range(length):
        np.take(y, first + t, out=found[t])
    return found
