"""A batch of reports beside papermill: processor, clock, memory, and what the machinery itself costs.

    python benchmarks/batch.py [reports by papermill] [reports by impactkit] [rounds]

Arms take turns in one run, each a program of its own whose whole process tree is counted (kernels and copies
included), start-up too; ratios are of totals. Bytecode is compiled first and found compiled. The contents of
every report are checked: its figures, and the action that it names. The reference is papermill's API, called
for one report after another, with one of nbconvert's exporters reused. Needs the extra ``bench`` and
statsmodels.
"""

from __future__ import annotations

import compileall
import importlib.util
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import psutil
from peer_report import write_peer

from impactkit.batch.forms import write_forms
from impactkit.files import read_study
from impactkit.files.resources import sample, template

ACTION = "parcours_mobilite"
IMPORTED = (
    "impactkit",
    "pandas",
    "matplotlib",
    "IPython",
    "papermill",
    "nbconvert",
    "seaborn",
    "statsmodels",
)

PAPERMILL = """
import sys, json
from pathlib import Path
import papermill
from nbconvert import HTMLExporter
source, folder, out, peer = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4] == "peer"
exporter = HTMLExporter(exclude_input=True)
for study in sorted(folder.iterdir()):
    made = out / study.name
    made.mkdir(parents=True)
    given = dict(folder=str(study), action=study.name) if peer else dict(
        study=str(study / "study.toml"), action="parcours_mobilite", lang="fr", out=str(made))
    notebook = papermill.execute_notebook(source, str(made / "notebook.ipynb"), given, progress_bar=False,
        kernel_name="python3")
    (made / "report.html").write_text(exporter.from_notebook_node(notebook)[0], encoding="utf-8")
"""
BATCH = """
import sys
from pathlib import Path
from impactkit.batch import run_batch
source, folder, out, (jobs, formats) = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4].split()
result = run_batch(sorted(folder.iterdir()), actions=["parcours_mobilite"], out=out, template=source,
    executor="warm", jobs=int(jobs), formats=formats.split(","))
assert result.failed == 0
"""
WARM_NOTEBOOK = """
import json, sys, tempfile
from pathlib import Path
from impactkit.batch.executors.warm import WarmProcess
from impactkit.batch.in_process.execute import parameterized, read_notebook
from impactkit.batch.in_process.imports import imports_of
from impactkit.batch.job import NotebookJob
sys.modules.setdefault("rfc3987_syntax", None)
from nbconvert import HTMLExporter
from nbformat import from_dict
source, folder, out, number = Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4]
notebook = read_notebook(source)
exporter = HTMLExporter(exclude_input=True)
scratch = Path(tempfile.mkdtemp())
imports = imports_of("".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code")
process = WarmProcess(scratch, imports=imports)
spent = []
for study in sorted(folder.iterdir()) if number == "peer" else map(Path, map(str, range(int(number)))):
    made = out / study.name
    made.mkdir(parents=True)
    given = dict(folder=str(study), action=study.name) if number == "peer" else {}
    (made / "in.ipynb").write_text(json.dumps(parameterized(notebook, given)), encoding="utf-8")
    places = dict(source=made / "in.ipynb", target=made / "notebook.ipynb", folder=made)
    outcome = process.render(NotebookJob(**places, scratch=scratch / study.name))
    assert outcome.state == "done", outcome
    spent.append(outcome.cpu_s)
    if number == "peer":
        done = from_dict(read_notebook(made / "notebook.ipynb"))
        (made / "report.html").write_text(exporter.from_notebook_node(done)[0], encoding="utf-8")
process.end()
print(json.dumps(sorted(spent)[len(spent) // 2]))
"""


def main() -> None:
    defaults = ["4", "60", "1"]
    given = sys.argv[1:] + defaults[len(sys.argv) - 1 :]
    few, many, rounds = map(int, given)
    assert_compiled()
    folder = Path(tempfile.mkdtemp(prefix="impactkit-bench-"))
    studies = {number: copies(folder / f"studies-{number}", number) for number in {few, many}}
    ours, peer = template("fr"), write_peer(folder / "peer.ipynb")
    arms = {
        "papermill, impactkit's template": (PAPERMILL, ours, few, "ours"),
        "warm, impactkit's template": (BATCH, ours, many, "1 html"),
        "warm with pdf, impactkit's template": (BATCH, ours, many, "1 html,pdf"),
        "warm x2, impactkit's template": (BATCH, ours, many, "2 html"),
        "papermill, seaborn template": (PAPERMILL, peer, few, "peer"),
        "warm, seaborn template": (WARM_NOTEBOOK, peer, few, "peer"),
    }
    cpu: dict[str, list[float]] = {name: [] for name in arms}
    wall: dict[str, list[float]] = {name: [] for name in arms}
    memory: dict[str, list[float]] = {name: [] for name in arms}
    marginal: dict[str, list[float]] = {}
    for turn in range(rounds):
        for name, (code, source, number, last) in arms.items():
            out = folder / f"out-{turn}-{name}".replace(" ", "-")
            used = run(code, source, studies[number], out, last)
            cpu[name].append(used[0] / number)
            wall[name].append(used[1] / number)
            memory[name].append(used[2])
            check(out, number, figures=1 if "impactkit" in name else 3)
            if code is BATCH:
                rows = (out / "manifest.jsonl").read_text(encoding="utf-8").splitlines()
                marginal.setdefault(name, []).extend(json.loads(row)["cpu_s"] for row in rows)
            print(
                f"{name:36} {used[0] / number:6.2f} CPU s  {used[1] / number:6.2f} s  {used[2]:5.0f} MB PSS"
            )
    mean = {name: statistics.mean(values) for name, values in cpu.items()}
    clock = {name: statistics.mean(values) for name, values in wall.items()}
    same, other = "papermill, impactkit's template", "papermill, seaborn template"
    warm = "warm, impactkit's template"
    print(
        f"\nsame template: {mean[same] / mean[warm]:.1f} times less CPU, {clock[same] / clock[warm]:.1f} wall"
    )
    seaborn = mean[other] / mean["warm, seaborn template"]
    print(f"seaborn template, warm: {seaborn:.1f} times less CPU than by papermill")
    less = mean[other] / mean[warm]
    print(f"impactkit's report beside the seaborn one by papermill: {less:.1f} times less CPU")
    for name, spent in marginal.items():
        median = statistics.median(spent)
        ratios = f"{mean[other] / median:.1f} and {mean[same] / median:.1f}"
        print(f"one more report, {name}: {median:.3f} CPU s, {ratios} times less than those two by papermill")
    print(f"machinery, an empty notebook: {empty(folder):.3f} CPU s")
    forms = forms_of_a_study(folder / f"out-0-{warm}".replace(" ", "-"), studies[many])
    print(f"a study's forms, which papermill does not make, once a study: {forms:.3f} CPU s")
    for name in marginal:
        rest = mean[name] - forms
        ratios = f"{mean[other] / rest:.1f} and {mean[same] / rest:.1f}"
        print(f"without forms, {name}: {rest:.3f} CPU s, {ratios} times less than those two by papermill")
    shutil.rmtree(folder)


