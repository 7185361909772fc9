"""What a sketch is made of, in points from the figure's upper left corner, and how each is written as SVG."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Protocol

from impactkit.plot.style import PALETTE

Point = tuple[float, float]

# Of the font of the figures, in parts of its size: above and under the line of writing, and between lines.
_ASCENT, _DESCENT, _GAP = 0.76, 0.24, 0.2
_ANCHORS = {"left": "start", "center": "middle", "right": "end"}
_ROLES = {value: f"var(--figure-{name}, {value})" for name, value in PALETTE.items()}
_FONT = "font-family: var(--figure-font, 'DejaVu Sans', Verdana, sans-serif)"
_MARKER_EDGE = 1.0


class NotSketchedError(Exception):
    """What a sketch does not know how to draw: matplotlib must."""


class Mark(Protocol):
    """Something drawn."""

    def svg(self) -> str:
        """Write it."""


def is_one_of(name: str, value: object, known: Sequence[object]) -> None:
    """Refuse what a sketch does not know.

    Raises
    ------
    NotSketchedError
    """
    if value not in known:
        raise NotSketchedError(f"{name} {value!r}")


def number(value: float) -> str:
    """Write a length to a hundredth of a point."""
    if not math.isfinite(value):
        raise NotSketchedError("a place that is not finite")
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def colour(value: str) -> str:
    """Return a colour of the palette as the page's theme may change it.

    Raises
    ------
    NotSketchedError
        When it is not of the palette.
    """
    if value == "none":
        return value
    if value not in _ROLES:
        raise NotSketchedError(f"colour {value!r}")
    return _ROLES[value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the axes are on the figure, and from which value to which they go."""

    left: float
    right: float
    top: float
    bottom: float
    width: float
    xlim: Point
    ylim: Point

    def x(self, value: float) -> float:
        """Return how far from the left a value is."""
        low, high = self.xlim
        return self.left + (value - low) / (high - low) * (self.right - self.left)

    def y(self, value: float) -> float:
        """Return how far from the top a value is."""
        low, high = self.ylim
        return self.bottom - (value - low) / (high - low) * (self.bottom - self.top)

    def across(self, value: float, coordinates: str) -> float:
        """Return how far from the left something is: a value, or a part of the axes or of the figure."""
        is_one_of("coordinates", coordinates, ("data", "axes fraction", "figure fraction"))
        if coordinates == "figure fraction":
            return value * self.width
        if coordinates == "axes fraction":
            return self.left + value * (self.right - self.left)
        return self.x(value)

    def along(self, value: float, coordinates: str) -> float:
        """Return how far from the top something is: a value, or a part of the axes."""
        is_one_of("coordinates", coordinates, ("data", "axes fraction"))
        if coordinates == "axes fraction":
            return self.bottom - value * (self.bottom - self.top)
        return self.y(value)

    def inside(self, x: float) -> float:
        """Bring a place back between the sides of the axes."""
        return min(max(x, self.left), self.right)

    def holds_across(self, x: float) -> bool:
        """Tell whether a place is between the sides of the axes."""
        return self.left - 0.01 <= x <= self.right + 0.01

    def holds_along(self, y: float) -> bool:
        """Tell whether a place is between the top and the bottom of the axes."""
        return self.top - 0.01 <= y <= self.bottom + 0.01

    def holds(self, point: Point, around: float) -> bool:
        """Tell whether a point, and so much around it, is within the axes."""
        x, y = point
        return (
            self.left - 0.01 <= x - around
            and x + around <= self.right + 0.01
            and self.top - 0.01 <= y - around
            and y + around <= self.bottom + 0.01
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Polyline:
    """A line through points, with markers or without; ``within`` are axes that it must not leave.

    A line that would have to be cut at the sides of the axes is left to matplotlib.
    """

    points: Sequence[Point]
    colour: str
    width: float
    dash: Any = "-"
    marker: str | None = None
    size: float = 0.0
    face: str = "none"
    edge: str = "none"
    every: int = 1
    square: bool = False
    within: Place | None = None

    def svg(self) -> str:
        """Write the line, then its markers."""
        known = [point for point in self.points if math.isfinite(point[0]) and math.isfinite(point[1])]
        reach = self.size / 2 if self.marker else 0.0
        if self.within is not None and not all(self.within.holds(point, reach) for point in known):
            raise NotSketchedError("a line that leaves the axes")
        line = "" if self.dash == "none" else self._line()
        if self.marker is None:
            return line
        if self.marker not in _MARKERS:
            raise NotSketchedError(f"marker {self.marker!r}")
        look = f'style="fill: {colour(self.face)}; stroke: {colour(self.edge)}; stroke-linejoin: miter"'
        draw = _MARKERS[self.marker]
        chosen = [point for point in self.points[:: self.every] if math.isfinite(point[1])]
        return line + "".join(f"\n<{draw(x, y, self.size)} {look}/>" for x, y in chosen)

    def _line(self) -> str:
        runs: list[list[str]] = [[]]
        for x, y in self.points:
            if math.isfinite(x) and math.isfinite(y):
                runs[-1].append(f"{number(x)} {number(y)}")
            elif runs[-1]:
                runs.append([])
        drawn = "".join(f"M{'L'.join(run)}" for run in runs if len(run) > 1)
        if not drawn:
            return ""
        look = [f"stroke: {colour(self.colour)}", f"stroke-width: {number(self.width)}"]
        if self.square:
            look.append("stroke-linecap: square")
        if isinstance(self.dash, tuple):
            offset, lengths = self.dash
            is_one_of("dash offset", offset, (0,))
            look.append(f"stroke-dasharray: {','.join(number(part * self.width) for part in lengths)}")
        else:
            is_one_of("dash", self.dash, ("-",))
        return f'<path d="{drawn}" style="fill: none; {"; ".join(look)}"/>'


def _shape(corners: Sequence[Point]) -> Callable[[float, float, float], str]:
    def draw(x: float, y: float, size: float) -> str:
        points = "L".join(f"{number(x + a * size)} {number(y + b * size)}" for a, b in corners)
        return f'path d="M{points}Z"'

    return draw


def _disc(x: float, y: float, size: float) -> str:
    return f'circle cx="{number(x)}" cy="{number(y)}" r="{number(size / 2)}"'


_DIAGONAL = math.sqrt(0.5)
_MARKERS: dict[str, Callable[[float, float, float], str]] = {
    "o": _disc,
    "s": _shape(((-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5))),
    "D": _shape(((0, -_DIAGONAL), (_DIAGONAL, 0), (0, _DIAGONAL), (-_DIAGONAL, 0))),
    "v": _shape(((0, 0.5), (0.5, -0.5), (-0.5, -0.5))),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A rectangle."""

    x: float
    y: float
    width: float
    height: float
    fill: str
    edge: str = "none"
    line: float = 0.0

    @classmethod
    def between(
        cls,
        x: float,
        y: float,
        to_x: float,
        to_y: float,
        *,
        fill: str,
        edge: str = "none",
        width: float = 0.0,
    ) -> Box:
        """Return the rectangle between two corners."""
        return cls(
            x=min(x, to_x),
            y=min(y, to_y),
            width=abs(to_x - x),
            height=abs(to_y - y),
            fill=fill,
            edge=edge,
            line=width,
        )

    def svg(self) -> str:
        """Write the rectangle."""
        look = f"fill: {colour(self.fill)}"
        if self.edge != "none" and self.line:
            look += (
                f"; stroke: {colour(self.edge)}; stroke-width: {number(self.line)}; stroke-linejoin: miter"
            )
        place = f'x="{number(self.x)}" y="{number(self.y)}"'
        return f'<rect {place} width="{number(self.width)}" height="{number(self.height)}" style="{look}"/>'


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A text of one line or several; ``spacing`` is from one line to the next, in parts of its size."""

    x: float
    y: float
    text: str
    size: float
    colour: str
    weight: str = "normal"
    slant: str = "normal"
    ha: str = "left"
    va: str = "baseline"
    spacing: float | None = None

    @property
    def lines(self) -> list[str]:
        """The lines."""
        return self.text.split("\n")

    @property
    def step(self) -> float:
        """From one line to the next."""
        natural = _ASCENT + _DESCENT + _GAP
        return self.size * (natural if self.spacing is None else self.spacing)

    @property
    def _over(self) -> float:
        """From the top of the block to the first line of writing."""
        if self.spacing is not None:
            return (self.step + (_ASCENT - _DESCENT) * self.size) / 2
        return self.size * (_ASCENT + (_GAP / 2 if len(self.lines) > 1 else 0.0))

    @property
    def _under(self) -> float:
        if self.spacing is not None:
            return (self.step - (_ASCENT - _DESCENT) * self.size) / 2
        return self.size * (_DESCENT + (_GAP / 2 if len(self.lines) > 1 else 0.0))

    @property
    def first(self) -> float:
        """Where the first line of writing is, from the top of the figure."""
        to_last = (len(self.lines) - 1) * self.step
        if self.va == "top":
            return self.y + self._over
        if self.va == "bottom":
            return self.y - self._under - to_last
        if self.va == "baseline":
            return self.y - to_last
        if self.va == "center":
            return self.y + self._over - (self._over + to_last + self._under) / 2
        is_one_of("va", self.va, ("center_baseline",))
        return self.y + self._over - (self._over + to_last) / 2

    @property
    def bottom(self) -> float:
        """How far from the top of the figure the block ends."""
        return self.first + (len(self.lines) - 1) * self.step + self._under

    def svg(self) -> str:
        """Write the text, each line as an element of its own."""
        is_one_of("ha", self.ha, tuple(_ANCHORS))
        is_one_of("weight", self.weight, ("normal", "bold"))
        is_one_of("slant", self.slant, ("normal", "italic"))
        look = [f"font-size: {number(self.size)}px", _FONT, f"text-anchor: {_ANCHORS[self.ha]}"]
        if self.weight == "bold":
            look.insert(0, "font-weight: 700")
        if self.slant == "italic":
            look.insert(0, "font-style: italic")
        look.append(f"fill: {colour(self.colour)}")
        start = f'<text style="{"; ".join(look)}" x="{number(self.x)}"'
        return "\n".join(
            f'{start} y="{number(self.first + rank * self.step)}">{escape(line, quote=False)}</text>'
            for rank, line in enumerate(self.lines)
            if line
        )
