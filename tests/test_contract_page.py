"""The page of a contract or a pact: its actions rolled up from their records, in every format."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from impactkit.batch.contract import write_contract
from impactkit.document.blocks import Figure, Table
from impactkit.document.formats import FORMATS
from impactkit.document.to_page import to_page
from impactkit.document.to_text import to_text
from impactkit.report.accessibility import check_page
from impactkit.report.contract_page import contract_document
from impactkit.text import Label
from pages import assert_accessible, read_page, requests_of
from records import RECORDS, did_record, study, too_few_record

ALL = tuple(RECORDS[name]() for name in ("did", "before_after", "series", "too_few"))


def plain(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ")


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_page_says_each_action_and_fetches_nothing(language: str) -> None:
    document = contract_document(study(), ALL, language=language)  # type: ignore[arg-type]
    page = to_page(document)
    assert_accessible(read_page(page), language=language)
    assert check_page(page) == ()
    assert requests_of(read_page(page)) == []
    text = plain(to_text(document.blocks))
    for record in ALL:
        words = record.sentences.interval
        assert plain(words.en if language == "en" else words.fr) in text


def test_counts_are_those_of_the_records_and_what_is_not_measured_is_said() -> None:
    text = plain(to_text(contract_document(study(actions_count=9), ALL, language="fr").blocks))
    assert "4 actions mesurées." in text
    assert "Sur 9 actions, 5 ne sont pas encore mesurées." in text


def test_each_effect_is_set_against_its_own_smallest_useful_one() -> None:
    found = did_record().effect
    assert found is not None
    document = contract_document(study(), [did_record(), too_few_record()], language="fr")
    (figure,) = [block for block in document.blocks if isinstance(block, Figure)]
    low, high = (value / 0.05 for value in (found.conf_low, found.conf_high))
    assert [row[1].text for row in figure.data.rows] == [f"de {low:+.1f} à {high:+.1f}".replace(".", ",")]
    assert f"{low:+.1f} à {high:+.1f}".replace(".", ",") in plain(figure.alt)
    text = plain(to_text(document.blocks))
    assert "Une action n'est pas dessinée" in text
    # A fall that is sought is drawn on the right, as a favourable one.
    fall = did_record(outcome=did_record().outcome.model_copy(update={"direction": "decrease"}))
    (figure,) = [
        block
        for block in contract_document(study(), [fall], language="fr").blocks
        if isinstance(block, Figure)
    ]
    low, high = -high, -low
    assert figure.data.rows[0][1].text == f"de {low:+.1f} à {high:+.1f}".replace(".", ",").replace(
        "-", "\u2212"
    )


def test_what_is_not_compared_is_named_as_such() -> None:
    document = contract_document(study(), ALL, language="fr")
    (figure,) = [block for block in document.blocks if isinstance(block, Figure)]
    alone = [row[0].text for row in figure.data.rows if "sans groupe de comparaison" in row[0].text]
    drawn = [record for record in ALL if record.outcome.minimum_effect and record.effect]
    assert len(alone) == sum(record.claim in ("before", "trend") for record in drawn)


def test_a_record_of_another_study_is_refused() -> None:
    with pytest.raises(ValueError, match="no record"):
        contract_document(study(), [did_record(study="autre")], language="fr")


def test_thirty_actions_with_long_names_hold() -> None:
    contract = study()
    long = "Accompagnement renforcé vers l'emploi et le logement des personnes les plus éloignées, action {}"
    actions = tuple(
        contract.actions[0].model_copy(
            update={
                "id": f"a{i}",
                "title": Label(long.format(i), long.format(i)),
            }
        )
        for i in range(30)
    )
    document = contract_document(
        contract.model_copy(update={"actions": actions}),
        [did_record(action=f"a{i}") for i in range(30)],
        language="fr",
    )
    assert check_page(to_page(document)) == ()
    (table, *_) = [block for block in document.blocks if isinstance(block, Table)]
    assert len(table.grid.rows) == 30


def test_it_is_written_in_the_formats_asked_and_older_ones_go(tmp_path: Path) -> None:
    for record in ALL:
        (tmp_path / record.action).mkdir()
        record.write(tmp_path / record.action / "evidence.json")
    page = write_contract(study(), tmp_path, language="fr", formats=FORMATS)
    assert page == tmp_path / "index.html"
    assert {path.name for path in tmp_path.glob("index.*")} == {f"index.{name}" for name in FORMATS}
    links = {link.attributes["href"] for link in read_page(page.read_text(encoding="utf-8")).all("a")}
    assert {f"{record.action}/report.html" for record in ALL} <= links
    with zipfile.ZipFile(tmp_path / "index.odt") as held:
        assert "parcours_mobilite/report.html" in held.read("content.xml").decode()
    write_contract(study(), tmp_path, language="fr")
    assert [path.name for path in tmp_path.glob("index.*")] == ["index.html"]
    for record in ALL:
        (tmp_path / record.action / "evidence.json").unlink()
    assert write_contract(study(), tmp_path, language="fr") is None
    assert list(tmp_path.glob("index.*")) == []


def test_two_actions_of_one_title_are_both_drawn() -> None:
    contract = study()
    twins = tuple(contract.actions[0].model_copy(update={"id": name}) for name in ("a", "b"))
    document = contract_document(
        contract.model_copy(update={"actions": twins}),
        [did_record(action="a"), did_record(action="b")],
        language="fr",
    )
    (figure,) = [block for block in document.blocks if isinstance(block, Figure)]
    assert len(figure.data.rows) == 2
