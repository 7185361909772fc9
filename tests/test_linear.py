"""Least squares and errors against R (sandwich, clubSandwich, estimatr) and against definitions."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from impactkit.errors import EstimationError
from impactkit.estimators.inference.linear import (
    _by_cluster,
    _by_pair,
    adjust,
    contrast,
    fit,
    newey_west,
    off_diagonal_squares,
    welch_df,
)
from impactkit.estimators.series.interrupted import step_columns
from references import reference, table

# Closed forms in double precision; references are printed with 15 digits.
CLOSED = 1e-8


def ones_and(*columns) -> np.ndarray:
    return np.column_stack([np.ones(len(columns[0])), *columns]).astype(float)


def pick(k: int, j: int = 1) -> np.ndarray:
    return np.eye(k)[j]


def some_data(n=40, k=3, seed=1):
    rng = np.random.default_rng(seed)
    X = ones_and(*rng.normal(size=(k - 1, n)))
    y = X @ np.arange(1.0, k + 1) + rng.normal(size=n) * (1 + X[:, 1] ** 2)
    return X, y, rng


def test_two_people_against_two_by_hand():
    """Means 2 and 5; HC2 is the sum of s²/n (Neyman), df 2 by Welch as both variances are equal."""
    y, t = np.array([4.0, 6.0, 1.0, 3.0]), np.array([1.0, 1.0, 0.0, 0.0])
    fitted = fit(X=ones_and(t), y=y)
    result = contrast(fitted, pick(2), errors="HC2")
    assert result.value == pytest.approx(3)
    assert result.std_error == pytest.approx(np.sqrt(2 / 2 + 2 / 2))
    assert welch_df(fitted, fitted.direction(pick(2)), t == 1) == pytest.approx(2)


def balanced_stores():
    wide = table("card_krueger").pivot(index="id", columns="d", values="fte").dropna()
    nj = table("card_krueger").groupby("id")["nj"].first().loc[wide.index]
    return wide, nj.to_numpy(dtype=float)


def test_every_hc_error_as_sandwich():
    wide, nj = balanced_stores()
    for name, X, y in (
        ("card_krueger_balanced", ones_and(nj), wide[1] - wide[0]),
        ("card_krueger_ancova", ones_and(nj, wide[0]), wide[1]),
    ):
        fitted = fit(X=X, y=y.to_numpy())
        for kind, expected in reference(name)["se_HC"].items():
            result = contrast(fitted, pick(X.shape[1]), errors=kind)
            assert result.std_error == pytest.approx(expected, rel=CLOSED), (name, kind)


def test_petersen_s_data_as_published():
    """One column, clustered by firm and by year; the firm's errors also to the digits of the article."""
    data, expected = table("petersen"), reference("petersen_cluster")
    fitted = fit(X=ones_and(data["x"]), y=data["y"].to_numpy())
    for errors, by, name in (
        ("classic", None, "se_iid"),
        ("HC1", None, "se_HC1"),
        ("CR1", "firm", "se_firm"),
        ("CR1", "year", "se_year"),
    ):
        codes = None if by is None else np.asarray(pd.factorize(data[by])[0], dtype=np.intp)
        result = contrast(fitted, pick(2), errors=errors, clusters=codes)
        assert result.value == pytest.approx(expected["est"], rel=CLOSED)
        assert result.std_error == pytest.approx(expected[name], rel=CLOSED), name
    assert round(expected["se_firm"], 7) == 0.0505957


