"""How much a report has written, for whoever watches it from outside."""

from __future__ import annotations

from pathlib import Path

# The streams of a report, in the order of their descriptors from 1.
NAMES = ("stdout", "stderr")
# The text of a report's cells, in characters: beyond, nobody reads it and the page does not open.
MOST_TEXT = 50_000_000


def written_bytes(scratch: Path) -> int:
    """Return how much a report wrote to descriptors 1 and 2."""
    total = 0
    for name in NAMES:
        try:
            total += (scratch / f".{name}").stat().st_size
        except OSError:
            continue
    return total
