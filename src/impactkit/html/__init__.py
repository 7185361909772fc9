"""Tiny escaped HTML for notebooks, and the frame and look that every page shares.

What shows tables loads when first used: a page's frame does without pandas.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from impactkit.html.colours import Theme, colours
from impactkit.html.frame import FRAME_FOLDER, page_footer, page_frame, page_template, stylesheet
from impactkit.html.keys import keys_bundle
from impactkit.html.scoped import scoped_stylesheet, unstyled
from impactkit.loading import loads_on_use

if TYPE_CHECKING:
    from impactkit.html.tables import (
        MASKED,
        NOTHING,
        facts_html,
        grid_html,
        paragraph_html,
        shown_html,
        table_html,
        written,
    )

__all__ = [
    "FRAME_FOLDER",
    "MASKED",
    "NOTHING",
    "Theme",
    "colours",
    "facts_html",
    "grid_html",
    "keys_bundle",
    "page_footer",
    "page_frame",
    "page_template",
    "paragraph_html",
    "scoped_stylesheet",
    "shown_html",
    "stylesheet",
    "table_html",
    "unstyled",
    "written",
]

__getattr__ = loads_on_use(
    __name__,
    dict.fromkeys(
        (
            "MASKED",
            "NOTHING",
            "facts_html",
            "grid_html",
            "paragraph_html",
            "shown_html",
            "table_html",
            "written",
        ),
        "tables",
    ),
)
