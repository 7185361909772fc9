"""The rows of the mid-term tables: the user's words as written, numbers exact."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from impactkit.errors import Problem
from impactkit.files.model import Action
from impactkit.text import Label

Decision = Literal["continue", "modify", "stop"]
Level = Literal["national", "local"]
Stage = Literal["planned", "committed", "spent"]
Payer = Literal["state", "collectivity", "others"]
STAGES: tuple[Stage, ...] = ("planned", "committed", "spent")
PAYERS: tuple[Payer, ...] = ("state", "collectivity", "others")
# The mid-term evaluation is of the two years that are over.
YEARS = (2024, 2025)
Words = Literal["state", "adequacy", "effectiveness", "efficiency", "lessons", "reasons", "measures"]
WORDS: tuple[Words, ...] = (
    "state",
    "adequacy",
    "effectiveness",
    "efficiency",
    "lessons",
    "reasons",
    "measures",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionRow:
    """What is said of an action.

    Attributes
    ----------
    row : int
        Its row in the file, as a spreadsheet shows it.
    key : str
        What the other tables are matched by: the identifier of the study's action, else the name folded.
    name : Label
        The action as the file names it; its title when the file gives its identifier.
    action : Action or None
        The action of the study, when its impact is measured.
    words : mapping
        The user's texts, to the letter, those of the study file where the table has none; ``None`` where
        nothing is written.
    decision : str or None
    flagship, validated_state, validated_collectivity, direct, followable : bool or None
    pilot : str or None
        Who leads the action.
    people : int or None
        People supported in 2024 and 2025.
    start : date or None
    """

    row: int
    key: str
    name: Label
    action: Action | None
    words: Mapping[Words, Label | None]
    decision: Decision | None
    flagship: bool | None
    validated_state: bool | None
    validated_collectivity: bool | None
    pilot: str | None
    people: int | None
    start: dt.date | None
    direct: bool | None
    followable: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class IndicatorRow:
    """An indicator of an action in a year: what was aimed at and what was reached, as exact numbers."""

    key: str
    indicator: str
    level: Level
    unit: str | None
    year: int
    target: Decimal | None
    reached: Decimal | None

    @property
    def gap(self) -> Decimal | None:
        """What was reached less what was aimed at."""
        return None if self.target is None or self.reached is None else self.reached - self.target


@dataclass(frozen=True, slots=True, kw_only=True)
class FundingRow:
    """The amounts of an action in a year, in euros to the cent; ``None`` where the file says nothing."""

    key: str
    year: int
    amounts: Mapping[tuple[Stage, Payer], Decimal | None]
    derogation: bool | None
    consulted_on: dt.date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """The three tables, and what was noticed in them that prevents nothing."""

    actions: tuple[ActionRow, ...] = ()
    indicators: tuple[IndicatorRow, ...] = ()
    funding: tuple[FundingRow, ...] = ()
    notes: tuple[Problem, ...] = field(default=())
