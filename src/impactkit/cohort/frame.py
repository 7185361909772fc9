"""A cohort from any data frame, for those who already have one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import get_args

import numpy as np
import pandas as pd

from impactkit.cohort.codes import disagreeing, first_known, people_of, places_of
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
from impactkit.cohort.membership import PUBLICS, public_column, with_publics
from impactkit.cohort.rows import ANSWERED, BIRTH, ENTERED, HOUSEHOLD, LEFT
from impactkit.errors import DesignError
from impactkit.files.model import Arm, Outcome, Public, Variable
from impactkit.text import Label, Message

COMPARISON = "comparison"
# No quantity of the world is larger: it is a slip, and its fourth power would overflow.
_LARGEST = 1e50
# What must hold of a person at all times, and the error when it changes.
_CHANGES = {
    ARM: "arm_changes",
    ENTRY: "entry_changes",
    CLUSTER: "cluster_changes",
    WEIGHT: "weight_changes",
    HOUSEHOLD: "household_changes",
    BIRTH: "birth_changes",
    ENTERED: "entry_date_changes",
    LEFT: "exit_date_changes",
}


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
    entry_date: str | None = None,
    exit_date: str | None = None,
    answer_date: str | None = None,
    birth_date: str | None = None,
    household: str | None = None,
    publics: Mapping[Public, str] | None = None,
) -> Cohort:
    """Make a cohort from a data frame with one row per person, or per person and period.

    Parameters
    ----------
    frame : DataFrame
        Left unchanged.
    unit : str
        Column that identifies the person: numbers or texts.
    outcomes : sequence of str
        Numeric or boolean columns; the first is the default outcome.
    period : str, optional
        Numeric column with the time of the row; without it there is one time.
    entry : str, optional
        Column with the period of first exposure; 0, missing or infinite means never, and so does a period
        after the last one.
    arm : str, optional
        Column with the arm: 1 or True for a beneficiary, 0 or False for the comparison, or the names of
        arms in a study file (``"beneficiary"``, ``"waiting_list"``…). Without ``arm``, those who enter are
        beneficiaries; without ``entry`` either, all are. With ``arm`` and no ``entry``, beneficiaries enter
        between the first period and the second.
    covariates : sequence of str
        Columns known before the action; text columns are treated as categories.
    cluster : str, optional
        Column of the structure or site in which people are grouped.
    weight : str, optional
        Column of sampling weights, all positive.
    entry_date, exit_date : str, optional
        Columns of the days when the person enters the action and leaves it, for the accounts of the cohort
        (`Cohort.waves`, `Cohort.publics`); ``entry`` says in which period she is first exposed.
    answer_date : str, optional
        Column of the day when the row was asked or observed.
    birth_date : str, optional
        Column of dates of birth. With ``entry_date``, those who enter before 18 are the children, unless
        ``publics`` says otherwise.
    household : str, optional
        Column of the household.
    publics : mapping of str to str, optional
        For a priority public (``"children"``, ``"women"``, ``"single_parents"``, ``"working_poor"``,
        ``"rural"``), the column with 1 or True for who belongs to it at entry, 0 or False for who does not.

    Returns
    -------
    Cohort

    Raises
    ------
    ValueError
        When a column is missing from the frame or stands in it twice, or ``outcomes`` is empty.
    DesignError
        When the rows cannot be a cohort: a person twice at one period, an arm or entry that changes,
        outcomes that are not numbers, weights that are not positive, days that are not dates.

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
    days = {ENTERED: entry_date, LEFT: exit_date, ANSWERED: answer_date, BIRTH: birth_date}
    told = {public_column(_public(public)): column for public, column in (publics or {}).items()}
    named = [unit, period, entry, arm, cluster, weight, *outcomes, *covariates]
    named += [*days.values(), household, *told.values()]
    not_text = [name for name in named if name is not None and not isinstance(name, str)]
    if not_text:
        raise ValueError(f"names of columns must be texts, not {', '.join(map(repr, not_text))}")
    missing = [name for name in named if name is not None and name not in frame.columns]
    if missing:
        raise ValueError(f"columns not in the frame: {', '.join(map(repr, missing))}")
    repeated = [name for name in named if name is not None and list(frame.columns).count(name) > 1]
    if repeated:
        raise ValueError(f"columns that stand twice in the frame: {', '.join(map(repr, repeated))}")
    roles = [name for name in (unit, period, entry, arm, cluster, weight) if name is not None]
    twice = sorted(
        {name for name in (*outcomes, *covariates) if (*roles, *outcomes, *covariates).count(name) > 1}
    )
    if twice:
        raise ValueError(f"columns with two roles: {', '.join(map(repr, twice))}")

    panel = pd.DataFrame({UNIT: frame[unit].to_numpy()})
    panel[PERIOD] = _periods(frame, period)
    panel[ENTRY] = _entries(frame, entry)
    if period is None:  # one time, at which whoever has an entry has entered
        panel.loc[np.isfinite(panel[ENTRY]), ENTRY] = 0.0
    panel[ARM] = _arms(frame, arm, panel, entry=entry, period=period)
    if entry is None:
        panel[ENTRY] = entry_from_arm(panel)
    if cluster is not None:
        panel[CLUSTER] = frame[cluster].to_numpy()
    if weight is not None:
        panel[WEIGHT] = _weights(frame[weight])
    if household is not None:
        panel[HOUSEHOLD] = as_covariate(frame[household])
    for name, column in days.items():
        if column is not None:
            panel[name] = _days(frame[column])
    variables: dict[str, Variable] = {}
    for name in outcomes:
        panel[name] = _outcome(frame[name])
        variables[name] = _variable(name, panel[name])
    for name in covariates:
        panel[name] = as_covariate(frame[name])
        variables[name] = _variable(name, panel[name])
    _refuse_missing_unit(panel)
    check_panel(panel)
    for name in (BIRTH, ENTERED, LEFT):
        if name in panel:
            panel[name] = first_known(panel[name], people_of(panel))
    panel = _with_publics(panel, {name: frame[column] for name, column in told.items()})
    return Cohort(
        study=None,
        action=None,
        variables=variables,
        outcomes=tuple(
            Outcome(variable=name, primary=i == 0, direction="increase") for i, name in enumerate(outcomes)
        ),
        covariates=tuple(covariates),
        steps=(
            FlowStep(key="rows_read", n=len(frame), counts="rows"),
            FlowStep(key="people", n=int(panel[UNIT].nunique())),
        ),
        inputs=(),
        _panel=panel,
    )


