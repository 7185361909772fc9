"""What an attacker could learn from tables about to be sent, whoever made them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from impactkit.disclosure import Profile
from impactkit.disclosure.linked import Attacker, Linked, Shown, atoms_of
from impactkit.disclosure.linked.attacker import possible_world
from impactkit.errors import DataError, DesignError, Problem
from impactkit.release.count_tables import CountTable, is_total, plain, read_cell
from impactkit.release.together import Together, together
from impactkit.text import Message


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
    table, file, place : str
        The table that a mapping names, its file, and the cell, such as "B7"; empty where unknown.
    """

    row: str
    column: str
    masked: bool
    low: float
    high: float
    table: str = ""
    file: str = ""
    place: str = ""


def audit_table(frame: pd.DataFrame, profile: Profile) -> tuple[Reading, ...]:
    """Return the cells of a table of counts from which a reader learns too much.

    Parameters
    ----------
    frame : DataFrame
        As text: headings of rows in the first column, of columns in the header; a total of rows and of
        columns where a heading says so ("Total", "Ensemble"). Masked cells are empty, or "s", "c", "–"…
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
    table = table_of_frame(frame)
    try:
        return audit_tables([table], profile)
    except DataError as error:
        if error.problems[0].code != "E-AUD-12":
            raise
        raise DesignError(Message("disclosure.totals")) from None


def audit_tables(
    tables: Sequence[CountTable],
    profile: Profile,
    *,
    groups: Mapping[str, Mapping[str, Sequence[str]]] | None = None,
) -> tuple[Reading, ...]:
    """Return the cells of tables read together from which a reader learns too much.

    Parameters
    ----------
    tables : sequence of CountTable
    profile : Profile
    groups : mapping, optional
        By variable, a heading that stands for several others of it.

    Returns
    -------
    tuple of Reading
        As `audit_table`, in the order of the tables. A mark such as "< 11" may tell what it says: the cell is
        given back when the others tell more.

    Raises
    ------
    DataError
        When tables do not agree (E-AUD-12), or cannot be judged together (E-AUD-09, E-AUD-10).
    """
    found: dict[tuple[int, int, int], Reading] = {}
    order = {id(table): k for k, table in enumerate(tables)}
    for part in together(tables, groups or {}):
        for place, reading in _readings(part, profile):
            table, i, j = place
            found[order[id(table)], i, j] = reading
    return tuple(found[key] for key in sorted(found))


def _readings(part: Together, profile: Profile) -> list[tuple[tuple[CountTable, int, int], Reading]]:
    low = np.array([table.low[i, j] for table, i, j in part.of])
    high = np.array([table.high[i, j] for table, i, j in part.of])
    shown = Shown(low=low, high=high)
    world = possible_world(part.cells, shown)
    if world is None:
        named = ", ".join(dict.fromkeys(table.id or table.file for table, _, _ in part.of))
        raise DataError([Problem(code="E-AUD-12", file=part.of[0][0].file or None, params={"names": named})])
    attacker = Attacker(Linked(cells=part.cells, people=world), shown)
    found = []
    for k, (table, i, j) in enumerate(part.of):
        masked = bool(table.masked[i, j])
        least, most = attacker.interval(atoms_of(part.cells, k)) if masked else (low[k], high[k])
        if _tells(float(least), float(most), said=float(high[k]), masked=masked, minimum=profile.minimum):
            reading = Reading(
                row=table.rows[i],
                column=table.columns[j],
                masked=masked,
                low=float(least),
                high=float(most),
                table=table.id,
                file=table.file,
                place=table.places[i][j] if table.places else "",
            )
            found.append(((table, i, j), reading))
    return found


def _tells(low: float, high: float, *, said: float, masked: bool, minimum: int) -> bool:
    """Tell whether a cell known to be between these numbers tells of a small group.

    ``said`` is the most that the cell itself says: a mark such as "< 11" lets as many sizes in doubt as a
    mask does.
    """
    if not masked:
        return low > 0 and high < minimum
    if high >= said and said == minimum - 1 and low <= 1:
        return False
    return low < minimum and (high < minimum or high - low < minimum - 1)


def table_of_frame(
    frame: pd.DataFrame, *, file: str = "", numbers: Sequence[int] | npt.NDArray[np.int64] | None = None
) -> CountTable:
    """Return a frame as a table whose rows tell one thing apart, and whose columns another.

    Parameters
    ----------
    frame : DataFrame
        As `audit_table` takes it.
    file : str
        The file that it was read in.
    numbers : sequence of int, optional
        Row of each line in the file.

    Raises
    ------
    DesignError
        When it is no table of numbers of people.
    DataError
        E-AUD-07, with the column and the rows, when some cells of a file are neither numbers nor masked.
    """
    if frame.shape[1] < 2 or frame.empty:
        raise DesignError(Message("disclosure.no_table"))
    rows = _apart([str(value).strip() for value in frame.iloc[:, 0]])
    columns = _apart([str(name).strip() for name in frame.columns[1:]])
    values = [
        ["" if value is None or value != value else str(value) for value in line]
        for line in frame.iloc[:, 1:].itertuples(index=False)
    ]
    cells = [[read_cell(value) for value in line] for line in values]
    wrong = [(i, j) for i, line in enumerate(cells) for j, cell in enumerate(line) if cell is None]
    if wrong and numbers is None:
        raise DesignError(Message("disclosure.not_a_count"))
    if wrong and numbers is not None:
        raise DataError(
            Problem(
                code="E-AUD-07",
                file=file,
                column=columns[j],
                rows=tuple(int(numbers[i]) for i, at in wrong if at == j),
            )
            for j in sorted({at for _, at in wrong})
        )
    masked = np.array([[cell[2] for cell in line if cell] for line in cells])
    if all(is_total(name) for name in rows) or masked.all():
        raise DesignError(Message("disclosure.no_table"))
    apart = any(not is_total(name) for name in columns) and len(columns) > 1
    return CountTable(
        file=file,
        rows=rows,
        columns=columns,
        of_rows="rows",
        of_columns="columns" if apart else "",
        low=np.array([[cell[0] for cell in line if cell] for line in cells]),
        high=np.array([[cell[1] for cell in line if cell] for line in cells]),
        masked=masked,
        populations=("",) * len(columns),
    )


def _apart(headings: Sequence[str]) -> tuple[str, ...]:
    """Tell headings that are written the same from each other; totals of the same thing stay so."""
    seen: dict[str, int] = {}
    found = []
    for heading in headings:
        seen[plain(heading)] = n = seen.get(plain(heading), 0) + 1
        found.append(heading if n == 1 or is_total(heading) else f"{heading} ({n})")
    return tuple(found)
