"""How Sphinx makes the site of one language from the folder that `build.py` prepares."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.application import Sphinx

import impactkit

LANGUAGE = os.environ["IMPACTKIT_DOCS_LANGUAGE"]
OTHER = {"fr": "en", "en": "fr"}[LANGUAGE]
WORDS = {
    "fr": {"title": "impactkit : documentation", "other": "English", "only": "English (home page)"},
    "en": {"title": "impactkit documentation", "other": "Français", "only": "Français (accueil)"},
}

project = "impactkit"
author = "The impactkit team"
version = release = impactkit.__version__
language = LANGUAGE
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
templates_path = [str(Path(__file__).parent / "_templates")]
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 4
autodoc_typehints = "none"
autodoc_member_order = "bysource"
napoleon_google_docstring = False
napoleon_use_ivar = True
napoleon_use_rtype = False
# Quotation marks are written as they are meant.
smartquotes = False

html_theme = "pydata_sphinx_theme"
html_title = WORDS[LANGUAGE]["title"]
html_show_sourcelink = False
html_copy_source = False
html_math_renderer = "mathml"
html_theme_options = {
    "navbar_end": ["language", "theme-switcher"],
    "secondary_sidebar_items": ["page-toc"],
    "header_links_before_dropdown": 8,
    "footer_start": ["copyright"],
    "footer_end": [],
    "show_prev_next": False,
}
copyright = "Apache-2.0"


def _inline(translator: Any, node: nodes.math) -> None:
    translator.body.append(tex2mathml(node.astext()))
    raise nodes.SkipNode


def _block(translator: Any, node: nodes.math_block) -> None:
    # With room around it, and its own scroll bar on a narrow screen.
    formula = tex2mathml(node.astext(), as_block=True)
    translator.body.append(f'<div style="margin: 1em 0; overflow-x: auto">{formula}</div>')
    raise nodes.SkipNode


def _twin(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: object) -> None:
    """Give each page the address of the same page in the other language, or of its first page."""
    exists = page in os.environ["IMPACTKIT_DOCS_TWINS"].split()
    context["twin_word"] = WORDS[LANGUAGE]["other" if exists else "only"]
    context["twin_language"] = OTHER
    context["twin"] = f"{'../' * (page.count('/') + 1)}{OTHER}/{page if exists else 'index'}.html"


def setup(app: Sphinx) -> None:
    """Write formulas as MathML, which browsers read by themselves: nothing is fetched."""
    app.add_html_math_renderer("mathml", inline_renderers=(_inline, None), block_renderers=(_block, None))
    app.connect("html-page-context", _twin)
