"""A country's reports, computed: processor, clock, memory along the way, and whether nothing was mixed up.

    python benchmarks/batch_country.py [reports] [jobs] [formats]

Copies of the shipped pact under their own names, all their actions, through the command line; then the same
command with ``--resume``. The whole tree of processes is counted, start-up included. Memory is the sum of
what each process holds (PSS: shared pages counted once), looked at every few seconds.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import psutil
from batch import assert_compiled, copies

from impactkit.batch import read_manifest
from impactkit.files import read_study
from impactkit.files.resources import sample

_EVERY_S = 5.0


def main() -> None:
    defaults = ["1002", "2", "html"]
    given = sys.argv[1:] + defaults[len(sys.argv) - 1 :]
    reports, jobs, formats = int(given[0]), given[1], given[2]
    assert_compiled()
    actions = len(read_study(sample("insertion_emploi")).actions)
    folder = Path(tempfile.mkdtemp(prefix="impactkit-bench-"))
    studies = copies(folder / "studies", -(-reports // actions))
    out = folder / "out"
    command = [sys.executable, "-m", "impactkit", "run", *map(str, sorted(studies.iterdir()))]
    command += ["--out", str(out), "--jobs", jobs, "--format", formats]
    first = ran(command, folder / "first.log")
    rows = read_manifest(out)
    states = {state: sum(row.state == state for row in rows) for state in ("done", "failed", "skipped")}
    print(f"{len(rows)} reports of {actions} actions a study, {jobs} at a time, {formats}: {states}")
    told("first run", first, len(rows))
    for row in rows:
        if row.state == "done":
            evidence = json.loads(
                (out / row.study / row.action / "evidence.json").read_text(encoding="utf-8")
            )
            assert (evidence["study"], evidence["action"]) == (row.study, row.action)
    print("every report holds the evidence of its own study and action")
    told("second run, --resume", ran([*command, "--resume"], folder / "second.log"), len(rows))
    assert {row.state for row in read_manifest(out)} <= {"skipped", "failed"}
    size = sum(path.stat().st_size for path in out.rglob("*") if path.is_file())
    print(f"results: {size / 1e6:.0f} MB")
    shutil.rmtree(folder)


def ran(command: list[str], log: Path) -> tuple[float, float, list[tuple[float, float, float]]]:
    """Run a command; return its processor time, its clock, and memory along the way: time, driver, tree."""
    environment = {name: text for name, text in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    started = time.perf_counter()
    with log.open("wb") as told:
        process = subprocess.Popen(command, env=environment, stdout=told, stderr=told)
    seen: list[tuple[float, float, float]] = []
    watcher = threading.Thread(target=watch, args=(process.pid, started, seen), daemon=True)
    watcher.start()
    _, _, used = os.wait4(process.pid, 0)
    return used.ru_utime + used.ru_stime, time.perf_counter() - started, seen


def watch(pid: int, started: float, seen: list[tuple[float, float, float]]) -> None:
    """Note what a process and its whole tree hold, in megabytes, until it ends."""
    driver = psutil.Process(pid)
    while True:
        try:
            own = driver.memory_full_info().pss / 1e6
            tree = own + sum(one.memory_full_info().pss / 1e6 for one in driver.children(recursive=True))
            seen.append((time.perf_counter() - started, own, tree))
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            if not psutil.pid_exists(pid) or driver.status() == psutil.STATUS_ZOMBIE:
                return
        time.sleep(_EVERY_S)


def told(name: str, found: tuple[float, float, list[tuple[float, float, float]]], reports: int) -> None:
    """Print what a run took, and its memory at each tenth of its time."""
    cpu, clock, seen = found
    print(f"{name}: {cpu:.0f} CPU s ({cpu / reports:.3f} a report), {clock / 60:.1f} min")
    for share in range(0, 101, 10):
        if seen:
            at, own, tree = seen[min(len(seen) - 1, share * len(seen) // 100)]
            print(f"  {share:3} %  {at / 60:5.1f} min  driver {own:5.0f} MB  all {tree:5.0f} MB PSS")


if __name__ == "__main__":
    main()
