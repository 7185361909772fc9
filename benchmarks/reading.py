"""Reading a large text and a large workbook: time beside pandas' readers, and peak memory.

    python benchmarks/reading.py [csv rows] [xlsx rows] [runs]

Each measure is a program of its own; arms take turns in one run, and the ratio is of their best times. The
text is cp1252, separated by ``;``, with decimal commas, 15 columns. pandas' C reader is timed with every
column as text (``dtype=str``, the same work) and as it is by default (it guesses types, and loses zeros).
"""

from __future__ import annotations

import datetime as dt
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

HEADERS = [
    "N° dossier", "Nom", "Prénom", "Date de naissance", "Code postal", "Téléphone", "Emploi", "Revenu",
    "Score", "Aide", "Structure", "Groupe", "Entrée", "Vide", "Note",
]  # fmt: skip
NAMES = ["Éloïse", "Müller", "Gonçalves", "O'Brien", "Lefèvre", "D’Arc", "Bœuf", "Martin", "NULL"]
ARMS = {
    "impactkit csv": "impactkit.read_table(path)",
    "pandas C, dtype=str": "pandas.read_csv(path, sep=';', encoding='cp1252', engine='c', dtype=str)",
    "pandas C, default": "pandas.read_csv(path, sep=';', encoding='cp1252', engine='c', decimal=',')",
    "impactkit xlsx": "impactkit.read_table(path)",
    "pandas openpyxl": "pandas.read_excel(path, engine='openpyxl')",
}
TIMED = """
import resource, sys, time
path = sys.argv[1]
import impactkit, impactkit.files, pandas, openpyxl
start = time.perf_counter()
{work}
seconds = time.perf_counter() - start
peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
print(seconds, peak // 1024)
"""


def rows(n: int) -> Iterator[list[str | float | dt.date]]:
    draw = random.Random(1)
    for i in range(n):
        day = dt.date(1950, 1, 1) + dt.timedelta(days=draw.randrange(20_000))
        place = f"{draw.randrange(1, 99):02d}{draw.randrange(999):03d}"
        phone, work = f"0{draw.randrange(10**9):09d}", draw.choice(["Oui", "Non"])
        who = [f"{i:07d}", draw.choice(NAMES), draw.choice(NAMES), day, place, phone, work]
        what = [round(draw.random() * 2000, 2), draw.randrange(20), "12,5 €", "CCAS d'Auch", "Bénéficiaire"]
        yield [*who, *what, day, "", round(draw.random() * 10, 1)]


def write_text(path: Path, n: int) -> None:
    def written(cell: str | float | dt.date) -> str:
        if isinstance(cell, dt.date):
            return f"{cell:%d/%m/%Y}"
        return cell if isinstance(cell, str) else str(cell).replace(".", ",")

    with path.open("w", encoding="cp1252", newline="") as file:
        file.write(";".join(HEADERS) + "\r\n")
        file.writelines(";".join(map(written, row)) + "\r\n" for row in rows(n))


def write_workbook(path: Path, n: int) -> None:
    import openpyxl

    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Suivi")
    sheet.append(HEADERS)
    for row in rows(n):
        sheet.append(row)
    book.save(path)


def measured(work: str, path: Path) -> tuple[float, int]:
    command = [sys.executable, "-W", "ignore", "-c", TIMED.format(work=work), str(path)]
    seconds, peak = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    return float(seconds), int(peak)


def main(n_csv: int = 1_000_000, n_xlsx: int = 200_000, runs: int = 3) -> None:
    with tempfile.TemporaryDirectory() as folder:
        text, book = Path(folder) / "suivi.csv", Path(folder) / "suivi.xlsx"
        write_text(text, n_csv)
        write_workbook(book, n_xlsx)
        paths = {name: text if "csv" in name or "C," in name else book for name in ARMS}
        found: dict[str, list[tuple[float, int]]] = {name: [] for name in ARMS}
        for i in range(runs):
            for name, work in ARMS.items():
                if i == 0 or name != "pandas openpyxl":  # a minute each time: once
                    found[name].append(measured(work, paths[name]))
    best = {name: min(seconds for seconds, _ in measures) for name, measures in found.items()}
    print("reader                 seconds (best)  peak MB  times impactkit")
    for name, measures in found.items():
        ours = best["impactkit csv" if paths[name] == text else "impactkit xlsx"]
        peak = max(peak for _, peak in measures)
        print(f"{name:22s} {best[name]:14.2f} {peak:8d} {best[name] / ours:16.1f}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
