"""Nothing acknowledged is lost and nothing is half written: killed, full, locked, read-only."""

from __future__ import annotations

import datetime as dt
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from impactkit.errors import StoreError
from impactkit.store import Store, create_store, open_store
from store_made import bytes_of, fill, people, source, study_folder, wave

TESTS = Path(__file__).parent
ROWS = 400

# Appends waves for ever, and says so after each one that was acknowledged.
WRITER = f"""
import sys
sys.path.insert(0, {str(TESTS)!r})
from impactkit.store import open_store
from store_made import people, source, wave
store, start = open_store(sys.argv[1], wait=60), int(sys.argv[2])
persons = people({ROWS})
print("ready", flush=True)
for i in range(start, start + 100000):
    store.append(source(f"v{{i}}.csv"), wave(persons, f"V{{i}}"))
    print(i, flush=True)
"""


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("IMPACTKIT_KEYS", str(tmp_path / "cles"))
    return create_store(tmp_path / "suivi", study="mobilite")


def kill_writers(store: Store, kills: int) -> int:
    """Kill a writer again and again at random moments, check each time, and return the waves acknowledged."""
    chance = random.Random(1)
    acknowledged: set[str] = set()
    for turn in range(kills):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(store.folder), str(turn * 1_000_000)],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
        # Every other one has written something, however busy the machine is.
        first = writer.stdout.readline() if turn % 2 else ""
        time.sleep(chance.uniform(0.0, 0.25))
        writer.send_signal(signal.SIGKILL)
        said = [line for line in (first + writer.stdout.read()).split("\n")[:-1] if line]
        writer.wait()
        acknowledged |= {f"V{line}" for line in said}
        with sqlite3.connect(store.folder / "cohorte.sqlite") as record:
            try:
                waves = dict(record.execute("SELECT _wave, count(*) FROM answers_suivi GROUP BY _wave"))
            except sqlite3.OperationalError:  # killed before the first wave
                waves = {}
            (sound,) = record.execute("PRAGMA integrity_check").fetchone()
        record.close()
        assert sound == "ok"
        assert acknowledged <= set(waves)
        assert set(waves.values()) <= {ROWS}
        assert len(open_store(store.folder).batches()) == len(waves)
        assert store.verify() == len(waves) + 1
    return len(acknowledged)


def test_a_killed_writer_loses_nothing_acknowledged_and_leaves_no_partial_wave(store: Store) -> None:
    assert kill_writers(store, 8) > 0


@pytest.mark.slow
def test_a_hundred_killed_writers_lose_nothing(store: Store) -> None:
    assert kill_writers(store, 100) >= 50


IMPORTER = f"""
import sys
sys.path.insert(0, {str(TESTS)!r})
from pathlib import Path
from impactkit.store import open_store
from store_made import study_folder
store, start = open_store(sys.argv[1], wait=60), int(sys.argv[2])
folder = Path(sys.argv[1]).parent / "étude"
print("ready", flush=True)
for i in range(start, start + 1000):
    lines = [f"{{i}}-{{j}};Petit{{chr(97 + j % 26)}}{{i}};Zoé;01/02/2001;F;;;;oui;1;" for j in range(100)]
    store.import_file(study_folder(folder, lines), "entree")
    print(i, flush=True)
"""


def test_a_killed_import_leaves_no_identity_of_nobody_once_the_next_one_is_done(store: Store) -> None:
    chance = random.Random(2)
    acknowledged = 0
    for turn in range(5):
        words = [sys.executable, "-c", IMPORTER, str(store.folder), str(turn * 1000)]
        writer = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
        time.sleep(chance.uniform(0.1, 0.5))
        writer.kill()
        acknowledged += len([line for line in writer.stdout.read().split("\n")[:-1] if line])
        writer.wait()
        status = open_store(store.folder).status()
        assert status["people"] % 100 == 0
        assert status["people"] >= 100 * acknowledged
        assert status["in_vault"] >= status["people"]
    # What a crash left of people who are not in the record goes with the next import.
    last = subprocess.run(
        [sys.executable, "-c", IMPORTER.replace("+ 1000", "+ 1"), str(store.folder), "9000"], check=True
    )
    assert last.returncode == 0
    status = open_store(store.folder).status()
    assert status["in_vault"] == status["people"]


PURGER = """
import datetime, sys
from impactkit.store import open_store
store = open_store(sys.argv[1], wait=60)
print("ready", flush=True)
store.purge(today=datetime.date(2027, 1, 1))
print("purged", flush=True)
"""


