"""Forms of a notebook: what they make, as values, then through the widgets, without a browser."""

from __future__ import annotations

import datetime as dt
import shutil
import tomllib
from pathlib import Path

import pytest

import impactkit as ik
from impactkit.cli.app import run_command
from impactkit.errors import DataError, StudyError
from impactkit.files import Study, read_study
from impactkit.forms.changes import read_changes
from impactkit.lab.answers import Reply, form_asked, replies_of, sheet_path, write_replies
from impactkit.lab.choices import Chosen, describe
from impactkit.lab.prepare import prepare


@pytest.fixture
def study(tmp_path: Path) -> Study:
    folder = tmp_path / "mon pacte"
    assert run_command(["new", str(folder), "--lang", "fr"]) == 0
    return read_study(folder / "study.toml")


def described(study: Study):
    return describe(study.folder / "donnees" / "suivi.csv", study=study)


def test_what_is_proposed_is_what_map_writes(study, capfd):
    file = described(study)
    run_command(["map", str(file.path), "--study", str(study.path), "--lang", "fr"])
    made = file.part(file.chosen())
    assert made.strip() in capfd.readouterr().out
    assert tomllib.loads(made)["files"][0]["path"] == "donnees/suivi.csv"


def test_choices_change_the_part(study):
    file = described(study)
    choices = file.chosen()
    choices["Âge"] = Chosen(use="")
    choices["Sexe"] = Chosen(use="cluster")
    choices["Confiance à 6 mois"] = Chosen(use="variable", name="confiance", kind="number", wave=12)
    said = tomllib.loads(file.part(choices))
    assert "age" not in said["variables"]
    assert said["files"][0]["columns"]["cluster"] == "Sexe"
    assert [part["wave"] for part in said["files"][0]["columns"]["confiance"]] == ["T0", "T12"]
    choices["Âge"] = Chosen(use="nom")
    with pytest.raises(ValueError, match="unknown use"):
        file.part(choices)


def test_answers_go_to_the_workbook_and_are_read_as_any(study):
    key, other = (item.key for _, item in list(form_asked().items)[:2])
    proved = Reply(level="better", share="partly", proof="=1+1", date=dt.date(2026, 5, 4), source="bilan")
    write_replies(study, "1", "lead", {key: proved, other: Reply(level="same")})
    write_replies(study, "12", "association", {key: Reply(level="worse")})
    answers = {(item.respondent, item.item): item for item in read_changes(study, form_asked()).items}
    assert set(answers) == {("1", key), ("1", other), ("12", key)}
    first = answers["1", key]
    assert (first.type, first.level, first.share, first.date) == ("lead", "better", "partly", proved.date)
    assert first.proof == "=1+1"  # kept as written: no formula
    assert replies_of(study, "1") == ("lead", {**replies_of(study, "1")[1], key: proved})
    assert replies_of(study, "12")[1][key] == Reply(level="worse")
    assert replies_of(study, "99") == ("", {})


def test_answers_go_to_a_text_table_too(tmp_path):
    folder = tmp_path / "exemple"
    shutil.copytree(ik.sample("insertion_emploi").parent, folder)
    study = read_study(folder / "study.toml")
    before = read_changes(study, form_asked()).items
    key = next(item.key for _, item in form_asked().items)
    reply = Reply(level="worse", share="partly", proof="=1+1 ; oui", date=dt.date(2026, 5, 4), source="bilan")
    write_replies(study, "1", "people", {key: reply})
    write_replies(study, "99", "people", {key: reply})
    after = read_changes(study, form_asked()).items
    changed = [item for item in after if item not in before]
    assert {(item.respondent, item.item, item.level) for item in changed} == {
        ("1", key, "worse"),
        ("99", key, "worse"),
    }
    assert len(after) == len(before) + 1
    kind, replies = replies_of(study, "99")
    assert (kind, replies[key].date, replies[key].source) == ("people", reply.date, "bilan")
    written = sheet_path(study).read_bytes()
    assert written.startswith(b"\xef\xbb\xbf")
    assert b";=1+1" not in written  # no formula


def test_answers_that_cannot_be_opened_are_told(study):
    sheet_path(study).unlink()
    with pytest.raises(DataError, match="E-FIC"):
        replies_of(study, "1")


def test_a_study_without_a_questionnaire_is_told(study):
    text = study.path.read_text(encoding="utf-8")
    start = text.index("[changes]")
    end = text.index("proper_nouns")
    study.path.write_text(text[:start] + "#" + text[end:], encoding="utf-8")
    with pytest.raises(StudyError, match="E-EVO-08"):
        replies_of(read_study(study.path), "1")


def test_the_launcher_offers_both_forms(study, tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    prepare(study.folder, home=home, language="fr", browser=False, port=9000)
    made = sorted(path.stem for path in (home / "templates" / "Saisie").glob("*.ipynb"))
    assert made == ["decrire-un-fichier", "questionnaire-du-pacte"]
    assert len(list((home / "templates" / "Séances du cours").glob("*.ipynb"))) == 6


def test_the_widgets_make_what_the_values_make(study):
    pytest.importorskip("ipywidgets")
    from impactkit.lab import answer_changes, describe_file

    form = describe_file(study.folder / "donnees" / "suivi.csv", study=study.path)
    assert form.part() == form.described.part(form.described.chosen())
    form.fields["Âge"]["use"].value = ""
    assert "[variables.age]" not in form.shown.value
    form.save.click()
    form.save.click()
    assert (study.folder / "donnees" / "suivi.toml").read_text(encoding="utf-8") == form.part()
    assert "existe déjà" in form.said.value

    answers = answer_changes(study.path, respondent="3")
    key = next(iter(answers.fields))
    answers.fields[key]["level"].value = "much_better"
    answers.save.click()
    assert "Réponses enregistrées" in answers.said.value
    assert replies_of(study, "3")[1][key].level == "much_better"
    assert answer_changes(study.path, respondent="3").fields[key]["level"].value == "much_better"
