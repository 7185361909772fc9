"""Questionnaire 2 over pacts: what is counted, what is said, and that few answers stay hidden."""

import datetime as dt
import json

import pytest

import impactkit as ik
from impactkit.errors import ReportError
from impactkit.forms import definition
from impactkit.forms.changes import Answer, Answers
from impactkit.forms.form import ItemRecord
from impactkit.forms.of_changes import asked_of, records_of_items
from impactkit.synthesis import gather, synthesis_tables, synthesise
from impactkit.synthesis.changes import FORM, PactAnswers, level_of, tally_changes
from many_records import write
from records import did_record, w
from test_synthesis import page_text

ITEM = definition(FORM).items[0][1].key


@pytest.fixture(scope="module")
def study():
    return ik.read_study(ik.sample("insertion_emploi"))


def answer(i, level, *, proved=False, type="association", item=ITEM):
    proof = {"proof": "comptes rendus", "source": "comité", "date": dt.date(2026, 3, 1)} if proved else {}
    return Answer(respondent=str(i), type=type, item=item, level=level, share="partly", **proof)


def pact(study, name, answers):
    form = definition(FORM)
    made = records_of_items(asked_of(study, Answers(tuple(answers)), form, "fr"), form)
    return PactAnswers(form=FORM, study=name, subtitle=f"Pacte {name}", changes=made)


def record(level=None, **known):
    return ItemRecord(item="i", section=w("s"), label=w("l"), level=level, **known)


def three_pacts(study):
    """Twelve of one view, half of them proved; three answers; a committee."""
    twelve = [answer(i, "better") for i in range(12)] + [
        answer(i + 12, "better", proved=True) for i in range(12)
    ]
    return (
        pact(study, "a", twelve),
        pact(study, "b", [answer(i, "worse") for i in range(3)]),
        pact(study, "c", [answer(1, "same", type="committee", proved=True)]),
    )


def test_each_pact_counts_once_and_few_answers_are_counted_apart(study):
    found = tally_changes(three_pacts(study))[0]
    assert (found.n, found.rated, found.hidden) == (3, 2, 1)
    assert found.levels == {"worse": 0, "same": 1, "better": 1, "much_better": 0}
    assert (found.within, found.n_within) == (1.0, 1)
    assert (found.proved, found.n_proved) == (0.5, 1)
    assert found.with_proof == 2
    # By hand: two levels next to each other on a scale of four, mean half a step away from each.
    assert found.between == pytest.approx(0.7370, abs=5e-5)


def test_a_committee_speaks_for_its_pact_and_the_more_cautious_of_two():
    assert level_of(record("better", agreed=("much_better", "same"))) == "same"
    assert level_of(record("better", agreed=("not_concerned",))) == "not_concerned"
    assert level_of(record("better")) == "better"
    assert level_of(record()) is None


def test_a_single_level_has_no_agreement_between_pacts():
    found = tally_changes([PactAnswers(form=FORM, study="a", subtitle="a", changes=(record("same"),))])[0]
    assert found.between is None
    assert found.within is None


def written(folder, pacts):
    for one in pacts:
        place = folder / one.study
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{FORM}.json").write_text(one.model_dump_json(), encoding="utf-8")
    return folder


def test_forms_are_read_beside_records_or_alone_and_the_last_folder_counts(study, tmp_path):
    first, second, _ = three_pacts(study)
    folder = written(write(tmp_path / "out", [did_record(study="a"), did_record(study="z")]), [first, second])
    later = written(tmp_path / "later", [second.model_copy(update={"study": "a"})])
    found = synthesise(gather([folder, later]))
    assert [one.study for one in found.gathered.answers] == ["a", "b"]
    assert found.changes[0].hidden == 2
    assert found.pacts == 3
    with pytest.raises(ReportError, match=r"evidence\.json"):
        gather([tmp_path])


def test_a_form_of_before_this_field_is_told_not_read_as_empty(tmp_path):
    folder = write(tmp_path / "out", [did_record(study="a")])
    old = {"form": FORM, "study": "a", "subtitle": "Pacte", "sections": []}
    (folder / "a" / f"{FORM}.json").write_text(json.dumps(old), encoding="utf-8")
    assert gather([folder]).unread == (f"a/{FORM}.json",)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_page_says_how_many_pacts_answered_and_what_is_proved(study, tmp_path, language):
    folder = written(write(tmp_path / "out", [did_record(study="z")]), three_pacts(study))
    found = synthesise(gather([folder]))
    text = page_text(found, language)
    if language == "fr":
        assert "3 pactes sur 4 ont rempli le questionnaire" in text
        assert "appuie 2 appréciations sur 3" in text
    else:
        assert "3 pacts out of 4 filled in the questionnaire" in text
        assert "supports 2 views out of 3" in text
    tables = {table.key: table for table in synthesis_tables(found, language=language)}
    assert [row[3] for row in tables["changes_by_pact"].rows if row[2] == ITEM] == ["better", None, "same"]


def test_what_few_people_answered_changes_nothing_that_is_written(study, tmp_path):
    """Four respondents of any view and with any proof kept to themselves: the same tables."""
    views = ("worse", "much_better")
    tables = []
    for view in views:
        pacts = [*three_pacts(study), pact(study, "d", [answer(i, view) for i in range(4)])]
        tables.append(synthesis_tables(synthesise(gather([written(tmp_path / view, pacts)])), language="fr"))
    assert tables[0] == tables[1]
