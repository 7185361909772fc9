"""Forty files as French services send them, made here: what each holds, or the code that refuses it.

Layouts are those of public software (rdv-insertion, carnet-de-bord, France Travail, Kobo, LimeSurvey) and of
spreadsheets; people are invented.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import openpyxl

HEAD = "N° dossier;Nom;Prénom;Date de naissance;Code postal;Revenu"
ROWS = (
    "0001;Lefèvre;Éloïse;03/04/1985;09000;1 234,50",
    "0002;N'Diaye;Aïssatou;13/11/1990;31000;0",
    "0003;NULL;Zoé;29/02/2000;20090;950,5",
)
TABLE = "\n".join((HEAD, *ROWS)) + "\n"
TYPES = {"Date de naissance": "date", "Revenu": "number"}
NAMES = ["Lefèvre", "N'Diaye", "NULL"]
INCOMES = [1234.5, 0.0, 950.5]
SAME: Mapping[str, Sequence[Any]] = {
    "N° dossier": ["0001", "0002", "0003"],
    "Nom": NAMES,
    "Date de naissance": ["1985-04-03", "1990-11-13", "2000-02-29"],
    "Code postal": ["09000", "31000", "20090"],
    "Revenu": INCOMES,
}


@dataclass(frozen=True)
class Ugly:
    """A file and what comes of it: columns, notes, or the code of the only problem."""

    name: str
    data: bytes
    types: Mapping[str, Any] = field(default_factory=lambda: TYPES)
    holds: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    code: str = ""
    rows: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()
    file: str = "suivi.csv"


def book(*sheets: tuple[str, Sequence[Sequence[Any]]], hidden: str = "") -> bytes:
    """Return a workbook."""
    made = openpyxl.Workbook()
    made.remove(made.active)
    for title, rows in sheets:
        sheet = made.create_sheet(title)
        for row in rows:
            sheet.append(list(row))
        sheet.sheet_state = "hidden" if title == hidden else "visible"
    stream = io.BytesIO()
    made.save(stream)
    return stream.getvalue()


def archive(**members: str) -> bytes:
    """Return a zip archive."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as made:
        for name, text in members.items():
            made.writestr(name, text)
    return stream.getvalue()


def cells(*lines: str) -> list[list[str]]:
    """Return lines of text as rows of a sheet."""
    return [line.split(";") for line in lines]


def one(header: str, *values: str) -> bytes:
    """Return a file of numbered lines and one column."""
    lines = [f"id;{header}", *(f"{i};{value}" for i, value in enumerate(values))]
    return ("\n".join(lines) + "\n").encode("cp1252")


ENCODED = [
    Ugly("cp1252", TABLE.encode("cp1252"), holds=SAME),
    Ugly("utf-8 with a mark", TABLE.encode("utf-8-sig"), holds=SAME),
    Ugly("utf-16", TABLE.encode("utf-16"), holds=SAME),
    Ugly("utf-16 without a mark", TABLE.encode("utf-16-le"), holds=SAME),
    Ugly("an old Mac", TABLE.replace("\n", "\r").encode("mac_roman"), holds=SAME),
    Ugly("DOS", TABLE.replace("\n", "\r\n").encode("cp850"), holds=SAME),
    Ugly("8859-15", (TABLE + "0004;Bœuf;Œdipe;01/01/1970;75011;5 €\n").encode("iso-8859-15"), holds={
        "Nom": [*NAMES, "Bœuf"], "Revenu": [*INCOMES, 5.0],
    }),
    Ugly(
        "two encodings",
        TABLE.encode() + "0004;Lévêque;Noël;01/01/1970;75011;5\n".encode("cp1252"),
        code="E-ENC-01",
        rows=(5,),
    ),
    Ugly(
        "spoilt accents",
        TABLE.encode().decode("cp1252").encode(),
        types={"Revenu": "number"},
        holds={"Revenu": INCOMES},
        notes=("A-ENC-02",),
    ),
]  # fmt: skip

