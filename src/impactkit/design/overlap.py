"""How much the distributions of a characteristic in two groups overlap."""

from __future__ import annotations

import numpy as np

from impactkit.design.covariates import Floats

# R's density: points of the grid, and how far it reaches beyond the values, in bandwidths.
_POINTS, _CUT, _MARGIN = 512, 3, 4
# Intervals of the midpoint rule.
_INTERVALS = 1000


def overlap_gap(x: Floats, treated: np.ndarray, weights: Floats) -> float:
    """Return the share of two distributions that does not overlap, ``1 - ∫ min(f1, f0)``: 0 alike, 1 apart.

    The densities are Gaussian kernel estimates with one bandwidth, Scott's for the smaller group
    (``1.06 min(s, IQR / 1.34) n^-1/5``; s alone where the quartiles are equal). 0 when nothing varies.

    Parameters
    ----------
    x : (n,) array
    treated : (n,) array of bool
    weights : (n,) array

    References
    ----------
    Franklin et al. (2014), *Statistics in Medicine* 33(10). R's cobalt (``stats = "ovl"``), with R's binned
    ``density``, gives the same.
    """
    smaller = x[treated] if treated.sum() <= len(x) / 2 else x[~treated]
    width = _bandwidth(smaller) or _bandwidth(x)
    if width == 0:
        return 0.0 if np.ptp(x) == 0 else 1.0
    ends = np.linspace(x.min() - _MARGIN * width, x.max() + _MARGIN * width, _INTERVALS + 1)
    middles = (ends[1:] + ends[:-1]) / 2
    f1, f0 = (_density(x[group], weights[group], width, middles) for group in (treated, ~treated))
    return float(1 - np.minimum(f1, f0).sum() * (ends[1] - ends[0]))


def _bandwidth(x: Floats) -> float:
    if len(x) < 2:
        return 0.0
    low, high = np.quantile(x, [0.25, 0.75])
    sd = float(np.std(x, ddof=1))
    return float(1.06 * (min(sd, float(high - low) / 1.34) or sd) * len(x) ** -0.2)


def _density(x: Floats, weights: Floats, width: float, at: Floats) -> Floats:
    """Return the density at some points: linear binning, convolution, interpolation, as R's ``density``."""
    first, last = x.min() - _CUT * width, x.max() + _CUT * width
    low, high = first - _MARGIN * width, last + _MARGIN * width
    position = (x - low) / (high - low) * (_POINTS - 1)
    bin_ = np.floor(position).astype(np.intp)
    share, mass = position - bin_, weights / weights.sum()
    binned = np.bincount(bin_, mass * (1 - share), 2 * _POINTS)
    binned += np.bincount(bin_ + 1, mass * share, 2 * _POINTS)
    distance = np.linspace(0, 2 * (high - low), 2 * _POINTS)
    distance[_POINTS + 1 :] = -distance[_POINTS - 1 : 0 : -1]
    kernel = np.exp(-((distance / width) ** 2) / 2) / (width * np.sqrt(2 * np.pi))
    smooth = np.fft.irfft(np.fft.rfft(binned) * np.conj(np.fft.rfft(kernel)), 2 * _POINTS)[:_POINTS]
    grid = np.linspace(first, last, _POINTS)
    drawn = np.interp(grid, np.linspace(low, high, _POINTS), np.maximum(smooth, 0))
    return np.asarray(np.interp(at, grid, drawn, left=0.0, right=0.0))
