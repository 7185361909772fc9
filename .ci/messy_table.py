"""A newcomer's own table, as such tables are: a title, blank rows, dates as text, one person entered twice.

Run by `newcomer.py` with the Python where impactkit was just installed:
`messy_table.py make|mend_age|mend_twice fr|en FILE`.
"""

import random
import sys
from collections.abc import Callable
from pathlib import Path

from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

PEOPLE = 240
HEADER_ROW = 3
AGE = 4
WORDS = {
    "fr": {
        "title": "Suivi de l'action « Mobilité vers l'emploi » – équipe de l'été",
        "header": [
            "N° dossier",
            "Groupe",
            "Date d'entrée",
            "Âge",
            "Sexe",
            "En emploi à l'entrée",
            "En emploi à 6 mois",
            "Score de confiance (T0)",
            "Score de confiance (T6)",
        ],
        "groups": ("Bénéficiaire", "Liste d’attente"),
        "sexes": ("F", "M"),
        "yes_no": ("Oui", "Non", "NSP"),
        "age": "cinquante",
        "decimal": ",",
    },
    "en": {
        "title": "Follow-up of the action “Mobility towards work” – the summer’s team",
        "header": [
            "File number",
            "Group",
            "Entry date",
            "Age",
            "Sex",
            "In work at entry",
            "In work at 6 months",
            "Confidence score (T0)",
            "Confidence score (T6)",
        ],
        "groups": ("Beneficiary", "Waiting list"),
        "sexes": ("F", "M"),
        "yes_no": ("Yes", "No", "DK"),
        "age": "fifty",
        "decimal": ".",
    },
}


def make(language: str, file: Path) -> None:
    """Write the table; the same at each run."""
    words, draw = WORDS[language], random.Random(2026)
    yes, no, silent = words["yes_no"]
    book = Workbook()
    sheet = book.active
    sheet.title = "Suivi 2025"
    for line in ([words["title"]], [], words["header"]):
        sheet.append(line)
    for i in range(PEOPLE):
        supported = i % 2 == 0
        before = draw.gauss(9, 3)
        after = before + draw.gauss(3.5 if supported else 1, 2)
        row = [
            f"D-{1000 + i}",
            words["groups"][not supported],
            f"{draw.randint(1, 28):02d}/{draw.randint(2, 5):02d}/2025",
            draw.randint(19, 58),
            draw.choice(words["sexes"]),
            yes if draw.random() < 0.15 else no,
            silent if i in (17, 44) else yes if draw.random() < (0.6 if supported else 0.22) else no,
            *(f"{min(max(score, 0), 20):.1f}".replace(".", words["decimal"]) for score in (before, after)),
        ]
        sheet.append(row)
        if i in (40, 90):
            sheet.append([])
        if i == 60:
            again = [*row[:3], row[3] + 1, *row[4:]]
        if i == 100:
            sheet.append(again)  # the same person, whose age was noted otherwise
        if i == 120:
            sheet.cell(sheet.max_row, AGE).value = words["age"]
    book.save(file)


def mend_age(language: str, file: Path) -> None:
    """Write in figures the age that was written in letters."""
    _change(file, lambda sheet: _set_age(sheet, WORDS[language]["age"]))


def _set_age(sheet: Worksheet, text: str) -> None:
    for row in sheet.iter_rows(min_row=HEADER_ROW + 1):
        if row[AGE - 1].value == text:
            row[AGE - 1].value = 50


def mend_twice(_language: str, file: Path) -> None:
    """Take out the second row of the person entered twice."""
    _change(file, _delete_second)


def _delete_second(sheet: Worksheet) -> None:
    seen: set[str] = set()
    for row in list(sheet.iter_rows(min_row=HEADER_ROW + 1)):
        number = row[0].value
        if number is not None and number in seen:
            sheet.delete_rows(row[0].row)
            return
        seen.add(number)


def _change(file: Path, change: Callable[[Worksheet], None]) -> None:
    book = load_workbook(file)
    change(book.active)
    book.save(file)


if __name__ == "__main__":
    what, language, file = sys.argv[1:]
    {"make": make, "mend_age": mend_age, "mend_twice": mend_twice}[what](language, Path(file))
