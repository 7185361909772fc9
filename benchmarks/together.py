"""What judging reports together adds to a batch: seconds of the processor, and their share of the rest.

    python benchmarks/together.py [reports] [jobs]

Made studies of six actions, each of 60 to 300 people followed twice. In one study of four, the actions share
most of their people, as when the same households pass from one to the next; in the others, nobody. The
processor of the whole tree of processes is counted, start-up included.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

import impactkit as ik
from impactkit.batch import run
from impactkit.batch.clerk import Clerk
from impactkit.batch.plan import Plan
from impactkit.batch.together import plan_together

REPORTS, ACTIONS, SHARING = 240, 6, 4
STUDY = """format = 1
kind = "pacte"
id = "pacte-{number:04}"
title = "Pacte {number}"
territory = {{ name = "Territoire {number}" }}
variables.score = {{ label = "Score", type = "number" }}
waves = [{{ id = "T0", label = "à l'entrée", months = 0 }}, {{ id = "T6", label = "à six mois", months = 6 }}]
"""
FILE = """
[[files]]
id = "f{i}"
path = "f{i}.csv"
[files.columns]
unit = "numero"
score = [{{ column = "avant", wave = "T0" }}, {{ column = "apres", wave = "T6" }}]
"""
ACTION = """
[[actions]]
id = "a{i}"
title = "Action {i}"
need = "Un besoin."
intended_effect = "Un effet."
start = 2024-01-08
files = ["f{i}"]
method = "before_after"
comparison = "none"
outcomes = [{{ variable = "score", primary = true, direction = "increase" }}]
"""


def write_study(folder: Path, number: int) -> None:
    """Write a study and its files."""
    rng = np.random.default_rng(number)
    shares = number % SHARING == 0
    folder.mkdir()
    actions = range(1, ACTIONS + 1)
    text = STUDY.format(number=number) + "".join(FILE.format(i=i) for i in actions)
    (folder / "study.toml").write_text(text + "".join(ACTION.format(i=i) for i in actions), encoding="utf-8")
    for i in actions:
        n = int(rng.integers(60, 300))
        first = i * 20 if shares else i * 1000
        before = rng.integers(10, 20, n)
        after = before + rng.integers(-2, 6, n)
        known = rng.random(n) < 0.8
        lines = [f"P{first + k:05};{before[k]};{after[k] if known[k] else ''}" for k in range(n)]
        (folder / f"f{i}.csv").write_text("\n".join(["numero;avant;apres", *lines, ""]), encoding="utf-8")


def spent() -> float:
    """Return the seconds of the processor of this process and of those that it has waited for."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def main(reports: int, jobs: int) -> None:
    """Make the studies, run the batch, and print what judging took."""
    judged = 0.0

    def timed(plan: Plan, out: Path, *, clerks: Sequence[Clerk]) -> object:
        nonlocal judged
        before = time.process_time()
        found = plan_together(plan, out)  # in this process: its time is told from the rest
        judged += time.process_time() - before
        return found

    run.plan_together = timed  # type: ignore[attr-defined]
    with tempfile.TemporaryDirectory() as work:
        studies = [Path(work) / f"pacte-{number:04}" for number in range(reports // ACTIONS)]
        for number, study in enumerate(studies):
            write_study(study, number)
        before = spent()
        result = ik.run_batch(studies, out=Path(work) / "sorties", jobs=jobs)
        rest = spent() - before - judged
        made = sum(row.state == "done" for row in result.rows)
        withheld = sum(row.kind == "secrecy" for row in result.rows)
        hidden = len(list(Path(work).glob("*/masks.toml")))
    print(
        f"{len(result.rows)} reports, {made} made, {withheld} withheld, {hidden} studies hide numbers: "
        f"judging {judged:.1f} CPU s, the rest {rest:.1f} CPU s: {judged / rest:.1%}"
    )


if __name__ == "__main__":
    asked = [int(word) for word in sys.argv[1:]]
    main(asked[0] if asked else REPORTS, asked[1] if len(asked) > 1 else 1)
