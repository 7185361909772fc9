"""A full run of the made studies by the real road: every page is whole, and nobody is in any file."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

import impactkit as ik
from impactkit.batch import BatchResult
from impactkit.files.reading.decode import decode
from pages import assert_accessible, read_page, requests_of
from written import texts_of

pytestmark = pytest.mark.slow

STUDIES = ("insertion_emploi", "insertion_emploi_cls")
# Columns of the sample files that say who someone is; the study files name the first two only, as `unit`.
IDENTIFYING = {"N° dossier", "Numero_dossier", "Nom", "Prénom", "Prenom", "Téléphone", "Date de naissance"}


def rows(path: Path) -> list[list[str]]:
    """Read a data file plainly, as the person who made it would."""
    if path.suffix == ".xlsx":
        book = CalamineWorkbook.from_path(str(path))
        return [
            [str(cell) for cell in row]
            for name in book.sheet_names
            for row in book.get_sheet_by_name(name).to_python()
        ]
    text = decode(path.read_bytes(), name=path.name).text
    separator = "\t" if "\t" in text.splitlines()[0] else ";"
    return list(csv.reader(io.StringIO(text), delimiter=separator))


def identities() -> set[str]:
    """Return every value of the identifying columns that is long enough not to be an ordinary word."""
    found: set[str] = set()
    for name in STUDIES:
        for path in sorted(ik.sample(name).with_name("data").iterdir()):
            columns: list[int] = []
            for row in rows(path):
                if IDENTIFYING & set(row):
                    columns = [i for i, cell in enumerate(row) if cell in IDENTIFYING]
                else:
                    found |= {row[i].strip() for i in columns if i < len(row) and len(row[i].strip()) >= 6}
    return found


@pytest.fixture(scope="module")
def batch(tmp_path_factory: pytest.TempPathFactory) -> BatchResult:
    out = tmp_path_factory.mktemp("sorties d'été à vérifier")
    return ik.run_batch([ik.sample(name) for name in STUDIES], out=out, jobs=2)


def test_every_action_has_its_page_its_record_and_its_notebook(batch: BatchResult) -> None:
    assert batch.failed == 0
    for name in STUDIES:
        for action in ik.read_study(ik.sample(name)).actions:
            folder = batch.out / name / action.id
            assert {path.name for path in folder.iterdir()} == {
                "report.html",
                "evidence.json",
                "notebook.ipynb",
            }
    assert (batch.out / "insertion_emploi" / "form_pacte_effects.html").is_file()
    assert (batch.out / "insertion_emploi_cls" / "form_cls.json").is_file()


def test_no_file_holds_a_name_a_number_a_phone_or_a_date_of_birth(batch: BatchResult) -> None:
    known = identities()
    assert len(known) > 1000  # the samples hold over a thousand people: an empty list would prove nothing
    words = re.compile(r"[^\W_]+(?:[ /'-][^\W_]+)*")
    for path in sorted(batch.out.rglob("*")):
        for _, text in texts_of(path) if path.is_file() else ():
            assert [value for value in known if len(value) > 9 and value in text] == [], path.name
            tokens = set(words.findall(text)) | set(re.findall(r"[^\W_]+", text))
            assert sorted(known & tokens) == [], path.name


def test_no_file_holds_a_path_of_this_machine(batch: BatchResult) -> None:
    for path in sorted(batch.out.rglob("*")):
        for _, text in texts_of(path) if path.is_file() else ():
            assert str(batch.out) not in text, path.name
            assert str(ik.sample("nsw").parent.parent) not in text, path.name
            assert str(Path.home()) + "/" not in text, path.name


def test_every_page_is_accessible_and_fetches_nothing(batch: BatchResult) -> None:
    for path in sorted(batch.out.rglob("*.html")):
        page = read_page(path.read_text(encoding="utf-8"))
        assert requests_of(page) == [], path.name
        assert_accessible(page, language="fr", folder=path.parent)


def test_the_notebook_kept_as_the_record_has_no_code_that_shows_people(batch: BatchResult) -> None:
    for path in sorted(batch.out.rglob("notebook.ipynb")):
        notebook = json.loads(path.read_text(encoding="utf-8"))
        kinds = {output["output_type"] for cell in notebook["cells"] for output in cell.get("outputs", ())}
        assert kinds <= {"execute_result", "display_data"}, path.parent.name