def test_card_and_krueger_s_table_as_lm():
    """All stores known at either time, as rows: means, effect, and every error of the regression."""
    data, expected = table("card_krueger"), reference("card_krueger_2x2")
    data = data.dropna(subset=["fte"])
    means = data.groupby(["nj", "d"])["fte"].mean()
    for (nj, d), name in zip([(0, 0), (0, 1), (1, 0), (1, 1)], ["PA0", "PA1", "NJ0", "NJ1"], strict=True):
        assert means[nj, d] == pytest.approx(expected["means"][name], rel=CLOSED)
    fitted = fit(X=ones_and(data["nj"], data["d"], data["nj"] * data["d"]), y=data["fte"].to_numpy())
    stores = np.asarray(pd.factorize(data["id"])[0], dtype=np.intp)
    for errors, name in (
        ("classic", "se_iid"),
        ("HC1", "se_HC1"),
        ("HC2", "se_HC2"),
        ("HC3", "se_HC3"),
    ):
        result = contrast(fitted, pick(4, 3), errors=errors)
        assert result.value == pytest.approx(expected["att"], rel=CLOSED)
        assert result.std_error == pytest.approx(expected[name], rel=CLOSED), name
    assert fitted.df == expected["df"]
    by_store = contrast(fitted, pick(4, 3), errors="CR1", clusters=stores)
    assert by_store.std_error == pytest.approx(expected["se_cluster_id"], rel=CLOSED)
    assert int(stores.max()) + 1 == expected["nclusters"]


def test_classic_errors_as_lm():
    wide, nj = balanced_stores()
    balanced, ancova = reference("card_krueger_balanced"), reference("card_krueger_ancova")
    result = contrast(fit(X=ones_and(nj), y=(wide[1] - wide[0]).to_numpy()), pick(2), errors="classic")
    assert result.std_error == pytest.approx(balanced["se_iid"], rel=CLOSED)
    fitted = fit(X=ones_and(nj, wide[0]), y=wide[1].to_numpy())
    assert contrast(fitted, pick(3), errors="classic").std_error == pytest.approx(ancova["se"], rel=CLOSED)
    slope = contrast(fitted, pick(3, 2), errors="classic")
    assert slope.value == pytest.approx(ancova["slope"], rel=CLOSED)
    assert slope.std_error == pytest.approx(ancova["slope_se"], rel=CLOSED)


def test_clusters_as_clubsandwich_and_stata():
    data, expected = table("voters"), reference("voters_cluster")
    codes = pd.factorize(data["group_id1"])[0]
    X = ones_and(data["treatment"], data["ideology1"], data["log_income"])
    fitted = fit(X=X, y=data["proposition_vote"].to_numpy(dtype=float))
    stata = contrast(fitted, pick(4), errors="CR1", clusters=codes)
    assert stata.value == pytest.approx(expected["est"], rel=CLOSED)
    assert stata.std_error == pytest.approx(expected["se_CR1"], rel=CLOSED)
    assert stata.df == expected["G"] - 1
    cr2 = contrast(fitted, pick(4), errors="CR2", clusters=codes)
    assert cr2.std_error == pytest.approx(expected["CR2_se"], rel=CLOSED)
    assert cr2.df == pytest.approx(expected["CR2_df"], rel=CLOSED)


def test_clusters_as_estimatr_with_a_covariate():
    data, expected = table("cluster_sim"), reference("cluster.stata")
    fitted = fit(X=ones_and(data["z"], data["x"]), y=data["y"].to_numpy())
    result = contrast(fitted, pick(3), errors="CR1", clusters=pd.factorize(data["cl"])[0])
    assert result.value == pytest.approx(expected["estimate"], rel=CLOSED)
    assert result.std_error == pytest.approx(expected["std.error"], rel=CLOSED)
    assert result.df == expected["df"]


def test_cr2_from_its_definition_with_clusters_of_any_size():
    """The same variance and degrees of freedom as n × n matrices, which the module never forms."""
    X, y, rng = some_data(n=30, k=3, seed=3)
    codes = np.sort(rng.integers(0, 7, size=30))
    codes = np.unique(codes, return_inverse=True)[1]
    c = np.array([0.0, 1.0, -0.5])
    bread = np.linalg.inv(X.T @ X)
    M = np.eye(30) - X @ bread @ X.T
    e = M @ y
    scores, P = [], []
    for g in np.unique(codes):
        own = codes == g
        values, vectors = np.linalg.eigh(M[np.ix_(own, own)])
        a = vectors @ np.diag(values**-0.5) @ vectors.T @ X[own] @ bread @ c
        scores.append(a @ e[own])
        P.append(M[:, own] @ a)
    P = np.array(P)
    gram = P @ P.T
    result = contrast(fit(X=X, y=y), c, errors="CR2", clusters=codes)
    assert result.std_error == pytest.approx(np.linalg.norm(scores), rel=CLOSED)
    assert result.df == pytest.approx(np.trace(gram) ** 2 / np.sum(gram**2), rel=CLOSED)


