"""The times at which people are asked or observed."""

from __future__ import annotations

import datetime as dt

from pydantic import Field

from impactkit.files.model.words import Anchor, Part, Text
from impactkit.text import Label


class Wave(Part):
    """A time at which people are asked or observed."""

    id: str = Field(description="Nom court de la vague, par exemple « T0 ».")
    label: Text = Field(description="Nom complet, par exemple « à l'entrée ».")
    months: float = Field(
        description="Mois écoulés depuis l'entrée dans l'action (0 à l'entrée) ou depuis la première vague."
    )
    date: dt.date | None = Field(
        default=None, description="Date de la vague, si elle est la même pour tous (entrées échelonnées)."
    )
    anchor: Anchor | None = Field(
        default=None,
        description="D'où se compte le jour prévu : l'entrée ou la sortie de chaque personne, ou la date de "
        "la vague. Par défaut calendar si la vague a une date, entry sinon.",
    )
    months_after_anchor: float | None = Field(
        default=None,
        ge=0,
        description="Mois de l'ancre au jour prévu. Par défaut months depuis l'entrée, 0 depuis la sortie.",
    )
    window_before_days: int | None = Field(
        default=None, ge=0, description="Jours d'avance permis sur le jour prévu ; au-delà, réponse refusée."
    )
    window_after_days: int | None = Field(
        default=None, ge=0, description="Jours de retard permis sur le jour prévu ; au-delà, réponse refusée."
    )

    @property
    def counted_from(self) -> Anchor:
        """What the day that the wave is due is counted from."""
        return self.anchor or ("entry" if self.date is None else "calendar")

    @property
    def months_due(self) -> float:
        """Months from the anchor to the day that the wave is due."""
        if self.months_after_anchor is not None:
            return self.months_after_anchor
        return self.months if self.counted_from == "entry" else 0.0


# The calendar of the European Social Fund Plus, for a study that declares no wave and names these: at entry,
# at exit (within four weeks) and six months after exit. The months only order them: stays vary in length.
FSE_WAVES = (
    Wave(id="T0", label=Label(fr="à l'entrée", en="at entry"), months=0.0, anchor="entry"),
    Wave(
        id="T1",
        label=Label(fr="à la sortie", en="at exit"),
        months=6.0,
        anchor="exit",
        window_before_days=0,
        window_after_days=28,
    ),
    Wave(
        id="T2",
        label=Label(fr="six mois après la sortie", en="six months after exit"),
        months=12.0,
        anchor="exit",
        months_after_anchor=6.0,
    ),
)
