"""The synthesis: measures pooled, counted, and what they lack."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import pandas as pd

from impactkit.errors import EstimationError
from impactkit.estimators.inference.multiplicity import adjust_p
from impactkit.estimators.pooling.door import pool
from impactkit.estimators.pooling.pooled import Pooled
from impactkit.estimators.several.by_subgroup import Interaction
from impactkit.evidence import rules
from impactkit.evidence.record import Conclusion
from impactkit.synthesis.alike import Family, Refused, group
from impactkit.synthesis.changes import ItemTally, tally_changes
from impactkit.synthesis.counts import UNKNOWN, Dimension, Duty, Tally, duties, groups_of, tally, tally_all
from impactkit.synthesis.gather import Gathered
from impactkit.synthesis.lacking import Lacking, actions_needed, lacking
from impactkit.synthesis.measure import Measure
from impactkit.text import Message

By = Literal["region", "axis", "public", "national"]

# Cochrane Handbook §10.11: ten studies for each characteristic that is looked at.
FEWEST_FOR_MODERATOR = 10
# Leaving each one out is told up to so many measures: beyond, one weighs too little to change anything.
MOST_LEFT_OUT = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """The measures of a family pooled apart, by design strength, public, rurality or the one asked for.

    ``difference`` compares the groups; ``None`` where they share measures, or fewer than two are pooled.
    """

    dimension: Dimension
    groups: tuple[tuple[str, Pooled | Message], ...]
    difference: Interaction | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Together:
    """A family pooled.

    Attributes
    ----------
    family : Family
    pooled, paule_mandel : Pooled or Message
        By REML and by Paule and Mandel, with Hartung and Knapp's intervals; or why not.
    splits : tuple of Split
    by_design : Pooled or Message
        How the effect goes with the credibility of the design, by meta-regression; or why not.
    p_holm : float or None
        Of the average, corrected for the number of averages of the synthesis.
    sharing : int
        Measures made from a file that another one of the family is made from too.
    needed : int or None
        Actions in all that would show the smallest effect worth having.
    """

    family: Family
    pooled: Pooled | Message
    paule_mandel: Pooled | Message
    splits: tuple[Split, ...]
    by_design: Pooled | Message
    p_holm: float | None
    sharing: int
    needed: int | None

    @property
    def conclusion(self) -> Conclusion | None:
        """What the interval of the average has one conclude, as for a measure; ``None`` without average."""
        if isinstance(self.pooled, Message):
            return None
        outcome = self.family.measures[0].outcome
        low, high = self.pooled.effect.interval(rules.LEVEL)
        return rules.conclude(
            low, high, better_up=outcome.direction == "increase", minimum_effect=smallest_worth(self.family)
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Synthesis:
    """What measures show together; made by `synthesise`."""

    by: By
    gathered: Gathered
    together: tuple[Together, ...]
    refused: tuple[Refused, ...]
    overall: Tally
    tallies: dict[Dimension, tuple[Tally, ...]]
    duties: tuple[Duty, ...]
    lacking: tuple[Lacking, ...]
    changes: tuple[ItemTally, ...]

    @property
    def pacts(self) -> int:
        """Pacts that have a measure or a form on changes: the denominator of the questionnaire."""
        measured = {measure.study for measure in self.measures if measure.kind == "pacte"}
        return len(measured | {pact.study for pact in self.gathered.answers})

    @property
    def measures(self) -> tuple[Measure, ...]:
        """The measures, conclusive or not."""
        return self.gathered.measures

    @property
    def n_pooled(self) -> int:
        """Measures that are in a family."""
        return sum(len(item.family.measures) for item in self.together)


def synthesise(gathered: Gathered, *, by: By = "national") -> Synthesis:
    """Pool what is alike, count everything, and say what is missing.

    Parameters
    ----------
    gathered : Gathered
    by : {"region", "axis", "public", "national"}
        What pooled effects are told apart by, beside design strength, public and rurality.

    Raises
    ------
    ValueError
        When ``by`` is not one of those above.
    """
    if by not in get_args(By):
        raise ValueError(f"unknown by {by!r}: expected one of {', '.join(get_args(By))}")
    families, refused = group(gathered.measures)
    pooled = [_pool(frame_of(family)) for family in families]
    known = [item.effect.p_value for item in pooled if isinstance(item, Pooled)]
    corrected = iter(adjust_p(known).tolist() if known else [])
    together = tuple(
        _together(family, item, by, next(corrected) if isinstance(item, Pooled) else None)
        for family, item in zip(families, pooled, strict=True)
    )
    dimensions: tuple[Dimension, ...] = ("axis", "public", "region", "design", "rural")
    return Synthesis(
        by=by,
        gathered=gathered,
        together=together,
        refused=refused,
        overall=tally_all(gathered.measures),
        tallies={name: tally(gathered.measures, name) for name in dimensions},
        duties=duties(gathered.measures),
        lacking=lacking(gathered.measures),
        changes=tally_changes(gathered.answers),
    )


def frame_of(family: Family) -> pd.DataFrame:
    """Return the effects of a family, one row per measure: estimate, interval and credibility."""
    rows = [
        (item.effect.estimate, item.effect.std_error, item.effect.conf_low, item.effect.conf_high)
        for item in family.measures
        if item.effect is not None
    ]
    frame = pd.DataFrame(rows, columns=["estimate", "std_error", "conf_low", "conf_high"])
    frame["credibility"] = [item.credibility for item in family.measures]
    frame.index = pd.Index([f"{item.study}/{item.action}" for item in family.measures], name="measure")
    return frame


def smallest_worth(family: Family) -> float | None:
    """Return the median of the smallest effects worth having that its measures declare."""
    known = [item.outcome.minimum_effect for item in family.measures if item.outcome.minimum_effect]
    return float(np.median(known)) if known else None


def _pool(frame: pd.DataFrame, **options: object) -> Pooled | Message:
    try:
        return pool(frame, **options)  # type: ignore[arg-type]
    except EstimationError as error:
        if error.message.key == "pooling.error.identical":  # its remedy is for who writes code
            return Message("synthesis.pooled.identical", error.message.params)
        return error.message


def _together(family: Family, pooled: Pooled | Message, by: By, p_holm: float | None) -> Together:
    frame = frame_of(family)
    dimensions: list[Dimension] = ["design", "public", "rural"]
    if by in ("region", "axis"):
        dimensions.append(by)
    splits = [_split(family, frame, dimension) for dimension in dimensions]
    return Together(
        family=family,
        pooled=pooled,
        paule_mandel=_pool(frame, method="PM"),
        splits=tuple(item for item in splits if item is not None),
        by_design=_by_design(frame),
        p_holm=p_holm,
        sharing=_sharing(family.measures),
        needed=actions_needed(pooled, smallest_worth(family)) if isinstance(pooled, Pooled) else None,
    )


def _split(family: Family, frame: pd.DataFrame, dimension: Dimension) -> Split | None:
    """Pool by group; ``None`` where all measures are in one group, or say nothing."""
    groups = [groups_of(item, dimension) for item in family.measures]
    names = sorted({name for found in groups for name in found if name != UNKNOWN})
    if not names or (len(names) == 1 and all(found == (names[0],) for found in groups)):
        return None
    if dimension != "public":
        own = pd.Series([found[0] or None for found in groups], index=frame.index, dtype=object)
        whole = _pool(frame.assign(_group=own), by="_group")
        if isinstance(whole, Pooled):
            kept = tuple((str(name), item) for name, item in whole.subgroups if name != UNKNOWN)
            return Split(dimension=dimension, groups=kept, difference=whole.difference)
    # An action may be for several publics: groups share measures, and cannot be compared as if apart.
    parts = ((name, frame[[name in found for found in groups]]) for name in names)
    return Split(
        dimension=dimension, groups=tuple((name, _pool(part)) for name, part in parts), difference=None
    )


def _by_design(frame: pd.DataFrame) -> Pooled | Message:
    if len(frame) < FEWEST_FOR_MODERATOR:
        counts = {"n": len(frame), "fewest": FEWEST_FOR_MODERATOR}
        return Message("synthesis.pooled.too_few_for_moderator", counts)
    if frame["credibility"].nunique() < 2:
        return Message("synthesis.pooled.same_credibility")
    return _pool(frame, moderators=["credibility"])


def _sharing(measures: Sequence[Measure]) -> int:
    """Count measures made from a file that another one is made from too: their people may be the same."""
    seen: dict[str, int] = {}
    for measure in measures:
        for sha in set(measure.provenance.inputs.values()):
            seen[sha] = seen.get(sha, 0) + 1
    return sum(any(seen[sha] > 1 for sha in measure.provenance.inputs.values()) for measure in measures)
