"""Small tables whose headings are in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from impactkit.evidence.record import Words
from impactkit.html import table_html
from impactkit.teaching.scene import Scene, control_label, setting_text
from impactkit.text import Message, Quantity, current_language
from impactkit.text.catalogue import has_key


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A table of texts that a notebook shows whole, on the left of its columns.

    Attributes
    ----------
    frame : DataFrame
    """

    frame: pd.DataFrame

    def __repr__(self) -> str:
        return self.frame.to_string()

    def _repr_html_(self) -> str:
        return table_html(self.frame)


def table(rows: Iterable[Mapping[str, object]]) -> Table:
    """Return a table whose headings are words of the catalogue.

    Parameters
    ----------
    rows : iterable of mapping
        From the name of a column (``teach.column.<name>``) to a value; numbers are written with one decimal
        at most, two when they are below 1, and words of the course (``"waiting_list"``) in the language.

    Returns
    -------
    Table

    Examples
    --------
    >>> table([{"people": 60, "verdict": "?"}]).frame.shape
    (1, 2)
    """
    written = [{_heading(name): _written(value) for name, value in row.items()} for row in rows]
    return Table(pd.DataFrame(written))


def compare_scenes(scenes: Iterable[Scene], *, by: Sequence[str]) -> Table:
    """Return a table of scenes: what was set differently, the truth, what was found, the verdict.

    Parameters
    ----------
    scenes : iterable of Scene
    by : sequence of str
        Settings shown.

    Returns
    -------
    Table

    Examples
    --------
    >>> from impactkit.teaching import play
    >>> compare_scenes([play("sample", {"people": n}) for n in (40, 80)], by=["people"]).frame.shape
    (2, 6)
    """
    rows = []
    for scene in scenes:
        low, high = scene.interval
        settings = {str(control_label(name)): setting_text(name, scene.settings[name]) for name in by}
        points = {"truth": scene.truth, "estimate": scene.estimate, "low": low, "high": high}
        found = {_heading(name): str(Quantity(value, "number", 2)) for name, value in points.items()}
        rows.append(settings | found | {_heading("verdict"): scene.verdict})
    return Table(pd.DataFrame(rows))


def _heading(name: str) -> str:
    return str(Message(f"teach.column.{name}"))


def _written(value: object) -> str:
    if isinstance(value, Words):
        return value.text(current_language())
    if isinstance(value, str) and has_key(f"teach.option.{value}"):
        return str(Message(f"teach.option.{value}"))
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return str(value)
    decimals = 0 if float(value).is_integer() or abs(value) >= 100 else 2 if abs(value) < 1 else 1
    return str(Quantity(float(value), "number", decimals))
