"""Masking of small counts, by hand and by property."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from impactkit.disclosure import DEFAULT_PROFILE as PROFILE
from impactkit.disclosure import Box, protect_chain, protect_count, share_is_safe


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
