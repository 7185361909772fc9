"""The synthesis: what is pooled, what is refused, what is counted, and that it reveals nobody."""

import csv
import json
import re
from html import unescape
from pathlib import Path

import pytest

import impactkit as ik
from impactkit.document.to_html import to_html
from impactkit.errors import ReportError
from impactkit.estimators.pooling.pooled import Pooled
from impactkit.evidence.record import AccountsRecord, Band, EffectRecord, PublicRecord, Record
from impactkit.synthesis import gather, synthesis_document, synthesis_tables, synthesise, write_synthesis
from impactkit.synthesis.alike import group
from impactkit.synthesis.counts import duties, tally, tally_all
from impactkit.synthesis.lacking import DETECTED, lacking
from impactkit.synthesis.measure import Measure
from impactkit.synthesis.territories import departments, region_of
from impactkit.synthesis.together import frame_of
from impactkit.text import Message
from many_records import TERRITORIES, records, write
from records import (
    DEBT,
    EMPLOYED,
    before_after_record,
    did_record,
    provenance,
    series_record,
    too_few_record,
    w,
)


def effect(estimate=0.1, std_error=0.04):
    low, high = estimate - 1.96 * std_error, estimate + 1.96 * std_error
    return EffectRecord(
        estimate=estimate, std_error=std_error, df=80.0, conf_low=low, conf_high=high, p_value=0.01
    )


def measure(i=0, make=did_record, **changes):
    values = {
        "action": f"action_{i}",
        "effect": effect(0.05 + 0.02 * i),
        "follow_up": 12.0,
        "provenance": provenance(inputs={f"{i}.csv": f"{i:064x}"}),
    }
    return Measure.model_validate_json(make(**(values | changes)).model_dump_json())


def synthesis_of(tmp_path, made, by="national"):
    return synthesise(gather([write(tmp_path / "out", made)]), by=by)


@pytest.fixture(scope="module")
def sixty(tmp_path_factory):
    return synthesise(gather([write(tmp_path_factory.mktemp("out"), records(60))]), by="region")


def test_measures_have_the_fields_of_the_record_and_nothing_else():
    assert set(Measure.model_fields) <= set(Record.model_fields)
    numbers_of_people = {"flow", "means", "n_treated", "n_comparison", "balance"}
    assert numbers_of_people & set(Measure.model_fields) == {"n_treated", "n_comparison"}


def test_every_measure_is_pooled_or_refused_with_a_reason(sixty):
    assert sixty.n_pooled + len(sixty.refused) == len(sixty.measures) == 60
    for item in sixty.together:
        for part in item.family.measures:
            assert part.outcome.label == item.family.measures[0].outcome.label
            assert part.contrast == item.family.kind.contrast


def test_the_average_of_a_family_is_that_of_pool(sixty):
    item = sixty.together[0]
    again = ik.pool(frame_of(item.family))
    assert item.pooled.effect == again.effect
    paule = ik.pool(frame_of(item.family), method="PM")
    assert item.paule_mandel.effect == paule.effect


def test_inconclusive_measures_are_in_the_average_and_named():
    parts = [measure(i, conclusion="inconclusive", attribution="inconclusive") for i in range(3)]
    families, refused = group(parts)
    assert len(families[0].measures) == 3
    assert not refused


@pytest.mark.parametrize(
    ("changes", "apart"),
    [
        ({"follow_up": 6.0}, "follow_up"),
        ({"estimand": "ITT"}, "estimand"),
        ({"claim": "before"}, "contrast"),
        ({"outcome": EMPLOYED.model_copy(update={"direction": "decrease"})}, "direction"),
        ({"outcome": EMPLOYED.model_copy(update={"label": w("en emploi durable")})}, "label"),
        ({"method": "synthetic_control"}, "territories"),
    ],
)
def test_what_is_not_measured_alike_is_refused_and_said(changes, apart):
    families, refused = group([measure(0), measure(1), measure(2, **changes)])
    assert [len(item.measures) for item in families] == [2]
    assert [(item.measure.action, item.reason) for item in refused] == [("action_2", "alone")]
    assert apart in refused[0].nearest


def test_a_unit_is_never_mixed_and_a_declared_family_joins_other_names():
    dollars = DEBT.model_copy(update={"unit": w("dollars"), "family": "dettes"})
    euros = DEBT.model_copy(update={"family": "dettes"})
    other = DEBT.model_copy(
        update={"family": "dettes", "name": "montant", "label": w("total des dettes", "total debt")}
    )
    parts = [
        measure(0, outcome=euros),
        measure(1, outcome=other),
        measure(2, outcome=dollars),
    ]
    families, refused = group(parts)
    assert [item.action for item in families[0].measures] == ["action_0", "action_1"]
    assert refused[0].nearest == ("unit",)


