"""Were those compared reached by the action?"""

from __future__ import annotations

import numpy as np

from impactkit.cohort.cohort import BENEFICIARY, CLUSTER
from impactkit.cohort.frame import COMPARISON
from impactkit.estimators.result import Estimate
from impactkit.evidence.check import Check
from impactkit.evidence.rules_rivals import MOST_SWITCHED, spillover_cap
from impactkit.text import Message

# People compared who may share a site with beneficiaries, and what is done there (project rule): a waiting
# list, those who did not take the action up.
_SHARE_A_SITE = ("waiting_list", "non_takers")
_BANDS = (0.1, 0.3)


def spillover(estimate: Estimate) -> Check:
    """Judge how many of the group compared entered the action, and how many attend a site that runs it."""
    design = estimate.design
    switched = _switched(estimate)
    answer = spillover_cap(
        switched=switched,
        same_site=_in_sites_of_beneficiaries(estimate),
        kept=design.estimand == "ITT",
        randomised=design.comparison == "randomised",
    )
    return Check(
        key="spillover",
        status=answer.status,
        # Told by a band, so that a small number of people stays hidden.
        value=next((limit for limit in (0.0, *_BANDS) if switched <= limit), None),
        threshold=MOST_SWITCHED,
        reason=Message(f"check.spillover.{answer.kind}"),
        cap=answer.cap,
    )


def _switched(estimate: Estimate) -> float:
    """Return the share of the group compared, seen in the window, who entered by its end."""
    design = estimate.design
    rows = design.cohort.rows
    group = rows.in_arms([design.comparison, COMPARISON]) & rows.seen(design.window)
    return float((rows.entry[group] <= design.window[1]).mean()) if group.any() else 0.0


def _in_sites_of_beneficiaries(estimate: Estimate) -> float:
    design = estimate.design
    rows = design.cohort.rows
    if not design.cohort.has_clusters or design.comparison not in _SHARE_A_SITE:
        return 0.0
    site = rows.values(CLUSTER, rows.first)
    analysed = rows.people.isin(estimate.analysed)
    beneficiary = rows.in_arms([BENEFICIARY])
    compared = analysed & ~beneficiary
    share = site[compared].isin(site[analysed & beneficiary].dropna().unique()).mean()
    return 0.0 if np.isnan(share) else float(share)
