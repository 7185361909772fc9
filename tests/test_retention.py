"""Until when each action keeps who people are: what a purge takes out, says before, and leaves nowhere."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from impactkit.files import Study
from impactkit.store import Store
from impactkit.store.retention import dates_of
from store_made import bytes_of, made_store, study_folder

A = "1;Aaanom;Ana;01/02/1980;F;09340;;;oui;1;avis CANARI-UN"
BOTH = "2;Bbbnom;Bob;02/03/1981;M;09340;;;oui;2;avis CANARI-DEUX"
B = "3;Cccnom;Clo;03/04/1982;F;09340;;;oui;3;avis CANARI-TROIS"
Dates = Mapping[str, object]
NONE: Dates = {}
END: Dates = {"retention_until": dt.date(2026, 12, 31)}


@pytest.fixture(params=["files", "server"])
def store(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("IMPACTKIT_KEYS", str(tmp_path / "cles"))
    return made_store(tmp_path / "suivi", request.param, monkeypatch)


def study_of(folder: Path, *, first: Dates = NONE, second: Dates = NONE, protection: str = "") -> Study:
    """Return a study in which one action reads the first file and another the second."""
    study = study_folder(folder, [A, BOTH], [BOTH.replace(";2;", ";4;"), B], protection=protection)
    (action,) = study.actions
    actions = (
        action.model_copy(update={"files": ("entree",), **first}),
        action.model_copy(update={"id": "second", "files": ("sortie",), **second}),
    )
    return study.model_copy(update={"actions": actions})


def fill(store: Store, study: Study) -> None:
    store.import_file(study, "entree", instrument="suivi")
    store.import_file(study, "sortie", instrument="suivi")


def test_only_people_whom_no_other_action_keeps_leave(store: Store, tmp_path: Path) -> None:
    fill(store, study_of(tmp_path / "étude", first=END))
    assert store.purge(today=dt.date(2026, 12, 31)).n_identities == 0
    told = store.purge(today=dt.date(2027, 1, 1), dry_run=True)
    assert [(due.action, due.until, due.due, due.n_leaving) for due in told.actions] == [
        ("mobilite", dt.date(2026, 12, 31), True, 1),
        ("second", None, False, 0),
    ]
    assert (told.n_identities, told.n_texts, told.n_dates) == (1, 2, 0)
    assert (store.status()["in_vault"], store.answers()["avis"].notna().sum()) == (3, 4)
    entries = store.verify()
    assert store.purge(today=dt.date(2027, 1, 1)) == told
    assert store.verify() == entries + 1
    assert store.status()["in_vault"] == 2
    answers = store.answers()
    assert answers.loc[answers["wave"] == "T0", "avis"].isna().all()
    assert sorted(answers.loc[answers["wave"] == "T6", "avis"]) == ["avis CANARI-DEUX", "avis CANARI-TROIS"]
    assert sorted(answers["revenu"]) == [1, 2, 3, 4]  # what cannot name anybody stays
    assert store.find({"last_name": "Bbbnom", "first_name": "Bob", "birth_date": "02/03/1981"})
    assert not store.find({"last_name": "Aaanom", "first_name": "Ana", "birth_date": "01/02/1980"})
    again = store.purge(today=dt.date(2027, 1, 1))
    assert (again.n_identities, again.n_texts, store.verify()) == (0, 0, entries + 1)


def test_the_journal_says_what_went_and_for_which_action(store: Store, tmp_path: Path) -> None:
    fill(store, study_of(tmp_path / "étude", first=END))
    store.purge(today=dt.date(2027, 1, 1), author="A. B.")
    with store._reading() as record:
        act, author, detail = record.execute(
            "SELECT act, author, detail FROM journal JOIN journal_detail USING (seq) ORDER BY seq DESC"
        ).fetchone()
    assert (act, author) == ("purge", "A. B.")
    assert json.loads(detail) == {"identities": 1, "texts": 2, "dates": 0, "actions": ["mobilite"]}


@pytest.mark.parametrize("store", ["files"], indirect=True)
def test_what_is_purged_is_in_no_byte_and_its_copies_are_named(store: Store, tmp_path: Path) -> None:
    study = study_of(tmp_path / "étude", protection="retention_until = 2026-12-31")
    fill(store, study)
    with store._vault() as safe:
        sealed = [row[0] for row in safe.execute("SELECT sealed FROM identity")]
        sealed += [row[0] for row in safe.execute("SELECT value FROM fingerprint")]
    sheet = store.sheet_of("sortie")
    sheet.write_text(f"x;{store.answers()['person'].iloc[0]};Aaanom\n", encoding="utf-8-sig")
    copy, frozen = store.backup(tmp_path / "copie"), store.snapshot().folder
    assert all(value in bytes_of(store.folder) for value in (*sealed, b"CANARI"))
    done = store.purge(today=dt.date(2027, 1, 1))
    assert done.remaining == (str(copy), str(frozen))
    held = b"".join(path.read_bytes() for path in store.folder.iterdir() if path.is_file())
    assert not [value for value in (*sealed, b"CANARI") if value in held]
    assert not sheet.exists()
    assert store.status()["in_vault"] == 0


def test_a_duration_runs_from_the_last_file_of_the_action(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = study_of(
        tmp_path / "étude",
        first={"retention_months": 24},
        second={"retention_months": 6, "retention_until": dt.date(2026, 3, 1)},
    )
    for day, file in (("2025-08-31", "entree"), ("2026-01-31", "sortie")):
        monkeypatch.setattr("impactkit.store.batches.now", lambda day=day: f"{day}T10:00:00+00:00")
        store.import_file(study, file)
    with store._reading() as record:
        assert dates_of(record) == {"mobilite": dt.date(2027, 8, 31), "second": dt.date(2026, 3, 1)}
    assert store.status()["retention"] == {"mobilite": "2027-08-31", "second": "2026-03-01"}
    assert store.purge(today=dt.date(2026, 3, 2)).n_identities == 1
    assert store.purge(today=dt.date(2027, 9, 1)).n_identities == 2


def test_dates_given_to_the_purge_replace_those_of_the_last_import(store: Store, tmp_path: Path) -> None:
    fill(store, study_of(tmp_path / "étude"))
    assert not store.purge(today=dt.date(2099, 1, 1)).due
    dated = study_of(tmp_path / "étude", second=END)
    assert store.purge(study=dated, today=dt.date(2027, 1, 1), dry_run=True).n_identities == 1


def test_a_cancelled_batch_keeps_nobody_and_its_texts_go_with_its_action(
    store: Store, tmp_path: Path
) -> None:
    fill(store, study_of(tmp_path / "étude", second=END))
    store.undo(2, reason="mauvais fichier")
    done = store.purge(today=dt.date(2026, 1, 1))
    assert (done.n_identities, done.n_texts) == (1, 0)
    assert store.purge(today=dt.date(2027, 1, 1)).n_texts == 2
    assert store.answers()["avis"].notna().all()
