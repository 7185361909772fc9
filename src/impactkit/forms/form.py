"""A filled form of Pilot'actions."""

from __future__ import annotations

from typing import Any, Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict

from impactkit.evidence.record import Words
from impactkit.forms.definition import Source
from impactkit.html import table_html


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Section(_Part):
    """A filled section.

    Attributes
    ----------
    key, label, help, text : str
        The text is empty when nothing fills the section yet.
    max_length : int
        Characters permitted.
    source : {"instruction", "inferred"}
    required : bool
    action : str or None
        The action it is about; ``None`` for the whole study.
    left_out : int
        Sentences of the tool that had no room.
    to_fill : str
        What to write, and where, when nothing fills the section.
    cautions : tuple of str
        What the user's own text says beyond the verdict.
    """

    key: str
    label: str
    help: str
    text: str
    max_length: int
    source: Source
    required: bool = True
    action: str | None = None
    left_out: int = 0
    to_fill: str = ""
    cautions: tuple[str, ...] = ()

    @property
    def over_length(self) -> int:
        """Characters beyond the limit: a user's text is never cut."""
        return max(0, len(self.text) - self.max_length)

    @property
    def name(self) -> str:
        """A name of the section, unique in its form."""
        return self.key if self.action is None else f"{self.action}-{self.key}"


class FormTable(_Part):
    """A table that stands beside a form's texts.

    ``workbook_only`` lists the columns, from 0, that a page has no room for and the texts already say.
    """

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str | int | float | None, ...], ...]
    numeric: tuple[int, ...] = ()
    workbook_only: tuple[int, ...] = ()


class ItemRecord(_Part):
    """What may leave of the answers to one item of the questionnaire: what the form's own table shows.

    Attributes
    ----------
    item : str
    section, label : Words
    agreed : tuple of str
        Levels that committees agreed on.
    level : str or None
        The middle answer of respondents; ``None`` where they are too few, or none.
    share, consensus, proved : float or None
        Share of answers at that level, agreement from 0 to 1, share of answers proved; ``None`` where masked.
    due : str or None
        What most say is due to the pact.
    is_proved : bool
        Whether one answer at least has a dated proof and its source.
    """

    item: str
    section: Words
    label: Words
    agreed: tuple[str, ...] = ()
    level: str | None = None
    share: float | None = None
    consensus: float | None = None
    proved: float | None = None
    due: str | None = None
    is_proved: bool = False


class Form(_Part):
    """A filled form, ready to be copied into Pilot'actions.

    Attributes
    ----------
    form, version : str
        Which description it follows.
    study : str
    language : {"fr", "en"}
    title, subtitle : str
    sections : tuple of Section
        In order: those of the whole study, then one group per action.
    action_titles : dict
        Title of each action, by its id.
    tables : tuple of FormTable
    changes : tuple of ItemRecord
        For the questionnaire: each item that someone answered, for syntheses of several pacts.
    """

    form: str
    version: str
    study: str
    language: Literal["fr", "en"]
    title: str
    subtitle: str
    sections: tuple[Section, ...]
    action_titles: dict[str, str]
    tables: tuple[FormTable, ...] = ()
    changes: tuple[ItemRecord, ...] = ()

    @property
    def name(self) -> str:
        """Name of the form's files."""
        return self.form

    @property
    def groups(self) -> tuple[tuple[str, str, tuple[Section, ...]], ...]:
        """Its sections by what they are about: an identifier, a title and the sections."""
        ids = list(dict.fromkeys(section.action for section in self.sections))
        return tuple(
            (
                name or "study",
                self.subtitle if name is None else self.action_titles[name],
                tuple(section for section in self.sections if section.action == name),
            )
            for name in ids
        )

    def __repr__(self) -> str:
        due = sum(bool(section.to_fill) for section in self.sections)
        return f"<Form {self.form!r} of {self.study!r}: {len(self.sections)} sections, {due} to fill>"

    def _repr_html_(self) -> str:
        rows = [
            (title, section.label, section.text or section.to_fill)
            for _, title, sections in self.groups
            for section in sections
        ]
        table = pd.DataFrame(rows, columns=["about", "section", "text"])
        return table_html(table, caption=f"{self.title} – {self.subtitle}")

    def to_dict(self) -> dict[str, Any]:
        """Return the form as plain values for JSON."""
        return self.model_dump(mode="json")
