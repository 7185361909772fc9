"""Events and spells: read by the study, taken into the record, given back; what they may not say."""

from __future__ import annotations

import datetime as dt
import json
import traceback
from pathlib import Path

import pandas as pd
import pytest

from impactkit.errors import DataError, Problem, StudyError
from impactkit.files import Study, read_study
from impactkit.store import Store
from store_made import bytes_of, made_store, study_folder

ENTREE = ["1;Aaanom;Ana;01/02/1980;F;09340;;;oui;1;", "2;Bbbnom;Bob;02/03/1981;M;09340;;;oui;2;"]
ANA, BOB = "Aaanom;Ana;01/02/1980", "Bbbnom;Bob;02/03/1981"
NAMES = 'identity = { last_name = "Nom", first_name = "Prénom", birth_date = "Né le" }'
EVENTS = f"""
[[timelines]]
id = "evenements"
path = "evenements.csv"
holds = "events"
action = "mobilite"
{NAMES}
[timelines.columns]
kind = {{ column = "Quoi", labels = {{ "Entrée" = "entry", "Sortie" = "exit", "Entretien" = "entretien" }} }}
date = "Jour"
"""
SPELLS = f"""
[[timelines]]
id = "sejours"
path = "sejours.csv"
holds = "spells"
kind = "logement"
missing = ["?"]
{NAMES}
[timelines.columns]
action = "Action"
start = "Du"
end = "Au"
reason = "Motif"
"""


