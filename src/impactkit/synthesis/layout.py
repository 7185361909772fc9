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
        *_section("verdicts", say, page_counts.verdicts(say)),
        *_section("duties", say, page_counts.duties(say)),
        *_section("publics", say, page_counts.publics(say)),
        *_section("territories", say, page_counts.territories(say)),
        *_section("changes", say, page_changes.changes(say)),
        *_section("lacking", say, page_counts.lacking(say)),
        *_section("refused", say, page_pooled.refused(say)),
        *_section("read", say, _read(say)),
        *_annex("details", say, page_pooled.details(say)),
        *_annex("agreement", say, page_changes.agreement(say)),
        *_annex("other_verdicts", say, page_counts.other_verdicts(say)),
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


def _annex(key: str, say: Say, blocks: list[Block]) -> list[Block]:
    return _section(key, say, blocks) if blocks else []


def _short(say: Say) -> list[Block]:
    """Return the half page for who reads no further: what is shown, the duty, what is missing."""
    found = say.found
    averages = [item for item in found.together if isinstance(item.pooled, Pooled)]
    blocks: list[Block] = [Paragraph(text=_verdicts_in_short(say), tone="strong")]
    if averages:
        told = [page_pooled.headline(item, say) for item in averages[: page_pooled.MOST_TOLD]]
        if len(averages) > len(told):
            told.append(say("short.others", n=len(averages) - len(told)))
        blocks += [Paragraph(text=say("short.together")), Bullets(items=tuple(told))]
    items = [*page_counts.told_duties(say)]
    short = sum(item.times is not None and item.times > 1 for item in found.lacking)
    if short:
        items.append(say("short.lacking", n=short, all=len(found.measures)))
    if found.changes:
        answered = sum(bool(pact.changes) for pact in found.gathered.answers)
        items.append(say("changes.answered_short", n=answered, all=found.pacts))
    if items:
        blocks.append(Bullets(items=tuple(items)))
    counted = [*_counted(say), *([say("short.multiplicity", n=len(averages))] if averages else [])]
    blocks.append(Paragraph(text=" ".join(counted), tone="quiet"))
    return blocks


def _verdicts_in_short(say: Say) -> str:
    verdicts = say.found.overall.verdicts
    favourable = verdicts.get("attributable", 0) + verdicts.get("probably_attributable", 0)
    return say(
        "short.verdicts",
        n=len(say.found.measures),
        favourable=favourable,
        change=verdicts.get("change_not_attributed", 0),
        nothing=verdicts.get("no_meaningful_effect", 0),
        adverse=verdicts.get("adverse_effect", 0),
        inconclusive=verdicts.get("inconclusive", 0),
    )


def _counted(say: Say) -> list[str]:
    """Say what the denominator is, and what is pooled, refused, failed or unread."""
    found, gathered = say.found, say.found.gathered
    told = [
        say("short.measures", n=len(found.measures)),
        say("short.inconclusive", n=found.overall.verdicts.get("inconclusive", 0), all=len(found.measures)),
        say("short.pooled", n=found.n_pooled, families=len(found.together)),
        say("short.refused", n=len(found.refused)),
    ]
    counts = {"failed": len(gathered.failed), "replaced": gathered.replaced, "unread": len(gathered.unread)}
    return [*told, *(say(f"short.{key}", n=n) for key, n in counts.items() if n)]


def _read(say: Say) -> list[Block]:
    keys = ("records", "inconclusive", "alike", "random", "borrow", "design", "secrecy", "levels")
    minimum = max((measure.minimum_people for measure in say.found.measures), default=0)
    items = tuple(say(f"read.{key}", minimum=minimum) for key in keys)
    versions = sorted({measure.secrecy for measure in say.found.measures})
    facts = Facts(items=((say("read.profile"), ", ".join(versions)),), technical=True)
    return [Bullets(items=items), facts]
