"""The record of the people followed over the years, and its vault: two files in one folder.

Every verb opens what it needs and closes it: no notebook left open holds the record. What is acknowledged is
on the disk; what fails leaves nothing.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from impactkit.disclosure.discreet import discreet
from impactkit.errors import DataError, Problem
from impactkit.files.model import Study, Variable
from impactkit.store import archive, batches, copying, journal, persons, retention, vault
from impactkit.store.batches import FACTS, Appended, Source, WaveRows
from impactkit.store.connection import WAIT_SECONDS, Connection, Place, transaction
from impactkit.store.door import Entering, EnteringTimeline, enter, enter_timeline
from impactkit.store.fingerprints import fingerprints
from impactkit.store.instruments import instruments_of
from impactkit.store.keys import Key, create_key, destroy_key, load_key
from impactkit.store.linking import Recognised, recognise
from impactkit.store.persons import Erased
from impactkit.store.place import SNAPSHOTS, place_of, refuse_taken, setting
from impactkit.store.purge import Purged, purge_due
from impactkit.store.questionnaire import only_questionnaire, questionnaire_of, questionnaire_with
from impactkit.store.review import (
    Decision,
    Linker,
    destroy,
    destroy_sheets,
    read_sheet,
    sheet_of,
    sheets_in,
    sheets_of,
)
from impactkit.store.review_sheet import write_sheet
from impactkit.store.taken import Taken, sha256_of, taken
from impactkit.store.taking_in import Links, decisions_of, orphans, take_in
from impactkit.store.timelines import timeline_of


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

    @property
    def place(self) -> Place:
        """Where the record and its vault are: files of the folder, or a server."""
        return place_of(self.folder)

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
        instrument: str | None = None,
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
            Id of the file in the study, or of a timeline: events and spells come in the same way.
        instrument : str, optional
            The questionnaire: files of one questionnaire share columns. By default the id of the action that
            reads the file, ``"suivi"`` where several do; what came in already keeps its own.
        linker : callable, optional
            Such as `impactkit.link` on the fields of identities: finds those that fingerprints do not.

        Raises
        ------
        DataError
            What the file has to mend; E-LIE-02 when somebody must decide of links.
        StoreError
        """
        author = journal.author_of(author)
        entering = self._at_the_door(study, file)
        key = self._key()
        prints = fingerprints(entering.identities, key)
        fresh = self._decided(file)
        with self._writing() as record, self._sealing() as safe:
            batches.refuse_same_file(record, entering.source)
            vault.forget(safe, orphans(record, safe))
            decisions = (*decisions_of(record), *fresh)
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
                appended = take_in(
                    record, safe, key, study, entering, prints, who, fresh,
                    file=file, instrument=instrument or questionnaire_of(record, study, file), author=author,
                    replace=replace,
                )  # fmt: skip
        if who.pending:
            sheet = self._ask(file, who, decisions)
            params = {"n": len(who.pending), "sheet": str(sheet)}
            raise DataError([Problem(code="E-LIE-02", params=params, file=entering.source.file)])
        # It shows names, and its decisions are in the record now; what is taken in stays so.
        still = []
        for sheet in sheets_of(self.folder, file):
            try:
                destroy(sheet)
            except DataError:
                still.append(Problem(code="A-LIE-02", file=sheet.name))
        return dataclasses.replace(appended, notes=(*appended.notes, *still))

    @staticmethod
    def _at_the_door(study: Study, file: str) -> Entering | EnteringTimeline:
        if any(timeline.id == file for timeline in study.timelines):
            return enter_timeline(study, study.timeline(file))
        return enter(study, file)

    def link_file(self, study: Study, file: str, *, linker: Linker | None = None) -> Links:
        """Recognise the people of a file and take nothing in; links to decide are written for review.

        Raises
        ------
        DataError
            What the file has to mend.
        StoreError
        """
        entering = self._at_the_door(study, file)
        key = self._key()
        fresh = self._decided(file)
        prints = fingerprints(entering.identities, key)
        with self._reading() as record, self._vault() as safe:
            decisions = (*decisions_of(record), *fresh)
            who = recognise(
                safe,
                key,
                entering.identities,
                prints,
                rows=entering.rows.tolist(),
                linker=linker,
                decisions=decisions,
            )
        sheet = self._ask(file, who, decisions) if who.pending else None
        return Links(
            n_rows=len(who.persons),
            methods=dict(Counter(method for method in who.methods if method)),
            n_left_out=len(who.anonymous) + len(who.opposed),
            n_to_review=len(who.pending),
            sheet=sheet,
        )

    def undo(self, batch: int, *, reason: str, author: str | None = None) -> None:
        """Cancel a batch: its rows are hidden from then on, and nothing is rewritten.

        Raises
        ------
        DataError
            E-LOT-03.
        """
        with self._writing() as record:
            batches.undo(
                record,
                batch,
                reason=reason,
                author=journal.author_of(author),
                file=self._named,
            )

    # ------------------------------------------------------------------ one person

    def correct(
        self,
        person: str,
        variable: str,
        wave: str,
        value: str,
        *,
        reason: str,
        instrument: str | None = None,
        author: str | None = None,
    ) -> None:
        """Write what an answer should have been; what was received stays beside it.

        Parameters
        ----------
        instrument : str, optional
            The questionnaire, where the person answered this in two of them at this wave.

        Raises
        ------
        DataError
            E-PER-01, E-COR-01, or what is wrong with the value.
        """
        with self._writing() as record:
            persons.correct(
                record, person, variable, wave, value,
                reason=reason, instrument=instrument or questionnaire_with(record, person, variable, wave),
                author=journal.author_of(author), file=self._named,
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
            found: dict[str, Any] = dict(persons.everything_about(record, person, file=self._named))
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

    def identities(self) -> pd.DataFrame:
        """Return who everyone is: to look for them in files about to be sent, never for analysis.

        Returns
        -------
        DataFrame
            ``person`` and the fields of `impactkit.store.fingerprints.FIELDS`, unknown ones empty.
        """
        with self._vault() as safe:
            return discreet(vault.unseal(safe, self._key()))

    def oppose(self, person: str, *, author: str | None = None) -> None:
        """Write that a person objects: snapshots leave them out from then on.

        Raises
        ------
        DataError
            E-PER-01.
        """
        with self._writing() as record:
            persons.oppose(record, person, author=journal.author_of(author), file=self._named)

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
            persons.refuse_unknown(record, person, file=self._named)
            gone = vault.forget(safe, [person], keep_opposition=keep_opposition)
            erased = persons.erase(
                record, person, basis=basis, author=journal.author_of(author), n_vault=gone
            )
        destroy_sheets(self.folder, [person])
        self.compact()
        return Erased(n_rows=erased.n_rows, remaining=(*erased.remaining, *self._older_copies()))

    # ------------------------------------------------------------------ the whole

    def answers(self, instrument: str | None = None) -> pd.DataFrame:
        """Return a questionnaire as it stands, one row per person and wave; the only one by default.

        Raises
        ------
        ValueError
            When there is no such questionnaire.
        """
        with self._reading() as record:
            known = instruments_of(record)
            instrument = instrument or only_questionnaire(record)
            if instrument not in known:
                raise ValueError(
                    f"no instrument {instrument!r}: expected one of {', '.join(known) or 'none yet'}"
                )
            return discreet(archive.answers(record, instrument))

    def taken(
        self,
        file: str,
        variables: Mapping[str, Variable],
        *,
        sheet: str | None = None,
        facts: Collection[str] = tuple(FACTS),
    ) -> Taken:
        """Return what came in of a file of the study, as it stands; people who object are left out.

        Raises
        ------
        DataError
            E-LOT-04, E-VAR-02, E-VAR-04.
        """
        with self._reading() as record:
            return taken(record, file, variables, sheet=sheet, facts=facts)

    def sha256_of(self, file: str, *, sheet: str | None = None) -> str:
        """Return the fingerprint of a file of the study that came in, without reading its answers.

        Raises
        ------
        DataError
            E-LOT-04, E-LOT-05.
        """
        with self._reading() as record:
            return sha256_of(record, file, sheet=sheet)

    def events(self) -> pd.DataFrame:
        """Return the dated events, one row each, of everybody who does not object.

        Returns
        -------
        DataFrame
            ``person``, ``action``, ``kind``, ``day``.
        """
        with self._reading() as record:
            rows = timeline_of(record, "events")
        return discreet(rows[["person", "action", "kind", "start"]].rename(columns={"start": "day"}))

    def spells(self) -> pd.DataFrame:
        """Return the spells, one row each, of everybody who does not object.

        Returns
        -------
        DataFrame
            ``person``, ``action``, ``kind``, ``start``, ``end`` (missing while it lasts), ``reason``.
        """
        with self._reading() as record:
            rows = timeline_of(record, "spells")
        return discreet(rows[["person", "action", "kind", "start", "end", "reason"]])

    def batches(self) -> pd.DataFrame:
        """Return every batch, one row each, with the date of its cancellation if any."""
        with self._reading() as record:
            rows = record.execute(
                "SELECT b.*, c.at AS cancelled FROM batch b LEFT JOIN cancellation c USING (batch_id)"
                " ORDER BY batch_id"
            )
            names = [column[0] for column in rows.description]
            return discreet(pd.DataFrame(rows.fetchall(), columns=names))

    def verify(self) -> int:
        """Check the journal from its first entry, and return how many there are.

        Raises
        ------
        StoreError
            E-JRN-01 with the place where it breaks.
        """
        with self._reading() as record:
            return journal.verify(record, file=self._named)

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
        refuse_taken(folder)
        folder.mkdir(parents=True, exist_ok=True)
        with self._writing() as record, self._sealing() as safe:
            # What is uncommitted is not copied: the entry about the copy comes with the next one.
            sha256 = copying.save(self.place, "record", folder)
            copying.save(self.place, "vault", folder)
            archive.record_archive(
                record, "backup", folder.absolute(), sha256, author=journal.author_of(author)
            )
            del safe
        return folder

    def purge(
        self,
        *,
        study: Study | None = None,
        dry_run: bool = False,
        today: dt.date | None = None,
        author: str | None = None,
    ) -> Purged:
        """Take out to the byte the identities that no action may keep any longer, and what could still name.

        Parameters
        ----------
        study : Study, optional
            Its dates of conservation replace those of the last import.
        dry_run : bool
            Say what would go, and do nothing.
        today : date, optional

        Raises
        ------
        StoreError
            E-STO-05 when another session keeps old pages alive: purged, and `compact` must be run again.
        """
        with self._trying() if dry_run else self._writing() as record, self._sealing() as safe:
            if study is not None:
                retention.write_dates(record, study)
            done, gone = purge_due(
                record,
                safe,
                today=today or dt.date.today(),
                dry_run=dry_run,
                author=journal.author_of(author),
            )
        if dry_run:
            return done
        destroy_sheets(self.folder, gone)
        self.compact()
        older = self._older_copies() if gone else ()
        return dataclasses.replace(done, remaining=(*done.remaining, *older))

    def compact(self) -> None:
        """Rewrite both files without what was deleted.

        Raises
        ------
        StoreError
            E-STO-05 when another session still reads them.
        """
        with self._reading() as record:
            record.compact()
        with self._vault() as safe:
            safe.compact()

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
                "retention": _said(retention.dates_of(record)),
                "in_vault": len(vault.persons_held(safe)),
                "to_review": [str(path) for path in sheets_in(self.folder)],
                "journal_entries": journal.verify(record, file=self._named),
                "journal_head": journal.head(record),
            }

    def sheet_of(self, file: str) -> Path:
        """Return where the links to decide of a file are written."""
        return sheet_of(self.folder, file)

    def _decided(self, file: str) -> tuple[Decision, ...]:
        """Return the decisions that the sheets of a file hold, not yet in the record."""
        return tuple(item for path in sheets_of(self.folder, file) for item in read_sheet(path))

    def _ask(self, file: str, who: Recognised, decisions: Sequence[Decision]) -> Path:
        """Write the sheet of a file; one that an earlier version wrote is replaced by it."""
        sheet = self.sheet_of(file)
        write_sheet(sheet, who.shown, decisions, new=who.new, known=who.known)
        for path in sheets_of(self.folder, file):
            if path != sheet:
                destroy(path)
        return sheet

    def _older_copies(self) -> tuple[str, ...]:
        """Return the copies that were set aside before a migration."""
        return tuple(str(path) for path in sorted(self.folder.glob("*-v*.sqlite")))

    # ------------------------------------------------------------------ connections

    @property
    def _named(self) -> str:
        return self.place.name_of("record")

    def _name(self) -> str:
        with self._reading() as record:
            return str(setting(record, "name"))

    def _key(self) -> Key:
        name = self._name()
        with self._vault() as safe:
            key = load_key(name, vault.key_version(safe))
            vault.refuse_other_key(safe, key, file=self.place.name_of("vault"))
        return key

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with self.place.open("record", wait=self.wait) as record:
            yield record

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with self._reading() as record, transaction(record):
            yield record

    @contextmanager
    def _trying(self) -> Iterator[Connection]:
        """Write to see what would come of it, and forget it."""
        with self._reading() as record:
            record.begin()
            yield record
            record.rollback()

    @contextmanager
    def _vault(self) -> Iterator[Connection]:
        with self.place.open("vault", wait=self.wait) as safe:
            yield safe

    @contextmanager
    def _sealing(self) -> Iterator[Connection]:
        # Always inside `_writing`: the vault is written before the record is acknowledged, so that a crash
        # between the two leaves identities of nobody, which the next import takes out.
        with self._vault() as safe, transaction(safe):
            yield safe


def _said(dates: dict[str, dt.date]) -> dict[str, str]:
    """Return the dates of actions, and the study's own where it has no action yet."""
    actions = {action: until.isoformat() for action, until in sorted(dates.items()) if action}
    return actions or {action: until.isoformat() for action, until in dates.items()}
