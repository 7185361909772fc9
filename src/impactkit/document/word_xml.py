"""The few things of WordprocessingML that python-docx has no word for."""

from __future__ import annotations

import io
import zipfile
from typing import Any

from docx.document import Document as WordDocument
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.table import Table as WordTable
from docx.text.paragraph import Paragraph as WordParagraph
from docx.text.run import Run

_FIRST_DAY = (1980, 1, 1, 0, 0, 0)  # the first that a zip file can write

# The order in which the format wants what a paragraph or a table is (ISO/IEC 29500-1, 17.3.1.26 and 17.4.60):
# Word may call a file damaged that has another.
PARAGRAPH_ORDER = (
    "pStyle", "keepNext", "keepLines", "pageBreakBefore", "framePr", "widowControl", "numPr",
    "suppressLineNumbers", "pBdr", "shd", "tabs", "suppressAutoHyphens", "kinsoku", "wordWrap",
    "overflowPunct", "topLinePunct", "autoSpaceDE", "autoSpaceDN", "bidi", "adjustRightInd", "snapToGrid",
    "spacing", "ind", "contextualSpacing", "mirrorIndents", "suppressOverlap", "jc", "textDirection",
    "textAlignment", "textboxTightWrap", "outlineLvl", "divId", "cnfStyle", "rPr", "sectPr", "pPrChange",
)  # fmt: skip
TABLE_ORDER = (
    "tblStyle", "tblpPr", "tblOverlap", "bidiVisual", "tblStyleRowBandSize", "tblStyleColBandSize", "tblW",
    "jc", "tblCellSpacing", "tblInd", "tblBorders", "shd", "tblLayout", "tblCellMar", "tblLook", "tblCaption",
    "tblDescription", "tblPrChange",
)  # fmt: skip


def element(tag: str, **attributes: str) -> Any:
    """Return an element such as ``w:shd`` with attributes of the same namespace."""
    made: Any = OxmlElement(tag)
    prefix = tag.partition(":")[0]
    for name, value in attributes.items():
        made.set(qn(f"{prefix}:{name}"), value)
    return made


def set_style(paragraph: WordParagraph, name: str) -> None:
    """Give a paragraph a style by its name: python-docx would search all styles each time."""
    if name != "Normal":
        paragraph._p.style = name.replace(" ", "")


def shade(properties: Any, colour: str) -> None:
    """Give a paragraph a background (``#rrggbb``)."""
    properties.append(element("w:shd", val="clear", color="auto", fill=_hex(colour)))
    _sort(properties, PARAGRAPH_ORDER)


def border(properties: Any, side: str, colour: str, *, eighths: int, space: int = 0) -> None:
    """Give a paragraph a line on one side, in eighths of a point."""
    borders = properties.find(qn("w:pBdr"))
    if borders is None:
        borders = element("w:pBdr")
        properties.append(borders)
    line = {"val": "single", "sz": str(eighths), "space": str(space), "color": _hex(colour)}
    borders.append(element(f"w:{side}", **line))
    _sort(properties, PARAGRAPH_ORDER)


def rule_table(table: WordTable, *, line: str, ink: str, caption: str) -> None:
    """Draw thin rules between rows, a strong one under the header, which each page repeats."""
    properties = table._tbl.tblPr
    borders = element("w:tblBorders")
    for side in ("bottom", "insideH"):
        borders.append(element(f"w:{side}", val="single", sz="4", space="0", color=_hex(line)))
    properties.append(borders)
    look = properties.find(qn("w:tblLook"))
    if look is not None:
        properties.remove(look)
    # What the first row and the first column are: headers.
    flags = {"firstRow": "1", "lastRow": "0", "firstColumn": "1", "lastColumn": "0", "noHBand": "1"}
    properties.append(element("w:tblLook", val="04A0", **flags, noVBand="1"))
    if caption:
        properties.append(element("w:tblCaption", val=caption))
    _sort(properties, TABLE_ORDER)
    header = table.rows[0]._tr.get_or_add_trPr()
    header.append(element("w:tblHeader", val="true"))
    for cell in table.rows[0].cells:
        edges = element("w:tcBorders")
        edges.append(element("w:bottom", val="single", sz="10", space="0", color=_hex(ink)))
        cell._tc.get_or_add_tcPr().append(edges)
    for row in table.rows:
        row._tr.get_or_add_trPr().insert(0, element("w:cantSplit", val="true"))


def describe_picture(run: Run, *, name: str, alt: str) -> None:
    """Join its text equivalent to the picture of a run."""
    shown = run._r.find(f".//{qn('wp:docPr')}")
    shown.set("name", name)
    shown.set("descr", alt)


def add_field(paragraph: WordParagraph, code: str) -> None:
    """Write what the reader's program works out, such as ``PAGE``."""
    for kind in ("begin", "instruction", "end"):
        run = paragraph.add_run()
        if kind == "instruction":
            said = OxmlElement("w:instrText")
            said.text = code
            run._r.append(said)
        else:
            run._r.append(element("w:fldChar", fldCharType=kind))


def add_link(paragraph: WordParagraph, run: Run, address: str) -> None:
    """Make a run of the paragraph a link."""
    relation = paragraph.part.relate_to(address, RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
    link = element("w:hyperlink")
    link.set(qn("r:id"), relation)
    run._r.addprevious(link)
    link.append(run._r)


def saved(document: WordDocument) -> bytes:
    """Return the file of a document, the same for the same content: without the day it was written."""
    written = io.BytesIO()
    document.save(written)
    dated = io.BytesIO()
    with zipfile.ZipFile(written) as old, zipfile.ZipFile(dated, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            entry = zipfile.ZipInfo(name, date_time=_FIRST_DAY)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            entry.create_system = 3  # whatever the machine
            new.writestr(entry, old.read(name))
    return dated.getvalue()


def _sort(properties: Any, order: tuple[str, ...]) -> None:
    properties[:] = sorted(properties, key=lambda child: order.index(child.tag.rpartition("}")[2]))


def _hex(colour: str) -> str:
    return colour.removeprefix("#").upper()
