"""Values written as figures, tables and their text equivalents show them."""

from __future__ import annotations

from dataclasses import dataclass

from impactkit.evidence import Evidence, Record
from impactkit.evidence.record import OutcomeRecord
from impactkit.text import Amount, Label, Language, Message, Quantity
from impactkit.text.numbers import decimals_for, month, number, percent

Source = Record | Evidence


def record_of(source: Source) -> Record:
    """Return what may be shown of an evidence; a record is that already."""
    return source.record if isinstance(source, Evidence) else source


@dataclass(frozen=True, slots=True)
class Scale:
    """How the values of an outcome are written: shares in percent and points, numbers in their unit.

    Parameters
    ----------
    outcome : OutcomeRecord
    decimals : int
        Decimals of a value as written (of points, for a share).
    """

    outcome: OutcomeRecord
    decimals: int

    @property
    def factor(self) -> float:
        """What a value is multiplied with before it is written."""
        return 100.0 if self.outcome.type == "boolean" else 1.0

    def level(self, value: float, language: Language) -> str:
        """Write a mean or a share: ``34 %``, ``1 234 euros``."""
        if self.outcome.type == "boolean":
            return percent(value, language, decimals=self.decimals)
        return self._with_unit(Quantity(value, decimals=self.decimals), language)

    def change(self, value: float, language: Language, *, sign: bool = True) -> str:
        """Write a difference: ``+3 points``, ``−120 euros``."""
        if self.outcome.type == "boolean":
            points = Quantity(100 * value, decimals=self.decimals, sign=sign)
            return Message("plot.points", {"n": points}).text(language)
        return self._with_unit(Quantity(value, decimals=self.decimals, sign=sign), language)

    def bare(self, value: float, language: Language) -> str:
        """Write a difference without its unit, with its sign."""
        return number(self.factor * value, language, decimals=self.decimals, sign=True)

    def ends(self, low: float, high: float, language: Language) -> dict[str, str]:
        """Write the two ends of an interval of differences, the unit once: ``+3`` and ``+17 points``."""
        return {"low": self.bare(low, language), "high": self.change(high, language)}

    def entry(self, value: float, language: Language) -> str:
        """Write a mean or a share in a table whose title has the unit."""
        if self.outcome.type == "boolean":
            return percent(value, language, decimals=self.decimals)
        return number(value, language, decimals=self.decimals)

    @property
    def finer(self) -> Scale:
        """The scale with one more decimal, for a standard error."""
        return Scale(self.outcome, self.decimals + 1)

    def exact(self, value: float) -> Scale:
        """Return the scale that writes a declared value as it was declared, whatever the uncertainty."""
        scaled = self.factor * value
        decimals = next((d for d in range(4) if abs(round(scaled, d) - scaled) < 1e-9), 4)
        return Scale(self.outcome, decimals)

    def unit(self, language: Language) -> str:
        """Name the unit of a difference."""
        if self.outcome.type == "boolean":
            return Message("plot.unit_points").text(language)
        return self.outcome.unit.text(language) if self.outcome.unit is not None else ""

    def _with_unit(self, value: Quantity, language: Language) -> str:
        unit = self.outcome.unit
        if unit is None:
            return value.text(language)
        one = self.outcome.unit_singular or unit
        return Amount(value, one=Label(one.fr, one.en), other=Label(unit.fr, unit.en)).text(language)


def scale_of(outcome: OutcomeRecord, std_error: float | None) -> Scale:
    """Choose the decimals that the uncertainty allows, as the sentences of the evidence do."""
    if outcome.type == "boolean":
        return Scale(outcome, 1 if std_error is not None and std_error < 0.01 else 0)
    return Scale(outcome, 1 if std_error is None else decimals_for(std_error))


def record_scale(record: Record) -> Scale:
    """Return how the values of the primary outcome are written."""
    return scale_of(record.outcome, record.effect.std_error if record.effect is not None else None)


def arm_name(record: Record, arm: str | None) -> Message:
    """Name a group: of people, or of territories for a monthly series; no group stands for the files."""
    if arm is None:
        return Message("plot.arm.files")
    territories = ("interrupted_series", "synthetic_control", "synthetic_did")
    kind = "territory" if record.method in territories else "people"
    return Message(f"plot.arm.{kind}.{arm}")


def count(n: int | None, language: Language) -> str:
    """Write a count; a hidden one is said to be hidden."""
    return Message("plot.masked_count").text(language) if n is None else number(n, language)


def month_name(written: str, language: Language) -> str:
    """Write ``2024-03`` as ``mars 2024``."""
    year, rank = written[:7].split("-")
    return month(12 * int(year) + int(rank) - 1, language)


def short_month(month: str, language: Language) -> str:
    """Write ``2024-03`` as ``mars`` in an axis's short form."""
    return Message(f"plot.short_month.m{month[5:7]}").text(language)
