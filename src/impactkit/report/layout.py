"""The page of an action: one method for each section, in the order of the official form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from impactkit.document.as_json import MIME, beside_html
from impactkit.document.blocks import Block
from impactkit.document.to_html import to_html
from impactkit.document.to_text import to_text
from impactkit.errors import ReportError
from impactkit.evidence import Evidence
from impactkit.html import scoped_stylesheet
from impactkit.report import annex, lead, limits, method, results
from impactkit.report.accounts import accounts
from impactkit.report.by_public import by_public
from impactkit.report.material import Material
from impactkit.text import Language, Message, current_language
from impactkit.text.language import as_language


@dataclass(frozen=True, slots=True, eq=False)
class Section:
    """A part of the page: a notebook shows it as HTML, a terminal as text."""

    blocks: tuple[Block, ...]
    language: Language
    # The sections that open a page bring its look into the notebook; the report has its own.
    styled: bool = False

    def __repr__(self) -> str:
        return to_text(self.blocks)

    def _repr_html_(self) -> str:
        look = scoped_stylesheet() if self.styled else ""
        return f"{look}{to_html(self.blocks, self.language)}"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        """Return the blocks as data: every format of the report is written from the executed notebook."""
        return {MIME: beside_html(self.blocks)}


@dataclass(frozen=True, slots=True, eq=False)
class Page:
    """What is said of an action, section by section; made by `page`."""

    material: Material

    def _section(self, blocks: tuple[Block, ...]) -> Section:
        return Section(blocks, self.material.language)

    def header(self) -> Section:
        """Title of the action and what identifies it."""
        return Section(lead.header(self.material), self.material.language, styled=True)

    def headline(self) -> Section:
        """Verdict, interval and meaning; beside them, the solidity."""
        return Section(lead.headline(self.material), self.material.language, styled=True)

    def need(self) -> Section:
        """Social need at the origin of the action."""
        return self._section(lead.need(self.material))

    def intended_effect(self) -> Section:
        """Effect sought for the people concerned."""
        return self._section(lead.intended_effect(self.material))

    def flow(self) -> Section:
        """People followed and lost."""
        return self._section((*method.flow(self.material), *accounts(self.material)))

    def method(self) -> Section:
        """Give the method in short."""
        return self._section(method.method(self.material))

    def balance(self) -> Section:
        """Likeness of the groups before the action."""
        return self._section(method.balance(self.material))

    def effect(self) -> Section:
        """Effect on the main outcome."""
        return self._section(results.effect(self.material))

    def secondary(self) -> Section:
        """Other outcomes."""
        return self._section(results.secondary(self.material))

    def publics(self) -> Section:
        """Effect by priority public, as exploratory."""
        return self._section(by_public(self.material))

    def saying(self) -> Section:
        """List what can and cannot be said."""
        return self._section(limits.saying(self.material))

    def solidity(self) -> Section:
        """How solid the measure is and what would make it more so."""
        return self._section(limits.solidity(self.material))

    def checks(self) -> Section:
        """Questions put to the measure."""
        return self._section(limits.checks(self.material))

    def annex(self) -> Section:
        """All that is needed to make the figures again."""
        return self._section(annex.annex(self.material))

    def _repr_html_(self) -> str:
        opening = (*lead.header(self.material), *lead.headline(self.material))
        return Section(opening, self.material.language, styled=True)._repr_html_()

    def __repr__(self) -> str:
        record = self.material.record
        return f"<Page of {record.study}/{record.action} in {self.material.language}>"


def page(evidence: Evidence, *, lang: str | None = None) -> Page:
    """Lay out the evidence on an action as a page, one method for each section.

    Parameters
    ----------
    evidence : Evidence
        Of a cohort built from a study file: the page needs its texts.
    lang : {"fr", "en"}, optional
        The session's language by default.

    Returns
    -------
    Page

    Raises
    ------
    ReportError
        When the cohort does not come from a study file.
    """
    cohort = evidence.estimate.design.cohort
    if cohort.study is None or cohort.action is None:
        raise ReportError(Message("report.no_study"))
    language = current_language() if lang is None else as_language(lang)
    return Page(Material(record=evidence.record, study=cohort.study, action=cohort.action, language=language))
