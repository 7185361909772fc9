"""What a form says of an action or a pact besides its figures: when, by whom, and what is decided next."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from pydantic import Field

from impactkit.files.model.words import Part, Text


class Span(Part):
    """From when until when a contract or a pact runs."""

    start: dt.date = Field(description="Premier jour de mise en œuvre.")
    end: dt.date | None = Field(default=None, description="Dernier jour de mise en œuvre, s'il est connu.")


class Decision(Part):
    """What is decided about an action for what follows, and why."""

    choice: Literal["continue", "modify", "stop"] = Field(
        description="continue (poursuivre), modify (modifier) ou stop (arrêter)."
    )
    reasons: Text = Field(description="Raisons de cette décision.")


class ChangesFile(Part):
    """Where the answers on territorial and partnership changes are."""

    path: str = Field(
        description="Chemin du questionnaire rempli (xlsx, ods ou csv), à partir du dossier de l'étude."
    )
    sheet: str | None = Field(
        default=None,
        description="Feuille d'un classeur ; par défaut la seule qu'il contient.",
    )
    proper_nouns: tuple[str, ...] = Field(
        default=(),
        strict=False,
        description="Noms propres qui peuvent paraître dans les preuves : lieux, organismes, dispositifs.",
    )
