"""Starting JupyterLab in a folder ready to work."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from impactkit.lab.prepare import Prepared
from impactkit.text import Language

# The extra `lab` brings them all.
_NEEDED = ("jupyterlab", "jupyterlab_templates", "ipywidgets")


def is_installed() -> bool:
    """Tell whether JupyterLab and what it is given here are installed."""
    return all(find_spec(name) is not None for name in _NEEDED)


def launch(prepared: Prepared, *, language: Language) -> int:
    """Start JupyterLab and wait until it is closed; return its exit code."""
    command = [sys.executable, "-m", "jupyterlab"]
    environment = {
        **os.environ,
        "IMPACTKIT_LANG": language,
        "JUPYTER_CONFIG_PATH": _before("JUPYTER_CONFIG_PATH", prepared.config),
        "JUPYTER_PATH": _before("JUPYTER_PATH", prepared.data),
    }
    with subprocess.Popen(command, cwd=prepared.folder, env=environment) as lab:
        # Who ends this command from outside ends JupyterLab with it.
        before = signal.signal(signal.SIGTERM, lambda *_: lab.terminate())
        try:
            return _until_closed(lab)
        finally:
            signal.signal(signal.SIGTERM, before)


def _before(variable: str, folder: Path) -> str:
    """Put a folder before those that the user has named."""
    return os.pathsep.join([str(folder), *filter(None, [os.environ.get(variable)])])


def _until_closed(lab: subprocess.Popen[bytes]) -> int:
    while True:
        try:
            return lab.wait()
        except KeyboardInterrupt:
            # JupyterLab has had it too: it asks whether to stop, and a second one stops it.
            continue
