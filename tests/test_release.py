"""A release is judged as a whole, beside those before it, and names nobody; tables of others are audited."""

import json
import shutil
import zipfile
import zlib
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import impactkit as ik
from impactkit.cli.app import run_command
from impactkit.disclosure import PROFILES
from impactkit.document.blocks import Document, Heading, Paragraph
from impactkit.document.to_pdf import to_pdf
from impactkit.errors import DesignError, ReportError, StoreError
from impactkit.files.resources import sample_names
from impactkit.release import audit_table, leaks_in, release_study
from impactkit.release.scan import texts_of
from store_made import made_store, study_folder

STUDY = """format = 1
kind = "cls"
id = "orlise"
title = "Contrat de l'Orlise"
territory = { name = "Orlise" }
variables.score = { label = "Score", type = "number" }
waves = [{ id = "T0", label = "à l'entrée", months = 0 }, { id = "T6", label = "six mois après", months = 6 }]
"""
FILE = """
[[files]]
id = "{name}"
path = "{name}.csv"
[files.columns]
unit = "numero"
score = [{{ column = "avant", wave = "T0" }}, {{ column = "apres", wave = "T6" }}]
"""
ACTION = """
[[actions]]
id = "{name}"
title = "Action {name}"
need = "Un besoin."
intended_effect = "Un effet."
start = 2024-01-08
files = ["{name}"]
method = "before_after"
comparison = "none"
masked = {masked}
outcomes = [{{ variable = "score", primary = true, direction = "increase" }}]
"""


@pytest.fixture(autouse=True)
def keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMPACTKIT_KEYS", str(tmp_path / "keys"))


def made(folder: Path, sizes: dict[str, tuple[int, int]], *, masked: str = "[]") -> Path:
    """Write a study whose actions follow people PERS-0000…, and the record of each; return the results."""
    folder.mkdir(exist_ok=True)
    text = STUDY
    for name in sizes:
        text += FILE.format(name=name)
    for name, (first, last) in sizes.items():
        text += ACTION.format(name=name, masked=masked)
        rows = [f"PERS-{i:04};{10 + i % 7};{12 + (i * 5) % 9 if i % 4 else ''}" for i in range(first, last)]
        (folder / f"{name}.csv").write_text("numero;avant;apres\n" + "\n".join(rows) + "\n", encoding="utf-8")
    (folder / "study.toml").write_text(text, encoding="utf-8")
    study = ik.read_study(folder)
    out = folder / "sorties"
    for action in study.actions:
        cohort = ik.build_cohort(study, action=action.id)
        record = ik.assess(ik.estimate(ik.declare_design(cohort))).record
        target = out / study.id / action.id
        target.mkdir(parents=True, exist_ok=True)
        record.write(target / "evidence.json")
    return out


def test_a_release_is_recorded_with_its_counts_and_names_nobody(tmp_path: Path):
    out = made(tmp_path / "etude", {"a": (0, 80)})
    done = release_study(tmp_path / "etude", out, name="mars")
    assert (done.counts, done.editions) == (2, 1)
    ledger = (tmp_path / "etude" / "releases.jsonl").read_text(encoding="utf-8")
    assert "PERS-" not in ledger
    assert [cell["name"] for cell in json.loads(ledger)["cells"]] == [
        "a/treated/entered",
        "a/treated/analysed",
    ]


def test_a_second_edition_with_three_more_people_does_not_leave(tmp_path: Path):
    release_study(tmp_path / "etude", made(tmp_path / "etude", {"a": (0, 80)}), name="mars")
    out = made(tmp_path / "etude", {"a": (0, 83)})
    with pytest.raises(ReportError, match="a/treated"):
        release_study(tmp_path / "etude", out, name="avril")
    assert len((tmp_path / "etude" / "releases.jsonl").read_text(encoding="utf-8").splitlines()) == 1
    out = made(tmp_path / "etude", {"a": (0, 160)})
    assert release_study(tmp_path / "etude", out, name="juin").editions == 2


def test_two_actions_that_differ_by_three_people_do_not_leave_together(tmp_path: Path):
    out = made(tmp_path / "etude", {"a": (0, 80), "b": (0, 84)})
    with pytest.raises(ReportError):
        release_study(tmp_path / "etude", out, name="mars")
    apart = made(tmp_path / "autre", {"a": (0, 80), "b": (80, 160)})
    assert release_study(tmp_path / "autre", apart, name="mars").counts == 4


