"""A cohort from any data frame, for those who already have one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from impactkit.cohort.cohort import (
    ARM,
    BENEFICIARY,
    CLUSTER,
    ENTRY,
    PERIOD,
    UNIT,
    WEIGHT,
    Cohort,
    FlowStep,
)
from impactkit.errors import DesignError
from impactkit.files.model import Outcome, Variable
from impactkit.text import Label, Message

COMPARISON = "comparison"


def cohort_from_frame(
    frame: pd.DataFrame,
    *,
    unit: str,
    outcomes: Sequence[str],
    period: str | None = None,
    entry: str | None = None,
    arm: str | None = None,
    covariates: Sequence[str] = (),
    cluster: str | None = None,
    weight: str | None = None,
) -> Cohort:
    """Make a cohort from a data frame with one row per person, or per person and period.

    Parameters
    ----------
    frame : DataFrame
        Left unchanged.
    unit : str
        Column that identifies the person.
    outcomes : sequence of str
        Numeric or boolean columns; the first is the default outcome.
    period : str, optional
        Numeric column with the time of the row; without it there is one time.
    entry : str, optional
        Column with the period of first exposure; 0, missing or infinite means never.
    arm : str, optional
        Column with the arm: 1 or True for a beneficiary, 0 or False for the comparison, or the names of
        arms in a study file. With neither ``arm`` nor ``entry`` all are beneficiaries.
    covariates : sequence of str
        Columns known before the action; text columns are treated as categories.
    cluster : str, optional
        Column of the structure or site in which people are grouped.
    weight : str, optional
        Column of sampling weights, all positive.

    Returns
    -------
    Cohort

    Raises
    ------
    ValueError
        When a column is missing from the frame, or ``outcomes`` is empty.
    DesignError
        When the rows cannot be a cohort: a person twice at one period, an arm or entry that changes,
        outcomes that are not numbers, weights that are not positive.

    Examples
    --------
    >>> import pandas as pd
    >>> people = pd.DataFrame({"id": [1, 2, 3, 4], "helped": [1, 1, 0, 0], "job": [1, 0, 0, 0]})
    >>> cohort_from_frame(people, unit="id", arm="helped", outcomes=["job"]).n_units
    4
    """
    if isinstance(outcomes, str):
        raise ValueError("outcomes is a list of columns, for example ['job']")
    if not outcomes:
        raise ValueError("outcomes must name at least one column")
    named = [unit, period, entry, arm, cluster, weight, *outcomes, *covariates]
    missing = [name for name in named if name is not None and name not in frame.columns]
    if missing:
        raise ValueError(f"columns not in the frame: {', '.join(map(repr, missing))}")

    panel = pd.DataFrame({UNIT: frame[unit].to_numpy()})
    panel[PERIOD] = _periods(frame, period)
    panel[ENTRY] = _entries(frame, entry)
    panel[ARM] = _arms(frame, arm, panel[ENTRY], entry)
    if entry is None:
        panel[ENTRY] = entry_from_arm(panel)
    if cluster is not None:
        panel[CLUSTER] = frame[cluster].to_numpy()
    if weight is not None:
        panel[WEIGHT] = _weights(frame[weight])
    variables: dict[str, Variable] = {}
    for name in outcomes:
        panel[name] = _outcome(frame[name])
        variables[name] = _variable(name, panel[name])
    for name in covariates:
        panel[name] = _covariate(frame[name])
        variables[name] = _variable(name, panel[name])
    _refuse_missing_unit(panel)
    check_panel(panel)
    return Cohort(
        study=None,
        action=None,
        variables=variables,
        outcomes=tuple(Outcome(variable=name, primary=i == 0, direction="increase") for i, name in enumerate(outcomes)),
        covariates=tuple(covariates),
        steps=(FlowStep(key="rows", n=len(frame), counts="rows"),),
        inputs=(),
        _panel=panel.sort_values([UNIT, PERIOD], kind="stable", ignore_index=True),
    )


def entry_from_arm(panel: pd.DataFrame) -> pd.Series:
    """Return the entry that arms imply: the second period for beneficiaries (the first is before), or the only one.

    Everyone else never enters.
    """
    periods = np.unique(panel[PERIOD])
    first_exposed = periods[min(1, len(periods) - 1)]
    return pd.Series(np.where(panel[ARM] == BENEFICIARY, first_exposed, np.inf), index=panel.index)


def check_panel(panel: pd.DataFrame) -> None:
    """Refuse a panel in which a person stands twice at one period or changes arm, entry or cluster.

    Raises
    ------
    DesignError
        With counts only, never an identifier.
    """
    twice = int(panel.duplicated([UNIT, PERIOD]).sum())
    if twice:
        raise DesignError(Message("cohort.error.duplicate_unit_period", {"n": twice}))
    for column, key in ((ARM, "arm_changes"), (ENTRY, "entry_changes"), (CLUSTER, "cluster_changes")):
        if column in panel:
            changing = int((panel.groupby(UNIT, sort=False)[column].nunique(dropna=False) > 1).sum())
            if changing:
                raise DesignError(Message(f"cohort.error.{key}", {"n": changing}))


def _periods(frame: pd.DataFrame, period: str | None) -> np.ndarray:
    if period is None:
        return np.zeros(len(frame))
    values = pd.to_numeric(frame[period], errors="coerce").to_numpy(dtype=float)
    if not np.isfinite(values).all():
        raise DesignError(Message("cohort.error.period_not_number", {"n": int((~np.isfinite(values)).sum())}))
    return values


def _entries(frame: pd.DataFrame, entry: str | None) -> np.ndarray:
    if entry is None:
        return np.full(len(frame), np.inf)
    values = pd.to_numeric(frame[entry], errors="coerce").to_numpy(dtype=float)
    return np.where(np.isnan(values) | (values == 0), np.inf, values)


def _arms(frame: pd.DataFrame, arm: str | None, entries: pd.Series, entry: str | None) -> np.ndarray:
    if arm is None:
        if entry is None:
            return np.full(len(frame), BENEFICIARY, dtype=object)
        return np.where(np.isfinite(entries), BENEFICIARY, COMPARISON).astype(object)
    values = frame[arm]
    if values.isna().any():
        raise DesignError(Message("cohort.error.arm_missing", {"n": int(values.isna().sum())}))
    if pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
        if not values.isin([0, 1]).all():
            raise DesignError(Message("cohort.error.arm_not_binary"))
        return np.where(values.astype(float) == 1, BENEFICIARY, COMPARISON).astype(object)
    return values.astype(str).to_numpy(dtype=object)


def _weights(values: pd.Series) -> np.ndarray:
    weights = pd.to_numeric(values, errors="coerce").to_numpy(dtype=float)
    bad = int((~(np.isfinite(weights) & (weights > 0))).sum())
    if bad:
        raise DesignError(Message("cohort.error.weight_not_positive", {"n": bad}))
    return weights


def _outcome(values: pd.Series) -> np.ndarray:
    numbers = pd.to_numeric(values, errors="coerce").to_numpy(dtype=float)
    failed = int((np.isnan(numbers) & values.notna().to_numpy()).sum())
    if failed or np.isinf(numbers).any():
        raise DesignError(Message("cohort.error.outcome_not_number", {"name": str(values.name), "n": max(failed, 1)}))
    return numbers


def _covariate(values: pd.Series) -> np.ndarray:
    if pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
        return values.to_numpy(dtype=float, na_value=np.nan)
    return values.astype(object).where(values.notna(), None).to_numpy(dtype=object)


def _variable(name: str, values: pd.Series) -> Variable:
    label = Label(fr=name, en=name)
    if not pd.api.types.is_numeric_dtype(values):
        return Variable(label=label, type="category")
    known = values.dropna()
    binary = len(known) > 0 and known.isin([0, 1]).all()
    return Variable(label=label, type="boolean" if binary else "number")


def _refuse_missing_unit(panel: pd.DataFrame) -> None:
    missing = int(panel[UNIT].isna().sum())
    if missing:
        raise DesignError(Message("cohort.error.unit_missing", {"n": missing}))


__all__ = ["COMPARISON", "check_panel", "cohort_from_frame", "entry_from_arm"]
