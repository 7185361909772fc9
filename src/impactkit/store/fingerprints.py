"""Fingerprints by which a person is found again when no name may be kept.

Each is the HMAC-SHA-256 of several fields together, under a key kept apart: a single field would fall to a
count of frequencies, and without the key the names of a country are tried in seconds.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from typing import Literal, get_args

import pandas as pd

from impactkit.files.fold import fold
from impactkit.files.plain_name import PARTICLES, plain_name
from impactkit.files.reading.parse_dates import date_of
from impactkit.store.keys import Key

Field = Literal[
    "unit", "nir", "caf_number", "last_name", "first_name", "birth_date", "sex", "postcode", "phone", "email"
]
FIELDS: tuple[Field, ...] = get_args(Field)
_SEPARATOR = "\x1f"
_PHONE_DIGITS = 9
Parts = Mapping[str, str]


def _keys() -> dict[str, Callable[[Parts], tuple[str, ...]]]:
    """Return the fields of each kind of fingerprint, the surest first."""

    def of(*names: str) -> Callable[[Parts], tuple[str, ...]]:
        return lambda parts: tuple(parts[name] for name in names)

    return {
        "unit": of("unit"),
        "nir": of("nir", "year"),
        "caf": of("caf_number", "first_low"),
        "names_date": of("low_name", "high_name", "day", "month", "year"),
        "names_turned": of("low_name", "high_name", "low_day", "high_day", "year"),
        "cut": of("cut_last", "cut_first", "day", "month", "year"),
        "sound": of("sound_last", "sound_first", "day", "month", "year"),
        "first_phone": of("cut_first", "day", "month", "year", "phone"),
        "first_post": of("first", "sex", "day", "month", "year", "postcode"),
        "first_email": of("cut_first", "email"),
        "names_phone": of("cut_last", "cut_first", "phone"),
        "names_post_ym": of("cut_last", "cut_first", "month", "year", "postcode"),
        "names_post_yd": of("cut_last", "cut_first", "day", "year", "postcode"),
        "names_post_dm": of("cut_last", "cut_first", "day", "month", "postcode"),
        "last_initial": of("cut_last", "initial", "sex", "day", "month", "year", "postcode"),
    }


KINDS = tuple(_keys())


def fingerprints(people: pd.DataFrame, key: Key) -> dict[str, list[bytes | None]]:
    """Compute every fingerprint of every person.

    Parameters
    ----------
    people : DataFrame
        Columns among `FIELDS`, as texts; missing ones and empty cells are unknown.
    key : Key

    Returns
    -------
    dict of str to list
        By kind, in the order in which they are trusted: 32 bytes per person, ``None`` where a field that it
        needs is unknown.
    """
    columns = [people[name] if name in people else [""] * len(people) for name in FIELDS]
    parts = [_parts(dict(zip(FIELDS, row, strict=True))) for row in zip(*columns, strict=True)]
    found: dict[str, list[bytes | None]] = {}
    for kind, fields in _keys().items():
        secret = key.derived(f"fingerprint|{kind}")
        found[kind] = [_hmac(secret, fields(part)) for part in parts]
    return found


def _hmac(secret: bytes, fields: tuple[str, ...]) -> bytes | None:
    if not all(fields):
        return None
    return hmac.digest(secret, _SEPARATOR.join(fields).encode(), "sha256")


def _parts(row: Mapping[str, object]) -> Parts:
    """Return what fingerprints are made of, written alike."""
    text = {
        name: "" if value is None or value != value else str(value).strip() for name, value in row.items()
    }
    last, first = plain_name(text["last_name"]), plain_name(text["first_name"])
    joined_last, joined_first = last.replace(" ", ""), first.replace(" ", "")
    low, high = sorted((joined_last, joined_first))
    date = date_of(fold(text["birth_date"]))
    year, month, day = (
        ("", "", "") if isinstance(date, str) else (f"{date.year}", f"{date.month:02}", f"{date.day:02}")
    )
    low_day, high_day = sorted((day, month))
    phone = "".join(sign for sign in text["phone"] if sign.isdigit())
    return {
        "unit": fold(text["unit"]),
        "nir": "".join(text["nir"].split())[:13].upper(),
        "caf_number": fold(text["caf_number"]).lstrip("0"),
        "first": joined_first,
        "first_low": joined_first,
        "low_name": low,
        "high_name": high,
        "cut_last": _first_word(last),
        "cut_first": _first_word(first),
        "sound_last": sound_of(_first_word(last)),
        "sound_first": sound_of(_first_word(first)),
        "initial": joined_first[:1],
        "year": year,
        "month": month,
        "day": day,
        "low_day": low_day,
        "high_day": high_day,
        "sex": fold(text["sex"])[:1],
        "postcode": "".join(text["postcode"].split()).lower(),
        "phone": phone[-_PHONE_DIGITS:] if len(phone) >= _PHONE_DIGITS else "",
        "email": text["email"].casefold(),
    }


def _first_word(name: str) -> str:
    words = name.split()
    return next((word for word in words if word not in PARTICLES and len(word) > 1), "".join(words))


_VOWELS = frozenset("aeiouyhw")
_GROUPS = {
    **dict.fromkeys("bp", "b"), **dict.fromkeys("fv", "f"), **dict.fromkeys("ckqgjxsz", "s"),
    **dict.fromkeys("dt", "t"), "l": "l", **dict.fromkeys("mn", "m"), "r": "r",
}  # fmt: skip


def sound_of(name: str) -> str:
    """Return the first letter and the consonants that follow, those of a like sound as one.

    Examples
    --------
    >>> sound_of("martin") == sound_of("marttin") == sound_of("martim")
    True
    """
    kept = name[:1]
    last = _GROUPS.get(kept, "")
    for sign in name[1:]:
        if sign in _VOWELS:
            last = ""
            continue
        group = _GROUPS.get(sign, sign)
        if group != last:
            kept += group
        last = group
    return kept
