"""Inference with few clusters against R, against plain enumeration, and as what it claims to be."""

import itertools
import json
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from impactkit.errors import EstimationError
from impactkit.estimators.inference.few_clusters import cluster_jackknife, randomisation, wild_bootstrap
from impactkit.estimators.inference.linear import contrast, fit
from references import table

# Closed forms in double precision.
CLOSED = 1e-8
FEW = json.loads((Path(__file__).parent / "reference" / "few_people.json").read_text(encoding="utf-8"))
EXPECTED = FEW["few_clusters_did"]["values"]


def panel():
    """The reference panel as R fitted it: group and period effects, two treated groups of eight."""
    data = table("few_clusters_did")
    group, period = (np.unique(data[name], return_inverse=True)[1] for name in ("g", "t"))
    X = np.column_stack([np.eye(8)[group], np.eye(6)[period][:, 1:], data["D"]])
    c = np.zeros(X.shape[1])
    c[-1] = 1
    return fit(X=X, y=data["y"].to_numpy()), c, group


def changes():
    data = table("few_clusters_did")
    after = data["t"] >= data.loc[data["D"] == 1, "t"].min()
    means = data.assign(after=after).groupby(["g", "after"])["y"].mean().unstack()
    return (means[True] - means[False]).to_numpy(), data.groupby("g")["D"].max().to_numpy() == 1


def people(seed, *, groups=8, chosen=3, effect=0.5, covariate=True, weighted=False):
    """People in clusters of unequal size: columns, outcome, who is treated, clusters, weights."""
    rng = np.random.default_rng(seed)
    clusters = np.repeat(np.arange(groups), rng.integers(3, 9, groups))
    n = len(clusters)
    treated = clusters < chosen
    x = rng.normal(size=n)
    y = effect * treated + x + rng.normal(size=groups)[clusters] + rng.normal(size=n)
    X = np.column_stack([np.ones(n), treated, x])[:, : 3 if covariate else 2]
    return X, y, treated, clusters, rng.uniform(0.5, 2, n) if weighted else None


def c_of(X):
    return np.eye(X.shape[1])[1]


# ------------------------------------------------------------------ references


def test_the_wild_bootstrap_of_the_panel_as_the_reference():
    fitted, c, group = panel()
    wild, expected = wild_bootstrap(fitted, c, clusters=group), EXPECTED["wcr_exact"]
    for errors in ("CR0", "CR1"):
        found = contrast(fitted, c, errors=errors, clusters=group)
        assert found.value / found.std_error == pytest.approx(
            EXPECTED["wcr_exact"][f"t_{errors}"], rel=CLOSED
        )
    assert wild.value == pytest.approx(EXPECTED["att"], rel=CLOSED)
    assert wild.enumerated
    assert wild.p_value() == expected["p_two_tailed_ge"]  # ties and the identity count
    low, high = wild.interval()
    assert low < 0 < high  # 6.25 % is above 5 %
    assert wild.interval(0.9)[0] > 0


def test_the_randomisation_of_the_panel_as_the_reference():
    y, treated = changes()
    found = randomisation(y=y, treated=treated, clusters=np.arange(8))
    assert found.value == pytest.approx(EXPECTED["att"], rel=CLOSED)
    assert found.p_value() == pytest.approx(EXPECTED["perm"]["p_two_sided"], rel=CLOSED)
    assert len(found.lows) == EXPECTED["perm"]["n"]


# ------------------------------------------------------------------ by enumeration


@pytest.mark.parametrize("weighted", [False, True])
def test_the_jackknife_as_fits_without_each_cluster(weighted):
    X, y, _, clusters, w = people(1, weighted=weighted)
    fitted = fit(X=X, y=y, weights=w)
    found = cluster_jackknife(fitted, c_of(X), clusters=clusters)
    without = [
        fit(X=X[clusters != g], y=y[clusters != g], weights=None if w is None else w[clusters != g]).coef[1]
        for g in range(8)
    ]
    assert found.std_error**2 == pytest.approx(7 / 8 * np.sum((np.array(without) - fitted.coef[1]) ** 2))
    assert (found.value, found.df) == (pytest.approx(fitted.coef[1]), 7)


