"""`read_table`: types by a dictionary or a Table Schema, headers found or refused, two readers alike."""

import csv
import datetime as dt
import io
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import impactkit as ik
from impactkit.errors import DataError, Problem
from impactkit.files.reading.decode import decode
from impactkit.files.reading.delimited import Rows, opened, read_fast, read_strict
from impactkit.files.reading.grid import Place
from small_studies import write_workbook

TABLE = "N° dossier;Nom;Âge;Entrée;Emploi\n001;NULL;34,5;01/03/2024;Oui\n002;Éloïse;;2024-03-02;Non\n"


def written(folder: Path, content: str | bytes, name: str = "suivi.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode("cp1252") if isinstance(content, str) else content)
    return path


def refused(path: Path, **how: object) -> list[Problem]:
    with pytest.raises(DataError) as caught:
        ik.read_table(path, **how)  # type: ignore[arg-type]
    return list(caught.value.problems)


# ------------------------------------------------------------------ types


def test_every_column_is_text_without_a_dictionary(tmp_path: Path) -> None:
    frame = ik.read_table(written(tmp_path, TABLE))
    assert list(frame) == ["N° dossier", "Nom", "Âge", "Entrée", "Emploi"]
    assert {str(dtype) for dtype in frame.dtypes} == {"str"}
    assert frame.loc[0].tolist() == ["001", "NULL", "34,5", "01/03/2024", "Oui"]
    assert frame.loc[1, "Âge"] == ""
    assert not frame.isna().any().any()


def test_what_is_known_of_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, "Structure : CCAS;;;;\n" + TABLE)
    attrs = ik.read_table(path).attrs
    assert (attrs["encoding"], attrs["delimiter"], attrs["sheet"]) == ("cp1252", ";", None)
    assert (attrs["header_row"], attrs["notes"], len(attrs["sha256"])) == (2, (), 64)


def test_types_of_a_dictionary(tmp_path: Path) -> None:
    text = TABLE.replace("Emploi", "Emploi;Mois;Groupe").replace("Oui\n", "Oui;03/2024;A\n")
    text = text.replace("Non\n", "Non;;B\n")
    types = {"Âge": "number", "Entrée": "date", "Emploi": "boolean", "Mois": "month", "Groupe": "category"}
    frame = ik.read_table(written(tmp_path, text), dictionary=types | {"Nom": "text"})
    assert frame["Âge"].tolist()[0] == 34.5
    assert np.isnan(frame["Âge"][1])
    assert frame["Entrée"].tolist() == [pd.Timestamp(2024, 3, 1), pd.Timestamp(2024, 3, 2)]
    assert frame["Emploi"].tolist() == [True, False]
    assert str(frame["Emploi"].dtype) == "boolean"
    assert frame["Mois"][0] == pd.Period("2024-03", "M")
    assert frame["Mois"].isna().tolist() == [False, True]
    assert frame["Groupe"].tolist() == ["A", "B"]
    assert frame["Nom"].tolist() == ["NULL", "Éloïse"]
    assert frame["N° dossier"].tolist() == ["001", "002"]


def test_headers_of_a_dictionary_are_matched_as_a_reader_would(tmp_path: Path) -> None:
    assert ik.read_table(written(tmp_path, TABLE), dictionary={"age": "number"})["age"][0] == 34.5


def test_table_schema_of_both_versions(tmp_path: Path) -> None:
    fields = [
        {"name": "N° dossier", "type": "string"},
        {"name": "Âge", "type": "number", "decimalChar": ","},
        {"name": "Entrée", "type": "date", "format": "%d/%m/%Y"},
        {"name": "Emploi", "type": "boolean", "trueValues": ["Oui"], "falseValues": ["Non"]},
        {
            "name": "Nom",
            "type": "string",
            "categories": [{"value": "NULL", "label": "Nulle"}, {"value": "Éloïse", "label": "É."}],
        },
    ]
    schema = {"fields": fields, "missingValues": ["", {"value": "NSP", "label": "ne sait pas"}]}
    path = written(tmp_path, TABLE.replace("34,5", "1.234,5").replace(";;", ";NSP;"))
    (tmp_path / "schema.json").write_text(json.dumps(schema), encoding="utf-8")
    for given_as in (schema, tmp_path / "schema.json", str(tmp_path / "schema.json")):
        frame = ik.read_table(path, dictionary=given_as)
        assert frame["Âge"][0] == 1234.5
        assert np.isnan(frame["Âge"][1])
        assert frame["Nom"].tolist() == ["Nulle", "É."]
        assert frame["Emploi"].tolist() == [True, False]


