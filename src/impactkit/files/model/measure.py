"""How the effect of an action is measured."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from impactkit.files.model.words import Direction, Distance, MatchingMethod, Part, WeightingMethod


class Outcome(Part):
    """A result expected for people, its direction and the smallest effect worth having."""

    variable: str = Field(description="Variable de résultat.")
    primary: bool = Field(default=False, description="Résultat principal : un seul par action.")
    direction: Direction = Field(
        description="increase si une hausse est souhaitée, decrease si c'est une baisse."
    )
    minimum_effect: float | None = Field(
        default=None,
        gt=0,
        description="Plus petit effet qui vaudrait la peine, dans l'unité du résultat (0.05 pour 5 points).",
    )


class Comparability(Part):
    """How the two groups are made comparable before any result is read: by matching or by weighting."""

    method: MatchingMethod | WeightingMethod = Field(
        description="Appariement : nearest, optimal, full, exact, coarsened, cardinality, subclass. "
        "Pondération : logit, entropy, cbps."
    )
    on: tuple[str, ...] = Field(
        default=(),
        strict=False,
        description="Caractéristiques à rendre comparables, et le résultat pour sa valeur avant l'entrée ; "
        "par défaut les covariables de l'action.",
    )
    distance: Distance | None = Field(
        default=None,
        description="Distance d'un appariement nearest, optimal, full ou subclass ; logit par défaut.",
    )
    caliper: float | None = Field(
        default=None,
        gt=0,
        description="Écart le plus grand permis : dans une paire, en écarts-types du score (nearest, full) ; "
        "entre les moyennes, en écarts-types des bénéficiaires (cardinality).",
    )
    ratio: int = Field(
        default=1, ge=1, description="Personnes comparées par bénéficiaire (nearest, optimal, cardinality)."
    )
    replace: bool = Field(
        default=False, description="true si une personne comparée peut servir plusieurs fois (nearest)."
    )
    exact: tuple[str, ...] = Field(
        default=(), strict=False, description="Caractéristiques sur lesquelles les paires sont identiques."
    )
    moments: Literal[1, 2, 3] = Field(
        default=1, description="Moments équilibrés par entropy : 1 moyennes, 2 et variances, 3 et asymétries."
    )
    tolerance: float | None = Field(
        default=None,
        ge=0.001,
        lt=1,
        description="Équilibre approché par entropy : ce qu'il peut rester d'écart, en écarts-types (0.1) ; "
        "exact sans cette clé.",
    )


class Threshold(Part):
    """The threshold from which people have a right to the action."""

    running: str = Field(description="Variable numérique qui décide du droit : revenu, âge, score.")
    cutoff: float = Field(description="Valeur du seuil.")


class Duration(Part):
    """How the time that the primary outcome measures ends, and over how long it is looked at."""

    event: str = Field(
        description="Variable qui dit comment la durée se termine : oui (ou 1) l'événement a eu lieu, non "
        "(ou 0) le suivi s'est arrêté sans lui, 2 ou plus un autre événement l'a rendu impossible."
    )
    horizon: float = Field(gt=0, description="Durée étudiée depuis l'entrée, dans l'unité du résultat.")
