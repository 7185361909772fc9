"""Small records made for tests."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pandas as pd

from impactkit.files.model import Variable
from impactkit.store import Store
from impactkit.store.batches import Source, WaveRows
from impactkit.store.person_id import new_person_id
from impactkit.text import Label

VARIABLES = {
    "emploi": Variable(label=Label("En emploi", "In work"), type="boolean"),
    "revenu": Variable(label=Label("Revenu", "Income"), type="number"),
    "logement": Variable(label=Label("Logement", "Housing"), type="category"),
    "avis": Variable(label=Label("Avis", "Opinion"), type="text"),
    "reprise": Variable(label=Label("Reprise", "Start of work"), type="date"),
}


def people(n: int) -> list[str]:
    return [new_person_id() for _ in range(n)]


def wave(persons: list[str], name: str = "T0", *, avis: str = "bien", revenu: float = 900.5) -> WaveRows:
    n = len(persons)
    frame = pd.DataFrame(
        {
            "_person": persons,
            "_wave": name,
            "_row": range(2, n + 2),
            "_arm": "beneficiary",
            "emploi": [float(i % 2) for i in range(n)],
            "revenu": [revenu + i for i in range(n)],
            "logement": ["locataire" if i % 3 else None for i in range(n)],
            "avis": [f"{avis} {i}" for i in range(n)],
            "reprise": pd.to_datetime(["2025-03-17"] * n),
        }
    )
    return WaveRows(instrument="suivi", variables=VARIABLES, frame=frame)


def source(name: str, *, content: str | None = None, n: int = 0) -> Source:
    sha256 = hashlib.sha256((content or name).encode()).hexdigest()
    return Source(file=name, sha256=sha256, n_rows=n)


def fill(store: Store, n: int = 5) -> list[str]:
    """Take in two waves of the same people, and return them."""
    persons = people(n)
    store.append(source("t0.csv"), wave(persons))
    store.append(source("t6.csv"), wave(persons, "T6", revenu=1200))
    return persons


def bytes_of(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())
