"""Who is followed: people, times, arms and what is known of them."""

from impactkit.cohort.build import build_cohort
from impactkit.cohort.cohort import Cohort, FlowStep
from impactkit.cohort.frame import cohort_from_frame
from impactkit.cohort.linking import link

__all__ = ["Cohort", "FlowStep", "build_cohort", "cohort_from_frame", "link"]
