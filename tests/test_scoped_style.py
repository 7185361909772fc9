"""The look that a report's sections bring into a notebook: only theirs, light or dark as the host is."""

from __future__ import annotations

import re

import pytest

from impactkit.document.blocks import Paragraph
from impactkit.errors import ReportError
from impactkit.html import scoped_stylesheet
from impactkit.report.layout import Section


def rules() -> list[str]:
    css = str(scoped_stylesheet()).removeprefix("<style>").removesuffix("</style>")
    return [selector.strip() for selector in re.findall(r"(?:^|\})\s*([^{}]+)\{", _outermost(css))]


def _outermost(css: str) -> str:
    """Keep what no brace holds, and the braces."""
    depth, kept = 0, []
    for sign in css:
        depth += sign == "{"
        if depth == 0 or (sign == "{" and depth == 1):
            kept.append(sign)
        depth -= sign == "}"
        if sign == "}" and depth == 0:
            kept.append(sign)
    return "".join(kept)


def test_every_rule_is_held_in_the_results():
    assert rules() == [".ik.ik", '[data-jp-theme-light="false"] .ik.ik, .vscode-dark .ik.ik', ".ik.ik"]


def test_dark_is_what_the_host_shows_not_what_the_machine_prefers():
    css = str(scoped_stylesheet())
    assert "prefers-color-scheme" not in css
    assert "--ink: #e7ebf0" in css
    assert "@page" not in css


def test_only_the_sections_that_open_a_page_bring_it():
    blocks = (Paragraph(text="Deux mots."),)
    assert "<style>" in Section(blocks, "fr", styled=True)._repr_html_()
    assert "<style>" not in Section(blocks, "fr")._repr_html_()


def test_a_theme_of_ones_own_is_followed(tmp_path, monkeypatch):
    theme = tmp_path / "theme.css"
    theme.write_text(
        ":root { --accent: #003366; } @media (prefers-color-scheme: dark) { :root { --accent: #99ccee; } }",
        encoding="utf-8",
    )
    monkeypatch.setenv("IMPACTKIT_THEME", str(theme))
    css = str(scoped_stylesheet())
    assert css.index("--accent: #14506b") < css.index("#003366") < css.index("#86c5e0") < css.index("#99ccee")
    theme.write_text("@import 'x';", encoding="utf-8")
    with pytest.raises(ReportError):
        scoped_stylesheet()
