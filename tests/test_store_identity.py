"""Identities at the door: seen, set apart, sealed, found again by fingerprints, forgotten on demand."""

from __future__ import annotations

import dataclasses
import logging
import os
import pickle
import sqlite3
import stat
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from register import made_registers

from impactkit.cohort import link
from impactkit.errors import DataError, ProblemsError, StoreError
from impactkit.store import Store, create_store, restore_store, vault
from impactkit.store.detect import identity_in, is_nir, sensitive_in
from impactkit.store.fingerprints import KINDS, fingerprints, sound_of
from impactkit.store.identify import identify
from impactkit.store.keys import Key, create_key, destroy_key, load_key
from store_made import FILES_ONLY, HEADERS, bytes_of, fill_line, made_store, sheet_lines, study_folder

ENTREE = [
    "1;N'Diaye;Léa;03/04/1985;F;09340;0612345678;lea@exemple.fr;oui;900;bien",
    "2;Le Goff;Yann;21/12/1990;M;29200;;;non;0;rien",
    "3;Martin-Durand;Anne-Sophie;07/06/1979;F;09340;0698765432;;non;450,5;",
]
SORTIE = [
    "2;LE GOFF;YANN;21/12/1990;M;29200;;;oui;1500;",
    "3;MARTIN;Anne;07/06/1979;F;09340;06 98 76 54 32;;oui;1400;",
    "1;NDIAYE;LEA;03/04/1985;F;09340;;;oui;1000;mieux",
]


