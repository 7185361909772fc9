"""How wide to look around a threshold: bandwidths that minimise an estimated mean squared error.

For a polynomial of degree o, the coefficient ν of it has, at bandwidth h, a bias ``h^(o+1-ν) B`` and a
variance ``V / (n h^(2ν+1))``; the mean squared error is least at

    h = [ (2ν + 1) V / (2 (o + 1 - ν) (B² + 3 R)) ]^(1/(2o+3))  n^(-1/(2o+3)),

where R is the variance of the estimate of B, which keeps h finite where B is near zero (Imbens &
Kalyanaraman's regularisation). Three rounds, each giving the next its bandwidth for the bias: a global
polynomial gives d, d gives b (the bandwidth of the bias correction), b gives h.

References
----------
Imbens & Kalyanaraman (2012), *Rev. Econ. Studies* 79(3). Calonico, Cattaneo & Titiunik (2014), *Econometrica*
82(6), and its supplement. Calonico, Cattaneo & Farrell (2020), *Econometrics Journal* 23(2), for ``cer``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from impactkit.errors import EstimationError
from impactkit.estimators.inference.linear import Floats
from impactkit.estimators.threshold.local import (
    Kernel,
    Side,
    Smoother,
    ThresholdErrors,
    covariate_slopes,
    residuals,
    smooth,
    variance,
)
from impactkit.text import Message

Selector = Literal[
    "mserd", "msetwo", "msesum", "msecomb1", "msecomb2", "cerrd", "certwo", "cersum", "cercomb1", "cercomb2"
]
_Shape = Literal["rd", "sum", "two"]

# Silverman's constant of each kernel, for the first bandwidth of the variance.
_PILOT: dict[Kernel, float] = {"triangular": 2.576, "epanechnikov": 2.34, "uniform": 1.843}
_SHAPES: dict[str, tuple[_Shape, ...]] = {
    "rd": ("rd",),
    "two": ("two",),
    "sum": ("sum",),
    "comb1": ("rd", "sum"),
    "comb2": ("rd", "sum", "two"),
}
_REGULARISATION = 3.0
# When this share of people share their value with another, windows hold at least so many distinct values.
MANY_TIES = 0.2
FEWEST_VALUES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Bandwidths:
    """Bandwidths of the estimate (h) and of its bias correction (b), (left, right), in the unit of x."""

    h: tuple[float, float]
    b: tuple[float, float]


def select(
    left: Side,
    right: Side,
    *,
    order: int,
    kernel: Kernel,
    errors: ThresholdErrors,
    selector: Selector,
    takeup: bool = False,
) -> Bandwidths:
    """Choose h and b.

    Parameters
    ----------
    left, right : Side
    takeup : bool
        Whether the second column of ``y`` is the take-up, and bandwidths those of the ratio; the other
        columns are covariates.
    order : int
        Degree p of the polynomial of the estimate; that of the bias correction is p + 1.
    selector : str
        ``mserd`` one bandwidth for the difference of both sides, ``msetwo`` one for each side, ``msesum`` one
        for their sum, ``msecomb1`` the smaller of mserd and msesum, ``msecomb2`` the median of the three by
        side. ``cer…``: the same h times ``n^(-p/((3+p)(3+2p)))``, for the least error of coverage.

    Raises
    ------
    EstimationError
        When the outcome does not vary, or there are too few distinct values.
    """
    data = _Data.of(left, right, kernel)
    base = selector[3:]
    shapes = _SHAPES[base]
    found = [
        _rounds(data, shape, order=order, kernel=kernel, errors=errors, takeup=takeup) for shape in shapes
    ]
    table = np.array([(*one.h, *one.b) for one in found])
    chosen = table.min(axis=0) if base == "comb1" else np.median(table, axis=0)
    shrink = data.n ** (-order / ((3 + order) * (3 + 2 * order))) if selector.startswith("cer") else 1.0
    return Bandwidths(
        h=(float(chosen[0] * shrink), float(chosen[1] * shrink)), b=(float(chosen[2]), float(chosen[3]))
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Data:
    """Both sides, n, and the limits of any bandwidth: its least and its most, by side."""

    sides: tuple[Side, Side]
    n: int
    pilot: float
    reach: tuple[float, float]
    least: tuple[float, float]

    @classmethod
    def of(cls, left: Side, right: Side, kernel: Kernel) -> _Data:
        x = np.concatenate([left.x, right.x])
        distinct = [np.unique(np.abs(side.x)) for side in (left, right)]
        low, high = np.quantile(x, [0.25, 0.75])
        spreads = [spread for spread in (x.std(ddof=1), (high - low) / 1.349) if spread > 0]
        if not spreads:
            raise EstimationError(Message("threshold.error.running_constant"))
        values = sum(len(side) for side in distinct)
        # Ties say nothing new about where people are: distinct values set the pilot.
        pilot = _PILOT[kernel] * min(spreads) * values ** (-1 / 5)
        tied = 1 - values / len(x) >= MANY_TIES
        least = [
            float(side[min(FEWEST_VALUES, len(side)) - 1]) * (1 + 1e-8) if tied else 0.0 for side in distinct
        ]
        reach = (float(distinct[0][-1]) * (1 + 1e-10), float(distinct[1][-1]) * (1 + 1e-10))
        return cls(
            sides=(left, right),
            n=len(x),
            pilot=min(pilot, max(reach)),
            reach=reach,
            least=(least[0], least[1]),
        )

    def first(self) -> tuple[float, float]:
        """Return the bandwidth of the variance: wide enough for some distinct values when ties are many."""
        one = min(max(self.pilot, *self.least), max(self.reach))
        return (one, one)

    def within(self, widths: tuple[float, float]) -> tuple[float, float]:
        """Keep bandwidths within the data."""
        if widths[0] == widths[1]:
            one = min(widths[0], max(self.reach))
            return (one, one)
        return (min(widths[0], self.reach[0]), min(widths[1], self.reach[1]))


@dataclass(frozen=True, slots=True)
class _Parts:
    """Of one side: V, B and R of the formula."""

    variance: float
    bias: float
    uncertainty: float


def _rounds(
    data: _Data, shape: _Shape, *, order: int, kernel: Kernel, errors: ThresholdErrors, takeup: bool
) -> Bandwidths:
    """Go from the global polynomial to d, from d to b, from b to h."""
    q = order + 1
    pilot = data.first()
    width = data.reach
    steps = ((q + 1, q + 1, q + 2, False), (q, q, q + 1, True), (order, 0, q, True))
    chosen = []
    for degree, derivative, bias_degree, regular in steps:
        parts = [
            _parts(
                side,
                degree=degree,
                derivative=derivative,
                bias_degree=bias_degree,
                window=window,
                bias_window=wide,
                n=data.n,
                kernel=kernel,
                errors=errors,
                takeup=takeup,
            )
            for side, window, wide in zip(data.sides, pilot, width, strict=True)
        ]
        width = data.within(
            _least_error(parts, shape, degree=degree, derivative=derivative, n=data.n, regular=regular)
        )
        chosen.append(width)
    return Bandwidths(h=chosen[2], b=chosen[1])


def _parts(
    side: Side,
    *,
    degree: int,
    derivative: int,
    bias_degree: int,
    window: float,
    bias_window: float,
    n: int,
    kernel: Kernel,
    errors: ThresholdErrors,
    takeup: bool,
) -> _Parts:
    near = smooth(side.x, bandwidth=window, degree=degree, kernel=kernel)
    wide = smooth(side.x, bandwidth=bias_window, degree=bias_degree, kernel=kernel)
    y = _linearised(side, near, derivative=derivative, takeup=takeup)
    here, far = near.weights[derivative], wide.weights[degree + 1]
    spread, doubt = (
        variance(
            weights,
            residuals(side.x, y, fitted, inside=fitted.inside, errors=errors),
            side,
            fitted,
            inside=fitted.inside,
        )
        for weights, fitted in ((here, near), (far, wide))
    )
    constant = float(here @ side.x ** (degree + 1)) / window ** (degree + 1 - derivative)
    return _Parts(n * window ** (2 * derivative + 1) * spread, constant * float(far @ y), constant**2 * doubt)


def _linearised(side: Side, near: Smoother, *, derivative: int, takeup: bool) -> Floats:
    """Return the outcome less what covariates explain of it; with take-up, the numerator of the ratio.

    Both are taken from this side alone, in the window of the variance.
    """
    columns = 2 if takeup else 1
    y = side.y[:, :columns] - side.y[:, columns:] @ covariate_slopes([(side, near)], columns)
    if not takeup:
        return np.asarray(y[:, 0])
    outcome, taken = near.weights[derivative] @ y
    if taken == 0:  # nobody takes part, or everyone alike, in this window of a side where not all are alike
        raise EstimationError(Message("threshold.error.no_bandwidth"))
    return np.asarray((y[:, 0] - outcome / taken * y[:, 1]) / taken)


def _least_error(
    parts: list[_Parts], shape: _Shape, *, degree: int, derivative: int, n: int, regular: bool
) -> tuple[float, float]:
    left, right = parts

    def width(spread: float, bias: float, doubt: float) -> float:
        power = 1 / (2 * degree + 3)
        scale = bias**2 + (_REGULARISATION * doubt if regular else 0.0)
        if spread <= 0 or scale <= 0:
            raise EstimationError(Message("threshold.error.no_bandwidth"))
        ratio = (2 * derivative + 1) * spread / (2 * (degree + 1 - derivative) * scale)
        return float((ratio / n) ** power)

    if shape == "two":
        one, two = (width(side.variance, side.bias, side.uncertainty) for side in parts)
        return (one, two)
    bias = right.bias - left.bias if shape == "rd" else right.bias + left.bias
    both = width(left.variance + right.variance, bias, left.uncertainty + right.uncertainty)
    return (both, both)
