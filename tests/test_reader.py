"""A reader's test: in each situation, the exact sentences of the report, in both languages."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from reader import situation

SITUATIONS = tomllib.loads(Path(__file__).with_name("reference").joinpath("reader.toml").read_text("utf-8"))
_SAID = ("fr", "en", "fr_say", "en_say")


@pytest.mark.parametrize(
    "expected",
    SITUATIONS["situation"],
    ids=lambda row: f"{row['design']}-{row['outcome']}-{row['low']}-{row['high']}-{row['n']}",
)
def test_the_reader_meets_these_sentences(expected: dict[str, Any]) -> None:
    evidence = situation(**{key: value for key, value in expected.items() if key not in _SAID})
    said = evidence.record.sentences
    for lang in ("fr", "en"):
        assert evidence.sentence(lang) == expected[lang]
        assert " ".join(words.text(lang) for words in said.can_say) == expected[f"{lang}_say"]


def test_there_are_enough_situations() -> None:
    assert len(SITUATIONS["situation"]) >= 60
    assert len({row["fr"] for row in SITUATIONS["situation"]}) >= 50
