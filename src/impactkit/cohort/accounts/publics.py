"""How many people belong to each priority public, by a written definition, and of how many nothing says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from impactkit.cohort.accounts.protect import EVERYONE, blank, protect_parts
from impactkit.cohort.calendar import age_at, as_days
from impactkit.cohort.membership import PUBLICS, definition_of, public_column
from impactkit.cohort.rows import BIRTH, ENTERED, Rows
from impactkit.disclosure import Profile
from impactkit.files.model import Public, PublicRule


def publics_table(rows: Rows, arms: Sequence[str], *, rules: Mapping[Public, PublicRule]) -> pd.DataFrame:
    """Count who belongs to each public, at entry; by ``rules``, the study's.

    Returns
    -------
    DataFrame
        One row per public and arm, and one over all arms: ``public``, ``arm``, ``n`` people, ``yes``, ``no``,
        ``unknown``, ``share`` (of those of whom it is known), ``share_unknown``, ``age`` (mean age at entry
        of those who belong, in whole years lived) and ``definition`` in the session's language.
    """
    age = ages_at_entry(rows)
    masks = {arm: rows.in_arms([arm]) for arm in arms} | {EVERYONE: np.ones(len(rows.people), dtype=bool)}
    lines = []
    for public in PUBLICS:
        belongs = belonging(rows, public)
        for arm, own in masks.items():
            yes, no = own & (belongs == 1), own & (belongs == 0)
            n, n_yes, n_no = int(own.sum()), int(yes.sum()), int(no.sum())
            aged = age[yes & np.isfinite(age)]
            lines.append(
                {
                    "public": public,
                    "arm": arm,
                    "n": n,
                    "yes": n_yes,
                    "no": n_no,
                    "unknown": n - n_yes - n_no,
                    "share": n_yes / (n_yes + n_no) if n_yes + n_no else np.nan,
                    "share_unknown": (n - n_yes - n_no) / n,
                    "age": float(aged.mean()) if aged.size else np.nan,
                    "n_aged": int(aged.size),
                    "definition": definition_of(public, rules).text(),
                }
            )
    return pd.DataFrame(lines)


def protect_publics(table: pd.DataFrame, profile: Profile) -> pd.DataFrame:
    """Return the table as it may be shown; a mean age needs enough people whose age is known."""
    shown = protect_parts(
        table,
        profile,
        n="n",
        parts=["yes", "no", "unknown"],
        told=["share", "share_unknown", "age", "n_aged"],
        within=["public"],
    )
    aged = protect_parts(table, profile, n="yes", parts=["n_aged"], within=["public"])
    return blank(shown, aged["n_aged"].isna().to_numpy(), ["n_aged", "age"])


def belonging(rows: Rows, public: str) -> np.ndarray:
    """Return of each person 1 when she belongs to a public, 0 when she does not, NaN when it is not known."""
    column = public_column(public)
    if column not in rows.frame:
        return np.full(len(rows.people), np.nan)
    return rows.column(column)[rows.first]


def ages_at_entry(rows: Rows) -> np.ndarray:
    """Return each person's age at entry in whole years; NaN where a date is not known."""
    if BIRTH not in rows.frame or ENTERED not in rows.frame:
        return np.full(len(rows.people), np.nan)
    return age_at(*(as_days(rows.frame[name].to_numpy()[rows.first]) for name in (BIRTH, ENTERED)))
