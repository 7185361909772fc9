"""The question asked of every action: which columns, and which estimate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import pandas as pd

from impactkit.design.design import Estimand
from impactkit.estimators.arms import Adjust, Centre
from impactkit.files.model import Comparison

ManyMethod = Literal["before_after", "compare_groups", "did"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Columns of the frame, and how the effect is estimated: the options of `estimate_many`."""

    method: ManyMethod
    unit: str
    outcome: str
    period: str | None
    treated: str | None
    covariates: tuple[str, ...]
    cluster: str | None
    weight: str | None
    comparison: Comparison
    estimand: Estimand
    adjust: Adjust | None

    @property
    def columns(self) -> list[str]:
        """The columns read, each once."""
        named = (self.unit, self.period, self.treated, self.cluster, self.weight, self.outcome)
        return list(dict.fromkeys(name for name in (*named, *self.covariates) if name is not None))

    @property
    def compared(self) -> bool:
        """Whether beneficiaries are compared with others."""
        return self.method != "before_after"

    @property
    def centre(self) -> Centre:
        """Whose characteristics Lin's adjustment centres on, as the method does one by one."""
        if self.method == "did":
            return "everyone" if self.estimand == "ATE" else "treated"
        return "treated" if self.estimand == "ATT" and self.comparison != "randomised" else "everyone"


def check_question(frame: pd.DataFrame, by: str, question: Question) -> None:
    """Refuse an option that does not exist, and a column that is missing or has two roles.

    Raises
    ------
    ValueError
    """
    for name, value, known in (
        ("method", question.method, get_args(ManyMethod)),
        ("comparison", question.comparison, tuple(item for item in get_args(Comparison) if item != "none")),
        ("estimand", question.estimand, get_args(Estimand)),
        ("adjust", question.adjust, (None, *get_args(Adjust))),
    ):
        if value not in known:
            raise ValueError(f"unknown {name} {value!r}: expected one of {', '.join(map(str, known))}")
    if question.treated is None and question.compared:
        raise ValueError(f"treated must name the column of arms for {question.method}")
    if question.adjust is not None and question.method != "compare_groups":
        raise ValueError(f"adjust is for compare_groups: {question.method} has its own way with covariates")
    missing = [name for name in (by, *question.columns) if name not in frame.columns]
    if missing:
        raise ValueError(f"columns not in the frame: {', '.join(map(repr, missing))}")
    described = (question.outcome, *question.covariates)
    roles = (by, question.unit, question.period, question.treated, question.cluster, question.weight)
    twice = sorted({name for name in described if (*roles, *described).count(name) > 1})
    if twice:
        raise ValueError(f"columns with two roles: {', '.join(map(repr, twice))}")


def as_names(covariates: Sequence[str]) -> tuple[str, ...]:
    """Return names of covariates, refusing a text in the place of a list.

    Raises
    ------
    ValueError
    """
    if isinstance(covariates, str):
        raise ValueError("covariates is a list of names, for example ['age']")
    return tuple(covariates)