def test_an_effect_and_a_comparison_are_with_the_same_thing():
    families, _ = group([measure(0, claim="effect"), measure(1, claim="comparison")])
    assert len(families[0].measures) == 2


def test_too_few_people_for_a_figure_is_its_own_reason():
    _, refused = group([measure(0, make=too_few_record, effect=None), measure(1), measure(2)])
    assert [item.reason for item in refused] == ["no_figure"]


def test_old_records_without_the_new_fields_are_read():
    old = json.loads(did_record().model_dump_json())
    for name in ("axis", "publics", "actions_count", "follow_up"):
        del old[name]
    del old["outcome"]["family"]
    text = json.dumps(old)
    assert Record.model_validate_json(text).follow_up is None
    found = Measure.model_validate_json(text)
    families, _ = group([found, found.model_copy(update={"action": "b"})])
    assert families[0].kind.follow_up.startswith("douze mois")


def test_the_folder_named_last_counts_and_nothing_is_counted_twice(tmp_path):
    first = write(tmp_path / "a", [did_record(action="x"), did_record(action="y")])
    second = write(tmp_path / "b", [did_record(action="x", effect=effect(0.3))])
    found = gather([first, second])
    assert [item.action for item in found.measures] == ["x", "y"]
    assert found.measures[0].effect.estimate == 0.3
    assert found.replaced == 1


def test_unreadable_files_and_failed_reports_are_told(tmp_path):
    folder = write(tmp_path / "out", [did_record(action="x")])
    (folder / "valmont" / "y").mkdir()
    (folder / "valmont" / "y" / "evidence.json").write_text("{}", encoding="utf-8")
    line = {"study": "valmont", "action": "z", "title": "Z", "state": "failed", "lang": "fr"}
    times = {"started": "2026-11-22T10:00:00Z", "finished": "2026-11-22T10:00:01Z"}
    (folder / "manifest.jsonl").write_text(json.dumps(line | times) + "\n", encoding="utf-8")
    found = gather([folder])
    assert found.unread == ("valmont/y/evidence.json",)
    assert found.failed == (("valmont", "z"),)
    with pytest.raises(ReportError, match=r"evidence\.json"):
        gather([tmp_path / "nowhere"])


def test_counts_add_up_to_the_measures(sixty):
    overall = tally_all(sixty.measures)
    assert overall.n == sum(overall.verdicts.values()) == sum(overall.strengths) == 60
    for dimension in ("axis", "region", "design", "rural"):
        parts = tally(sixty.measures, dimension)
        assert sum(item.n for item in parts) == 60
        for strength in range(6):
            assert sum(item.strengths[strength] for item in parts) == overall.strengths[strength]
    assert sum(item.n for item in tally(sixty.measures, "public")) >= 60


def test_a_contract_owes_one_action_and_a_pact_all_of_them():
    parts = [
        measure(0, study="c", kind="cls", actions_count=9),
        measure(1, study="p", kind="pacte", actions_count=2),
        measure(2, study="p", kind="pacte", actions_count=2),
        measure(3, study="q", kind="pacte", actions_count=3),
        measure(4, study="r", kind="pacte", actions_count=None),
    ]
    found = {item.study: item for item in duties(parts)}
    assert {name: item.met for name, item in found.items()} == {"c": True, "p": True, "q": False, "r": None}
    assert found["q"].expected == 3


def test_what_is_missing_is_as_many_people_as_the_smallest_useful_effect_asks():
    std_error = 0.05 / DETECTED * 2  # twice too large: four times as many people
    short = measure(0, effect=effect(0.02, std_error), conclusion="inconclusive")
    found = lacking([short, measure(1)])
    assert len(found) == 1
    assert found[0].times == pytest.approx(4)
    assert found[0].more == 840  # 278 people, three times as many more, to the next ten
    hidden = measure(0, effect=effect(0.02, std_error), conclusion="inconclusive", n_treated=None)
    assert lacking([hidden])[0].more is None
    territory = measure(0, make=series_record, conclusion="inconclusive")
    assert lacking([territory])[0].times is None


@pytest.mark.parametrize(
    ("low", "high", "targets", "rural"),
    [
        (0.6, 0.7, (), True),
        (0.5, 0.6, (), True),
        (0.1, 0.2, ("rural",), False),
        (0.4, 0.6, (), None),
        (0.4, 0.6, ("rural",), True),
    ],
)
def test_rural_is_what_the_band_tells_else_what_the_action_targets(low, high, targets, rural):
    band = PublicRecord(
        key="rural", label=w("r"), definition=w("r"), share=Band(low=low, high=high), unknown=None
    )
    accounts = AccountsRecord(losses=(), lost_who=(), publics=(band,), households=(), links=())
    assert measure(0, accounts=accounts, publics=targets).rural is rural
    assert measure(0, publics=()).rural is None


