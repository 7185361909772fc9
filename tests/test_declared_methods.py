"""Each method that a study file may declare, from the file to the page: the same numbers as typed by hand."""

import html
import json
import re

import numpy as np
import pandas as pd
import pytest

import impactkit as ik
from impactkit.design.matching.options import USES
from impactkit.files.coherence_of_actions import OPTIONS_OF

STUDY = """
format = 1
kind = "cls"
id = "essai"
title = "Contrat d'essai"

[territory]
name = "Valmont"

[[waves]]
id = "T0"
label = "à l'entrée"
months = 0
date = 2024-01-01

[[waves]]
id = "T6"
label = "à six mois"
months = 6
date = 2024-07-01

[variables.revenu]
label = "Revenu mensuel"
type = "number"
unit = "euros"

[variables.age]
label = "Âge"
type = "number"
unit = "ans"

[variables.ressources]
label = "Ressources du foyer"
type = "number"
unit = "euros"

[variables.femme]
label = "Femme"
type = "boolean"

[[files]]
id = "suivi"
path = "suivi.csv"

[files.columns]
unit = "numero"
arm = {{ column = "groupe", labels = {{ "oui" = "beneficiary", "non" = "{arm}" }} }}
{entry}
revenu = [{{ column = "revenu_avant", wave = "T0" }}, {{ column = "revenu_apres", wave = "T6" }}]
age = "age"
ressources = "ressources"
femme = "femme"

[[actions]]
id = "action"
title = "Action"
need = "Un besoin"
intended_effect = "Un effet"
start = 2024-01-01
files = ["suivi"]
comparison = "{arm}"
{choices}

[[actions.outcomes]]
variable = "revenu"
primary = true
direction = "increase"
minimum_effect = 20
"""

ALL = 'covariates = ["age", "femme"]'
MADE = {
    "nearest": 'comparable = { method = "nearest", caliper = 0.5, on = ["age", "femme", "revenu"] }',
    "full": 'comparable = { method = "full" }',
    "entropy": 'comparable = { method = "entropy", on = ["age", "femme", "revenu"], moments = 2 }',
    "approximate": 'comparable = { method = "entropy", tolerance = 0.1 }',
    "logit": 'comparable = { method = "logit" }',
}


def people(n=400, *, seed=3):
    rng = np.random.default_rng(seed)
    age, femme = rng.integers(20, 60, n), rng.random(n) < 0.5
    ressources = rng.integers(300, 1700, n)
    helped = np.where(rng.random(n) < 0.9, ressources < 1000, age > 45)
    before = 400 + 3 * age + 40 * femme + rng.normal(0, 60, n)
    after = before + 30 + 40 * helped + rng.normal(0, 60, n)
    return pd.DataFrame(
        {
            "numero": np.arange(n) + 1000,
            "groupe": np.where(helped, "oui", "non"),
            "age": age,
            "femme": np.where(femme, "oui", "non"),
            "ressources": ressources,
            "revenu_avant": before.round(2),
            "revenu_apres": after.round(2),
        }
    )


def study_of(folder, choices, *, arm="ineligible", frame=None, entry=""):
    (people() if frame is None else frame).to_csv(folder / "suivi.csv", sep=";", index=False, decimal=",")
    (folder / "study.toml").write_text(STUDY.format(arm=arm, choices=choices, entry=entry), encoding="utf-8")
    return ik.read_study(folder)


def through(study):
    cohort = ik.build_cohort(study, action="action")
    design = ik.make_comparable(ik.declare_design(cohort))
    return design, ik.estimate(design)


def told(estimate):
    """Assess, write the record, read it again and lay the page out in both languages."""
    evidence = ik.assess(estimate)
    record = json.loads(evidence.record.model_dump_json())
    for language in ("fr", "en"):
        page = ik.page(evidence, lang=language)
        for section in (page.headline, page.method, page.balance, page.effect, page.checks, page.annex):
            assert section()._repr_html_()
    return record


@pytest.mark.parametrize("method", ["compare_groups", "did"])
@pytest.mark.parametrize("made", sorted(MADE))
def test_groups_are_made_comparable_as_the_file_says(tmp_path, method, made):
    study = study_of(tmp_path, f'method = "{method}"\n{ALL}\n{MADE[made]}')
    design, estimate = through(study)
    plain = ik.declare_design(ik.build_cohort(study, action="action"))
    on = ["age", "femme"] + (["revenu"] if made in ("nearest", "entropy") else [])
    by_hand = {
        "nearest": lambda: ik.match(plain, on=on, caliper=0.5),
        "full": lambda: ik.match(plain, method="full"),
        "entropy": lambda: ik.weight(plain, method="entropy", on=on, moments=2),
        "approximate": lambda: ik.weight(plain, method="entropy", tolerance=0.1),
        "logit": lambda: ik.weight(plain, method="logit"),
    }[made]()
    assert (design.weights == by_hand.weights).all()
    assert estimate.effect == getattr(ik, method)(by_hand).effect
    record = told(estimate)
    assert record["made_comparable"]["method"] == ("entropy" if made == "approximate" else made)
    assert len(record["made_comparable"]["on"]) == len(on)
    assert {check["key"] for check in record["checks"]} >= {"overlap", "baseline_balance"}


