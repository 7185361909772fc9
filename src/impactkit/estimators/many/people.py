"""The people of many actions, one row per person, as a cohort and a design would have them by action."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from impactkit.estimators.inference.linear import Codes, Floats
from impactkit.estimators.many.question import Question
from impactkit.estimators.many.refusals import Refusal
from impactkit.estimators.many.rows import (
    counted,
    read_arms,
    read_outcomes,
    read_periods,
    read_weights,
)
from impactkit.estimators.many.segments import Bools, Segments
from impactkit.files.model import Comparison
from impactkit.text import Message


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class People:
    """P people by action.

    Attributes
    ----------
    segments : Segments
        The people of each action.
    treated, compared : (P,) arrays of bool
        Their role in the design; neither for those who have none.
    before, after : (P,) arrays
        The outcome at the first and last period of the action, NaN when not known; ``before`` is NaN for
        all when there is one period.
    has_baseline : (A,) array of bool
    weights : (P,) array or None
    clusters : (P,) array of int or None
        Codes over all actions; -1 when not known.
    described : tuple of Series
        The columns of characteristics at the first period of each person's action.
    described_known : (P,) array of bool or None
        Whether she was seen then; ``None`` when everyone was.
    refusals : tuple of Refusal
    """

    segments: Segments
    treated: Bools
    compared: Bools
    before: Floats
    after: Floats
    has_baseline: Bools
    weights: Floats | None
    clusters: Codes | None
    described: tuple[pd.Series, ...]
    described_known: Bools | None
    refusals: tuple[Refusal, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Persons:
    """Which person each row is of, and the first row of each; persons are in the order of actions.

    ``new`` tells the rows that begin a person, when the rows of each stand together.
    """

    of_row: Codes
    heads: Codes
    segments: Segments
    new: Bools | None

    def changing(self, values: np.ndarray) -> Codes:
        """Count, by action, the people of whom two rows say different things."""
        if self.new is not None and (self.new[1:] | (values[1:] == values[:-1])).all():
            return np.zeros_like(self.segments.sizes)
        changes = values != values[self.heads][self.of_row]
        people = np.zeros(self.heads.size, dtype=bool)
        people[self.of_row[changes]] = True
        return self.segments.count(people)


def read_people(rows: pd.DataFrame, at: Segments, question: Question) -> People:
    """Read the people of each action; one that cannot be a cohort or a design is refused, not the others.

    Parameters
    ----------
    rows : DataFrame
        Those of each action together.
    at : Segments
        The rows of each action; none is empty.
    question : Question
    """
    comparison: Comparison = question.comparison if question.compared else "none"
    refusals: list[Refusal] = []
    times = None
    if question.period is not None:
        times, refusal = read_periods(rows[question.period], at)
        refusals.append(refusal)
    is_treated, is_compared, arms, wrong = read_arms(
        None if question.treated is None else rows[question.treated], at, comparison
    )
    refusals.extend(wrong)
    weights = None
    if question.weight is not None:
        weights, refusal = read_weights(rows[question.weight], at)
        refusals.append(refusal)
    outcomes, refusal = read_outcomes(rows[question.outcome], at)
    refusals.append(refusal)
    refusals.append(counted(at, rows[question.unit].isna().to_numpy(), "cohort.error.unit_missing"))
    clusters = (
        None
        if question.cluster is None
        else np.asarray(pd.factorize(rows[question.cluster])[0], dtype=np.intp)
    )
    persons = _persons(rows[question.unit], at)
    repeated = _repeated(persons, times, at)
    refusals.append(
        Refusal(where=repeated > 0, key="cohort.error.duplicate_unit_period", params={"n": repeated})
    )
    heads: Codes | slice = slice(None)
    persons_at = at
    if persons is not None and times is not None:
        persons_at, heads = persons.segments, persons.heads
        facts = (("arm", arms), ("cluster", clusters), ("weight", weights))
        for name, values in facts:
            if values is not None:
                n = persons.changing(values)
                refusals.append(Refusal(where=n > 0, key=f"cohort.error.{name}_changes", params={"n": n}))
    before, after, seen, row_known, rows_before, has_baseline = _two_times(persons, outcomes, times, at)
    is_treated, is_compared = is_treated[heads] & seen, is_compared[heads] & seen
    refusals.extend(_empty_groups(persons_at, is_treated, is_compared, comparison))
    described = (rows[name] for name in question.covariates)
    return People(
        segments=persons_at,
        treated=is_treated,
        compared=is_compared,
        before=before,
        after=after,
        has_baseline=has_baseline,
        weights=None if weights is None else weights[heads],
        clusters=None if clusters is None else clusters[heads],
        described=tuple(column if rows_before is None else column.iloc[rows_before] for column in described),
        described_known=row_known,
        refusals=tuple(refusals),
    )


def _persons(unit: pd.Series, at: Segments) -> _Persons | None:
    """Find the people, who are each of one action; ``None`` when each row is another person.

    At once when identifiers are numbers that ascend within actions.
    """
    values = unit.to_numpy()
    n = len(values)
    new = None
    if values.dtype.kind in "iuf" and n:
        rises = np.ones(n, dtype=bool)
        np.greater_equal(values[1:], values[:-1], out=rises[1:])
        rises[at.starts] = True
        if rises.all():
            new = np.ones(n, dtype=bool)
            np.not_equal(values[1:], values[:-1], out=new[1:])
            new[at.starts] = True
            if new.all():
                return None
    if new is not None:
        heads, of_row = np.flatnonzero(new), np.cumsum(new) - 1
    else:
        codes = np.asarray(pd.factorize(unit, use_na_sentinel=False)[0], dtype=np.int64)
        keys = at.codes * (codes.max(initial=0) + 1) + codes
        of_row = np.asarray(pd.factorize(keys)[0], dtype=np.intp)
        heads = np.empty(of_row.max(initial=-1) + 1, dtype=np.intp)
        if heads.size == n:
            return None
        heads[of_row[::-1]] = np.arange(n)[::-1]
    ends = np.searchsorted(heads, at.starts + at.sizes)
    return _Persons(of_row=of_row, heads=heads, segments=Segments(sizes=np.diff(ends, prepend=0)), new=new)


def _repeated(persons: _Persons | None, times: Floats | None, at: Segments) -> Codes:
    """Count, by action, the rows that repeat a person at one period."""
    if persons is None:
        return np.zeros_like(at.sizes)
    if times is None:
        return np.asarray(at.sizes - persons.segments.sizes)
    if persons.new is not None and (persons.new[1:] | (times[1:] > times[:-1])).all():
        return np.zeros_like(at.sizes)
    codes, distinct = pd.factorize(times, use_na_sentinel=False)
    keys = persons.of_row * len(distinct) + codes
    if persons.heads.size * len(distinct) <= 8 * len(times):
        counts = np.bincount(keys, minlength=persons.heads.size * len(distinct))
        extra = np.maximum(counts - 1, 0).reshape(-1, len(distinct)).sum(axis=1)
        return persons.segments.total(extra.astype(float)).astype(np.intp)
    return at.count(pd.Series(keys).duplicated().to_numpy())


def _two_times(
    persons: _Persons | None, outcomes: Floats, times: Floats | None, at: Segments
) -> tuple[Floats, Floats, Bools, Bools | None, Codes | None, Bools]:
    """Return, by person, both outcomes, whether she was seen, and the row of her characteristics.

    Then, by action, whether it has two periods. Without periods people are rows; so are they, for want of
    better, in an action that repeats people, which is refused.
    """
    if times is None:
        n = len(outcomes)
        nothing = np.full(n, np.nan)
        return nothing, outcomes, np.ones(n, dtype=bool), None, None, np.zeros(at.sizes.size, dtype=bool)
    first, last = at.smallest(times), at.largest(times)
    is_first, is_last = times == at.spread(first), times == at.spread(last)
    has_baseline = first < last
    if persons is None:
        measured = is_first & at.spread(has_baseline)
        before, after = np.where(measured, outcomes, np.nan), np.where(is_last, outcomes, np.nan)
        return before, after, is_first | is_last, is_first, None, has_baseline
    n = persons.heads.size
    pairs = persons.new is not None and 2 * n == len(times) and bool(persons.new[::2].all())
    if pairs and is_first[::2].all() and is_last[1::2].all() and has_baseline.all():
        # Everyone at the first time, then at the last.
        return outcomes[::2], outcomes[1::2], np.ones(n, dtype=bool), None, persons.heads, has_baseline
    row = np.full(n, -1)
    row[persons.of_row[is_first]] = np.flatnonzero(is_first)
    before, after = np.full(n, np.nan), np.full(n, np.nan)
    people_last = persons.of_row[is_last]
    after[people_last] = outcomes[is_last]
    there = row >= 0
    measured = there & persons.segments.spread(has_baseline)
    before[measured] = outcomes[row[measured]]
    seen = there.copy()
    seen[people_last] = True
    return before, after, seen, None if there.all() else there, np.maximum(row, 0), has_baseline


def _empty_groups(at: Segments, treated: Bools, compared: Bools, comparison: Comparison) -> list[Refusal]:
    refusals = [Refusal(where=at.count(treated) == 0, key="design.error.nobody_enters")]
    if comparison != "none":
        refusals.append(
            Refusal(
                where=at.count(compared) == 0,
                key="design.error.nobody_compared",
                params={"comparison": Message(f"comparison.{comparison}")},
            )
        )
    return refusals