def test_the_study_can_keep_the_number_of_those_who_entered_to_itself(tmp_path: Path):
    made(tmp_path / "etude", {"a": (0, 80)}, masked='["treated"]')
    record = json.loads((tmp_path / "etude/sorties/orlise/a/evidence.json").read_text(encoding="utf-8"))
    shown = [box["n"] for box in record["flow"]]
    assert shown[-1] == 60
    assert not any(shown[:-1])
    assert "80" not in json.dumps(record["flow"])


def test_a_report_made_from_other_files_does_not_leave(tmp_path: Path):
    out = made(tmp_path / "etude", {"a": (0, 80)})
    path = tmp_path / "etude" / "a.csv"
    path.write_text(path.read_text(encoding="utf-8") + "PERS-9999;1;2\n", encoding="utf-8")
    with pytest.raises(ReportError, match=r"action .a.|«\xa0a\xa0»"):
        release_study(tmp_path / "etude", out, name="mars")


@pytest.mark.parametrize("form", ["html", "json", "docx", "pdf", "png", "bin"])
def test_a_file_that_names_someone_does_not_leave_whatever_its_form(tmp_path: Path, form: str):
    out = made(tmp_path / "etude", {"a": (0, 80)})
    path = out / "orlise" / f"page.{form}"
    secret = "PERS-0042"
    if form == "docx":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("word/document.xml", f"<w:t>{secret}</w:t>")
    elif form == "pdf":
        packed = zlib.compress(f"({secret}) Tj".encode())
        path.write_bytes(b"%PDF-1.7\n1 0 obj\nstream\n" + packed + b"\nendstream\n")
    elif form == "png":
        content = b"Comment\0" + secret.encode()
        chunk = len(content).to_bytes(4, "big") + b"tEXt" + content + b"\0\0\0\0"
        path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk)
    elif form == "json":
        path.write_text(json.dumps({"é": f"été {secret}"}), encoding="utf-8")
    else:
        path.write_bytes(f"<p>{secret}</p>".encode())
    assert leaks_in(out, {secret, "PERS-0043"}) == {path: 1}
    with pytest.raises(ReportError, match=f"page.{form}"):
        release_study(tmp_path / "etude", out, name="mars")
    assert not (tmp_path / "etude" / "releases.jsonl").exists()


def test_a_name_hidden_by_an_escape_is_found(tmp_path: Path):
    (tmp_path / "a.json").write_text('{"nom": "Z\\u00e9phyrine"}', encoding="utf-8")
    (tmp_path / "b.html").write_text("<p>Z&eacute;phyrine</p>", encoding="utf-8")
    assert len(leaks_in(tmp_path, {"Zéphyrine"})) == 2


def test_what_a_page_of_pdf_says_is_read_in_letters(tmp_path: Path):
    long = "Un texte assez long pour que la ligne soit coupée, et que le nom suive. " * 3
    text = long + "Mme Kanarivogel, 06 91 73 50 07, née le 1985-03-12, 2 85 03 91 700 513 42."
    blocks = (Paragraph(text=text), Heading(text="Zoraïdine", level=2))
    made = to_pdf(Document(title="Titre", language="fr", blocks=blocks))
    assert b"Kanarivogel" not in made
    (tmp_path / "page.pdf").write_bytes(made)
    known = {"KANARIVOGEL", "Zoraïdine", "0691735007", "12/03/1985", "2850391700513"}
    assert leaks_in(tmp_path, known | {"Absente"}) == {tmp_path / "page.pdf": 5}


@given(st.binary(max_size=400))
def test_any_bytes_can_be_searched(data: bytes):
    for start in (b"%PDF-1.7\nstream\nbegincmap 1 beginbfchar ", b"\x89PNG\r\n\x1a\n"):
        assert list(texts_of(start + data + b"\nendstream"))


def test_a_name_that_is_a_word_of_every_page_forbids_nothing(tmp_path: Path):
    (tmp_path / "page.html").write_text("<p>Champ : personnes suivies. Source</p>", encoding="utf-8")
    assert leaks_in(tmp_path, {"CHAMP", "Source"}) == {}