def plain_wild(X, y, clusters, w, null, draws):
    """One fit per draw, as the paper writes it."""
    root = np.ones(len(y)) if w is None else np.sqrt(w)
    X, y, e = X * root[:, None], y * root, np.zeros(X.shape[1])
    e[1] = null
    others = np.delete(X, 1, axis=1)
    null_fit = X @ e + others @ np.linalg.lstsq(others, y - X @ e, rcond=None)[0]
    inverse = np.linalg.inv(X.T @ X)

    def t(outcome):
        b = inverse @ X.T @ outcome
        u = outcome - X @ b
        scores = np.array([X[clusters == g].T @ u[clusters == g] for g in range(clusters.max() + 1)])
        return abs(b[1] - null) / np.sqrt((inverse @ scores.T @ scores @ inverse)[1, 1])

    observed = t(y)
    return np.mean([t(null_fit + v[clusters] * (y - null_fit)) >= observed * (1 - 1e-9) for v in draws])


@pytest.mark.parametrize(("weighted", "null"), [(False, 0.0), (False, 0.8), (True, -0.3)])
def test_the_wild_bootstrap_as_one_fit_per_draw(weighted, null):
    X, y, _, clusters, w = people(2, groups=7, weighted=weighted)
    draws = np.array(list(itertools.product([-1.0, 1.0], repeat=7)))
    found = wild_bootstrap(fit(X=X, y=y, weights=w), c_of(X), clusters=clusters)
    assert found.p_value(null) == plain_wild(X, y, clusters, w, null, draws)


def test_few_clusters_draw_on_six_weights():
    X, y, _, clusters, _ = people(3, groups=4, chosen=2, covariate=False)
    found = wild_bootstrap(fit(X=X, y=y), c_of(X), clusters=clusters)
    points = [s * np.sqrt(h) for s in (-1, 1) for h in (0.5, 1, 1.5)]
    draws = np.array(list(itertools.product(points, repeat=4)))
    assert (found.weights, found.enumerated, len(found.n0)) == ("six points", True, 6**4)
    assert found.p_value() == plain_wild(X, y, clusters, None, 0.0, draws)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("null", [0.0, 0.7, -0.5])
def test_randomisation_as_all_choices(weighted, null):
    X, y, treated, clusters, w = people(4, covariate=False, weighted=weighted)
    weights = np.ones(len(y)) if w is None else w
    outcome = y - null * treated

    def gap(chosen):
        of = np.isin(clusters, chosen)
        return abs(
            np.average(outcome[of], weights=weights[of]) - np.average(outcome[~of], weights=weights[~of])
        )

    every = [gap(chosen) for chosen in itertools.combinations(range(8), 3)]
    found = randomisation(y=y, treated=treated, clusters=clusters, weights=w)
    assert found.p_value(null) == np.mean(np.array(every) >= gap([0, 1, 2]) - 1e-9)
    assert found.value == pytest.approx(fit(X=X, y=y, weights=w).coef[1], rel=CLOSED)


def test_randomisation_with_covariates_is_that_of_residuals():
    X, y, treated, clusters, _ = people(5)
    columns = np.column_stack([np.ones(len(y)), X[:, 2]])
    residuals = y - columns @ np.linalg.lstsq(columns, y, rcond=None)[0]
    adjusted = randomisation(y=y, treated=treated, clusters=clusters, X=X[:, 2:])
    plain = randomisation(y=residuals, treated=treated, clusters=clusters)
    assert adjusted.p_value() >= plain.p_value()
    assert adjusted.p_value() == pytest.approx(plain.p_value(), abs=2 / 56)


def test_half_of_the_clusters_treated_has_a_mirror():
    """The opposite choice does exactly as well: with 3 of 6 the p-value is never below 2/20."""
    y = np.array([10.0, 11, 12, 0, 1, 2])
    found = randomisation(y=y, treated=y > 5, clusters=np.arange(6))
    assert found.p_value() == 2 / 20
    assert found.interval() == (-np.inf, np.inf)
    assert found.interval(0.85)[0] > 0


# ------------------------------------------------------------------ what is drawn


def test_what_is_drawn_is_near_what_is_enumerated_and_the_same_twice():
    """Monte-Carlo error of 9 999 draws at p = 0.2: 0.4 points."""
    X, y, treated, clusters, _ = people(6, groups=24, chosen=12, effect=0.2)
    drawn = randomisation(y=y, treated=treated, clusters=clusters)
    again = randomisation(y=y, treated=treated, clusters=clusters)
    other = randomisation(y=y, treated=treated, clusters=clusters, seed=1)
    assert not drawn.enumerated
    assert drawn.p_value() == again.p_value()
    assert drawn.p_value() == pytest.approx(other.p_value(), abs=0.02)
    wild, second = (wild_bootstrap(fit(X=X, y=y), c_of(X), clusters=clusters, seed=s) for s in (0, 1))
    assert not wild.enumerated
    assert wild.p_value() == pytest.approx(second.p_value(), abs=0.02)
    assert wild.p_value() >= 1 / 10_000


