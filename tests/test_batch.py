"""Batches with a real kernel: what is written, what fails safely, and that nothing stops the others."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from html.parser import HTMLParser
from pathlib import Path

import pytest

from impactkit.batch import BatchResult, Progress, read_manifest, run_batch, write_report
from impactkit.errors import ReportError
from impactkit.evidence import Record
from pages import read_page
from small_batch import make_study, make_template
from written import texts_of

pytestmark = pytest.mark.slow

SECRET = "Jeanne 1984"
# What each action of the study below does to its report.
TROUBLES = f"""
import os, signal
import pandas as pd
from impactkit.errors import DesignError, Problem, StudyError
from impactkit.text import Message
from IPython.display import HTML, display
display(HTML(f"Mesure de {{action}} dans {{study}} et {{out}}"))
import warnings; warnings.warn({SECRET!r})
if action == "value-error":
    raise ValueError({SECRET!r})
if action == "own-error":
    raise DesignError(Message("design.error.nobody_enters"))
if action == "namesake-error":
    raise pd.errors.DataError({SECRET!r})
if action == "kernel-dies":
    os._exit(1)
if action == "killed":
    os.kill(os.getpid(), signal.SIGKILL)
if action == "mixed-up":
    save(action="01")
elif action == "other-files":
    save(provenance=provenance())
elif action != "no-evidence":
    save()
"""
FAILING = {
    "value-error": "ValueError",
    "own-error": "DesignError",
    "namesake-error": "DataError",
    "kernel-dies": None,
    "killed": None,
    "mixed-up": "ReportError",
    "other-files": "ReportError",
    "no-evidence": "FileNotFoundError",
}


# What the end of a report's process is called, by its own doing and by a signal.
DEATHS = {
    "warm": ("SystemExit", "SIGKILL"),
    "spawn": ("DeadKernelError", "DeadKernelError"),  # lost, then tried with a kernel
    "kernel": ("DeadKernelError", "DeadKernelError"),
}
EXECUTORS = [name for name in DEATHS if name != "warm" or sys.platform == "linux"]


@pytest.fixture(scope="module", params=EXECUTORS)
def batch(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> BatchResult:
    """A batch in which nearly everything goes wrong, in folders with accents, spaces and braces."""
    folder = tmp_path_factory.mktemp("lot é {x}")
    study = make_study(folder / "etude", "01", *FAILING, "dernier")
    template = make_template(folder / "modèle {1}.ipynb", TROUBLES)
    broken = folder / "cassee" / "study.toml"
    broken.parent.mkdir()
    broken.write_text("format = 2", encoding="utf-8")
    seen: list[Progress] = []
    result = run_batch(
        [broken, study],
        out=folder / "sorties",
        template=template,
        jobs=2,
        progress=seen.append,
        executor=request.param,
    )
    # First when the studies are read, then when the first report is about to be made.
    assert [(step.finished, step.total) for step in seen] == [(n, 10) for n in (0, *range(11))]
    assert seen[0].row is None
    assert seen[1].row is None
    return result


def _everything(folder: Path) -> dict[str, str]:
    return {
        name: text for path in sorted(folder.rglob("*")) if path.is_file() for name, text in texts_of(path)
    }


def test_the_sound_reports_are_whole_and_the_others_say_why(batch: BatchResult) -> None:
    for action in ("01", "dernier"):
        folder = batch.out / "etude" / action
        assert sorted(path.name for path in folder.iterdir()) == [
            "evidence.json",
            "notebook.ipynb",
            "report.html",
        ]
        assert Record.read(folder / "evidence.json").action == action
        assert f"Mesure de {action} dans" in (folder / "report.html").read_text(encoding="utf-8")
    for action in FAILING:
        assert [path.name for path in (batch.out / "etude" / action).iterdir()] == ["report.html"]


def test_the_manifest_tells_every_report(batch: BatchResult, request: pytest.FixtureRequest) -> None:
    used = request.node.callspec.params["batch"]
    dead, killed = DEATHS[used]
    lines = [
        json.loads(line) for line in (batch.out / "manifest.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    told = {line["action"]: line for line in lines}
    assert {name: line["error_class"] for name, line in told.items() if name} == FAILING | {
        "01": None,
        "dernier": None,
        "kernel-dies": dead,
        "killed": killed,
    }
    assert (told["01"]["executor"], told["01"]["kind"]) == (used, None)
    assert told["01"]["max_rss_mb"] > 50
    assert {told[name]["kind"] for name in ("kernel-dies", "killed")} == {"died"}
    assert {told[name]["kind"] for name in ("mixed-up", "other-files", "no-evidence")} == {"result"}
    assert told["01"]["state"] == "done"
    assert (told["01"]["attribution"], told["01"]["strength"]) == ("probably_attributable", 3)
    assert told["01"]["cpu_s"] > 0
    assert told["01"]["wall_s"] > 0
    assert re.fullmatch("[0-9a-f]{64}", told["01"]["inputs_sha256"])
    assert told["01"]["report"] == "etude/01/report.html"
    assert (told[""]["study"], told[""]["state"], told[""]["error_class"]) == (
        "cassee/study.toml",
        "failed",
        "StudyError",
    )
    assert told["value-error"]["cell"] == 3
    assert told["value-error"]["reason"].startswith(
        "Erreur inattendue (ValueError) dans la cellule de code 3"
    )
    assert batch.failed == len(FAILING) + 1
    assert {row.key for row in read_manifest(batch.out)} == {row.key for row in batch.rows}


def test_only_impactkits_own_errors_are_quoted(batch: BatchResult) -> None:
    page = (batch.out / "etude" / "own-error" / "report.html").read_text(encoding="utf-8")
    row = next(row for row in batch.rows if row.action == "own-error")
    assert row.reason is not None
    assert "Erreur inattendue" not in row.reason
    assert "Erreur inattendue (DataError)" in (
        batch.out / "etude" / "namesake-error" / "report.html"
    ).read_text(encoding="utf-8")
    assert "DesignError" not in page


def test_nothing_of_a_person_or_of_the_machine_is_left(batch: BatchResult) -> None:
    for path, text in _everything(batch.out).items():
        assert SECRET not in text or SECRET in _source(path), path
        assert str(batch.out.parent) not in text, path
        assert str(Path.home()) + os.sep not in text, path
    assert not list(batch.out.glob(".*"))


def _source(path: str) -> str:
    """Return the code of a notebook: what the template's author wrote is not what a run said."""
    if not path.endswith(".ipynb"):
        return ""
    cells = json.loads(Path(path).read_text(encoding="utf-8"))["cells"]
    assert SECRET not in json.dumps([cell.get("outputs") for cell in cells])
    return "".join("".join(cell["source"]) for cell in cells)


