"""What Tab and Shift-Tab offer in a notebook: public names and nothing else, each with a one-line help."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from types import ModuleType

import pytest

import impactkit as ik
import impactkit.lab
from shown import values

MODULES: tuple[ModuleType, ...] = (ik, ik.plot, ik.simulate, ik.teaching, impactkit.lab)


def offered(text: str, names: dict[str, object]) -> set[str]:
    completer = pytest.importorskip("IPython.core.completer")
    shell = completer.IPCompleter(namespace=names)
    with completer.provisionalcompleter():
        found = list(shell.completions(text, len(text)))
    return {one.text.rpartition(".")[2] for one in found if not one.text.rpartition(".")[2].startswith("_")}


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_a_module_completes_with_its_public_names_even_those_not_loaded_yet(module: ModuleType) -> None:
    assert offered("m.", {"m": module}) == {name for name in module.__all__ if not name.startswith("_")}


def test_a_value_completes_with_what_it_can_do() -> None:
    for name in ("cohort", "design", "estimate", "evidence", "form", "study"):
        value = values()[name]
        public = {item for item in dir(type(value)) if not item.startswith("_")}
        assert public <= offered("value.", {"value": value}), name


def documented() -> Iterator[tuple[str, object]]:
    """Every public function and class, then every public method and property of those classes and values."""
    classes = {type(value) for value in values().values()}
    for module in MODULES:
        for name in module.__all__:
            value = getattr(module, name)
            if inspect.isclass(value):
                classes.add(value)
            elif not isinstance(value, str):
                yield f"{module.__name__}.{name}", value
    for kind in sorted(classes, key=lambda kind: kind.__name__):
        yield kind.__name__, kind
        for name, member in vars(kind).items():
            own = inspect.isfunction(member) or isinstance(member, property | classmethod | staticmethod)
            if own and not name.startswith("_"):
                yield f"{kind.__name__}.{name}", member


def test_every_public_name_has_a_one_line_help() -> None:
    wrong = []
    for name, value in documented():
        first, _, rest = (inspect.getdoc(value) or "").partition("\n")
        whole = re.search(r"[.?:]$", first) and len(first) <= 110 and (not rest or rest.startswith("\n"))
        if not whole:
            wrong.append((name, first))
    assert wrong == []
