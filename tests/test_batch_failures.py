"""Nothing stops a batch, nothing is lost and nothing is mixed up: each failure, made on purpose."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from impactkit.batch import BatchResult, Row, read_manifest, run_batch
from impactkit.batch.lock import NAME as LOCK
from impactkit.batch.lock import holder_of
from impactkit.cli.app import run_command
from impactkit.errors import HeldError, WritingError
from small_batch import make_study, make_template

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="copies a process")
pytestmark = pytest.mark.slow

EXECUTORS = ["warm", "spawn"] if sys.platform == "linux" else ["spawn"]

HANGS = """
if action == "loops":
    while True:
        pass
if action == "deaf":
    import signal
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    while True:
        pass
save()
"""


def _rows(result: BatchResult) -> dict[str, Row]:
    return {row.action: row for row in result.rows}


@pytest.mark.parametrize("executor", EXECUTORS)
def test_a_loop_is_ended_whatever_signals_it_refuses(tmp_path: Path, executor: str) -> None:
    study = make_study(tmp_path / "etude", "loops", "deaf", "sound")
    template = make_template(tmp_path / "t.ipynb", HANGS)
    rows = _rows(run_batch([study], out=tmp_path / "out", template=template, executor=executor, timeout=3))
    for action in ("loops", "deaf"):
        assert (rows[action].state, rows[action].kind) == ("failed", "time")
        assert "3 secondes" in (rows[action].reason or "").replace("\N{NO-BREAK SPACE}", " ")
    assert rows["sound"].state == "done"


@linux_only
def test_every_abrupt_end_costs_one_report(tmp_path: Path) -> None:
    deaths = """
import ctypes, os, sys
if action == "segfault":
    ctypes.string_at(0)
if action == "leaves":
    os._exit(0)
if action == "exits":
    sys.exit(0)
if action == "quits":
    exit()
if action == "asks":
    input("?")
save()
"""
    study = make_study(tmp_path / "etude", "segfault", "leaves", "exits", "quits", "asks", "sound")
    template = make_template(tmp_path / "t.ipynb", deaths)
    rows = _rows(run_batch([study], out=tmp_path / "out", template=template, jobs=2))
    told = {action: (row.state, row.kind, row.error_class) for action, row in rows.items()}
    assert told == {
        "segfault": ("failed", "died", "SIGSEGV"),
        "leaves": ("failed", "died", "SystemExit"),
        "exits": ("failed", "cell", "SystemExit"),
        "quits": ("failed", "cell", "SystemExit"),
        "asks": ("failed", "cell", "StdinNotImplementedError"),
        "sound": ("done", None, None),
    }


@linux_only
def test_memory_is_limited_with_a_place_or_with_an_end(tmp_path: Path) -> None:
    greedy = """
import subprocess, sys
if action == "allocates":
    too_much = bytearray(2_000_000_000)
if action == "child":
    pieces = "[bytearray(b'x' * 100_000_000) for _ in range(9)]"
    workers = [subprocess.Popen([sys.executable, "-c", f"import time; kept = {pieces}; time.sleep(60)"])
               for _ in range(2)]
    workers[0].wait(), workers[1].wait()
save()
"""
    study = make_study(tmp_path / "etude", "allocates", "child", "sound")
    template = make_template(tmp_path / "t.ipynb", greedy)
    result = run_batch([study], out=tmp_path / "out", template=template, memory=800, timeout=40)
    rows = _rows(result)
    assert (rows["allocates"].kind, rows["allocates"].cell) == ("memory", 3)
    assert rows["child"].kind == "memory"
    assert rows["sound"].state == "done"
    assert 50 < rows["sound"].max_rss_mb < 800


@pytest.mark.parametrize("executor", EXECUTORS)
def test_huge_output_is_given_up_and_leftovers_are_ended(tmp_path: Path, executor: str) -> None:
    noisy = f"""
import subprocess, sys, os
if action == "prints":
    for _ in range(200):
        print("x" * 1_000_000)
if action == "floods":
    subprocess.run([sys.executable, "-c", "while True: print('x' * 100_000)"])
if action == "leaves":
    left = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    open({str(tmp_path / "pid")!r}, "w").write(str(left.pid))
