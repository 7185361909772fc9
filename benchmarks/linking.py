"""Linking two made registers: people found again, time and memory, beside exact keys and Splink.

    python benchmarks/linking.py [people ...]

Prints one line per method and size, all in this run and on the same files. ``backend`` is `link` with
``backend="splink"``; ``splink`` is Splink called as its own guide does (version 5, DuckDB), one link per
record of the second file at 90 % or more. Both want it installed. The last column is the recall of each at
equal precision: that of the links that impactkit returns, the most probable links first.
"""

from __future__ import annotations

import importlib.util
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1] / "simulation"))
from register import made_registers

from impactkit.cohort.linking import link
from impactkit.files.plain_name import plain_name

SIZES = (10_000, 100_000)
CONTACTS = {name: name for name in ("sex", "postcode", "phone", "email")}
Links = pd.DataFrame


def ours(left: pd.DataFrame, right: pd.DataFrame) -> Links:
    return link(
        left, right, last_name="last_name", first_name="first_name", birth_date="birth_date", **CONTACTS
    )


def backend(left: pd.DataFrame, right: pd.DataFrame) -> Links:
    names = {"last_name": "last_name", "first_name": "first_name", "birth_date": "birth_date"}
    return link(left, right, **names, **CONTACTS, backend="splink")


def exact(left: pd.DataFrame, right: pd.DataFrame) -> Links:
    def keyed(frame: pd.DataFrame, side: str) -> pd.DataFrame:
        names = [frame[name].map(plain_name).str.replace(" ", "") for name in ("last_name", "first_name")]
        key = names[0] + "|" + names[1] + "|" + frame["birth_date"]
        return pd.DataFrame({"key": key.where(frame["birth_date"] != ""), side: range(len(frame))}).dropna()

    return keyed(left, "left").merge(keyed(right, "right"), on="key")[["left", "right"]]


def splink(left: pd.DataFrame, right: pd.DataFrame) -> Links:
    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    def prepared(frame: pd.DataFrame) -> pd.DataFrame:
        out = frame.assign(unique_id=range(len(frame)))
        for name in ("last_name", "first_name"):
            out[name] = frame[name].map(plain_name).str.replace(" ", "")
        out["phone"] = frame["phone"].str.replace(" ", "")
        day = frame["birth_date"]
        out["dob"] = (day.str[6:] + "-" + day.str[3:5] + "-" + day.str[:2]).where(day != "")
        out = out.drop(columns="birth_date").astype(object)
        return out.where(out != "", None)

    names = [
        cl.JaroWinklerAtThresholds(name, [0.92, 0.85]).configure(term_frequency_adjustments=True)
        for name in ("last_name", "first_name")
    ]
    others = [cl.ExactMatch(name) for name in ("sex", "postcode", "email")]
    keys = [("dob",), ("last_name", "first_name"), ("phone",), ("email",), ("first_name", "substr(dob,1,7)")]
    settings = SettingsCreator(
        link_type="link_only",
        blocking_rules_to_generate_predictions=[block_on(*key) for key in keys],
        comparisons=[
            *names,
            cl.DateOfBirthComparison("dob", input_is_string=True),
            cl.LevenshteinAtThresholds("phone", [1]),
            *others,
        ],
        retain_intermediate_calculation_columns=False,
    )
    database = DuckDBAPI()
    linker = Linker([database.register(prepared(frame)) for frame in (left, right)], settings)
    training = linker.training
    training.estimate_probability_two_random_records_match([block_on("dob", "last_name")], recall=0.8)
    training.estimate_u_using_random_sampling(max_pairs=1e6)
    for key in (("dob",), ("last_name", "first_name")):
        training.estimate_parameters_using_expectation_maximisation(block_on(*key))
    found = linker.inference.predict(threshold_match_probability=0.9).as_pandas_dataframe()
    found = found.sort_values("match_probability", ascending=False)
    first = found["source_dataset_l"] < found["source_dataset_r"]
    pairs = pd.DataFrame(
        {
            "left": found["unique_id_l"].where(first, found["unique_id_r"]),
            "right": found["unique_id_r"].where(first, found["unique_id_l"]),
            "score": found["match_probability"],
        }
    )
    return pairs.drop_duplicates("right")


def recall_at(precision: float, found: Links, good: np.ndarray, n_true: int) -> float:
    """Return the share of true links found by the most probable links that are right that often."""
    in_order = good[np.argsort(-found["score"].to_numpy(dtype=float), kind="stable")]
    so_far = np.cumsum(in_order)
    enough = so_far / np.arange(1, so_far.size + 1) >= precision
    return float(so_far[enough].max(initial=0) / n_true)


def main(sizes: tuple[int, ...]) -> None:
    methods: dict[str, Callable[[pd.DataFrame, pd.DataFrame], Links]] = {
        "impactkit": ours,
        "exact key": exact,
    }
    if importlib.util.find_spec("splink"):
        methods |= {"backend": backend, "splink": splink}
    print(
        "people  method     seconds  precision  recall  automatic: precision  recall"
        "  peak MB so far  recall at equal precision"
    )
    for n in sizes:
        left, right, truth = made_registers(n, seed=1)
        true = pd.MultiIndex.from_frame(truth)
        precision = 0.0
        for name, method in methods.items():
            start = time.perf_counter()
            found = method(left, right)
            seconds = time.perf_counter() - start
            good = pd.MultiIndex.from_frame(found[["left", "right"]].astype(int)).isin(true)
            automatic = found["status"].eq("auto").to_numpy() if "status" in found else good | True
            precision = float(good.mean()) if name == "impactkit" else precision
            equal = recall_at(precision, found, good, len(truth)) if "score" in found else float("nan")
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
            print(
                f"{n:6d}  {name:9s} {seconds:8.1f} {good.mean():10.4f} {good.sum() / len(truth):7.4f}"
                f" {good[automatic].mean():21.4f} {good[automatic].sum() / len(truth):7.4f} {peak:15d}"
                f" {equal:26.4f}"
            )


if __name__ == "__main__":
    main(tuple(int(size) for size in sys.argv[1:]) or SIZES)
