"""Tiny escaped HTML, for what a value shows of itself in a notebook."""

from __future__ import annotations

from html import escape

import pandas as pd

MASKED = "s"


def text_html(value: object) -> str:
    """Escape a value for HTML; a masked or missing one is shown as ``s`` (statistical secrecy)."""
    if value is None or value is pd.NA or (isinstance(value, float) and value != value):
        return MASKED
    if isinstance(value, float):
        return escape(f"{value:.6g}")
    return escape(str(value))


def table_html(frame: pd.DataFrame, *, caption: str | None = None) -> str:
    """Return a frame as an accessible HTML table: scoped headers, optional caption, all escaped."""
    head = "".join(f'<th scope="col">{escape(str(name))}</th>' for name in frame.columns)
    body = "".join(
        "<tr>" + "".join(f"<td>{text_html(value)}</td>" for value in row) + "</tr>"
        for row in frame.itertuples(index=False, name=None)
    )
    title = f"<caption>{escape(caption)}</caption>" if caption else ""
    return f"<table>{title}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
