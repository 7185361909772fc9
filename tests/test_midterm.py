"""The mid-term report: exact sums, the user's words to the letter, what is missing and who owes it."""

from __future__ import annotations

import datetime as dt
import html
import json
import math
import re
from decimal import Decimal
from pathlib import Path

import docx
import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import impactkit as ik
from impactkit.cli.app import run_command
from impactkit.document.blocks import Table
from impactkit.document.to_text import to_text
from impactkit.errors import DataError, StudyError
from impactkit.evidence import Record
from impactkit.files import read_study, sample
from impactkit.files.midterm import FundingRow, read_midterm
from impactkit.files.midterm.headers import HEADERS
from impactkit.files.midterm.rows import PAYERS, STAGES, YEARS
from impactkit.midterm.cost import PerPerson, cost_per_person, cost_per_point, ratio_interval
from impactkit.midterm.layout import midterm_blocks
from impactkit.midterm.money import Sum, completed, parity, state_share, total
from impactkit.midterm.report import MidtermReport, midterm_report
from impactkit.midterm.write import write_midterm
from impactkit.text import Language
from small_studies import STUDY, changed, write_study

ON = dt.date(2026, 11, 22)
CLS = ('kind = "pacte"', 'kind = "cls"')
MIDTERM = """
[midterm]
actions = { path = "actions.csv" }
indicators = { path = "indicateurs.csv" }
funding = { path = "montants.csv" }
"""
ACTIONS = """Action;État de déploiement;Décision;Personnes accompagnées 2024-2025;Action phare
mobilite;Déployée.;Poursuivre;120;oui
Bus des droits;;À modifier;;non
"""
INDICATORS = """Action;Indicateur;Niveau;Unité;Année;Cible;Réalisé
Mobilité;Personnes;national;personnes;2024;1 000;1 012
Mobilité;Personnes;national;personnes;2025;45 %;52,5 %
"""
FUNDING = """Action;Année;Prévu État;Prévu collectivité;Dépensé État;Dépensé collectivité;Dérogation;{day}
Mobilité;2024;100,10;100,10;33,33;66,67;non;
Mobilité;2025;100,10;100,10;0,10;0,20;non;
Bus des droits;2024;60;40;60;40;oui;14/12/2023
Bus des droits;2025;40;60;40;60;oui;14/12/2023
""".format(day="Date de consultation de l'État")
PEOPLE_FILE = "suivi.csv"


def study_with(
    folder: Path,
    *,
    actions: str | bytes = ACTIONS,
    indicators: str | bytes = INDICATORS,
    funding: str | bytes = FUNDING,
    midterm: str = MIDTERM,
    toml: str | None = None,
):
    """Write the small study as a contract with its three tables, and read it."""
    from small_studies import PEOPLE

    files = {
        PEOPLE_FILE: PEOPLE,
        "actions.csv": actions,
        "indicateurs.csv": indicators,
        "montants.csv": funding,
    }
    return read_study(write_study(folder, toml=(toml or changed(CLS)) + midterm, files=files))


def codes(error: DataError | StudyError) -> list[str]:
    return [problem.code for problem in error.problems]


def notes(report: MidtermReport) -> list[str]:
    return [note.code for note in report.notes]


@pytest.fixture(scope="module")
def shipped() -> MidtermReport:
    return midterm_report(read_study(sample("insertion_emploi_cls")), on=ON)


# ------------------------------------------------------------------ reading


def test_tables_are_read_as_written(tmp_path):
    tables = read_midterm(study_with(tmp_path))
    mobility, bus = tables.actions
    assert (mobility.key, mobility.name.fr, mobility.decision, mobility.people) == (
        "mobilite", "Mobilité", "continue", 120,
    )  # fmt: skip
    assert (bus.action, bus.name.fr, bus.decision, bus.words["state"]) == (
        None,
        "Bus des droits",
        "modify",
        None,
    )
    # Counts and percentages stand in one column; each row has its own unit.
    assert [row.gap for row in tables.indicators] == [Decimal(12), Decimal("7.5")]
    assert tables.funding[0].amounts[("spent", "state")] == Decimal("33.33")
    assert tables.funding[0].amounts[("planned", "others")] is None
    assert tables.funding[2].consulted_on == dt.date(2023, 12, 14)
    assert [note.code for note in tables.notes] == ["A-MID-02"] * 2


