"""A study's file as a Table Schema: valid by the public profile, and read back with the same values."""

import json
from pathlib import Path

import jsonschema
import numpy as np
import pandas as pd
import pytest

import impactkit as ik
from impactkit.cli.app import run_command
from impactkit.files.columns import reading_of
from impactkit.files.reading.convert import convert_column
from impactkit.files.reading.raw import read_raw

PROFILE = json.loads(
    (Path(__file__).parent / "reference" / "tableschema-2.0.json").read_text(encoding="utf-8")
)
SAMPLES = ("nsw", "insertion_emploi", "insertion_emploi_cls")

MESSY = """N° dossier;Nom;Groupe;Emploi;Revenu;Entrée;Reçu le;Mois;Vide
001;Kanari;Bénéf.;OUI;1 234,50 €;03/04/2024;2024-04-03;2024-04;
002;NC;bénéf.;non;NC;13/04/2024;2024-04-13;2024-05;
003;Vogel;Attente;Nc;12,5;;;2024-05;
"""
MESSY_STUDY = """
format = 1
kind = "cls"
id = "essai"
title = "Essai"
territory = { name = "Valmont" }
waves = [{ id = "T0", label = "T0", months = 0, date = 2024-01-08 }]
variables.emploi = { label = "En emploi", type = "boolean" }
variables.revenu = { label = "Revenu", type = "number" }
[[files]]
id = "suivi"
path = "suivi.csv"
wave = "T0"
missing = ["NC"]
[files.columns]
unit = "N° dossier"
arm = { column = "Groupe", labels = { "Bénéf." = "beneficiary", "Attente" = "waiting_list" } }
entry = "Entrée"
answered = "Reçu le"
emploi = "Emploi"
revenu = "Revenu"
[[actions]]
id = "a"
title = "Action"
need = "Un besoin."
intended_effect = "Un effet."
start = 2024-01-08
files = ["suivi"]
method = "compare_groups"
comparison = "waiting_list"
outcomes = [{ variable = "emploi", primary = true, direction = "increase" }]
"""


def assert_valid(schema: dict) -> None:
    validator = jsonschema.validators.validator_for(PROFILE)(PROFILE)
    assert [error.message for error in validator.iter_errors(schema)] == []


@pytest.fixture
def messy(tmp_path: Path) -> ik.Study:
    (tmp_path / "suivi.csv").write_text(MESSY, encoding="cp1252")
    (tmp_path / "study.toml").write_text(MESSY_STUDY, encoding="utf-8")
    return ik.read_study(tmp_path)


def test_the_profile_refuses_what_is_not_a_table_schema() -> None:
    validator = jsonschema.validators.validator_for(PROFILE)(PROFILE)
    assert not validator.is_valid({"fields": [{"title": "no name"}]})
    assert not validator.is_valid({"fields": [{"name": "a", "type": "colour"}]})


@pytest.mark.parametrize("name", SAMPLES)
def test_every_file_of_the_samples_has_a_valid_schema_that_reads_the_same_values(name: str) -> None:
    study = ik.read_study(ik.sample(name))
    for file in study.files:
        schema = ik.table_schema(study, file=file.id)
        assert_valid(schema)
        said = {field["name"] for field in schema["fields"]}
        path = study.folder / file.path
        table = ik.read_table(path, dictionary=schema, sheet=file.sheet)
        assert said == set(table.columns)
        headers = [column.column for columns in file.columns.values() for column in columns]
        raw = read_raw(path, headers=headers, others=True, sheet=file.sheet)
        for role, columns in file.columns.items():
            for column in columns:
                reading = reading_of(role, column, file=file, study=study)
                if reading.labels and reading.kind == "number":
                    continue  # a Table Schema cannot say that words stand for numbers
                own = convert_column(
                    raw.frame[column.column], reading, rows=raw.row_numbers, column="", file=""
                )
                read = table[raw.spellings[column.column]]
                if reading.kind in ("number", "boolean"):
                    np.testing.assert_array_equal(read.to_numpy(float, na_value=np.nan), own.array)
                elif reading.kind == "date":
                    np.testing.assert_array_equal(read.to_numpy("datetime64[D]"), own.array)
                elif reading.kind in ("category", "text", "identifier"):
                    assert read.astype(object).where(read.notna(), None).tolist() == list(own.array)


