"""What a page is written from: a record, the study's own texts, and a language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Literal

from impactkit.disclosure import profile_of
from impactkit.document.blocks import Cell, Grid, Note
from impactkit.evidence.record import OutcomeRecord, Record
from impactkit.files.model import Action, Study
from impactkit.plot.wording import Scale, record_scale
from impactkit.text import Language, Message
from impactkit.text.numbers import number

Scope = Literal["people", "files", "months"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """Everything the sections of a page are made from."""

    record: Record
    study: Study
    action: Action
    language: Language

    @property
    def outcome(self) -> OutcomeRecord:
        """The primary outcome."""
        return self.record.outcome

    @property
    def is_series(self) -> bool:
        """Whether territories are followed month by month, not people."""
        return self.record.method == "interrupted_series"

    @property
    def analysis(self) -> str:
        """What is computed, in a few words."""
        kind = "before_after_trend" if self.record.claim == "trend" else self.record.method
        if self.record.duration is not None and self.record.duration.kind == "with":
            kind = "time_to_event_competing"
        return self.say(f"method.analysis_of.{kind}")

    @property
    def scope(self) -> Scope:
        """What the results are about."""
        return "months" if self.is_series else "people"

    @property
    def estimand(self) -> str:
        """What is estimated, as the catalogue names it."""
        if self.is_series:
            return "series"
        named = self.record.method in ("discontinuity", "encouragement")
        return self.record.method if named else self.record.estimand

    @property
    def outcome_name(self) -> str:
        """The primary outcome's name, in the page's language."""
        return self.outcome.label.text(self.language)

    @property
    def scale(self) -> Scale:
        """How values of the primary outcome are written."""
        return record_scale(self.record)

    def say(self, key: str, params: Mapping[str, Any] | None = None) -> str:
        """Write a sentence of the catalogue's area ``report``."""
        return Message(f"report.{key}", params or {}).text(self.language)

    def cell(self, text: str | None) -> Cell:
        """Return a table's cell; nothing is shown as ``s``, hidden by secrecy."""
        return Cell(text=self.say("masked") if text is None else text)

    def count(self, n: int | None) -> Cell:
        """Return the cell of a count."""
        return self.cell(None if n is None else number(n, self.language))

    def level(self, value: float | None) -> Cell:
        """Return the cell of a mean or a share of the primary outcome."""
        return self.cell(None if value is None else self.scale.level(value, self.language))

    def note(self, reading: str, *, scope: Scope, masked: bool = False) -> Note:
        """Return what stands under a table or a figure."""
        record = self.record
        # A grid of density is no file of people: the definition of the public names it.
        grids = {grid.path for grid in self.study.grids.values()}
        inputs = [path for path in record.provenance.inputs if path not in grids]
        files = ", ".join(PurePosixPath(path).name for path in inputs)
        source = {"files": files, "version": record.provenance.impactkit}
        place = {"action": record.title.text(self.language), "territory": record.territory}
        minimum = profile_of(record.secrecy).minimum
        return Note(
            reading=reading,
            scope=self.say(f"note.scope_{scope}", place),
            source=self.say("note.source_text" if files else "note.source_text_no_files", source),
            masked=self.say("note.masked_text", {"n": minimum}) if masked else None,
        )

    def p_value(self, p: float) -> str:
        """Write a p-value, never as zero."""
        if p < 0.001:
            return self.say("below", {"limit": number(0.001, self.language, decimals=3)})
        return number(p, self.language, decimals=3)


def is_masked(grid: Grid, material: Material) -> bool:
    """Tell whether a table hides anything."""
    mark = material.say("masked")
    return any(cell.text == mark for row in grid.rows for cell in row)
