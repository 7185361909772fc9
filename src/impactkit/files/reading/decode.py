"""From the bytes of a file to UTF-8: what the file really is, and in which encoding."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field

from impactkit.errors import DataError, Problem
from impactkit.files.reading.letters import french_encoding

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
# What an accented letter becomes when its UTF-8 bytes are read as Windows-1252, in UTF-8.
_SPOILT = (*(f"Ã{sign}".encode() for sign in "©¨ª§´®¢»¹‰€\u00a0"), "â€™".encode())
_HIGH_SIGN = "[\u0080-\u00ffŒœŠšŸŽžƒˆ˜–—‘’‚“”„†‡•…‰‹›€™]"
_SPOILT_RUN = re.compile(f"[ÂÃÄÅ]{_HIGH_SIGN}|â{_HIGH_SIGN}{{2}}")
_CHUNK = 1 << 22
_MOST_LINES_NAMED = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """The bytes of a text in which separators are plain ASCII, and how to read them.

    Attributes
    ----------
    data : bytes
        Without a byte-order mark.
    codec : str
        The encoding of ``data``; UTF-16 is already rewritten as UTF-8.
    encoding : str
        The encoding of the file.
    spoilt : bool
        Whether accents look spoilt by an earlier conversion.
    """

    data: bytes = field(repr=False)
    codec: str
    encoding: str
    spoilt: bool

    @property
    def text(self) -> str:
        """The whole text."""
        return self.data.decode(self.codec)


def kind_of(data: bytes) -> str:
    """Tell what bytes are by how they begin: zip, ole, pdf, html, xml, binary or text."""
    for signature, kind in _SIGNATURES:
        if signature.match(data):
            return kind
    is_text = any(data.startswith(bom) for bom, _ in _BOMS) or _wide_codec(data) is not None
    return "binary" if b"\0" in data[:4096] and not is_text else "text"


def decode(data: bytes, *, name: str, encoding: str | None = None) -> Decoded:
    """Find the encoding of a text table: by its mark when it has one, else UTF-8, else by its letters.

    The whole text is read: one accent at the end is enough to tell.

    Parameters
    ----------
    data : bytes
    name : str
        What the file is called in problems.
    encoding : str, optional
        The encoding, when it is known.

    Raises
    ------
    DataError
        When lines are in two encodings (E-ENC-01) or in none of those read (E-ENC-02).
    """
    mark, marked = next(((bom, codec) for bom, codec in _BOMS if data.startswith(bom)), (b"", None))
    given = encoding or marked or _wide_codec(data)
    found = given or _unmarked(data, name=name)
    if given is None or _reads(data, given):
        return _decoded(data, found, mark=mark)
    if codecs.lookup(found).name.startswith("utf-8") and _UTF8_LETTER.search(data):
        raise DataError([_mixed(data, name)])
    raise DataError([Problem(code="E-ENC-02", file=name)])


def repaired(decoded: Decoded) -> Decoded:
    """Give back their letters to accents that a wrong conversion had spoilt."""
    text = _SPOILT_RUN.sub(lambda found: _repaired_run(found.group()), decoded.text)
    return Decoded(data=text.encode(), codec="utf-8", encoding=decoded.encoding, spoilt=False)


def _repaired_run(run: str) -> str:
    try:
        return b"".join(_byte(sign) for sign in run).decode()
    except UnicodeDecodeError:
        return run


def _byte(sign: str) -> bytes:
    # Windows leaves five bytes without a sign; they pass as the control characters of Latin-1.
    try:
        return sign.encode("cp1252")
    except UnicodeEncodeError:
        return sign.encode("latin-1")


def _decoded(data: bytes, encoding: str, *, mark: bytes) -> Decoded:
    if codecs.lookup(encoding).name.startswith(("utf-16", "utf-32")):
        body, codec = data.decode(encoding).removeprefix("\ufeff").encode(), "utf-8"
    else:
        body, codec = data[len(mark) :] if mark else data, encoding.removesuffix("-sig")
    # Spoilt accents are plain signs of UTF-8; in an older encoding their bytes would be UTF-8 letters.
    spoilt = codec == "utf-8" and any(sign in body for sign in _SPOILT)
    return Decoded(data=body, codec=codec, encoding=encoding, spoilt=spoilt)


def _wide_codec(data: bytes) -> str | None:
    """Return the UTF-16 of a text without a mark: one byte in two of plain letters is zero."""
    head = data[:4096]
    half = len(head) // 2
    if half >= 8 and head[1::2].count(0) > 0.7 * half and head[::2].count(0) < 0.05 * half:
        return "utf-16-le"
    if half >= 8 and head[::2].count(0) > 0.7 * half and head[1::2].count(0) < 0.05 * half:
        return "utf-16-be"
    return None


def _unmarked(data: bytes, *, name: str) -> str:
    """Return the encoding of a text without a mark."""
    if _reads(data, "utf-8"):
        return "utf-8"
    if _UTF8_LETTER.search(data):
        raise DataError([_mixed(data, name)])
    found = french_encoding(data)
    if found is None:
        raise DataError([Problem(code="E-ENC-02", file=name)])
    return found


def _mixed(data: bytes, name: str) -> Problem:
    lines = (i for i, line in enumerate(data.splitlines(), start=1) if not _reads(line, "utf-8"))
    rows = tuple(row for row, _ in zip(lines, range(_MOST_LINES_NAMED), strict=False))
    return Problem(code="E-ENC-01", file=name, rows=rows)


def _reads(data: bytes, encoding: str) -> bool:
    """Tell whether bytes are a text in this encoding; the error itself would hold them."""
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for start in range(0, len(data), _CHUNK):
            decoder.decode(data[start : start + _CHUNK])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
