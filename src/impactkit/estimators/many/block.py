"""A block of actions, from their rows to estimates and reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from impactkit.estimators.arms import Adjust
from impactkit.estimators.inference.linear import Floats
from impactkit.estimators.many.analysed import Analysed, Counts, analysed, keep_known, refuse_clusters
from impactkit.estimators.many.characteristics import Characteristic, characteristics_of, regression_columns
from impactkit.estimators.many.people import read_people
from impactkit.estimators.many.plain import Differences, plain_differences, plain_means
from impactkit.estimators.many.question import Question
from impactkit.estimators.many.refusals import Refusal, first_messages
from impactkit.estimators.many.segments import Bools, Segments
from impactkit.estimators.many.stacked import People as Stacked
from impactkit.estimators.many.stacked import stacked_differences
from impactkit.text import Message

MEANS = tuple(f"mean_{time}_{arm}" for time in ("before", "after") for arm in ("treated", "comparison"))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Block:
    """What is found of B actions.

    Attributes
    ----------
    numbers : mapping of str to (B,) array
        ``estimate``, ``std_error``, ``df`` and those of `MEANS`; NaN where refused.
    counts : Counts
    clusters : (B, 2) array
        Clusters, and clusters with beneficiaries; NaN where refused, or there are none.
    messages : mapping of int to Message
        Why actions are refused, by their position.
    """

    numbers: Mapping[str, Floats]
    counts: Counts
    clusters: Floats
    messages: Mapping[int, Message]


def estimate_block(rows: pd.DataFrame, at: Segments, question: Question) -> Block:
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
    return Block(numbers=placed, counts=counts, clusters=clusters, messages=messages)


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
            y=y, groups=those.groups, weights=those.weights, welch=method == "compare_groups"
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


def _means(those: Analysed) -> dict[str, Floats]:
    """Return the means of the people analysed, by arm and time."""
    known = {"before": bool(those.has_baseline.any()), "after": True}
    means = {}
    for arm, part in zip(("treated", "comparison"), those.groups, strict=True):
        at = part.segments
        weights = None if those.weights is None else those.weights.take(part.rows)
        total = at.sizes if weights is None else at.total(weights)
        for time, outcomes in (("before", those.before), ("after", those.after)):
            mean = np.full(at.sizes.size, np.nan)
            if known[time]:
                values = outcomes.take(part.rows)
                with np.errstate(invalid="ignore"):  # nobody is compared
                    mean = at.total(values if weights is None else weights * values) / total
            means[f"mean_{time}_{arm}"] = mean
    return means
