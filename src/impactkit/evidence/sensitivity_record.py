"""How strong a factor not observed would have to be to undo a result, as the annex tells it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from impactkit.design.comparable import Matched
from impactkit.disclosure import is_small
from impactkit.errors import EstimationError
from impactkit.estimators.analysed import outcome_after
from impactkit.estimators.inference.linear import Floats
from impactkit.estimators.result import Estimate
from impactkit.evidence import rules
from impactkit.evidence.claim import claim_of
from impactkit.evidence.digits import statistic_told
from impactkit.evidence.questions import chosen_and_concludes
from impactkit.evidence.record import GroupRecord, SensitivityRecord, words
from impactkit.evidence.regression import regression_of
from impactkit.evidence.sensitivity import (
    EValue,
    e_value_risk_difference,
    e_value_standardised,
    gamma_star,
    gamma_star_binary,
    oster_delta,
    robustness_value,
)
from impactkit.evidence.strongest import label_of, room_of, strengths_of, strongest_of
from impactkit.evidence.words import amount, is_share, quantity
from impactkit.text import Message, Quantity

_ALPHA = 1 - rules.LEVEL


def record_sensitivity(estimate: Estimate, means: Sequence[GroupRecord]) -> tuple[SensitivityRecord, ...]:
    """Return what a factor not observed would have to be, when people were not drawn by lot.

    Of a result that is about an absence, only what could hide an effect worth having. What rests on a share
    that secrecy hides is left out: the robustness value alone, which the check ``confounding`` tells, stays.

    Parameters
    ----------
    estimate : Estimate
    means : sequence of GroupRecord
        The means that are shown.
    """
    if not chosen_and_concludes(estimate):
        return ()
    hidden = is_share(estimate.design) and any(mean.mean is None for mean in means)
    found = _explained(estimate, hidden=hidden)
    if hidden or claim_of(estimate).is_absence:
        return found
    return (*found, *_ratios(estimate), *_proportion(estimate), *_pairs(estimate))


def _explained(estimate: Estimate, *, hidden: bool) -> tuple[SensitivityRecord, ...]:
    """Return the robustness values, and the estimate with a factor like the strongest characteristic."""
    try:
        strengths, names = strengths_of(estimate)
    except EstimationError:
        return ()
    if hidden and not names:
        return ()
    claim = claim_of(estimate)
    of = "absence" if claim.is_absence else "effect"
    t = room_of(claim) / strengths.std_error
    whole = robustness_value(t, strengths.df)
    found = [_item("robustness", of, whole, {"share": _share(whole)})]
    if hidden:
        return tuple(found)
    part = robustness_value(t, strengths.df, alpha=_ALPHA) if strengths.df > 1 else 0.0
    said = of if part > 0 else "already"
    found.append(_item("robustness_interval", said, part, {"share": _share(part)}))
    if names:
        strongest = strongest_of(estimate, strengths, names)
        name = {"characteristic": label_of(estimate, strongest.name)}
        if math.isfinite(strongest.value):
            design, effect = estimate.design, estimate.effect
            shown = {
                "value": amount(design, strongest.value, effect),
                "low": quantity(design, strongest.low, effect),
                "high": amount(design, strongest.high, effect),
            }
            found.append(_item("benchmark", "worst", strongest.value, name | shown))
        else:
            found.append(_item("benchmark", "everything", None, name))
    return tuple(found)


def _ratios(estimate: Estimate) -> tuple[SensitivityRecord, ...]:
    """Return the E-values of the estimate and of the nearest end of its interval."""
    kind = "shares" if is_share(estimate.design) else "numbers"
    found = _e_value(estimate)
    if found is None or not math.isfinite(found.point):
        return (_item("e_value", f"no_ratio_{kind}", None),)
    point = _item("e_value", kind, found.point, {"ratio": _times(found.point)})
    assert found.limit is not None  # both are asked with an interval
    said = kind if found.limit > 1 else "already"
    return (point, _item("e_value_interval", said, found.limit, {"ratio": _times(found.limit)}))


def _e_value(estimate: Estimate) -> EValue | None:
    claim = claim_of(estimate)
    after = {mean.group: mean for mean in estimate.means if mean.time == "after"}
    if set(after) != {"treated", "comparison"}:
        return None
    if is_share(estimate.design):
        return e_value_risk_difference(after["treated"].mean, claim.value, claim.low, claim.high)
    degrees = sum(mean.n - 1 for mean in after.values())
    pooled = math.sqrt(sum((mean.n - 1) * mean.sd**2 for mean in after.values()) / degrees)
    if not pooled > 0:
        return None
    return e_value_standardised(claim.value / pooled, estimate.effect.std_error / pooled)


def _proportion(estimate: Estimate) -> tuple[SensitivityRecord, ...]:
    """Return Oster's δ of the regression behind the estimate, which sampling weights have no formula for."""
    regression = regression_of(estimate, before_balancing=True)
    if not regression.names or regression.weights is not None:
        return ()
    try:
        found = oster_delta(y=regression.y, treatment=regression.treated.astype(float), X=regression.X)
    except (EstimationError, ValueError):
        return (_item("delta", "untold", None),)
    if found.coef_full * estimate.effect.value <= 0 or not math.isfinite(found.delta):
        return (_item("delta", "untold", None),)
    said = "more" if found.delta > 0 else "against"
    return (_item("delta", said, found.delta, {"times": _times(abs(found.delta))}),)


