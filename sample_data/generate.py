"""Make the two invented sample studies: `python sample_data/generate.py [folder]`.

Every file is written again from one seed, byte for byte the same: data files and ``VERITE.toml``, which
states the true effects. The ``study.toml`` files are written by hand and left alone.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from making import contract, pact
from making.midterm import midterm_tables
from making.truth import write_truths

HERE = Path(__file__).resolve().parent
SEED = 20260409  # the day the ministry signed the instruction; each action draws from its own stream of it


def generate(folder: Path) -> None:
    """Write the data and the true effects of both studies under ``folder``."""
    for name, actions in (("insertion_emploi", pact.ACTIONS), ("insertion_emploi_cls", contract.ACTIONS)):
        data = folder / name / "data"
        data.mkdir(parents=True, exist_ok=True)
        truths = [make(data, seed=SEED) for make in actions]
        write_truths(folder / name / "VERITE.toml", truths, seed=SEED)
    midterm_tables(folder / "insertion_emploi_cls" / "data")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Fabriquer les jeux de données d'exemple inventés.")
    parser.add_argument(
        "folder", nargs="?", type=Path, default=HERE, help="dossier où écrire (par défaut ici)"
    )
    generate(parser.parse_args().folder)
