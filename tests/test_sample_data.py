"""The sample data: made again identically, as messy as they claim, and consistent with their stated truth."""

from __future__ import annotations

import csv
import datetime as dt
import importlib.util
import io
import re
import subprocess
import sys
import tomllib
import zipfile
from collections import Counter
from pathlib import Path
from types import ModuleType
from typing import Any
from xml.etree.ElementTree import canonicalize

import numpy as np
import openpyxl
import pytest

from impactkit.files import read_study, sample
from impactkit.files.resources import sample_names

SAMPLES = Path(__file__).resolve().parent.parent / "sample_data"
MADE = ("insertion_emploi", "insertion_emploi_cls")
PACT = SAMPLES / "insertion_emploi" / "data"
CONTRACT = SAMPLES / "insertion_emploi_cls" / "data"
NAMED_FILES = (
    (PACT / "mobilite_entree.csv", "cp1252", ";"),
    (PACT / "mobilite_6mois.csv", "utf-8-sig", ";"),
    (PACT / "accueil_familles.csv", "iso-8859-15", "\t"),
    (PACT / "garde_enfants.csv", "utf-8-sig", ";"),
    (CONTRACT / "boussole_jeunes.csv", "utf-8-sig", ";"),
)
# Rounded to four decimals in VERITE.toml.
TRUTH_TOLERANCE = 5e-5
# R 4.2.2, estimatr 1.0.0: difference_in_means(re78 ~ treat); both sum 445 doubles.
NSW_DIFFERENCE, NSW_TOLERANCE = 1794.34240427027, 1e-8


def rows(path: Path, encoding: str, delimiter: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_bytes().decode(encoding)), delimiter=delimiter))


def sheet(path: Path, name: str) -> list[tuple[Any, ...]]:
    return list(openpyxl.load_workbook(path)[name].values)


