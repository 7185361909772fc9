"""What a factor not observed would have to be, as the record and the annex tell it."""

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import impactkit as ik
from impactkit.document.blocks import Facts, Heading
from impactkit.evidence.build_record import build_record
from impactkit.evidence.digits import statistic_told
from impactkit.evidence.record import Record
from impactkit.evidence.regression import regression_of
from impactkit.evidence.sensitivity import (
    benchmark_bounds,
    e_value_risk_difference,
    e_value_standardised,
    gamma_star,
    gamma_star_binary,
    oster_delta,
    robustness_value,
    rosenbaum_bounds_binary,
)
from impactkit.report.annex import annex
from impactkit.report.material import Material
from records import study
from references import table


def chosen(n=400, *, effect=1.0, pull=0.5, weight=1.0, seed=1, share=False):
    """Return people who enter the more the higher their x, which counts ``weight`` in y."""
    rng = np.random.default_rng(seed)
    x, other = rng.normal(size=(2, n))
    helped = (pull * x + rng.normal(size=n) > 0).astype(int)
    y = effect * helped + weight * x + 0.3 * other + rng.normal(size=n)
    frame = pd.DataFrame({"id": range(n), "helped": helped, "x": x, "other": other, "y": y})
    return frame.assign(y=frame["y"] > 0.5) if share else frame


def design_of(frame, *, comparison="waiting_list", minimum_effect=None, covariates=("x", "other")):
    cohort = ik.cohort_from_frame(frame, unit="id", arm="helped", outcomes=["y"], covariates=["x", "other"])
    return ik.declare_design(
        cohort, covariates=list(covariates), comparison=comparison, minimum_effect=minimum_effect
    )


def adjusted(frame, *, adjust="ancova", **declared):
    return ik.compare_groups(design_of(frame, **declared), adjust=adjust, errors="classic")


def record_of(estimate):
    return build_record(ik.assess(estimate))


def told(estimate):
    return {item.key: item for item in record_of(estimate).sensitivity}


def blocks_of(estimate, language):
    page = study()
    return annex(Material(record=record_of(estimate), study=page, action=page.actions[0], language=language))


# ------------------------------------------------------------------ values


def test_values_are_those_of_the_public_functions():
    frame = chosen()
    estimate = adjusted(frame)
    effect, found = estimate.effect, told(estimate)
    t = effect.value / effect.std_error
    assert found["robustness"].value == statistic_told(robustness_value(t, effect.df))
    assert found["robustness_interval"].value == statistic_told(robustness_value(t, effect.df, alpha=0.05))
    y, d, X = frame["y"].to_numpy(), frame["helped"].to_numpy(float), frame[["x", "other"]].to_numpy()
    bound = benchmark_bounds(y=y, treatment=d, X=X, benchmark=[0], times=(1,))[0]
    assert found["benchmark"].value == statistic_told(bound.estimate)
    groups = [frame.loc[frame["helped"] == arm, "y"] for arm in (0, 1)]
    pooled = math.sqrt(sum((len(y) - 1) * y.var() for y in groups) / (len(frame) - 2))
    expected = e_value_standardised(effect.value / pooled, effect.std_error / pooled)
    assert found["e_value"].value == statistic_told(expected.point)
    assert found["e_value_interval"].value == statistic_told(expected.limit)
    assert found["delta"].value == statistic_told(oster_delta(y=y, treatment=d, X=X).delta)
    assert "gamma" not in found