def _public(name: str) -> str:
    if name not in PUBLICS:
        raise ValueError(f"no public {name!r}: expected one of {', '.join(PUBLICS)}")
    return name


def _days(values: pd.Series) -> np.ndarray:
    if values.notna().any() and not pd.api.types.is_datetime64_any_dtype(values):
        try:  # dates of the datetime module, or texts written year first
            values = pd.Series(values.to_numpy(dtype="datetime64[D]"))
        except (ValueError, TypeError):
            raise DesignError(Message("cohort.error.not_dates", {"name": str(values.name)})) from None
    return values.to_numpy(dtype="datetime64[s]")


def _with_publics(panel: pd.DataFrame, told: Mapping[str, pd.Series]) -> pd.DataFrame:
    """Return the panel with what is told of each person's publics, at her earliest row that tells it."""
    yes_or_no: dict[str, pd.Series] = {}
    for name, values in told.items():
        numbers, wrong = as_numbers(values)
        wrong += int((~np.isin(numbers, (0, 1)) & ~np.isnan(numbers)).sum())
        if wrong:
            raise DesignError(
                Message("cohort.error.public_not_binary", {"name": str(values.name), "n": wrong})
            )
        yes_or_no[name] = pd.Series(numbers, index=panel.index)
    return with_publics(panel, yes_or_no)


def entry_from_arm(panel: pd.DataFrame, *, before: float | None = None) -> pd.Series:
    """Return the entry that arms imply: beneficiaries enter just after the time ``before``, others never.

    Parameters
    ----------
    panel : DataFrame
    before : float, optional
        The last period before entry; the first one by default. When it is the only one, entry is then.
    """
    periods = np.unique(panel[PERIOD])
    later = periods[periods > (periods[0] if before is None else before)]
    first_exposed = later[0] if later.size else periods[-1]
    return pd.Series(np.where(panel[ARM] == BENEFICIARY, first_exposed, np.inf), index=panel.index)


