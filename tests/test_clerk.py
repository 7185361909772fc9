"""What a batch does once a study, by a copy of its warm process: the same, whatever becomes of the copy."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

import impactkit as ik
from impactkit.batch import run_batch
from impactkit.batch.clerk import ClerkHere
from impactkit.batch.packed import packed
from impactkit.batch.plan import plan_batch
from impactkit.batch.together import plan_together
from impactkit.files.masks import with_masks
from impactkit.files.resources import sample
from small_batch import make_study, make_template
from test_together import study as sharing_study

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="copies a process")
# Of 60 people the 56 analysed by one report, of whom the other leaves out 53: 3 could be told apart.
OVERLAPPING = {"a": (0, 56, 60), "b": (3, 56, 60)}


@pytest.fixture
def stations(tmp_path):
    from impactkit.batch.executors.warm import WarmStations

    made = WarmStations(tmp_path / "warm", imports=[], language="fr", is_rehearsed=lambda: False)
    yield made
    made.end()


def clerk_of(stations):
    from impactkit.batch.executors.clerking import ClerkElsewhere

    return ClerkElsewhere(stations)


def pages(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_packed_study_is_the_study(tmp_path):
    for name in ("nsw", "insertion_emploi", "insertion_emploi_cls"):
        study = ik.read_study(sample(name))
        kept = packed(study)
        assert kept.study() == study
        assert (kept.id, kept.folder, kept.language) == (study.id, study.folder, study.language)
        assert list(kept.masked) == [action.id for action in study.actions]


def test_a_packed_study_keeps_what_it_hides_and_what_its_file_declares():
    study = ik.read_study(sample("insertion_emploi"))
    first = study.actions[0].id
    hiding = packed(with_masks(study, {first: ("treated",)}))
    assert hiding.masked[first] == ("treated",)
    assert with_masks(hiding.study(), {}).actions == study.actions


@linux_only
def test_it_judges_and_writes_as_this_process_does(tmp_path, stations):
    folder = sharing_study(tmp_path / "etude", OVERLAPPING)
    plan = plan_batch([folder])
    here, told_here = plan_together(plan, tmp_path / "out", clerks=[ClerkHere()])
    elsewhere, told = plan_together(plan, tmp_path / "out", clerks=[clerk_of(stations)])
    assert [report.masked for report in elsewhere.reports] == [report.masked for report in here.reports]
    assert any(report.masked for report in here.reports)
    assert [str(one) for one in told] == [str(one) for one in told_here]
    assert elsewhere.studies[0].study() == here.studies[0].study()


@linux_only
@pytest.mark.parametrize("formats", [("html",), ("html", "pdf")])
def test_the_pages_of_a_study_are_the_same_bytes(tmp_path, stations, formats):
    made = run_batch([sample("nsw")], out=tmp_path / "out", executor="kernel", formats=formats)
    folder = made.out / "nsw"
    before = pages(folder)
    kept = packed(ik.read_study(sample("nsw")))
    for path in folder.glob("*.*"):
        path.unlink()
    assert clerk_of(stations).write_pages(kept, folder, language="fr", formats=formats) is None
    assert pages(folder) == before


@linux_only
def test_when_it_dies_another_is_asked(tmp_path, stations):
    clerk = clerk_of(stations)
    kept = packed(ik.read_study(sharing_study(tmp_path / "etude", OVERLAPPING)))

    def judged():
        return clerk.judge(kept, actions={"a", "b"}, made=set())[0]

    first = judged()
    (pid,) = [child.pid for child in psutil.Process(stations._process._process.pid).children()]
    os.kill(pid, signal.SIGKILL)
    assert judged() == first
    (other,) = [child.pid for child in psutil.Process(stations._process._process.pid).children()]
    assert other != pid
    os.kill(stations._process._process.pid, signal.SIGKILL)
    assert judged() == first


@linux_only
def test_it_is_replaced_after_its_share(tmp_path, monkeypatch):
    """The memory that its studies took goes with it."""
    (tmp_path / "maison").mkdir()
    mutation = "import impactkit.batch.executors.clerk as clerk\nclerk.STUDIES = 1\n"
    (tmp_path / "maison" / "shorter.py").write_text(mutation, encoding="utf-8")
    monkeypatch.setenv(
        "PYTHONPATH", os.pathsep.join([os.environ.get("PYTHONPATH", ""), f"{tmp_path}/maison"])
    )
    from impactkit.batch.executors.warm import WarmStations

    stations = WarmStations(
        tmp_path / "warm", imports=["import shorter"], language="fr", is_rehearsed=lambda: False
    )
    try:
        clerk = clerk_of(stations)
        kept = packed(ik.read_study(sharing_study(tmp_path / "etude", OVERLAPPING)))
        for _ in range(3):
            before = clerk._place
            assert clerk.judge(kept, actions={"a", "b"}, made=set())[0].masked
            assert clerk._place != before
    finally:
        stations.end()


@linux_only
def test_what_fails_there_is_met_here(tmp_path, stations):
    folder = tmp_path / "out"
    kept = packed(ik.read_study(sample("nsw")))
    made = run_batch([sample("nsw")], out=folder, executor="kernel")
    evidence = next((made.out / "nsw").glob("*/evidence.json"))
    evidence.write_text("{", encoding="utf-8")
    unwritten = clerk_of(stations).write_pages(kept, made.out / "nsw", language="fr", formats=("html",))
    assert unwritten is not None
    assert (unwritten.step, unwritten.error_class) == ("forms", "ValidationError")


@linux_only
def test_without_copies_it_is_done_here(tmp_path, monkeypatch):
    """A module of the template starts a thread: nothing of that process may be copied."""
    (tmp_path / "threaded.py").write_text(
        "import threading, time\nthreading.Thread(target=time.sleep, args=(600,), daemon=True).start()\n",
        encoding="utf-8",
    )
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([os.environ.get("PYTHONPATH", ""), str(tmp_path)]))
    study = make_study(tmp_path / "etude", "a", "b")
    template = make_template(tmp_path / "t.ipynb", "import threaded\nsave()")
    result = run_batch([study], out=tmp_path / "out", template=template)
    assert result.failed == 0
    assert (result.out / "etude" / "index.html").is_file()


@linux_only
def test_what_drives_a_batch_loads_no_heavy_library(tmp_path):
    folder = sharing_study(tmp_path / "etude", OVERLAPPING)
    code = (
        "import sys; from impactkit.batch import run_batch; "
        f"run_batch([{str(folder)!r}], out={str(tmp_path / 'out')!r}, formats=['html', 'pdf']); "
        "heavy = {'numpy', 'pandas', 'scipy', 'matplotlib', 'docx', 'typst', 'IPython'}; "
        "print(*sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
    assert (tmp_path / "out" / "orlise" / "index.pdf").is_file()


@linux_only
def test_it_ends_with_the_batch(tmp_path):
    folder = sharing_study(tmp_path / "etude", OVERLAPPING)
    run_batch([folder], out=tmp_path / "out")
    until = time.monotonic() + 5
    while time.monotonic() < until and psutil.Process().children(recursive=True):
        time.sleep(0.05)
    assert not psutil.Process().children(recursive=True)
