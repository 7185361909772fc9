"""The characteristics to balance, as columns: what is constant, redundant or of one group only is named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd

from impactkit.design.convex import weighted_gram
from impactkit.design.covariates import Column, Floats, columns_of
from impactkit.design.design import Design
from impactkit.design.weighting.score import Bools
from impactkit.errors import DesignError
from impactkit.text import Label, Message

Between = Literal["groups", "losses"]

# A column of which this share (of its variance) is left once the others are known brings nothing: a
# collinear column leaves about 1e-15.
_REDUNDANT = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Terms:
    """The columns to balance, each in standard deviations.

    Attributes
    ----------
    X : (n, k + 1) array
        A constant, then the columns, centred on everyone.
    variables : tuple of str
        The characteristic that each column is about.
    """

    X: Floats
    variables: tuple[str, ...]

    @property
    def columns(self) -> Floats:
        """The columns without the constant."""
        return self.X[:, 1:]


def people_to_balance(design: Design, on: Sequence[str]) -> pd.DataFrame:
    """Return the people of a design as `Design.units`, with the characteristics to balance.

    Nobody is left out yet. The outcome's own name stands for its value before entry.
    """
    others = tuple(name for name in on if name != design.outcome)
    units = replace(design, covariates=others, comparable=None).units()
    return units.rename(columns={"baseline": design.outcome}) if design.outcome in on else units


def labels_of(design: Design, on: Sequence[str] | None, *, needed: bool = True) -> dict[str, Label]:
    """Return the characteristics chosen, the design's by default, and how each is named to a reader.

    Raises
    ------
    ValueError
        When a name is not one the cohort knows.
    DesignError
        When there is none and one is needed, or the outcome is among them and was not measured before.
    """
    if isinstance(on, str):
        raise ValueError("on is a list of names, for example ['age']")
    names = design.covariates if on is None else tuple(on)
    unknown = [name for name in names if name not in design.cohort.variables]
    if unknown:
        raise ValueError(f"characteristics not in the cohort: {', '.join(unknown)}")
    if needed and not names:
        raise DesignError(Message("weighting.error.nothing"))
    if design.outcome in names and not design.has_baseline:
        raise DesignError(Message("weighting.error.no_baseline"))
    return {name: design.cohort.variables[name].label for name in names}


def sampling_weights(units: pd.DataFrame) -> Floats:
    """Return the sampling weights of people, of mean 1; all 1 when the cohort has none."""
    if "weight" not in units:
        return np.ones(len(units))
    weights = units["weight"].to_numpy(dtype=float)
    return np.asarray(weights / weights.mean())


def terms_of(
    units: pd.DataFrame,
    labels: Mapping[str, Label],
    *,
    moments: int,
    weights: Floats,
    between: Between = "groups",
) -> Terms:
    """Return the columns of a fit: powers of numbers up to ``moments``, levels of categories but one.

    Parameters
    ----------
    units : DataFrame
        People whose characteristics are all known, as `people_to_balance` returns them.
    labels : mapping
        The characteristics to balance and how each is named to a reader.
    moments : int
        Highest power of numbers that are not yes/no.
    weights : (n,) array
        Sampling weights.
    between : {"groups", "losses"}
        Whether ``treated`` tells beneficiaries from those compared, or those followed from those lost.

    Raises
    ------
    DesignError
        When there are too few people, or a characteristic is constant, redundant, or has a level that only
        one of the groups has.
    """
    treated = units["treated"].to_numpy()
    if min(treated.sum(), len(units) - treated.sum()) < 2:
        raise DesignError(Message("weighting.error.too_few", {"columns": len(labels) + 1}))
    columns = columns_of(units, tuple(labels), drop_reference=True)
    varying = {column.variable for column in columns if np.ptp(column.numbers) > 0}
    for name, label in labels.items():
        if name not in varying:
            raise DesignError(Message("weighting.error.constant", {"name": label}))
    _refuse_one_group(columns, treated, labels, between)
    powers = [1 if column.binary else moments for column in columns]
    n, k = len(units), sum(powers) + 1
    if n <= k:
        raise DesignError(Message("weighting.error.too_few", {"columns": k}))
    X = np.ones((n, k))
    variables: list[str] = []
    for column, highest in zip(columns, powers, strict=True):
        first = len(variables) + 1
        for power in range(1, highest + 1):
            variables.append(column.variable)
            numbers = column.numbers if power == 1 else X[:, first] ** power
            X[:, len(variables)] = _standardised(numbers, weights)
    _refuse_redundant(X[:, 1:], [labels[name] for name in variables])
    return Terms(X=X, variables=tuple(variables))


def with_every_level(
    terms: Terms, units: pd.DataFrame, labels: Mapping[str, Label], *, weights: Floats
) -> Terms:
    """Add the levels that a fit leaves out of categories of three or more: a tolerance is for each level."""
    kept = {column.name for column in columns_of(units, tuple(labels), drop_reference=True)}
    left = [column for column in columns_of(units, tuple(labels)) if column.name not in kept]
    several = [column for column in left if units[column.variable].nunique() > 2]
    added = [_standardised(column.numbers, weights) for column in several]
    return Terms(
        X=np.column_stack([terms.X, *added]),
        variables=(*terms.variables, *(column.variable for column in several)),
    )


def _standardised(x: Floats, weights: Floats) -> Floats:
    centred: Floats = x - weights @ x / weights.sum()
    centred /= np.sqrt(weights @ centred**2 / weights.sum())
    return centred


def _refuse_one_group(
    columns: Sequence[Column], treated: Bools, labels: Mapping[str, Label], between: Between
) -> None:
    """Refuse a yes/no value or a level that only one of the groups has: nobody can stand for it."""
    for column in columns:
        if column.binary and any(np.ptp(column.numbers[arm]) == 0 for arm in (treated, ~treated)):
            key = "one_group_only" if between == "groups" else "losses_one_group_only"
            raise DesignError(Message(f"weighting.error.{key}", {"name": labels[column.variable]}))


def _refuse_redundant(Z: Floats, labels: Sequence[Label]) -> None:
    """Refuse the first column that follows from those before it, by elimination on ``Z'Z``."""
    gram = weighted_gram(Z, np.full(len(Z), 1 / len(Z)))
    size = np.diag(gram).copy()
    for j, label in enumerate(labels):
        if gram[j, j] <= _REDUNDANT * size[j]:
            raise DesignError(Message("weighting.error.redundant", {"name": label}))
        gram[j + 1 :] -= np.outer(gram[j + 1 :, j] / gram[j, j], gram[j])
