"""The one place where typst is called: which fonts it has, and that it reads no file and no clock."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

Form = Literal["pdf", "png"]
# Compiles some files in a form, with so many pixels an inch; nothing when it cannot.
Elsewhere = Callable[[Mapping[str, bytes], Form, float | None], list[bytes] | None]

_FORGOTTEN = 9  # compilations of nothing: with the document's own, the last document is kept
_ELSEWHERE: ContextVar[Elsewhere | None] = ContextVar("elsewhere", default=None)


@contextmanager
def typeset_by(elsewhere: Elsewhere) -> Iterator[None]:
    """Have documents compiled by ``elsewhere``, and here only where it returns nothing."""
    before = _ELSEWHERE.set(elsewhere)
    try:
        yield
    finally:
        _ELSEWHERE.reset(before)


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
    (made,) = _made(files, form="pdf", ppi=None)
    return made


def typeset_pixels(files: Mapping[str, bytes], *, ppi: float) -> list[bytes]:
    """Compile ``main.typ`` among some files as one PNG a page, with ``ppi`` pixels an inch."""
    return _made(files, form="png", ppi=ppi)


def _made(files: Mapping[str, bytes], *, form: Form, ppi: float | None) -> list[bytes]:
    elsewhere = _ELSEWHERE.get()
    made = None if elsewhere is None else elsewhere(files, form, ppi)
    return compiled(files, form=form, ppi=ppi) if made is None else made


def compiled(files: Mapping[str, bytes], *, form: Form, ppi: float | None) -> list[bytes]:
    """Compile ``main.typ`` among some files in this very process, as one PDF or one PNG a page."""
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


def forget() -> None:
    """Have typst forget sooner what its last documents needed, but not what each of them needs.

    It keeps what one of the ten last compilations used, which is a hundred megabytes of ten long documents;
    compilations of nothing count too.
    """
    for _ in range(_FORGOTTEN):
        _nothing().compile(format="svg")


@cache
def _nothing() -> Any:
    import typst  # see `compiled`

    page = Path(__file__).with_name("nothing.typ")
    return typst.Compiler(page, root=page.parent, font_paths=fonts(), ignore_system_fonts=True)


@cache
def fonts() -> Any:
    """Return the fonts that come with typst and with matplotlib: the same on every machine.

    Read once; reading them starts no thread, so that a process may do so and be forked afterwards.
    """
    import typst  # see `compiled`

    # Found without loading matplotlib, which whoever only typesets does not need.
    found = find_spec("matplotlib")
    assert found is not None
    assert found.origin is not None
    folder = Path(found.origin).parent / "mpl-data" / "fonts" / "ttf"
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[folder])
