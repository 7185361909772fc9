"""Links that somebody must decide, in a sheet that is filled by hand and replayed.

The sheet shows names: it is written for its owner alone, in the record's private folder, says so, and is
removed once its decisions are in the record.
"""

from __future__ import annotations

import csv
import hmac
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from impactkit.errors import DataError, Problem
from impactkit.files.fold import fold
from impactkit.files.reading.raw import read_raw
from impactkit.store.fingerprints import FIELDS
from impactkit.store.keys import Key
from impactkit.text import Message

# Rows of `known` and `new` (positions), ``score`` and ``status`` ("auto" or "review"): what `link` returns.
Linker = Callable[[pd.DataFrame, pd.DataFrame], pd.DataFrame]
_CHOICES = {"oui": "yes", "yes": "yes", "non": "no", "no": "no", "nouveau": "new", "new": "new"}
_WORDS = {"yes": "oui", "no": "non", "new": "nouveau"}
_SHOWN = ("last_name", "first_name", "birth_date", "sex", "postcode", "phone", "email")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


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


def write_sheet(
    path: Path,
    pairs: Sequence[Pair],
    decisions: Sequence[Decision],
    *,
    new: Mapping[str, Mapping[str, str]],
    known: Mapping[str, Mapping[str, str]],
) -> None:
    """Write the pairs to decide, readable by their owner alone.

    Parameters
    ----------
    path : Path
    pairs : sequence of Pair
    decisions : sequence of Decision
        Those made already: a sheet half filled keeps them.
    new, known : mapping of str to mapping
        Identity of each line of the file, and of each person.
    """
    sides = (_word("file"), _word("record"))
    headers = [*_headers(), *(f"{_word(name)} ({side})" for name in _SHOWN for side in sides)]
    made = {(item.line, item.person): item for item in decisions}
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.chmod(path, 0o600)  # a sheet that was there keeps its own mode otherwise
    with os.fdopen(handle, "w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow([str(Message("store.review.private"))] + [""] * (len(headers) - 1))
        writer.writerow(headers)
        for pair in pairs:
            shown = [
                _inert(str(side[name])) for name in _SHOWN for side in (new[pair.line], known[pair.person])
            ]
            decided = made.get((pair.line, pair.person))
            said = (_WORDS[decided.choice], decided.initials, decided.note) if decided else ("", "", "")
            writer.writerow([*said, str(pair.row), f"{pair.score:.3f}", pair.line, pair.person, *shown])


def read_sheet(path: Path) -> tuple[Decision, ...]:
    """Read the decisions of a sheet; lines left blank are not decided.

    Raises
    ------
    DataError
        E-LIE-03 with the rows whose decision is not one.
    """
    if not path.is_file():
        return ()
    decision, initials, note, _, _, line, person = _headers()
    raw = read_raw(path, headers=[decision, initials, note, line, person])
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
        raise DataError([Problem(code="E-LIE-03", file=path.name, column=decision, rows=tuple(wrong))])
    return tuple(decisions)


def _headers() -> list[str]:
    return [_word(name) for name in ("decision", "initials", "note", "row", "score", "line", "person")]


def _word(name: str) -> str:
    # One language, whatever the reader's: a sheet is read by whoever runs the import next.
    return Message(f"store.review.{name}").text("fr")


def _inert(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text
