"""What is said in made worlds, counted: the whole path from a cohort to a verdict, once per world."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, fields
from typing import Any

from situations import Situation

import impactkit as ik
from impactkit.errors import DesignError, EstimationError
from impactkit.simulate import draw

SEED = 1
# Before the name of what stopped the program where it should have answered, or said why it cannot.
CRASH = "!"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Counts over worlds of a situation.

    Attributes
    ----------
    worlds : int
    held : int
        Worlds whose 95 % interval holds the true effect.
    error : float
        Sum over answered worlds of the estimate less the truth, in smallest worthwhile effects.
    said : Counter
        By attribution.
    concluded : Counter
        By what the interval alone says.
    answers : Counter
        By ``(check, status, attribution)``.
    refused : Counter
        By the key of the reason why there is no estimate.
    """

    worlds: int = 0
    held: int = 0
    error: float = 0.0
    said: Counter[str] = field(default_factory=Counter)
    concluded: Counter[str] = field(default_factory=Counter)
    answers: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)

    @property
    def answered(self) -> int:
        """Worlds with an estimate."""
        return self.said.total()

    def status(self, check: str, *statuses: str, said: tuple[str, ...] = ()) -> int:
        """Count the worlds where a check gave one of these answers (any, when none is named)."""
        return sum(
            n
            for (key, status, attribution), n in self.answers.items()
            if key == check and (not statuses or status in statuses) and (not said or attribution in said)
        )

    @property
    def checks(self) -> tuple[str, ...]:
        """Keys of the checks that were made, or could not be."""
        return tuple(dict.fromkeys(key for key, _, _ in self.answers))

    def __add__(self, other: Tally) -> Tally:
        return Tally(**{one.name: getattr(self, one.name) + getattr(other, one.name) for one in fields(self)})

    def as_json(self) -> dict[str, Any]:
        """Return plain values that `from_json` reads again."""
        plain = {one.name: getattr(self, one.name) for one in fields(self)}
        return plain | {"answers": {"|".join(key): n for key, n in self.answers.items()}}

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> Tally:
        """Read what `as_json` wrote."""
        counters = {name: Counter(plain[name]) for name in ("said", "concluded", "refused")}
        answers = Counter({tuple(key.split("|")): n for key, n in plain["answers"].items()})
        return cls(**(plain | counters | {"answers": answers}))


def total(tallies: Iterable[Tally]) -> Tally:
    """Add tallies up."""
    return sum(tallies, start=Tally())


def seed_of(situation: Situation, i: int) -> int:
    """Return the seed of the i-th world of a situation, which no other situation changes."""
    name = f"{SEED}|{situation.key}|{i}".encode()
    return int.from_bytes(hashlib.sha256(name).digest()[:8])


def tally(situation: Situation, worlds: Iterable[int]) -> Tally:
    """Draw worlds of a situation by number, judge each, and count."""
    return total(_one(situation, seed_of(situation, i)) for i in worlds)


def _one(situation: Situation, seed: int) -> Tally:
    made = draw(
        situation.world, seed=seed
    )  # a world that cannot be drawn is this grid's fault: it stops here
    return judged(lambda: situation.estimate(made), situation)


def judged(estimate: Callable[[], ik.Estimate], situation: Situation) -> Tally:
    """Count one world."""
    try:
        evidence = ik.assess(estimate())
    except (DesignError, EstimationError) as error:
        return Tally(worlds=1, refused=Counter([error.message.key]))
    except (
        Exception
    ) as crash:  # a fault of the program, which must not lose the other worlds: a bar counts it
        return Tally(worlds=1, refused=Counter([f"{CRASH}{type(crash).__name__}"]))
    effect, minimum = evidence.estimate.effect, situation.world.minimum_effect
    assert minimum is not None
    truth = situation.world.effect
    low, high = (-math.inf, math.inf) if evidence.estimate.is_unbounded else effect.interval()
    return Tally(
        worlds=1,
        held=int(low <= truth <= high),
        error=(effect.value - truth) / minimum,
        said=Counter([evidence.attribution]),
        concluded=Counter([evidence.conclusion]),
        answers=Counter((check.key, check.status, evidence.attribution) for check in evidence.checks),
    )
