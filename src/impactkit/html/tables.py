"""What a value shows of itself in a notebook: escaped tables and paragraphs, in the look of every page."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from html import escape
from numbers import Integral, Real

import numpy as np
import pandas as pd

from impactkit.html.scoped import scoped_stylesheet
from impactkit.text import Message, current_language
from impactkit.text.catalogue import has_key
from impactkit.text.numbers import number

MASKED = "s"
NOTHING = "–"
_DIGITS, _FINEST = 4, 6
_SMALLEST_P = 1e-4
_NO_WORDS: Mapping[str, str] = {}


def shown_html(*parts: str) -> str:
    """Return HTML for a notebook with the look of a page: light or dark as the notebook is.

    Parameters
    ----------
    parts : str
        Fragments, already escaped.
    """
    return f'{scoped_stylesheet()}<div class="ik ik-shown">{"".join(parts)}</div>'


def paragraph_html(text: object) -> str:
    """Return a text as a paragraph, escaped."""
    return f"<p>{escape(str(text))}</p>"


def facts_html(facts: Iterable[tuple[object, object]]) -> str:
    """Return named facts as a list, escaped."""
    pairs = "".join(
        f"<div><dt>{escape(str(name))}</dt><dd>{escape(str(value))}</dd></div>" for name, value in facts
    )
    return f'<dl class="ik-facts">{pairs}</dl>'


def table_html(
    frame: pd.DataFrame,
    *,
    caption: object = None,
    words: Mapping[str, str] = _NO_WORDS,
    missing: str = MASKED,
) -> str:
    """Return a frame as a notebook shows it: `grid_html` in the look of a page."""
    return shown_html(grid_html(frame, caption=caption, words=words, missing=missing))


def grid_html(
    frame: pd.DataFrame,
    *,
    caption: object = None,
    words: Mapping[str, str] = _NO_WORDS,
    missing: str = MASKED,
) -> str:
    """Return a frame as an accessible HTML table: scoped headers, in words of the session's language.

    Parameters
    ----------
    frame : DataFrame
    caption : object, optional
    words : mapping of str to str
        By column that holds codes (``"duplicates"``): the area of the catalogue that has their words
        (``"flow.reason"``).
    missing : str
        What stands for a missing number; a missing text is a dash.
    """
    numeric = {name for name in frame.columns if _is_numeric(frame[name])}
    head = "".join(
        f'<th scope="col"{_aligned(name in numeric)}>{escape(_heading(str(name)))}</th>'
        for name in frame.columns
    )
    rows = (
        "".join(
            _cell(value, str(name), numeric=name in numeric, words=words.get(name, ""), missing=missing)
            for name, value in zip(frame.columns, values, strict=True)
        )
        for values in frame.itertuples(index=False, name=None)
    )
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    title = f"<caption>{escape(str(caption))}</caption>" if caption is not None else ""
    return (
        f'<div class="ik-scroll" tabindex="0"><table>{title}<thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _is_numeric(column: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)


def _aligned(numeric: bool) -> str:
    return ' class="ik-number"' if numeric else ""


def _heading(name: str) -> str:
    """Return a column's name in words; one that the catalogue does not know is the user's own."""
    key = f"shown.column.{name}"
    return str(Message(key)) if has_key(key) else name


def _cell(value: object, name: str, *, numeric: bool, words: str, missing: str) -> str:
    key = f"{words}.{value}"
    if pd.isna(value):  # type: ignore[call-overload]
        text = missing if numeric else NOTHING
    elif words and has_key(key):
        text = str(Message(key))
    elif name.startswith("p_") and isinstance(value, float) and value < _SMALLEST_P:
        text = f"< {number(_SMALLEST_P, current_language(), decimals=4)}"
    else:
        text = written(value)
    return f"<td{_aligned(numeric)}>{escape(text)}</td>"


def written(value: object) -> str:
    """Write a value in the session's language: yes or no, a number with four digits, a text as it is."""
    if isinstance(value, bool | np.bool_):
        return str(Message(f"shown.{'yes' if value else 'no'}"))
    if isinstance(value, Integral):
        return number(int(value), current_language())
    return _with_digits(float(value)) if isinstance(value, Real) else str(value)


def _with_digits(value: float) -> str:
    """Write four digits, or all those before the decimal sign when there are more."""
    if not math.isfinite(value):
        return str(value)
    decimals = 0 if value == 0 else _DIGITS - 1 - math.floor(math.log10(abs(value)))
    text = number(value, current_language(), decimals=min(max(decimals, 0), _FINEST))
    mark = "," if current_language() == "fr" else "."
    return text.rstrip("0").removesuffix(mark) if decimals > 0 else text
