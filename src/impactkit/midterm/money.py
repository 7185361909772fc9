"""Sums, shares and parity in exact euros: a total is the sum of its parts to the cent."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from impactkit.files.midterm.rows import PAYERS, STAGES, YEARS, FundingRow, Payer, Stage

ZERO = Decimal("0.00")
# The State and the collectivity pay half each (instruction of 9 April 2026, contracts, I.1). A share is told
# to the tenth of a point: parity holds when it reads 50,0 %.
HALF = Decimal("0.5")
TOLERANCE = Decimal("0.0005")

ParityStatus = Literal[
    "respected", "derogation", "derogation_late", "derogation_undated", "broken", "unknown"
]


@dataclass(frozen=True, slots=True)
class Sum:
    """A sum of amounts and how many of them are not filled in.

    Attributes
    ----------
    value : Decimal
        Euros and cents of those that are.
    missing : int
    """

    value: Decimal
    missing: int

    @property
    def known(self) -> bool:
        """Whether any of it is filled in, or nothing was to be."""
        return self.missing == 0 or self.value != ZERO

    def __add__(self, other: Sum) -> Sum:
        return Sum(self.value + other.value, self.missing + other.missing)


NOTHING = Sum(ZERO, 0)


def completed(rows: Sequence[FundingRow], keys: Iterable[str]) -> tuple[FundingRow, ...]:
    """Return a row for each action and year, in order: where the file has none, nothing is filled in."""
    given = {(row.key, row.year): row for row in rows}
    unsaid = {(stage, payer): None for stage in STAGES for payer in PAYERS}
    return tuple(
        given.get((key, year))
        or FundingRow(key=key, year=year, amounts=unsaid, derogation=None, consulted_on=None)
        for key in keys
        for year in YEARS
    )


def total(
    rows: Iterable[FundingRow],
    stage: Stage,
    *,
    payers: Collection[Payer] = PAYERS,
    years: Collection[int] = YEARS,
) -> Sum:
    """Add the amounts of a stage.

    Other payers are optional: what the file does not say of them is nothing, not a gap.

    Parameters
    ----------
    rows : iterable of FundingRow
    stage : {"planned", "committed", "spent"}
    payers : collection of str
    years : collection of int

    Examples
    --------
    >>> total([], "spent")
    Sum(value=Decimal('0.00'), missing=0)
    """
    found = NOTHING
    for row in rows:
        if row.year not in years:
            continue
        for payer in payers:
            amount = row.amounts[(stage, payer)]
            if amount is not None:
                found += Sum(amount, 0)
            elif payer != "others":
                found += Sum(ZERO, 1)
    return found


def share(part: Decimal, whole: Decimal) -> Decimal | None:
    """Return the share that a part is of a whole; ``None`` of nothing."""
    return part / whole if whole else None


def state_share(rows: Iterable[FundingRow], stage: Stage) -> Decimal | None:
    """Return the State's share of what the State and the collectivity pay; ``None`` when it is not known."""
    rows = list(rows)
    state, collectivity = (total(rows, stage, payers=(payer,)) for payer in PAYERS[:2])
    if state.missing or collectivity.missing:
        return None
    return share(state.value, state.value + collectivity.value)


def is_parity(found: Decimal) -> bool:
    """Tell whether a share reads 50,0 %."""
    return abs(found - HALF) < TOLERANCE


def parity(rows: Iterable[FundingRow], stage: Stage) -> ParityStatus:
    """Tell whether an action is paid half and half, or has a derogation that was asked for beforehand.

    A derogation is late when the State was consulted after the first year in which the shares differ.

    Parameters
    ----------
    rows : iterable of FundingRow
        The rows of one action.
    stage : {"planned", "committed", "spent"}
    """
    rows = list(rows)
    found = state_share(rows, stage)
    if found is None:
        return "unknown"
    if is_parity(found):
        return "respected"
    if not any(row.derogation for row in rows):
        return "broken"
    days = [row.consulted_on for row in rows if row.derogation and row.consulted_on is not None]
    if not days:
        return "derogation_undated"
    unequal = [row.year for row in rows if (one := state_share([row], stage)) is None or not is_parity(one)]
    return "derogation_late" if min(days).year > min(unequal, default=YEARS[0]) else "derogation"
