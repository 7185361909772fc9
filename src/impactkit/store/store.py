"""The record of the people followed over the years, and its vault: two files in one folder.

Every verb opens what it needs and closes it: no notebook left open holds the record. What is acknowledged is
on the disk; what fails leaves nothing.
"""

from __future__ import annotations

import datetime as dt
import os
import secrets
import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from impactkit.errors import DataError, Problem, StoreError
from impactkit.files.model import Study
from impactkit.store import archive, batches, journal, persons, schema, vault
from impactkit.store.batches import Appended, Source, WaveRows
from impactkit.store.connection import WAIT_SECONDS, compact, connected, transaction
from impactkit.store.door import enter
from impactkit.store.fingerprints import fingerprints
from impactkit.store.instruments import instruments_of
from impactkit.store.keys import Key, create_key, destroy_key, load_key
from impactkit.store.linking import Recognised, identities_of, recognise
from impactkit.store.persons import Erased
from impactkit.store.purge import Purged, purge_due
from impactkit.store.review import Decision, Linker, line_of, read_sheet, write_sheet

RECORD, VAULT = "cohorte.sqlite", "coffre.sqlite"
SNAPSHOTS = "gels"
DEFAULT_INSTRUMENT = "suivi"
_MOST_ROWS_NAMED = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """Who the rows of a file would be.

    Attributes
    ----------
    n_rows, n_left_out, n_to_review : int
        Rows read, rows of nobody or of people who object, links that somebody must decide.
    methods : dict of str to int
        Rows by the way in which they were found; ``"new"`` for people seen for the first time.
    sheet : Path or None
        Where the links to decide are.
    """

    n_rows: int
    methods: dict[str, int]
    n_left_out: int
    n_to_review: int
    sheet: Path | None


