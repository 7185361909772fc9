"""A theme of the user's own: a style sheet that comes after the house's, and must stay as readable."""

from __future__ import annotations

import os
import re
from pathlib import Path

from impactkit.errors import ReportError
from impactkit.html.contrast import poor_contrasts
from impactkit.text import Message

# Every process of a batch has the same environment: pages made beside each other look the same.
VARIABLE = "IMPACTKIT_THEME"

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_FETCHES = re.compile(r"@import\b|url\(\s*[\"']?(?!data:)|expression\(|</style", re.IGNORECASE)


def theme_css(house: str) -> str:
    """Return the style sheet that ``IMPACTKIT_THEME`` names; empty when it names none.

    Parameters
    ----------
    house : str
        The style sheet that it comes after.

    Raises
    ------
    ReportError
        When it cannot be read, would fetch something, or makes words that cannot be told from what is behind.
    """
    named = os.environ.get(VARIABLE, "")
    if not named:
        return ""
    try:
        css = Path(named).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ReportError(Message("page.theme.unreadable", {"file": named})) from error
    if _FETCHES.search(_COMMENT.sub("", css)):
        raise ReportError(Message("page.theme.fetches", {"file": named}))
    poor = next(iter(poor_contrasts(house + css)), None)
    if poor is not None:
        pair = {"front": poor.front, "back": poor.back, "ratio": poor.ratio, "least": poor.least}
        raise ReportError(Message(f"page.theme.contrast_{poor.theme}", {"file": named, **pair}))
    return css
