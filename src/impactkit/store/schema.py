"""The tables of a record, their version, and how an older record becomes this one."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from impactkit.errors import Problem, StoreError
from impactkit.store.connection import Connection, transaction
from impactkit.store.instruments import instruments_of, make_view, table_of

VERSION = 2
# "IKco" and "IKvt": a record is not taken for a vault, nor another program's file for either.
COHORT_ID, VAULT_ID = 0x494B636F, 0x494B7674

# Nothing is ever updated, and nothing deleted but through `passage`, open inside an erasure or a purge only.
_KEPT = (
    "batch", "cancellation", "concern", "person", "enrolment", "event", "spell", "link", "decision",
    "correction", "journal", "journal_detail", "erasure", "archive", "variable", "opposition",
)  # fmt: skip
_MAY_BE_ERASED = frozenset(
    (
        "person",
        "enrolment",
        "event",
        "spell",
        "link",
        "decision",
        "correction",
        "journal_detail",
        "opposition",
    )
)

COHORT = """
CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE passage (open INTEGER PRIMARY KEY CHECK (open = 1));
CREATE TABLE batch (
    batch_id INTEGER PRIMARY KEY, instrument TEXT NOT NULL, file TEXT NOT NULL, sha256 TEXT NOT NULL,
    sheet TEXT, encoding TEXT, n_rows INTEGER NOT NULL, n_refused INTEGER NOT NULL,
    author TEXT NOT NULL, at TEXT NOT NULL, n_repeated INTEGER NOT NULL DEFAULT 0);
CREATE INDEX batch_sha256 ON batch (sha256);
CREATE TABLE cancellation (
    batch_id INTEGER PRIMARY KEY REFERENCES batch, author TEXT NOT NULL, at TEXT NOT NULL);
CREATE VIEW active_batch AS
    SELECT * FROM batch WHERE batch_id NOT IN (SELECT batch_id FROM cancellation);
CREATE TABLE person (person TEXT PRIMARY KEY, batch_id INTEGER NOT NULL REFERENCES batch) WITHOUT ROWID;
CREATE TABLE opposition (person TEXT PRIMARY KEY REFERENCES person, author TEXT NOT NULL, at TEXT NOT NULL);
CREATE TABLE enrolment (
    person TEXT NOT NULL REFERENCES person, batch_id INTEGER NOT NULL REFERENCES batch,
    arm TEXT, entry TEXT, cluster TEXT, weight DOUBLE PRECISION, exit TEXT, household TEXT, birth TEXT,
    PRIMARY KEY (person, batch_id)) WITHOUT ROWID;
CREATE TABLE link (
    batch_id INTEGER NOT NULL REFERENCES batch, row INTEGER NOT NULL, person TEXT NOT NULL REFERENCES person,
    method TEXT NOT NULL, score DOUBLE PRECISION, author TEXT NOT NULL,
    PRIMARY KEY (batch_id, row)) WITHOUT ROWID;
CREATE TABLE decision (
    decision_id INTEGER PRIMARY KEY, line TEXT NOT NULL, person TEXT NOT NULL REFERENCES person,
    choice TEXT NOT NULL CHECK (choice IN ('yes', 'no', 'new')), initials TEXT, note TEXT,
    author TEXT NOT NULL, at TEXT NOT NULL);
CREATE INDEX decision_person ON decision (person);
CREATE INDEX link_person ON link (person);
CREATE TABLE variable (
    instrument TEXT NOT NULL, name TEXT NOT NULL, label_fr TEXT NOT NULL, label_en TEXT NOT NULL,
    type TEXT NOT NULL CHECK (type IN ('number', 'boolean', 'category', 'text', 'date')),
    categories TEXT, batch_id INTEGER NOT NULL REFERENCES batch DEFERRABLE INITIALLY DEFERRED,
    PRIMARY KEY (instrument, name));
CREATE TABLE correction (
    correction_id INTEGER PRIMARY KEY, instrument TEXT NOT NULL, answer_id INTEGER NOT NULL,
    person TEXT NOT NULL REFERENCES person, variable TEXT NOT NULL, before BLOB, after BLOB,
    reason TEXT NOT NULL, author TEXT NOT NULL, at TEXT NOT NULL);
CREATE INDEX correction_answer ON correction (instrument, answer_id, variable);
CREATE INDEX correction_person ON correction (person);
CREATE TABLE journal (
    seq INTEGER PRIMARY KEY, at TEXT NOT NULL, author TEXT NOT NULL, act TEXT NOT NULL,
    commitment TEXT NOT NULL, previous TEXT NOT NULL, sha256 TEXT NOT NULL);
CREATE TABLE journal_detail (
    seq INTEGER PRIMARY KEY REFERENCES journal, person TEXT, salt TEXT NOT NULL, detail TEXT NOT NULL);
