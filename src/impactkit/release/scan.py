"""Looking for people in files about to be sent: in their bytes, and in what is compressed inside them."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Set
from html import unescape
from pathlib import Path

_STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)
_PNG = b"\x89PNG\r\n\x1a\n"
# Shorter values are ordinary words and numbers: finding them would prove nothing.
_SHORTEST = 5


def leaks_in(folder: Path, values: Set[str]) -> dict[Path, int]:
    """Return the files that hold some of these values, and how many; never the values.

    Parameters
    ----------
    folder : Path
        Every file under it is read: pages and notebooks as text, workbooks and documents part by part, the
        compressed streams of a PDF, the texts of an image.
    values : set of str
        Names, numbers, addresses… of people; those of fewer than five signs are left out.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "page.html").write_text("<p>Zéphyrine</p>", encoding="utf-8")
    >>> list(leaks_in(folder, {"Zéphyrine"}).values())
    [1]
    """
    wanted = {value.strip() for value in values if len(value.strip()) >= _SHORTEST}
    found: dict[Path, int] = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            held = set()
            for text in texts_of(path.read_bytes()):
                words = set(re.findall(r"[\w@.+'/-]+", text))
                held |= wanted & words
                held |= {value for value in wanted - held if not value.isalnum() and value in text}
            if held:
                found[path] = len(held)
    return found


def texts_of(data: bytes) -> Iterator[str]:
    """Give every text that a file's bytes hold, once unpacked."""
    if data[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for name in archive.namelist():
                yield name
                yield from texts_of(archive.read(name))
        return
    if data[:4] == b"%PDF":
        for stream in _STREAM.findall(data):
            yield from _unpacked(stream)
    elif data[:8] == _PNG:
        yield from _png_texts(data)
    text = data.decode("utf-8", errors="replace")
    yield text
    if "&" in text:
        yield unescape(text)
    if "\\u" in text:
        yield re.sub(r"\\u([0-9a-fA-F]{4})", lambda match: chr(int(match[1], 16)), text)


def _unpacked(stream: bytes) -> Iterator[str]:
    try:
        yield zlib.decompress(stream).decode("latin-1")
    except zlib.error:
        yield stream.decode("latin-1")


def _png_texts(data: bytes) -> Iterator[str]:
    """Give the texts that an image carries beside its drawing."""
    place = len(_PNG)
    while place + 8 <= len(data):
        size, kind = int.from_bytes(data[place : place + 4], "big"), data[place + 4 : place + 8]
        content = data[place + 8 : place + 8 + size]
        if kind in (b"tEXt", b"iTXt"):
            yield content.decode("utf-8", errors="replace")
        elif kind == b"zTXt":
            yield from _unpacked(content.partition(b"\0")[2][1:])
        place += 12 + size
