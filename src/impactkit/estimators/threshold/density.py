"""Do people arrange to be on one side of the threshold? A test that their density has no jump there.

On each side the share of people below, ``F̂(x)``, is fitted by a polynomial around the threshold; its slope
is the density there. The bandwidth minimises the mean squared error of degree p; the test uses degree p + 1,
whose bias is then small.

With ``ψ_j = e_1'(R'KR)^-1 Σ_i r_i k_i 1(x_j ≤ x_i) / ((n - 1) h)``, what person j adds to the density, the
variance of a side is ``Σ_j ψ_j²``. (Squares are not centred, as in the published test: a little more than the
variance, by ``f̂²/n``.)

References
----------
Cattaneo, Jansson & Ma (2020), *JASA* 115(531). Cattaneo, Jansson & Ma (2018), *Stata Journal* 18(1), for the
choice of bandwidths.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from impactkit.errors import EstimationError
from impactkit.estimators.inference.distributions import normal_pdf, normal_sf
from impactkit.estimators.inference.linear import Floats
from impactkit.text import Message

# Degree of the polynomial whose error the bandwidth minimises.
_DEGREE = 2
# Windows hold at least so many people, and so many distinct values where there are, on each side.
FEWEST_IN_WINDOW = 20 + _DEGREE + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class DensityJump:
    """The density of people just below and just above the threshold.

    Attributes
    ----------
    below, above : float
        People per unit of the running variable, as a share of all.
    std_error : float
        Of ``above - below``.
    bandwidths : tuple of float
        Below and above, in the unit of the running variable.
    n_below, n_above : int
        People inside the windows.
    """

    below: float
    above: float
    std_error: float
    bandwidths: tuple[float, float]
    n_below: int
    n_above: int

    @property
    def statistic(self) -> float:
        """The jump over its standard error."""
        return (self.above - self.below) / self.std_error

    @property
    def p_value(self) -> float:
        """Two-sided p-value of no jump, from the normal law."""
        return float(2 * normal_sf(abs(self.statistic)))

    def turned(self) -> DensityJump:
        """Return the same with the two sides exchanged."""
        return DensityJump(
            below=self.above,
            above=self.below,
            std_error=self.std_error,
            bandwidths=self.bandwidths[::-1],
            n_below=self.n_above,
            n_above=self.n_below,
        )


def density_jump(x: Floats, *, bandwidths: tuple[float, float] | None = None) -> DensityJump:
    """Test that the density of ``x`` does not jump at 0.

    Parameters
    ----------
    x : (n,) array
        Distances to the threshold; zero counts as above.
    bandwidths : (float, float), optional
        Below and above; by default the median of those for each side, the difference and the sum.

    Raises
    ------
    EstimationError
        When a side has fewer than 23 people, or fewer distinct values than the polynomial needs.
    """
    x = np.sort(x)
    sides = (x < 0, x >= 0)
    if min(int(side.sum()) for side in sides) < FEWEST_IN_WINDOW:
        raise EstimationError(Message("threshold.error.too_few_for_density", {"fewest": FEWEST_IN_WINDOW}))
    widths = bandwidths or _bandwidths(x)
    fits = [_fit(x, side, h, _DEGREE + 1) for side, h in zip(sides, widths, strict=True)]
    below, above = (float(fit.coefficients[1]) for fit in fits)
    spread = sum(float(fit.spreads[1]) for fit in fits)
    if not spread > 0:
        raise EstimationError(Message("threshold.error.too_few_near"))
    return DensityJump(
        below=below,
        above=above,
        std_error=float(spread**0.5),
        bandwidths=(float(widths[0]), float(widths[1])),
        n_below=fits[0].n,
        n_above=fits[1].n,
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Fit:
    """Coefficients of the distribution function and ``Σ ψ²`` of each, (degree + 1,); people in the window."""

    coefficients: Floats
    spreads: Floats
    n: int


def _fit(x: Floats, side: np.ndarray, h: float, degree: int) -> _Fit:
    """Fit the distribution function of sorted ``x`` on one side, in O(n)."""
    n = len(x)
    inside = side & (np.abs(x) < h)
    if len(np.unique(x[inside])) <= degree:
        raise EstimationError(Message("threshold.error.too_few_near"))
    share = (np.searchsorted(x, x, side="right") - 1) / (n - 1)
    u = x[inside] / h
    k = 1 - np.abs(u)
    R = u[:, None] ** np.arange(degree + 1)
    rk = R * k[:, None]
    inverse = np.linalg.inv(rk.T @ R)
    beta = inverse @ (rk.T @ share[inside])
    # Those in the window whose value is at least x_j: all sums over i at once.
    from_here = np.vstack([np.cumsum(rk[::-1], axis=0)[::-1], np.zeros(degree + 1)])
    influence = (from_here[np.searchsorted(x[inside], x, side="left")] @ inverse) / (n - 1)
    scale = h ** np.arange(degree + 1)
    return _Fit(
        coefficients=beta / scale,
        spreads=np.einsum("ij,ij->j", influence, influence) / scale**2,
        n=int(inside.sum()),
    )


def _bandwidths(x: Floats) -> tuple[float, float]:
    """Return the bandwidths of least error for the density on each side, at degree 2.

    ``h = [V / (2p n B²)]^(1/(2p+1))``: V the variance in a first window c, B from the third derivative of the
    distribution function in a window b, both windows the best ones if people followed the normal law.
    """
    n = len(x)
    mean, sd = float(x.mean()), float(x.std(ddof=1))
    if not sd > 0:
        raise EstimationError(Message("threshold.error.running_constant"))
    first = _normal_width(n, mean, sd, degree=_DEGREE, derivative=1)
    wide = _normal_width(n, mean, sd, degree=_DEGREE + 2, derivative=_DEGREE + 1)
    bias_constant = _constants(_DEGREE, 1, (1.0, -1.0))[1]
    reach = float(np.abs(x).max()) * (1 + 1e-8)
    spreads, biases, least = [], [], []
    for side in (x < 0, x >= 0):
        values = np.unique(np.abs(x[side]))
        people = float(np.sort(np.abs(x[side]))[FEWEST_IN_WINDOW - 1])
        distinct = float(values[FEWEST_IN_WINDOW - 1]) if len(values) >= FEWEST_IN_WINDOW else reach
        floor = min(max(people, distinct) * (1 + 1e-8), reach)
        c, b = (min(max(width, floor), reach) for width in (first, wide))
        near, far = _fit(x, side, c, _DEGREE), _fit(x, side, b, _DEGREE + 2)
        spreads.append(near.spreads[1] * n * c)
        biases.append(far.coefficients[_DEGREE + 1] * bias_constant)
        least.append(floor)

    def width(spread: float, bias: float) -> float:
        if not (spread > 0 and bias != 0):
            raise EstimationError(Message("threshold.error.no_bandwidth"))
        return float((spread / (2 * _DEGREE * n * bias**2)) ** (1 / (2 * _DEGREE + 1)))

    both = (width(sum(spreads), biases[1] - biases[0]), width(sum(spreads), biases[1] + biases[0]))
    chosen = [
        min(max(float(np.median([width(v, b), *both])), floor), reach)
        for v, b, floor in zip(spreads, biases, least, strict=True)
    ]
    return (chosen[0], chosen[1])


def _normal_width(n: int, mean: float, sd: float, *, degree: int, derivative: int) -> float:
    """Return the best bandwidth at 0 for a derivative of the normal distribution, with a uniform kernel."""
    variance, bias = _constants(degree, derivative, (1.0,))
    z = -mean / sd
    density = float(normal_pdf(z)) / sd
    # The k-th derivative of the normal density is (-1)^k He_k(z) times it.
    hermite = np.polynomial.hermite_e.hermeval(z, [0.0] * degree + [1.0])
    slope = (-1) ** degree * float(hermite) * density / sd**degree
    slope = slope or density / sd**degree  # at a root of the polynomial the rule would look everywhere
    bias *= slope / math.factorial(degree + 1)
    ratio = (2 * derivative - 1) * variance * density / (2 * (degree + 1 - derivative) * bias**2 * n)
    return float(ratio ** (1 / (2 * degree + 1)))


def _constants(degree: int, derivative: int, kernel: tuple[float, ...]) -> tuple[float, float]:
    """Return the constants of variance and bias at a boundary, for a kernel ``Σ_a k_a u^a`` on [0, 1].

    ``e' S^-1 T S^-1 e`` and ``e' S^-1 c`` with ``S = ∫ r r' K``, ``c = ∫ r u^(p+1) K`` and
    ``T = ∫∫ min(u, w) r(u) r(w)' K(u) K(w)``.
    """
    size = degree + 1
    S, T, c = np.zeros((size, size)), np.zeros((size, size)), np.zeros(size)
    for a, weight in enumerate(kernel):
        for i in range(size):
            c[i] += weight / (i + size + a + 1)
            for j in range(size):
                S[i, j] += weight / (i + j + a + 1)
                for b, other in enumerate(kernel):
                    u, w = i + a, j + b
                    both = 1 / ((w + 2) * (u + w + 3)) + (1 / (u + 2) - 1 / (u + w + 3)) / (w + 1)
                    T[i, j] += weight * other * both
    solved = np.linalg.solve(S, np.column_stack([T, c]))
    return (
        float(np.linalg.solve(S, solved[:, :size].T)[derivative, derivative]),
        float(solved[derivative, size]),
    )