def test_cr2_of_single_people_is_hc2():
    X, y, _ = some_data()
    fitted = fit(X=X, y=y)
    alone = contrast(fitted, pick(3), errors="CR2")
    coded = contrast(fitted, pick(3), errors="CR2", clusters=np.arange(len(y)))
    assert alone.std_error == pytest.approx(contrast(fitted, pick(3), errors="HC2").std_error, rel=CLOSED)
    assert coded.std_error == pytest.approx(alone.std_error, rel=CLOSED)
    assert coded.df == pytest.approx(alone.df, rel=CLOSED)


def test_bell_mccaffrey_df_of_a_mean_is_n_minus_1():
    y = np.random.default_rng(2).normal(size=11)
    assert contrast(fit(X=np.ones((11, 1)), y=y), np.ones(1), errors="CR2").df == pytest.approx(10)


@pytest.mark.parametrize("errors", ["HC0", "HC1", "HC2", "HC3"])
def test_weighted_errors_as_statsmodels(errors):
    X, y, rng = some_data(seed=5)
    w = rng.uniform(0.2, 4, size=len(y))
    peer = sm.WLS(y, X, weights=w).fit(cov_type=errors)
    result = contrast(fit(X=X, y=y, weights=w), pick(3), errors=errors)
    assert result.value == pytest.approx(peer.params[1], rel=CLOSED)
    assert result.std_error == pytest.approx(peer.bse[1], rel=CLOSED)


@pytest.mark.parametrize("errors", ["classic", "HC2", "CR1", "CR2"])
def test_the_scale_of_weights_is_without_effect(errors):
    X, y, rng = some_data(seed=6)
    w, codes = rng.uniform(1, 3, size=len(y)), np.arange(len(y)) // 4
    results = [
        contrast(fit(X=X, y=y, weights=scale * w), pick(3), errors=errors, clusters=codes)
        for scale in (1, 1e6)
    ]
    assert results[0].std_error == pytest.approx(results[1].std_error, rel=CLOSED)
    assert results[0].df == pytest.approx(results[1].df, rel=CLOSED)


def test_newey_west_as_sandwich():
    data, expected = table("nile"), reference("nile_step")
    X = ones_and(data["year"] >= 1899)
    fitted = fit(X=X, y=data["flow"].to_numpy(dtype=float))
    classic = contrast(fitted, pick(2), errors="classic")
    assert classic.value == pytest.approx(expected["est"], rel=1e-10)
    assert classic.std_error == pytest.approx(expected["se"], rel=1e-10)
    raw = newey_west(fitted, pick(2), lags=4, small_sample=False)
    assert raw.std_error == pytest.approx(expected["se_nw4"], rel=1e-10)
    corrected = newey_west(fitted, pick(2), lags=4)
    assert corrected.std_error == pytest.approx(expected["se_nw4"] * np.sqrt(100 / 98), rel=1e-10)
    assert corrected.df == 98


def test_newey_west_with_trend_and_seasons_as_statsmodels():
    rng = np.random.default_rng(4)
    period = np.arange(24_000.0, 24_060.0)
    after = period >= 24_040
    X = step_columns(period, after, seasons=12)
    assert X.shape == (60, 14)
    y = rng.normal(size=60).cumsum() + 3 * after
    peer = sm.OLS(y, X).fit(cov_type="HAC", cov_kwds={"maxlags": 3, "use_correction": True})
    result = newey_west(fit(X=X, y=y), pick(14, 2), lags=3)
    assert result.value == pytest.approx(peer.params[2], rel=CLOSED)
    assert result.std_error == pytest.approx(peer.bse[2], rel=CLOSED)


def test_redundant_columns_are_counted_not_dropped():
    X, y, _ = some_data(k=3)
    twice = np.column_stack([X, X[:, 1] + X[:, 2], np.zeros(len(y))])
    with pytest.raises(EstimationError) as error:
        fit(X=twice, y=y)
    assert error.value.message.key == "estimators.error.redundant_columns"
    assert error.value.message.params["n"] == 2