def test_words_are_kept_to_the_letter_in_every_format(tmp_path):
    words = "  Avec  deux espaces ; « guillemets », <balises> & =1+1, l’apostrophe et « 50 % ».  "
    rows = ACTIONS.replace("Déployée.", f'"{words}"')
    report = midterm_report(study_with(tmp_path, actions=rows), on=ON)
    assert report.tables.actions[0].words["state"].fr == words.strip()
    write_midterm(report, tmp_path / "out", language="fr")
    page = (tmp_path / "out" / "midterm.html").read_text(encoding="utf-8")
    assert html.escape(words.strip()) in page
    book = openpyxl.load_workbook(tmp_path / "out" / "midterm.xlsx")
    assert words.strip() in [cell for row in book["Actions"].values for cell in row]
    written = docx.Document(str(tmp_path / "out" / "midterm.docx"))
    cells = {cell.text for table in written.tables for row in table.rows for cell in row.cells}
    assert words.strip() in cells


def test_a_pact_has_no_mid_term_evaluation(tmp_path):
    with pytest.raises(StudyError) as caught:
        study_with(tmp_path, toml=STUDY)
    assert codes(caught.value) == ["E-MID-01"]
    assert caught.value.problems[0].place == "midterm"


def test_slips_in_the_table_midterm_are_told_on_their_line(tmp_path):
    midterm = MIDTERM + '[midterm.actions.columns]\nstat = "État"\n'
    midterm = midterm.replace('actions = { path = "actions.csv" }\n', "")
    midterm = midterm.replace("[midterm.actions.columns]", '[midterm.actions]\npath = "absent.csv"\n\n'
                              "[midterm.actions.columns]")  # fmt: skip
    with pytest.raises(StudyError) as caught:
        study_with(tmp_path, midterm=midterm)
    assert codes(caught.value) == ["E-ETU-05"]
    with pytest.raises(StudyError) as caught:
        study_with(tmp_path, midterm=MIDTERM.replace("montants.csv", "absent.csv"))
    assert codes(caught.value) == ["E-ETU-12"]


def test_every_problem_of_the_three_tables_is_told_at_once(tmp_path):
    actions = ACTIONS.replace("120", "12,5") + "Bus des droits;;;;\n;sans nom;Poursuivre;;\n"
    indicators = INDICATORS + "Inconnue;X;national;;2024;1;1\nMobilité;Y;local;;20,5;1;1\n"
    funding = FUNDING.replace("33,33", "33,333") + "Mobilité;2024;1;1;1;1;;\nMobilité;2025;−1;1;1;1;;\n"
    with pytest.raises(DataError) as caught:
        read_midterm(study_with(tmp_path, actions=actions, indicators=indicators, funding=funding))
    told = {(item.code, item.file, item.rows) for item in caught.value.problems}
    assert told == {
        ("E-MID-08", "actions.csv", (2,)),
        ("E-MID-02", "actions.csv", (5,)),
        ("E-MID-04", "actions.csv", (4,)),
        ("E-MID-03", "indicateurs.csv", (4,)),
        ("E-MID-06", "indicateurs.csv", (5,)),
        ("E-MID-05", "montants.csv", (2,)),
        ("E-MID-05", "montants.csv", (7,)),
        ("E-MID-04", "montants.csv", (6, 7)),
    }
    # What stands in the cells is never shown.
    assert not re.search(r"33,333|12,5|Inconnue", str(caught.value))


