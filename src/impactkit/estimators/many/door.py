"""The effect of many actions in one pass: one row per action, the numbers of one by one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Literal, get_args

import numpy as np
import pandas as pd
from scipy import stats

from impactkit.design.design import Estimand
from impactkit.estimators.arms import Adjust
from impactkit.estimators.inference.few_clusters import FEW_CLUSTERS, FEW_TREATED_CLUSTERS
from impactkit.estimators.inference.linear import Floats
from impactkit.estimators.inference.multiplicity import benjamini_hochberg, holm
from impactkit.estimators.many.analysed import Analysed, Counts, analysed, keep_known, refuse_clusters
from impactkit.estimators.many.characteristics import (
    Characteristic,
    characteristics_of,
    regression_columns,
)
from impactkit.estimators.many.people import read_people
from impactkit.estimators.many.plain import Differences, plain_differences, plain_means
from impactkit.estimators.many.question import ManyMethod, Question, as_names, check_question
from impactkit.estimators.many.refusals import Refusal, first_messages
from impactkit.estimators.many.rows import by_action
from impactkit.estimators.many.segments import Bools, Segments
from impactkit.estimators.many.stacked import People as Stacked
from impactkit.estimators.many.stacked import stacked_differences
from impactkit.files.model import Comparison
from impactkit.text import Message

Multiplicity = Literal["holm", "bh"]

# The smallest effect found with this power by a two-sided test at 5 %, as evidence/rules.py has it.
_POWER, _TEST = 0.80, 1 - 0.95
_MEANS = tuple(f"mean_{time}_{arm}" for time in ("before", "after") for arm in ("treated", "comparison"))
# A block of actions: its arrays stay near the processor, and bound the memory.
ROWS_AT_ONCE = 100_000


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

    The frame holds full counts and data on small groups: it is made to compute with, not to be shown.

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
    >>> found[["action", "estimate", "reason"]]
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
    blocks = [_block(rows.iloc[its], segments, question) for its, _, segments in at.blocks(ROWS_AT_ONCE)]
    return _as_frame(
        blocks,
        actions,
        by=by,
        term=estimand if question.compared else "change",
        level=level,
        multiplicity=multiplicity,
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Block:
    """What is found of a block of actions, (B,) arrays: numbers, NaN where refused, and counts."""

    numbers: Mapping[str, Floats]
    counts: Counts
    clusters: Floats
    messages: Mapping[int, Message]


def _block(rows: pd.DataFrame, at: Segments, question: Question) -> _Block:
    """Estimate a block of actions, of which these are the rows."""
    people = read_people(rows, at, question)
    n, method = at.sizes.size, question.method
    refusals = list(people.refusals)
    baseline = np.full(n, True)
    if method == "compare_groups":
        baseline = people.has_baseline & (question.adjust is not None)
    else:
        refusals.append(Refusal(where=~people.has_baseline, key="estimators.error.no_baseline"))
    characteristics = characteristics_of(people)
    counts, kept, too_few = keep_known(people, characteristics, baseline=baseline, compared=question.compared)
    refusals.extend(too_few)
    refusals.extend(refuse_clusters(people, kept, compared=question.compared))
    those = analysed(people, kept, refusals)
    found = _estimated(those, characteristics, question)
    refusals.extend(refusal.among(those.actions, n) for refusal in found.refusals)
    messages = first_messages(refusals)
    numbers = {"estimate": found.value, "std_error": found.std_error, "df": found.df} | _means(those)
    placed = {name: np.full(n, np.nan) for name in numbers}
    clusters = np.full((n, 2), np.nan)
    for name, values in numbers.items():
        placed[name][those.actions] = values
    if those.cluster_counts is not None:
        clusters[those.actions] = those.cluster_counts
    none = list(messages)
    for table in (clusters, *placed.values()):
        table[none] = np.nan
    return _Block(numbers=placed, counts=counts, clusters=clusters, messages=messages)


def _estimated(those: Analysed, characteristics: Sequence[Characteristic], question: Question) -> Differences:
    """Estimate the actions that are left, each by the road that its method takes one by one."""
    method, adjust = question.method, question.adjust
    at = those.segments
    if at.sizes.size == 0:
        nothing = np.empty(0)
        return Differences(value=nothing, std_error=nothing, df=nothing)
    y = those.after if method == "compare_groups" else those.after - those.before
    outcomes = (those.after,) if method == "compare_groups" else (those.before, those.after)
    columns = regression_columns(
        [item.of(those.people) for item in characteristics], segments=at, treated=those.treated
    )
    refusals: list[Refusal] = []
    if adjust is not None:
        columns = columns.with_number(those.before, those.has_baseline, at)
        without: Bools = np.asarray(~columns.active.any(axis=1))
        refusals.append(Refusal(where=without, key="estimators.error.nothing_to_adjust"))
    if method == "did" and columns.active.any():
        adjust = "lin"
    if method == "before_after" and those.clusters is None:
        found = plain_means(y=y, segments=at, weights=those.weights)
    elif method != "before_after" and _plain(those, adjust, welch=method == "compare_groups"):
        found = plain_differences(
            y=y, treated=those.treated, segments=at, weights=those.weights, welch=method == "compare_groups"
        )
    else:
        found = stacked_differences(
            Stacked(
                y=y,
                treated=None if method == "before_after" else those.treated,
                columns=columns,
                weights=those.weights,
                clusters=those.clusters,
                segments=at,
            ),
            adjust=adjust,
            centre=question.centre,
            by_cr2=method == "did" or those.clusters is not None,
        )
    still = _no_variation(found.std_error, outcomes, at)
    return Differences(
        value=found.value,
        std_error=found.std_error,
        df=found.df,
        refusals=(
            *refusals,
            *found.refusals,
            Refusal(where=still, key="estimators.error.no_variation"),
        ),
    )


def _no_variation(std_error: Floats, outcomes: Sequence[Floats], at: Segments) -> Bools:
    """Tell the errors that are zero but for rounding, as `arms.refuse_no_variation`."""
    most = max(max(float(values.max()), -float(values.min())) for values in outcomes)
    still: Bools = np.asarray(std_error <= 1e-12 * most)
    if still.any():  # few may be: look at the sizes of the outcomes of each
        size = np.max([at.largest(np.abs(values)) for values in outcomes], axis=0)
        still = np.asarray(std_error <= 1e-12 * size)
    return still


def _plain(those: Analysed, adjust: Adjust | None, *, welch: bool) -> bool:
    """Tell whether there is a closed form: weights have none for Bell-McCaffrey degrees of freedom."""
    return adjust is None and those.clusters is None and (welch or those.weights is None)


def _as_frame(
    blocks: Sequence[_Block],
    actions: pd.Index,
    *,
    by: str,
    term: str,
    level: float,
    multiplicity: Multiplicity | None,
) -> pd.DataFrame:
    n = actions.size
    whole, a_cohort = np.ones((2, n), dtype=bool)
    reasons, explanations = np.full((2, n), None, dtype=object)
    start = 0
    for block in blocks:
        for action, message in block.messages.items():
            i = start + action
            whole[i], a_cohort[i] = False, not message.key.startswith("cohort.")
            reasons[i], explanations[i] = message.key, message.text()
        start += len(block.clusters)
    found = _joined([block.numbers for block in blocks], ("estimate", "std_error", "df", *_MEANS))
    counts = _joined([asdict(block.counts) for block in blocks], [item.name for item in fields(Counts)])
    n_clusters, n_treated = np.concatenate([np.empty((0, 2)), *(block.clusters for block in blocks)]).T
    numbers = _inference(found, level)
    if multiplicity is not None:
        rule = holm if multiplicity == "holm" else benjamini_hochberg
        adjusted = rule(np.where(whole, numbers["p_value"], 1.0))
        numbers["p_adjusted"] = np.where(whole, adjusted, np.nan)
    people_counted = {
        "n_treated": counts["n_treated"],
        "n_comparison": counts["n_comparison"],
        "n_dropped": counts["no_baseline"] + counts["not_followed"] + counts["no_covariates"],
        **{name: values for name, values in counts.items() if not name.startswith("n_")},
    }
    table = pd.DataFrame(
        {
            by: actions,
            "term": term,
            **numbers,
            **{name: _counts(values, a_cohort) for name, values in people_counted.items()},
            **{name: found[name] for name in _MEANS},
            "n_clusters": _counts(n_clusters, ~np.isnan(n_clusters)),
            "n_treated_clusters": _counts(n_treated, ~np.isnan(n_treated)),
            "few_clusters": (n_clusters < FEW_CLUSTERS) | (n_treated < FEW_TREATED_CLUSTERS),
            "reason": pd.Series(reasons, dtype=object),
            "explanation": pd.Series(explanations, dtype=object),
        }
    )
    rank = pd.factorize(actions, sort=True)[0]
    return table.iloc[np.argsort(rank)].reset_index(drop=True)


def _joined(blocks: Sequence[Mapping[str, np.ndarray]], names: Sequence[str]) -> dict[str, np.ndarray]:
    return {name: np.concatenate([np.empty(0), *(block[name] for block in blocks)]) for name in names}


def _inference(found: Mapping[str, np.ndarray], level: float) -> dict[str, Floats]:
    """Return what follows from estimates, errors and degrees of freedom, as `Effect` has it."""
    value, error, df = found["estimate"], found["std_error"], found["df"]
    statistic = value / error
    critical, power = stats.t.isf(_TEST / 2, df), stats.t.ppf(_POWER, df)
    margin = (critical if 1 - level == _TEST else stats.t.isf((1 - level) / 2, df)) * error
    return {
        "estimate": value,
        "std_error": error,
        "df": df,
        "statistic": statistic,
        "p_value": np.asarray(2 * stats.t.sf(np.abs(statistic), df)),
        "conf_low": value - margin,
        "conf_high": value + margin,
        "detectable": np.asarray((critical + power) * error),
    }


def _means(those: Analysed) -> dict[str, Floats]:
    """Return the means of the people analysed, by arm and time."""
    at = those.segments
    treated = those.treated.astype(float)
    members = {"treated": treated, "comparison": 1 - treated}
    if those.weights is not None:
        members = {arm: member * those.weights for arm, member in members.items()}
    totals = {arm: at.total(member) for arm, member in members.items()}
    means = {}
    for time, values in (("before", those.before), ("after", those.after)):
        known = time == "after" or bool(those.has_baseline.any())
        for arm, member in members.items():
            with np.errstate(invalid="ignore"):  # nobody is compared
                mean = at.total(member * values) / totals[arm] if known else np.full(totals[arm].size, np.nan)
            means[f"mean_{time}_{arm}"] = mean
    return means


def _counts(values: np.ndarray, known: Bools) -> pd.arrays.IntegerArray:
    return pd.arrays.IntegerArray(np.where(known, values, 0).astype(np.int64), ~known)