@pytest.fixture(params=["files", "server"])
def store(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("IMPACTKIT_KEYS", str(tmp_path / "cles"))
    monkeypatch.setitem(sys.modules, "keyring", None)  # the machine's own is not for tests
    return made_store(tmp_path / "suivi", request.param, monkeypatch)


def code_of(error: pytest.ExceptionInfo[ProblemsError]) -> str:
    (problem,) = error.value.problems
    assert problem.text("fr")
    assert problem.text("en")
    return problem.code


def by_names(left: pd.DataFrame, right: pd.DataFrame) -> pd.DataFrame:
    return link(
        left,
        right,
        last_name="last_name",
        first_name="first_name",
        birth_date="birth_date",
        sex="sex",
        postcode="postcode",
        phone="phone",
        email="email",
        threshold=0.5,
    )


# ------------------------------------------------------------------ a file comes in


def test_people_are_found_again_and_their_names_are_in_no_file_in_clear(store: Store, tmp_path: Path) -> None:
    study = study_folder(tmp_path / "étude", ENTREE, SORTIE)
    first = store.import_file(study, "entree")
    assert (first.n_people, first.n_new) == (3, 3)
    second = store.import_file(study, "sortie")
    assert (second.n_people, second.n_new) == (3, 0)
    out = store.answers().pivot(index="person", columns="wave", values="revenu")
    assert sorted(map(tuple, out[["T0", "T6"]].to_numpy())) == [
        (0.0, 1500.0),
        (450.5, 1400.0),
        (900.0, 1000.0),
    ]
    data = bytes_of(store.folder).lower()
    for name in (b"diaye", b"goff", b"yann", b"martin", b"0612345678", b"lea@", b"03/04/1985"):
        assert name not in data
    (person,) = store.find({"last_name": "NDIAYE", "first_name": "Lea", "birth_date": "03/04/1985"})
    identity = store.export(person)["identity"]
    assert identity["phone"] == "0612345678"  # a later file without it does not take it away
    assert identity["last_name"] == "NDIAYE"


def test_without_names_the_files_own_identifier_links(store: Store, tmp_path: Path) -> None:
    study = study_folder(tmp_path / "étude", ENTREE, SORTIE, identity="")
    store.import_file(study, "entree")
    assert store.import_file(study, "sortie").n_new == 0
    assert b"0612345678" not in bytes_of(store.folder)


def test_an_identifier_that_two_programs_give_to_two_people_links_nobody(
    store: Store, tmp_path: Path
) -> None:
    turned = [line.replace(line[0], str(4 - int(line[0])), 1) for line in SORTIE]
    study = study_folder(tmp_path / "étude", ENTREE, turned)
    store.import_file(study, "entree")
    assert store.import_file(study, "sortie").n_new == 0
    out = store.answers().pivot(index="person", columns="wave", values="revenu")
    assert sorted(map(tuple, out[["T0", "T6"]].to_numpy())) == [
        (0.0, 1500.0),
        (450.5, 1400.0),
        (900.0, 1000.0),
    ]


@FILES_ONLY
def test_fingerprints_alone_are_enough_when_identities_are_dropped(store: Store, tmp_path: Path) -> None:
    study = study_folder(tmp_path / "étude", ENTREE, SORTIE, protection='identities = "drop"')
    store.import_file(study, "entree")
    assert store.import_file(study, "sortie").n_new == 0
    with sqlite3.connect(store.folder / "coffre.sqlite") as safe:
        assert safe.execute("SELECT count(*) FROM identity").fetchone() == (0,)
    safe.close()
    with pytest.raises(StoreError) as error:
        store.rotate_key()
    assert code_of(error) == "E-CLE-05"
    assert (
        store.import_file(
            study_folder(tmp_path / "étude", [*ENTREE, "4;Petit;Zoé;01/02/2001;F;;;;non;1;"]),
            "entree",
            replace=True,
        ).n_new
        == 1
    )


def test_lines_of_nobody_and_totals_are_left_out_and_told(store: Store, tmp_path: Path) -> None:
    lines = [*ENTREE, ";;;;;;;;oui;1;", "TOTAL;;;;;;;;;1350,5;"]
    done = store.import_file(study_folder(tmp_path / "étude", lines), "entree")
    assert done.n_rows == 3
    assert [(note.code, note.rows) for note in done.notes] == [("A-LIG-02", (5, 6))]
    assert store.batches()["n_refused"].tolist() == [2]


def test_one_person_on_two_lines_of_a_wave_is_refused(store: Store, tmp_path: Path) -> None:
    other = ENTREE[0].replace(";900;", ";901;")
    with pytest.raises(DataError) as error:
        store.import_file(study_folder(tmp_path / "étude", [*ENTREE, other]), "entree")
    assert code_of(error) == "E-COH-08"
    assert store.status()["people"] == store.status()["in_vault"] == 0


def test_a_line_said_twice_word_for_word_counts_once(store: Store, tmp_path: Path) -> None:
    done = store.import_file(study_folder(tmp_path / "étude", [*ENTREE, ENTREE[0]]), "entree")
    assert (done.n_rows, done.n_people) == (3, 3)
    assert store.batches()["n_repeated"].tolist() == [1]


def test_twins_are_two_people(store: Store, tmp_path: Path) -> None:
    twins = [
        "1;Petit;Marie;05/05/2001;F;09340;0612345678;;oui;1;",
        "2;Petit;Marine;05/05/2001;F;09340;0612345678;;oui;2;",
    ]
    later = [line.replace(";oui;", ";non;") for line in reversed(twins)]
    study = study_folder(tmp_path / "étude", twins, later)
    assert store.import_file(study, "entree").n_new == 2
    assert store.import_file(study, "sortie").n_new == 0
    out = store.answers()
    assert out.groupby("person")["revenu"].nunique().eq(1).all()


def test_people_whom_only_cancelled_batches_brought_leave_the_vault_at_the_next_purge(
    store: Store, tmp_path: Path
) -> None:
    study = study_folder(tmp_path / "étude", ENTREE[:2], SORTIE)
    store.import_file(study, "entree")
    store.import_file(study, "sortie")
    store.undo(2, reason="mauvais fichier")
    assert store.status()["in_vault"] == 3
    assert store.purge(dry_run=True).n_identities == 1
    assert store.purge().n_identities == 1
    assert store.status()["in_vault"] == 2
    assert store.import_file(study, "sortie").n_new == 1


def test_a_crash_between_vault_and_record_leaves_nobody_at_the_next_import(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = study_folder(tmp_path / "étude", ENTREE)
    key = store._key()
    with store._writing(), store._sealing() as safe:
        vault.seal(safe, key, {"0" * 17: {"last_name": "Personne"}})
        vault.remember(safe, key, ["0" * 17], {"unit": [b"x" * 32]})
    assert store.status()["in_vault"] == 1
    store.import_file(study, "entree")
    assert store.status()["in_vault"] == 3
    assert store.find({"unit": "1"})


# ------------------------------------------------------------------ links to decide


def doubtful(tmp_path: Path) -> tuple[list[str], list[str]]:
    """Return two files of which one link must be looked at: a date of birth is missing."""
    left, right, _ = made_registers(300, seed=5)
    columns = ["last_name", "first_name", "birth_date", "sex", "postcode", "phone", "email"]

    def lines(frame: pd.DataFrame, start: int) -> list[str]:
        return [
            ";".join([str(start + i), *row, "oui", "1", ""])
            for i, row in enumerate(frame[columns].to_numpy())
        ]

    return lines(left, 1), lines(right, 2001)


@pytest.mark.parametrize(("word", "found_again"), [("oui", 1), ("NON", 0), ("nouveau", 0)])
def test_links_to_decide_are_written_apart_decided_by_hand_and_replayed(
    store: Store, tmp_path: Path, word: str, found_again: int
) -> None:
    entree, sortie = doubtful(tmp_path)
    study = study_folder(tmp_path / "étude", entree, sortie)
    store.import_file(study, "entree", linker=by_names)
    before = store.status()
    with pytest.raises(DataError) as error:
        store.import_file(study, "sortie", linker=by_names)
    assert code_of(error) == "E-LIE-02"
    assert error.value.problems[0].params["n"] == 1
    sheet = store.sheet_of("sortie")
    assert stat.S_IMODE(sheet.stat().st_mode) == 0o600
    assert store.status()["to_review"] == [str(sheet)]
    assert (store.status()["people"], store.status()["in_vault"]) == (before["people"], before["in_vault"])
    (line,) = sheet_lines(sheet)
    assert line["nom (fichier)"].upper() == line["nom (suivi)"].upper() == "MARCHAND"
    assert not (set(line.values()) - {""}) & set(str(error.value).split())
    fill_line(sheet, 1, décision=word, initiales="AB", note="vu")
    done = store.import_file(study, "sortie", linker=by_names)
    assert not sheet.exists()
    waves = store.answers().groupby("person")["wave"].nunique()
    assert waves.get(line["personne"]) == 1 + found_again
    # A corrected file replays the decision: nobody is asked again, and nobody is new.
    sortie[0] = sortie[0].replace(";oui;1;", ";non;3;")
    again = store.import_file(
        study_folder(tmp_path / "étude", entree, sortie), "sortie", linker=by_names, replace=True
    )
    assert (again.n_people, again.n_new) == (done.n_people, 0)


def test_a_sheet_half_filled_keeps_what_is_filled_and_an_erased_person_leaves_it(
    store: Store, tmp_path: Path
) -> None:
    def all_for_review(known: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
        rows = [(i, j, 0.5, "review") for i, a in enumerate(known["first_name"])
                for j, b in enumerate(new["first_name"]) if a[0] == b[0]]  # fmt: skip
        return pd.DataFrame(rows, columns=["left", "right", "score", "status"])

    later = [
        "8;Autre;Luna;01/01/1971;F;;;;oui;1;",
        "9;Autre;Yves;02/02/1972;M;;;;oui;1;",
    ]
    study = study_folder(tmp_path / "étude", ENTREE, later)
    store.import_file(study, "entree")
    sheet = store.sheet_of("sortie")
    with pytest.raises(DataError):
        store.import_file(study, "sortie", linker=all_for_review)
    fill_line(sheet, 1, décision="non", initiales="AB", note="vue")
    with pytest.raises(DataError) as error:
        store.import_file(study, "sortie", linker=all_for_review)
    assert error.value.problems[0].params["n"] == 1
    lines = sheet_lines(sheet)
    said = [(line["décision"], line["initiales"], line["note"]) for line in lines]
    assert sorted(said) == [("", "", ""), ("non", "AB", "vue")]
    store.erase(lines[1]["personne"], basis="article 17")
    assert not sheet.exists()


def test_a_second_record_of_somebody_in_one_file_is_told(store: Store, tmp_path: Path) -> None:
    def alike(known: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
        rows = [(i, j, 0.999, "review") for i, a in enumerate(known["phone"])
                for j, b in enumerate(new["phone"]) if a and a == b]  # fmt: skip
        return pd.DataFrame(rows, columns=["left", "right", "score", "status"])

    second = "7;Diaye-Traoré;Éa;;F;;0612345678;;oui;5;"
    study = study_folder(tmp_path / "étude", ENTREE, ["1;NDIAYE;LEA;03/04/1985;F;;;;oui;1000;", second])
    store.import_file(study, "entree")
    done = store.import_file(study, "sortie", linker=alike)
    assert [(note.code, note.rows) for note in done.notes] == [("A-LIE-01", (3,))]
    assert done.n_new == 1


def test_a_decision_that_is_none_is_told_by_its_row(store: Store, tmp_path: Path) -> None:
    entree, sortie = doubtful(tmp_path)
    study = study_folder(tmp_path / "étude", entree, sortie)
    store.import_file(study, "entree", linker=by_names)
    with pytest.raises(DataError):
        store.import_file(study, "sortie", linker=by_names)
    sheet = store.sheet_of("sortie")
    fill_line(sheet, 1, décision="peut-être")
    with pytest.raises(DataError) as error:
        store.import_file(study, "sortie", linker=by_names)
    assert code_of(error) == "E-LIE-03"
    assert error.value.problems[0].rows == (2,)


# ------------------------------------------------------------------ forgotten


def test_who_asked_not_to_be_there_is_refused_if_a_file_brings_them_back(
    store: Store, tmp_path: Path
) -> None:
    study = study_folder(tmp_path / "étude", ENTREE, SORTIE)
    store.import_file(study, "entree")
    (person,) = store.find({"last_name": "Le Goff", "first_name": "Yann", "birth_date": "21/12/1990"})
    store.erase(person, basis="article 21", keep_opposition=True)
    assert person.encode() not in bytes_of(store.folder)
    done = store.import_file(study, "sortie")
    assert [(note.code, note.rows) for note in done.notes] == [("E-EFF-01", (2,))]
    assert done.n_rows == 2
    with pytest.raises(StoreError) as error:
        store.rotate_key()
    assert code_of(error) == "E-CLE-05"


@FILES_ONLY
def test_an_erased_person_leaves_no_fingerprint_either(store: Store, tmp_path: Path) -> None:
    study = study_folder(tmp_path / "étude", ENTREE, SORTIE)
    store.import_file(study, "entree")
    (person,) = store.find({"last_name": "Le Goff", "first_name": "Yann", "birth_date": "21/12/1990"})
    with sqlite3.connect(store.folder / "coffre.sqlite") as safe:
        sealed = [row[0] for row in safe.execute("SELECT value FROM fingerprint WHERE person = ?", (person,))]
        sealed += [row[0] for row in safe.execute("SELECT sealed FROM identity WHERE person = ?", (person,))]
    safe.close()
    assert all(value in bytes_of(store.folder) for value in sealed)
    store.erase(person, basis="article 17")
    data = bytes_of(store.folder)
    assert not [value for value in [*sealed, person.encode()] if value in data]
    assert store.import_file(study, "sortie").n_new == 1


# ------------------------------------------------------------------ keys


def test_a_key_is_a_file_for_its_owner_alone_apart_from_the_record(store: Store, tmp_path: Path) -> None:
    (path,) = (tmp_path / "cles").iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    secret = path.read_text(encoding="ascii").strip()
    assert len(bytes.fromhex(secret)) == 32
    assert bytes.fromhex(secret) not in bytes_of(store.folder)
    assert secret.encode() not in bytes_of(store.folder)
    key = store._key()
    assert secret not in f"{key!r} {key} {store!r} {dataclasses.astuple(store)}"
    with pytest.raises(TypeError):
        pickle.dumps(key)


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda path: path.unlink(), "E-CLE-01"),
        (lambda path: path.write_text("00" * 32), "E-CLE-02"),
        (lambda path: path.write_text("pas une clé"), "E-CLE-02"),
        (lambda path: path.chmod(0o644), "E-CLE-03"),
        (lambda path: path.chmod(0o620), "E-CLE-03"),
    ],
)
def test_a_key_absent_wrong_or_readable_by_others_is_refused(
    store: Store, tmp_path: Path, spoil: Callable[[Path], object], code: str
) -> None:
    (path,) = (tmp_path / "cles").iterdir()
    spoil(path)
    with pytest.raises(StoreError) as error:
        store.import_file(study_folder(tmp_path / "étude", ENTREE), "entree")
    assert code_of(error) == code


def test_a_key_is_never_kept_with_what_it_protects(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMPACTKIT_KEYS", str(tmp_path / "suivi" / "cles"))
    with pytest.raises(StoreError) as error:
        create_store(tmp_path / "suivi", study="mobilite")
    assert code_of(error) == "E-CLE-04"


def test_a_backup_with_its_vault_is_sound_and_gives_people_back(store: Store, tmp_path: Path) -> None:
    study = study_folder(tmp_path / "étude", ENTREE, SORTIE)
    store.import_file(study, "entree")
    again = restore_store(store.backup(tmp_path / "sauvegarde"), tmp_path / "rendu")
    assert again.import_file(study, "sortie").n_new == 0


@FILES_ONLY
def test_a_renewed_key_finds_the_same_people_and_the_old_one_is_gone(store: Store, tmp_path: Path) -> None:
    study = study_folder(tmp_path / "étude", ENTREE, SORTIE)
    store.import_file(study, "entree")
    with sqlite3.connect(store.folder / "coffre.sqlite") as safe:
        before = [value for (value,) in safe.execute("SELECT value FROM fingerprint")]
    safe.close()
    store.rotate_key()
    (path,) = (tmp_path / "cles").iterdir()
    assert path.name.endswith("-v2.key")
    assert not [value for value in before if value in bytes_of(store.folder)]
    assert store.import_file(study, "sortie").n_new == 0
    assert store.verify() == 4


def test_a_key_destroyed_cuts_the_link_for_good(store: Store, tmp_path: Path) -> None:
    study = study_folder(tmp_path / "étude", ENTREE, SORTIE)
    store.import_file(study, "entree")
    store.destroy_key()
    assert not list((tmp_path / "cles").iterdir())
    with pytest.raises(StoreError) as error:
        store.import_file(study, "sortie")
    assert code_of(error) == "E-CLE-01"
    assert len(store.answers()) == 3


def test_a_key_may_be_in_the_systems_keyring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: dict[tuple[str, str], str] = {}
    ring = ModuleType("keyring")
    ring.__spec__ = type(sys.__spec__)("keyring", None)
    ring.set_password = lambda service, name, word: kept.__setitem__((service, name), word)
    ring.get_password = lambda service, name: kept.get((service, name))
    ring.delete_password = lambda service, name: kept.pop((service, name))
    errors = ModuleType("keyring.errors")
    errors.KeyringError = type("KeyringError", (Exception,), {})
    monkeypatch.setitem(sys.modules, "keyring", ring)
    monkeypatch.setitem(sys.modules, "keyring.errors", errors)
    monkeypatch.setenv("IMPACTKIT_KEYS", str(tmp_path / "cles"))
    store = create_store(tmp_path / "suivi", study="mobilite", in_keyring=True)
    assert len(kept) == 1
    assert not (tmp_path / "cles").exists()
    study = study_folder(tmp_path / "étude", ENTREE, SORTIE)
    store.import_file(study, "entree")
    assert store.import_file(study, "sortie").n_new == 0
    store.destroy_key()
    assert kept == {}


@FILES_ONLY
def test_an_identity_moved_to_somebody_else_does_not_open(store: Store, tmp_path: Path) -> None:
    store.import_file(study_folder(tmp_path / "étude", ENTREE), "entree")
    with sqlite3.connect(store.folder / "coffre.sqlite") as safe:
        (one, a), (two, b), *_ = safe.execute("SELECT person, sealed FROM identity").fetchall()
        safe.execute("UPDATE identity SET sealed = ? WHERE person = ?", (a, two))
    safe.close()
    assert store.export(one)
    with pytest.raises(StoreError) as error:
        store.export(two)
    assert code_of(error) == "E-STO-09"
    del b


# ------------------------------------------------------------------ fingerprints


def a_key(name: str = "essai", version: int = 1, secret: bytes = b"k" * 32) -> Key:
    return Key(name, version, secret)


def test_fingerprints_alone_find_people_again_and_never_two_for_one() -> None:
    """The bars of the design: recall .96 or more at precision 1 (docs/validation/fingerprints.md)."""
    left, right, truth = made_registers(3000, seed=3)
    before, after = fingerprints(left, a_key()), fingerprints(right, a_key())

    def known(kind: str) -> dict[bytes, set[str]]:
        people: dict[bytes, set[str]] = {}
        for i, value in enumerate(before[kind]):
            if value is not None:
                people.setdefault(value, set()).add(str(i))
        return people

    found = identify(after, known)
    pairs = {(int(person), i) for i, person in enumerate(found.person) if person is not None}
    true = set(zip(truth["left"], truth["right"], strict=True))
    assert len(pairs & true) / len(pairs) == 1.0
    assert len(pairs & true) / len(true) >= 0.96


def test_fingerprints_of_two_records_two_versions_and_two_kinds_have_nothing_in_common() -> None:
    people, _, _ = made_registers(50, seed=4)
    sets = [
        {value for values in fingerprints(people, key).values() for value in values if value is not None}
        for key in (a_key(), a_key("autre"), a_key(version=2), a_key(secret=b"l" * 32))
    ]
    assert all(sets)
    assert sum(map(len, sets)) == len(set.union(*sets))
    one = fingerprints(people, a_key())
    assert not {*one["names_date"]} & {*one["names_turned"]} - {None}


def test_no_fingerprint_is_of_one_field_alone_but_the_files_own_number() -> None:
    fields = {"last_name": "Petit", "first_name": "Zoé", "birth_date": "01/02/2001", "phone": "0612345678"}
    fields |= {
        "sex": "F",
        "postcode": "09340",
        "email": "z@exemple.fr",
        "nir": "255081416802538",
        "caf_number": "7A",
    }
    for name, value in fields.items():
        made = fingerprints(pd.DataFrame([{name: value}]), a_key())
        assert {kind for kind, (print_,) in made.items() if print_ is not None} <= set(), name
    made = fingerprints(pd.DataFrame([{"unit": "1", **fields}]), a_key())
    assert [kind for kind in KINDS if made[kind][0] is None] == []


@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=12))
def test_any_text_has_fingerprints_that_do_not_depend_on_case(last: str, first: str, date: str) -> None:
    row = {"last_name": last, "first_name": first, "birth_date": date}
    made = fingerprints(pd.DataFrame([row]), a_key())
    assert set(made) == set(KINDS)
    if last.isascii() and first.isascii():
        row |= {"last_name": last.upper(), "first_name": first.lower()}
        assert fingerprints(pd.DataFrame([row]), a_key()) == made