def test_a_decision_in_other_words_and_a_header_that_is_not_there_are_told(tmp_path):
    with pytest.raises(DataError) as caught:
        read_midterm(study_with(tmp_path, actions=ACTIONS.replace("À modifier", "peut-être")))
    assert codes(caught.value) == ["E-MOD-01"]
    with pytest.raises(DataError) as caught:
        read_midterm(study_with(tmp_path, funding=FUNDING.replace("Année", "Exercice")))
    assert codes(caught.value) == ["E-COL-01"]
    midterm = MIDTERM + '\n[midterm.funding.columns]\nyear = "Exercice"\n'
    midterm = midterm.replace('funding = { path = "montants.csv" }', "")
    midterm = midterm.replace(
        "[midterm.funding.columns]", '[midterm.funding]\npath = "montants.csv"\n[midterm.funding.columns]'
    )
    renamed = study_with(tmp_path, funding=FUNDING.replace("Année", "Exercice"), midterm=midterm)
    assert len(read_midterm(renamed).funding) == 4


def test_what_prevents_nothing_is_noticed(tmp_path):
    actions = ACTIONS.replace("Déployée.", "Voir Mme X, x@exemple.fr").replace("mobilite", "bus")
    toml = changed(CLS, ("start = 2025-01-06\n", "start = 2025-01-06\n"))
    report = midterm_report(
        study_with(
            tmp_path,
            actions=actions,
            indicators=INDICATORS.split("\n")[0] + "\n",
            funding=FUNDING.split("\n")[0] + "\nbus;2026;1;1;1;1;;\nbus;2024;2;1;1;1;;\n"
            "TOTAL;2024;3;2;2;2;;\nbus;2025;2;1;1;1;;\n"
            "Bus des droits;2024;0;0;0;0;;\nBus des droits;2025;0;0;0;0;;\n",
            toml=toml,
        ),
        on=ON,
    )
    assert sorted(notes(report)) == [
        "A-LIG-01", "A-MID-01", "A-MID-02", "A-MID-02", "A-MID-03", "A-MID-04", "A-MID-05", "A-MID-07",
    ]  # fmt: skip
    assert [row.year for row in report.tables.funding] == [2024, 2025, 2024, 2025]


def test_the_study_file_says_what_the_table_leaves_out_and_a_disagreement_is_told(tmp_path):
    decided = 'lessons = "Appris."\n\n[actions.decision]\nchoice = "stop"\nreasons = "Parce que."\n\n'
    toml = changed(CLS, ('covariates = ["age", "sexe"]\n', f'covariates = ["age", "sexe"]\n{decided}'))
    row = read_midterm(study_with(tmp_path, toml=toml, actions=ACTIONS.replace("Poursuivre", ""))).actions[0]
    assert (row.decision, row.words["reasons"].fr, row.words["lessons"].fr) == (
        "stop",
        "Parce que.",
        "Appris.",
    )
    report = midterm_report(study_with(tmp_path, toml=toml), on=ON)
    assert report.tables.actions[0].decision == "continue"
    assert "A-MID-08" in notes(report)


def test_tables_without_rows_say_that_all_is_missing(tmp_path):
    empty = {
        name: ";".join(header.text("fr") for header in headers.values()) + "\n"
        for name, headers in HEADERS.items()
    }
    report = midterm_report(study_with(tmp_path, **empty), on=ON)
    assert notes(report) == ["A-MID-07"] * 3 + ["A-MID-03"]
    assert [item.what.key for item in report.missing] == [
        "midterm.missing.handed_in",
        "midterm.missing.no_measure",
        "midterm.missing.impact_handed_in",
        "midterm.missing.flagship",
        "midterm.missing.action",
    ]
    write_midterm(report, tmp_path / "out", language="fr")
    assert "non renseigné" in (tmp_path / "out" / "midterm.html").read_text(encoding="utf-8")


def test_a_study_without_tables_is_told_what_to_do():
    with pytest.raises(ik.ReportError, match="midterm"):
        midterm_report(read_study(sample("insertion_emploi")))


# ------------------------------------------------------------------ sums

