"""What fills the placeholders of a sentence and knows how it is written: names, numbers, amounts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from impactkit.text import numbers
from impactkit.text.language import Language, current_language
from impactkit.text.typography import NO_BREAK


class Written(Protocol):
    """Anything that is written in a language."""

    def text(self, language: Language | None = None) -> str:
        """Write it."""
        ...


@dataclass(frozen=True, slots=True)
class Label:
    """A name given by the user, in one language or both; it is shown as written."""

    fr: str
    en: str

    def text(self, language: Language | None = None) -> str:
        """Return the name in ``language``."""
        return self.en if (language or current_language()) == "en" else self.fr

    def __str__(self) -> str:
        return self.text()


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number that knows how it is written.

    Parameters
    ----------
    value : float
        The number; shares and points are on the 0-1 scale.
    kind : {"number", "percent", "points"}
        ``points`` writes 0.034 as ``3,4`` (the sentence, or an `Amount`, has the word).
    decimals : int
        Decimals written.
    sign : bool
        Write a plus before positive numbers.
    """

    value: float
    kind: Literal["number", "percent", "points"] = "number"
    decimals: int = 0
    sign: bool = False

    @property
    def shown(self) -> float:
        """The number as it is written, rounded, on its own scale."""
        return round(self.value if self.kind == "number" else 100.0 * self.value, self.decimals)

    def text(self, language: Language | None = None) -> str:
        """Write the number in ``language``."""
        language = language or current_language()
        if self.kind == "percent":
            return numbers.percent(self.value, language, decimals=self.decimals)
        scale = 100.0 if self.kind == "points" else 1.0
        return numbers.number(scale * self.value, language, decimals=self.decimals, sign=self.sign)

    def __str__(self) -> str:
        return self.text()


def is_one(count: float, language: Language) -> bool:
    """Tell whether a count takes the singular: below 2 in French, 1 alone in English."""
    return abs(count) < 2 if language == "fr" else count == 1


@dataclass(frozen=True, slots=True)
class Amount:
    """A number with its unit, which agrees with the number as it is written.

    Parameters
    ----------
    value : Quantity
    one, other : Written
        The unit in the singular and in the plural.
    """

    value: Quantity
    one: Written
    other: Written

    def text(self, language: Language | None = None) -> str:
        """Write the amount in ``language``."""
        language = language or current_language()
        unit = self.one if is_one(self.value.shown, language) else self.other
        return f"{self.value.text(language)}{NO_BREAK}{unit.text(language)}"

    def __str__(self) -> str:
        return self.text()
