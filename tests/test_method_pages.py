"""Each method has its page, in French and in English, and both say the same: shape, code, numbers."""

import ast
import inspect
import re
from collections import Counter
from pathlib import Path

import pytest

import impactkit

FRENCH = Path(__file__).parent.parent / "docs" / "methods"
ENGLISH = FRENCH.parent / "en" / "methods"
NAMES = sorted(path.stem for path in FRENCH.glob("*.md"))
# A block may be indented in a list.
FENCE = re.compile(r"^ *```([a-z]*)\n(.*?)^ *```", re.DOTALL | re.MULTILINE)
CODE = re.compile(r"`[^`\n]+`")
EQUATION = re.compile(r"[√Σ∫~]|[=≤].*[−+/·×]")
DOTTED = r"\d+(?:\.\d+)+"
NUMBER = {
    "fr": re.compile(rf"{DOTTED}|\d{{1,3}}(?:[ \u00a0\u202f]\d{{3}})+(?!\d)(?:,\d+)?|\d+(?:,\d+)?"),
    "en": re.compile(rf"\d{{1,3}}(?:,\d{{3}})+(?!\d)(?:\.\d+)?|{DOTTED}|\d+"),
}
# How the titles and the heads of tables call what each page says.
SAID = {
    "question": {"fr": r"question|quoi cela", "en": r"question|what .* for"},
    "assumptions": {
        "fr": r"suppos|croire|hypothèses|borner",
        "en": r"assum|believe|bounding",
    },
    "edge cases": {"fr": r"cas limites", "en": r"edge cases"},
    "reference values": {
        "fr": r"éprouvé|valeurs de référence|vérifi",
        "en": r"checked|reference values",
    },
    "when not to use it": {"fr": r"quand ne pas", "en": r"when not"},
}
# What prepares people for a measure, estimates, or judges: the packages whose verbs a method page names.
MEASURING = {"design", "estimators", "evidence"}
# Verbs of these packages that are no method: each has a page of its own in docs/.
ELSEWHERE = {"choose", "save_evidence"}


def page(name: str, language: str) -> str:
    return ((FRENCH if language == "fr" else ENGLISH) / f"{name}.md").read_text(encoding="utf-8")


def headings(text: str) -> list[tuple[int, str]]:
    return [
        (len(mark), title) for mark, title in re.findall(r"^(#+) (.+)$", FENCE.sub("", text), re.MULTILINE)
    ]


def shape(text: str) -> dict[str, object]:
    """What two pages that say the same have in common, whatever the language."""
    prose = FENCE.sub("", text)
    return {
        "headings": [level for level, _ in headings(text)],
        "blocks": [kind for kind, _ in FENCE.findall(text)],
        "columns of tables": [
            CODE.sub("", row).count("|") for row in re.findall(r"^\|.*$", prose, re.MULTILINE)
        ],
        "code and equations": len(CODE.findall(prose)),
    }


def numbers(text: str, language: str) -> Counter[str]:
    """The numbers of the prose, written alike; those in code are the reader's."""
    prose = re.sub(r"\]\([^)]*\)", "]", CODE.sub("", FENCE.sub("", text)))
    found = (re.sub(r"[ \u00a0\u202f]", "", number) for number in NUMBER[language].findall(prose))
    if language == "fr":
        return Counter(number.replace(",", ".") for number in found)
    return Counter(number.replace(",", "") for number in found)


def test_each_page_has_its_twin():
    assert sorted(path.stem for path in ENGLISH.glob("*.md")) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_both_pages_have_the_same_shape(name):
    assert shape(page(name, "en")) == shape(page(name, "fr"))


@pytest.mark.parametrize("name", NAMES)
def test_both_pages_run_the_same_code_names_apart(name):
    def steps(language: str) -> list[list[str]]:
        blocks = [code for kind, code in FENCE.findall(page(name, language)) if kind == "python"]
        return [[type(node).__name__ for node in ast.walk(ast.parse(code))] for code in blocks]

    assert steps("en") == steps("fr")


@pytest.mark.parametrize("name", NAMES)
def test_both_pages_give_the_same_numbers(name):
    french, english = (numbers(page(name, language), language) for language in ("fr", "en"))
    assert (french - english, english - french) == (Counter(), Counter())


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_page_says_all_that_a_method_owes(name, language):
    text = page(name, language)
    heads = re.findall(r"^(\|.*)\n\|-", text, re.MULTILINE)
    titles = "\n".join([*(title for _, title in headings(text)), *heads]).lower()
    assert [said for said, words in SAID.items() if not re.search(words[language], titles)] == []
    uncertainty = {"fr": r"erreur type|incertitude|intervalle", "en": r"standard error|uncertainty|interval"}
    assert re.search(uncertainty[language], text.lower())
    formulas = [code for kind, code in FENCE.findall(text) if not kind] + CODE.findall(FENCE.sub("", text))
    assert any(map(EQUATION.search, formulas))


def test_every_verb_that_prepares_estimates_or_judges_is_named_in_a_page():
    verbs = {
        name
        for name in impactkit.__all__
        if inspect.isfunction(verb := getattr(impactkit, name)) and verb.__module__.split(".")[1] in MEASURING
    } - ELSEWHERE
    for language in ("fr", "en"):
        text = "\n".join(page(name, language) for name in NAMES)
        assert {verb for verb in verbs if not re.search(rf"\b{verb}\b", text)} == set()
