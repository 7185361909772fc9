"""The first cell of each row of a PDF's tables, tagged as what names the row.

typst tags the cells of a table's first row as headers of their columns. It can tag those of a first column as
headers of their rows too (`pdf.header-cell`), but only behind a flag that its Python package does not have.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pikepdf


def with_row_headers(made: bytes) -> bytes:
    """Return a tagged PDF in which the first cell of each row of data is a header cell, of scope ``Row``.

    The columns that typst lists for each cell give way to the scopes of the header cells: such a list would
    prevail, and names no row.

    Parameters
    ----------
    made : bytes
        As `typeset_pdf` returns it.

    Returns
    -------
    bytes
        The same for the same PDF.
    """
    with pikepdf.open(io.BytesIO(made)) as pdf:
        for element in _elements(pdf.Root.StructTreeRoot):
            cells = _under(element) if element.get("/S") == "/TR" else []
            if not cells or cells[0].S != "/TD":
                continue
            cells[0].S = pikepdf.Name.TH
            for rank, cell in enumerate(cells):
                scope = {"/Scope": pikepdf.Name.Row} if rank == 0 else {}
                cell.A = pikepdf.Array([pikepdf.Dictionary({"/O": pikepdf.Name.Table, **scope})])
        out = io.BytesIO()
        pdf.save(out, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return out.getvalue()


def _elements(root: Any) -> Iterator[Any]:
    """Give every element of a structure, from the outermost."""
    for child in _under(root):
        yield child
        yield from _elements(child)


def _under(element: Any) -> list[Any]:
    """Return the elements right under an element; pages and marks of content are none."""
    inside = element.get("/K")
    found = list(inside) if isinstance(inside, pikepdf.Array) else [inside]
    return [child for child in found if isinstance(child, pikepdf.Dictionary) and "/S" in child]