def test_the_darfur_survey_has_sensemakr_s_values():
    """With the villages as a characteristic, as the reference has them."""
    frame = table("darfur").reset_index(names="id")
    names = ["village", "female", "age", "farmer_dar", "herder_dar", "pastvoted", "hhsize_darfur"]
    frame["village"] = frame["village"].astype(str)
    cohort = ik.cohort_from_frame(
        frame, unit="id", arm="directlyharmed", outcomes=["peacefactor"], covariates=names
    )
    design = ik.declare_design(cohort, covariates=names, comparison="external")
    found = told(ik.compare_groups(design, adjust="ancova", errors="classic"))
    path = Path(__file__).parent / "reference" / "sensitivity.json"
    expected = json.loads(path.read_text(encoding="utf-8"))["sensemakr.darfur"]["values"]["stats"]
    assert found["robustness"].value == statistic_told(expected["rv_q"])
    assert found["robustness_interval"].value == statistic_told(expected["rv_qa"])


def test_shares_make_a_ratio_of_risks():
    frame = chosen(2000, share=True)
    estimate = adjusted(frame, adjust=None)
    with_action, without = (float(frame.loc[frame["helped"] == arm, "y"].mean()) for arm in (1, 0))
    low, high = estimate.effect.interval(0.95)
    expected = e_value_risk_difference(with_action, with_action - without, low, high)
    found = told(estimate)
    ratio = with_action / without
    assert found["e_value"].value == statistic_told(ratio + math.sqrt(ratio * (ratio - 1)))
    assert found["e_value_interval"].value == statistic_told(expected.limit)
    assert "environ" not in found["e_value"].reading.fr
    assert set(found) == {"robustness", "robustness_interval", "e_value", "e_value_interval"}


@pytest.mark.parametrize("share", [False, True])
def test_pairs_have_the_gamma_at_which_their_test_no_longer_concludes(share):
    frame = chosen(1200, effect=1.0, share=share)
    design = ik.match(design_of(frame), method="nearest", caliper=0.2)
    estimate = ik.compare_groups(design)
    y = frame.set_index("id")["y"].astype(float)
    pairs = design.comparable.pairs
    d = y.loc[pairs["treated"]].to_numpy() - y.loc[pairs["control"]].to_numpy()
    if share:
        expected = gamma_star_binary(int((d > 0).sum()), int((d < 0).sum()), level=0.025)
    else:
        expected = gamma_star(d, level=0.025)
    assert told(estimate)["gamma"].value == statistic_told(expected)
    assert expected > 1


def test_the_gamma_of_a_yes_or_no_is_where_mcnemar_s_bound_is_the_level():
    gamma = gamma_star_binary(110, 12, level=0.025)
    assert float(rosenbaum_bounds_binary(110, 12, gamma).p_high) == pytest.approx(0.025, rel=1e-9)
    assert gamma_star_binary(12, 12) == 1.0
    assert gamma_star_binary(0, 12) == 1.0
    with pytest.raises(ValueError, match="level"):
        gamma_star_binary(3, 1, level=1.0)


def test_less_of_an_outcome_is_told_as_more_of_it_is():
    frame = chosen()
    up, down = told(adjusted(frame)), told(adjusted(frame.assign(y=-frame["y"])))
    assert up.keys() == down.keys()
    for key in up.keys() - {"benchmark"}:
        assert down[key].value == statistic_told(up[key].value)
    assert down["benchmark"].value == statistic_told(-up["benchmark"].value)


# ------------------------------------------------------------------ when it does not apply


def test_nothing_is_told_where_nothing_can_be_undone():
    assert told(adjusted(chosen(pull=0.0), comparison="randomised")) == {}
    assert told(adjusted(chosen(60, effect=0.0, weight=0.0))) == {}


def test_nothing_is_told_of_groups_too_small_for_a_figure():
    frame = chosen(200, effect=6.0)
    few = pd.concat([frame[frame["helped"] == 1].head(8), frame[frame["helped"] == 0]])
    assert told(adjusted(few)) == {}


def test_an_absence_has_only_what_could_hide_an_effect():
    found = told(adjusted(chosen(4000, effect=0.02), minimum_effect=0.3))
    assert set(found) == {"robustness", "robustness_interval", "benchmark"}
    assert "plus petit effet utile" in found["robustness"].reading.fr


