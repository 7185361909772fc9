"""How long ``import impactkit`` takes, beside bare Python and pandas: medians of whole processes, one run.

Run: ``python benchmarks/import_time.py``. Bytecode is compiled first.
"""

import compileall
import statistics
import subprocess
import sys
import time
from pathlib import Path

import impactkit

RUNS = 15
CASES = {
    "python": "pass",
    "import impactkit": "import impactkit",
    "first verb (read_study)": "import impactkit as ik; ik.read_study",
    "import pandas": "import pandas",
}


def seconds(code: str) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)
    return time.perf_counter() - start


def main() -> None:
    """Print the median of each case and what it adds to bare Python."""
    compileall.compile_dir(str(Path(impactkit.__file__).parent), quiet=1)
    times: dict[str, list[float]] = {name: [] for name in CASES}
    for _ in range(RUNS):
        for name, code in CASES.items():
            times[name].append(seconds(code))
    bare = statistics.median(times["python"])
    for name, values in times.items():
        median = statistics.median(values)
        print(f"{name:28s} {median:6.3f} s   {median - bare:+.3f} s over bare Python")


if __name__ == "__main__":
    main()
