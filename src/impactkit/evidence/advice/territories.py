"""The designs that follow a territory, or a mean, through many periods."""

from __future__ import annotations

import numpy as np

from impactkit.errors import Problem
from impactkit.estimators.inference.linear import Floats
from impactkit.estimators.power.planning import minimum_detectable_effect
from impactkit.estimators.series.parts import FEWEST_BEFORE_FOR_SEASONS, FEWEST_PER_SIDE, MONTHS
from impactkit.estimators.synthetic.donors import FEW_BEFORE, FEW_DONORS, FEWEST_BEFORE, FEWEST_DONORS
from impactkit.evidence import rules
from impactkit.evidence.advice.cautions import few, with_known_effect
from impactkit.evidence.advice.detectable import step_effect
from impactkit.evidence.advice.option import Option
from impactkit.evidence.advice.pair import Pair
from impactkit.evidence.advice.pasted import paste
from impactkit.evidence.advice.shape import Bools, Shape
from impactkit.evidence.advice.words import units
from impactkit.text import Message


def interrupted_series(shape: Shape, pair: Pair | None) -> Option:
    """One series, less that of those compared when there are some: the step at the start."""
    comparison = "none" if pair is None else pair.name
    variant = "interrupted_series_alone" if pair is None else "interrupted_series_compared"
    obstacle = None
    if shape.staggered:
        obstacle = Problem(code="E-EVA-09")
    elif min(len(shape.before), len(shape.after)) < FEWEST_PER_SIDE:
        params = {"before": len(shape.before), "after": len(shape.after), "fewest": FEWEST_PER_SIDE}
        obstacle = Problem(code="E-EVA-04", params=params)
    elif not shape.territories and _smallest(shape, pair) < shape.fewest:
        obstacle = few(shape)
    elif not _unbroken(shape, pair):
        obstacle = Problem(code="E-EVA-20")
    if obstacle is not None:
        return Option(
            design="interrupted_series", variant=variant, obstacle=obstacle, method="interrupted_series"
        )
    monthly = shape.cohort.study is not None
    seasons = MONTHS if monthly and len(shape.before) >= FEWEST_BEFORE_FOR_SEASONS else 1
    cautions = []
    if monthly and seasons == 1:
        cautions.append(Problem(code="A-EVA-05", params={"fewest": FEWEST_BEFORE_FOR_SEASONS}))
    if pair is None:
        cautions.append(Problem(code="A-EVA-11"))
    series = _before(shape, shape.treated.people)
    if pair is not None:
        series = series - _before(shape, pair.compared.people)
    option = Option(
        design="interrupted_series",
        variant=variant,
        credibility=rules.design_start("interrupted_series", comparison=comparison, adjusted=False),
        checks=1 + (pair is not None),
        counts=Message(
            "advice.counts.series",
            {
                "treated": units(shape, shape.treated.n),
                "before": len(shape.before),
                "n": len(shape.after),
            },
        ),
        cautions=tuple(cautions),
        method="interrupted_series",
        comparison=comparison,
        pasted=paste(shape, comparison, method="interrupted_series", call="ik.interrupted_series(design)"),
    )
    times = np.array([*shape.before, *shape.after])
    after = np.arange(times.size) >= len(shape.before)
    effect = step_effect(series, times, after, seasons=seasons)
    return with_known_effect(option, shape, effect, sd=_spread(series))


def synthetic_control(shape: Shape, pair: Pair | None) -> Option:
    """Consider a territory against the mix of others that followed it before."""
    obstacle = _no_mix(shape, pair)
    if obstacle is not None or pair is None:
        return Option(design="synthetic_control", variant="synthetic_control", obstacle=obstacle)
    cautions = []
    if pair.compared.n < FEW_DONORS or len(shape.before) < FEW_BEFORE:
        params = {"donors": pair.compared.n, "before": len(shape.before)}
        cautions.append(
            Problem(code="A-EVA-09", params={**params, "few_donors": FEW_DONORS, "few": FEW_BEFORE})
        )
    donors = _table(shape, pair.compared.people, (*shape.before, *shape.after))
    n_before = len(shape.before)
    changes = donors[:, n_before:].mean(axis=1) - donors[:, :n_before].mean(axis=1)
    changes = changes[~np.isnan(changes)]
    effect, sd = None, float(changes.std(ddof=1)) if changes.size > 1 else 0.0
    if sd > 0:
        effect = minimum_detectable_effect(n_treated=shape.treated.n, n_comparison=changes.size, sd=sd)
    option = Option(
        design="synthetic_control",
        variant="synthetic_control",
        credibility=rules.design_start("synthetic_control", comparison=pair.name, adjusted=False),
        # The fit before, and what the method finds where nothing happened, when that is enough to judge.
        checks=1 if cautions else 3,
        counts=Message(
            "advice.counts.mix",
            {
                "treated": units(shape, shape.treated.n),
                "compared": units(shape, pair.compared.n),
                "before": n_before,
                "n": len(shape.after),
            },
        ),
        cautions=tuple(cautions),
        comparison=pair.name,
        pasted=paste(shape, pair.name, method=None, call="ik.synthetic_control(design)"),
    )
    return with_known_effect(option, shape, effect, sd=_spread(donors[:, :n_before].ravel()))


def _no_mix(shape: Shape, pair: Pair | None) -> Problem | None:
    """Return why no mix of territories can be made."""
    if not shape.territories:
        return Problem(code="E-EVA-12")
    if shape.staggered:
        return Problem(code="E-EVA-09")
    if pair is None or pair.compared.n < FEWEST_DONORS or len(shape.before) < FEWEST_BEFORE:
        n = 0 if pair is None else pair.compared.n
        params = {"donors": n, "before": len(shape.before), "fewest_donors": FEWEST_DONORS}
        return Problem(code="E-EVA-16", params={**params, "fewest": FEWEST_BEFORE})
    return None


def _smallest(shape: Shape, pair: Pair | None) -> int:
    return shape.treated.followed if pair is None else pair.smallest


def _table(shape: Shape, people: Bools, periods: tuple[float, ...]) -> Floats:
    """Return the (units, periods) outcomes of units; the caller asks only what may be read."""
    rows = shape.cohort.rows
    places = np.flatnonzero(np.isin(rows.periods, periods))
    return rows.table(shape.outcome.variable, people=np.flatnonzero(people), periods=places)


def _unbroken(shape: Shape, pair: Pair | None) -> bool:
    """Tell whether every unit is known at every period, at regular periods; values are not read."""
    people = shape.treated.people if pair is None else shape.treated.people | pair.compared.people
    spacing = np.diff(shape.cohort.periods)
    table = _table(shape, people, shape.cohort.periods)
    return bool(np.ptp(spacing) < 0.5 * spacing.min() and not np.isnan(table).any())


def _before(shape: Shape, people: Bools) -> Floats:
    """Return the mean series of units before the start."""
    return np.asarray(_table(shape, people, shape.before).mean(axis=0))


def _spread(values: Floats) -> float:
    known = values[~np.isnan(values)]
    return float(known.std(ddof=1)) if known.size > 1 and known.std() > 0 else 1.0
