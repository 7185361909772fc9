"""One document in every format: the same words, true structure, no trace of a machine, nothing run."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from xml.etree import ElementTree

import pytest

from documents import (
    document_of,
    docx_part,
    docx_text,
    open_docx,
    open_pdf,
    report_document,
    tag_names,
    tags,
)
from impactkit.document.as_json import from_json, to_json
from impactkit.document.blocks import (
    Bullets,
    Cell,
    Code,
    Facts,
    Figure,
    Folded,
    Foreign,
    Grid,
    Heading,
    Image,
    Note,
    Paragraph,
    Point,
    Points,
    Prose,
    Span,
    Table,
    Title,
)
from impactkit.document.columns import widths
from impactkit.document.paged import paged
from impactkit.document.readable import readable
from impactkit.document.to_docx import to_docx
from impactkit.document.to_page import to_page
from impactkit.document.to_pdf import to_pdf
from impactkit.document.word_xml import PARAGRAPH_ORDER, TABLE_ORDER
from impactkit.html import MASKED
from pages import assert_accessible, read_page, requests_of
from records import RECORDS

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
HOSTILE = (
    "#import \"x.typ\"", "#panic()", "$x$", "*gras*", "_a_ `b` <c> @d = e", "\\u{1F600} 🎉 漢字 عربى",
    "\u202eécrit à l'envers\u202c", "\u200fmarque", "<script>alert(1)</script>", "&amp; \"q\" 'q'",
    "a\x00b\x07c\ue000d", "{{ 7*7 }} {% raw %}", "]]> <!-- x -->", "//commentaire /* bloc", "~ -- --- ...",
    "https://example.org/a",
)  # fmt: skip


def hostile_blocks(text: str):
    note = Note(reading=text, scope=text, source=text, masked=text)
    grid = Grid(caption=text, header=(text, text), rows=((Cell(text=text), Cell(text=text, status="ok")),))
    return (
        Title(over=text, text=text, facts=((text, text),)),
        Heading(text=text, level=2),
        Heading(text=text),
        Paragraph(text=text),
        Paragraph(text=text, tone="strong"),
        Bullets(items=(text,), mark="no"),
        Facts(items=((text, text),), technical=True),
        Table(grid=grid, note=note),
        Folded(summary=text, blocks=(Paragraph(text=text),)),
        Prose(
            spans=(Span(text=text, strong=True), Span(text=text, code=True), Span(text=text, emphasis=True))
        ),
        Points(
            items=(Point(spans=(Span(text=text),)), Point(spans=(Span(text=text),), depth=1, ordered=True))
        ),
        Code(text=text),
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_what_a_user_writes_is_never_a_command_in_any_format(text):
    document = document_of(*hostile_blocks(text), title=text)
    page = read_page(to_page(document))
    assert not page.all("script", "img", "iframe")
    assert text in page.all("h1")[0].text
    made = to_pdf(document)
    with open_pdf(made) as pdf:
        assert str(pdf.docinfo["/Title"]) == readable(text)
        assert "/AA" not in pdf.Root
        assert "/OpenAction" not in pdf.Root
    written = docx_text(to_docx(document))
    assert written.count(readable(text)) >= 16


def test_what_nobody_can_read_is_replaced_and_the_rest_kept():
    assert readable("a\x00b\ue000c\td\n\u202fé\u200f") == "a\ufffdb\ufffdc\td\n\u202fé\u200f"


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("name", RECORDS)
def test_a_report_as_pdf_is_tagged_titled_and_in_its_language(name, language):
    document = report_document(name, language)
    with open_pdf(to_pdf(document)) as pdf:
        assert str(pdf.Root.Lang) == {"fr": "fr-FR", "en": "en-GB"}[language]
        assert bool(pdf.Root.MarkInfo.Marked)
        assert bool(pdf.Root.ViewerPreferences.DisplayDocTitle)
        assert str(pdf.docinfo["/Title"]) == document.title
        assert "/Author" not in pdf.docinfo
        assert "/CreationDate" not in pdf.docinfo
        with pdf.open_metadata() as known:
            assert known["pdfuaid:part"] == "1"
        found = tag_names(pdf)
        blocks = paged(document)
        drawn = [block for block in blocks if isinstance(block, Figure)]
        told = [str(node.Alt) for node in tags(pdf) if node.S == "/Figure"]
        assert [block.alt for block in drawn] == told
        tables = [block for block in blocks if isinstance(block, Table)]
        assert found.count("Table") == len(tables)
        headers = sum(len(block.grid.header) for block in tables)
        rows = sum(len(block.grid.rows) for block in tables)
        assert found.count("TH") == headers + rows
        scopes = [str(node.A[0].Scope) for node in tags(pdf) if node.S == "/TH"]
        assert (scopes.count("/Column"), scopes.count("/Row")) == (headers, rows)
        assert found.count("H1") == 1
        assert found.count("H2") >= 5


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("name", RECORDS)
def test_a_report_as_docx_has_true_headings_captions_headers_and_equivalents(name, language):
    document = report_document(name, language)
    made = to_docx(document)
    opened = open_docx(made)
    styles = [paragraph.style.name for paragraph in opened.paragraphs]
    blocks = paged(document)
    drawn = [block for block in blocks if isinstance(block, Figure)]
    tables = [block for block in blocks if isinstance(block, Table)]
    assert styles.count("Heading 1") == 1
    assert styles.count("Heading 2") >= 5
    assert styles.count("Caption") == len(drawn) + len(tables)
    body = docx_part(made, "word/document.xml")
    assert body.count("<w:tblHeader") == len(opened.tables) == len(tables)
    assert [shape._inline.docPr.get("descr") for shape in opened.inline_shapes] == [b.alt for b in drawn]
    region = {"fr": "fr-FR", "en": "en-GB"}[language]
    assert f'<w:lang w:val="{region}"' in docx_part(made, "word/styles.xml")
    known = opened.core_properties
    assert (known.title, known.author, known.last_modified_by) == (document.title, "", "")
    assert "python-docx" not in docx_part(made, "docProps/core.xml")
    for table in opened.tables:
        total = sum(column.width for column in table.columns)
        assert total == pytest.approx(170 * 36000, rel=0.001)


def test_what_a_paragraph_and_a_table_are_stands_in_the_order_of_the_format():
    made = to_docx(document_of(*report_document("did").blocks, *hostile_blocks("x")))
    for part in ("word/document.xml", "word/styles.xml"):
        root = ElementTree.fromstring(docx_part(made, part))
        for tag, order in (("pPr", PARAGRAPH_ORDER), ("tblPr", TABLE_ORDER)):
            for properties in root.iter(f"{{{WORD}}}{tag}"):
                ranks = [order.index(child.tag.rpartition("}")[2]) for child in properties]
                assert ranks == sorted(ranks)


def test_every_format_says_the_same_sentences():
    document = report_document("did")
    page = read_page(to_page(document)).text
    word = docx_text(to_docx(document))
    shown = [block for block in document.blocks if isinstance(block, Paragraph | Heading)]
    for block in shown:
        assert block.text in page
        assert block.text in word
    for figure in (block for block in document.blocks if isinstance(block, Figure)):
        for cell in (cell for row in figure.data.rows for cell in row):
            assert cell.text in page
            assert cell.text in word
    assert MASKED in word


def test_the_same_document_gives_the_same_bytes_in_another_process():
    code = (
        "import hashlib, sys; sys.path.insert(0, 'tests');"
        "from documents import report_document as r;"
        "from impactkit.document.to_pdf import to_pdf; from impactkit.document.to_docx import to_docx;"
        "d = r('did'); print(hashlib.sha256(to_pdf(d) + to_docx(d)).hexdigest())"
    )
    ran = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    here = report_document("did")
    assert ran.stdout.strip() == hashlib.sha256(to_pdf(here) + to_docx(here)).hexdigest()


def test_a_page_of_a_document_is_accessible_and_asks_for_nothing():
    page = read_page(to_page(report_document("did")))
    assert_accessible(page, language="fr")
    assert requests_of(page) == []


def test_a_document_without_a_title_gets_its_own():
    document = document_of(Paragraph(text="x"), title="Bilan")
    assert [item.text for item in read_page(to_page(document)).all("h1")] == ["Bilan"]
    assert open_docx(to_docx(document)).paragraphs[0].style.name == "Heading 1"


def test_blocks_come_back_from_json():
    blocks = (
        *report_document("did").blocks,
        *hostile_blocks("x"),
        Image(png=b"\x89PNG", alt="a"),
        Foreign(html="<b>x</b>", blocks=(Paragraph(text="x"),)),
        Table(grid=Grid(caption="", header=("a",), rows=((Cell(text="1"),),), numeric=frozenset({0}))),
    )
    assert from_json([to_json(block) for block in blocks]) == blocks
    with pytest.raises(ValueError, match="not a block"):
        from_json([{"kind": "Script"}])


def test_widths_follow_what_stands_in_the_columns():
    grid = Grid(
        caption="c",
        header=("Nom", "Effectif", "Explication"),
        rows=((Cell(text="a"), Cell(text="142"), Cell(text="une longue phrase " * 9)),),
        numeric=frozenset({1}),
    )
    shares = widths(grid)
    assert sum(shares) == pytest.approx(1)
    assert shares[2] > 2 * shares[1] > 0


def test_nested_lists_are_written_as_lists_in_lists():
    points = Points(
        items=tuple(
            Point(spans=(Span(text=text),), depth=depth, ordered=depth == 1)
            for text, depth in (("un", 0), ("a", 1), ("b", 1), ("deux", 0))
        )
    )
    html = to_page(document_of(points))
    assert "<ul><li>un<ol><li>a</li><li>b</li></ol></li><li>deux</li></ul>" in html


def test_two_tables_of_one_name_are_two_regions():
    table = Table(grid=Grid(caption="Même nom", header=("a",), rows=()))
    page = read_page(to_page(document_of(table, table, table)))
    named = [
        item.attributes["aria-label"] for item in page.all("div") if item.attributes.get("role") == "region"
    ]
    assert named == ["Même nom", "Même nom (2)", "Même nom (3)"]
    assert [caption.text for caption in page.all("caption")] == ["Même nom"] * 3
