"""The simulators' worlds: what may be set in each, and how its effect is then estimated.

Everything is told on a score from 0 to 20, of mean 9 and standard deviation 3 among people compared: settings
in points are divided by 3 to make a `World`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from impactkit.cohort import Cohort
from impactkit.design import Design, declare_design, weight
from impactkit.estimators import Estimate, before_after, compare_groups, did
from impactkit.simulate import World

Settings = Mapping[str, float | str]

MEAN, SD = 9.0, 3.0
SMALLEST_USEFUL = 1.0  # point, where it is not a setting


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """A number that may be set, from ``low`` to ``high``; ``whole`` when it counts."""

    low: float
    high: float
    step: float
    start: float

    @property
    def whole(self) -> bool:
        """Whether it is a count."""
        return float(self.step).is_integer()


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A word that may be set."""

    options: tuple[str, ...]
    start: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A made world with settings.

    Attributes
    ----------
    controls : mapping of str to Range or Choice
    world : function of the settings
    estimate : function of a cohort and the settings
    """

    controls: Mapping[str, Range | Choice]
    world: Callable[[Settings], World]
    estimate: Callable[[Cohort, Settings], Estimate]


_DRAW = Range(low=1, high=40, step=1, start=1)
_LOST = Range(low=0, high=0.5, step=0.05, start=0.1)


def _effect(start: float) -> Range:
    return Range(low=-2, high=4, step=0.25, start=start)


def _people(start: int) -> Range:
    return Range(low=20, high=400, step=10, start=start)


def _number(settings: Settings, name: str) -> float:
    return float(settings[name])


def _points(settings: Settings, name: str) -> float:
    """Return a setting in points as standard deviations."""
    return _number(settings, name) / SD


def _declare(cohort: Cohort, settings: Settings, **options: Any) -> Design:
    return declare_design(cohort, minimum_effect=float(settings.get("useful", SMALLEST_USEFUL)), **options)


# ------------------------------------------------------------------ how many people: lots drawn


def _sample_world(settings: Settings) -> World:
    return World(design="randomised", n=int(settings["people"]), effect=_points(settings, "effect"))


def _lots(cohort: Cohort, settings: Settings) -> Estimate:
    return compare_groups(_declare(cohort, settings, comparison="randomised"))


# ------------------------------------------------------------------ who is lost: lots drawn


def _losses_world(settings: Settings) -> World:
    lost = _number(settings, "lost")
    # Beneficiaries and people compared are as many: neither share may leave 0 to 1.
    gap = min(_number(settings, "lost_gap"), 2 * lost)
    return World(
        design="randomised",
        n=int(settings["people"]),
        effect=_points(settings, "effect"),
        attrition=lost,
        attrition_gap=gap,
        attrition_slope=-_number(settings, "lost_slope"),
    )


# ------------------------------------------------------------------ one group, before and after


def _one_group_world(settings: Settings) -> World:
    return World(
        design="before_after",
        n=int(settings["people"]),
        effect=_points(settings, "effect"),
        regression_to_mean=_points(settings, "trough"),
        trend=_points(settings, "maturing"),
        attrition=_number(settings, "lost"),
    )


def _before_after(cohort: Cohort, settings: Settings) -> Estimate:
    return before_after(_declare(cohort, settings))


# ------------------------------------------------------------------ two groups that were not drawn


def _two_groups_world(settings: Settings) -> World:
    return World(
        design="did",
        n=int(settings["people"]),
        effect=_points(settings, "effect"),
        selection=-_number(settings, "observed"),
        hidden=-_number(settings, "hidden"),
        trend=0.2,
        trend_gap=_points(settings, "diverging"),
        explained=0.3,
    )


def _two_groups(cohort: Cohort, settings: Settings) -> Estimate:
    design = _declare(cohort, settings, covariates=("x1", "x2"))
    if settings["method"] == "did":
        return did(design)
    if settings["method"] == "weighted":
        return compare_groups(weight(design, method="entropy", on=("x1", "x2", "y")))
    return compare_groups(design)


# ------------------------------------------------------------------ from the comparison to the verdict


def _verdict_world(settings: Settings) -> World:
    design, trough = str(settings["comparison"]), 0.3
    kinds = {"none": "before_after", "neighbours": "did", "lots": "randomised"}
    kind: Any = kinds[design]
    return World(
        design=kind,
        n=int(settings["people"]),
        effect=_points(settings, "effect"),
        trend=0.1,
        regression_to_mean=trough if kind == "before_after" else 0.0,
        attrition=_number(settings, "lost"),
    )


def _verdict(cohort: Cohort, settings: Settings) -> Estimate:
    if settings["comparison"] == "none":
        return _before_after(cohort, settings)
    if settings["comparison"] == "lots":
        return _lots(cohort, settings)
    return did(_declare(cohort, settings))


SCENARIOS: Mapping[str, Scenario] = {
    "sample": Scenario(
        controls={
            "effect": _effect(1),
            "people": _people(60),
            "useful": Range(low=0.25, high=3, step=0.25, start=1),
            "draw": _DRAW,
        },
        world=_sample_world,
        estimate=_lots,
    ),
    "losses": Scenario(
        controls={
            "effect": _effect(1),
            "people": _people(150),
            "lost": Range(low=0, high=0.5, step=0.05, start=0.25),
            "lost_gap": Range(low=0, high=0.4, step=0.05, start=0.2),
            "lost_slope": Range(low=0, high=4, step=0.5, start=3),
            "draw": _DRAW,
        },
        world=_losses_world,
        estimate=_lots,
    ),
    "one_group": Scenario(
        controls={
            "effect": _effect(0),
            "people": _people(100),
            "trough": Range(low=0, high=4, step=0.25, start=2),
            "maturing": Range(low=0, high=2, step=0.25, start=0.5),
            "lost": _LOST,
            "draw": _DRAW,
        },
        world=_one_group_world,
        estimate=_before_after,
    ),
    "two_groups": Scenario(
        controls={
            "method": Choice(options=("raw", "weighted", "did"), start="raw"),
            "effect": _effect(1),
            "people": _people(150),
            "observed": Range(low=-1.5, high=1.5, step=0.1, start=0.7),
            "hidden": Range(low=-1.5, high=1.5, step=0.1, start=0.3),
            "diverging": Range(low=-1, high=1, step=0.1, start=0),
            "draw": _DRAW,
        },
        world=_two_groups_world,
        estimate=_two_groups,
    ),
    "verdict": Scenario(
        controls={
            "comparison": Choice(options=("none", "neighbours", "lots"), start="neighbours"),
            "effect": _effect(1),
            "people": _people(100),
            "useful": Range(low=0.25, high=3, step=0.25, start=1),
            "lost": _LOST,
            "draw": _DRAW,
        },
        world=_verdict_world,
        estimate=_verdict,
    ),
}