def test_names_of_a_like_sound() -> None:
    assert sound_of("marttin") == sound_of("martin") == sound_of("martim")
    assert sound_of("martin") != sound_of("mardon") + "x"
    assert sound_of("") == ""


# ------------------------------------------------------------------ what is seen at the door


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("2 55 08 14 168 025 38", True),
        ("255081416802538", True),
        ("2550814168025", True),
        ("1 84 12 2A 004 012", True),
        ("dossier de 255081416802538 reçu", True),
        ("255081416802539", False),
        ("2551914168025", False),
        ("0612345678", False),
        ("21850155500013", False),
    ],
)
def test_social_security_numbers_are_seen_by_form_and_key(text: str, seen: bool) -> None:
    assert is_nir(text) is seen


NAMES = [f"{first} {last}" for first in ("Léa", "Yann", "Anne-Sophie", "Zoé") for last in
         ("Petit", "Le Goff", "N'Diaye", "Durand", "Martin", "Roux")]  # fmt: skip


@pytest.mark.parametrize(
    ("header", "cells", "kind"),
    [
        ("Nom", [], "name"),
        ("NOM_DE_NAISSANCE", [], "name"),
        ("Prénom de l'allocataire", [], "name"),
        ("N° allocataire", [], "caf_number"),
        ("Matricule CAF", [], "caf_number"),
        ("N° de sécurité sociale", [], "nir"),
        ("Tél. portable", [], "phone"),
        ("Courriel", [], "email"),
        ("Mobile", [], "phone"),
        ("Nom du référent", [], "name"),
        ("Date de naissance", [], "birth_date"),
        ("Né(e) le", [], "birth_date"),
        ("Adresse postale", [], "address"),
        ("Q12", ["255081416802538", "", "3"], "nir"),
        ("Q12", ["06 12 34 56 78", "0698765432", ""], "phone"),
        ("Q12", ["+33 6 12 34 56 78"], "phone"),
        ("Remarques", ["rien", "la rappeler au 06.12.34.56.78 demain"], "phone"),
        ("Remarques", ["rien", "écrire à zoe.petit@exemple.fr"], "email"),
        ("Q12", NAMES, "name"),
        ("Q12", [name.upper() for name in NAMES], "name"),
    ],
)
def test_identities_are_seen_by_header_or_by_cells(header: str, cells: list[str], kind: str) -> None:
    assert identity_in(header, cells) == kind


