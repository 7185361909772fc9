"""The boxes from the rows of the files to the people followed, whole or as they may be shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Literal

import numpy as np
import numpy.typing as npt

from impactkit.disclosure import Box, Profile, protect_branches, rounded
from impactkit.text import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowStep:
    """One step on the way from the files to the people analysed.

    Parameters
    ----------
    key : str
        Name of the step, also its label in the catalogue: ``flow.step.<key>`` for the files,
        ``sentence.step.<key>`` for the analysis.
    n : int
        Rows or people that remain after the step.
    arm : str or None
        The arm counted, or ``None`` before arms are known.
    counts : {"rows", "people", "territories"}
        What ``n`` counts; only people are protected.
    reason : Message or None
        Why those that left since the step before did.
    who : (n,) array of int or None
        Those who remain, as positions in the cohort's ``rows.people``; ``None`` where rows or territories are
        counted, or nobody asks.
    """

    key: str
    n: int
    arm: str | None = None
    counts: Literal["rows", "people", "territories"] = "people"
    reason: Message | None = None
    who: npt.NDArray[np.intp] | None = field(default=None, compare=False, repr=False)


def kept_of(step: FlowStep, kept: npt.NDArray[np.bool_]) -> FlowStep:
    """Return a step with some of its people, of whom ``kept`` tells those who remain."""
    if step.who is None:
        raise ValueError(f"the step {step.key!r} does not say who remains")
    who = step.who[kept]
    return replace(step, n=len(who), who=who)


def protect_flow(
    common: Sequence[FlowStep], arms: Sequence[Sequence[FlowStep]], profile: Profile
) -> list[tuple[FlowStep, Box]]:
    """Return each step with its box as it may be shown, first those of the files, then those of each arm.

    The boxes of the files are shown only when no arm has a masked one: their total would give it back.
    """
    if arms and arms[0][0].counts == "territories":
        return [(step, Box(step.n, None)) for chain in (common, *arms) for step in chain]
    branches = [[step.n for step in chain] for chain in arms]
    safe, boxes = protect_branches(common[-1].n, branches, profile)
    told = [replace(step, n=rounded(step.n, profile)) for step in common]
    kept = [box if safe else Box(None, None) for _, box in whole_flow(told)]
    shown = list(zip(common, kept, strict=True))
    for chain, protected in zip(arms, boxes, strict=True):
        shown.extend(zip(chain, protected, strict=True))
    return shown


def whole_flow(chain: Sequence[FlowStep]) -> list[tuple[FlowStep, Box]]:
    """Return each step of a chain with its box, nothing hidden."""
    boxes = [(chain[0], Box(chain[0].n, None))]
    for before, step in pairwise(chain):
        boxes.append((step, Box(step.n, before.n - step.n if before.counts == step.counts else None)))
    return boxes


def reason_code(step: FlowStep) -> str | None:
    """Return the code of why those lost at a step are."""
    if step.reason is not None:
        return step.reason.key.rpartition(".")[2]
    return "not_observed" if step.key.startswith("observed_") else None
