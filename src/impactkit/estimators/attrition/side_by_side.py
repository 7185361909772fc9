"""What people lost may change to an effect: every usual answer in one table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from impactkit.design.design import Design
from impactkit.disclosure import protect_chain
from impactkit.disclosure.discreet import discreet
from impactkit.errors import EstimationError, require
from impactkit.estimators.arms import difference
from impactkit.estimators.attrition.bounds_of import Bounds, bounds
from impactkit.estimators.attrition.everyone import Everyone, everyone_in
from impactkit.estimators.attrition.imputation import impute, rubin
from impactkit.estimators.attrition.weighting import weighted_difference
from impactkit.estimators.displayed import may_be_displayed, told_effects
from impactkit.estimators.inference.linear import Contrast, Floats
from impactkit.estimators.result import Effect, StudentT
from impactkit.text import Message

_COLUMNS = ("method", "estimate", "low", "high", "conf_low", "conf_high", "n", "assumption", "reason")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """One answer: a point (low = high) or a region, and its interval."""

    low: float
    high: float
    conf_low: float
    conf_high: float

    @property
    def estimate(self) -> float:
        return self.low if self.low == self.high else np.nan


def losses(
    design: Design,
    *,
    imputations: int = 20,
    outcome_range: tuple[float, float] | None = None,
    by: str | None = None,
    level: float = 0.95,
    seed: int = 0,
) -> pd.DataFrame:
    """Put side by side what each way of treating the people lost says of the difference in means.

    - ``complete``: the people followed only (Welch);
    - ``weighted``: each person followed stands for those like her who were lost, from the outcome before
      entry and the covariates (`weighting.weighted_difference`);
    - ``imputed``: outcomes of those lost drawn from a regression on the same, in each group
      (`imputation.impute`), pooled by Rubin's rules with Barnard and Rubin's degrees of freedom;
    - ``lee`` and ``manski``: `bounds`, an interval of Imbens and Manski around both bounds.

    None is adjusted otherwise: the rows differ by the losses alone.

    Parameters
    ----------
    design : Design
        As for `bounds`.
    imputations : int
        At least 2.
    outcome_range, by
        As in `bounds`.
    level : float
    seed : int
        Of the imputations.

    Returns
    -------
    DataFrame
        One row per method. ``estimate`` is missing for bounds, which are in ``low`` and ``high`` (both equal
        the estimate otherwise); ``conf_low, conf_high``; ``n``, people it rests on (missing when the secrecy
        rules hide it); ``assumption``, what it supposes, in words; ``reason``, why it could not be computed,
        else empty. Full values to compute with; the table shows of itself what may be shown.

    Raises
    ------
    ValueError
        When an argument is not one of those above.
    EstimationError
        When there is nobody to compare with, or fewer than two people are followed in a group.

    References
    ----------
    Robins, Rotnitzky & Zhao (1994); Rubin (1987); Barnard & Rubin (1999); Lee (2009); Horowitz & Manski
    (2000).
    """
    require(design, Design)
    if imputations < 2:
        raise ValueError("imputations must be at least 2")
    if not 0 < level < 1:
        raise ValueError("level must lie between 0 and 1")
    people = everyone_in(design)
    ways: dict[str, Callable[[], _Row]] = {
        "complete": lambda: _point(_plain(people, people.y, people.observed), level),
        "weighted": lambda: _point(_weighted(people), level),
        "imputed": lambda: _point(_imputed(design, people, imputations, seed), level),
        "lee": lambda: _region(bounds(design, method="lee", by=by), level),
        "manski": lambda: _region(bounds(design, method="manski", outcome_range=outcome_range), level),
    }
    all_people, followed = _shown_counts(design, people)
    rows = []
    for method, way in ways.items():
        n = followed if method in ("complete", "weighted") else all_people
        assumption = Message(f"losses.assumption.{method}").text()
        row, reason = _attempt(way)
        numbers = (row.estimate, row.low, row.high, row.conf_low, row.conf_high)
        rows.append((method, *numbers, n, assumption, reason))
    table = pd.DataFrame(rows, columns=list(_COLUMNS)).astype({"n": "Int64"})
    sizes = [int((people.observed & arm).sum()) for arm in (people.treated, ~people.treated)]
    hidden, profile = not may_be_displayed(design, *sizes), design.cohort.profile
    return discreet(table, partial(told_effects, table, hidden=hidden, profile=profile), profile=profile)


def _attempt(way: Callable[[], _Row]) -> tuple[_Row, str]:
    try:
        return way(), ""
    except EstimationError as error:
        nan = float("nan")
        return _Row(low=nan, high=nan, conf_low=nan, conf_high=nan), str(error)


def _shown_counts(design: Design, people: Everyone) -> tuple[int | None, int | None]:
    chain = (len(people.y), int(people.observed.sum()))
    boxes = protect_chain(chain, design.cohort.profile)
    return boxes[0].n, boxes[1].n


def _point(result: Contrast, level: float) -> _Row:
    effect = Effect(
        term="difference",
        value=result.value,
        std_error=result.std_error,
        reference=StudentT(result.df),
        n_treated=0,
        n_comparison=0,
    )
    low, high = effect.interval(level)
    return _Row(low=result.value, high=result.value, conf_low=low, conf_high=high)


def _region(found: Bounds, level: float) -> _Row:
    low, high = found.interval(level)
    return _Row(low=found.lower, high=found.upper, conf_low=low, conf_high=high)


def _plain(people: Everyone, y: Floats, kept: np.ndarray) -> Contrast:
    clusters = people.clusters
    if clusters is not None:
        clusters = np.unique(clusters[kept], return_inverse=True)[1].astype(np.intp)
    return difference(
        y=y[kept],
        treated=people.treated[kept],
        X=np.empty((int(kept.sum()), 0)),
        adjust=None,
        centre="everyone",
        errors="HC2" if clusters is None else "CR2",
        weights=None if people.weights is None else people.weights[kept],
        clusters=clusters,
    ).contrast


def _refuse_nothing_known(people: Everyone) -> None:
    if people.known_before.shape[1] == 0:
        raise EstimationError(Message("losses.error.nothing_known"))


def _weighted(people: Everyone) -> Contrast:
    _refuse_nothing_known(people)
    return weighted_difference(
        y=people.y,
        treated=people.treated,
        X=people.known_before,
        weights=people.weights,
        clusters=people.clusters,
    )


def _imputed(design: Design, people: Everyone, number: int, seed: int) -> Contrast:
    _refuse_nothing_known(people)
    rng = np.random.default_rng(seed)
    completed = np.empty((number, len(people.y)))
    for group in (people.treated, ~people.treated):
        completed[:, group] = impute(
            y=people.y[group],
            X=people.known_before[group],
            binary=design.variable.type == "boolean",
            number=number,
            rng=rng,
        )
    everyone = np.ones(len(people.y), dtype=bool)
    found = [_plain(people, y, everyone) for y in completed]
    return rubin(
        values=np.array([item.value for item in found]),
        variances=np.array([item.std_error**2 for item in found]),
        df_complete=float(np.mean([item.df for item in found])),
    ).contrast
