"""`baseline_table` against R, and by hand."""

import numpy as np
import pandas as pd
import pytest

import impactkit as ik
from impactkit.errors import DesignError
from references import NSW_COVARIATES, nsw, table
from test_weighting import design_of, made, two_times, values

CLOSED = 1e-8


def test_the_joint_test_of_the_nsw_experiment_as_lm():
    found = ik.baseline_table(design_of(nsw(), NSW_COVARIATES))
    assert found.statistic == pytest.approx(values("nsw.ftest")["F"], rel=CLOSED)
    assert found.p_value == pytest.approx(values("nsw.ftest")["p"], rel=CLOSED)
    assert (found.df, found.df_residual, found.n) == (8, 436, 445)


def test_the_joint_test_with_clusters_as_clubsandwich():
    """Wald's statistic with vcovCR(type = "CR2") 2.895313..., 40 clusters, Hotelling's (40 - 2)/(2 * 39)."""
    frame = table("voters").rename(columns={"treatment": "treat", "proposition_vote": "re78"})
    found = ik.baseline_table(design_of(frame, ["ideology1", "log_income"], cluster="group_id1"))
    assert found.statistic == pytest.approx(1.41053747071906, rel=CLOSED)
    assert (found.df, found.df_residual) == (2, 38)


def test_each_row_is_the_comparison_of_a_characteristic():
    frame = made(sex=np.where(np.arange(130) % 3 == 0, "f", "h"))
    frame.loc[[0, 100, 101], "b"] = np.nan
    found = ik.baseline_table(design_of(frame, ["a", "b", "sex"]))
    rows = found.table.set_index("covariate")
    assert list(rows.index) == ["a", "b", "sex: f", "sex: h"]
    a = rows.loc["a"]
    effect = ik.compare_groups(design_of(frame.assign(re78=frame["a"]), [])).effect
    assert a["difference"] == pytest.approx(effect.value)
    assert a["std_error"] == pytest.approx(effect.std_error)
    assert a["p_value"] == pytest.approx(effect.p_value)
    assert a["sd_treated"] == pytest.approx(frame["a"][:40].std())
    assert rows.loc["b", ["missing_treated", "missing_comparison"]].to_list() == [1, 2]
    assert found.n == 127
    assert found.df == 3
    assert "<table" in found._repr_html_()


def test_weights_and_clusters_enter_each_row():
    frame = made(w=np.linspace(0.5, 2, 130), site=np.arange(130) // 2)
    row = ik.baseline_table(design_of(frame, ["a"], weight="w", cluster="site")).table.iloc[0]
    same = design_of(frame.assign(re78=frame["a"]), [], weight="w", cluster="site")
    assert row["p_value"] == pytest.approx(ik.compare_groups(same).effect.p_value)


def test_the_outcome_before_entry_comes_first():
    design, _ = two_times(made())
    assert ik.baseline_table(design).table["covariate"].to_list() == ["y", "a", "b"]


def test_what_has_no_test_says_so():
    frame = made()
    constant = ik.baseline_table(design_of(frame.assign(a=1.0), ["a"]))
    assert constant.p_value is None
    assert constant.reason.key == "weighting.joint.nothing_known"
    assert np.isnan(constant.table["p_value"].iloc[0])
    few = ik.baseline_table(design_of(made(2, 2), ["a", "b", "c"]))
    assert few.statistic is None
    assert few.reason.text("fr")
    twice = ik.baseline_table(design_of(frame.assign(b=frame["a"]), ["a", "b"]))
    assert twice.reason.key == "estimators.error.redundant_columns"
    one = pd.DataFrame({"treat": [1, 0, 0], "a": [1.0, 2, 4], "re78": [1.0, 2, 3]})
    assert np.isnan(ik.baseline_table(design_of(one, ["a"])).table["p_value"].iloc[0])
    for wrong in (design_of(frame, []), design_of(frame, ["a"], comparison="none")):
        with pytest.raises(DesignError):
            ik.baseline_table(wrong)
