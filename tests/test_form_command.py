"""``impactkit form`` and what ``impactkit check`` says with regard to the instruction."""

import datetime as dt
import io
import json

import pytest
from docx import Document
from openpyxl import load_workbook

import impactkit as ik
from impactkit.cli.app import run_command
from impactkit.files import read_study
from impactkit.files.completeness import DEADLINE, instruction_problems
from impactkit.files.resources import sample
from impactkit.forms import shipped_text, text_problems
from impactkit.text import Label
from small_studies import STUDY, write_study

SUFFIXES = ("docx", "html", "json", "xlsx")
TODAY = dt.date(2026, 11, 22)


@pytest.fixture(scope="module")
def contract(tmp_path_factory):
    """The forms of the shipped contract, measured without a notebook."""
    out = tmp_path_factory.mktemp("forms")
    assert run_command(["form", str(sample("insertion_emploi_cls")), "--out", str(out), "--lang", "fr"]) == 0
    return out


def test_a_contract_s_form_is_written_in_four_formats(contract):
    assert sorted(path.name for path in contract.iterdir()) == [f"form_cls.{suffix}" for suffix in SUFFIXES]
    told = json.loads((contract / "form_cls.json").read_text(encoding="utf-8"))
    assert told["form"] == "form_cls"
    assert told["version"]
    for section in told["sections"]:
        assert {"key", "label", "text", "max_length", "source"} <= set(section)
        assert len(section["text"]) <= section["max_length"]


def test_all_formats_say_the_same(contract):
    told = json.loads((contract / "form_cls.json").read_text(encoding="utf-8"))
    page = (contract / "form_cls.html").read_text(encoding="utf-8")
    word = "\n".join(
        paragraph.text
        for paragraph in Document(io.BytesIO((contract / "form_cls.docx").read_bytes())).paragraphs
    )
    sheet = load_workbook(io.BytesIO((contract / "form_cls.xlsx").read_bytes())).worksheets[0]
    cells = {cell.value for row in sheet.iter_rows() for cell in row}
    for section in told["sections"]:
        if section["text"]:
            assert section["text"] in cells
            assert section["text"].replace("'", "&#39;").replace('"', "&#34;") in page
            assert section["text"].split("\n")[0] in word


def test_a_pact_has_two_forms_and_the_evidence_may_come_from_results(contract, tmp_path, capsys):
    study = ik.read_study(sample("insertion_emploi"))
    cohort = ik.build_cohort(study, action="parcours_mobilite")
    evidence = ik.assess(ik.estimate(ik.declare_design(cohort)))
    folder = tmp_path / "results" / study.id / "parcours_mobilite"
    folder.mkdir(parents=True)
    ik.save_evidence(evidence, folder)
    out, results = str(tmp_path / "out"), str(tmp_path / "results")
    arguments = ["form", str(study.path), "--out", out, "--results", results, "--json"]
    assert run_command(arguments) == 0
    names = [item["form"] for item in json.loads(capsys.readouterr().out)["studies"][0]["forms"]]
    assert names == ["form_pacte_effects", "form_pacte_changes"]
    made = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert made == sorted(f"{name}.{suffix}" for name in names for suffix in SUFFIXES)
    told = json.loads((tmp_path / "out" / "form_pacte_effects.json").read_text(encoding="utf-8"))
    assert {section["action"] for section in told["sections"]} == {None, "parcours_mobilite"}


def test_what_the_folder_holds_besides_is_left_alone(tmp_path):
    write_study(tmp_path)
    out = tmp_path / "out"
    out.mkdir()
    mine = [out / "form_cls.toml", out / "form_notes.docx"]
    for path in mine:
        path.write_text("à moi", encoding="utf-8")
    run_command(["form", str(tmp_path), "--out", str(out)])
    assert [path.read_text(encoding="utf-8") for path in mine] == ["à moi", "à moi"]


def test_a_description_of_the_other_kind_is_refused(tmp_path, capsys):
    own = tmp_path / "form.toml"
    own.write_text(shipped_text("form_cls"), encoding="utf-8")
    study = str(sample("insertion_emploi"))
    assert run_command(["form", study, "--out", str(tmp_path / "out"), "--form", str(own)]) == 3
    assert "E-FOR-08" in capsys.readouterr().err
    assert run_command(["form", study, "--out", str(tmp_path), "--form", str(own), "--form", str(own)]) == 2


