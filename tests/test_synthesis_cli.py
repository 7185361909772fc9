"""``impactkit synthesis``: the command, its files and what it refuses."""

import json

import pytest

from impactkit.cli.app import run_command
from many_records import records, write


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    return write(tmp_path_factory.mktemp("results") / "out", records(20, seed=2))


def test_it_writes_the_page_and_its_data_and_tells_the_averages(out, tmp_path, capsys):
    folder = tmp_path / "synthèse ici"
    assert run_command(["synthesis", str(out), "--by", "axis", "--out", str(folder)]) == 0
    said = capsys.readouterr().out
    assert "20 mesures réunies" in said
    assert "mesures, intervalle de confiance" in said
    assert sorted(path.name for path in folder.iterdir()) == [
        "synthesis.html",
        "synthesis.json",
        "synthesis.xlsx",
        "tables",
    ]


def test_a_file_names_its_format_and_its_folder(out, tmp_path, capsys):
    arguments = ["synthesis", str(out), "--out", str(tmp_path / "bilan" / "page.docx"), "--json"]
    assert run_command([*arguments, "--lang", "en"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["measures"] == 20
    assert told["pooled"] + told["refused"] == 20
    assert (tmp_path / "bilan" / "page.docx").is_file()
    run_command(["synthesis", str(out), "--out", str(tmp_path), "--lang", "fr"])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--by", "ville"], "region, axis, public, national"),
        (["--format", "html,rtf"], "html, pdf, docx, odt"),
    ],
)
def test_unknown_words_are_told_with_those_known(out, tmp_path, capsys, arguments, said):
    assert run_command(["synthesis", str(out), "--out", str(tmp_path / "s"), *arguments]) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "s").exists()


def test_it_is_not_written_among_the_results(out, capsys):
    assert run_command(["synthesis", str(out), "--out", str(out)]) == 2
    assert "--out" in capsys.readouterr().err


def test_a_folder_without_measures_is_told(tmp_path, capsys):
    assert run_command(["synthesis", str(tmp_path), "--out", str(tmp_path / "s")]) == 7
    assert "evidence.json" in capsys.readouterr().err
