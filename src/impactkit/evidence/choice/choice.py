"""The actions of a contract or a pact, ranked: the value that `choose` returns."""

from __future__ import annotations

import datetime as dt
import textwrap
from dataclasses import dataclass
from html import escape
from typing import Any

import pandas as pd

from impactkit.errors import Problem
from impactkit.evidence.choice.candidate import Answer, Candidate
from impactkit.html import paragraph_html, shown_html
from impactkit.text import Label, Message, current_language

_WIDTH = 80
_MARKS: dict[Answer, str] = {"yes": "✓", "no": "✗", "unknown": "?"}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Choice:
    """Actions ranked by whether to measure their impact; made by `choose`.

    Attributes
    ----------
    title : Label
        Of the contract or the pact.
    kind : {"cls", "pacte"}
    on : date
        The day from which months are counted.
    candidates : tuple of Candidate
        Best first.
    notes : tuple of Problem
        Why the contract's table of actions could not be read, when it could not.
    """

    title: Label
    kind: str
    on: dt.date
    candidates: tuple[Candidate, ...]
    notes: tuple[Problem, ...] = ()

    @property
    def best(self) -> Candidate:
        """The action to measure first."""
        return self.candidates[0]

    @property
    def table(self) -> pd.DataFrame:
        """One row per action, best first, in the session's language.

        Columns ``rank``, ``action`` (its identifier; missing for an action without declared measure),
        ``title``, ``standing`` (``suitable``, ``descriptive``, ``to_complete`` or
        ``unsuitable``), ``direct``, ``running``,
        ``followable`` (``yes``, ``no`` or ``unknown``), ``design`` (the best that its data carry; missing
        without data), ``credibility``, ``minimum_detectable_effect`` (in the outcome's unit) and ``reasons``.
        """
        rows: list[dict[str, object]] = []
        for rank, item in enumerate(self.candidates, start=1):
            best = None if item.advice is None else item.advice.best
            rows.append(
                {
                    "rank": rank,
                    "action": item.action,
                    "title": str(item.title),
                    "standing": item.standing,
                    **{str(criterion.name): criterion.answer for criterion in item.criteria},
                    "design": None if best is None else best.design,
                    "credibility": None if best is None else best.credibility,
                    "minimum_detectable_effect": None if best is None else best.minimum_detectable_effect,
                    "reasons": " ".join(self._reasons(item)),
                }
            )
        frame = pd.DataFrame(rows)
        return frame.astype({"credibility": "Int64", "minimum_detectable_effect": float})

    def to_dict(self) -> dict[str, Any]:
        """Return the table as plain values."""
        table = self.table.astype(object)
        return {
            "on": self.on.isoformat(),
            "actions": table.where(table.notna(), None).to_dict("records"),
            "notes": [note.to_dict() for note in self.notes],
        }

    def _reasons(self, item: Candidate) -> list[str]:
        return [*(str(criterion.reason) for criterion in item.criteria), item.data(current_language())]

    def _intro(self) -> list[str]:
        title = Message("choose.title", {"contract": self.title, "on": self.on})
        return [str(title), str(Message(f"choose.rule.{self.kind}"))]

    def __str__(self) -> str:
        lines: list[str] = []
        for text in self._intro():
            lines += [*_wrapped(text), ""]
        for rank, item in enumerate(self.candidates, start=1):
            standing = Message(f"choose.standing.{item.standing}")
            params = {"rank": rank, "title": item.title, "standing": standing}
            lines += _wrapped(str(Message("choose.line", params)))
            for criterion in item.criteria:
                lines += _wrapped(f"{_MARKS[criterion.answer]} {criterion.reason}", indent="    ")
            lines += [*_wrapped(item.data(current_language()), indent="      "), ""]
        lines += [line for note in self.notes for line in _wrapped(str(note))]
        return "\n".join(lines).rstrip()

    def __repr__(self) -> str:
        n = len(self.candidates)
        return f"<Choice: {n} actions, {self.best.title.fr!r} first>"

    def _repr_html_(self) -> str:
        title, rule = self._intro()
        names = ("rank", "title", "standing", "criteria", "data")
        head = "".join(
            f'<th scope="col">{escape(str(Message(f"choose.column.{key}")))}</th>' for key in names
        )
        body = "".join(self._row(rank, item) for rank, item in enumerate(self.candidates, start=1))
        notes = "".join(map(paragraph_html, self.notes))
        return shown_html(
            f'<div class="ik-scroll" tabindex="0"><table><caption>{escape(title)}</caption>'
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>",
            paragraph_html(rule),
            notes,
        )

    def _row(self, rank: int, item: Candidate) -> str:
        standing = str(Message(f"choose.standing.{item.standing}"))
        criteria = [
            f"{Message(f'choose.answer.{criterion.answer}')} – {criterion.reason}"
            for criterion in item.criteria
        ]
        # One under the other: a column each would leave them no room in a notebook.
        asked = "".join(f"<li>{escape(text)}</li>" for text in criteria)
        return (
            f'<tr><td>{rank}</td><th scope="row">{escape(str(item.title))}</th>'
            f"<td>{escape(standing)}</td><td><ul>{asked}</ul></td>"
            f"<td>{escape(item.data(current_language()))}</td></tr>"
        )


def _wrapped(text: str, *, indent: str = "") -> list[str]:
    # No-break spaces stay unbroken: textwrap breaks at ordinary spaces only.
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=indent,
        subsequent_indent=f"{indent}  " if indent else "",
        break_long_words=False,
        break_on_hyphens=False,
    )