@pytest.mark.parametrize("scale", [1e-9, 1e9])
def test_the_scale_of_a_column_is_not_redundancy(scale):
    X, y, _ = some_data()
    X[:, 2] = 1e6 + X[:, 2]
    one = contrast(fit(X=X, y=y), pick(3), errors="HC2")
    scaled = contrast(fit(X=X * [1, 1, scale], y=y * 1e9), pick(3), errors="HC2")
    assert scaled.value == pytest.approx(1e9 * one.value, rel=1e-6)
    assert scaled.std_error == pytest.approx(1e9 * one.std_error, rel=1e-6)


def test_too_few_people_for_the_columns():
    with pytest.raises(EstimationError) as error:
        fit(X=np.eye(3), y=np.ones(3))
    assert error.value.message.key == "estimators.error.too_many_columns"


@pytest.mark.parametrize("errors", ["HC2", "HC3", "CR2"])
def test_someone_whom_one_column_singles_out_counts_for_nothing(errors):
    """Her residual is zero by construction; without her and the column all is the same."""
    X, y, _ = some_data(n=20)
    alone = np.column_stack([X, np.arange(20) == 7])
    others = np.arange(20) != 7
    c = pick(4)
    kept = contrast(fit(X=alone, y=y), c, errors=errors)
    without = contrast(fit(X=X[others], y=y[others]), pick(3), errors=errors)
    assert kept.value == pytest.approx(without.value, rel=CLOSED)
    assert kept.std_error == pytest.approx(without.std_error, rel=CLOSED)


@pytest.mark.parametrize("errors", ["HC2", "HC3", "CR2"])
def test_a_contrast_that_rests_on_one_person_has_no_error(errors):
    X, y, _ = some_data(n=20)
    with pytest.raises(EstimationError) as error:
        contrast(fit(X=np.column_stack([X, np.arange(20) == 7]), y=y), pick(4, 3), errors=errors)
    assert error.value.message.key == "estimators.error.rests_on_one"


def test_a_contrast_that_rests_on_one_cluster_has_no_cr2_error():
    X, y, _ = some_data(n=20)
    codes = np.arange(20) // 4
    with pytest.raises(EstimationError) as error:
        contrast(fit(X=np.column_stack([X, codes == 2]), y=y), pick(4, 3), errors="CR2", clusters=codes)
    assert error.value.message.key == "estimators.error.rests_on_one"


def test_a_site_column_that_the_contrast_does_not_use_is_fine():
    """The effects of sites with their own column: CR2 leaves out what a single site alone says."""
    rng = np.random.default_rng(8)
    codes = np.arange(40) // 5
    t = (np.arange(40) % 2).astype(float)
    sites = np.eye(8)[codes]
    y = rng.normal(size=40) + 2 * t + codes
    result = contrast(fit(X=np.column_stack([t, sites]), y=y), pick(9, 0), errors="CR2", clusters=codes)
    assert np.isfinite(result.std_error)
    assert result.df < 8


def test_degrees_of_freedom_survive_a_cluster_that_nearly_identifies_a_slope():
    """Two people of nearly equal x in one site: terms of 1e15 must cancel exactly, in any order of rows.

    The matrix of the variance estimator, formed whole from residual projections, is the witness.
    """
    x = np.array([-1.74, -0.8433, -0.7197, -0.7195, -0.36, 1.0, -0.34, 0.48])
    site = np.array([0, 0, 1, 1, 2, 2, 3, 3])
    treated = np.array([0, 0, 0, 0, 1, 1, 1, 1.0])
    centred = x - x[4:].mean()
    X = np.column_stack([np.ones(8), treated, centred, treated * centred])
    y = np.array([-0.7, -0.8, 0.7, -0.6, 1.8, 1.9, 4.0, 2.5])
    c = np.array([0.0, 1, 0, 0])
    found = contrast(fit(X=X, y=y), c, errors="CR2", clusters=site)
    hat = X @ np.linalg.solve(X.T @ X, X.T)
    residual = np.eye(8) - hat
    columns = []
    for g in range(4):
        rows = site == g
        values, vectors = np.linalg.eigh(residual[np.ix_(rows, rows)])
        root = vectors @ np.diag(values**-0.5) @ vectors.T
        columns.append(residual[:, rows] @ root @ X[rows] @ np.linalg.solve(X.T @ X, c))
    P = np.array([[a @ b for b in columns] for a in columns])
    assert found.df == pytest.approx(np.trace(P) ** 2 / np.sum(P**2), rel=1e-6)
    order = np.array([7, 2, 1, 3, 6, 0, 4, 5])
    again = contrast(fit(X=X[order], y=y[order]), c, errors="CR2", clusters=site[order])
    assert again.df == pytest.approx(found.df, rel=1e-7)
    assert again.std_error == pytest.approx(found.std_error, rel=1e-7)