AMOUNT = st.none() | st.integers(0, 10**9).map(lambda cents: Decimal(cents) / 100)


def rows_of(amounts, key="a", year=2024, **said) -> FundingRow:
    return FundingRow(
        key=key,
        year=year,
        amounts={(stage, payer): amounts.get((stage, payer)) for stage in STAGES for payer in PAYERS},
        derogation=said.get("derogation"),
        consulted_on=said.get("consulted_on"),
    )


@given(st.lists(st.tuples(AMOUNT, AMOUNT, AMOUNT, st.sampled_from(YEARS)), max_size=12))
def test_a_total_is_the_sum_of_its_parts_to_the_cent(given_amounts):
    rows = [
        rows_of({("spent", payer): amount for payer, amount in zip(PAYERS, amounts, strict=True)}, year=year)
        for *amounts, year in given_amounts
    ]
    whole = total(rows, "spent")
    by_payer = [total(rows, "spent", payers=(payer,)) for payer in PAYERS]
    by_year = [total(rows, "spent", years=(year,)) for year in YEARS]
    by_row = [total([row], "spent") for row in rows]
    for parts in (by_payer, by_year, by_row):
        assert sum((part.value for part in parts), Decimal(0)) == whole.value
        assert sum(part.missing for part in parts) == whole.missing


def test_ten_cents_ten_times_make_a_euro(tmp_path):
    rows = [rows_of({("spent", "state"): Decimal("0.10")}) for _ in range(10)]
    assert total(rows, "spent", payers=("state",)) == Sum(Decimal("1.00"), 0)


def _amounts(text: str) -> Decimal | None:
    plain = text.replace("≥", "").replace("\u202f", "").replace(" ", "").replace(",", ".")
    return Decimal(plain) if re.fullmatch(r"\d+(\.\d\d)?", plain) else None


@pytest.mark.parametrize("language", ["fr", "en"])
def test_totals_are_the_sum_of_their_parts_in_the_document(shipped, language: Language):
    grids = [block.grid for block in midterm_blocks(shipped, language) if isinstance(block, Table)]
    contract, actions, detail = (
        next(grid for grid in grids if word in grid.caption)
        for word in (
            {"fr": "L'ensemble", "en": "The whole"}[language],
            {"fr": "Chaque action", "en": "Each action"}[language],
            {"fr": "financeur (", "en": "funder ("}[language],
        )
    )
    clean = (lambda text: text.replace(",", "")) if language == "en" else (lambda text: text)
    cell = [[_amounts(clean(item.text)) for item in row] for row in contract.rows]
    for row in cell:
        assert sum(row[2:5], Decimal(0)) == row[5]
    for stage in range(3):  # 2024 and 2025 make both years
        for column in range(2, 6):
            assert cell[stage][column] + cell[3 + stage][column] == cell[6 + stage][column]
    by_action = [[_amounts(clean(item.text)) for item in row[2:5]] for row in actions.rows]
    for period in range(3):
        parts = [row for i, row in enumerate(by_action[:-3]) if i % 3 == period]
        for column in range(3):
            assert sum(row[column] for row in parts) == by_action[-3 + period][column]
    of_payers = [[_amounts(clean(item.text)) or Decimal(0) for item in row[3:7]] for row in detail.rows]
    assert all(sum(row[:3]) == row[3] for row in of_payers)
    assert sum(row[3] for row in of_payers[0::3]) == cell[6][5]


def test_totals_are_the_sum_of_their_parts_in_the_workbook(shipped, tmp_path):
    write_midterm(shipped, tmp_path, language="fr", formats=("html",))
    book = openpyxl.load_workbook(tmp_path / "midterm.xlsx")

    def number(value) -> Decimal:
        return Decimal(repr(value)) if isinstance(value, int | float) else Decimal(0)

    _, *rows = book["Financement"].values
    for row in rows:
        for stage in range(3):
            assert sum(number(cell) for cell in row[2 + 3 * stage : 5 + 3 * stage]) == number(row[11 + stage])
    header, *sums = book["Totaux"].values
    assert header[7] == "Part de l'État"
    for row in sums:
        assert sum(number(cell) for cell in row[3:6]) == number(row[6])
    whole = [row for row in sums if row[0] == "Ensemble du contrat" and row[1] == "2024-2025"]
    for stage, row in enumerate(whole):
        assert sum(number(item[11 + stage]) for item in rows) == number(row[6])


