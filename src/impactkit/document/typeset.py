"""The one place where typst is called: which fonts it has, and that it reads no file and no clock."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

import matplotlib as mpl


def typeset_pdf(files: Mapping[str, bytes]) -> bytes:
    """Compile ``main.typ`` among some files as tagged PDF; typst refuses one that would break PDF/UA-1.

    Parameters
    ----------
    files : mapping
        Content by name; no other file can be read.

    Returns
    -------
    bytes
        The same for the same files: no date, no name of a machine.
    """
    (made,) = _compiled(files, form="pdf", ppi=None)
    return made


def typeset_pixels(files: Mapping[str, bytes], *, ppi: float) -> list[bytes]:
    """Compile ``main.typ`` among some files as one PNG a page, with ``ppi`` pixels an inch."""
    return _compiled(files, form="png", ppi=ppi)


def _compiled(files: Mapping[str, bytes], *, form: Literal["pdf", "png"], ppi: float | None) -> list[bytes]:
    # Loading typst starts threads: a process that has done so must not be forked any more, and one that only
    # drives a batch never needs it.
    import typst

    with tempfile.TemporaryDirectory(prefix="impactkit-") as folder:
        for name, content in files.items():
            Path(folder, name).write_bytes(content)
        made = typst.compile(
            Path(folder, "main.typ"),
            root=folder,
            font_paths=fonts(),
            ignore_system_fonts=True,
            format=form,
            ppi=ppi,
            pdf_standards=["ua-1"] if form == "pdf" else [],
        )
    assert made is not None
    return [made] if isinstance(made, bytes) else list(made)


@cache
def fonts() -> Any:
    """Return the fonts that come with typst and with matplotlib: the same on every machine.

    Read once; reading them starts no thread, so that a process may do so and be forked afterwards.
    """
    import typst  # see `_compiled`

    folder = Path(mpl.get_data_path(), "fonts", "ttf")
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[folder])