def study_of_a_record(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write a study whose reports are made of its record, whose files are put away; return the results."""
    waves = [
        [
            f"{i};Nom{chr(97 + i % 26)}{chr(97 + i // 26)}eur;Zoraïdine;{1 + i % 28:02}/04/19{60 + i};Femme;"
            f"09340;06917350{i:02};;{'oui' if i % 5 < 2 + wave else 'non'};{900 + 10 * i + wave};"
            for i in range(40)
        ]
        for wave in (0, 1)
    ]
    store = made_store(folder / "suivi", "files", monkeypatch)
    study = study_folder(folder / "etude", *waves)
    for file in ("entree", "sortie"):
        store.import_file(study, file)
        (study.folder / f"{file}.csv").unlink()
    path = study.folder / "study.toml"
    text = path.read_text(encoding="utf-8").replace('kind = "pacte"', 'kind = "pacte"\nrecord = "../suivi"')
    path.write_text(text, encoding="utf-8")
    study = ik.read_study(study.folder)
    out = study.folder / "sorties"
    target = out / study.id / "mobilite"
    target.mkdir(parents=True)
    ik.assess(ik.estimate(ik.declare_design(ik.build_cohort(study, action="mobilite")))).record.write(
        target / "evidence.json"
    )
    return out


def test_who_is_in_the_vault_alone_is_searched_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    out = study_of_a_record(tmp_path, monkeypatch)
    page = out / "mobilite" / "page.html"
    for named in ("Nomcaeur", "NOMCAEUR", "06 91 73 50 02", "1962-04-03"):
        page.write_text(f"<p>Un mot de {named}.</p>", encoding="utf-8")
        with pytest.raises(ReportError, match=r"page\.html"):
            release_study(tmp_path / "etude", out, name="mars")
        assert not (tmp_path / "etude" / "releases.jsonl").exists()
    page.write_text("<p>Femme, du 09340.</p>", encoding="utf-8")
    assert release_study(tmp_path / "etude", out, name="mars").editions == 1


def test_a_vault_that_does_not_open_stops_the_release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    out = study_of_a_record(tmp_path, monkeypatch)
    vault = tmp_path / "suivi" / "coffre.sqlite"
    vault.rename(tmp_path / "ailleurs.sqlite")
    with pytest.raises(StoreError):
        release_study(tmp_path / "etude", out, name="mars")
    (tmp_path / "ailleurs.sqlite").rename(vault)
    monkeypatch.setenv("IMPACTKIT_KEYS", str(tmp_path / "rien"))
    with pytest.raises(StoreError):
        release_study(tmp_path / "etude", out, name="mars")
    assert not (tmp_path / "etude" / "releases.jsonl").exists()


def table(text: str) -> pd.DataFrame:
    """Read a small table, every cell a text."""
    lines = [line.split() for line in text.strip().splitlines()]
    return pd.DataFrame(lines[1:], columns=lines[0])


def test_a_lone_masked_cell_is_found_in_a_table_of_others():
    found = audit_table(table("x f h Total\nA 20 30 50\nB s 40 46\nTotal 26 70 96"), PROFILES["diffusion"])
    assert [(one.row, one.column, one.masked, one.low, one.high) for one in found] == [("B", "f", True, 6, 6)]


def test_small_counts_shown_are_found_and_four_masked_cells_hold():
    assert [one.masked for one in audit_table(table("x n\nA 20\nB 4"), PROFILES["diffusion"])] == [False]
    held = table("x f h Total\nA s s 50\nB s s 46\nTotal 40 56 96")
    assert audit_table(held, PROFILES["diffusion"]) == ()


@pytest.mark.parametrize("text", ["x n\nA 20\nB 30\nTotal 40", "x n\nA s", "x n\nA 2,5"])
def test_what_is_no_table_of_counts_is_refused_in_words(text: str):
    with pytest.raises(DesignError):
        audit_table(table(text), PROFILES["diffusion"])


def test_the_command_line_audits_and_releases(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    path = tmp_path / "table.csv"
    path.write_text("commune;suivis\nA;20\nB;s\nTotal;26\n", encoding="utf-8")
    assert run_command(["audit", str(path)]) == 7
    assert "6" not in capsys.readouterr().out.replace("26", "")
    path.write_text("commune;suivis\nA;20\nB;30\nTotal;50\n", encoding="utf-8")
    assert run_command(["audit", str(path), "--secrecy", "pilotactions"]) == 0
    assert run_command(["audit", str(path), "--secrecy", "x"]) == 2
    out = made(tmp_path / "etude", {"a": (0, 80)})
    assert run_command(["release", str(tmp_path / "etude"), "--out", str(out), "--name", "mars"]) == 0
    assert (
        run_command(["release", str(tmp_path / "etude"), "--out", str(out), "--name", "mars", "--json"]) == 0
    )


@pytest.mark.parametrize("name", sample_names())
def test_the_reports_of_each_sample_can_leave(tmp_path: Path, name: str):
    folder = tmp_path / name
    shutil.copytree(ik.sample(name).parent, folder)
    result = ik.run_batch([folder], out=tmp_path / "sorties")
    assert result.failed == 0
    assert result.notices == ()
    done = release_study(folder, tmp_path / "sorties", name="essai")
    assert (len(done.actions), done.withheld) == (len(ik.read_study(folder).actions), ())
