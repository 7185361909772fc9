"""Reference values for repeated observations that no other test reads: laws, intervals, other errors."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import impactkit as ik
from impactkit.estimators.events.twfe import combine, event_columns, regress
from impactkit.estimators.inference.few_clusters import cluster_jackknife
from impactkit.estimators.inference.linear import contrast, fit
from references import reference, series_reference, table
from test_event_study import base_did, counties, expected, medicaid
from test_series_frame import sicily

CLOSED = 1e-8
# p-values, of statistics known to 1e-8 or so.
P = 1e-6


def law(found, statistic=None):
    """Return the p-value and the interval at 95 % that Student's law gives a contrast."""
    t = found.value / found.std_error if statistic is None else statistic
    margin = stats.t.isf(0.025, found.df) * found.std_error
    return 2 * stats.t.sf(abs(t), found.df), (found.value - margin, found.value + margin)


@pytest.mark.parametrize("key", ["anorexia_ancova", "anorexia_change", "anorexia_post"])
def test_three_arms_by_plain_least_squares(key):
    data, values = table("anorexia"), reference(key)
    arms = [(data["Treat"] == arm).to_numpy(dtype=float) for arm in ("CBT", "FT")]
    y = data["Postwt"] - data["Prewt"] if key.endswith("change") else data["Postwt"]
    more = [data["Prewt"].to_numpy(dtype=float)] if key.endswith("ancova") else []
    fitted = fit(X=np.column_stack([np.ones(len(data)), *arms, *more]), y=y.to_numpy(dtype=float))
    for i in range(2):
        c = np.eye(fitted.coef.size)[1 + i]
        classic, hc3 = (contrast(fitted, c, errors=errors) for errors in ("classic", "HC3"))
        p, interval = law(classic)
        assert classic.value == pytest.approx(values["est"][i], rel=CLOSED)
        assert classic.std_error == pytest.approx(values["se"][i], rel=CLOSED)
        assert classic.df == values["df"]
        assert p == pytest.approx(values["p"][i], rel=P)
        assert interval == pytest.approx(values["ci"][i], rel=CLOSED)
        assert hc3.std_error == pytest.approx(values["se_HC3"][i], rel=CLOSED)


def test_restaurants_by_plain_least_squares():
    data, values = table("card_krueger").dropna(subset=["fte"]), reference("card_krueger_2x2")
    nj, d = data["nj"].to_numpy(dtype=float), data["d"].to_numpy(dtype=float)
    fitted = fit(X=np.column_stack([np.ones(len(d)), nj, d, nj * d]), y=data["fte"].to_numpy(dtype=float))
    found = contrast(fitted, np.eye(4)[3], errors="classic")
    assert len(data) == values["n"]
    assert found.value / found.std_error == pytest.approx(values["t"], rel=CLOSED)
    assert law(found)[0] == pytest.approx(values["p"], rel=P)


def test_restaurants_seen_twice_by_welch_and_by_plain_least_squares():
    wide = table("card_krueger").pivot(index=["id", "nj"], columns="d", values="fte").dropna().reset_index()
    values, change = reference("card_krueger_balanced"), (wide[1] - wide[0]).to_numpy()
    X = np.column_stack([np.ones(len(wide)), wide["nj"].to_numpy(dtype=float)])
    fitted = fit(X=X, y=change)
    classic, hc2 = (contrast(fitted, np.eye(2)[1], errors=errors) for errors in ("classic", "HC2"))
    assert classic.value == pytest.approx(values["att"], rel=CLOSED)
    assert law(classic)[0] == pytest.approx(values["p"], rel=P)
    assert hc2.std_error == pytest.approx(values["welch_se"], rel=CLOSED)
    t = values["att"] / values["welch_se"]
    assert 2 * stats.t.sf(t, values["welch_df"]) == pytest.approx(values["welch_p"], rel=P)


