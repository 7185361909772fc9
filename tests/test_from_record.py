"""Reports made from the record: the same numbers as from the files, then what changed since."""

from __future__ import annotations

import json
import traceback
from pathlib import Path

import pandas as pd
import pytest

import impactkit as ik
from impactkit.cli.app import run_command
from impactkit.cohort.read_record import record_inputs
from impactkit.errors import DataError, ProblemsError
from impactkit.files import Study, read_study
from impactkit.store import Store
from store_made import made_store, study_folder

N = 40


def lines(wave: int) -> list[str]:
    """Return the people of a wave; the last two are not seen at the second."""
    return [
        f"{i};Nom{chr(97 + i % 26)}{chr(97 + i // 26)}eur;Zoé;{1 + i % 28:02}/04/19{60 + i};F;09340;;;"
        f"{'oui' if (i * 7 + wave * 3) % 5 < 2 + wave else 'non'};{900 + 10 * i + 50 * wave};"
        for i in range(N - 2 * wave)
    ]


@pytest.fixture(params=["files", "server"])
def store(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("IMPACTKIT_KEYS", str(tmp_path / "cles"))
    return made_store(tmp_path / "suivi", request.param, monkeypatch)


def study_in(folder: Path, *, record: str = "") -> Study:
    """Write the study with its files; ``record`` says where its reports come from."""
    study_folder(folder, lines(0), [*lines(1), "TOTAL;;;;;;;;;1;"])
    path = folder / "study.toml"
    text = path.read_text(encoding="utf-8")
    if record:
        path.write_text(text.replace('kind = "pacte"', f'kind = "pacte"\nrecord = "{record}"'), "utf-8")
    return read_study(folder)


def filled(store: Store, tmp_path: Path) -> tuple[Study, Study]:
    """Take both files in; return the study that reads files, and the one that reads the record."""
    from_files = study_in(tmp_path / "étude")
    for file in ("entree", "sortie"):
        store.import_file(from_files, file)
    return from_files, study_in(tmp_path / "étude", record="../suivi")


def outcomes(cohort: ik.Cohort) -> list[tuple[float, ...]]:
    frame = cohort._panel
    wide = frame.pivot(index="_unit", columns="_period", values="emploi").fillna(-1)
    return sorted(map(tuple, wide.to_numpy()))


def test_a_cohort_from_the_record_is_the_cohort_from_the_files(store: Store, tmp_path: Path) -> None:
    from_files, from_record = filled(store, tmp_path)
    files = ik.build_cohort(from_files, action="mobilite")
    record = ik.build_cohort(from_record, action="mobilite")
    assert record.n_units == files.n_units == N
    assert outcomes(record) == outcomes(files)
    assert [(step.key, step.n) for step in record.steps] == [(step.key, step.n) for step in files.steps]
    assert {item.path for item in record.inputs} == {"entree.csv", "sortie.csv", "../suivi"}
    assert set(record._panel["_unit"]).isdisjoint(files._panel["_unit"])
    estimates = [ik.before_after(ik.declare_design(cohort)).effect.value for cohort in (files, record)]
    assert estimates[1] == pytest.approx(estimates[0], rel=1e-12)  # people are in another order


@pytest.mark.parametrize("store", ["files"], indirect=True)
@pytest.mark.parametrize("sample", ["nsw", "insertion_emploi", "insertion_emploi_cls"])
def test_samples_give_the_same_panels_either_way(store: Store, sample: str) -> None:
    study = ik.read_study(ik.sample(sample))
    action = study.actions[-1]
    for file in action.files:
        store.import_file(study, file)
    from_record = study.model_copy(update={"record": str(store.folder)})
    files, record = (ik.build_cohort(source, action=action.id) for source in (study, from_record))
    assert record.steps == files.steps
    for name in files._panel.columns.drop("_unit"):
        said, kept = (sorted(map(str, cohort._panel[name])) for cohort in (files, record))
        assert said == kept, name


def test_files_may_be_put_away_and_corrections_objections_and_undone_batches_count(
    store: Store, tmp_path: Path
) -> None:
    _, study = filled(store, tmp_path)
    for name in ("entree", "sortie"):
        (tmp_path / "étude" / f"{name}.csv").unlink()
    study = read_study(tmp_path / "étude")
    before = ik.build_cohort(study, action="mobilite")
    answers = store.answers()
    person = answers.loc[(answers["wave"] == "T6"), "person"].iloc[0]
    was = answers.set_index(["person", "wave"]).loc[(person, "T6"), "emploi"]
    store.correct(person, "emploi", "T6", "non" if was else "oui", reason="erreur")
    after = ik.build_cohort(study, action="mobilite")
    assert sum(a != b for a, b in zip(outcomes(before), outcomes(after), strict=True)) > 0
    assert dict(_inputs(before)) != dict(_inputs(after))
    store.oppose(person)
    without = ik.build_cohort(study, action="mobilite")
    assert without.n_units == N - 1
    kept = next(step for step in without.steps if step.key == "rows_kept")
    assert kept.n == 2 * N - 4
    assert str(kept.reason) == "Personnes opposées ou effacées."
    store.undo(2, reason="mauvais fichier")
    with pytest.raises(DataError) as error:
        ik.build_cohort(study, action="mobilite")
    assert [problem.code for problem in error.value.problems] == ["E-LOT-04"]


def _inputs(cohort: ik.Cohort) -> list[tuple[str, str]]:
    return [(item.path, item.sha256) for item in cohort.inputs]


def test_two_sheets_of_a_workbook_are_two_files(store: Store, tmp_path: Path) -> None:
    study = study_in(tmp_path / "étude")
    with pd.ExcelWriter(tmp_path / "étude" / "vagues.xlsx", engine="openpyxl") as book:
        for name in ("entree", "sortie"):
            table = pd.read_csv(tmp_path / "étude" / f"{name}.csv", sep=";", dtype=str)
            table.to_excel(book, sheet_name=name, index=False)
    sheets = tuple(file.model_copy(update={"path": "vagues.xlsx", "sheet": file.id}) for file in study.files)
    study = study.model_copy(update={"files": sheets})
    for name in ("entree", "sortie"):
        store.import_file(study, name)
    with pytest.raises(DataError) as error:
        store.import_file(study, "sortie")
    assert [problem.code for problem in error.value.problems] == ["E-LOT-01"]
    files = ik.build_cohort(study, action="mobilite")
    record = ik.build_cohort(study.model_copy(update={"record": "../suivi"}), action="mobilite")
    assert outcomes(record) == outcomes(files)
    assert record.steps == files.steps


def test_neither_key_nor_vault_is_needed(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, study = filled(store, tmp_path)
    monkeypatch.setenv("IMPACTKIT_KEYS", str(tmp_path / "rien"))
    vault = store.folder / "coffre.sqlite"
    if vault.is_file():
        vault.rename(tmp_path / "ailleurs.sqlite")
    assert ik.build_cohort(study, action="mobilite").n_units == N


def test_what_the_record_does_not_have_is_told_without_anybody_in_it(store: Store, tmp_path: Path) -> None:
    _, study = filled(store, tmp_path)
    people = store.answers()["person"].unique()

    def codes_of(asked: Study) -> list[str]:
        with pytest.raises(ProblemsError) as error:
            ik.build_cohort(asked, action="mobilite")
        told = "".join(traceback.format_exception(error.value))
        assert not [person for person in people if person in told]
        assert "Nom" not in told.replace("Nombre", "")
        assert all(problem.text("fr") and problem.text("en") for problem in error.value.problems)
        return [problem.code for problem in error.value.problems]

    other_type = study.variables["emploi"].model_copy(update={"type": "number"})
    asked = study.model_copy(update={"variables": {**study.variables, "emploi": other_type}})
    assert codes_of(asked) == ["E-VAR-02", "E-VAR-02"]
    (entree, sortie), (action,) = study.files, study.actions
    later = {
        "variables": {**study.variables, "score": study.variables["revenu"]},
        "files": (
            entree.model_copy(update={"columns": {**entree.columns, "score": entree.columns["revenu"]}}),
            sortie,
        ),
        "actions": (action.model_copy(update={"covariates": ("score",)}),),
    }
    assert codes_of(study.model_copy(update=later)) == ["E-VAR-04"]
    for person in people:
        store.oppose(person)
    assert codes_of(study) == ["E-LOT-05", "E-LOT-05"]
    assert codes_of(study_in(tmp_path / "étude", record="../absent")) == ["E-STO-06"]


def test_what_reports_are_made_of_is_told_without_reading_answers(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, study = filled(store, tmp_path)
    (action,) = study.actions
    read = {name: store.taken(name, {}).sha256 for name in ("entree.csv", "sortie.csv")}

    def codes() -> list[str]:
        with pytest.raises(DataError) as error:
            record_inputs(study, action)
        return [problem.code for problem in error.value.problems]

    # The one who is left was seen at every wave, hence stands in both files.
    people = store.answers().groupby("person").size().sort_values(ascending=False).index
    monkeypatch.setattr("impactkit.store.taken.frame_of", None)  # would read them
    assert record_inputs(study, action) == {**read, "../suivi": store.journal_head()}
    for person in people[1:]:
        store.oppose(person)
    assert set(record_inputs(study, action)) == {*read, "../suivi"}
    store.oppose(people[0])
    assert codes() == ["E-LOT-05"]
    store.undo(1, reason="mauvais fichier")
    assert codes() == ["E-LOT-04"]


@pytest.mark.slow
@pytest.mark.parametrize("store", ["files"], indirect=True)
def test_a_report_is_made_from_the_record_and_again_after_a_correction(store: Store, tmp_path: Path) -> None:
    filled(store, tmp_path)
    out = tmp_path / "sorties"
    words = ["run", str(tmp_path / "étude"), "--out", str(out)]
    assert run_command(words) == 0
    (evidence,) = out.rglob("evidence.json")
    first = json.loads(evidence.read_text(encoding="utf-8"))["provenance"]["inputs"]
    assert set(first) == {"entree.csv", "sortie.csv", "../suivi"}
    pages = b"".join(path.read_bytes() for path in out.rglob("*") if path.is_file())
    people = store.answers()["person"].unique()
    assert not [person for person in people if person.encode() in pages]
    store.correct(people[0], "emploi", "T0", "", reason="erreur")
    assert run_command(words) == 0
    (evidence,) = out.rglob("evidence.json")
    assert json.loads(evidence.read_text(encoding="utf-8"))["provenance"]["inputs"] != first