def test_an_effect_before_the_groups_are_made_comparable_is_refused(tmp_path):
    study = study_of(tmp_path, f'method = "did"\n{ALL}\n{MADE["entropy"]}')
    with pytest.raises(ValueError, match="make_comparable"):
        ik.estimate(ik.declare_design(ik.build_cohort(study, action="action")))


def test_nothing_declared_changes_nothing(tmp_path):
    study = study_of(tmp_path, f'method = "did"\n{ALL}')
    design = ik.declare_design(ik.build_cohort(study, action="action"))
    assert ik.make_comparable(design) is design


def test_doubly_robust(tmp_path):
    design, estimate = through(study_of(tmp_path, f'method = "doubly_robust"\n{ALL}'))
    assert estimate.effect == ik.doubly_robust(design).effect
    assert told(estimate)["method"] == "doubly_robust"


def levels(n=200):
    rng = np.random.default_rng(6)
    frame = people(n)
    helped = rng.random(n) < 0.5
    frame["groupe"] = np.where(helped, "oui", "non")
    frame["revenu_apres"] = np.clip(rng.poisson(np.where(helped, 3.0, 1.5)), 0, 6)
    return frame


@pytest.mark.parametrize(
    ("kind", "measures", "shown"),
    [
        ("count", {"rate_ratio": "rate_ratio"}, r"\d,\d\d à \d,\d\d"),
        (
            "ordinal",
            {"superiority": "probability_of_superiority", "cumulative_odds": "cumulative_odds_ratio"},
            r"\d\d % à \d\d %",
        ),
    ],
)
def test_counts_and_levels_are_also_told_by_what_suits_them(tmp_path, kind, measures, shown):
    study_of(tmp_path, 'method = "compare_groups"', arm="randomised", frame=levels())
    path = tmp_path / "study.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('unit = "euros"', f'kind = "{kind}"', 1), encoding="utf-8")
    design, estimate = through(ik.read_study(tmp_path))
    sizes = ik.effect_sizes(design, kind=kind).set_index("measure")
    beside = estimate.alternatives.set_index("method")
    for label, measure in measures.items():
        for end in ("estimate", "conf_low", "conf_high"):
            assert beside.loc[label, end] == pytest.approx(sizes.loc[measure, end])
    rows = {row["method"]: row for row in told(estimate)["alternatives"]}
    assert set(rows) >= set(measures)
    text = html.unescape(ik.page(ik.assess(estimate), lang="fr").annex()._repr_html_())
    assert rows[next(iter(measures))]["label"]["fr"] in text
    assert re.search(shown, text.translate({0xA0: " ", 0x202F: " "}))


def test_a_threshold(tmp_path):
    frame = people(1200)
    frame["groupe"] = np.where(frame["ressources"] < 1000, "oui", "non")
    choices = 'method = "discontinuity"\nthreshold = { running = "ressources", cutoff = 1000 }'
    design, estimate = through(study_of(tmp_path, choices, frame=frame))
    assert estimate.effect == ik.discontinuity(design, running="ressources", cutoff=1000).effect
    record = told(estimate)
    assert {check["key"] for check in record["checks"]} >= {"sorting", "near_threshold"}
    page = ik.page(ik.assess(estimate), lang="fr")
    assert "Ressources du foyer : 1 000 euros" in page.method()._repr_html_().translate(
        {0xA0: " ", 0x202F: " "}
    )


def test_places_offered_by_lot_that_not_everybody_took(tmp_path):
    rng = np.random.default_rng(4)
    frame = people(600)
    offered = rng.random(600) < 0.5
    took = offered & (rng.random(600) < 0.7)
    frame["groupe"] = np.where(offered, "oui", "non")
    frame["revenu_apres"] = (frame["revenu_avant"] + 30 + 60 * took + rng.normal(0, 40, 600)).round(2)
    frame["entree"] = np.where(took, "15/02/2024", "")
    design, estimate = through(
        study_of(
            tmp_path, 'method = "encouragement"', arm="randomised", frame=frame, entry='entry = "entree"'
        )
    )
    assert design.estimand == "ITT"
    assert estimate.effect == ik.encouragement(design).effect
    low, high = estimate.effect.interval()
    assert low < 60 < high
    record = told(estimate)
    assert "first_stage" in {check["key"] for check in record["checks"]}


def test_options_of_the_file_are_those_of_the_function():
    for method, options in USES.items():
        assert set(OPTIONS_OF[method]) == set(options) - {"caliper_on", "order"}
