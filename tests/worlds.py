"""Small worlds with a known truth, as data frames."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

import impactkit as ik

ARMS = ("beneficiary", "waiting_list")


def two_waves(
    n: int = 100,
    *,
    effect: float = 0.0,
    trend: float = 0.0,
    gap: float = 0.0,
    trend_gap: float = 0.0,
    spread: float = 1.0,
    noise: float = 0.5,
    waves: tuple[int, ...] = (0, 6),
    shifts: Mapping[int, float] | None = None,
    lost: tuple[int, int] = (0, 0),
    arms: tuple[str, ...] = ARMS,
    seed: int = 1,
) -> pd.DataFrame:
    """Return people in arms of ``n``: a level of their own, a common trend, an effect after wave 0.

    ``gap`` sets beneficiaries apart from the start, ``trend_gap`` per wave, ``shifts`` at some waves;
    ``spread`` multiplies the standard deviation of their levels; ``lost`` people of each arm are not seen at
    the last wave.
    """
    rng = np.random.default_rng(seed)
    frames = []
    for i, arm in enumerate(arms):
        treated = arm == "beneficiary"
        level = rng.normal(10, 1, n) * (spread if treated else 1) + (gap - 10 * (spread - 1)) * treated
        for step, wave in enumerate(waves):
            y = level + trend * step + rng.normal(0, noise, n)
            y += treated * (trend_gap * step + effect * (wave > 0) + (shifts or {}).get(wave, 0.0))
            if wave == waves[-1]:
                y[: lost[i]] = np.nan
            ids = [f"PERSONNE-{arm}-{k:04d}" for k in range(n)]
            entry = 6 if treated else np.inf
            frames.append(pd.DataFrame({"id": ids, "wave": wave, "arm": arm, "entry": entry, "y": y}))
    return pd.concat(frames, ignore_index=True)


def as_share(frame: pd.DataFrame, cut: float) -> pd.DataFrame:
    """Return the world with a yes/no outcome: above the cut."""
    return frame.assign(y=(frame["y"] > cut).where(frame["y"].notna()).astype(float))


def evidence_of(
    frame: pd.DataFrame, *, method="did", minimum_effect=None, comparison="waiting_list", **declared
):
    """Run the road from a frame to the evidence."""
    cohort = ik.cohort_from_frame(frame, unit="id", period="wave", arm="arm", entry="entry", outcomes=["y"])
    design = ik.declare_design(cohort, comparison=comparison, minimum_effect=minimum_effect, **declared)
    return ik.assess(getattr(ik, method)(design))