save()
"""
    study = make_study(tmp_path / "etude", "prints", "floods", "leaves")
    template = make_template(tmp_path / "t.ipynb", noisy)
    rows = _rows(run_batch([study], out=tmp_path / "out", template=template, executor=executor, timeout=60))
    assert (rows["prints"].kind, rows["floods"].kind) == ("output", "output")
    assert rows["leaves"].state == "done"
    assert _is_gone(int((tmp_path / "pid").read_text(encoding="utf-8")))


def _is_gone(pid: int) -> bool:
    """Tell whether a process ended; one that nobody collects (a container without an init) has."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


LEAKS = """
import builtins, decimal, logging, os, random, sys, warnings
import matplotlib.pyplot as plt, numpy as np, pandas as pd
found = [
    pd.get_option("display.max_rows"), pd.get_option("display.precision"), plt.rcParams["font.size"],
    os.environ.get("LEAK"), os.getcwd() == leaving_cwd if "leaving_cwd" in globals() else None,
    hasattr(builtins, "leak"), "leak" in globals(), pd.DataFrame.mean.__name__, len(warnings.filters),
    "leak" in sys.path, "leaked_module" in sys.modules, logging.root.level, np.geterr()["divide"],
    decimal.getcontext().prec, plt.get_fignums(),
    random.random(), float(np.random.random()), sys.getrecursionlimit(),
]
print("FOUND", found)
pd.set_option("display.max_rows", 3); pd.set_option("display.precision", 1); plt.rcParams["font.size"] = 40
plt.style.use("ggplot"); os.environ["LEAK"] = "1"; builtins.leak = 1; leak = 1
pd.DataFrame.mean = lambda self: 0
warnings.simplefilter("error", append=True); sys.path.insert(0, "leak"); logging.root.setLevel(1)
open("leaked_module.py", "w").write("x = 1"); sys.path.insert(0, os.getcwd()); import leaked_module
np.seterr(divide="raise"); decimal.getcontext().prec = 3; plt.figure(); sys.setrecursionlimit(1234)
random.seed(1); np.random.seed(1); os.chdir("/")
"""


@pytest.mark.parametrize("executor", EXECUTORS)
def test_no_state_leaks_from_a_report_to_the_next(tmp_path: Path, executor: str) -> None:
    study = make_study(tmp_path / "etude", *"abcdef")
    template = make_template(tmp_path / "t.ipynb", "print(action)", LEAKS, "save()")
    result = run_batch([study], out=tmp_path / "out", template=template, executor=executor)
    assert result.failed == 0
    found = {_printed(result.out, row)[1] for row in result.rows}
    randoms = {tuple(text.rsplit(", ", 3)[1:3]) for text in found}
    assert len(randoms) == 6  # seeded by what each report is made of
    assert len({text.rsplit(", ", 3)[0] for text in found}) == 1, found


def _printed(out: Path, row: Row) -> list[str]:
    path = out / row.study / row.action / "notebook.ipynb"
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [
        "".join(output["text"]) for cell in cells for output in cell.get("outputs", ()) if "text" in output
    ]


@linux_only
def test_each_report_is_its_own_in_a_large_batch_and_nothing_grows(tmp_path: Path) -> None:
    """Sixty here; a thousand in `test_a_thousand_reports_are_flat`."""
    _flat(tmp_path, 60)


@linux_only
@pytest.mark.skipif("IMPACTKIT_THOUSAND" not in os.environ, reason="minutes; IMPACTKIT_THOUSAND=1 runs it")
def test_a_thousand_reports_are_flat(tmp_path: Path) -> None:
    _flat(tmp_path, 1000)


