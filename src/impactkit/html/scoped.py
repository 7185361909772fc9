"""The look of a page for a result inside a notebook: light or dark as the notebook is."""

from __future__ import annotations

import re

from markupsafe import Markup

from impactkit.html.frame import stylesheet

# Twice, so that it wins over the host's own rules for tables and titles.
_SCOPE = ".ik.ik"
# JupyterLab, then VS Code: dark is what they show, and not what the machine prefers.
_DARK = '[data-jp-theme-light="false"] .ik.ik, .vscode-dark .ik.ik'
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_DARK_VALUES = re.compile(r"@media[^{]*\bdark\b[^{]*\{\s*:root\s*\{([^}]*)\}\s*\}")
_VALUES = re.compile(r":root\s*\{([^}]*)\}")
_PRINT = re.compile(r"@page\s*\{[^}]*\}|@media print\s*\{(?:[^{}]*\{[^}]*\})*\s*\}")
_OWNED = re.compile(r"<style>\.ik\.ik \{.*?</style>", re.DOTALL)
_OWN = "color: var(--ink); color-scheme: {scheme};"
# What the host does to tables and lists of definitions is undone first.
_HOST = (
    "tbody tr { background: none; } table { margin: 0; table-layout: auto; } th, td { max-width: none; }"
    " dt, dd { float: none; width: auto; padding: 0; font-weight: 400; } pre { color: inherit; }"
)
# A value is as wide as what it says: the page's tables fill the page.
_SHOWN = (
    "&.ik-shown { font-size: .95rem; line-height: 1.5; padding-block: .25rem; }"
    " &.ik-shown table { width: auto; } &.ik-shown :is(th, td) { min-width: 0; padding-right: 1.4rem; }"
    " &.ik-shown .ik-figure { max-width: 54rem; margin: 0; }"
    " &.ik-shown ul { margin: 0; padding-left: 1.2em; }"
    " &.ik-shown > :last-child { margin-bottom: 0; }"
    # On paper a table cannot be scrolled: it has to fit.
    " @media print { &.ik-shown { font-size: .75rem; } & table { font-size: .7rem; line-height: 1.35; }"
    " &.ik-shown :is(th, td) { padding: .3rem .5rem .3rem 0; } & .ik-scroll { overflow: visible; } }"
)


def scoped_stylesheet() -> Markup:
    """Return the style sheet of every page as a ``<style>`` that touches only what has the class ``ik``.

    Raises
    ------
    ReportError
        When the user's theme cannot be used.
    """
    css = _PRINT.sub("", _COMMENT.sub("", str(stylesheet())))
    dark = "".join(_DARK_VALUES.findall(css))
    css = _DARK_VALUES.sub("", css)
    light = "".join(_VALUES.findall(css)).replace("color-scheme: light dark;", "")
    rules = _VALUES.sub("", css)
    parts = (
        f"{_SCOPE} {{ {light} {_OWN.format(scheme='light')} }}",
        f"{_DARK} {{ {dark} {_OWN.format(scheme='dark')} }}",
        f"{_SCOPE} {{ {_HOST} {rules} {_SHOWN} }}",
    )
    return Markup("<style>{}</style>").format(Markup(" ".join(" ".join(parts).split())))


def unstyled(html: str) -> str:
    """Return the HTML of a value without its own look: a page has its own, light or dark as it is read."""
    return _OWNED.sub("", html)
