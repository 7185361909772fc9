"""The look of the figures: one palette, one font, numbers written as the reader's language does."""

from __future__ import annotations

import base64
import io
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from impactkit.text import Language
from impactkit.text.numbers import decimals_for, number

# Okabe and Ito's blue and vermilion, the second one darkened so that words in it are readable on white.
# Each colour has one use: a page may swap it for another in its dark theme (`plot.svg`).
INK = "#1f2933"
MUTED = "#5a6572"
RULE = "#b9c0c9"
BOX = "#f5f6f8"
TREATED = "#0072b2"
COMPARISON = "#b34700"
NEAR = "#d3e0ea"
FAR = "#ebf0f5"
PAPER = "#ffffff"
PALETTE = {
    "ink": INK,
    "muted": MUTED,
    "rule": RULE,
    "box": BOX,
    "treated": TREATED,
    "comparison": COMPARISON,
    "near": NEAR,
    "far": FAR,
    "paper": PAPER,
}

WIDTH = 7.2  # inches; every figure is as wide as the text of a page
FONT = "DejaVu Sans"  # comes with matplotlib: the same on every machine
_NOTEBOOK_DPI = 110

_LOOK: dict[Any, Any] = {
    "font.family": FONT,
    "font.size": 9.5,
    "text.color": INK,
    "text.parse_math": False,  # a dollar in a user's label is a dollar
    "axes.edgecolor": RULE,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.facecolor": "none",
    "figure.facecolor": "none",
    "lines.solid_capstyle": "butt",
    "xtick.color": RULE,
    "xtick.labelcolor": MUTED,
    "xtick.labelsize": 9,
    "ytick.color": RULE,
    "ytick.labelcolor": MUTED,
    "ytick.labelsize": 9,
}


class ShownAxes(Axes):
    """Axes that a notebook shows when they are a cell's last value, without pyplot.

    pyplot shows every open figure at the end of a cell: a report built from values would show some twice.
    """

    alt: str = ""

    def _repr_mimebundle_(
        self, include: Any = None, exclude: Any = None
    ) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
        image = io.BytesIO()
        figure = self.get_figure(root=True)
        assert figure is not None
        figure.savefig(image, format="png", dpi=_NOTEBOOK_DPI, facecolor=PAPER)
        shown = {
            "text/plain": self.alt or repr(self),
            "image/png": base64.b64encode(image.getvalue()).decode("ascii"),
        }
        return shown, {"image/png": {"alt": self.alt}}


# What makes the axes of a figure; a page has its figures drawn on lighter ones (`plot.sketch`).
_MAKES: ContextVar[Callable[..., Axes] | None] = ContextVar("makes_axes", default=None)


@contextmanager
def drawn_on(make: Callable[..., Axes]) -> Iterator[None]:
    """Have `new_axes` return what ``make`` returns: it takes the same arguments."""
    before = _MAKES.set(make)
    try:
        yield
    finally:
        _MAKES.reset(before)


@contextmanager
def look() -> Iterator[None]:
    """Draw with the house's style, and leave matplotlib's settings as they were."""
    if _MAKES.get() is not None:  # nothing is drawn by matplotlib
        yield
        return
    with mpl.rc_context(_LOOK):
        yield


def new_axes(
    *, height: float, left: float = 0.3, right: float = 0.3, top: float = 0.2, bottom: float = 0.5
) -> Axes:
    """Return axes in a figure of their own, which a notebook shows.

    Parameters
    ----------
    height : float
        Of the figure, in inches; it is `WIDTH` wide.
    left, right, top, bottom : float
        Margins around the axes, in inches. They are given, not searched for: a search draws twice.
    """
    make = _MAKES.get()
    if make is not None:
        return make(height=height, left=left, right=right, top=top, bottom=bottom)
    figure = Figure(figsize=(WIDTH, height))
    box = (left / WIDTH, bottom / height, 1 - (left + right) / WIDTH, 1 - (bottom + top) / height)
    return figure.add_axes(box, axes_class=ShownAxes)


def describe(axes: Axes, alt: str) -> Axes:
    """Join its text equivalent to a figure, for the notebook that shows it."""
    if isinstance(axes, ShownAxes):
        axes.alt = alt
    return axes


def as_hex(colour: Any) -> str:
    """Write a colour as the palette does; a transparent one is ``"none"``."""
    red_green_blue = to_hex(colour, keep_alpha=True)
    return "none" if red_green_blue.endswith("00") else red_green_blue[:7]


def wrap(text: str, width: int, *, lines: int | None = None) -> str:
    """Break a label into lines of at most ``width`` characters; past ``lines`` it ends in an ellipsis.

    No-break spaces hold: only plain spaces and overlong words are broken.
    """
    found = textwrap.wrap(
        text.replace("\n", " "), width, max_lines=lines, placeholder=" …", break_on_hyphens=False
    )
    return "\n".join(found) or text


def ticks(low: float, high: float) -> np.ndarray:
    """Return at most eight round values between ``low`` and ``high``."""
    found = np.asarray(MaxNLocator(nbins=7, steps=[1, 2, 5, 10]).tick_values(low, high))
    return found[(found >= low) & (found <= high)]


def number_formatter(
    language: Language, step: float, *, scale: float = 1.0, sign: bool = False
) -> FuncFormatter:
    """Return an axis formatter in ``language``: no finer than the step between two ticks asks for.

    Parameters
    ----------
    step : float
        Distance between ticks, on the axis's own scale.
    scale : float
        What values are multiplied with before they are written.
    sign : bool
        Write a plus before positive numbers.
    """
    decimals = max(0, decimals_for(abs(step * scale)) - 1)
    write: Callable[[float, int | None], str] = lambda value, _: number(  # noqa: E731
        scale * value, language, decimals=decimals, sign=sign
    )
    return FuncFormatter(write)
