"""Reference data and values of `tests/reference`, and the shipped NSW data."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

_HERE = Path(__file__).parent
_NSW = _HERE.parent / "sample_data" / "nsw" / "data"

NSW_COVARIATES = ["age", "educ", "black", "hisp", "marr", "nodegree", "re74", "re75"]


def table(name: str) -> pd.DataFrame:
    return pd.read_csv(_HERE / "reference" / f"{name}.csv")


def nsw() -> pd.DataFrame:
    return pd.read_csv(_NSW / "nsw_dw.csv")


def nsw_and_cps() -> pd.DataFrame:
    """The beneficiaries of the experiment with the CPS pool."""
    experiment = nsw()
    return pd.concat(
        [experiment[experiment["treat"] == 1], pd.read_csv(_NSW / "cps1.csv")], ignore_index=True
    )


@cache
def _values() -> dict[str, Any]:
    return json.loads((_HERE / "reference" / "estimators.json").read_text(encoding="utf-8"))


@cache
def _series() -> dict[str, Any]:
    return json.loads((_HERE / "reference" / "series.json").read_text(encoding="utf-8"))


def series_reference(key: str) -> Any:
    return _series()[key]["values"]


def reference(key: str) -> dict[str, Any]:
    return _values()[key]["values"]


@cache
def _matching() -> dict[str, Any]:
    return json.loads((_HERE / "reference" / "matching.json").read_text(encoding="utf-8"))


def matching_reference(key: str) -> Any:
    return _matching()[key]["values"]
