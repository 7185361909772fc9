"""Where a record is: files in a folder, or a server that a small file of the folder names."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

from impactkit.errors import Problem, StoreError
from impactkit.store.connection import Connection, Place
from impactkit.store.postgres import Server
from impactkit.store.sqlite import Files

SNAPSHOTS = "gels"
# Names a service of PostgreSQL and a schema: no host, no user, no password.
SERVER_FILE = "serveur.toml"


def place_of(folder: Path) -> Place:
    """Return where the record of a folder is.

    Raises
    ------
    StoreError
        E-STO-06 when the file that names the server cannot be read.
    """
    path = folder / SERVER_FILE
    if not path.is_file():
        return Files(folder)
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8"))
        return Server(service=str(said["service"]), schema=str(said["schema"]))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError):
        raise StoreError([Problem(code="E-STO-06", file=SERVER_FILE)]) from None


def write_server(folder: Path, server: Server) -> None:
    """Write the file by which a folder, and any colleague's copy of it, finds the record."""
    text = f"service = {json.dumps(server.service)}\nschema = {json.dumps(server.schema)}\n"
    (folder / SERVER_FILE).write_text(text, encoding="utf-8")


def refuse_taken(folder: Path) -> None:
    """Refuse a folder that holds a record already."""
    for name in (Files(folder).name_of("record"), SERVER_FILE):
        if (folder / name).exists():
            raise StoreError([Problem(code="E-STO-07", file=name)])


def set_setting(connection: Connection, name: str, value: str) -> None:
    """Write what a record or a vault says of itself."""
    connection.execute(
        "INSERT INTO setting VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (name, value),
    )


def setting(connection: Connection, name: str) -> str | None:
    """Return what a record or a vault says of itself; ``None`` when it says nothing."""
    found = connection.execute("SELECT value FROM setting WHERE name = ?", (name,)).fetchone()
    return str(found[0]) if found else None
