"""What ACRO 1.0.2 gives back on the made reports of ``disclosure.py``: an optional peer, measured.

    python -m venv /tmp/acro && /tmp/acro/bin/pip install "acro==1.0.2"
    /tmp/acro/bin/python benchmarks/acro_peer.py

ACRO asks for pandas 2 and is no dependency: this file imports it and nothing of impactkit. The 20 files of
400 people are those of ``disclosure.report`` (same seeds, same draws), to which an amount is added. Threshold
10, ``suppress=True``, ACRO's own defaults. Of the table age by outcome, with its margins:

``total``: the total of the table is not the number of people, which the model of the session prints;
``lone``: a cell masked alone in its column, whose true total another table of the session shows, given back
by subtraction; ``mean``: the mean of a cell of fewer than 10 people left in a ``pivot_table`` of two.
"""

from __future__ import annotations

import logging
import os
import tempfile
import warnings
from collections import Counter

import numpy as np
import pandas as pd

FILES, PEOPLE, THRESHOLD = 20, 400, 10
CATEGORIES = {"sexe": 2, "age": 5, "commune": 8, "diplome": 4, "logement": 3, "issue": 2}


def made(seed: int) -> pd.DataFrame:
    """Return the people of a report of ``disclosure.py``, with an amount."""
    rng = np.random.default_rng(seed)
    drawn = {n: rng.choice(k, size=PEOPLE, p=rng.dirichlet(np.full(k, 2.0))) for n, k in CATEGORIES.items()}
    return pd.DataFrame(drawn).astype(str).assign(revenu=rng.normal(1000, 200, PEOPLE).round())


def measured(frame: pd.DataFrame) -> Counter[str]:
    """Return what a reader of the session has back."""
    from acro import ACRO  # an optional peer, not installed with impactkit

    session, found = ACRO(suppress=True), Counter[str]()
    table = session.crosstab(frame["age"], frame["issue"], margins=True)
    true = pd.crosstab(frame["age"], frame["issue"])
    found["total"] += int(table.iloc[-1, -1]) != PEOPLE
    body = table.iloc[:-1, :-1].reindex(index=true.index, columns=true.columns)
    masked = body.isna() | ((body == 0) & (true > 0))
    found["masked"] += int(masked.to_numpy().sum())
    totals = frame["issue"].value_counts()
    for column in true.columns:
        hidden = list(true.index[masked[column]])
        if len(hidden) == 1:
            found["lone"] += 1
            back = int(totals[column] - body[column].sum(skipna=True))
            found["lone given back"] += back == int(true.loc[hidden[0], column])
    asked = {"index": ["age"], "columns": ["issue"], "values": ["revenu"]}
    means = session.pivot_table(frame, **asked, aggfunc=["mean", "count"])["mean"]["revenu"]
    small = [
        (row, column)
        for row in true.index
        for column in true.columns
        if 0 < true.loc[row, column] < THRESHOLD
    ]
    found["small means"] += len(small)
    found["mean left"] += sum(
        row in means.index and column in means.columns and pd.notna(means.loc[row, column])
        for row, column in small
    )
    return found


def main() -> None:
    """Print what was given back over all files."""
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    os.chdir(tempfile.mkdtemp())  # ACRO writes where it runs
    whole = sum((measured(made(seed)) for seed in range(FILES)), Counter[str]())
    print(f"{FILES} files of {PEOPLE} people")
    for name, n in whole.items():
        print(f"{name:20}{n:6}")


if __name__ == "__main__":
    main()