def _flat(tmp_path: Path, number: int) -> None:
    actions = [f"action-{rank:04}" for rank in range(number)]
    study = make_study(tmp_path / "etude", *actions)
    template = make_template(
        tmp_path / "t.ipynb",
        "import matplotlib.pyplot as plt\nplt.plot([0, int(action[-4:])]); plt.title(action)\nplt.show()",
        "print('MESURE', action)\nsave()",
    )
    seen: list[tuple[int, int, float, int]] = []

    def look(progress: object) -> None:
        me = psutil.Process()
        children = me.children()
        rss = sum(child.memory_info().rss for child in children if child.is_running()) / 1e6
        zombies = sum(_is_zombie(child) for child in me.children(recursive=True))
        seen.append((me.num_fds(), len(children), rss, zombies))

    result = run_batch([study], out=tmp_path / "out", template=template, jobs=2, progress=look)
    assert result.failed == 0
    for row in result.rows:
        assert _printed(result.out, row)[-1] == f"MESURE {row.action}\n"
    figures = {
        (result.out / row.report).read_text(encoding="utf-8").split("base64,")[1][:20_000]
        for row in result.rows
    }
    assert len(figures) == number
    early, late = seen[number // 4], seen[-1]
    assert late[0] <= early[0] + 2  # file descriptors of the driver
    assert late[1] <= early[1]  # processes
    assert late[2] < 1.1 * early[2] + 10  # memory of the warm process
    assert max(zombies for *_, zombies in seen) <= 2


def _is_zombie(process: psutil.Process) -> bool:
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:  # a copy that has ended since it was listed
        return False


def test_a_figure_that_vanished_is_a_failure(tmp_path: Path) -> None:
    study = make_study(tmp_path / "etude", "shown", "vanished")
    template = make_template(tmp_path / "t.ipynb", "save()")
    notebook = json.loads(template.read_text(encoding="utf-8"))
    figure = json.loads(json.dumps(notebook["cells"][-1]))
    figure["metadata"]["tags"] = ["figure"]
    figure["source"] = (
        "import matplotlib.pyplot as plt\nplt.plot([1, 2])\n"
        "if action == 'vanished':\n    plt.close('all')\nelse:\n    plt.show()"
    )
    notebook["cells"].append(figure)
    template.write_text(json.dumps(notebook), encoding="utf-8")
    rows = _rows(run_batch([study], out=tmp_path / "out", template=template))
    assert rows["shown"].state == "done"
    assert (rows["vanished"].kind, rows["vanished"].error_class) == ("result", "MissingFigure")


# ---- Resuming, and what a second batch may do


def test_a_second_run_makes_again_only_what_changed(tmp_path: Path) -> None:
    one, two = make_study(tmp_path / "un", "a", "b"), make_study(tmp_path / "deux", "c")
    template = make_template(tmp_path / "t.ipynb", "save()")

    def run() -> dict[str, Row]:
        return _rows(run_batch([one, two], out=tmp_path / "out", template=template, resume=True))

    assert {row.state for row in run().values()} == {"done"}
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("report.html")}
    assert {row.state for row in run().values()} == {"skipped"}
    assert {path: path.stat().st_mtime_ns for path in before} == before
    manifest = (tmp_path / "out" / "manifest.jsonl").read_bytes()
    run()
    assert (tmp_path / "out" / "manifest.jsonl").read_bytes() == manifest

    (two.parent / "suivi.csv").write_text("personne;avant;apres\np1;1;2\n", encoding="utf-8")
    assert {name: row.state for name, row in run().items()} == {"a": "skipped", "b": "skipped", "c": "done"}
    (tmp_path / "out" / "un" / "b" / "notebook.ipynb").unlink()
    assert {name: row.state for name, row in run().items()} == {"a": "skipped", "b": "done", "c": "skipped"}
    template.write_text(
        template.read_text(encoding="utf-8").replace("# Rapport", "# Autre"), encoding="utf-8"
    )
    assert {row.state for row in run().values()} == {"done"}


def test_only_failed_reports_are_made_again(tmp_path: Path) -> None:
    study = make_study(tmp_path / "etude", "a", "b")
    bad = make_template(tmp_path / "bad.ipynb", "assert action != 'b'\nsave()")
    good = make_template(tmp_path / "good.ipynb", "save()")
    assert run_batch([study], out=tmp_path / "out", template=bad).failed == 1
    again = run_batch([study], out=tmp_path / "out", template=good, only_failed=True)
    assert [(row.action, row.state) for row in again.rows] == [("b", "done")]
    assert [row.state for row in read_manifest(again.out)] == ["done", "done"]
    assert run_batch([study], out=tmp_path / "out", template=good, only_failed=True).rows == ()