CREATE INDEX journal_detail_person ON journal_detail (person);
CREATE TABLE erasure (
    erasure_id INTEGER PRIMARY KEY, basis TEXT NOT NULL, n_rows INTEGER NOT NULL,
    author TEXT NOT NULL, at TEXT NOT NULL);
CREATE TABLE archive (
    archive_id INTEGER PRIMARY KEY, kind TEXT NOT NULL CHECK (kind IN ('snapshot', 'backup')),
    path TEXT NOT NULL, sha256 TEXT NOT NULL, author TEXT NOT NULL, at TEXT NOT NULL);
"""
# Which actions a batch is about and until when each action keeps people; days of events and spells.
_SINCE_2 = """
CREATE TABLE concern (
    batch_id INTEGER NOT NULL REFERENCES batch, action TEXT NOT NULL,
    PRIMARY KEY (batch_id, action)) WITHOUT ROWID;
CREATE TABLE retention (action TEXT PRIMARY KEY, until TEXT NOT NULL);
CREATE TABLE event (
    event_id INTEGER PRIMARY KEY, person TEXT NOT NULL REFERENCES person,
    batch_id INTEGER NOT NULL REFERENCES batch, row INTEGER NOT NULL,
    action TEXT NOT NULL, kind TEXT NOT NULL, day TEXT NOT NULL);
CREATE INDEX event_person ON event (person);
CREATE TABLE spell (
    spell_id INTEGER PRIMARY KEY, person TEXT NOT NULL REFERENCES person,
    batch_id INTEGER NOT NULL REFERENCES batch, row INTEGER NOT NULL,
    action TEXT NOT NULL, kind TEXT NOT NULL, began TEXT NOT NULL, ended TEXT, reason TEXT);
CREATE INDEX spell_person ON spell (person);
"""
COHORT += _SINCE_2
# Each after those that it refers to.
COHORT_TABLES = ("setting", "retention", *_KEPT)
VAULT_TABLES = ("setting", "identity", "fingerprint", "opposed")
# Keys stand first in tables WITHOUT ROWID: SQLite 3.40 finds faults in sound ones where they do not.
VAULT = """
CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE identity (
    person TEXT PRIMARY KEY, key_version INTEGER NOT NULL, sealed BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE fingerprint (
    kind TEXT NOT NULL, value BLOB NOT NULL, person TEXT NOT NULL, key_version INTEGER NOT NULL,
    PRIMARY KEY (kind, value, person)) WITHOUT ROWID;
CREATE INDEX fingerprint_person ON fingerprint (person);
CREATE TABLE opposed (kind TEXT NOT NULL, value BLOB NOT NULL, PRIMARY KEY (kind, value)) WITHOUT ROWID;
"""


def _to_2(connection: Connection) -> None:
    new = ("concern", "event", "spell")
    guards = "".join(connection.guards(table, erasable=table in _MAY_BE_ERASED) for table in new)
    connection.run(_SINCE_2 + guards)
    connection.run("ALTER TABLE batch ADD COLUMN n_repeated INTEGER NOT NULL DEFAULT 0;")
    for name in ("exit", "household", "birth"):
        connection.run(f"ALTER TABLE enrolment ADD COLUMN {name} TEXT;")
    connection.execute(
        "INSERT INTO retention SELECT '', value FROM setting WHERE name = 'retention_until' AND value <> ''"
    )
    for instrument in instruments_of(connection):
        connection.run(f"ALTER TABLE {table_of(instrument)} ADD COLUMN _answered TEXT;")
        make_view(connection, instrument)


# From each older version of a file to the next one: in one transaction, after a copy is set aside.
MIGRATIONS: Mapping[tuple[int, int], Callable[[Connection], None]] = {(COHORT_ID, 1): _to_2}


def make(connection: Connection, statements: str, *, application: int) -> None:
    """Write the tables of an empty database, all or none."""
    if application == COHORT_ID:
        statements += "".join(connection.guards(table, erasable=table in _MAY_BE_ERASED) for table in _KEPT)
    with transaction(connection):
        connection.run(statements)
        connection.mark(application, VERSION)


def version_of(connection: Connection, name: str, *, application: int) -> int:
    """Return the version of a record or a vault.

    Raises
    ------
    StoreError
        E-STO-06 when this is no such thing, E-STO-04 when a newer impactkit made it.
    """
    found, version = connection.marks()
    if found != application:
        raise StoreError([Problem(code="E-STO-06", file=name)])
    if version > VERSION:
        params = {"found": str(version), "known": str(VERSION)}
        raise StoreError([Problem(code="E-STO-04", params=params, file=name)])
    return version


def migrate(connection: Connection, version: int, *, application: int) -> None:
    """Bring an older record to this version, all the way or not at all."""
    with transaction(connection):
        for step in range(version, VERSION):
            if (application, step) in MIGRATIONS:
                MIGRATIONS[application, step](connection)
        connection.mark(application, VERSION)