def test_a_killed_purge_is_finished_by_the_next_one_and_the_journal_holds(
    store: Store, tmp_path: Path
) -> None:
    chance = random.Random(4)
    for turn in range(6):
        lines = [
            f"{turn}-{j};Petit{chr(97 + j % 26)}{turn};Zoé;01/02/2001;F;;;;oui;1;avis" for j in range(200)
        ]
        study = study_folder(tmp_path / "étude", lines, protection="retention_until = 2026-12-31")
        store.import_file(study, "entree", replace=True)
        words = [sys.executable, "-c", PURGER, str(store.folder)]
        purger = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
        assert purger.stdout is not None
        assert purger.stdout.readline() == "ready\n"
        time.sleep(chance.uniform(0.0, 0.15))
        purger.kill()
        acknowledged = "purged" in purger.stdout.read()
        purger.wait()
        again = open_store(store.folder)
        assert again.verify()
        texts = again.answers()["avis"].notna().sum()
        assert texts in (0, 200)  # all of it or nothing
        if acknowledged:
            assert (texts, again.status()["in_vault"]) == (0, 0)
        again.purge(today=dt.date(2027, 1, 1))
        assert again.answers()["avis"].isna().all()
        assert again.status()["in_vault"] == 0
        assert f"Petita{turn}".encode() not in bytes_of(store.folder)


def test_a_second_writer_waits_then_is_told(store: Store) -> None:
    fill(store)
    other = sqlite3.connect(store.folder / "cohorte.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    start = time.monotonic()
    with pytest.raises(StoreError) as error:
        open_store(store.folder, wait=0.3).append(source("t12.csv"), wave(people(2), "T12"))
    assert time.monotonic() - start >= 0.3
    assert [problem.code for problem in error.value.problems] == ["E-STO-03"]
    assert len(store.answers()) == 10  # readers go on
    other.execute("ROLLBACK")
    other.close()
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


@pytest.mark.parametrize("room", [0, 4096, 100_000])
def test_a_full_disk_is_told_and_leaves_the_record_as_it_was(store: Store, room: int) -> None:
    """The size of files is limited as a full disk would limit it, in a process of its own."""
    fill(store)
    code = f"""
import resource, sys
sys.path.insert(0, {str(TESTS)!r})
from pathlib import Path
from impactkit.errors import StoreError
from impactkit.store import open_store
from store_made import people, source, wave
store = open_store(sys.argv[1])
rows = wave(people(20000), "T12")
resource.setrlimit(resource.RLIMIT_FSIZE, ({room}, {room}))
try:
    store.append(source("t12.csv"), rows)
except StoreError as error:
    print([problem.code for problem in error.problems])
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(store.folder)], capture_output=True, text=True, check=True
    )
    assert done.stdout == "['E-STO-01']\n", done.stderr
    again = open_store(store.folder)
    assert len(again.answers()) == 10
    again.append(source("t12.csv"), wave(people(2), "T12"))
    assert again.verify() == 4


def test_a_folder_that_cannot_be_written_is_told(store: Store, tmp_path: Path) -> None:
    fill(store)
    code = f"""
import os, sys
sys.path.insert(0, {str(TESTS)!r})
from impactkit.errors import StoreError
from impactkit.store import create_store, open_store
from store_made import people, source, wave
if os.getuid() == 0:  # nothing is forbidden to root
    os.setgid(65534); os.setuid(65534)
for attempt in (
    lambda: open_store(sys.argv[1]).append(source("t12.csv"), wave(people(2), "T12")),
    lambda: create_store(sys.argv[1] + "/autre", study="x"),
):
    try:
        attempt()
    except StoreError as error:
        print([problem.code for problem in error.problems])
"""
    for path in store.folder.iterdir():
        path.chmod(0o444)
    store.folder.chmod(0o555)
    parents = [
        path for path in store.folder.parents if path.stat().st_uid == os.getuid() and path != Path("/")
    ]
    modes = {path: path.stat().st_mode for path in parents}
    for path in parents:
        path.chmod(modes[path] | 0o055)
    try:
        done = subprocess.run([sys.executable, "-c", code, str(store.folder)], capture_output=True, text=True)
    finally:
        for path, mode in modes.items():
            path.chmod(mode)
        store.folder.chmod(0o700)
    assert done.stdout == "['E-STO-02']\n['E-STO-02']\n", done.stderr
