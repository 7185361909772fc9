"""The difference of two means in closed form is the regression's, to the last digits."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from impactkit.errors import EstimationError
from impactkit.estimators.inference.linear import contrast, fit
from impactkit.estimators.inference.two_means import difference_of_means


def by_regression(y, treated, weights, clusters):
    X = np.column_stack([np.ones(len(y)), treated.astype(float)])
    return contrast(fit(X=X, y=y, weights=weights), np.array([0.0, 1.0]), errors="CR2", clusters=clusters)


@given(
    seed=st.integers(0, 10_000),
    groups=st.tuples(st.integers(2, 30), st.integers(2, 30)),
    weighted=st.booleans(),
    clustered=st.booleans(),
    scale=st.sampled_from([1e-9, 1.0, 1e9]),
)
def test_the_numbers_of_the_regression(seed, groups, weighted, clustered, scale):
    rng = np.random.default_rng(seed)
    n_clusters = sum(groups)
    sizes = rng.integers(1, 6, n_clusters) if clustered else np.ones(n_clusters, dtype=int)
    codes = rng.permutation(np.repeat(np.arange(n_clusters), sizes))
    treated = codes < groups[0]
    y = (rng.normal(size=codes.size) + rng.normal(size=n_clusters)[codes]) * scale
    weights = rng.uniform(0.1, 10, codes.size) if weighted else None
    clusters = codes if clustered else None
    found = difference_of_means(y=y, treated=treated, weights=weights, clusters=clusters)
    expected = by_regression(y, treated, weights, clusters)
    assert found.value == pytest.approx(expected.value, rel=1e-9, abs=1e-12 * scale)
    assert found.std_error == pytest.approx(expected.std_error, rel=1e-9)
    assert found.df == pytest.approx(expected.df, rel=1e-9)


def test_one_cluster_that_outweighs_the_others_loses_no_digit():
    rng = np.random.default_rng(3)
    codes = np.repeat(np.arange(12), [400, *[1] * 11])
    treated = codes < 6
    y = rng.normal(size=codes.size)
    found, expected = (
        call(y=y, treated=treated, weights=None, clusters=codes)
        for call in (difference_of_means, lambda **given: by_regression(*given.values()))
    )
    assert found.df == pytest.approx(expected.df, rel=1e-9)
    assert found.std_error == pytest.approx(expected.std_error, rel=1e-9)


@pytest.mark.parametrize("treated", [[1, 1, 1, 1], [0, 0, 0, 0], [1, 0, 0, 0]])
def test_an_empty_group_or_one_person_has_no_error(treated):
    with pytest.raises(EstimationError):
        difference_of_means(y=np.array([1.0, 2.0, 3.0, 5.0]), treated=np.array(treated) == 1)


def test_one_cluster_has_no_error():
    with pytest.raises(EstimationError):
        difference_of_means(
            y=np.array([1.0, 2.0, 3.0, 5.0]),
            treated=np.array([True, True, False, False]),
            clusters=np.array([0, 0, 1, 2]),
        )
