"""The questionnaire on changes: the sheet to fill, what is refused in it, what is shown of the answers."""

import csv
import datetime as dt
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

import impactkit as ik
from impactkit.disclosure import DEFAULT_PROFILE
from impactkit.errors import DataError
from impactkit.files.model import ChangesFile
from impactkit.forms import definition, forms_of, questionnaire, read_changes
from impactkit.forms.changes import Answer, consensus, summarise
from impactkit.forms.changes.words import COLUMNS, heading

FORM = definition("form_pacte_changes")
GOOD = {
    "respondent": "1",
    "type": "association",
    "code": "businesses",
    "level": "en amélioration",
    "share": "en partie",
    "proof": "Deux entreprises siègent au comité.",
    "date": "12/03/2026",
    "source": "compte rendu du comité",
}


@pytest.fixture
def pact():
    return ik.read_study(ik.sample("insertion_emploi"))


def with_answers(study, folder, rows, *, language="fr", proper_nouns=()):
    """Return the study with these answers as its questionnaire."""
    text = io.StringIO()
    writer = csv.DictWriter(text, [heading(name, language) for name in COLUMNS], delimiter=";")
    writer.writeheader()
    writer.writerows({heading(name, language): value for name, value in row.items()} for row in rows)
    (folder / "evolutions.csv").write_text(text.getvalue(), encoding="utf-8-sig")
    made = study.model_copy(
        update={"changes": ChangesFile(path="evolutions.csv", proper_nouns=tuple(proper_nouns))}
    )
    made._path = folder / "study.toml"
    return made


def problems(study, folder, rows, **more):
    with pytest.raises(DataError) as caught:
        read_changes(with_answers(study, folder, rows, **more), FORM)
    return [(problem.code, problem.column, problem.rows) for problem in caught.value.problems]


def test_the_sheet_to_fill_has_a_row_per_respondent_and_change_and_reads_as_no_answer(pact, tmp_path):
    for language in ("fr", "en"):
        data = questionnaire(language, respondents=3)
        (tmp_path / "evolutions.xlsx").write_bytes(data)
        sheet = load_workbook(io.BytesIO(data)).active
        assert sheet.max_row == 1 + 3 * len(FORM.items)
        assert len(sheet.data_validations.dataValidation) == 3
        study = pact.model_copy(update={"changes": ChangesFile(path="evolutions.xlsx")})
        study._path = tmp_path / "study.toml"
        assert read_changes(study, FORM).items == ()


def test_a_filled_workbook_is_read_with_its_dates(pact, tmp_path):
    book = load_workbook(io.BytesIO(questionnaire("fr", respondents=1)))
    sheet = book.active
    for name, value in (
        ("type", "Association"),
        ("level", "NETTEMENT AMELIORE"),
        ("proof", "Charte signée."),
    ):
        sheet.cell(row=2, column=COLUMNS.index(name) + 1, value=value)
    sheet.cell(row=2, column=COLUMNS.index("date") + 1, value=dt.date(2026, 3, 12))
    sheet.cell(row=2, column=COLUMNS.index("source") + 1, value="dossier du pacte")
    book.save(tmp_path / "evolutions.xlsx")
    study = pact.model_copy(update={"changes": ChangesFile(path="evolutions.xlsx")})
    study._path = tmp_path / "study.toml"
    (answer,) = read_changes(study, FORM).items
    assert (answer.type, answer.level, answer.date) == ("association", "much_better", dt.date(2026, 3, 12))
    assert answer.is_proved


@pytest.mark.parametrize(
    ("change", "code", "column"),
    [
        ({"respondent": "Mme Martin"}, "E-EVO-01", "respondent"),
        ({"code": "C9"}, "E-EVO-02", "code"),
        ({"level": "mieux"}, "E-EVO-03", "level"),
        ({"type": "maire"}, "E-EVO-03", "type"),
        ({"share": "beaucoup"}, "E-EVO-03", "share"),
        ({"level": ""}, "E-EVO-04", "level"),
        ({"type": ""}, "E-EVO-04", "type"),
        ({"proof": "Nadia a retrouvé un emploi."}, "E-EVO-05", "proof"),
        ({"source": "jean.dupont@exemple.fr"}, "E-EVO-05", "source"),
        ({"date": "31/02/2026"}, "E-DAT-01", "date"),
    ],
)
def test_a_cell_that_cannot_be_read_is_told_by_column_and_row(pact, tmp_path, change, code, column):
    found = problems(pact, tmp_path, [GOOD | {"respondent": "2"}, GOOD | change])
    assert (code, heading(column, "fr"), (3,)) in found


def test_a_respondent_is_of_one_type_and_answers_once(pact, tmp_path):
    rows = [GOOD, GOOD | {"code": "steering", "type": "autre partenaire"}, GOOD]
    assert problems(pact, tmp_path, rows) == [
        ("E-EVO-06", heading("type", "fr"), (3,)),
        ("E-EVO-07", heading("respondent", "fr"), (4,)),
    ]


