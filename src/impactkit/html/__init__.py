"""Tiny escaped HTML for notebooks, and the frame and look that every page shares."""

from impactkit.html.colours import Theme, colours
from impactkit.html.frame import FRAME_FOLDER, page_frame, page_template, stylesheet
from impactkit.html.scoped import scoped_stylesheet
from impactkit.html.tables import MASKED, table_html, text_html

__all__ = [
    "FRAME_FOLDER",
    "MASKED",
    "Theme",
    "colours",
    "page_frame",
    "page_template",
    "scoped_stylesheet",
    "stylesheet",
    "table_html",
    "text_html",
]
