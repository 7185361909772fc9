"""The effect in each subgroup, whether they differ, and what looking at several costs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal, get_args

import numpy as np
import pandas as pd

from impactkit.design.design import Design
from impactkit.disclosure import Profile, is_small
from impactkit.disclosure.discreet import DiscreetFrame, discreet
from impactkit.errors import EstimationError, require
from impactkit.estimators.analysed import outcome_after
from impactkit.estimators.displayed import told_effects
from impactkit.estimators.groups.comparison import compare_groups
from impactkit.estimators.inference.distributions import chi2_sf, f_sf
from impactkit.estimators.inference.linear import Floats
from impactkit.estimators.inference.multiplicity import Correction, adjust_p
from impactkit.estimators.panel.differences import did
from impactkit.estimators.result import Estimate
from impactkit.estimators.several.step_down import romano_wolf
from impactkit.html import table_html
from impactkit.text import Message

SubgroupMethod = Literal["compare_groups", "did"]
SubgroupCorrection = Literal[Correction, "romano_wolf"]
_ESTIMATORS: Mapping[SubgroupMethod, Callable[[Design], Estimate]] = {
    "compare_groups": compare_groups,
    "did": did,
}
_MOST_LEVELS = 12
_COLUMNS = (
    "subgroup",
    "estimate",
    "std_error",
    "conf_low",
    "conf_high",
    "p_value",
    "p_adjusted",
    "n_treated",
    "n_comparison",
    "reason",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Interaction:
    """A test that the effect is the same in all subgroups: a statistic referred to Fisher's F law."""

    statistic: float
    df1: float
    df2: float

    @property
    def p_value(self) -> float:
        """Probability of a larger statistic if the effect were the same."""
        if np.isinf(self.df2):
            return float(chi2_sf(self.statistic * self.df1, self.df1))
        return float(f_sf(self.statistic, self.df1, self.df2))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Subgroups:
    """The effect by subgroup; made by `subgroups`.

    Attributes
    ----------
    design : Design
    by : str
    estimates : tuple of (str, Estimate or Message)
        By level, in order: the estimate, or why there is none.
    interaction : Interaction or None
        ``None`` when fewer than two subgroups have an effect.
    adjusted : tuple of float
        P-values of the estimates, in their order, adjusted for their number.
    correction : str
        How they are adjusted.
    notes : tuple of Message
    """

    design: Design
    by: str
    estimates: tuple[tuple[str, Estimate | Message], ...]
    interaction: Interaction | None
    adjusted: tuple[float, ...]
    correction: SubgroupCorrection
    notes: tuple[Message, ...] = ()

    def tidy(self, level: float = 0.95) -> DiscreetFrame:
        """Return one row per subgroup.

        Returns
        -------
        DataFrame
            Columns ``subgroup, estimate, std_error, conf_low, conf_high, p_value, p_adjusted, n_treated,
            n_comparison, reason``. Intervals are not widened for the number of subgroups. ``n_…`` are missing
            where the secrecy rules hide them, or where another hidden one could be had by subtraction. Full
            effects to compute with; the table shows of itself what may be shown.
        """
        adjusted = iter(self.adjusted)
        rows: list[tuple[object, ...]] = []
        for name, item in self.estimates:
            if isinstance(item, Message):
                rows.append((name, *[np.nan] * 6, None, None, item.text()))
                continue
            effect = item.effect
            numbers = (
                effect.value,
                effect.std_error,
                *effect.interval(level),
                effect.p_value,
                next(adjusted),
            )
            rows.append((name, *numbers, effect.n_treated, effect.n_comparison, ""))
        frame = pd.DataFrame(rows, columns=list(_COLUMNS)).astype(
            {"n_treated": "Int64", "n_comparison": "Int64"}
        )
        for column in ("n_treated", "n_comparison"):
            frame[column] = _protected(frame[column])
        profile = self.design.cohort.profile
        return discreet(frame, partial(self._told, frame), profile=profile)

    def _told(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return the table as it may be shown: no effect that, beside the others, tells of a small group."""
        hidden = np.array([name in self._unsafe for name, _ in self.estimates], dtype=bool)
        told = told_effects(frame, hidden=hidden, profile=self.design.cohort.profile)
        # Not masked: there is no effect, and the reason says why.
        none = np.array([isinstance(item, Message) for _, item in self.estimates], dtype=bool)
        told.loc[hidden & ~none, ["n_treated", "n_comparison"]] = None
        return told

    @property
    def _unsafe(self) -> set[str]:
        """The subgroups whose effect is not shown: those whose own may not be, and enough others.

        The effect on all, and those of the other subgroups, would give back that of a single one, or of
        several that together are few.
        """
        profile = self.design.cohort.profile
        sizes = self._sizes()
        unsafe = {name for name, item in self.estimates if isinstance(item, Message) or not item.is_displayed}
        while unsafe and len(unsafe) < len(sizes):
            together = np.sum([sizes[name] for name in unsafe], axis=0)
            if len(unsafe) > 1 and together.min() >= profile.minimum:
                break
            unsafe.add(min((name for name in sizes if name not in unsafe), key=lambda name: min(sizes[name])))
        return unsafe

    def _sizes(self) -> dict[str, tuple[int, int]]:
        """Count the people of each subgroup, beneficiaries then those compared."""
        units = self.design.units()
        levels = units[self.by].map(_written, na_action="ignore").fillna("")
        treated = units["treated"].to_numpy()
        own = {name: (levels == name).to_numpy() for name, _ in self.estimates}
        return {name: (int((of & treated).sum()), int((of & ~treated).sum())) for name, of in own.items()}

    def __repr__(self) -> str:
        return f"<Subgroups by {self.by!r}: {len(self.estimates)} levels>"

    def _repr_html_(self) -> str:
        return table_html(self.tidy().shown())


def _protected(counts: pd.Series) -> pd.Series:
    """Hide the smallest count shown beside a single hidden one, which the total would give back."""
    if counts.isna().sum() == 1 and counts.notna().any():
        return counts.mask(counts.eq(counts.min()).fillna(False))
    return counts


def subgroups(
    design: Design,
    *,
    by: str,
    method: SubgroupMethod = "compare_groups",
    adjust: Literal["lin", "ancova"] | None = None,
    correction: SubgroupCorrection = "holm",
    seed: int = 0,
) -> Subgroups:
    """Estimate the effect in each subgroup, and test whether it is the same in all.

    The test compares the effects with each other: a subgroup with an effect "significant" beside one without
    is no evidence that they differ. With effects τ_g, variances v_g and degrees of freedom f_g, weights
    ``w_g = 1/v_g`` of sum W and ``τ̄ = Σ w_g τ_g / W``, Welch's statistic is
    ``Σ w_g (τ_g - τ̄)²/(G - 1) / (1 + 2 (G - 2)/(G² - 1) Λ)``, with ``Λ = Σ (1 - w_g/W)²/f_g``, referred to F
    with G - 1 and ``(G² - 1)/(3 Λ)`` degrees of freedom. For two subgroups it is Welch's t test.

    Parameters
    ----------
    design : Design
        With a comparison; ``by`` is among its covariates.
    by : str
        A category, yes/no or number of few values known before the action. It is left out of the covariates
        within subgroups.
    method : {"compare_groups", "did"}
    adjust : {"lin", "ancova"}, optional
        Of `compare_groups`.
    correction : {"holm", "hochberg", "bh", "bonferroni", "romano_wolf"}
        Of the p-values, for the number of subgroups with an effect (`adjust_p`); ``"romano_wolf"`` by the
        bootstrap, for the plain comparison of independent people.
    seed : int
        Of the bootstrap.

    Returns
    -------
    Subgroups
        A subgroup with fewer than 11 people (the fewest of the secrecy profile) analysed in a group is not
        estimated; people whose level is not known are a row that says so.

    Raises
    ------
    ValueError
        When an argument is not one of those above.
    EstimationError
        When nobody is compared, groups were matched or weighted, or there are more than 12 levels; for
        ``"romano_wolf"``, with clusters or sampling weights.

    References
    ----------
    Welch (1951), *Biometrika* 38(3/4). Assmann et al. (2000), *Lancet* 355 (why the test, and not the
    subgroups' own).
    """
    require(design, Design)
    _check_arguments(design, by, method, adjust, correction)
    if design.comparison == "none":
        raise EstimationError(Message("estimators.error.no_comparison"))
    if design.comparable is not None:
        raise EstimationError(Message("groups.error.subgroups_comparable"))
    levels = design.units()[by]
    names = sorted(levels.dropna().unique(), key=str)
    if len(names) > _MOST_LEVELS:
        raise EstimationError(
            Message("groups.error.too_many_levels", {"n": len(names), "most": _MOST_LEVELS})
        )
    estimator: Callable[[Design], Estimate] = _ESTIMATORS[method]
    if adjust is not None:
        estimator = lambda part: compare_groups(part, adjust=adjust)  # noqa: E731
    found: list[tuple[str, Estimate | Message]] = []
    for name in names:
        people = levels.index[levels == name]
        found.append((_written(name), _estimate(_part(design, people, by), estimator)))
    if levels.isna().any():
        found.append(("", Message("groups.reason.level_unknown")))
    effects = [item for _, item in found if isinstance(item, Estimate)]
    crossing = design.clustered and _clusters_cross(design, by)
    return Subgroups(
        design=design,
        by=by,
        estimates=tuple(found),
        interaction=_interaction(effects) if len(effects) > 1 else None,
        adjusted=_adjusted(design, by, found, correction, seed),
        correction=correction,
        notes=(Message("groups.note.clusters_cross_subgroups"),) if crossing else (),
    )


def _check_arguments(design: Design, by: str, method: str, adjust: str | None, correction: str) -> None:
    for name, value, allowed in (
        ("method", method, get_args(SubgroupMethod)),
        ("adjust", adjust, (None, "lin", "ancova")),
        ("correction", correction, (*get_args(Correction), "romano_wolf")),
    ):
        if value not in allowed:
            raise ValueError(f"unknown {name} {value!r}: expected one of {', '.join(map(str, allowed))}")
    if correction == "romano_wolf" and (method != "compare_groups" or adjust is not None):
        raise ValueError("correction='romano_wolf' goes with method='compare_groups', not adjusted")
    if adjust is not None and method != "compare_groups":
        raise ValueError("adjust goes with method='compare_groups'")
    if by not in design.covariates:
        known = ", ".join(design.covariates) or "none"
        raise ValueError(f"by={by!r} is not a covariate of the design: expected one of {known}")


def _written(name: object) -> str:
    return f"{name:g}" if isinstance(name, (int, float, np.number)) else str(name)


def _part(design: Design, people: pd.Index, by: str) -> Design:
    return replace(design.only(people), covariates=tuple(name for name in design.covariates if name != by))


def _estimate(part: Design, estimator: Callable[[Design], Estimate]) -> Estimate | Message:
    profile: Profile = part.cohort.profile
    treated = part.units()["treated"]
    if min(int(treated.sum()), int((~treated).sum())) == 0:
        return Message("groups.reason.few_in_subgroup", {"minimum": profile.minimum})
    try:
        found = estimator(part)
    except EstimationError as error:
        return error.message
    smallest = min(found.effect.n_treated, found.effect.n_comparison)
    if is_small(smallest, profile):
        return Message("groups.reason.few_in_subgroup", {"minimum": profile.minimum})
    return found


def _adjusted(
    design: Design,
    by: str,
    found: list[tuple[str, Estimate | Message]],
    correction: SubgroupCorrection,
    seed: int,
) -> tuple[float, ...]:
    estimated = [(name, item) for name, item in found if isinstance(item, Estimate)]
    if correction != "romano_wolf":
        return tuple(adjust_p([item.effect.p_value for _, item in estimated], correction).tolist())
    if not estimated:
        return ()
    units = design.units()
    if design.clustered or "weight" in units:
        raise EstimationError(Message("groups.error.resampling_plain"))
    y = outcome_after(design, units.index).to_numpy(dtype=float)
    written = units[by].map(_written, na_action="ignore")
    Y = np.column_stack([np.where(written == name, y, np.nan) for name, _ in estimated])
    return tuple(romano_wolf(Y=Y, treated=units["treated"].to_numpy(), seed=seed).tolist())


def equal_effects(*, values: Floats, std_errors: Floats, df: Floats) -> Interaction:
    """Test that independent effects are equal (Welch 1951; the formula is in `subgroups`).

    Parameters
    ----------
    values, std_errors, df : (G,) arrays
        G ≥ 2; degrees of freedom may be infinite.
    """
    weights = 1 / std_errors**2
    groups, share = len(values), weights / weights.sum()
    spread = float(weights @ (values - share @ values) ** 2) / (groups - 1)
    uncertain = float(((1 - share) ** 2 / df).sum())
    statistic = spread / (1 + 2 * (groups - 2) / (groups**2 - 1) * uncertain)
    df2 = (groups**2 - 1) / (3 * uncertain) if uncertain > 0 else np.inf
    return Interaction(statistic=statistic, df1=groups - 1, df2=df2)


def _interaction(estimates: list[Estimate]) -> Interaction:
    effects = [item.effect for item in estimates]
    return equal_effects(
        values=np.array([effect.value for effect in effects]),
        std_errors=np.array([effect.std_error for effect in effects]),
        df=np.array([effect.df for effect in effects]),
    )


def _clusters_cross(design: Design, by: str) -> bool:
    units = design.units()
    pairs = units[["cluster", by]].dropna().drop_duplicates()
    return bool(pairs["cluster"].duplicated().any())
