"""The difference between two groups, plain or adjusted: the array function behind several estimators."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from impactkit.errors import EstimationError
from impactkit.estimators.headline import Headline, asked_headline, headline
from impactkit.estimators.inference.few_clusters import (
    are_few,
    cluster_jackknife,
    clusters_held,
    randomisation,
    wild_bootstrap,
)
from impactkit.estimators.inference.linear import (
    Codes,
    Contrast,
    Errors,
    Fit,
    Floats,
    contrast,
    fit,
    welch_df,
)
from impactkit.estimators.inference.two_means import difference_of_means
from impactkit.estimators.result import Inversion
from impactkit.text import Message

Adjust = Literal["lin", "ancova"]
Centre = Literal["everyone", "treated"]
DfRule = Literal["welch", "residual", "satterthwaite", "clusters"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FewClusters:
    """What the methods for few clusters need; without clusters each person is her own."""

    fitted: Fit
    c: Floats
    y: Floats
    treated: npt.NDArray[np.bool_]
    X: Floats
    weights: Floats | None
    clusters: Codes | None

    @property
    def codes(self) -> Codes:
        """The clusters, or each person."""
        return np.arange(len(self.y)) if self.clusters is None else self.clusters

    def wild(self) -> Inversion:
        """Return the wild bootstrap of the difference."""
        return wild_bootstrap(self.fitted, self.c, clusters=self.codes)

    def randomised(self) -> Inversion:
        """Return the draw replayed."""
        return randomisation(
            y=self.y, treated=self.treated, clusters=self.codes, X=self.X, weights=self.weights
        )

    def tests(self) -> dict[str, Inversion]:
        """Return both by name when clusters are few: randomisation where no cluster has both groups."""
        if self.clusters is None:
            return {}
        held = clusters_held(self.clusters, self.treated)
        if not are_few(held.shape[1], int(np.count_nonzero(held[1]))):
            return {}
        wild: dict[str, Inversion] = {"wild": self.wild()}
        return wild if held.all(axis=0).any() else wild | {"randomisation": self.randomised()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A difference between groups and what it can be referred to.

    Attributes
    ----------
    contrast : Contrast
    df_rule : str
        The rule that the degrees of freedom follow.
    errors : str
        Name of the errors, or of the test asked for.
    asked : Inversion or None
        The test asked for.
    few : FewClusters or None
        What the methods for few clusters need, when errors allow for clusters.
    """

    contrast: Contrast
    df_rule: DfRule
    errors: Errors
    asked: Inversion | None = None
    few: FewClusters | None = None

    def headline(self, *, cautious: bool = False) -> Headline:
        """Return the law of the difference and the tests for few clusters beside it: computed at each call.

        ``cautious`` keeps the most cautious of them, see `headline.headline`.

        Raises
        ------
        EstimationError
            When the test asked for does not bound the difference at 95 %.
        """
        tests = {} if self.few is None else self.few.tests()
        if self.asked is not None:
            return asked_headline(self.errors, self.asked, df=self.contrast.df, tests=tests)
        return headline(self.errors, df=self.contrast.df, tests=tests, cautious=cautious)