def test_the_descriptions_and_their_schema_are_published(capsys):
    assert run_command(["schema", "--form", "form_cls"]) == 0
    assert capsys.readouterr().out.strip() == shipped_text("form_cls").strip()
    assert run_command(["schema", "--forms"]) == 0
    assert json.loads(capsys.readouterr().out)["properties"]["sections"]
    assert run_command(["schema", "--form", "form_autre"]) == 2


# ------------------------------------------------------------------ before any form


def with_action(study, **changes):
    """Return the study with its first action alone, so changed."""
    action = study.actions[0].model_copy(update=changes)
    return study.model_copy(update={"actions": (action,), "actions_count": None})


def test_a_text_too_long_for_its_field_is_told_before(tmp_path):
    study = read_study(write_study(tmp_path))
    long = Label(fr="mot " * 1000, en="word")
    (problem,) = text_problems(with_action(study, need=long))
    assert (problem.code, problem.place) == ("A-FOR-01", "actions[0].need")
    assert problem.params["n"] > 0


def test_a_text_that_claims_before_any_result_is_told(tmp_path):
    study = read_study(write_study(tmp_path))
    claiming = Label(fr="L'action a permis à tous de trouver un emploi.", en="x")
    (problem,) = text_problems(with_action(study, intended_effect=claiming))
    assert (problem.code, problem.place) == ("A-FOR-02", "actions[0].intended_effect")
    hoping = Label(fr="L'action vise à permettre à tous de trouver un emploi.", en="x")
    assert text_problems(with_action(study, intended_effect=hoping)) == ()


def test_shipped_studies_claim_nothing_and_fit_their_forms():
    for name in ("insertion_emploi", "insertion_emploi_cls"):
        assert text_problems(ik.read_study(ik.sample(name))) == ()


# ------------------------------------------------------------------ the instruction


def codes(study, today=TODAY):
    return [problem.code for problem in instruction_problems(study, today=today)]


def test_a_study_that_does_what_the_instruction_asks_has_no_note():
    study = ik.read_study(ik.sample("insertion_emploi"))
    assert codes(with_action(study)) == []


def test_each_thing_that_the_instruction_asks_is_told_when_it_lacks():
    study = with_action(ik.read_study(ik.sample("insertion_emploi")))
    bare = study.actions[0].indicators.model_copy(update={"national": None, "local": ()})
    assert codes(with_action(study, indicators=bare)) == ["A-INS-03", "A-INS-04"]
    assert codes(study.model_copy(update={"actions_count": 3})) == ["A-INS-02"]
    assert codes(with_action(study, start=dt.date(2026, 1, 1))) == ["A-INS-05"]
    assert codes(with_action(study, start=dt.date(2025, 11, 22))) == []
    assert codes(with_action(study, start=dt.date(2025, 11, 23))) == ["A-INS-05"]
    assert codes(with_action(study, publics=())) == ["A-INS-10"]
    assert codes(study, today=DEADLINE + dt.timedelta(days=1)) == ["A-INS-08"]
    late = [wave.model_copy(update={"date": dt.date(2027, 1, 15)}) for wave in study.waves]
    assert codes(study.model_copy(update={"waves": tuple(late)})) == ["A-INS-09"]


def test_people_are_to_be_followed_and_at_two_times():
    pact = ik.read_study(ik.sample("insertion_emploi"))
    series = next(action for action in pact.actions if action.method == "interrupted_series")
    assert codes(pact.model_copy(update={"actions": (series,), "actions_count": 1})) == ["A-INS-06"]
    contract = ik.read_study(ik.sample("insertion_emploi_cls"))
    assert codes(contract)[:1] == ["A-INS-07"]


def test_a_contract_without_a_measurable_action_is_told_with_the_time_left(tmp_path, capsys):
    write_study(tmp_path, toml=STUDY.replace('kind = "pacte"', 'kind = "cls"'))
    run_command(["check", str(tmp_path), "--json"])
    told = json.loads(capsys.readouterr().out)
    (study,) = told["studies"]
    assert "A-INS-01" in {note["code"] for note in study["notes"]}
    assert told["deadline"] == "2026-12-31"


def test_the_console_speaks_the_session_s_language_and_the_form_its_own(tmp_path, capsys):
    ik.set_language("en")
    try:
        assert run_command(["form", str(sample("insertion_emploi")), "--out", str(tmp_path)]) == 0
    finally:
        ik.set_language(None)
    said = capsys.readouterr().out
    assert "To be filled in study.toml" in said
    assert "À compléter" not in said
    page = (tmp_path / "form_pacte_effects.html").read_text(encoding="utf-8")
    assert "À compléter dans study.toml" in page
