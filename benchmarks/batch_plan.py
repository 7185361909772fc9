"""What a batch costs beside its reports: plan, judgement together, manifest, index, status, a second run.

    python benchmarks/batch_plan.py [reports]

One study of the shipped sample is run; the others are its copies, under their own names, and their reports
are written down without being made. Processor time of this process and the memory that it holds after each
step.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from batch import ACTION, copies

from impactkit.batch import read_manifest, run_batch
from impactkit.batch.index import write_index
from impactkit.batch.job import EVIDENCE, Outcome, Planned
from impactkit.batch.manifest import Manifest, row_of
from impactkit.batch.plan import plan_batch
from impactkit.batch.together import plan_together

Made = TypeVar("Made")


def main() -> None:
    number = int((sys.argv[1:] or ["10000"])[0])
    folder = Path(tempfile.mkdtemp(prefix="impactkit-bench-"))
    first = next(iter(copies(folder / "first", 1).iterdir()))
    made = run_batch([first], out=folder / "made", actions=[ACTION])
    assert made.failed == 0
    studies = [_copy(first, folder / "studies" / f"etude-{rank:05}") for rank in range(number)]
    out = folder / "out"
    out.mkdir()

    def step(name: str, work: Callable[[], Made]) -> Made:
        started = time.process_time()
        done = work()
        spent = time.process_time() - started
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        held = pages * os.sysconf("SC_PAGE_SIZE") / 1e6
        print(f"{name:24} {spent:7.2f} s  {1000 * spent / number:6.2f} ms a report  {held:5.0f} MB")
        return done

    alone = step("plan", lambda: plan_batch(studies, actions=[ACTION]))
    plan, _ = step("together", lambda: plan_together(alone, out))
    manifest = Manifest(out)
    step("manifest, line by line", lambda: _write_down(manifest, plan.reports))
    _put(plan.reports, folder / "made" / first.name / ACTION, out)
    step("manifest and table", manifest.tidy)
    step("index", lambda: write_index(out, manifest.rows, language="fr"))
    assert len(step("status", lambda: read_manifest(out))) == number
    again = step("run --resume", lambda: run_batch(studies, out=out, actions=[ACTION], resume=True))
    assert {row.state for row in again.rows} == {"skipped"}
    for name in ("index.html", "manifest.jsonl", "manifest.csv"):
        print(f"{name}: {(out / name).stat().st_size / 1e6:.1f} MB")
    shutil.rmtree(folder)


def _copy(study: Path, place: Path) -> Path:
    """Copy a study under another name; its tables are the same files."""
    shutil.copytree(study, place, copy_function=os.link)
    file = place / "study.toml"
    text = file.read_text(encoding="utf-8").replace(f'id = "{study.name}"', f'id = "{place.name}"', 1)
    file.unlink()
    file.write_text(text, encoding="utf-8")
    return place


def _write_down(manifest: Manifest, reports: tuple[Planned, ...]) -> None:
    now = dt.datetime.now(dt.UTC)
    outcome = Outcome(
        state="done", started=now, finished=now, wall_s=0.3, cpu_s=0.2, executor="warm", strength=3
    )
    for planned in reports:
        manifest.set(row_of(planned, outcome, report=f"{planned.study}/{planned.action}/report.html"))


def _put(reports: tuple[Planned, ...], made: Path, out: Path) -> None:
    """Put the report that was made in every place, told of each study."""
    evidence = (made / EVIDENCE).read_text(encoding="utf-8")
    own = next(line for line in evidence.splitlines() if '"study_sha256"' in line).split('"')[3]
    for planned in reports:
        place = out / planned.study / planned.action
        place.mkdir(parents=True)
        told = evidence.replace("etude-0000", planned.study).replace(own, planned.study_sha256)
        (place / EVIDENCE).write_text(told, encoding="utf-8")
        for name in ("report.html", "notebook.ipynb"):
            os.link(made / name, place / name)


if __name__ == "__main__":
    main()