REGIONS = {
    "01": "Guadeloupe",
    "02": "Martinique",
    "03": "Guyane",
    "04": "La Réunion",
    "06": "Mayotte",
    "11": "Île-de-France",
    "24": "Centre-Val de Loire",
    "27": "Bourgogne-Franche-Comté",
    "28": "Normandie",
    "32": "Hauts-de-France",
    "44": "Grand Est",
    "52": "Pays de la Loire",
    "53": "Bretagne",
    "75": "Nouvelle-Aquitaine",
    "76": "Occitanie",
    "84": "Auvergne-Rhône-Alpes",
    "93": "Provence-Alpes-Côte d'Azur",
    "94": "Corse",
}


def test_departements_and_their_regions_are_those_of_insee():
    path = Path(__file__).parent / "reference" / "departments.csv"
    with path.open(encoding="utf-8", newline="") as file:
        expected = {line["DEP"]: (line["LIBELLE"], REGIONS[line["REG"]]) for line in csv.DictReader(file)}
    assert {code: (item.name, item.region) for code, item in departments().items()} == expected


def test_identical_effects_are_told_without_an_option_of_code(tmp_path):
    made = [did_record(action=f"a{i}", effect=effect(0.1)) for i in range(3)]
    text = page_text(synthesis_of(tmp_path, made))
    assert "sont identiques" in text
    assert "hartung_knapp" not in text


def test_each_departement_has_its_own_place_and_region():
    places = departments()
    assert len(places) == 101
    assert len({(item.column, item.row) for item in places.values()}) == 101
    assert len({item.region for item in places.values()}) == 18
    assert region_of("2a", None) == "Corse"
    assert region_of(None, "bretagne") == "Bretagne"
    assert region_of("99", None) is None
    assert region_of(None, "Wallonie") == "Wallonie"


def test_groups_are_pooled_apart_and_publics_never_compared(sixty):
    splits = {split.dimension: split for split in sixty.together[0].splits}
    assert {"design", "public", "region"} <= set(splits)
    assert splits["public"].difference is None
    assert splits["design"].difference is not None
    pooled = [part for _, part in splits["design"].groups if isinstance(part, Pooled)]
    assert sum(part.k for part in pooled) == len(sixty.together[0].family.measures)


def test_probabilities_are_corrected_for_the_number_of_averages(sixty):
    averages = [item for item in sixty.together if isinstance(item.pooled, Pooled)]
    assert len(averages) > 1
    assert all(item.p_holm >= item.pooled.effect.p_value for item in averages)
    assert max(item.p_holm / item.pooled.effect.p_value for item in averages) == pytest.approx(len(averages))


def test_measures_of_a_shared_file_are_told(tmp_path):
    same = provenance(inputs={"suivi.csv": "a" * 64})
    made = [did_record(action=f"a{i}", effect=effect(0.1 * i), provenance=same) for i in range(3)]
    found = synthesis_of(tmp_path, made)
    assert found.together[0].sharing == 3
    assert "partagent un fichier" in page_text(found)


def page_text(found, language="fr"):
    html = to_html(synthesis_document(found, language=language).blocks, language)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html)))


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_page_says_the_denominator_what_is_inconclusive_and_what_is_refused(sixty, language):
    text = page_text(sixty, language)
    inconclusive = sixty.overall.verdicts["inconclusive"]
    for key, params in (
        ("short.measures", {"n": 60}),
        ("short.inconclusive", {"n": inconclusive, "all": 60}),
        ("short.refused", {"n": len(sixty.refused)}),
        ("refused.no_figure", {"minimum": 11}),
        ("read.levels", {"minimum": 11}),
    ):
        expected = Message(f"synthesis.{key}", params).text(language)
        assert re.sub(r"\s+", " ", expected) in text, key


def test_changes_are_never_called_effects_because_they_are_pooled(tmp_path):
    made = [
        before_after_record(action=f"a{i}", follow_up=6.0, effect=effect(-100.0 * i, 40.0)) for i in range(4)
    ]
    text = page_text(synthesis_of(tmp_path, made))
    assert "sans groupe de comparaison" in text
    assert "Effet sur" not in text


def test_no_number_of_people_of_a_record_comes_out(tmp_path):
    """Sizes as odd as these stand nowhere: not in the page, not in the data, not as a sum of two."""
    sizes = [(7919, 6997), (7907, 6991), (7901, 6983)]
    made = [
        did_record(action=f"a{i}", effect=effect(0.05 * i), n_treated=n, n_comparison=m)
        for i, (n, m) in enumerate(sizes)
    ]
    found = synthesis_of(tmp_path, made)
    written = json.dumps([table.rows for table in synthesis_tables(found, language="en")])
    page = to_html(synthesis_document(found, language="en").blocks, "en").replace(",", "")
    sums = {n + m for n, m in sizes} | {sum(n for n, _ in sizes), sum(m for _, m in sizes)}
    for number in {*(n for pair in sizes for n in pair), *sums, sum(n + m for n, m in sizes)}:
        assert str(number) not in written
        assert str(number) not in page