def _pairs(estimate: Estimate) -> tuple[SensitivityRecord, ...]:
    """Return the Γ at which the test of matched pairs would no longer conclude, on either side at 5 %."""
    outcomes = _outcomes_of_pairs(estimate)
    if outcomes is None or len(outcomes) < rules.FEWEST_FOR_A_TEST:
        return ()
    differences = math.copysign(1.0, estimate.effect.value) * (outcomes[:, 0] - outcomes[:, 1])
    if not differences.any():
        return ()
    if is_share(estimate.design):
        if _tells_a_small_count(outcomes, estimate):
            return ()
        favourable, unfavourable = int(np.sum(differences > 0)), int(np.sum(differences < 0))
        gamma = gamma_star_binary(favourable, unfavourable, level=_ALPHA / 2)
    else:
        gamma = gamma_star(differences, level=_ALPHA / 2)
    return (_item("gamma", "pairs" if gamma > 1 else "already", gamma, {"ratio": _times(gamma)}),)


def _outcomes_of_pairs(estimate: Estimate) -> Floats | None:
    """Return the outcomes after of each pair, the beneficiary's first; nothing unless all are of one and one.

    Sites and sampling weights are not in Rosenbaum's tests.
    """
    made = estimate.design.comparable
    if not isinstance(made, Matched) or estimate.design.clustered or estimate.settings.get("weights"):
        return None
    pairs = made.pairs
    if pairs.empty or pairs["treated"].duplicated().any() or pairs["control"].duplicated().any():
        return None
    after = outcome_after(estimate.design, pd.Index(estimate.analysed))
    outcomes: Floats = np.column_stack(
        [after.reindex(pairs[who]).to_numpy(dtype=float) for who in ("treated", "control")]
    )
    return outcomes[np.flatnonzero(np.isfinite(outcomes).all(axis=1))]


def _tells_a_small_count(outcomes: Floats, estimate: Estimate) -> bool:
    """Tell whether a yes/no outcome puts few pairs in one of four cases: Γ and the shares give them all."""
    cases = np.bincount((2 * outcomes[:, 0] + outcomes[:, 1]).astype(int), minlength=4)
    return any(is_small(int(n), estimate.design.cohort.profile) for n in cases)


def _item(
    key: str, said: str, value: float | None, params: Mapping[str, object] | None = None
) -> SensitivityRecord:
    return SensitivityRecord(
        key=key,
        label=words(Message(f"sensitivity.{key}.label")),
        value=statistic_told(value),
        reading=words(Message(f"sensitivity.{key}.{said}", params or {})),
    )


def _share(value: float) -> Quantity:
    return Quantity(value, "percent", 1)


def _times(value: float) -> Quantity:
    return Quantity(value, "number", 2 if value < 10 else 0)
