"""How long identities are kept."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from pydantic import Field

from impactkit.files.model.words import Part


def retention_said(until: dt.date | None, months: int | None) -> str | None:
    """Say until when: ``2030-12-31``, ``P24M`` or both; ``None`` when it is not said."""
    said = [until.isoformat()] if until is not None else []
    said += [f"P{months}M"] if months is not None else []
    return " ".join(said) or None


class Protection(Part):
    """What is done with people's data in the record that follows them."""

    retention_until: dt.date | None = Field(
        default=None, description="Date après laquelle « impactkit cohort purge » retire les identités."
    )
    retention_months: int | None = Field(
        default=None,
        ge=1,
        description="Même chose, en mois depuis le dernier fichier pris ; avec une date, la première "
        "échéance compte.",
    )
    identities: Literal["vault", "drop"] = Field(
        default="vault",
        description="vault : identités chiffrées dans le coffre ; drop : leurs empreintes seulement.",
    )
    justified: dict[str, str] = Field(
        default_factory=dict,
        description="Pour chaque colonne sensible ou d'allure identifiante : pourquoi elle est nécessaire.",
    )

    @property
    def retention(self) -> str | None:
        """Until when identities are kept: ``2030-12-31``, ``P24M`` or both; ``None`` when it is not said."""
        return retention_said(self.retention_until, self.retention_months)
