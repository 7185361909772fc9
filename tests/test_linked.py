"""Linked tables: the attacker's intervals against every possible world, and what protection promises."""

import itertools

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from impactkit.disclosure.linked import (
    Attacker,
    Linked,
    Shown,
    atoms_of,
    linked_cells,
    protect_linked,
    small_sets,
)


def worlds(linked: Linked, shown: Shown, most: int) -> np.ndarray:
    """Return every world of at most so many people an atom that agrees with what is shown."""
    n = len(linked.people)
    every = np.array(list(itertools.product(range(most + 1), repeat=n)))
    counts = every @ linked.cells.toarray().T
    return every[((counts >= shown.low) & (counts <= shown.high)).all(axis=1)]


@st.composite
def small_tables(draw: st.DrawFn, atoms: int = 4) -> Linked:
    """Draw linked cells over a few atoms."""
    n = draw(st.integers(1, atoms))
    m = draw(st.integers(1, 6))
    cells = draw(st.lists(st.lists(st.booleans(), min_size=n, max_size=n), min_size=m, max_size=m))
    people = draw(st.lists(st.integers(0, 4), min_size=n, max_size=n))
    return Linked(cells=csr_array(np.array(cells, dtype=float)), people=np.array(people, dtype=np.int64))


@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(small_tables(), st.integers(2, 4), st.booleans())
def test_no_interval_is_narrower_than_promised_in_any_possible_world(linked, minimum, differences):
    found = protect_linked(linked, minimum=minimum, differences=differences)
    assert found.is_safe
    # In no world does an atom need more people than everyone shown, and a few.
    most = int(linked.people.sum()) + minimum
    possible = worlds(linked, Shown.exactly(linked, found.shown), most=most)
    for atoms in small_sets(linked, minimum, differences=differences).toarray():
        sizes = possible @ atoms
        assert sizes.max() >= minimum
        assert sizes.max() - sizes.min() >= minimum - 1


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(small_tables(atoms=3), st.data())
def test_the_attackers_interval_is_that_of_every_possible_world(linked, data):
    m = linked.cells.shape[0]
    masked = np.array(data.draw(st.lists(st.booleans(), min_size=m, max_size=m)))
    base = data.draw(st.sampled_from([1, 2, 5]))
    shown = Shown.rounded(linked, ~masked, base)
    attacker = Attacker(linked, shown)
    most = 15  # more than any shown count, which is of 12 people at most, to the nearest 5
    possible = worlds(linked, shown, most)
    for cell in range(m):
        own = atoms_of(linked.cells, cell)
        if not len(own):
            continue
        low, high = attacker.interval(own)
        sizes = possible[:, own].sum(axis=1)
        assert low == sizes.min()
        assert high == sizes.max() or np.isinf(high)


def test_a_lone_masked_cell_is_given_back_by_its_total():
    # 20 + 6 = 26: with only the 6 masked, it is known.
    linked = linked_cells(np.array([[1, 0, 1]] * 20 + [[0, 1, 1]] * 6, dtype=bool))
    attacker = Attacker(linked, Shown.exactly(linked, np.array([True, False, True])))
    assert attacker.interval(atoms_of(linked.cells, 1)) == (6, 6)
    found = protect_linked(linked, minimum=11)
    assert found.is_safe
    assert not found.shown[1]
    assert not (found.shown[0] and found.shown[2])


def test_two_totals_that_differ_by_three_people_are_not_both_shown():
    linked = linked_cells(np.array([[1, 1]] * 50 + [[0, 1]] * 3, dtype=bool))
    assert protect_linked(linked, minimum=11).shown.sum() == 1
    assert protect_linked(linked, minimum=11, differences=False).shown.all()


def test_what_was_already_released_stays_and_the_new_total_gives_way():
    linked = linked_cells(np.array([[1, 1]] * 50 + [[0, 1]] * 3, dtype=bool))
    found = protect_linked(linked, minimum=11, released=np.array([True, False]))
    assert found.shown.tolist() == [True, False]


def test_what_earlier_releases_reveal_is_told_and_nothing_more_is_shown():
    linked = linked_cells(np.array([[1, 1, 1]] * 50 + [[0, 1, 1]] * 3 + [[0, 0, 1]] * 40, dtype=bool))
    found = protect_linked(linked, minimum=11, released=np.array([True, True, False]))
    assert found.exposed == 1
    assert found.shown.tolist() == [True, True, False]


def test_tables_that_share_nobody_do_not_touch_each_other():
    apart = np.zeros((60, 4), dtype=bool)
    apart[:30, 0] = apart[:6, 1] = True
    apart[30:, 2] = apart[30:45, 3] = True
    found = protect_linked(linked_cells(apart), minimum=11)
    assert found.shown[2:].all()
    assert not found.shown[1]


@pytest.mark.parametrize(("base", "ends"), [(1, (26, 26)), (5, (23, 27)), (10, (25, 34))])
def test_a_rounded_count_is_known_to_within_its_rounding(base, ends):
    linked = linked_cells(np.ones((26, 1), dtype=bool))
    shown = Shown.rounded(linked, np.array([True]), base)
    assert (shown.low[0], shown.high[0]) == ends
