"""What a template may be told, and what is refused before anything runs."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from impactkit.batch.parameters import check_parameters, template_parameters
from impactkit.errors import ParameterError
from impactkit.text import set_language
from small_batch import DECLARED, make_template

MORE = (
    DECLARED + 'code: str = "01"\nsize = 3\nalpha: float = 0.05  # level\ndetailed = False\n# nothing = 1\n'
)


@pytest.fixture
def template(tmp_path: Path) -> Path:
    return make_template(tmp_path / "modele.ipynb", declared=MORE)


@pytest.fixture(autouse=True)
def _in_english():
    set_language("en")
    yield
    set_language(None)


def test_types_come_from_annotations_and_defaults(template: Path) -> None:
    types = {parameter.name: parameter.type for parameter in template_parameters(template)}
    assert types == {
        "study": str,
        "action": str,
        "lang": str,
        "out": str,
        "code": str,
        "size": int,
        "alpha": float,
        "detailed": bool,
    }


def test_text_typed_on_a_command_line_becomes_the_type_expected(template: Path) -> None:
    typed = {"code": "0001", "size": "7", "alpha": "0,1", "detailed": "oui"}
    assert check_parameters(template, typed) == {"code": "0001", "size": 7, "alpha": 0.1, "detailed": True}


@given(code=st.text())
def test_a_text_is_kept_as_it_is(tmp_path_factory: pytest.TempPathFactory, code: str) -> None:
    template = make_template(tmp_path_factory.mktemp("t") / "t.ipynb", declared=MORE)
    assert check_parameters(template, {"code": code}) == {"code": code}


def test_python_values_keep_their_type(template: Path) -> None:
    checked = check_parameters(template, {"alpha": 1, "detailed": False})
    assert checked == {"alpha": 1.0, "detailed": False}
    assert isinstance(checked["alpha"], float)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("size", "7.5"),
        ("size", True),
        ("alpha", "a lot"),
        ("alpha", "nan"),
        ("detailed", "perhaps"),
        ("detailed", 1),
        ("code", 1),
    ],
)
def test_a_value_of_another_type_is_refused(template: Path, name: str, value: object) -> None:
    with pytest.raises(ParameterError, match=f"The parameter {name} must be"):
        check_parameters(template, {name: value})  # type: ignore[dict-item]


def test_an_unknown_name_is_refused_with_those_allowed(template: Path) -> None:
    with pytest.raises(
        ParameterError, match=r"has no parameter alhpa\. Allowed parameters: code, size, alpha, detailed"
    ):
        check_parameters(template, {"alhpa": "0.1"})


def test_an_unknown_name_is_refused_when_none_is_taken(tmp_path: Path) -> None:
    template = make_template(tmp_path / "bare.ipynb")
    with pytest.raises(ParameterError, match="takes none but those that impactkit sets"):
        check_parameters(template, {"alpha": "0.1"})


@pytest.mark.parametrize("name", ["study", "action", "lang", "out"])
def test_what_impactkit_sets_cannot_be_given(template: Path, name: str) -> None:
    with pytest.raises(ParameterError, match=f"The parameter {name} is set by impactkit"):
        check_parameters(template, {name: "x"})


def test_a_template_must_take_what_impactkit_sets(tmp_path: Path) -> None:
    template = make_template(tmp_path / "t.ipynb", declared='study = ""\naction = ""\n')
    with pytest.raises(ParameterError, match="must declare the parameters lang, out"):
        template_parameters(template)


@pytest.mark.parametrize("content", ["", "{}", "[1]", '{"cells": [1]}', '{"cells": 3}'])
def test_what_is_not_a_notebook_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "t.ipynb"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ParameterError, match=r"t\.ipynb"):
        template_parameters(path)


def test_a_missing_template_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="does not exist"):
        template_parameters(tmp_path / "none.ipynb")
