"""The evidence on an action: what may be concluded, said and published."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from html import escape
from typing import Any

from impactkit.evidence.build_record import build_record
from impactkit.evidence.judgement import Judgement
from impactkit.evidence.record import Record
from impactkit.html import paragraph_html, shown_html
from impactkit.text import Language, Message, current_language
from impactkit.text.language import as_language


# Without slots: the record, a sixth of the time of a report, is made once and kept.
@dataclass(frozen=True, kw_only=True, eq=False)
class Evidence(Judgement):
    """What the data prove about the action; made by `assess`.

    Its attributes are those of `Judgement`: ``estimate``, ``secondary``, ``checks``, ``credibility``,
    ``precision``, ``strength``, ``bound_by``, ``conclusion``, ``imputation``, ``attribution``,
    ``reasons`` and ``links``.
    """

    @cached_property
    def record(self) -> Record:
        """All that may leave the computation: aggregates that passed the secrecy rules."""
        return build_record(self)

    def sentence(self, lang: str | None = None) -> str:
        """Return the verdict, the interval and its meaning, in French or English.

        When nothing can be concluded, it also says the smallest effect that would have been seen.
        """
        language: Language = current_language() if lang is None else as_language(lang)
        said = self.record.sentences
        parts = ["verdict", "interval", "significance"]
        key = "headline"
        if self.conclusion == "inconclusive" and said.smallest_effect is not None:
            parts, key = [*parts, "smallest_effect"], "headline_inconclusive"
        params = {part: getattr(said, part).text(language) for part in parts}
        return Message(f"sentence.{key}", params).text(language)

    def to_dict(self) -> dict[str, Any]:
        """Return the record as plain values, as ``evidence.json`` holds it."""
        return self.record.model_dump(mode="json")

    def __repr__(self) -> str:
        return f"<Evidence: {self.attribution}, strength {self.strength}/5>"

    def _repr_html_(self) -> str:
        said, language = self.record.sentences, current_language()
        told = [said.interval, said.significance]
        if self.conclusion == "inconclusive" and said.smallest_effect is not None:
            told.append(said.smallest_effect)
        label = f'<p class="ik-label">{escape(said.verdict.text(language))}</p>'
        body = "".join(paragraph_html(part.text(language)) for part in told)
        return shown_html(f'<div class="ik-verdict ik-{self.attribution}">{label}{body}</div>')
