"""What stands at the top of a session's notebook: its language, its title."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from impactkit.html import paragraph_html, shown_html
from impactkit.teaching.sessions import Session, session_of
from impactkit.text import Message, set_language
from impactkit.text.language import LANGUAGES, Language, as_language, current_language

# JupyterLab gives the kernel the path of its notebook under this name.
_NOTEBOOK = "JPY_SESSION_NAME"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A session, open in a language."""

    session: Session
    language: Language

    def __str__(self) -> str:
        params = {"title": self.session.title, "duration": self.session.duration, "key": self.session.key}
        return Message("teach.opened", params).text(self.language)

    def _repr_html_(self) -> str:
        return shown_html(paragraph_html(self))

    def __repr__(self) -> str:
        return str(self)


def open_session(key: str | int, *, lang: str | None = None) -> Opened:
    """Open a session: from then on everything shown is in the notebook's language.

    The code of a session is the same in all languages: which one is read from the name of the notebook.

    Parameters
    ----------
    key : str or int
        ``1`` to ``5``, or ``"webinar"``.
    lang : {"fr", "en"}, optional
        To choose it instead.

    Returns
    -------
    Opened

    Raises
    ------
    ValueError
        When there is no such session or language.

    Examples
    --------
    >>> open_session(3, lang="en").language
    'en'
    """
    session = session_of(key)
    language = _language(session, Path.cwd()) if lang is None else as_language(lang)
    set_language(language)
    return Opened(session=session, language=language)


def _language(session: Session, folder: Path) -> Language:
    """Return the language of the notebook open here: by its name, else by the files around it."""
    name = Path(os.environ.get(_NOTEBOOK, "")).stem
    for language in LANGUAGES:
        if name.startswith(session.stems[language]):
            return language
    here = [lang for lang in LANGUAGES if any(folder.glob(f"{session.stems[lang]}*.ipynb"))]
    return here[0] if len(here) == 1 else current_language()
