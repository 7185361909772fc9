"""What the data can carry, ranked: the value that `advise` returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from impactkit.evidence.advice.declared import declared_design
from impactkit.evidence.advice.option import DesignName, Option
from impactkit.evidence.advice.shape import Shape
from impactkit.evidence.advice.shown import as_html, as_text, declared_sentence
from impactkit.evidence.advice.words import unit_of

_COLUMNS = (
    "rank",
    "design",
    "feasible",
    "credibility",
    "assumption",
    "minimum_detectable_effect",
    "unit",
    "reason",
    "method",
    "study_lines",
    "snippet",
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Advice:
    """Designs ranked by what these data let them show; made by `advise`.

    Attributes
    ----------
    options : tuple of Option
        Best first; those that cannot be computed last.
    shape : Shape
        What the data are made of: for computing, never for showing.
    """

    options: tuple[Option, ...]
    shape: Shape

    @property
    def best(self) -> Option:
        """The first design: the qualitative reading when nothing else is possible."""
        return self.options[0]

    @property
    def declared(self) -> Option | None:
        """The design that the study declares; ``None`` for a cohort without a study."""
        name = declared_design(self.shape)
        return None if name is None else self.option(name)

    def option(self, design: DesignName) -> Option:
        """Return a design by its name.

        Raises
        ------
        ValueError
            When there is no such design.
        """
        for option in self.options:
            if option.design == design:
                return option
        known = ", ".join(option.design for option in self.options)
        raise ValueError(f"unknown design {design!r}: expected one of {known}")

    @property
    def table(self) -> pd.DataFrame:
        """One row per design, best first, in the session's language.

        Columns ``rank``, ``design``, ``feasible``, ``credibility`` (0 to 5, the most it can be; missing when
        not feasible), ``assumption``, ``minimum_detectable_effect`` (in the outcome's unit, 0.05 for 5
        points; missing when it cannot be known), ``unit`` (its name), ``reason``, ``method`` (for the study
        file; missing when only Python has it), ``study_lines`` (to put in an action of the study file) and
        ``snippet`` (calls on ``cohort``); a text is empty when there is nothing to paste.
        """
        rows = [
            {
                "rank": rank,
                "design": option.design,
                "feasible": option.feasible,
                "credibility": option.credibility if option.feasible else None,
                "assumption": str(option.assumption),
                "minimum_detectable_effect": option.minimum_detectable_effect,
                "unit": str(unit_of(self.shape)),
                "reason": option.reason,
                "method": option.method if option.feasible else None,
                "study_lines": option.study_lines,
                "snippet": option.snippet,
            }
            for rank, option in enumerate(self.options, start=1)
        ]
        frame = pd.DataFrame(rows, columns=list(_COLUMNS))
        return frame.astype({"credibility": "Int64", "minimum_detectable_effect": float, "method": object})

    @property
    def on_declared(self) -> str | None:
        """Whether the design that the study declares is the best, and if not, why one may still prefer it."""
        declared = self.declared
        return None if declared is None else declared_sentence(self.shape, declared, self.best)

    def to_dict(self) -> dict[str, Any]:
        """Return the table as plain values, with the outcome and the design that the study declares."""
        table = self.table.astype(object)
        rows = table.where(table.notna(), None).to_dict("records")
        declared = self.declared
        return {
            "outcome": self.shape.outcome.variable,
            "best": self.best.design,
            "declared": None if declared is None else declared.design,
            "designs": rows,
        }

    def __str__(self) -> str:
        return as_text(self.shape, self.options, self.on_declared)

    def __repr__(self) -> str:
        n = sum(option.feasible for option in self.options)
        return f"<Advice: {self.best.design!r} first, {n} designs feasible>"

    def _repr_html_(self) -> str:
        return as_html(self.shape, self.options, self.on_declared)
