"""Time and memory of a synthesis of 10 000 records.

    python benchmarks/synthesis.py [records]

The records are made as the tests make them, then read, pooled and written in a process of their own, whose
peak of memory is told.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent


def measure(folder: str) -> None:
    start = time.perf_counter()
    cpu = time.process_time()
    from impactkit.document.to_page import to_page
    from impactkit.synthesis import gather, synthesis_document, synthesise

    loaded = time.perf_counter()
    gathered = gather([folder])
    read = time.perf_counter()
    found = synthesise(gathered, by="region")
    pooled = time.perf_counter()
    page = to_page(synthesis_document(found, language="fr"))
    done = time.perf_counter()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{len(gathered.measures)} mesures : modules {loaded - start:.1f} s, lecture {read - loaded:.1f} s, "
        f"synthèse {pooled - read:.1f} s, page {done - pooled:.1f} s ({len(page) / 1e6:.1f} Mo) ; "
        f"en tout {done - start:.1f} s ({time.process_time() - cpu:.1f} s de processeur), {peak:.0f} Mo"
    )


def main(n: int) -> None:
    sys.path.insert(0, str(ROOT / "tests"))
    from many_records import records, write

    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), records(n, seed=1))
        size = sum(path.stat().st_size for path in Path(folder).rglob("*.json"))
        print(f"{n} fichiers, {size / 1e6:.0f} Mo")
        subprocess.run([sys.executable, __file__, "--measure", folder], check=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        measure(sys.argv[2])
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