@dataclass(frozen=True, slots=True)
class Store:
    """A record of people followed, as `create_store` and `open_store` return it.

    Attributes
    ----------
    folder : Path
        Holds the record, the vault, the snapshots and the sheets to review; for its owner alone.
    """

    folder: Path
    wait: float = WAIT_SECONDS

    # ------------------------------------------------------------------ waves in

    def append(
        self, source: Source, rows: WaveRows, *, author: str | None = None, replace: bool = False
    ) -> Appended:
        """Take in answers of people whose identifiers are known, in one transaction.

        Parameters
        ----------
        source : Source
            The file that they come from; the same bytes twice are refused.
        rows : WaveRows
        author : str, optional
            The session's name by default.
        replace : bool
            Cancel the earlier version of a corrected file.

        Raises
        ------
        DataError
            E-LOT-01, A-LOT-02, E-COH-08, E-VAR-02, E-VAR-03.
        StoreError
        """
        with self._writing() as record:
            return batches.append(record, source, rows, author=journal.author_of(author), replace=replace)

    def import_file(
        self,
        study: Study,
        file: str,
        *,
        instrument: str = DEFAULT_INSTRUMENT,
        author: str | None = None,
        replace: bool = False,
        linker: Linker | None = None,
    ) -> Appended:
        """Read a file of a study, recognise its people, and take its answers in.

        Identities go to the vault, or only their fingerprints when the study says so. Decisions of the sheet
        to review are replayed; while some are wanting, nothing is taken in.

        Parameters
        ----------
        study : Study
        file : str
            Id of the file in the study.
        instrument : str
            The questionnaire: files of one questionnaire share columns.
        linker : callable, optional
            Such as `impactkit.link` on the fields of identities: finds those that fingerprints do not.

        Raises
        ------
        DataError
            What the file has to mend; E-LIE-02 when somebody must decide of links.
        StoreError
        """
        author = journal.author_of(author)
        entering = enter(study, file)
        key = self._key()
        prints = fingerprints(entering.identities, key)
        sheet = self.sheet_of(file)
        fresh = read_sheet(sheet)
        with self._writing() as record, self._sealing() as safe:
            batches.refuse_same_file(record, entering.source)
            vault.forget(safe, _orphans(record, safe))
            decisions = (*_decisions(record), *fresh)
            who = recognise(
                safe,
                key,
                entering.identities,
                prints,
                rows=entering.rows.tolist(),
                linker=linker,
                decisions=decisions,
            )
            if not who.pending:
                appended = self._take_in(
                    record, safe, key, study, entering, prints, who, fresh,
                    instrument=instrument, author=author, replace=replace,
                )  # fmt: skip
        if who.pending:
            write_sheet(sheet, who.shown, decisions, new=who.new, known=who.known)
            params = {"n": len(who.pending), "sheet": str(sheet)}
            raise DataError([Problem(code="E-LIE-02", params=params, file=entering.source.file)])
        sheet.unlink(missing_ok=True)  # it shows names, and its decisions are in the record now
        return appended

    def link_file(self, study: Study, file: str, *, linker: Linker | None = None) -> Links:
        """Recognise the people of a file and take nothing in; links to decide are written for review.

        Raises
        ------
        DataError
            What the file has to mend.
        StoreError
        """
        entering = enter(study, file)
        key = self._key()
        sheet = self.sheet_of(file)
        fresh = read_sheet(sheet)
        prints = fingerprints(entering.identities, key)
        with self._reading() as record, self._vault() as safe:
            decisions = (*_decisions(record), *fresh)
            who = recognise(
                safe,
                key,
                entering.identities,
                prints,
                rows=entering.rows.tolist(),
                linker=linker,
                decisions=decisions,
            )
        if who.pending:
            write_sheet(sheet, who.shown, decisions, new=who.new, known=who.known)
        return Links(
            n_rows=len(who.persons),
            methods=dict(Counter(method for method in who.methods if method)),
            n_left_out=len(who.anonymous) + len(who.opposed),
            n_to_review=len(who.pending),
            sheet=sheet if who.pending else None,
        )

    def _take_in(
        self,
        record: sqlite3.Connection,
        safe: sqlite3.Connection,
        key: Key,
        study: Study,
        entering: Any,
        prints: Any,
        who: Recognised,
        fresh: Sequence[Decision],
        *,
        instrument: str,
        author: str,
        replace: bool,
    ) -> Appended:
        taken = [i for i, person in enumerate(who.persons) if person is not None]
        named = [person for person in who.persons if person is not None]
        kept = {kind: [values[i] for i in taken] for kind, values in prints.items()}
        vault.remember(safe, key, named, kept)
        if study.protection.identities == "vault":
            vault.seal(safe, key, identities_of(entering.identities, who.persons))
        source = Source(
            file=entering.source.file,
            sha256=entering.source.sha256,
            sheet=entering.source.sheet,
            encoding=entering.source.encoding,
            n_rows=entering.source.n_rows,
            n_refused=len(who.persons) - len(taken),
        )
        rows = WaveRows(
            instrument=instrument, variables=entering.variables, frame=entering.long(list(who.persons))
        )
        appended = batches.append(record, source, rows, author=author, replace=replace)
        record.executemany(
            "INSERT INTO link VALUES (?, ?, ?, ?, ?, ?)",
            [
                (appended.batch, int(entering.rows[i]), who.persons[i], who.methods[i], who.scores[i], author)
                for i in taken
            ],
        )
        lines = {line_of(key, row) for row in entering.identities.to_dict("records")} if fresh else set()
        record.executemany(
            "INSERT INTO decision (line, person, choice, initials, note, author, at) VALUES (?,?,?,?,?,?,?)",
            [
                (item.line, item.person, item.choice, item.initials, item.note, author, journal.now())
                for item in fresh
                if item.line in lines
            ],
        )
        _set(record, "retention_until", str(study.protection.retention_until or ""))
        notes = (*entering.notes, *_left_out(entering, who), *appended.notes)
        return Appended(
            batch=appended.batch,
            n_rows=appended.n_rows,
            n_people=appended.n_people,
            n_new=appended.n_new,
            notes=notes,
        )

    def undo(self, batch: int, *, reason: str, author: str | None = None) -> None:
        """Cancel a batch: its rows are hidden from then on, and nothing is rewritten.

        Raises
        ------
        DataError
            E-LOT-03.
        """
        with self._writing() as record:
            batches.undo(record, batch, reason=reason, author=journal.author_of(author), file=RECORD)

    # ------------------------------------------------------------------ one person

    def correct(
        self,
        person: str,
        variable: str,
        wave: str,
        value: str,
        *,
        reason: str,
        instrument: str = DEFAULT_INSTRUMENT,
        author: str | None = None,
    ) -> None:
        """Write what an answer should have been; what was received stays beside it.

        Raises
        ------
        DataError
            E-PER-01, E-COR-01, or what is wrong with the value.
        """
        with self._writing() as record:
            persons.correct(
                record, person, variable, wave, value,
                reason=reason, instrument=instrument, author=journal.author_of(author), file=RECORD,
            )  # fmt: skip

    def export(self, person: str, *, author: str | None = None) -> dict[str, Any]:
        """Return everything that is known of a person, for their request of access; the journal says so.

        Returns
        -------
        dict
            Rows by table, and ``identity`` when the vault holds one.

        Raises
        ------
        DataError
            E-PER-01.
        """
        key = self._key()
        with self._writing() as record, self._sealing() as safe:
            found: dict[str, Any] = dict(persons.everything_about(record, person, file=RECORD))
            (identity,) = vault.unseal(safe, key, [person]).to_dict("records")
            found["identity"] = {str(name): value for name, value in identity.items() if value}
            journal.write_entry(record, "export", author=journal.author_of(author), person=person, detail={})
        return found

    def find(self, identity: dict[str, str]) -> tuple[str, ...]:
        """Return the people who have a fingerprint of this identity, the surest kind first.

        Parameters
        ----------
        identity : dict
            Fields of `impactkit.store.fingerprints.FIELDS`.
        """
        prints = fingerprints(pd.DataFrame([identity]), self._key())
        with self._vault() as safe:
            for kind, (value,) in prints.items():
                found = vault.known_prints(safe, kind).get(value) if value is not None else None
                if found:
                    return tuple(sorted(found))
        return ()

    def oppose(self, person: str, *, author: str | None = None) -> None:
        """Write that a person objects: snapshots leave them out from then on.

        Raises
        ------
        DataError
            E-PER-01.
        """
        with self._writing() as record:
            persons.oppose(record, person, author=journal.author_of(author), file=RECORD)

    def erase(
        self, person: str, *, basis: str, keep_opposition: bool = False, author: str | None = None
    ) -> Erased:
        """Erase a person to the byte, in the record and the vault.

        Parameters
        ----------
        person : str
        basis : str
            Legal ground; it is kept, so no name in it.
        keep_opposition : bool
            Keep fingerprints without identifier, to refuse this person if a file brings them back.

        Returns
        -------
        Erased
            With the snapshots and backups that still hold the person.

        Raises
        ------
        DataError
            E-PER-01.
        StoreError
            E-STO-05 when another session keeps old pages alive: erased, and `compact` must be run again.
        """
        with self._writing() as record, self._sealing() as safe:
            persons.refuse_unknown(record, person, file=RECORD)
            gone = vault.forget(safe, [person], keep_opposition=keep_opposition)
            erased = persons.erase(
                record, person, basis=basis, author=journal.author_of(author), n_vault=gone
            )
        self.compact()
        return erased

    # ------------------------------------------------------------------ the whole

    def answers(self, instrument: str = DEFAULT_INSTRUMENT) -> pd.DataFrame:
        """Return a questionnaire as it stands, one row per person and wave.

        Raises
        ------
        ValueError
            When there is no such questionnaire.
        """
        with self._reading() as record:
            known = instruments_of(record)
            if instrument not in known:
                raise ValueError(
                    f"no instrument {instrument!r}: expected one of {', '.join(known) or 'none yet'}"
                )
            return archive.answers(record, instrument)

    def batches(self) -> pd.DataFrame:
        """Return every batch, one row each, with the date of its cancellation if any."""
        with self._reading() as record:
            return pd.read_sql_query(
                "SELECT b.*, c.at AS cancelled FROM batch b LEFT JOIN cancellation c USING (batch_id)"
                " ORDER BY batch_id",
                record,
            )

    def verify(self) -> int:
        """Check the journal from its first entry, and return how many there are.

        Raises
        ------
        StoreError
            E-JRN-01 with the place where it breaks.
        """
        with self._reading() as record:
            return journal.verify(record, file=RECORD)

    def journal_head(self) -> str:
        """Return the seal of the last entry, to be kept elsewhere."""
        with self._reading() as record:
            return journal.head(record)

    def snapshot(self, *, author: str | None = None) -> archive.Snapshot:
        """Freeze every questionnaire in Parquet files with their SHA-256; people who object are left out."""
        with self._writing() as record:
            return archive.snapshot(record, self.folder / SNAPSHOTS, author=journal.author_of(author))

    def backup(self, folder: Path, *, author: str | None = None) -> Path:
        """Copy the record and the vault, as they are at one moment, into a new folder.

        Raises
        ------
        StoreError
            E-STO-07 when the folder holds a record already.
        """
        folder = Path(folder)
        _refuse_taken(folder)
        folder.mkdir(parents=True, exist_ok=True)
        with self._writing() as record, self._sealing() as safe:
            # What is uncommitted is not copied: the entry about the copy comes with the next one.
            with connected(self.folder / RECORD) as reader:
                sha256 = archive.copy_record(reader, folder / RECORD)
            with connected(self.folder / VAULT) as reader:
                archive.copy_record(reader, folder / VAULT)
            archive.record_archive(
                record, "backup", folder.absolute(), sha256, author=journal.author_of(author)
            )
            del safe
        return folder

    def purge(
        self, *, dry_run: bool = False, today: dt.date | None = None, author: str | None = None
    ) -> Purged:
        """Take identities out once the date of the study's ``retention_until`` has passed.

        Parameters
        ----------
        dry_run : bool
            Say what would go, and do nothing.
        today : date, optional
        """
        with self._writing() as record, self._sealing() as safe:
            done = purge_due(
                record,
                safe,
                today=today or dt.date.today(),
                dry_run=dry_run,
                author=journal.author_of(author),
            )
        if not dry_run:
            self.compact()
        return done

    def compact(self) -> None:
        """Rewrite both files without what was deleted.

        Raises
        ------
        StoreError
            E-STO-05 when another session still reads them.
        """
        for name in (RECORD, VAULT):
            with connected(self.folder / name, wait=self.wait) as connection:
                compact(connection, self.folder / name)

    def rotate_key(self, *, in_keyring: bool = False, author: str | None = None) -> None:
        """Make a new key, seal and fingerprint everybody again under it, and destroy the old one.

        Raises
        ------
        StoreError
            E-CLE-05 when identities were not kept.
        """
        old = self._key()
        new = create_key(self._name(), old.version + 1, record=self.folder, in_keyring=in_keyring)
        try:
            with self._writing() as record, self._sealing() as safe:
                vault.renew(safe, old, new)
                journal.write_entry(
                    record, "rotate", author=journal.author_of(author), detail={"version": new.version}
                )
        except BaseException:
            destroy_key(new.name, new.version)
            raise
        self.compact()
        destroy_key(old.name, old.version)

    def destroy_key(self, *, author: str | None = None) -> None:
        """Destroy the key: nobody can be named nor recognised any more. It cannot be undone."""
        with self._writing() as record, self._vault() as safe:
            version = vault.key_version(safe)
            journal.write_entry(
                record, "destroy_key", author=journal.author_of(author), detail={"version": version}
            )
        destroy_key(self._name(), version)

    def status(self) -> dict[str, Any]:
        """Return counts of the whole record, never of a group: people, batches, decisions wanting."""
        with self._reading() as record, self._vault() as safe:
            counts = {
                name: int(record.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
                for name, table in (
                    ("people", "person"),
                    ("batches", "active_batch"),
                    ("cancelled", "cancellation"),
                    ("corrections", "correction"),
                    ("opposed", "opposition"),
                    ("erasures", "erasure"),
                )
            }
            return {
                **counts,
                "instruments": instruments_of(record),
                "retention_until": _setting(record, "retention_until") or None,
                "in_vault": len(vault.persons_held(safe)),
                "to_review": sorted(str(path) for path in self.folder.glob("a-decider-*.csv")),
                "journal_entries": journal.verify(record, file=RECORD),
                "journal_head": journal.head(record),
            }

    def sheet_of(self, file: str) -> Path:
        """Return where the links to decide of a file are written."""
        return self.folder / f"a-decider-{file}.csv"

    # ------------------------------------------------------------------ connections

    def _name(self) -> str:
        with self._reading() as record:
            return str(_setting(record, "name"))

    def _key(self) -> Key:
        name = self._name()
        with self._vault() as safe:
            key = load_key(name, vault.key_version(safe))
            vault.refuse_other_key(safe, key, file=VAULT)
        return key

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with connected(self.folder / RECORD, wait=self.wait) as record:
            yield record

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._reading() as record, transaction(record):
            yield record

    @contextmanager
    def _vault(self) -> Iterator[sqlite3.Connection]:
        with connected(self.folder / VAULT, wait=self.wait) as safe:
            yield safe

    @contextmanager
    def _sealing(self) -> Iterator[sqlite3.Connection]:
        # Always inside `_writing`: the vault is written before the record is acknowledged, so that a crash
        # between the two leaves identities of nobody, which the next import takes out.
        with self._vault() as safe, transaction(safe):
            yield safe


def create_store(
    folder: str | Path, *, study: str, in_keyring: bool = False, author: str | None = None
) -> Store:
    """Make an empty record, its vault, and their key.

    Parameters
    ----------
    folder : str or Path
        Made for its owner alone; it may exist, without a record.
    study : str
        Id of the study: it names the key's file.
    in_keyring : bool
        Keep the key in the system's keyring (package ``keyring``) and not in a file.

    Returns
    -------
    Store

    Raises
    ------
    StoreError
        E-STO-07 when there is one already, E-STO-02 when the folder cannot be written, E-CLE-04.

    Examples
    --------
    >>> import os, tempfile
    >>> place = tempfile.TemporaryDirectory()
    >>> os.environ["IMPACTKIT_KEYS"] = place.name + "/keys"
    >>> store = create_store(place.name + "/suivi", study="mobilite")
    >>> store.status()["people"]
    0
    >>> del os.environ["IMPACTKIT_KEYS"]; place.cleanup()
    """
    folder = Path(folder)
    _refuse_taken(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError:
        raise StoreError([Problem(code="E-STO-02", file=folder.name)]) from None
    name = f"{study}-{secrets.token_hex(4)}"
    with connected(folder / VAULT, create=True) as safe:
        schema.make(safe, schema.VAULT, application=schema.VAULT_ID)
        key = create_key(name, 1, record=folder, in_keyring=in_keyring)
        with transaction(safe):
            vault.set_key(safe, key)
    # The record comes last: without it, there is no store, and the same command can be run again.
    with connected(folder / RECORD, create=True) as record:
        schema.make(record, schema.COHORT, application=schema.COHORT_ID)
        with transaction(record):
            _set(record, "name", name)
            journal.write_entry(record, "init", author=journal.author_of(author), detail={"study": study})
    for path in (folder / RECORD, folder / VAULT):
        os.chmod(path, 0o600)
    return Store(folder)


def open_store(folder: str | Path, *, wait: float = WAIT_SECONDS) -> Store:
    """Open a record; an older one is brought to this version after a copy is set aside.

    Raises
    ------
    StoreError
        E-STO-06 when there is none, E-STO-04 when a newer impactkit made it, E-STO-08 when it is damaged.
    """
    folder = Path(folder)
    for name, application in ((RECORD, schema.COHORT_ID), (VAULT, schema.VAULT_ID)):
        path = folder / name
        if not path.is_file():
            raise StoreError([Problem(code="E-STO-06", file=name)])
        with connected(path, wait=wait) as connection:
            version = schema.version_of(connection, path, application=application)
            if version < schema.VERSION:
                archive.copy_record(connection, folder / f"{path.stem}-v{version}.sqlite")
                schema.migrate(connection, version)
    return Store(folder, wait)


def restore_store(backup: str | Path, folder: str | Path) -> Store:
    """Make a record again from a backup, in a folder without one.

    Raises
    ------
    StoreError
        E-STO-07 when the folder holds a record, E-STO-08 when the backup is damaged.
    """
    backup, folder = Path(backup), Path(folder)
    _refuse_taken(folder)
    open_store(backup)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name in (VAULT, RECORD):
        archive.restore_record(backup / name, folder / name)
        os.chmod(folder / name, 0o600)
    store = open_store(folder)
    store.verify()
    return store


def _refuse_taken(folder: Path) -> None:
    if (folder / RECORD).exists():
        raise StoreError([Problem(code="E-STO-07", file=RECORD)])


def _set(record: sqlite3.Connection, name: str, value: str) -> None:
    record.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", (name, value))


def _setting(record: sqlite3.Connection, name: str) -> str | None:
    found = record.execute("SELECT value FROM setting WHERE name = ?", (name,)).fetchone()
    return str(found[0]) if found else None


def _orphans(record: sqlite3.Connection, safe: sqlite3.Connection) -> set[str]:
    """Return the people of the vault whom no batch acknowledged."""
    known = {person for (person,) in record.execute("SELECT person FROM person")}
    return vault.persons_held(safe) - known


def _decisions(record: sqlite3.Connection) -> tuple[Decision, ...]:
    rows = record.execute("SELECT line, person, choice, initials, note FROM decision ORDER BY decision_id")
    names = ("line", "person", "choice", "initials", "note")
    return tuple(Decision(**dict(zip(names, row, strict=True))) for row in rows)


def _left_out(entering: Any, who: Recognised) -> Iterator[Problem]:
    """Yield the notes on rows of nobody, and of people who asked not to be there."""
    for code, positions in (("A-LIG-02", who.anonymous), ("E-EFF-01", who.opposed)):
        if positions:
            rows = tuple(int(entering.rows[i]) for i in positions[:_MOST_ROWS_NAMED])
            source = entering.source
            yield Problem(code=code, file=source.file, sheet=source.sheet, rows=rows)
