"""Randomness of a report: the same draws whoever makes it, and however often."""

from __future__ import annotations

import random

# Tells the kernel of a report the fingerprint of what it is made of.
VARIABLE = "IMPACTKIT_SEED"


def seed_randomness(fingerprint: str) -> None:
    """Seed the generators that a cell may use without a seed of its own, from what the report is made of.

    Parameters
    ----------
    fingerprint : str
        In hexadecimal digits, as `impactkit.batch.job.Planned.inputs_sha256`.
    """
    import numpy as np  # loaded with the report: what drives a batch needs the name above only

    seed = int(fingerprint[:8], 16)
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002 (the generator that such a cell uses)