@pytest.mark.parametrize(
    ("header", "cells"),
    [
        ("Nom de la structure", []),
        ("Nombre d'enfants", ["1", "2"]),
        ("Mobilité", ["oui", "non"]),
        ("Nom du quartier", []),
        ("Formation suivie", []),
        ("Revenu", ["612345678", "1 200,50", "0"]),
        ("SIRET", ["21850155500013"]),
        ("Commune", ["Auch", "Mauléon", "Tarbes"]),
        ("Motif de sortie", ["déménagement", "emploi", "Emploi durable"]),
        ("Date d'entrée", ["03/04/2025"]),
        ("Score", [str(i) for i in range(100)]),
        ("Avis", [f"Je suis content de la formation numéro {i}" for i in range(40)]),
        ("Code postal", ["09340", "29200"]),
    ],
)
def test_ordinary_columns_are_not_identities(header: str, cells: list[str]) -> None:
    assert identity_in(header, cells) is None


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (("RQTH",), "health"),
        (("q3", "q3", "État de santé perçu"), "health"),
        (("Nationalité",), "nationality"),
        (("Titre de séjour",), "nationality"),
        (("Religion",), "religion"),
        (("Origine ethnique",), "ethnic_origin"),
        (("Syndiqué",), "union"),
        (("Placé sous main de justice",), "offences"),
        (("Emploi", "emploi", "En emploi"), None),
        (("Participation",), None),
        (("Part du revenu",), None),
        (("Quartier prioritaire de la politique de la ville",), None),
        (("Détention du permis B",), None),
        (("Axe citoyenneté",), None),
        (("Culture et loisirs",), None),
        (("Ancien détenu",), "offences"),
        (("Opinions politiques",), "political"),
    ],
)
def test_sensitive_columns_are_seen(words: tuple[str, ...], kind: str | None) -> None:
    assert sensitive_in(*words) == kind


