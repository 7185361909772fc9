"""What a two-way regression is an average of, when people enter at several dates."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np
import pandas as pd

from impactkit.design.design import Design
from impactkit.disclosure import significant
from impactkit.disclosure.discreet import discreet
from impactkit.errors import EstimationError, require
from impactkit.estimators.displayed import may_be_displayed
from impactkit.estimators.events.whole_path import Followed, people_followed
from impactkit.text import Message


def goodman_bacon(design: Design) -> pd.DataFrame:
    """Decompose the coefficient of ``event_study(design, method="twfe")`` into two-by-two comparisons.

    The coefficient is the weighted mean of all differences in differences between two groups of people who
    enter together: those who enter and those who never do, those who enter earlier and those not yet
    entered, those who enter later and those already entered. Only the last kind misleads: what the earlier
    ones gain over time is counted against the later ones.

    Parameters
    ----------
    design : Design
        Of the ATT, with a comparison. Everyone analysed is seen at all periods.

    Returns
    -------
    DataFrame
        One row per comparison, the heaviest first: ``type`` (``"treated_vs_never"``, ``"earlier_vs_later"``
        or ``"later_vs_earlier"``), ``treated`` and ``control`` (the period at which each group enters;
        ``control`` is missing for those who never do), ``weight`` and ``estimate``. Weights sum to 1, and
        the weighted estimates to the coefficient.

    Raises
    ------
    ValueError
        When the estimand is not the ATT.
    EstimationError
        When nobody can be compared, or someone is missing at a period.

    References
    ----------
    Goodman-Bacon (2021), *J. of Econometrics* 225(2), theorem 1.
    """
    require(design, Design)
    table = _table(people_followed(design))
    table = table.sort_values("weight", ascending=False, kind="stable", ignore_index=True)
    profile = design.cohort.profile
    return discreet(table, partial(_told, table, design), profile=profile)


def _told(table: pd.DataFrame, design: Design) -> pd.DataFrame:
    """Return the table as it may be shown: weights are products of shares of people.

    Nothing of a yes/no outcome is, nor where a group of one date of entry is small.
    """
    sizes = design.units()["entry" if design.staggered else "treated"].value_counts().tolist()
    hidden = not may_be_displayed(design, *sizes)
    if hidden:
        return table.assign(weight=np.nan, estimate=np.nan)
    estimates = [significant(value, 2) for value in table["estimate"]]
    return table.assign(weight=table["weight"].round(2), estimate=estimates)


def forbidden_share(followed: Followed) -> float | None:
    """Return the weight of comparisons with people already exposed; ``None`` when someone is missing."""
    if len(followed.panel.y) != len(followed.ids) * followed.panel.n_periods:
        return None
    table = _table(followed)
    return float(table.loc[table["type"] == "later_vs_earlier", "weight"].sum())


def _table(followed: Followed) -> pd.DataFrame:
    rows = list(_comparisons(followed))
    table = pd.DataFrame(rows, columns=["type", "treated", "control", "weight", "estimate"])
    table["weight"] /= table["weight"].sum()
    return table


def _comparisons(followed: Followed) -> Iterator[tuple[str, float, float, float, float]]:
    """Yield each comparison with its weight up to a common factor, the variance of exposure left.

    With the shares n of two groups and the shares of time D they are exposed, the weight is
    ``n_k n_l (D_k - D_l)`` times the share of time that the comparison lasts before, or after, the earlier
    (later) one's entry, and ``n_k n_U D_k (1 - D_k)`` against those who never enter.
    """
    panel, periods = followed.panel, followed.panel.n_periods
    if len(panel.y) != len(followed.ids) * periods:
        raise EstimationError(Message("estimators.error.not_seen_at_all_periods"))
    starts, group = np.unique(np.where(panel.ever, panel.start, periods), return_inverse=True)
    weights = panel.row_weights
    cells = group * periods + panel.periods
    size = np.bincount(cells, weights, minlength=len(starts) * periods).reshape(len(starts), periods)
    means = np.bincount(cells, weights * panel.y, minlength=size.size).reshape(size.shape) / size
    share, exposed = size[:, 0] / size[:, 0].sum(), 1 - starts / periods

    def change(i: int, early: slice, late: slice) -> float:
        return float(means[i, late].mean() - means[i, early].mean())

    for i, start in enumerate(starts):
        for j in range(i + 1, len(starts)):
            other = int(starts[j])
            pair = share[i] * share[j]
            before, between, after = slice(0, start), slice(start, other), slice(other, periods)
            if other == periods:
                yield (
                    "treated_vs_never",
                    float(followed.periods[start]),
                    np.nan,
                    pair * exposed[i] * (1 - exposed[i]),
                    change(i, before, between) - change(j, before, between),
                )
                continue
            gap = exposed[i] - exposed[j]
            yield (
                "earlier_vs_later",
                float(followed.periods[start]),
                float(followed.periods[other]),
                pair * gap * (1 - exposed[i]),
                change(i, before, between) - change(j, before, between),
            )
            yield (
                "later_vs_earlier",
                float(followed.periods[other]),
                float(followed.periods[start]),
                pair * gap * exposed[j],
                change(j, between, after) - change(i, between, after),
            )
