"""One rule for missing outcomes, and what the other rule says beside it."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import impactkit as ik
from impactkit.estimators.inference.linear import contrast, fit
from references import reference, table

CLOSED = 1e-8


def beside(estimate, label):
    found = estimate.alternatives.set_index("method")
    return found.loc[label] if label in found.index else None


def stores(**choices):
    cohort = ik.cohort_from_frame(
        table("card_krueger"), unit="id", period="d", arm="nj", outcomes=["fte"], **choices
    )
    return ik.declare_design(cohort)


def people(n=200, *, lost=30, seed=1, **choices):
    draw = np.random.default_rng(seed)
    x = draw.normal(size=n)
    frame = pd.DataFrame(
        {
            "id": np.tile(np.arange(n), 2),
            "time": np.repeat([0, 1], n),
            "arm": np.tile(np.arange(n) % 2, 2),
            "x": np.tile(x, 2),
            "site": np.tile(np.arange(n) // 4, 2),
            "y": np.concatenate([x, x + np.arange(n) % 2]) + draw.normal(size=2 * n),
        }
    )
    frame.loc[draw.choice(n, lost, replace=False), "y"] = np.nan
    frame.loc[n + draw.choice(n, lost, replace=False), "y"] = np.nan
    cohort = ik.cohort_from_frame(frame, unit="id", period="time", arm="arm", outcomes=["y"], **choices)
    return frame, cohort


def test_card_and_krueger_with_all_known_stores_as_published():
    """Paired: 2.75, published. All known: 2.7536 (2.76, published), in any road that leads there."""
    expected = reference("card_krueger_2x2")
    estimate = ik.did(stores())
    assert estimate.effect.value == pytest.approx(2.75, rel=CLOSED)
    available = beside(estimate, "available")
    assert available["estimate"] == pytest.approx(expected["att"], rel=CLOSED)
    data = table("card_krueger").dropna()
    X = np.column_stack([np.ones(len(data)), data["nj"], data["d"], data["nj"] * data["d"]]).astype(float)
    codes = np.asarray(pd.factorize(data["id"])[0], dtype=np.intp)
    wanted = contrast(fit(X=X, y=data["fte"].to_numpy()), np.eye(4)[3], errors="CR2", clusters=codes)
    width = available["conf_high"] - available["conf_low"]
    assert width / wanted.std_error / 2 == pytest.approx(2, abs=0.03)
    by_entry = ik.did(stores(), errors="analytic")
    assert beside(by_entry, "available")["estimate"] == pytest.approx(expected["att"], rel=CLOSED)
    unbalanced = ik.did(stores(), panel="unbalanced")
    assert unbalanced.effect.value == pytest.approx(expected["att"], rel=CLOSED)
    assert beside(unbalanced, "complete")["estimate"] == pytest.approx(2.75, rel=CLOSED)


def test_a_change_with_all_known_people():
    estimate = ik.before_after(stores())
    means = table("card_krueger").query("nj == 1").groupby("d")["fte"].mean()
    assert beside(estimate, "available")["estimate"] == pytest.approx(means[1] - means[0], rel=CLOSED)


def test_nothing_stands_beside_when_nobody_is_left_out():
    _, cohort = people(lost=0)
    design = ik.declare_design(cohort)
    for estimate in (
        ik.did(design),
        ik.did(design, panel="unbalanced"),
        ik.did(design, errors="analytic"),
        ik.before_after(design),
        ik.compare_groups(design, adjust="lin"),
    ):
        assert not {"available", "complete", "imputed_baseline"} & set(estimate.alternatives["method"])


@pytest.mark.parametrize("options", [{}, {"cluster": "site"}])
def test_all_known_with_covariates_is_one_adjusted_difference_less_the_other(options):
    frame, cohort = people(covariates=["x"], **options)
    estimate = ik.did(ik.declare_design(cohort, covariates=["x"]))
    wide = frame.pivot(index="id", columns="time", values="y")
    who = frame.drop_duplicates("id").set_index("id")
    seen = wide.notna().any(axis=1)
    centre = who.loc[seen & (who["arm"] == 1), "x"].mean()

    def adjusted(time):
        rows = wide[time].notna()
        t, x = who.loc[rows, "arm"].to_numpy(), (who.loc[rows, "x"] - centre).to_numpy()
        X = np.column_stack([np.ones(rows.sum()), t, x, x * t])
        return np.linalg.lstsq(X, wide.loc[rows, time].to_numpy(), rcond=None)[0][1]

    assert beside(estimate, "available")["estimate"] == pytest.approx(adjusted(1) - adjusted(0), rel=CLOSED)


@settings(max_examples=10, deadline=None)
@given(
    scale=st.floats(-6, 6).map(lambda power: 10.0**power),
    shift=st.floats(-100, 100),
    seed=st.integers(0, 100),
)
def test_scale_shift_and_order(scale, shift, seed):
    frame, _ = people(40, lost=8, seed=seed)
    changed = frame.assign(y=scale * (frame["y"] + shift), id=99 - frame["id"])
    changed = changed.sample(frac=1, random_state=seed)
    found = []
    for rows in (frame, changed):
        cohort = ik.cohort_from_frame(rows, unit="id", period="time", arm="arm", outcomes=["y"])
        found.append(beside(ik.did(ik.declare_design(cohort)), "available"))
    base, other = found
    assert other["estimate"] == pytest.approx(scale * base["estimate"], rel=1e-6, abs=1e-9 * scale)
    assert other["conf_low"] == pytest.approx(scale * base["conf_low"], rel=1e-6, abs=1e-9 * scale)
    assert other["p_value"] == pytest.approx(base["p_value"], rel=1e-5)


def test_all_known_is_more_precise_when_few_are_seen_twice_and_covers():
    covered, narrower = 0, 0
    for seed in range(200):
        _, cohort = people(60, lost=15, seed=seed)
        estimate = ik.did(ik.declare_design(cohort))
        available = beside(estimate, "available")
        covered += available["conf_low"] <= 1 <= available["conf_high"]
        low, high = estimate.effect.interval()
        narrower += available["conf_high"] - available["conf_low"] < high - low
    assert covered / 200 == pytest.approx(0.95, abs=0.045)
    assert narrower > 100


def test_an_outcome_before_not_known_when_lots_were_drawn():
    frame, cohort = people()
    design = ik.declare_design(cohort, comparison="randomised")
    found = beside(ik.compare_groups(design, adjust="ancova"), "imputed_baseline")
    wide = frame.pivot(index="id", columns="time", values="y").dropna(subset=[1])
    arm = frame.drop_duplicates("id").set_index("id").loc[wide.index, "arm"]
    unknown = wide[0].isna()
    X = np.column_stack([np.ones(len(wide)), arm, wide[0].fillna(wide[0].mean()), unknown]).astype(float)
    wanted = np.linalg.lstsq(X, wide[1].to_numpy(), rcond=None)[0][1]
    assert found["estimate"] == pytest.approx(wanted, rel=CLOSED)
    chosen = ik.compare_groups(ik.declare_design(cohort), adjust="ancova")
    assert beside(chosen, "imputed_baseline") is None


def test_what_rests_on_a_few_more_people_is_not_published():
    """With few lost, the gap between the two estimates would tell of them."""
    for lost, shown in ((3, False), (60, True)):
        _, cohort = people(400, lost=lost)
        record = ik.assess(ik.did(ik.declare_design(cohort))).record
        assert ("available" in [item.method for item in record.alternatives]) is shown