def difference(
    *,
    y: Floats,
    treated: npt.NDArray[np.bool_],
    X: Floats,
    adjust: Adjust | None,
    centre: Centre,
    errors: Errors,
    weights: Floats | None = None,
    clusters: Codes | None = None,
) -> Difference:
    """Estimate the difference of ``y`` between treated and others, adjusted on ``X`` or not.

    With T the treated indicator and ``x̄`` the mean that ``centre`` names, the coefficient of T in

    - ``adjust=None``: ``y ~ 1 + T``;
    - ``adjust="ancova"``: ``y ~ 1 + T + X``;
    - ``adjust="lin"``: ``y ~ 1 + T + (X - x̄) + T (X - x̄)``, that is the mean, over the people of ``centre``,
      of the difference between the prediction of a regression among the treated and that of one among the
      others.

    Parameters
    ----------
    y : (n,) array
    treated : (n,) array of bool
    X : (n, p) array
        Not used when ``adjust`` is ``None``.
    adjust : {"lin", "ancova"} or None
    centre : {"everyone", "treated"}
    errors : str
        As in `linear.contrast`; or ``"CR3"`` (`few_clusters.cluster_jackknife`), ``"wild"`` or
        ``"randomisation"``, which test and invert as `few_clusters` says, beside CR2's standard error.
    weights, clusters : (n,) arrays, optional

    Raises
    ------
    EstimationError
        When there are too few people for the columns, or columns are redundant; for randomisation, when
        slopes differ by group or a cluster has people of both.
    """
    if adjust is None:
        X = X[:, :0]
        if errors == "CR2" and _in_closed_form(treated, clusters):
            means = difference_of_means(y=y, treated=treated, weights=weights, clusters=clusters)
            return Difference(contrast=means, df_rule=df_rule(errors), errors=errors)
    columns = columns_of_groups(treated, X, adjust=adjust, centre=centre, weights=weights)
    fitted = fit(X=columns, y=y, weights=weights)
    c = np.zeros(columns.shape[1])
    c[1] = 1.0
    few = FewClusters(fitted=fitted, c=c, y=y, treated=treated, X=X, weights=weights, clusters=clusters)
    if errors == "CR3":
        result = cluster_jackknife(fitted, c, clusters=few.codes)
    elif errors == "wild" or errors == "randomisation":
        result = contrast(fitted, c, errors="CR2", clusters=clusters)
        if errors == "randomisation" and adjust == "lin":
            raise EstimationError(Message("estimators.error.randomisation_one_slope"))
        test = few.wild() if errors == "wild" else few.randomised()
        return Difference(contrast=result, df_rule=df_rule(errors), errors=errors, asked=test, few=few)
    else:
        result = contrast(fitted, c, errors=errors, clusters=clusters)
    if X.shape[1] == 0 and errors == "HC2":
        df = welch_df(fitted, fitted.direction(c), treated)
        result = Contrast(value=result.value, std_error=result.std_error, df=df)
        return Difference(contrast=result, df_rule="welch", errors=errors)
    return Difference(
        contrast=result,
        df_rule=df_rule(errors),
        errors=errors,
        few=few if errors.startswith("CR") else None,
    )


def _in_closed_form(treated: npt.NDArray[np.bool_], clusters: Codes | None) -> bool:
    """Tell whether clusters lie in one group each, and are not few: those tests need the regression."""
    if clusters is None:
        return True
    held = clusters_held(clusters, treated)
    few = are_few(held.shape[1], int(np.count_nonzero(held[1])))
    return not few and not (held[0] & held[1]).any()


def columns_of_groups(
    treated: npt.NDArray[np.bool_],
    X: Floats,
    *,
    adjust: Adjust | None,
    centre: Centre,
    weights: Floats | None,
) -> Floats:
    """Return the columns that `difference` regresses on: a constant, T, then what is adjusted on.

    Raises
    ------
    EstimationError
        When a group is too small for slopes of its own.
    """
    t = treated.astype(float)
    if adjust == "lin":
        of = treated if centre == "treated" else np.ones_like(treated)
        X = X - np.average(X[of], axis=0, weights=None if weights is None else weights[of])
        smallest, needed = min(int(treated.sum()), int((~treated).sum())), X.shape[1] + 1
        if smallest <= needed:
            raise EstimationError(Message("estimators.error.too_many_columns", {"columns": needed}))
        X = np.column_stack([X, X * t[:, None]])
    return np.column_stack([np.ones_like(t), t, X])


def df_rule(errors: Errors) -> DfRule:
    """Name the rule that `linear.contrast` follows for these errors."""
    if errors in ("CR2", "wild", "randomisation"):
        return "satterthwaite"
    return "clusters" if errors in ("CR0", "CR1", "CR3") else "residual"


def refuse_no_variation(result: Contrast, *outcomes: Floats) -> None:
    """Refuse a standard error that is zero but for rounding, given the outcomes it was computed from.

    An effect without uncertainty is a flaw of the data, not a finding.
    """
    size = max(float(np.abs(outcome).max()) for outcome in outcomes)
    if result.std_error <= 1e-12 * size:
        raise EstimationError(Message("estimators.error.no_variation"))
