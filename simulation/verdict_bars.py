"""The bars that the verdict must hold, and whether it does, from counts of made worlds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from analyses import ANALYSES
from scipy.stats import beta
from situations import Situation
from verdict_tally import CRASH, Tally, total

Counted = tuple[Situation, Tally]
State = Literal["tenue", "au bruit près", "manquée"]

IMPUTABLE = ("attributable",)
CLAIMED = ("attributable", "probably_attributable")
NOTHING = ("no_meaningful_effect",)

# Bars of the project (issue 6).
MOST_WITHOUT_EFFECT = 0.025
MOST_WITH_VISIBLE_BIAS = 0.05
MOST_NOTHING_WITH_EFFECT = 0.05
COVERAGE = (0.93, 0.97)
MORE_THAN_NOMINAL = 0.02
# Checks that are tests: the answers that say "seen", and how often they are given by chance. The others hold
# a size against a limit, and have no nominal level.
TESTS: Mapping[str, tuple[tuple[str, ...], float]] = {
    "pre_trends": (("fail",), 0.05),
    "placebo_date": (("fail",), 0.05),
    "placebo_outcome": (("fail",), 0.05),
    "anticipation": (("caution", "fail"), 0.05),
    "sorting": (("caution", "fail"), 0.10),  # two tests at 5 %
}
# Checks that tell what a bias that nothing shows could do.
SENSITIVITY = ("confounding", "honest_trends", "missing_bounds")


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A rate measured over worlds, and the bar that it must hold.

    Attributes
    ----------
    where : str
    count, worlds : int
    least, most : float
        Bounds of the rate.
    among : Tally
        The worlds.
    """

    where: str
    count: int
    worlds: int
    least: float = 0.0
    most: float = 1.0
    among: Tally

    @property
    def rate(self) -> float:
        """The share of worlds."""
        return self.count / self.worlds

    @property
    def interval(self) -> tuple[float, float]:
        """Clopper and Pearson's interval of 95 % for the rate."""
        low = float(beta.ppf(0.025, self.count, self.worlds - self.count + 1)) if self.count else 0.0
        missed = self.worlds - self.count
        high = float(beta.ppf(0.975, self.count + 1, missed)) if missed else 1.0
        return low, high

    @property
    def state(self) -> State:
        """Whether the bar is held; held but for simulation error when its interval reaches the bounds."""
        low, high = self.interval
        if self.least <= self.rate <= self.most:
            return "tenue"
        return "au bruit près" if low <= self.most and high >= self.least else "manquée"


@dataclass(frozen=True, slots=True)
class Bar:
    """A promise, and each place where it is measured."""

    promise: str
    measures: tuple[Measure, ...]

    @property
    def missed(self) -> tuple[Measure, ...]:
        """Where it is not held, whatever simulation error."""
        return tuple(one for one in self.measures if one.state == "manquée")


def bars(results: Iterable[Counted]) -> tuple[Bar, ...]:
    """Measure each bar, by analysis and by what goes wrong."""
    counted = list(results)
    hold = [one for one in counted if not one[0].wrong]
    wrong = [one for one in counted if one[0].wrong]
    return (*_of_what_is_said(hold, wrong), *_of_numbers(hold, counted))


def _of_what_is_said(hold: Sequence[Counted], wrong: Sequence[Counted]) -> Iterator[Bar]:
    yield Bar(
        "sans effet, « imputable » dans 2,5 % des mondes au plus",
        _by(_where(hold, lambda one: one.effect == 0), _analysis, _said(IMPUTABLE), most=MOST_WITHOUT_EFFECT),
    )
    yield Bar(
        "biais visible aussi grand que l'effet, « imputable » dans 5 % des mondes au plus",
        _by(
            _where(wrong, lambda one: one.visible and _biased(one)),
            _wrong,
            _said(IMPUTABLE),
            most=MOST_WITH_VISIBLE_BIAS,
        ),
    )
    yield Bar(
        "biais que rien ne montre : « imputable » et « probablement » disent ce qu'un tel biais changerait",
        _by(
            _where(wrong, lambda one: not one.visible and _biased(one)),
            _wrong,
            _sensitivity_told,
            of=_said(CLAIMED),
            least=1.0,
        ),
    )
    for name, results, by in (("tiennent", hold, _analysis), ("ne tiennent pas", wrong, _wrong)):
        useful = _where(results, lambda one: one.effect >= 1)
        yield Bar(
            f"effet utile, « pas d'effet utile décelé » dans 5 % des mondes au plus (les hypothèses {name})",
            _by(useful, by, _said(NOTHING), most=MOST_NOTHING_WITH_EFFECT),
        )
    yield Bar(
        "sans comparaison, jamais « imputable » ni « probablement »",
        _by(_where([*hold, *wrong], _alone), _analysis, _said(CLAIMED), most=0.0),
    )


