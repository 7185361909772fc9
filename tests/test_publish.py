"""Finished files replace older ones whole, or not at all."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from impactkit.batch.publish import publish
from impactkit.files import at_once
from impactkit.files.at_once import write_json, write_text


def _folder(path: Path, content: str) -> Path:
    path.mkdir(parents=True)
    (path / "report.html").write_text(content, encoding="utf-8")
    return path


def test_a_finished_folder_takes_the_place_of_the_older_one(tmp_path: Path) -> None:
    final = tmp_path / "out" / "etude" / "action"
    publish(_folder(tmp_path / "staging" / "1", "old"), final)
    (final / "left over").touch()
    publish(_folder(tmp_path / "staging" / "2", "new"), final)
    assert [path.name for path in final.iterdir()] == ["report.html"]
    assert (final / "report.html").read_text(encoding="utf-8") == "new"
    assert not list((tmp_path / "staging").iterdir())


def test_the_older_folder_comes_back_when_the_new_one_cannot_be_placed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    final = _folder(tmp_path / "out" / "action", "old")
    staged = _folder(tmp_path / "staging" / "1", "new")
    replace = os.replace

    def refuse_the_new_one(source: Path, target: Path) -> None:
        if source == staged:
            raise OSError("no")
        replace(source, target)

    monkeypatch.setattr(os, "replace", refuse_the_new_one)
    with pytest.raises(OSError, match="no"):
        publish(staged, final)
    assert (final / "report.html").read_text(encoding="utf-8") == "old"


def test_a_file_held_open_for_a_moment_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replace, refused = os.replace, []

    def held_twice(source: Path, target: Path) -> None:
        if len(refused) < 2:
            refused.append(source)
            raise PermissionError
        replace(source, target)

    monkeypatch.setattr(os, "replace", held_twice)
    monkeypatch.setattr(at_once, "_PAUSE_S", 0)
    write_text(tmp_path / "manifest.jsonl", "done\n")
    assert (tmp_path / "manifest.jsonl").read_text(encoding="utf-8") == "done\n"
    assert [path.name for path in tmp_path.iterdir()] == ["manifest.jsonl"]


_TEXT = st.text(st.characters(exclude_categories=["Cs"]))
_PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([0.25, -0.0, 1e-4, math.inf, -math.inf])
    | _TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(_TEXT, inner),
)


@given(value=_PLAIN, indent=st.sampled_from([1, 2]))
def test_json_is_written_as_the_standard_library_does(
    value: object, indent: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "value.json"
    write_json(path, value, indent=indent)
    assert path.read_bytes().decode() == json.dumps(value, ensure_ascii=False, indent=indent) + "\n"


@given(number=st.floats(allow_nan=False))
def test_numbers_keep_every_digit_in_json(number: float, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "number.json"
    write_json(path, {"number": number}, indent=1)
    assert json.loads(path.read_bytes())["number"] == number
