"""How wide the columns of a table are, where no browser works it out."""

from __future__ import annotations

from impactkit.document.blocks import Grid

_LONGEST = 36  # past so many characters a cell breaks into lines anyway
_MARK = 5  # a status has a mark beside it, and is in bold
_LEAST = 7


def widths(grid: Grid) -> tuple[float, ...]:
    """Return the share of the width for each column, by what stands in it; they sum to 1."""
    needs = [_need(grid, column) for column in range(len(grid.header))]
    return tuple(need / sum(needs) for need in needs)


def _need(grid: Grid, column: int) -> float:
    """Count the characters a column would like: its longest word at least, its longest cell at most."""
    cells = [row[column] for row in grid.rows if column < len(row)]
    texts = [cell.text for cell in cells]
    longest = max((len(text) for text in texts), default=0)
    words = max((len(word) for text in (grid.header[column], *texts) for word in text.split()), default=0)
    if any(cell.status is not None for cell in cells):
        words += _MARK
    if column in grid.numeric:
        return max(_LEAST, longest, words) + 2
    return max(_LEAST, words, min(longest, _LONGEST), min(len(grid.header[column]) / 2, _LONGEST)) + 2