SANTE = {
    "variables": 'sante = { label = "État de santé", type = "category" }',
    "columns": 'sante = "Santé"',
    "headers": HEADERS + ";Santé",
}


def test_a_sensitive_column_needs_a_reason_in_the_study_file(store: Store, tmp_path: Path) -> None:
    lines = [line + ";bon" for line in ENTREE]
    with pytest.raises(DataError) as error:
        store.import_file(study_folder(tmp_path / "étude", lines, **SANTE), "entree")
    assert code_of(error) == "E-PRO-02"
    assert error.value.problems[0].column == "Santé"
    reason = 'justified = { "Santé" = "critère d\'orientation, avis du délégué du 3 mars" }'
    study = study_folder(tmp_path / "étude", lines, protection=reason, **SANTE)
    assert store.import_file(study, "entree").n_rows == 3


def test_an_identity_among_answers_is_refused(store: Store, tmp_path: Path) -> None:
    lines = [*ENTREE[:2], "3;Martin;Anne;07/06/1979;F;;;;non;1;appeler au 0612345678"]
    with pytest.raises(DataError) as error:
        store.import_file(study_folder(tmp_path / "étude", lines), "entree")
    assert code_of(error) == "E-PRO-01"
    assert "0612345678" not in str(error.value)
    reason = 'justified = { avis = "relu et masqué" }'
    study = study_folder(tmp_path / "étude", lines, protection=reason)
    assert store.import_file(study, "entree").n_rows == 3


