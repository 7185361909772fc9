"""The data protection impact assessment of a study, begun: whether it is due, what is known, the three risks.

The nine criteria are those of the Article 29 Working Party's guidelines (WP 248 rev.01), which the European
Data Protection Board took over: two of them are enough for an assessment to be due in most cases. The three
risks are those of the CNIL's method: illegitimate access, unwanted change, disappearance.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from impactkit.document.blocks import Block, Bullets, Cell, Facts, Grid, Heading, Paragraph, Table, Title
from impactkit.files.model import Study
from impactkit.protection.held import held, identities
from impactkit.protection.record import measures
from impactkit.text import Language, Message

Answer = Literal["yes", "no", "ask"]
ENOUGH = 2
RISKS = ("access", "change", "loss")


def criteria(study: Study) -> dict[str, Answer]:
    """Answer the nine criteria as far as a study file can.

    Returns
    -------
    dict
        ``"ask"`` where only the service knows. People whom a social action supports are vulnerable in the
        guidelines' sense: what they are asked is asked by those who help them.
    """
    sensitive = any(item.sensitive for item in held(study, "fr"))
    matched = len(study.files) > 1 or study.record is not None or bool(study.timelines)
    return {
        "scoring": "no",
        "automatic": "no",
        "monitoring": "yes" if len(study.waves) > 1 else "ask",
        "sensitive": "yes" if sensitive else "ask",
        "scale": "ask",
        "matching": "yes" if matched else "no",
        "vulnerable": "yes",
        "innovative": "no",
        "blocking": "no",
    }


def assessment_blocks(study: Study, language: Language) -> tuple[Block, ...]:
    """Return the impact assessment of a study: what its file says, and what is left to judge."""
    return tuple(_blocks(study, language))


def _blocks(study: Study, language: Language) -> Iterator[Block]:
    def say(key: str, **params: object) -> str:
        return Message(f"protection.{key}", params).text(language)

    def heading(key: str) -> Heading:
        return Heading(text=say(f"assessment.{key}"), level=2)

    answers = criteria(study)
    n = sum(answer == "yes" for answer in answers.values())
    yield Title(
        over=study.title.text(language),
        text=say("assessment.title"),
        facts=((say("territory"), study.territory.name), (say("study"), study.id)),
    )
    yield Paragraph(text=say("assessment.intro"), tone="quiet")
    yield heading("due")
    yield _grid(
        say("assessment.criteria"),
        (say("assessment.criterion"), say("assessment.answer")),
        [(say(f"criterion.{name}"), say(f"answer.{answer}")) for name, answer in answers.items()],
    )
    yield Paragraph(
        text=say("assessment.is_due" if n >= ENOUGH else "assessment.maybe_due", n=n), tone="strong"
    )
    yield heading("need")
    kept = "vault" if any(True for _ in identities(study)) else "none"
    yield Bullets(
        items=(
            say("assessment.need_columns"),
            say(f"assessment.identities_{kept}"),
            say("assessment.need_ask"),
        )
    )
    yield heading("measures")
    yield Bullets(items=measures(study, language))
    yield heading("risks")
    yield _grid(
        say("assessment.risks_caption"),
        (
            say("assessment.risk"),
            say("assessment.in_place"),
            say("assessment.severity"),
            say("assessment.chance"),
        ),
        [(say(f"risk.{name}"), say(f"risk.{name}_measures"), say("fill"), say("fill")) for name in RISKS],
    )
    yield heading("opinion")
    yield Facts(
        items=tuple((say(f"assessment.{name}"), say("fill")) for name in ("officer", "people", "decision"))
    )


def _grid(caption: str, header: tuple[str, ...], rows: list[tuple[str, ...]]) -> Table:
    cells = tuple(tuple(Cell(text=text) for text in row) for row in rows)
    return Table(grid=Grid(caption=caption, header=header, rows=cells))
