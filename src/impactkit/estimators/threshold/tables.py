"""The effect at a threshold, and the tables that say whether to believe it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from impactkit.disclosure import Profile, protect_chain
from impactkit.errors import EstimationError
from impactkit.estimators.inference.distributions import normal_isf, normal_sf
from impactkit.estimators.inference.linear import Floats
from impactkit.estimators.inference.multiplicity import adjust_p
from impactkit.estimators.threshold.bandwidths import Bandwidths, Selector, select
from impactkit.estimators.threshold.density import DensityJump, density_jump
from impactkit.estimators.threshold.local import (
    Kernel,
    Mask,
    Side,
    ThresholdErrors,
    kernel_weights,
    smooth,
)
from impactkit.estimators.threshold.people import AroundThreshold
from impactkit.estimators.threshold.robust import Jump, Threshold, threshold
from impactkit.text import Message

_LEVEL = ("estimate", "std_error", "conf_low", "conf_high", "p_value")
# An error this small beside the outcome is rounding.
_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class ThresholdOptions:
    """How an effect at a threshold is estimated; ``widths`` when they are given and not chosen."""

    cutoff: float
    order: int
    kernel: Kernel
    errors: ThresholdErrors
    selector: Selector
    donut: float
    widths: Bandwidths | None


def outside_hole(people: AroundThreshold, donut: float) -> Mask:
    """Tell who is not closer to the threshold than the hole."""
    return np.asarray(np.abs(people.x) >= donut)


def within(people: AroundThreshold, widths: tuple[float, float], kernel: Kernel) -> Mask:
    """Tell who has weight in windows of these widths (other side, treated side)."""
    width = np.where(people.treated, widths[1], widths[0])
    return np.asarray(kernel_weights(people.x / width, kernel) > 0)


def effect_of(people: AroundThreshold, options: ThresholdOptions) -> tuple[Threshold, Bandwidths]:
    """Choose bandwidths when none are given, and estimate.

    Raises
    ------
    EstimationError
        When too few people are near, or nothing varies.
    """
    kept = outside_hole(people, options.donut) & people.followed & people.described
    left, right = people.sides(kept)
    if not (len(left.x) and len(right.x)):
        raise EstimationError(Message("threshold.error.one_side"))
    found, widths = _fit(left, right, options, takeup=people.takeup is not None)
    _refuse_one_cluster(people, kept & within(people, widths.h, options.kernel))
    scale = max(float(np.abs(side.y[:, 0]).max()) for side in (left, right))
    if min(found.effect.robust_error, found.effect.std_error) <= _ROUNDING * scale:
        raise EstimationError(Message("estimators.error.no_variation"))
    return found, widths


def _fit(left: Side, right: Side, options: ThresholdOptions, *, takeup: bool) -> tuple[Threshold, Bandwidths]:
    outcome = np.concatenate([left.y[:, 0], right.y[:, 0]])
    if np.ptp(outcome) <= _ROUNDING * np.abs(outcome).max():
        raise EstimationError(Message("estimators.error.no_variation"))
    widths = options.widths
    if widths is None:
        # A take-up that is the same for all of a side says nothing of the ratio there: that of the outcome.
        ratio = takeup and all(np.ptp(side.y[:, 1]) > 0 for side in (left, right))
        chosen = [_without(side, 1) if takeup and not ratio else side for side in (left, right)]
        widths = select(
            *chosen,
            order=options.order,
            kernel=options.kernel,
            errors=options.errors,
            selector=options.selector,
            takeup=ratio,
        )
    found = threshold(
        left,
        right,
        order=options.order,
        kernel=options.kernel,
        errors=options.errors,
        widths=widths,
        takeup=takeup,
    )
    return found, widths


def _refuse_one_cluster(people: AroundThreshold, near: Mask) -> None:
    if people.clusters is None:
        return
    for arm, group in (("treated", people.treated), ("comparison", ~people.treated)):
        if len(np.unique(people.clusters[near & group])) < 2:
            raise EstimationError(Message(f"estimators.error.one_cluster_{arm}"))


def _without(side: Side, column: int) -> Side:
    return replace(side, y=np.delete(side.y, column, axis=1))


def density_test(people: AroundThreshold) -> DensityJump:
    """Test that the density does not jump, people at the threshold being on their own side."""
    at_threshold = people.x == 0
    zero_is_treated = not at_threshold.any() or bool(people.treated[at_threshold].any())
    found = density_jump(people.x if zero_is_treated else -people.x)
    rises = (people.side == "above") == zero_is_treated
    return found if rises else found.turned()


def covariate_jumps(people: AroundThreshold, options: ThresholdOptions) -> pd.DataFrame:
    """Estimate the jump of each covariate, with bandwidths of its own."""
    rows = []
    for i, name in enumerate(people.names):
        alone = replace(
            people, y=people.covariates[:, i], takeup=None, covariates=people.covariates[:, :0], names=()
        )
        rows.append({"covariate": name} | _row(alone, replace(options, widths=None)))
    frame = pd.DataFrame(rows, columns=["covariate", *_LEVEL])
    known = frame["p_value"].notna()
    frame["p_holm"] = np.nan
    frame.loc[known, "p_holm"] = adjust_p(frame.loc[known, "p_value"].tolist())
    return frame


def placebo_cutoffs(
    people: AroundThreshold, options: ThresholdOptions, cutoffs: Sequence[float] | None
) -> pd.DataFrame:
    """Estimate the jump at other thresholds, inside one side, with bandwidths of their own."""
    sign = 1.0 if people.side == "above" else -1.0
    if cutoffs is None:
        shares = (0.25, 0.5, 0.75)
        distances = np.concatenate(
            [np.quantile(people.x[group], shares) for group in (~people.treated, people.treated)]
        )
        cutoffs = sorted(options.cutoff + sign * distances)
    rows = []
    for cutoff in cutoffs:
        distance = sign * (float(cutoff) - options.cutoff)
        if distance == 0:
            raise ValueError("a placebo cut-off is another than the threshold itself")
        group = people.treated if distance > 0 else ~people.treated
        moved = _moved(people, group, distance)
        rows.append({"cutoff": float(cutoff)} | _row(moved, replace(options, widths=None, donut=0.0)))
    return pd.DataFrame(rows, columns=["cutoff", *_LEVEL])


def _moved(people: AroundThreshold, group: Mask, distance: float) -> AroundThreshold:
    """Return the people of one side around another threshold, the effect being that of the right alone."""
    x = people.x[group] - distance
    return replace(
        people,
        ids=people.ids[group],
        x=x,
        treated=np.asarray(x >= 0),
        y=people.y[group],
        takeup=None,
        covariates=people.covariates[group],
        clusters=None if people.clusters is None else people.clusters[group],
    )


def bandwidth_sensitivity(
    people: AroundThreshold,
    options: ThresholdOptions,
    widths: Bandwidths,
    factors: Sequence[float],
    *,
    profile: Profile,
) -> pd.DataFrame:
    """Estimate with bandwidths multiplied by each factor."""
    rows = []
    for factor in factors:
        scaled = Bandwidths(
            h=(widths.h[0] * factor, widths.h[1] * factor), b=(widths.b[0] * factor, widths.b[1] * factor)
        )
        below, above = people.natural(scaled.h)
        place = {"factor": float(factor), "bandwidth_below": below, "bandwidth_above": above}
        rows.append(place | _row(people, replace(options, widths=scaled)) | _sizes(people, options, scaled.h))
    return _protected(pd.DataFrame(rows), profile)


def donut_sensitivity(
    people: AroundThreshold,
    options: ThresholdOptions,
    widths: Bandwidths,
    holes: Sequence[float],
    *,
    profile: Profile,
) -> pd.DataFrame:
    """Estimate without those closer than each hole, with the same bandwidths."""
    rows = []
    for hole in holes:
        other = replace(options, donut=float(hole), widths=widths)
        rows.append({"donut": float(hole)} | _row(people, other) | _sizes(people, other, widths.h))
    return _protected(pd.DataFrame(rows), profile)


def _protected(table: pd.DataFrame, profile: Profile) -> pd.DataFrame:
    """Hide the numbers of people that are small, or whose difference with another one is."""
    for name in ("n_treated", "n_comparison"):
        counts = sorted(set(table[name]), reverse=True)
        shown = {n: box.n for n, box in zip(counts, protect_chain(counts, profile), strict=True)}
        table[name] = pd.array([shown[n] for n in table[name]], dtype="Int64")
    return table


def _sizes(people: AroundThreshold, options: ThresholdOptions, widths: tuple[float, float]) -> dict[str, int]:
    kept = outside_hole(people, options.donut) & people.followed & people.described
    near = kept & within(people, widths, options.kernel)
    return {
        "n_treated": int((near & people.treated).sum()),
        "n_comparison": int((near & ~people.treated).sum()),
    }


def _row(people: AroundThreshold, options: ThresholdOptions) -> dict[str, float]:
    """Return the bias-corrected effect and its robust interval; missing when it cannot be computed."""
    try:
        found, _ = effect_of(people, options)
    except EstimationError:
        return dict.fromkeys(_LEVEL, np.nan)
    return dict(zip(_LEVEL, robust_row(found.effect), strict=True))


def robust_row(found: Jump) -> tuple[float, float, float, float, float]:
    """Return value, error, ends of the 95 % interval and p-value, all robust."""
    margin = float(normal_isf(0.025)) * found.robust_error
    p = float(2 * normal_sf(abs(found.corrected) / found.robust_error))
    return (found.corrected, found.robust_error, found.corrected - margin, found.corrected + margin, p)


def curve(
    people: AroundThreshold, options: ThresholdOptions, width: float, *, treated: bool, at: Floats
) -> Floats:
    """Return the fitted polynomial of a side at distances ``at``, covariates set aside: (k,)."""
    kept = outside_hole(people, options.donut) & people.followed & people.described
    side = people.sides(kept)[1 if treated else 0]
    fitted = smooth(side.x, bandwidth=width, degree=options.order, kernel=options.kernel)
    return np.asarray((at[:, None] ** np.arange(options.order + 1)) @ (fitted.weights @ side.y[:, 0]))
