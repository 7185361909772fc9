"""Tables of numbers of people as others make them: found in a file, read cell by cell, masked marks told."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from impactkit.errors import DataError, Problem
from impactkit.files.reading.grid import Grid
from impactkit.files.reading.header import guess_header
from impactkit.files.reading.raw import read_grid
from impactkit.release.mapping import RANGE, AuditMapping, TableMapping

Floats = npt.NDArray[np.float64]

TOTALS = frozenset({"total", "totaux", "ensemble", "tous", "toutes", "tout", "all"})
MASKS = frozenset({"", "s", "secret", "nd", "n.d.", "c", "*", "-", "–", "—", "…", "...", "x", "nr"})
_NUMBER = re.compile(r"\d+(?:[.,]0+)?")
_BELOW = re.compile(r"(?:<|moinsde|under)(\d+)")
_AT_MOST = re.compile(r"(?:≤|<=|auplus|atmost)(\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class CountTable:
    """A table of numbers of people, as a reader has it.

    Attributes
    ----------
    id, file : str
        Empty for a table of no file.
    rows, columns : tuple of str
        Headings.
    of_rows, of_columns : str
        What they tell apart; empty when columns count different people.
    low, high : (rows, columns) array of float
        Between how many people each cell is said to be: equal when it is shown; 0 and infinity when it is
        masked, unless the mark says more.
    masked : (rows, columns) array of bool
    populations : tuple of str
        Who each column counts.
    places : tuple of tuple of str
        Where each cell stands, such as "B7"; empty when unknown.
    totals : frozenset of str
        Headings of totals, besides the usual ones.
    """

    id: str = ""
    file: str = ""
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    of_rows: str
    of_columns: str
    low: Floats
    high: Floats
    masked: npt.NDArray[np.bool_]
    populations: tuple[str, ...]
    places: tuple[tuple[str, ...], ...] = ()
    totals: frozenset[str] = field(default=frozenset())

    def is_total(self, heading: str) -> bool:
        """Tell whether a heading is that of a total."""
        return is_total(heading, self.totals)


def is_total(heading: str, others: Collection[str] = ()) -> bool:
    """Tell whether a heading is that of a total."""
    name = plain(heading)
    return name.split(" ")[0] in TOTALS or name in {plain(other) for other in others}


def plain(text: str) -> str:
    """Return a text without case, accents and repeated spaces."""
    parts = unicodedata.normalize("NFKD", " ".join(text.lower().split()))
    return "".join(sign for sign in parts if not unicodedata.combining(sign))


Known = tuple[float, float, bool]


def read_cell(text: str, *, marks: Collection[str] = (), rounded: int = 1) -> Known | None:
    """Return between how many people a cell is said to be, and whether it is masked.

    ``None`` when it is neither a number nor a mark. A mark such as "< 11" is read as what it says: from 1 to
    10, since nobody at all is written 0.

    Examples
    --------
    >>> read_cell("1 234"), read_cell("s"), read_cell("< 11")
    ((1234.0, 1234.0, False), (0.0, inf, True), (1.0, 10.0, True))
    """
    squeezed = re.sub(r"\s", "", text)
    if plain(squeezed) in MASKS or squeezed in {re.sub(r"\s", "", mark) for mark in marks}:
        return 0.0, np.inf, True
    if _NUMBER.fullmatch(squeezed):
        n = float(squeezed.replace(",", "."))
        # Halves go up: what is written n was from n - base // 2 to n + (base - 1) // 2.
        return max(n - rounded // 2, 0.0), n + (rounded - 1) // 2, False
    if match := _BELOW.fullmatch(plain(squeezed)):
        return 1.0, float(match[1]) - 1.0, True
    if match := _AT_MOST.fullmatch(plain(squeezed)):
        return 1.0, float(match[1]), True
    return None


def read_tables(mapping: AuditMapping, files: Sequence[Path], *, name: str) -> tuple[CountTable, ...]:
    """Read the tables of a mapping in the files given.

    Parameters
    ----------
    mapping : AuditMapping
    files : sequence of Path
    name : str
        What the mapping's file is called in problems.

    Raises
    ------
    DataError
        With every problem: a file not given (E-AUD-05), a range outside the sheet (E-AUD-06), a cell that is
        neither a number nor a mark (E-AUD-07), a heading that is empty or twice there (E-AUD-08).
    """
    known = {path.name: path for path in files}
    problems: list[Problem] = []
    tables = []
    for i, asked in enumerate(mapping.tables):
        path = known.get(Path(asked.file).name)
        if path is None:
            problems.append(
                Problem(code="E-AUD-05", file=name, place=f"tables[{i}].file", params={"name": asked.file})
            )
            continue
        try:
            tables.append(_table(asked, mapping, path))
        except DataError as error:
            problems += error.problems
    unused = sorted(known.keys() - {Path(asked.file).name for asked in mapping.tables})
    problems += [Problem(code="E-AUD-11", file=name, params={"name": file}) for file in unused]
    if problems:
        raise DataError(problems)
    return tuple(tables)


def _table(asked: TableMapping, mapping: AuditMapping, path: Path) -> CountTable:
    grid = read_grid(path, sheet=asked.sheet)
    first, top, width, lines, numbers = _cells(asked, grid, path.name)
    skipped = {plain(heading) for heading in asked.skip_columns}
    kept = [j for j in range(1, width) if plain(top[j]) not in skipped]
    own = {plain(heading) for heading in asked.skip_rows}
    at = [
        i for i, line in enumerate(lines) if plain(line[0]) not in own and any(cell.strip() for cell in line)
    ]
    rows, columns = [lines[i][0].strip() for i in at], [top[j].strip() for j in kept]
    problems = _headings(rows, columns, [numbers[i] for i in at], file=path.name, sheet=grid.place.sheet)
    low, high = np.zeros((len(at), len(kept))), np.zeros((len(at), len(kept)))
    masked = np.zeros(low.shape, dtype=bool)
    for b, j in enumerate(kept):
        bad = []
        for a, i in enumerate(at):
            found = read_cell(lines[i][j], marks=mapping.masked, rounded=mapping.rounded)
            if found is None:
                bad.append(numbers[i])
            else:
                low[a, b], high[a, b], masked[a, b] = found
        if bad:
            where = f"{letters(first + j)} ({columns[b]})"
            problems.append(
                Problem(
                    code="E-AUD-07", file=path.name, sheet=grid.place.sheet, column=where, rows=tuple(bad)
                )
            )
    if problems:
        raise DataError(problems)
    apart = [f"{asked.population} {name}" if asked.columns is None else asked.population for name in columns]
    return CountTable(
        id=asked.id,
        file=path.name,
        rows=tuple(rows),
        columns=tuple(columns),
        of_rows=asked.rows,
        of_columns=asked.columns or "",
        low=low,
        high=high,
        masked=masked,
        populations=tuple(apart),
        places=tuple(tuple(f"{letters(first + j)}{numbers[i]}" for j in kept) for i in at),
        totals=frozenset(mapping.totals),
    )


def _cells(
    asked: TableMapping, grid: Grid, file: str
) -> tuple[int, list[str], int, list[list[str]], list[int]]:
    """Return the first column, the headings, their number, the lines below and the row of each."""
    problem = Problem(code="E-AUD-06", file=file, sheet=grid.place.sheet, params={"id": asked.id})
    if asked.range is None:
        index, first, last, end = guess_header(grid).index, 0, None, None
    else:
        match = RANGE.fullmatch(asked.range)
        if match is None:
            raise DataError([problem])
        index, end = int(match[2]) - 1, int(match[4])
        first, last = _number(match[1]), _number(match[3]) + 1
    if index >= len(grid.head):
        raise DataError([problem])
    whole = grid.head[index]
    top = whole[first:last]
    while top and not top[-1].strip():
        top = top[:-1]
    if len(top) < 2 or (last is not None and last - first > len(whole)):
        raise DataError([problem])
    body = grid.below(index, whole)
    numbers = [int(row) for row in body.rows]
    columns = [column.to_pylist() for column in body.columns[first : first + len(top)]]
    lines = [list(line) for line in zip(*columns, strict=True)]
    keep = [i for i, row in enumerate(numbers) if end is None or row <= end]
    if not keep or (end is not None and numbers[keep[-1]] < end):
        raise DataError([problem])
    return first, top, len(top), [[cell or "" for cell in lines[i]] for i in keep], [numbers[i] for i in keep]


def _headings(
    rows: Sequence[str], columns: Sequence[str], numbers: Sequence[int], *, file: str, sheet: str | None
) -> list[Problem]:
    """Return what is wrong with the headings: none, or twice the same."""
    seen: set[str] = set()
    bad = []
    for heading, number in zip(rows, numbers, strict=True):
        if not heading or plain(heading) in seen:
            bad.append(number)
        seen.add(plain(heading))
    found = [Problem(code="E-AUD-08", file=file, sheet=sheet, rows=tuple(bad))] if bad else []
    twice = [
        name for name in columns if not name or [plain(other) for other in columns].count(plain(name)) > 1
    ]
    if twice:
        found.append(Problem(code="E-AUD-08", file=file, sheet=sheet, column=twice[0] or "?"))
    return found


def letters(position: int) -> str:
    """Return a column as a spreadsheet names it, from 0.

    Examples
    --------
    >>> letters(0), letters(27)
    ('A', 'AB')
    """
    name = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def _number(name: str) -> int:
    number = 0
    for sign in name:
        number = 26 * number + ord(sign) - ord("A") + 1
    return number - 1