# ------------------------------------------------------------------ the rule of halves


def planned(state: str, collectivity: str, **said) -> FundingRow:
    amounts = {("planned", "state"): Decimal(state), ("planned", "collectivity"): Decimal(collectivity)}
    return rows_of(amounts, **said)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([planned("100", "100")], "respected"),
        ([planned("60", "40"), planned("40", "60", year=2025)], "respected"),
        ([planned("1000", "1001")], "respected"),  # 50,0 %
        ([planned("1000", "1003")], "broken"),  # 49,9 %
        ([planned("60", "40")], "broken"),
        ([planned("60", "40", derogation=True)], "derogation_undated"),
        ([planned("60", "40", derogation=True, consulted_on=dt.date(2023, 12, 14))], "derogation"),
        ([planned("60", "40", derogation=True, consulted_on=dt.date(2025, 1, 3))], "derogation_late"),
        ([rows_of({("planned", "state"): Decimal(1)})], "unknown"),
        ([planned("0", "0")], "unknown"),
        ([], "unknown"),
    ],
)
def test_the_rule_of_halves_of_an_action(rows, expected):
    assert parity(rows, "planned") == expected


def test_an_action_without_amounts_leaves_the_whole_unknown(tmp_path):
    rows = [planned("100", "100"), planned("100", "100", year=2025)]
    assert state_share(completed(rows, ["a"]), "planned") == Decimal("0.5")
    assert state_share(completed(rows, ["a", "b"]), "planned") is None
    only = "\n".join(FUNDING.split("\n")[:3])
    text = to_text(midterm_blocks(midterm_report(study_with(tmp_path, funding=only), on=ON), "fr"))
    assert "la parité de l'ensemble du contrat ne peut pas être vérifiée" in text


def test_no_derogation_holds_when_the_whole_is_not_in_halves(tmp_path):
    funding = FUNDING.replace("2025;40;60;", "2025;60;40;")
    report = midterm_report(study_with(tmp_path, funding=funding), on=ON)
    assert "A-MID-04" in notes(report)
    assert "la parité n'est pas respectée" in to_text(midterm_blocks(report, "fr"))
    assert "A-MID-04" not in notes(midterm_report(study_with(tmp_path), on=ON))


# ------------------------------------------------------------------ costs


@given(st.floats(1, 1e6), st.floats(0.1, 50), st.floats(0.01, 10), st.floats(1.9, 3))
def test_the_interval_of_a_cost_is_fiellers_with_a_known_numerator(cost, effect, error, t):
    # {r : (C - r E)² <= t² r² V} is where a quadratic in r is not positive.
    a = effect**2 - t**2 * error**2
    found = ratio_interval(cost, low=effect - t * error, high=effect + t * error)
    if effect - t * error <= 0:
        assert found is None
        return
    spread = math.sqrt(max((cost * effect) ** 2 - a * cost**2, 0.0))
    low, high = (cost * effect - spread) / a, (cost * effect + spread) / a
    assert found == pytest.approx((low, high), rel=1e-6)


def test_the_cost_of_a_point_of_the_shipped_contract(shipped):
    row = shipped.tables.actions[0]
    record = shipped.measure(row).record
    person, point = shipped.per_person(row), shipped.per_point(row)
    assert person.cost == (Decimal("283944.15") / 170).quantize(Decimal("0.01"))
    assert point.cost == pytest.approx(float(person.cost) / (100 * record.effect.estimate), rel=1e-12)
    assert point.low == pytest.approx(float(person.cost) / (100 * record.effect.conf_high), rel=1e-12)
    assert point.high == pytest.approx(float(person.cost) / (100 * record.effect.conf_low), rel=1e-12)
    reasons = [shipped.per_point(row).reason for row in shipped.tables.actions]
    assert reasons == [None, "inconclusive", "not_measured", "not_measured", "not_measured"]


