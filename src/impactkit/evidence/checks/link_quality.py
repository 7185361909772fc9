"""Were people found again from one file to the next, and as well in both groups?"""

from __future__ import annotations

import pandas as pd

from impactkit.evidence.check import Check
from impactkit.evidence.rules_rivals import MOST_NOT_SURE, links_kind
from impactkit.text import Message

# The share not found without doubt is told by these bands, so that a small number of people stays hidden.
_BANDS = (0.1, 0.2, 0.3, 0.4, 0.5)


def link_quality(links: pd.DataFrame) -> Check:
    """Judge how many people were linked without doubt, and whether as many were in each group.

    `attrition` already counts as lost those who were not found; this tells that some may not be lost at all,
    or not be who they seem.

    Parameters
    ----------
    links : DataFrame
        As `Cohort.link_quality` returns it with ``masked=False``.
    """
    missing = {"by", "level", "n", "share"} - set(links.columns)
    if missing:
        raise ValueError("links must be the table that Cohort.link_quality returns, with masked=False")
    by_arm = links.loc[(links["by"] == "arm") & (links["n"].isna() | (links["n"] > 0))]
    if by_arm.empty:
        return _not_run("nobody")
    if by_arm[["n", "share"]].isna().to_numpy().any():
        return _not_run("hidden")
    shares, n = by_arm["share"].to_numpy(dtype=float), by_arm["n"].to_numpy(dtype=float)
    not_sure = 1 - float(shares @ n / n.sum())
    kind = links_kind(not_sure=not_sure, apart=float(shares.max() - shares.min()))
    return Check(
        key="link_quality",
        status="ok" if kind == "sure" else "caution",
        value=next((limit for limit in _BANDS if not_sure <= limit), None),
        threshold=MOST_NOT_SURE,
        reason=Message(f"check.link_quality.{kind}"),
    )


def _not_run(kind: str) -> Check:
    return Check(key="link_quality", status="not_run", reason=Message(f"check.link_quality.{kind}"))