SHAPED = [
    Ugly("sep= line", ("sep=;\r\n" + TABLE).encode("cp1252"), holds=SAME),
    Ugly("tabs", TABLE.replace(";", "\t").encode("cp1252"), holds=SAME),
    Ugly("bars", TABLE.replace(";", "|").encode(), holds=SAME),
    Ugly("commas and quotes", "\n".join(
        ",".join(f'"{cell}"' for cell in line.split(";")) for line in TABLE.splitlines()
    ).encode(), holds=SAME),
    Ugly("title and notes above", (
        "Structure : CCAS d'Auch\nExport du 03/02/2025;;;;;\n\n" + TABLE
    ).encode("cp1252"), holds=SAME),
    Ugly("blank lines between and after", (
        HEAD + "\n" + "\n;;;;;\n".join(ROWS) + "\n;;;;;\n;;;;;\n"
    ).encode("cp1252"), holds=SAME),
    Ugly("empty columns after", "\n".join(f"{line};;" for line in TABLE.splitlines()).encode(), holds=SAME),
    Ugly("spaces around headers", TABLE.replace(
        HEAD, "N°\u00a0dossier ; NOM; Prénom ;date de naissance;Code postal; Revenu "
    ).encode(), types={"Date de naissance": "date", "REVENU": "number"}, holds={
        "Date de naissance": SAME["Date de naissance"], "REVENU": INCOMES,
    }),
    Ugly("line breaks in a cell", TABLE.replace("Zoé", '"Zoé\nMarie"').encode("cp1252"), holds={
        "Prénom": ["Éloïse", "Aïssatou", "Zoé\nMarie"], "Revenu": INCOMES,
    }),
    Ugly("two columns of one name", TABLE.replace("Prénom", "Nom").encode(), code="E-COL-02", rows=(1,)),
    Ugly("a column without a name", TABLE.replace("Prénom", "").encode(), code="E-COL-03", rows=(1,)),
    Ugly("a line with a cell too many", (TABLE + "0004;a;b;01/01/1970;75011;5;en trop\n").encode(),
         code="E-CSV-01", rows=(5,)),
    Ugly("a quotation mark left open", TABLE.replace("Zoé", '"Zoé').encode(), code="E-CSV-02", rows=(4,)),
    Ugly("nothing but headers", (HEAD + "\n").encode(), code="E-FIC-07"),
]  # fmt: skip

