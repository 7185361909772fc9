"""The mid-term evaluation of a contract: the tables that it is made from, and what each column is."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from pydantic import Field

from impactkit.files.model.words import Part

ActionColumn = Literal[
    "action",
    "state",
    "adequacy",
    "effectiveness",
    "efficiency",
    "lessons",
    "decision",
    "reasons",
    "measures",
    "flagship",
    "validated_state",
    "validated_collectivity",
    "pilot",
    "people",
    "start",
    "direct",
    "followable",
]
IndicatorColumn = Literal["action", "indicator", "level", "unit", "year", "target", "reached"]
FundingColumn = Literal[
    "action",
    "year",
    "planned_state",
    "planned_collectivity",
    "planned_others",
    "committed_state",
    "committed_collectivity",
    "committed_others",
    "spent_state",
    "spent_collectivity",
    "spent_others",
    "derogation",
    "consulted_on",
]


class _Table(Part):
    """A table that the contract's team fills in, or exports from Pilot'actions."""

    path: str = Field(description="Chemin du fichier (xlsx, ods, csv…), à partir du dossier de l'étude.")
    sheet: str | None = Field(
        default=None, description="Feuille d'un classeur ; par défaut la seule qu'il contient."
    )
    missing: tuple[str, ...] = Field(
        default=(), strict=False, description="Textes qui veulent dire « non renseigné », par exemple « NC »."
    )


class ActionsTable(_Table):
    """The contract's actions, one a row: those whose impact is measured and all the others."""

    columns: dict[ActionColumn, str] = Field(
        default_factory=dict,
        description="En-tête du fichier pour chaque colonne, quand ce n'est pas celui d'« impactkit new ».",
    )


class IndicatorsTable(_Table):
    """The indicators, one a row for each action and year."""

    columns: dict[IndicatorColumn, str] = Field(
        default_factory=dict,
        description="En-tête du fichier pour chaque colonne, quand ce n'est pas celui d'« impactkit new ».",
    )


class FundingTable(_Table):
    """The amounts, one row for each action and year."""

    columns: dict[FundingColumn, str] = Field(
        default_factory=dict,
        description="En-tête du fichier pour chaque colonne, quand ce n'est pas celui d'« impactkit new ».",
    )


class Midterm(Part):
    """The mid-term evaluation of a contract (CLS): its three tables, and what was handed in when."""

    actions: ActionsTable = Field(description="Toutes les actions du contrat, une par ligne.")
    indicators: IndicatorsTable = Field(description="Les indicateurs, par action et par année.")
    funding: FundingTable = Field(description="Les montants, par action et par année.")
    handed_in: dt.date | None = Field(
        default=None,
        description="Date à laquelle l'évaluation à mi-parcours a été transmise aux préfets de région et de "
        "département (attendue le 30 juin 2026).",
    )
    impact_handed_in: dt.date | None = Field(
        default=None,
        description="Date à laquelle la mesure d'impact a été transmise dans Pilot'actions (attendue le "
        "31 décembre 2026).",
    )
