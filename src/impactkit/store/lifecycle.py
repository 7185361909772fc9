"""A record is made, opened, brought to this version, and made again from a copy."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Literal

from impactkit.errors import Problem, StoreError
from impactkit.store import copying, journal, schema
from impactkit.store.connection import WAIT_SECONDS, Place, transaction
from impactkit.store.keys import create_key
from impactkit.store.place import place_of, refuse_taken, set_setting, setting, write_server
from impactkit.store.postgres import Server
from impactkit.store.sqlite import Files
from impactkit.store.store import Store
from impactkit.store.vault import persons_held, set_key

_PARTS: tuple[tuple[Literal["record", "vault"], int], ...] = (
    ("record", schema.COHORT_ID),
    ("vault", schema.VAULT_ID),
)


def create_store(
    folder: str | Path,
    *,
    study: str,
    in_keyring: bool = False,
    author: str | None = None,
    postgres: str | None = None,
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
    postgres : str, optional
        Name of a service of PostgreSQL's service file: the record is on that server, and the folder only
        says so. Empty to follow PostgreSQL's environment variables. Never a password.

    Returns
    -------
    Store

    Raises
    ------
    StoreError
        E-STO-07 when there is one already, E-STO-02 when the folder cannot be written, E-CLE-04;
        E-STO-10 to 13 for a server.

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
    _make_folder(folder)
    place: Place = Files(folder) if postgres is None else Server(service=postgres, schema=study)
    if isinstance(place, Server) and place.has("record"):
        raise StoreError([Problem(code="E-STO-07", file=place.name_of("record"))])
    _refuse_filled_vault(place)
    name = f"{study}-{secrets.token_hex(4)}"
    with place.make("vault") as safe:
        schema.make(safe, schema.VAULT, application=schema.VAULT_ID)
        key = create_key(name, 1, record=folder, in_keyring=in_keyring)
        with transaction(safe):
            set_key(safe, key)
    # The record comes last: without it, there is no store, and the same command can be run again.
    with place.make("record") as record:
        schema.make(record, schema.COHORT, application=schema.COHORT_ID)
        with transaction(record):
            set_setting(record, "name", name)
            journal.write_entry(record, "init", author=journal.author_of(author), detail={"study": study})
    if isinstance(place, Server):
        write_server(folder, place)
    return Store(folder)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError:
        raise StoreError([Problem(code="E-STO-02", file=folder.name)]) from None


def _refuse_filled_vault(place: Place) -> None:
    """Refuse to write over a vault that holds people; the empty one of a creation cut short may go."""
    if place.has("vault"):
        name = place.name_of("vault")
        with place.open("vault") as safe:
            schema.version_of(safe, name, application=schema.VAULT_ID)
            if persons_held(safe):
                raise StoreError([Problem(code="E-STO-07", file=name)])


def open_store(folder: str | Path, *, wait: float = WAIT_SECONDS, vault: bool = True) -> Store:
    """Open a record; an older one is brought to this version after a copy is set aside.

    Parameters
    ----------
    folder : str or Path
    wait : float
        Seconds to wait for another writer.
    vault : bool
        Look for the vault too; without it, all that names nobody can be done: those who analyse need not
        have it.

    Raises
    ------
    StoreError
        E-STO-06 when there is none, E-STO-04 when a newer impactkit made it, E-STO-08 when it is damaged,
        E-STO-10 to 13 when its server cannot be used.
    """
    folder = Path(folder)
    place = place_of(folder)
    for part, application in _PARTS if vault else _PARTS[:1]:
        name = place.name_of(part)
        if not place.has(part):
            raise StoreError([Problem(code="E-STO-06", file=name)])
        with place.open(part, wait=wait) as connection:
            version = schema.version_of(connection, name, application=application)
            if version < schema.VERSION:
                if isinstance(place, Files):  # a server's own copies are its administrator's
                    path = place.path(part)
                    copying.copy_file(place, part, folder / f"{path.stem}-v{version}.sqlite")
                schema.migrate(connection, version, application=application)
    return Store(folder, wait)


def restore_store(backup: str | Path, folder: str | Path, *, postgres: str | None = None) -> Store:
    """Make a record again from a backup, in a folder without one.

    Parameters
    ----------
    backup, folder : str or Path
    postgres : str, optional
        As `create_store` takes it: a record kept in files moves to a server this way.

    Raises
    ------
    StoreError
        E-STO-07 when the folder holds a record, E-STO-08 when the backup is damaged.
    """
    backup, folder = Path(backup), Path(folder)
    refuse_taken(folder)
    open_store(backup)
    source = Files(backup)
    _make_folder(folder)
    if postgres is None:
        for part, _ in reversed(_PARTS):
            copying.restore_file(source, part, Files(folder))
            os.chmod(Files(folder).path(part), 0o600)
    else:
        with source.open("record") as record:
            study = str(setting(record, "name")).rpartition("-")[0]
        server = Server(service=postgres, schema=study)
        if server.has("record"):
            raise StoreError([Problem(code="E-STO-07", file=server.schema)])
        _refuse_filled_vault(server)
        for part, _ in reversed(_PARTS):
            copying.copy_rows(source, server, part)
        write_server(folder, server)
    store = open_store(folder)
    store.verify()
    return store
