"""The rows of a cohort in order, and where each person and each period stands in them.

Estimators read columns and positions from here, where copying, sorting or joining the frame again would cost
many times the estimate itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

# Names of the panel's own columns. The leading underscore keeps them apart from the user's variables.
UNIT = "_unit"
PERIOD = "_period"
ARM = "_arm"
ENTRY = "_entry"
CLUSTER = "_cluster"
WEIGHT = "_weight"
# Days, when the files tell them: of entry, of exit, of the answers of the row, of birth.
ENTERED = "_entered"
LEFT = "_left"
ANSWERED = "_answered"
BIRTH = "_birth"
HOUSEHOLD = "_household"

BENEFICIARY = "beneficiary"

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Levels:
    """A characteristic that is no number, as codes.

    Attributes
    ----------
    codes : (N,) array of int
        Positions in ``names``; -1 where missing.
    names : tuple of str
        Its levels in alphabetical order; not all are had by the rows of part of a cohort.
    """

    codes: Codes
    names: tuple[str, ...]

    @classmethod
    def of(cls, values: pd.Series) -> Levels:
        """Give each value, written as text, the number of its level."""
        text = values.to_numpy(dtype=object)
        if pd.api.types.infer_dtype(text, skipna=True) != "string":
            text = values.astype(str).to_numpy(dtype=object)
            text[values.isna().to_numpy()] = None
        codes, names = pd.factorize(text)
        order = sorted(range(len(names)), key=names.__getitem__)
        place = np.full(len(names) + 1, -1)  # the last for codes of -1
        place[order] = np.arange(len(names))
        return cls(codes=place[codes], names=tuple(names[i] for i in order))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rows:
    """One row per person and period, by person then period: N rows, n people, T periods. Read, never changed.

    Attributes
    ----------
    frame : DataFrame
        The rows in order, numbered from 0.
    people : Index
        The n identifiers, ascending.
    periods : (T,) array
        Ascending.
    person, period : (N,) arrays of int
        Of each row: positions in ``people`` and in ``periods``.
    first : (n,) array of int
        The first row of each person. Her arm, entry, cluster and weight are those of any of her rows.
    arms : array of str
    arm : (n,) array of int
        Of each person: position in ``arms``.
    entry : (n,) array
        Period of first exposure; infinite for those who never enter.
    cluster : (n,) array of int or None
        Of each person: the code of her cluster, in order of appearance; -1 when not known.
    """

    frame: pd.DataFrame
    people: pd.Index
    periods: Floats
    person: Codes
    period: Codes
    first: Codes
    arms: np.ndarray
    arm: Codes
    entry: Floats
    cluster: Codes | None
    # The columns already asked for, as numbers and as levels: asking pandas takes as long as a mean.
    _floats: dict[str, Floats] = field(default_factory=dict, init=False, repr=False)
    _levels: dict[str, Levels | None] = field(default_factory=dict, init=False, repr=False)

    @classmethod
    def of(cls, frame: pd.DataFrame) -> Rows:
        """Put rows in order: the only place that sorts them."""
        frame = pd.DataFrame(frame)  # plain: estimators index it, and never show it
        person, people = _numbered(frame[UNIT])
        period, periods = pd.factorize(frame[PERIOD].to_numpy(dtype=float), sort=True)
        place = person * periods.size + period
        if (place[1:] < place[:-1]).any():
            order = np.argsort(place, kind="stable")
            frame, person, period = frame.take(order), person[order], period[order]
        if isinstance(frame[UNIT].dtype, pd.CategoricalDtype):
            frame = frame.assign(**{UNIT: pd.Series(people[person], index=frame.index, dtype=object)})
        starts = np.ones(len(person), dtype=bool)
        np.not_equal(person[1:], person[:-1], out=starts[1:])
        first = np.flatnonzero(starts)
        arm, arms = pd.factorize(frame[ARM].to_numpy(dtype=object)[first])
        return cls(
            frame=frame.reset_index(drop=True),
            # As the frame holds them: an index of strings of Arrow's takes many times longer to look into.
            people=pd.Index(people, name=UNIT, dtype=people.dtype),
            periods=periods,
            person=person.astype(np.intp, copy=False),
            period=period.astype(np.intp, copy=False),
            first=first,
            arms=arms,
            arm=arm.astype(np.intp, copy=False),
            entry=frame[ENTRY].to_numpy(dtype=float)[first],
            cluster=pd.factorize(frame[CLUSTER].take(first))[0] if CLUSTER in frame else None,
        )

    @property
    def complete(self) -> bool:
        """Whether everyone has a row at every period."""
        return len(self.person) == len(self.people) * self.periods.size

    def only(self, people: npt.NDArray[np.bool_]) -> Rows:
        """Return the rows of these people, in their order: what `of` would make of them."""
        kept = np.flatnonzero(people[self.person])
        period = self.period[kept]
        there = np.bincount(period, minlength=self.periods.size) > 0
        person = (np.cumsum(people) - 1)[self.person[kept]]
        arm, arms = pd.factorize(self.arm[people])
        cluster = self.cluster
        if cluster is not None:
            cluster = in_order_of_appearance(cluster[people])
        made = Rows(
            frame=self.frame.take(kept).reset_index(drop=True),
            people=self.people[people],
            periods=self.periods[there],
            person=person,
            period=(np.cumsum(there) - 1)[period],
            first=np.searchsorted(person, np.arange(np.count_nonzero(people))),
            arms=self.arms[arms],
            arm=arm,
            entry=self.entry[people],
            cluster=cluster,
        )
        made._floats.update((name, values[kept]) for name, values in self._floats.items())
        for name, levels in self._levels.items():
            made._levels[name] = levels and Levels(levels.codes[kept], levels.names)
        return made

    def identifiers(self, people: Codes) -> np.ndarray:
        """Return the identifiers of people, positions in ``people`` in ascending order."""
        everyone = people.size == len(self.people)
        return np.asarray((self.people if everyone else self.people[people]).to_numpy())

    def in_arms(self, names: Sequence[str]) -> npt.NDArray[np.bool_]:
        """Tell the people of these arms."""
        return np.array([arm in names for arm in self.arms], dtype=bool)[self.arm]

    def seen(self, periods: Sequence[float]) -> npt.NDArray[np.bool_]:
        """Tell the people who have a row at one of these periods."""
        if self.complete:
            return np.full(len(self.people), any((self.periods == period).any() for period in periods))
        wanted = np.isin(self.periods, periods)
        seen = np.zeros(len(self.people), dtype=bool)
        seen[self.person[wanted[self.period]]] = True
        return seen

    def at(self, period: float) -> Codes:
        """Return the row of each person at a period; -1 for those who have none."""
        code = int(np.searchsorted(self.periods, period))
        if code == self.periods.size or self.periods[code] != period:
            return np.full(len(self.people), -1)
        if self.complete:
            return np.asarray(self.first + code)
        found = np.full(len(self.people), -1)
        rows = np.flatnonzero(self.period == code)
        found[self.person[rows]] = rows
        return found

    def column(self, name: str) -> Floats:
        """Return a column as numbers, NaN where missing; a column of floats is not copied."""
        if name not in self._floats:
            values = self.frame[name]
            exact = values.dtype == np.float64
            self._floats[name] = values.to_numpy() if exact else values.to_numpy(dtype=float, na_value=np.nan)
        return self._floats[name]

    def levels(self, name: str) -> Levels | None:
        """Return a column as codes of its levels; ``None`` for one of numbers."""
        if name not in self._levels:
            values = self.frame[name]
            is_number = pd.api.types.is_numeric_dtype(values.dtype)
            self._levels[name] = None if is_number else Levels.of(values)
        return self._levels[name]

    def numbers(self, name: str, rows: Codes) -> Floats:
        """Return a column as numbers on these rows; NaN where missing, or where the row is -1."""
        found = self.column(name)[rows]
        absent = rows < 0
        if absent.any():
            found[absent] = np.nan
        return found

    def values(self, name: str, rows: Codes) -> pd.Series:
        """Return a column as it is on these rows; missing where the row is -1."""
        found = pd.api.extensions.take(self.frame[name].to_numpy(), rows, allow_fill=True)
        # Of the same type: pandas would have texts made into Arrow's, and back by whoever reads them.
        return pd.Series(found, dtype=found.dtype)

    def table(self, name: str, *, people: Codes, periods: Codes) -> Floats:
        """Return the (people, periods) numbers of a column, NaN where missing or not seen.

        Parameters
        ----------
        name : str
        people, periods : arrays of int, ascending
            Positions in ``people`` and in ``periods``.
        """
        n, T = len(self.people), self.periods.size
        everything = people.size == n and periods.size == T
        if self.complete:
            cells = self.column(name).reshape(n, T)
            return cells if everything else cells[np.ix_(people, periods)]
        line, place = np.full(n, -1), np.full(T, -1)
        line[people], place[periods] = np.arange(people.size), np.arange(periods.size)
        line, place = line[self.person], place[self.period]
        used = slice(None) if everything else (line >= 0) & (place >= 0)
        cells = np.full((people.size, periods.size), np.nan)
        cells[line[used], place[used]] = self.column(name)[used]
        return cells


def in_order_of_appearance(codes: Codes) -> Codes:
    """Return codes numbered again from 0, in the order in which they come; -1 stays."""
    found, known = np.full(len(codes), -1), codes >= 0
    found[known] = pd.factorize(codes[known])[0]
    return found


def _numbered(units: pd.Series) -> tuple[Codes, np.ndarray]:
    """Return the number of each row's person and the identifiers, ascending.

    Those of files are positions among names in ascending order (`named`): nothing is left to compare.
    """
    if not isinstance(units.dtype, pd.CategoricalDtype):
        person, people = pd.factorize(units, sort=True)
        return person, np.asarray(people)
    codes = units.cat.codes.to_numpy()
    used = np.bincount(codes, minlength=len(units.cat.categories)) > 0
    return (np.cumsum(used) - 1)[codes], units.cat.categories.to_numpy()[used]
