"""``impactkit lab``."""

from __future__ import annotations

from pathlib import Path

from impactkit.cli.console import say
from impactkit.cli.failures import CommandError
from impactkit.cli.starter import new_study
from impactkit.lab.launch import is_installed, launch
from impactkit.lab.prepare import prepare
from impactkit.text import Message, current_language


def open_lab(folder: Path, *, browser: bool, port: int) -> int:
    """Open JupyterLab in a folder; a folder that is missing or empty first receives a new study.

    Returns
    -------
    int
        The exit code of JupyterLab.

    Raises
    ------
    CommandError
        When JupyterLab is not installed, or the folder is a file.
    """
    if not is_installed():
        raise CommandError(Message("cli.lab.not_installed"))
    folder = folder.resolve()
    if folder.exists() and not folder.is_dir():
        raise CommandError(Message("cli.lab.not_a_folder", {"folder": str(folder)}))
    if not folder.exists() or not any(folder.iterdir()):
        new_study(folder, kind="pacte")
    language = current_language()
    prepared = prepare(folder, home=_own_folder(), language=language, browser=browser, port=port)
    say(Message("cli.lab.opening", {"folder": str(folder)}))
    for title in prepared.templates:
        say(f"    {title}")
    say(Message("cli.lab.close"))
    return launch(prepared, language=language)


def _own_folder() -> Path:
    """Return the folder where the laboratory keeps its own files, apart from those of people."""
    # Comes with jupyter_core; imported here because no other command needs it.
    from platformdirs import user_data_path

    folder = user_data_path("impactkit", appauthor=False) / "lab"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
