"""The drawings of a document outside a web page: the style sheet's colours and font put in, or as pixels."""

from __future__ import annotations

import re
from collections.abc import Sequence

from impactkit.document.typeset import typeset_pixels

PIXELS_AN_INCH = 180.0
_TAG = re.compile(r"<[^>]*>")
_VARIABLE = re.compile(r"var\(--[\w-]+,\s*([^()]*)\)")
_ROOT = re.compile(r"<svg\b")
_NAMESPACES = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'


def plain_svg(svg: str) -> bytes:
    """Return a drawing made for a page as a file of its own.

    Colours and fonts that a page's theme may change take the value that stands beside each for where there
    is no theme. Only tags are rewritten: a user's label may look like anything.
    """
    drawn = _TAG.sub(lambda tag: _VARIABLE.sub(lambda found: found[1], tag[0]), svg)
    if "xmlns=" not in drawn.partition(">")[0]:
        drawn = _ROOT.sub(f"<svg {_NAMESPACES}", drawn, count=1)
    return drawn.encode()


def pixels(svgs: Sequence[str]) -> list[bytes]:
    """Return drawings made for a page as PNG, without drawing them again."""
    if not svgs:
        return []
    files = {f"{rank}.svg": plain_svg(svg) for rank, svg in enumerate(svgs)}
    pages = "\n#pagebreak()\n".join(f'#image("{name}")' for name in files)
    main = f"#set page(width: auto, height: auto, margin: 0pt)\n{pages}\n"
    return typeset_pixels({**files, "main.typ": main.encode()}, ppi=PIXELS_AN_INCH)
