"""Warming a process up: its shell, what templates import, and reports of the shipped sample."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from impactkit.batch.in_process.shell import Shell, make_shell

# What every report loads: impactkit's names load when first used, and each copy would load them again.
_NEEDED = (
    "pandas",
    "matplotlib.pyplot",
    "impactkit.batch.in_process.make",
    "impactkit.cohort.build",
    "impactkit.evidence.save",
    "impactkit.evidence.verdict",
    "impactkit.files.study",
    "impactkit.report",
)
_REHEARSED = """
from impactkit.batch.in_process.rehearse import rehearse
rehearse(get_ipython(), {folder!r}, {language!r})
"""


class ColdError(Exception):
    """The process could not be warmed up; another kind of executor may do."""


def warm_shell(folder: Path, *, imports: Iterable[str]) -> Shell:
    """Return the shell of this process, with everything that reports need already loaded.

    Parameters
    ----------
    folder : Path
        For what the warming leaves behind.
    imports : iterable of str
        Import statements of the templates to come; one that fails is left for the report to fail on.

    Raises
    ------
    ColdError
        When impactkit itself cannot be imported.
    """
    os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
    shell = make_shell(folder / "ipython")
    # Inside the shell: see `impactkit.batch.in_process.shell`.
    if not shell.run_cell(f"import {', '.join(_NEEDED)}", silent=True).success:
        raise ColdError
    # The first figure turns interactive drawing on; states put back to before it would make every figure of
    # the next report vanish.
    shell.run_cell("matplotlib.pyplot.figure(); matplotlib.pyplot.close('all')", silent=True)
    for statement in imports:
        shell.run_cell(f"try:\n    {statement}\nexcept Exception:\n    pass", silent=True)
    shell.reset(new_session=False)
    return shell


def rehearse_in(shell: Shell, folder: Path, *, language: str) -> None:
    """Make reports of the shipped sample in a warm shell, so that fonts and caches are loaded too.

    Parameters
    ----------
    shell : Shell
    folder : Path
        For the reports, which are thrown away.
    language : {"fr", "en"}
    """
    shell.run_cell(_REHEARSED.format(folder=str(folder / "rehearsal"), language=language), silent=True)
    shutil.rmtree(folder / "rehearsal", ignore_errors=True)
    shell.reset(new_session=False)