def test_parameters_are_kept_without_paths(batch: BatchResult) -> None:
    notebook = json.loads((batch.out / "etude" / "01" / "notebook.ipynb").read_text(encoding="utf-8"))
    told = {"study": "study.toml", "action": "01", "lang": "fr", "out": "."}
    assert notebook["metadata"]["papermill"]["parameters"] == told
    injected = next(cell for cell in notebook["cells"] if "injected-parameters" in cell["metadata"]["tags"])
    assert "action = '01'" in "".join(injected["source"])


def test_forms_hold_the_sound_reports_only(batch: BatchResult) -> None:
    form = json.loads((batch.out / "etude" / "form_pacte_effects.json").read_text(encoding="utf-8"))
    assert {section["action"] for section in form["sections"]} == {None, "01", "dernier"}


class _Index(HTMLParser):
    """The rows of the index and its links."""

    def __init__(self) -> None:
        super().__init__()
        self.failed: list[bool] = []
        self.links: list[str] = []
        self.loaded: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "tr":
            self.failed.append(given.get("class") == "ik-failure")
        if tag == "a" and not (given["href"] or "").startswith("#"):
            self.links.append(given["href"] or "")
        self.loaded += [given[name] or "" for name in ("src", "data") if name in given] if tag != "a" else []


def test_the_index_lists_every_report_failed_ones_first(batch: BatchResult) -> None:
    page = batch.index.read_text(encoding="utf-8")
    index = _Index()
    index.feed(page)
    assert index.failed[1:] == [True] * 9 + [False] * 2
    assert all((batch.out / link).is_file() for link in index.links)
    assert len(index.links) == 13  # the reports, the page of the study, its form
    assert not index.loaded
    assert "http" not in page
    assert '<html lang="fr">' in page
    assert "probablement imputable" in page


def test_a_second_run_replaces_one_report_and_keeps_the_others(batch: BatchResult) -> None:
    study = batch.out.parent / "etude" / "study.toml"
    template = make_template(batch.out.parent / "second.ipynb", "save(strength=4)")
    before = _everything(batch.out / "etude" / "dernier")
    page = write_report(
        study, action="01", out=batch.out, template=template, lang="en", formats=("pdf", "docx")
    )
    assert {path.name for path in page.parent.iterdir()} >= {"report.html", "report.pdf", "report.docx"}
    index = read_page((batch.out / "index.html").read_text(encoding="utf-8"))
    links = [link.attributes["href"] for link in index.all("a")]
    assert {f"etude/01/report.{name}" for name in ("html", "pdf", "docx")} < set(links)
    assert page == batch.out / "etude" / "01" / "report.html"
    assert 'lang="en"' in page.read_text(encoding="utf-8")
    assert _everything(batch.out / "etude" / "dernier") == before
    rows = {row.key: row for row in read_manifest(batch.out)}
    assert rows["etude", "01"].strength == 4
    assert len(rows) == 11

    failing = make_template(batch.out.parent / "third.ipynb", "raise KeyError('x')")
    with pytest.raises(ReportError, match=r"Action 01.*KeyError"):
        write_report(study, action="01", out=batch.out, template=failing)
    assert [path.name for path in page.parent.iterdir()] == ["report.html"]


@pytest.mark.skipif(sys.platform == "win32", reason="sends a signal")
def test_an_interruption_leaves_a_true_manifest_and_no_process(tmp_path: Path) -> None:
    study = make_study(tmp_path / "etude", "rapide", "lente")
    pid_file = tmp_path / "pid"
    slow = f"""
import os, time
if action == "lente":
    open({str(pid_file)!r}, "w").write(str(os.getpid()))
    time.sleep(600)
"""
    template = make_template(tmp_path / "modele.ipynb", slow, "save()")
    command = [sys.executable, "-m", "impactkit.cli", "run", str(study), "--out", str(tmp_path / "out")]
    process = subprocess.Popen(
        [*command, "--template", str(template)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A test run started in the background may ignore the signal, which children would inherit.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert _waits_for(pid_file.exists, seconds=60)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=120)
    assert process.returncode == 130
    assert "Traceback" not in said
    assert [row.action for row in read_manifest(tmp_path / "out")] == ["rapide"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "etude",
        "index.html",
        "manifest.csv",
        "manifest.jsonl",
    ]
    kernel = int(pid_file.read_text(encoding="utf-8"))
    assert _waits_for(lambda: not _is_alive(kernel), seconds=10)


def _waits_for(condition, *, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.1)
    return False


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # A process that ended but was not collected by its parent (a container without an init) is not alive.
    stat = Path(f"/proc/{pid}/stat")
    return not (stat.exists() and stat.read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0] == "Z")
