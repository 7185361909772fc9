"""What methods for small groups or shares say beside a plain difference of two groups."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

from impactkit.errors import EstimationError
from impactkit.estimators.inference.distributions import normal_sf
from impactkit.estimators.inference.linear import Floats
from impactkit.estimators.inference.permutation import is_enumerated, two_sample_permutation
from impactkit.estimators.inference.shares import (
    TwoShares,
    difference_interval,
    difference_score,
    fisher_exact,
    newcombe,
)
from impactkit.estimators.result import Companion
from impactkit.estimators.sizes.ordered import cumulative_odds, probability_of_superiority
from impactkit.estimators.sizes.ratio import ratio_of_means
from impactkit.estimators.sizes.standardised import Group, Size
from impactkit.files.model import VariableKind

# Up to so many people Fisher's exact test is given beside the others; beyond, it says what they say.
_FISHER_PEOPLE = 200


def companions_of_kind(
    *, y: Floats, treated: npt.NDArray[np.bool_], kind: VariableKind | None
) -> tuple[Companion, ...]:
    """Return what suits a number that is not an amount, between independent people, not weighted.

    For events counted: ``rate_ratio``, the ratio of means. For ordered levels: ``superiority``, the chance
    that a beneficiary is above a person compared (Brunner and Munzel's test), and ``cumulative_odds``.
    """
    companions = []
    for name, measure in _OF_KIND[kind].items() if kind is not None else ():
        try:
            size, p_value = measure(y[treated], y[~treated])
        except EstimationError:  # it stands beside, and refuses nothing
            continue
        companions.append(
            Companion(label=name, value=size.value, low=size.low, high=size.high, p_value=p_value)
        )
    return tuple(companions)


def _rate_ratio(y1: Floats, y0: Floats) -> tuple[Size, float]:
    one, other = (Group(mean=float(y.mean()), sd=float(y.std(ddof=1)), n=len(y)) for y in (y1, y0))
    found = ratio_of_means(one, other)
    return found.size, found.p_value


def _superiority(y1: Floats, y0: Floats) -> tuple[Size, float]:
    found = probability_of_superiority(y1=y1, y0=y0)
    return found.size, found.p_value


def _cumulative_odds(y1: Floats, y0: Floats) -> tuple[Size, float]:
    treated = np.repeat([1.0, 0.0], [len(y1), len(y0)])
    found = cumulative_odds(y=np.concatenate([y1, y0]), treated=treated)
    return found.size, found.p_value


_OF_KIND: Mapping[VariableKind, Mapping[str, Callable[[Floats, Floats], tuple[Size, float]]]] = {
    "count": {"rate_ratio": _rate_ratio},
    "ordinal": {"superiority": _superiority, "cumulative_odds": _cumulative_odds},
}


def plain_companions(*, y: Floats, treated: npt.NDArray[np.bool_], binary: bool) -> tuple[Companion, ...]:
    """Return the companions of a difference in means between independent people, not weighted.

    For a share: ``newcombe``, ``miettinen_nurminen`` (with the p-value of its score test) and, up to 200
    people, ``fisher``. For a number: ``permutation``, when all splits can be counted.
    """
    y1, y0 = y[treated], y[~treated]
    if not binary:
        if not is_enumerated(len(y1), len(y0)):
            return ()
        found = two_sample_permutation(y1=y1, y0=y0)
        return (Companion(label="permutation", value=found.value, p_value=found.p_value),)
    shares = TwoShares(x1=int(y1.sum()), n1=len(y1), x0=int(y0.sum()), n0=len(y0))
    value = shares.p1 - shares.p0
    low, high = newcombe(shares)
    companions = [Companion(label="newcombe", value=value, low=low, high=high)]
    low, high = difference_interval(shares)
    p = float(2 * normal_sf(abs(difference_score(shares, 0.0))))
    companions.append(Companion(label="miettinen_nurminen", value=value, low=low, high=high, p_value=p))
    if len(y) <= _FISHER_PEOPLE:
        companions.append(Companion(label="fisher", p_value=fisher_exact(shares)))
    return tuple(companions)
