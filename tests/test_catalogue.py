"""The catalogue: same keys and placeholders in both languages, and every key that code names exists."""

import ast
import re
from pathlib import Path

import pytest

import impactkit
from impactkit.text.catalogue import Message, entries, placeholders

SOURCE = Path(impactkit.__file__).parent


def test_both_languages_have_the_same_keys():
    assert set(entries("fr")) == set(entries("en"))


def test_both_languages_have_the_same_placeholders_and_forms():
    fr, en = entries("fr"), entries("en")
    different = [
        key
        for key in set(fr) & set(en)
        if placeholders(key, "fr") != placeholders(key, "en")
        or isinstance(fr[key], str) != isinstance(en[key], str)
    ]
    assert different == []


def named_keys() -> set[str]:
    """Return the literal keys of ``Message("...")`` calls in the package."""
    keys = set()
    for file in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id == "Message"
                and node.args
                and isinstance(node.args[0], ast.Constant)
            ):
                keys.add(node.args[0].value)
    return keys


def test_every_key_named_in_code_is_in_the_catalogue():
    assert sorted(named_keys() - set(entries("fr"))) == []


def test_every_problem_code_has_what_was_found_and_what_to_do():
    codes = set()
    for file in SOURCE.rglob("*.py"):
        codes |= set(re.findall(r'"([EA]-[A-Z]{2,3}-\d{2})"', file.read_text(encoding="utf-8")))
    assert codes
    wanted = {f"problem.{code}.{part}" for code in codes for part in ("found", "remedy")}
    assert sorted(wanted - set(entries("fr"))) == []


def test_french_sentences_keep_their_spaces_together():
    text = Message("check.precision.question").text("fr")
    assert text == "Pouvait-on déceler un effet utile\u202f?"
    assert Message("form.can_say").text("fr").endswith("\u00a0:")


def test_a_users_own_words_are_shown_as_written():
    params = {"outcome": "Emploi ? oui : non", "before": 10, "after": 20}
    assert "«\u00a0Emploi ? oui : non\u00a0»" in Message("sentence.per_hundred.before", params).text("fr")


def test_a_missing_placeholder_is_an_error_not_a_gap():
    with pytest.raises(KeyError):
        Message("sentence.per_hundred.before", {}).text("fr")
