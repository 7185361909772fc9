"""An IPython extension that the kernel of a report loads: it tells impactkit's own errors from all others.

The text of an `ImpactkitError` holds no personal value and may be shown; that of any other error may hold
some, and its class name proves nothing (pandas has a ``DataError`` too). So the kernel marks its own.
"""

from __future__ import annotations

from typing import Any

from impactkit.errors import ImpactkitError

# Stands in place of the traceback of an error whose text may be shown.
SAFE = "impactkit: safe error"


def load_ipython_extension(shell: Any) -> None:
    """Have IPython show this mark instead of a traceback, by the hook it offers to exceptions."""
    setattr(ImpactkitError, "_render_traceback_", _mark)  # noqa: B010 (the class does not declare it)


def _mark(error: ImpactkitError) -> list[str]:
    return [SAFE]
