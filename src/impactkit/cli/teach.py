"""``impactkit teach``: the sessions of the course, listed or copied."""

from __future__ import annotations

from pathlib import Path

from impactkit.cli.console import say
from impactkit.cli.failures import CommandError
from impactkit.teaching import SESSIONS, copy_sessions
from impactkit.text import Message, current_language


def list_sessions() -> None:
    """Tell the title of each session, how long it lasts and what it needs."""
    say(Message("cli.teach.list"))
    for session in SESSIONS:
        say()
        say(Message("cli.teach.session", {"title": session.title, "duration": session.duration}))
        say(f"    {session.needs}")
    say()
    say(Message("cli.teach.copy"))


def copy_course(folder: Path, *, solutions: bool, page: bool = False) -> None:
    """Copy the notebooks and their data, with the webinar as a page when asked, and say what to do next.

    Raises
    ------
    CommandError
        When a file to write is there already, or the folder is a file: nothing is ever overwritten.
    """
    if folder.exists() and not folder.is_dir():
        raise CommandError(Message("cli.teach.not_a_folder", {"folder": str(folder)}))
    try:
        copied = copy_sessions(folder, lang=current_language(), solutions=solutions)
        if page:
            # Slow to load, and only this asks for it.
            from impactkit.cli.teach_page import write_webinar_page

            copied += (write_webinar_page(folder, lang=current_language()),)
    except FileExistsError as error:
        raise CommandError(Message("cli.teach.there_already", {"file": str(error)})) from error
    say(Message("cli.teach.made", {"folder": str(folder)}))
    for path in copied:
        say(f"    {path}")
    say(Message("cli.teach.next", {"folder": str(folder)}))