def base_did_with_dummies():
    """The regression with all its dummies, as a formula has it."""
    panel, x = base_did()
    people = panel.units[:, None] == np.arange(panel.units.max() + 1)
    periods = panel.periods[:, None] == np.arange(1, panel.n_periods)
    return panel, fit(X=np.column_stack([panel.exposed, x, people, periods]).astype(float), y=panel.y)


def test_two_way_regression_with_other_errors_as_fixest():
    values, (panel, fitted) = expected("base_did_twfe"), base_did_with_dummies()
    c = np.eye(fitted.coef.size)[0]
    classic, hc1 = (contrast(fitted, c, errors=errors) for errors in ("classic", "HC1"))
    assert len(panel.y) == values["n"]
    assert classic.std_error == pytest.approx(values["se_iid"], rel=CLOSED)
    assert hc1.std_error == pytest.approx(values["se_hetero"], rel=CLOSED)


def test_two_way_regression_by_cluster_with_its_laws():
    panel, x = base_did()
    fitted = regress(panel, np.column_stack([panel.exposed, x]).astype(float))
    for key, errors, p_name in (("base_did_twfe", "CR1", "p_cluster_id"), ("base_did_CR2", "CR2", "CR2_p")):
        found, values = combine(fitted, np.eye(2)[:1], clusters=panel.clusters, errors=errors), expected(key)
        std_error = float(found.covariance[0, 0] ** 0.5)
        p = 2 * stats.t.sf(found.values[0] / std_error, found.df[0])
        assert p == pytest.approx(values[p_name], rel=P)
        if errors == "CR1":
            margin = stats.t.isf(0.025, found.df[0]) * std_error
            interval = (found.values[0] - margin, found.values[0] + margin)
            assert interval == pytest.approx(values["ci_cluster"], rel=CLOSED)


def test_leaving_out_a_cluster_as_clubsandwich():
    """clubSandwich's CR3 is the sum over clusters without the factor (G - 1) / G of the jackknife.

    Its regression has both ways taken out beforehand: period effects do not move with the cluster left out.
    """
    panel, x = base_did()
    columns = np.column_stack([panel.exposed, x, panel.y]).astype(float)
    for codes in (panel.units, panel.periods):  # balanced: once each is exact
        n = np.bincount(codes)
        columns -= np.column_stack([np.bincount(codes, z) / n for z in columns.T])[codes]
    found = cluster_jackknife(
        fit(X=columns[:, :2], y=columns[:, 2]), np.array([1.0, 0.0]), clusters=panel.clusters
    )
    G = panel.clusters.max() + 1
    assert found.std_error * (G / (G - 1)) ** 0.5 == pytest.approx(
        expected("base_did_CR2")["CR3_se"], rel=CLOSED
    )


def test_the_joint_test_before_entry_as_fixest():
    panel, x = base_did()
    columns, times = event_columns(panel)
    fitted, values = regress(panel, np.column_stack([columns, x])), expected("base_did_event_study")
    before = np.eye(len(times) + 1)[: len(times)][times < 0]
    found = combine(fitted, before, clusters=panel.clusters, errors="CR1")
    F = found.values @ np.linalg.solve(found.covariance, found.values) / len(before)
    assert float(F) == pytest.approx(values["pretrend_wald_F"], rel=CLOSED)
    # fixest's wald() refers it to the rows less all coefficients, effects included.
    left = len(panel.y) - len(fitted.coef) - panel.units.max() - 1
    assert stats.f.sf(F, len(before), left) == pytest.approx(values["pretrend_p"], rel=P)


def test_the_errors_of_the_medicaid_path_and_its_first_interval():
    cohort = ik.cohort_from_frame(medicaid(), unit="stfips", period="year", entry="entry", outcomes=["dins"])
    estimate = ik.event_study(ik.declare_design(cohort), errors="CR1")
    values = expected("ehec_event_study")
    assert [effect.std_error for effect in estimate.path] == pytest.approx(values["se"], rel=CLOSED)
    assert len(medicaid()) == values["n"]
    first = next(effect for effect in estimate.path if effect.event_time == 0)
    margin = stats.norm.isf(0.025) * first.std_error
    original = expected("ehec_honestdid")["original"]
    assert first.value - margin == pytest.approx(original["lb"], rel=P)
    assert first.value + margin == pytest.approx(original["ub"], rel=P)