def toml(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def module(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


# ------------------------------------------------------------------ made again


@pytest.fixture(scope="module")
def made_twice(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folders = (tmp_path_factory.mktemp("first"), tmp_path_factory.mktemp("second"))
    for folder in folders:
        subprocess.run([sys.executable, str(SAMPLES / "generate.py"), str(folder)], check=True)
    return folders


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_two_runs_write_the_same_bytes(made_twice: tuple[Path, Path]) -> None:
    first, second = made_twice
    assert files_of(first) == files_of(second)


def test_the_files_in_the_repository_are_those_of_the_generator(made_twice: tuple[Path, Path]) -> None:
    for name, content in files_of(made_twice[0]).items():
        committed = (SAMPLES / name).read_bytes()
        if name.endswith(".xlsx"):
            # Another build of zlib may pack the same members in other bytes.
            assert members(committed) == members(content), name
        else:
            assert committed == content, name


def members(workbook: bytes) -> list[tuple[str, tuple[int, ...], str]]:
    """List what a workbook holds, its XML in canonical form: openpyxl writes it with lxml or without."""
    with zipfile.ZipFile(io.BytesIO(workbook)) as archive:
        return [
            (item.filename, item.date_time, canonicalize(archive.read(item))) for item in archive.infolist()
        ]


def test_no_made_file_is_missing_or_left_over(made_twice: tuple[Path, Path]) -> None:
    for study in MADE:
        committed = {path.name for path in (SAMPLES / study / "data").iterdir()}
        assert committed == {path.name for path in (made_twice[0] / study / "data").iterdir()}


def test_made_files_stay_small() -> None:
    sizes = [path.stat().st_size for study in MADE for path in (SAMPLES / study).rglob("*") if path.is_file()]
    assert sum(sizes) < 400_000


# ------------------------------------------------------------------ as messy as they claim


def test_encodings_are_not_all_utf8() -> None:
    entry = (PACT / "mobilite_entree.csv").read_bytes()
    with pytest.raises(UnicodeDecodeError):
        entry.decode("utf-8")
    assert b"\x80" in entry.split(b"\r\n", 1)[0]  # the euro sign of cp1252, a control character in latin-1
    assert (PACT / "mobilite_6mois.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    with pytest.raises(UnicodeDecodeError):
        (PACT / "accueil_familles.csv").read_bytes().decode("utf-8")


def test_amounts_have_a_decimal_comma_and_dates_the_day_first() -> None:
    people = rows(*NAMED_FILES[0])
    assert all(re.fullmatch(r"\d+,\d\d", row["Revenu d'activité (€)"]) for row in people)
    assert all(re.fullmatch(r"\d\d/\d\d/\d{4}", row["Date d'inscription"]) for row in people)
    assert any(int(row["Date d'inscription"][:2]) > 12 for row in people)


@pytest.mark.parametrize(("place", "repeated"), [(0, 3), (1, 2), (4, 2)])
def test_some_rows_are_exact_duplicates_and_nothing_else_is(place: int, repeated: int) -> None:
    found = [tuple(row.values()) for row in rows(*NAMED_FILES[place])]
    assert sum(count - 1 for count in Counter(found).values()) == repeated
    numbers = [row[0] for row in set(found)]
    assert len(numbers) == len(set(numbers))


def test_the_second_export_lacks_people_and_uses_other_words() -> None:
    first, second = rows(*NAMED_FILES[0]), rows(*NAMED_FILES[1])
    followed = {row["Numero_dossier"] for row in second}
    entered = {row["N° dossier"] for row in first}
    assert followed < entered
    assert {row["En_emploi"] for row in second} == {"OUI", "NON", "NSP"}
    assert {row["Situation"] for row in first} == {"En emploi", "Sans emploi"}
    assert "NSP" in {row["Confiance (0 à 10)"] for row in first}


def test_losses_are_about_one_in_eight_and_not_very_different() -> None:
    first = {row["N° dossier"]: row["Groupe"] for row in rows(*NAMED_FILES[0])}
    seen = {row["Numero_dossier"] for row in rows(*NAMED_FILES[1]) if row["En_emploi"] != "NSP"}
    lost = {
        group: np.mean([number not in seen for number, arm in first.items() if arm == group])
        for group in ("Bénéficiaire", "Liste d'attente")
    }
    assert 0.08 < np.mean([number not in seen for number in first]) < 0.17
    assert abs(lost["Bénéficiaire"] - lost["Liste d'attente"]) < 0.10


def test_the_workshop_workbook_has_a_title_a_note_and_a_blank_row_above_its_header() -> None:
    workbook = openpyxl.load_workbook(PACT / "ateliers_numeriques.xlsx")
    assert [str(cells) for cells in workbook["Suivi"].merged_cells.ranges] == ["A1:I1", "A2:I2"]
    title, note, blank, header, *people = sheet(PACT / "ateliers_numeriques.xlsx", "Suivi")
    assert title[0].startswith("Ateliers numériques")
    assert "NSP" in note[0]
    assert blank == (None,) * 9
    assert header[0] == "N° dossier"
    assert len(people) == 64
    assert isinstance(people[0][3], dt.datetime)
    assert Counter(type(row[-1]) for row in people) == {int: 62, str: 1, type(None): 1}


def test_the_energy_workbook_has_two_sheets_and_one_row_per_visit() -> None:
    assert openpyxl.load_workbook(PACT / "energie_solidaire.xlsx").sheetnames == [
        "Mode d'emploi",
        "Suivi foyers",
    ]
    header, *visits = sheet(PACT / "energie_solidaire.xlsx", "Suivi foyers")
    assert len(visits) - len(set(visits)) == 2
    passage = header.index("Passage")
    assert Counter(row[passage] for row in set(visits))["Entrée"] == 210
    ceiling = {"Accompagné": range(640, 800), "Au-dessus du plafond": range(800, 961)}
    for row in visits:
        if row[passage] == "Entrée":
            assert row[header.index("Quotient familial")] in ceiling[row[header.index("Dispositif")]]


def test_families_come_from_sixteen_structures_on_each_side() -> None:
    families = rows(*NAMED_FILES[2])
    sites = {(row["Territoire"], row["Structure d'accueil"]) for row in families}
    assert Counter(territory for territory, _ in sites) == {"Pays d'Orlise": 16, "Pays de Sauvenne": 16}
    assert len(sites) == len({site for _, site in sites})
    assert {"", "NSP"} < {row["Droits non ouverts (6 mois)"] for row in families}


def test_childcare_sites_open_at_three_dates_around_the_waves() -> None:
    waves = {wave.id: wave.date for wave in read_study(sample("insertion_emploi")).waves}
    opened: dict[str, set[str]] = {}
    for row in rows(*NAMED_FILES[3]):
        day = dt.datetime.strptime(row["Ouverture de la place"], "%d/%m/%Y").date()
        between = "first" if day <= waves["V2"] else "second" if day <= waves["V3"] else "later"
        assert day > waves["V1"]
        opened.setdefault(row["Lieu d'accueil"], set()).add(between)
    assert Counter(next(iter(when)) for when in opened.values()) == {"first": 7, "second": 6, "later": 5}
    assert all(len(when) == 1 for when in opened.values())


def test_the_series_has_every_month_of_both_territories() -> None:
    counts = rows(PACT / "commandements_payer.csv", "utf-8", ";")
    months = [f"{m % 12 + 1:02d}/{2022 + m // 12}" for m in range(54)]
    for territory in ("Pays d'Orlise", "Pays de Sauvenne"):
        assert [row["Mois"] for row in counts if row["Territoire"] == territory] == months


def test_the_small_action_has_24_people_and_one_without_follow_up() -> None:
    _, *people = sheet(CONTRACT / "conseil_budget.xlsx", "Feuil1")
    assert len(people) == 24
    assert [row[-1] for row in people].count("NSP") == 1


# ------------------------------------------------------------------ people who do not exist


@pytest.mark.parametrize(("path", "encoding", "delimiter"), NAMED_FILES, ids=lambda item: str(item)[-24:])
def test_people_have_file_numbers_with_leading_zeros(path: Path, encoding: str, delimiter: str) -> None:
    column = next(iter(rows(path, encoding, delimiter)[0]))
    numbers = [row[column] for row in rows(path, encoding, delimiter)]
    assert all(re.fullmatch(r"00\d{5}", number) for number in numbers)


def test_telephones_are_those_kept_for_fiction() -> None:
    phones = [row["Téléphone"] for i in (0, 2, 3, 4) for row in rows(*NAMED_FILES[i])]
    phones += [row[4] for row in sheet(PACT / "ateliers_numeriques.xlsx", "Suivi")[4:]]
    phones += [row[3] for row in sheet(PACT / "energie_solidaire.xlsx", "Suivi foyers")[1:]]
    phones += [row[4] for row in sheet(CONTRACT / "conseil_budget.xlsx", "Feuil1")[1:]]
    assert all(re.fullmatch(r"06 39 98 \d\d \d\d", phone) for phone in phones)


@pytest.mark.parametrize("study", MADE)
def test_study_files_name_no_identifying_column_and_no_person(study: str) -> None:
    text = (SAMPLES / study / "study.toml").read_text(encoding="utf-8")
    mapped = {
        column.column
        for file in read_study(sample(study)).files
        for columns in file.columns.values()
        for column in columns
    }
    assert not mapped & {"Nom", "Prénom", "Prenom", "Date de naissance", "Téléphone", "Observations"}
    people = [row for named in NAMED_FILES for row in rows(*named)]
    surnames = {row["Nom"] for row in people}
    assert len(surnames) > 30
    assert not [name for name in surnames if name in text]


# ------------------------------------------------------------------ studies and their truth


def test_the_three_samples_are_found_and_their_studies_can_be_read() -> None:
    assert sample_names() == ("insertion_emploi", "insertion_emploi_cls", "nsw")
    assert [len(read_study(sample(name)).actions) for name in sample_names()] == [6, 2, 6]


@pytest.mark.parametrize("study", [*MADE, "nsw"])
def test_texts_are_written_in_both_languages(study: str) -> None:
    found = read_study(sample(study))
    texts = [found.title, *(wave.label for wave in found.waves)]
    texts += [variable.label for variable in found.variables.values()]
    texts += [text for a in found.actions for text in (a.title, a.need, a.intended_effect, a.logic) if text]
    same = {text.fr for text in texts if text.fr == text.en}
    assert same <= {"Age", "Sexe"}


def test_each_action_of_the_contract_is_paid_for_in_equal_parts() -> None:
    for action in read_study(sample("insertion_emploi_cls")).actions:
        assert action.funding is not None
        assert action.funding.state == action.funding.collectivity > 0


@pytest.mark.parametrize("study", MADE)
def test_the_truth_speaks_of_the_outcomes_of_the_study(study: str) -> None:
    truth = toml(SAMPLES / study / "VERITE.toml")
    actions = {action.id: action for action in read_study(sample(study)).actions}
    assert list(truth["actions"]) == list(actions)
    for name, said in truth["actions"].items():
        action = actions[name]
        assert said["outcome"] == action.primary.variable
        assert set(said["true_effect"]) == {outcome.variable for outcome in action.outcomes}
        better = said["true_effect"][said["outcome"]] * (1 if action.primary.direction == "increase" else -1)
        assert better > 0
        assert said["carried_by_design"] == (action.comparison != "none")
        assert said["why_fr"]
        assert said["why_en"]


def test_the_stated_before_after_is_that_of_the_workshop_file() -> None:
    *_, header = sheet(PACT / "ateliers_numeriques.xlsx", "Suivi")[:4]
    people = sheet(PACT / "ateliers_numeriques.xlsx", "Suivi")[4:]
    before, after = header.index("Score à l'entrée"), header.index("Score à 6 mois")
    changes = [row[after] - row[before] for row in people if isinstance(row[after], int)]
    said = toml(SAMPLES / "insertion_emploi" / "VERITE.toml")["actions"]["atelier_numerique"]
    assert np.mean(changes) == pytest.approx(said["before_after"], abs=TRUTH_TOLERANCE)
    assert len(people) - len(changes) == said["sizes"]["not_followed"]
    # A clear change (six standard errors) of which the action made next to nothing: what the sample is for.
    assert np.mean(changes) > 5 * np.std(changes, ddof=1) / np.sqrt(len(changes))
    assert said["true_effect"]["autonomie_numerique"] < np.mean(changes) / 5


def test_the_stated_before_after_and_sizes_are_those_of_the_mobility_files() -> None:
    first = {row["N° dossier"]: row for row in rows(*NAMED_FILES[0])}
    second = {row["Numero_dossier"]: row["En_emploi"] for row in rows(*NAMED_FILES[1])}
    said = toml(SAMPLES / "insertion_emploi" / "VERITE.toml")["actions"]["parcours_mobilite"]
    arms = Counter(row["Groupe"] for row in first.values())
    assert (arms["Bénéficiaire"], arms["Liste d'attente"]) == (
        said["sizes"]["beneficiary"],
        said["sizes"]["waiting_list"],
    )
    changes = [
        (second[number] == "OUI") - (row["Situation"] == "En emploi")
        for number, row in first.items()
        if row["Groupe"] == "Bénéficiaire" and second.get(number, "NSP") != "NSP"
    ]
    assert np.mean(changes) == pytest.approx(said["before_after"], abs=TRUTH_TOLERANCE)
    assert arms["Bénéficiaire"] - len(changes) == said["sizes"]["not_followed_beneficiary"]


# ------------------------------------------------------------------ the real experiment


def test_nsw_files_give_the_originals_back_unchanged() -> None:
    prepare = module(SAMPLES / "nsw" / "prepare.py")
    for name, (prefix, digits, expected) in prepare.FILES.items():
        text = (prepare.DATA / name).read_bytes().decode()
        original = prepare.original(text)
        assert prepare.fingerprint(original) == expected
        assert prepare.numbered(original, prefix=prefix, digits=digits) == text


def test_nsw_preparation_refuses_other_files(tmp_path: Path) -> None:
    prepare = module(SAMPLES / "nsw" / "prepare.py")
    for name in prepare.FILES:
        (tmp_path / name).write_text("treat,re78\n1,0\n", encoding="utf-8")
    with pytest.raises(SystemExit, match="not the original"):
        prepare.prepare(tmp_path, tmp_path / "out")


def test_nsw_has_the_published_sizes_and_difference_in_means() -> None:
    men = rows(SAMPLES / "nsw" / "data" / "nsw_dw.csv", "utf-8", ",")
    arm = np.array([row["treat"] for row in men])
    earned = np.array([float(row["re78"]) for row in men])
    assert Counter(arm.tolist()) == {"1": 185, "0": 260}
    difference = earned[arm == "1"].mean() - earned[arm == "0"].mean()
    assert difference == pytest.approx(NSW_DIFFERENCE, abs=NSW_TOLERANCE)
    pool = rows(SAMPLES / "nsw" / "data" / "cps1.csv", "utf-8", ",")
    assert len(pool) == 15_992
    numbers = [row["person"] for row in men + pool]
    assert len(set(numbers)) == len(numbers)
