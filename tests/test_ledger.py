"""Editions one after the other: no small difference between them can be worked out."""

import stat
from pathlib import Path

import numpy as np
import pytest

from impactkit.disclosure.ledger import Edition, add_edition, new_edition, protect_edition, read_ledger
from impactkit.errors import DataError

KEY = b"0" * 32


def edition(counts: dict[str, range | list[int]], name: str = "bilan") -> Edition:
    """Count people by name of count; every count is wanted."""
    people = sorted({person for own in counts.values() for person in own})
    members = np.array([[person in set(own) for own in counts.values()] for person in people])
    shown = np.ones(len(counts), dtype=bool)
    return new_edition(name, key=KEY, people=people, cells=list(counts), members=members, shown=shown)


def released(earlier: list[Edition], new: Edition) -> Edition:
    """Return the edition as it goes out."""
    found = protect_edition(earlier, new, minimum=11)
    assert found.is_safe
    return Edition(
        name=new.name,
        day=new.day,
        people=new.people,
        cells=new.cells,
        members=new.members,
        shown=found.shown,
    )


def test_three_more_people_in_the_second_edition_are_not_told():
    first = released([], edition({"suivis": range(50), "femmes": range(26), "hommes": range(26, 50)}))
    assert first.shown.all()
    more = {"suivis": range(53), "femmes": [*range(26), 50, 51], "hommes": [*range(26, 50), 52]}
    second = released([first], edition(more))
    assert not second.shown.any()


def test_twenty_more_people_are_told():
    first = released([], edition({"suivis": range(50)}))
    assert released([first], edition({"suivis": range(70)})).shown.all()


def test_the_same_edition_again_is_shown_again():
    first = released([], edition({"suivis": range(50), "femmes": range(44), "hommes": range(44, 50)}))
    again = released([first], edition({"suivis": range(50), "femmes": range(44), "hommes": range(44, 50)}))
    assert first.shown.tolist() == again.shown.tolist()
    assert not first.shown[2]


def test_the_pact_as_a_whole_does_not_tell_those_whom_no_action_counts():
    # 40 + 30 people, and 4 in the pact's total alone.
    found = released([], edition({"mobilité": range(40), "emploi": range(40, 70), "pacte": range(74)}))
    assert not found.shown.all()
    apart = released([], edition({"mobilité": range(40), "emploi": range(40, 70), "pacte": range(90)}))
    assert apart.shown.all()


def test_what_earlier_editions_reveal_already_stops_the_next():
    careless = edition({"suivis": range(50), "mobilité": range(47)})  # 3 people, never audited
    found = protect_edition([careless], edition({"suivis": range(80)}), minimum=11)
    assert found.exposed == 1
    assert not found.shown.any()


def test_the_ledger_gives_back_what_was_written_and_names_nobody(tmp_path: Path):
    path = tmp_path / "releases.jsonl"
    people = [f"PERSONNE-{i}" for i in range(20)]
    members = np.array([[True, i < 12] for i in range(20)])
    made = new_edition(
        "mars", key=KEY, people=people, cells=["a", "b"], members=members, shown=np.array([True, False])
    )
    add_edition(path, made)
    add_edition(path, made)
    read = read_ledger(path)
    assert len(read) == 2
    assert (read[1].members == made.members).all()
    assert read[1].shown.tolist() == [True, False]
    assert (read[1].name, read[1].day, read[1].people) == (made.name, made.day, made.people)
    text = path.read_text(encoding="utf-8")
    assert "PERSONNE" not in text
    assert KEY.hex() not in text
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("damage", [b"{", b'{"name": "mars"}', b"\xff\xfe", b"[]"])
def test_a_damaged_ledger_stops_whoever_reads_it_and_names_the_line(tmp_path: Path, damage: bytes):
    path = tmp_path / "releases.jsonl"
    add_edition(path, edition({"suivis": range(50)}))
    path.write_bytes(path.read_bytes() + damage + b"\n")
    with pytest.raises(DataError) as raised:
        read_ledger(path)
    (problem,) = raised.value.problems
    assert (problem.code, problem.file, problem.rows) == ("E-REG-01", "releases.jsonl", (2,))


def test_a_write_that_fails_leaves_the_ledger_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / "releases.jsonl"
    add_edition(path, edition({"suivis": range(50)}))
    before = path.read_bytes()

    def full(self: Path, target: Path) -> Path:
        raise OSError("no space left")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="no space"):
        add_edition(path, edition({"suivis": range(70)}))
    assert path.read_bytes() == before


def test_fingerprints_hang_on_the_key():
    one = edition({"suivis": range(20)})
    other = new_edition(
        "bilan",
        key=b"1" * 32,
        people=range(20),
        cells=["suivis"],
        members=np.ones((20, 1), dtype=bool),
        shown=np.array([True]),
    )
    assert not set(one.people) & set(other.people)