def copies(folder: Path, number: int) -> Path:
    """Write the shipped sample ``number`` times under its own names."""
    for rank in range(number):
        copy = folder / f"etude-{rank:04}"
        shutil.copytree(sample("insertion_emploi").parent, copy)
        study = copy / "study.toml"
        text = study.read_text(encoding="utf-8")
        study.write_text(text.replace('id = "insertion_emploi"', f'id = "{copy.name}"', 1), encoding="utf-8")
    return folder


def assert_compiled() -> None:
    """Compile what the arms import, and refuse to time anything that is not."""
    for name in IMPORTED:
        spec = importlib.util.find_spec(name)
        assert spec is not None
        assert spec.origin is not None
        package = Path(spec.origin).parent
        compileall.compile_dir(package, quiet=2, workers=1)
        cached = Path(importlib.util.cache_from_source(spec.origin))
        assert cached.is_file(), f"{name} has no bytecode: unset PYTHONDONTWRITEBYTECODE"


def run(code: str, source: Path, studies: Path, out: Path, last: str) -> tuple[float, float, float]:
    """Run an arm; return its processor time, its time by the clock and the most memory its tree held."""
    environment = {name: text for name, text in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment |= {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")}
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(source), str(studies), str(out), last],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=None if os.environ.get("IMPACTKIT_DEBUG") else subprocess.DEVNULL,
    )
    most = [0.0]
    watcher = threading.Thread(target=watch, args=(process.pid, most), daemon=True)
    watcher.start()
    _, status, used = os.wait4(process.pid, 0)
    assert status == 0, code
    return used.ru_utime + used.ru_stime, time.perf_counter() - started, most[0]


def watch(pid: int, most: list[float]) -> None:
    """Keep the most memory that a tree of processes holds (PSS: shared pages counted once), in megabytes."""
    while True:
        total = 0
        try:
            for one in [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]:
                total += one.memory_full_info().pss
        except psutil.NoSuchProcess:
            if not psutil.pid_exists(pid):
                return
        except psutil.AccessDenied:
            return
        most[0] = max(most[0], total / 1e6)
        time.sleep(0.3)


def check(out: Path, number: int, *, figures: int) -> None:
    """Refuse an arm whose reports are not whole, or not their own."""
    pages = sorted(out.rglob("report.html"))
    assert len(pages) == number, len(pages)
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert text.count("<svg") + text.count("data:image/png") >= figures, page
        notebook = next(iter(page.parent.glob("notebook.ipynb"))).read_text(encoding="utf-8")
        assert "etude-" in str(page)
        study = next(part for part in page.parts if part.startswith("etude-"))
        evidence = page.parent / "evidence.json"
        told = json.loads(evidence.read_text(encoding="utf-8"))["study"] if evidence.exists() else notebook
        assert study in told


def forms_of_a_study(out: Path, studies: Path) -> float:
    """Return the processor time of the forms of a study of one action: pages, documents and workbooks."""
    spent = []
    for study in sorted(studies.iterdir())[:6]:
        started = time.process_time()
        assert write_forms(read_study(study / "study.toml"), out / study.name, language="fr")
        spent.append(time.process_time() - started)
    return statistics.median(spent)


def empty(folder: Path) -> float:
    """Return the processor time of a copy that runs a notebook with nothing in it."""
    source = folder / "empty.ipynb"
    cell = {
        "cell_type": "code",
        "id": "a",
        "metadata": {},
        "source": "1",
        "outputs": [],
        "execution_count": None,
    }
    notebook = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    source.write_text(json.dumps(notebook), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", WARM_NOTEBOOK, str(source), str(folder), str(folder / "empty"), "30"],
        capture_output=True,
        check=True,
    )
    return float(done.stdout)


if __name__ == "__main__":
    main()
