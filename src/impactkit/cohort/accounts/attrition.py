"""Who is lost: overall, more in one group than in the other, and how they differ from those who stay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from impactkit.cohort.accounts.following import Following
from impactkit.cohort.accounts.loss_rules import band_of, wwc_verdict
from impactkit.cohort.accounts.protect import EVERYONE, blank, round_counts
from impactkit.cohort.rows import Rows
from impactkit.disclosure import Profile, is_small, protect_chain, share_is_safe

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]


def attrition_table(rows: Rows, following: Following, arms: Sequence[str]) -> pd.DataFrame:
    """Count, at each period, the people of each arm whose outcome is known, and judge the losses.

    Returns
    -------
    DataFrame
        One row per period and arm, then one over all arms (``arm`` is ``"all"``): ``n`` people of the arm,
        ``followed``, ``lost``, ``share`` lost, ``band`` (upper end of the band of the loss). Over all arms
        and when there are several: ``differential`` (largest difference of shares between two arms) and
        ``boundary`` of the What Works Clearinghouse.
    """
    of_arm = {arm: rows.in_arms([arm]) for arm in arms}
    lines = []
    for t, period in enumerate(rows.periods):
        shares = []
        for arm, people in of_arm.items():
            line = _line(period, arm, n=int(people.sum()), followed=int(following.known[people, t].sum()))
            shares.append(line["share"])
            lines.append(line)
        total = _line(period, EVERYONE, n=len(rows.people), followed=int(following.known[:, t].sum()))
        if len(arms) > 1:
            total["differential"] = max(shares) - min(shares)
            total["boundary"] = wwc_verdict(total["share"], total["differential"])
        lines.append(total)
    columns = ["period", "arm", "n", "followed", "lost", "share", "band", "differential", "boundary"]
    return pd.DataFrame(lines, columns=columns).astype({"boundary": object, "differential": float})


def _line(period: float, arm: str, *, n: int, followed: int) -> dict[str, Any]:
    share = 1 - followed / n
    counts = {"n": n, "followed": followed, "lost": n - followed}
    return {"period": period, "arm": arm, **counts, "share": share, "band": band_of(share)}


def protect_attrition(table: pd.DataFrame, profile: Profile) -> pd.DataFrame:
    """Return the table as it may be shown: no two shown counts of an arm differ by a small group.

    Bands and the boundary stay: they are ranges of shares. The differential goes with the shares it is
    made from.
    """
    followed, shares, people = (np.zeros(len(table), dtype=bool) for _ in range(3))
    for arm in table["arm"].unique():
        at = np.flatnonzero((table["arm"] == arm).to_numpy())
        counts = table["followed"].to_numpy()[at]
        n = int(table["n"].to_numpy()[at[0]])
        order = np.argsort(-counts, kind="stable")
        boxes = protect_chain([n, *(int(count) for count in counts[order])], profile)
        followed[at[order]] = [box.n is None for box in boxes[1:]]
        people[at] = boxes[0].n is None
        # A share gives the people back where only those followed are shown.
        shares[at] = followed[at] | people[at] | [is_small(n - int(count), profile) for count in counts]
    total = (table["arm"] == EVERYONE).to_numpy()
    for hidden in (followed, shares):
        some = set(table.loc[hidden & ~total, "period"])
        hidden |= total & table["period"].isin(some).to_numpy()
    people |= total & bool(people[~total].any())
    shares |= people
    table = blank(table, followed, ["followed"])
    table = blank(blank(table, shares, ["lost", "share", "differential"]), people, ["n"])
    return round_counts(table, ["n", "followed", "lost", "share", "differential"], profile)


def characteristics_table(
    rows: Rows, names: Sequence[str], *, people: Bools, followed: Bools, levels: Mapping[str, Sequence[str]]
) -> pd.DataFrame:
    """Compare those followed and those lost on what was known at each person's first period.

    Parameters
    ----------
    rows : Rows
    names : sequence of str
        Columns of the panel; texts are compared level by level.
    people, followed : (n,) arrays of bool
        Who is compared; who of them is followed.
    levels : mapping
        Of each categorical column, its levels.

    Returns
    -------
    DataFrame
        ``variable``, ``level`` (``None`` for a number), ``n_followed``, ``n_lost`` (people whose value is
        known), ``mean_followed``, ``mean_lost`` (shares for a level), ``binary`` and ``std_diff``: the
        difference, followed less lost, over ``sqrt((s_f² + s_l²) / 2)``; 0 when nobody differs, missing with
        fewer than two people on a side.
    """
    lines = characteristics_lines(rows, names, people=people, followed=followed, levels=levels)
    columns = [
        "variable",
        "level",
        "n_followed",
        "n_lost",
        "mean_followed",
        "mean_lost",
        "binary",
        "std_diff",
    ]
    return pd.DataFrame(lines, columns=columns)


def characteristics_lines(
    rows: Rows, names: Sequence[str], *, people: Bools, followed: Bools, levels: Mapping[str, Sequence[str]]
) -> list[dict[str, Any]]:
    """Return the lines of `characteristics_table`, values by name of its columns."""
    lines: list[dict[str, Any]] = []
    for name in names:
        own = rows.levels(name)
        if own is None:
            numbers = rows.numbers(name, rows.first)
            lines.append({"variable": name, "level": None, **_compared(numbers, people, followed)})
            continue
        codes = own.codes[rows.first]
        for level in levels[name]:
            numbers = np.where(codes < 0, np.nan, codes == own.names.index(str(level)))
            lines.append({"variable": name, "level": level, **_compared(numbers, people, followed)})
    return lines


def _compared(values: Floats, people: Bools, followed: Bools) -> dict[str, float | bool]:
    known = people & np.isfinite(values)
    kept, lost = values[known & followed], values[known & ~followed]
    line: dict[str, float | bool] = {"n_followed": kept.size, "n_lost": lost.size}
    line |= {
        "mean_followed": float(kept.mean()) if kept.size else np.nan,
        "mean_lost": float(lost.mean()) if lost.size else np.nan,
        "binary": bool(((values[known] == 0) | (values[known] == 1)).all()),
        "std_diff": np.nan,
    }
    if kept.size > 1 and lost.size > 1:
        spread = np.sqrt((kept.var(ddof=1) + lost.var(ddof=1)) / 2)
        difference = kept.mean() - lost.mean()
        # Two groups without any spread are alike or wholly apart: only the first has a difference to tell.
        line["std_diff"] = float(difference / spread) if spread > 0 else 0.0 if difference == 0 else np.nan
    return line


def protect_characteristics(table: pd.DataFrame, profile: Profile) -> pd.DataFrame:
    """Return the comparison as it may be shown: no figure that rests on a small group.

    A level that is hidden hides another with it, since shares of levels add up to one.
    """
    columns = ["n_followed", "mean_followed", "n_lost", "mean_lost", "binary"]
    lines = table[columns].itertuples(index=False, name=None)
    hidden = np.array([not _may_show(*line, profile=profile) for line in lines], dtype=bool)
    for name in table.loc[table["level"].notna(), "variable"].unique():
        of = (table["variable"] == name).to_numpy()
        if (hidden & of).sum() == 1:
            hidden |= of
    sides = table[["n_followed", "n_lost"]].itertuples(index=False, name=None)
    small = np.array([any(is_small(n, profile) for n in side) for side in sides], dtype=bool)
    table = blank(table, hidden, ["mean_followed", "mean_lost", "std_diff"])
    return blank(table, small, ["n_followed", "n_lost"])


def _may_show(
    n_followed: int, mean_followed: float, n_lost: int, mean_lost: float, binary: bool, *, profile: Profile
) -> bool:
    if min(n_followed, n_lost) < profile.minimum:
        return False
    sides = ((mean_followed, n_followed), (mean_lost, n_lost))
    return not binary or all(share_is_safe(mean, n, profile) for mean, n in sides)
