"""Putting the course in a folder: notebooks, solutions, facilitators' notes and the data they read."""

from __future__ import annotations

import shutil
from pathlib import Path

from impactkit.files import sample
from impactkit.files.resources import notebooks
from impactkit.teaching.sessions import SESSIONS
from impactkit.text.language import Language

DATA = "data"
FACILITATION = "facilitation.md"


def copy_sessions(folder: str | Path, *, lang: Language, solutions: bool = False) -> tuple[Path, ...]:
    """Copy the notebooks of the course, with the sample studies that they read; overwrite nothing.

    Parameters
    ----------
    folder : str or Path
        Made when it does not exist.
    lang : {"fr", "en"}
    solutions : bool
        The versions with solutions and the facilitator's notes as well, in folders of their own.

    Returns
    -------
    tuple of Path
        What was copied, in order.

    Raises
    ------
    FileExistsError
        When one of the files to write is there already: then nothing is copied.
    """
    folder = Path(folder)
    source = notebooks(lang)
    files = [f"{session.stems[lang]}.ipynb" for session in SESSIONS]
    if solutions:
        files += [f"solutions/{name}" for name in files] + [FACILITATION]
    for name in files:
        if (folder / name).exists():
            raise FileExistsError(str(folder / name))
    for name in files:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / name, folder / name)
    for name in sorted({name for session in SESSIONS for name in session.samples}):
        lesson_data(name, folder=folder)
    return tuple(folder / name for name in files)


def lesson_data(name: str, *, folder: str | Path = ".") -> Path:
    """Return the study file of a sample beside the notebook, put there when it is not.

    Participants may open and change these files; the shipped ones stay as they are.

    Parameters
    ----------
    name : str
        Of a sample study, as for `impactkit.sample`.
    folder : str or Path
        The notebook's by default.

    Returns
    -------
    Path
        Of ``data/<name>/study.toml``.

    Raises
    ------
    ValueError
        When there is no sample of this name.
    """
    shipped = sample(name)
    folder = Path(folder)
    # A notebook with solutions stands one folder below the others and reads the same data.
    if folder.resolve().name == "solutions" and (folder.resolve().parent / DATA / name).is_dir():
        folder = folder.resolve().parent
    there = folder / DATA / name
    if not there.exists():
        shutil.copytree(shipped.parent, there, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    return there / shipped.name
