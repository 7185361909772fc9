"""`ancova` and `change_score` against R, and each beside the other."""

import numpy as np
import pandas as pd
import pytest

import impactkit as ik
from impactkit.errors import EstimationError
from impactkit.estimators.inference.linear import contrast, fit
from references import reference, table

CLOSED = 1e-8


def girls(arm="CBT", **choices):
    """Anorexia (R MASS), one treatment against the control group."""
    data = table("anorexia")
    data = data[data["Treat"].isin([arm, "Cont"])].reset_index(drop=True)
    frame = pd.DataFrame(
        {
            "id": [*data.index, *data.index],
            "time": np.repeat([0, 1], len(data)),
            "arm": np.tile((data["Treat"] == arm).astype(int), 2),
            "weight": np.concatenate([data["Prewt"], data["Postwt"]]),
        }
    )
    cohort = ik.cohort_from_frame(frame, unit="id", period="time", arm="arm", outcomes=["weight"])
    return ik.declare_design(cohort, **choices)


def three_arms():
    """The regression of R has three arms: the same coefficients by one residual variance and slope."""
    data = table("anorexia")
    return data, [(data["Treat"] == arm).to_numpy(dtype=float) for arm in ("CBT", "FT")]


def test_the_three_arms_as_lm():
    data, dummies = three_arms()
    before, after = data["Prewt"].to_numpy(float), data["Postwt"].to_numpy(float)
    ones = np.ones(len(data))
    for key, X, y in (
        ("anorexia_ancova", np.column_stack([ones, *dummies, before]), after),
        ("anorexia_change", np.column_stack([ones, *dummies]), after - before),
    ):
        fitted, expected = fit(X=X, y=y), reference(key)
        for i in (0, 1):
            for errors, name in (("classic", "se"), ("HC2", "se_HC2"), ("HC3", "se_HC3")):
                result = contrast(fitted, np.eye(X.shape[1])[i + 1], errors=errors)
                assert result.value == pytest.approx(expected["est"][i], rel=CLOSED)
                assert result.std_error == pytest.approx(expected[name][i], rel=CLOSED)


@pytest.mark.parametrize(("arm", "i"), [("CBT", 0), ("FT", 1)])
def test_the_change_scores_of_anorexia_as_lm(arm, i):
    estimate = ik.change_score(girls(arm))
    assert estimate.effect.value == pytest.approx(reference("anorexia_change")["est"][i], rel=CLOSED)
    assert estimate.effect.std_error == pytest.approx(reference("anorexia_change")["se_HC2"][i], rel=CLOSED)


@pytest.mark.parametrize("interaction", [True, False])
def test_ancova_is_the_adjusted_comparison(interaction):
    design = girls()
    other = ik.compare_groups(design, adjust="lin" if interaction else "ancova", errors="HC3")
    estimate = ik.ancova(design, interaction=interaction, errors="HC3")
    assert estimate.effect == other.effect
    assert estimate.settings == other.settings


def test_each_stands_beside_the_other():
    design = girls()
    change, adjusted = ik.change_score(design), ik.ancova(design)
    first = change.alternatives.set_index("method").loc["ancova"]
    second = adjusted.alternatives.set_index("method").loc["change_score"]
    assert (first["estimate"], first["p_value"]) == (adjusted.effect.value, adjusted.effect.p_value)
    assert (second["conf_low"], second["conf_high"]) == change.effect.interval()


def test_lord_s_paradox_is_bracketed():
    """Groups that differ before and return to their mean, no effect: ANCOVA is right or change is."""
    draw = np.random.default_rng(1)
    n = 4000
    arm = np.arange(n) % 2
    by_group = draw.normal(size=n) + arm  # each returns to the mean of her own group
    frame = pd.DataFrame(
        {
            "id": np.tile(np.arange(n), 2),
            "time": np.repeat([0, 1], n),
            "arm": np.tile(arm, 2),
            "y": np.concatenate([by_group + draw.normal(size=n), by_group + draw.normal(size=n)]),
        }
    )
    cohort = ik.cohort_from_frame(frame, unit="id", period="time", arm="arm", outcomes=["y"])
    estimate = ik.change_score(ik.declare_design(cohort))
    beside = estimate.alternatives.set_index("method").loc["ancova"]
    assert abs(estimate.effect.value) < 3 * estimate.effect.std_error
    assert beside["estimate"] == pytest.approx(0.5, abs=0.15)  # half of the gap before, as it half lasts


def test_the_verdict_and_its_annex():
    for verb, other in ((ik.ancova, "change_score"), (ik.change_score, "ancova")):
        draw = np.random.default_rng(4)
        n = 200
        frame = pd.DataFrame(
            {
                "id": np.tile(np.arange(n), 2),
                "time": np.repeat([0, 1], n),
                "arm": np.tile(np.arange(n) % 2, 2),
                "y": draw.normal(size=2 * n),
            }
        )
        cohort = ik.cohort_from_frame(frame, unit="id", period="time", arm="arm", outcomes=["y"])
        record = ik.assess(verb(ik.declare_design(cohort))).record
        assert [item.method for item in record.alternatives] == [other]
        assert record.alternatives[0].label.fr


def test_what_cannot_be_computed_says_why():
    alone = pd.DataFrame({"id": range(6), "arm": [1, 1, 1, 0, 0, 0], "y": [1, 2, 3, 2, 3, 5]})
    design = ik.declare_design(ik.cohort_from_frame(alone, unit="id", arm="arm", outcomes=["y"]))
    for verb in (ik.ancova, ik.change_score):
        with pytest.raises(EstimationError) as error:
            verb(design)
        assert error.value.message.key == "estimators.error.no_baseline"
    with pytest.raises(ValueError, match="unknown errors"):
        ik.ancova(girls(), errors="HC9")
    late = table("mpdta")
    cohort = ik.cohort_from_frame(
        late, unit="countyreal", period="year", entry="first.treat", outcomes=["lemp"]
    )
    with pytest.raises(EstimationError) as error:
        ik.change_score(ik.declare_design(cohort))
    assert error.value.message.key == "estimators.error.several_entries"
