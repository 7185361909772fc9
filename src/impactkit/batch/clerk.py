"""What a batch does once a study: judging its reports together, and writing the pages of the study itself."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from impactkit.batch.packed import PackedStudy
from impactkit.document.formats import Format
from impactkit.evidence.found_together import Together
from impactkit.text.language import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class Unwritten:
    """Which pages of a study could not be written, ``"forms"`` or ``"contract"``, and the error's class."""

    step: str
    error_class: str


class Clerk(Protocol):
    """Whoever does what is done once a study; the results are the same whoever it is."""

    def judge(
        self, study: PackedStudy, *, actions: Collection[str], made: Collection[str]
    ) -> tuple[Together, PackedStudy]:
        """Return what the reports of a study hide because of each other, and the study that hides it."""

    def write_pages(
        self, study: PackedStudy, folder: Path, *, language: Language, formats: Sequence[Format]
    ) -> Unwritten | None:
        """Write a study's forms and its own page again from the reports that its folder holds."""

    def leave(self) -> None:
        """Hold nothing more until asked again."""


class ClerkHere:
    """Does it in this process, which then loads what estimates and what draws."""

    def judge(
        self, study: PackedStudy, *, actions: Collection[str], made: Collection[str]
    ) -> tuple[Together, PackedStudy]:
        """See `Clerk`."""
        # Loaded when first needed, here and below: a process that has another do it stays light.
        from impactkit.batch.clerk_work import judge

        return judge(study, actions=actions, made=made)

    def write_pages(
        self, study: PackedStudy, folder: Path, *, language: Language, formats: Sequence[Format]
    ) -> Unwritten | None:
        """See `Clerk`."""
        from impactkit.batch.clerk_work import write_pages

        return write_pages(study, folder, language=language, formats=formats)

    def leave(self) -> None:
        """See `Clerk`."""