@pytest.mark.parametrize(
    ("decimal", "text", "value"),
    [
        (",", "1.234", 1234),
        (".", "1.234", 1.234),
        (".", "1,234", 1234),
        (".", "1,234.5", 1234.5),
        (",", "-2,5", -2.5),
    ],
)
def test_known_decimal_sign_leaves_one_reading(tmp_path: Path, decimal: str, text: str, value: float) -> None:
    schema = {"fields": [{"name": "x", "type": "number", "decimalChar": decimal}]}
    frame = ik.read_table(written(tmp_path, f'id;x\n1;"{text}"\n2;3\n'), dictionary=schema)
    assert frame["x"].tolist() == [value, 3]


@pytest.mark.parametrize(("decimal", "text"), [(",", "12.5"), (".", "12,5"), (".", "1,23,4"), (",", "1.2,3")])
def test_number_of_another_decimal_sign_is_a_fault(tmp_path: Path, decimal: str, text: str) -> None:
    schema = {"fields": [{"name": "x", "type": "number", "decimalChar": decimal}]}
    (problem,) = refused(written(tmp_path, f"id;x\n1;{text}\n"), dictionary=schema)
    assert (problem.code, problem.row) == ("E-NUM-03", 2)


def test_unknown_types_are_mistakes_of_the_caller(tmp_path: Path) -> None:
    path = written(tmp_path, TABLE)
    with pytest.raises(ValueError, match="expected one of number"):
        ik.read_table(path, dictionary={"Âge": "float"})
    with pytest.raises(ValueError, match="expected one of string"):
        ik.read_table(path, dictionary={"fields": [{"name": "Âge", "type": "geopoint"}]})


def test_all_problems_at_once_with_their_place(tmp_path: Path) -> None:
    text = TABLE.replace("34,5", "SECRET").replace("2024-03-02", "31/02/2024")
    problems = refused(written(tmp_path, text), dictionary={"Âge": "number", "Entrée": "date"})
    found = [(item.code, item.file, item.column, item.rows) for item in problems]
    assert found == [("E-NUM-03", "suivi.csv", "Âge", (2,)), ("E-DAT-01", "suivi.csv", "Entrée", (3,))]


def test_workbook_and_its_types(tmp_path: Path) -> None:
    rows = [["Suivi"], [], ["code", "score", "jour"], ["001", 1.234, dt.date(2024, 3, 1)], ["002", 2, None]]
    path = write_workbook(tmp_path / "suivi.xlsx", {"T0": rows})
    frame = ik.read_table(path, dictionary={"score": "number", "jour": "date"})
    assert frame["score"].tolist() == [1.234, 2]
    assert frame["jour"].isna().tolist() == [False, True]
    assert frame["code"].tolist() == ["001", "002"]
    assert (frame.attrs["sheet"], frame.attrs["header_row"]) == ("T0", 3)


# ------------------------------------------------------------------ headers without names


def test_titles_blank_rows_and_separator_lines_are_skipped(tmp_path: Path) -> None:
    for above in ("", "sep=;\n", "Titre\n\n", "Titre;;\n;;\nExport du 03/02/2025\n"):
        frame = ik.read_table(written(tmp_path, above + TABLE))
        assert frame["N° dossier"].tolist() == ["001", "002"]


@pytest.mark.parametrize(
    ("text", "code", "rows"),
    [
        ("001;Ange;34\n002;Zoé;51\n", "E-COL-04", (1,)),  # no headers: the first row is a person's
        ("nom;;âge\nAnge;x;34\nZoé;y;51\n", "E-COL-03", (1,)),
        ("nom\nAnge, Jean\nZoé, Léa\n", "E-COL-04", (1, 2)),
        ("nom;nom;âge\nAnge;x;34\n", "E-COL-02", (1,)),
        # labels, then codes, then figures
        ("Nom;Âge;Score\nnom;age;score\nA;1;2\nB;3;4\nC;5;6\nD;7;8\n", "E-COL-04", (1, 2)),
        ("nom;âge\nAnge;34\nZoé;51;x\n", "E-COL-04", (1, 3)),
        ("nom;ville\nAnge;Foix\nZoé;Auch;x;y\nA;B\n", "E-COL-04", (1, 3)),
    ],
)
def test_doubtful_headers_are_refused(tmp_path: Path, text: str, code: str, rows: tuple[int, ...]) -> None:
    (problem,) = refused(written(tmp_path, text))
    assert (problem.code, problem.rows) == (code, rows)
    assert "Ange" not in problem.text("fr")


def test_separator_that_cannot_be_told_is_asked_for(tmp_path: Path) -> None:
    path = written(tmp_path, "a;b,c\nx;y,z\n")
    assert refused(path)[0].code == "E-CSV-03"
    assert list(ik.read_table(path, delimiter=",")) == ["a;b", "c"]


def test_one_column(tmp_path: Path) -> None:
    assert ik.read_table(written(tmp_path, "nom\nÉloïse\nZoé\n"))["nom"].tolist() == ["Éloïse", "Zoé"]