# ------------------------------------------------------------------ nothing of a person in what is said


CANARIES = [
    "Zqxnom",
    "Zqxprenom",
    "12/11/1911",
    "Zqxcp",
    "0711223344",
    "zqx@exemple.fr",
    "Zqxavis",
    "771177,11",
    "ZQ-77-X",
]


@FILES_ONLY
def test_no_error_log_or_traceback_says_anything_of_a_person(
    store: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    line = "ZQ-77-X;Zqxnom;Zqxprenom;12/11/1911;F;Zqxcp;0711223344;zqx@exemple.fr;oui;771177,11;Zqxavis"
    folder = tmp_path / "étude"
    good = study_folder(folder, [line])
    store.import_file(good, "entree")
    (person,) = store.find({"unit": "ZQ-77-X"})

    def spoilt(name: str, value: str) -> Callable[[], object]:
        cells = dict(zip(HEADERS.split(";"), line.split(";"), strict=True)) | {name: value}
        return lambda: store.import_file(study_folder(folder, [";".join(cells.values())]), "entree")

    def full() -> None:
        other = sqlite3.connect(store.folder / "cohorte.sqlite", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        try:
            Store(store.folder, wait=0.05).import_file(study_folder(folder, [line, ENTREE[0]]), "entree")
        finally:
            other.close()

    attempts = [
        lambda: store.import_file(study_folder(folder, [line]), "entree"),
        lambda: store.import_file(study_folder(folder, [line, ENTREE[0]]), "entree"),
        lambda: store.import_file(study_folder(folder, [line, line]), "entree"),
        spoilt("Emploi", "Zqxavis"),
        spoilt("Revenu", "Zqxavis"),
        spoilt("Avis", "zqx@exemple.fr"),
        spoilt("Avis", "0711223344"),
        lambda: store.import_file(
            study_folder(
                folder,
                [line],
                columns='sante = "Avis"',
                variables='sante = { label = "Santé", type = "text" }',
            ),
            "entree",
        ),
        lambda: store.correct(person, "revenu", "T0", "Zqxavis", reason="Zqxnom"),
        lambda: store.correct("Zqxnom", "revenu", "T0", "1", reason="Zqxnom"),
        lambda: store.erase("Zqxnom", basis="article 17"),
        lambda: store.export("Zqxnom"),
        full,
    ]
    told = []
    for attempt in attempts:
        with pytest.raises(ProblemsError) as error:
            attempt()
        told.append("".join(traceback.format_exception(error.value)) + repr(error.value))
        told += [problem.text(language) for problem in error.value.problems for language in ("fr", "en")]
    store.import_file(study_folder(folder, [line, ENTREE[0]]), "entree", replace=True)
    shown = capfd.readouterr()
    told += [repr(store), repr(store.status()), caplog.text, shown.out, shown.err]
    said = "\n".join(told)
    # Lines of this file in a traceback are the test's own words.
    said = "\n".join(row for row in said.splitlines() if not row.startswith("    "))
    assert not [canary for canary in [*CANARIES, person] if canary.lower() in said.lower()]


def test_environment_holds_no_key(store: Store) -> None:
    key = next((Path(os.environ["IMPACTKIT_KEYS"])).iterdir()).read_text(encoding="ascii").strip()
    assert not [value for value in os.environ.values() if key in value]


def test_keys_are_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMPACTKIT_KEYS", str(tmp_path / "cles"))
    made = create_key("a", 1, record=tmp_path / "suivi")
    with pytest.raises(FileExistsError):
        create_key("a", 1, record=tmp_path / "suivi")
    assert load_key("a", 1).derived("x") == made.derived("x") != made.derived("y")
    destroy_key("a", 1)
    with pytest.raises(StoreError):
        load_key("a", 1)
