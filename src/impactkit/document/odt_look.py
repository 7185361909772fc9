"""The look of an OpenDocument text: page, footer and styles, as those of the DOCX."""

from __future__ import annotations

from impactkit.document.odt_xml import element, root, words
from impactkit.document.word_look import FONT, MONO, TEXT_WIDTH_MM, look

# Styles by what they are for; headings are the program's own, so that its outline knows them.
QUIET, STRONG, NOTE, LAST_NOTE, CELL, NUMBER, FACT, VERDICT, OVER, QUOTE, CODE, SIGN, PICTURE = (
    "Quiet", "Strong", "Note", "Last_note", "Cell", "Number", "Fact", "Verdict", "Over", "Quotations", "Code",
    "Sign", "Picture",
)  # fmt: skip
CAPTION, BODY = "Caption", "Standard"
BOLD, ITALIC, TECHNICAL, PIPS = "Bold", "Italic", "Technical", "Pips"
BULLETS, NUMBERS = "Bullets", "Numbers"
FACT_NAME_MM = 58
_DEPTHS = 3


def heading(level: int) -> str:
    """Return the name of the style of a heading."""
    return f"Heading_20_{level}"


def styles(*, language: str, region: str, footer: str) -> bytes:
    """Return ``styles.xml``: what the document's parts look like.

    Parameters
    ----------
    language, region : str
        As ``fr`` and ``FR``.
    footer : str
        Beside the number of the page.
    """
    defaults = element(
        "style:default-style",
        element("style:paragraph-properties", fo_line__height="115%", fo_orphans="2", fo_widows="2"),
        element(
            "style:text-properties",
            style_font__name=FONT,
            fo_font__size="10.5pt",
            fo_color=look()["ink"],
            fo_language=language,
            fo_country=region,
        ),
        style_family="paragraph",
    )
    named = [*_paragraphs(), *_headings(), *_characters(), *_lists()]
    page = element(
        "style:page-layout",
        element(
            "style:page-layout-properties",
            fo_page__width="210mm",
            fo_page__height="297mm",
            fo_margin__left="20mm",
            fo_margin__right="20mm",
            fo_margin__top="18mm",
            fo_margin__bottom="12mm",
            style_print__orientation="portrait",
        ),
        element("style:footer-style", element("style:header-footer-properties", fo_margin__top="5mm")),
        style_name="Page",
    )
    number = element("text:page-number", "1", text_select__page="current")
    count = element("text:page-count", "1")
    foot = element(
        "text:p", words(footer), "<text:line-break/>", number, " / ", count, text_style__name="Footer"
    )
    master = element(
        "style:master-page",
        element("style:footer", foot),
        style_name="Standard",
        style_page__layout__name="Page",
    )
    return root(
        "document-styles",
        _fonts(),
        element("office:styles", defaults, *named),
        element("office:automatic-styles", page),
        element("office:master-styles", master),
    )


def _fonts() -> str:
    faces = (element("style:font-face", style_name=name, svg_font__family=name) for name in (FONT, MONO))
    return element("office:font-face-decls", *faces)


def _paragraphs() -> list[str]:
    muted, line = look()["muted"], look()["line"]
    return [
        _paragraph(BODY, after=7),
        _paragraph(QUIET, size=9.5, colour=muted, after=6),
        _paragraph(
            STRONG, bold=True, after=8, fo_border__left=f"3pt solid {look()['accent']}",
            fo_padding__left="3mm", fo_background__color=look()["soft"],
        ),
        _paragraph(NOTE, size=8, colour=muted, before=2),
        _paragraph(LAST_NOTE, size=8, colour=muted, before=2, after=12),
        _paragraph(CELL, size=8.5, after=1),
        _paragraph(NUMBER, size=8.5, after=1, fo_text__align="end"),
        _paragraph(
            FACT, size=9.5, after=3, fo_border__bottom=f"0.5pt solid {line}",
            fo_margin__left=f"{FACT_NAME_MM}mm", fo_text__indent=f"-{FACT_NAME_MM}mm",
        ),
        _paragraph(VERDICT, after=3, fo_margin__left="4mm"),
        _paragraph(OVER, size=10, colour=look()["accent"], bold=True, after=3),
        _paragraph(QUOTE, after=7, fo_margin__left="8mm"),
        _paragraph(CODE, size=8.5, after=7),
        _paragraph(SIGN, after=4, fo_margin__left="7mm", fo_text__indent="-7mm"),
        _paragraph(PICTURE, after=4),
        _paragraph(CAPTION, size=9.5, bold=True, before=12, after=4, fo_keep__with__next="always"),
        _paragraph("Footer", size=7.5, colour=muted),
    ]  # fmt: skip


