"""The flow of people: from the rows of the files to the people analysed, by group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from impactkit.evidence.record import FlowRecord
from impactkit.plot import style
from impactkit.plot.alt import alt_text
from impactkit.plot.wording import Source, arm_name, count, record_of
from impactkit.text import Language, Message, current_language

# Inches; the axes' own units are inches too, with y growing downwards.
_PAD = 0.09
_LINE = 0.165
_GAP = 0.26
_NUMBER = 0.22
_HEADING = 0.3
_ALONE = 4.4  # width of a box that has no neighbour
_CHARACTERS_PER_INCH = 11.6  # DejaVu Sans at 9 points, on the safe side
_SMALL_PER_INCH = 12.4  # at 8.5 points


@dataclass(frozen=True, slots=True)
class _Column:
    """Boxes under one another: their left side, their width and their group's colour."""

    x: float
    width: float
    colour: str
    steps: Sequence[FlowRecord]

    @property
    def middle(self) -> float:
        return self.x + self.width / 2

    @property
    def entry(self) -> float:
        """Where the arrow arrives that comes from the files: beyond the group's name."""
        return self.x + 0.8 * self.width


@dataclass(frozen=True, slots=True)
class _Placed:
    """A box and what is written in and above it."""

    step: FlowRecord
    label: str
    loss: str
    top: float
    height: float


def flow(source: Source, *, ax: Axes | None = None, language: Language | None = None) -> Axes:
    """Draw the way from the files to the people analysed, with the losses and their reasons.

    Parameters
    ----------
    source : Record or Evidence
    ax : Axes, optional
        Where to draw; new axes by default.
    language : {"fr", "en"}, optional
        The session's by default.

    Returns
    -------
    Axes
    """
    language = language or current_language()
    record = record_of(source)
    trunk = _drawn([step for step in record.flow if step.arm is None])
    arms = [_drawn([step for step in record.flow if step.arm == arm]) for arm in ("treated", "comparison")]
    arms = [steps for steps in arms if steps]
    two = len(arms) == 2
    width = style.WIDTH - 0.1
    arm_width = (width - 0.5) / 2 if two else _ALONE
    xs = (0.05, width - 0.05 - arm_width) if two else ((width - arm_width) / 2,)
    columns = [
        _Column(x, arm_width, style.TREATED if steps[0].arm == "treated" else style.COMPARISON, steps)
        for x, steps in zip(xs, arms, strict=False)
    ]
    stem = _Column((width - _ALONE) / 2, _ALONE, style.MUTED, trunk)
    placed_trunk, trunk_end = _place(stem, 0.05, language)
    start = trunk_end + (0.42 if trunk and two else _GAP if trunk else 0.0) + _HEADING
    placed = [_place(column, start, language) for column in columns]
    bottom = max([trunk_end, *(end for _, end in placed)]) + 0.05
    with style.look():
        if ax is None:
            ax = style.new_axes(height=bottom, left=0.05, right=0.05, top=0.0, bottom=0.0)
        ax.set(xlim=(0, width), ylim=(bottom, 0))
        ax.axis("off")
        _draw(ax, stem, placed_trunk, language)
        for column, (boxes, _) in zip(columns, placed, strict=True):
            name = arm_name(record, column.steps[0].arm).text(language)
            ax.text(
                column.x, start - 0.09, name, color=column.colour, weight="bold", va="baseline", fontsize=9.5
            )
            if trunk:
                _elbow(ax, stem.middle if two else column.entry, trunk_end, column.entry, start)
            _draw(ax, column, boxes, language)
    return style.describe(ax, alt_text(record, "flow", language=language))


def _drawn(steps: list[FlowRecord]) -> list[FlowRecord]:
    """Leave out the boxes between the first and the last at which nobody leaves: the data table has them."""
    return [step for i, step in enumerate(steps) if i in (0, len(steps) - 1) or step.lost != 0]


def _place(column: _Column, top: float, language: Language) -> tuple[list[_Placed], float]:
    """Find the height of each box and of the space above it, which tells the loss."""
    boxes = []
    end = top
    for index, step in enumerate(column.steps):
        loss = _loss(step, column.steps[index - 1], language, column.width) if index else ""
        if index:
            end += max(_GAP, (loss.count("\n") + 1) * _LINE + 0.16 if loss else 0)
        label = style.wrap(
            step.label.text(language), int((column.width - 2 * _PAD) * _CHARACTERS_PER_INCH), lines=4
        )
        height = 2 * _PAD + _NUMBER + (label.count("\n") + 1) * _LINE
        boxes.append(_Placed(step, label, loss, end, height))
        end += height
    return boxes, end


def _loss(step: FlowRecord, above: FlowRecord, language: Language, width: float) -> str:
    """Say how many people left since the box above, and why; from rows to people, only why."""
    if step.lost == 0 or (step.lost is None and step.reason is None):
        return ""
    lost = count(step.lost, language)
    if step.lost is None and step.n is not None and above.n is not None and step.reason is not None:
        text = step.reason.text(language)
    elif step.reason is None:
        text = Message("plot.flow.lost", {"lost": lost}).text(language)
    else:
        reason = step.reason.text(language)
        text = Message("plot.flow.lost_because", {"lost": lost, "reason": reason}).text(language)
    return style.wrap(text, int((width - 0.45) * _SMALL_PER_INCH), lines=6)


def _draw(ax: Axes, column: _Column, boxes: Sequence[_Placed], language: Language) -> None:
    above: _Placed | None = None
    for box in boxes:
        if above is not None:
            x = column.x + 0.28
            _arrow(ax, x, above.top + above.height, box.top)
            if box.loss:
                middle = (above.top + above.height + box.top) / 2
                ax.text(
                    x + 0.14, middle, box.loss, va="center", fontsize=8.5, color=style.MUTED, linespacing=1.3
                )
        ax.add_patch(
            Rectangle(
                (column.x, box.top), column.width, box.height, facecolor=style.BOX, edgecolor=style.RULE
            )
        )
        ax.add_patch(
            Rectangle((column.x, box.top), 0.05, box.height, facecolor=column.colour, edgecolor="none")
        )
        x = column.x + _PAD + 0.07
        masked = box.step.n is None
        ax.text(
            x,
            box.top + _PAD + _NUMBER / 2,
            count(box.step.n, language),
            va="center",
            weight="normal" if masked else "bold",
            style="italic" if masked else "normal",
            fontsize=9 if masked else 11,
        )
        ax.text(x, box.top + _PAD + _NUMBER, box.label, va="top", fontsize=9, linespacing=1.3)
        above = box


def _arrow(ax: Axes, x: float, top: float, bottom: float) -> None:
    ax.plot([x, x], [top, bottom - 0.06], color=style.MUTED, linewidth=1)
    ax.plot([x], [bottom - 0.045], marker="v", markersize=5, color=style.MUTED, linestyle="none")


def _elbow(ax: Axes, x: float, top: float, to: float, bottom: float) -> None:
    """Join the last common box to a group's first one."""
    turn = top + 0.2
    ax.plot([x, x, to, to], [top, turn, turn, bottom - 0.06], color=style.MUTED, linewidth=1)
    ax.plot([to], [bottom - 0.045], marker="v", markersize=5, color=style.MUTED, linestyle="none")