def test_tries_are_counted(tmp_path: Path) -> None:
    """A report that died is tried again; an error in a cell, which would come again, is not."""
    dies = f"""
import os
from pathlib import Path
tries = Path({str(tmp_path)!r}) / action
tries.open("a").write("x")
if action == "dies" and len(tries.read_text()) < 3:
    os._exit(3)
assert action != "errs"
save()
"""
    study = make_study(tmp_path / "etude", "dies", "errs")
    template = make_template(tmp_path / "t.ipynb", dies)
    rows = _rows(run_batch([study], out=tmp_path / "out", template=template, retries=2))
    assert (rows["dies"].state, rows["errs"].state) == ("done", "failed")
    assert (tmp_path / "errs").read_text(encoding="utf-8") == "x"


SLOW = """
import os, time
from pathlib import Path
Path({folder!r}, f"started-{{action}}").write_text(str(os.getpid()))
time.sleep({seconds})
save()
"""


def _started(tmp_path: Path, *, seconds: float, actions: int = 6) -> tuple[subprocess.Popen, list[str]]:
    names = [f"a{rank}" for rank in range(actions)]
    study = make_study(tmp_path / "etude", *names)
    template = make_template(tmp_path / "t.ipynb", SLOW.format(folder=str(tmp_path), seconds=seconds))
    command = [sys.executable, "-m", "impactkit.cli", "run", str(study), "--out", str(tmp_path / "out")]
    command += ["--template", str(template), "--resume"]
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    return process, command


