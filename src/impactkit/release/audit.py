"""What an attacker could learn from a table about to be sent, whoever made it."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import csr_array

from impactkit.disclosure import Profile
from impactkit.disclosure.linked import Attacker, Linked, Shown, atoms_of
from impactkit.disclosure.linked.attacker import possible_world
from impactkit.errors import DesignError
from impactkit.text import Message

_TOTALS = frozenset({"total", "totaux", "ensemble", "tous", "toutes", "tout", "all"})
_MASKS = frozenset({"", "s", "secret", "nd", "n.d.", "c", "*", "-", "…", "..."})
_NUMBER = re.compile(r"\d+(?:[.,]0+)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a reader makes of a cell that would be of a small group.

    Attributes
    ----------
    row, column : str
        Headings of the cell.
    masked : bool
        Whether the table masks it; else it is shown although small.
    low, high : float
        Between how many people it must be; infinite where nothing bounds it.
    """

    row: str
    column: str
    masked: bool
    low: float
    high: float


def audit_table(frame: pd.DataFrame, profile: Profile) -> tuple[Reading, ...]:
    """Return the cells of a table of counts from which a reader learns too much.

    Parameters
    ----------
    frame : DataFrame
        As text: headings of rows in the first column, of columns in the header; a total of rows and of
        columns where a heading says so ("Total", "Ensemble"). A cell that is no number is masked.
    profile : Profile
        The fewest people of a group are those of it.

    Returns
    -------
    tuple of Reading
        Cells shown although they are of a small group, and masked cells that the others give back: that
        cannot reach the minimum, or that are known to within less than it. A masked cell that is surely of
        enough people is no small group.

    Raises
    ------
    DesignError
        When the table has no cell to judge, or its totals are not the sums of its cells.

    Examples
    --------
    >>> import pandas as pd
    >>> from impactkit.disclosure import PROFILES
    >>> table = pd.DataFrame({"Commune": ["A", "B", "Total"], "Suivis": ["20", "s", "26"]})
    >>> found, = audit_table(table, PROFILES["pilotactions"])
    >>> found.row, found.low, found.high
    ('B', 6.0, 6.0)
    """
    rows, columns, values = _counts(frame)
    cells = _cells(rows, columns)
    known = ~np.isnan(values)
    shown = Shown(low=np.where(known, values, 0.0), high=np.where(known, values, np.inf))
    world = possible_world(cells, shown)
    if world is None:
        raise DesignError(Message("disclosure.totals"))
    attacker = Attacker(Linked(cells=cells, people=world), shown)
    found = []
    minimum = profile.minimum
    for i, (row, column) in enumerate((row, column) for row in rows for column in columns):
        low, high = (values[i], values[i]) if known[i] else attacker.interval(atoms_of(cells, i))
        small = low < minimum and (high < minimum or high - low < minimum - 1)
        if small and (not known[i] or low > 0):
            found.append(
                Reading(row=row, column=column, masked=not known[i], low=float(low), high=float(high))
            )
    return tuple(found)


def _counts(frame: pd.DataFrame) -> tuple[list[str], list[str], npt.NDArray[np.float64]]:
    """Return the headings and the counts, row by row, missing where they are masked."""
    if frame.shape[1] < 2 or frame.empty:
        raise DesignError(Message("disclosure.no_table"))
    rows = [str(value).strip() for value in frame.iloc[:, 0]]
    columns = [str(name).strip() for name in frame.columns[1:]]
    values = [_count(value) for line in frame.iloc[:, 1:].itertuples(index=False) for value in line]
    if all(is_total(name) for name in rows) or all(np.isnan(values)):
        raise DesignError(Message("disclosure.no_table"))
    return rows, columns, np.array(values)


def _count(value: object) -> float:
    text = "" if value is None or value != value else re.sub(r"\s", "", str(value))
    if _plain(text) in _MASKS:
        return np.nan
    if not _NUMBER.fullmatch(text):
        raise DesignError(Message("disclosure.not_a_count"))
    return float(text.replace(",", "."))


def is_total(heading: str) -> bool:
    """Tell whether a heading is that of a total."""
    return _plain(heading).split(" ")[0] in _TOTALS


def _plain(text: str) -> str:
    parts = unicodedata.normalize("NFKD", text.strip().lower())
    return "".join(sign for sign in parts if not unicodedata.combining(sign))


def _cells(rows: list[str], columns: list[str]) -> csr_array:
    """Return what each cell counts, of the inner cells; without a total, a part is all there is."""
    inner_rows = [i for i, name in enumerate(rows) if not is_total(name)]
    inner_columns = [j for j, name in enumerate(columns) if not is_total(name)] or [0]
    lines = []
    for i, row in enumerate(rows):
        for j, column in enumerate(columns):
            inside = np.zeros((len(rows), len(columns)))
            own_rows = inner_rows if is_total(row) else [i]
            own_columns = inner_columns if is_total(column) and len(columns) > 1 else [j]
            inside[np.ix_(own_rows, own_columns)] = 1.0
            lines.append(inside[np.ix_(inner_rows, inner_columns)].ravel())
    return csr_array(np.array(lines))
