"""The attacker who looks for the number of people behind each published statistic."""

import json
import math

import numpy as np
import pandas as pd
import pytest

import impactkit as ik
from impactkit.disclosure import DEFAULT_PROFILE, mean_step
from impactkit.evidence.record import Record


@pytest.fixture(scope="module")
def record() -> Record:
    """Two groups of which three people of one have no known age."""
    rng = np.random.default_rng(3)
    n = 150
    frame = pd.DataFrame(
        {
            "person": [f"p{i}" for i in range(n)],
            "helped": (np.arange(n) < 64).astype(int),
            "y": rng.normal(100, 15, n) + 6 * (np.arange(n) < 64),
            "age": rng.integers(18, 64, n).astype(float),
            "woman": (rng.random(n) < 0.5).astype(int),
        }
    )
    frame.loc[:2, "age"] = np.nan
    names = ["age", "woman"]
    cohort = ik.cohort_from_frame(frame, unit="person", outcomes=["y"], arm="helped", covariates=names)
    design = ik.declare_design(cohort, covariates=names, comparison="waiting_list")
    return ik.assess(ik.compare_groups(design)).record


def possible(told: float, step: float, n: int) -> bool:
    """Tell whether some total of whole numbers, over n people, makes the figure told."""
    return math.floor((told + step / 2) * n + 1e-9) >= math.ceil((told - step / 2) * n - 1e-9)


def test_every_number_of_people_nearby_could_be_behind_each_mean(record):
    told = [(row, row.mean_treated, 64) for row in record.balance]
    told += [(row, row.mean_comparison, 86) for row in record.balance]
    shown = [(mean, n) for _, mean, n in told if mean is not None]
    assert len(shown) == 4
    for mean, n in shown:
        step = mean_step(n, grain=1.0, profile=DEFAULT_PROFILE)
        assert all(possible(mean, step, other) for other in range(n - DEFAULT_PROFILE.minimum + 1, n + 1))


def test_a_search_of_denominators_to_500_leaves_more_than_the_secrecy_asks(record):
    means = [row.mean_treated for row in record.balance if row.mean_treated is not None]
    steps = [mean_step(64, grain=1.0, profile=DEFAULT_PROFILE)] * len(means)
    left = [n for n in range(1, 501) if all(map(possible, means, steps, [n] * len(means)))]
    assert len(left) >= DEFAULT_PROFILE.minimum
    assert {61, 62, 63, 64} <= set(left)  # those of unknown age are not told by its mean


def test_no_published_number_has_more_than_six_digits(record):
    def numbers(value: object) -> list[float]:
        if isinstance(value, dict):
            return [found for item in value.values() for found in numbers(item)]
        if isinstance(value, list):
            return [found for item in value for found in numbers(item)]
        return [value] if isinstance(value, float) else []

    body = json.loads(record.model_dump_json(exclude={"provenance"}))
    for value in numbers(body):
        digits = f"{abs(value):.12g}".replace(".", "").strip("0").partition("e")[0]
        assert len(digits) <= 6, value


def test_the_effect_told_is_the_effect_to_the_page_s_decimals(record):
    effect = record.effect
    assert effect is not None
    assert effect.conf_low < effect.estimate < effect.conf_high
    assert effect.df == math.floor(effect.df)
