"""A defect of a page, and how the element it is about is called."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from impactkit.report.page_tree import Element
from impactkit.text import Language, Message

_SHOWN_CHARACTERS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A defect of a page.

    Attributes
    ----------
    code : str
        Which rule, as the catalogue's area ``accessibility`` names it.
    criterion : str
        The criterion of RGAA 4.1 that it goes against; empty for a rule of our own.
    message : Message
        What was found and what to do.
    """

    code: str
    criterion: str
    message: Message = field(hash=False)

    def text(self, language: Language) -> str:
        """Write it as a sentence."""
        return self.message.text(language)


def found(code: str, criterion: str, **params: Any) -> Finding:
    """Return a finding whose sentence is the catalogue's ``accessibility.<code>``."""
    return Finding(code=code, criterion=criterion, message=Message(f"accessibility.{code}", params))


def named(element: Element) -> str:
    """Say which element it is, by its words or else by its tag."""
    words = " ".join((element.attributes.get("alt") or own_name(element) or element.text).split())
    if not words:
        return f"<{element.tag}>"
    return words if len(words) <= _SHOWN_CHARACTERS else words[: _SHOWN_CHARACTERS - 1] + "…"


def own_name(element: Element) -> str:
    """Return the name that an element gives itself."""
    label = element.attributes.get("aria-label", "")
    if element.tag != "svg" or label:
        return label.strip()
    return " ".join(inner.text.strip() for inner in element.inside("title", "desc"))
