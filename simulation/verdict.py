"""What the verdict says in worlds whose truth is known, over analyses, sizes, effects and what goes wrong.

    python simulation/verdict.py [--quick] [--so-far] [--jobs N] [--results FILE] [--page FILE]

Each world goes the whole way: cohort, design, estimate, checks, verdict. Counts are written as they come to
``build/verdict-simulation.jsonl``; a run that was stopped goes on where it was, as long as neither the
package nor the worlds have changed. Then the page ``docs/validation/verdict.md`` is written from the counts,
bars included. With ``--quick``, a tenth of the worlds, it is printed; with ``--so-far``, it tells what is
counted, and nothing more is. The exit code is 1 when a bar is missed.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import multiprocessing
import os
import resource
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from situations import Situation, where_assumptions_hold, where_something_goes_wrong
from verdict_bars import Counted, bars
from verdict_page import Run, page
from verdict_tally import Tally, tally, total

import impactkit

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "build" / "verdict-simulation.jsonl"
PAGE = ROOT / "docs" / "validation" / "verdict.md"


@dataclass(frozen=True, slots=True)
class Worlds:
    """How many worlds by situation: the bar of 2.5 % asks for more where there is no effect."""

    without_effect: int
    others: int


FULL, QUICK = Worlds(72, 24), Worlds(6, 2)
# Worlds in one go: what is lost at most when a run is stopped.
BATCH = 12


def situations() -> tuple[Situation, ...]:
    """Return every situation of a run."""
    return (*where_assumptions_hold(), *where_something_goes_wrong())


def batches(situation: Situation, worlds: Worlds) -> Iterator[range]:
    """Yield the numbers of the worlds of each batch of a situation."""
    bare = not situation.wrong and situation.effect == 0
    wanted = worlds.without_effect if bare else worlds.others
    for start in range(0, wanted, BATCH):
        yield range(start, min(start + BATCH, wanted))


def fingerprint() -> str:
    """Return a fingerprint of what results depend on: the package, and the worlds."""
    here = [ROOT / "simulation" / f"{name}.py" for name in ("analyses", "situations", "verdict_tally")]
    digest = hashlib.sha256()
    for file in [*sorted(Path(impactkit.__file__).parent.rglob("*.py")), *here]:
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


def count_all(worlds: Worlds, *, jobs: int, results: Path) -> None:
    """Count what is not counted yet, and write it as it comes."""
    code = fingerprint()
    done = read_results(results, code)
    todo = [
        (situation, batch)
        for situation in situations()
        for batch in batches(situation, worlds)
        if (situation.key, str(batch)) not in done
    ]
    todo.sort(key=lambda one: one[1].start)  # every situation a little, before any in full
    results.parent.mkdir(parents=True, exist_ok=True)
    # Small matrices: threads of linear algebra only get in the way, and must be told so before workers start.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=fresh) as pool, results.open("a", encoding="utf-8") as file:
        running = {pool.submit(tally, situation, batch): (situation, batch) for situation, batch in todo}
        for n, future in enumerate(as_completed(running), start=1):
            situation, batch = running[future]
            line = {
                "code": code,
                "key": situation.key,
                "batch": str(batch),
                "tally": future.result().as_json(),
            }
            file.write(json.dumps(line) + "\n")
            file.flush()
            if n % 25 == 0 or n == len(todo):
                print(f"{n} / {len(todo)}", file=sys.stderr)


def counted(worlds: Worlds, results: Path) -> list[Counted]:
    """Return what is counted of each situation."""
    done = read_results(results, fingerprint())
    found = (
        (situation, [done.get((situation.key, str(batch))) for batch in batches(situation, worlds)])
        for situation in situations()
    )
    return [(situation, total(one for one in tallies if one)) for situation, tallies in found if any(tallies)]


def read_results(results: Path, code: str) -> dict[tuple[str, str], Tally]:
    """Return what was counted with the same code; a line cut short by a stop is left out."""
    done = {}
    for line in results.read_text(encoding="utf-8").splitlines() if results.exists() else ():
        try:
            one = json.loads(line)
        except json.JSONDecodeError:
            continue
        if one["code"] == code:
            done[one["key"], one["batch"]] = Tally.from_json(one["tally"])
    return done


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, write the page, and say whether every bar is held."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--quick", action="store_true", help="a tenth of the worlds; prints the page")
    parser.add_argument(
        "--so-far", action="store_true", help="count nothing more: the page of what is counted"
    )
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--results", type=Path, default=RESULTS, help="file of counts, to go on from")
    parser.add_argument("--page", type=Path, help="where to write the page")
    asked = parser.parse_args(arguments)
    worlds = QUICK if asked.quick else FULL
    if not asked.so_far:
        count_all(worlds, jobs=asked.jobs, results=asked.results)
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        print(f"{used.ru_utime + used.ru_stime:.0f} s of processor", file=sys.stderr)
    found = counted(worlds, asked.results)
    options = [name for name, given in (("--quick", asked.quick), ("--so-far", asked.so_far)) if given]
    command = " ".join(["python simulation/verdict.py", *options])
    text = page(found, Run(date=date.today().isoformat(), command=command, version=fingerprint()))
    if asked.quick and asked.page is None:
        print(text)
    else:
        (asked.page or PAGE).write_text(text, encoding="utf-8")
    return int(any(bar.missed for bar in bars(found)))


if __name__ == "__main__":
    sys.exit(main())