@pytest.mark.parametrize("heaviest", [1.0, 1e3, 1e9])
def test_pairs_of_clusters_keep_their_digits_when_one_outweighs_all(heaviest):
    """One cluster then holds nearly all of the sum over all pairs, less than a digit of which is the rest."""
    rng = np.random.default_rng(4)
    z = rng.normal(size=(50, 3))
    z[7] *= heaviest
    times = rng.integers(1, 4, 50)
    each = np.repeat(z, times, axis=0)
    pairs = sum(2 * float(each[g] @ each[h]) ** 2 for g in range(len(each)) for h in range(g))
    assert off_diagonal_squares(each) == pytest.approx(pairs, rel=1e-11)
    assert off_diagonal_squares(z, times) == pytest.approx(pairs, rel=1e-11)


def test_light_clusters_by_the_series_as_by_eigenvalues():
    """Leverages in all from 1e-6 to nearly 1, on both sides of where the series ends."""
    rng = np.random.default_rng(5)
    for k in (1, 2, 7):
        C = rng.normal(size=(40, k, k))
        C = C @ C.swapaxes(1, 2)
        C *= (np.geomspace(1e-6, 0.9, 40) / np.einsum("gii->g", C))[:, None, None]
        q = rng.normal(size=(k, 3))
        S, V = np.linalg.eigh(np.eye(k) - C)
        inner = V @ (S[:, :, None] ** -0.5 * (V.swapaxes(1, 2) @ q))
        found = adjust(C, q)
        assert found.inner == pytest.approx(inner, rel=1e-12)
        assert found.z == pytest.approx(C @ inner, rel=1e-10, abs=1e-16)
        assert found.own == pytest.approx(np.einsum("km,gkl,lm->gm", q, C, q), rel=1e-12)


@pytest.mark.parametrize(("n", "k"), [(40, 3), (300, 12)])
def test_pairs_adjusted_in_two_dimensions_are_those_adjusted_in_k(n, k):
    rng = np.random.default_rng(5)
    X = np.column_stack([np.ones(n), rng.normal(size=(n, k - 1))])
    fitted = fit(X=X, y=rng.normal(size=n))
    q = fitted.direction(np.eye(k)[1])
    # Most clusters have two rows, some one, in no order.
    names = np.concatenate([np.repeat(np.arange(n // 2 - 4), 2), n + np.arange(8)])
    clusters = np.unique(rng.permutation(names), return_inverse=True)[1]
    assert set(np.bincount(clusters)) == {1, 2}
    pairs, whole = _by_pair(fitted, q, clusters), _by_cluster(fitted, q, clusters)
    for name in ("scores", "z", "own"):
        np.testing.assert_allclose(getattr(pairs, name), getattr(whole, name), rtol=1e-11, atol=1e-15)


def test_pairs_that_alone_hold_a_direction_are_left_to_the_general_way():
    X = np.column_stack([np.ones(6), [1.0, 1.0, 0, 0, 0, 0]])
    fitted = fit(X=X, y=np.arange(6.0))
    q = fitted.direction(np.array([1.0, 0.0]))
    assert _by_pair(fitted, q, np.array([0, 0, 1, 1, 2, 2])) is None
