"""Many quantiles of Student's law at once are those of one by one."""

import numpy as np
import pytest
from scipy import stats

from impactkit.estimators.inference.student import upper_quantiles


@pytest.mark.parametrize("tail", [1e-6, 0.0005, 0.025, 0.05, 0.2, 0.4])
@pytest.mark.parametrize(
    ("least", "most"), [(1.0, 3.0), (1.0, 1e9), (2.0, 2.1), (5.0, 40.0), (70.0, 98.0), (1e5, 1e6)]
)
def test_the_quantiles_of_one_by_one(tail, least, most):
    df = np.exp(np.random.default_rng(1).uniform(np.log(least), np.log(most), 500))
    np.testing.assert_allclose(upper_quantiles(tail, df), stats.t.isf(tail, df), rtol=1e-11)


def test_what_is_not_known_or_infinite():
    df = np.append(np.linspace(1.0, 50.0, 200), [np.nan, np.inf, 30.0])
    np.testing.assert_allclose(upper_quantiles(0.025, df), stats.t.isf(0.025, df), rtol=1e-11)
    assert upper_quantiles(0.1, np.full(100, np.inf)) == pytest.approx(stats.norm.isf(0.1), rel=1e-14)
    assert upper_quantiles(0.1, np.full(100, 7.0)) == pytest.approx(stats.t.isf(0.1, 7.0), rel=1e-14)
    assert upper_quantiles(0.1, np.empty(0)).size == 0
