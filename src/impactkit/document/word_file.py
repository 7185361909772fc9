"""The file of a DOCX: all that is the same from one document to the next is written and compressed once."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from functools import lru_cache
from xml.sax.saxutils import escape

from impactkit.document.word_look import new_document
from impactkit.document.word_text import attribute

_FIRST_DAY = (1980, 1, 1, 0, 0, 0)  # the first that a zip file can write
_DOCUMENT, _RELATIONS = "word/document.xml", "word/_rels/document.xml.rels"
_ABOUT, _TYPES = "docProps/core.xml", "[Content_Types].xml"
_PNG = '<Default Extension="png" ContentType="image/png"/>'
_KINDS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


class WordFile:
    """A DOCX being written: the files and the links that its text leads to.

    Parameters
    ----------
    language : str
        As ``fr-FR``.
    footer : str
        Beside the number of the page.
    css : str
        The style sheet that the colours are taken from.
    """

    def __init__(self, *, language: str, footer: str, css: str) -> None:
        self._empty = _empty(language, footer, css)
        self._relations: dict[tuple[str, str], str] = {}
        self._pictures: dict[bytes, str] = {}

    def link(self, address: str) -> str:
        """Return the name of the relation that leads to an address."""
        return self._relation("hyperlink", address)

    def picture(self, png: bytes) -> str:
        """Return the name of the relation that leads to a picture; one shown twice is kept once."""
        path = self._pictures.setdefault(png, f"media/image{len(self._pictures) + 1}.png")
        return self._relation("image", path)

    def _relation(self, kind: str, target: str) -> str:
        rank = self._empty.relations + len(self._relations) + 1
        return self._relations.setdefault((kind, target), f"rId{rank}")

    def written(self, body: str, *, title: str) -> bytes:
        """Return the file.

        Parameters
        ----------
        body : str
            Its paragraphs and tables, as `impactkit.document.word_text` writes them.
        title : str
        """
        empty = self._empty
        made = io.BytesIO(empty.archive)
        with zipfile.ZipFile(made, "a") as archive:
            _put(archive, _ABOUT, "".join((empty.about[0], escape(title), empty.about[1])))
            _put(archive, _DOCUMENT, "".join((empty.document[0], body, empty.document[1])))
            _put(archive, _RELATIONS, "".join((empty.related[0], self._related(), empty.related[1])))
            for png, path in self._pictures.items():
                _put(archive, f"word/{path}", png)
        return made.getvalue()

    def _related(self) -> str:
        modes = {"image": "", "hyperlink": ' TargetMode="External"'}
        return "".join(
            f'<Relationship Id="{name}" Type="{_KINDS}/{kind}" Target="{attribute(target)}"{modes[kind]}/>'
            for (kind, target), name in self._relations.items()
        )


class _Empty:
    """An empty document: the parts that do not change as an archive, the others cut where they do."""

    def __init__(self, parts: Mapping[str, bytes]) -> None:
        self.document = _cut(parts[_DOCUMENT], "<w:sectPr", before=True)
        self.related = _cut(parts[_RELATIONS], "</Relationships>", before=True)
        self.about = _cut(parts[_ABOUT], "<dc:title>", before=False)
        self.relations = self.related[0].count("<Relationship ")
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w") as archive:
            for name, content in parts.items():
                if name not in (_DOCUMENT, _RELATIONS, _ABOUT):
                    _put(archive, name, content)
        self.archive = made.getvalue()


@lru_cache(maxsize=8)
def _empty(language: str, footer: str, css: str) -> _Empty:
    made = io.BytesIO()
    new_document(language=language, footer=footer, css=css).save(made)
    with zipfile.ZipFile(made) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    # The files that a document may lead to are named by their ending, whether there are any or not.
    before, after = _cut(parts[_TYPES], "<Default ", before=True)
    return _Empty({**parts, _TYPES: f"{before}{_PNG}{after}".encode()})


def _cut(part: bytes, mark: str, *, before: bool) -> tuple[str, str]:
    """Cut a part in two where a mark begins, or where it ends."""
    text = part.decode()
    place = text.index(mark) + (0 if before else len(mark))
    return text[:place], text[place:]


def _put(archive: zipfile.ZipFile, name: str, content: str | bytes) -> None:
    """Add a part without the day it was written nor the machine."""
    entry = zipfile.ZipInfo(name, date_time=_FIRST_DAY)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr, entry.create_system = 0o600 << 16, 3
    archive.writestr(entry, content)