def test_a_proof_without_its_date_is_told_and_prevents_nothing(pact, tmp_path):
    answers = read_changes(with_answers(pact, tmp_path, [GOOD | {"date": ""}]), FORM)
    assert [(note.code, note.rows) for note in answers.notes] == [("A-EVO-01", (2,))]
    assert not answers.items[0].is_proved


def test_a_declared_place_may_be_named_and_english_headings_are_read(pact, tmp_path):
    row = GOOD | {"proof": "La commune de Orlise a signé.", "level": "improving", "share": "mostly"}
    study = with_answers(pact, tmp_path, [row], language="en", proper_nouns=["Orlise"])
    assert read_changes(study, FORM).items[0].share == "mostly"


def test_the_questionnaire_stays_in_the_study_s_folder(pact, tmp_path):
    study = pact.model_copy(update={"changes": ChangesFile(path="../ailleurs.csv")})
    study._path = tmp_path / "study.toml"
    with pytest.raises(DataError, match="E-ETU-13"):
        read_changes(study, FORM)


# ------------------------------------------------------------------ agreement


def test_consensus_by_hand():
    # Tastle and Wierman (2007): all alike is 1, half at each end 0.
    assert consensus([0, 5, 0, 0]) == 1.0
    assert consensus([4, 0, 0, 4]) == 0.0
    # Levels 0 to 3, two answers at 1 and two at 2: mean 1.5, so 1 + log2(1 - 0.5 / 3).
    assert consensus([0, 2, 2, 0]) == pytest.approx(0.736965594166206, abs=1e-15)


@given(st.lists(st.integers(0, 30), min_size=2, max_size=6).filter(any), st.integers(1, 5))
def test_consensus_is_between_0_and_1_whichever_end_is_first_and_however_many_answer(counts, times):
    value = consensus(counts)
    assert 0.0 <= value <= 1.0
    assert consensus(counts[::-1]) == pytest.approx(value, abs=1e-12)
    assert consensus([times * count for count in counts]) == pytest.approx(value, abs=1e-12)


@pytest.mark.parametrize("counts", [[], [3], [0, 0]])
def test_consensus_needs_answers_and_levels(counts):
    with pytest.raises(ValueError, match="at least one answer"):
        consensus(counts)


# ------------------------------------------------------------------ what is shown


def answers(levels, *, type="association", share="partly", proof=None):
    return [
        Answer(respondent=str(i), type=type, item="steering", level=level, share=share, proof=proof)
        for i, level in enumerate(levels)
    ]


def summary(given):
    return summarise("steering", given, DEFAULT_PROFILE)


def test_nothing_is_said_of_fewer_than_five_answers_and_no_number_of_fewer_than_eleven():
    few, some = summary(answers(["better"] * 4)), summary(answers(["better"] * 10))
    assert (few.size, few.level, few.share, few.due) == ("few", None, None, None)
    assert (some.size, some.level, some.share, some.consensus, some.due) == (
        "some",
        "better",
        None,
        None,
        None,
    )


def test_enough_answers_have_their_median_share_and_consensus():
    found = summary(answers(["better"] * 11 + ["much_better"] * 11 + ["not_concerned"] * 3))
    assert (found.level, found.share, found.due) == ("better", 0.5, "partly")
    assert found.consensus == pytest.approx(0.736965594166206)
    # One answer apart would be a person's.
    assert summary(answers(["better"] * 12 + ["worse"])).share is None


def test_what_a_committee_agreed_on_is_told_as_it_is():
    (answer,) = answers(["much_better"], type="committee")
    found = summary([answer])
    assert (found.size, found.committee) == ("none", (answer,))


def test_the_form_says_the_answers_and_hides_few_of_them(pact, tmp_path):
    rows = [
        GOOD | {"respondent": str(i), "level": level, "proof": "", "date": "", "source": ""}
        for i, level in enumerate(["en amélioration"] * 12 + ["inchangé"] * 11)
    ]
    rows += [GOOD | {"respondent": "30", "type": "personne concernée", "code": "steering"}]
    rows += [GOOD | {"respondent": "31", "type": "réponse collégiale", "code": "cofunding"}]
    study = with_answers(pact, tmp_path, rows)
    _, form = forms_of(study, [])
    text = {section.key: section.text for section in form.sections}
    assert "24 personnes ont répondu" in text["respondents"]
    assert "personne concernée\u00a0:" not in text["respondents"]
    assert (
        "Appréciation médiane\u00a0: en amélioration, donnée par 52\u202f% des répondants."
        in text["partnership"]
    )
    assert "Trop peu de réponses individuelles" in text["partnership"]
    assert "Réponse collégiale\u00a0: en amélioration" in text["resources"]
    assert "12 mars 2026" in text["resources"]
    assert [section.over_length for section in form.sections] == [0] * len(form.sections)


def test_a_pact_without_answers_says_where_to_give_them(pact):
    _, form = forms_of(pact, [])
    assert {section.key for section in form.sections if section.to_fill} >= {"territory", "partnership"}
