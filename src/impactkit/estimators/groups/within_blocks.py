"""The outcome after between two groups drawn within blocks or pairs."""

from __future__ import annotations

import numpy as np
import pandas as pd

from impactkit.design.design import Design
from impactkit.errors import EstimationError
from impactkit.estimators.analysed import cluster_notes, error_settings, group_means, people_analysed
from impactkit.estimators.arms import refuse_no_variation
from impactkit.estimators.groups.blocks import block_df_rule, blocked_difference
from impactkit.estimators.inference.linear import Errors
from impactkit.estimators.result import Effect, Estimate, StudentT
from impactkit.text import Message


def compare_within_blocks(design: Design, *, blocks: str) -> Estimate:
    """Estimate the difference in means of a design whose lots were drawn within blocks (`blocks`).

    Raises
    ------
    ValueError
        When ``blocks`` is not a covariate of the design.
    EstimationError
        As `blocks.blocked_difference`; when groups are weighted or matched, or a block is not known.
    """
    if blocks not in design.covariates:
        known = ", ".join(design.covariates) or "none"
        raise ValueError(f"blocks={blocks!r} is not a covariate of the design: expected one of {known}")
    people = people_analysed(design, baseline=False, covariates=False)
    if people.weights is not None or design.comparable is not None:
        raise EstimationError(Message("groups.error.blocks_plain"))
    levels = design.units().loc[people.ids, blocks]
    if levels.isna().any():
        raise EstimationError(Message("groups.error.block_unknown"))
    codes = np.asarray(pd.factorize(levels)[0], dtype=np.intp)
    result, kind = blocked_difference(
        y=people.after, treated=people.treated, blocks=codes, clusters=people.clusters
    )
    refuse_no_variation(result, people.after)
    errors: Errors = "HC2" if people.clusters is None else "CR2"
    return Estimate(
        design=design,
        method="compare_groups",
        effect=Effect(
            term=design.estimand,
            value=result.value,
            std_error=result.std_error,
            reference=StudentT(result.df),
            n_treated=people.n_treated,
            n_comparison=people.n_comparison,
        ),
        means=group_means(people),
        counts=people.counts,
        settings={"adjust": None, "centre": None, "blocks": blocks, "block_kind": kind}
        | error_settings(people, errors=errors, df_rule=block_df_rule(kind)),
        notes=tuple(cluster_notes(people, errors)),
        analysed=people.ids,
    )
