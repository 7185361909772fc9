"""An IPython extension that the kernel of a report loads: errors told apart, randomness that repeats.

The text of an `ImpactkitError` holds no personal value and may be shown; that of any other error may hold
some, and its class name proves nothing (pandas has a ``DataError`` too). So the kernel marks its own.
What a cell draws without a seed is drawn from what the report is made of, as in a report without a kernel.
"""

from __future__ import annotations

import os
from typing import Any

from impactkit.batch.seed import VARIABLE, seed_randomness
from impactkit.errors import ImpactkitError

# Stands in place of the traceback of an error whose text may be shown.
SAFE = "impactkit: safe error"


def load_ipython_extension(shell: Any) -> None:
    """Mark impactkit's errors, by the hook that IPython offers to exceptions, and seed the randomness."""
    setattr(ImpactkitError, "_render_traceback_", _mark)  # noqa: B010 (the class does not declare it)
    if VARIABLE not in os.environ:
        return

    def seed(_: object) -> None:
        # Before the first cell rather than now: the kernel draws something of its own while it starts.
        seed_randomness(os.environ[VARIABLE])
        shell.events.unregister("pre_run_cell", seed)

    shell.events.register("pre_run_cell", seed)


def _mark(error: ImpactkitError) -> list[str]:
    return [SAFE]