def test_the_p_value_of_few_groups_as_fixest():
    values = expected("few_clusters_did")
    p = 2 * stats.t.sf(values["att"] / values["se_fixest"], 7)
    data = table("few_clusters_did")
    entry = data["t"].where(data["D"] == 1).groupby(data["g"]).transform("min")
    cohort = ik.cohort_from_frame(
        data.assign(entry=entry), unit="g", period="t", entry="entry", outcomes=["y"]
    )
    effect = ik.event_study(ik.declare_design(cohort), method="twfe", errors="CR1").effect
    assert effect.p_value == pytest.approx(values["p_fixest"], rel=P)
    assert effect.p_value == pytest.approx(p, rel=P)


def test_the_normal_intervals_of_imputation():
    estimate = ik.event_study(
        ik.declare_design(counties(), window=(2003, 2007), comparison="never_treated"), method="imputation"
    )
    values = expected("mpdta_did_imputation")
    rows = [values["static"], *pd.DataFrame(values["horizon"]).to_dict("records")]
    for effect, row in zip([estimate.effect, *estimate.path], rows, strict=True):
        margin = 1.96 * effect.std_error  # as didimputation writes it
        assert effect.value - margin == pytest.approx(row["conf.low"], rel=P)
        assert effect.value + margin == pytest.approx(row["conf.high"], rel=P)


def test_the_spread_of_the_placebos_whichever_the_divisor():
    for values in series_reference("prop99_exact_placebo"):
        spread = np.array(list(values["placebo"].values()))
        assert spread.std() == pytest.approx(values["sd_n"], rel=CLOSED)
        # 200 placebos drawn, as the article did: an error of 1/sqrt(2 * 200), 5 %, and jittering of donors.
        drawn = series_reference("prop99_synthdid")["se_placebo"][values["method"]]
        assert drawn == pytest.approx(values["sd_n"], rel=0.2)


def test_the_change_of_slope_of_the_sicilian_ban_in_full():
    values = series_reference("sicily_its")
    estimate = sicily(season="harmonic", slope=True)
    for effect, name in ((estimate.effect, "level"), (estimate.path[0], "slope")):
        rates = values["slope_change"][name]
        assert np.exp(effect.value) == pytest.approx(rates["RR"], rel=CLOSED)
        wide = stats.norm.isf(0.025) * effect.std_error
        assert np.exp([effect.value - wide, effect.value + wide]) == pytest.approx(rates["RR_ci"], rel=P)
        assert effect.p_value == pytest.approx(rates["p"], rel=1e-5)
        assert estimate.settings["dispersion"] == pytest.approx(rates["dispersion"], rel=3e-6)


def test_paired_t_statistics():
    for arm in ("Cont", "CBT", "FT"):
        data, values = table("anorexia").query("Treat == @arm"), reference(f"anorexia_paired_{arm}")
        change = (data["Postwt"] - data["Prewt"]).to_numpy()
        found = contrast(fit(X=np.ones((change.size, 1)), y=change), np.ones(1), errors="classic")
        assert change.size == values["n"]
        assert found.value / found.std_error == pytest.approx(values["t"], rel=CLOSED)
    sleep, values = table("sleep"), reference("sleep_paired_t")
    one, two = (sleep.loc[sleep["group"] == group, "extra"].to_numpy() for group in (1, 2))
    found = contrast(fit(X=np.ones((10, 1)), y=one - two), np.ones(1), errors="classic")
    assert found.std_error * 10**0.5 == pytest.approx(values["sd_diff"], rel=CLOSED)
    assert found.value / (found.std_error * 10**0.5) == pytest.approx(values["dz"], rel=CLOSED)