def test_fields_say_how_each_column_is_written(messy: ik.Study) -> None:
    schema = ik.table_schema(messy, file="suivi")
    assert_valid(schema)
    missing = {"missingValues": ["", "NC"]}
    assert schema["fields"] == [
        {"name": "N° dossier", "type": "string"} | missing,
        {"name": "Nom", "type": "string"},
        {
            "name": "Groupe",
            "type": "string",
            "categories": [
                {"value": "Bénéf.", "label": "beneficiary"},
                {"value": "bénéf.", "label": "beneficiary"},
                {"value": "Attente", "label": "waiting_list"},
            ],
        }
        | missing,
        {
            "name": "Emploi",
            "title": "En emploi",
            "type": "boolean",
            "trueValues": ["OUI"],
            "falseValues": ["non"],
            "missingValues": ["", "NC", "Nc"],
        },
        {
            "name": "Revenu",
            "title": "Revenu",
            "type": "number",
            "decimalChar": ",",
            "groupChar": " ",
            "bareNumber": False,
        }
        | missing,
        {"name": "Entrée", "type": "date", "format": "%d/%m/%Y"} | missing,
        {"name": "Reçu le", "type": "date", "format": "default"} | missing,
        {"name": "Mois", "type": "string"},
        {"name": "Vide", "type": "string"},
    ]


def test_a_surname_is_not_missing_because_answers_are(messy: ik.Study) -> None:
    table = ik.read_table(messy.folder / "suivi.csv", dictionary=ik.table_schema(messy, file="suivi"))
    assert table["Nom"].tolist() == ["Kanari", "NC", "Vogel"]
    assert table["Revenu"].tolist()[::2] == [1234.5, 12.5]
    assert np.isnan(table["Revenu"][1])
    assert table["Emploi"].tolist() == [True, False, pd.NA]
    assert table["Groupe"].cat.categories.tolist() == ["beneficiary", "waiting_list"]


def test_nobody_is_in_a_schema(messy: ik.Study) -> None:
    assert not {"Kanari", "Vogel", "001"} & set(json.dumps(ik.table_schema(messy, file="suivi")).split('"'))


def test_a_file_that_the_study_does_not_have_is_named(messy: ik.Study) -> None:
    with pytest.raises(ValueError, match="expected one of suivi"):
        ik.table_schema(messy, file="autre")


def test_commands_write_schemas(messy: ik.Study, capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    study = str(messy.path)
    assert run_command(["schema", "--table", "suivi", "--study", study]) == 0
    assert json.loads(capfd.readouterr().out) == ik.table_schema(messy, file="suivi")
    assert run_command(["schema", "--table", "autre", "--study", study]) == 2
    assert "suivi" in capfd.readouterr().err
    rows = "".join(f"{i:03d};Kanari{i};{'Oui' if i % 2 else 'NSP'};0{i % 9 + 1}/03/2024\n" for i in range(40))
    table = tmp_path / "liste.csv"
    table.write_text(f"N° dossier;Nom;Emploi;Date d'entrée\n{rows}", encoding="cp1252")
    assert run_command(["map", str(table), "--table-schema"]) == 0
    proposed = json.loads(capfd.readouterr().out)
    assert_valid(proposed)
    assert [field["type"] for field in proposed["fields"]] == ["string", "string", "boolean", "date"]
    assert proposed["fields"][2]["trueValues"] == ["Oui"]
    assert proposed["fields"][2]["missingValues"] == ["", "NSP"]
    assert "Kanari" not in json.dumps(proposed)
