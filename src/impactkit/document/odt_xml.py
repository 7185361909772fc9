"""The parts of an OpenDocument text: its elements, and the archive that holds them."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from xml.sax.saxutils import escape, quoteattr

MIME = "application/vnd.oasis.opendocument.text"
_FIRST_DAY = (
    1980,
    1,
    1,
    0,
    0,
    0,
)  # the earliest that an archive can hold: the day it was written is not told
_SPACES = re.compile(r" {2,}|\t|\n|^ | $")
_NAMES = {
    "office": "urn:oasis:names:tc:opendocument:xmlns:office:1.0",
    "style": "urn:oasis:names:tc:opendocument:xmlns:style:1.0",
    "text": "urn:oasis:names:tc:opendocument:xmlns:text:1.0",
    "table": "urn:oasis:names:tc:opendocument:xmlns:table:1.0",
    "draw": "urn:oasis:names:tc:opendocument:xmlns:drawing:1.0",
    "fo": "urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0",
    "svg": "urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0",
    "meta": "urn:oasis:names:tc:opendocument:xmlns:meta:1.0",
    "dc": "http://purl.org/dc/elements/1.1/",
    "xlink": "http://www.w3.org/1999/xlink",
}


def element(name: str, *content: str, **attributes: str | None) -> str:
    """Return an element as XML; ``_`` stands for ``:`` and ``-`` is written ``__`` in a name of an attribute.

    Parameters
    ----------
    name : str
        With its prefix, as ``text:p``.
    *content : str
        XML already, put one after the other.
    **attributes : str or None
        Their values as they are read; ``None`` leaves one out.

    Examples
    --------
    >>> element("text:p", "Deux mots", text_style__name="Note")
    '<text:p text:style-name="Note">Deux mots</text:p>'
    """
    written = "".join(
        f" {key.replace('__', '-').replace('_', ':', 1)}={quoteattr(value)}"
        for key, value in attributes.items()
        if value is not None
    )
    inner = "".join(content)
    return f"<{name}{written}>{inner}</{name}>" if inner else f"<{name}{written}/>"


def words(text: str) -> str:
    """Return a text as XML; spaces that would be run together, tabulations and ends of lines are kept."""

    def kept(found: re.Match[str]) -> str:
        one = found[0]
        if one == "\t":
            return "<text:tab/>"
        return "<text:line-break/>" if one == "\n" else f'<text:s text:c="{len(one)}"/>'

    return _SPACES.sub(kept, escape(text))


def root(name: str, *content: str) -> bytes:
    """Return a file of the archive, its names declared."""
    spaces = "".join(f' xmlns:{prefix}="{address}"' for prefix, address in _NAMES.items())
    head = f'<?xml version="1.0" encoding="UTF-8"?>\n<office:{name}{spaces} office:version="1.3">'
    return f"{head}{''.join(content)}</office:{name}>".encode()


def archive(parts: Mapping[str, bytes]) -> bytes:
    """Return the file: the same for the same parts, whatever the machine and the day.

    Parameters
    ----------
    parts : mapping of str to bytes
        By their path: ``content.xml``, ``styles.xml``, ``meta.xml`` and pictures.
    """
    types = {name: "image/png" if name.endswith(".png") else "text/xml" for name in parts}
    entries = "".join(
        f'<manifest:file-entry manifest:full-path={quoteattr(name)} manifest:media-type="{kind}"/>'
        for name, kind in {"/": MIME, **types}.items()
    )
    manifest = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<manifest:manifest '
        'xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.3">'
        f"{entries}</manifest:manifest>"
    )
    made = io.BytesIO()
    # The type comes first and as it is, so that a program can read it without opening the archive.
    held = {"mimetype": MIME.encode(), **parts, "META-INF/manifest.xml": manifest.encode()}
    with zipfile.ZipFile(made, "w") as out:
        for name, content in held.items():
            entry = zipfile.ZipInfo(name, date_time=_FIRST_DAY)
            entry.compress_type = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            entry.external_attr, entry.create_system = 0o600 << 16, 3
            out.writestr(entry, content)
    return made.getvalue()
