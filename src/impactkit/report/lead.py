"""The top of the page: what action this is, what was found, and what it was for."""

from __future__ import annotations

from impactkit.document.blocks import Block, Heading, Paragraph, Solidity, Title, Verdict
from impactkit.files.model import Funding
from impactkit.report.material import Material
from impactkit.text import Message
from impactkit.text.numbers import date


def header(material: Material) -> tuple[Block, ...]:
    """Return the title and what identifies the action."""
    action, language = material.action, material.language
    territory = material.study.territory
    facts = [("territory", territory.name)]
    if territory.department is not None:
        facts.append(("department", territory.department))
    if territory.region is not None:
        facts.append(("region", territory.region))
    if action.axis is not None:
        facts.append(("axis", material.say(f"axis.{action.axis}")))
    facts.append(("start", date(action.start, language)))
    if action.publics:
        names = [Message(f"public.{public}").text(language) for public in action.publics]
        facts.append(("publics", ", ".join(names).capitalize()))
    if action.indicators.national:
        facts.append(("national", action.indicators.national))
    if action.indicators.local:
        facts.append(("local", ", ".join(action.indicators.local)))
    if action.funding is not None:
        facts.append(("funding", _funding(material, action.funding)))
    return (
        Title(
            over=material.study.title.text(language),
            text=action.title.text(language),
            facts=tuple((material.say(f"title.{key}"), text) for key, text in facts),
        ),
    )


def _funding(material: Material, funding: Funding) -> str:
    total = funding.state + funding.collectivity + funding.others
    shares = {"total": total, "state": funding.state, "collectivity": funding.collectivity}
    return material.say("title.funding_total", {name: round(value) for name, value in shares.items()})


def headline(material: Material) -> tuple[Block, ...]:
    """Return the verdict, its interval and its meaning; beside them, how solid the measure is."""
    record, language = material.record, material.language
    said = record.sentences
    return (
        Verdict(
            attribution=record.attribution,
            question=material.say("headline.question"),
            label=said.verdict.text(language),
            interval=said.interval.text(language),
            significance=said.significance.text(language),
            solidity=solidity_of(material),
        ),
    )


def solidity_of(material: Material) -> Solidity:
    """Return the note of solidity with what set it."""
    record = material.record
    word = Message(f"verdict.strength.{record.strength}")
    return Solidity(
        title=material.say("solidity.title"),
        strength=record.strength,
        label=material.say("solidity.label", {"strength": record.strength, "word": word}),
        notes=(
            material.say("solidity.credibility", {"note": record.credibility}),
            material.say("solidity.precision", {"note": record.precision}),
        ),
        reason=record.bound_by.text(material.language),
    )


def need(material: Material) -> tuple[Block, ...]:
    """Return the social need at the origin of the action."""
    return (Paragraph(text=material.action.need.text(material.language)),)


def intended_effect(material: Material) -> tuple[Block, ...]:
    """Return the effect sought for people, how it is measured, and how the action is meant to work."""
    action, language = material.action, material.language
    blocks: list[Block] = [
        Paragraph(text=action.intended_effect.text(language)),
        Paragraph(
            text=material.say(
                f"need.measured_{material.outcome.direction}", {"outcome": material.outcome_name}
            )
        ),
    ]
    if action.logic is not None:
        blocks.append(Heading(text=material.say("need.logic"), anchor="logic"))
        blocks.append(Paragraph(text=action.logic.text(language)))
    return tuple(blocks)
