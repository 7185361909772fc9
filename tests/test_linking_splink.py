"""Linking by Splink: the same contract as our own linker, and nothing of anybody told or kept."""

import logging
import socket

import pandas as pd
import pytest
from register import made_registers

from impactkit.cohort.linking import link, with_splink
from impactkit.errors import DataError

NAMES = {"last_name": "last_name", "first_name": "first_name", "birth_date": "birth_date"}
CONTACTS = {name: name for name in ("sex", "postcode", "phone", "email")}


def by_splink(left, right, **columns):
    return link(left, right, **NAMES, **columns, backend="splink")


@pytest.fixture(scope="module")
def registers():
    pytest.importorskip("splink", reason='splink is not installed: pip install "impactkit[splink]"')
    return made_registers(3_000, seed=5)


@pytest.fixture(scope="module")
def found(registers):
    left, right, _ = registers
    return by_splink(left, right, **CONTACTS)


def test_it_finds_the_people_of_made_registers(registers, found):
    truth = pd.MultiIndex.from_frame(registers[2])
    good = pd.MultiIndex.from_frame(found[["left", "right"]]).isin(truth)
    automatic = (found["status"] == "auto").to_numpy()
    assert good.mean() >= 0.998
    assert good.sum() / len(truth) >= 0.98
    assert good[automatic].all()
    assert automatic.sum() / len(truth) >= 0.96


def test_what_it_returns_is_what_our_own_linker_returns(registers, found):
    left, right, _ = registers
    own = link(left, right, **NAMES, **CONTACTS)
    assert (found.dtypes == own.dtypes).all()
    assert found["left"].is_monotonic_increasing
    assert set(found["status"]) == {"auto", "review"}
    assert found["score"].between(0.9, 1).all()
    automatic = found[found["status"] == "auto"]
    assert automatic["left"].is_unique
    assert automatic["right"].is_unique


def test_the_same_files_give_the_same_links(registers, found):
    left, right, _ = registers
    pd.testing.assert_frame_equal(by_splink(left, right, **CONTACTS), found)


def test_names_and_dates_are_enough_and_a_column_of_nothing_does_no_harm(registers):
    left, right, truth = registers
    bare = by_splink(left, right)
    empty = by_splink(left.assign(email=""), right.assign(email=""), **CONTACTS)
    assert min(len(bare), len(empty)) > 0.8 * len(truth)


def test_twins_and_homonyms_are_never_linked_without_looking(registers):
    left, right, _ = registers
    twins = pd.DataFrame(
        {
            "last_name": ["Castcourt"] * 2,
            "first_name": ["Maëlle", "Yannick"],
            "birth_date": ["03/04/1985"] * 2,
            "sex": ["F", "M"],
            "postcode": ["01000"] * 2,
            "phone": ["06 12 34 56 78"] * 2,
            "email": [""] * 2,
        }
    )
    alone = twins.iloc[[0]]
    links = by_splink(
        pd.concat([twins, left], ignore_index=True), pd.concat([alone, right], ignore_index=True), **CONTACTS
    )
    of_twins = links[links["right"] == 0]
    assert of_twins[of_twins["status"] == "auto"]["left"].tolist() == [0]


def test_nothing_is_said_written_nor_sent(registers, tmp_path, monkeypatch, capfd, caplog):
    left, right, _ = registers

    def refuse(*_args, **_named):
        raise AssertionError("the network was asked")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    with caplog.at_level(logging.DEBUG):
        by_splink(left, right, **CONTACTS)
    told = capfd.readouterr()
    assert (told.out, told.err) == ("", "")
    assert not caplog.records
    assert list(tmp_path.iterdir()) == []


def test_what_the_database_says_of_a_person_goes_no_further(registers, monkeypatch):
    left, right, _ = registers

    def fail(*_args):
        raise RuntimeError("Conversion Error: could not cast 'CANARI-NOM'")

    monkeypatch.setattr(with_splink, "_predicted", fail)
    with pytest.raises(DataError) as raised:
        by_splink(left, right)
    assert [problem.code for problem in raised.value.problems] == ["E-LIE-05"]
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__
    assert "CANARI" not in str(raised.value)


def test_short_files_are_refused_rather_than_left_without_links(registers):
    left, right, _ = registers
    with pytest.raises(DataError, match="E-LIE-05"):
        by_splink(left.head(49), right)


def test_without_splink_the_command_that_installs_it_is_said(monkeypatch):
    monkeypatch.setattr(with_splink, "find_spec", lambda name: None)
    left, right, _ = made_registers(60, seed=1)
    with pytest.raises(DataError, match=r'pip install "impactkit\[splink\]"') as raised:
        by_splink(left, right)
    assert [problem.code for problem in raised.value.problems] == ["E-LIE-04"]


def test_another_backend_is_refused():
    left, right, _ = made_registers(60, seed=1)
    with pytest.raises(ValueError, match="impactkit, splink"):
        link(left, right, **NAMES, backend="dedupe")
