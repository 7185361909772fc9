"""The effect of taking part, when an offer drew some people in and not all."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import get_args

import numpy as np

from impactkit.cohort.cohort import ENTRY, PERIOD, UNIT, FlowStep
from impactkit.cohort.steps import kept_of
from impactkit.design.design import Design
from impactkit.errors import EstimationError, require
from impactkit.estimators.analysed import (
    Analysed,
    cluster_notes,
    error_settings,
    group_means,
    people_analysed,
)
from impactkit.estimators.arms import df_rule, refuse_no_variation
from impactkit.estimators.inference.distributions import student_isf, student_sf
from impactkit.estimators.inference.linear import Contrast, Floats, FormulaErrors
from impactkit.estimators.offers.instrument import AndersonRubin, Instrumented, instrumented
from impactkit.estimators.refuse import refuse_comparable
from impactkit.estimators.result import Companion, Effect, Estimate, Exact, StudentT
from impactkit.text import Message

# Staiger & Stock (1997), *Econometrica* 65(3): below this F the usual interval of two stages is not reliable.
WEAK = 10.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class EncouragementEstimate(Estimate):
    """The effect on those whom an offer makes take part.

    Attributes
    ----------
    anderson_rubin : AndersonRubin
        The test of any value of the effect, right however weak the offer is.
    first_stage, offer : Contrast
        Effect of the offer on participation, and on the outcome (the ITT).
    first_stage_f : float
        Robust, that is effective, F of the first stage; infinite when participation follows the offer.
    """

    anderson_rubin: AndersonRubin
    first_stage: Contrast
    offer: Contrast
    first_stage_f: float


def encouragement(
    design: Design, *, instrument: str = "arm", errors: FormulaErrors | None = None
) -> EncouragementEstimate:
    """Estimate the effect of taking part on those whom an offer, drawn by lot, makes take part.

    The outcome's difference between offered and not, over the difference in participation (Wald), with the
    design's covariates in both (two-stage least squares). It is the effect on those who take part when
    offered and not otherwise, if the offer is as good as drawn by lot, acts only through participation, and
    makes nobody do the opposite.

    Parameters
    ----------
    design : Design
        With ``comparison="randomised"`` when the offer was drawn by lot: otherwise `assess` takes it for a
        plain comparison.
    instrument : str
        ``"arm"``: the arms say who was offered, and entries say who took part: anyone who entered by the time
        after, whatever the arm. The design compares by offer: ``declare_design(..., estimand="ITT")``.
        Otherwise a numeric covariate of the cohort, the offer; the design's beneficiaries are then those who
        took part.
    errors : {"CR2", "CR1", "CR0", "HC3", "HC2", "HC1", "HC0", "classic"}
        CR2 by default with clusters, else HC2.

    Returns
    -------
    EncouragementEstimate
        ``alternatives`` always holds Anderson and Rubin's interval, and the effect of the offer itself. When
        the first stage's F is below 10, Anderson and Rubin's interval is that of the effect, and the usual
        one stands beside; unless it has no ends: the effect then keeps the usual one, a note says that
        nothing can be told, and `assess` concludes nothing. ``settings`` has ``first_stage_f`` (``None``:
        participation follows the offer exactly), ``complier_share`` (offer and participation yes or no),
        ``ar_shape``.

    Raises
    ------
    ValueError
        When the instrument is no covariate, the arms are not compared by offer, or ``errors`` is unknown.
    EstimationError
        When the design was matched or weighted, the offer does not vary or changes nothing, nothing varies,
        covariates are redundant.

    References
    ----------
    Imbens & Angrist (1994), *Econometrica* 62(2). Same numbers as R's ``AER::ivreg``.

    Examples
    --------
    >>> import numpy as np, pandas as pd, impactkit as ik
    >>> draw = np.random.default_rng(1)
    >>> offered = np.repeat([1, 0], 200)
    >>> entered = offered * (draw.random(400) < 0.6)
    >>> frame = pd.DataFrame({"id": range(400), "offered": offered, "entry": entered})
    >>> frame["score"] = 10 + 2 * entered + draw.normal(size=400)
    >>> cohort = ik.cohort_from_frame(frame, unit="id", arm="offered", entry="entry", outcomes=["score"])
    >>> design = ik.declare_design(cohort, comparison="randomised", estimand="ITT")
    >>> round(ik.encouragement(design, instrument="arm").effect.value)
    2
    """
    require(design, Design)
    if errors not in (None, *get_args(FormulaErrors)):
        raise ValueError(f"unknown errors {errors!r}: expected one of {', '.join(get_args(FormulaErrors))}")
    if design.comparison == "none":
        raise EstimationError(Message("estimators.error.no_comparison"))
    refuse_comparable(design)
    if design.staggered:
        raise EstimationError(Message("estimators.error.several_entries"))
    people, offer, takeup = _people(design, instrument)
    errors = errors or ("HC2" if people.clusters is None else "CR2")
    if np.ptp(offer) == 0:
        raise EstimationError(Message("encouragement.error.offer_constant"))
    found = instrumented(
        y=people.after,
        takeup=takeup,
        offer=offer,
        X=people.covariates,
        errors=errors,
        weights=people.weights,
        clusters=people.clusters,
    )
    refuse_no_variation(found.effect, people.after)
    weak = found.f_statistic < WEAK
    shape = found.anderson_rubin.shape()
    by_test = weak and shape == "interval"
    binary = all(np.isin(values, (0, 1)).all() for values in (offer, takeup))
    return EncouragementEstimate(
        design=design,
        method="encouragement",
        effect=Effect(
            term="LATE",
            value=found.effect.value,
            std_error=found.effect.std_error,
            reference=Exact(found.anderson_rubin, found.effect.df) if by_test else StudentT(found.effect.df),
            n_treated=people.n_treated,
            n_comparison=people.n_comparison,
        ),
        means=group_means(people),
        counts=people.counts,
        settings={"adjust": "covariates" if people.covariates.shape[1] else None, "instrument": instrument}
        | error_settings(people, errors=errors, df_rule=df_rule(errors))
        | {
            "first_stage": found.first_stage.value,
            "first_stage_f": found.f_statistic if math.isfinite(found.f_statistic) else None,
            "complier_share": found.first_stage.value if binary else None,
            "offer": found.offer.value,
            "offer_std_error": found.offer.std_error,
            "ar_shape": shape,
        },
        notes=tuple(_notes(people, errors, found, weak=weak)),
        analysed=people.ids,
        companions=_companions(found, by_test=by_test),
        anderson_rubin=found.anderson_rubin,
        first_stage=found.first_stage,
        offer=found.offer,
        first_stage_f=found.f_statistic,
    )


def _people(design: Design, instrument: str) -> tuple[Analysed, Floats, Floats]:
    """Return the people analysed, the offer and the participation of each."""
    if instrument == "arm":
        if design.estimand != "ITT":
            raise ValueError("instrument='arm' compares by offer: declare the design with estimand='ITT'")
        people = people_analysed(design, baseline=False, covariates=True)
        entries = design.cohort.panel.drop_duplicates(UNIT).set_index(UNIT)[ENTRY].reindex(people.ids)
        return people, people.treated.astype(float), np.asarray(entries <= design.window[1], dtype=float)
    if instrument not in design.cohort.variables or instrument == design.outcome:
        raise ValueError(f"the instrument is 'arm' or a covariate of the cohort, not {instrument!r}")
    if instrument in design.covariates:
        raise ValueError(f"{instrument!r} cannot be both the instrument and a covariate of the design")
    people = people_analysed(design, baseline=False, covariates=True)
    panel = design.cohort.panel.sort_values(PERIOD, kind="stable").drop_duplicates(UNIT).set_index(UNIT)
    column = panel[instrument].reindex(people.ids)
    if design.cohort.variables[instrument].type == "category":
        raise ValueError(f"the instrument {instrument!r} is not a number")
    offer = column.to_numpy(dtype=float, na_value=np.nan)
    known = ~np.isnan(offer)
    people = _kept(people, known)
    return people, offer[known], people.treated.astype(float)


def _kept(people: Analysed, known: np.ndarray) -> Analysed:
    """Keep those whose offer is known, and count the others."""
    if known.all():
        return people
    steps: list[FlowStep] = []
    for step in people.counts:
        if step.key != "analysed":
            steps.append(step)
            continue
        step = kept_of(step, known[people.treated == (step.arm == "treated")])
        if step.n < 2:
            raise EstimationError(Message(f"estimators.error.too_few_{step.arm}"))
        steps += [replace(step, key="offer_known", reason=Message("encouragement.reason.offer_known")), step]
    return Analysed(
        ids=people.ids[known],
        treated=people.treated[known],
        before=people.before[known],
        after=people.after[known],
        covariates=people.covariates[known],
        weights=None if people.weights is None else people.weights[known],
        clusters=None
        if people.clusters is None
        else np.asarray(np.unique(people.clusters[known], return_inverse=True)[1], dtype=np.intp),
        balancing=None,  # designs made comparable are refused
        counts=tuple(steps),
    )


def _companions(found: Instrumented, *, by_test: bool) -> tuple[Companion, ...]:
    test = found.anderson_rubin
    low, high = test.interval()
    first = Companion(label="anderson_rubin", value=test.value, low=low, high=high, p_value=test.p_value())
    usual = (_student("two_stage", found.effect),) if by_test else ()
    return (first, *usual, _student("offer", found.offer))


def _student(label: str, result: Contrast) -> Companion:
    margin = float(student_isf(0.025, result.df)) * result.std_error
    p = float(2 * student_sf(abs(result.value) / result.std_error, result.df)) if result.std_error else None
    return Companion(
        label=label, value=result.value, low=result.value - margin, high=result.value + margin, p_value=p
    )


def _notes(people: Analysed, errors: FormulaErrors, found: Instrumented, *, weak: bool) -> list[Message]:
    notes = cluster_notes(people, errors)
    shape = found.anderson_rubin.shape()
    if shape != "interval":
        notes.append(Message(f"encouragement.note.unbounded_{shape}"))
    elif weak:
        notes.append(Message("encouragement.note.weak"))
    if not math.isfinite(found.f_statistic):
        notes.append(Message("encouragement.note.follows_offer"))
    return notes