def _paragraph(
    name: str,
    *,
    size: float = 10.5,
    colour: str | None = None,
    bold: bool = False,
    before: float = 0,
    after: float = 0,
    **more: str,
) -> str:
    space = {"fo_margin__top": f"{before}pt", "fo_margin__bottom": f"{after}pt"}
    return element(
        "style:style",
        element("style:paragraph-properties", **space, **more),
        element(
            "style:text-properties",
            fo_font__size=f"{size}pt",
            fo_color=colour or look()["ink"],
            fo_font__weight="bold" if bold else "normal",
        ),
        style_name=name,
        style_family="paragraph",
        style_parent__style__name=None if name == BODY else BODY,
    )


def _headings() -> list[str]:
    made = []
    for level, size, before in ((1, 20, 0), (2, 14, 20), (3, 11.5, 14), (4, 10.5, 10)):
        rule = {"fo_border__top": f"1.5pt solid {look()['accent']}", "fo_padding__top": "2mm"}
        made.append(
            element(
                "style:style",
                element(
                    "style:paragraph-properties",
                    fo_margin__top=f"{before}pt",
                    fo_margin__bottom="6pt",
                    fo_keep__with__next="always",
                    **(rule if level == 2 else {}),
                ),
                element("style:text-properties", fo_font__size=f"{size}pt", fo_font__weight="bold"),
                style_name=heading(level),
                style_display__name=f"Heading {level}",
                style_family="paragraph",
                style_parent__style__name=BODY,
                style_default__outline__level=str(level),
            )
        )
    return made


def _characters() -> list[str]:
    looks = {
        BOLD: {"fo_font__weight": "bold"},
        ITALIC: {"fo_font__style": "italic"},
        TECHNICAL: {"style_font__name": MONO, "fo_font__size": "7.5pt"},
        PIPS: {"fo_color": look()["accent"]},
        "Muted": {"fo_color": look()["muted"]},
        **{
            f"Tone_{name}": {"fo_color": look()[name], "fo_font__weight": "bold"}
            for name in ("good", "fair", "warn", "calm", "bad")
        },
    }
    return [
        element(
            "style:style", element("style:text-properties", **given), style_name=name, style_family="text"
        )
        for name, given in looks.items()
    ]


def _lists() -> list[str]:
    made = []
    for name in (BULLETS, NUMBERS):
        levels = []
        for depth in range(1, _DEPTHS + 1):
            label = element(
                "style:list-level-label-alignment",
                text_label__followed__by="listtab",
                fo_text__indent="-6mm",
                fo_margin__left=f"{6 * depth}mm",
            )
            place = element(
                "style:list-level-properties",
                label,
                text_list__level__position__and__space__mode="label-alignment",
            )
            kind = {"text_bullet__char": "•"} if name == BULLETS else {"style_num__format": "1"}
            suffix = {} if name == BULLETS else {"style_num__suffix": "."}
            tag = f"text:list-level-style-{'bullet' if name == BULLETS else 'number'}"
            levels.append(element(tag, place, text_level=str(depth), **kind, **suffix))
        made.append(element("text:list-style", *levels, style_name=name))
    return made


def table_styles(name: str, shares: tuple[float, ...]) -> str:
    """Return the styles of a table: as wide as the text, its columns in these shares."""
    whole = element(
        "style:style",
        element("style:table-properties", style_width=f"{TEXT_WIDTH_MM}mm", table_align="left"),
        style_name=name,
        style_family="table",
    )
    columns = (
        element(
            "style:style",
            element("style:table-column-properties", style_column__width=f"{TEXT_WIDTH_MM * share:.1f}mm"),
            style_name=f"{name}.{rank}",
            style_family="table-column",
        )
        for rank, share in enumerate(shares)
    )
    return "".join((whole, *columns))


def row_styles() -> str:
    """Return the styles of the rows of tables, which no page cuts, and of their cells."""
    borders = {"Head": f"1pt solid {look()['ink']}", "Row": f"0.5pt solid {look()['line']}"}
    row = element(
        "style:style",
        element("style:table-row-properties", fo_keep__together="always"),
        style_name="Row",
        style_family="table-row",
    )
    return row + "".join(
        element(
            "style:style",
            element("style:table-cell-properties", fo_border__bottom=rule, fo_padding="1mm"),
            style_name=f"Cell{name}",
            style_family="table-cell",
        )
        for name, rule in borders.items()
    )
