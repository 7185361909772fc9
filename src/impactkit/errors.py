"""What can go wrong, as exceptions a program can tell apart and a person can act on.

Messages for people are written in the session's language (`impactkit.set_language`); messages about a
wrong call in code are in English and are plain ``TypeError`` or ``ValueError``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from impactkit.text import Language, Message, current_language


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing to mend in a file: where it is, what is wrong and what to do.

    It never holds a value read from a person's row: a place and a rule are enough to find it.

    Parameters
    ----------
    code : str
        Stable code, for example ``"E-DAT-01"``; its two sentences are ``problem.<code>.found`` and
        ``problem.<code>.remedy`` in the catalogue.
    params : mapping
        Values for the placeholders of the two sentences.
    file, sheet, column : str, optional
        Where in a data file.
    rows : tuple of int
        Row numbers as a spreadsheet shows them (the first row is 1); the first ones when there are many.
    line : int, optional
        Line of a study file.
    place : str, optional
        Key in a study file, for example ``actions[2].start``.
    """

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)
    file: str | None = None
    sheet: str | None = None
    column: str | None = None
    rows: tuple[int, ...] = ()
    line: int | None = None
    place: str | None = None

    @property
    def row(self) -> int | None:
        """The first row concerned."""
        return self.rows[0] if self.rows else None

    def where(self, language: Language | None = None) -> str:
        """Say where the problem is, for example ``suivi.csv, colonne « Âge », ligne 12``."""
        language = language or current_language()
        parts: list[str] = []
        if self.file is not None:
            parts.append(self.file)
        if self.sheet is not None:
            parts.append(Message("error.where.sheet", {"sheet": self.sheet}).text(language))
        if self.column is not None:
            parts.append(Message("error.where.column", {"column": self.column}).text(language))
        if self.rows:
            shown = ", ".join(str(row) for row in self.rows[:5]) + (", …" if len(self.rows) > 5 else "")
            parts.append(Message("error.where.rows", {"n": len(self.rows), "rows": shown}).text(language))
        if self.line is not None:
            parts.append(Message("error.where.line", {"line": self.line}).text(language))
        if self.place is not None:
            parts.append(self.place)
        return ", ".join(parts)

    def text(self, language: Language | None = None) -> str:
        """Write the problem: its code, where it is, what was found and what to do."""
        language = language or current_language()
        found = Message(f"problem.{self.code}.found", self.params).text(language)
        remedy = Message(f"problem.{self.code}.remedy", self.params).text(language)
        where = self.where(language)
        place = Message("error.where.prefix", {"where": where}).text(language) if where else ""
        return f"[{self.code}] {place}{found} {remedy}"

    def to_dict(self, language: Language | None = None) -> dict[str, Any]:
        """Return the problem as plain values for JSON."""
        return {
            "code": self.code,
            "file": self.file,
            "sheet": self.sheet,
            "column": self.column,
            "rows": list(self.rows),
            "line": self.line,
            "place": self.place,
            "message": self.text(language),
        }

    def __str__(self) -> str:
        return self.text()


class ImpactkitError(Exception):
    """Base of every error that impactkit raises on purpose."""

    exit_code: ClassVar[int] = 1


class ProblemsError(ImpactkitError):
    """Something in the user's files must be mended: all problems at once.

    Attributes
    ----------
    problems : tuple of Problem
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(self.problems)

    def __str__(self) -> str:
        return "\n".join(problem.text() for problem in self.problems)


class StudyError(ProblemsError):
    """The study file cannot be used as it is."""

    exit_code = 3


class DataError(ProblemsError):
    """A data file cannot be used as it is."""

    exit_code = 4


class SentenceError(ImpactkitError):
    """An error told in one sentence of the catalogue.

    Attributes
    ----------
    message : Message
    """

    def __init__(self, message: Message) -> None:
        self.message = message
        super().__init__(message)

    def __str__(self) -> str:
        return self.message.text()


class DesignError(SentenceError):
    """The cohort cannot carry the analysis asked for."""

    exit_code = 5


class EstimationError(SentenceError):
    """The effect cannot be computed on these data."""

    exit_code = 6


class ReportError(SentenceError):
    """A report could not be made."""

    exit_code = 7


class ParameterError(SentenceError):
    """A template was given parameters that it does not take."""

    exit_code = 8


class StoreError(ProblemsError):
    """The record of the people followed, its vault or its key cannot be used as it is."""

    exit_code = 9


# What a wrong argument's message names, by type: the function that makes the right one.
_MADE_BY = {
    "Cohort": "build_cohort or cohort_from_frame",
    "Design": "declare_design",
    "Estimate": "an estimator, such as did",
    "Study": "read_study",
}


def require(value: object, *kinds: type) -> None:
    """Refuse an argument of another type, in words: for the first argument of public functions.

    Parameters
    ----------
    value : object
    *kinds : type
        Those that the function takes.

    Raises
    ------
    TypeError
        Naming what is expected and the function that makes it.
    """
    if isinstance(value, kinds):
        return
    names = [kind.__name__ for kind in kinds]
    expected = " or ".join(
        f"{name} (made by {_MADE_BY[name]})" if name in _MADE_BY else name for name in names
    )
    raise TypeError(f"expected {expected}, got {type(value).__name__}")
