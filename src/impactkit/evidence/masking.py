"""When a mean, or a difference before the action, would let a small number of people be worked out."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt

from impactkit.cohort.rows import CLUSTER, HOUSEHOLD, Rows
from impactkit.design.balance import Line
from impactkit.design.design import Design
from impactkit.disclosure import Profile, is_dominated, is_small, share_is_safe
from impactkit.estimators.result import Estimate, GroupMean
from impactkit.evidence import rules

ARMS = ("treated", "comparison")


def mean_is_safe(mean: float, n: int, *, binary: bool, profile: Profile, sensitive: bool = False) -> bool:
    """Tell whether a group's mean can be shown; a share also tells a count, which must not be small."""
    return share_is_safe(mean, n, profile, sensitive=sensitive) if binary else not is_small(n, profile)


def mean_is_dominated(estimate: Estimate, mean: GroupMean) -> bool:
    """Tell whether a few people make so much of a group's total that its mean would tell their amounts."""
    design = estimate.design
    if not design.cohort.profile.dominance or design.variable.type == "boolean":
        return False
    rows, period = design.cohort.rows, design.window[0 if mean.time == "before" else 1]
    asked = rows.numbers(design.outcome, rows.at(period)[_analysed(estimate, mean.group == "treated")])
    return is_dominated(asked[~np.isnan(asked)], design.cohort.profile)


def has_enough_units(estimate: Estimate) -> bool:
    """Tell whether the people analysed of each group are of enough households and structures, where known."""
    design = estimate.design
    rows, profile = design.cohort.rows, design.cohort.profile
    if max(profile.households, profile.structures) <= 1:  # whoever is there is enough
        return True
    arms = (True,) if design.comparison == "none" else (True, False)
    return all(are_of_enough_units(rows, _analysed(estimate, arm), profile) for arm in arms)


def _analysed(estimate: Estimate, treated: bool) -> npt.NDArray[np.intp]:
    """Return the people analysed of a group, as positions among those of the cohort's rows."""
    members = estimate.design.members()
    own = members.people[members.treated == treated]
    kept: npt.NDArray[np.intp] = own[estimate.design.cohort.rows.people[own].isin(estimate.analysed)]
    return kept


def are_of_enough_units(rows: Rows, people: npt.NDArray[np.intp], profile: Profile) -> bool:
    """Tell whether people, positions among those of the rows, are of enough households and structures."""
    for column, fewest in ((HOUSEHOLD, profile.households), (CLUSTER, profile.structures)):
        if fewest > 1 and column in rows.frame:
            kinds = rows.values(column, rows.first[people])
            if int(kinds.nunique()) + bool(kinds.isna().any()) < fewest:
                return False
    return True


def has_enough_freedom(estimate: Estimate) -> bool:
    """Tell whether the model leaves enough residual degrees of freedom for its effect to be shown."""
    design, effect = estimate.design, estimate.effect
    people = effect.n_treated if design.comparison == "none" else effect.n_treated + effect.n_comparison
    fitted = 1 + (design.comparison != "none") + len(design.covariates)
    return people - fitted >= design.cohort.profile.model_df


def is_binary(row: Line, design: Design) -> bool:
    """Tell whether a row of the balance table is about a share: a yes/no variable, or a level of one."""
    return row["level"] is not None or design.cohort.variables[row["variable"]].type == "boolean"


def row_is_safe(row: Line, design: Design) -> bool:
    """Tell whether the means and the difference of a row of the balance table can be shown."""
    binary, profile = is_binary(row, design), design.cohort.profile
    sensitive = design.cohort.variables[row["variable"]].sensitive
    return all(
        mean_is_safe(row[f"mean_{arm}"], row[f"n_{arm}"], binary=binary, profile=profile, sensitive=sensitive)
        for arm in ARMS
    )


def band(size: float) -> tuple[float, float]:
    """Return the band that holds a standardised difference whose exact size would reveal a small count."""
    limits = (0.0, rules.WWC_EQUIVALENT, rules.WWC_ADJUSTABLE, 1.0)
    for low, high in pairwise(limits):
        if size <= high:
            return low, high
    return 1.0, 2.0
