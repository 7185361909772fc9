"""What methods for small groups or shares say beside a plain difference of two groups."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import stats

from impactkit.estimators.inference.linear import Floats
from impactkit.estimators.inference.permutation import is_enumerated, two_sample_permutation
from impactkit.estimators.inference.shares import (
    TwoShares,
    difference_interval,
    difference_score,
    newcombe,
)
from impactkit.estimators.result import Companion

# Up to so many people Fisher's exact test is given beside the others; beyond, it says what they say.
_FISHER_PEOPLE = 200


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
    p = float(2 * stats.norm.sf(abs(difference_score(shares, 0.0))))
    companions.append(Companion(label="miettinen_nurminen", value=value, low=low, high=high, p_value=p))
    if len(y) <= _FISHER_PEOPLE:
        table = np.array([[shares.x1, shares.n1 - shares.x1], [shares.x0, shares.n0 - shares.x0]])
        companions.append(Companion(label="fisher", p_value=float(stats.fisher_exact(table).pvalue)))
    return tuple(companions)
