"""The effect of many actions in one pass: one row per action, the numbers of one by one."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import get_args

import pandas as pd

from impactkit.design.design import Estimand
from impactkit.disclosure.discreet import discreet
from impactkit.estimators.arms import Adjust
from impactkit.estimators.many.block import estimate_block
from impactkit.estimators.many.question import ManyMethod, Question, as_names, check_question
from impactkit.estimators.many.rows import by_action
from impactkit.estimators.many.table import Multiplicity, effects_table
from impactkit.estimators.many.told import told_many
from impactkit.files.model import Comparison

# A block of actions: its arrays stay near the processor, and bound the memory.
ROWS_AT_ONCE = 200_000


def estimate_many(
    frame: pd.DataFrame,
    *,
    by: str = "action",
    method: ManyMethod,
    unit: str,
    outcome: str,
    period: str | None = None,
    treated: str | None = None,
    covariates: Sequence[str] = (),
    cluster: str | None = None,
    weight: str | None = None,
    comparison: Comparison = "never_treated",
    estimand: Estimand = "ATT",
    adjust: Adjust | None = None,
    level: float = 0.95,
    multiplicity: Multiplicity | None = None,
) -> pd.DataFrame:
    """Estimate the effect of each action of a frame, all in one pass.

    An action has the numbers that `cohort_from_frame` on its rows, `declare_design` with these covariates,
    comparison and estimand, then `before_after`, `compare_groups` with this ``adjust``, or `did` give: means
    and differences in means in closed form, adjusted and clustered ones by regressions solved together.
    Between the first and the last period of the action, beneficiaries entering after the first. An action
    that cannot be estimated has a reason in the place of numbers, and does not stop the others.

    The frame holds full counts and data on small groups: it is made to compute with, and shows of itself what
    may be shown, under the rules of ``pilotactions``.

    Parameters
    ----------
    frame : DataFrame
        One row per person, or per person and period, of all actions; left unchanged. One person may be in
        several actions.
    by : str
        Column of the action.
    method : {"before_after", "compare_groups", "did"}
    unit, outcome : str
    period : str, optional
        Numeric column; without it there is one time.
    treated : str, optional
        Column of arms: 1 or 0, or names of arms. Needed but for ``"before_after"``, for which all are
        beneficiaries without it.
    covariates : sequence of str
        For ``"did"``, or ``"compare_groups"`` with ``adjust``. Columns of texts are categories.
    cluster, weight : str, optional
        Columns of the structure, and of sampling weights. Errors are CR2 by cluster with Bell-McCaffrey
        degrees of freedom when there are clusters, also where they are few.
    comparison, estimand : str
        As in `declare_design`; not used by ``"before_after"``.
    adjust : {"lin", "ancova"}, optional
        For ``"compare_groups"``; the outcome before entry is then taken into account too.
    level : float
        Of the intervals.
    multiplicity : {"holm", "bh"}, optional
        Adds ``p_adjusted``, the p-values corrected for the number of actions, those without an estimate
        counted too: by Holm's rule (the chance of a single false discovery), or Benjamini and Hochberg's (the
        share of false ones among discoveries).

    Returns
    -------
    DataFrame
        One row per action, in the order of their names:

        - the column ``by``; ``term``; ``estimate, std_error, df, statistic, p_value, conf_low, conf_high``;
        - ``detectable``: the smallest effect found with 80 % power by a two-sided test at 5 %;
        - ``n_treated, n_comparison``: people analysed; ``entered_treated, entered_comparison``: people of the
          design; ``n_dropped``: the difference, for the first of ``no_baseline`` (outcome before not known),
          ``not_followed`` (outcome after) and ``no_covariates``. Missing where the rows cannot be a cohort;
        - ``mean_before_treated`` … ``mean_after_comparison``: means of the people analysed; missing before
          entry when there is no such time, or it is not known for all of them;
        - ``n_clusters, n_treated_clusters``, and ``few_clusters``: fewer than 40, or 6 treated: estimate the
          action by itself, for the methods for few clusters;
        - ``reason``: key of the catalogue; ``explanation``: its sentence in the session's language. Missing
          when there is an estimate; when there is none, its numbers are missing.

    Raises
    ------
    ValueError
        When an option is not one of those above, or a column is missing or has two roles.
    DesignError
        When the action of a row is not known.

    References
    ----------
    Welch (1947), *Biometrika* 34; Lin (2013), *Annals of Applied Statistics* 7(1); Bell & McCaffrey (2002),
    *Survey Methodology* 28(2); Imbens & Kolesár (2016), *Rev. Econ. Stat.* 98(4). Formulas: `linear`.

    Examples
    --------
    >>> import pandas as pd, impactkit as ik
    >>> frame = pd.DataFrame({
    ...     "action": ["A"] * 6 + ["B"] * 2, "id": range(8), "helped": [1, 1, 1, 0, 0, 0, 1, 1],
    ...     "score": [5, 6, 7, 3, 4, 5, 6, 7],
    ... })
    >>> found = ik.estimate_many(frame, method="compare_groups", unit="id", treated="helped", outcome="score")
    >>> pd.DataFrame(found[["action", "estimate", "reason"]])
      action  estimate                        reason
    0      A       2.0                          None
    1      B       NaN  design.error.nobody_compared
    """
    if multiplicity not in (None, *get_args(Multiplicity)):
        raise ValueError(f"unknown multiplicity {multiplicity!r}: expected one of None, holm, bh")
    if not 0 < level < 1:
        raise ValueError("level must lie between 0 and 1")
    question = Question(
        method=method,
        unit=unit,
        outcome=outcome,
        period=period,
        treated=treated,
        covariates=as_names(covariates),
        cluster=cluster,
        weight=weight,
        comparison=comparison,
        estimand=estimand,
        adjust=adjust,
    )
    check_question(frame, by, question)
    if covariates and (method == "before_after" or (method == "compare_groups" and adjust is None)):
        raise ValueError("covariates are taken into account by did, or by compare_groups with adjust")
    rows, actions, at = by_action(frame, by=by, columns=question.columns)
    blocks = [
        estimate_block(rows.iloc[its], segments, question) for its, _, segments in at.blocks(ROWS_AT_ONCE)
    ]
    table = effects_table(
        blocks,
        actions,
        by=by,
        term=estimand if question.compared else "change",
        level=level,
        multiplicity=multiplicity,
    )
    yes_no = bool(rows[outcome].dropna().isin((0, 1)).all())
    return discreet(table, partial(told_many, table, compared=question.compared, yes_no=yes_no))
