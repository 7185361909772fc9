"""The same effect by every analysis that the design allows (Simonsohn, Simmons & Nelson 2020)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

import numpy as np
import pandas as pd

from impactkit.design.design import Design
from impactkit.design.matching.pairs_chosen import match
from impactkit.design.weighting.weigh import weight
from impactkit.disclosure.discreet import discreet
from impactkit.errors import DesignError, EstimationError, require
from impactkit.estimators.displayed import told_effects
from impactkit.estimators.groups.augmented import doubly_robust
from impactkit.estimators.groups.comparison import compare_groups
from impactkit.estimators.panel.differences import did
from impactkit.estimators.result import Estimate
from impactkit.evidence import rules
from impactkit.evidence.credibility_start import design_start_of
from impactkit.evidence.figure import has_figure
from impactkit.evidence.told_shares import told
from impactkit.html import table_html
from impactkit.text import Message

OwnErrors = Literal["HC2"] | None
_OF_SHARES = 0.1  # as if the standard error of a share: it is shown to two decimals


@dataclass(frozen=True, slots=True)
class Analysis:
    """A way to estimate the effect of a design, and when it applies.

    ``estimate`` takes a design and errors, the estimator's default when there are none.
    """

    estimate: Callable[[Design, OwnErrors], Estimate]
    applies: Callable[[Design], bool]


def _without_characteristics(design: Design) -> Design:
    return replace(design, covariates=())


def _always(design: Design) -> bool:
    return True


def _known_before(design: Design) -> bool:
    return design.has_baseline


def _anything_known(design: Design) -> bool:
    return design.has_baseline or bool(design.covariates)


def _both_known(design: Design) -> bool:
    return design.has_baseline and bool(design.covariates)


# In the order of what they take into account.
REGRESSIONS: Mapping[str, Analysis] = {
    "difference": Analysis(
        lambda design, errors: compare_groups(_without_characteristics(design), errors=errors), _always
    ),
    "ancova_baseline": Analysis(
        lambda design, errors: compare_groups(
            _without_characteristics(design), adjust="ancova", errors=errors
        ),
        _both_known,
    ),
    "ancova": Analysis(
        lambda design, errors: compare_groups(design, adjust="ancova", errors=errors), _anything_known
    ),
    "lin": Analysis(
        lambda design, errors: compare_groups(design, adjust="lin", errors=errors), _anything_known
    ),
    "did": Analysis(
        lambda design, errors: did(_without_characteristics(design), errors=errors), _known_before
    ),
    "did_adjusted": Analysis(lambda design, errors: did(design, errors=errors), _both_known),
}
# Those that make the groups alike first have errors of their own.
_MADE_ALIKE: Mapping[str, Analysis] = {
    "doubly_robust": Analysis(lambda design, errors: doubly_robust(design), _anything_known),
    "weighted": Analysis(lambda design, errors: compare_groups(weight(design)), _anything_known),
    "matched": Analysis(lambda design, errors: compare_groups(match(design)), _anything_known),
}
_AS_DECLARED: Mapping[str, Analysis] = {
    "comparable": Analysis(lambda design, errors: compare_groups(design), _always)
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SpecificationCurve:
    """An effect by every analysis that a design allows; made by `specification_curve`.

    Attributes
    ----------
    design : Design
    estimates : mapping of str to Estimate
        By name of the analysis.
    refused : mapping of str to Message
        The analyses that could not be made, and why.
    """

    design: Design
    estimates: dict[str, Estimate]
    refused: dict[str, Message]

    def tidy(self, level: float = 0.95) -> pd.DataFrame:
        """Return one row per analysis, from the lowest estimate to the highest.

        Returns
        -------
        DataFrame
            Columns ``analysis, estimate, std_error, conf_low, conf_high, p_value, n_treated, n_comparison,
            defensible`` (see `is_defensible`). Full values to compute with; the table shows of itself what
            may be shown.
        """
        frames = [
            pd.DataFrame(estimate.tidy(level))
            .iloc[:1]
            .assign(analysis=name, defensible=is_defensible(estimate))
            for name, estimate in self.estimates.items()
        ]
        columns = ["analysis", "estimate", "std_error", "conf_low", "conf_high", "p_value"]
        columns += ["n_treated", "n_comparison", "defensible"]
        if not frames:
            return pd.DataFrame(columns=columns)
        frame = pd.concat(frames)[columns].sort_values("estimate", kind="stable").reset_index(drop=True)
        hidden = np.array([not self.estimates[name].is_displayed for name in frame["analysis"]])
        profile = self.design.cohort.profile
        return discreet(frame, partial(told_effects, frame, hidden=hidden, profile=profile), profile=profile)

    def __repr__(self) -> str:
        return f"<SpecificationCurve: {len(self.estimates)} analyses>"

    @property
    def told(self) -> SpecificationCurve:
        """The same analyses with their effects as they may be told; those of too few people are left out."""
        shown = {name: told(estimate) for name, estimate in self.estimates.items() if has_figure(estimate)}
        return replace(self, estimates=shown)

    def _repr_html_(self) -> str:
        table = pd.DataFrame(self.told.tidy()).drop(columns=["n_treated", "n_comparison"])
        std_error = _OF_SHARES if self.design.variable.type == "boolean" else None
        told = told_effects(table, hidden=False, profile=None, std_error=std_error)
        return table_html(told, words={"analysis": "plot.specifications.name"})


def specification_curve(design: Design) -> SpecificationCurve:
    """Estimate the effect of a design by every analysis it allows: does the result hang on the one chosen?

    The difference between the groups after; the same with the outcome before and the characteristics taken
    into account, with one slope (``"ancova"``) or one for each group (``"lin"``); the difference of changes,
    plain or adjusted; the doubly robust estimate; groups weighted (`weight`) and matched (`match`) with the
    defaults; and, when the design was itself matched or weighted, that one (``"comparable"``). None is chosen
    by its result.

    Parameters
    ----------
    design : Design
        With a comparison and one date of entry.

    Returns
    -------
    SpecificationCurve
        `impactkit.plot.specifications` draws it.

    Raises
    ------
    EstimationError
        When there is nobody to compare with, people enter at several dates, or no analysis can be made.

    References
    ----------
    Simonsohn, Simmons & Nelson (2020), *Nature Human Behaviour* 4(11).

    Examples
    --------
    >>> import pandas as pd, impactkit as ik
    >>> frame = pd.DataFrame({"id": range(8), "helped": [1, 0] * 4, "age": [20, 31, 42, 24, 35, 46, 28, 39]})
    >>> frame["score"] = [5, 3, 8, 4, 6, 5, 7, 4]
    >>> cohort = ik.cohort_from_frame(frame, unit="id", arm="helped", outcomes=["score"], covariates=["age"])
    >>> curve = ik.specification_curve(ik.declare_design(cohort, covariates=["age"]))
    >>> sorted(curve.estimates)[:3]
    ['ancova', 'difference', 'doubly_robust']
    """
    require(design, Design)
    if design.comparison == "none":
        raise EstimationError(Message("estimators.error.no_comparison"))
    if design.staggered:
        raise EstimationError(Message("estimators.error.several_entries"))
    curve = estimate_each(design.everyone, {**REGRESSIONS, **_MADE_ALIKE})
    if design.comparable is not None:
        declared = estimate_each(design, _AS_DECLARED)
        estimates, refused = curve.estimates | declared.estimates, curve.refused | declared.refused
        curve = SpecificationCurve(design=design, estimates=estimates, refused=refused)
    if not curve.estimates:
        raise EstimationError(next(iter(curve.refused.values())))
    return curve


def estimate_each(
    design: Design, analyses: Mapping[str, Analysis], *, errors: OwnErrors = None
) -> SpecificationCurve:
    """Estimate the effect by each of these analyses that applies to the design."""
    estimates: dict[str, Estimate] = {}
    refused: dict[str, Message] = {}
    for name, analysis in analyses.items():
        if analysis.applies(design):
            try:
                estimates[name] = analysis.estimate(design, errors)
            except (DesignError, EstimationError) as error:
                refused[name] = error.message
    return SpecificationCurve(design=design, estimates=estimates, refused=refused)


def is_defensible(estimate: Estimate) -> bool:
    """Tell whether an analysis takes account of what set the groups apart, or lots did."""
    return design_start_of(estimate) >= rules.ADJUSTED_COMPARISON


def analysis_of(estimate: Estimate) -> str:
    """Return the name of the analysis that an estimate is, among those of the curve."""
    if estimate.method == "doubly_robust":
        return "doubly_robust"
    if estimate.design.comparable is not None:
        return "comparable"
    if estimate.method == "did":
        return "did_adjusted" if estimate.design.covariates else "did"
    return str(estimate.settings.get("adjust") or "difference")
