"""Finding the same people in two files that have no common identifier."""

from impactkit.cohort.linking.linkage import link

__all__ = ["link"]
