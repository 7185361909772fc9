"""The forms: their definitions, what they say, and that nothing is cut."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

import impactkit as ik
from impactkit.forms import definition, fill_form, form_html
from impactkit.forms.compose import Composed, Piece, compose
from impactkit.forms.definition import _incoherent
from impactkit.text import Label
from worlds import evidence_of, two_waves

NAMES = ("form_cls", "form_pacte_effects", "form_pacte_changes")


def evidence(study, action):
    cohort = ik.build_cohort(study, action=action)
    return ik.assess(ik.estimate(ik.declare_design(cohort)))


@pytest.fixture(scope="module")
def contract():
    study = ik.read_study(ik.sample("insertion_emploi_cls"))
    return study, [evidence(study, action.id) for action in study.actions]


def with_need(study, need):
    """Return the study with other words for the need of its first action."""
    first, *others = study.actions
    return study.model_copy(update={"actions": (first.model_copy(update={"need": need}), *others)})


@pytest.mark.parametrize("name", NAMES)
def test_definitions_are_whole_and_every_section_can_be_written(name):
    form = definition(name)
    keys = [section.key for section in form.sections]
    assert len(set(keys)) == len(keys)
    assert not list(_incoherent(form, name))
    assert [section.order for section in form.sections] == sorted(section.order for section in form.sections)
    assert {section.source for section in form.sections} == {"instruction", "inferred"}


def test_a_contract_s_form_has_the_sections_of_the_instruction(contract):
    study, several = contract
    form = fill_form(study, several[0])
    text = {section.key: section.text for section in form.sections}
    action = study.actions[0]
    assert form.name == "form_cls"
    assert text["need"] == action.need.fr
    assert text["intended_effect"] == action.intended_effect.fr
    assert "imputable à l'action" in text["attribution"]
    assert "points" in text["results"]
    assert "tirage au sort" in text["limits"] or "tirées au sort" in text["limits"]


def test_a_pact_s_form_has_one_group_per_measured_action_in_the_study_s_order():
    study = ik.read_study(ik.sample("insertion_emploi"))
    records = [evidence(study, action).record for action in ("energie_solidaire", "parcours_mobilite")]
    form = fill_form(study, records, lang="en")
    assert list(dict.fromkeys(section.action for section in form.sections)) == [
        None,
        "parcours_mobilite",
        "energie_solidaire",
    ]
    assert form.name == "form_pacte_effects"
    assert "Inconclusive" in next(
        section.text
        for section in form.sections
        if (section.action, section.key) == ("energie_solidaire", "attribution")
    )


def test_a_user_s_text_is_never_cut_and_its_excess_is_told(contract):
    study, several = contract
    limit = next(section.max_length for section in definition("form_cls").sections if section.key == "need")
    text = "Besoin. " * (limit // 8 + 10)
    wordy = with_need(study, Label(fr=text, en=text))
    form = fill_form(wordy, several[0])
    section = next(section for section in form.sections if section.key == "need")
    assert section.text == text
    assert section.over_length == len(text) - limit
    assert "Texte trop long" in form_html(form)


def test_what_the_tool_writes_stays_within_the_limits():
    for name in ("insertion_emploi", "insertion_emploi_cls"):
        study = ik.read_study(ik.sample(name))
        records = [evidence(study, action.id).record for action in study.actions]
        for language in ("fr", "en"):
            form = fill_form(study, records, lang=language)
            assert [section.key for section in form.sections if section.over_length] == []


def test_the_page_is_self_contained_accessible_and_escaped(contract):
    study, several = contract
    hostile = with_need(study, Label(fr="<script>alert(1)</script>", en="x"))
    page = form_html(fill_form(hostile, several, lang="fr"))
    assert '<html lang="fr">' in page
    assert page.count("<h1>") == 1
    assert "<script>alert" not in page
    assert not re.search(r'(?:src|href)="(?!#)', page)


def test_a_form_is_not_stronger_than_the_verdict():
    study = ik.read_study(ik.sample("insertion_emploi"))
    form = fill_form(study, evidence(study, "atelier_numerique"))
    text = " ".join(section.text for section in form.sections)
    assert "imputation non établie" in text
    assert "L'action a eu un effet" not in text
    assert "sans l'action (" not in text


def test_a_frame_without_a_study_has_evidence_but_no_form():
    assert evidence_of(two_waves(40)).record.study == ""


def test_words_that_claim_more_than_the_verdict_are_told_beside_their_section():
    study = ik.read_study(ik.sample("insertion_emploi"))
    claiming = Label(fr="Avec l'atelier, le score a monté : l'action a permis ce progrès.", en="x")
    action = next(item for item in study.actions if item.id == "atelier_numerique")
    decided = study.model_copy(update={"actions": (action.model_copy(update={"lessons": claiming}),)})
    form = fill_form(decided, evidence(study, "atelier_numerique"), lang="fr")
    cautions = {(section.key, section.action): section.cautions for section in form.sections}
    assert "a permis" in cautions["follow_on", "atelier_numerique"][0]
    assert cautions["pact_stories", None] == ()
    assert "a permis" in form_html(form).split("À relire avant la saisie")[1]


def test_sentences_without_room_are_left_out_whole_the_least_needed_first_and_a_user_s_never():
    pieces = [
        Piece("Verdict.", rank=0),
        Piece("Détail un.", rank=2, under="Détails :"),
        Piece("Détail deux.", rank=2, under="Détails :"),
        Piece("Raison.", rank=1),
        Piece("À moi.", own=True),
    ]
    whole = "Verdict.\nDétails :\n– Détail un.\n– Détail deux.\nRaison.\nÀ moi."
    assert compose(pieces, 1000).text == whole
    assert compose(pieces, len(whole) - 1).text == whole.replace("– Détail deux.\n", "")
    assert compose(pieces, 25).text == "Verdict.\nRaison.\nÀ moi."
    assert compose(pieces, 1) == Composed("À moi.", 4)


@given(
    st.lists(st.tuples(st.text(max_size=40), st.integers(0, 3), st.booleans()), max_size=12),
    st.integers(1, 200),
)
def test_what_is_composed_fits_unless_a_user_s_text_does_not(drawn, limit):
    pieces = [Piece(text, rank=rank, own=own) for text, rank, own in drawn]
    text = compose(pieces, limit).text
    own = [piece.text for piece in pieces if piece.own and piece.text.strip()]
    assert all(mine in text for mine in own)
    assert len(text) <= max(limit, len("\n".join(own)))
