"""The few things of WordprocessingML that python-docx has no word for, for an empty document."""

from __future__ import annotations

from typing import Any

from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.text.paragraph import Paragraph as WordParagraph

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


def _sort(properties: Any, order: tuple[str, ...]) -> None:
    properties[:] = sorted(properties, key=lambda child: order.index(child.tag.rpartition("}")[2]))


def _hex(colour: str) -> str:
    return colour.removeprefix("#").upper()
