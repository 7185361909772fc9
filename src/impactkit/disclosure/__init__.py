"""What may be shown: the rules that keep a small group of people from being recognised.

Computation uses full data; everything a person sees goes through here. A masked value is ``None`` in
Python and missing in a frame, never 0 and never a number that looks like one.

`profile` has the rules, by who receives the file; `counts`, `bands` and `values` apply them to one figure or
one table; `linked` proves that all tables together, and those of earlier editions, reveal no small group.
`discreet`, imported by itself since it needs pandas, has the tables to compute with that show of themselves
only what may be shown.
"""

from impactkit.disclosure.bands import band_holding, safe_limits
from impactkit.disclosure.counts import (
    Box,
    is_small,
    protect_branches,
    protect_chain,
    protect_count,
    protect_parts,
    rounded,
    share_is_safe,
)
from impactkit.disclosure.levels import merge_levels
from impactkit.disclosure.profile import DEFAULT_PROFILE, PROFILES, Profile, profile_of
from impactkit.disclosure.values import (
    digits_step,
    grain_of,
    is_dominated,
    mean_step,
    nice_step,
    quantile_is_safe,
    significant,
    to_step,
)

__all__ = [
    "DEFAULT_PROFILE",
    "PROFILES",
    "Box",
    "Profile",
    "band_holding",
    "digits_step",
    "grain_of",
    "is_dominated",
    "is_small",
    "mean_step",
    "merge_levels",
    "nice_step",
    "profile_of",
    "protect_branches",
    "protect_chain",
    "protect_count",
    "protect_parts",
    "quantile_is_safe",
    "rounded",
    "safe_limits",
    "share_is_safe",
    "significant",
    "to_step",
]
