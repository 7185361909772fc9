"""`weight_losses`: by hand, by numerical derivatives, and what it refuses."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import impactkit as ik
from test_weighting import design_of, made, refused, two_times


def lost(frame, *, slope=1.0, seed=0):
    """Lose people with a chance that grows with a."""
    chance = 1 / (1 + np.exp(1.2 - slope * frame["a"]))
    out = np.random.default_rng(seed).uniform(size=len(frame)) < chance
    return frame.assign(re78=frame["re78"].mask(out))


def test_cells_by_hand():
    """With one yes/no characteristic the weights are the people over the people followed, cell by cell."""
    frame = pd.DataFrame({"treat": [1] * 8 + [0] * 8, "old": [0, 0, 0, 0, 1, 1, 1, 1] * 2})
    frame["re78"] = np.arange(16.0)
    frame.loc[[0, 4, 5, 9, 10, 12], "re78"] = np.nan
    design = ik.weight_losses(design_of(frame, ["old"]))
    weights = design.weights.to_numpy()
    np.testing.assert_allclose(weights[[1, 2, 3]], 4 / 3)
    np.testing.assert_allclose(weights[[6, 7]], 4 / 2)
    np.testing.assert_allclose(weights[[8, 11]], 4 / 2)
    np.testing.assert_allclose(weights[[13, 14, 15]], 4 / 3)
    assert (weights[[0, 4, 5, 9, 10, 12]] == 0).all()
    effect = ik.compare_groups(design, errors="influence").effect
    cells = [(1 + 2 + 3) / 3, (6 + 7) / 2, (8 + 11) / 2, (13 + 14 + 15) / 3]
    assert effect.value == pytest.approx((cells[0] + cells[1]) / 2 - (cells[2] + cells[3]) / 2)
    assert set(design.left_out["reason"]) == {"not_followed"}
    assert ik.plot.love(design).alt


def test_those_lost_still_count_as_lost():
    frame = lost(made(150, 300))
    estimate = ik.compare_groups(ik.weight_losses(design_of(frame, ["a", "b"])))
    plain = ik.compare_groups(design_of(frame, ["a", "b"]))
    by_step = {(step.arm, step.key): step.n for step in estimate.counts}
    assert by_step["treated", "comparable"] == 150
    assert by_step["treated", "followed"] == plain.effect.n_treated
    checks = {check.key: check for check in ik.assess(estimate).checks}
    assert checks["attrition"] == next(c for c in ik.assess(plain).checks if c.key == "attrition")


def test_it_undoes_losses_that_a_characteristic_explains():
    """Losses grow with a, which the outcome follows, in one group only: the plain difference is off."""
    frame = made(4000, 4000, shift=0.0)
    out = lost(frame)
    out.loc[frame["treat"] == 0, "re78"] = frame["re78"]
    truth = ik.compare_groups(design_of(frame, ["a"])).effect.value
    plain = ik.compare_groups(design_of(out, ["a"])).effect.value
    weighted = ik.compare_groups(ik.weight_losses(design_of(out, ["a"]))).effect
    assert abs(plain - truth) > 0.1
    assert abs(weighted.value - truth) < 0.03
    assert weighted.std_error > 0


@pytest.mark.parametrize("method", [None, "entropy"])
def test_the_uncertainty_is_that_of_every_step(method):
    frame = lost(made(14, 30, shift=0.2))

    def effect(person, h):
        s = np.ones(len(frame))
        s[person] += h
        design = design_of(frame.assign(one=s), ["a"], weight="one")
        if method:
            design = ik.weight(design, method=method)
        return ik.compare_groups(ik.weight_losses(design), errors="influence").effect

    squares = sum(((effect(i, 1e-4).value - effect(i, -1e-4).value) / 2e-4) ** 2 for i in range(len(frame)))
    assert effect(0, 0.0).std_error == pytest.approx(math.sqrt(squares), rel=1e-5)


def test_only_whether_the_outcome_is_known_is_read():
    frame = lost(made(60, 120))
    other = frame.assign(re78=frame["re78"] ** 2 + 7)
    one, two = (ik.weight_losses(design_of(f, ["a", "b"])) for f in (frame, other))
    assert (one.weights == two.weights).all()


def test_a_group_without_losses_keeps_its_weights():
    frame = lost(made(60, 120))
    frame.loc[frame["treat"] == 1, "re78"] = 1.0
    design = ik.weight_losses(design_of(frame, ["a", "b"]))
    assert (design.weights[:60] == 1).all()
    assert (design.weights[60:] != 1).all()


def test_did_after_losses():
    design, long = two_times(made(150, 300))
    gone = (long["time"] == 1) & (long["person"] % 7 == 0)
    long.loc[gone, "y"] = np.nan
    cohort = ik.cohort_from_frame(
        long, unit="person", period="time", arm="treat", outcomes=["y"], covariates=["a", "b"]
    )
    design = ik.weight_losses(ik.weight(ik.declare_design(cohort, covariates=["a", "b"])))
    assert ik.did(design).effect.n_treated == 150 - 22


def test_what_it_refuses():
    frame = lost(made())
    design = design_of(frame, ["a"])
    assert refused(lambda: ik.weight_losses(design_of(made(), ["a"]))).key == "weighting.error.nobody_lost"
    none = frame.assign(re78=frame["re78"].where(frame["treat"] == 0))
    assert refused(lambda: ik.weight_losses(design_of(none, ["a"]))).key == "weighting.error.everyone_lost"
    told = frame.assign(b=frame["re78"].isna().astype(float))
    message = refused(lambda: ik.weight_losses(design_of(told, ["b"])))
    assert message.key == "weighting.error.losses_one_group_only"
    apart = frame.assign(a=frame["a"].abs() * np.where(frame["re78"].isna(), 1, -1))
    message = refused(lambda: ik.weight_losses(design_of(apart, ["a"])))
    assert message.key == "weighting.error.losses_separated"
    assert refused(lambda: ik.weight_losses(ik.match(design))).key == "weighting.error.losses_of_matched"
    with pytest.raises(ValueError, match="not in the cohort"):
        ik.weight_losses(design, on=["shoe"])


def test_another_outcome_is_estimated_on_those_with_a_weight():
    frame = lost(made(60, 120)).assign(other=1.0 + made(60, 120)["b"])
    cohort = ik.cohort_from_frame(
        frame.assign(person=range(180)),
        unit="person",
        arm="treat",
        outcomes=["re78", "other"],
        covariates=["a"],
    )
    design = ik.weight_losses(ik.declare_design(cohort, covariates=["a"]))
    other = ik.compare_groups(replace(design, outcome="other"), errors="influence").effect
    assert other.n_treated + other.n_comparison == frame["re78"].notna().sum()
    assert math.isfinite(other.std_error)
