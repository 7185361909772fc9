"""How well people were found again in another file, by group: a missed link looks like a loss."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from impactkit.cohort.accounts.protect import blank
from impactkit.cohort.accounts.publics import belonging
from impactkit.cohort.calendar import as_days, on_first_of_january
from impactkit.cohort.membership import PUBLICS, public_column
from impactkit.cohort.rows import BIRTH, Rows
from impactkit.disclosure import Profile, is_small

_STATUS = ("none", "review", "auto")


def links_table(
    rows: Rows, links: pd.DataFrame, *, people: Sequence[object], arms: Sequence[str]
) -> pd.DataFrame:
    """Count the people linked, by arm, quality of the birth date and public.

    Parameters
    ----------
    rows : Rows
    links : DataFrame
        As `link` returns it: ``left`` (positions in ``people``) and ``status``.
    people : sequence
        Identifier of each row of the left file.
    arms : sequence of str

    Returns
    -------
    DataFrame
        ``by``, ``level``, ``n`` people of the cohort who are in the left file, ``auto`` (linked without
        doubt), ``review`` (somebody must decide), ``none`` (not found), ``share`` linked without doubt.
    """
    status = _best(rows, links, people)
    inside = status >= 0
    lines = []
    for by, levels in _groups(rows, arms).items():
        for level, own in levels.items():
            counts = np.bincount(status[own & inside], minlength=3)
            n = int(counts.sum())
            lines.append(
                {
                    "by": by,
                    "level": level,
                    "n": n,
                    "auto": int(counts[2]),
                    "review": int(counts[1]),
                    "none": int(counts[0]),
                    "share": counts[2] / n if n else np.nan,
                }
            )
    return pd.DataFrame(lines)


def protect_links(table: pd.DataFrame, profile: Profile) -> pd.DataFrame:
    """Return the table as it may be shown: the levels of a characteristic are hidden together.

    Everyone's line is the sum of the levels of each characteristic: one level hidden alone could be computed.
    """
    counts = ["n", "auto", "review", "none"]
    small = np.array(
        [any(is_small(int(count), profile) for count in line) for line in table[counts].to_numpy()],
        dtype=bool,
    )
    hidden = table["by"].isin(table.loc[small, "by"]).to_numpy()
    return blank(table, hidden, [*counts, "share"])


def _best(rows: Rows, links: pd.DataFrame, people: Sequence[object]) -> npt.NDArray[np.intp]:
    """Return of each person of the cohort her best link, as a position in `_STATUS`; -1 when not in it."""
    of_row = np.zeros(len(people), dtype=np.intp)
    for code in (1, 2):
        of_row[links.loc[links["status"] == _STATUS[code], "left"].to_numpy(dtype=np.intp)] = code
    place = rows.people.get_indexer(pd.Index(people))
    best = np.full(len(rows.people), -1, dtype=np.intp)
    np.maximum.at(best, place[place >= 0], of_row[place >= 0])
    return best


def _groups(rows: Rows, arms: Sequence[str]) -> dict[str, dict[str, npt.NDArray[np.bool_]]]:
    groups = {"all": {"all": np.ones(len(rows.people), dtype=bool)}}
    groups["arm"] = {arm: rows.in_arms([arm]) for arm in arms}
    if BIRTH in rows.frame:
        birth = as_days(rows.frame[BIRTH].to_numpy()[rows.first])
        conventional, unknown = on_first_of_january(birth), np.isnat(birth)
        groups["birth_date"] = {
            "full": ~conventional & ~unknown,
            "first_january": conventional,
            "unknown": unknown,
        }
    for public in PUBLICS:
        if public_column(public) in rows.frame:
            told = belonging(rows, public)
            groups[public] = {"yes": told == 1, "no": told == 0, "unknown": np.isnan(told)}
    return groups
