"""How the report writes amounts, shares, dates, and what is not filled in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from impactkit.document.blocks import Cell, Grid, Note, Table
from impactkit.evidence.record import Status
from impactkit.files.midterm import ActionRow
from impactkit.midterm.money import Sum
from impactkit.midterm.report import MidtermReport
from impactkit.text import Label, Language, Message
from impactkit.text.numbers import date
from impactkit.text.typography import NARROW

_MINUS = "\u2212"


@dataclass(frozen=True, slots=True)
class Pen:
    """Writes for one report in one language.

    Attributes
    ----------
    report : MidtermReport
    language : {"fr", "en"}
    cents : bool
        Whether any amount of the report has cents: all are then written with them.
    """

    report: MidtermReport
    language: Language
    cents: bool

    @classmethod
    def of(cls, report: MidtermReport, language: Language) -> Pen:
        """Return the pen of a report."""
        amounts = [
            amount for row in report.tables.funding for amount in row.amounts.values() if amount is not None
        ]
        return cls(report, language, any(amount != int(amount) for amount in amounts))

    def say(self, key: str, params: Mapping[str, Any] | None = None) -> str:
        """Write a sentence of the report's own area."""
        return Message(f"midterm.{key}", params or {}).text(self.language)

    @property
    def unsaid(self) -> str:
        """What stands where nothing is filled in."""
        return self.say("unsaid")

    def words(self, text: Label | str | None) -> str:
        """Return a user's text to the letter, or that there is none."""
        if text is None:
            return self.unsaid
        return text if isinstance(text, str) else text.text(self.language)

    def name(self, row: ActionRow) -> str:
        """Name an action."""
        return row.name.text(self.language)

    def yes(self, value: bool | None) -> str:
        """Write yes, no, or that nothing is filled in."""
        return self.unsaid if value is None else self.say("yes" if value else "no")

    def day(self, value: dt.date | None) -> str:
        """Write a date."""
        return self.unsaid if value is None else date(value, self.language)

    def figure(self, value: Decimal, *, decimals: int, sign: bool = False) -> str:
        """Write an exact number, without going through a float."""
        text = f"{abs(value):,.{decimals}f}"
        if self.language == "fr":
            text = text.replace(",", NARROW).replace(".", ",")
        shown = any(digit in "123456789" for digit in text)
        prefix = _MINUS if value < 0 and shown else "+" if sign and shown else ""
        return prefix + text

    def number(self, value: Decimal | None, *, decimals: int | None = None, sign: bool = False) -> str:
        """Write a number of an indicator with the decimals it was given."""
        if value is None:
            return self.unsaid
        return self.figure(value, decimals=decimals_of(value) if decimals is None else decimals, sign=sign)

    def euros(self, value: Decimal | None, *, cents: bool | None = None) -> str:
        """Write an amount in euros."""
        if value is None:
            return self.unsaid
        shown = self.cents if cents is None else cents
        return self.say("euros", {"amount": self.figure(value, decimals=2 if shown else 0)})

    def amount(self, value: Decimal) -> str:
        """Write an amount without its unit, which the table names."""
        return self.figure(value, decimals=2 if self.cents else 0)

    def sum(self, found: Sum) -> str:
        """Write a sum in a table; one that lacks amounts says so, one of nothing filled in too."""
        if not found.known:
            return self.unsaid
        text = self.amount(found.value)
        return self.say("at_least", {"amount": text}) if found.missing else text

    def told(self, found: Sum) -> str:
        """Write a sum in a sentence."""
        if not found.known:
            return self.unsaid
        text = self.euros(found.value)
        return self.say("partial", {"amount": text}) if found.missing else text

    def share(self, value: Decimal | None) -> str:
        """Write a share to the tenth of a point."""
        if value is None:
            return self.say("unknown")
        tenths = (value * 100).quantize(Decimal("0.1"), rounding=ROUND_HALF_EVEN)
        return self.say("percent", {"number": self.figure(tenths, decimals=1)})

    def table(
        self,
        key: str,
        header: Sequence[str],
        rows: Sequence[Sequence[str | Cell]],
        *,
        numeric: Sequence[int] = (),
        reading: str,
    ) -> Table:
        """Return a table whose caption and note are those of ``key``."""
        return Table(
            grid=Grid(
                caption=self.say(f"{key}.caption"),
                header=tuple(self.say(f"{key}.{name}") for name in header),
                rows=tuple(
                    tuple(cell if isinstance(cell, Cell) else Cell(text=cell) for cell in row) for row in rows
                ),
                numeric=frozenset(numeric),
            ),
            note=Note(
                reading=reading,
                scope=self.say("scope", {"contract": self.report.study.title}),
                source=self.say(f"{key}.source"),
            ),
        )


def decimals_of(value: Decimal) -> int:
    """Return how many decimals a number was given."""
    exponent = value.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def marked(text: str, status: Status) -> Cell:
    """Return a cell with the mark of a status."""
    return Cell(text=text, status=status)
