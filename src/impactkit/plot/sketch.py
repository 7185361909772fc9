"""Figures of a page drawn without matplotlib: stand-in axes that keep what is asked of them and write SVG.

`impactkit.plot`'s functions draw on axes; drawing three figures by matplotlib took a third of the time of a
report. Within `sketching`, the axes that they make are a `Sketch`, which knows the few methods that they use,
with the same meaning. Whatever else is asked of it raises `NotSketchedError`, and the figure is then drawn by
matplotlib (`impactkit.plot.svg.drawn_svg`): a sketch is the same figure or none. `tests/test_sketch.py` holds
each figure to matplotlib's own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, cast

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from impactkit.plot import style
from impactkit.plot.sketch_marks import Box, Mark, NotSketchedError, Place, Polyline, Words, is_one_of

Side = Literal["left", "bottom"]
_POINTS = 72.0  # to the inch
# How matplotlib draws its own axes, in points, where `style` does not say otherwise.
_TICK, _TICK_PAD, _TICK_WIDTH, _SPINE_WIDTH = 3.5, 3.5, 0.8, 0.8
_TICK_SIZE, _LABEL_SIZE = 9.0, 9.5
_MOST_TICKS = 9
# From back to front, as matplotlib orders what it draws.
_TICKS_AT, _PATCHES_AT, _LINES_AT, _SPINES_AT, _WORDS_AT = 1.5, 1.0, 2.0, 2.5, 3.0


def sketching() -> Any:
    """Have figures drawn as sketches within a ``with`` block."""
    return style.drawn_on(_new)


def _new(*, height: float, left: float, right: float, top: float, bottom: float) -> Axes:
    margins = tuple(_POINTS * margin for margin in (left, right, top, bottom))
    return cast(Axes, Sketch(_POINTS * style.WIDTH, _POINTS * height, margins))


@dataclass(slots=True)
class _Axis:
    """The ticks of an axis and how they are written."""

    ticks: Sequence[float] | None = None
    labels: Sequence[str] | None = None
    write: Callable[[float, int], str] | None = None
    size: float = _TICK_SIZE
    length: float = _TICK
    pad: float = _TICK_PAD
    colour: str = style.MUTED

    def set_major_formatter(self, formatter: Callable[[float, int], str]) -> None:
        """Have ticks written by this function of their value and their rank."""
        self.write = formatter

    def set(self, ticks: Sequence[float] | npt.NDArray[Any], labels: Sequence[str] | None) -> None:
        """Have these ticks."""
        self.ticks = [float(tick) for tick in ticks]
        self.labels = labels

    def written(self, ticks: Sequence[float]) -> list[str]:
        """Write these ticks."""
        if self.labels is not None or not ticks:
            return list(self.labels or ())
        if self.write is None:
            raise NotSketchedError("ticks that no formatter writes")
        return [self.write(tick, rank) for rank, tick in enumerate(ticks)]


@dataclass(slots=True)
class _Spine:
    visible: bool = True

    def set_visible(self, visible: bool) -> None:
        """Show it or not."""
        self.visible = visible


@dataclass(slots=True)
class Sketch:
    """Stand-in axes: what matplotlib's would be asked, kept until `marks` puts it in place.

    Attributes
    ----------
    width, height : float
        Of the figure, in points.
    around : tuple of float
        Around the axes, in points: left, right, top, bottom.
    """

    width: float
    height: float
    around: tuple[float, ...]
    xaxis: _Axis = field(default_factory=_Axis)
    yaxis: _Axis = field(default_factory=_Axis)
    spines: dict[str, _Spine] = field(default_factory=lambda: {"left": _Spine(), "bottom": _Spine()})
    _kept: list[tuple[float, Callable[[Place], Mark]]] = field(default_factory=list)
    _xlim: tuple[float, float] | None = None
    _ylim: tuple[float, float] | None = None
    _seen: list[float] = field(default_factory=list)
    _margin: float = 0.05
    _shown: bool = True
    _xlabel: Callable[[float, float], Mark] | None = None

    def __getattr__(self, name: str) -> Any:
        raise NotSketchedError(name)

    # ------------------------------------------------------------ limits and axes

    def set(self, *, xlim: tuple[float, float], ylim: tuple[float, float]) -> None:
        """Set both limits."""
        self._xlim, self._ylim = xlim, ylim

    def set_xlim(self, low: float, high: float) -> None:
        """Set the limits of the horizontal axis."""
        self._xlim = (low, high)

    def set_ylim(self, low: float, high: float) -> None:
        """Set the limits of the vertical axis."""
        self._ylim = (low, high)

    def get_xlim(self) -> tuple[float, float]:
        """Return the limits of the horizontal axis."""
        if self._xlim is None:
            raise NotSketchedError("a horizontal axis without limits")
        return self._xlim

    def get_ylim(self) -> tuple[float, float]:
        """Return the limits of the vertical axis: those set, or around the lines drawn."""
        if self._ylim is not None:
            return self._ylim
        known = [value for value in self._seen if np.isfinite(value)]
        if not known or min(known) == max(known):
            raise NotSketchedError("a vertical axis without limits")
        room = self._margin * (max(known) - min(known))
        return (min(known) - room, max(known) + room)

    def margins(self, *, y: float) -> None:
        """Leave this part of the height of the lines free above and under them."""
        self._margin = y

    def get_yticks(self) -> list[float]:
        """Return the ticks of the vertical axis: those set, or round values."""
        if self.yaxis.ticks is not None:
            return list(self.yaxis.ticks)
        room = int((self.height - self.around[2] - self.around[3]) // (2 * _TICK_SIZE))
        locator = MaxNLocator(nbins=min(_MOST_TICKS, max(1, room)), steps=[1, 2, 2.5, 5, 10])
        return [float(tick) for tick in locator.tick_values(*self.get_ylim())]

    def set_xticks(
        self,
        ticks: Sequence[float] | npt.NDArray[Any],
        labels: Sequence[str] | None = None,
        *,
        fontsize: float = _TICK_SIZE,
    ) -> None:
        """Have these ticks along the horizontal axis."""
        self.xaxis.set(ticks, labels)
        self.xaxis.size = fontsize

    def set_yticks(
        self, ticks: Sequence[float] | npt.NDArray[Any], labels: Sequence[str] | None = None
    ) -> None:
        """Have these ticks along the vertical axis."""
        self.yaxis.set(ticks, labels)

    def tick_params(
        self,
        *,
        axis: Literal["y"],
        length: float,
        pad: float,
        labelcolor: str,
        labelsize: float = _TICK_SIZE,
    ) -> None:
        """Set how ticks look."""
        is_one_of("axis", axis, ("y",))
        self.yaxis.length, self.yaxis.pad = length, pad
        self.yaxis.colour, self.yaxis.size = labelcolor, labelsize

    def axis(self, shown: Literal["off"]) -> None:
        """Draw neither axes nor ticks."""
        is_one_of("axis", shown, ("off",))
        self._shown = False

    def set_xlabel(self, text: str, *, labelpad: float = 4.0, fontsize: float = _LABEL_SIZE) -> None:
        """Name the horizontal axis."""
        self._xlabel = lambda x, y: Words(
            x=x, y=y + labelpad, text=text, size=fontsize, ha="center", va="top", colour=style.INK
        )

    # ------------------------------------------------------------ what is drawn

    def plot(
        self,
        x: Sequence[float] | npt.NDArray[Any],
        y: Sequence[float] | npt.NDArray[Any],
        only: str | None = None,
        *,
        color: str,
        linewidth: float = 1.5,
        linestyle: Any = "-",
        marker: str | None = None,
        markersize: float = 6.0,
        markerfacecolor: str | None = None,
        markeredgecolor: str | None = None,
        markevery: int = 1,
        clip_on: bool = True,
    ) -> None:
        """Draw a line, markers, or both; a value that is not finite is a gap. ``only`` is a marker alone."""
        if only is not None:
            marker, linestyle = only, "none"
        values = [float(value) for value in y]
        self._seen += values
        self._keep(
            _LINES_AT,
            lambda place: Polyline(
                points=[(place.x(float(a)), place.y(b)) for a, b in zip(x, values, strict=True)],
                colour=color,
                width=linewidth,
                dash=linestyle,
                marker=marker,
                size=markersize,
                face=markerfacecolor or color,
                edge=markeredgecolor or color,
                every=markevery,
                within=place if clip_on else None,
            ),
        )

    def axvline(
        self, x: float, *, color: str, linewidth: float, linestyle: Any = "-", zorder: float = _LINES_AT
    ) -> None:
        """Draw a line from the bottom to the top."""
        self._keep(
            zorder,
            lambda place: Polyline(
                points=[(place.x(x), place.bottom), (place.x(x), place.top)],
                colour=color,
                width=linewidth,
                dash=linestyle,
            ),
        )

    def axhline(self, y: float, *, color: str, linewidth: float, zorder: float = _LINES_AT) -> None:
        """Draw a line from one side to the other."""
        self._keep(
            zorder,
            lambda place: Polyline(
                points=[(place.left, place.y(y)), (place.right, place.y(y))], colour=color, width=linewidth
            ),
        )

    def axvspan(
        self, low: float, high: float, *, color: str, linewidth: Literal[0], zorder: float = _PATCHES_AT
    ) -> None:
        """Fill from the bottom to the top, between two places."""
        is_one_of("linewidth", linewidth, (0,))
        self._keep(
            zorder,
            lambda place: Box.between(
                place.inside(place.x(low)), place.top, place.inside(place.x(high)), place.bottom, fill=color
            ),
        )

    def add_patch(self, patch: Rectangle) -> None:
        """Draw a rectangle."""
        if type(patch) is not Rectangle or patch.get_angle() or patch.get_linestyle() != "solid":
            raise NotSketchedError("a patch other than a rectangle")
        if self._ylim is None:
            raise NotSketchedError("a rectangle without limits")
        (x, y), width, height = patch.get_xy(), patch.get_width(), patch.get_height()
        fill, edge, line = patch.get_facecolor(), patch.get_edgecolor(), patch.get_linewidth()
        self._keep(
            patch.get_zorder(),
            lambda place: Box.between(
                place.x(x),
                place.y(y),
                place.x(x + width),
                place.y(y + height),
                fill=style.as_hex(fill),
                edge=style.as_hex(edge),
                width=line,
            ),
        )

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        fontsize: float = 9.5,
        color: str = style.INK,
        weight: str = "normal",
        style: str = "normal",
        ha: str = "left",
        va: str = "baseline",
        linespacing: float | None = None,
    ) -> None:
        """Write at a place of the axes."""
        self._keep(
            _WORDS_AT,
            lambda place: Words(
                x=place.x(x),
                y=place.y(y),
                text=text,
                size=fontsize,
                colour=color,
                weight=weight,
                slant=style,
                ha=ha,
                va=va,
                spacing=linespacing,
            ),
        )

    def annotate(
        self,
        text: str,
        xy: tuple[float, float],
        *,
        xytext: tuple[float, float],
        textcoords: Literal["offset points"],
        xycoords: str | tuple[str, str] = "data",
        fontsize: float = 9.5,
        color: str = style.INK,
        weight: str = "normal",
        ha: str = "left",
        va: str = "baseline",
        linespacing: float | None = None,
    ) -> None:
        """Write at so many points from a place of the axes."""
        is_one_of("textcoords", textcoords, ("offset points",))
        across, along = (xycoords, xycoords) if isinstance(xycoords, str) else xycoords
        self._keep(
            _WORDS_AT,
            lambda place: Words(
                x=place.across(xy[0], across) + xytext[0],
                y=place.along(xy[1], along) - xytext[1],
                text=text,
                size=fontsize,
                colour=color,
                weight=weight,
                ha=ha,
                va=va,
                spacing=linespacing,
            ),
        )

    def _keep(self, zorder: float, mark: Callable[[Place], Mark]) -> None:
        self._kept.append((zorder, mark))

    # ------------------------------------------------------------ in place

    def marks(self) -> list[Mark]:
        """Return everything drawn, in place, from back to front."""
        place = self._place()
        found = [(zorder, mark(place)) for zorder, mark in self._kept]
        if self._shown:
            found += [(_SPINES_AT, spine) for spine in self._lines_of_axes(place)]
            found += [(_TICKS_AT, mark) for mark in (*self._x_ticks(place), *self._y_ticks(place))]
        return [mark for _, mark in sorted(found, key=lambda item: item[0])]

    def _place(self) -> Place:
        left, right, top, bottom = self.around
        return Place(
            left=left,
            right=self.width - right,
            top=top,
            bottom=self.height - bottom,
            width=self.width,
            xlim=self.get_xlim(),
            ylim=self.get_ylim(),
        )

    def _lines_of_axes(self, place: Place) -> list[Mark]:
        corner, ends = (
            (place.left, place.bottom),
            {
                "left": (place.left, place.top),
                "bottom": (place.right, place.bottom),
            },
        )
        return [
            Polyline(points=[corner, end], colour=style.RULE, width=_SPINE_WIDTH, square=True)
            for side, end in ends.items()
            if self.spines[side].visible
        ]

    def _x_ticks(self, place: Place) -> list[Mark]:
        axis, found = self.xaxis, list[Mark]()
        if axis.ticks is None:
            raise NotSketchedError("a horizontal axis without ticks")
        lowest = place.bottom + axis.length + axis.pad
        below = lowest
        for tick, text in zip(axis.ticks, axis.written(axis.ticks), strict=True):
            at = place.x(tick)
            if not place.holds_across(at):
                continue
            found.append(
                Polyline(
                    points=[(at, place.bottom), (at, place.bottom + axis.length)],
                    colour=style.RULE,
                    width=_TICK_WIDTH,
                )
            )
            words = Words(
                x=at, y=lowest, text=text, size=axis.size, colour=axis.colour, ha="center", va="top"
            )
            below = max(below, words.bottom)
            found.append(words)
        if self._xlabel is not None:
            found.append(self._xlabel((place.left + place.right) / 2, below))
        return found

    def _y_ticks(self, place: Place) -> list[Mark]:
        axis, found, ticks = self.yaxis, list[Mark](), self.get_yticks()
        for tick, text in zip(ticks, axis.written(ticks), strict=True):
            at = place.y(tick)
            if not place.holds_along(at):
                continue
            if axis.length:
                points = [(place.left, at), (place.left - axis.length, at)]
                found.append(Polyline(points=points, colour=style.RULE, width=_TICK_WIDTH))
            x = place.left - axis.length - axis.pad
            found.append(
                Words(
                    x=x, y=at, text=text, size=axis.size, colour=axis.colour, ha="right", va="center_baseline"
                )
            )
        return found
