"""The effect of an eligibility threshold on people close to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

import numpy as np
import pandas as pd

from impactkit.design.design import Design
from impactkit.errors import require
from impactkit.estimators.result import Effect, Normal
from impactkit.estimators.threshold import tables
from impactkit.estimators.threshold.bandwidths import Bandwidths, Selector
from impactkit.estimators.threshold.beside import (
    conventional,
    first_stage_f,
    local_randomisation,
    means_near,
    notes_of,
)
from impactkit.estimators.threshold.local import Kernel, ThresholdErrors
from impactkit.estimators.threshold.people import (
    AroundThreshold,
    AtCutoff,
    TreatedSide,
    around_threshold,
    design_of_frame,
    steps_to_analysis,
)
from impactkit.estimators.threshold.result import DiscontinuityEstimate
from impactkit.estimators.threshold.robust import Threshold

__all__ = ["DiscontinuityEstimate", "discontinuity"]


def discontinuity(
    data: pd.DataFrame | Design,
    *,
    running: str,
    cutoff: float,
    outcome: str | None = None,
    treated: TreatedSide | None = None,
    at_cutoff: AtCutoff = "treated",
    fuzzy: str | bool = False,
    covariates: Sequence[str] = (),
    cluster: str | None = None,
    order: int = 1,
    kernel: Kernel = "triangular",
    bandwidth: float | tuple[float, float] | None = None,
    bias_bandwidth: float | tuple[float, float] | None = None,
    selector: Selector = "mserd",
    errors: ThresholdErrors | None = None,
    donut: float = 0.0,
    local_window: float | None = None,
) -> DiscontinuityEstimate:
    """Estimate the effect of an action whose right starts at a threshold, on people at that threshold.

    On each side the outcome is followed, up to the threshold, by a polynomial of degree ``order`` weighted
    by ``kernel``; the effect is the difference of the two limits, treated side less other side, less the bias
    that a polynomial of one degree more finds. Its standard error knows of that correction (`robust`).

    Parameters
    ----------
    data : DataFrame or Design
        A frame with one row per person; or a design, whose people, outcome, covariates and clusters are then
        taken (leave ``outcome``, ``covariates`` and ``cluster`` out).
    running : str
        The variable that the rule looks at (income, age, score), a covariate of the cohort for a design.
    cutoff : float
        In its unit.
    outcome : str
        Column of the outcome, for a frame.
    treated : {"above", "below"}, optional
        The side that has a right to the action. ``"above"`` by default for a frame; an income ceiling is
        ``"below"``. For a design, the side where more are beneficiaries.
    at_cutoff : {"treated", "comparison"}
        Where people exactly at the threshold stand.
    fuzzy : str or True
        When right and participation differ: the column that says who took part, or how much; ``True`` for a
        design, whose beneficiaries took part. The effect is then the jump of the outcome over that of the
        participation: the effect on those at the threshold whom the rule makes take part.
    covariates : sequence of str
        Characteristics that make the estimate more precise, for a frame; they never repair a threshold that
        people get round.
    cluster : str, optional
        For a frame.
    order : int
        Degree of the polynomial, 1 to 3.
    kernel : {"triangular", "uniform", "epanechnikov"}
    bandwidth, bias_bandwidth : float or (float, float), optional
        Instead of chosen ones: for both sides, or (below, above) the threshold. The second, of the
        correction, is the first by default.
    selector : str
        How bandwidths are chosen: `bandwidths.select`.
    errors : {"nn", "hc0", "hc1", "hc2", "hc3", "cr1"}, optional
        Nearest neighbours by default; with clusters ``"cr1"``, always.
    donut : float
        Leave out people closer to the threshold than this.
    local_window : float, optional
        Also compare, in ``alternatives``, people within this distance as if chance had put each on her side,
        by drawing sides again.

    Returns
    -------
    DiscontinuityEstimate
        The effect is the bias-corrected one with its robust error and the normal law; ``alternatives`` holds
        the conventional one, ``settings`` its value and error too, and the bandwidths. ``n_treated``,
        ``n_comparison`` and ``means`` are of people within the bandwidth.

    Raises
    ------
    ValueError
        When an argument is not one of those above, or a column is missing.
    EstimationError
        When nobody is on a side, too few are near, nothing varies, or people's arms do not follow the
        threshold and ``fuzzy`` does not say so.

    References
    ----------
    Calonico, Cattaneo & Titiunik (2014), *Econometrica* 82(6); Calonico, Cattaneo & Farrell (2020),
    *Econometrics Journal* 23(2). Same numbers as R's ``rdrobust``.

    Examples
    --------
    >>> import numpy as np, pandas as pd, impactkit as ik
    >>> draw = np.random.default_rng(1)
    >>> income = draw.uniform(500, 1500, 800)
    >>> score = 20 - income / 100 + 3 * (income <= 1000) + draw.normal(size=800)
    >>> frame = pd.DataFrame({"income": income, "score": score})
    >>> found = ik.discontinuity(frame, running="income", cutoff=1000, outcome="score", treated="below")
    >>> round(found.effect.value)
    3
    """
    require(data, Design, pd.DataFrame)
    _check(order=order, kernel=kernel, selector=selector, errors=errors, treated=treated, at_cutoff=at_cutoff)
    if donut < 0 or (local_window is not None and local_window <= 0):
        raise ValueError("donut must not be negative, and local_window must be positive")
    takeup = fuzzy if isinstance(fuzzy, str) else None
    if isinstance(data, Design):
        if outcome is not None or covariates or cluster is not None:
            raise ValueError("a design has its outcome, covariates and clusters: leave them out")
        design, of_arms = data, fuzzy is True
    else:
        if outcome is None or fuzzy is True:
            raise ValueError("a frame needs outcome=, and fuzzy= as the name of a column")
        treated = treated or "above"
        design = design_of_frame(
            data,
            running=running,
            cutoff=cutoff,
            outcome=outcome,
            treated=treated,
            at_cutoff=at_cutoff,
            takeup=takeup,
            covariates=covariates,
            cluster=cluster,
        )
        of_arms = False
    people = around_threshold(
        design,
        running=running,
        cutoff=cutoff,
        treated=treated,
        at_cutoff=at_cutoff,
        takeup=takeup,
        of_arms=of_arms,
    )
    if errors is not None and (errors == "cr1") != (people.clusters is not None):
        raise ValueError("errors is 'cr1' with clusters, and only then")
    options = tables.ThresholdOptions(
        cutoff=cutoff,
        order=order,
        kernel=kernel,
        errors=errors or ("nn" if people.clusters is None else "cr1"),
        selector=selector,
        donut=donut,
        widths=_widths(people, bandwidth, bias_bandwidth),
    )
    return _estimate(design, people, options, running=running, local_window=local_window, data=data)


def _check(
    *,
    order: int,
    kernel: Kernel,
    selector: Selector,
    errors: ThresholdErrors | None,
    treated: TreatedSide | None,
    at_cutoff: AtCutoff,
) -> None:
    for name, value, allowed in (
        ("kernel", kernel, get_args(Kernel)),
        ("selector", selector, get_args(Selector)),
        ("errors", errors, (None, *get_args(ThresholdErrors))),
        ("treated", treated, (None, *get_args(TreatedSide))),
        ("at_cutoff", at_cutoff, get_args(AtCutoff)),
    ):
        if value not in allowed:
            raise ValueError(f"unknown {name} {value!r}: expected one of {', '.join(map(str, allowed))}")
    if order not in (1, 2, 3):
        raise ValueError("order is 1, 2 or 3")


def _widths(
    people: AroundThreshold,
    bandwidth: float | tuple[float, float] | None,
    bias_bandwidth: float | tuple[float, float] | None,
) -> Bandwidths | None:
    """Return the bandwidths that the user gives, in the order of the sides."""
    if bandwidth is None:
        if bias_bandwidth is not None:
            raise ValueError("bias_bandwidth needs bandwidth")
        return None
    pairs = []
    for width in (bandwidth, bias_bandwidth or bandwidth):
        pair = width if isinstance(width, tuple) else (width, width)
        if len(pair) != 2 or not min(pair) > 0:
            raise ValueError("a bandwidth is a positive number, or two: (below, above)")
        pairs.append(people.natural((float(pair[0]), float(pair[1]))))
    return Bandwidths(h=pairs[0], b=pairs[1])


def _estimate(
    design: Design,
    people: AroundThreshold,
    options: tables.ThresholdOptions,
    *,
    running: str,
    local_window: float | None,
    data: pd.DataFrame | Design,
) -> DiscontinuityEstimate:
    found, widths = tables.effect_of(people, options)
    outside_hole = tables.outside_hole(people, options.donut)
    near = tables.within(people, widths.h, options.kernel)
    kept = outside_hole & near & people.followed & people.described
    effect = Effect(
        term="LATE" if people.takeup is not None else design.estimand,
        value=found.effect.corrected,
        std_error=found.effect.robust_error,
        reference=Normal(),
        n_treated=int((kept & people.treated).sum()),
        n_comparison=int((kept & ~people.treated).sum()),
    )
    companions = [conventional(found.effect)]
    if local_window is not None:
        companions.append(local_randomisation(people, kept=outside_hole, window=local_window))
    below, above = people.natural(widths.h)
    bias_below, bias_above = people.natural(widths.b)
    unknown = (
        len(data) - len(people.x) if isinstance(data, pd.DataFrame) else len(data.units()) - len(people.x)
    )
    return DiscontinuityEstimate(
        design=design,
        method="discontinuity",
        effect=effect,
        means=means_near(people, kept),
        counts=steps_to_analysis(people, design, donut=outside_hole, near=near, analysed=kept),
        settings={
            "adjust": "covariates" if people.names else None,
            "errors": options.errors,
            "df_rule": "normal",
            "clusters": 0 if people.clusters is None else len(np.unique(people.clusters)),
            "weights": False,
            "running": running,
            "cutoff": options.cutoff,
            "treated": people.side,
            "order": options.order,
            "kernel": options.kernel,
            "selector": "given" if options.widths is not None else options.selector,
            "donut": options.donut,
            "bandwidth_below": below,
            "bandwidth_above": above,
            "bias_bandwidth_below": bias_below,
            "bias_bandwidth_above": bias_above,
            "conventional": found.effect.value,
            "conventional_std_error": found.effect.std_error,
            **_first_stage(found),
        },
        notes=tuple(notes_of(people, kept, effect, found, unknown)),
        analysed=people.ids[kept],
        companions=tuple(companions),
        around=people,
        options=options,
        widths=widths,
    )


def _first_stage(found: Threshold) -> dict[str, object]:
    """Return the jump of the participation, its F, and the jump of the outcome (of being given the right)."""
    if found.takeup is None or found.outcome is None:
        return {}
    taken = found.takeup
    return {
        "takeup_jump": taken.value,
        "first_stage_f": first_stage_f(taken),
        "outcome_jump": found.outcome.corrected,
        "outcome_jump_std_error": found.outcome.robust_error,
    }
