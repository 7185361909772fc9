"""Every threshold of the verdict, with its source, and the pure functions that use them.

A verdict rests on two notes from 0 to 5. *Credibility* says how far the comparison can be believed: it
starts from the design and each check can only lower it. *Precision* says how small an effect the numbers
could show. *Strength* (solidité) is the lower of the two. Attribution rests on credibility, on the
interval and on the size of the groups; it is never stronger than the design allows.

Marked "project rule": our own choice. Marked "recalled": taken from a scale we could not read again in
its source; it is then also a project rule.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from impactkit.cohort.accounts.loss_rules import WWC_CAUTIOUS, WWC_OPTIMISTIC, wwc_boundary
from impactkit.estimators.power.detectable import multiplier
from impactkit.evidence.record import Attribution, Conclusion, Imputation

# ------------------------------------------------------------------ size of the groups
# DOMAIN rule 2 (project rule; 11 is the secrecy threshold of the French tax administration, 60 the fewest
# records that the UK Justice Data Lab analyses).
FEWEST_FOR_A_FIGURE = 11
FEWEST_FOR_A_TEST = 30
FEWEST_FOR_A_MAIN_RESULT = 60

SizeRegime = Literal["qualitative", "descriptive", "exploratory", "main"]


def size_regime(smallest_group: int) -> SizeRegime:
    """Say what the smallest group analysed allows."""
    if smallest_group < FEWEST_FOR_A_FIGURE:
        return "qualitative"
    if smallest_group < FEWEST_FOR_A_TEST:
        return "descriptive"
    if smallest_group < FEWEST_FOR_A_MAIN_RESULT:
        return "exploratory"
    return "main"


# ------------------------------------------------------------------ credibility: where each design starts
# Maryland Scientific Methods Scale as scored by the What Works Centre for Local Economic Growth (June
# 2016): 5 random assignment, 3 before and after with a comparison group, 2 a comparison with adequate
# controls, 1 before/after alone or a raw comparison.
RANDOMISED = 5
DIFFERENCE_IN_DIFFERENCES = 3
# Matching, weighting or both with regression: 3 when the outcome before entry is among what makes the groups
# alike and people alike are not few, else 2.
ALIKE_IN_OUTCOME = 3
ADJUSTED_COMPARISON = 2
RAW_COMPARISON = 1
BEFORE_AFTER = 1
# Maryland scale: 4 for a discontinuity at a threshold, and for an instrument such as an offer drawn by lot.
THRESHOLD_OR_OFFER = 4
SERIES_OF_ONE_TERRITORY = 1  # WWC: a single unit in an arm is confounded with the action (recalled)


def design_start(method: str, *, comparison: str, adjusted: bool, alike_in_outcome: bool = False) -> int:
    """Return the credibility from which a design starts, before any check.

    Parameters
    ----------
    method, comparison : str
    adjusted : bool
        Whether characteristics known before the action are taken into account.
    alike_in_outcome : bool
        Whether the groups were made alike in the outcome before entry too, by matching or weighting, with
        enough people alike.
    """
    if method in ("interrupted_series", "synthetic_control", "synthetic_did"):
        return SERIES_OF_ONE_TERRITORY
    if method == "discontinuity" or (method == "encouragement" and comparison == "randomised"):
        return THRESHOLD_OR_OFFER
    if comparison == "none":
        return BEFORE_AFTER
    if comparison == "randomised":
        return RANDOMISED
    if method in ("did", "event_study"):
        return DIFFERENCE_IN_DIFFERENCES
    if alike_in_outcome:
        return ALIKE_IN_OUTCOME
    return ADJUSTED_COMPARISON if adjusted else RAW_COMPARISON


# ------------------------------------------------------------------ attrition
# The boundaries of the What Works Clearinghouse stand with the cohort, which tells its losses by them.
# Without random assignment, the most credibility left above each overall attrition (bands of the Education
# Endowment Foundation, recalled).
LOSS_BANDS = ((0.50, 0), (0.40, 1), (0.30, 2), (0.20, 3), (0.10, 4))
FAILING_LOSS = 0.30  # beyond, the bands leave 2 at most
# Losses are told by the upper ends of these bands, so that a small number of people lost stays hidden.
LOSSES_TOLD_BY = tuple(sorted(share for share, _ in LOSS_BANDS))
MOST_DIFFERENTIAL_LOSS = 0.10  # DOMAIN rule 4 (project rule): beyond, credibility is at most 2
CAP_DIFFERENTIAL_LOSS = 2
CAP_RANDOMISED_BEYOND_BOUNDARY = 3  # then the design is judged as if nobody had drawn lots

LossVerdict = Literal["ok", "caution", "fail"]
LossGap = Literal["even", "between", "uneven"]


@dataclass(frozen=True, slots=True)
class Capped:
    """An answer to a question and the most credibility it leaves."""

    status: LossVerdict
    cap: int


def loss_gap(*, overall: float, differential: float) -> LossGap:
    """Say how far apart the losses of two groups are; even is within the cautious boundary."""
    if differential > MOST_DIFFERENTIAL_LOSS:
        return "uneven"
    return "even" if differential <= wwc_boundary(overall, WWC_CAUTIOUS) else "between"


def attrition_cap(*, randomised: bool, overall: float, differential: float) -> Capped:
    """Judge losses: ``overall`` and ``differential`` are shares of people, the second between groups."""
    if randomised:
        if differential <= wwc_boundary(overall, WWC_CAUTIOUS):
            return Capped("ok", 5)
        if differential <= wwc_boundary(overall, WWC_OPTIMISTIC):
            return Capped("caution", 4)
        return Capped("fail", CAP_RANDOMISED_BEYOND_BOUNDARY)
    cap = next((cap for share, cap in LOSS_BANDS if overall > share), 5)
    if differential > MOST_DIFFERENTIAL_LOSS:
        cap = min(cap, CAP_DIFFERENTIAL_LOSS)
    status: LossVerdict = "fail" if cap <= 2 else "caution" if cap == 3 else "ok"
    return Capped(status, cap)


# ------------------------------------------------------------------ likeness of the groups before the action
# What Works Clearinghouse, Standards Handbook: up to 0.05 standard deviation fine; up to 0.25 only if the
# analysis adjusts for the characteristic; beyond, the groups are not equivalent.
WWC_EQUIVALENT = 0.05
WWC_ADJUSTABLE = 0.25
CAP_NOT_EQUIVALENT = 1
# Rubin (2001): ratio of the variances outside these bounds; one note less (project rule).
VARIANCE_RATIO = (0.5, 2.0)


def balance_cap(*, worst: float, adjusted: bool, variances_alike: bool, start: int) -> Capped:
    """Judge the largest standardised difference before the action, in a design without lots drawn.

    Parameters
    ----------
    worst : float
        Largest absolute Hedges' g or Cox index over the characteristics.
    adjusted : bool
        Whether the analysis adjusts for all characteristics that differ by more than 0.05.
    variances_alike : bool
        Whether every ratio of variances lies in `VARIANCE_RATIO`.
    start : int
        Credibility from which the design starts.
    """
    if worst > WWC_ADJUSTABLE or (worst > WWC_EQUIVALENT and not adjusted):
        return Capped("fail", CAP_NOT_EQUIVALENT)
    if not variances_alike:
        return Capped("caution", max(start - 1, 0))
    return Capped("ok", 5)


# ------------------------------------------------------------------ once groups are made comparable
# Project rules: beyond a tenth of beneficiaries with nobody to compare, the result is that of the others;
# beyond half, it says little of the action. Those compared must be worth enough people.
MOST_LEFT_OUT = 0.10
HALF_LEFT_OUT = 0.50
CAP_HALF_LEFT_OUT = 1
FEWEST_EFFECTIVE = 20

OverlapKind = Literal["enough", "some_left_out", "half_left_out", "few_effective"]


@dataclass(frozen=True, slots=True)
class Overlapping(Capped):
    """Whether enough people are left to compare: ``kind`` names what bound the answer."""

    kind: OverlapKind


def overlap_cap(*, left_out: float, effective: float, n_treated: int, start: int) -> Overlapping:
    """Judge what making the groups comparable left.

    Parameters
    ----------
    left_out : float
        Share of beneficiaries with nobody to compare.
    effective : float
        Effective size of the comparison group.
    n_treated : int
        Beneficiaries analysed.
    start : int
        Credibility from which the design starts.
    """
    if left_out > HALF_LEFT_OUT:
        return Overlapping("fail", CAP_HALF_LEFT_OUT, "half_left_out")
    if left_out > MOST_LEFT_OUT:
        return Overlapping("caution", max(start - 1, 0), "some_left_out")
    if effective < max(FEWEST_EFFECTIVE, n_treated / 2):
        return Overlapping("caution", max(start - 1, 0), "few_effective")
    return Overlapping("ok", 5, "enough")


# ------------------------------------------------------------------ trends before the action, sites
CAP_DIVERGING_TRENDS = 1  # project rule: a difference that was already there is not the action's
FEWEST_TREATED_CLUSTERS = 6  # below, errors rest on too few sites (simulations of METHODS_TIME §5)
CAP_FEW_CLUSTERS = 2
CAP_ONE_CLUSTER = 1  # WWC: one unit in an arm is confounded with the action (recalled)

# ------------------------------------------------------------------ thresholds and offers
# Project rules: a jump of the number of people at the threshold, or of a characteristic known before (after
# Holm's correction), takes one note; both leave 2. So do fewer than 50 people in the window on a side.
JUMP_LEVEL = 0.05
FEWEST_NEAR_THRESHOLD = 50
CAP_SORTED = 2
# What Works Clearinghouse, complier average effects (recalled): a first stage with an F of 16 at least;
# Staiger & Stock (1997): below 10 the usual interval is not reliable.
FIRST_STAGE = 16.0
WEAK_FIRST_STAGE = 10.0
CAP_FIRST_STAGE = 2
CAP_WEAK_FIRST_STAGE = 1
CAP_UNBOUNDED = 0


def sorting_cap(*, people_jump: bool, characteristics_jump: bool) -> Capped:
    """Judge whether people arranged to be on one side of a threshold."""
    if people_jump and characteristics_jump:
        return Capped("fail", CAP_SORTED)
    if people_jump or characteristics_jump:
        return Capped("caution", THRESHOLD_OR_OFFER - 1)
    return Capped("ok", 5)


def first_stage_cap(f_statistic: float) -> Capped:
    """Judge how much the offer, or the threshold, changes participation."""
    if f_statistic < WEAK_FIRST_STAGE:
        return Capped("fail", CAP_WEAK_FIRST_STAGE)
    if f_statistic < FIRST_STAGE:
        return Capped("caution", CAP_FIRST_STAGE)
    return Capped("ok", 5)


# ------------------------------------------------------------------ precision
# Education Endowment Foundation's bands of the smallest detectable effect, in standard deviations of the
# comparison group (recalled): below 0.2 five notes, … 0.6 and above none.
PRECISION_BANDS = ((0.2, 5), (0.3, 4), (0.4, 3), (0.5, 2), (0.6, 1))
POWER = 0.80
LEVEL = 0.95


def smallest_detectable(std_error: float, df: float) -> float:
    """Return the smallest effect found with 80 % power by a two-sided test at 5 %.

    ``(t[.975, df] + t[.80, df]) × standard error``, that is 2.80 standard errors in large samples (Bloom
    1995, *Evaluation Review* 19(5)).
    """
    return multiplier(df, power=POWER, level=LEVEL) * std_error


def precision_note(standardised_effect: float) -> int:
    """Return the note of precision for a smallest detectable effect in standard deviations.

    One that is not a number gets the lowest note.
    """
    return next((note for limit, note in PRECISION_BANDS if standardised_effect < limit), 0)


# With few clusters the usual clustered errors are too small (simulations of METHODS_TIME §5): below 40, only
# these are believed beyond two notes.
FEWEST_CLUSTERS_FOR_USUAL_ERRORS = 40
SMALL_SAMPLE_ERRORS = ("CR2", "CR3", "wild", "randomisation", "default")
CAP_USUAL_ERRORS = 2


def precision_cap(laws: Collection[str], *, clusters: int | None) -> int:
    """Return the best note of precision that the errors allow.

    Parameters
    ----------
    laws : collection of str
        Names of the errors and tests that the interval rests on.
    clusters : int or None
        None when people are not grouped.
    """
    if clusters is None or clusters >= FEWEST_CLUSTERS_FOR_USUAL_ERRORS:
        return 5
    return 5 if any(law in SMALL_SAMPLE_ERRORS for law in laws) else CAP_USUAL_ERRORS


# ------------------------------------------------------------------ conclusion and attribution
CREDIBLE = 3  # from here an effect may be said to be the action's
STRONGLY_CREDIBLE = 4  # from here reserves on a check do not weaken it further


def conclude(low: float, high: float, *, better_up: bool, minimum_effect: float | None) -> Conclusion:
    """Conclude from the 95 % interval alone.

    "No meaningful difference" is said only when the whole interval lies within the smallest effect worth
    having; a wide interval around zero is inconclusive, never an absence of effect.
    """
    if minimum_effect is not None and -minimum_effect < low and high < minimum_effect:
        return "no_meaningful_difference"
    if low > 0 or high < 0:
        return "improvement" if (low > 0) == better_up else "deterioration"
    return "inconclusive"


def imputation(
    *, compared: bool, credibility: int, reserves: bool, regime: SizeRegime, alike_by_choice: bool = False
) -> Imputation:
    """Say how surely a difference, whatever its sign, can be said to be the action's doing.

    Parameters
    ----------
    compared : bool
        Whether people are compared with others; a change of the same people alone is never attributed.
    credibility : int
        After all checks.
    reserves : bool
        Whether a check of the comparison calls for caution, failed, or could not be made.
    regime : str
        What the size of the groups allows.
    alike_by_choice : bool
        Whether the comparison rests on likeness alone: groups matched, weighted or adjusted on what was
        measured. Nothing measured shows that nothing else sets them apart, so its effect is at most probable
        (project rule; simulations of docs/validation/verdict.md).
    """
    if not compared or credibility < CREDIBLE or regime in ("qualitative", "descriptive"):
        return "not_established"
    solid = credibility >= STRONGLY_CREDIBLE or not reserves
    return "established" if solid and regime == "main" and not alike_by_choice else "probable"


def attribute(conclusion: Conclusion, *, how_surely: Imputation, regime: SizeRegime) -> Attribution:
    """Say whether the effect can be attributed to the action.

    Parameters
    ----------
    conclusion : str
        What `conclude` said.
    how_surely : str
        What `imputation` said.
    regime : str
        What the size of the groups allows.
    """
    if regime == "qualitative" or conclusion == "inconclusive":
        return "inconclusive"
    if conclusion == "no_meaningful_difference":  # a bias may hide an effect as well as feign one
        return "no_meaningful_effect" if how_surely == "established" else "inconclusive"
    if how_surely == "not_established":
        return "change_not_attributed"
    if conclusion == "deterioration":
        return "adverse_effect"
    return "attributable" if how_surely == "established" else "probably_attributable"
