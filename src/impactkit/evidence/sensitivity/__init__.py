"""How strong what was not observed would have to be to overturn an effect: array functions."""

from impactkit.evidence.sensitivity.benchmarks import (
    Benchmarks,
    OmittedBound,
    benchmark_bounds,
    benchmarks,
)
from impactkit.evidence.sensitivity.omitted import partial_r2, robustness_value
from impactkit.evidence.sensitivity.paired import (
    RosenbaumBounds,
    gamma_star,
    gamma_star_binary,
    rosenbaum_bounds,
    rosenbaum_bounds_binary,
)
from impactkit.evidence.sensitivity.proportional import OsterDelta, oster_beta, oster_delta
from impactkit.evidence.sensitivity.ratios import (
    EValue,
    e_value,
    e_value_risk_difference,
    e_value_standardised,
)

__all__ = [
    "Benchmarks",
    "EValue",
    "OmittedBound",
    "OsterDelta",
    "RosenbaumBounds",
    "benchmark_bounds",
    "benchmarks",
    "e_value",
    "e_value_risk_difference",
    "e_value_standardised",
    "gamma_star",
    "gamma_star_binary",
    "oster_beta",
    "oster_delta",
    "partial_r2",
    "robustness_value",
    "rosenbaum_bounds",
    "rosenbaum_bounds_binary",
]
