"""What a made world holds: how people are, who enters, what the action does and what goes wrong."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

Kind = Literal[
    "randomised",
    "before_after",
    "compare_groups",
    "did",
    "staggered",
    "threshold",
    "encouragement",
    "interrupted_series",
    "synthetic",
]
OutcomeKind = Literal["number", "boolean"]
Trends = Literal["start", "entry"]


@dataclass(frozen=True, slots=True)
class _Usual:
    """What a design has when nothing is said: beneficiaries, people compared by each, times around."""

    n: int
    ratio: float
    before: int
    after: int


_USUAL: Mapping[Kind, _Usual] = {
    "randomised": _Usual(100, 1, 1, 1),
    "before_after": _Usual(100, 0, 1, 1),
    "compare_groups": _Usual(100, 1, 0, 1),
    "did": _Usual(100, 1, 2, 1),
    "staggered": _Usual(100, 1, 2, 3),
    "threshold": _Usual(300, 1, 0, 1),
    "encouragement": _Usual(100, 1, 0, 1),
    "interrupted_series": _Usual(1, 0, 36, 12),
    "synthetic": _Usual(1, 20, 24, 6),
}
TERRITORIES: tuple[Kind, ...] = ("interrupted_series", "synthetic")
# Who is a beneficiary is drawn by lot: the groups differ by chance only.
LOTS: tuple[Kind, ...] = ("randomised", "encouragement")
# Parameters that only these designs have.
_ONLY: Mapping[str, tuple[Kind, ...]] = {
    "entries": ("staggered",),
    "sorting": ("threshold",),
    "take_up": ("encouragement",),
    "take_up_without": ("encouragement",),
}
# And those that these designs cannot have: lots leave no gap, a threshold only sorting.
_NEVER: Mapping[str, tuple[Kind, ...]] = {
    "selection": (*LOTS, "threshold", "before_after"),
    "hidden": (*LOTS, "threshold", "before_after"),
    "trend_gap": (*LOTS, "threshold", "before_after"),
    "trend_from": (*LOTS, "threshold", "before_after"),
    "spillover": ("before_after",),
    "ratio": ("before_after",),
    "attrition_gap": ("before_after",),
}
# Territories have no people.
_OF_PEOPLE = (
    *("outcome", "share", "heterogeneity", "covariates", "explained", "hidden_explained", "selection"),
    *("hidden", "regression_to_mean", "attrition", "attrition_gap", "attrition_slope", "clusters", "icc"),
)
_SHARES = (
    *("attrition", "spillover", "sorting", "take_up", "take_up_without", "icc", "explained"),
    *("hidden_explained", "baseline_correlation"),
)
_NUMBERS = (
    *("effect", "heterogeneity", "selection", "hidden", "trend", "trend_gap", "regression_to_mean"),
    *("attrition_gap", "attrition_slope"),
)
_MAY_BE_ALONE = ("before_after", "interrupted_series")
_WITH_TIME_BEFORE = ("before_after", "did", "staggered", *TERRITORIES)
# Share of the outcome's variance that the score of a threshold explains.
SCORE_EXPLAINS = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """The parameters of a made cohort, and its truth; `draw` makes the cohort.

    The truth stays here: a `Cohort` holds only what files would, so that nothing computed or published from
    it can know the effect. ``replace(world, effect=0)`` drawn with the same seed gives the same people
    without the action.

    A number has a mean of 0 and a variance of 1 in people compared, without the action: its effects and gaps
    are in these standard deviations. A yes/no outcome has them in shares (0.1 is 10 points). The equations
    stand in `impactkit.simulate.outcomes`, those of territories in `impactkit.simulate.territories`.

    Parameters
    ----------
    design : str
        ``"randomised"`` (lots drawn), ``"before_after"`` (nobody compared), ``"compare_groups"``, ``"did"``,
        ``"staggered"`` (several dates of entry), ``"threshold"`` (a right below a score of 0),
        ``"encouragement"`` (an offer drawn by lot, taken by some), ``"interrupted_series"`` and
        ``"synthetic"`` (territories).
    n : int, optional
        Beneficiaries (those offered the action for an encouragement; territories with it for a series).
    ratio : float, optional
        People, or territories, compared per beneficiary.
    before, after : int, optional
        Times before and after entry, numbered ``1 - before`` to 0, then 1 to ``after``. These four have a
        usual value by design: `units` and `times` tell it.
    outcome : {"number", "boolean"}
    share : float
        Of yes, among people compared, for a yes/no outcome.
    effect : float
        Of the action on beneficiaries, from their entry on: mean effect on them (ATT); for an encouragement
        on those whom the offer makes take part, at a threshold on those there.
    heterogeneity : float
        How much larger a beneficiary's effect is for one more standard deviation of her first characteristic;
        the mean effect on beneficiaries stays ``effect``. For a number.
    minimum_effect : float, optional
        The smallest effect worth having, which the cohort declares.
    baseline_correlation : float
        Of the outcome of a person between two times (of a territory, from one time to the next).
    covariates : int
        Characteristics observed before entry: ``x1``, ``x2``…
    explained, hidden_explained : float
        Shares of the variance that all characteristics, and the hidden one, explain together.
    selection, hidden : float
        By how many standard deviations beneficiaries differ in each observed characteristic, and in the
        hidden one. Both stay with people: they set levels apart, not changes.
    trend : float
        Common change from one time to the next.
    trend_gap : float
        By how much more beneficiaries change from one time to the next without the action.
    trend_from : {"start", "entry"}
        Whether that shows at times before entry too (``"start"``), or starts with it and cannot be seen.
    regression_to_mean : float
        By how much those who enter are below their usual level at the last time before entry: they enter at a
        trough, and come out of it anyway. With lots drawn, those not drawn are in it too.
    attrition : float
        Share of people whose outcome is not known after entry.
    attrition_gap : float
        That share among beneficiaries less that among people compared.
    attrition_slope : float
        By how much the log odds of being lost rise with one more standard deviation of the outcome at the
        last time; negative when those who do badly are lost.
    spillover : float
        Share of the people compared whom the action reaches as well, without anyone knowing.
    clusters : int
        Sites in all; each is of one group. 0: people are on their own.
    icc : float
        Correlation of the outcomes of two people of a site and group.
    entries : int
        Dates of entry, at 1, 2…, of as many beneficiaries each (staggered).
    sorting : float
        Share of those just above the threshold (within 0.1, of scores from -1 to 1) who see to it that they
        are below; those of the highest hidden characteristic (threshold).
    take_up, take_up_without : float
        Share of those offered, and of the others, who take part: the same people first (encouragement).

    Raises
    ------
    ValueError
        When a value is out of its bounds, or has no sense in the design.

    Examples
    --------
    >>> world = World(design="did", effect=0.3, trend_gap=0.1)
    >>> world.true_effect, world.units, world.times
    (0.3, (100, 100), (-1, 0, 1))
    """

    design: Kind = "did"
    n: int | None = None
    ratio: float | None = None
    before: int | None = None
    after: int | None = None
    outcome: OutcomeKind = "number"
    share: float = 0.4
    effect: float = 0.0
    heterogeneity: float = 0.0
    minimum_effect: float | None = None
    baseline_correlation: float = 0.6
    covariates: int = 2
    explained: float = 0.2
    hidden_explained: float = 0.2
    selection: float = 0.0
    hidden: float = 0.0
    trend: float = 0.0
    trend_gap: float = 0.0
    trend_from: Trends = "start"
    regression_to_mean: float = 0.0
    attrition: float = 0.0
    attrition_gap: float = 0.0
    attrition_slope: float = 0.0
    spillover: float = 0.0
    clusters: int = 0
    icc: float = 0.05
    entries: int = 3
    sorting: float = 0.0
    take_up: float = 0.6
    take_up_without: float = 0.0

    def __post_init__(self) -> None:
        for name, value, known in (
            ("design", self.design, get_args(Kind)),
            ("outcome", self.outcome, get_args(OutcomeKind)),
            ("trend_from", self.trend_from, get_args(Trends)),
        ):
            if value not in known:
                raise ValueError(f"unknown {name} {value!r}: expected one of {', '.join(known)}")
        self._refuse_out_of_bounds()
        self._refuse_without_sense()

    @property
    def true_effect(self) -> float:
        """The effect that an estimate should find, in the outcome's unit (see ``effect``)."""
        return self.effect

    @property
    def units(self) -> tuple[int, int]:
        """Beneficiaries and people compared (or territories)."""
        usual = _USUAL[self.design]
        n = usual.n if self.n is None else self.n
        return n, round(n * (usual.ratio if self.ratio is None else self.ratio))

    @property
    def times(self) -> tuple[int, ...]:
        """The times: up to 0 before entry, from 1 after."""
        usual = _USUAL[self.design]
        before = usual.before if self.before is None else self.before
        return tuple(range(1 - before, (usual.after if self.after is None else self.after) + 1))

    @property
    def losses(self) -> tuple[float, float]:
        """Shares of beneficiaries and of people compared who are lost; together they make ``attrition``."""
        n1, n0 = self.units
        share = n1 / (n1 + n0)
        return (
            self.attrition + self.attrition_gap * (1 - share),
            self.attrition - self.attrition_gap * share,
        )

    @property
    def stable_rest(self) -> float:
        """Share of the variance that stays with people and that neither characteristics nor sites explain."""
        if self.design in TERRITORIES:
            return 0.0
        explained = self.explained * (self.covariates > 0) + self.hidden_explained
        explained += SCORE_EXPLAINS * (self.design == "threshold")
        return self.baseline_correlation * (1 - self.icc * (self.clusters > 0)) - explained

    def _refuse_out_of_bounds(self) -> None:
        for name in _SHARES:
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} is a share: it goes from 0 to 1")
        for name in _NUMBERS:
            if not math.isfinite(getattr(self, name)):
                raise ValueError(f"{name} is a finite number")
        if not 0 < self.share < 1 or self.baseline_correlation == 1:
            raise ValueError("share lies between 0 and 1, and baseline_correlation is less than 1")
        n1, n0 = self.units
        if n1 < 1 or n0 < (0 if self.design in _MAY_BE_ALONE else 1):
            raise ValueError("n is at least 1, and ratio leaves somebody to compare with")
        if self.times[0] > (0 if self.design in _WITH_TIME_BEFORE else 1) or self.times[-1] < 1:
            raise ValueError(f"{self.design} needs a time after, and before when it compares changes")
        if self.covariates < 0 or self.clusters < 0 or self.entries < 1:
            raise ValueError("covariates, clusters and entries are counts")
        if self.design == "staggered" and self.entries > min(self.times[-1], n1):
            raise ValueError("entries go from 1 to the last time, with somebody at each")
        if self.minimum_effect is not None and not self.minimum_effect > 0:
            raise ValueError("minimum_effect must be positive: it is a size")
        if not all(0 <= share <= 1 for share in self.losses):
            raise ValueError("attrition and attrition_gap leave a share of each group lost between 0 and 1")
        if self.stable_rest < -1e-12:
            raise ValueError(
                "characteristics explain more than what stays with people: explained + hidden_explained must "
                "be at most baseline_correlation, less the part of sites and of the score"
            )

    def _refuse_without_sense(self) -> None:
        usual = World.__dataclass_fields__
        given = [name for name in usual if getattr(self, name) != usual[name].default]
        for name in given:
            if self.design not in _ONLY.get(name, (self.design,)):
                raise ValueError(f"{name} has no sense with design={self.design!r}: drop it")
            if self.design in _NEVER.get(name, ()) or (self.design in TERRITORIES and name in _OF_PEOPLE):
                raise ValueError(f"{name} has no sense with design={self.design!r}: drop it")
        if self.outcome == "boolean" and (self.heterogeneity or self.design == "threshold"):
            raise ValueError("a yes/no outcome has the same effect for all, and no threshold")
        if self.outcome == "boolean" and self.take_up_without:
            raise ValueError("with a yes/no outcome, take_up_without is 0")
        if self.regression_to_mean and self.times[0] > 0:
            raise ValueError("regression_to_mean needs a time before entry")
