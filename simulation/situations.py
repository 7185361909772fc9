"""The worlds in which the verdict is tested: which analysis, of whom, and what goes wrong.

Gaps are set so that the bias they leave in the analysis is a given number of smallest worthwhile effects.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from analyses import ANALYSES, MINIMUM

import impactkit as ik
from impactkit.simulate import World

# What goes wrong is looked at where a result may be a main one.
SIZES_WRONG = (60, 300)
STRENGTHS = (0.5, 1.0, 2.0)
# How an outcome before, at equal characteristics, tells of after: (0.6 - 0.2) / (1 - 0.2).
_KEPT = 0.5
# Gap of the outcome for one standard deviation more in both characteristics, and in the hidden one.
_BY_SELECTION = 2 * 0.1**0.5
_BY_HIDDEN = 0.2**0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """A world, an analysis of it, and what is known of what should be said.

    Attributes
    ----------
    analysis : str
    world : World
        Effect included.
    size : int
        Beneficiaries; months before the start for a series.
    wrong : str
        What goes wrong; empty where assumptions hold.
    strength : float
        The bias meant, in smallest worthwhile effects; 0 where assumptions hold.
    visible : bool
        Whether the data hold signs of it.
    """

    analysis: str
    world: World
    size: int
    wrong: str = ""
    strength: float = 0.0
    visible: bool = False

    @property
    def effect(self) -> float:
        """The true effect, in smallest worthwhile ones."""
        assert self.world.minimum_effect is not None
        return round(self.world.effect / self.world.minimum_effect, 3)

    @property
    def key(self) -> str:
        """A name of its own, from which its draws are seeded."""
        return f"{self.analysis}|{self.size}|{self.effect}|{self.wrong}|{self.strength}"

    def estimate(self, made: ik.Cohort) -> ik.Estimate:
        """Analyse a cohort of the world."""
        return ANALYSES[self.analysis].estimate(made)


@dataclass(frozen=True, slots=True)
class Wrong:
    """Something that goes wrong: in which analyses, how a bias of b is made, whether the data show it."""

    analyses: tuple[str, ...]
    change: Callable[[World, float], World]
    visible: bool
    sizes: tuple[int, ...] = SIZES_WRONG


_MATCHING = ("comparaison ajustée", "appariement", "pondération", "doublement robuste")
_SEVERAL_BEFORE = (
    *("doubles différences", "doubles différences, quatre avant", "doubles différences, oui/non"),
    *("doubles différences, structures", "entrées échelonnées", "étude d'événement"),
)
# Mean time since entry, by which a gap that grows is to be divided: of dates 1, 2, 3 followed to 3 (1, 2, 3,
# 1, 2, 1), and of twelve months.
_EXPOSURE = {"staggered": 5 / 3, "interrupted_series": 13 / 2}


def _selection(world: World, bias: float) -> World:
    return replace(world, selection=bias / _BY_SELECTION)


def _hidden(world: World, bias: float) -> World:
    return replace(world, hidden=bias / _BY_HIDDEN)


def _hidden_beyond_baseline(world: World, bias: float) -> World:
    return replace(world, hidden=bias / _BY_HIDDEN / _KEPT)


def _trend(world: World, bias: float) -> World:
    return replace(world, trend_gap=bias / _EXPOSURE.get(world.design, 1.0))


def _unseen_trend(world: World, bias: float) -> World:
    return replace(_trend(world, bias), trend_from="entry")


def _trough(world: World, bias: float) -> World:
    return replace(world, regression_to_mean=bias)


def _trough_beyond_baseline(world: World, bias: float) -> World:
    return replace(world, regression_to_mean=bias / _KEPT)


def _lost(world: World, bias: float) -> World:
    """Lose a quarter of people, those who do badly first, more of them among beneficiaries.

    With a slope of -2, a difference of losses of 10 points moves the gap by some 0.13 standard deviations.
    """
    uneven = min(bias / 1.3, 0.5)
    return replace(world, attrition=max(0.25, uneven / 2), attrition_gap=uneven, attrition_slope=-2.0)


def _lost_evenly(world: World, bias: float) -> World:
    """Lose people who do badly, as many of both groups: no bias where the action does nothing."""
    return replace(world, attrition=min(bias, 0.5), attrition_slope=-2.0)


def _sorted(world: World, bias: float) -> World:
    return replace(world, sorting=min(bias / MINIMUM / 2, 1.0))


def _sites_unknown(world: World, bias: float) -> World:
    return replace(world, clusters=20, icc=min(bias / 3, 0.3))


def _spilled(world: World, bias: float) -> World:
    """Reach people compared, and with a bias of one worthwhile effect, leave none to be seen."""
    assert world.minimum_effect is not None
    return replace(world, spillover=min(0.4 * bias / world.minimum_effect, 0.8))


WRONGS: Mapping[str, Wrong] = {
    "sélection observée": Wrong(("comparaison telle quelle",), _selection, True),
    "sélection cachée": Wrong(("comparaison telle quelle",), _hidden, False),
    "sélection cachée, situation d'avant connue": Wrong(_MATCHING, _hidden_beyond_baseline, True),
    "évolutions divergentes": Wrong(_SEVERAL_BEFORE, _trend, True),
    "évolutions divergentes, un seul avant": Wrong(("doubles différences, un seul avant",), _trend, False),
    "divergence qui commence à l'entrée": Wrong(
        ("doubles différences", "doubles différences, quatre avant", "entrées échelonnées", *_MATCHING),
        _unseen_trend,
        False,
    ),
    "retour vers la moyenne, bénéficiaires seuls": Wrong(
        ("avant/après", "doubles différences", "entrées échelonnées"), _trough, True
    ),
    "retour vers la moyenne, situation d'avant connue": Wrong(_MATCHING, _trough_beyond_baseline, True),
    "pertes inégales, selon le résultat": Wrong(
        ("tirage au sort", "tirage au sort, ajusté", "doubles différences", "comparaison ajustée"),
        _lost,
        True,
    ),
    "pertes égales, selon le résultat": Wrong(("tirage au sort", "doubles différences"), _lost_evenly, False),
    "manipulation du seuil": Wrong(("seuil",), _sorted, True, sizes=(300, 1000)),
    "structures non déclarées": Wrong(("tirage au sort", "doubles différences"), _sites_unknown, False),
    "contamination": Wrong(("tirage au sort", "doubles différences"), _spilled, False),
    "événement local": Wrong(("série d'un territoire", "série et territoire voisin"), _unseen_trend, False),
}
# These leave no bias where the action does nothing, or none at all: the effects looked at are others.
_NO_BIAS = ("pertes égales, selon le résultat", "structures non déclarées")


def _sized(world: World, size: int) -> World:
    return replace(world, **{"before" if world.design == "interrupted_series" else "n": size})


def _of_effect(world: World, effect: float) -> World:
    assert world.minimum_effect is not None
    return replace(world, effect=effect * world.minimum_effect)


def where_assumptions_hold() -> Iterator[Situation]:
    """Yield each analysis at each size, with no effect, the smallest worthwhile one and twice that."""
    for name, analysis in ANALYSES.items():
        for size in analysis.sizes:
            for effect in (0.0, 1.0, 2.0):
                world = _of_effect(_sized(analysis.world, size), effect)
                yield Situation(analysis=name, world=world, size=size)


def where_something_goes_wrong() -> Iterator[Situation]:
    """Yield what goes wrong, in each analysis that it concerns, at each size, effect and bias."""
    for name, wrong in WRONGS.items():
        for of in wrong.analyses:
            analysis = ANALYSES[of]
            for size in (size for size in analysis.sizes if size in wrong.sizes):
                for effect, bias in _pairs(name):
                    world = _of_effect(_sized(analysis.world, size), effect)
                    assert world.minimum_effect is not None
                    yield Situation(
                        analysis=of,
                        world=wrong.change(world, bias * world.minimum_effect),
                        size=size,
                        wrong=name,
                        strength=bias,
                        visible=wrong.visible,
                    )


def _pairs(name: str) -> tuple[tuple[float, float], ...]:
    """Return the effects and biases looked at, in smallest worthwhile effects.

    No effect and a growing bias; an effect that a bias doubles, or hides; harm that looks like a benefit.
    """
    if name == "contamination":
        return ((1.0, 0.5), (1.0, 1.0), (1.0, 2.0), (2.0, 2.0))
    whole = tuple((0.0, strength) for strength in STRENGTHS)
    if name in _NO_BIAS or name == "manipulation du seuil":
        return whole
    if name.startswith("pertes"):
        return (*whole, (1.0, 1.0), (-1.0, 2.0))
    return (*whole, (1.0, 1.0), (1.0, -1.0), (-1.0, 2.0))
