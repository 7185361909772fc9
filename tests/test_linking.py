"""Linking two files: cases one can judge by eye, then made registers with known truth."""

import unicodedata

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from register import made_registers

from impactkit.cohort.linking import link, weights
from impactkit.files.plain_name import plain_name

COLUMNS = {"last_name": "last_name", "first_name": "first_name", "birth_date": "birth_date"}
CONTACTS = {name: name for name in ("sex", "postcode", "phone", "email")}


def people(*rows, extra=()):
    return pd.DataFrame(rows, columns=["last_name", "first_name", "birth_date", *extra], dtype=object)


def crowd(n=400, *, extra=()):
    """Other people, so that a name is as rare as it is."""
    made = made_registers(n, seed=99, errors=0)[0]
    return made[["last_name", "first_name", "birth_date", *extra]]


def links(left, right, **columns):
    """Link in a crowd: the same other people, without accents, stand in both files."""
    extra = tuple(columns)
    others = crowd(extra=extra)
    found = link(
        pd.concat([left, others], ignore_index=True),
        pd.concat([right, others], ignore_index=True),
        **COLUMNS,
        **{name: name for name in extra},
        threshold=0.5,
    )
    found = found[(found["left"] < len(left)) | (found["right"] < len(right))]
    return {(row.left, row.right): row.status for row in found.itertuples()}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (("N'Diaye", "Léa", "03/04/1985"), ("NDIAYE", "LEA", "03/04/1985")),
        (("Le Goff", "Gwenaëlle", "03/04/1985"), ("LEGOFF", "Gwenaelle", "03/04/1985")),
        (("Martin-Durand", "Anne-Sophie", "03/04/1985"), ("MARTIN", "Anne", "03/04/1985")),
        (("Castcourt", "Maëlle", "03/04/1985"), ("Castcour", "Maelle", "03/04/1985")),
        (("Castcourt", "Maëlle", "03/04/1985"), ("Maelle", "CASTCOURT", "03/04/1985")),
        (("Castcourt", "Maëlle", "03/04/1985"), ("Castcourt", "Maëlle", "04/03/1985")),
        (("Castcourt", "Maëlle", "03/04/1985"), ("Castcourt", "Maëlle", "13/04/1985")),
        (("Castcourt", "Maëlle", "03/04/1985"), ("Castcourt", "Maëlle", "1985-04-03")),
        (("NULL", "Nan", "03/04/1985"), ("Null", "NAN", "03/04/1985")),
        (("Şahin", "Ayşe", "03/04/1985"), ("SAHIN", "AYSE", "03/04/1985")),
    ],
)
def test_one_person_written_in_two_ways_is_linked(before, after):
    assert links(people(before), people(after)) == {(0, 0): "auto"}


def test_a_married_name_needs_another_sign_of_the_same_person():
    before = people(("Castcourt", "Maëlle", "03/04/1985", "0612345678"), extra=("phone",))
    after = people(("Rochmont", "Maëlle", "03/04/1985", "06 12 34 56 78"), extra=("phone",))
    assert links(before, after, phone=True) == {(0, 0): "auto"}
    without = links(before.drop(columns="phone"), after.drop(columns="phone"))
    assert set(without.values()) <= {"review"}


@pytest.mark.parametrize(
    ("other", "why"),
    [
        (("Castcourt", "Léo", "03/04/2012", "M", "0612345678"), "a twin with a name nearly alike"),
        (("Castcourt", "Julie", "03/04/2012", "F", "0612345678"), "a twin"),
        (("Castcourt", "Inès", "21/09/2014", "F", "0612345678"), "a sister"),
        (("Castcourt", "Léa", "30/10/1980", "F", "0612345678"), "a mother of the same name"),
        (("Rochmont", "Léa", "03/04/2012", "F", ""), "born the same day, of another name"),
    ],
)
def test_another_person_is_never_linked_without_anybody_looking(other, why):
    extra = ("sex", "phone")
    before = people(("Castcourt", "Léa", "03/04/2012", "F", "0612345678"), extra=extra)
    found = links(before, people(other, extra=extra), sex=True, phone=True)
    assert "auto" not in found.values(), why


def test_homonyms_are_for_review():
    before = people(("Castcourt", "Maëlle", "03/04/1985"), ("Castcourt", "Maëlle", "03/04/1985"))
    assert links(before, before.iloc[:1]) == {(0, 0): "review", (1, 0): "review"}


def test_homonyms_are_told_apart_by_what_they_alone_have():
    extra = ("postcode", "phone")
    one, other = ("Castcourt", "Maëlle", "03/04/1985"), ("Castcourt", "Maëlle", "03/04/1985")
    before = people((*one, "31000", "0612345678"), (*other, "59000", "0698765432"), extra=extra)
    after = people((*other, "59000", "0698765432"), (*one, "31000", "0612345678"), extra=extra)
    found = links(before, after, postcode=True, phone=True)
    assert {pair for pair, status in found.items() if status == "auto"} == {(0, 1), (1, 0)}


def test_a_second_record_of_a_person_is_for_review():
    extra = ("phone",)
    before = people(("Castcourt", "Maëlle", "03/04/1985", "0612345678"), extra=extra)
    after = people(
        ("CASTCOURT", "Maelle", "03/04/1985", "0612345678"),
        ("Castcour", "Maëlle", "03/04/1985", "0612345678"),
        extra=extra,
    )
    assert links(before, after, phone=True) == {(0, 0): "auto", (0, 1): "review"}


