"""Whether groups can be made alike before any result is read, and what those compared are then worth."""

from __future__ import annotations

from dataclasses import dataclass

from impactkit.design.balance import effective_size
from impactkit.design.declare import declare_design
from impactkit.design.weighting.find import find_weights
from impactkit.design.weighting.terms import labels_of, people_to_balance, sampling_weights, terms_of
from impactkit.errors import DesignError, Problem
from impactkit.evidence import rules
from impactkit.evidence.advice.cautions import too_small
from impactkit.evidence.advice.option import Option
from impactkit.evidence.advice.pair import Pair, nobody
from impactkit.evidence.advice.pasted import names, paste
from impactkit.evidence.advice.shape import Shape

_START = rules.design_start("compare_groups", comparison="external", adjusted=True, alike_in_outcome=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Left:
    """What weighting leaves: the share of beneficiaries left out, what those compared are worth."""

    left_out: float
    effective: float
    n_treated: int


def alike(shape: Shape, pair: Pair | None) -> Option:
    """Consider groups made alike on what was known before, the outcome itself included."""
    on = [
        shape.outcome.variable,
        *(name for name in shape.cohort.covariates if name != shape.outcome.variable),
    ]
    obstacle = _obstacle(shape, pair)
    if obstacle is not None or pair is None:
        return Option(design="alike", variant="alike", obstacle=obstacle)
    try:
        left = _weighted(shape, pair, on)
    except DesignError as error:
        obstacle = Problem(code="E-EVA-18", params={"why": error.message})
        return Option(design="alike", variant="alike", obstacle=obstacle)
    answer = rules.overlap_cap(
        left_out=left.left_out, effective=left.effective, n_treated=left.n_treated, start=_START
    )
    made = f'method="entropy", on={names(on)}'
    pasted = paste(
        shape,
        pair.name,
        method="compare_groups",
        call=f"ik.compare_groups(ik.weight(design, {made}))",
        options=[f'comparable = {{ method = "entropy", on = {names(on)} }}'],
    )
    return pair.option(
        "alike",
        variant="alike",
        method="compare_groups",
        start=_START,
        plan="ancova",
        pasted=pasted,
        n_comparison=max(round(left.effective), 1),
        judged_alike=False,
        cap=answer.cap,
        cautions=[] if answer.status == "ok" else [Problem(code="A-EVA-02")],
    )


def _obstacle(shape: Shape, pair: Pair | None) -> Problem | None:
    """Return why the groups cannot be made alike, as far as can be told before trying."""
    problem = nobody(pair)
    if problem is not None or pair is None:
        return problem
    if not shape.before:
        return Problem(code="E-EVA-02")
    return too_small(shape, pair.treated, pair.compared, changes=True)


def _weighted(shape: Shape, pair: Pair, on: list[str]) -> _Left:
    """Find the weights that the lines to paste give; no result is read."""
    design = declare_design(
        shape.cohort,
        outcome=shape.outcome.variable,
        comparison=pair.name,
        estimand="ATT",
        covariates=(),
        window=shape.window,
    )
    labels = labels_of(design, on)
    units = people_to_balance(design, on)
    everyone = int(units["treated"].sum())
    units = units[units[on].notna().all(axis=1)]
    treated, sampling = units["treated"].to_numpy(), sampling_weights(units)
    found = find_weights(
        terms_of(units, labels, moments=1, weights=sampling),
        labels,
        treated=treated,
        weights=sampling,
        method="entropy",
        target="ATT",
        stabilise=False,
    )
    n_treated = int(treated.sum())
    return _Left(
        left_out=1 - n_treated / everyone,
        effective=effective_size((found.w * sampling)[~treated]),
        n_treated=n_treated,
    )
