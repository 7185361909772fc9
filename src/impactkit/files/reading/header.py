"""Which row holds the headers, and where each one is."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from impactkit.errors import DataError, Problem
from impactkit.files.finding import listed
from impactkit.files.fold import clean, fold
from impactkit.files.reading.grid import Grid, Place, is_filled
from impactkit.text import Message

# Among these rows the headers stand.
_HEADER_SEARCH = 50
# A number, a date, an amount: what a header is not.
_FIGURE = re.compile(r"[-+(]?[\d\s.,/:%€()-]*\d[\d\s.,/:%€()-]*(?:eur|euros?|e\+\d+)?", re.IGNORECASE)
_ENOUGH_BELOW = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The header row, its cells, and the position of each header kept, by its name."""

    index: int
    names: tuple[str, ...]
    positions: dict[str, int]


def find_header(grid: Grid, wanted: Sequence[str]) -> Header:
    """Find the first row, among the first 50, that holds every header wanted.

    Spaces, case and accents do not count; an exact spelling comes first.

    Raises
    ------
    DataError
        When a header is on no row with the others (E-COL-01) or on two columns (E-COL-02).
    """
    names = {fold(header) for header in wanted}
    first: list[list[str]] = []
    for row in grid.head[:_HEADER_SEARCH]:
        first.append([fold(cell) for cell in row])
        if names.issubset(first[-1]):
            break
    else:
        raise DataError([_missing_headers(first, grid.head, wanted, grid.place)])
    index = len(first) - 1
    row = grid.head[index]
    cells = [clean(cell) for cell in row]
    positions = {}
    problems = []
    for header in wanted:
        exact = _positions(clean(header), cells)
        found = exact or _positions(fold(header), first[index])
        positions[header] = found[0]
        if len(found) > 1:
            problems.append(_twice(header, index, grid.place))
    if problems:
        raise DataError(problems)
    return Header(index=index, names=tuple(row), positions=positions)


def _positions(wanted: str, cells: Sequence[str]) -> list[int]:
    return [i for i, cell in enumerate(cells) if cell == wanted]


def _twice(column: str, index: int, place: Place) -> Problem:
    return Problem(code="E-COL-02", file=place.file, sheet=place.sheet, column=column, rows=(index + 1,))


def _missing_headers(
    first: Sequence[Sequence[str]], rows: Sequence[Sequence[str]], headers: Sequence[str], place: Place
) -> Problem:
    """Return the problem of headers not found, with those of the file that look like them.

    A row is taken for headers, and shown, only when it holds at least one of those wanted: in a file
    without headers the first row is a person's.
    """
    if not any(cell for row in first for cell in row):
        return Problem(code="E-FIC-07", file=place.file, sheet=place.sheet)
    wanted = {fold(header) for header in headers}
    scores = [len(wanted.intersection(row)) for row in first]
    best = int(np.argmax(scores))
    close: list[str] = []
    missing = list(headers)
    if scores[best]:
        missing = [header for header in headers if fold(header) not in first[best]]
        spelled = {cell: clean(rows[best][i]) for i, cell in enumerate(first[best]) if cell not in wanted}
        for header in missing:
            near = difflib.get_close_matches(fold(header), spelled, n=1, cutoff=0.6)
            close += [spelled[cell] for cell in near]
    params = {
        "missing": listed(missing),
        "close": ", ".join(dict.fromkeys(close)) or Message("problem.none_close"),
    }
    row = (best + 1,) if scores[best] else ()
    return Problem(code="E-COL-01", params=params, file=place.file, sheet=place.sheet, rows=row)


# ------------------------------------------------------------------ without names


