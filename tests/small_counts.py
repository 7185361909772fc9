"""Opening every file that a run writes, and finding the small numbers of people that it says.

A number of people is found where a reader finds one: beside a word that counts people, under the heading of a
column that counts them, under a key of JSON that does.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import docx
import openpyxl

from impactkit.release.pdf import pdf_texts

PEOPLE = (
    r"(?:personnes?|bénéficiaires?|foyers?|ménages?|femmes?|hommes?|enfants?|parents?|sorties?|perdues?|"
    r"entrées?|analysées?|suivies?|accompagnées?|people|person|women|men|children|households?|lost)"
)
# « 4 personnes », « 4 autres personnes »; not « 4,5 » nor « 2024 ».
_BEFORE = re.compile(rf"(?<![\w.,−–/-])(\d+)[\s\u00a0\u202f]+(?:autres\s+)?{PEOPLE}\b", re.IGNORECASE)
# « Personnes analysées : 4 », « n = 4 ».
_AFTER = re.compile(
    rf"(?:\b{PEOPLE}|\beffectifs?|\bn)[\s\u00a0\u202f]*[:=][\s\u00a0\u202f]*(\d+)(?![\w,.%/-]|\s*(?:%|points?|mois|ans))",
    re.IGNORECASE,
)
_HEADING = re.compile(
    rf"^(?:nombre de |number of )?{PEOPLE}|^effectif|^personnes analysées|^sorties|^n$|^numbers?$",
    re.IGNORECASE,
)
_WHOLE = re.compile(r"\d+")
_KEYS = ("n", "lost", "n_treated", "n_comparison", "people", "households", "mean_n", "counts")
_HTML_TABLE = re.compile(r"<table.*?</table>", re.DOTALL)
_ROW, _CELL = re.compile(r"<tr.*?</tr>", re.DOTALL), re.compile(r"<t[hd][^>]*>(.*?)</t[hd]>", re.DOTALL)

Table = list[list[str]]


def small_in_text(text: str, minimum: int) -> list[str]:
    """Return what a text says of a small number of people, with the words around it."""
    return [
        text[max(0, match.start() - 40) : match.end() + 20]
        for way in (_BEFORE, _AFTER)
        for match in way.finditer(text)
        if 0 < int(match[1]) < minimum
    ]


def small_in_table(table: Table, minimum: int) -> list[str]:
    """Return the cells of a table that are small numbers of people, with their headings."""
    found = []
    for i, heading in enumerate(table[0] if table else ()):
        if _HEADING.search(heading.strip()):
            for row in table[1:]:
                cell = row[i].strip() if i < len(row) else ""
                if _WHOLE.fullmatch(cell) and 0 < int(cell) < minimum:
                    found.append(f"{row[0]} | {heading}: {cell}")
    return found


def small_in_json(value: Any, minimum: int, key: str = "") -> list[str]:
    """Return the keys of JSON under which a small number of people stands."""
    if isinstance(value, dict):
        return [one for name, item in value.items() for one in small_in_json(item, minimum, name)]
    if isinstance(value, list):
        return [one for item in value for one in small_in_json(item, minimum, key)]
    whole = isinstance(value, (int, float)) and not isinstance(value, bool)
    return [f"{key}: {value}"] if whole and key in _KEYS and 0 < value < minimum else []


def tables_of(html: str) -> Iterator[Table]:
    """Give the tables of a page, cell by cell."""
    for table in _HTML_TABLE.findall(html):
        yield [[plain(cell) for cell in _CELL.findall(row)] for row in _ROW.findall(table)]


def plain(html: str) -> str:
    """Return the text of HTML, without what draws it."""
    html = re.sub(r"<(style|script)\b.*?</\1>", " ", html, flags=re.DOTALL)
    return re.sub(r"[ \t]+", " ", unescape(re.sub(r"<[^>]+>", " ", html)))


def small_in_html(html: str, minimum: int) -> list[str]:
    """Return the small numbers of people of a page: its text, attributes that are read aloud, its tables."""
    said = " ".join(re.findall(r'(?:aria-label|alt|title|data-\w+)="([^"]*)"', html))
    found = small_in_text(plain(re.sub(r"</t[hd]>|</text>|<br ?/?>|</p>|</li>", " ¶ ", html)), minimum)
    found += small_in_text(unescape(said), minimum)
    return found + [one for table in tables_of(html) for one in small_in_table(table, minimum)]


def small_in_file(path: Path, minimum: int) -> list[str]:
    """Return what a file says of small numbers of people, whatever its form.

    Raises
    ------
    ValueError
        Of a form that this does not know how to open: a new form is a new thing to search.
    """
    opened = _OPENED.get(path.suffix)
    if opened is None:
        raise ValueError(f"nobody looks inside {path.name}")
    return opened(path.read_bytes(), minimum)


def _page(data: bytes, minimum: int) -> list[str]:
    return small_in_html(data.decode(), minimum)


def _notebook(data: bytes, minimum: int) -> list[str]:
    notebook = json.loads(data)
    found = small_in_json(notebook, minimum)
    for text in _strings(notebook):
        found += small_in_html(text, minimum) if "<" in text else small_in_text(text, minimum)
    return found


def _json(data: bytes, minimum: int) -> list[str]:
    values = [json.loads(line) for line in data.decode().splitlines()] if data[:1] != b"[" and (
        b"}\n{" in data or data.count(b"\n") == 1
    ) else [json.loads(data)]  # fmt: skip
    return [
        one
        for value in values
        for one in small_in_json(value, minimum)
        + [said for text in _strings(value) for said in small_in_text(text, minimum)]
    ]


def _strings(value: Any) -> Iterator[str]:
    """Give every text of JSON; the pieces of a cell of a notebook are put together."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield str(name)
            yield from _strings(item)
    elif isinstance(value, list):
        if value and all(isinstance(item, str) for item in value):
            yield "".join(value)
        else:
            for item in value:
                yield from _strings(item)
    elif isinstance(value, str):
        yield value


def _csv(data: bytes, minimum: int) -> list[str]:
    text = data.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text), delimiter=";" if ";" in text.split("\n")[0] else ","))
    return small_in_table(rows, minimum) + [
        one for row in rows for cell in row for one in small_in_text(cell, minimum)
    ]


def _word(data: bytes, minimum: int) -> list[str]:
    opened = docx.Document(io.BytesIO(data))
    found = [one for paragraph in opened.paragraphs for one in small_in_text(paragraph.text, minimum)]
    for table in opened.tables:
        cells = [[cell.text for cell in row.cells] for row in table.rows]
        found += small_in_table(cells, minimum)
        found += [one for row in cells for cell in row for one in small_in_text(cell, minimum)]
    return found


def _workbook(data: bytes, minimum: int) -> list[str]:
    book = openpyxl.load_workbook(io.BytesIO(data))
    found = []
    for sheet in book.worksheets:
        rows = [
            ["" if cell is None else str(cell) for cell in row] for row in sheet.iter_rows(values_only=True)
        ]
        found += small_in_table(rows, minimum)
        found += [one for row in rows for cell in row for one in small_in_text(cell, minimum)]
    return found


def _pdf(data: bytes, minimum: int) -> list[str]:
    return [one for text in pdf_texts(data) for one in small_in_text(text, minimum)]


_OPENED = {
    ".html": _page, ".ipynb": _notebook, ".json": _json, ".jsonl": _json, ".csv": _csv, ".docx": _word,
    ".xlsx": _workbook, ".pdf": _pdf,
}  # fmt: skip
