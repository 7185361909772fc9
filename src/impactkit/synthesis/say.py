"""How the parts of a synthesis are named and written, in one language."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from impactkit.errors import EstimationError
from impactkit.estimators.pooling.pooled import Pooled
from impactkit.plot.wording import Scale, scale_of
from impactkit.synthesis.alike import FOLLOW_UP_LIMITS, Family, Refused
from impactkit.synthesis.counts import UNKNOWN, Dimension
from impactkit.synthesis.together import MOST_LEFT_OUT, Synthesis, Together
from impactkit.text import Language, Message
from impactkit.text.numbers import number

_SMALLEST = 0.001


@dataclass(frozen=True, slots=True)
class Say:
    """The words of a synthesis."""

    found: Synthesis
    language: Language

    def __call__(self, key: str, **params: object) -> str:
        """Write a sentence of the catalogue's area ``synthesis``."""
        return Message(f"synthesis.{key}", params).text(self.language)

    def family(self, family: Family) -> str:
        """Name a family: its outcome, what the difference is with, how long after."""
        label = family.measures[0].outcome.label.text(self.language)
        contrast = "territories" if family.kind.territories else family.kind.contrast
        return self(
            "family.name", outcome=label, contrast=self(f"family.{contrast}"), after=self._after(family)
        )

    def _after(self, family: Family) -> str:
        band = family.kind.follow_up
        if not band.startswith("#"):
            return family.measures[0].window[1].text(self.language)
        rank = int(band[1:])
        if rank == len(FOLLOW_UP_LIMITS):
            return self("family.later", months=self.plain(FOLLOW_UP_LIMITS[-1]))
        low = FOLLOW_UP_LIMITS[rank - 1] if rank else 0
        return self("family.after", low=self.plain(low), high=self.plain(FOLLOW_UP_LIMITS[rank]))

    def plain(self, value: float, decimals: int = 0) -> str:
        """Write a number."""
        return number(value, self.language, decimals=decimals)

    def p(self, value: float) -> str:
        """Write a p-value; one too small for three decimals is said to be below them."""
        if value < _SMALLEST:
            return self("p_below", p=self.plain(_SMALLEST, 3))
        return self("p_is", p=self.plain(value, 3))

    def scale(self, family: Family, pooled: Pooled | None) -> Scale:
        """Return how values of a family are written."""
        error = pooled.effect.std_error if pooled is not None else None
        return scale_of(family.measures[0].outcome, error)

    def refusal(self, item: Refused) -> str:
        """Say why a measure is not pooled."""
        if item.reason != "alone":
            return self(f"refused.{item.reason}", minimum=item.measure.minimum_people)
        if not item.nearest:
            return self("refused.alone")
        what = ", ".join(self(f"apart.{name}") for name in item.nearest)
        return self("refused.apart", what=what)

    def dimension(self, dimension: Dimension) -> str:
        """Name a dimension."""
        return self(f"by.{dimension}")

    def group(self, dimension: Dimension, key: str) -> str:
        """Name a group of a dimension."""
        if key == UNKNOWN:
            return self("group.unknown")
        if dimension == "public":
            return Message(f"public.{key}").text(self.language)
        return key if dimension == "region" else self(f"group.{dimension}.{key}")

    def without_each(self, item: Together) -> pd.DataFrame | None:
        """Return the average without each measure, by name; nothing for too few measures, or too many."""
        if isinstance(item.pooled, Message) or item.pooled.k > MOST_LEFT_OUT:
            return None
        try:
            frame = item.pooled.leave_one_out()
        except EstimationError:
            return None
        frame.index = pd.Index([measure.name(self.language) for measure in item.family.measures])
        return frame
