"""What the page of a contract or a pact is made from: its study, and the records of its measured actions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from impactkit.disclosure import profile_of
from impactkit.document.blocks import Note
from impactkit.evidence.record import Record
from impactkit.files.model import Action, Study
from impactkit.text import Language, Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """A contract or a pact, and the records of its measured actions in the study's order."""

    study: Study
    measured: tuple[tuple[Action, Record], ...]
    language: Language

    def say(self, key: str, params: Mapping[str, Any] | None = None) -> str:
        """Write a sentence of the catalogue's area ``contract``."""
        return Message(f"contract.{key}", params or {}).text(self.language)

    def note(self, reading: str) -> Note:
        """Return what stands under a table or a figure of the page."""
        versions = sorted({record.provenance.impactkit for _, record in self.measured})
        minimum = max(profile_of(record.secrecy).minimum for _, record in self.measured)
        return Note(
            reading=reading,
            scope=self.say("scope", {"n": len(self.measured), "territory": self.study.territory.name}),
            source=self.say("source", {"version": ", ".join(versions), "n": minimum}),
        )
