"""The pages of the checks: both languages alike, and their sentences, thresholds and answers true."""

import contextlib
import importlib.util
import io
import re
import tomllib
from pathlib import Path

import numpy as np
import pytest

from impactkit.cohort.accounts import loss_rules
from impactkit.estimators.series import false_start
from impactkit.evidence import before_entry, rules, rules_follow_up, rules_rivals, rules_sensitivity
from impactkit.text.catalogue import entries

DOCS = Path(__file__).parent.parent / "docs"
HOMES = {"fr": DOCS / "checks", "en": DOCS / "en" / "checks"}
CATALOGUE = Path(__file__).parent.parent / "src" / "impactkit" / "text" / "catalogue"
RULES = (rules, rules_rivals, rules_sensitivity, rules_follow_up, loss_rules, before_entry, false_start)
BLOCK = re.compile(r"^```python\n(.*?)^```\n\n^```text\n(.*?)^```", re.DOTALL | re.MULTILINE)
THRESHOLD = re.compile(r"^\| `([A-Z_]+)` \| ([^|]+) \|", re.MULTILINE)
SAID = re.compile(r"\b(ok|caution|fail|not_run) ([a-z_]+)(?: (\d)\b)?")
HEADINGS = {
    "fr": [
        "Ce qui est demandé",
        "Quand la question se pose",
        "Ce qui est supposé",
        "La règle",
        "Le risque de se tromper",
        "Les seuils",
        "Ce que le contrôle peut répondre",
        "Cas limites",
        "Essayer",
        "Valeurs de référence",
        "Quand ne pas s'y fier",
    ],
    "en": [
        "What is asked",
        "When the question arises",
        "What is assumed",
        "The rule",
        "The risk of being wrong",
        "The thresholds",
        "What the check can answer",
        "Edge cases",
        "Try it",
        "Reference values",
        "When not to rely on it",
    ],
}


