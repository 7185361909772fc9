"""A file that cannot be opened: held by another program, or not there."""

from __future__ import annotations

from impactkit.errors import Problem


def not_opened(error: OSError, name: str) -> Problem:
    """Return E-FIC-14 for a file that another program holds, as Excel does on Windows; E-FIC-11 otherwise.

    Examples
    --------
    >>> not_opened(PermissionError(), "suivi.xlsx").code, not_opened(OSError(), "suivi.xlsx").code
    ('E-FIC-14', 'E-FIC-11')
    """
    return Problem(code="E-FIC-14" if isinstance(error, PermissionError) else "E-FIC-11", file=name)
