"""The difference between two groups, plain or adjusted: the array function behind several estimators."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from impactkit.errors import EstimationError
from impactkit.estimators.linear import Codes, Contrast, Errors, Floats, contrast, fit, welch_df
from impactkit.text import Message

Adjust = Literal["lin", "ancova"]
Centre = Literal["everyone", "treated"]
DfRule = Literal["welch", "residual", "satterthwaite", "clusters"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A difference between groups and the rule its degrees of freedom follow."""

    contrast: Contrast
    df_rule: DfRule


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
        As in `linear.contrast`.
    weights, clusters : (n,) arrays, optional

    Raises
    ------
    EstimationError
        When there are too few people for the columns, or columns are redundant.
    """
    if adjust is None:
        X = X[:, :0]
    columns = _columns(treated, X, adjust=adjust, centre=centre, weights=weights)
    fitted = fit(X=columns, y=y, weights=weights)
    c = np.zeros(columns.shape[1])
    c[1] = 1.0
    result = contrast(fitted, c, errors=errors, clusters=clusters)
    if X.shape[1] == 0 and errors == "HC2":
        df = welch_df(fitted, fitted.direction(c), treated)
        return Difference(
            contrast=Contrast(value=result.value, std_error=result.std_error, df=df), df_rule="welch"
        )
    return Difference(contrast=result, df_rule=df_rule(errors))


def _columns(
    treated: npt.NDArray[np.bool_],
    X: Floats,
    *,
    adjust: Adjust | None,
    centre: Centre,
    weights: Floats | None,
) -> Floats:
    t = treated.astype(float)
    if adjust == "lin":
        of = treated if centre == "treated" else np.ones_like(treated)
        X = X - np.average(X[of], axis=0, weights=None if weights is None else weights[of])
        smallest, needed = min(int(treated.sum()), int((~treated).sum())), X.shape[1] + 1
        if smallest <= needed:
            raise EstimationError(
                Message("estimators.error.too_many_columns", {"people": smallest, "columns": needed})
            )
        X = np.column_stack([X, X * t[:, None]])
    return np.column_stack([np.ones_like(t), t, X])


def df_rule(errors: Errors) -> DfRule:
    """Name the rule that `linear.contrast` follows for these errors."""
    if errors == "CR2":
        return "satterthwaite"
    return "clusters" if errors in ("CR0", "CR1") else "residual"


def refuse_no_variation(result: Contrast, *outcomes: Floats) -> None:
    """Refuse a standard error that is zero but for rounding, given the outcomes it was computed from.

    An effect without uncertainty is a flaw of the data, not a finding.
    """
    size = max(float(np.abs(outcome).max()) for outcome in outcomes)
    if result.std_error <= 1e-12 * size:
        raise EstimationError(Message("estimators.error.no_variation"))
