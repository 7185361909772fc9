"""What is said beside an effect at a threshold: other ways to compute it, means, and reservations."""

from __future__ import annotations

import numpy as np

from impactkit.errors import EstimationError
from impactkit.estimators.analysed import Arm
from impactkit.estimators.inference.distributions import normal_isf, normal_sf
from impactkit.estimators.inference.few_clusters import are_few, randomisation
from impactkit.estimators.inference.linear import Floats
from impactkit.estimators.result import Companion, Effect, GroupMean
from impactkit.estimators.threshold.local import Mask
from impactkit.estimators.threshold.people import AroundThreshold
from impactkit.estimators.threshold.robust import Jump, Threshold
from impactkit.text import Message

# METHODS_GROUPS §5, rule 6: below so many people in the window on a side, the result is to be read with care.
FEW_NEAR = 50
# Fewer distinct values in the window on a side leave the line to a handful of points (project rule).
FEW_VALUES = 10
# A first stage below this F is too weak for the usual interval (Staiger & Stock 1997).
WEAK_FIRST_STAGE = 10.0
_SMALL_COUNT = 11  # a smaller number of people is not written


def first_stage_f(taken: Jump) -> float | None:
    """Return the squared statistic of the jump of the participation; ``None`` when it is without doubt."""
    if taken.std_error <= 1e-12:
        return None
    return (taken.value / taken.std_error) ** 2


def conventional(found: Jump) -> Companion:
    """Return the estimate without correction for bias, with its own interval."""
    margin = float(normal_isf(0.025)) * found.std_error
    return Companion(
        label="conventional",
        value=found.value,
        low=found.value - margin,
        high=found.value + margin,
        p_value=float(2 * normal_sf(abs(found.value) / found.std_error)),
    )


def local_randomisation(people: AroundThreshold, *, kept: Mask, window: float) -> Companion:
    """Compare people within the window as if chance had put them on their side (effect of the right)."""
    near = kept & people.followed & (np.abs(people.x) <= window)
    treated, y = people.treated[near], people.y[near]
    if min(int(treated.sum()), int((~treated).sum())) < 2:
        raise EstimationError(Message("threshold.error.too_few_in_local_window"))
    clusters = np.arange(len(y)) if people.clusters is None else _recoded(people.clusters[near])
    test = randomisation(y=y, treated=treated, clusters=clusters, X=np.empty((len(y), 0)), weights=None)
    low, high = test.interval()
    return Companion(
        label="local_randomisation", value=test.value, low=low, high=high, p_value=test.p_value()
    )


def _recoded(codes: np.ndarray) -> np.ndarray:
    return np.asarray(np.unique(codes, return_inverse=True)[1], dtype=np.intp)


def means_near(people: AroundThreshold, kept: Mask) -> tuple[GroupMean, ...]:
    """Return the plain means of the people within the bandwidth."""
    groups: tuple[tuple[Arm, Mask], ...] = (("treated", people.treated), ("comparison", ~people.treated))
    return tuple(_mean(arm, people.y[kept & group]) for arm, group in groups)


def _mean(arm: Arm, y: Floats) -> GroupMean:
    return GroupMean(
        group=arm,
        time="after",
        mean=float(y.mean()),
        sd=float(y.std(ddof=1)) if len(y) > 1 else 0.0,
        n=len(y),
    )


def notes_of(
    people: AroundThreshold, kept: Mask, effect: Effect, found: Threshold, unknown: int
) -> list[Message]:
    """Say what the effect rests on: few people, few values, few clusters, a weak first stage."""
    notes = []
    if people.clusters is not None:
        codes = people.clusters[kept]
        n, treated = len(np.unique(codes)), len(np.unique(codes[people.treated[kept]]))
        if are_few(n, treated):
            notes.append(Message("estimators.note.few_clusters", {"n": n, "treated": treated}))
    if min(effect.n_treated, effect.n_comparison) < FEW_NEAR:
        notes.append(Message("threshold.note.few_near", {"fewest": FEW_NEAR}))
    values = [len(np.unique(people.x[kept & side])) for side in (people.treated, ~people.treated)]
    if min(values) < FEW_VALUES:
        notes.append(Message("threshold.note.few_values", {"fewest": FEW_VALUES}))
    if unknown >= _SMALL_COUNT:
        notes.append(Message("threshold.note.running_unknown", {"n": unknown}))
    elif unknown:
        notes.append(Message("threshold.note.running_unknown_few"))
    if found.takeup is not None:
        strength = first_stage_f(found.takeup)
        if strength is not None and strength < WEAK_FIRST_STAGE:
            notes.append(Message("threshold.note.weak_first_stage"))
    return notes
