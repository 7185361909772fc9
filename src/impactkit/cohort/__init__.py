"""Who is followed: people, times, arms and what is known of them.

Names load when first used: files are read into a cohort without what finds people again by their names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from impactkit.loading import loads_on_use

if TYPE_CHECKING:
    from impactkit.cohort.build import build_cohort
    from impactkit.cohort.cohort import Cohort, FlowStep
    from impactkit.cohort.frame import cohort_from_frame
    from impactkit.cohort.linking import link

__all__ = ["Cohort", "FlowStep", "build_cohort", "cohort_from_frame", "link"]

__getattr__ = loads_on_use(
    __name__,
    {
        "Cohort": "cohort",
        "FlowStep": "cohort",
        "build_cohort": "build",
        "cohort_from_frame": "frame",
        "link": "linking",
    },
)
