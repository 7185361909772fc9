"""`impactkit map`: a part of a study file proposed from a table, in which nobody can be found."""

import tomllib
from pathlib import Path

import pytest

from impactkit.cli.app import run_command
from impactkit.files import read_study
from small_studies import STUDY

N = 40
HEADER = "N° Dossier;NOM;Prénom;Téléphone;Groupe;Date d'entrée;Âge;Sexe;Ville;Emploi T0;Emploi T6;"
HEADER += "Score à 6 mois;Vide"


def table(folder: Path) -> Path:
    lines = [HEADER]
    for i in range(N):
        town = "Auch" if i < 20 else "Foix" if i < 35 else "Kanarienvogel"
        lines.append(
            f"{i:03d};Kanari{i};Vogel{i};06000000{i:02d};{'A' if i % 2 else 'B'};0{i % 9 + 1}/03/2024;"
            f"{20 + i};{'F' if i % 3 else 'H'};{town};{'Oui' if i % 2 else 'NSP'};Oui;{i},5;"
        )
    path = folder / "Suivi d'été.csv"
    path.write_text("Export 2025\n" + "\n".join(lines) + "\n", encoding="cp1252")
    return path


def test_proposal_is_a_part_of_a_study_file(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run_command(["map", str(table(tmp_path)), "--lang", "fr"]) == 0
    said = tomllib.loads(capfd.readouterr().out)
    assert [(wave["id"], wave["months"]) for wave in said["waves"]] == [("T0", 0), ("T6", 6)]
    types = {name: variable["type"] for name, variable in said["variables"].items()}
    assert types == {
        "age": "number",
        "sexe": "category",
        "ville": "category",
        "emploi": "boolean",
        "score": "number",
    }
    assert said["variables"]["sexe"]["categories"] == ["F", "H"]
    assert "categories" not in said["variables"]["ville"]  # one of them has five rows
    (file,) = said["files"]
    assert file["missing"] == ["NSP"]
    assert (file["id"], file["path"]) == ("suivi-d-ete", "Suivi d'été.csv")
    assert file["columns"]["unit"] == "N° Dossier"
    assert (file["columns"]["arm"], file["columns"]["entry"]) == ("Groupe", "Date d'entrée")
    assert file["columns"]["emploi"] == [
        {"column": "Emploi T0", "wave": "T0"},
        {"column": "Emploi T6", "wave": "T6"},
    ]


def test_no_value_of_a_person_is_shown(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    run_command(["map", str(table(tmp_path)), "--lang", "fr"])
    said = "".join(capfd.readouterr())
    assert "Kanari" not in said
    assert "Vogel" not in said
    assert "0600" not in said
    assert "NOM" in said  # the column is told, and left out


def test_proposal_completed_by_hand_is_a_study(tmp_path: Path) -> None:
    path = table(tmp_path)
    assert run_command(["map", str(path), "--out", str(tmp_path / "part.toml")]) == 0
    part = (tmp_path / "part.toml").read_text(encoding="utf-8").replace("suivi-d-ete", "suivi")
    arms = '{ column = "Groupe", labels = { A = "beneficiary", B = "waiting_list" } }'
    part = part.replace('arm = "Groupe"', f"arm = {arms}").replace('entry = "', '# "')
    head = STUDY[: STUDY.index("[[waves]]")]
    actions = STUDY[STUDY.index("[[actions]]") :].replace(', "sexe"', "")
    (tmp_path / "study.toml").write_text(head + part + actions, encoding="utf-8")
    study = read_study(tmp_path / "study.toml")
    assert set(study.variables) == {"age", "sexe", "ville", "emploi", "score"}


def test_variables_of_a_study_are_recognised_by_their_labels(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "suivi.csv").write_text("x", encoding="utf-8")
    (tmp_path / "study.toml").write_text(STUDY, encoding="utf-8")
    path = tmp_path / "autre.csv"
    path.write_text("dossier;EN EMPLOI T6\n" + "".join(f"{i:03d};Oui\n" for i in range(20)), encoding="utf-8")
    assert run_command(["map", str(path), "--study", str(tmp_path / "study.toml")]) == 0
    said = tomllib.loads(capfd.readouterr().out)
    assert said["files"][0]["columns"]["emploi"] == {"column": "EN EMPLOI T6", "wave": "T6"}


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    path = table(tmp_path)
    assert run_command(["map", str(path), "--out", str(path)]) == 2
    assert run_command(["map", str(tmp_path / "absent.csv")]) == 4


def test_groups_are_given_the_arm_that_their_words_name(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    groups = ["bénéficiaire"] * 12 + ["Liste d'attente"] * 11 + ["non-recours"] * 3
    rows = "".join(f"{i:04d};{group}\n" for i, group in enumerate(groups))
    path = tmp_path / "suivi.csv"
    path.write_text(f"N° dossier;Groupe\n{rows}", encoding="utf-8")
    assert run_command(["map", str(path)]) == 0
    proposal = tomllib.loads(capfd.readouterr().out)
    # Three rows would tell of someone: that group is left to complete.
    assert proposal["files"][0]["columns"]["arm"] == {
        "column": "Groupe",
        "labels": {"bénéficiaire": "beneficiary", "Liste d'attente": "waiting_list"},
    }


def test_a_column_of_numbers_with_a_wrong_cell_stays_one(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    lines = [f"{i};{'cinquante' if i == 7 else 20 + i};{i};{i},5" for i in range(N)]
    path = tmp_path / "suivi.csv"
    header = "File number;Age;Confidence score (T0);Confidence score (T6)"
    path.write_text("\n".join([header, *lines]), encoding="utf-8")
    run_command(["map", str(path)])
    said = tomllib.loads(capfd.readouterr().out)
    assert {name: variable["type"] for name, variable in said["variables"].items()} == {
        "age": "number",
        "confidence_score": "number",
    }
    (file,) = said["files"]
    assert file["columns"]["unit"] == "File number"
    assert [part["wave"] for part in file["columns"]["confidence_score"]] == ["T0", "T6"]


def test_the_path_is_the_one_from_the_folder_of_the_study(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    study = tmp_path / "étude"
    assert run_command(["new", str(study), "--lang", "fr"]) == 0
    capfd.readouterr()
    path = study / "donnees" / "suivi.csv"
    assert run_command(["map", str(path), "--study", str(study)]) == 0
    assert tomllib.loads(capfd.readouterr().out)["files"][0]["path"] == "donnees/suivi.csv"


def test_example_data_are_told_until_they_are_replaced(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    study = tmp_path / "étude"
    run_command(["new", str(study), "--lang", "fr"])
    path = study / "donnees" / "suivi.csv"
    assert run_command(["check", str(study)]) == 0
    assert "A-EXE-01" in capfd.readouterr().out
    path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert run_command(["check", str(study)]) == 0
    assert "A-EXE-01" not in capfd.readouterr().out
