"""Event study: the effect by time since entry, when people enter at one date or at several."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal, get_args

import numpy as np

from impactkit.design.design import Design
from impactkit.errors import EstimationError, require
from impactkit.estimators.events.alike import Alike, alike
from impactkit.estimators.events.characteristics import trends
from impactkit.estimators.events.decomposition import forbidden_share
from impactkit.estimators.events.imputation import impute
from impactkit.estimators.events.twfe import (
    Combinations,
    Panel,
    PanelErrors,
    averages,
    cohort_event_columns,
    event_columns,
    exposure_weights,
    regress,
)
from impactkit.estimators.events.whole_path import Followed, followed_notes, path_means, people_followed
from impactkit.estimators.headline import headline
from impactkit.estimators.inference.few_clusters import WildTest
from impactkit.estimators.inference.linear import Codes, Floats
from impactkit.estimators.result import Effect, Estimate, Inversion, StudentT
from impactkit.text import Message, Quantity

EventMethod = Literal["sun_abraham", "imputation", "twfe"]
EventErrors = Literal[PanelErrors, "two_stage"]


def event_study(
    design: Design, *, method: EventMethod = "sun_abraham", errors: EventErrors | None = None
) -> Estimate:
    """Estimate the effect by time since entry, over all periods of the cohort.

    Times are counted in periods, 0 for the first after entry; -1, the last before, is the reference and is
    left out of the path. With effects of each person and each period:

    - ``"sun_abraham"``: one coefficient for each date of entry and time since, averaged at each time by the
      number of people (the sum of weights) who entered at each date. Those who do not enter are the
      comparison. The effect is the average over all people and periods after entry.
    - ``"imputation"`` (Borusyak, Jaravel, Spiess): person and period effects are fitted on all rows not yet
      exposed; the path holds the mean, at each time after entry, of the outcomes minus their sum, and the
      effect their mean over all. More precise, and it supposes more: parallel trends at all periods before.
      Times before entry have no coefficient.
    - ``"twfe"``: one coefficient for each time since entry, and for the effect a regression on being exposed.
      For comparison only when people enter at several dates: people already exposed serve as comparison, and
      some effects count negatively (a note says how much).

    With characteristics in the design, as they were at its time before, each has one coefficient more at each
    period but the first: people unlike at the start may then have changed unlike. For imputation they are
    fitted on the rows not yet exposed; with two periods it is then the effect of `did`. The two-way
    regression does not use them; a note says so.

    It is the effect if, without the action, those who enter and those compared had changed alike; the
    coefficients before entry show whether they did until then. See `honest_did` for how much that matters.

    Parameters
    ----------
    design : Design
        Of the ATT, with a comparison. All periods are used, not only its window.
    method : {"sun_abraham", "imputation", "twfe"}
    errors : {"CR2", "CR1", "two_stage"}, optional
        By cluster when the design has clusters, else by person. CR2 by default, with Bell-McCaffrey degrees
        of freedom; CR1 is fixest's default. With fewer than 40 clusters, or 6 treated ones, and errors left
        out, the p-value and the interval of ``effect`` are the more cautious of CR2 and of the wild bootstrap
        (`alternatives` holds the second); those of ``path`` are CR2's. `did` also replays the dates of entry.
        Imputation has errors of its own (see `imputation.impute`), referred to Student's law with as many
        degrees of freedom as clusters but one, however few (a note says so); ``"two_stage"`` gives those of
        Gardner's two-stage differences in differences, whose effect is the same.

    Returns
    -------
    Estimate
        With ``path`` by time since entry and its covariance ``vcov``. For ``"twfe"``,
        ``settings["negative_weights"]`` is the total of the negative weights of the effects, and
        ``settings["forbidden_comparisons"]`` the weight of comparisons with people already exposed, to the
        percent (`goodman_bacon` has them in full; missing when someone is not seen at all periods).

    Raises
    ------
    ValueError
        When ``method`` or ``errors`` is not one of those above, or the estimand is not the ATT.
    EstimationError
        When there is nobody to compare with, fewer than two people (or clusters) are analysed in a group or,
        for Sun and Abraham, at a date of entry, or nothing varies.

    References
    ----------
    Sun & Abraham (2021), *J. of Econometrics* 225(2). Borusyak, Jaravel & Spiess (2024), *Rev. Econ. Stud.*
    91(6).

    Examples
    --------
    >>> import pandas as pd, impactkit as ik
    >>> frame = pd.DataFrame({
    ...     "id": [1, 2, 3, 4] * 3, "time": [0] * 4 + [1] * 4 + [2] * 4, "entry": [2, 2, 0, 0] * 3,
    ...     "score": [1, 2, 1, 2, 2, 2, 1, 3, 4, 6, 2, 4],
    ... })
    >>> cohort = ik.cohort_from_frame(frame, unit="id", period="time", entry="entry", outcomes=["score"])
    >>> estimate = ik.event_study(ik.declare_design(cohort))
    >>> [(effect.event_time, round(effect.value, 6)) for effect in estimate.path]
    [(-2.0, 0.0), (0.0, 2.0)]
    """
    require(design, Design)
    if method not in get_args(EventMethod):
        raise ValueError(f"unknown method {method!r}: expected one of {', '.join(get_args(EventMethod))}")
    if errors not in (None, *get_args(EventErrors)):
        raise ValueError(f"unknown errors {errors!r}: expected one of {', '.join(get_args(EventErrors))}")
    if method == "imputation" and errors in get_args(PanelErrors):
        raise ValueError("imputation has errors of its own: leave errors out, or ask for 'two_stage'")
    if method != "imputation" and errors == "two_stage":
        raise ValueError("errors 'two_stage' are for imputation")
    followed = people_followed(design, covariates=method != "twfe" and bool(design.covariates))
    people = alike(followed.panel, described=followed.covariates.shape[1] > 0)
    _refuse_without_reference(people.profiles)
    notes, about = followed_notes(followed, design), {}
    if method == "imputation" and followed.has_few_clusters:
        notes.append(Message("estimators.note.few_clusters_imputation"))
    by_cluster: PanelErrors = "CR1" if errors == "CR1" else "CR2"
    if method == "imputation":
        result = _imputation(followed, two_stage=errors == "two_stage")
    elif method == "sun_abraham":
        result = _sun_abraham(people, followed.covariates, by_cluster)
    else:
        result = _twfe(people, by_cluster)
        misled = _Misled.of(followed, people.profiles)
        about, notes = misled.settings(), notes + misled.notes()
    _refuse_no_variation(result, followed.panel.y)
    name = errors or ("imputation" if method == "imputation" else "CR2")
    first = headline(
        name, df=float(result.found.df[0]), tests=_beside(followed, result), cautious=errors is None
    )
    return Estimate(
        design=design,
        method="event_study",
        effect=replace(_effect(followed, people, result, at=0), reference=first.reference),
        path=tuple(
            _effect(followed, people, result, at=i + 1, event_time=int(t)) for i, t in enumerate(result.times)
        ),
        vcov=result.found.covariance[1:, 1:],
        means=path_means(followed),
        counts=followed.counts,
        settings={
            "event_method": method,
            "errors": name,
            "df_rule": "satterthwaite" if method != "imputation" and errors != "CR1" else "clusters",
            "laws": ", ".join(first.laws),
            "clusters": followed.n_clusters if followed.clustered else 0,
            "weights": followed.panel.weights is not None,
            "adjusted": followed.covariates.shape[1] > 0,
            "entries": len(np.unique(people.profiles.start[people.profiles.ever])),
            "periods": followed.panel.n_periods,
            **about,
        },
        notes=(*notes, *first.notes),
        analysed=followed.ids,
        companions=first.companions,
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Path:
    """The headline first, then the effects at ``times``; ``wild`` draws the bootstrap of the headline."""

    found: Combinations
    times: Codes
    wild: Callable[[], WildTest] | None = None


def _beside(followed: Followed, result: _Path) -> dict[str, Inversion]:
    """Return the test for few clusters that stands beside the errors, by name."""
    if result.wild is None or not followed.has_few_clusters:
        return {}
    return {"wild": result.wild()}


def _sun_abraham(people: Alike, described: Floats, errors: PanelErrors) -> _Path:
    panel, first = people.panel, people.first[people.panel.ever[people.first]]
    groups = int(panel.clusters.max()) + 1
    pairs = np.unique(panel.start[first] * groups + panel.clusters[first])
    alone = int((np.unique(pairs // groups, return_counts=True)[1] < 2).sum())
    if alone:
        raise EstimationError(Message("estimators.error.entry_of_one", {"n": alone}))
    X, _, times, sizes = cohort_event_columns(people.profiles)
    found, by_time = averages(times, sizes)
    after = np.where(times >= 0, sizes, 0.0)
    contrasts = np.vstack([after / after.sum(), by_time])
    if described.shape[1]:
        X = np.column_stack([X, trends(panel, described)])
    fitted = regress(people.profiles, X)
    return _Path(
        found=people.combine(fitted, contrasts, errors=errors),
        times=found,
        wild=partial(people.wild, fitted, contrasts[0]),
    )


def _imputation(followed: Followed, *, two_stage: bool) -> _Path:
    panel = followed.panel
    times = np.unique(panel.event_time[panel.exposed])
    groups = np.vstack([panel.exposed, *(panel.exposed & (panel.event_time == time) for time in times)])
    columns = trends(panel, followed.covariates)
    imputed = impute(panel, groups, columns=columns, two_stage=two_stage)
    df = np.full(len(groups), followed.n_clusters - 1.0)
    return _Path(found=Combinations(values=imputed.values, covariance=imputed.covariance, df=df), times=times)


def _twfe(people: Alike, errors: PanelErrors) -> _Path:
    """Put the coefficient of exposure before those of the path; they come from two regressions."""
    exposed = people.profiles.exposed.astype(float)[:, None]
    fitted = regress(people.profiles, exposed)
    exposure = people.combine(fitted, np.ones((1, 1)), errors=errors)
    X, times = event_columns(people.profiles)
    path = people.combine(regress(people.profiles, X), np.eye(len(times)), errors=errors)
    covariance = np.zeros((len(times) + 1, len(times) + 1))
    covariance[0, 0], covariance[1:, 1:] = exposure.covariance[0, 0], path.covariance
    found = Combinations(
        values=np.concatenate([exposure.values, path.values]),
        covariance=covariance,
        df=np.concatenate([exposure.df, path.df]),
    )
    return _Path(found=found, times=times, wild=partial(people.wild, fitted, np.ones(1)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Misled:
    """How far the two-way regression compares with people already exposed; nothing when all enter at once."""

    entries: int
    negative: float
    forbidden: float | None

    @classmethod
    def of(cls, followed: Followed, panel: Panel) -> _Misled:
        weights = exposure_weights(panel)
        return cls(
            entries=len(np.unique(panel.start[panel.ever])),
            negative=-float(weights[weights < 0].sum()),
            forbidden=forbidden_share(followed),
        )

    def settings(self) -> dict[str, object]:
        # To the percent: these weights come from numbers of people.
        forbidden = None if self.forbidden is None else round(self.forbidden, 2)
        return {"negative_weights": round(self.negative, 2), "forbidden_comparisons": forbidden}

    def notes(self) -> list[Message]:
        if self.entries == 1:
            return []
        said = [Message("estimators.note.twfe_several_entries")]
        if self.negative >= 0.005:
            share = Quantity(self.negative, "percent")
            said = [Message("estimators.note.twfe_negative_weights", {"share": share})]
        if self.forbidden is not None and self.forbidden >= 0.005:
            share = Quantity(self.forbidden, "percent")
            said.append(Message("estimators.events.forbidden_comparisons", {"share": share}))
        return said


def _effect(
    followed: Followed, people: Alike, result: _Path, *, at: int, event_time: int | None = None
) -> Effect:
    panel = people.profiles
    rows = panel.ever & (panel.exposed if event_time is None else panel.event_time == event_time)
    return Effect(
        term="ATT",
        value=float(result.found.values[at]),
        std_error=float(result.found.covariance[at, at] ** 0.5),
        reference=StudentT(float(result.found.df[at])),
        n_treated=people.count(rows),
        n_comparison=int((~followed.treated).sum()),
        event_time=None if event_time is None else float(event_time),
    )


def _refuse_without_reference(panel: Panel) -> None:
    """Refuse a date of entry at which nobody was seen at the period just before."""
    entries = np.unique(panel.start[panel.ever])
    with_reference = np.unique(panel.start[panel.ever & (panel.event_time == -1)])
    missing = len(entries) - len(with_reference)
    if missing:
        raise EstimationError(Message("estimators.error.no_reference_period", {"n": missing}))


def _refuse_no_variation(result: _Path, y: Floats) -> None:
    # Rounding may leave a variance below zero, or the error of one in the place of none.
    if not np.sqrt(np.clip(np.diag(result.found.covariance), 0, None)).min() > 1e-12 * float(np.abs(y).max()):
        raise EstimationError(Message("estimators.error.no_variation"))
