"""The shipped templates: no logic, no outputs, one code in both languages, parameters papermill reads."""

from __future__ import annotations

import ast
import json

import nbformat
import pytest
from papermill.inspection import inspect_notebook

import impactkit as ik
from impactkit.batch.export import HIDDEN
from impactkit.files.resources import template
from impactkit.report import Page

LANGUAGES = ("fr", "en")


def cells(language: str) -> list[dict]:
    return json.loads(template(language).read_text(encoding="utf-8"))["cells"]


def code(language: str) -> list[str]:
    return ["".join(cell["source"]) for cell in cells(language) if cell["cell_type"] == "code"]


def markdown(language: str) -> list[str]:
    return ["".join(cell["source"]) for cell in cells(language) if cell["cell_type"] == "markdown"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_notebook_is_valid_and_has_no_outputs(language):
    notebook = nbformat.read(template(language), as_version=4)
    nbformat.validate(notebook)
    assert notebook.metadata.kernelspec.name == "python3"
    for cell in cells(language):
        if cell["cell_type"] == "code":
            assert cell["outputs"] == []
            assert cell["execution_count"] is None


def test_both_languages_have_the_same_cells():
    assert code("fr") == code("en")
    for french, english in zip(cells("fr"), cells("en"), strict=True):
        assert {**french, "source": ""} == {**english, "source": ""}
        if french["cell_type"] == "markdown":
            assert french["source"] != english["source"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_papermill_reads_the_parameters_and_their_help(language):
    parameters = inspect_notebook(str(template(language)))
    assert list(parameters) == ["study", "action", "lang", "out"]
    for parameter in parameters.values():
        assert parameter["inferred_type_name"] == "str"
        assert parameter["help"]
    assert parameters["lang"]["default"] == '"fr"'


def test_cells_hold_no_logic():
    # A loop, a choice or a function in a template means that the package lacks a verb. C, Q and I are names
    # that formulas look up among the caller's variables.
    statements = (ast.Import, ast.Assign, ast.AnnAssign, ast.Expr)
    for source in code("fr"):
        tree = ast.parse(source)
        assert all(isinstance(node, statements) for node in tree.body), source
        names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        assert not names & {"C", "Q", "I"}
        logic = (ast.Lambda, ast.IfExp, ast.ListComp, ast.DictComp, ast.GeneratorExp, ast.BoolOp, ast.BinOp)
        assert not any(isinstance(node, logic) for node in ast.walk(tree))


def test_every_verb_exists_and_every_section_is_shown_once():
    shown = []
    for source in code("fr"):
        for node in ast.walk(ast.parse(source)):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            owner, verb = node.func.value.id, node.func.attr
            assert hasattr({"ik": ik, "page": Page}[owner], verb)
            shown += [verb] if owner == "page" else []
    sections = [name for name in vars(Page) if not name.startswith("_") and name != "material"]
    assert sorted(shown) == sorted(sections)


def test_the_record_is_saved_last():
    assert code("fr")[-1] == "ik.save_evidence(evidence, out)"


@pytest.mark.parametrize("language", LANGUAGES)
def test_headings_are_the_sections_of_the_form(language):
    hidden = [cell for cell in cells(language) if HIDDEN in cell["metadata"].get("tags", ())]
    assert [cell["id"] for cell in hidden] == ["about"]
    headings = [text for text in markdown(language) if text.startswith("#")]
    assert len(headings) == 8
    assert all(text.startswith("## ") and "\n" not in text for text in headings)
