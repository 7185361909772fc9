"""The user's files: their columns, and the variables that they hold."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from impactkit.files.model.words import Arm, Part, Slug, Text, TimelineRole, VariableKind, VariableType


class Variable(Part):
    """A variable of the study: what it measures and how it is written in the files."""

    label: Text = Field(description="Nom de la variable, tel qu'il paraîtra dans le rapport.")
    type: VariableType = Field(description="number, boolean, category, text ou date.")
    unit: Text | None = Field(default=None, description="Unité au pluriel : « euros par mois », « points ».")
    unit_singular: Text | None = Field(
        default=None,
        description="Unité au singulier : « euro par mois » ; sans elle, les phrases gardent le pluriel.",
    )
    family: Slug | None = Field(
        default=None,
        description="Famille de résultats : le même nom dans plusieurs études dit que ces variables mesurent "
        "la même chose, pour la synthèse ; sans elle, ce sont le nom de la variable et son unité.",
    )
    categories: tuple[str, ...] | None = Field(
        default=None, strict=False, description="Modalités permises d'une variable de type category."
    )
    kind: VariableKind | None = Field(
        default=None,
        description="Ce que dit un nombre qui n'est pas une quantité : count, des événements comptés ; "
        "ordinal, des niveaux qui n'ont qu'un ordre (1 à 5). La page ajoute alors une méthode qui leur va. "
        "ordinal d'une variable de type category : ses modalités sont données dans l'ordre, et celles que le "
        "secret cacherait sont regroupées avec une voisine.",
    )
    sensitive: bool = Field(
        default=False,
        description="Ce qu'une part de 0 % ou de 100 % apprendrait de chaque personne du groupe serait grave "
        "(santé, handicap, dettes) : les profils « diffusion » ne montrent alors pas cette part.",
    )


class Column(Part):
    """A column of a user's file and how to read it."""

    column: str = Field(description="En-tête de la colonne dans le fichier.")
    wave: str | None = Field(default=None, description="Vague que porte cette colonne (fichier en largeur).")
    labels: dict[str, str | bool | float] | None = Field(
        default=None, description="Correspondance entre les valeurs du fichier et celles de l'étude."
    )


def _as_columns(value: object) -> object:
    """Read ``"Âge"`` and ``{column = "Âge"}`` as a list of one column."""
    items = value if isinstance(value, (list, tuple)) else [value]
    return tuple({"column": item} if isinstance(item, str) else item for item in items)


Columns = Annotated[tuple[Column, ...], BeforeValidator(_as_columns), Field(min_length=1)]


class Identity(Part):
    """The columns of a file that say who people are: they go to the vault or are dropped, never further."""

    last_name: str | None = Field(default=None, description="Colonne du nom.")
    first_name: str | None = Field(default=None, description="Colonne du prénom.")
    birth_date: str | None = Field(default=None, description="Colonne de la date de naissance.")
    sex: str | None = Field(default=None, description="Colonne du sexe.")
    postcode: str | None = Field(default=None, description="Colonne du code postal.")
    phone: str | None = Field(default=None, description="Colonne du téléphone.")
    email: str | None = Field(default=None, description="Colonne du courriel.")
    nir: str | None = Field(default=None, description="Colonne du numéro de sécurité sociale.")
    caf_number: str | None = Field(default=None, description="Colonne du numéro d'allocataire.")


class GridFile(Part):
    """INSEE's grid of density, as its site gives it: which communes are rural."""

    path: str = Field(
        description="Chemin de la grille communale de densité de l'INSEE (csv, xlsx, ods), à partir du "
        "dossier de l'étude."
    )
    sheet: str | None = Field(
        default=None,
        description="Feuille d'un classeur ; par défaut la seule, ou « Maille communale ».",
    )
    cog: int = Field(
        gt=0,
        description="Millésime des communes (code officiel géographique) de la grille, par exemple 2025.",
    )
    levels: Literal[3, 7] = Field(
        default=7, description="Niveaux lus : 7 (rural : 5, 6, 7) ou 3 (rural : 3)."
    )


class PublicRule(Part):
    """How the files say that a person belongs to a priority public."""

    variable: str = Field(description="Variable qui le dit, connue à l'entrée.")
    yes: tuple[str | bool, ...] = Field(
        default=(True,),
        strict=False,
        min_length=1,
        description="Valeurs de la variable qui veulent dire oui ; true par défaut.",
    )
    below: float | None = Field(
        default=None, description="Pour un nombre : oui au-dessous de ce seuil (18 pour un âge)."
    )
    grid: GridFile | None = Field(
        default=None,
        description="Pour rural : la grille de densité de l'INSEE ; la variable porte le code de la commune.",
    )


class TableFile(Part):
    """A file of people or of monthly counts, and what its columns are."""

    id: Slug = Field(description="Nom court du fichier, pour le désigner dans les actions.")
    path: str = Field(description="Chemin du fichier, à partir du dossier de l'étude.")
    sheet: str | None = Field(
        default=None, description="Feuille d'un classeur ; par défaut la seule qu'il contient."
    )
    wave: str | None = Field(default=None, description="Vague de toutes les lignes du fichier.")
    arm: Arm | None = Field(default=None, description="Groupe de toutes les lignes du fichier.")
    missing: tuple[str, ...] = Field(
        default=(), strict=False, description="Textes qui veulent dire « sans réponse », par exemple « NSP »."
    )
    columns: dict[str, Columns] = Field(
        description="La colonne du fichier pour chaque rôle (unit, wave, month, arm, entry, exit, answered, "
        "birth, household, cluster, weight) et pour chaque variable."
    )
    identity: Identity | None = Field(
        default=None,
        description="Colonnes d'identité, pour reconnaître les personnes dans le suivi (impactkit cohort).",
    )

    def named_waves(self, variables: Collection[str]) -> frozenset[str]:
        """Return the waves named for these variables: by file, column by column or by labels."""
        named = {column.wave for name in variables for column in self.columns.get(name, ())}
        if "wave" in self.columns:
            named |= {str(value) for value in (self.columns["wave"][0].labels or {}).values()}
        return frozenset(wave for wave in (self.wave, *named) if wave is not None)

    @property
    def may_hold_any_wave(self) -> bool:
        """Whether a column of waves may hold any of the study's."""
        return "wave" in self.columns and self.columns["wave"][0].labels is None


class Timeline(Part):
    """A file of dated events, or of spells that begin and end: several rows per person, over all actions."""

    id: Slug = Field(description="Nom court du fichier, pour le désigner à impactkit cohort import.")
    path: str = Field(description="Chemin du fichier, à partir du dossier de l'étude.")
    sheet: str | None = Field(
        default=None, description="Feuille d'un classeur ; par défaut la seule qu'il contient."
    )
    holds: Literal["events", "spells"] = Field(
        description="events : un jour par ligne ; spells : un début et une fin par ligne."
    )
    action: str | None = Field(default=None, description="Action de toutes les lignes du fichier.")
    kind: str | None = Field(
        default=None, description="Nature de toutes les lignes : « accompagnement », « entry », « exit »…"
    )
    missing: tuple[str, ...] = Field(
        default=(), strict=False, description="Textes qui veulent dire « sans réponse »."
    )
    columns: dict[TimelineRole, Columns] = Field(
        description="La colonne du fichier pour unit, action, kind, date (events), start, end et "
        "reason (spells)."
    )
    identity: Identity | None = Field(
        default=None, description="Colonnes d'identité, pour reconnaître les personnes dans le suivi."
    )
