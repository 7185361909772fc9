"""The open format of offices: a true structure, the same words as the other formats, nothing run."""

from __future__ import annotations

import io
import zipfile
from xml.etree import ElementTree

import pytest

from documents import document_of, report_document
from impactkit.document.blocks import Bullets, Code, Figure, Heading, Point, Points, Prose, Span, Table
from impactkit.document.odt_xml import MIME, element, words
from impactkit.document.paged import paged
from impactkit.document.readable import readable
from impactkit.document.to_odt import to_odt
from records import RECORDS
from test_documents import HOSTILE, hostile_blocks

NAMES = {
    name: f"urn:oasis:names:tc:opendocument:xmlns:{end}:1.0"
    for name, end in (
        ("text", "text"),
        ("table", "table"),
        ("draw", "drawing"),
        ("svg", "svg-compatible"),
        ("style", "style"),
        ("office", "office"),
    )
} | {"dc": "http://purl.org/dc/elements/1.1/", "xlink": "http://www.w3.org/1999/xlink"}


def part(made: bytes, name: str) -> ElementTree.Element:
    with zipfile.ZipFile(io.BytesIO(made)) as held:
        return ElementTree.fromstring(held.read(name))


def said(node: ElementTree.Element) -> str:
    """The text of an element, its spaces, tabulations and ends of lines written out."""
    found = [node.text or ""]
    for child in node:
        kind = child.tag.rpartition("}")[2]
        blank = {"s": " " * int(child.get(f"{{{NAMES['text']}}}c", "1")), "tab": "\t", "line-break": "\n"}
        found += [blank.get(kind) or said(child), child.tail or ""]
    return "".join(found)


def q(name: str) -> str:
    prefix, _, local = name.partition(":")
    return f"{{{NAMES[prefix]}}}{local}"


def all_text(made: bytes) -> str:
    return "\n".join(
        said(node) for node in part(made, "content.xml").iter() if node.tag in (q("text:p"), q("text:h"))
    )


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("name", RECORDS)
def test_a_report_has_true_headings_captions_headers_and_equivalents(name: str, language: str) -> None:
    document = report_document(name, language)
    made = to_odt(document)
    body = part(made, "content.xml")
    blocks = paged(document)
    levels = [node.get(q("text:outline-level")) for node in body.iter(q("text:h"))]
    assert levels.count("1") == 1
    assert levels.count("2") >= 5
    drawn = [block for block in blocks if isinstance(block, Figure)]
    assert [said(node) for node in body.iter(q("svg:desc"))] == [block.alt for block in drawn]
    tables = [block.grid for block in blocks if isinstance(block, Table)]
    heads = [
        [said(cell).strip() for cell in head.iter(q("table:table-cell"))]
        for head in body.iter(q("table:table-header-rows"))
    ]
    assert heads == [[readable(text) for text in grid.header] for grid in tables]
    assert len(list(body.iter(q("table:table-header-columns")))) == len(tables)
    captions = [node for node in body.iter(q("text:p")) if node.get(q("text:style-name")) == "Caption"]
    assert [said(node) for node in captions] == [
        block.grid.caption if isinstance(block, Table) else block.caption
        for block in blocks
        if isinstance(block, Figure) or (isinstance(block, Table) and block.grid.caption)
    ]
    about = part(made, "meta.xml")
    assert [node.text for node in about.iter(q("dc:title"))] == [document.title]
    assert [node.text for node in about.iter(q("dc:language"))] == [{"fr": "fr-FR", "en": "en-GB"}[language]]
    assert not list(about.iter(q("dc:creator")))


@pytest.mark.parametrize("name", RECORDS)
def test_every_style_that_is_named_is_there(name: str) -> None:
    made = to_odt(report_document(name))
    body, look = part(made, "content.xml"), part(made, "styles.xml")
    kept = {node.get(q("style:name")) for tree in (body, look) for node in tree.iter()}
    named = {node.get(q("text:style-name")) for node in body.iter()}
    named |= {node.get(q("table:style-name")) for node in body.iter()}
    assert named - {None} <= kept


@pytest.mark.parametrize("text", HOSTILE)
def test_what_a_user_writes_is_never_a_command(text: str) -> None:
    made = to_odt(document_of(*hostile_blocks(text), title=text))
    assert all_text(made).count(readable(text)) >= 16
    assert not list(part(made, "content.xml").iter(q("office:scripts")))


def test_the_file_says_its_type_first_and_is_the_same_twice() -> None:
    made, again = to_odt(report_document()), to_odt(report_document())
    assert made == again
    assert made[30:38] == b"mimetype"
    with zipfile.ZipFile(io.BytesIO(made)) as held:
        assert held.read("mimetype") == MIME.encode()
        names = set(held.namelist())
        manifest = ElementTree.fromstring(held.read("META-INF/manifest.xml"))
    listed = {next(value for key, value in node.items() if key.endswith("full-path")) for node in manifest}
    assert listed == (names - {"mimetype", "META-INF/manifest.xml"}) | {"/"}


def test_lists_links_and_spaces_are_kept() -> None:
    made = to_odt(
        document_of(
            Heading(text="Partie", level=2),
            Bullets(items=("un", "deux")),
            Points(
                items=(
                    Point(spans=(Span(text="a"),)),
                    Point(spans=(Span(text="b"),), depth=1),
                    Point(spans=(Span(text="c"),), ordered=True),
                )
            ),
            Prose(spans=(Span(text="ici", link="https://example.org/a?b=1&c=2"),)),
            Code(text="x  =  1\n\ty"),
        )
    )
    body = part(made, "content.xml")
    assert [node.get(q("xlink:href")) for node in body.iter(q("text:a"))] == ["https://example.org/a?b=1&c=2"]
    assert len(list(body.iter(q("text:list-item")))) == 6
    assert "x  =  1\n\ty" in all_text(made)


def test_an_element_by_hand() -> None:
    assert element("text:p", words("a < b"), text_style__name='"N"') == (
        "<text:p text:style-name='\"N\"'>a &lt; b</text:p>"
    )
    assert words("a  b\tc") == 'a<text:s text:c="2"/>b<text:tab/>c'