def test_the_wild_bootstrap_with_many_clusters_as_cr2():
    data = table("voters")
    X = np.column_stack([np.ones(len(data)), data[["treatment", "ideology1", "log_income"]]])
    clusters = np.unique(data["group_id1"], return_inverse=True)[1]
    fitted = fit(X=X, y=data["proposition_vote"].to_numpy(dtype=float))
    wild = wild_bootstrap(fitted, c_of(X), clusters=clusters)
    cr2 = contrast(fitted, c_of(X), errors="CR2", clusters=clusters)
    margin = stats.t.isf(0.025, cr2.df) * cr2.std_error
    low, high = wild.interval()
    assert wild.p_value() < 0.01
    assert low == pytest.approx(cr2.value - margin, abs=0.15 * margin)
    assert high == pytest.approx(cr2.value + margin, abs=0.15 * margin)


# ------------------------------------------------------------------ properties


@pytest.mark.parametrize("groups", [4, 6, 9, 14])
def test_zero_is_in_the_interval_exactly_when_it_is_not_refused(groups):
    for seed in range(12):
        effect = [0.0, 0.5, 1.5, -2.0][seed % 4]
        X, y, treated, clusters, _ = people(100 + seed, groups=groups, chosen=groups // 2, effect=effect)
        tests = (
            wild_bootstrap(fit(X=X, y=y), c_of(X), clusters=clusters, draws=399),
            randomisation(y=y, treated=treated, clusters=clusters, draws=399),
            randomisation(y=y, treated=treated, clusters=clusters, X=X[:, 2:], draws=399),
        )
        for test, level in itertools.product(tests, (0.8, 0.9, 0.95)):
            low, high = test.interval(level)
            assert low <= test.value <= high
            assert (low <= 0 <= high) == (test.p_value() > 1 - level + 1e-12)


def test_ends_are_where_the_p_value_passes_the_level():
    X, y, treated, clusters, _ = people(7, groups=11, chosen=5, effect=2)
    for test in (
        wild_bootstrap(fit(X=X, y=y), c_of(X), clusters=clusters),
        randomisation(y=y, treated=treated, clusters=clusters),
    ):
        low, high = test.interval(0.9)
        width = high - low
        assert test.p_value(low) > 0.1 >= test.p_value(low - 1e-6 * width)
        assert test.p_value(high) > 0.1 >= test.p_value(high + 1e-6 * width)


@pytest.mark.parametrize("unit", [1e-9, 1e9])
def test_units_and_the_order_of_rows_change_nothing(unit):
    X, y, treated, clusters, _ = people(8)
    order = np.random.default_rng(0).permutation(len(y))
    plain = wild_bootstrap(fit(X=X, y=y), c_of(X), clusters=clusters)
    moved = wild_bootstrap(fit(X=X[order], y=unit * y[order]), c_of(X), clusters=clusters[order])
    assert moved.p_value() == plain.p_value()
    assert moved.interval() == pytest.approx(tuple(unit * end for end in plain.interval()), rel=1e-6)
    chance = randomisation(y=y, treated=treated, clusters=clusters)
    again = randomisation(y=unit * y[order], treated=treated[order], clusters=clusters[order])
    assert again.p_value() == chance.p_value()
    assert again.interval() == pytest.approx(tuple(unit * end for end in chance.interval()), rel=1e-6)


# ------------------------------------------------------------------ what cannot be


def test_a_cluster_of_both_groups_cannot_be_drawn_again():
    with pytest.raises(EstimationError) as error:
        randomisation(y=np.arange(6.0), treated=np.arange(6) % 2 == 0, clusters=np.arange(6) // 3)
    assert error.value.message.key == "estimators.error.clusters_cross_arms"


def test_one_treated_cluster_has_a_randomisation_and_no_jackknife():
    X, y, treated, clusters, _ = people(9, chosen=1, covariate=False)
    with pytest.raises(EstimationError) as error:
        cluster_jackknife(fit(X=X, y=y), c_of(X), clusters=clusters)
    assert error.value.message.key == "estimators.error.rests_on_one"
    found = randomisation(y=y, treated=treated, clusters=clusters)
    assert found.p_value() >= 1 / 8
    assert found.interval() == (-np.inf, np.inf)


def test_a_fit_without_error_is_refused_at_every_other_value():
    treated = np.repeat([True, False], 4)
    found = randomisation(y=np.where(treated, 3.0, 1.0), treated=treated, clusters=np.arange(8))
    assert found.p_value() == 2 / 70
    assert found.interval() == pytest.approx((2, 2), abs=1e-6)
