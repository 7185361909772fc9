"""Which questionnaire a file goes to when nobody says."""

from __future__ import annotations

from pathlib import Path

import pytest

from impactkit.errors import DataError
from impactkit.files import Study
from impactkit.store import Store
from store_made import made_store, study_folder

ONE = "1;Aaanom;Ana;01/02/1980;F;09340;;;oui;1;avis"
TWO = "2;Bbbnom;Bob;02/03/1981;M;09340;;;oui;2;avis"
ENTREE, SORTIE = ("entree",), ("sortie",)
BOTH = (*ENTREE, *SORTIE)


@pytest.fixture(params=["files", "server"])
def store(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("IMPACTKIT_KEYS", str(tmp_path / "cles"))
    return made_store(tmp_path / "suivi", request.param, monkeypatch)


def study_of(folder: Path, lines: list[str] | None = None, **files: tuple[str, ...]) -> Study:
    """Return a study of which each action, by its id, reads these files."""
    study = study_folder(folder, lines or [ONE, TWO], [ONE.replace(";1;avis", ";3;avis")])
    (action,) = study.actions
    actions = tuple(action.model_copy(update={"id": name, "files": read}) for name, read in files.items())
    return study.model_copy(update={"actions": actions})


def came_in(store: Store) -> list[tuple[str, str]]:
    batches = store.batches()
    counting = batches[batches["cancelled"].isna()]
    return list(zip(counting["file"], counting["instrument"], strict=True))


def test_a_file_goes_to_the_action_that_reads_it_and_to_suivi_where_several_do(
    store: Store, tmp_path: Path
) -> None:
    study = study_of(tmp_path / "étude", logement=ENTREE, emploi=BOTH)
    for file in ("sortie", "entree"):
        store.import_file(study, file)
    assert came_in(store) == [("sortie.csv", "emploi"), ("entree.csv", "suivi")]
    assert len(store.answers("emploi")) == 1
    assert len(store.answers()) == 2
    (person,) = store.find({"last_name": "Aaanom", "first_name": "Ana", "birth_date": "01/02/1980"})
    store.correct(person, "revenu", "T6", "9", reason="erreur")
    assert store.answers("emploi")["revenu"].tolist() == [9]


@pytest.mark.parametrize("name", ["emploi", "a" * 41])
def test_a_name_that_a_server_would_cut_is_not_one(store: Store, tmp_path: Path, name: str) -> None:
    store.import_file(study_of(tmp_path / "étude", **{name: BOTH}), "entree")
    assert came_in(store) == [("entree.csv", name if len(name) <= 40 else "suivi")]


def test_a_record_of_an_earlier_version_keeps_suivi_for_the_actions_in_it(
    store: Store, tmp_path: Path
) -> None:
    study = study_of(tmp_path / "étude", emploi=BOTH)
    store.import_file(study, "entree", instrument="suivi")
    store.import_file(study, "sortie")
    assert came_in(store) == [("entree.csv", "suivi"), ("sortie.csv", "suivi")]


def test_another_action_of_such_a_record_has_its_own(store: Store, tmp_path: Path) -> None:
    study = study_of(tmp_path / "étude", emploi=ENTREE, logement=SORTIE)
    store.import_file(study, "entree", instrument="suivi")
    store.import_file(study, "sortie")
    assert came_in(store) == [("entree.csv", "suivi"), ("sortie.csv", "logement")]
    with pytest.raises(ValueError, match="expected one of"):
        store.answers("emploi")


def test_a_corrected_file_meets_its_earlier_version_though_another_action_reads_it_since(
    store: Store, tmp_path: Path
) -> None:
    store.import_file(study_of(tmp_path / "étude", emploi=BOTH), "entree")
    since = study_of(tmp_path / "étude", [ONE], emploi=BOTH, logement=ENTREE)
    with pytest.raises(DataError) as error:
        store.import_file(since, "entree")
    assert [problem.code for problem in error.value.problems] == ["A-LOT-02"]
    store.import_file(since, "entree", replace=True)
    assert came_in(store) == [("entree.csv", "emploi")]
