"""Could a factor that was not observed explain the result?"""

from __future__ import annotations

from impactkit.errors import EstimationError
from impactkit.estimators.result import Estimate
from impactkit.evidence import rules_sensitivity
from impactkit.evidence.check import Check
from impactkit.evidence.claim import claim_of
from impactkit.evidence.credibility_start import design_start_of
from impactkit.evidence.sensitivity import robustness_value
from impactkit.evidence.strongest import label_of, room_of, strengths_of, strongest_of
from impactkit.text import Message, Quantity


def confounding(estimate: Estimate) -> Check:
    """Hold the result against a factor as strong as the strongest characteristic taken into account.

    The robustness value says what a factor would have to explain of the treatment and of the outcome to bring
    the estimate to where it says the contrary.
    """
    try:
        found, names = strengths_of(estimate)
    except EstimationError:
        return _not_run("too_few")
    if not names:
        return _not_run("nothing_known")
    claim = claim_of(estimate)
    strongest = strongest_of(estimate, found, names)
    answer = rules_sensitivity.confounding_cap(
        kept=claim.kept_by(strongest.low, strongest.high),
        overturned=claim.overturned_at(strongest.value),
        start=design_start_of(estimate),
    )
    needed = robustness_value(room_of(claim) / found.std_error, found.df)
    kind = {"ok": "kept", "caution": "lost", "fail": "overturned"}[answer.status]
    name = label_of(estimate, strongest.name)
    return Check(
        key="confounding",
        status=answer.status,
        value=needed,
        reason=Message(
            f"check.confounding.{kind}", {"characteristic": name, "share": Quantity(needed, "percent")}
        ),
        cap=answer.cap,
    )


def _not_run(kind: str) -> Check:
    return Check(key="confounding", status="not_run", reason=Message(f"check.confounding.{kind}"))
