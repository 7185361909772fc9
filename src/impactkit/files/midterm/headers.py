"""The header of each column of the mid-term tables, in both languages, and how its cells are read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from impactkit.files.reading.convert import Reading
from impactkit.text import Label, Language

TableName = Literal["actions", "indicators", "funding"]
# "text" keeps the user's words to the letter; the others are read as the study's own columns are.
CellKind = Literal["text", "number", "count", "year", "amount", "boolean", "date", "decision", "level"]


@dataclass(frozen=True, slots=True)
class Header:
    """What a column is called in each language, and how its cells are read."""

    label: Label
    kind: CellKind

    def text(self, language: Language) -> str:
        """Return the header in ``language``."""
        return self.label.text(language)


def _header(fr: str, en: str, kind: CellKind = "text") -> Header:
    return Header(Label(fr=fr, en=en), kind)


ACTIONS: Mapping[str, Header] = {
    "action": _header("Action", "Action"),
    "pilot": _header("Pilote", "Lead"),
    "state": _header("État de déploiement", "Deployment"),
    "adequacy": _header("Adéquation aux besoins", "Fit to needs"),
    "effectiveness": _header("Efficacité", "Effectiveness"),
    "efficiency": _header("Efficience", "Efficiency"),
    "lessons": _header("Enseignements", "Lessons"),
    "decision": _header("Décision", "Decision", "decision"),
    "reasons": _header("Motifs de la décision", "Reasons for the decision"),
    "measures": _header("Mesures pour 2027", "Measures for 2027"),
    "flagship": _header("Action phare", "Flagship action", "boolean"),
    "validated_state": _header("Validation État", "Validated by the State", "boolean"),
    "validated_collectivity": _header(
        "Validation collectivité", "Validated by the local authority", "boolean"
    ),
    "people": _header("Personnes accompagnées 2024-2025", "People supported 2024-2025", "count"),
    "start": _header("Date de démarrage", "Start date", "date"),
    "direct": _header("Touche directement les personnes", "Reaches people directly", "boolean"),
    "followable": _header("Suivi possible des personnes", "People can be followed", "boolean"),
}  # fmt: skip
INDICATORS: Mapping[str, Header] = {
    "action": _header("Action", "Action"),
    "indicator": _header("Indicateur", "Indicator"),
    "level": _header("Niveau", "Level", "level"),
    "unit": _header("Unité", "Unit"),
    "year": _header("Année", "Year", "year"),
    "target": _header("Cible", "Target", "number"),
    "reached": _header("Réalisé", "Reached", "number"),
}
FUNDING: Mapping[str, Header] = {
    "action": _header("Action", "Action"),
    "year": _header("Année", "Year", "year"),
    "planned_state": _header("Prévu État", "Planned State", "amount"),
    "planned_collectivity": _header("Prévu collectivité", "Planned local authority", "amount"),
    "planned_others": _header("Prévu autres", "Planned others", "amount"),
    "committed_state": _header("Engagé État", "Committed State", "amount"),
    "committed_collectivity": _header("Engagé collectivité", "Committed local authority", "amount"),
    "committed_others": _header("Engagé autres", "Committed others", "amount"),
    "spent_state": _header("Dépensé État", "Spent State", "amount"),
    "spent_collectivity": _header("Dépensé collectivité", "Spent local authority", "amount"),
    "spent_others": _header("Dépensé autres", "Spent others", "amount"),
    "derogation": _header("Dérogation", "Derogation", "boolean"),
    "consulted_on": _header("Date de consultation de l'État", "State consulted on", "date"),
}
HEADERS: Mapping[TableName, Mapping[str, Header]] = {
    "actions": ACTIONS,
    "indicators": INDICATORS,
    "funding": FUNDING,
}
# Without these a row says nothing that can be placed: they must be in the file.
KEYS: Mapping[TableName, tuple[str, ...]] = {
    "actions": ("action",),
    "indicators": ("action", "indicator", "level", "year"),
    "funding": ("action", "year"),
}

_DECISIONS = {
    "Poursuivre": "continue", "Poursuivie": "continue", "À poursuivre": "continue", "Continue": "continue",
    "Modifier": "modify", "Modifiée": "modify", "À modifier": "modify", "Modify": "modify",
    "Arrêter": "stop", "Arrêtée": "stop", "À arrêter": "stop", "Stop": "stop",
}  # fmt: skip
_LEVELS = {"National": "national", "Nationale": "national", "Local": "local", "Locale": "local"}
_READINGS: Mapping[CellKind, Reading] = {
    "number": Reading(kind="number"),
    "count": Reading(kind="number"),
    "year": Reading(kind="number"),
    "amount": Reading(kind="number"),
    "boolean": Reading(kind="boolean"),
    "date": Reading(kind="date"),
    "decision": Reading(kind="category", labels=_DECISIONS, categories=("continue", "modify", "stop")),
    "level": Reading(kind="category", labels=_LEVELS, categories=("national", "local")),
    "text": Reading(kind="text"),
}


def reading_of(kind: CellKind, missing: tuple[str, ...]) -> Reading:
    """Return how the cells of a kind are read, with the user's words for "not filled in"."""
    known = _READINGS[kind]
    return Reading(kind=known.kind, labels=known.labels, categories=known.categories, missing=missing)
