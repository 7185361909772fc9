"""What is known of how an action plays its part, beside the figures."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from impactkit.files.model.words import Part, Text


class Hypothesis(Part):
    """A link of the logic of intervention, and what speaks for it and against it."""

    text: Text = Field(description="Ce que l'action est supposée produire, et comment.")
    supported_by: tuple[Text, ...] = Field(
        default=(), strict=False, description="Constats qui vont dans ce sens, avec leur origine."
    )
    contradicted_by: tuple[Text, ...] = Field(
        default=(), strict=False, description="Constats qui vont contre, avec leur origine."
    )


class Rival(Part):
    """Something else than the action that could explain what is observed."""

    text: Text = Field(description="Autre explication possible : un emploi qui reprend, une autre aide.")
    touches: Literal["beneficiaries", "everyone"] = Field(
        description="beneficiaries : les seules personnes accompagnées ; everyone : aussi celles qui sont "
        "comparées."
    )
    judgement: Literal["ruled_out", "possible", "likely"] = Field(
        description="ruled_out (écartée), possible ou likely (vraisemblable)."
    )
    because: Text | None = Field(default=None, description="Ce qui fonde ce jugement.")


class Change(Part):
    """A story of the most significant change, as someone tells it."""

    text: Text = Field(description="Le changement raconté, sans rien qui fasse reconnaître une personne.")
    told_by: Literal["participant", "professional", "partner"] = Field(
        description="participant, professional (professionnel) ou partner (partenaire)."
    )
    publishable: bool = Field(
        description="Oui si la personne a accepté que son récit paraisse ; sinon il reste dans ce fichier."
    )
    domain: Text | None = Field(default=None, description="Domaine : logement, santé, emploi, liens…")
    chosen_because: Text | None = Field(
        default=None, description="Pourquoi ce récit a été retenu comme le plus significatif."
    )


class Contribution(Part):
    """What is known of how the action plays its part, beside the figures and never in their place."""

    opinion: str | None = Field(
        default=None,
        description="Variable où les bénéficiaires disent si le changement vient de l'action, à la fin.",
    )
    hypotheses: tuple[Hypothesis, ...] = Field(
        default=(), strict=False, description="Hypothèses de l'action, une par une."
    )
    rivals: tuple[Rival, ...] = Field(
        default=(), strict=False, description="Autres explications examinées, une par une."
    )
    changes: tuple[Change, ...] = Field(
        default=(), strict=False, description="Changements les plus significatifs, un par récit."
    )
    proper_nouns: tuple[str, ...] = Field(
        default=(),
        strict=False,
        description="Noms propres qui peuvent paraître dans ces textes : lieux, organismes, dispositifs.",
    )
