"""A record on a PostgreSQL server: what differs from files; the rest is in the record's own tests."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
import traceback
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import postgres_server
from impactkit.cli.app import run_command
from impactkit.errors import Problem, StoreError
from impactkit.store import Store, create_store, open_store, restore_store
from store_made import fill, made_store, people, service, source, study_folder, wave
from test_store_crash import ROWS, WRITER
from test_store_identity import ENTREE, SORTIE


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("IMPACTKIT_KEYS", str(tmp_path / "cles"))
    return made_store(tmp_path / "suivi", "server", monkeypatch)


def session(**more: str) -> Any:
    """Connect as an administrator would, beside the record."""
    import psycopg

    return psycopg.connect(f"service={postgres_server.SERVICE}", autocommit=True, **more)


def refused(error: pytest.ExceptionInfo[StoreError]) -> Problem:
    (problem,) = error.value.problems
    assert problem.text("fr")
    assert problem.text("en")
    return problem


def schema_of(store: Store) -> str:
    return store.place.name_of("record")


# ------------------------------------------------------------------ what is written stays


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE journal SET author = 'x'",
        "DELETE FROM journal",
        "UPDATE answers_suivi SET revenu = 0",
        "DELETE FROM answers_suivi",
        "UPDATE batch SET file = 'x'",
        "DELETE FROM correction",
        "DELETE FROM person",
        "DELETE FROM journal_detail",
    ],
)
def test_what_is_written_stays_written(store: Store, statement: str) -> None:
    persons = fill(store)
    store.correct(persons[0], "revenu", "T0", "1", reason="r")
    import psycopg

    with (
        session(options=f"-c search_path={schema_of(store)}") as other,
        pytest.raises(psycopg.errors.RaiseException, match="append-only"),
    ):
        other.execute(statement)


def test_an_erased_person_is_in_no_file_of_the_tables(store: Store) -> None:
    persons = people(30)
    rows = wave(persons)
    canary = f"CANARI-{persons[7]}"  # other records of the server have theirs
    rows.frame.loc[7, "avis"] = f"{canary}-recu"
    store.append(source("t0.csv"), rows)
    store.correct(persons[7], "avis", "T0", f"{canary}-corrige", reason=f"{canary}-raison")
    tables = Path(os.environ[postgres_server.FOLDER]) / "data" / "base"
    if not os.access(tables, os.R_OK):
        pytest.skip("the server's files are another user's")

    def held() -> bytes:
        with session() as other:
            other.execute("CHECKPOINT")
        return b"".join(path.read_bytes() for path in tables.rglob("*") if path.is_file())

    assert persons[7].encode() in held()
    store.erase(persons[7], basis="RGPD, article 17")
    assert persons[7].encode() not in held()
    assert len(store.answers()) == 29


# ------------------------------------------------------------------ several at once, killed, cut


def test_a_second_writer_waits_then_is_told(store: Store) -> None:
    fill(store)
    with store._writing():
        start = time.monotonic()
        with pytest.raises(StoreError) as error:
            open_store(store.folder, wait=0.3).append(source("t12.csv"), wave(people(2), "T12"))
        assert time.monotonic() - start >= 0.3
        assert refused(error).code == "E-STO-03"
        assert len(store.answers()) == 10  # readers go on
    store.append(source("t12.csv"), wave(people(2), "T12"))


def test_two_writers_at_once_both_end_well(store: Store) -> None:
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER.replace("100000", "5"), str(store.folder), str(start)],
            stdout=subprocess.DEVNULL,
        )
        for start in (0, 1000)
    ]
    assert [writer.wait(timeout=120) for writer in writers] == [0, 0]
    assert len(store.answers()) == 10 * ROWS
    assert store.verify() == 11


@pytest.mark.parametrize("kills", [5, pytest.param(100, marks=pytest.mark.slow)])
def test_a_killed_writer_loses_nothing_acknowledged_and_leaves_no_partial_wave(
    store: Store, kills: int
) -> None:
    chance = random.Random(3)
    acknowledged: set[str] = set()
    for turn in range(kills):
        words = [sys.executable, "-c", WRITER, str(store.folder), str(turn * 1_000_000)]
        writer = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
        first = writer.stdout.readline() if turn % 2 else ""  # a slow machine acknowledges something too
        time.sleep(chance.uniform(0.0, 0.4))
        writer.send_signal(signal.SIGKILL)
        said = (first + writer.stdout.read()).split("\n")[:-1]
        writer.wait()
        acknowledged |= {f"V{line}" for line in said if line}
        again = open_store(store.folder, wait=60)
        waves = again.answers()["wave"].value_counts() if len(again.batches()) else pd.Series(dtype=int)
        assert acknowledged <= set(waves.index)
        assert set(waves) <= {ROWS}
        assert again.verify() == len(again.batches()) + 1
    assert acknowledged


def test_a_connection_cut_leaves_nothing_and_says_so(store: Store) -> None:
    persons = fill(store)

    def cut() -> None:
        with store._writing() as record:
            record.execute("INSERT INTO opposition VALUES (?, 'x', 'y')", (persons[0],))
            (number,) = record.execute("SELECT pg_backend_pid()").fetchone()
            with session() as other:
                other.execute("SELECT pg_terminate_backend(%s)", (number,))
            record.execute("SELECT 1")

    with pytest.raises(StoreError) as error:
        cut()
    assert refused(error).code == "E-STO-10"
    assert store.status()["opposed"] == 0


# ------------------------------------------------------------------ from files to a server and back


def test_a_record_moves_to_a_server_and_back(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = study_folder(tmp_path / "étude", ENTREE, SORTIE)
    store.import_file(study, "entree")
    persons = store.answers()["person"].tolist()
    store.correct(persons[0], "revenu", "T0", "12,5", reason="r")
    store.correct(persons[1], "avis", "T0", "revu", reason="r")
    before = store.answers()
    files = restore_store(store.backup(tmp_path / "copie"), tmp_path / "fichiers")
    pd.testing.assert_frame_equal(files.answers(), before)
    assert files.import_file(study, "sortie").n_new == 0
    files.correct(persons[2], "emploi", "T6", "non", reason="r")
    name = files._name().rpartition("-")[0]
    with session() as other:
        other.execute(f'DROP SCHEMA "{name}" CASCADE; DROP SCHEMA "{name}_coffre" CASCADE')
    back = restore_store(
        files.backup(tmp_path / "autre copie"), tmp_path / "serveur", postgres=postgres_server.SERVICE
    )
    pd.testing.assert_frame_equal(back.answers(), files.answers())
    back.correct(persons[2], "emploi", "T6", "oui", reason="numbers go on after those copied")
    assert back.verify() == files.verify()  # this correction here, the copy's own entry there
    assert back.export(persons[0])["identity"] == files.export(persons[0])["identity"]
    with pytest.raises(StoreError) as error:
        restore_store(tmp_path / "copie", tmp_path / "encore", postgres=postgres_server.SERVICE)
    assert refused(error).code == "E-STO-07"


def test_somebody_elses_schema_is_never_written_over(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = f"{schema_of(store)}_x"
    with session() as other:
        other.execute(f'CREATE SCHEMA "{taken}"; CREATE TABLE "{taken}".a_eux (x int)')
    for study in (taken, schema_of(store)):
        with pytest.raises(StoreError) as error:
            create_store(tmp_path / "autre", study=study, postgres=postgres_server.SERVICE)
        assert refused(error).code == "E-STO-07"
    with session() as other:
        assert other.execute(f'SELECT count(*) FROM "{taken}".a_eux').fetchone() == (0,)


# ------------------------------------------------------------------ what is refused, in whose words


def test_the_vault_can_be_kept_from_those_who_analyse(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(store)
    name, secret = f"{schema_of(store)}_lecture", "CANARI-MOT-DE-PASSE"
    with session() as other:
        other.execute(f"CREATE ROLE \"{name}\" LOGIN PASSWORD '{secret}'")
        other.execute(f'GRANT USAGE ON SCHEMA "{schema_of(store)}" TO "{name}"')
        other.execute(f'GRANT SELECT ON ALL TABLES IN SCHEMA "{schema_of(store)}" TO "{name}"')
    folder = Path(os.environ[postgres_server.FOLDER])
    services = (folder / "services").read_text(encoding="utf-8")
    port = next(line for line in services.splitlines() if line.startswith("port=")).removeprefix("port=")
    passwords = tmp_path / "passwords"
    passwords.touch(0o600)

    def connect_with(password: str) -> None:
        passwords.write_text(f"127.0.0.1:{port}:*:{name}:{password}\n", encoding="utf-8")
        (tmp_path / "services").write_text(
            services.replace("user=essai", f"user={name}").replace(str(folder / "passwords"), str(passwords)),
            encoding="utf-8",
        )
        monkeypatch.setenv("PGSERVICEFILE", str(tmp_path / "services"))

    connect_with(secret)
    assert len(open_store(store.folder, vault=False).answers()) == 10
    for attempt, code in (
        (lambda: open_store(store.folder), "E-STO-12"),
        (store.status, "E-STO-12"),
        (lambda: store.append(source("t12.csv"), wave(people(2), "T12")), "E-STO-12"),
    ):
        with pytest.raises(StoreError) as error:
            attempt()
        assert refused(error).code == code
    connect_with("CANARI-FAUX")
    with pytest.raises(StoreError) as error:
        store.answers()
    assert refused(error).code == "E-STO-10"
    told = "".join(traceback.format_exception(error.value))
    assert "CANARI" not in told
    assert port not in told


def test_what_the_server_says_of_a_value_is_not_repeated(store: Store) -> None:
    rows = wave(people(2))
    rows.frame["avis"] = ["CANARI\x00", "CANARI"]  # no text of PostgreSQL holds this sign
    with pytest.raises(StoreError) as error:
        store.append(source("t0.csv"), rows)
    assert refused(error).code == "E-STO-13"
    assert "CANARI" not in "".join(traceback.format_exception(error.value))
    assert len(store.batches()) == 0


def test_the_file_that_names_the_server_holds_no_secret(store: Store) -> None:
    (said,) = store.folder.iterdir()
    assert said.name == "serveur.toml"
    assert said.read_text(encoding="utf-8") == (
        f'service = "{postgres_server.SERVICE}"\nschema = "{schema_of(store)}"\n'
    )


def test_a_server_that_does_not_answer_a_library_that_is_not_there_and_a_file_that_is_not_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "serveur.toml").write_text('service = "absent"\nschema = "x"\n', encoding="utf-8")
    monkeypatch.setenv("PGSERVICEFILE", str(tmp_path / "services"))
    (tmp_path / "services").write_text("[absent]\nhost=127.0.0.1\nport=1\n", encoding="utf-8")
    try:
        import psycopg  # noqa: F401
    except ImportError:
        pass
    else:
        with pytest.raises(StoreError) as error:
            open_store(tmp_path, wait=0.1)
        assert refused(error).code == "E-STO-10"
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(StoreError) as error:
        open_store(tmp_path)
    assert refused(error).code == "E-STO-11"
    (tmp_path / "serveur.toml").write_text('schema = "x"\n', encoding="utf-8")
    with pytest.raises(StoreError) as error:
        open_store(tmp_path)
    assert refused(error).code == "E-STO-06"


# ------------------------------------------------------------------ commands


def test_the_commands_work_on_a_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    name = service(monkeypatch)
    monkeypatch.setenv("IMPACTKIT_LANG", "fr")
    monkeypatch.setenv("IMPACTKIT_KEYS", str(tmp_path / "cles"))
    monkeypatch.chdir(tmp_path)
    study_folder(tmp_path / "étude", ENTREE, SORTIE)
    text = (tmp_path / "étude" / "study.toml").read_text(encoding="utf-8")
    own = f"essai_{tmp_path.name.replace('-', '_')}_{os.getpid()}"[:50].lower().rstrip("_")
    (tmp_path / "étude" / "study.toml").write_text(
        text.replace('id = "mobilite"\ntitle', f'id = "{own}"\ntitle', 1), encoding="utf-8"
    )
    assert run_command(["cohort", "init", "suivi", "étude", "--postgres", name]) == 0
    assert run_command(["cohort", "import", "suivi", "étude", "--file", "entree"]) == 0
    assert run_command(["cohort", "status", "suivi"]) == 0
    assert "Personnes : 3" in capsys.readouterr().out.replace("\u00a0", " ")
    assert run_command(["cohort", "backup", "suivi", "--out", "copie"]) == 0
    assert run_command(["cohort", "restore", "copie", "fichiers"]) == 0
    assert len(open_store("fichiers").answers()) == 3
    assert run_command(["cohort", "restore", "copie", "serveur", "--postgres", name]) == 9
    assert "E-STO-07" in capsys.readouterr().err
