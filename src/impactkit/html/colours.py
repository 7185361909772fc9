"""The colours of a style sheet, in its light and its dark theme."""

from __future__ import annotations

import re
from functools import cache
from typing import Literal

Theme = Literal["light", "dark"]

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_DARK = re.compile(r"@media[^{]*prefers-color-scheme:\s*dark[^{]*\{((?:[^{}]|\{[^{}]*\})*)\}", re.DOTALL)
_ROOT = re.compile(r":root\s*\{([^}]*)\}")
_COLOUR = re.compile(r"--([\w-]+):\s*(#[0-9a-fA-F]{6})\b")


@cache
def colours(css: str, theme: Theme = "light") -> dict[str, str]:
    """Return the custom properties of ``:root`` that are colours (``#rrggbb``), by their name without dashes.

    Parameters
    ----------
    css : str
        Later rules prevail over earlier ones, those for the dark theme being passed over in the light one.
    theme : {"light", "dark"}

    Examples
    --------
    >>> colours(":root { --ink: #000000; } @media (prefers-color-scheme: dark) { :root { --ink: #ffffff; } }")
    {'ink': '#000000'}
    """
    css = _COMMENT.sub("", css)
    # In the order of the sheet: a plain rule after the dark theme's prevails in the dark too.
    read = css if theme == "dark" else _DARK.sub("", css)
    return dict(pair for rule in _ROOT.findall(read) for pair in _COLOUR.findall(rule))
