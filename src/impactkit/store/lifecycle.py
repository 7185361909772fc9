"""A record is made, opened, brought to this version, and made again from a copy."""

from __future__ import annotations

import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from impactkit.errors import Problem, StoreError
from impactkit.store import archive, journal, schema, vault
from impactkit.store.connection import WAIT_SECONDS, connected, transaction
from impactkit.store.keys import create_key
from impactkit.store.place import RECORD, VAULT, refuse_taken, set_setting
from impactkit.store.store import Store


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
    refuse_taken(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError:
        raise StoreError([Problem(code="E-STO-02", file=folder.name)]) from None
    _refuse_filled_vault(folder)
    name = f"{study}-{secrets.token_hex(4)}"
    with _made(folder / VAULT) as safe:
        schema.make(safe, schema.VAULT, application=schema.VAULT_ID)
        key = create_key(name, 1, record=folder, in_keyring=in_keyring)
        with transaction(safe):
            vault.set_key(safe, key)
    # The record comes last: without it, there is no store, and the same command can be run again.
    with _made(folder / RECORD) as record:
        schema.make(record, schema.COHORT, application=schema.COHORT_ID)
        with transaction(record):
            set_setting(record, "name", name)
            journal.write_entry(record, "init", author=journal.author_of(author), detail={"study": study})
    return Store(folder)


@contextmanager
def _made(path: Path) -> Iterator[sqlite3.Connection]:
    """Make a file that appears whole or not at all, for its owner alone."""
    partial = path.with_name(path.name + ".part")
    for leftover in (partial, *(partial.with_name(partial.name + end) for end in ("-wal", "-shm"))):
        leftover.unlink(missing_ok=True)
    with connected(partial, create=True) as connection:
        os.chmod(partial, 0o600)
        yield connection
    os.replace(partial, path)


def _refuse_filled_vault(folder: Path) -> None:
    """Refuse to write over a vault that holds people; the empty one of a creation cut short may go."""
    if (folder / VAULT).exists():
        with connected(folder / VAULT) as safe:
            schema.version_of(safe, folder / VAULT, application=schema.VAULT_ID)
            if vault.persons_held(safe):
                raise StoreError([Problem(code="E-STO-07", file=VAULT)])


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
    refuse_taken(folder)
    open_store(backup)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name in (VAULT, RECORD):
        archive.restore_record(backup / name, folder / name)
        os.chmod(folder / name, 0o600)
    store = open_store(folder)
    store.verify()
    return store