def test_a_pact_without_an_action_tells_nothing_more_of_its_people(tmp_path):
    """Between a pact and the same pact without an action, only counts of measures and averages differ."""
    made = [did_record(action=f"a{i}", effect=effect(0.05 * i), n_treated=23 + i) for i in range(4)]
    whole = synthesis_of(tmp_path / "whole", made)
    part = synthesis_of(tmp_path / "part", made[:3])
    other = synthesis_of(tmp_path / "other", [r.model_copy(update={"n_treated": 500}) for r in made])
    tables = [synthesis_tables(found, language="fr") for found in (whole, part, other)]
    # With other people behind the same effects, every table is the same: none holds a number of people.
    assert tables[0] == tables[2]
    assert tables[0] != tables[1]


def test_hidden_sizes_are_said_to_be_hidden(tmp_path):
    made = [
        did_record(action=f"a{i}", effect=effect(0.01 * i, 0.06), n_treated=None, conclusion="inconclusive")
        for i in range(3)
    ]
    assert "effectif masqué" in page_text(synthesis_of(tmp_path, made))


@pytest.mark.parametrize("language", ["fr", "en"])
def test_all_files_are_written_and_agree(sixty, tmp_path, language):
    written = write_synthesis(sixty, out=tmp_path, formats=("html", "docx", "pdf"), language=language)
    names = {path.relative_to(tmp_path).as_posix() for path in written}
    assert {"synthesis.html", "synthesis.docx", "synthesis.pdf", "synthesis.xlsx", "synthesis.json"} <= names
    assert all(path.stat().st_size > 200 for path in written if path.suffix != ".csv")
    data = json.loads((tmp_path / "synthesis.json").read_text(encoding="utf-8"))
    assert len(data["measures"]) == 60
    with (tmp_path / "tables" / "measures.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    assert [row["action"] for row in rows] == [row["action"] for row in data["measures"]]
    shrunk = [row for row in data["measures"] if row["shrunk"] is not None]
    families = {item.family.kind for item in sixty.together if isinstance(item.pooled, Pooled)}
    assert len(shrunk) == sum(
        len(item.family.measures) for item in sixty.together if item.family.kind in families
    )


def test_a_text_never_runs_as_a_formula(tmp_path):
    made = [did_record(action=f"a{i}", title=w("=1+1"), effect=effect(0.1 * i)) for i in range(2)]
    write_synthesis(synthesis_of(tmp_path, made), out=tmp_path / "s", formats=(), language="fr")
    text = (tmp_path / "s" / "tables" / "measures.csv").read_text(encoding="utf-8-sig")
    assert ";'=1+1;" in text


def test_the_same_measures_make_the_same_files(sixty, tmp_path):
    for name in ("a", "b"):
        write_synthesis(sixty, out=tmp_path / name, formats=("html",), language="fr")
    for path in (tmp_path / "a").rglob("*"):
        if path.is_file():
            assert path.read_bytes() == (tmp_path / "b" / path.relative_to(tmp_path / "a")).read_bytes()


@pytest.mark.parametrize("by", ["region", "axis", "public", "national"])
def test_each_detail_makes_a_page(tmp_path, by):
    found = synthesis_of(tmp_path, records(12, seed=3), by=by)
    assert len(page_text(found)) > 1000
    with pytest.raises(ValueError, match="region"):
        synthesise(found.gathered, by="ville")


def test_one_measure_alone_makes_an_honest_page(tmp_path):
    text = page_text(synthesis_of(tmp_path, [did_record()]))
    assert "rien ne peut être mis en commun" in text
    assert "1 mesure est réunie" in text


def test_territories_of_the_made_batch_are_on_the_map(sixty):
    codes = {row[0] for row in synthesis_tables(sixty, language="fr")[5].rows if row[3]}
    assert codes == {code for _, code, _ in TERRITORIES}


def test_the_records_of_the_demonstration_say_what_the_synthesis_needs():
    study = ik.read_study(ik.sample("insertion_emploi"))
    action = study.actions[0]
    cohort = ik.build_cohort(study, action=action.id)
    record = ik.assess(ik.estimate(ik.declare_design(cohort))).record
    assert record.axis == action.axis
    assert record.publics == action.publics
    assert record.actions_count == len(study.actions)
    assert record.follow_up is not None