@pytest.fixture(params=["files", "server"])
def store(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("IMPACTKIT_KEYS", str(tmp_path / "cles"))
    return made_store(tmp_path / "suivi", request.param, monkeypatch)


def study_with(folder: Path, *, events: list[str] = (), spells: list[str] = (), text: str = "") -> Study:
    """Write a study with a file of events and one of spells."""
    study_folder(folder, ENTREE)
    path = folder / "study.toml"
    path.write_text(path.read_text(encoding="utf-8") + (text or EVENTS + SPELLS), encoding="utf-8")
    for name, headers, lines in (
        ("evenements", "Nom;Prénom;Né le;Quoi;Jour", events),
        ("sejours", "Nom;Prénom;Né le;Action;Du;Au;Motif", spells),
    ):
        (folder / f"{name}.csv").write_text("\n".join([headers, *lines]) + "\n", encoding="utf-8")
    return read_study(folder)


def refused(error: pytest.ExceptionInfo[DataError]) -> Problem:
    (problem,) = error.value.problems
    assert problem.text("fr")
    assert problem.text("en")
    return problem


MOVES = [
    f"{ANA};Entrée;06/01/2025",
    f"{ANA};Entretien;03/02/2025",
    f"{ANA};Sortie;30/06/2025",
    f"{ANA};Entrée;30/06/2025",
    f"{BOB};Entrée;13/01/2025",
]
STAYS = [
    f"{ANA};mobilite;01/01/2024;01/03/2024;fin de bail",
    f"{ANA};mobilite;01/03/2024;;?",
    f"{BOB};mobilite;05/05/2023;06/06/2023;",
]


# ------------------------------------------------------------------ in and out


def test_events_and_spells_come_in_are_given_back_and_name_the_people_of_the_answers(
    store: Store, tmp_path: Path
) -> None:
    study = study_with(tmp_path / "étude", events=MOVES, spells=STAYS)
    store.import_file(study, "entree")
    done = store.import_file(study, "evenements")
    assert (done.batch, done.n_rows, done.n_people, done.n_new) == (2, 5, 2, 0)
    assert store.import_file(study, "sejours").n_new == 0
    (ana,) = store.find({"last_name": "Aaanom", "first_name": "Ana", "birth_date": "01/02/1980"})
    events = store.events()
    assert list(events.columns) == ["person", "action", "kind", "day"]
    assert set(events["person"]) == set(store.answers()["person"])
    own = events[events["person"] == ana]
    assert own["kind"].tolist() == ["entry", "entretien", "exit", "entry"]
    assert own["day"].tolist() == [
        pd.Timestamp(day) for day in ("2025-01-06", "2025-02-03", *["2025-06-30"] * 2)
    ]
    spells = store.spells().set_index("person").loc[[ana]]
    assert spells["reason"].tolist() == ["fin de bail", None]
    assert spells["end"].isna().tolist() == [False, True]
    assert spells["kind"].eq("logement").all()
    assert not store.verify() - 4


def test_a_person_whom_only_events_tell_of_is_a_person_of_the_record(store: Store, tmp_path: Path) -> None:
    study = study_with(tmp_path / "étude", events=MOVES)
    assert store.import_file(study, "evenements").n_new == 2
    assert store.import_file(study, "entree").n_new == 0


def test_the_rights_of_a_person_hold_for_events_and_spells(store: Store, tmp_path: Path) -> None:
    study = study_with(tmp_path / "étude", events=MOVES, spells=STAYS)
    for file in ("entree", "evenements", "sejours"):
        store.import_file(study, file)
    (ana,) = store.find({"last_name": "Aaanom", "first_name": "Ana", "birth_date": "01/02/1980"})
    found = store.export(ana)
    assert (len(found["event"]), len(found["spell"])) == (4, 2)
    store.oppose(ana)
    assert ana not in set(store.events()["person"]) | set(store.spells()["person"])
    frozen = store.snapshot().folder
    assert len(pd.read_parquet(frozen / "timelines" / "events.parquet")) == 1
    assert len(pd.read_parquet(frozen / "timelines" / "spells.parquet")) == 1
    assert set(json.loads((frozen / "manifest.json").read_text())["files"]) >= {"timelines/events.parquet"}
    store.erase(ana, basis="article 17")
    assert (len(store.events()), len(store.spells())) == (1, 1)
    assert ana.encode() not in bytes_of(store.folder)
    assert b"fin de bail" not in bytes_of(store.folder)


def test_a_batch_of_events_is_undone_replaced_and_purged_as_any_other(store: Store, tmp_path: Path) -> None:
    study = study_with(tmp_path / "étude", events=MOVES, spells=STAYS)
    store.import_file(study, "evenements")
    with pytest.raises(DataError) as error:
        store.import_file(study, "evenements")
    assert refused(error).code == "E-LOT-01"
    corrected = study_with(tmp_path / "étude", events=[*MOVES[:-1], f"{BOB};Entrée;14/01/2025"], spells=STAYS)
    with pytest.raises(DataError) as error:
        store.import_file(corrected, "evenements")
    problem = refused(error)
    assert problem.code == "A-LOT-02"
    assert (problem.params["added"], problem.params["removed"]) == (1, 1)
    store.import_file(corrected, "evenements", replace=True)
    assert store.events()["day"].max() == pd.Timestamp("2025-06-30")
    assert len(store.events()) == 5
    store.undo(2, reason="mauvais fichier")
    assert store.events().empty
    store.import_file(corrected, "evenements")
    store.import_file(corrected, "sejours")
    dated = corrected.model_copy(
        update={
            "protection": corrected.protection.model_copy(update={"retention_until": dt.date(2026, 1, 1)})
        }
    )
    done = store.purge(study=dated, today=dt.date(2026, 1, 2))
    assert done.n_texts == 1
    assert store.spells()["reason"].isna().all()
    assert store.events()["day"].dt.day.eq(1).all()
    assert store.spells()["start"].dt.day.eq(1).all()


# ------------------------------------------------------------------ what rows may not say


@pytest.mark.parametrize(
    ("file", "lines", "code", "rows"),
    [
        ("evenements", [f"{ANA};Entrée;31/02/2025"], "E-DAT-01", (2,)),
        ("evenements", [f"{ANA};Entrée;"], "E-COH-25", (2,)),
        ("evenements", [MOVES[4], f"{ANA};;06/01/2025"], "E-COH-25", (3,)),
        ("evenements", [MOVES[0], f"{ANA};Entrée;07/01/2025"], "E-COH-24", (3,)),
        ("evenements", [f"{ANA};Sortie;01/01/2025", MOVES[0]], "E-COH-02", (2,)),
        ("sejours", [f"{ANA};autre;01/01/2024;;"], "E-MOD-01", (2,)),
        ("sejours", [f"{ANA};mobilite;;01/01/2024;"], "E-COH-25", (2,)),
        ("sejours", [f"{ANA};mobilite;02/01/2024;01/01/2024;"], "E-COH-02", (2,)),
        ("sejours", [STAYS[1], f"{ANA};mobilite;01/01/2025;;"], "E-COH-23", (3,)),
        (
            "sejours",
            [STAYS[0], f"{ANA};mobilite;01/02/2023;01/01/2025;", f"{ANA};mobilite;01/12/2024;;"],
            "E-COH-23",
            (2, 4),
        ),
    ],
)
def test_bad_rows_are_refused_with_their_numbers_and_without_their_values(
    store: Store, tmp_path: Path, file: str, lines: list[str], code: str, rows: tuple[int, ...]
) -> None:
    named = {"events" if file == "evenements" else "spells": lines}
    study = study_with(tmp_path / "étude", **named)
    with pytest.raises(DataError) as error:
        store.import_file(study, file)
    problem = refused(error)
    assert (problem.code, problem.rows) == (code, rows)
    told = "".join(traceback.format_exception(error.value))
    assert not [name for name in ("Aaanom", "Bbbnom", "1980", "/2024", "/2025") if name in told]
    assert store.status()["people"] == store.status()["in_vault"] == 0


@pytest.mark.parametrize(
    ("held", "line", "code"),
    [
        ("Entrée;13/01/2025", "Entrée;01/03/2025", "E-COH-24"),
        ("Entrée;13/01/2025", "Entrée;01/12/2024", "E-COH-24"),
        ("Entrée;13/01/2025", "Sortie;01/12/2024", "E-COH-02"),
        ("Sortie;13/01/2025", "Entrée;14/01/2025", "E-COH-02"),
    ],
)
def test_events_are_checked_against_those_of_the_record(
    store: Store, tmp_path: Path, held: str, line: str, code: str
) -> None:
    store.import_file(study_with(tmp_path / "étude", events=[f"{BOB};{held}"]), "evenements")
    (tmp_path / "étude" / "suite.csv").write_text(
        f"Nom;Prénom;Né le;Quoi;Jour\n{ANA};Entretien;01/01/2025\n{BOB};{line}\n", encoding="utf-8"
    )
    study = study_with(tmp_path / "étude", text=EVENTS.replace('"evenements', '"suite'))
    with pytest.raises(DataError) as error:
        store.import_file(study, "suite")
    assert (refused(error).code, refused(error).rows) == (code, (3,))


@pytest.mark.parametrize("days", ["01/01/2023;02/03/2024", "02/02/2024;03/02/2024", "01/02/2024;"])
def test_spells_are_checked_against_those_of_the_record(store: Store, tmp_path: Path, days: str) -> None:
    held = [f"{ANA};mobilite;01/02/2024;01/03/2024;"]
    store.import_file(study_with(tmp_path / "étude", spells=held), "sejours")
    (tmp_path / "étude" / "suite.csv").write_text(
        f"Nom;Prénom;Né le;Action;Du;Au;Motif\n{BOB};mobilite;{days};\n{ANA};mobilite;{days};\n",
        encoding="utf-8",
    )
    study = study_with(tmp_path / "étude", text=SPELLS.replace('"sejours', '"suite'))
    with pytest.raises(DataError) as error:
        store.import_file(study, "suite")
    assert (refused(error).code, refused(error).rows) == ("E-COH-23", (3,))


def test_a_reason_that_says_who_people_are_does_not_come_in(store: Store, tmp_path: Path) -> None:
    spells = [f"{ANA};mobilite;0{i}/01/2024;0{i}/01/2024;jean.canari{i}@exemple.fr" for i in range(1, 9)]
    with pytest.raises(DataError) as error:
        store.import_file(study_with(tmp_path / "étude", spells=spells), "sejours")
    assert refused(error).code == "E-PRO-01"
    assert "canari" not in "".join(traceback.format_exception(error.value))


# ------------------------------------------------------------------ what a study file may not say


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        ('action = "mobilite"', 'action = "autre"', "E-ETU-62"),
        ('action = "mobilite"', "", "E-ETU-63"),
        ('date = "Jour"', 'date = "Jour"\naction = "Quoi"', "E-ETU-63"),
        ('date = "Jour"', "", "E-ETU-64"),
        ('date = "Jour"', 'date = "Jour"\nend = "Jour"', "E-ETU-65"),
        (NAMES, "", "E-ETU-23"),
        ('id = "evenements"', 'id = "entree"', "E-ETU-10"),
        ('path = "evenements.csv"', 'path = "absent.csv"', "E-ETU-12"),
        ('path = "evenements.csv"', 'path = "../evenements.csv"', "E-ETU-13"),
        ('date = "Jour"', 'date = [{ column = "Jour" }, { column = "Autre" }]', "E-ETU-27"),
        ('date = "Jour"', 'date = "Jour"\nautre = "Jour"', "E-ETU-05"),
    ],
)
def test_a_timeline_written_wrong_is_told_with_its_line(
    tmp_path: Path, before: str, after: str, code: str
) -> None:
    assert before in EVENTS
    with pytest.raises(StudyError) as error:
        study_with(tmp_path / "étude", text=EVENTS.replace(before, after, 1))
    assert code in [problem.code for problem in error.value.problems]
    assert all(problem.line for problem in error.value.problems)


def test_timelines_stand_beside_files_without_changing_them(tmp_path: Path) -> None:
    study = study_with(tmp_path / "étude")
    assert [timeline.id for timeline in study.timelines] == ["evenements", "sejours"]
    assert study.actions_of("sejours") == study.actions_of("evenements") == ("mobilite",)
