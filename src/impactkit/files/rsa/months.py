"""From the monthly files of the RSA flow to one row per person and month."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd

from impactkit.errors import DataError, Problem
from impactkit.files.rsa.codes import (
    AT_WORK,
    EARNINGS,
    OPEN,
    ROLES,
    STATES,
    UNEMPLOYED,
    UNEMPLOYMENT_BENEFIT,
)
from impactkit.files.rsa.flow import Flow, Household, Member, Spell, open_flow

Keep = Literal["caf_number", "claim", "last_name", "birth_name", "first_name", "birth_date"]

_COLUMNS = (
    "person",
    "household",
    "month",
    "role",
    "sex",
    "birth_year",
    "in_flow",
    "state",
    "open",
    "suspension_reason",
    "closure_reason",
    "closed_on",
    "claimed_on",
    "activity",
    "activity_since",
    "at_work",
    "unemployed",
    "earnings",
    "unemployment_benefit",
    "resources",
    "duties",
    "entered_duties",
    "family",
    "children",
    "homeless",
    "entitlement",
    "commune",
)
_RESOURCES = ("earnings", "unemployment_benefit", "resources")
# What a person keeps in a month in which no file has her.
_LASTING = ("household", "role", "sex", "birth_year", "claimed_on")


def read_rsa(
    paths: str | Path | Iterable[str | Path],
    *,
    complete: bool = True,
    at_work: Collection[str] = AT_WORK,
    keep: Collection[Keep] = (),
) -> pd.DataFrame:
    """Read monthly RSA flows (RSABEM) into one row per person and month.

    Everybody who receives the RSA in the département is in the flow every month, and leaves it with the
    reason: an outcome that nobody can be lost to, and a pool to compare with. Names, social security numbers
    and the numbers of files are used to follow people from month to month and then dropped.

    Parameters
    ----------
    paths : path or iterable of paths
        Monthly files (``.xml``, or ``.zip`` holding one), in any order; several funds (CAF, MSA) may send a
        file for the same month. Left unchanged, read household by household.
    complete : bool
        Add, from the first month that has a person to the last month read, the months that do not have her:
        ``in_flow`` is then false and ``open`` too.
    at_work : collection of str
        Codes of activity (``ACT``) that count as work.
    keep : collection of {"caf_number", "claim", "last_name", "birth_name", "first_name", "birth_date"}
        Identities to leave in, to link people with another file (`link`); drop them next.

    Returns
    -------
    DataFrame
        Sorted by ``person`` (a number without meaning, in order of appearance) and ``month`` (first day):

        - ``household``; ``role`` (claimant, partner, child, other); ``sex`` (F, M); ``birth_year``;
        - ``in_flow``; ``state`` (pending, refused, open, open_suspended, payment_suspended, closed,
          closed_earlier); ``open``; ``suspension_reason``, ``closure_reason`` (codes), ``closed_on``,
          ``claimed_on``;
        - ``activity`` on the last day of the month (code ``ACT``), ``activity_since``, ``at_work``,
          ``unemployed``;
        - ``earnings``, ``unemployment_benefit``, ``resources``: euros received in the month, as declared in
          any file read (a quarter is declared after it ends; the latest file counts); missing where none
          declares it;
        - ``duties``, ``entered_duties``: whether the person is bound by *droits et devoirs*, and since this
          month;
        - ``family`` (code ``SITFAM``), ``children`` (in the household), ``homeless``, ``entitlement`` (euros
          a month), ``commune`` (INSEE code).

        ``attrs["problems"]`` holds what was noticed (`Problem` with codes ``A-…``).

    Raises
    ------
    ValueError
        When ``keep`` names something else, or there is no path.
    DataError
        When a file is not a monthly RSA flow, is cut short, or comes twice.
    """
    unknown = set(keep) - set(get_args(Keep))
    if unknown:
        raise ValueError(f"keep takes {', '.join(get_args(Keep))}, not {', '.join(sorted(unknown))}")
    files = [Path(paths)] if isinstance(paths, (str, Path)) else [Path(path) for path in paths]
    if not files:
        raise ValueError("no file to read")
    people = _People(keep=tuple(keep), at_work=frozenset(at_work))
    problems: list[Problem] = []
    for path in files:
        try:
            with open_flow(path) as flow:
                people.add(flow)
        except DataError as error:
            problems += error.problems
    if problems:
        raise DataError(problems)
    frame = people.frame()
    if complete:
        frame = _completed(frame)
    frame.attrs["problems"] = tuple(people.notes)
    return frame


@dataclass(slots=True)
class _People:
    """What is gathered, file after file; people are known by what never leaves."""

    keep: tuple[Keep, ...]
    at_work: frozenset[str]
    notes: list[Problem] = field(default_factory=list)
    _persons: dict[tuple[str, ...], int] = field(default_factory=dict)
    _households: dict[str, int] = field(default_factory=dict)
    _files: dict[tuple[str, str, dt.date], str] = field(default_factory=dict)
    _rows: list[pd.DataFrame] = field(default_factory=list)
    _declared: list[pd.DataFrame] = field(default_factory=list)

    def add(self, flow: Flow) -> None:
        rows: list[dict[str, Any]] = []
        declared: list[tuple[int, dt.date, dt.date, float, float, float]] = []
        for household in flow.households:
            for member in household.members:
                person = self._persons.setdefault(member.key, len(self._persons) + 1)
                rows.append(self._row(flow.month, person, household, member))
                declared += _declared(flow.month, person, member)
        self._note(flow)
        names = [*(name for name in _COLUMNS if name not in _RESOURCES), *self.keep]
        self._rows.append(_typed(pd.DataFrame(rows, columns=names, dtype=object)))
        self._declared.append(pd.DataFrame(declared, columns=["person", "month", "_told", *_RESOURCES]))

    def _note(self, flow: Flow) -> None:
        sender = (flow.fund, flow.fund_number, flow.month)
        if flow.read and sender in self._files:
            raise DataError([Problem(code="E-RSA-04", params={"other": self._files[sender]}, file=flow.name)])
        self._files[sender] = flow.name
        if flow.declared is not None and flow.declared != flow.read:
            params = {"declared": flow.declared, "read": flow.read}
            self.notes.append(Problem(code="A-RSA-01", params=params, file=flow.name))

    def _row(self, month: dt.date, person: int, household: Household, member: Member) -> dict[str, Any]:
        spell = _current(member.spells, _last_day(month))
        state = STATES.get(household.state, "")
        return {
            "person": person,
            "household": self._households.setdefault(household.claim, len(self._households) + 1),
            "month": month,
            "role": ROLES.get(member.role, "other"),
            "sex": {"1": "M", "2": "F"}.get(member.sex, ""),
            "birth_year": member.birth.year if member.birth else None,
            "in_flow": True,
            "state": state,
            "open": state in OPEN,
            "suspension_reason": sys.intern(household.suspension_reason),
            "closure_reason": sys.intern(household.closure_reason),
            "closed_on": household.closed_on,
            "claimed_on": household.claimed_on,
            "activity": sys.intern(spell.activity) if spell else "",
            "activity_since": spell.start if spell else None,
            "at_work": spell.activity in self.at_work if spell else None,
            "unemployed": spell.activity in UNEMPLOYED if spell else None,
            "duties": member.duties,
            "entered_duties": member.entered_duties,
            "family": sys.intern(household.family),
            "children": sum(ROLES.get(other.role) == "child" for other in household.members),
            "homeless": household.homeless,
            "entitlement": household.entitlement,
            "commune": sys.intern(household.commune),
            **{name: _identity(name, household, member) for name in self.keep},
        }

    def frame(self) -> pd.DataFrame:
        """Return one row per person and month, with what was received in it."""
        rows = pd.concat(self._rows, ignore_index=True)
        once = rows.drop_duplicates(["person", "month"])
        if len(once) < len(rows):
            self.notes.append(Problem(code="A-RSA-02", params={"n": len(rows) - len(once)}))
        told = pd.concat(self._declared, ignore_index=True).sort_values("_told", kind="stable")
        told = told.drop_duplicates(["person", "month"], keep="last").drop(columns="_told")
        told = told.astype({"month": "datetime64[s]", **dict.fromkeys(_RESOURCES, float)})
        told["person"] = told["person"].astype("int64")
        full = once.merge(told, on=["person", "month"], how="left")
        return full[[*_COLUMNS, *self.keep]].sort_values(["person", "month"], ignore_index=True)


def _declared(
    month: dt.date, person: int, member: Member
) -> Iterator[tuple[int, dt.date, dt.date, float, float, float]]:
    """Yield what a person declares for each month: earnings, unemployment benefit, all resources."""
    for first in sorted({first for first, _, _ in member.resources}):
        found = [(nature, amount) for at, nature, amount in member.resources if at == first]
        earnings = sum(amount for nature, amount in found if nature in EARNINGS)
        benefit = sum(amount for nature, amount in found if nature in UNEMPLOYMENT_BENEFIT)
        yield person, first, month, earnings, benefit, sum(amount for _, amount in found)


def _identity(name: Keep, household: Household, member: Member) -> str:
    if name == "caf_number":
        return household.caf_number
    return household.claim if name == "claim" else member.identity[name]


def _current(spells: Sequence[Spell], day: dt.date) -> Spell | None:
    """Return the activity on that day: the latest begun among those not ended."""
    begun = [spell for spell in spells if spell.start is None or spell.start <= day]
    current = [spell for spell in begun if spell.end is None or spell.end >= day]
    return max(current, key=lambda spell: spell.start or dt.date.min, default=None)


def _last_day(month: dt.date) -> dt.date:
    return (month.replace(day=28) + dt.timedelta(days=4)).replace(day=1) - dt.timedelta(days=1)


def _typed(frame: pd.DataFrame) -> pd.DataFrame:
    """Give each column its type: texts are empty where nothing is said, flags and numbers missing."""
    for name in ("month", "closed_on", "claimed_on", "activity_since"):
        frame[name] = frame[name].astype("datetime64[s]")
    for name in ("person", "household", "children"):
        frame[name] = frame[name].astype("int64")
    for name in ("at_work", "unemployed", "duties", "entered_duties", "homeless"):
        frame[name] = frame[name].astype("boolean")
    for name in ("in_flow", "open"):
        frame[name] = frame[name].astype(bool)
    frame["birth_year"] = frame["birth_year"].astype("Int64")
    frame["entitlement"] = frame["entitlement"].astype(float)
    return frame


def _completed(frame: pd.DataFrame) -> pd.DataFrame:
    """Add the months without a person, from her first month to the last month read."""
    if frame.empty:
        return frame
    months = np.sort(frame["month"].unique())
    first = np.searchsorted(months, frame.groupby("person")["month"].min().to_numpy())
    people = np.sort(frame["person"].unique())
    counts = months.size - first
    at = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts) + np.repeat(first, counts)
    grid = pd.DataFrame({"person": np.repeat(people, counts), "month": months[at]})
    full = grid.merge(frame, on=["person", "month"], how="left")[list(frame.columns)]
    absent = full["in_flow"].isna()
    lasting = [name for name in full.columns if name in _LASTING or name in get_args(Keep)]
    full[lasting] = full.groupby("person")[lasting].ffill()
    for name in ("state", "suspension_reason", "closure_reason", "activity", "family", "commune"):
        full.loc[absent, name] = ""
    full.loc[absent, "state"] = "absent"
    full["in_flow"], full["open"] = ~absent, full["open"].fillna(False).astype(bool)
    full["household"] = full["household"].astype("int64")
    full["children"] = full["children"].astype("Int64")
    return full
