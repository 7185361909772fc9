"""Two made French registers of partly the same people, with the errors that files have, and the truth.

    from register import made_registers
    left, right, truth = made_registers(10_000, seed=1)

Names are common ones of France and of the countries that people there come from, made rarer by compounds;
nobody in particular is meant. The second register is the first one some months later: part of the people have
left, others are new, and each field may have been typed wrong, left out or changed since. `errors` scales all
rates of error. The rates are those of the design notes of the project: about one record in five is not
equal on name, first name and date of birth.
"""

from __future__ import annotations

import tomllib
import unicodedata
from pathlib import Path

import numpy as np
import pandas as pd

_LISTS = tomllib.loads((Path(__file__).parent / "names.toml").read_text(encoding="utf-8"))
_NAMES = {key: np.array(words.split()) for key, words in _LISTS.items()}


def made_registers(
    n: int, *, seed: int, errors: float = 1.0, lost: float = 0.30, new: float = 0.12, twice: float = 0.01
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Make two registers of about ``n`` people each.

    Parameters
    ----------
    n : int
        People in the first register.
    seed : int
    errors : float
        Scales every rate of error.
    lost, new, twice : float
        Shares of the first register that the second no longer has, has in addition, and has twice.

    Returns
    -------
    left, right : DataFrame
        Columns ``last_name, first_name, birth_date`` (texts jj/mm/aaaa), ``sex, postcode, phone, email``.
    truth : DataFrame
        Columns ``left, right``: positions of the rows of one person.
    """
    rng = np.random.default_rng(seed)
    people = _people(round(n * (1 + new)), rng)
    left = people.iloc[:n]
    stays = rng.random(n) >= lost
    again = np.flatnonzero(stays & (rng.random(n) < twice))
    source = np.concatenate([np.flatnonzero(stays), again, np.arange(n, len(people))])
    source = source[rng.permutation(source.size)]
    right = _later(people.iloc[source].reset_index(drop=True), rng, errors)
    shared = source < n
    truth = pd.DataFrame({"left": source[shared], "right": np.flatnonzero(shared)})
    columns = ["last_name", "first_name", "birth_date", "sex", "postcode", "phone", "email"]
    typed = _typed(left.reset_index(drop=True), rng, errors * 0.3)
    return typed[columns], right[columns], truth


def _surnames(n: int, rng: np.random.Generator) -> np.ndarray:
    common = _NAMES["surnames"]
    names = common[_skewed(common.size, n, rng, most=30.0)]
    heads, tails = (rng.choice(_NAMES[part], size=n) for part in ("heads", "tails"))
    made = np.char.add(heads, tails)
    names = np.where(rng.random(n) < 0.45, made, names)
    double = rng.random(n) < 0.04
    return np.where(double, np.char.add(np.char.add(names, "-"), rng.permutation(names)), names)


def _people(n: int, rng: np.random.Generator) -> pd.DataFrame:
    """Make people in households that share name, postcode and phone."""
    household = np.cumsum(rng.random(n) < 0.55)
    homes = household[-1] + 1
    surname = _surnames(homes, rng)[household]
    surname = np.where(rng.random(n) < 0.18, _surnames(n, rng), surname)
    woman = rng.random(n) < 0.55
    given = np.where(
        woman,
        _NAMES["women"][_skewed(_NAMES["women"].size, n, rng)],
        _NAMES["men"][_skewed(_NAMES["men"].size, n, rng)],
    )
    child = rng.random(n) < 0.20
    year = np.where(child, rng.integers(2009, 2026, n), rng.integers(1955, 2007, n))
    month, day = rng.integers(1, 13, n), rng.integers(1, 29, n)
    conventional = rng.random(n) < 0.02
    month, day = np.where(conventional, 1, month), np.where(conventional, 1, day)
    towns = rng.choice(np.arange(1000, 95880, 10), size=max(homes // 60, 12), replace=False)
    town = towns[_skewed(towns.size, homes, rng)][household]
    phone = rng.integers(10_000_000, 99_999_999, homes)[household]
    own = rng.random(n) < 0.5
    phone = np.where(own, rng.integers(10_000_000, 99_999_999, n), phone)
    kind = np.where(rng.random(n) < 0.5, "06", "07")
    maiden = _surnames(n, rng)
    return pd.DataFrame(
        {
            "last_name": surname,
            "married_name": maiden,
            "first_name": given,
            "day": day,
            "month": month,
            "year": year,
            "birth_date": _date(day, month, year),
            "sex": np.where(woman, "F", "M"),
            "postcode": np.char.zfill(town.astype(str), 5),
            "phone": np.where(rng.random(n) < 0.1, "", np.char.add(kind, phone.astype(str))),
            "email": np.where(rng.random(n) < 0.55, "", _emails(given, surname, rng)),
        }
    )


def _skewed(n: int, size: int, rng: np.random.Generator, *, most: float = 6.0) -> np.ndarray:
    """Draw positions, the first ones more often: the less so the larger ``most``."""
    weights = 1 / (np.arange(n) + most)
    return rng.choice(n, size=size, p=weights / weights.sum())


def _date(day: np.ndarray, month: np.ndarray, year: np.ndarray) -> np.ndarray:
    parts = [np.char.zfill(day.astype(str), 2), np.char.zfill(month.astype(str), 2), year.astype(str)]
    return np.char.add(np.char.add(np.char.add(parts[0], "/"), np.char.add(parts[1], "/")), parts[2])


def _emails(given: np.ndarray, surname: np.ndarray, rng: np.random.Generator) -> list[str]:
    digits = rng.integers(1, 9999, given.size)
    return [f"{_plain(g)}.{_plain(s)}{d}@exemple.fr" for g, s, d in zip(given, surname, digits, strict=True)]


def _plain(text: str) -> str:
    flat = unicodedata.normalize("NFKD", text.replace("ı", "i").replace("ş", "s"))
    return "".join(c for c in flat if c.isascii() and c.isalpha()).lower()


def _later(people: pd.DataFrame, rng: np.random.Generator, errors: float) -> pd.DataFrame:
    """Change what changes between two waves, then type it again."""
    out, n = people.copy(), len(people)

    def some(rate: float) -> np.ndarray:
        return rng.random(n) < rate * errors

    married = some(0.05) & (out["sex"] == "F").to_numpy() & (out["year"] < 2005).to_numpy()
    joined = married & (rng.random(n) < 0.4)
    out["last_name"] = np.where(married, out["married_name"], out["last_name"])
    out["last_name"] = np.where(joined, people["last_name"] + "-" + people["married_name"], out["last_name"])
    moved = some(0.12)
    out["postcode"] = np.where(moved, rng.permutation(out["postcode"].to_numpy()), out["postcode"])
    renewed = some(0.20)
    out["phone"] = np.where(
        renewed, "06" + pd.Series(rng.integers(10_000_000, 99_999_999, n)).astype(str), out["phone"]
    )
    out["email"] = np.where(some(0.25), "", out["email"])
    return _typed(out, rng, errors)


def _typed(people: pd.DataFrame, rng: np.random.Generator, errors: float) -> pd.DataFrame:
    """Type a register: accents and case lost, names cut or swapped, slips of the fingers, dates turned."""
    out, n = people.copy(), len(people)

    def some(rate: float) -> np.ndarray:
        return rng.random(n) < rate * errors

    for name in ("last_name", "first_name"):
        values = out[name].astype(object).to_numpy().copy()
        for at in np.flatnonzero(some(0.25)):
            values[at] = _unaccented(values[at])
        for at in np.flatnonzero(some(0.40)):
            values[at] = values[at].upper()
        for at in np.flatnonzero(some(0.30)):
            values[at] = values[at].replace("-", " ")
        for at in np.flatnonzero(some(0.30)):
            parts = values[at].replace("-", " ").split(" ")
            if len(parts) > 1 and len(parts[0]) > 2:
                values[at] = parts[0]
        for at in np.flatnonzero(some(0.035)):
            values[at] = _slip(values[at], rng)
        out[name] = values
    swapped = some(0.012)
    last, first = out["last_name"].to_numpy(), out["first_name"].to_numpy()
    out["last_name"], out["first_name"] = np.where(swapped, first, last), np.where(swapped, last, first)
    day, month, year = (out[part].to_numpy().copy() for part in ("day", "month", "year"))
    turned = some(0.015) & (day <= 12)
    day, month = np.where(turned, month, day), np.where(turned, day, month)
    day = np.where(some(0.012), rng.integers(1, 29, n), day)
    month = np.where(some(0.006), rng.integers(1, 13, n), month)
    slip = some(0.010)
    year = np.where(slip, year + rng.choice([-10, -1, 1, 10], n), year)
    lost = some(0.01)
    out["birth_date"] = np.where(lost, "", _date(day, month, year))
    out["sex"] = np.where(
        some(0.01), "", np.where(some(0.006), np.where(out["sex"] == "F", "M", "F"), out["sex"])
    )
    phone = out["phone"].astype(object).to_numpy().copy()
    for at in np.flatnonzero(some(0.03)):
        if phone[at]:
            phone[at] = _digit(phone[at], rng)
    for at in np.flatnonzero(some(0.30)):
        phone[at] = " ".join(phone[at][i : i + 2] for i in range(0, len(phone[at]), 2))
    out["phone"] = np.where(some(0.08), "", phone)
    out["postcode"] = np.where(some(0.03), "", out["postcode"])
    return out


def _unaccented(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


def _slip(text: str, rng: np.random.Generator) -> str:
    """Leave out, double, turn or replace one letter."""
    if len(text) < 3:
        return text
    at, kind = int(rng.integers(1, len(text) - 1)), int(rng.integers(4))
    if kind == 0:
        return text[:at] + text[at + 1 :]
    if kind == 1:
        return text[:at] + text[at] + text[at:]
    if kind == 2:
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return text[:at] + str(rng.choice(list("aeiourstnl"))) + text[at + 1 :]


def _digit(text: str, rng: np.random.Generator) -> str:
    at = int(rng.integers(2, len(text)))
    return text[:at] + str(int(rng.integers(10))) + text[at + 1 :]
