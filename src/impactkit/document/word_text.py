"""The text of a DOCX as XML: its paragraphs, runs, tables and pictures.

Written as text: building each element with python-docx took most of the time of a document. The empty
document and its styles are python-docx's (`word_look`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from xml.sax.saxutils import escape

_DRAWING = "http://schemas.openxmlformats.org/drawingml/2006"
_UNITS_A_MM = 36_000  # English metric units
_UNITS_A_TWIP = 635  # twentieths of a point


def twips(mm: float) -> int:
    """Return a length in twentieths of a point."""
    return round(mm * _UNITS_A_MM / _UNITS_A_TWIP)


def attribute(text: str) -> str:
    """Return a text as the value of an attribute, between double quotes."""
    return escape(text, {'"': "&quot;", "\n": "&#10;", "\t": "&#9;"})


def run(
    text: str,
    *,
    bold: bool = False,
    italic: bool = False,
    colour: str | None = None,
    size: float | None = None,
    font: str | None = None,
    underlined: bool = False,
) -> str:
    """Return words of one look; a tabulation and an end of line are kept.

    Parameters
    ----------
    text : str
        Readable (`impactkit.document.readable`).
    colour : str, optional
        As ``#rrggbb``.
    size : float, optional
        In points.
    font : str, optional
    """
    said = []
    if font is not None:
        said.append(f'<w:rFonts w:ascii="{font}" w:hAnsi="{font}"/>')
    if bold:
        said.append("<w:b/>")
    if italic:
        said.append("<w:i/>")
    if colour is not None:
        said.append(f'<w:color w:val="{hexadecimal(colour)}"/>')
    if size is not None:
        said.append(f'<w:sz w:val="{round(2 * size)}"/>')
    if underlined:
        said.append('<w:u w:val="single"/>')
    properties = f"<w:rPr>{''.join(said)}</w:rPr>" if said else ""
    return f"<w:r>{properties}{_words(text)}</w:r>"


def paragraph(
    *runs: str,
    style: str = "Normal",
    line: str = "",
    shade: str | None = None,
    tab: int | None = None,
    spacing: str = "",
    indent: str = "",
    right: bool = False,
) -> str:
    """Return a paragraph, its properties in the order that the format wants.

    Parameters
    ----------
    *runs : str
        XML already.
    style : str
        By its name.
    line : str
        As `edge` gives it, on one side.
    shade : str, optional
        Background, as ``#rrggbb``.
    tab : int, optional
        Where a tabulation leads, in twips.
    spacing, indent : str
        Attributes of ``w:spacing`` and of ``w:ind``.
    right : bool
        Whether it is set to the right.
    """
    said = [] if style == "Normal" else [f'<w:pStyle w:val="{style.replace(" ", "")}"/>']
    if line:
        said.append(f"<w:pBdr>{line}</w:pBdr>")
    if shade is not None:
        said.append(f'<w:shd w:val="clear" w:color="auto" w:fill="{hexadecimal(shade)}"/>')
    if tab is not None:
        said.append(f'<w:tabs><w:tab w:pos="{tab}" w:val="left"/></w:tabs>')
    if spacing:
        said.append(f"<w:spacing {spacing}/>")
    if indent:
        said.append(f"<w:ind {indent}/>")
    if right:
        said.append('<w:jc w:val="right"/>')
    properties = f"<w:pPr>{''.join(said)}</w:pPr>" if said else ""
    return f"<w:p>{properties}{''.join(runs)}</w:p>"


def edge(side: str, colour: str, *, eighths: int, space: int = 0) -> str:
    """Return a line on one side of something, in eighths of a point."""
    return f'<w:{side} w:val="single" w:sz="{eighths}" w:space="{space}" w:color="{hexadecimal(colour)}"/>'


def table(rows: Iterable[Sequence[str]], *, widths: Sequence[int], line: str, ink: str, caption: str) -> str:
    """Return a table: thin rules between rows, a strong one under the header, which each page repeats.

    Parameters
    ----------
    rows : iterable of sequence of str
        Each cell its one paragraph; the first row is the header, the first column names each row.
    widths : sequence of int
        Of the columns, in twips.
    line, ink : str
        Colours of the rules and of the strong one, as ``#rrggbb``.
    caption : str
        Its title for a screen reader; empty when it has none.
    """
    rules = "".join(edge(side, line, eighths=4) for side in ("bottom", "insideH"))
    # What the first row and the first column are: headers.
    flags = 'w:firstRow="1" w:lastRow="0" w:firstColumn="1" w:lastColumn="0" w:noHBand="1" w:noVBand="1"'
    titled = f'<w:tblCaption w:val="{attribute(caption)}"/>' if caption else ""
    columns = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    under = f"<w:tcBorders>{edge('bottom', ink, eighths=10)}</w:tcBorders>"
    written = "".join(_row(cells, widths, under if rank == 0 else "") for rank, cells in enumerate(rows))
    return (
        f'<w:tbl><w:tblPr><w:tblW w:type="auto" w:w="0"/><w:tblBorders>{rules}</w:tblBorders>'
        f'<w:tblLayout w:type="fixed"/><w:tblLook w:val="04A0" {flags}/>{titled}</w:tblPr>'
        f"<w:tblGrid>{columns}</w:tblGrid>{written}</w:tbl>"
    )


def picture(relation: str, *, rank: int, name: str, alt: str, size: tuple[int, int]) -> str:
    """Return a picture in the line with its text equivalent.

    Parameters
    ----------
    relation : str
        What leads to its file.
    rank : int
        Of the picture in the document, from 1.
    name, alt : str
    size : tuple of int
        Width and height in English metric units.
    """
    extent = f'cx="{size[0]}" cy="{size[1]}"'
    return (
        f'<w:r><w:drawing><wp:inline xmlns:a="{_DRAWING}/main" xmlns:pic="{_DRAWING}/picture">'
        f'<wp:extent {extent}/><wp:docPr id="{rank}" name="{attribute(name)}" descr="{attribute(alt)}"/>'
        '<wp:cNvGraphicFramePr><a:graphicFrameLocks noChangeAspect="1"/></wp:cNvGraphicFramePr>'
        f'<a:graphic><a:graphicData uri="{_DRAWING}/picture"><pic:pic><pic:nvPicPr>'
        '<pic:cNvPr id="0" name="image.png"/><pic:cNvPicPr/></pic:nvPicPr>'
        f'<pic:blipFill><a:blip r:embed="{relation}"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill>'
        f'<pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext {extent}/></a:xfrm><a:prstGeom prst="rect"/>'
        "</pic:spPr></pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r>"
    )


def hexadecimal(colour: str) -> str:
    """Return ``#rrggbb`` as the format writes it."""
    return colour.removeprefix("#").upper()


def _row(cells: Sequence[str], widths: Sequence[int], under: str) -> str:
    header = '<w:tblHeader w:val="true"/>' if under else ""
    written = "".join(
        f'<w:tc><w:tcPr><w:tcW w:type="dxa" w:w="{width}"/>{under}</w:tcPr>{cell}</w:tc>'
        for width, cell in zip(widths, cells, strict=True)
    )
    return f'<w:tr><w:trPr><w:cantSplit w:val="true"/>{header}</w:trPr>{written}</w:tr>'


def _words(text: str) -> str:
    """Write a text, its tabulations and ends of lines as elements."""
    if "\t" not in text and "\n" not in text:
        return _said(text)
    lines = ("<w:tab/>".join(map(_said, line.split("\t"))) for line in text.split("\n"))
    return "<w:br/>".join(lines)


def _said(text: str) -> str:
    if not text:
        return ""
    kept = "" if text == text.strip() else ' xml:space="preserve"'
    return f"<w:t{kept}>{escape(text)}</w:t>"
