"""What an agreement is worth: Fellegi and Sunter's weights, learnt from the two files.

For a pair of rows with levels of agreement γ on k fields, with m the probability of the levels among pairs of
one person and u among others, the odds that the pair is one person are, λ being the share of such pairs::

    λ / (1 - λ)  ×  Π m_j(γ_j) / u_j(γ_j)

u is estimated on pairs drawn at random, never on pairs that were chosen because they agree; λ is counted over
all pairs of the two files; m comes from an EM algorithm with a prior, so that short files are linked too.

A household shares its name, postcode and phone: together they never say more than that one of the household
is meant. Only first name, date of birth, sex and e-mail then tell the person.

References
----------
Fellegi & Sunter (1969), *JASA* 64(328). Winkler (2000) for frequencies of names. Enamorado, Fifield & Imai
(2019), *American Political Science Review* 113(2), for priors in the EM.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from impactkit.cohort.linking.compare import (
    BIRTH,
    EMAIL,
    EXACT,
    FIRST,
    LAST,
    PHONE,
    Compared,
    Field,
    Floats,
    compare,
)
from impactkit.cohort.linking.fields import Codes, Fields

# Pairs drawn to see how often people who are not the same agree.
_RANDOM_PAIRS = 1_000_000
# What the priors weigh, in pairs.
_PRIOR_PAIRS = 50.0
# Names are counted with this many people of a French population beside those of the files.
_PRIOR_PEOPLE = 1_000.0
# Share of people of a French population who bear a given common value.
_PRIOR_SHARE = {LAST: 0.0005, FIRST: 0.005, BIRTH: 0.00004}
# How often the names of one person are swapped.
_SWAPPED = 0.01
# Fields that a household shares.
_OF_HOUSEHOLD = ("last_name", "postcode", "phone")
_ROUNDS, _STILL = 50, 1e-6


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Weights:
    """The weights learnt.

    Attributes
    ----------
    m, u : tuple of arrays
        Per field, the share of pairs at each level from `EXACT` on, of one person and of two.
    prevalence : float
        λ, the share of all pairs that are one person.
    """

    m: tuple[Floats, ...]
    u: tuple[Floats, ...]
    prevalence: float


def log_odds(fields: Fields, compared: Compared, left: Codes, right: Codes) -> Floats:
    """Return the logarithm of the odds that each pair is one person.

    Parameters
    ----------
    fields : Fields
    compared : Compared
        Of the candidate pairs.
    left, right : (p,) arrays of int
        The candidate pairs.
    """
    u = _agreement_by_chance(fields, compared.fields)
    shares = [_frequency(fields, field, left, right) for field in compared.fields]
    m = [np.array(field.prior) / sum(field.prior) for field in compared.fields]
    n_pairs = float(fields.n_left) * (fields.n - fields.n_left)
    prevalence = min(fields.n_left, fields.n - fields.n_left) / (2 * n_pairs + 1)
    odds = np.zeros(left.size)
    for _ in range(_ROUNDS):
        odds = _odds(compared, Weights(m=tuple(m), u=tuple(u), prevalence=prevalence), shares)
        posterior = _probability(odds)
        before, prevalence = prevalence, (posterior.sum() + 0.5) / (n_pairs + 1)
        m = [
            _learn(field, levels, posterior)
            for field, levels in zip(compared.fields, compared.levels, strict=True)
        ]
        if abs(prevalence - before) <= _STILL * before:
            break
    return odds


def _probability(odds: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-np.clip(odds, -700, 700))))


def _learn(field: Field, levels: np.ndarray, posterior: Floats) -> Floats:
    """Return the share of each level among the pairs of one person, given the prior."""
    counts = np.bincount(levels, weights=posterior, minlength=len(field.prior) + 1)[1:]
    learnt = counts + _PRIOR_PAIRS * np.array(field.prior) / sum(field.prior)
    return np.asarray(learnt / learnt.sum())


def _odds(compared: Compared, weights: Weights, shares: list[Floats | None]) -> Floats:
    base = np.log(weights.prevalence / (1 - weights.prevalence))
    household = np.full(compared.swapped.size, base)
    person = np.where(compared.swapped, np.log(_SWAPPED), 0.0)
    for j, field in enumerate(compared.fields):
        by_level = np.append(0.0, np.log(weights.m[j] / weights.u[j]))
        found = by_level[compared.levels[j]]
        share = shares[j]
        if share is not None:
            exact = compared.levels[j] == EXACT
            found = np.where(exact, np.log(weights.m[j][0] / share), found)
        if field.name in _OF_HOUSEHOLD:
            household += found
        else:
            person += found
    return np.asarray(np.minimum(household, 0.0) + person)


def _agreement_by_chance(fields: Fields, of: tuple[Field, ...]) -> list[Floats]:
    """Return the share of each level among pairs of two people, from pairs drawn at random.

    A pair with two of the three (names, date) equal is probably one person: it is left out.
    """
    n_right = fields.n - fields.n_left
    rng = np.random.default_rng(0)
    everything = fields.n_left * n_right
    if everything <= _RANDOM_PAIRS:
        drawn = np.arange(everything)
    else:
        drawn = rng.integers(everything, size=_RANDOM_PAIRS)
    compared = compare(fields, drawn // max(n_right, 1), drawn % max(n_right, 1))
    main = [j for j, field in enumerate(of) if field in (LAST, FIRST, BIRTH)]
    others = (compared.levels[main] == EXACT).sum(axis=0) < 2
    out = []
    for field, levels in zip(of, compared.levels, strict=True):
        counts = np.bincount(levels[others], minlength=len(field.prior) + 1)[1:].astype(float)
        prior = _PRIOR_PAIRS * _by_chance(field)
        out.append((counts + prior) / (counts.sum() + prior.sum()))
    return out


def _by_chance(field: Field) -> Floats:
    """Return what agreements by chance are thought to be before any data: the weaker, the likelier."""
    size = len(field.prior)
    if size == 2:
        return np.array([0.5, 0.5]) if field is not EMAIL else np.array([1e-4, 1 - 1e-4])
    falling = 0.004 * 4.0 ** np.arange(size - 1) / 4.0 ** (size - 2)
    if field in (BIRTH, PHONE):
        falling = falling * 0.05
    return np.append(falling, 1 - falling.sum())


def _frequency(fields: Fields, field: Field, left: Codes, right: Codes) -> Floats | None:
    """Return the share of people who bear the value that a pair agrees on; ``None`` for other fields.

    Sharing a rare name says more than sharing a common one, and a date of 1 January less than another.
    """
    if field is BIRTH:
        dates = (fields.year * 13 + fields.month) * 32 + fields.day
        _, codes = np.unique(dates, return_inverse=True)
    elif field is LAST:
        codes = fields.last.codes
    elif field is FIRST:
        codes = fields.first.codes
    else:
        return None
    known = codes >= 0 if field is not BIRTH else fields.year > 0
    counts = np.bincount(codes[known], minlength=int(codes.max(initial=0)) + 1)
    share = (counts - 1 + _PRIOR_PEOPLE * _PRIOR_SHARE[field]) / (known.sum() + _PRIOR_PEOPLE)
    share = np.maximum(share, _PRIOR_SHARE[field] / 10)
    one, other = (share[np.maximum(codes[rows], 0)] for rows in (left, right + fields.n_left))
    return np.asarray(np.maximum(one, other))
