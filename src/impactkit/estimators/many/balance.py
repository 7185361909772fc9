"""Balance of many actions before they begin: `design.balance.balance_table`, all actions at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import gammaln

from impactkit.design.balance import COX
from impactkit.estimators.inference.linear import Codes, Floats
from impactkit.estimators.many.characteristics import Characteristic, present_levels
from impactkit.estimators.many.segments import Bools, Segments


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Moments:
    """Mean, standard deviation (n - 1 below) and number of known values, (M,) arrays."""

    mean: Floats
    sd: Floats
    n: Codes


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rows:
    """M rows of a balance table.

    Attributes
    ----------
    action : (M,) array of int
    variable : str
    levels : (M,) array of str, or None
    treated, compared, everyone : Moments
    binary : (M,) array of bool
    missing_treated, missing_comparison : (M,) arrays of int
    """

    action: Codes
    variable: str
    levels: np.ndarray | None
    treated: Moments
    compared: Moments
    everyone: Moments
    binary: Bools
    missing_treated: Codes
    missing_comparison: Codes

    def to_frame(self, *, by_treated: bool) -> pd.DataFrame:
        """Return the columns of `balance_table`, and ``action``; ``by_treated`` says what to divide by."""
        one, zero = self.treated, self.compared
        enough = (one.n >= 2) & (zero.n >= 2)
        with np.errstate(invalid="ignore", divide="ignore"):  # where there are too few
            smd, ratio, wwc = self._measures(by_treated=by_treated)
        names = self.variable if self.levels is None else [f"{self.variable}: {item}" for item in self.levels]
        return pd.DataFrame(
            {
                "action": self.action,
                "covariate": names,
                "mean_treated": one.mean,
                "mean_comparison": zero.mean,
                "smd": np.where(enough, smd, np.nan),
                "variance_ratio": np.where(self.binary | ~enough, np.nan, ratio),
                "wwc": np.where(enough, wwc, np.nan),
                "n_treated": one.n,
                "n_comparison": zero.n,
                "missing_treated": self.missing_treated,
                "missing_comparison": self.missing_comparison,
                "variable": self.variable,
                "level": pd.Series(
                    [None] * enough.size if self.levels is None else self.levels, dtype=object
                ),
            }
        )

    def _measures(self, *, by_treated: bool) -> tuple[Floats, Floats, Floats]:
        """Return the standardised difference, the ratio of variances, and Hedges' g or the Cox index."""
        one, zero = self.treated, self.compared
        gap = one.mean - zero.mean
        standard = one.sd if by_treated else np.sqrt((one.sd**2 + zero.sd**2) / 2)
        ratio = np.where((one.sd == 0) & (zero.sd == 0), np.nan, one.sd**2 / zero.sd**2)
        df = np.maximum(one.n + zero.n - 2, 1)
        pooled = np.sqrt(((one.n - 1) * one.sd**2 + (zero.n - 1) * zero.sd**2) / df)
        factor = np.exp(gammaln(df / 2) - gammaln((df - 1) / 2) - np.log(df / 2) / 2)
        wwc = np.where(self.binary, _cox(one, zero), self._over(gap, pooled) * factor)
        return self._over(gap, standard), ratio, wwc

    def _over(self, gap: Floats, sd: Floats) -> Floats:
        """Divide by ``sd``, or by that of both groups together when it is zero."""
        return np.where(gap == 0, 0.0, gap / np.where(sd > 0, sd, self.everyone.sd))


def _cox(one: Moments, zero: Moments) -> Floats:
    """Return the Cox index of shares, as `design.balance.cox_index`."""
    cells = np.array([one.mean * one.n, (1 - one.mean) * one.n, zero.mean * zero.n, (1 - zero.mean) * zero.n])
    cells = np.where(cells.min(axis=0) <= 0, cells + 0.5, cells)
    return np.where(one.mean == zero.mean, 0.0, np.log(cells[0] * cells[3] / (cells[1] * cells[2])) / COX)


