"""The choices of a matching, checked together before anything is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

from impactkit.design.matching.on_a_line import Order
from impactkit.files.model import Distance, MatchingMethod

# What each method takes beside `on` and `seed`; another choice would be without effect, and is refused.
USES: dict[str, tuple[str, ...]] = {
    "nearest": ("distance", "caliper", "caliper_on", "ratio", "replace", "exact", "order"),
    "optimal": ("distance", "ratio", "exact"),
    "full": ("distance", "caliper", "exact"),
    "exact": (),
    "coarsened": ("exact",),
    "cardinality": ("caliper", "ratio"),
    "subclass": ("distance",),
}
_SCORES = ("logit", "probit", "linear_logit")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The choices of a matching, as `match` takes them; an impossible combination is a ValueError."""

    method: MatchingMethod
    distance: Distance
    caliper: float | None
    caliper_on: str
    ratio: int | None
    replace: bool
    exact: tuple[str, ...]
    order: Order | None
    seed: int | None

    def __post_init__(self) -> None:
        _one_of("method", self.method, get_args(MatchingMethod))
        _one_of("distance", self.distance, get_args(Distance))
        if self.order is not None:
            _one_of("order", self.order, get_args(Order))
        if self.ratio is None and self.method != "cardinality":
            raise ValueError("ratio=None, all beneficiaries kept, is for method='cardinality'")
        if self.ratio is not None and (self.ratio < 1 or self.ratio != int(self.ratio)):
            raise ValueError("ratio is a whole number, 1 or more")
        if self.caliper is not None and not self.caliper > 0:
            raise ValueError("caliper is a width in standard deviations, above 0")
        if self.caliper_on != "score" and self.caliper is None:
            raise ValueError("caliper_on needs a caliper")
        given = {
            "distance": self.distance != "logit",
            "caliper": self.caliper is not None,
            "caliper_on": self.caliper_on != "score",
            "ratio": self.ratio != 1,
            "replace": self.replace,
            "exact": bool(self.exact),
            "order": self.order is not None,
        }
        for name, is_given in given.items():
            if is_given and name not in USES[self.method]:
                allowed = ", ".join(USES[self.method]) or "none"
                raise ValueError(f"{name} is without effect with method={self.method!r}: it takes {allowed}")
        if self.method == "subclass" and not self.by_score:
            raise ValueError(f"subclasses are of a score: expected distance one of {', '.join(_SCORES)}")
        if self.method == "full" and self.caliper is not None and not self.by_score:
            raise ValueError("with method='full', a caliper goes with a distance that is a score")
        if self.order == "largest" and not self.has_score:
            raise ValueError(
                "order='largest' is by score: choose another distance, or a caliper on the score"
            )
        if self.replace and self.order is not None:
            raise ValueError("order is without effect when the same person may be taken again (replace=True)")

    @property
    def by_score(self) -> bool:
        """Whether the distance is a difference of scores."""
        return self.distance in _SCORES

    @property
    def has_score(self) -> bool:
        """Whether a score is estimated, for the distance or for the caliper."""
        if "distance" not in USES[self.method]:
            return False
        return self.by_score or (self.caliper is not None and self.caliper_on == "score")

    @property
    def turns(self) -> Order:
        """Who chooses first: those with the largest score where there is one, by default."""
        return self.order or ("largest" if self.has_score else "data")

    @property
    def settings(self) -> dict[str, object]:
        """The choices that the method takes, in plain values."""
        values: dict[str, object] = {
            "distance": self.distance,
            "caliper": self.caliper,
            "caliper_on": self.caliper_on if self.caliper is not None else None,
            "ratio": self.ratio,
            "replace": self.replace,
            "exact": list(self.exact),
            "order": None if self.replace else self.turns,
        }
        return {name: values[name] for name in USES[self.method]} | {"seed": self.seed}


def _one_of(name: str, value: object, known: Sequence[str]) -> None:
    if value not in known:
        raise ValueError(f"unknown {name} {value!r}: expected one of {', '.join(known)}")