def check_panel(panel: pd.DataFrame) -> None:
    """Refuse a panel in which a person stands twice at one period or changes arm, entry, cluster or weight.

    Raises
    ------
    DesignError
        With counts only, never an identifier.
    """
    people = people_of(panel)
    twice = int(pd.Series(places_of(panel, people)).duplicated().sum())
    if twice:
        raise DesignError(Message("cohort.error.duplicate_unit_period", {"n": twice}))
    for column, key in _CHANGES.items():
        if column in panel:
            values = panel[column]
            if column not in (BIRTH, ENTERED, LEFT):  # a day may be told once only
                values = pd.Series(pd.factorize(values)[0])
            changing = int(disagreeing(values, people).sum())
            if changing:
                raise DesignError(Message(f"cohort.error.{key}", {"n": changing}))


def as_numbers(values: pd.Series) -> tuple[np.ndarray, int]:
    """Return the column as numbers, missing ones as NaN, and how many known values are not numbers."""
    if isinstance(values.dtype, pd.PeriodDtype) or getattr(values.dtype, "kind", "O") in "mMc":
        # Dates and durations would pass for nanoseconds, or months since 1970.
        return np.full(len(values), np.nan), int(values.notna().sum())
    numbers = pd.to_numeric(values, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    return numbers, int((np.isnan(numbers) & values.notna().to_numpy()).sum())


def _periods(frame: pd.DataFrame, period: str | None) -> np.ndarray:
    if period is None:
        return np.zeros(len(frame))
    values, _ = as_numbers(frame[period])
    if not np.isfinite(values).all():
        raise DesignError(Message("cohort.error.period_not_number", {"n": int((~np.isfinite(values)).sum())}))
    return values


def _entries(frame: pd.DataFrame, entry: str | None) -> np.ndarray:
    if entry is None:
        return np.full(len(frame), np.inf)
    values, wrong = as_numbers(frame[entry])
    wrong += int(np.isneginf(values).sum())
    if wrong:
        raise DesignError(Message("cohort.error.entry_not_number", {"n": wrong}))
    return np.where(np.isnan(values) | (values == 0), np.inf, values)


def _arms(
    frame: pd.DataFrame, arm: str | None, panel: pd.DataFrame, *, entry: str | None, period: str | None
) -> np.ndarray:
    if arm is None:
        if entry is None:
            return np.full(len(frame), BENEFICIARY, dtype=object)
        # Who enters after the last period is never seen exposed (as in R's did).
        last = np.inf if period is None else panel[PERIOD].max()
        exposed = np.isfinite(panel[ENTRY]) & (panel[ENTRY] <= last)
        return np.where(exposed, BENEFICIARY, COMPARISON).astype(object)
    values = frame[arm]
    if values.isna().any():
        raise DesignError(Message("cohort.error.arm_missing", {"n": int(values.isna().sum())}))
    codes, names = pd.factorize(values)
    words = pd.Series(names)
    numbers, wrong = as_numbers(words)
    if wrong == 0 and np.isin(numbers, (0, 1)).all():
        return np.where(numbers == 1, BENEFICIARY, COMPARISON).astype(object)[codes]
    if not words.isin(get_args(Arm)).all():
        raise DesignError(Message("cohort.error.arm_not_binary", {"arms": ", ".join(get_args(Arm))}))
    return words.astype(str).to_numpy(dtype=object)[codes]


def _weights(values: pd.Series) -> np.ndarray:
    weights, _ = as_numbers(values)
    bad = int((~(np.isfinite(weights) & (weights > 0))).sum())
    if bad:
        raise DesignError(Message("cohort.error.weight_not_positive", {"n": bad}))
    return weights


def _outcome(values: pd.Series) -> np.ndarray:
    numbers, wrong = as_numbers(values)
    wrong += int((np.abs(numbers) > _LARGEST).sum())
    if wrong:
        raise DesignError(Message("cohort.error.outcome_not_number", {"name": str(values.name), "n": wrong}))
    return numbers


def as_covariate(values: pd.Series) -> np.ndarray:
    """Return the column as numbers when it holds numbers, else as objects; what is not known is missing."""
    if pd.api.types.is_numeric_dtype(values):
        numbers = values.to_numpy(dtype=float, na_value=np.nan)
        return np.where(np.abs(numbers) > _LARGEST, np.nan, numbers)
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


__all__ = ["COMPARISON", "as_covariate", "as_numbers", "check_panel", "cohort_from_frame", "entry_from_arm"]