def balance_rows(
    characteristic: Characteristic,
    *,
    segments: Segments,
    treated: Bools,
    compared: Bools,
    weights: Floats | None,
) -> Rows:
    """Describe both groups of each action by one characteristic.

    Parameters
    ----------
    characteristic : Characteristic
        Of P people.
    segments : Segments
    treated, compared : (P,) arrays of bool
        The people of the design.
    weights : (P,) array, optional
    """
    if characteristic.numbers is None:
        return _of_levels(characteristic, segments, treated, compared, weights)
    values, known = characteristic.numbers, characteristic.known
    groups = [(group & known).astype(float) for group in (treated, compared, treated | compared)]
    values = np.where(known, values, 0.0)
    n = segments.total(groups[2])
    zero_or_one = segments.total(groups[2] * ((values == 0) | (values == 1)))
    binary = (n > 0) & (zero_or_one == n)
    found = [_moments(values, group, binary, segments, weights) for group in groups]
    return Rows(
        action=np.arange(segments.sizes.size),
        variable=characteristic.name,
        levels=None,
        treated=found[0],
        compared=found[1],
        everyone=found[2],
        binary=binary,
        missing_treated=segments.count(treated) - found[0].n,
        missing_comparison=segments.count(compared) - found[1].n,
    )


def _moments(
    values: Floats, member: Floats, binary: Bools, segments: Segments, weights: Floats | None
) -> Moments:
    """Return the moments of the values whose ``member`` is 1, as `design.balance.weighted_moments`."""
    n = segments.total(member)
    w = member if weights is None else member * weights
    total = n if weights is None else segments.total(w)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = segments.total(w * values) / total
        distance = (values - segments.spread(mean)) * member
        below = n - 1 if weights is None else total - segments.total(w * w) / total
        sd = np.sqrt(segments.total(w * distance * distance) / below)
        # Values that are all equal have exactly that mean, and no spread.
        most = segments.largest(np.where(member > 0, values, -np.inf))
        constant = (n > 1) & (segments.smallest(np.where(member > 0, values, np.inf)) == most)
        mean = np.where(constant, most, mean)
        sd = np.where(constant, 0.0, np.where(n > 1, sd, np.nan))
        sd = np.where(binary & (sd > 0), np.sqrt(mean * (1 - mean)), sd)
    return Moments(mean=np.where(n > 0, mean, np.nan), sd=sd, n=n.astype(np.intp))


def _of_levels(
    item: Characteristic, segments: Segments, treated: Bools, compared: Bools, weights: Floats | None
) -> Rows:
    """Describe levels: one row per action and level found in its design."""
    action, level, pair = present_levels(item, segments, treated | compared)
    known = item.known
    w = np.ones(known.size) if weights is None else weights
    found, missing = [], []
    for group in (treated, compared, treated | compared):
        there = group & known
        n = segments.count(there)[action]
        among = np.bincount(pair[there], minlength=action.size)
        share = np.bincount(pair[there], weights=w[there], minlength=action.size)
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = np.where(among == n, 1.0, share / segments.total(w * there)[action])
            mean = np.where(n > 0, mean, np.nan)
            sd = np.where(n > 1, np.sqrt(np.maximum(mean * (1 - mean), 0.0)), np.nan)
        found.append(Moments(mean=mean, sd=sd, n=n))
        missing.append((segments.count(group) - segments.count(there))[action])
    return Rows(
        action=action,
        variable=item.name,
        levels=np.array(item.levels, dtype=object)[level],
        treated=found[0],
        compared=found[1],
        everyone=found[2],
        binary=np.ones(action.size, dtype=bool),
        missing_treated=missing[0],
        missing_comparison=missing[1],
    )


def balance_frame(rows: Sequence[Rows], *, by_treated: bool) -> pd.DataFrame:
    """Put the rows of all characteristics together, action after action."""
    tables = [item.to_frame(by_treated=by_treated) for item in rows]
    whole = pd.concat(tables, ignore_index=True)
    return whole.iloc[np.argsort(whole["action"].to_numpy(), kind="stable")].reset_index(drop=True)