def guess_header(grid: Grid) -> Header:
    """Find the headers of a table of which nothing is known: the first row of its widest block.

    Titles above are narrower. The row must look like headers (a text in every cell, no figure, no text
    twice) and the one under it must not look like a second row of headers; else nothing is guessed.

    Raises
    ------
    DataError
        When no row is filled (E-FIC-07), when the row that should hold headers does not look like headers
        (E-COL-04), has an empty cell over a filled column (E-COL-03) or twice the same text (E-COL-02).
    """
    head, place = grid.head, grid.place
    widths = [_width(row) for row in head]
    if not any(widths):
        raise DataError([Problem(code="E-FIC-07", file=place.file, sheet=place.sheet)])
    index = widths.index(max(widths))
    rival = _rival(head, widths, index)
    if rival is not None:
        raise DataError([_unclear(place, rival, index)])
    row = head[index]
    below = [item for item in head[index + 1 :] if is_filled(item)]
    if index >= _HEADER_SEARCH or any(_FIGURE.fullmatch(clean(cell)) for cell in row if clean(cell)):
        raise DataError([_unclear(place, index)])
    if _is_second_header(below):
        raise DataError([_unclear(place, index, index + 1)])
    return named_header(grid, index)


def named_header(grid: Grid, index: int) -> Header:
    """Return every column under a header row by its name; a column without name nor cells is left out.

    Raises
    ------
    DataError
        When a name is missing over a filled column (E-COL-03) or stands twice (E-COL-02).
    """
    row, place = grid.head[index], grid.place
    below = [item for item in grid.head[index + 1 :] if is_filled(item)]
    unnamed, twice = [], []
    positions: dict[str, int] = {}
    for i in range(max([len(row), *map(_width, below)])):
        name = clean(row[i]) if i < len(row) else ""
        if not name:
            filled = sum(bool(i < len(item) and clean(item[i])) for item in below)
            # Beyond the headers of a text, a few rows have a cell too many: told where they are (E-CSV-01).
            few_too_long = place.sheet is None and i >= len(row) and 2 * filled < len(below)
            if filled and not few_too_long:
                unnamed.append(_letters(i))
        elif name in positions:
            # By its letter: if this row were a person's, its text would be too.
            twice += [_letters(positions[name]), _letters(i)]
        else:
            positions[name] = i
    rows = (index + 1,)
    problems = [
        Problem(code=code, file=place.file, sheet=place.sheet, column=", ".join(dict.fromkeys(at)), rows=rows)
        for code, at in (("E-COL-03", unnamed), ("E-COL-02", twice))
        if at
    ]
    if problems:
        raise DataError(problems)
    return Header(index=index, names=tuple(row), positions=positions)


def _rival(head: Sequence[Sequence[str]], widths: Sequence[int], index: int) -> int | None:
    """Return a row above the widest one that may be the headers, if the widest has something too many.

    It lacks one cell, or begins a block of rows as wide as each other. In a table of two columns a title
    looks the same as the header of a single column of texts with commas: it must stand apart.
    """
    for i in range(index):
        lacks_one = widths[i] == widths[index] - 1
        if widths[i] >= 2 and (lacks_one or widths[i] == widths[i + 1]):
            return i
        if lacks_one and widths[i] == 1 and i == index - 1:
            return i
    return None


def _unclear(place: Place, *at: int) -> Problem:
    rows = tuple(i + 1 for i in at)
    return Problem(code="E-COL-04", file=place.file, sheet=place.sheet, rows=rows)


def _is_second_header(below: Sequence[Sequence[str]]) -> bool:
    """Tell whether the first row below has words in every column whose other cells are figures."""
    if len(below) <= _ENOUGH_BELOW:
        return False
    second, rest = below[0], below[1:]
    figures = [i for i in range(len(second)) if _is_figures([row[i] for row in rest if i < len(row)])]
    return len(figures) >= 2 and all(
        clean(second[i]) and not _FIGURE.fullmatch(clean(second[i])) for i in figures
    )


def _is_figures(cells: Sequence[str]) -> bool:
    texts = [clean(cell) for cell in cells if clean(cell)]
    return len(texts) >= _ENOUGH_BELOW and all(_FIGURE.fullmatch(text) for text in texts)


def _width(row: Sequence[str]) -> int:
    return max((i + 1 for i, cell in enumerate(row) if clean(cell)), default=0)


def _letters(position: int) -> str:
    """Return the letters of a column in a spreadsheet: A, B, …, Z, AA."""
    letters = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