def test_a_characteristic_that_explains_half_bounds_nothing():
    found = told(adjusted(chosen(pull=4.0, effect=3.0)))
    assert found["benchmark"].value is None
    assert "« x »" in found["benchmark"].reading.fr.replace("\u00a0", " ")


def test_several_matched_with_one_have_no_gamma():
    frame = chosen(1200, effect=2.0, pull=0.8).sort_values("helped")
    treated = frame[frame["helped"] == 1].head(150)
    design = design_of(pd.concat([treated, frame[frame["helped"] == 0]]))
    assert "gamma" not in told(ik.compare_groups(ik.match(design, method="nearest", ratio=2)))


def test_what_rests_on_a_hidden_share_is_left_out():
    """Fewer than 11 people without the outcome among beneficiaries: their share is hidden."""
    frame = chosen(600, share=True, effect=0.0)
    helped = frame.index[frame["helped"] == 1]
    frame.loc[helped, "y"] = True
    frame.loc[helped[:5], "y"] = False
    estimate = adjusted(frame)
    assert any(mean.mean is None for mean in record_of(estimate).means)
    assert set(told(estimate)) == {"robustness"}
    assert told(adjusted(frame, adjust=None)) == {}


def test_pairs_whose_cases_are_few_have_no_gamma():
    """The shares are shown, but fewer than 11 pairs differ the other way: Γ would tell how many."""
    n = 200
    x = np.tile(np.arange(n) / n, 2)
    y = np.r_[np.arange(n) < 120, (np.arange(n) >= 60) & (np.arange(n) < 125)]
    frame = pd.DataFrame(
        {"id": range(2 * n), "helped": np.repeat([1, 0], n), "x": x, "other": 1.0 * (x > 0.5), "y": y}
    )
    estimate = ik.compare_groups(ik.match(design_of(frame, covariates=("x",)), method="optimal"))
    assert all(mean.mean is not None for mean in record_of(estimate).means)
    found = told(estimate)
    assert "e_value" in found
    assert "gamma" not in found


# ------------------------------------------------------------------ what is read


@pytest.mark.parametrize(
    ("language", "heading", "robustness"),
    [
        ("fr", "Ce qu'il faudrait à un facteur non observé", "Pour annuler l'estimation"),
        ("en", "What a factor that was not observed would have to be", "To bring the estimate to zero"),
    ],
)
def test_the_annex_reads_them_in_both_languages(language, heading, robustness):
    blocks = blocks_of(adjusted(chosen()), language)
    at = next(i for i, block in enumerate(blocks) if getattr(block, "anchor", None) == "annex-sensitivity")
    assert isinstance(blocks[at], Heading)
    assert blocks[at].text.replace("\u2019", "'") == heading
    facts = blocks[at + 1]
    assert isinstance(facts, Facts)
    assert facts.items[0][1].replace("\u2019", "'").startswith(robustness)
    assert len(facts.items) == 6


def test_the_annex_is_silent_when_lots_were_drawn():
    blocks = blocks_of(adjusted(chosen(pull=0.0), comparison="randomised"), "fr")
    assert all(getattr(block, "anchor", None) != "annex-sensitivity" for block in blocks)


def test_a_record_is_read_back_as_it_was_written(tmp_path):
    record = record_of(adjusted(chosen(pull=4.0, effect=3.0)))
    record.write(tmp_path / "evidence.json")
    assert Record.read(tmp_path / "evidence.json") == record
    assert record.sensitivity


def test_strengths_are_measured_before_groups_are_made_alike():
    frame = chosen(1200, effect=2.0)
    weighted = ik.compare_groups(ik.weight(design_of(frame), method="entropy"))
    regression = regression_of(weighted, before_balancing=True)
    delta = oster_delta(y=regression.y, treatment=regression.treated.astype(float), X=regression.X).delta
    assert told(weighted)["delta"].value == statistic_told(delta)
