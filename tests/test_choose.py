"""Which action to measure: the instruction's criteria first, never from a result, never an error."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from pathlib import Path

import pytest

import impactkit as ik
from impactkit.cli.app import run_command
from impactkit.evidence.rules_choice import runs_for
from impactkit.files import read_study, sample
from impactkit.text import set_language
from test_midterm import ACTIONS, study_with

ON = dt.date(2026, 6, 1)


def answers(candidate) -> tuple[str, ...]:
    return tuple(item.answer for item in candidate.criteria)


@pytest.mark.parametrize(
    ("start", "on", "months"),
    [
        (dt.date(2025, 6, 1), dt.date(2026, 6, 1), 12),
        (dt.date(2025, 6, 2), dt.date(2026, 6, 1), 11),
        (dt.date(2024, 2, 29), dt.date(2025, 2, 28), 11),
        (dt.date(2026, 6, 2), dt.date(2026, 6, 1), -1),
    ],
)
def test_months_are_whole(start, on, months):
    assert runs_for(start, on) == months


def test_the_shipped_contract():
    choice = ik.choose(read_study(sample("insertion_emploi_cls")), on=ON)
    assert [(item.action, item.standing) for item in choice.candidates] == [
        ("boussole_jeunes", "suitable"),
        ("conseil_budget", "descriptive"),
        (None, "to_complete"),
        (None, "unsuitable"),
        (None, "unsuitable"),
    ]
    assert choice.best.advice.best.design == "randomised"
    assert answers(choice.candidates[4]) == ("no", "yes", "no")


def test_the_shipped_pact_is_told_that_all_its_actions_are_to_be_measured():
    choice = ik.choose(read_study(sample("insertion_emploi")), on=ON)
    assert "Toutes les actions d'un pacte" in str(choice)
    # A series of a territory follows nobody.
    assert choice.candidates[-1].action == "prevention_expulsions"
    assert answers(choice.candidates[-1]) == ("no", "yes", "no")
    assert choice.candidates[-2].standing == "descriptive"


def test_twelve_months_count_from_the_day_given(tmp_path):
    study = study_with(tmp_path)
    early = ik.choose(study, on=dt.date(2026, 1, 5)).candidates
    late = ik.choose(study, on=dt.date(2026, 1, 6)).candidates
    found = [
        next(item for item in each if item.action == "mobilite").criterion("running")
        for each in (early, late)
    ]
    assert [item.answer for item in found] == ["no", "yes"]
    assert "depuis 11 mois" in str(found[0].reason)
    to_come = ik.choose(study, on=dt.date(2024, 12, 1)).candidates
    assert "doit démarrer" in str(next(item for item in to_come if item.action).criterion("running").reason)


def test_an_action_whose_files_cannot_be_read_is_ranked_with_the_reason(tmp_path):
    study = study_with(tmp_path)
    (tmp_path / "suivi.csv").unlink()
    choice = ik.choose(study, on=ON)
    mobility = next(item for item in choice.candidates if item.action == "mobilite")
    assert mobility.standing == "to_complete"
    assert "E-FIC-11" in mobility.data("fr")
    assert answers(mobility) == ("unknown", "yes", "unknown")


def test_actions_without_data_are_ranked_by_what_the_table_declares(tmp_path):
    actions = (
        "Action;Date de démarrage;Touche directement les personnes;Suivi possible des personnes\n"
        "Récente;01/03/2026;oui;oui\nIndirecte;01/03/2024;non;oui\nPrête;01/03/2024;oui;oui\n"
        "Muette;;;\nMobilité;;;\n"
    )
    choice = ik.choose(
        study_with(tmp_path, actions=actions, indicators=EMPTY_INDICATORS, funding=EMPTY_FUNDING), on=ON
    )
    assert [item.title.fr for item in choice.candidates] == [
        "Mobilité",  # few people, but its files follow them
        "Prête",
        "Muette",
        "Récente",
        "Indirecte",
    ]
    standings = {item.title.fr: item.standing for item in choice.candidates}
    assert standings["Prête"] == standings["Muette"] == "to_complete"
    assert standings["Récente"] == standings["Indirecte"] == "unsuitable"


EMPTY_INDICATORS = "Action;Indicateur;Niveau;Année\n"
EMPTY_FUNDING = "Action;Année\n"


def test_a_table_that_cannot_be_read_is_a_note_not_an_error(tmp_path):
    study = study_with(tmp_path, actions=ACTIONS + "mobilite;;;;\n")
    choice = ik.choose(study, on=ON)
    assert [note.code for note in choice.notes] == ["E-MID-04"]
    assert [item.action for item in choice.candidates] == ["mobilite"]
    assert "E-MID-04" in str(choice)


# ------------------------------------------------------------------ design before outcome


def _facts(choice) -> list[tuple[object, ...]]:
    return [
        (item.action, item.standing, item.order, item.data("fr"), [str(e.reason) for e in item.criteria])
        for item in choice.candidates
    ]


def test_results_of_beneficiaries_after_entry_are_never_read(tmp_path):
    many = ["dossier;groupe;age;sexe;emploi T0;emploi T6;score T0;score T6"]
    for i in range(80):
        group = "Bénéficiaire" if i % 2 else "Attente"
        many.append(f"{i:03};{group};{20 + i % 40};{'FH'[i % 3 % 2]};Non;{('Oui', 'Non')[i % 3 % 2]};4;5")
    first = study_with(tmp_path / "a")
    (tmp_path / "a" / "suivi.csv").write_text("\n".join(many) + "\n", encoding="utf-8")
    # Everyone supported is in work at six months, instead of some.
    other = [
        line.replace(";Non;Oui;", ";Non;?;").replace(";Non;Non;", ";Non;?;").replace("?", "Oui")
        if "Bénéficiaire" in line
        else line
        for line in many
    ]
    assert other != many
    second = study_with(tmp_path / "b")
    (tmp_path / "b" / "suivi.csv").write_text("\n".join(other) + "\n", encoding="utf-8")
    assert _facts(ik.choose(first, on=ON)) == _facts(ik.choose(second, on=ON))


# ------------------------------------------------------------------ what is shown


def test_the_table_and_the_page_say_the_same():
    choice = ik.choose(read_study(sample("insertion_emploi_cls")), on=ON)
    table = choice.table
    assert list(table["rank"]) == [1, 2, 3, 4, 5]
    assert list(table["credibility"].dropna()) == [5, 1]
    page = choice._repr_html_()
    assert page.count('scope="row"') == 5
    for title in table["title"]:
        assert title in page
        assert title in str(choice)
    told = choice.to_dict()
    assert json.loads(json.dumps(told)) == told
    assert told["actions"][2]["design"] is None


def test_the_choice_speaks_english():
    set_language("en")
    try:
        assert "Which action to measure?" in str(ik.choose(read_study(sample("insertion_emploi_cls")), on=ON))
    finally:
        set_language("fr")


def test_texts_of_the_table_are_escaped(tmp_path):
    study = study_with(tmp_path, actions=ACTIONS + "<b>Gras</b>;;;;\n")
    assert "<b>Gras" not in ik.choose(study, on=ON)._repr_html_()


def test_the_command(capsys, tmp_path):
    study = str(sample("insertion_emploi_cls"))
    assert run_command(["choose", study, "--on", "2026-06-01"]) == 0
    assert "1. Boussole jeunes" in capsys.readouterr().out
    assert run_command(["choose", study, "--on", "2026-06-01", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["actions"][0]["action"] == "boussole_jeunes"
    shutil.copytree(Path(study).parent, tmp_path / "a")
    shutil.copytree(Path(study).parent, tmp_path / "b")
    assert run_command(["choose", str(tmp_path / "*")]) == 2
    assert "Plusieurs études" in capsys.readouterr().err


def test_only_a_study_is_taken():
    with pytest.raises(TypeError, match="read_study"):
        ik.choose("study.toml")
