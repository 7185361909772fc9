"""What each public value shows of itself in a notebook: one look, the session's words, a text form."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator

import pandas as pd
import pytest

import impactkit as ik
from impactkit.document.blocks import Foreign
from impactkit.document.to_html import to_html
from impactkit.html import table_html, unstyled, written
from impactkit.report.accessibility import check_page
from impactkit.text.catalogue import entries
from shown import NAMES, values

LANGUAGES = ("fr", "en")


@pytest.fixture(autouse=True, params=LANGUAGES)
def language(request) -> Iterator[str]:
    made = values()
    ik.set_language(request.param)
    assert made
    yield request.param
    ik.set_language(None)


@pytest.mark.parametrize("name", NAMES)
def test_a_value_has_the_look_of_a_page_and_a_text_form(name: str, language: str) -> None:
    value = values()[name]
    html = value._repr_html_()
    assert html.count("<style>") == 1
    assert html.index("<style>") < html.index('class="ik')
    bare = unstyled(html)
    assert "<style" not in bare
    # Colours are those of the look: a colour of one's own is not read on a dark page.
    assert re.findall(r'style="[^"]*(?:color|background)', bare) == []
    for table in re.findall(r"<table>.*?</table>", bare, re.DOTALL):
        assert table.count("<th ") == len(re.findall(r'<th scope="(?:col|row)"', table))
        assert 'scope="col"' in table
    assert "\n" not in repr(value) or name in {"scenes", "answer", "opened", "scene"}
    assert 0 < len(repr(value)) < 1_000


@pytest.mark.parametrize("name", NAMES)
def test_columns_and_numbers_are_in_words(name: str, language: str) -> None:
    html = unstyled(values()[name]._repr_html_())
    heads = re.findall(r'<th scope="col"[^>]*>(.*?)</th>', html)
    assert [head for head in heads if "_" in head] == []
    cells = re.findall(r"<td[^>]*>(.*?)</td>", html)
    assert "nan" not in cells
    assert "True" not in cells
    if language == "fr":
        assert [cell for cell in cells if re.fullmatch(r"-?\d+\.\d+", cell)] == []


def test_every_kind_of_result_shows_itself() -> None:
    classes = {value for name in ik.__all__ if inspect.isclass(value := getattr(ik, name))}
    results = {kind for kind in classes if not issubclass(kind, Exception)} - {ik.Problem, ik.Store}
    # What the verbs return, that has no name of its own in `impactkit`.
    results |= {type(value) for name, value in values().items() if name in NAMES}
    assert set(values()) == set(NAMES)
    assert [kind.__name__ for kind in results if not hasattr(kind, "_repr_html_")] == []
    assert [
        kind.__name__ for kind in results if kind not in {type(value) for value in values().values()}
    ] == []


def test_words_of_tables_are_used() -> None:
    known = {key.rpartition(".")[2] for key in entries("fr") if key.startswith("shown.column.")}
    heads = pd.DataFrame([[1] * len(known)], columns=sorted(known))
    assert [name for name in known if f">{name}<" in table_html(heads) and "_" in name] == []


def test_numbers_are_written_as_the_language_does(language: str) -> None:
    told = [written(value) for value in (1794.341, 0.0432187, -12.0, 0.0, 185, True, "mot", 1e-9)]
    if language == "fr":
        assert told == ["1\u202f794", "0,04322", "−12", "0", "185", "oui", "mot", "0"]
    else:
        assert told == ["1,794", "0.04322", "−12", "0", "185", "yes", "mot", "0"]


def test_what_is_hidden_is_not_what_does_not_apply() -> None:
    frame = pd.DataFrame({"n": pd.array([12, None], "Int64"), "reason": [None, "x"], "p_value": [1e-9, 0.2]})
    cells = re.findall(r"<td[^>]*>(.*?)</td>", table_html(frame))
    assert cells[0:2] == ["12", "–"]
    assert cells[2].startswith("&lt; 0")
    assert cells[3:5] == ["s", "x"]


def test_a_report_keeps_its_own_look() -> None:
    # A value displayed in a template: the page is light or dark as its reader is.
    html = values()["estimate"]._repr_html_()
    page = to_html([Foreign(html=html, blocks=())], "fr")
    assert "<style" not in page
    assert "<table>" in page
    findings = {finding.code for finding in check_page(f'<html lang="fr">{page}</html>')}
    assert "svg_role" not in findings
