"""Building a large cohort: time and memory, from a data frame, a csv file and a record.

    python benchmarks/cohort.py [people]

Each case runs in a process of its own, since the peak of memory is that of the process: it counts the frame
that the cohort is made from, and for the file everything from its bytes. Seconds of the processor are printed
beside those of the clock, which other work on the machine lengthens.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

PEOPLE = 1_000_000
WAVES = ("T0", "T6", "T12", "T18")
STUDY = """format = 1
kind = "cls"
id = "mesure"
title = "Mesure"
territory = { name = "Valmont" }
variables.revenu = { label = "Revenu", type = "number" }
variables.emploi = { label = "Emploi", type = "boolean" }
variables.age = { label = "Âge", type = "number" }
waves = [
  { id = "T0", label = "T0", months = 0 },
  { id = "T6", label = "T6", months = 6 },
  { id = "T12", label = "T12", months = 12 },
  { id = "T18", label = "T18", months = 18 },
]
[[files]]
id = "suivi"
path = "suivi.csv"
[files.columns]
unit = "numero"
wave = "vague"
arm = { column = "groupe", labels = { A = "beneficiary", B = "waiting_list" } }
revenu = "revenu"
emploi = "emploi"
age = "age"
[[actions]]
id = "a"
title = "Action"
need = "Un besoin."
intended_effect = "Un effet."
start = 2024-01-08
files = ["suivi"]
method = "did"
comparison = "waiting_list"
covariates = ["age"]
outcomes = [
  { variable = "emploi", primary = true, direction = "increase" },
  { variable = "revenu", direction = "increase" },
]
"""


def made_frame(n: int) -> pd.DataFrame:
    """Return n people at four waves in any order, a row in ten lost."""
    rng = np.random.default_rng(1)
    numbers = np.char.add("P", np.char.zfill(np.arange(n).astype(str), 7)).astype(object)
    T = len(WAVES)
    frame = pd.DataFrame(
        {
            "numero": np.repeat(numbers, T),
            "vague": np.tile(np.array(WAVES, dtype=object), n),
            "groupe": np.repeat(np.where(rng.random(n) < 0.5, "A", "B").astype(object), T),
            "revenu": rng.normal(900, 200, n * T).round(),
            "emploi": np.where(rng.random(n * T) < 0.3, "oui", "non").astype(object),
            "age": np.repeat(rng.integers(18, 64, n), T),
        }
    )
    return frame[rng.random(n * T) > 0.1].sample(frac=1, random_state=1)


def from_frame(folder: Path, n: int) -> None:
    """Build from a frame and read its accounts."""
    import impactkit as ik

    frame = made_frame(n)
    frame["t"] = frame["vague"].str[1:].astype(float)
    frame["job"] = (frame["emploi"] == "oui").astype(float)
    frame["arm"] = frame["groupe"].map({"A": "beneficiary", "B": "waiting_list"})
    start, busy = time.perf_counter(), time.process_time()
    cohort = ik.cohort_from_frame(
        frame, unit="numero", period="t", arm="arm", outcomes=["job", "revenu"], covariates=["age"]
    )
    told("from a frame", cohort.n_units, start, busy)
    start, busy = time.perf_counter(), time.process_time()
    for account in (cohort.flow, cohort.attrition, cohort.attrition_by_characteristic, cohort.missing):
        account()
    told("its accounts", cohort.n_units, start, busy)


def from_file(folder: Path, n: int) -> None:
    """Build from a csv file by a study."""
    import impactkit as ik

    study = ik.read_study(folder)
    start, busy = time.perf_counter(), time.process_time()
    cohort = ik.build_cohort(study, action="a")
    told("from a csv file", cohort.n_units, start, busy)


def filled(folder: Path, n: int) -> None:
    """Take the people of the file into a record, without its door: who they are is known."""
    from impactkit.files import read_study
    from impactkit.store import create_store
    from impactkit.store.batches import Source, WaveRows
    from impactkit.store.connection import transaction

    os.environ["IMPACTKIT_KEYS"] = str(folder / "cles")
    study = read_study(folder)
    store = create_store(folder / "record", study="mesure", author="mesure")
    frame = made_frame(n)
    rows = pd.DataFrame(
        {
            "_person": frame["numero"].to_numpy(),
            "_wave": frame["vague"].to_numpy(),
            "_row": np.arange(len(frame)),
            "_arm": frame["groupe"].map({"A": "beneficiary", "B": "waiting_list"}).to_numpy(),
            "revenu": frame["revenu"].to_numpy(),
            "emploi": (frame["emploi"] == "oui").to_numpy(dtype=float),
            "age": frame["age"].to_numpy(dtype=float),
        }
    )
    source = Source(file="suivi.csv", sha256="0" * 64, n_rows=len(rows))
    start, busy = time.perf_counter(), time.process_time()
    store.append(source, WaveRows(instrument="a", variables=study.variables, frame=rows))
    told("into a record", n, start, busy)
    people = np.unique(rows["_person"])
    days = np.datetime_as_string(np.datetime64("2024-01-08") + np.arange(len(people)) % 400)
    lines = [(who, i, day) for i, (who, day) in enumerate(zip(people, days.tolist(), strict=True))]
    with store.place.open("record") as record, transaction(record):
        record.executemany(
            "INSERT INTO event (person, batch_id, row, action, kind, day) VALUES (?, 1, ?, 'a', 'rdv', ?)",
            lines,
        )
        record.executemany(
            "INSERT INTO spell (person, batch_id, row, action, kind, began)"
            " VALUES (?, 1, ?, 'a', 'suivi', ?)",
            lines,
        )


def from_record(folder: Path, n: int) -> None:
    """Build from the record."""
    import impactkit as ik

    path = folder / "study.toml"
    path.write_text(STUDY.replace('kind = "cls"', 'kind = "cls"\nrecord = "record"'), encoding="utf-8")
    study = ik.read_study(folder)
    start, busy = time.perf_counter(), time.process_time()
    cohort = ik.build_cohort(study, action="a")
    told("from a record", cohort.n_units, start, busy)


def timelines(folder: Path, n: int) -> None:
    """Read as many events, then as many spells, as there are people."""
    from impactkit.store import open_store

    store = open_store(folder / "record", vault=False)
    for name, read in (("its events", store.events), ("its spells", store.spells)):
        start, busy = time.perf_counter(), time.process_time()
        told(name, len(read()), start, busy)


CASES = {case.__name__: case for case in (from_frame, from_file, filled, from_record, timelines)}


def told(what: str, n: int, start: float, busy: float) -> None:
    """Print one line of the table."""
    clock, processor = time.perf_counter() - start, time.process_time() - busy
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{what:16s} {n:9d} {clock:10.1f} {processor:12.1f} {peak:9d}", flush=True)


def main(n: int) -> None:
    """Run each case in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "study.toml").write_text(STUDY, encoding="utf-8")
        frame = made_frame(n).astype({"revenu": int})
        frame.to_csv(Path(folder) / "suivi.csv", sep=";", index=False)
        del frame
        print("made              people   s, clock s, processor   peak MB")
        for case in CASES:
            subprocess.run([sys.executable, __file__, case, folder, str(n)], check=True)


if __name__ == "__main__":
    if len(sys.argv) == 4:
        CASES[sys.argv[1]](Path(sys.argv[2]), int(sys.argv[3]))
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else PEOPLE)
