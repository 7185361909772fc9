"""The report as blocks: a title, the four parts of the execution report, then what is missing."""

from __future__ import annotations

from impactkit.document.blocks import Block
from impactkit.midterm.parts.funding import funding
from impactkit.midterm.parts.indicators import indicators
from impactkit.midterm.parts.lacking import lacking
from impactkit.midterm.parts.synoptic import synoptic
from impactkit.midterm.parts.synthesis import synthesis, title
from impactkit.midterm.report import MidtermReport
from impactkit.midterm.say import Pen
from impactkit.text import Language


def midterm_blocks(report: MidtermReport, language: Language) -> tuple[Block, ...]:
    """Return the whole report in a language."""
    pen = Pen.of(report, language)
    return (
        *title(pen),
        *synthesis(pen),
        *synoptic(pen),
        *indicators(pen),
        *funding(pen),
        *lacking(pen),
    )
