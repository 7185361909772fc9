"""Links that somebody must decide, and the decisions read from a sheet that is filled by hand.

The sheet shows names: it stays in the record's private folder, says so, and is destroyed once its decisions
are in the record. It is a workbook (`impactkit.store.review_sheet` writes it); a text with the same columns,
as earlier versions wrote it, is read too.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from impactkit.errors import DataError, Problem
from impactkit.files.fold import fold
from impactkit.files.reading.locked import not_opened
from impactkit.files.reading.raw import RawTable, read_raw
from impactkit.files.reading.suffixes import WORKBOOKS
from impactkit.store.fingerprints import FIELDS
from impactkit.store.keys import Key
from impactkit.text import Message

# Rows of `known` and `new` (positions), ``score`` and ``status`` ("auto" or "review"): what `link` returns.
Linker = Callable[[pd.DataFrame, pd.DataFrame], pd.DataFrame]
_CHOICES = {"oui": "yes", "yes": "yes", "non": "no", "no": "no", "nouveau": "new", "new": "new"}
_COLUMNS = ("decision", "initials", "note", "row", "score", "line", "person")
# Current sheets, then those of earlier versions.
_KINDS = (".xlsx", ".csv")
_STEM = "a-decider-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Somebody of the file who may be somebody of the record.

    Attributes
    ----------
    line : str
        A fingerprint of the row's identity: the same row of a corrected file has the same.
    row : int
        Row of the file.
    person : str
    score : float
    """

    line: str
    row: int
    person: str
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What somebody decided of a pair: ``yes``, ``no``, or ``new`` (nobody of the record)."""

    line: str
    person: str
    choice: str
    initials: str
    note: str


def line_of(key: Key, identity: Mapping[str, object] | pd.Series) -> str:
    """Return the fingerprint of a row's identity, by which a decision is found again."""
    text = "\x1f".join(fold(str(identity[name])) for name in FIELDS)
    return hmac.digest(key.derived("review"), text.encode(), "sha256").hex()[:20]


def read_sheet(path: Path) -> tuple[Decision, ...]:
    """Read the decisions of a sheet; lines left blank are not decided.

    Raises
    ------
    DataError
        E-LIE-03 with the rows whose decision is not one.
    """
    if not path.is_file():
        return ()
    decision, initials, note, _, _, line, person = headers()
    raw = _read(path, [decision, initials, note, line, person])
    decisions, wrong = [], []
    for row, record in zip(raw.row_numbers, raw.frame.to_dict("records"), strict=True):
        word = fold(record[decision])
        if not word:
            continue
        if word not in _CHOICES:
            wrong.append(int(row))
            continue
        decisions.append(
            Decision(
                line=record[line],
                person=record[person],
                choice=_CHOICES[word],
                initials=record[initials],
                note=record[note],
            )
        )
    if wrong:
        found = Problem(code="E-LIE-03", file=path.name, sheet=raw.sheet, column=decision, rows=tuple(wrong))
        raise DataError([found])
    return tuple(decisions)


def sheet_of(folder: Path, file: str) -> Path:
    """Return where the links to decide of a file are written."""
    return folder / f"{_STEM}{file}{_KINDS[0]}"


def sheets_of(folder: Path, file: str) -> list[Path]:
    """Return the sheets of a file that are there, those of earlier versions first."""
    paths = [folder / f"{_STEM}{file}{kind}" for kind in reversed(_KINDS)]
    return [path for path in paths if path.is_file()]


def sheets_in(folder: Path) -> list[Path]:
    """Return the sheets that wait for decisions."""
    return sorted(path for path in folder.glob(f"{_STEM}*") if path.suffix in _KINDS)


def destroy_sheets(folder: Path, persons: Collection[str]) -> None:
    """Destroy the sheets that show somebody, and copies beside them that cannot be read."""
    if persons:
        for path in folder.glob(f"{_STEM}*"):
            if path.is_file() and _may_show(path, persons):
                destroy(path)


def destroy(sheet: Path) -> None:
    """Destroy a sheet, which shows names.

    Raises
    ------
    DataError
        E-FIC-14 when it is open in another program.
    """
    try:
        sheet.unlink()
    except PermissionError as error:
        raise DataError([not_opened(error, sheet.name)]) from None


def _may_show(path: Path, persons: Collection[str]) -> bool:
    person = headers()[-1]
    try:
        return not set(_read(path, [person]).frame[person]).isdisjoint(persons)
    except DataError:
        return True


def _read(path: Path, wanted: list[str]) -> RawTable:
    sheet = word("sheet") if path.suffix.lower() in WORKBOOKS else None
    return read_raw(path, headers=wanted, sheet=sheet)


def headers() -> list[str]:
    """Return the headers of the columns that are the sheet's own; those of identities follow."""
    return [word(name) for name in _COLUMNS]


def word(name: str) -> str:
    """Return a word of the sheet in one language, whatever the reader's: others may run the import next."""
    return Message(f"store.review.{name}").text("fr")
