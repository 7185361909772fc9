"""What the pages of a PDF say.

A page is written in numbers of glyphs, which only the font's own table turns back into letters: a search of
its bytes finds no word of it.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Mapping

_STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)
_STRING = re.compile(rb"\((?:\\.|[^\\()])*\)|<[0-9A-Fa-f\s]+>", re.DOTALL)
_ESCAPE = re.compile(rb"\\(?:([0-7]{1,3})|(\r\n|.))", re.DOTALL)
_ESCAPED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f", b"\n": b"", b"\r\n": b""}
_SHOWN = re.compile(rb"(\[(?:[^\[\]()<>]|\((?:\\.|[^\\()])*\)|<[0-9A-Fa-f\s]+>)*\]\s*TJ|"
                    rb"(?:\((?:\\.|[^\\()])*\)|<[0-9A-Fa-f\s]+>)\s*(?:Tj|'|\"))", re.DOTALL)  # fmt: skip
_ONE = re.compile(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>")
_RANGE = re.compile(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>\s*(?:<([0-9A-Fa-f]+)>|\[([^\]]*)\])")
_HYPHENS = re.compile("[-\xad\u2010]\n")

Glyphs = Mapping[int, str]


def pdf_texts(data: bytes) -> Iterator[str]:
    """Give the texts of a PDF: its unpacked streams, its titles and equivalents, and what its pages say.

    Each page is read by each font: by that which wrote it, it says what a person reads; by another, nothing.
    A word cut at the end of a line is given whole too.

    Parameters
    ----------
    data : bytes
        The file.
    """
    streams = [_unpacked(stream) for stream in _STREAM.findall(data)]
    fonts = [table for stream in streams if b"begincmap" in stream and (table := _glyphs(stream))]
    yield from _marked(_STREAM.sub(b"", data))
    for stream in streams:
        yield stream.decode("latin-1")
        yield from _marked(stream)
        shown = _SHOWN.findall(stream) if fonts else []
        for font in fonts if shown else ():
            lines = ["".join(_spelled(text, font) for text in _STRING.findall(line)) for line in shown]
            said = "\n".join(line for line in lines if line)
            yield said
            yield _HYPHENS.sub("", said)


def _unpacked(stream: bytes) -> bytes:
    try:
        return zlib.decompress(stream)
    except zlib.error:
        return stream


def _marked(data: bytes) -> Iterator[str]:
    """Give the strings written in UTF-16: titles, equivalents of figures, what a tag says."""
    for text in _STRING.findall(data):
        value = _bytes_of(text)
        if value.startswith(b"\xfe\xff"):
            yield value[2:].decode("utf-16-be", errors="replace")


def _bytes_of(text: bytes) -> bytes:
    """Return the bytes that a string of PDF stands for."""
    if text.startswith(b"<"):
        figures = re.sub(rb"\s", b"", text[1:-1])
        return bytes.fromhex((figures + b"0" * (len(figures) % 2)).decode())
    return _ESCAPE.sub(_sign, text[1:-1])


def _sign(match: re.Match[bytes]) -> bytes:
    if match[1]:
        return bytes([int(match[1], 8) & 255])
    return _ESCAPED.get(match[2], match[2])


def _glyphs(stream: bytes) -> dict[int, str]:
    """Read a font's table of letters."""
    found: dict[int, str] = {}
    for part in re.findall(rb"beginbfchar(.*?)endbfchar", stream, re.DOTALL):
        for code, letters in _ONE.findall(part):
            found[int(code, 16)] = _letters(letters)
    for part in re.findall(rb"beginbfrange(.*?)endbfrange", stream, re.DOTALL):
        for first, last, letters, several in _RANGE.findall(part):
            start = int(first, 16)
            if several:
                for i, one in enumerate(re.findall(rb"<([0-9A-Fa-f]+)>", several)):
                    found[start + i] = _letters(one)
                continue
            for code in range(start, min(int(last, 16), start + 0xFFFF) + 1):
                text = _letters(letters)
                found[code] = text[:-1] + chr(ord(text[-1]) + code - start)
    return found


def _letters(text: bytes) -> str:
    return bytes.fromhex(text.decode()).decode("utf-16-be", errors="replace")


def _spelled(text: bytes, font: Glyphs) -> str:
    """Return a string of glyphs, two bytes each, in letters; one byte each where the font has no more."""
    value = _bytes_of(text)
    if max(font) > 255 or (len(value) % 2 == 0 and not any(value[::2])):
        codes = [value[i] << 8 | value[i + 1] for i in range(0, len(value) - 1, 2)]
    else:
        codes = list(value)
    return "".join(font.get(code, "\ufffd") for code in codes)