def _waits_for(condition, *, seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


@linux_only
def test_a_killed_batch_leaves_no_half_and_resumes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    process, command = _started(tmp_path, seconds=3.0)
    _waits_for((tmp_path / "started-a2").exists)
    holder = holder_of(tmp_path / "out")
    assert holder is not None
    assert (holder.pid, holder.total) == (process.pid, 6)
    with pytest.raises(HeldError, match=str(process.pid)):
        run_batch([tmp_path / "etude"], out=tmp_path / "out", template=tmp_path / "t.ipynb")
    assert run_command(["status", str(tmp_path / "out"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["running"]["pid"] == process.pid
    process.kill()
    process.wait()
    working = int((tmp_path / "started-a2").read_text(encoding="utf-8"))
    _waits_for(lambda: _is_gone(working), seconds=10)
    out = tmp_path / "out"
    made = [row.action for row in read_manifest(out)]
    assert made == ["a0", "a1"]
    for action in made:
        assert (out / "etude" / action / "evidence.json").is_file()
    (out / "manifest.jsonl").open("a", encoding="utf-8").write('{"study": "cut')  # a power failure
    assert subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0
    states = {row.action: row.state for row in read_manifest(out)}
    assert states == {f"a{rank}": "skipped" if rank < 2 else "done" for rank in range(6)}
    assert not list(out.glob(".*"))


@linux_only
def test_a_killed_warm_process_is_replaced_and_its_report_made_elsewhere(tmp_path: Path) -> None:
    kills = "import os, signal\nif 'kernel' not in str(get_ipython().kernel) and action == 'b':\n"
    kills += "    os.kill(os.getppid(), signal.SIGKILL)\n    import time; time.sleep(30)\nsave()"
    study = make_study(tmp_path / "etude", "a", "b", "c", "d")
    template = make_template(tmp_path / "t.ipynb", kills)
    rows = _rows(run_batch([study], out=tmp_path / "out", template=template))
    assert {name: (row.state, row.executor) for name, row in rows.items()} == {
        "a": ("done", "warm"),
        "b": ("done", "kernel"),
        "c": ("done", "warm"),
        "d": ("done", "warm"),
    }


@linux_only
def test_a_process_with_threads_is_not_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A module of the template starts a thread at import: its copies could wait for ever for a lock."""
    (tmp_path / "threaded.py").write_text(
        "import threading, time\nthreading.Thread(target=time.sleep, args=(600,), daemon=True).start()\n",
        encoding="utf-8",
    )
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([os.environ.get("PYTHONPATH", ""), str(tmp_path)]))
    study = make_study(tmp_path / "etude", "a")
    template = make_template(tmp_path / "t.ipynb", "import threaded\nsave()")
    rows = _rows(run_batch([study], out=tmp_path / "out", template=template))
    assert (rows["a"].state, rows["a"].executor) == ("done", "kernel")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="mounts a small disk")
def test_a_full_disk_stops_with_words_and_resumes(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", str(out)], capture_output=True
    )
    if mounted.returncode:
        pytest.skip("cannot mount a small disk here")
    study = make_study(tmp_path / "etude", *(f"a{rank}" for rank in range(12)))
    template = make_template(tmp_path / "t.ipynb", "save()")
    try:
        with contextlib.suppress(WritingError):  # when not even the manifest can be written
            result = run_batch([study], out=out, template=template, resume=True)
            assert {row.kind for row in result.rows if row.state == "failed"} <= {"writing", "cell"}
            assert result.failed > 0
        for folder in (out / "etude").iterdir():
            if folder.is_dir():
                assert len(list(folder.iterdir())) in (1, 3)
    finally:
        kept = tmp_path / "kept"
        shutil.copytree(out, kept)
        subprocess.run(["umount", str(out)], check=True)
    result = run_batch([study], out=kept, template=template, resume=True)
    assert result.failed == 0


def test_the_table_opens_in_a_spreadsheet_and_runs_nothing(tmp_path: Path) -> None:
    study = make_study(tmp_path / "etude", "a", "b")
    text = study.read_text(encoding="utf-8").replace('title = "Action b"', 'title = "=HYPERLINK(1)"')
    study.write_text(text, encoding="utf-8")
    template = make_template(tmp_path / "t.ipynb", "assert action == 'a'\nsave()")
    result = run_batch([study], out=tmp_path / "out", template=template)
    raw = (result.out / "manifest.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig")), delimiter=";"))
    assert [row["state"] for row in rows] == ["done", "failed"]
    assert rows[1]["title"] == "'=HYPERLINK(1)"
    assert rows[1]["cell"] == "3"
    wanted = [
        "study",
        "action",
        "state",
        "reason",
        "cpu_s",
        "wall_s",
        "max_rss_mb",
        "executor",
        "inputs_sha256",
        "attribution",
    ]
    assert set(wanted) <= set(rows[0])
    first = json.loads((result.out / "manifest.jsonl").read_text(encoding="utf-8").splitlines()[0])
    assert set(wanted) <= set(first)


def test_no_locale_accents_and_spaces(tmp_path: Path) -> None:
    study = make_study(tmp_path / "étude n° 1", "accueil")
    text = study.read_text(encoding="utf-8").replace('id = "étude n° 1"', 'id = "etude"')
    study.write_text(text, encoding="utf-8")
    template = make_template(tmp_path / "modèle é.ipynb", "print('é')\nsave(study='etude')")
    environment = {**os.environ, "LC_ALL": "C", "LANG": "C"}
    command = [sys.executable, "-m", "impactkit.cli", "run", str(tmp_path / "**" / "study.toml")]
    command += ["--out", str(tmp_path / "sorties d'été"), "--template", str(template)]
    done = subprocess.run(command, env=environment, capture_output=True)
    assert done.returncode == 0, done.stderr
    assert [row.state for row in read_manifest(tmp_path / "sorties d'été")] == ["done"]


def test_a_stale_or_torn_lock_does_not_hold_the_folder(tmp_path: Path) -> None:
    study = make_study(tmp_path / "etude", "a")
    template = make_template(tmp_path / "t.ipynb", "save()")
    out = tmp_path / "out"
    out.mkdir()
    lock = out / LOCK
    lock.write_text("", encoding="utf-8")
    os.utime(lock, (0, 0))
    assert run_batch([study], out=out, template=template).failed == 0
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    holder = {"pid": ended.pid, "born": 1.0, "since": "2026-01-01T00:00:00Z", "total": 1}
    import socket

    lock.write_text(json.dumps({**holder, "host": socket.gethostname()}), encoding="utf-8")
    assert run_batch([study], out=out, template=template).failed == 0
    lock.write_text(json.dumps({**holder, "host": "ailleurs"}), encoding="utf-8")
    with pytest.raises(HeldError, match="ailleurs"):
        run_batch([study], out=out, template=template)
