"""A form of Pilot'actions: its definition, a versioned data file, and a filled copy of it."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from impactkit.evidence.record import Words


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SectionDefinition(_Part):
    """A section to fill: who asks for it, and how long it may be (characters)."""

    key: str
    label: Words
    help: Words
    source: Literal["instruction", "inferred"]
    max_length: int = Field(gt=0)


class FormDefinition(_Part):
    """A form as its data file describes it."""

    name: str
    version: str
    kind: Literal["cls", "pacte"]
    per: Literal["action"]
    title: Words
    sections: tuple[SectionDefinition, ...]


class Section(_Part):
    """A filled section; ``over_length`` counts the characters beyond the limit, never cut off."""

    key: str
    label: str
    help: str
    text: str
    max_length: int
    source: Literal["instruction", "inferred"]
    action: str

    @property
    def over_length(self) -> int:
        """Characters beyond the limit."""
        return max(0, len(self.text) - self.max_length)


class Form(_Part):
    """A filled form, ready to be copied into Pilot'actions.

    Attributes
    ----------
    form, version : str
        Which definition it follows.
    study : str
    language : {"fr", "en"}
    title, subtitle : str
    sections : tuple of Section
        In order, one group per action; ``action`` tells them apart.
    """

    form: str
    version: str
    study: str
    language: Literal["fr", "en"]
    title: str
    subtitle: str
    sections: tuple[Section, ...]
    action_titles: dict[str, str]

    @property
    def name(self) -> str:
        """Name of the form's files."""
        return self.form

    def to_dict(self) -> dict[str, Any]:
        """Return the form as plain values for JSON."""
        return self.model_dump(mode="json")


@cache
def definition(name: str) -> FormDefinition:
    """Read a shipped definition, for example ``"form_cls"``."""
    file = resources.files("impactkit.forms") / "definitions" / f"{name}.toml"
    return FormDefinition.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
