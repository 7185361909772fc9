"""The analyses whose verdict is tested, each with a world in which what it assumes holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import impactkit as ik
from impactkit.simulate import World

# The smallest effect worth having: in standard deviations, and in shares for yes/no.
MINIMUM = 0.3
MINIMUM_SHARE = 0.12
SIZES = (20, 40, 60, 300, 1000)
# Where few people are out of the question (sites), or add nothing.
LARGER_SIZES = (60, 300, 1000)
# Months before the start, for a territory.
MONTHS = (20, 40, 60)
CHARACTERISTICS = ("x1", "x2")


def _declared(made: ik.Cohort, comparison: str | None = None) -> ik.Design:
    return ik.declare_design(made, comparison=comparison, covariates=CHARACTERISTICS)  # type: ignore[arg-type]


def _alike(made: ik.Cohort) -> ik.Design:
    return ik.match(_declared(made), on=[*CHARACTERISTICS, "y"], caliper=0.2)


def _weighted(made: ik.Cohort) -> ik.Design:
    return ik.weight(_declared(made), on=[*CHARACTERISTICS, "y"])


def _plain(made: ik.Cohort, comparison: str | None = None) -> ik.Design:
    """Declare no characteristic: they are then not looked at."""
    return ik.declare_design(made, comparison=comparison)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """A way of estimating, and a world in which what it assumes holds."""

    world: World
    estimate: Callable[[ik.Cohort], ik.Estimate]
    sizes: tuple[int, ...] = SIZES


_OBSERVED = World(design="compare_groups", before=1, selection=0.2, minimum_effect=MINIMUM)
_DID = World(design="did", selection=0.1, hidden=0.1, trend=0.1, minimum_effect=MINIMUM)
_SHARES = {"outcome": "boolean", "minimum_effect": MINIMUM_SHARE}
_SERIES = World(
    design="interrupted_series", trend=0.02, baseline_correlation=0.3, minimum_effect=1.0, after=12
)

ANALYSES: Mapping[str, Analysis] = {
    "tirage au sort": Analysis(
        world=World(design="randomised", minimum_effect=MINIMUM),
        estimate=lambda made: ik.compare_groups(_declared(made, "randomised")),
    ),
    "tirage au sort, ajusté": Analysis(
        world=World(design="randomised", minimum_effect=MINIMUM),
        estimate=lambda made: ik.compare_groups(_declared(made, "randomised"), adjust="lin"),
    ),
    "tirage au sort, oui/non": Analysis(
        world=World(design="randomised", **_SHARES),  # type: ignore[arg-type]
        estimate=lambda made: ik.compare_groups(_declared(made, "randomised")),
    ),
    "tirage au sort de structures": Analysis(
        world=World(design="randomised", clusters=30, minimum_effect=MINIMUM),
        estimate=lambda made: ik.compare_groups(_declared(made, "randomised")),
        sizes=LARGER_SIZES,
    ),
    "tirage au sort de 8 structures": Analysis(
        world=World(design="randomised", clusters=8, minimum_effect=MINIMUM),
        estimate=lambda made: ik.compare_groups(_declared(made, "randomised")),
        sizes=LARGER_SIZES,
    ),
    "comparaison telle quelle": Analysis(
        world=World(design="compare_groups", minimum_effect=MINIMUM),
        estimate=lambda made: ik.compare_groups(_declared(made)),
    ),
    "comparaison ajustée": Analysis(
        world=_OBSERVED, estimate=lambda made: ik.compare_groups(_declared(made), adjust="lin")
    ),
    "appariement": Analysis(world=_OBSERVED, estimate=lambda made: ik.compare_groups(_alike(made))),
    "pondération": Analysis(world=_OBSERVED, estimate=lambda made: ik.compare_groups(_weighted(made))),
    "doublement robuste": Analysis(world=_OBSERVED, estimate=lambda made: ik.doubly_robust(_declared(made))),
    "doubles différences": Analysis(world=_DID, estimate=lambda made: ik.did(_plain(made))),
    "doubles différences, un seul avant": Analysis(
        world=replace(_DID, before=1), estimate=lambda made: ik.did(_plain(made))
    ),
    "doubles différences, quatre avant": Analysis(
        world=replace(_DID, before=4), estimate=lambda made: ik.did(_plain(made)), sizes=LARGER_SIZES
    ),
    "doubles différences, oui/non": Analysis(
        world=replace(_DID, trend=0.02, share=0.45, **_SHARES),  # room for shares to move up and down
        estimate=lambda made: ik.did(_plain(made)),
        sizes=LARGER_SIZES,
    ),
    "doubles différences, structures": Analysis(
        world=replace(_DID, clusters=30), estimate=lambda made: ik.did(_plain(made)), sizes=LARGER_SIZES
    ),
    "doubles différences, 8 structures": Analysis(
        world=replace(_DID, clusters=8), estimate=lambda made: ik.did(_plain(made)), sizes=LARGER_SIZES
    ),
    "entrées échelonnées": Analysis(
        world=replace(_DID, design="staggered"), estimate=lambda made: ik.did(_plain(made))
    ),
    "étude d'événement": Analysis(
        world=replace(_DID, design="staggered"), estimate=lambda made: ik.event_study(_plain(made))
    ),
    "avant/après": Analysis(
        world=World(design="before_after", minimum_effect=MINIMUM),
        estimate=lambda made: ik.before_after(_plain(made)),
    ),
    "seuil": Analysis(
        world=World(design="threshold", minimum_effect=MINIMUM),
        estimate=lambda made: ik.discontinuity(
            ik.declare_design(made, covariates=CHARACTERISTICS), running="score", cutoff=0
        ),
    ),
    "proposition tirée au sort": Analysis(
        world=World(design="encouragement", minimum_effect=MINIMUM),
        estimate=lambda made: ik.encouragement(
            ik.declare_design(made, comparison="randomised", estimand="ITT", covariates=CHARACTERISTICS)
        ),
    ),
    "série d'un territoire": Analysis(
        world=_SERIES, estimate=lambda made: ik.interrupted_series(_plain(made)), sizes=MONTHS
    ),
    "série et territoire voisin": Analysis(
        world=replace(_SERIES, ratio=1),
        estimate=lambda made: ik.interrupted_series(_plain(made)),
        sizes=MONTHS,
    ),
}