def test_what_is_missing_neither_links_nor_parts():
    before = people(("Castcourt", None, None), (None, "Maëlle", "03/04/1985"), (None, None, np.nan))
    assert "auto" not in links(before, before).values()


@pytest.mark.parametrize(("n_left", "n_right"), [(0, 0), (0, 3), (3, 0), (1, 1)])
def test_short_files(n_left, n_right):
    people_of = made_registers(10, seed=1, errors=0)[0]
    found = link(people_of.iloc[:n_left], people_of.iloc[:n_right], **COLUMNS)
    assert list(found.columns) == ["left", "right", "score", "status"]
    assert len(found) == min(n_left, n_right)


def test_files_where_everybody_is_the_same_person_end():
    same = pd.concat([people(("Martin", "Léa", "01/01/1990"))] * 400, ignore_index=True)
    assert "auto" not in set(link(same, same, **COLUMNS)["status"])


def test_columns_that_are_not_there_are_named():
    with pytest.raises(ValueError, match="columns not in right: 'first_name'"):
        link(crowd(), crowd().drop(columns="first_name"), **COLUMNS)
    with pytest.raises(ValueError, match="threshold"):
        link(crowd(), crowd(), **COLUMNS, threshold=1.5)


# ------------------------------------------------------------------ made registers, whose truth is known


def quality(left, right, truth, **columns):
    found = link(left, right, **COLUMNS, **columns)
    true = set(zip(truth["left"], truth["right"], strict=True))
    right_ones = np.array([pair in true for pair in zip(found["left"], found["right"], strict=True)])
    automatic = (found["status"] == "auto").to_numpy()
    return {
        "precision": right_ones.mean(),
        "recall": right_ones.sum() / len(truth),
        "precision_auto": right_ones[automatic].mean(),
        "recall_auto": right_ones[automatic].sum() / len(truth),
        "found": found,
    }


@pytest.mark.parametrize("seed", [11, 12])
def test_ten_thousand_people_are_found_again(seed):
    got = quality(*made_registers(10_000, seed=seed), **CONTACTS)
    assert got["precision"] >= 0.998
    assert got["recall"] >= 0.98
    assert got["precision_auto"] >= 0.999
    # A person recorded twice in the second file counts twice in the truth and is linked once: 1 % at most.
    assert got["recall_auto"] >= 0.97


def test_twice_the_errors_cost_recall_not_precision():
    got = quality(*made_registers(4_000, seed=13, errors=2.0), **CONTACTS)
    assert got["precision"] >= 0.998
    assert got["recall"] >= 0.97


def test_names_and_dates_alone():
    got = quality(*made_registers(4_000, seed=14))
    assert got["precision"] >= 0.998
    assert got["recall"] >= 0.95


@pytest.mark.parametrize("n", [30, 120])
def test_a_small_cohort(n):
    several = [quality(*made_registers(n, seed=seed), **CONTACTS) for seed in range(6)]
    assert min(got["precision"] for got in several) == 1.0
    assert np.mean([got["recall"] for got in several]) >= 0.98


def test_a_row_is_linked_automatically_once_at_most():
    found = quality(*made_registers(3_000, seed=15), **CONTACTS)["found"]
    automatic = found[found["status"] == "auto"]
    assert not automatic["left"].duplicated().any()
    assert not automatic["right"].duplicated().any()
    assert not found.duplicated(["left", "right"]).any()


def test_chance_agreements_are_counted_on_random_pairs(monkeypatch):
    """Counted on the candidate pairs, agreeing by chance looks common, and precision falls."""
    left, right, truth = made_registers(3_000, seed=16)
    before = quality(left, right, truth, **CONTACTS)["recall_auto"]
    monkeypatch.setattr(weights, "_RANDOM_PAIRS", 50_000)
    assert quality(left, right, truth, **CONTACTS)["recall_auto"] == pytest.approx(before, abs=0.01)


def pairs(found):
    return set(zip(found["left"], found["right"], strict=True))


def test_the_order_of_rows_and_of_files_changes_nothing():
    left, right, _ = made_registers(800, seed=17)
    rng = np.random.default_rng(0)
    moved, turned = rng.permutation(len(left)), rng.permutation(len(right))
    found = link(left, right, **COLUMNS, **CONTACTS)
    again = link(left.iloc[moved], right.iloc[turned], **COLUMNS, **CONTACTS)
    assert len(again) == len(found)
    assert set(zip(moved[again["left"]], turned[again["right"]], strict=True)) == pairs(found)
    back = link(right, left, **COLUMNS, **CONTACTS)
    assert set(zip(back["right"], back["left"], strict=True)) == pairs(found)
    # Of two equal records of one person, the first is linked: as many links, perhaps not the same.
    counts = [(frame["status"] == "auto").sum() for frame in (found, again, back)]
    assert counts[0] == counts[1] == counts[2]


def test_the_files_are_left_unchanged():
    left, right, _ = made_registers(100, seed=18)
    copies = left.copy(), right.copy()
    link(left, right, **COLUMNS, **CONTACTS)
    pd.testing.assert_frame_equal(left, copies[0])
    pd.testing.assert_frame_equal(right, copies[1])


@given(st.text(max_size=30))
@settings(max_examples=200)
def test_a_name_has_one_plain_form(text):
    plain = plain_name(text)
    assert plain == plain_name(plain)
    assert all(letter.isascii() and (letter.islower() or letter == " ") for letter in plain)
    composed = unicodedata.normalize("NFC", text)
    assert plain_name(composed) == plain_name(unicodedata.normalize("NFD", composed))
