"""What joins the figures: other explanations, hypotheses, people's opinion, stories; and what stays out."""

from __future__ import annotations

from collections import Counter
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import impactkit as ik
from impactkit.disclosure import DEFAULT_PROFILE, protect_parts
from impactkit.errors import StudyError
from impactkit.files.telltale import telltale
from small_studies import STUDY, write_study

CONTRIBUTION = """
[[actions.contribution.hypotheses]]
text = "Un vélo prêté ouvre des emplois proches."
supported_by = ["Les trajets à vélo ont doublé (enquête)."]

[[actions.contribution.rivals]]
text = "Une entreprise a ouvert."
touches = "{touches}"
judgement = "{judgement}"
because = "Les offres d'emploi du bassin."

[[actions.contribution.changes]]
text = "Je vais travailler à vélo, sans attendre le car."
told_by = "participant"
publishable = true

[[actions.contribution.changes]]
text = "CANARI récit gardé pour l'équipe."
told_by = "professional"
publishable = false
"""
OPINION = """
[variables.avis]
label = "Le changement vient-il de l'action ?"
type = "category"
categories = ["oui", "en partie", "non"]
"""


def study_of(
    folder: Path,
    *,
    touches: str = "beneficiaries",
    judgement: str = "likely",
    alone: bool = False,
    answers: tuple[int, ...] = (),
    contribution: str = CONTRIBUTION,
) -> ik.Study:
    """Write a study of 120 people, 60 in each arm, with a clear effect on the score."""
    rng = np.random.default_rng(3)
    said = [name for name, n in zip(("oui", "en partie", "non"), answers, strict=False) for _ in range(n)]
    lines = ["dossier;groupe;age;sexe;emploi T0;emploi T6;score T0;score T6;avis"]
    for i in range(120):
        treated = i < 60
        before = 10 + rng.normal()
        after = before + 2 * treated + rng.normal(0, 0.3)
        row = [f"D{i:03d}", "Bénéficiaire" if treated else "Attente", 30 + i % 20, "FH"[i % 2], 0, i % 2]
        row += [f"{before:.2f}".replace(".", ","), f"{after:.2f}".replace(".", ",")]
        lines.append(";".join(map(str, [*row, said[i] if i < len(said) else ""])))
    text = STUDY.replace("[[files]]", OPINION + "\n[[files]]", 1)
    text = text.replace("[[actions]]", 'avis = { column = "avis", wave = "T6" }\n\n[[actions]]', 1)
    text = text.replace('variable = "emploi"\nprimary = true', 'variable = "emploi"')
    text = text.replace('variable = "score"', 'variable = "score"\nprimary = true')
    if alone:
        text = text.replace(
            'method = "did"\ncomparison = "waiting_list"', 'method = "before_after"\ncomparison = "none"'
        )
    text += contribution.replace("{touches}", touches).replace("{judgement}", judgement)
    if answers:
        text += '\n[actions.contribution]\nopinion = "avis"\n'
    return ik.read_study(write_study(folder, toml=text, files={"suivi.csv": "\n".join(lines) + "\n"}))


def evidence_of(study: ik.Study) -> ik.Evidence:
    return ik.assess(ik.estimate(ik.declare_design(ik.build_cohort(study, action="mobilite"))))


def answer_of(evidence: ik.Evidence) -> tuple[str, str]:
    check = next(check for check in evidence.checks if check.key == "rival_explanations")
    return check.status, check.reason.key.split(".")[-1]


@pytest.mark.parametrize(
    ("touches", "judgement", "alone", "expected"),
    [
        ("beneficiaries", "likely", False, ("caution", "likely")),
        ("beneficiaries", "possible", False, ("ok", "possible")),
        ("beneficiaries", "ruled_out", False, ("ok", "ruled_out")),
        ("everyone", "likely", False, ("ok", "shared")),
        ("everyone", "likely", True, ("caution", "likely")),
    ],
)
def test_a_likely_rival_is_a_reserve_where_it_could_explain_the_gap(
    tmp_path, touches, judgement, alone, expected
):
    study = study_of(tmp_path, touches=touches, judgement=judgement, alone=alone)
    assert answer_of(evidence_of(study)) == expected


def test_nothing_said_raises_a_verdict(tmp_path):
    told = evidence_of(study_of(tmp_path / "a", judgement="ruled_out", alone=True))
    untold = evidence_of(study_of(tmp_path / "b", alone=True, contribution=""))
    assert "rival_explanations" not in {check.key for check in untold.checks}
    assert told.attribution == untold.attribution == "change_not_attributed"
    assert (told.strength, told.credibility) == (untold.strength, untold.credibility)


def test_only_stories_that_may_be_published_are_in_the_record_and_on_the_page(tmp_path):
    evidence = evidence_of(study_of(tmp_path))
    assert "CANARI" not in evidence.record.model_dump_json()
    assert [change.told_by for change in evidence.record.contribution.changes] == ["participant"]
    page = ik.page(evidence, lang="fr")
    html = page.saying()._repr_html_()
    assert "sans attendre le car" in html
    assert "Un vélo prêté ouvre des emplois proches." in html
    assert "vraisemblable" in html
    assert "CANARI" not in html
    assert "they do not prove" in repr(ik.page(evidence, lang="en").saying())