VALUED = [
    Ugly(
        "rdv-insertion",
        (
            "N° CAF;Nom bénéficiaire;Civilité;Rôle;Date de Naissance;CP Ville;N° Téléphones;ID Iodas\n"
            "0205599;LE GOFF;Mme;DEM;03/04/1985;09000 FOIX;06 12 34 56 78;00012\n"
            "0205599;LE GOFF;M;CJT;22/04/1983;09000 FOIX;;00013\n"
        ).encode("utf-8-sig"),
        types={"date de naissance": "date", "N° CAF": "identifier"},
        holds={
            "N° CAF": ["0205599", "0205599"],
            "date de naissance": ["1985-04-03", "1983-04-22"],
            "ID Iodas": ["00012", "00013"],
        },
    ),
    Ugly(
        "carnet-de-bord, three ways of writing days",
        (
            "Identifiant dans le SI*;Nom*;Date de naissance*;RQTH\n"
            "A1;Été;25/05/1998;oui\nA2;Noël;22-04-1997;non\nA3;True;1996-02-28;\n"
        ).encode("cp1252"),
        types={"Date de naissance*": "date", "RQTH": "boolean"},
        holds={
            "Nom*": ["Été", "Noël", "True"],
            "Date de naissance*": ["1998-05-25", "1997-04-22", "1996-02-28"],
            "RQTH": [True, False, None],
        },
    ),
    Ugly(
        "France Travail, NULL and hours",
        b"IDENT;INSCRIPTION;COMMUNE\nF1;2022-03-16 00:00:00.0;2A004\nF2;NULL;97105\n",
        types={
            "fields": [
                {"name": "IDENT"},
                {"name": "INSCRIPTION", "type": "date", "format": "any", "missingValues": ["", "NULL"]},
                {"name": "COMMUNE"},
            ]
        },
        holds={"INSCRIPTION": ["2022-03-16", None], "COMMUNE": ["2A004", "97105"]},
    ),
    Ugly(
        "all the spaces between thousands",
        "id;Revenu\n1;1 234,50 €\n2;1\u00a0234,5\n3;1\u202f234,5 €\n4;(12)\n5;−3\n".encode(),
        types={"Revenu": "number"},
        holds={"Revenu": [1234.5, 1234.5, 1234.5, -12.0, -3.0]},
    ),
    Ugly("lost zeros", one("Code postal", "9000", "31000"), types={}, notes=("A-COD-01",), holds={
        "Code postal": ["9000", "31000"],
    }),
    Ugly("no such post code", one("CP", "09000", "96200"), types={"CP": "postcode"}, code="E-COD-02",
         rows=(3,)),
    Ugly("phones as numbers", one("Tél", "0612345678", "6,12E+08"), types={"Tél": "identifier"},
         code="E-NUM-02", rows=(3,)),
    Ugly("thousands or decimals", one("Revenu", "1.234", "5"), types={"Revenu": "number"}, code="E-NUM-01",
         rows=(2,)),
    Ugly("words among numbers", one("Revenu", "950", "secret", "nd"), types={"Revenu": "number"},
         code="E-NUM-03", rows=(3, 4)),
    Ugly("30 February", one("Entrée", "01/02/2024", "30/02/2024"), types={"Entrée": "date"}, code="E-DAT-01",
         rows=(3,)),
    Ugly("months first", one("Entrée", "01/02/2024", "02/28/2024"), types={"Entrée": "date"},
         code="E-DAT-02", rows=(3,)),
    Ugly("years of two digits", one("Entrée", "01/02/24"), types={"Entrée": "date"}, code="E-DAT-03",
         rows=(2,)),
    Ugly("days of a spreadsheet as numbers", one("Entrée", "45292"), types={"Entrée": "date"},
         code="E-DAT-04", rows=(2,)),
    Ugly("perhaps", one("Emploi", "Oui", "NON", "peut-être"), types={"Emploi": "boolean"}, code="E-BOO-01",
         rows=(4,)),
]  # fmt: skip

BOOKS = [
    Ugly("title rows and a hidden sheet", book(
        ("Suivi", [["Suivi 2025"], [], *cells(HEAD, *ROWS)]), ("Secret", [["a"], ["b"]]), hidden="Secret"
    ), file="suivi.xlsx", holds=SAME, notes=("A-FIC-08",)),
    Ugly("two sheets", book(("2024", cells(HEAD, *ROWS)), ("2025", cells(HEAD, *ROWS))), file="suivi.xlsx",
         code="E-FIC-08"),
    Ugly("a page of HTML", b"<html><table><tr><td>Nom</td></tr></table></html>", file="suivi.xlsx",
         code="E-FIC-05"),
    Ugly("an archive of something else", archive(**{"lisez-moi.txt": "bonjour"}), file="suivi.xlsx",
         code="E-FIC-05"),
]  # fmt: skip

SURVEYS = [
    Ugly(
        "Kobo",
        (
            b"age;freins;freins/mobilite;freins/garde;_uuid;_submission_time\n"
            b"34;mobilite garde;1;1;u1;2025-01-06T10:00:00\n28;garde;0;1;u2;2025-01-07T10:00:00\n"
        ),
        types={"age": "number"},
        holds={"age": [34.0, 28.0], "freins": ["mobilite garde", "garde"]},
        notes=("A-ENQ-02",),
    ),
    Ugly(
        "LimeSurvey",
        (
            b'"id","submitdate","lastpage","startlanguage","emploi","freins[1]","freins[2]"\n'
            b'"1","2025-01-06 10:00:00","3","fr","Oui","Oui",""\n"2","","1","fr","","","Oui"\n'
        ),
        types={"emploi": "boolean"},
        holds={"emploi": [True, None], "freins": ["1", "2"]},
        notes=("A-ENQ-01", "A-ENQ-02"),
    ),
]

UGLY = [*ENCODED, *SHAPED, *VALUED, *BOOKS, *SURVEYS]
