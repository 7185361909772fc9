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
_OWN = "color: var(--ink); color-scheme: {scheme};"
# What the host does to tables and lists of definitions is undone first.
_HOST = (
    "tbody tr { background: none; } table { margin: 0; table-layout: auto; } th, td { max-width: none; }"
    " dt, dd { float: none; width: auto; padding: 0; font-weight: 400; }"
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
        f"{_SCOPE} {{ {_HOST} {rules} }}",
    )
    return Markup("<style>{}</style>").format(Markup(" ".join(" ".join(parts).split())))
