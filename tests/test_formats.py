"""The formats of a report: all asked for and none else, from one document; one that fails says so."""

from __future__ import annotations

import pytest

from documents import document_of, report_document
from impactkit.batch.formats import FormatError, as_formats, write_formats
from impactkit.document.blocks import Image, Paragraph


def test_the_page_is_always_made_and_each_format_once():
    assert as_formats(["docx", "pdf", "pdf"]) == ("html", "pdf", "docx")
    assert as_formats([]) == ("html",)
    with pytest.raises(ValueError, match="choose among html, pdf, docx, odt"):
        as_formats(["rtf"])


def test_each_format_is_written_beside_the_page(tmp_path):
    write_formats(report_document(), tmp_path, ("html", "pdf", "docx", "odt"))
    names = ["report.docx", "report.html", "report.odt", "report.pdf"]
    assert sorted(path.name for path in tmp_path.iterdir()) == names
    starts = {path.suffix: path.read_bytes()[:4] for path in tmp_path.iterdir()}
    assert starts == {".docx": b"PK\x03\x04", ".html": b"<!do", ".odt": b"PK\x03\x04", ".pdf": b"%PDF"}


def test_a_format_that_cannot_be_made_says_which_and_leaves_no_half(tmp_path):
    broken = document_of(Paragraph(text="x"), Image(png=b"\x89PNG\r\n\x1a\nrien", alt="a"))
    with pytest.raises(FormatError) as caught:
        write_formats(broken, tmp_path, ("html", "pdf"))
    assert caught.value.format == "pdf"
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]
