"""The record: waves in, undone, corrected, erased to the byte, copied; a journal that shows any change."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import sqlite3
import struct
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from impactkit.errors import DataError, Problem, StoreError
from impactkit.files.model import Variable
from impactkit.store import Store, create_store, open_store, restore_store, schema
from impactkit.store.batches import WaveRows
from impactkit.store.person_id import is_person_id, new_person_id
from impactkit.text import Label
from store_made import FILES_ONLY, VARIABLES, bytes_of, fill, made_store, people, source, wave


@pytest.fixture(params=["files", "server"])
def store(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("IMPACTKIT_KEYS", str(tmp_path / "cles"))
    return made_store(tmp_path / "suivi", request.param, monkeypatch)


def refused(error: pytest.ExceptionInfo[DataError] | pytest.ExceptionInfo[StoreError]) -> Problem:
    (problem,) = error.value.problems
    assert problem.text("fr")
    assert problem.text("en")
    return problem


# ------------------------------------------------------------------ identifiers


def test_identifiers_are_random_and_their_check_sees_every_slip_of_one_sign_or_exchange_of_two() -> None:
    person = new_person_id()
    assert person != new_person_id()
    signs = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    for i in range(17):
        for sign in set(signs) - {person[i]}:
            assert not is_person_id(person[:i] + sign + person[i + 1 :])
    for i in range(17):
        for j in range(i + 1, 17):
            turned = list(person)
            turned[i], turned[j] = turned[j], turned[i]
            assert is_person_id("".join(turned)) == (person[i] == person[j])


# ------------------------------------------------------------------ waves in


def test_what_comes_in_is_what_comes_out(store: Store) -> None:
    persons = people(4)
    rows = wave(persons)
    rows.frame.loc[0, ["revenu", "emploi"]] = np.nan
    rows.frame.loc[1, "reprise"] = pd.NaT
    done = store.append(source("t0.csv", n=4), rows)
    assert (done.batch, done.n_rows, done.n_people, done.n_new, done.notes) == (1, 4, 4, 4, ())
    out = store.answers().set_index("person").loc[persons]
    assert out["revenu"].tolist()[1:] == [901.5, 902.5, 903.5]
    assert np.isnan(out["revenu"].iloc[0])
    assert out["logement"].tolist() == [None, "locataire", "locataire", None]
    assert out["reprise"].isna().tolist() == [False, True, False, False]
    assert out["arm"].eq("beneficiary").all()
    assert out["reprise"].iloc[0] == pd.Timestamp("2025-03-17")


@pytest.mark.parametrize(
    "text",
    ["NULL", "O'Brien", "=cmd()", "<script>", '"; DROP TABLE person; --', "é\u00a0ж\U0001f600", "x" * 10**6],
)
def test_texts_are_kept_as_they_are(store: Store, text: str) -> None:
    (person,) = people(1)
    rows = wave([person])
    rows.frame["avis"] = [text]
    store.append(source("t0.csv"), rows)
    assert store.answers()["avis"].tolist() == [text]


def test_odd_names_of_variables_are_only_names(store: Store) -> None:
    name = "a \"b\" 'c' ; -- é"
    variables = {name: Variable(label=Label(name, name), type="number")}
    frame = pd.DataFrame({"_person": people(1), "_wave": "T0", "_row": [2], name: [3.0]})
    store.append(source("t0.csv"), WaveRows(instrument="suivi", variables=variables, frame=frame))
    person = store.answers()["person"].iloc[0]
    store.correct(person, name, "T0", "4", reason="r")
    assert store.answers()[name].tolist() == [4.0]


def test_the_same_file_twice_is_refused_until_its_batch_is_cancelled(store: Store) -> None:
    persons = people(2)
    store.append(source("t0.csv"), wave(persons))
    with pytest.raises(DataError) as error:
        store.append(source("autre_nom.csv", content="t0.csv"), wave(people(2)))
    problem = refused(error)
    assert (problem.code, problem.params["batch"]) == ("E-LOT-01", "1")
    store.undo(1, reason="essai")
    assert store.append(source("t0.csv"), wave(persons)).batch == 2


def test_a_corrected_file_tells_its_differences_and_replaces_when_asked(store: Store) -> None:
    persons = people(4)
    store.append(source("t0.csv"), wave(persons[:3]))
    changed = wave([persons[0], persons[2], persons[3]])
    changed.frame.loc[0, "revenu"] = 5.0
    changed.frame.loc[1, ["revenu", "emploi", "logement", "avis"]] = [902.5, 0.0, "locataire", "bien 2"]
    with pytest.raises(DataError) as error:
        store.append(source("t0.csv", content="v2"), changed)
    problem = refused(error)
    assert problem.code == "A-LOT-02"
    assert {name: problem.params[name] for name in ("added", "removed", "changed")} == {
        "added": 1,
        "removed": 1,
        "changed": 1,
    }
    assert store.batches()["cancelled"].isna().all()
    done = store.append(source("t0.csv", content="v2"), changed, replace=True)
    assert [note.code for note in done.notes] == ["A-LOT-02"]
    assert set(store.answers()["person"]) == {persons[0], persons[2], persons[3]}
    assert store.batches()["cancelled"].notna().tolist() == [True, False]


def test_a_person_twice_at_a_wave_is_refused_with_rows(store: Store) -> None:
    persons = people(3)
    store.append(source("t0.csv"), wave(persons))
    with pytest.raises(DataError) as error:
        store.append(source("suite.csv"), wave([*people(1), persons[1]]))
    assert (refused(error).code, refused(error).rows) == ("E-COH-08", (3,))
    with pytest.raises(DataError) as error:
        store.append(source("suite.csv"), wave(people(1) * 2))
    assert refused(error).rows == (2, 3)
    assert len(store.batches()) == 1


def test_new_variables_and_categories_come_in_and_other_types_do_not(store: Store) -> None:
    persons = people(3)
    store.append(source("t0.csv"), wave(persons))
    rows = wave(persons, "T6")
    rows.frame["logement"] = "hébergé"
    rows.frame["sante_percue"] = 3.0
    label = Label("Score", "Score")
    extra = {**VARIABLES, "sante_percue": Variable(label=label, type="number")}
    done = store.append(source("t6.csv"), dataclasses.replace(rows, variables=extra))
    assert [note.code for note in done.notes] == ["A-VAR-01"]
    assert store.answers()["sante_percue"].notna().sum() == 3
    other = {**VARIABLES, "revenu": Variable(label=label, type="text")}
    with pytest.raises(DataError) as error:
        store.append(source("t12.csv"), dataclasses.replace(wave(persons, "T12"), variables=other))
    assert refused(error).code == "E-VAR-02"
    alike = {"Revenu": Variable(label=label, type="number")}
    with pytest.raises(DataError) as error:
        store.append(source("t12.csv"), dataclasses.replace(wave(persons, "T12"), variables=alike))
    assert refused(error).code == "E-VAR-03"


@FILES_ONLY
def test_a_cancelled_batch_is_hidden_and_nothing_is_rewritten(store: Store) -> None:
    fill(store)
    rows = sqlite3.connect(store.folder / "cohorte.sqlite")
    before = rows.execute("SELECT * FROM answers_suivi ORDER BY _id").fetchall()
    store.undo(2, reason="mauvais fichier")
    assert set(store.answers()["wave"]) == {"T0"}
    assert rows.execute("SELECT * FROM answers_suivi ORDER BY _id").fetchall() == before
    rows.close()
    for batch in (2, 9):
        with pytest.raises(DataError) as error:
            store.undo(batch, reason="encore")
        assert refused(error).code == "E-LOT-03"


@FILES_ONLY
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE journal SET author = 'x'",
        "DELETE FROM journal",
        "UPDATE answers_suivi SET revenu = 0",
        "DELETE FROM answers_suivi",
        "DELETE FROM batch",
        "UPDATE batch SET file = 'x'",
        "DELETE FROM cancellation",
        "UPDATE correction SET after = 1",
        "DELETE FROM correction",
        "DELETE FROM person",
        "DELETE FROM erasure",
        "DELETE FROM link",
        "DELETE FROM journal_detail",
        "DELETE FROM opposition",
        "DELETE FROM archive",
    ],
)
def test_what_is_written_stays_written(store: Store, statement: str) -> None:
    persons = fill(store)
    store.correct(persons[0], "revenu", "T0", "1", reason="r")
    store.undo(2, reason="r")
    store.oppose(persons[1])
    store.snapshot()
    store.erase(persons[2], basis="article 17")
    connection = sqlite3.connect(store.folder / "cohorte.sqlite")
    # No batch comes through the door here: a row to protect.
    connection.execute("INSERT INTO link VALUES (1, 2, ?, 'unit', NULL, 'x')", (persons[0],))
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        connection.execute(statement)
    connection.close()


# ------------------------------------------------------------------ corrections


def test_the_last_correction_counts_and_what_was_received_stays(store: Store) -> None:
    persons = fill(store)
    store.correct(persons[0], "revenu", "T0", "1 234,5", reason="erreur de saisie")
    store.correct(persons[0], "revenu", "T0", "1300", reason="encore")
    store.correct(persons[1], "logement", "T0", "", reason="réponse d'un autre")
    store.correct(persons[2], "reprise", "T6", "02/01/2026", reason="date du contrat")
    out = store.answers().set_index(["person", "wave"])
    assert out.loc[(persons[0], "T0"), "revenu"] == 1300
    assert out.loc[(persons[0], "T6"), "revenu"] == 1200
    assert out.loc[(persons[1], "T0"), "logement"] is None
    assert out.loc[(persons[2], "T6"), "reprise"] == pd.Timestamp("2026-01-02")
    kept = store.export(persons[0])
    assert [float(row["before"]) for row in kept["correction"]] == [900.5, 1234.5]
    assert {row["revenu"] for row in kept["answers_suivi"]} == {900.5, 1200.0}


@pytest.mark.parametrize(
    ("variable", "wave_id", "value", "code"),
    [
        ("revenu", "T0", "beaucoup", "E-NUM-03"),
        ("reprise", "T0", "31/02/2025", "E-DAT-01"),
        ("revenu", "T9", "1", "E-COR-01"),
        ("inconnue", "T0", "1", "E-COR-01"),
    ],
)
def test_a_correction_that_cannot_be_is_refused_without_its_value(
    store: Store, variable: str, wave_id: str, value: str, code: str
) -> None:
    persons = fill(store)
    with pytest.raises(DataError) as error:
        store.correct(persons[0], variable, wave_id, value, reason="r")
    assert refused(error).code == code
    assert value == "1" or value not in str(error.value)
    with pytest.raises(DataError) as error:
        store.correct("Jeanne Dupont", "revenu", "T0", "1", reason="r")
    assert refused(error).code == "E-PER-01"
    assert "Dupont" not in str(error.value)


# ------------------------------------------------------------------ the journal


@FILES_ONLY
def test_the_journal_says_who_when_and_why(store: Store) -> None:
    persons = fill(store)
    store.correct(persons[0], "revenu", "T0", "1", reason="erreur de saisie", author="A. B.")
    connection = sqlite3.connect(store.folder / "cohorte.sqlite")
    acts = connection.execute("SELECT act FROM journal ORDER BY seq").fetchall()
    assert [act for (act,) in acts] == ["init", "append", "append", "correct"]
    author, at, detail = connection.execute(
        "SELECT author, at, detail FROM journal JOIN journal_detail USING (seq) ORDER BY seq DESC"
    ).fetchone()
    connection.close()
    assert author == "A. B."
    assert dt.datetime.fromisoformat(at).tzinfo is not None
    assert json.loads(detail)["reason"] == "erreur de saisie"
    assert store.verify() == 4


@FILES_ONLY
@pytest.mark.parametrize(
    ("change", "seq"),
    [
        ("UPDATE journal SET author = 'x' WHERE seq = 2", "2"),
        ("UPDATE journal SET at = '2020-01-01T00:00:00+00:00' WHERE seq = 1", "1"),
        ("UPDATE journal_detail SET detail = '{}' WHERE seq = 3", "3"),
        ("UPDATE journal_detail SET person = NULL WHERE seq = 3", "3"),
        ("DELETE FROM journal_detail WHERE seq = 2", "2"),
        ("DELETE FROM journal WHERE seq = 2", "2"),
        ("UPDATE journal SET seq = 9 WHERE seq = 3", "3"),
    ],
)
def test_a_journal_changed_by_hand_says_where(store: Store, change: str, seq: str) -> None:
    (person,) = people(1)
    store.append(source("t0.csv"), wave([person]))
    store.correct(person, "revenu", "T0", "1", reason="r")
    store.undo(1, reason="r")
    connection = sqlite3.connect(store.folder / "cohorte.sqlite")
    for (trigger,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        connection.execute(f'DROP TRIGGER "{trigger}"')
    connection.execute(change)
    connection.commit()
    connection.close()
    with pytest.raises(StoreError) as error:
        store.verify()
    assert (refused(error).code, refused(error).params["seq"]) == ("E-JRN-01", seq)


# ------------------------------------------------------------------ one person


def test_access_gives_everything_about_one_person_and_nothing_about_others(store: Store) -> None:
    persons = fill(store)
    store.correct(persons[0], "avis", "T0", "CANARI-A", reason="CANARI-B")
    store.correct(persons[1], "avis", "T0", "CANARI-C", reason="CANARI-D")
    text = json.dumps(store.export(persons[0]), default=str)
    assert "CANARI-A" in text
    assert "CANARI-B" in text
    assert "CANARI-C" not in text
    assert persons[1] not in text
    assert store.verify() == 6


@FILES_ONLY
def test_an_erased_person_is_in_no_byte_of_no_file(store: Store) -> None:
    persons = people(30)
    rows = wave(persons)
    rows.frame.loc[7, ["avis", "revenu"]] = ["CANARI-RECU", 77123.25]
    store.append(source("t0.csv"), rows)
    store.append(source("t6.csv"), wave(persons, "T6", avis="autre"))
    store.correct(persons[7], "avis", "T0", "CANARI-CORRIGE", reason="CANARI-RAISON")
    store.oppose(persons[7])
    store.export(persons[7])
    canaries = [b"CANARI", persons[7].encode(), sqlite_real(77123.25)]
    assert all(canary in bytes_of(store.folder) for canary in canaries)
    erased = store.erase(persons[7], basis="RGPD, article 17")
    assert erased.n_rows >= 7
    assert erased.remaining == ()
    assert not [canary for canary in canaries if canary in bytes_of(store.folder)]
    assert len(store.answers()) == 58
    assert store.verify() == 7
    assert persons[7] not in set(store.answers()["person"])
    with pytest.raises(DataError) as error:
        store.erase(persons[7], basis="RGPD, article 17")
    assert refused(error).code == "E-PER-01"


def sqlite_real(value: float) -> bytes:
    return struct.pack(">d", value)


def test_an_erasure_names_the_copies_that_still_hold_the_person(store: Store, tmp_path: Path) -> None:
    persons = fill(store)
    copy = store.backup(tmp_path / "sauvegarde")
    frozen = store.snapshot().folder
    assert store.erase(persons[0], basis="article 17").remaining == (str(copy), str(frozen))


@FILES_ONLY
def test_an_erasure_tells_when_a_reader_keeps_old_pages_alive(store: Store) -> None:
    persons = fill(store)
    reader = sqlite3.connect(store.folder / "cohorte.sqlite", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM answers_suivi").fetchone()
    with pytest.raises(StoreError) as error:
        Store(store.folder, wait=0.1).erase(persons[0], basis="article 17")
    assert refused(error).code == "E-STO-05"
    reader.close()
    store.compact()
    assert persons[0].encode() not in bytes_of(store.folder)
    assert store.verify() == 4


# ------------------------------------------------------------------ copies


def test_a_snapshot_is_frozen_sealed_and_without_those_who_object(store: Store) -> None:
    persons = fill(store)
    store.oppose(persons[0])
    store.oppose(persons[0])
    done = store.snapshot()
    assert done.n_left_out == 1
    manifest = json.loads((done.folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["files"] == done.sha256
    frame = pd.read_parquet(done.folder / "suivi.parquet")
    assert set(frame["person"]) == set(persons[1:])
    assert frame["revenu"].dtype == float
    assert len(store.answers()) == 10
    assert store.snapshot().folder != done.folder
    assert not list(store.folder.rglob("*.part"))


def test_a_backup_gives_the_same_record_back(store: Store, tmp_path: Path) -> None:
    persons = fill(store)
    before = store.answers()
    store.backup(tmp_path / "sauvegarde")
    store.erase(persons[0], basis="article 17")
    again = restore_store(tmp_path / "sauvegarde", tmp_path / "rendu")
    pd.testing.assert_frame_equal(again.answers(), before)
    again.append(source("t12.csv"), wave(persons, "T12"))
    assert again.verify() == 4
    for wrong in (
        lambda: restore_store(tmp_path / "sauvegarde", store.folder),
        lambda: store.backup(store.folder),
    ):
        with pytest.raises(StoreError) as error:
            wrong()
        assert refused(error).code == "E-STO-07"


@FILES_ONLY
def test_a_damaged_backup_is_refused(store: Store, tmp_path: Path) -> None:
    fill(store, 500)
    copy = store.backup(tmp_path / "sauvegarde") / "cohorte.sqlite"
    data = bytearray(copy.read_bytes())
    data[8192 : len(data) // 2] = b"\xff" * (len(data) // 2 - 8192)
    copy.write_bytes(data)
    with pytest.raises(StoreError) as error:
        restore_store(tmp_path / "sauvegarde", tmp_path / "rendu")
    assert refused(error).code == "E-STO-08"


# ------------------------------------------------------------------ conservation


def test_nothing_is_purged_without_a_date(store: Store) -> None:
    fill(store)
    done = store.purge(today=dt.date(2099, 1, 1))
    assert (done.due, done.n_identities, done.n_texts) == (False, 0, 0)
    assert store.verify() == 3


@FILES_ONLY
def test_once_the_date_has_passed_texts_go_and_dates_are_coarsened(store: Store) -> None:
    persons = fill(store)
    store.correct(persons[0], "avis", "T0", "CANARI-CORRIGE", reason="r")
    connection = sqlite3.connect(store.folder / "cohorte.sqlite")
    connection.execute("INSERT INTO retention VALUES ('', '2026-12-31')")
    connection.commit()
    connection.close()
    assert not store.purge(today=dt.date(2026, 12, 31)).due
    told = store.purge(today=dt.date(2027, 1, 1), dry_run=True)
    assert (told.due, told.n_texts, told.n_dates) == (True, 10, 10)
    assert store.answers()["avis"].notna().all()
    assert store.purge(today=dt.date(2027, 1, 1)) == told
    out = store.answers()
    assert out["avis"].isna().all()
    assert out["reprise"].eq(pd.Timestamp("2025-03-01")).all()
    assert out["revenu"].notna().all()
    assert b"CANARI" not in bytes_of(store.folder)
    again = store.purge(today=dt.date(2027, 1, 1))
    assert (again.n_texts, again.n_dates) == (0, 0)
    store.verify()


# ------------------------------------------------------------------ versions and files


@FILES_ONLY
def test_a_folder_without_record_another_file_and_a_newer_record_are_refused(
    store: Store, tmp_path: Path
) -> None:
    with pytest.raises(StoreError) as error:
        open_store(tmp_path / "rien")
    assert refused(error).code == "E-STO-06"
    with pytest.raises(StoreError) as error:
        create_store(store.folder, study="mobilite")
    assert refused(error).code == "E-STO-07"
    connection = sqlite3.connect(store.folder / "cohorte.sqlite")
    connection.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
    connection.close()
    with pytest.raises(StoreError) as error:
        open_store(store.folder)
    assert refused(error).code == "E-STO-04"
    (store.folder / "cohorte.sqlite").write_bytes(b"n'est pas une base" * 100)
    with pytest.raises(StoreError) as error:
        open_store(store.folder)
    assert refused(error).code == "E-STO-08"
    (store.folder / "cohorte.sqlite").unlink()
    sqlite3.connect(store.folder / "cohorte.sqlite").execute("CREATE TABLE x (y)").connection.close()
    with pytest.raises(StoreError) as error:
        open_store(store.folder)
    assert refused(error).code == "E-STO-06"


@FILES_ONLY
def test_a_creation_cut_short_can_be_run_again_and_a_vault_with_people_is_never_replaced(
    store: Store, tmp_path: Path
) -> None:
    other = create_store(tmp_path / "autre", study="mobilite")
    for cut in ("cohorte.sqlite", "coffre.sqlite"):
        (other.folder / cut).rename(other.folder / f"{cut}.part")
        if cut == "coffre.sqlite":
            (other.folder / "cohorte.sqlite").unlink()
        other = create_store(tmp_path / "autre", study="mobilite")
        assert other.verify() == 1
    with sqlite3.connect(other.folder / "coffre.sqlite") as safe:
        safe.execute("INSERT INTO identity VALUES ('P', 1, x'00')")
    safe.close()
    (other.folder / "cohorte.sqlite").unlink()
    with pytest.raises(StoreError) as error:
        create_store(tmp_path / "autre", study="mobilite")
    assert refused(error).code == "E-STO-07"


@FILES_ONLY
def test_an_older_record_is_copied_then_migrated_whole(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(store)
    now = schema.VERSION
    monkeypatch.setattr(schema, "VERSION", now + 1)
    steps = {
        (schema.COHORT_ID, now): lambda c: c.run("CREATE TABLE extra (x);\nINSERT INTO nowhere VALUES (1);\n")
    }
    monkeypatch.setattr(schema, "MIGRATIONS", steps)
    with pytest.raises(sqlite3.OperationalError, match="nowhere"):
        open_store(store.folder)
    connection = sqlite3.connect(store.folder / "cohorte.sqlite")
    assert connection.execute("PRAGMA user_version").fetchone() == (now,)
    assert not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'extra'").fetchall()
    steps = {(schema.COHORT_ID, now): lambda c: c.run("CREATE TABLE extra (x);\n")}
    monkeypatch.setattr(schema, "MIGRATIONS", steps)
    assert len(open_store(store.folder).answers()) == 10
    assert connection.execute("PRAGMA user_version").fetchone() == (now + 1,)
    assert (store.folder / f"cohorte-v{now}.sqlite").is_file()
    connection.close()


def test_a_record_of_the_first_format_opens_with_all_that_it_held(tmp_path: Path) -> None:
    reference = Path(__file__).parent / "reference"
    for name in ("cohorte", "coffre"):
        with sqlite3.connect(tmp_path / f"{name}.sqlite") as connection:
            connection.executescript((reference / f"{name}_v1.sql").read_text(encoding="utf-8"))
        connection.close()
    store = open_store(tmp_path)
    assert (tmp_path / "cohorte-v1.sqlite").is_file()
    answers = store.answers()
    assert answers["revenu"].sort_values().tolist() == [12.5, 901.5, 1200, 1201]
    assert store.verify() == 4
    persons = answers["person"].unique()
    store.append(source("t12.csv"), wave(list(persons), "T12"))
    assert len(store.answers()) == 6
    assert store.purge(dry_run=True, today=dt.date(2030, 1, 2)).due