@pytest.mark.parametrize(
    ("spent", "declared", "expected"),
    [
        (Sum(Decimal(100), 1), 50, "spent_incomplete"),
        (Sum(Decimal(0), 0), 50, "not_spent"),
        (Sum(Decimal(100), 0), None, "people_unknown"),
        (Sum(Decimal(100), 0), 0, "people_unknown"),
        (Sum(Decimal(100), 0), 10, "people_few"),
        (Sum(Decimal(100), 0), 11, None),
    ],
)
def test_a_cost_per_person_has_a_reason_when_there_is_none(spent, declared, expected):
    found = cost_per_person(spent, declared=declared, record=None, secrecy="pilotactions")
    assert found.reason == expected
    assert (found.cost is None) == (expected is not None)


@pytest.fixture(scope="module")
def record(shipped) -> Record:
    return shipped.measures["boussole_jeunes"].record


def test_a_cost_of_effect_is_told_only_of_an_effect_that_is_the_actions(record):
    person = PerPerson(cost=Decimal("100.00"), people=100, declared=True)
    assert cost_per_point(person, None).reason == "not_measured"
    assert cost_per_point(person, record.model_copy(update={"effect": None})).reason == "no_figure"
    for attribution in (
        "change_not_attributed", "inconclusive", "no_meaningful_effect", "adverse_effect",
    ):  # fmt: skip
        found = cost_per_point(person, record.model_copy(update={"attribution": attribution}))
        assert found.reason == attribution
    crossing = record.effect.model_copy(update={"conf_low": -0.01})
    assert cost_per_point(person, record.model_copy(update={"effect": crossing})).reason == "unbounded"
    assert cost_per_point(PerPerson(reason="not_spent"), record).reason == "no_person"
    fall = record.outcome.model_copy(update={"direction": "decrease"})
    down = record.effect.model_copy(update={"estimate": -0.2, "conf_low": -0.3, "conf_high": -0.1})
    found = cost_per_point(person, record.model_copy(update={"outcome": fall, "effect": down}))
    assert (found.cost, found.low, found.high) == pytest.approx((5, 100 / 30, 10))


# ------------------------------------------------------------------ what is missing


def test_what_is_missing_has_an_action_an_owner_and_a_date(shipped):
    told = [
        (item.action and item.action.fr, item.what.key.rpartition(".")[2], item.owes, item.late(ON))
        for item in shipped.missing
    ]
    assert told == [
        (None, "impact_handed_in", "collectivity", -39),
        ("Accueil de jour des familles", "effectiveness", "pilot", 145),
        ("Accueil de jour des familles", "validated_collectivity", "collectivity", 145),
        ("Accueil de jour des familles", "local_indicator", "collectivity", 145),
        ("Accueil de jour des familles", "indicator_reached", "collectivity", 145),
        ("Plateforme de dons alimentaires", "validated_state", "state", 145),
        ("Plateforme de dons alimentaires", "spent_collectivity", "collectivity", 145),
    ]


def test_each_gap_is_told_with_who_owes_it(tmp_path):
    report = midterm_report(study_with(tmp_path), on=ON)
    bus = {(item.what.key.rpartition(".")[2], item.owes) for item in report.missing if item.action
           and item.action.fr == "Bus des droits"}  # fmt: skip
    assert bus == {
        ("state", "pilot"), ("adequacy", "pilot"), ("effectiveness", "pilot"), ("efficiency", "pilot"),
        ("lessons", "pilot"), ("measures", "pilot"),
        ("reasons", "both"), ("validated_state", "state"), ("validated_collectivity", "collectivity"),
        ("national_indicator", "collectivity"), ("local_indicator", "collectivity"),
        ("committed_state", "state"), ("committed_collectivity", "collectivity"),
    }  # fmt: skip