@pytest.mark.parametrize(
    ("answers", "shown"),
    [
        ((30, 15, 15), (30, 15, 15)),
        ((40, 15, 5), (40, None, None)),
        ((56, 4, 0), (None, None, 0)),
        ((5, 3, 1), (None, None, None)),
    ],
)
def test_what_people_think_is_told_without_small_counts(tmp_path, answers, shown):
    evidence = evidence_of(study_of(tmp_path, answers=answers))
    opinion = evidence.record.contribution.opinion
    assert tuple(answer.n for answer in opinion.answers) == shown
    html = ik.page(evidence, lang="fr").saying()._repr_html_()
    assert ("Trop peu de personnes ont répondu" in html) == (opinion.n is None)
    assert "il ne change ni le verdict" in html


@given(st.lists(st.integers(0, 60), min_size=1, max_size=4))
def test_the_total_gives_no_small_part_back(counts):
    """Several tables of parts agree with what is shown, and each masked part may be large or small."""
    shown = protect_parts(counts, DEFAULT_PROFILE)
    for n, given_n in zip(counts, shown, strict=True):
        assert given_n in (None, n)
        assert given_n is None or not 0 < given_n < 11
    masked = [n for n, given_n in zip(counts, shown, strict=True) if given_n is None]
    if masked:
        assert len(masked) == len(counts) or len(masked) >= 2
        all_who_count = all(n == 0 for n, given_n in zip(counts, shown, strict=True) if given_n is not None)
        assert sum(masked) >= 11 or all_who_count


@pytest.mark.parametrize(
    "text",
    [
        "Elle a retrouvé un logement. Depuis, elle dort mieux.",
        "J'ose téléphoner. Je n'avais plus confiance ; aujourd'hui, je réponds.",
        "Il est revenu chaque semaine, pendant 6 mois : 20 séances.",
        "Tout a changé en 2025. Personne ne m'aidait avant.",
        "I dare to phone. In January I was alone; now I'm working.",
    ],
)
def test_ordinary_texts_pass(text):
    assert telltale(text) is None


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Nadia a retrouvé un logement.", "name"),
        ("Depuis, Nadia dort mieux.", "name"),
        ("La conseillère de Karim l'a aidé.", "name"),
        ("Karim, 34 ans, travaille de nuit.", "name"),
        ("Avec M. Martin, tout va.", "name"),
        ("Écrire à quelqu'un@exemple.fr", "email"),
        ("Joindre le 06 12 34 56 78.", "phone"),
        ("Née le 12/03/1984.", "date"),
        ("Allocataire 1234567.", "number"),
        ("Madame Diallo was helped.", "name"),
    ],
)
def test_what_would_tell_who_is_spoken_of_is_refused(text, kind):
    assert telltale(text) == kind


def test_declared_places_and_services_may_stay():
    assert telltale("Les conseillers de France Travail la suivent.") == "name"
    assert telltale("Les conseillers de France Travail la suivent.", allowed=["France Travail"]) is None


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("Je vais travailler à vélo, sans attendre le car.", "Nadia va travailler à vélo.", "E-ETU-72"),
        ('because = "Les offres d\'emploi du bassin."\n', "", "E-ETU-71"),
        (
            "[[actions.contribution.hypotheses]]",
            '[actions.contribution]\nopinion = "score"\n\n[[actions.contribution.hypotheses]]',
            "E-ETU-70",
        ),
        ('told_by = "participant"', 'told_by = "voisin"', "E-ETU-05"),
        ("publishable = true\n", "", "E-ETU-04"),
    ],
)
def test_what_is_wrong_is_told_without_the_words(tmp_path, old, new, code):
    assert old in CONTRIBUTION
    with pytest.raises(StudyError) as caught:
        study_of(tmp_path, judgement="ruled_out", contribution=CONTRIBUTION.replace(old, new, 1))
    assert Counter(problem.code for problem in caught.value.problems)[code] == 1
    assert "Nadia" not in str(caught.value)


def test_answers_in_free_words_are_refused_as_an_opinion(tmp_path, monkeypatch):
    free = OPINION.replace('categories = ["oui", "en partie", "non"]\n', "")
    monkeypatch.setitem(globals(), "OPINION", free)
    with pytest.raises(StudyError) as caught:
        study_of(tmp_path, answers=(30, 15, 15))
    assert [problem.code for problem in caught.value.problems] == ["E-ETU-70"]


def test_a_story_kept_private_is_not_scanned(tmp_path):
    text = CONTRIBUTION.replace("CANARI récit", "Nadia a dit : récit")
    study_of(tmp_path, contribution=text)


def test_every_word_of_the_page_is_there_in_both_languages():
    keys = {"touches": ("beneficiaries", "everyone"), "judgement": ("ruled_out", "possible", "likely")}
    for (part, names), lang in product(keys.items(), ("fr", "en")):
        for name in names:
            assert ik.text.Message(f"report.contribution.{part}.{name}").text(lang)
