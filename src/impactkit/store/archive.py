"""Frozen snapshots to analyse, and the copies that an erasure must name."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from impactkit.files.model import VariableType
from impactkit.store.batches import FACTS
from impactkit.store.columns import frame_of
from impactkit.store.connection import Connection
from impactkit.store.instruments import instruments_of, quoted, types_of, view_of
from impactkit.store.journal import head, now, write_entry
from impactkit.store.timelines import timeline_of

MANIFEST = "manifest.json"
# Apart from the questionnaires, whose names are the user's.
TIMELINES = "timelines"
# What a file may say of a person besides answers, in the order in which it is given back.
_FACTS: dict[str, VariableType] = {name.removeprefix("_"): kind for name, kind in FACTS.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A frozen copy for analysis.

    Attributes
    ----------
    folder : Path
        One Parquet file per questionnaire, events and spells under `TIMELINES`, and `MANIFEST`.
    sha256 : mapping of str to str
        Fingerprint of each Parquet file.
    n_left_out : int
        People left out because they object.
    """

    folder: Path
    sha256: dict[str, str]
    n_left_out: int


def snapshot(connection: Connection, parent: Path, *, author: str) -> Snapshot:
    """Freeze what the record says now, inside the caller's transaction; people who object are left out.

    The folder appears whole or not at all. Its manifest holds the head of the journal: a journal written
    anew later would no longer have it.
    """
    (number,) = connection.execute("SELECT coalesce(max(archive_id), 0) + 1 FROM archive").fetchone()
    folder = parent / f"{now()[:10]}-{number}"
    partial = parent / f".{folder.name}.part"
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    prints = {}
    for instrument in instruments_of(connection):
        path = partial / f"{instrument}.parquet"
        answers(connection, instrument, with_opposed=False).to_parquet(path, engine="pyarrow", index=False)
        prints[path.name] = sha256_of(path)
    (partial / TIMELINES).mkdir()
    for holds in ("events", "spells"):
        path = partial / TIMELINES / f"{holds}.parquet"
        timeline_of(connection, holds).drop(columns="row").to_parquet(path, engine="pyarrow", index=False)
        prints[f"{TIMELINES}/{path.name}"] = sha256_of(path)
    (left_out,) = connection.execute("SELECT count(*) FROM opposition").fetchone()
    manifest = {"made": now(), "files": prints, "journal": head(connection), "left_out": left_out}
    (partial / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    os.replace(partial, folder)
    record_archive(connection, "snapshot", folder, sha256_of(folder / MANIFEST), author=author)
    return Snapshot(folder=folder, sha256=prints, n_left_out=left_out)


def record_archive(connection: Connection, kind: str, path: Path, sha256: str, *, author: str) -> None:
    """Remember a copy: an erasure must name those that still hold a person."""
    connection.execute(
        "INSERT INTO archive (kind, path, sha256, author, at) VALUES (?, ?, ?, ?, ?)",
        (kind, str(path), sha256, author, now()),
    )
    write_entry(connection, kind, author=author, detail={"sha256": sha256})


def answers(connection: Connection, instrument: str, *, with_opposed: bool = True) -> pd.DataFrame:
    """Return a questionnaire as it stands: cancelled batches hidden, corrections made.

    Returns
    -------
    DataFrame
        ``person``, ``wave``, ``arm``, ``entry``, ``cluster``, ``weight``, ``exit``, ``household``, ``birth``
        (what the last file that says it says), ``answered`` (day of the answers) and the variables, one row
        per person and wave.
    """
    types = types_of(connection, instrument)
    columns = "".join(f", v.{quoted(name)}" for name in types)
    where = "" if with_opposed else " WHERE v._person NOT IN (SELECT person FROM opposition)"
    cursor = connection.execute(
        f"SELECT v._person, v._wave, v._answered{columns} FROM {view_of(instrument)} v{where}"
        " ORDER BY v._person, v._wave"
    )
    frame = frame_of(cursor, ["person", "wave", "answered", *types], {**types, "answered": "date"})
    cursor = connection.execute(
        f"SELECT e.person, {', '.join(f'e.{name}' for name in _FACTS)} FROM enrolment e"
        " JOIN active_batch b USING (batch_id) ORDER BY e.batch_id"
    )
    said = frame_of(cursor, ["person", *_FACTS], _FACTS).groupby("person", sort=False).last()
    facts = said.reindex(frame["person"]).set_index(frame.index)
    return pd.concat([frame[["person", "wave"]], facts, frame[["answered", *types]]], axis="columns")


def sha256_of(path: Path) -> str:
    """Return the fingerprint of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
