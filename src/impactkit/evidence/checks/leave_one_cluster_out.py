"""Does one site make the result?"""

from __future__ import annotations

import numpy as np

from impactkit.errors import EstimationError
from impactkit.estimators.inference.left_out import cluster_changes
from impactkit.estimators.inference.linear import fit
from impactkit.estimators.result import Estimate
from impactkit.evidence import rules_sensitivity
from impactkit.evidence.check import Check
from impactkit.evidence.claim import claim_of
from impactkit.evidence.regression import regression_of
from impactkit.text import Message


def leave_one_cluster_out(estimate: Estimate) -> Check:
    """Leave out each site in turn, and judge the result without the one on which it rests most.

    The estimate moves by as much as the regression behind it.
    """
    claim = claim_of(estimate)
    try:
        regression = regression_of(estimate)
        assert regression.clusters is not None  # asked of designs with sites only
        fitted = fit(X=regression.with_treatment, y=regression.y, weights=regression.weights)
        direction = np.zeros(fitted.Q.shape[1])
        direction[1] = 1.0
        changes = cluster_changes(fitted, direction, clusters=regression.clusters)
    except EstimationError:
        return Check(
            key="leave_one_cluster_out",
            status="not_run",
            reason=Message("check.leave_one_cluster_out.needed"),
        )
    without = claim.value - changes
    worst = float(without[np.argmax(without * claim.against)])
    answer = rules_sensitivity.resting_cap(
        left=1.0 if claim.is_absence else worst / claim.value, overturned=claim.overturned_at(worst)
    )
    kept = "absence" if claim.is_absence else "none"
    kind = {"ok": kept, "caution": "half", "fail": "overturned"}[answer.status]
    return Check(
        key="leave_one_cluster_out",
        status=answer.status,
        threshold=rules_sensitivity.LARGE_PART,
        reason=Message(f"check.leave_one_cluster_out.{kind}"),
        cap=answer.cap,
    )