# ------------------------------------------------------------------ what COHORT.md §9 asks of values


@pytest.mark.parametrize(
    ("header", "values", "kind", "code", "rows"),
    [
        ("tel", ["6,5E+08", "0612345678"], "identifier", "E-NUM-02", (2,)),
        ("montant", ["1.234", "5"], "number", "E-NUM-01", (2,)),
        ("né le", ["31/02/1990", "01/02/1990"], "date", "E-DAT-01", (2,)),
        ("né le", ["00/00/0000", "99/99/9999"], "date", "E-DAT-01", (2, 3)),
        ("né le", ["03/25/1990", "01/02/1990"], "date", "E-DAT-02", (2,)),
        ("né le", ["01/02/45", "01/02/1990"], "date", "E-DAT-03", (2,)),
        ("né le", ["31121", "01/02/1990"], "date", "E-DAT-04", (2,)),
    ],
)
def test_values_refused(
    tmp_path: Path, header: str, values: list[str], kind: str, code: str, rows: tuple[int, ...]
) -> None:
    text = f"id;{header}\n" + "".join(f"{i};{value}\n" for i, value in enumerate(values))
    (problem,) = refused(written(tmp_path, text), dictionary={header: kind})
    assert (problem.code, problem.column, problem.rows) == (code, header, rows)


def test_post_codes_that_lost_their_zero_are_told_and_kept(tmp_path: Path) -> None:
    text = "id;Code postal\na;9340\nb;2A004\nc;97105\nd;09000\ne;69001 CEDEX\n"
    frame = ik.read_table(written(tmp_path, text))
    assert frame["Code postal"].tolist() == ["9340", "2A004", "97105", "09000", "69001 CEDEX"]
    (note,) = frame.attrs["notes"]
    assert (note.code, note.column, note.rows) == ("A-COD-01", "Code postal", (2,))


NASTY = [
    "NULL",
    "NA",
    "None",
    "Nan",
    "True",
    "O'Brien",
    "N'Diaye",
    "😀",
    "\u202eabc",
    "<script>",
    "=cmd",
    "$\\frac",
]
NASTY += ["|", "`x`", "a\nb", "x" * 1_200_000]


def test_nasty_texts_are_kept_to_the_letter(tmp_path: Path) -> None:
    buffer = io.StringIO(newline="")
    csv.writer(buffer, delimiter=";").writerows([["id", "nom"], *([f"n{i}", x] for i, x in enumerate(NASTY))])
    frame = ik.read_table(written(tmp_path, buffer.getvalue().encode()))
    assert frame["nom"].tolist() == NASTY


def test_spoilt_accents_are_offered_a_repair(tmp_path: Path) -> None:
    path = written(tmp_path, "id;nom\na;ZoÃ©\n".encode())
    frame = ik.read_table(path)
    assert frame["nom"][0] == "ZoÃ©"
    assert [note.code for note in frame.attrs["notes"]] == ["A-ENC-02"]
    assert ik.read_table(path, repair=True)["nom"][0] == "Zoé"


# ------------------------------------------------------------------ the two readers of texts

PIECES = st.lists(
    st.sampled_from(
        ["a", "é", "12,5", "", " ", ";", '"', '""', "\n", "\r\n", "\r", "x y", '"a;b"', '"a""b"', "\x1f"]
    ),
    max_size=25,
).map("".join)


def cells(rows: Rows) -> list[list[str]]:
    usual = iter(zip(*(column.to_pylist() for column in rows.columns), strict=True))
    return [rows.odd[i] if i in rows.odd else list(next(usual, ())) for i in range(rows.n)]


def trimmed(row: list[str]) -> list[str]:
    """An empty line has no cell for one reader and empty ones for the other."""
    return row if any(row) else []


@given(PIECES, st.integers(1, 3))
def test_both_readers_give_the_same_cells(body: str, width: int) -> None:
    data = decode(("nom;âge\n" + body).encode(), name="f")
    try:
        text = opened(data, place=Place(file="f"), delimiter=";")
    except DataError:
        return
    fast = read_fast(text, 0, width)
    if fast is not None:
        assert list(map(trimmed, cells(fast))) == list(map(trimmed, cells(read_strict(text, 0))))


@given(PIECES)
def test_both_readers_agree_in_an_old_encoding(body: str) -> None:
    data = decode(("nom;âge\nZoé;1\n" + body).encode("cp1252"), name="f", encoding="cp1252")
    try:
        text = opened(data, place=Place(file="f"), delimiter=";")
    except DataError:
        return
    fast = read_fast(text, 0, 2)
    if fast is not None:
        assert list(map(trimmed, cells(fast))) == list(map(trimmed, cells(read_strict(text, 0))))
