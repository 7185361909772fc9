"""A territory's monthly series, as it may be drawn."""

from __future__ import annotations

import numpy as np
import pandas as pd

from impactkit.cohort.cohort import ENTRY, PERIOD, UNIT
from impactkit.disclosure import is_small
from impactkit.estimators.result import Estimate
from impactkit.evidence.record import SeriesRecord


def series_record(estimate: Estimate) -> SeriesRecord | None:
    """Return the months of the treated territory and of those it is compared with.

    Only a study's periods are months: those of a frame may be anything, and are not drawn. Monthly counts of
    fewer people than the secrecy rules allow are left out, as gaps in the line.
    """
    design = estimate.design
    if estimate.method != "interrupted_series" or design.cohort.study is None:
        return None
    panel = design.cohort.panel
    treated = panel[UNIT].map(design.units()["treated"])
    followed = panel[treated.notna()].assign(treated=treated)
    by_month = followed.groupby(["treated", PERIOD])[design.outcome].mean()
    months = sorted({month for _, month in by_month.index})

    def line(group: bool) -> tuple[float | None, ...]:
        values = (by_month.get((group, month), np.nan) for month in months)
        return tuple(_shown(float(value), estimate) for value in values)

    start = panel.loc[np.isfinite(panel[ENTRY]), ENTRY].min()
    return SeriesRecord(
        months=tuple(_month_name(month) for month in months),
        treated=line(True),
        comparison=line(False) if design.comparison != "none" else None,
        start=_month_name(start),
    )


def _shown(value: float, estimate: Estimate) -> float | None:
    if pd.isna(value) or is_small(int(np.ceil(abs(value))), estimate.design.cohort.profile):
        return None
    return value


def _month_name(month: float) -> str:
    year, index = divmod(int(month), 12)
    return f"{year:04d}-{index + 1:02d}"
