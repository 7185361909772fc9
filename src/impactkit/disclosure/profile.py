"""The secrecy profiles: named rules, each with its source, chosen by who receives the file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Certainty = Literal["told", "not_of_sensitive", "never_told"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Secrecy rules chosen by who receives the file.

    Attributes
    ----------
    name : str
        Name in the study file.
    source : str
        Where the rules come from, in French, as the page and the documentation cite it; empty for rules of
        one's own.
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
    """

    name: str
    minimum: int
    source: str = ""
    households: int = 1
    structures: int = 1
    complements: bool = True
    certainty: Certainty = "told"
    dominance: tuple[tuple[int, float], ...] = ()
    quantiles: bool = True
    model_df: int = 1
    rounding: int = 1
    share_base: int = 1


_DIFFUSION = Profile(
    name="diffusion",
    source="11 personnes : DGFiP, d'après l'Insee, Guide du secret statistique ; dominance 85 % (Insee) et "
    "90 % pour deux (SACRO) ; 10 degrés de liberté (SACRO) ; foyers et structures : règle du projet",
    minimum=11,
    households=3,
    structures=3,
    certainty="not_of_sensitive",
    dominance=((1, 0.85), (2, 0.90)),
    model_df=10,
    share_base=30,
)

PROFILES = {
    profile.name: profile
    for profile in (
        Profile(
            name="pilotactions",
            source="11 personnes : DGFiP, d'après l'Insee, Guide du secret statistique ; comptes exacts, que "
            "demande l'outil Pilot'actions",
            minimum=11,
        ),
        _DIFFUSION,
        Profile(
            name="diffusion-arrondie",
            source=_DIFFUSION.source + " ; arrondi à 5 (SACRO)",
            minimum=_DIFFUSION.minimum,
            households=_DIFFUSION.households,
            structures=_DIFFUSION.structures,
            certainty=_DIFFUSION.certainty,
            dominance=_DIFFUSION.dominance,
            model_df=_DIFFUSION.model_df,
            rounding=5,
            share_base=_DIFFUSION.share_base,
        ),
        Profile(
            name="interne-10",
            source="ACRO 1.0 (SACRO, Royaume-Uni), valeurs par défaut",
            minimum=10,
            complements=False,
            certainty="never_told",
            dominance=((2, 0.90),),
            quantiles=False,
            model_df=10,
        ),
        Profile(
            name="partenaire-5",
            source="moins de 5 masqué : usage des caisses d'allocations familiales, sans texte public "
            "retrouvé ; pour un partenaire nommé, jamais publié",
            minimum=5,
        ),
        Profile(
            name="entreprises",
            source="Insee, statistiques d'entreprises : 3 unités au moins, une unité à 85 % au plus",
            minimum=3,
            complements=False,
            dominance=((1, 0.85),),
        ),
    )
}
DEFAULT_PROFILE = PROFILES["pilotactions"]


def profile_of(name: str) -> Profile:
    """Return the profile of this name."""
    return PROFILES[name]
