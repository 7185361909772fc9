"""What a report costs as the cohort grows: one before-and-after action per size, made by the warm executor.

python benchmarks/batch_sizes.py [most rows]
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np

from impactkit.batch import run_batch

SIZES = (30, 300, 3_000, 30_000, 300_000, 1_000_000)
STUDY = """
format = 1
kind = "pacte"
id = "e{rows}"
title = "Pacte d'essai"
[territory]
name = "Essai"
[[waves]]
id = "T0"
label = "avant"
months = 0
[[waves]]
id = "T6"
label = "après"
months = 6
[variables.score]
label = "Score"
type = "number"
[[files]]
id = "suivi"
path = "suivi.csv"
arm = "beneficiary"
[files.columns]
unit = "personne"
score = [{{ column = "avant", wave = "T0" }}, {{ column = "apres", wave = "T6" }}]
[[actions]]
id = "a"
title = "Action"
need = "Un besoin."
intended_effect = "Un effet."
start = 2024-01-01
files = ["suivi"]
method = "before_after"
comparison = "none"
[[actions.outcomes]]
variable = "score"
primary = true
direction = "increase"
"""


def main() -> None:
    most = int(sys.argv[1]) if len(sys.argv) > 1 else SIZES[-1]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        studies = [written(folder / f"e{rows}", rows) for rows in SIZES if rows <= most]
        result = run_batch(studies, out=folder / "out", executor="warm", timeout=3600)
        for row in result.rows:
            print(f"{row.study[1:]:>9} rows {row.cpu_s:8.2f} CPU s {row.max_rss_mb:8.0f} MB {row.state}")


def written(folder: Path, rows: int) -> Path:
    """Write a study whose file has this many people, one row each."""
    folder.mkdir()
    draw = np.random.default_rng(rows)
    before = draw.integers(0, 100, rows)
    after = before + draw.integers(-5, 8, rows)
    lines = [f"p{rank};{x};{y}" for rank, (x, y) in enumerate(zip(before, after, strict=True))]
    (folder / "suivi.csv").write_text("personne;avant;apres\n" + "\n".join(lines) + "\n", encoding="utf-8")
    path = folder / "study.toml"
    path.write_text(STUDY.format(rows=rows), encoding="utf-8")
    return path


if __name__ == "__main__":
    main()
