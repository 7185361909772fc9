"""The record of processing and the impact assessment: what the study says, and never a person's datum."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

import impactkit as ik
from impactkit.cli.app import run_command
from impactkit.files import Study, read_study
from impactkit.protection import write_privacy
from impactkit.protection.assessment import criteria
from impactkit.protection.held import held
from impactkit.report.accessibility import check_page
from small_studies import STUDY

ORLISE = ik.read_study(ik.sample("insertion_emploi"))


def study_of(folder: Path, text: str) -> Study:
    (folder / "suivi.csv").write_text("x", encoding="utf-8")
    (folder / "study.toml").write_text(text, encoding="utf-8")
    return read_study(folder / "study.toml")


@pytest.mark.parametrize("language", ["fr", "en"])
def test_pages_are_accessible_and_name_every_variable_and_action(language, tmp_path):
    paths = write_privacy(ORLISE, tmp_path / "out", language=language)
    assert [path.suffix for path in paths] == [".html", ".docx"] * 2
    pages = [path.read_text(encoding="utf-8") for path in paths if path.suffix == ".html"]
    for page in pages:
        assert check_page(page) == ()
    for words in (*ORLISE.variables.values(), *ORLISE.actions):
        text = (words.label if hasattr(words, "label") else words.title).text(language)
        assert text.split("'")[0] in pages[0]
    for path in paths[1::2]:
        assert zipfile.is_zipfile(path)


def test_what_the_study_does_not_say_is_left_to_fill(tmp_path):
    page = write_privacy(study_of(tmp_path, STUDY), tmp_path / "out", language="fr")[0]
    text = page.read_text(encoding="utf-8").replace("\u00a0", " ")
    assert "À compléter : retention_until" in text
    said = STUDY.replace("[[waves]]", "[protection]\nretention_until = 2030-12-31\n\n[[waves]]", 1)
    page = write_privacy(study_of(tmp_path, said), tmp_path / "out2", language="fr")[0]
    assert "2030-12-31" in page.read_text(encoding="utf-8")


def test_a_sensitive_variable_is_told_with_its_reason(tmp_path):
    text = STUDY.replace('label = "Âge"', 'label = "Problème de santé"')
    assert criteria(study_of(tmp_path, STUDY))["sensitive"] == "ask"
    study = study_of(tmp_path, text)
    assert criteria(study)["sensitive"] == "yes"
    (health,) = (item for item in held(study, "fr") if item.sensitive)
    assert (health.sensitive, health.reason) == ("health", "")
    header = health.headers[0]
    reason = f'[protection.justified]\n"{header}" = "avis du délégué"\n\n[[waves]]'
    (health,) = (
        item
        for item in held(study_of(tmp_path, text.replace("[[waves]]", reason, 1)), "fr")
        if item.sensitive
    )
    assert health.reason == "avis du délégué"


def test_several_files_are_a_matching(tmp_path):
    assert criteria(ORLISE)["matching"] == "yes"
    assert criteria(study_of(tmp_path, STUDY))["matching"] == "no"


def test_no_data_file_is_read(tmp_path):
    study = study_of(tmp_path, STUDY)
    (tmp_path / "suivi.csv").unlink()
    assert len(write_privacy(study, tmp_path / "out", language="en")) == 4


def test_the_command_never_overwrites_what_was_filled_in(tmp_path, capfd):
    study, out = str(ik.sample("insertion_emploi")), tmp_path / "protection"
    assert run_command(["privacy", study, "--out", str(out), "--lang", "fr"]) == 0
    assert "registre.html" in capfd.readouterr().out
    (out / "registre.docx").write_text("mine", encoding="utf-8")
    assert run_command(["privacy", study, "--out", str(out), "--lang", "fr"]) == 2
    assert (out / "registre.docx").read_text(encoding="utf-8") == "mine"
