"""A user's own version of a form: read, used, and every slip told with its key."""

import json

import jsonschema
import pytest

import impactkit as ik
from impactkit.errors import StudyError
from impactkit.forms import NAMES, fill_form, form_schema, read_definition, shipped_text
from test_forms import evidence


def written(tmp_path, text):
    path = tmp_path / "mon_formulaire.toml"
    path.write_text(text, encoding="utf-8")
    return path


def codes(path):
    with pytest.raises(StudyError) as caught:
        read_definition(path)
    return [(problem.code, problem.place) for problem in caught.value.problems]


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_form_is_read_again_and_follows_the_published_schema(tmp_path, name):
    form = read_definition(written(tmp_path, shipped_text(name)))
    assert form.name == name
    jsonschema.validate(json.loads(form.model_dump_json(exclude_none=True)), form_schema())


@pytest.mark.parametrize(
    ("old", "new", "code", "place"),
    [
        ('version = "2026-2"\n', "", "E-FOR-03", "version"),
        ("max_length = 1000", "max_lenght = 1000", "E-FOR-03", "sections[0].max_length"),
        ("max_length = 1000", "max_length = 0", "E-FOR-05", "sections[0].max_length"),
        ('source = "inferred"', 'source = "moi"', "E-FOR-05", "sections[0].source"),
        ('key = "need"', 'key = "Besoin social"', "E-FOR-05", "sections[1].key"),
        ('key = "need"', 'key = "identification"', "E-FOR-06", "sections[1].key"),
        ('key = "need"', 'key = "besoin"', "E-FOR-07", "sections[1].content"),
        ('label = { fr = "Besoin', 'label = { fr = "x" }\n# "', "E-FOR-03", "sections[1].label.en"),
    ],
)
def test_every_slip_is_told_with_its_key(tmp_path, old, new, code, place):
    text = shipped_text("form_cls")
    assert old in text
    assert (code, place) in codes(written(tmp_path, text.replace(old, new, 1)))


def test_an_unknown_key_is_told(tmp_path):
    text = shipped_text("form_cls").replace("order = 10\n", "order = 10\ncouleur = 3\n", 1)
    assert ("E-FOR-04", "sections[0].couleur") in codes(written(tmp_path, text))


def test_a_file_that_is_not_there_or_not_toml_is_told(tmp_path):
    assert codes(tmp_path / "absent.toml") == [("E-FOR-01", None)]
    assert codes(written(tmp_path, "name = 'x")) == [("E-FOR-02", None)]


def test_a_section_may_join_what_two_hold_or_be_left_to_fill_by_hand(tmp_path):
    text = """
name = "form_cls"
version = "mienne"
kind = "cls"
title = { fr = "Notre formulaire", en = "Our form" }

[[sections]]
key = "parts"
order = 2
label = { fr = "Observations", en = "Remarks" }
help = { fr = "Libre.", en = "Free." }
source = "inferred"
required = false
content = []
max_length = 100

[[sections]]
key = "besoin_effet"
order = 1
label = { fr = "Besoin et effet recherché", en = "Need and effect sought" }
help = { fr = "Les deux.", en = "Both." }
source = "instruction"
content = ["need", "intended_effect"]
max_length = 4000
"""
    study = ik.read_study(ik.sample("insertion_emploi_cls"))
    action = study.actions[0]
    form = fill_form(
        study, evidence(study, action.id), definition=read_definition(written(tmp_path, text)), lang="fr"
    )
    both, empty = form.sections
    assert (form.version, form.title) == ("mienne", "Notre formulaire")
    assert both.text == f"{action.need.fr}\n{action.intended_effect.fr}"
    assert empty.text == ""
    assert "à la main" in empty.to_fill
