"""One gate: no file of a full run, and nothing that a public value shows of itself, tells of a few people.

A study of sixty people is planted with names, numbers, addresses and remarks, and with groups of fewer than
eleven in every table: people lost, a sex, a job, a structure, those in work. Its commands are run as a user
runs them; then every file, whatever its form, and what the commands said, is read as a reader would.
"""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path

import pytest

from canaries import Desk
from small_counts import small_in_file, small_in_text
from walked_study import write_walked

pytestmark = pytest.mark.slow

MINIMUM = 11
WRITTEN = ("sorties", "formulaires", "mi-parcours", "synthese")
FORMATS = ("--format", "html,pdf,docx")
COMMANDS = (
    ("check", "étude", "--json"),
    ("advise", "étude"),
    ("run", "étude", "--out", "sorties", *FORMATS, "--json"),
    ("status", "sorties"),
    ("form", "étude", "--out", "formulaires", "--results", "sorties"),
    ("midterm", "étude", "--out", "mi-parcours", "--results", "sorties", *FORMATS),
    ("synthesis", "sorties", "--out", "synthese", *FORMATS),
    ("release", "étude", "--out", "sorties", "--name", "mars"),
)
# Masks nothing: what every other rule rests on, nor what reports hide because of one another.
UNMASKED = """
from impactkit.disclosure import counts
counts.is_small = lambda n, profile: False
from impactkit.evidence import together
together.judge_together = lambda study, *, actions, made=(): together.Together(masked={})
"""


def desk_in(folder: Path, *, mutation: str = "") -> Desk:
    """Return a desk with the study on it; ``mutation`` is run before each program."""
    folder.mkdir()
    desk = Desk(folder)
    write_walked(folder / "étude")
    if mutation:
        place = folder / "maison" / "mutation"
        place.mkdir()
        (place / "sitecustomize.py").write_text(mutation, encoding="utf-8")
        paths = [str(place), *filter(None, [os.environ.get("PYTHONPATH")])]
        desk.environment["PYTHONPATH"] = os.pathsep.join(paths)
    return desk


def files_of(desk: Desk) -> list[Path]:
    return [path for name in WRITTEN for path in sorted((desk.folder / name).rglob("*")) if path.is_file()]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    place = desk_in(tmp_path_factory.mktemp("un bureau") / "travail")
    for command in COMMANDS:
        assert place.run(*command) == 0, place.said[" ".join(command)].decode()
    return place


def test_every_command_left_its_files(desk: Desk) -> None:
    kinds = {(path.relative_to(desk.folder).parts[0], path.suffix) for path in files_of(desk)}
    assert kinds >= {
        ("sorties", suffix) for suffix in (".html", ".pdf", ".docx", ".json", ".ipynb", ".jsonl", ".csv")
    }
    assert kinds >= {("formulaires", suffix) for suffix in (".html", ".docx", ".xlsx", ".json")}
    assert kinds >= {("mi-parcours", suffix) for suffix in (".html", ".docx", ".xlsx", ".pdf")}
    assert kinds >= {("synthese", suffix) for suffix in (".html", ".docx", ".xlsx", ".pdf", ".csv", ".json")}


def test_nobody_is_named_in_any_file_nor_by_any_command(desk: Desk) -> None:
    assert desk.leaks() == []


def test_no_file_and_no_command_says_a_small_number_of_people(desk: Desk) -> None:
    for path in files_of(desk):
        assert small_in_file(path, MINIMUM) == [], path.name
    for command, said in desk.said.items():
        assert small_in_text(said.decode(), MINIMUM) == [], command


def test_no_file_holds_a_path_a_key_or_a_parameter(desk: Desk) -> None:
    keys = [path.read_bytes().strip() for path in (desk.folder / "cles").rglob("*") if path.is_file()]
    assert keys
    secrets = [key for whole in keys for key in (whole, whole.hex().encode()) if len(key) > 15]
    places = {str(desk.folder), str(Path.home()) + "/", sys.prefix, "site-packages", "/tmp/"}
    for path in files_of(desk):
        data = path.read_bytes()
        assert [key for key in secrets if key in data] == [], path.name
        if path.suffix not in (".pdf", ".docx", ".xlsx"):
            assert [place for place in places if place.encode() in data] == [], path.name


def test_notebooks_keep_no_row_of_a_frame_and_no_path_among_their_parameters(desk: Desk) -> None:
    notebooks = [path for path in files_of(desk) if path.suffix == ".ipynb"]
    assert notebooks
    for path in notebooks:
        text = path.read_text(encoding="utf-8")
        notebook = json.loads(text)
        assert not re.search(r'class=\\?"dataframe|_unit\b|_period\b|\\u001b\[', text)
        kept = notebook["metadata"]["papermill"]["parameters"]
        assert set(kept) == {"study", "action", "lang", "out"}
        assert not any("/" in value or "\\" in value for value in kept.values())


def test_no_drawing_carries_data_of_its_own(desk: Desk) -> None:
    for path in files_of(desk):
        if path.suffix == ".html":
            text = path.read_text(encoding="utf-8")
            assert not re.search(r"<metadata|<rdf:|data-(?!theme)[\w-]+=\"\[|base64,[^\"]{60,}", text), (
                path.name
            )


def test_what_masks_nothing_is_seen_by_the_walk(tmp_path: Path) -> None:
    place = desk_in(tmp_path / "sans secret", mutation=UNMASKED)
    assert place.run("run", "étude", "--out", "sorties", *FORMATS) == 0
    seen = {path.suffix for path in files_of(place) if small_in_file(path, MINIMUM)}
    assert seen >= {".html", ".docx", ".json", ".ipynb"}


def test_a_name_that_a_report_shows_is_seen_by_the_walk(tmp_path: Path) -> None:
    place = desk_in(tmp_path / "un nom")
    study = place.folder / "étude" / "study.toml"
    said = study.read_text(encoding="utf-8").replace("Un besoin.", "Le besoin de Kanarivogelbch.")
    study.write_text(said, encoding="utf-8")
    assert place.run("run", "étude", "--out", "sorties", "--action", "avant", *FORMATS) == 0
    named = {Path(name).name for name, _ in place.leaks()}
    assert named >= {"report.html", "notebook.ipynb", "pages", "document.xml"}
    assert place.run("release", "étude", "--out", "sorties", "--name", "mars") != 0
