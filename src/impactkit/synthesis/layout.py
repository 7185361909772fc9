"""The synthesis as a document: one function for each section, in the order of the page."""

from __future__ import annotations

from impactkit.document.blocks import Block, Bullets, Document, Facts, Heading, Paragraph, Title
from impactkit.estimators.pooling.pooled import Pooled
from impactkit.synthesis import page_changes, page_counts, page_pooled
from impactkit.synthesis.say import Say
from impactkit.synthesis.together import Synthesis
from impactkit.text import Language


def synthesis_document(found: Synthesis, *, language: Language) -> Document:
    """Return the page of a synthesis, to be written in any format.

    Parameters
    ----------
    found : Synthesis
    language : {"fr", "en"}
    """
    say = Say(found, language)
    blocks: list[Block] = [
        *_title(say),
        *_section("short", say, _short(say)),
        *_section("pooled", say, page_pooled.pooled(say)),
        *_section("refused", say, page_pooled.refused(say)),
        *_section("verdicts", say, page_counts.verdicts(say)),
        *_section("duties", say, page_counts.duties(say)),
        *_section("publics", say, page_counts.publics(say)),
        *_section("territories", say, page_counts.territories(say)),
        *_section("changes", say, page_changes.changes(say)),
        *_section("lacking", say, page_counts.lacking(say)),
        *_section("read", say, _read(say)),
    ]
    return Document(title=say("title.text"), language=language, blocks=tuple(blocks))


def _section(key: str, say: Say, blocks: list[Block]) -> list[Block]:
    return [Heading(text=say(f"section.{key}"), anchor=key, level=2), *blocks]


def _title(say: Say) -> list[Block]:
    found = say.found
    studies = {measure.study for measure in found.measures}
    territories = {measure.territory for measure in found.measures if measure.territory}
    facts = (
        (say("title.measures"), say.plain(len(found.measures))),
        (say("title.studies"), say.plain(len(studies))),
        (say("title.territories"), say.plain(len(territories))),
        (say("title.by"), say(f"by.{found.by}")),
    )
    return [Title(over=say("title.over"), text=say("title.text"), facts=facts)]


def _short(say: Say) -> list[Block]:
    found = say.found
    inconclusive = found.overall.verdicts.get("inconclusive", 0)
    items = [
        say("short.measures", n=len(found.measures)),
        say("short.inconclusive", n=inconclusive, all=len(found.measures)),
        say("short.pooled", n=found.n_pooled, families=len(found.together)),
        say("short.refused", n=len(found.refused)),
    ]
    gathered = found.gathered
    for key, n in (
        ("failed", len(gathered.failed)),
        ("replaced", gathered.replaced),
        ("unread", len(gathered.unread)),
    ):
        if n:
            items.append(say(f"short.{key}", n=n))
    told = [page_pooled.headline(item, say) for item in found.together if isinstance(item.pooled, Pooled)]
    blocks: list[Block] = [Bullets(items=tuple(items))]
    if told:
        blocks += [Paragraph(text=say("short.together")), Bullets(items=tuple(told[: page_pooled.MOST_TOLD]))]
    averages = sum(isinstance(item.pooled, Pooled) for item in found.together)
    if averages:
        blocks.append(Paragraph(text=say("short.multiplicity", n=averages), tone="quiet"))
    return blocks


def _read(say: Say) -> list[Block]:
    keys = ("records", "inconclusive", "alike", "random", "borrow", "design", "secrecy", "levels")
    minimum = max((measure.minimum_people for measure in say.found.measures), default=0)
    items = tuple(say(f"read.{key}", minimum=minimum) for key in keys)
    versions = sorted({measure.secrecy for measure in say.found.measures})
    facts = Facts(items=((say("read.profile"), ", ".join(versions)),), technical=True)
    return [Bullets(items=items), facts]
