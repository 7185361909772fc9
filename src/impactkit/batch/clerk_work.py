"""What a clerk does (`impactkit.batch.clerk`), in the process that does it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

from impactkit.batch.clerk import Unwritten
from impactkit.batch.contract import write_contract
from impactkit.batch.forms import write_forms
from impactkit.batch.packed import PackedStudy, packed
from impactkit.document.formats import Format
from impactkit.evidence.found_together import Together
from impactkit.evidence.together import judge_together
from impactkit.files.masks import with_masks
from impactkit.text.language import Language


def judge(
    study: PackedStudy, *, actions: Collection[str], made: Collection[str]
) -> tuple[Together, PackedStudy]:
    """Return what the reports of a study hide because of each other, and the study that hides it."""
    declared = study.study()
    found = judge_together(declared, actions=actions, made=made)
    return found, packed(with_masks(declared, found.masked))


def write_pages(
    study: PackedStudy, folder: Path, *, language: Language, formats: Sequence[Format]
) -> Unwritten | None:
    """Write a study's forms and its own page again from the reports that its folder holds."""
    step = "forms"
    try:
        whole = study.study()
        write_forms(whole, folder, language=language)
        step = "contract"
        write_contract(whole, folder, language=language, formats=formats)
    except Exception as error:
        # They are the last of a study's pages: their failure must not cost the reports of the others.
        return Unwritten(step=step, error_class=type(error).__name__)
    return None
