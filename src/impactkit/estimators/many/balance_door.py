"""The balance tables of many actions in one pass."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import pandas as pd

from impactkit.design.design import Estimand
from impactkit.disclosure.discreet import discreet
from impactkit.estimators.many.balance import balance_frame, balance_rows
from impactkit.estimators.many.characteristics import Characteristic, characteristics_of
from impactkit.estimators.many.door import ROWS_AT_ONCE
from impactkit.estimators.many.people import read_people
from impactkit.estimators.many.question import Question, as_names, check_question
from impactkit.estimators.many.refusals import first_messages
from impactkit.estimators.many.rows import by_action
from impactkit.estimators.many.segments import Segments
from impactkit.estimators.many.table import in_order
from impactkit.estimators.many.told import told_balance_many
from impactkit.files.model import Comparison


def balance_many(
    frame: pd.DataFrame,
    *,
    by: str = "action",
    unit: str,
    outcome: str,
    treated: str,
    period: str | None = None,
    covariates: Sequence[str] = (),
    weight: str | None = None,
    comparison: Comparison = "never_treated",
    estimand: Estimand = "ATT",
) -> pd.DataFrame:
    """Compare the two groups of each action before it begins, all actions in one pass.

    Each action has the table that `Design.balance` gives on its rows; no outcome after entry is read. The
    frame holds full counts and data on small groups: it is made to compute with, and shows of itself what may
    be shown, under the rules of ``pilotactions``.

    Parameters
    ----------
    frame, by, unit, outcome, treated, period, covariates, weight, comparison, estimand
        As in `estimate_many`.

    Returns
    -------
    DataFrame
        In the order of actions' names, the column ``by``, then those of `Design.balance` (``covariate``,
        ``mean_treated``, …, ``smd``, …), one row per characteristic; the outcome before entry comes first
        when the action has such a time. Then ``reason`` and ``explanation``: an action that cannot be a
        design has one row, with them alone. Without covariates, an action seen at one time has no row.

    Raises
    ------
    ValueError
        When an option is not one of those above, a column is missing or has two roles.
    DesignError
        When the action of a row is not known.

    Examples
    --------
    >>> import pandas as pd, impactkit as ik
    >>> frame = pd.DataFrame({
    ...     "action": ["A"] * 6, "id": range(6), "helped": [1, 1, 1, 0, 0, 0], "score": [5, 6, 7, 3, 4, 5],
    ...     "age": [20, 30, 40, 30, 40, 50],
    ... })
    >>> found = ik.balance_many(frame, unit="id", treated="helped", outcome="score", covariates=["age"])
    >>> pd.DataFrame(found[["action", "covariate", "smd"]])
      action covariate  smd
    0      A       age -1.0
    """
    question = Question(
        method="compare_groups",
        unit=unit,
        outcome=outcome,
        period=period,
        treated=treated,
        covariates=as_names(covariates),
        cluster=None,
        weight=weight,
        comparison=comparison,
        estimand=estimand,
        adjust=None,
    )
    check_question(frame, by, question)
    if period is None and not covariates:
        raise ValueError("nothing to compare: give covariates, or the column of periods")
    rows, actions, at = by_action(frame, by=by, columns=question.columns)
    tables = []
    for its, of, segments in at.blocks(ROWS_AT_ONCE):
        table = _block(rows.iloc[its], segments, question)
        tables.append(table.assign(action=table["action"] + of.start))
    whole = pd.concat(tables, ignore_index=True)
    table = in_order(whole.drop(columns="action"), actions, by=by, action=whole["action"].to_numpy())
    return discreet(table, partial(told_balance_many, table))


def _block(rows: pd.DataFrame, at: Segments, question: Question) -> pd.DataFrame:
    """Return the tables of a block of actions, named by their positions in it."""
    people = read_people(rows, at, question)
    described = characteristics_of(people)
    if question.period is not None:
        described = (Characteristic(name=question.outcome, numbers=people.before), *described)
    table = balance_frame(
        [
            balance_rows(
                item,
                segments=people.segments,
                treated=people.treated,
                compared=people.compared,
                weights=people.weights,
            )
            for item in described
        ],
        by_treated=question.estimand == "ATT",
    )
    messages = first_messages(people.refusals)
    refused = np.zeros(at.sizes.size, dtype=bool)
    refused[list(messages)] = True
    meant = ~refused[table["action"]]
    meant &= people.has_baseline[table["action"]] | (table["variable"] != question.outcome).to_numpy()
    reasons = pd.DataFrame(
        [(action, item.key, item.text()) for action, item in messages.items()],
        columns=["action", "reason", "explanation"],
    )
    return pd.concat(
        [table[meant].assign(reason=None, explanation=None), reasons.astype({"action": np.intp})],
        ignore_index=True,
    )
