"""The webinar as one page to read offline: its notebook, executed here, without its code."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from impactkit.batch.export import document_of
from impactkit.document.to_page import to_page
from impactkit.files.at_once import write_bytes
from impactkit.teaching import SESSIONS, copy_sessions
from impactkit.text.language import Language

_SECONDS = 300


def write_webinar_page(folder: Path, *, lang: Language) -> Path:
    """Execute the webinar, with its solutions, and write it as one page that fetches and runs nothing.

    Parameters
    ----------
    folder : Path
        Receives ``webinaire.html`` or ``webinar.html``.
    lang : {"fr", "en"}

    Returns
    -------
    Path

    Raises
    ------
    FileExistsError
        When the page is there already.
    """
    (webinar,) = (session for session in SESSIONS if session.key == "webinar")
    stem = webinar.stems[lang]
    path = folder / f"{stem}.html"
    if path.exists():
        raise FileExistsError(str(path))
    with tempfile.TemporaryDirectory() as work:
        copy_sessions(work, lang=lang, solutions=True)
        place = Path(work) / "solutions"
        notebook = nbformat.read(place / f"{stem}.ipynb", as_version=4)
        client = NotebookClient(
            notebook, timeout=_SECONDS, kernel_name="python3", resources={"metadata": {"path": str(place)}}
        )
        # The kernel's own remarks are not for whoever asked for a page; a cell that fails is told.
        client.execute(env={**os.environ, "IMPACTKIT_LANG": lang}, stderr=subprocess.DEVNULL)
    executed = json.loads(nbformat.writes(notebook))
    document = document_of(executed, title=webinar.title.text(lang), language=lang)
    folder.mkdir(parents=True, exist_ok=True)
    write_bytes(path, to_page(document).encode())
    return path
