"""Do a few people make the result?"""

from __future__ import annotations

import numpy as np

from impactkit.errors import EstimationError
from impactkit.estimators.inference.left_out import change_without
from impactkit.estimators.inference.linear import fit, person_scores
from impactkit.estimators.result import Estimate
from impactkit.evidence import rules_sensitivity
from impactkit.evidence.check import Check
from impactkit.evidence.claim import claim_of
from impactkit.evidence.regression import regression_of
from impactkit.text import Message


def influence(estimate: Estimate) -> Check:
    """Leave out together the few people who each pull the estimate most towards what is concluded.

    The estimate moves by as much as the regression behind it.
    """
    claim = claim_of(estimate)
    try:
        regression = regression_of(estimate)
        fitted = fit(X=regression.with_treatment, y=regression.y, weights=regression.weights)
        direction = np.zeros(fitted.Q.shape[1])
        direction[1] = 1.0
        pulls = person_scores(fitted, fitted.direction(direction), power=1)
        few = rules_sensitivity.few_people(len(pulls))
        # Without her, the estimate moves by the opposite of her pull.
        most = np.argpartition(pulls * claim.against, few - 1)[:few]
        change = change_without(fitted, direction, most)
    except EstimationError:
        return Check(key="influence", status="not_run", reason=Message("check.influence.too_few"))
    without = claim.value - change
    answer = rules_sensitivity.resting_cap(
        left=1.0 if claim.is_absence else without / claim.value, overturned=claim.overturned_at(without)
    )
    kept = "absence" if claim.is_absence else "many"
    kind = {"ok": kept, "caution": "half", "fail": "overturned"}[answer.status]
    return Check(
        key="influence",
        status=answer.status,
        threshold=rules_sensitivity.LARGE_PART,
        reason=Message(f"check.influence.{kind}"),
        cap=answer.cap,
    )
