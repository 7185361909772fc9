"""From the bytes of a file to text: what the file really is, and in which encoding."""

from __future__ import annotations

import re
from dataclasses import dataclass

from impactkit.errors import DataError, Problem

_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_SIGNATURES = (
    (re.compile(rb"PK\x03\x04"), "zip"),
    (re.compile(rb"\xd0\xcf\x11\xe0"), "ole"),
    (re.compile(rb"%PDF"), "pdf"),
    (re.compile(rb"(?i)(?:\xef\xbb\xbf)?\s*<(?:!doctype html|html|head|body|table|meta)"), "html"),
    (re.compile(rb"(?:\xef\xbb\xbf)?\s*<\?xml"), "xml"),
)
# The UTF-8 bytes of an accented Latin letter; read as Windows-1252 they would be "Ã" and a sign, which no
# French text holds. Other valid sequences prove nothing: a Windows "É" may stand before a no-break space.
_UTF8_LETTER = re.compile(rb"\xc3[\x80-\xbf]")
_SPOILT = re.compile("Ã[©¨ª§´®¢»¹‰€\u00a0]|â€™")


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """A text, how it was encoded, and whether its accents look spoilt by an earlier conversion."""

    text: str
    encoding: str
    spoilt: bool


def kind_of(data: bytes) -> str:
    """Tell what bytes are by how they begin: zip, ole, pdf, html, xml, binary or text."""
    for signature, kind in _SIGNATURES:
        if signature.match(data):
            return kind
    has_bom = any(data.startswith(bom) for bom, _ in _BOMS)
    return "binary" if b"\0" in data[:4096] and not has_bom else "text"


def decode(data: bytes, *, name: str) -> Decoded:
    """Decode a text table: by its mark when it has one, else UTF-8, else Windows-1252.

    Parameters
    ----------
    data : bytes
    name : str
        What the file is called in problems.

    Raises
    ------
    DataError
        When lines are in two encodings (E-ENC-01) or in none of those read (E-ENC-02).
    """
    encoding = next((encoding for bom, encoding in _BOMS if data.startswith(bom)), None)
    for candidate in (encoding,) if encoding else ("utf-8", "cp1252"):
        if candidate == "cp1252":
            _refuse_mixed(data, name=name)
        try:
            text = data.decode(candidate)
        except UnicodeDecodeError:
            continue
        return Decoded(text=text, encoding=candidate, spoilt=_SPOILT.search(text) is not None)
    # Outside the except block: the exception holds the bytes of the file.
    raise DataError([Problem(code="E-ENC-02", file=name)])


def _refuse_mixed(data: bytes, *, name: str) -> None:
    """Refuse bytes of which some lines have UTF-8 letters and others are not UTF-8."""
    if not _UTF8_LETTER.search(data):
        return
    others = tuple(i for i, line in enumerate(data.splitlines(), start=1) if not _is_utf8(line))
    raise DataError([Problem(code="E-ENC-01", file=name, rows=others)])


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
