"""The look of a DOCX file: page, styles, language, and no trace of a person or a machine."""

from __future__ import annotations

from collections.abc import Mapping

import docx
from docx.document import Document as WordDocument
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from docx.styles.style import ParagraphStyle

from impactkit.document.word_xml import add_field, border, element, shade
from impactkit.html import colours, stylesheet

FONT = "Arial"  # on every office machine, or one as wide in its place
MONO = "Courier New"
TEXT_WIDTH_MM = 170.0
# Styles of our own, beside Word's.
QUIET, STRONG, NOTE, CELL, FACT, VERDICT, OVER = (
    "Impact Quiet", "Impact Strong", "Impact Note", "Impact Cell", "Impact Fact", "Impact Verdict",
    "Impact Over",
)  # fmt: skip


def look() -> Mapping[str, str]:
    """Return the colours of the page's style sheet, the user's theme included: one look for every format."""
    return colours(str(stylesheet()))


def new_document(*, language: str, footer: str, css: str) -> WordDocument:
    """Return an empty A4 document with the house's styles, and no title.

    Parameters
    ----------
    language : str
        As ``fr-FR``.
    footer : str
        Beside the number of the page.
    css : str
        The style sheet that its colours are taken from.
    """
    document = docx.Document()
    shown = colours(css)
    _set_page(document, footer, shown)
    _set_language(document, language)
    _set_properties(document, language)
    _set_styles(document, shown)
    return document


def _set_page(document: WordDocument, footer: str, shown: Mapping[str, str]) -> None:
    (section,) = document.sections
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(20)
    section.top_margin, section.bottom_margin = Mm(18), Mm(20)
    last = section.footer.paragraphs[0]
    last.add_run(f"{footer}  ·  ")
    add_field(last, "PAGE")
    last.add_run(" / ")
    add_field(last, "NUMPAGES")
    for run in last.runs:
        run.font.size, run.font.color.rgb = Pt(7.5), _rgb(shown["muted"])


def _set_language(document: WordDocument, language: str) -> None:
    defaults = document.styles.element.find(f"{qn('w:docDefaults')}/{qn('w:rPrDefault')}/{qn('w:rPr')}")
    for old in defaults.findall(qn("w:lang")):
        defaults.remove(old)
    defaults.append(element("w:lang", val=language, eastAsia=language, bidi="ar-SA"))
    theme = document.settings.element.find(qn("w:themeFontLang"))
    if theme is not None:
        theme.set(qn("w:val"), language)


def _set_properties(document: WordDocument, language: str) -> None:
    known = document.core_properties
    known.title, known.language = "", language
    known.author = known.last_modified_by = known.comments = known.keywords = ""
    for day in ("created", "modified"):
        for dated in known._element.findall(qn(f"dcterms:{day}")):
            known._element.remove(dated)
    # The picture of python-docx's own empty document.
    package = document.part.package
    for name, relation in list(package.rels.items()):
        if relation.reltype.endswith("/thumbnail"):
            del package.rels[name]


def _set_styles(document: WordDocument, shown: Mapping[str, str]) -> None:
    styles = document.styles
    normal = styles["Normal"]
    assert isinstance(normal, ParagraphStyle)
    _set_font(normal, 10.5, shown["ink"])
    _set_spacing(normal, after=7)
    normal.paragraph_format.line_spacing = 1.15
    for level, size, before in ((1, 20, 0), (2, 14, 20), (3, 11.5, 14), (4, 10.5, 10)):
        heading = styles[f"Heading {level}"]
        assert isinstance(heading, ParagraphStyle)
        _set_font(heading, size, shown["ink"], bold=True)
        _set_spacing(heading, before=before, after=6)
        if level == 2:
            border(heading.element.get_or_add_pPr(), "top", shown["accent"], eighths=12, space=6)
    caption = styles["Caption"]
    assert isinstance(caption, ParagraphStyle)
    _set_font(caption, 9.5, shown["ink"], bold=True)
    _set_spacing(caption, before=12, after=4)
    caption.paragraph_format.keep_with_next = True
    for name, size, colour, bold, after in (
        (QUIET, 9.5, "muted", False, 6),
        (NOTE, 8, "muted", False, 1),
        (CELL, 8.5, "ink", False, 1),
        (FACT, 9.5, "ink", False, 3),
        (OVER, 10, "accent", True, 3),
        (STRONG, 10.5, "ink", True, 8),
        (VERDICT, 10.5, "ink", False, 0),
    ):
        made = styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        assert isinstance(made, ParagraphStyle)
        made.base_style = normal
        _set_font(made, size, shown[colour], bold=bold)
        _set_spacing(made, after=after)
        made.paragraph_format.alignment = WD_ALIGN_PARAGRAPH.LEFT
        if name == STRONG:
            border(made.element.get_or_add_pPr(), "left", shown["accent"], eighths=24, space=8)
            shade(made.element.get_or_add_pPr(), shown["soft"])


def _set_spacing(style: ParagraphStyle, *, before: float = 0, after: float = 0) -> None:
    style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(before), Pt(after)


def _set_font(style: ParagraphStyle, size: float, colour: str, *, bold: bool = False) -> None:
    style.font.name, style.font.size, style.font.bold = FONT, Pt(size), bold
    style.font.italic = False
    style.font.color.rgb = _rgb(colour)
    # Headings name a font of the theme, which would prevail.
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for name in list(fonts.attrib):
        if name.endswith("Theme"):
            del fonts.attrib[name]
    for script in ("ascii", "hAnsi", "cs", "eastAsia"):
        fonts.set(qn(f"w:{script}"), FONT)


def _rgb(colour: str) -> RGBColor:
    return RGBColor.from_string(colour.removeprefix("#").upper())
