"""Do enough sites take part for the result not to be that of one site?"""

from __future__ import annotations

from impactkit.estimators.result import Estimate
from impactkit.evidence import rules
from impactkit.evidence.check import NO_CAP, Check
from impactkit.evidence.record import Status
from impactkit.text import Message


def clusters(estimate: Estimate) -> Check:
    """Count the sites of beneficiaries among the people analysed."""
    units = estimate.design.units()
    units = units[units.index.isin(estimate.analysed)]
    n = int(units.loc[units["treated"], "cluster"].nunique())
    status: Status
    if n == 1:
        status, kind, cap = "fail", "one", rules.CAP_ONE_CLUSTER
    elif n < rules.FEWEST_TREATED_CLUSTERS:
        status, kind, cap = "caution", "few", rules.CAP_FEW_CLUSTERS
    else:
        status, kind, cap = "ok", "enough", NO_CAP
    return Check(
        key="clusters",
        status=status,
        value=float(n),
        threshold=float(rules.FEWEST_TREATED_CLUSTERS),
        reason=Message(f"check.clusters.{kind}", {} if n == 1 else {"n": n}),
        cap=cap,
    )
