"""The frame of every page: its head, banner, footer and style sheet, in one self-contained file."""

from __future__ import annotations

from functools import cache
from importlib.metadata import version
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from impactkit.html.theme import theme_css
from impactkit.text import Language, Message

# Holds ``base.html.j2``, which a page's own template extends, and the style sheet.
FRAME_FOLDER = Path(__file__).parent

# A file of the package's is read for it.
_version = cache(version)


@cache
def _house() -> str:
    return (FRAME_FOLDER / "page.css").read_text(encoding="utf-8")


def stylesheet() -> Markup:
    """Return the style sheet of every page, to put in the page itself: a template does not escape it.

    Raises
    ------
    ReportError
        When the user's theme cannot be used.
    """
    theme = theme_css(_house())
    return Markup(f"{_house()}\n/* Theme */\n{theme}" if theme else _house())


def page_frame(title: str, language: Language, *, footer: str = "page.footer") -> dict[str, str]:
    """Return what ``base.html.j2`` needs under the name ``page``.

    Parameters
    ----------
    title : str
        Title of the window.
    language : {"fr", "en"}
    footer : str
        The catalogue's key of the last line, which may give the version.
    """
    words = {key: Message(f"page.{key}").text(language) for key in ("banner", "skip", "contents")}
    words["footer"] = page_footer(language, footer)
    return {**words, "title": title, "language": language, "stylesheet": stylesheet()}


def page_footer(language: Language, key: str = "page.footer") -> str:
    """Write the last line of a page, by its key in the catalogue; it may give the version."""
    return Message(key, {"version": _version("impactkit")}).text(language)


@cache
def page_template(file: Path) -> Template:
    """Return the template of a page; it may extend ``base.html.j2``."""
    environment = Environment(
        loader=FileSystemLoader([file.parent, FRAME_FOLDER]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(file.name)
