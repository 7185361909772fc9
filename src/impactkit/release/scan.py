"""Looking for people in files about to be sent: in their bytes, and in what is compressed inside them."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Set
from functools import lru_cache
from html import unescape
from pathlib import Path
from typing import get_args

from impactkit.release.pdf import pdf_texts
from impactkit.text import Language
from impactkit.text.catalogue import entries

_PNG = b"\x89PNG\r\n\x1a\n"
# Shorter values are ordinary words and numbers: finding them would prove nothing.
_SHORTEST = 5
_WORD = re.compile(r"[\w@.+'/-]+")
# The numbers of France that are written in several ways, once squeezed: telephone, social security.
_PHONE = re.compile(r"(?<!\d)(?:\+33[\s.]?|0)[1-9](?:[\s.-]?\d{2}){4}(?!\d)")
_NIR = re.compile(r"(?<!\d)[12]\s?\d{2}\s?\d{2}\s?\d[\dAB]\s?\d{3}\s?\d{3}(?:\s?\d{2})?(?!\d)")
_DAY = re.compile(r"(\d{2})/(\d{2})/(\d{4})")
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})")


def leaks_in(folder: Path, values: Set[str]) -> dict[Path, int]:
    """Return the files that hold some of these values, and how many; never the values.

    A name is found in capitals too; a telephone, a social security number and a date, however they are
    written.

    Parameters
    ----------
    folder : Path
        Every file under it is read: pages and notebooks as text, workbooks and documents part by part, the
        pages of a PDF in the letters that a person reads, the texts of an image.
    values : set of str
        Names, numbers, addresses… of people; those of fewer than five signs are left out, and those that are
        a word of every page, as a family named Champ would be.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "page.html").write_text("<p>Zéphyrine, 06 12 34 56 78</p>", encoding="utf-8")
    >>> list(leaks_in(folder, {"ZÉPHYRINE", "0612345678"}).values())
    [2]
    """
    spellings: dict[str, str] = {}
    for value in values:
        if len(value.strip()) >= _SHORTEST:
            spellings |= dict.fromkeys(_spellings(value.strip()), value)
    wanted = frozenset(spellings) - _ordinary()
    phrases = [text for text in wanted if not _WORD.fullmatch(text)]
    found: dict[Path, int] = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            held = set()
            for text in texts_of(path.read_bytes()):
                held |= {spellings[word] for word in wanted & _words(text)}
                held |= {spellings[phrase] for phrase in phrases if phrase in text}
            if held:
                found[path] = len(held)
    return found


@lru_cache(maxsize=1)
def _ordinary() -> frozenset[str]:
    """Return the words that pages are written in, whoever they are about."""
    texts = [
        text
        for language in get_args(Language)
        for entry in entries(language).values()
        for text in ([entry] if isinstance(entry, str) else entry.values())
    ]
    return frozenset(word for text in texts for word in _words(text))


def _spellings(value: str) -> set[str]:
    """Return the ways in which a page may write a value."""
    found = {value, value.upper(), value.title()} if value.upper() != value.lower() else {value}
    figures = re.sub(r"[\s.-]", "", value)
    if _PHONE.fullmatch(value) or _NIR.fullmatch(value):
        found.add(re.sub(r"^\+33", "0", figures))
        if len(figures) == 15:  # a social security number without its key
            found.add(figures[:13])
    elif day := _DAY.fullmatch(value):
        found.add(f"{day[3]}-{day[2]}-{day[1]}")
    elif day := _ISO.fullmatch(value):
        found.add(f"{day[3]}/{day[2]}/{day[1]}")
    return found


def _words(text: str) -> set[str]:
    """Return the words of a text, without the point that ends a sentence, and its long numbers squeezed."""
    words = set(_WORD.findall(text))
    words |= {word.strip(".'-/") for word in words}
    words |= {re.sub(r"^\+33", "0", re.sub(r"[\s.-]", "", number)) for number in _PHONE.findall(text)}
    for number in _NIR.findall(text):
        figures = re.sub(r"\s", "", number)
        words |= {figures, figures[:13]}  # with its key, and without
    return words


def texts_of(data: bytes) -> Iterator[str]:
    """Give every text that a file's bytes hold, once unpacked."""
    if data[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for name in archive.namelist():
                yield name
                yield from texts_of(archive.read(name))
        return
    if data[:4] == b"%PDF":
        yield from pdf_texts(data)
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
