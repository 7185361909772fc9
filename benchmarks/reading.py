"""Reading a large text and a large workbook: time beside pandas' readers, and peak memory.

    python benchmarks/reading.py [csv rows] [xlsx rows] [runs]

Each measure is a program of its own; arms take turns in one run, and the ratio is of their best times. The
text is cp1252, separated by ``;``, with decimal commas, 15 columns. pandas' C reader is timed with every
column as text (``dtype=str``, the same work), and typed, with the types of the dictionary that impactkit is
given; then as it is by default (it guesses types, loses zeros and leaves days as texts). Seconds are the
processor's, in all threads and child programs; those of the clock depend on who else uses the machine.
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
    "pandas C, as text": "pandas.read_csv(path, sep=';', encoding='cp1252', engine='c', dtype=str)",
    "impactkit csv, typed": "impactkit.read_table(path, dictionary=TYPES)",
    "pandas C, typed": (
        "pandas.read_csv(path, sep=';', encoding='cp1252', engine='c', decimal=',', dayfirst=True,"
        " parse_dates=['Date de naissance', 'Entrée'],"
        " dtype={'N° dossier': str, 'Code postal': str, 'Téléphone': str, 'Revenu': float, 'Score': float})"
    ),
    "pandas C, default": "pandas.read_csv(path, sep=';', encoding='cp1252', engine='c', decimal=',')",
    "impactkit xlsx": "impactkit.read_table(path)",
    "pandas openpyxl": "pandas.read_excel(path, engine='openpyxl')",
}
WORKBOOK = ("impactkit xlsx", "pandas openpyxl")
TIMED = """
import resource, sys, time
path = sys.argv[1]
import impactkit, impactkit.files, pandas, openpyxl
WHO = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
def busy():
    return sum(usage.ru_utime + usage.ru_stime for usage in map(resource.getrusage, WHO))
TYPES = {types}
start, before = time.perf_counter(), busy()
{work}
peak = max(resource.getrusage(who).ru_maxrss for who in WHO)
print(busy() - before, time.perf_counter() - start, peak // 1024)
"""

TYPES = {
    "Date de naissance": "date",
    "Entrée": "date",
    "Revenu": "number",
    "Score": "number",
    "Note": "number",
}


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


def measured(work: str, path: Path) -> tuple[float, float, int]:
    """Return the seconds of the processor, those of the clock and the peak of memory, in MB."""
    command = [sys.executable, "-W", "ignore", "-c", TIMED.format(work=work, types=TYPES), str(path)]
    busy, clock, peak = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    return float(busy), float(clock), int(peak)


def main(n_csv: int = 1_000_000, n_xlsx: int = 200_000, runs: int = 3) -> None:
    with tempfile.TemporaryDirectory() as folder:
        text, book = Path(folder) / "suivi.csv", Path(folder) / "suivi.xlsx"
        write_text(text, n_csv)
        write_workbook(book, n_xlsx)
        found: dict[str, list[tuple[float, float, int]]] = {name: [] for name in ARMS}
        for i in range(runs):
            for name, work in ARMS.items():
                if i == 0 or name != "pandas openpyxl":  # a minute each time: once
                    found[name].append(measured(work, book if name in WORKBOOK else text))
    best = {name: [min(column) for column in zip(*measures, strict=True)] for name, measures in found.items()}
    print("reader                 s, processor  s, clock  peak MB  times impactkit (processor, clock)")
    ours = ""
    for name in ARMS:
        ours = name if name.startswith("impactkit") else ours
        (busy, clock, _), peak = best[name], max(peak for *_, peak in found[name])
        ratios = f"{busy / best[ours][0]:10.1f} {clock / best[ours][1]:8.1f}"
        print(f"{name:22s} {busy:12.2f} {clock:9.2f} {peak:8d} {ratios}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
