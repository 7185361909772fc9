"""Exports of survey tools and of statistical software, each with a small made example."""

import sys
from pathlib import Path

import pandas as pd
import pytest

import impactkit as ik
from impactkit.errors import DataError

KOBO = """nom;freins;freins/garde;freins/mobilite;groupe/age;groupe/ok;_uuid;_submission_time
Zoé;garde mobilite;1;1;34;1;a1;2025-03-01T10:00:00
Ange;mobilite;0;1;51;0;a2;2025-03-02T10:00:00
Léa;;0;0;22;1;a3;2025-03-02T11:00:00
"""
LIMESURVEY = """id;submitdate;lastpage;startlanguage;q1[SQ001];q1[SQ002];q2[a];q2[b];score
1;2025-03-01 10:00:00;3;fr;Y;Y;2;5;4
2;;1;fr;Y;;;;
3;2025-03-03 10:00:00;3;fr;;;1;3;5
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "enquete.csv"
    path.write_text(text, encoding="utf-8-sig")
    return path


def codes(frame: pd.DataFrame) -> list[str]:
    return [note.code for note in frame.attrs["notes"]]


def test_kobo_choices_become_one_column_and_groups_stay(tmp_path: Path) -> None:
    frame = ik.read_table(written(tmp_path, KOBO))
    assert list(frame) == ["nom", "freins", "groupe/age", "groupe/ok", "_uuid", "_submission_time"]
    assert frame["freins"].tolist() == ["garde mobilite", "mobilite", ""]
    assert codes(frame) == ["A-ENQ-02"]


def test_kobo_with_labels_of_several_words(tmp_path: Path) -> None:
    text = KOBO.replace("freins", "Quels freins ?").replace("garde mobilite;1", "Garde d'enfant Mobilité;1")
    text = (
        text.replace("/garde", "/Garde d'enfant")
        .replace("/mobilite", "/Mobilité")
        .replace(";mobilite;", ";Mobilité;")
    )
    frame = ik.read_table(written(tmp_path, text))
    assert frame["Quels freins ?"].tolist() == ["Garde d'enfant Mobilité", "Mobilité", ""]
    assert "Quels freins ?/Mobilité" not in frame


def test_kobo_columns_that_disagree_or_are_named_stay(tmp_path: Path) -> None:
    disagree = ik.read_table(written(tmp_path, KOBO.replace("mobilite;0;1", "mobilite;1;1")))
    assert "freins/garde" in disagree
    assert codes(disagree) == []
    named = ik.read_table(written(tmp_path, KOBO), dictionary={"freins/garde": "boolean"})
    assert named["freins/garde"].tolist() == [True, False, False]


def test_limesurvey_choices_and_unfinished_responses(tmp_path: Path) -> None:
    frame = ik.read_table(written(tmp_path, LIMESURVEY))
    assert frame["q1"].tolist() == ["SQ001 SQ002", "SQ001", ""]
    assert {"q2[a]", "q2[b]"} <= set(frame)  # an array of scores, not a choice
    assert codes(frame) == ["A-ENQ-01", "A-ENQ-02"]
    (unfinished, _) = frame.attrs["notes"]
    assert (unfinished.rows, unfinished.column, len(frame)) == ((3,), "submitdate", 3)


def test_limesurvey_with_labels_in_french(tmp_path: Path) -> None:
    text = LIMESURVEY.replace(
        "submitdate;lastpage;startlanguage", "Date de soumission;Dernière page;Langue de départ"
    )
    frame = ik.read_table(
        written(
            tmp_path,
            text.replace("q1[SQ001]", "Vos freins [Garde]").replace("q1[SQ002]", "Vos freins [Mobilité]"),
        )
    )
    assert frame["Vos freins"].tolist() == ["Garde Mobilité", "Garde", ""]
    assert codes(frame)[0] == "A-ENQ-01"


def test_table_that_is_no_survey_is_left_as_it_is(tmp_path: Path) -> None:
    text = "nom;freins;freins/garde;freins/mobilite\nZoé;garde mobilite;1;1\n"
    assert "freins/garde" in ik.read_table(written(tmp_path, text))


# ------------------------------------------------------------------ SPSS and Stata


@pytest.mark.parametrize("suffix", ["sav", "dta"])
def test_statistical_files(tmp_path: Path, suffix: str) -> None:
    pyreadstat = pytest.importorskip("pyreadstat")
    frame = pd.DataFrame(
        {"code": ["001", "NULL", "Éva"], "sexe": [1.0, 2.0, None], "score": [1.5, 2.0, -3.0]}
    )
    path = tmp_path / f"enquete.{suffix}"
    write = pyreadstat.write_sav if suffix == "sav" else pyreadstat.write_dta
    write(frame, str(path), variable_value_labels={"sexe": {1: "Homme", 2: "Femme"}})
    read = ik.read_table(path, dictionary={"score": "number"})
    assert read["score"].tolist() == [1.5, 2.0, -3.0]
    assert read["sexe"].tolist() == ["Homme", "Femme", ""]
    assert read["code"].tolist() == ["001", "NULL", "Éva"]
    with pytest.raises(DataError) as caught:
        ik.read_table(path, dictionary={"absent": "number"})
    assert caught.value.problems[0].code == "E-COL-01"


def test_statistical_file_that_is_damaged_absent_or_unreadable_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("pyreadstat")
    path = tmp_path / "enquete.sav"

    def code() -> str:
        with pytest.raises(DataError) as caught:
            ik.read_table(path)
        return caught.value.problems[0].code

    assert code() == "E-FIC-11"
    path.write_bytes(b"not a file of SPSS")
    assert code() == "E-FIC-10"
    monkeypatch.setitem(sys.modules, "pyreadstat", None)
    assert code() == "E-FIC-13"
