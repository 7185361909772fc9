"""Once the groups are made comparable, is anybody left to compare, and for how many beneficiaries?"""

from __future__ import annotations

import numpy as np

from impactkit.estimators.result import Estimate
from impactkit.evidence import rules
from impactkit.evidence.check import Check
from impactkit.evidence.credibility_start import design_start_of
from impactkit.text import Message


def overlap(estimate: Estimate) -> Check:
    """Judge the beneficiaries left out by matching or weighting, and what those compared are worth.

    The second is Kish's effective size ``(Σ w)² / Σ w²``: people with little weight count for little.
    """
    design = estimate.design
    assert design.comparable is not None  # else the question does not arise
    members = design.everyone.members()
    people, treated = design.cohort.rows.people[members.people], members.treated
    weights = design.comparable.weights_of(people)
    left_out = 1 - float((weights[treated] > 0).mean())
    analysed = people.isin(estimate.analysed)
    w = weights[~treated & analysed]
    effective = float(w.sum() ** 2 / np.square(w).sum()) if w.any() else 0.0
    n_treated = int((treated & analysed).sum())
    start = design_start_of(estimate)
    answer = rules.overlap_cap(left_out=left_out, effective=effective, n_treated=n_treated, start=start)
    return Check(
        key="overlap",
        status=answer.status,
        reason=Message(f"check.overlap.{answer.kind}"),
        cap=answer.cap,
    )
