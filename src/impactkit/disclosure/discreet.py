"""Tables to compute with that do not show themselves as they are.

A `DiscreetFrame` is a DataFrame: it filters, joins, aggregates and is written to a file as any other, with
full values. Only what it *shows of itself* (a notebook's cell, ``print``, ``repr``) is protected: the table
as the rules tell it, or its shape when no rule says what of it may be shown. ``pd.DataFrame(table)`` gives
the plain frame to whoever wants to look, on their own responsibility.

What is made from one by pandas is one too, so that a filter or a choice of columns does not undo the
protection: as long as its values are those of the whole, it shows what the whole would show of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from html import escape
from typing import Any

import pandas as pd

from impactkit.disclosure.profile import DEFAULT_PROFILE, Profile
from impactkit.text import Message

MASKED = "s"
_NOTHING = "–"
_MOST_DECIMALS = 6  # those that a rounded table may have kept
_MOST_NAMES = 12  # names of columns that are said
_MOST_ROWS = 60  # pandas' own limit; a longer table shows its two ends


@dataclass(frozen=True, slots=True, eq=False)
class Origin:
    """Where a discreet table comes from.

    Attributes
    ----------
    columns : frozenset of object
        The columns that we named: a pivot's may be anybody's identifier.
    profile : Profile
    whole : DataFrame or None
        The table as it was made; ``None`` where nothing of it may be shown.
    tell : callable or None
        Gives what of ``whole`` may be shown: the same rows, the columns that may be, a missing value where a
        figure is masked.
    """

    columns: frozenset[object]
    profile: Profile
    whole: pd.DataFrame | None = None
    tell: Callable[[], pd.DataFrame] | None = None


class DiscreetFrame(pd.DataFrame):
    """A DataFrame that shows of itself only what may be shown; made by `discreet`."""

    _metadata = ["_origin"]  # noqa: RUF012  (pandas reads it from the class)
    _origin: Origin | None = None

    @property
    def _constructor(self) -> Callable[..., DiscreetFrame]:
        return DiscreetFrame

    @property
    def _constructor_sliced(self) -> Callable[..., DiscreetSeries]:
        return DiscreetSeries

    def shown(self) -> pd.DataFrame:
        """Return what the table shows of itself, a plain frame: no row when nothing of it may be shown."""
        told = _told(pd.DataFrame(self), self._origin)
        return pd.DataFrame(columns=self.columns[:0]) if told is None else told

    def __repr__(self) -> str:
        return _text(_told(pd.DataFrame(self), self._origin), self, self._origin)

    def _repr_html_(self) -> str:
        return _html(_told(pd.DataFrame(self), self._origin), self, self._origin)

    def _repr_latex_(self) -> None:
        """Nothing: the notebook shows the HTML."""

    def _repr_data_resource_(self) -> None:
        """Nothing: pandas would put every row in the notebook for another program to draw."""

    # What is text to be read shows what the table shows; files to compute with hold what it holds.
    @property
    def to_string(self) -> Any:
        """Write what the table shows of itself as text, with the options of pandas."""
        return self.shown().to_string

    @property
    def to_html(self) -> Any:
        """Write what the table shows of itself as HTML, with the options of pandas."""
        return self.shown().to_html

    @property
    def to_markdown(self) -> Any:
        """Write what the table shows of itself as Markdown, with the options of pandas."""
        return self.shown().to_markdown

    @property
    def to_latex(self) -> Any:
        """Write what the table shows of itself as LaTeX, with the options of pandas."""
        return self.shown().to_latex


class DiscreetSeries(pd.Series):
    """A column or a row of a `DiscreetFrame`, or what was computed from it: as discreet."""

    _metadata = ["_name", "_origin"]  # noqa: RUF012  (pandas reads it from the class)
    _origin: Origin | None = None

    @property
    def _constructor(self) -> Callable[..., DiscreetSeries]:
        return DiscreetSeries

    @property
    def _constructor_expanddim(self) -> Callable[..., DiscreetFrame]:
        return DiscreetFrame

    def shown(self) -> pd.Series:
        """Return what the series shows of itself, a plain one: empty when nothing of it may be shown."""
        told = _told_series(pd.Series(self), self._origin)
        return pd.Series(dtype=object, name=None if told is None else self.name) if told is None else told

    def __repr__(self) -> str:
        told = _told_series(pd.Series(self), self._origin)
        return _text(told, self, self._origin)

    def _repr_latex_(self) -> None:
        """Nothing: the notebook shows the text."""

    def _repr_data_resource_(self) -> None:
        """Nothing: pandas would put every value in the notebook for another program to draw."""

    @property
    def to_string(self) -> Any:
        """Write what the series shows of itself as text, with the options of pandas."""
        return self.shown().to_string

    @property
    def to_markdown(self) -> Any:
        """Write what the series shows of itself as Markdown, with the options of pandas."""
        return self.shown().to_markdown


def discreet(
    frame: pd.DataFrame,
    tell: Callable[[], pd.DataFrame] | None = None,
    *,
    profile: Profile = DEFAULT_PROFILE,
) -> DiscreetFrame:
    """Return a table that computes as it did and shows of itself only what may be shown.

    Parameters
    ----------
    frame : DataFrame
        Full values; left unchanged.
    tell : callable, optional
        Gives the table as it may be shown, with the rows of ``frame`` and some of its columns; a value
        missing there and not in ``frame`` is a masked one. It is called when the table is shown, not before.
        Without it, the table shows the names of its columns only: one of people's rows.
    profile : Profile
        Which says how many rows are few.

    Examples
    --------
    >>> import pandas as pd
    >>> table = discreet(pd.DataFrame({"arm": ["a", "b"], "n": [40, 4]}),
    ...                  lambda: pd.DataFrame({"arm": ["a", "b"], "n": [40, None]}))
    >>> int(table["n"].sum())
    44
    >>> print(table.to_string(index=False))
    arm  n
      a 40
      b  s
    """
    made = DiscreetFrame(frame)
    whole = None if tell is None else pd.DataFrame(frame)
    made._origin = Origin(frozenset(frame.columns), profile, whole, tell)
    return made


def discreet_series(series: pd.Series, *, profile: Profile = DEFAULT_PROFILE) -> DiscreetSeries:
    """Return a series of people's values that computes as it did and shows none of them."""
    made = DiscreetSeries(series)
    made._origin = Origin(frozenset([series.name]), profile)
    return made