@pytest.fixture(scope="module")
def reference():
    spec = importlib.util.spec_from_file_location("reference", DOCS / "reference.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def keys() -> list[str]:
    """Every question of the catalogue of checks: what the verdict can ask."""
    return list(tomllib.loads((CATALOGUE / "en" / "check.toml").read_text(encoding="utf-8")))


def page(key: str, language: str) -> str:
    return (HOMES[language] / f"{key}.md").read_text(encoding="utf-8")


def number(text: str) -> float | None:
    """Read a threshold as a page writes it: ``0,05``, ``10 %``, ``50%``."""
    found = re.fullmatch(r"(\d+(?:[.,]\d+)?)( ?%)?", text.strip())
    return found and float(found[1].replace(",", ".")) / (100 if found[2] else 1)


def test_every_question_has_its_page_and_no_other(reference):
    assert sorted(reference.CHECKS) == sorted(keys())
    for home in HOMES.values():
        assert sorted(path.stem for path in home.glob("*.md")) == sorted(keys())


@pytest.mark.parametrize("key", keys())
@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_page_asks_the_question_of_the_report_and_says_all_it_must(key, language):
    text = page(key, language)
    title, lead = text.split("\n\n")[:2]
    assert title == f"# {entries(language)[f'check.{key}.question']}"
    assert len(lead) <= 160
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == HEADINGS[language]


@pytest.mark.parametrize("key", keys())
def test_both_languages_show_the_same_code_formulas_and_thresholds(key):
    french, english = page(key, "fr"), page(key, "en")
    assert BLOCK.findall(french) == BLOCK.findall(english)
    assert french.count("$$") == english.count("$$") > 0
    told = [
        [(name, number(value) or "-") for name, value in THRESHOLD.findall(text)]
        for text in (french, english)
    ]
    assert told[0] == told[1]


@pytest.mark.parametrize("key", keys())
def test_thresholds_are_those_of_the_rules(key):
    for name, value in THRESHOLD.findall(page(key, "fr")):
        held = [getattr(module, name) for module in RULES if hasattr(module, name)]
        assert held, name
        if (told := number(value)) is not None:
            assert held[0] == pytest.approx(told), name


def test_the_table_of_answers_holds_every_answer_of_the_catalogue(reference):
    for language in ("fr", "en"):
        for key in keys():
            assert set(reference.ANSWERS[key]) == set(reference.told_answers(key, language)), key


@pytest.mark.parametrize("key", keys())
def test_the_code_answers_what_the_page_shows_and_the_table_tells(key, reference, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ((code, shown),) = BLOCK.findall(page(key, "fr"))
    with contextlib.redirect_stdout(io.StringIO()) as said:
        exec(compile(code, key, "exec"), {})
    assert said.getvalue() == shown
    found = SAID.findall(shown)
    assert found
    for status, answer, cap in found:
        cases = reference.ANSWERS[key][answer]
        assert status in {case.status for case in cases}
        if cap and "check.cap" in code:
            assert any(int(cap) <= 5 - case.less if case.less else int(cap) == case.left for case in cases)


# ------------------------------------------------------------------ the decisions that are pure functions
GRID = np.round(np.arange(0, 0.7, 0.02) + 0.001, 3)


def told_of(reference, key, *answers):
    return {(case.status, case.left) for answer in answers for case in reference.ANSWERS[key][answer]}


def test_what_losses_can_do_is_in_the_table(reference):
    for key, answers in (("single", (0.0,)), ("both", GRID)):
        kinds = ("single",) if key == "single" else ("even", "uneven")
        told = told_of(
            reference,
            "attrition",
            "none",
            *(f"{kind}_{end}" for kind in kinds for end in ("band", "most")),
            *(() if key == "single" else ("between_band",)),
        )
        found = {
            (answer.status, answer.cap)
            for overall in GRID
            for differential in answers
            for randomised in ([False] if key == "single" else [False, True])
            for answer in [
                rules.attrition_cap(randomised=randomised, overall=overall, differential=differential)
            ]
        }
        assert found == told


def test_what_follow_up_can_do_is_in_the_table(reference):
    found = {
        (answer.status, answer.cap)
        for overall in GRID
        for differential in GRID
        for error in (0.01, 1.0)
        for randomised in (False, True)
        for answer in [
            rules_follow_up.follow_up_cap(
                randomised=randomised, overall=overall, differential=differential, std_error=error
            )
        ]
    }
    told = set().union(*(told_of(reference, "follow_up", name) for name in reference.ANSWERS["follow_up"]))
    assert found == told - {("not_run", 5)}


@pytest.mark.parametrize("start", [2, 3])
def test_what_overlap_can_do_is_in_the_table(reference, start):
    for left_out in (0.0, 0.10, 0.11, 0.50, 0.51):
        for effective in (10.0, 19.9, 20.0, 60.0):
            for n in (30, 100):
                found = rules.overlap_cap(left_out=left_out, effective=effective, n_treated=n, start=start)
                ((case,),) = (reference.ANSWERS["overlap"][found.kind],)
                assert (found.status, found.cap) == (
                    case.status,
                    start - case.less if case.less else case.left,
                )


def test_what_spillover_can_do_is_in_the_table(reference):
    for switched in (0.0, 0.05, 0.10, 0.11, 0.30, 0.31):
        for same_site in (0.0, 0.11):
            for kept in (False, True):
                for randomised in (False, True):
                    found = rules_rivals.spillover_cap(
                        switched=switched, same_site=same_site, kept=kept, randomised=randomised
                    )
                    cases = reference.ANSWERS["spillover"][found.kind]
                    assert (found.status, found.cap) in {(case.status, case.left) for case in cases}


def test_what_a_first_stage_and_a_threshold_can_do_is_in_the_table(reference):
    for f, answer in ((9.9, "weak"), (10.0, "moderate"), (15.9, "moderate"), (16.0, "strong")):
        found = rules.first_stage_cap(f)
        assert {(found.status, found.cap)} == told_of(reference, "first_stage", answer)
    for people, characteristics, answer in (
        (False, False, "none"),
        (True, False, "people"),
        (False, True, "characteristics"),
        (True, True, "both"),
    ):
        found = rules.sorting_cap(people_jump=people, characteristics_jump=characteristics)
        assert {(found.status, found.cap)} == told_of(reference, "sorting", answer)


@pytest.mark.parametrize("start", [2, 3, 4])
def test_what_sensitivity_and_likeness_can_do_is_in_the_table(reference, start):
    def allowed(key, answer):
        return {
            (case.status, start - case.less if case.less else case.left)
            for case in reference.ANSWERS[key][answer]
        }

    def judged(found):
        return (found.status, found.cap)

    confounding = rules_sensitivity.confounding_cap
    for kept, overturned, answer in (
        (True, False, "kept"),
        (False, False, "lost"),
        (False, True, "overturned"),
    ):
        found = confounding(kept=kept, overturned=overturned, start=start)
        assert judged(found) in allowed("confounding", answer)
    for overturned, small, answer in ((0.0, 0.0, "agree"), (0.2, 0.6, "differ"), (0.6, 0.6, "contrary")):
        found = rules_sensitivity.specification_cap(overturned=overturned, small=small, start=start)
        assert judged(found) in allowed("specification", answer)
    for key in ("influence", "leave_one_cluster_out"):
        for left, overturned, answer in (
            (1.0, False, "absence"),
            (0.4, False, "half"),
            (-0.1, True, "overturned"),
        ):
            found = rules_sensitivity.resting_cap(left=left, overturned=overturned)
            assert judged(found) in allowed(key, answer)
    for worst, adjusted, alike, answer in (
        (0.05, False, True, "equivalent"),
        (0.25, True, True, "adjusted"),
        (0.06, False, True, "not_adjusted"),
        (0.26, True, True, "not_equivalent"),
        (0.05, True, False, "variances"),
    ):
        found = rules.balance_cap(worst=worst, adjusted=adjusted, variances_alike=alike, start=start)
        assert judged(found) in allowed("baseline_balance", answer)


def test_other_caps_of_the_table_are_those_of_the_rules(reference):
    for key, answer, cap in (
        ("single_territory", "mix", rules.SERIES_OF_ONE_TERRITORY),
        ("regression_to_mean", "expected", rules.BEFORE_AFTER),
        ("near_threshold", "few", rules.THRESHOLD_OR_OFFER - 1),
        ("first_stage", "unbounded", rules.CAP_UNBOUNDED),
        ("baseline_balance", "nothing_known", rules.RAW_COMPARISON),
        ("pre_trends", "diverging", rules.CAP_DIVERGING_TRENDS),
        ("placebo_date", "effect_before", rules_rivals.CAP_FALSE_EFFECT),
        ("placebo_outcome", "changed", rules_rivals.CAP_FALSE_EFFECT),
        ("placebo_outcome", "changed", rules_rivals.CAP_FALSE_EFFECT_RANDOMISED),
        ("clusters", "one", rules.CAP_ONE_CLUSTER),
        ("clusters", "few", rules.CAP_FEW_CLUSTERS),
    ):
        assert cap in {case.left for case in reference.ANSWERS[key][answer]}, (key, answer)
    ((lost,),) = (reference.ANSWERS["missing_bounds"]["overturned"],)
    assert lost.less == rules_sensitivity.NOTES_LOSSES
