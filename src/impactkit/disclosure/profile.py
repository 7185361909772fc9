"""The secrecy profiles: named rules, chosen by who receives the file.

Where each comes from is ``disclosure.source.<name>`` in the catalogue: the page says it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

Certainty = Literal["told", "not_of_sensitive", "never_told"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Secrecy rules chosen by who receives the file.

    Attributes
    ----------
    name : str
        Name in the study file.
    minimum : int
        Fewest people that a shown count, mean or share may rest on.
    households : int
        Fewest households that these people are of, where the files tell households.
    structures : int
        Fewest structures that these people are followed by, where the files tell structures.
    complements : bool
        Whether what a shown number leaves is protected too: those without the characteristic, those lost
        between two shown numbers.
    certainty : {"told", "not_of_sensitive", "never_told"}
        Whether a share of 0 or 1, which tells of everyone in the group, is shown: always, except of the
        variables that the study marks ``sensitive``, or never.
    dominance : tuple of (int, float)
        For a mean of amounts: the largest ``n`` may not make more than this share of the total.
    quantiles : bool
        Whether a quantile needs ``minimum`` people on either side; no least or greatest value has them.
    model_df : int
        Fewest residual degrees of freedom of a model whose effect is shown.
    rounding : int
        Counts are shown to the nearest multiple of it; 1 shows them as they are.
    share_base : int
        Fewest people that a share may be of.
    left_possible : int
        Fewest values of a hidden number that an effect on a yes/no answer leaves possible: at most
        ``minimum - 1``, the sizes of a small group.
    """

    name: str
    minimum: int
    households: int = 1
    structures: int = 1
    complements: bool = True
    certainty: Certainty = "told"
    dominance: tuple[tuple[int, float], ...] = ()
    quantiles: bool = True
    model_df: int = 1
    rounding: int = 1
    share_base: int = 1
    left_possible: int = 5


_DIFFUSION = Profile(
    name="diffusion",
    minimum=11,
    households=3,
    structures=3,
    certainty="not_of_sensitive",
    dominance=((1, 0.85), (2, 0.90)),
    model_df=10,
    share_base=30,
    left_possible=10,
)

PROFILES = {
    profile.name: profile
    for profile in (
        Profile(name="pilotactions", minimum=11),
        _DIFFUSION,
        replace(_DIFFUSION, name="diffusion-arrondie", rounding=5),
        Profile(
            name="interne-10",
            minimum=10,
            complements=False,
            certainty="never_told",
            dominance=((2, 0.90),),
            quantiles=False,
            model_df=10,
        ),
        Profile(
            name="partenaire-5",
            minimum=5,
            left_possible=4,
        ),
        Profile(
            name="entreprises",
            minimum=3,
            complements=False,
            left_possible=2,
            dominance=((1, 0.85),),
        ),
    )
}
DEFAULT_PROFILE = PROFILES["pilotactions"]


def profile_of(name: str) -> Profile:
    """Return the profile of this name."""
    return PROFILES[name]
