"""The reader who looks for a masked share behind an effect reads what the record tells, and nothing else."""

import numpy as np
import pandas as pd
import pytest
from masked_shares import paired, told, two_shares

import impactkit as ik
from impactkit.evidence.record import Record


def record_of(n1: int, n2: int, a: int, b: int) -> Record:
    yes = np.concatenate([np.arange(n1) < a, np.arange(n2) < b])
    people = [f"p{i}" for i in range(n1 + n2)]
    frame = pd.DataFrame({"person": people, "helped": (np.arange(n1 + n2) < n1).astype(int), "y": yes})
    cohort = ik.cohort_from_frame(frame, unit="person", outcomes=["y"], arm="helped", covariates=[])
    return ik.assess(ik.compare_groups(ik.declare_design(cohort, comparison="waiting_list"))).record


@pytest.mark.parametrize("world", [(100, 100, 3, 30), (40, 60, 8, 33), (300, 200, 9, 12)])
def test_the_reader_s_worlds_are_told_as_the_record_tells_them(world):
    n1, n2, a, b = world
    effect = record_of(*world).effect
    assert effect is not None
    step = 0.01
    ends = (round(effect.conf_low / step), round(effect.conf_high / step))
    assert two_shares(n1, n2, machine=False)[a, b] == ends
    machine = (*ends, round(effect.estimate / step), round(10 * effect.std_error / step), effect.df)
    assert two_shares(n1, n2, machine=True)[a, b] == machine


def test_a_paired_world_is_told_as_the_record_tells_it():
    n, gained, lost = 60, 14, 5
    before = np.arange(n) >= n - 20  # the last 5 lose it, the first 14 gain it
    after = (np.arange(n) < gained) | (before & (np.arange(n) < n - lost))
    frames = [
        pd.DataFrame({"id": np.arange(n).astype(str), "wave": wave, "arm": "beneficiary", "entry": 6, "y": y})
        for wave, y in ((0, before), (6, after))
    ]
    frame = pd.concat(frames, ignore_index=True)
    cohort = ik.cohort_from_frame(frame, unit="id", period="wave", arm="arm", entry="entry", outcomes=["y"])
    design = ik.declare_design(cohort, comparison="none", window=(0, 6))
    effect = ik.assess(ik.before_after(design)).record.effect
    assert effect is not None
    ends = (round(100 * effect.conf_low), round(100 * effect.conf_high))
    machine = (*ends, round(100 * effect.estimate), round(1000 * effect.std_error), effect.df)
    assert paired(n, machine=True)[gained, lost] == machine


def test_the_page_tells_less_than_the_machine():
    assert told(-0.27, 0.0491, 125.9, machine=False) == (-37, -17)
    assert told(-0.27, 0.0491, 125.9, machine=True) == (-37, -17, -27, 49, 125)
