"""Masking of small counts, by hand and by property."""

from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from impactkit.disclosure import DEFAULT_PROFILE as PROFILE
from impactkit.disclosure import (
    PROFILES,
    Box,
    grain_of,
    is_dominated,
    mean_step,
    protect_chain,
    protect_count,
    protect_parts,
    quantile_is_safe,
    share_is_safe,
    to_step,
)
from impactkit.files.model import words
from impactkit.text.catalogue import has_key


@pytest.mark.parametrize(("n", "shown"), [(0, 0), (1, None), (10, None), (11, 11), (400, 400)])
def test_counts_below_eleven_are_masked_and_nobody_is_not_a_small_group(n, shown):
    assert protect_count(n, PROFILE) == shown


def test_a_small_loss_hides_the_count_that_would_reveal_it():
    # 42 entered, 3 lost: showing 42 and 39 would show the 3.
    assert protect_chain([42, 39], PROFILE) == (Box(None, None), Box(39, None))


def test_large_losses_and_no_loss_are_shown():
    assert protect_chain([60, 60, 40], PROFILE) == (Box(60, None), Box(60, 0), Box(40, 20))


def test_small_losses_in_a_row_are_merged_until_they_are_large_enough():
    # 100 → 94 → 85: each loss is small, both together are 15.
    assert protect_chain([100, 94, 85], PROFILE) == (Box(100, None), Box(None, None), Box(85, None))


def test_too_few_people_left_are_masked():
    assert protect_chain([40, 7], PROFILE) == (Box(40, None), Box(None, None))


@given(st.lists(st.integers(0, 200), min_size=1, max_size=8).map(lambda xs: sorted(xs, reverse=True)))
def test_no_two_shown_counts_differ_by_a_small_group(counts):
    shown = [box.n for box in protect_chain(counts, PROFILE) if box.n is not None]
    for i, high in enumerate(shown):
        for low in shown[i + 1 :]:
            assert high - low == 0 or high - low >= PROFILE.minimum
    assert all(n == 0 or n >= PROFILE.minimum for n in shown)
    boxes = protect_chain(counts, PROFILE)
    assert all(box.lost is None or box.lost == 0 or box.lost >= PROFILE.minimum for box in boxes)


@pytest.mark.parametrize(
    ("share", "n", "safe"),
    [(0.5, 40, True), (0.1, 40, False), (0.9, 40, False), (0.0, 40, True), (1.0, 40, True), (0.5, 10, False)],
)
def test_a_share_is_shown_only_when_neither_side_is_a_small_group(share, n, safe):
    assert share_is_safe(share, n, PROFILE) is safe


def test_the_study_file_takes_each_profile_and_each_has_its_source():
    assert set(PROFILES) == set(get_args(words.Profile))
    assert all(has_key(f"disclosure.source.{name}") for name in PROFILES)


@pytest.mark.parametrize(
    ("name", "n", "shown"),
    [
        ("interne-10", 10, 10),
        ("interne-10", 9, None),
        ("partenaire-5", 5, 5),
        ("entreprises", 3, 3),
        ("entreprises", 2, None),
        ("diffusion-arrondie", 12, 10),
        ("diffusion-arrondie", 13, 15),
        ("diffusion-arrondie", 10, None),
    ],
)
def test_counts_by_profile(name, n, shown):
    assert protect_count(n, PROFILES[name]) == shown


def test_rounded_boxes_lose_what_rounded_numbers_say():
    boxes = protect_chain([62, 47], PROFILES["diffusion-arrondie"])
    assert boxes == (Box(60, None), Box(45, 15))


def test_parts_are_rounded_one_by_one():
    assert protect_parts([33, 41, 26], PROFILES["diffusion-arrondie"]) == (35, 40, 25)


def test_without_complements_a_small_loss_is_shown():
    assert protect_chain([42, 39], PROFILES["interne-10"]) == (Box(42, None), Box(39, 3))
    assert share_is_safe(0.9, 40, PROFILES["interne-10"])
    assert not share_is_safe(0.9, 40, PROFILES["diffusion"])


@pytest.mark.parametrize(
    ("name", "sensitive", "safe"),
    [
        ("pilotactions", True, True),
        ("diffusion", False, True),
        ("diffusion", True, False),
        ("interne-10", False, False),
    ],
)
def test_what_is_true_of_everyone_is_told_as_the_profile_says(name, sensitive, safe):
    for share in (0.0, 1.0):
        assert share_is_safe(share, 40, PROFILES[name], sensitive=sensitive) is safe


def test_a_share_of_fewer_than_thirty_people_is_not_published():
    assert share_is_safe(0.5, 28, PROFILE)
    assert not share_is_safe(0.5, 28, PROFILES["diffusion"])


def test_a_mean_that_one_person_makes_is_dominated():
    amounts = np.array([9000.0] + [100.0] * 12)  # 9000 of 10200: 88 %
    assert is_dominated(amounts, PROFILES["diffusion"])
    assert is_dominated(amounts, PROFILES["entreprises"])
    assert not is_dominated(amounts, PROFILE)
    assert not is_dominated(np.full(13, 100.0), PROFILES["diffusion"])


def test_two_people_who_make_nine_tenths_dominate():
    amounts = np.array([5000.0, 4800.0] + [90.0] * 11)  # 9800 of 10790: 91 %; the first alone 46 %
    assert is_dominated(amounts, PROFILES["interne-10"])
    assert not is_dominated(amounts, PROFILES["entreprises"])


@pytest.mark.parametrize(("q", "n"), [(0.5, 22), (0.25, 44), (0.9, 110)])
def test_a_quantile_needs_eleven_people_on_either_side(q, n):
    assert quantile_is_safe(q, n, PROFILE)
    assert not quantile_is_safe(q, n - 1, PROFILE)
    assert not quantile_is_safe(0.0, 10_000, PROFILE)  # the least value is one person's


@given(st.integers(11, 500), st.data())
def test_a_mean_told_leaves_every_number_of_people_nearby_possible(n, data):
    total = data.draw(st.integers(0, n))
    step = mean_step(n, grain=1.0, profile=PROFILE)
    told = to_step(total / n, step)
    for other in range(n - PROFILE.minimum + 1, min(n + PROFILE.minimum, 500)):
        # Some whole number of people, of `other`, makes the same figure.
        least, most = (told - step / 2) * other, (told + step / 2) * other
        assert np.floor(most + 1e-9) >= np.ceil(least - 1e-9)


@pytest.mark.parametrize(("values", "grain"), [([1, 2, 4], 1), ([0.5, 2], 0.1), ([1.25, 3], 0.01)])
def test_the_grain_is_the_coarsest_that_all_values_have(values, grain):
    assert grain_of(np.array(values)) == pytest.approx(grain)