def test_a_derogation_that_is_owed_is_told(tmp_path):
    funding = FUNDING.replace(";oui;14/12/2023", ";;").replace("2025;40;60;", "2025;60;40;")
    report = midterm_report(study_with(tmp_path, funding=funding), on=ON)
    assert ("broken", "state") in {(i.what.key.rpartition(".")[2], i.owes) for i in report.missing}


# ------------------------------------------------------------------ what the measures conclude


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_verdicts_own_sentences_are_in_parts_one_and_two(shipped, language: Language):
    text = to_text(midterm_blocks(shipped, language))
    for measure in shipped.measures.values():
        said = measure.record.sentences
        for sentence in (said.verdict, said.interval, said.significance):
            assert text.count(sentence.text(language)) >= 2
    assert shipped.measures["conseil_budget"].record.attribution == "inconclusive"
    assert {"fr": "Non concluant", "en": "Inconclusive"}[language] in text


def test_a_measure_of_an_action_that_the_table_leaves_out_is_told(tmp_path):
    only = "\n".join(line for line in ACTIONS.split("\n") if not line.startswith("mobilite"))
    empty = {"indicators": "Action;Indicateur;Niveau;Année\n", "funding": "Action;Année\n"}
    report = midterm_report(study_with(tmp_path, actions=only, **empty), on=ON)
    text = to_text(midterm_blocks(report, "fr"))
    assert "Actions dont l'impact est mesuré\N{NO-BREAK SPACE}: 0 sur 2." in text
    # Why it cannot be made may tell how few people there are: that is not for the report.
    assert "Mobilité – La mesure n'a pas pu être faite" in text
    assert "2 personnes" not in text


def test_measures_are_those_of_a_folder_of_results(shipped, tmp_path):
    study = shipped.study
    for action, measure in shipped.measures.items():
        folder = tmp_path / study.id / action
        folder.mkdir(parents=True)
        measure.record.write(folder / "evidence.json")
    again = midterm_report(study, results=tmp_path, on=ON)
    assert to_text(midterm_blocks(again, "fr")) == to_text(midterm_blocks(shipped, "fr"))
    path = tmp_path / study.id / "conseil_budget" / "evidence.json"
    older = shipped.measures["conseil_budget"].record
    older = older.model_copy(update={"provenance": older.provenance.model_copy(update={"study_sha256": "0"})})
    older.write(path)
    assert notes(midterm_report(study, results=tmp_path, on=ON)) == ["A-MID-06"]
    path.unlink()
    without = midterm_report(study, results=tmp_path, on=ON)
    assert "n'a rien de cette action" in to_text(midterm_blocks(without, "fr"))
    path.write_text("{}", encoding="utf-8")
    with pytest.raises(DataError) as caught:
        midterm_report(study, results=tmp_path)
    assert codes(caught.value) == ["E-MID-09"]
    with pytest.raises(ik.ReportError, match="n'existe pas"):
        midterm_report(study, results=tmp_path / "ailleurs")


def test_a_measure_that_cannot_be_made_says_why(tmp_path):
    # Six people: too few for any figure, and the record says so; without its file, the reason is told.
    study = study_with(tmp_path)
    (tmp_path / PEOPLE_FILE).write_text("dossier;groupe\n", encoding="utf-8")
    report = midterm_report(study, on=ON)
    assert report.measures["mobilite"].record is None
    assert "La mesure n'a pas pu être faite" in to_text(midterm_blocks(report, "fr"))


# ------------------------------------------------------------------ the command


def test_the_command_writes_four_files_and_lists_what_is_missing(tmp_path, capsys):
    study = str(sample("insertion_emploi_cls"))
    assert run_command(["midterm", study, "--out", str(tmp_path), "--on", "2026-11-22"]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "midterm.docx", "midterm.html", "midterm.pdf", "midterm.xlsx",
    ]  # fmt: skip
    told = capsys.readouterr().out
    assert "Il manque 7 éléments" in told
    assert "Validation de l'État – État (145 jours de retard)" in told


