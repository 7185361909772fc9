"""Pairs of rows and their odds by Splink: a database does the comparisons, for the largest registers.

Splink works in DuckDB, in memory, with no extension, no file and no network; its journal is kept quiet. It
compares the values that `link` compares (`Fields`), so that both read files alike.

References
----------
Linacre, Lindsay, Manassis, Slade & Hepworth (2022), *International Journal of Population Data Science* 7(3).
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from impactkit.cohort.linking.compare import Floats
from impactkit.cohort.linking.fields import Codes, Fields, Name, Texts
from impactkit.errors import DataError, Problem

# Pairs less probable than this are not brought back from the database.
_LEAST = 0.01
# Pairs drawn to see how often people who are not the same agree, and the seed of the draw.
_RANDOM_PAIRS, _SEED = 1e6, 1
# The share of the people in both files whose name and date of birth are equal: Splink asks for it.
_FOUND_EQUAL = 0.8
# With fewer rows in either file, nothing can be learnt.
_FEWEST = 50
# Pairs are compared that agree on one of these; the last columns hold day and month in either order.
_BLOCKS = (
    ("birth",),
    ("last", "first"),
    ("phone",),
    ("email",),
    ("first", "substr(birth, 1, 7)"),
    ("last", "substr(birth, 1, 7)"),
    ("first", "turned"),
    ("last", "turned"),
)
# Stands last, where the code -1 of what is missing points.
_UNKNOWN: Texts = np.array([None], dtype=object)
# No extension is fetched and nothing is spilled to a disk.
_IN_MEMORY: dict[str, str | bool | int | float | list[str]] = {
    "temp_directory": "",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}


def splink_pairs(fields: Fields) -> tuple[Codes, Codes, Floats]:
    """Return the pairs that Splink finds, and the logarithm of the odds that each is one person.

    Parameters
    ----------
    fields : Fields

    Returns
    -------
    left, right : (p,) arrays of int
        Positions in each file, sorted by left, then right.
    odds : (p,) array

    Raises
    ------
    DataError
        E-LIE-04 when Splink is not installed, E-LIE-05 when it cannot work on these files.
    """
    if find_spec("splink") is None or find_spec("duckdb") is None:
        raise DataError([Problem(code="E-LIE-04")])
    if min(fields.n_left, fields.n - fields.n_left) < _FEWEST:
        raise DataError([Problem(code="E-LIE-05")])
    try:
        with _quiet():
            found = _predicted(_table(fields), fields.n_left)
    except Exception:
        # What the database says may hold a name: it goes no further.
        raise DataError([Problem(code="E-LIE-05")]) from None
    rows = found[["row_l", "row_r"]].to_numpy(dtype=np.intp)
    left, right = rows.min(axis=1), rows.max(axis=1) - fields.n_left
    order = np.lexsort((right, left))
    # Splink writes odds as powers of two.
    return left[order], right[order], found["match_weight"].to_numpy(dtype=float)[order] * np.log(2)


@contextmanager
def _quiet() -> Iterator[None]:
    journal = logging.getLogger("splink")
    before = journal.level
    journal.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        journal.setLevel(before)


def _predicted(people: pa.Table, n_left: int) -> pd.DataFrame:
    """Train Splink on the people of two files, and return the pairs that it finds."""
    import duckdb  # heavy, and installed by those who asked for it
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    blocks: list[Any] = [block_on(*key) for key in _BLOCKS if key[0] in people.column_names]
    settings = SettingsCreator(
        link_type="link_only",
        unique_id_column_name="row",
        blocking_rules_to_generate_predictions=blocks,
        comparisons=_comparisons(people.column_names),
        retain_intermediate_calculation_columns=False,
        retain_matching_columns=False,
    )
    with duckdb.connect(":memory:", config=_IN_MEMORY) as connection:
        database = DuckDBAPI(connection)
        sides = (people.slice(0, n_left), people.slice(n_left))
        registers = [database.register(side) for side in sides]
        linker = Linker(registers, settings, log_level=None)
        training = linker.training
        training.estimate_probability_two_random_records_match(
            [block_on("birth", "last", "first")], recall=_FOUND_EQUAL
        )
        training.estimate_u_using_random_sampling(max_pairs=_RANDOM_PAIRS, seed=_SEED)
        for key in (("birth",), ("last", "first")):
            training.estimate_parameters_using_expectation_maximisation(block_on(*key))
        predicted = linker.inference.predict(threshold_match_probability=_LEAST)
        # Read before the connection is closed.
        found: pd.DataFrame = predicted.as_pandas_dataframe()  # type: ignore[no-untyped-call]
    return found


def _comparisons(held: list[str]) -> list[Any]:
    import splink.comparison_library as cl

    names = [
        cl.JaroWinklerAtThresholds(name, [0.92, 0.85]).configure(term_frequency_adjustments=True)
        for name in ("last", "first")
    ]
    found: list[Any] = [*names, cl.DateOfBirthComparison("birth", input_is_string=True)]
    if "phone" in held:
        found.append(cl.LevenshteinAtThresholds("phone", [1]))
    return [*found, *(cl.ExactMatch(name) for name in ("sex", "postcode", "email") if name in held)]


def _table(fields: Fields) -> pa.Table:
    """Return the people of both files as texts, null where they are not known."""
    known = fields.year > 0
    low, high = np.minimum(fields.month, fields.day), np.maximum(fields.month, fields.day)
    texts = {
        "last": _named(fields.last),
        "first": _named(fields.first),
        "birth": _dated(fields.year, fields.month, fields.day, known),
        "turned": _dated(fields.year, low, high, known),
    }
    for name, codes, words in (
        ("sex", fields.sex, None),
        ("postcode", fields.postcode, fields.postcodes),
        ("phone", fields.phone, fields.phones),
        ("email", fields.email, None),
    ):
        if codes is not None:
            texts[name] = _texts(codes, words)
    # Typed, so that a column of which nothing is known is one of texts too.
    columns = {name: pa.array(values, type=pa.string(), from_pandas=True) for name, values in texts.items()}
    return pa.table({"row": np.arange(fields.n), **columns})


def _named(name: Name) -> Texts:
    return np.concatenate([name.joined, _UNKNOWN])[name.codes]


def _dated(year: Codes, month: Codes, day: Codes, known: np.ndarray) -> Texts:
    texts = [f"{y:04d}-{m:02d}-{d:02d}" for y, m, d in zip(year, month, day, strict=True)]
    return np.where(known, np.array(texts, dtype=object), _UNKNOWN)


def _texts(codes: Codes, words: Texts | None) -> Texts:
    """Return the text of each row; its code, where only equality counts."""
    told: Texts = np.arange(int(codes.max(initial=-1)) + 1).astype(str) if words is None else words
    return np.concatenate([told.astype(object), _UNKNOWN])[codes]