def _of_numbers(hold: Sequence[Counted], counted: Sequence[Counted]) -> Iterator[Bar]:
    low, high = COVERAGE
    yield Bar(
        "l'intervalle à 95 % contient l'effet dans 93 à 97 % des mondes",
        _by(hold, _analysis, lambda tally: tally.held, of=lambda tally: tally.answered, least=low, most=high),
    )
    yield Bar(
        "un contrôle qui est un test se trompe au plus à son niveau, plus 2 points",
        tuple(_sizes_of_tests(hold)),
    )
    yield Bar(
        "aucun plantage : une réponse, ou la raison pour laquelle il n'y en a pas",
        _by(counted, _analysis, _crashes, most=0.0),
    )


def _where(results: Iterable[Counted], suits: Callable[[Situation], bool]) -> list[Counted]:
    return [one for one in results if suits(one[0])]


def _biased(situation: Situation) -> bool:
    """Whether a bias of one smallest worthwhile effect at least flatters the action."""
    return situation.strength >= 1 and situation.wrong != "contamination"


def grouped(results: Iterable[Counted], by: Callable[[Situation], str]) -> dict[str, Tally]:
    """Add up the tallies of each group of situations."""
    groups: dict[str, list[Tally]] = {}
    for situation, tally in results:
        groups.setdefault(by(situation), []).append(tally)
    return {name: total(tallies) for name, tallies in groups.items()}


def _by(
    results: Iterable[Counted],
    by: Callable[[Situation], str],
    count: Callable[[Tally], int],
    *,
    of: Callable[[Tally], int] = lambda tally: tally.worlds,
    least: float = 0.0,
    most: float = 1.0,
) -> tuple[Measure, ...]:
    return tuple(
        Measure(where=where, count=count(tally), worlds=of(tally), least=least, most=most, among=tally)
        for where, tally in grouped(results, by).items()
        if of(tally)
    )


def _sizes_of_tests(hold: Iterable[Counted]) -> Iterator[Measure]:
    for where, tally in grouped(hold, _analysis).items():
        for check, (seen, level) in TESTS.items():
            # Of all worlds where the question arises: some are left unanswered once nothing was seen, for
            # want of power, and a rate among answers would count the false alarms of the others.
            asked = tally.status(check, "ok", "caution", "fail", "not_run")
            if tally.status(check, "ok", "caution", "fail"):
                yield Measure(
                    where=f"{check}, {where}",
                    count=tally.status(check, *seen),
                    worlds=asked,
                    most=level + MORE_THAN_NOMINAL,
                    among=tally,
                )


def _analysis(situation: Situation) -> str:
    return situation.analysis


def _wrong(situation: Situation) -> str:
    return f"{situation.wrong} : {situation.analysis}"


def _alone(situation: Situation) -> bool:
    return ANALYSES[situation.analysis].world.units[1] == 0


def _said(attributions: tuple[str, ...]) -> Callable[[Tally], int]:
    return lambda tally: sum(tally.said[one] for one in attributions)


def _sensitivity_told(tally: Tally) -> int:
    told = (tally.status(check, "ok", "caution", "fail", said=CLAIMED) for check in SENSITIVITY)
    return max(told)


def _crashes(tally: Tally) -> int:
    return sum(n for reason, n in tally.refused.items() if reason.startswith(CRASH))