def test_the_command_takes_formats_language_and_json(tmp_path, capsys):
    study = str(sample("insertion_emploi_cls"))
    command = ["midterm", study, "--out", str(tmp_path), "--format", "HTML", "--lang", "en", "--json"]
    try:
        assert run_command(command) == 0
        told = json.loads(capsys.readouterr().out)
        assert [Path(path).name for path in told["files"]] == ["midterm.html", "midterm.xlsx"]
        assert {item["owes"] for item in told["missing"]} == {"state", "collectivity", "pilot"}
        assert "Mid-term evaluation" in (tmp_path / "midterm.html").read_text(encoding="utf-8")
    finally:
        ik.set_language("fr")


@pytest.mark.parametrize("option", [["--format", "rtf"], ["--format", ""], ["--on", "31/12/2026"]])
def test_a_wrong_option_is_told_and_nothing_is_written(tmp_path, option):
    study = str(sample("insertion_emploi_cls"))
    assert run_command(["midterm", study, "--out", str(tmp_path / "out"), *option]) == 2
    assert not (tmp_path / "out").exists()


def test_the_workbook_is_the_same_each_time(shipped, tmp_path):
    for name in ("a", "b"):
        write_midterm(shipped, tmp_path / name, language="fr", formats=("html",))
    for file in ("midterm.xlsx", "midterm.html"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


def test_check_reads_the_tables_too(tmp_path, capsys):
    study = study_with(tmp_path, actions=ACTIONS + "mobilite;;;;\n")
    assert run_command(["check", str(study.path)]) == 4
    assert "E-MID-04" in capsys.readouterr().err


# ------------------------------------------------------------------ what a text may claim


def test_a_text_that_claims_more_than_the_measure_is_told_and_stays_as_written(tmp_path):
    actions = ACTIONS.replace("Déployée.", "L'action a permis à tous de retrouver un emploi.")
    report = midterm_report(study_with(tmp_path, actions=actions), on=ON)
    note = next(note for note in report.notes if note.code == "A-MID-09")
    assert (note.rows, note.params["words"]) == ((2,), "a permis")
    assert "L'action a permis à tous de retrouver un emploi." in to_text(midterm_blocks(report, "fr"))


def test_the_shipped_contract_claims_nothing_too_much(shipped):
    assert notes(shipped) == []


# ------------------------------------------------------------------ the tables that a contract starts from


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_new_contract_has_its_tables_and_its_report_says_what_they_lack(tmp_path, language: Language):
    folder = tmp_path / "contrat"
    try:
        assert run_command(["new", str(folder), "--kind", "cls", "--lang", language]) == 0
        study = read_study(folder)
        assert (study.kind, study.midterm is not None) == ("cls", True)
        report = midterm_report(study, on=ON)
        assert sorted(notes(report)) == ["A-MID-03", "A-MID-07", "A-MID-07", "A-MID-07"]
        book = openpyxl.load_workbook(folder / study.midterm.actions.path)
        assert len(book.sheetnames) == 4
        # Every header is explained.
        explained = [row[1] for row in book[book.sheetnames[3]].values][1:]
        assert explained == [cell for name in book.sheetnames[:3] for cell in next(book[name].values)]
        # A row written under the headers is read without any mapping.
        sheet = book[study.midterm.actions.sheet]
        for column, value in ((1, study.actions[0].id), (8, {"fr": "Modifier", "en": "Modify"}[language])):
            sheet.cell(row=2, column=column, value=value)
        book.save(folder / study.midterm.actions.path)
        row = read_midterm(study).actions[0]
        assert (row.action, row.decision) == (study.actions[0], "modify")
    finally:
        ik.set_language("fr")


def test_a_new_pact_has_no_mid_term_tables(tmp_path):
    assert run_command(["new", str(tmp_path / "pacte")]) == 0
    assert read_study(tmp_path / "pacte").midterm is None
