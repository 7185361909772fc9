"""The exported page: whole, accessible, fetching nothing, showing no code and no error's text."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from dataclasses import replace

import nbformat
import pandas as pd
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from documents import docx_text, open_docx, open_pdf, tag_names, tags
from impactkit.batch.export import HIDDEN, document_of, export_failure
from impactkit.document.as_json import MIME
from impactkit.document.blocks import Document
from impactkit.document.pictures import pixels
from impactkit.document.to_docx import to_docx
from impactkit.document.to_page import to_page
from impactkit.document.to_pdf import to_pdf
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
            shown = {"text/html": section._repr_html_(), "text/plain": repr(section)}
            data = shown | section._repr_mimebundle_()
            cell.outputs = [new_output("execute_result", data=data, execution_count=1)]
    return notebook


def export_html(notebook, *, title: str, language: str) -> str:
    return to_page(document_of(notebook, title=title, language=language))


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
    assert main.children[0].all("h2")[0].attributes["id"] == "verdict"
    assert main.children[1].tag == "nav"


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


def test_a_failure_needs_no_typst():
    """The process that drives a batch makes these pages: it must stay light, and fit to be forked."""
    code = (
        "import sys; from impactkit.batch.export import export_failure; import impactkit.batch.render;"
        "export_failure(title='t', study='s', action='a', reason='r', language='fr');"
        "sys.exit(bool({'nbconvert', 'typst', 'docx'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("name", RECORDS)
def test_a_report_read_from_its_notebook_has_the_very_blocks_of_its_sections(name):
    record = RECORDS[name]()
    contract = study()
    page = Page(Material(record=record, study=contract, action=contract.action(record.action), language="fr"))
    read = document_of(report(name, "fr"), title="t", language="fr").blocks
    for section in ("header", "headline", "flow", "balance", "effect", "annex"):
        for block in getattr(page, section)().blocks:
            assert block in read


def test_a_drawing_is_kept_once_in_a_notebook():
    written = nbformat.writes(report("did", "fr"))
    assert written.count('<title id=\\"fig-balance-title\\">') == 1
    assert "<svg" not in json.dumps(
        [cell.outputs[0].data[MIME] for cell in report("did", "fr").cells if cell.get("outputs")]
    )


def test_what_only_claims_to_be_a_section_is_shown_as_html():
    claims = {MIME: [{"kind": "Script"}], "text/html": "<p>dit</p><script>steal('x')</script>"}
    drawing = {"name": "f", "caption": "c", "svg": "", "alt": "a", "data": {}, "note": {}}
    undrawn = {MIME: [{"kind": "Figure", **drawing}], "text/html": "<p>sans dessin</p>"}
    outputs = [new_output("display_data", data=data) for data in (claims, undrawn)]
    html = page_with(new_code_cell("", outputs=outputs))
    assert "<p>dit</p>" in html
    assert "sans dessin" in html
    assert "steal" not in html


def test_a_section_cannot_bring_what_runs():
    html = "<svg><script>steal('x')</script></svg>"
    (figure,) = [
        b
        for b in document_of(report("did", "fr"), title="t", language="fr").blocks
        if b.__class__.__name__ == "Figure"
    ][:1]
    assert "steal" not in to_page(Document(title="t", language="fr", blocks=(replace(figure, svg=html),)))


def test_tables_of_pandas_are_tables_in_every_format():
    frame = pd.DataFrame({"Axe": ["emploi", "logement"], "Actions": [12, 3]})
    shown = new_output("display_data", data={"text/html": frame.to_html()})
    document = document_of(new_notebook(cells=[new_code_cell("", outputs=[shown])]), title="t", language="fr")
    (foreign,) = document.blocks
    (table,) = foreign.blocks
    assert table.grid.header == ("", "Axe", "Actions")
    assert [[cell.text for cell in row] for row in table.grid.rows] == [
        ["0", "emploi", "12"],
        ["1", "logement", "3"],
    ]
    assert table.grid.numeric == {2}
    assert "emploi" in docx_text(to_docx(document))
    with open_pdf(to_pdf(document)) as pdf:
        assert tag_names(pdf).count("TH") == 3 + 2  # columns, and rows


def test_markdown_becomes_the_blocks_of_each_format():
    document = document_of(
        new_notebook(
            cells=[
                new_markdown_cell(
                    "# Bilan\n\n## Contexte\n\nDu **gras**, de l'*italique*, "
                    "un [lien](https://example.org/a), "
                    "[un piège](javascript:alert(1)) et `du code`.\n\n- un\n  1. a\n\n> cité\n\n"
                    "| Axe | n |\n|-|-:|\n| emploi | 12 |\n\n    ligne\n"
                )
            ]
        ),
        title="t",
        language="fr",
    )
    html = to_page(document)
    assert '<a href="https://example.org/a">lien</a>' in html
    assert "javascript" not in html
    assert "<blockquote><p>cité</p></blockquote>" in html
    assert [item.text for item in read_page(html).all("h1")] == ["Bilan"]
    assert "un piège" in docx_text(to_docx(document))
    names = [paragraph.style.name for paragraph in open_docx(to_docx(document)).paragraphs]
    assert "List Bullet" in names
    assert "List Number 2" in names
    assert to_pdf(document).startswith(b"%PDF")


def test_pictures_of_the_users_own_are_in_every_format():
    picture = base64.b64encode(pixels(['<svg viewBox="0 0 9 9" width="9pt" height="9pt"></svg>'])[0]).decode()
    attached = new_markdown_cell("![Deux courbes](attachment:a.png)")
    attached["attachments"] = {"a.png": {"image/png": picture}}
    shown = new_output("display_data", data={"image/png": picture}, metadata={"image/png": {"alt": "Trois"}})
    document = document_of(
        new_notebook(cells=[attached, new_code_cell("", outputs=[shown])]), title="t", language="fr"
    )
    assert [image.attributes["alt"] for image in read_page(to_page(document)).all("img")] == [
        "Deux courbes",
        "Trois",
    ]
    with open_pdf(to_pdf(document)) as pdf:
        assert [str(node.Alt) for node in tags(pdf) if node.S == "/Figure"] == ["Deux courbes", "Trois"]
    shapes = open_docx(to_docx(document)).inline_shapes
    assert [shape._inline.docPr.get("descr") for shape in shapes] == ["Deux courbes", "Trois"]
