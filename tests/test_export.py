"""The exported page: whole, accessible, fetching nothing, showing no code and no error's text."""

from __future__ import annotations

import base64
import subprocess
import sys

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from impactkit.batch.export import HIDDEN, export_failure, export_html
from impactkit.files.resources import template
from impactkit.report.layout import Page
from impactkit.report.material import Material
from pages import assert_accessible, read_page, requests_of
from records import RECORDS, did_record, study

PIXEL = base64.b64encode(b"\x89PNG\r\n\x1a\n").decode()


def report(name: str, language: str) -> nbformat.NotebookNode:
    """The shipped template as it is once executed on a record."""
    record = RECORDS[name]()
    contract = study()
    action = contract.action(record.action)
    page = Page(Material(record=record, study=contract, action=action, language=language))
    notebook = nbformat.read(template(language), as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code" and cell.source.startswith("page."):
            section = getattr(page, cell.source.removeprefix("page.").removesuffix("()"))()
            data = {"text/html": section._repr_html_(), "text/plain": repr(section)}
            cell.outputs = [new_output("execute_result", data=data, execution_count=1)]
    return notebook


def page_with(*cells) -> str:
    return export_html(new_notebook(cells=list(cells)), title="Titre", language="fr")


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("name", RECORDS)
def test_reports_are_accessible_and_self_contained(name, language):
    html = export_html(report(name, language), title="L'action « A » & B", language=language)
    page = read_page(html)
    assert_accessible(page, language=language)
    assert page.all("title")[0].text == "L'action « A » & B"
    assert requests_of(page) == []
    assert not page.all("script", "link", "iframe")
    assert "import impactkit" not in html
    assert len(html) < 150_000


def test_sections_stand_under_their_headings():
    page = read_page(export_html(report("did", "fr"), title="t", language="fr"))
    sections = [item for item in page.all("section") if item.children[0].tag == "h2"]
    titles = {item.children[0].text: item for item in sections}
    assert "en emploi" in titles["Résultats : effets directs observés"].text
    assert (
        did_record().sentences.cannot_say[0].fr
        in titles["Caractère imputable ou non des effets à l'action"].text
    )
    contents = page.all("nav")[0].all("a")
    assert contents[0].attributes["href"] == "#besoin-social-a-l-origine-de-l-action"
    # What identifies the action and the headline stand before the contents.
    main = page.all("main")[0]
    assert main.children[0].all("h1")
    assert main.children[1].all("h2")[0].attributes["id"] == "verdict"


def test_the_notebook_is_left_unchanged():
    notebook = report("did", "fr")
    before = nbformat.writes(notebook)
    export_html(notebook, title="t", language="fr")
    assert nbformat.writes(notebook) == before


def test_only_what_is_displayed_is_shown():
    html = page_with(
        new_markdown_cell("Pour l'évaluateur", metadata={"tags": [HIDDEN]}),
        new_code_cell(
            "secret = 1",
            outputs=[
                new_output("stream", name="stdout", text="printed"),
                new_output("stream", name="stderr", text="warned"),
                new_output("execute_result", data={"text/plain": "only text"}, execution_count=1),
            ],
        ),
        new_markdown_cell("# Titre\n\n## Partie\n\n### Détail\n\nTexte *fort*."),
    )
    shown = read_page(html).all("main")[0].text
    for hidden in ("Pour l'évaluateur", "secret", "printed", "warned", "only text"):
        assert hidden not in shown
    assert '<h3 id="detail">Détail</h3>' in html
    assert "<em>fort</em>" in html


def test_an_error_is_told_without_its_text():
    failed = new_output(
        "error", ename="ValueError", evalue="could not convert 'Dupont'", traceback=["Dupont"]
    )
    html = page_with(new_code_cell("", outputs=[failed]))
    assert "Dupont" not in html
    assert "n'a pas pu être produite" in read_page(html).all("main")[0].text


def test_images_keep_their_text_equivalent():
    described = new_output(
        "display_data", data={"image/png": PIXEL}, metadata={"image/png": {"alt": 'Trois "points"'}}
    )
    bare = new_output("display_data", data={"image/png": PIXEL})
    html = page_with(new_code_cell("", outputs=[described, bare]))
    images = read_page(html).all("img")
    assert [image.attributes["alt"] for image in images] == ['Trois "points"', "Figure sans description."]
    assert images[0].attributes["src"] == f"data:image/png;base64,{PIXEL}"


@pytest.mark.parametrize(
    "html",
    [
        "<script src='https://example.org/a.js'></script>",
        "<SCRIPT>steal('x')</SCRIPT >",
        "<iframe src='https://example.org'></iframe>",
        "<link rel=stylesheet href='https://example.org/a.css'>",
        "<img alt=a src='https://example.org/a.png'>",
        "<img src=https://example.org/a.png>",
        "<embed src='https://example.org/a'>",
    ],
)
def test_what_would_fetch_or_run_something_is_left_out(html):
    shown = page_with(new_code_cell("", outputs=[new_output("display_data", data={"text/html": html})]))
    assert "example.org" not in shown
    assert "steal" not in shown
    shown = page_with(new_markdown_cell(html))
    assert not read_page(shown).all("script", "iframe", "link", "img", "embed")


def test_markdown_images_from_elsewhere_are_left_out():
    assert "example.org" not in page_with(new_markdown_cell("![a](https://example.org/a.png)"))


def test_headings_of_one_name_have_anchors_of_their_own():
    html = page_with(new_markdown_cell("## Suite\n\n## Suite\n\n## «»"))
    assert [item.attributes["id"] for item in read_page(html).all("main")[0].all("h2")] == [
        "contents",
        "suite",
        "suite-2",
        "section",
    ]


def test_anchors_differ_from_those_of_what_cells_display():
    shown = new_output("display_data", data={"text/html": '<p id="verdict">x</p>'})
    html = page_with(new_markdown_cell("## Verdict\n\n### Content"), new_code_cell("", outputs=[shown]))
    assert '<h2 id="verdict-2">Verdict</h2>' in html
    assert '<h3 id="content-2">Content</h3>' in html


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_failure_says_why_and_what_to_do(language):
    reason = "[E-DAT-04] suivi.csv : <b>valeur</b>\n[E-DAT-07] attente.csv"
    html = export_failure(
        title="Parcours <mobilité>", study="Pacte & co", action="parcours", reason=reason, language=language
    )
    page = read_page(html)
    assert_accessible(page, language=language)
    assert requests_of(page) == []
    assert page.all("h1")[0].text == "Parcours <mobilité>"
    assert reason in page.all("main")[0].text
    assert "impactkit run study.toml --action parcours" in page.all("main")[0].text


def test_a_failure_needs_no_nbconvert():
    """The process that drives a batch makes these pages: it must stay light."""
    code = (
        "import sys; from impactkit.batch.export import export_failure;"
        "export_failure(title='t', study='s', action='a', reason='r', language='fr');"
        "sys.exit('nbconvert' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
