"""Synthetic control and synthetic difference in differences: a territory against a mix of others."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np
import pandas as pd

from impactkit.cohort.cohort import ENTRY, PERIOD, UNIT, WEIGHT
from impactkit.design.design import Design
from impactkit.errors import EstimationError, require
from impactkit.estimators.inference.linear import Floats
from impactkit.estimators.refuse import refuse_comparable
from impactkit.estimators.result import Effect, Estimate, StudentT
from impactkit.estimators.series.parts import series_means, territory_counts
from impactkit.estimators.synthetic.frank_wolfe import simplex_weights
from impactkit.text import Message

SyntheticMethod = Literal["synthetic_control", "synthetic_did"]

# Beyond this many sets of donors as large as the treated group, placebos are single donors.
MOST_PLACEBOS = 2_000
FEWEST_DONORS = 2
FEWEST_BEFORE = 3  # so that first differences have a spread even with one donor left
# METHODS_TIME §7: below, a note says that the mix rests on little.
FEW_DONORS = 10
FEW_BEFORE = 10

# The published tuning: first differences give the noise, weights move until a step gains next to nothing.
_TINY_RIDGE = 1e-6
_FLOOR = 1e-5
# Placebos as far from zero as the effect but for rounding count as far.
_TIE = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class SyntheticEstimate(Estimate):
    """An estimate against a mix of donor territories.

    Attributes
    ----------
    unit_weights : DataFrame
        Columns ``unit, weight``, the heaviest donor first; weights add up to 1.
    time_weights : DataFrame
        Columns ``period, weight`` of the periods before; all zero for a synthetic control.
    placebos : DataFrame
        Columns ``unit, estimate``: what the method finds for each donor, which nothing happened to, in the
        place of the treated (a tuple of donors when several territories are treated).
    leave_one_out : DataFrame
        Columns ``unit, weight, estimate``: the effect without each donor that bears weight.
    """

    unit_weights: pd.DataFrame
    time_weights: pd.DataFrame
    placebos: pd.DataFrame
    leave_one_out: pd.DataFrame


def synthetic_control(design: Design) -> SyntheticEstimate:
    """Estimate the effect on a territory against the mix of others that followed it before.

    Weights ``w ≥ 0, Σ w = 1`` of the donors minimise ``Σ_t (y_t - Σ_j w_j y_jt)² / T0`` over the T0 periods
    before the start (with a ridge of ``(1e-6 σ)²`` to make them unique); the effect is the mean, over the
    periods after, of ``y_t - Σ_j w_j y_jt``. Only outcomes are matched, no characteristics.

    `synthetic_did` has the parameters, the standard error, what is returned and what is raised.

    References
    ----------
    Abadie, Diamond & Hainmueller (2010), *JASA* 105(490). Tuning as in Arkhangelsky et al. (2021).
    """
    require(design, Design)
    return _estimate(design, "synthetic_control")


def synthetic_did(design: Design) -> SyntheticEstimate:
    """Estimate the effect on a territory by synthetic difference in differences.

    Donors get weights ω that make their mix parallel to the territory before the start, and the periods
    before get weights λ that make their mix parallel, among donors, to the mean of those after:

    - ω minimises ``Σ_t (ω0 + Σ_j ω_j y_jt - y_t)² / T0 + ζ² |ω|²``, ``ζ = (N1 T1)^(1/4) σ``;
    - λ minimises ``Σ_j (λ0 + Σ_t λ_t y_jt - ȳ_j,after)² / N0 + (1e-6 σ)² |λ|²``;

    with σ the standard deviation of the donors' first differences before, N1 and N0 treated and donor
    territories, T1 periods after. The effect is
    ``(ȳ_after - Σ_t λ_t y_t) - Σ_j ω_j (ȳ_j,after - Σ_t λ_t y_jt)``.

    Parameters
    ----------
    design : Design
        One treated territory, or several with one start, which are averaged, and at least two donors, all
        with every period. The design's window is not used: all periods are.

    Returns
    -------
    SyntheticEstimate
        The standard error is the standard deviation, between donors, of the effect found when each in turn
        takes the treated's place, against the others (all sets of as many donors as are treated, up to
        2,000, else single donors, which vary more); Student's law with donors - 1 degrees of freedom. It
        takes the territory and the donors to vary alike. ``settings["rank_p"]`` is the share of placebos,
        the effect itself among them, at least as far from zero, never below ``settings["smallest_p"]``.
        ``path`` has the gap to the mix by time since the start, less the λ-weighted gap before; a period
        where it is zero by construction is left out.

    Raises
    ------
    ValueError
        When the cohort has weights.
    EstimationError
        When nobody is compared, there are fewer than two donors or three periods before, a value is missing,
        territories start at several times, a donor starts too, or nothing varies.

    References
    ----------
    Arkhangelsky, Athey, Hirshberg, Imbens & Wager (2021), *American Economic Review* 111(12), algorithms 1
    and 4; placebos are enumerated where algorithm 4 draws them.
    """
    require(design, Design)
    return _estimate(design, "synthetic_did")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Panel:
    """The mean of the treated (T,), the donors (J, T), and the periods before and after."""

    treated: Floats
    n_treated: int
    donors: Floats
    names: np.ndarray
    times: Floats
    start: float
    analysed: np.ndarray

    @property
    def after(self) -> np.ndarray:
        return np.asarray(self.times >= self.start)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mixes:
    """Of p problems: the gap by period (p, T), the weights (p, J) and (p, T0), and the effect (p,)."""

    gaps: Floats
    unit: Floats
    time: Floats
    effect: Floats


def _estimate(design: Design, method: SyntheticMethod) -> SyntheticEstimate:
    panel = _panel(design)
    main = _mix(panel.treated[None], panel.donors[None], panel, method=method, n_treated=panel.n_treated)
    scale = max(float(np.abs(panel.donors).max()), float(np.abs(panel.treated).max()))
    sets = _placebo_sets(len(panel.donors), panel.n_treated)
    placebos = _placebos(panel, sets, method)
    spread = placebos.gaps.std(axis=0, ddof=1)
    std_error = float(placebos.effect.std(ddof=1))
    if std_error <= 1e-10 * scale:
        raise EstimationError(Message("estimators.error.no_variation"))
    value = float(main.effect[0])
    law = StudentT(len(panel.donors) - 1)
    far = int((np.abs(placebos.effect) >= abs(value) * (1 - _TIE)).sum())
    smallest_p = 1 / (len(sets) + 1)

    def effect(term: str, amount: float, error: float, time: float | None) -> Effect:
        return Effect(
            term=term,
            value=amount,
            std_error=error,
            reference=law,
            n_treated=panel.n_treated,
            n_comparison=len(panel.donors),
            event_time=time,
        )

    synthetic = pd.Series(main.unit[0] @ panel.donors, index=panel.times)
    treated = pd.Series(panel.treated, index=panel.times)
    return SyntheticEstimate(
        design=design,
        method=method,
        effect=effect("ATT", value, std_error, None),
        path=tuple(
            effect("ATT", float(gap), float(error), float(time))
            for gap, error, time in zip(main.gaps[0], spread, panel.times - panel.start, strict=True)
            if error > 1e-10 * scale
        ),
        means=series_means("treated", treated, panel.after)
        + series_means("comparison", synthetic, panel.after),
        counts=territory_counts(panel.n_treated, len(panel.donors)),
        settings={
            "adjust": None,
            "errors": "placebo",
            "df_rule": "donors",
            "clusters": 0,
            "weights": False,
            "donors": len(panel.donors),
            "placebos": len(sets),
            "rank_p": (far + 1) / (len(sets) + 1),
            "smallest_p": smallest_p,
            "periods_before": int((~panel.after).sum()),
            "periods_after": int(panel.after.sum()),
        },
        notes=_notes(design, panel, rank=far + 1, places=len(sets) + 1),
        analysed=panel.analysed,
        unit_weights=_heaviest_first(panel.names, main.unit[0]),
        time_weights=pd.DataFrame({"period": panel.times[~panel.after], "weight": main.time[0]}),
        placebos=pd.DataFrame({"unit": _set_names(panel.names, sets), "estimate": placebos.effect}),
        leave_one_out=_leave_one_out(panel, main.unit[0], method),
    )


def _panel(design: Design) -> _Panel:
    """Return the territories by period, refusing what the method cannot use."""
    refuse_comparable(design)
    if design.comparison == "none":
        raise EstimationError(Message("estimators.error.no_comparison"))
    rows = design.cohort.panel
    if WEIGHT in rows:
        raise ValueError("synthetic controls take no weights: leave weight= out of the cohort")
    units = design.units()
    rows = rows[rows[UNIT].isin(units.index)]
    wide = rows.set_index([UNIT, PERIOD])[design.outcome].unstack(PERIOD)  # noqa: PD010
    wide = wide.reindex(index=units.index, columns=list(design.cohort.periods))
    absent = int(wide.isna().sum().sum())
    if absent:
        raise EstimationError(Message("estimators.error.territory_gap", {"n": absent}))
    entries = rows.drop_duplicates(UNIT).set_index(UNIT)[ENTRY].reindex(units.index)
    times = wide.columns.to_numpy(dtype=float)
    treated = units["treated"].to_numpy(dtype=bool)
    starts = np.unique(entries[treated])
    if starts.size > 1:
        raise EstimationError(Message("estimators.error.several_starts", {"n": int(starts.size)}))
    started = int((entries[~treated] <= times[-1]).sum())
    if started:
        raise EstimationError(Message("estimators.error.donor_starts", {"n": started}))
    donors, before = int((~treated).sum()), int((times < starts[0]).sum())
    if donors < FEWEST_DONORS or before < FEWEST_BEFORE:
        params = {"donors": donors, "before": before}
        raise EstimationError(Message("estimators.error.too_few_donors", params))
    values = wide.to_numpy(dtype=float)
    return _Panel(
        treated=values[treated].mean(axis=0),
        n_treated=int(treated.sum()),
        donors=values[~treated],
        names=units.index[~treated].to_numpy(),
        times=times,
        start=float(starts[0]),
        analysed=units.index.to_numpy(),
    )


def _mix(
    treated: Floats, donors: Floats, panel: _Panel, *, method: SyntheticMethod, n_treated: int
) -> _Mixes:
    """Solve p problems at once: ``treated`` is (p, T), ``donors`` (p, J, T)."""
    after = panel.after
    before_donors, before_treated = donors[:, :, ~after], treated[:, ~after]
    noise = np.diff(before_donors, axis=2).reshape(len(donors), -1).std(axis=1, ddof=1)
    tiny, floor = _TINY_RIDGE * noise, _FLOOR * noise
    by_period = before_donors.transpose(0, 2, 1)
    if method == "synthetic_control":
        time = np.zeros_like(before_treated)
        unit = simplex_weights(by_period, before_treated, zeta=tiny, floor=floor)
    else:
        afterwards = donors[:, :, after].mean(axis=2)
        time = simplex_weights(_centred(before_donors), _centred(afterwards), zeta=tiny, floor=floor)
        zeta = (n_treated * int(after.sum())) ** 0.25 * noise
        unit = simplex_weights(_centred(by_period), _centred(before_treated), zeta=zeta, floor=floor)
    gaps = treated - np.einsum("pj,pjt->pt", unit, donors)
    gaps = gaps - np.einsum("pt,pt->p", time, gaps[:, ~after])[:, None]
    return _Mixes(gaps=gaps, unit=unit, time=time, effect=gaps[:, after].mean(axis=1))


def _centred(values: Floats) -> Floats:
    """Take the mean over rows away, which is what an intercept does."""
    return np.asarray(values - values.mean(axis=1, keepdims=True))


def _placebo_sets(donors: int, treated: int) -> list[tuple[int, ...]]:
    """Return the sets of donors that take the place of the treated, each leaving at least one other."""
    size = treated if treated < donors and math.comb(donors, treated) <= MOST_PLACEBOS else 1
    return list(combinations(range(donors), size))


def _placebos(panel: _Panel, sets: Sequence[tuple[int, ...]], method: SyntheticMethod) -> _Mixes:
    treated = np.stack([panel.donors[list(chosen)].mean(axis=0) for chosen in sets])
    donors = np.stack([np.delete(panel.donors, chosen, axis=0) for chosen in sets])
    return _mix(treated, donors, panel, method=method, n_treated=len(sets[0]))


def _leave_one_out(panel: _Panel, weights: Floats, method: SyntheticMethod) -> pd.DataFrame:
    """Return the effect without each donor of the mix, the heaviest first."""
    order = [i for i in np.argsort(-weights, kind="stable") if weights[i] > 0]
    donors = np.stack([np.delete(panel.donors, i, axis=0) for i in order])
    treated = np.repeat(panel.treated[None], len(order), axis=0)
    without = _mix(treated, donors, panel, method=method, n_treated=panel.n_treated)
    return pd.DataFrame({"unit": panel.names[order], "weight": weights[order], "estimate": without.effect})


def _heaviest_first(names: np.ndarray, weights: Floats) -> pd.DataFrame:
    order = np.argsort(-weights, kind="stable")
    return pd.DataFrame({"unit": names[order], "weight": weights[order]})


def _set_names(names: np.ndarray, sets: Sequence[tuple[int, ...]]) -> list[object]:
    return [names[chosen[0]] if len(chosen) == 1 else tuple(names[list(chosen)]) for chosen in sets]


def _notes(design: Design, panel: _Panel, *, rank: int, places: int) -> tuple[Message, ...]:
    notes = [Message("estimators.note.placebo_rank", {"rank": rank, "places": places})]
    before = int((~panel.after).sum())
    if len(panel.donors) < FEW_DONORS or before < FEW_BEFORE:
        params = {"donors": len(panel.donors), "before": before}
        notes.append(Message("estimators.note.few_donors", params))
    if design.covariates:
        notes.append(Message("estimators.note.covariates_unused"))
    return tuple(notes)
