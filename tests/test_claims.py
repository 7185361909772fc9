"""The linter of claims: what it finds in sentences labelled beforehand, and what takes a claim back."""

import csv
from pathlib import Path

import pytest

from impactkit.files.claims import claims_beyond

SENTENCES = list(
    csv.DictReader(
        (Path(__file__).parent / "reference" / "claims.csv").read_text(encoding="utf-8").splitlines(),
        delimiter=";",
    )
)


def found(kind):
    """Return claims found, claims missed and innocent sentences flagged in a part of the set."""
    rows = [row for row in SENTENCES if row["set"] == kind]
    flagged = {row["sentence"]: bool(claims_beyond(row["sentence"], "nothing")) for row in rows}
    claims = [row["sentence"] for row in rows if row["claims"] == "yes"]
    innocent = [row["sentence"] for row in rows if row["claims"] == "no"]
    hits = sum(flagged[sentence] for sentence in claims)
    return hits, len(claims) - hits, sum(flagged[sentence] for sentence in innocent)


def test_the_labelled_set_is_large_and_half_innocent():
    assert len(SENTENCES) >= 120
    assert sum(row["claims"] == "no" for row in SENTENCES) == len(SENTENCES) / 2
    assert {row["language"] for row in SENTENCES} == {"fr", "en"}


def test_every_sentence_that_the_lists_were_made_from_is_told_right():
    assert found("tuning") == (30, 0, 0)


def test_sentences_that_the_lists_were_not_made_from():
    hits, missed, wrong = found("held-out")
    assert (hits, missed, wrong) == (26, 4, 2)  # precision 0.93, recall 0.87


@pytest.mark.parametrize(
    ("text", "carried", "words"),
    [
        ("L’action a permis ce retour.", "nothing", ("a permis",)),
        ("L'ACTION A PERMIS ce retour.", "nothing", ("a permis",)),
        ("L'action a permis ce retour.", "established", ()),
        ("L'action a probablement permis ce retour ; elle a réduit les délais.", "probable", ("a réduit",)),
        ("L'action a sans doute réduit les délais, ce qui prouve son utilité.", "probable", ("prouve",)),
        ("L'action n'a pas permis ce retour.", "nothing", ()),
        ("Elle vise à soutenir, mais elle a permis plus.", "nothing", ("a permis",)),
        ("", "nothing", ()),
    ],
)
def test_a_claim_is_told_by_what_the_measure_carries(text, carried, words):
    assert claims_beyond(text, carried) == words