def _told(frame: pd.DataFrame, origin: Origin | None) -> pd.DataFrame | None:
    """Return what may be shown of a frame: that of the whole, where its values are the whole's."""
    if origin is None or origin.whole is None or origin.tell is None:
        return None
    whole = origin.whole
    if not (whole.index.is_unique and frame.index.is_unique and frame.columns.is_unique):
        return None
    if not (frame.index.isin(whole.index).all() and frame.columns.isin(whole.columns).all()):
        return None
    part = whole.loc[frame.index, frame.columns]
    decimals = _decimals_kept(part, frame)
    if decimals is None:
        return None
    told = origin.tell()
    told = told.loc[frame.index, [name for name in frame.columns if name in told.columns]]
    if decimals >= 0:
        told = told.round(decimals)
    return pd.DataFrame(
        {name: _written(told[name], part[name]) for name in told.columns},
        index=told.index,
        columns=told.columns,
        dtype=object,
    )


def _decimals_kept(whole: pd.DataFrame, frame: pd.DataFrame) -> int | None:
    """Return -1 when a frame has the values of the whole, else the decimals that it has of them, if any."""
    if whole.equals(frame):
        return -1
    return next((n for n in range(_MOST_DECIMALS + 1) if whole.round(n).equals(frame)), None)


def _written(told: pd.Series, whole: pd.Series) -> list[object]:
    """Return values as they are shown: masked where there is one that may not be, else a dash for none."""
    counts = pd.api.types.is_integer_dtype(whole)  # floats where some are masked
    values: list[object] = []
    for value, true in zip(told.tolist(), whole.tolist(), strict=True):
        if pd.isna(value):
            values.append(_NOTHING if pd.isna(true) else MASKED)
        else:
            values.append(int(value) if counts else value)
    return values


def _told_series(series: pd.Series, origin: Origin | None) -> pd.Series | None:
    """Return what may be shown of a column of the whole, or of a row of it."""
    if origin is None or origin.whole is None:
        return None
    whole, name = origin.whole, series.name
    if name in whole.columns:
        told = _told(series.to_frame(), origin)
        if told is not None:
            return told.get(name)
    if whole.index.is_unique and name in whole.index and series.index.isin(whole.columns).all():
        row = whole.iloc[whole.index.get_indexer(pd.Index([name]))][list(series.index)]
        told = _told(row, origin)
        if told is not None and row.iloc[0].equals(series):
            return told.iloc[0]
    return None


def _said(table: pd.DataFrame | pd.Series, origin: Origin | None) -> str:
    """Say what a table is of which no value may be shown: its columns, and how to look at it.

    Its number of rows may be that of people entered, which a flow hides: whether they are many is said.
    """
    profile = DEFAULT_PROFILE if origin is None else origin.profile
    rows = "few" if len(table) < profile.minimum else "rows"
    names = _names(table, origin)
    params = {"minimum": profile.minimum, "columns": ", ".join(names)}
    key = f"discreet.{rows}" if names else f"discreet.{rows}_only"
    return f"{Message(key, params).text()} {Message('discreet.how').text()}"


def _names(table: pd.DataFrame | pd.Series, origin: Origin | None) -> list[str]:
    known: Iterable[object] = table.columns if isinstance(table, pd.DataFrame) else [table.name]
    names = [str(name) for name in known if origin is not None and name in origin.columns]
    return names if len(names) <= _MOST_NAMES else [*names[:_MOST_NAMES], "…"]


def _note(told: pd.DataFrame | pd.Series) -> str:
    """Say how to read a told table."""
    masked = bool((told == MASKED).to_numpy().any())
    return Message(f"discreet.{'masked' if masked else 'told'}").text()


def _text(
    told: pd.DataFrame | pd.Series | None, table: pd.DataFrame | pd.Series, origin: Origin | None
) -> str:
    if told is None:
        return _said(table, origin)
    return f"{told!r}\n{_note(told)}"


def _html(told: pd.DataFrame | None, table: pd.DataFrame, origin: Origin | None) -> str:
    if told is None:
        return f"<p>{escape(_said(table, origin))}</p>"
    drawn = told.to_html(max_rows=_MOST_ROWS, border=0)
    return f"{drawn}<p><small>{escape(_note(told))}</small></p>"
