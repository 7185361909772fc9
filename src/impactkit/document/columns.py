"""How wide the columns of a table are, where no browser works it out."""

from __future__ import annotations

from impactkit.document.blocks import Grid

_LONGEST = 46  # past so many characters a cell breaks into lines anyway
_LEAST = 7
_GAP = 3  # what stands between two columns, in characters
_LINE = 100  # characters that the width of a page holds, at the size of tables


def widths(grid: Grid) -> tuple[float, ...]:
    """Return the share of the width for each column, by what stands in it; they sum to 1.

    A column is never narrower than its longest word, as long as the page can hold them all: long texts give
    way to short ones.
    """
    least = [_least(grid, column) for column in range(len(grid.header))]
    wanted = [max(_need(grid, column), least[column]) for column in range(len(grid.header))]
    spare = _LINE - sum(least)
    more = [want - need for want, need in zip(wanted, least, strict=True)]
    if sum(wanted) > _LINE and spare > 0:
        wanted = [need + spare * extra / sum(more) for need, extra in zip(least, more, strict=True)]
    return tuple(want / sum(wanted) for want in wanted)


def _texts(grid: Grid, column: int) -> list[str]:
    return [row[column].text for row in grid.rows if column < len(row)]


def _least(grid: Grid, column: int) -> float:
    """Count the characters of the longest word of a column; a no-break space holds words together."""
    texts = [grid.header[column], *_texts(grid, column)]
    marked = any(row[column].status is not None for row in grid.rows if column < len(row))
    words = max(len(word) for text in texts for line in text.split("\n") for word in line.split(" "))
    return max(_LEAST, min(words, _LONGEST)) + _GAP + 2 * marked


def _need(grid: Grid, column: int) -> float:
    """Count the characters a column would like: its longest cell, within reason."""
    longest = max((len(text) for text in _texts(grid, column)), default=0)
    if column not in grid.numeric:
        longest = min(longest, _LONGEST)
    return max(_LEAST, longest, min(len(grid.header[column]) / 2, _LONGEST)) + _GAP
