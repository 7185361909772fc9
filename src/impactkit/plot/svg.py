"""A figure as inline SVG: small, readable by a screen reader, and of the page's own theme."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from html import escape
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes

from impactkit.plot.sketch import Sketch, sketching
from impactkit.plot.sketch_marks import NotSketchedError, number
from impactkit.plot.style import PALETTE

_HEAD = re.compile(r"^.*?<svg[^>]*>", re.DOTALL)
_SIZE = re.compile(r'viewBox="0 0 ([\d.]+) ([\d.]+)"')
_METADATA = re.compile(r"<metadata>.*?</metadata>", re.DOTALL)
_STYLE_DEFS = re.compile(r"<defs>\s*<style[^>]*>.*?</style>\s*</defs>", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
_ID = re.compile(r' id="([^"]+)"')
_USED = re.compile(r'((?:xlink:href="#|url\(#))([^")]+)')
_FONT = re.compile(r"'DejaVu Sans'[^;\"]*")
_COLOUR = re.compile("|".join(PALETTE.values()), re.IGNORECASE)
_ROLES = {value: name for name, value in PALETTE.items()}
_SETTINGS: dict[Any, Any] = {"svg.fonttype": "none", "svg.hashsalt": "impactkit"}


def drawn_svg(draw: Callable[[], Axes], *, name: str, title: str, alt: str) -> str:
    """Draw a figure for a page and return it as an ``<svg>`` element, as `inline_svg` does.

    It is sketched, many times faster than matplotlib draws; a figure that uses more than a sketch knows is
    drawn by matplotlib.

    Parameters
    ----------
    draw : callable
        Draws the figure on axes of its own: a function of `impactkit.plot`. Called twice when the sketch
        does not know how.
    name, title, alt
        As for `inline_svg`.
    """
    try:
        with sketching():
            sketch = draw()
        if isinstance(sketch, Sketch):
            body = "\n".join(mark.svg() for mark in sketch.marks())
            head = _head(number(sketch.width), number(sketch.height), name=name, title=title, alt=alt)
            return f"{head}\n<g>\n{body}\n</g>\n</svg>"
    except (NotSketchedError, TypeError):
        # A method, or an argument of one, that a sketch does not have.
        pass
    return inline_svg(draw(), name=name, title=title, alt=alt)


def inline_svg(axes: Axes, *, name: str, title: str, alt: str) -> str:
    """Return the figure as an ``<svg>`` element to put in a page.

    Text stays text; colours are the page's custom properties, with the palette's as fallback, so that a
    dark theme can change them; nothing in it depends on the machine or the time.

    Parameters
    ----------
    axes : Axes
        Drawn by `impactkit.plot`.
    name : str
        Prefix of the identifiers, different for each figure of a page.
    title, alt : str
        Short name and text equivalent, for readers who do not see the figure.
    """
    figure = axes.get_figure(root=True)
    assert figure is not None
    drawn = io.StringIO()
    with mpl.rc_context(_SETTINGS):
        figure.savefig(drawn, format="svg", metadata={"Date": None, "Creator": None})
    text = drawn.getvalue()
    size = _SIZE.search(text)
    assert size is not None
    body = _STYLE_DEFS.sub("", _METADATA.sub("", _HEAD.sub("", text)))
    used = {found[2] for found in _USED.finditer(body)}
    # Only tags are rewritten: a user's label may look like anything.
    body = _TAG.sub(lambda tag: _themed(tag[0], name, used), body)
    head = _head(size[1], size[2], name=name, title=title, alt=alt)
    return head + re.sub(r"\s*\n\s*", "\n", body).rstrip()


def _head(width: str, height: str, *, name: str, title: str, alt: str) -> str:
    """Open the element, and name and describe the figure."""
    return (
        f'<svg viewBox="0 0 {width} {height}" width="{width}pt" height="{height}pt" role="img" '
        f'aria-labelledby="{name}-title {name}-desc">'
        f'<title id="{name}-title">{escape(title)}</title><desc id="{name}-desc">{escape(alt)}</desc>'
    )


def _themed(tag: str, name: str, used: set[str]) -> str:
    """Rewrite a tag: identifiers only where they are referred to, the page's font and colours."""
    tag = _ID.sub(lambda found: f' id="{name}-{found[1]}"' if found[1] in used else "", tag)
    tag = _USED.sub(lambda found: f"{found[1]}{name}-{found[2]}", tag)
    tag = _FONT.sub("var(--figure-font, 'DejaVu Sans', Verdana, sans-serif)", tag)
    return _COLOUR.sub(lambda found: f"var(--figure-{_ROLES[found[0].lower()]}, {found[0].lower()})", tag)
