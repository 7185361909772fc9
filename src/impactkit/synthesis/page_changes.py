"""What the page says of questionnaire 2: levels over pacts, how far they agree, what is proved."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from statistics import fmean

from impactkit.document.blocks import Block, Bullets, Cell, Grid, Note, Paragraph, Table
from impactkit.forms.changes.words import LEVELS, word
from impactkit.synthesis.changes import ItemTally
from impactkit.synthesis.say import Say
from impactkit.text.numbers import percent

_NOTHING = "–"
_MOST_NAMED = 5  # changes, in a sentence; the table has all


def changes(say: Say) -> list[Block]:
    """Return the section of changes observed by pacts; one line where no pact answered."""
    found = say.found
    pacts = found.pacts
    if not found.changes:
        return [Paragraph(text=say("changes.none", n=pacts))]
    answered = _answered(say)
    items = [say("changes.answered", n=answered, all=pacts), *_bullets(found.changes, say)]
    return [
        Bullets(items=tuple(items)),
        Table(grid=_levels(found.changes, say), note=_note("levels", answered, say)),
    ]


def agreement(say: Say) -> list[Block]:
    """Return how far pacts and respondents agree and what is proved, change by change, for the annex."""
    if not say.found.changes:
        return []
    return [Table(grid=_agreement(say.found.changes, say), note=_note("agreement", _answered(say), say))]


def _answered(say: Say) -> int:
    return sum(bool(pact.changes) for pact in say.found.gathered.answers)


def _bullets(tallies: Sequence[ItemTally], say: Say) -> list[str]:
    """Name what improves in most pacts, what worsens anywhere, and how often something proves it."""
    better, worse = LEVELS[2:], LEVELS[0]
    told = []
    for key, chosen in (
        ("improved", [item for item in tallies if 2 * sum(item.levels[x] for x in better) > item.rated]),
        ("worse", [item for item in tallies if item.levels[worse]]),
    ):
        if chosen:
            names = ", ".join(item.label.text(say.language) for item in chosen[:_MOST_NAMED])
            more = ", …" if len(chosen) > _MOST_NAMED else ""
            told.append(say(f"changes.{key}", n=len(chosen), all=len(tallies), items=names + more))
    proved, views = sum(item.with_proof for item in tallies), sum(item.n for item in tallies)
    apart = [item.between for item in tallies if item.between is not None]
    if apart:
        told.append(say("changes.agree", agreement=say.plain(fmean(apart), 1)))
    told.append(say("changes.proved", n=proved, all=views, share=percent(proved / views, say.language)))
    return told


def _levels(tallies: Sequence[ItemTally], say: Say) -> Grid:
    rows = [
        (
            item.label.text(say.language),
            *(
                say.plain(n)
                for n in (item.n, *(item.levels[level] for level in LEVELS), item.not_concerned, item.hidden)
            ),
        )
        for item in tallies
    ]
    heads = [word("level", level, say.language) for level in (*LEVELS, "not_concerned")]
    header = (say("changes.item"), say("changes.pacts"), *heads, say("changes.hidden"))
    return _grid(say("changes.caption_levels"), header, rows)


def _agreement(tallies: Sequence[ItemTally], say: Say) -> Grid:
    def told(value: float | None) -> str:
        return _NOTHING if value is None else say.plain(value, 1)

    def over(value: str, n: int) -> str:
        return say("changes.over", value=value, n=n) if n else _NOTHING

    rows = []
    for item in tallies:
        proved = _NOTHING if item.proved is None else percent(item.proved, say.language)
        rows.append(
            (
                item.label.text(say.language),
                told(item.between),
                told(None if item.between is None else 1 - item.between),
                over(told(item.within), item.n_within),
                over(proved, item.n_proved),
                say("changes.of", n=item.with_proof, all=item.n),
            )
        )
    keys = ("item", "between", "dispersion", "within", "share_proved", "with_proof")
    return _grid(say("changes.caption_agreement"), [say(f"changes.{key}") for key in keys], rows)


def _grid(caption: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> Grid:
    return Grid(
        caption=caption,
        header=tuple(header),
        rows=tuple(tuple(Cell(text=text) for text in row) for row in rows),
        numeric=frozenset(range(1, len(header))),
    )


def _note(key: str, answered: int, say: Say) -> Note:
    return Note(
        reading=say(f"changes.reading_{key}"),
        scope=say("changes.scope", n=answered, all=say.found.pacts),
        source=say("changes.source", version=version("impactkit")),
    )
