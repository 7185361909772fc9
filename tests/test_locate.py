"""Lines of keys in a TOML text, checked against what tomllib reads in it."""

import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from impactkit.files.locate import KeyPath, key_lines, line_of, place_of
from small_studies import STUDY

AWKWARD = '''# a comment with [a.table] = 1
title = """text
[not.a.table]
key = "not a key" # nor a comment
"""
literal = \'\'\'it's
]] '\'\'\'
a.b . "c d" = [ 1, # one
  2, {x = "}", y = [ 'z]' ]},

  3 ]
when = 1979-05-27 07:32:00
"clé accentuée" = "\\\\\\" # ]"

[table]
k = 'a#b'
[[items]]
id = "first"
[[items.parts]]
v = 1
[[items.parts]]
v = 2
[items.more]
w = true
[[items]]
[items.parts]
"v w" = {}
'''


def paths_of(value: Any, path: KeyPath = ()) -> Iterator[KeyPath]:
    if path:
        yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from paths_of(item, (*path, key))


@pytest.mark.parametrize("text", [AWKWARD, AWKWARD.replace("\n", "\r\n"), STUDY, ""])
def test_every_key_that_tomllib_reads_has_a_line(text: str) -> None:
    assert set(paths_of(tomllib.loads(text))) == set(key_lines(text))


@pytest.mark.parametrize(
    ("path", "piece"),
    [
        (("title",), 'title = """text'),
        (("literal",), "literal = '''it's"),
        (("a", "b", "c d", 1), '  2, {x = "}", y'),
        (("a", "b", "c d", 2, "y", 0), '  2, {x = "}", y'),
        (("a", "b", "c d", 3), "  3 ]"),
        (("clé accentuée",), '"clé accentuée"'),
        (("table", "k"), "k = 'a#b'"),
        (("items", 0, "parts", 1), "[[items.parts]]\nv = 2"),
        (("items", 0, "parts", 1, "v"), "v = 2"),
        (("items", 0, "more", "w"), "w = true"),
        (("items", 1, "parts", "v w"), '"v w" = {}'),
    ],
)
def test_line_is_that_of_the_key(path: KeyPath, piece: str) -> None:
    assert key_lines(AWKWARD)[path] == AWKWARD[: AWKWARD.index(piece)].count("\n") + 1


@given(
    st.lists(
        st.text(
            alphabet=st.characters(exclude_characters="\"\\'", exclude_categories=["Cc", "Cs", "Zl", "Zp"])
        ),
        max_size=6,
    ),
    st.sampled_from(['"', "'", '"""', "'''"]),
)
def test_brackets_and_signs_inside_texts_are_not_read(texts: list[str], quote: str) -> None:
    text = "".join(f"k{i} = {quote}{item}{quote}\n" for i, item in enumerate(texts)) + "[[last]]\nx = 1\n"
    lines = key_lines(text)
    assert lines["last", 0, "x"] == len(texts) + 2
    assert set(lines) == set(paths_of(tomllib.loads(text)))


def test_missing_key_is_located_at_its_table() -> None:
    lines = key_lines(AWKWARD)
    assert line_of(("items", 0, "parts", 1, "absent"), lines) == lines["items", 0, "parts", 1]
    assert line_of(("absent",), lines) is None


def test_place_is_written_as_a_path() -> None:
    assert place_of(("actions", 2, "start")) == "actions[2].start"
    assert place_of(()) == ""
