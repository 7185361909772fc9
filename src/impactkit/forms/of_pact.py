"""What a form says of a whole pact: its measured actions, rolled up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

from impactkit.evidence.record import Attribution, PublicEffectRecord, Record
from impactkit.files.model import Action, Study
from impactkit.forms.compose import Piece
from impactkit.forms.form import FormTable
from impactkit.forms.of_action import band_text, people_followed
from impactkit.text import Language, Message
from impactkit.text.typography import separated

_PRIORITY = ("children", "women", "single_parents", "working_poor")


@dataclass(frozen=True, slots=True)
class Pact:
    """A pact and the records of its measured actions, in the study's order."""

    study: Study
    measured: tuple[tuple[Action, Record], ...]
    language: Language

    def say(self, key: str, rank: int = 0, /, params: Mapping[str, object] | None = None) -> Piece:
        """Return a sentence of the forms' catalogue."""
        return Piece(Message(f"form.{key}", params or {}).text(self.language), rank=rank)


def pact(subject: Pact) -> list[Piece]:
    """Say which pact it is."""
    study = subject.study
    facts = [
        subject.say(f"identity.{study.kind}", 0, {"title": study.title}),
        subject.say("identity.territory", 1, {"name": study.territory.name}),
    ]
    if study.territory.department is not None:
        facts.append(subject.say("identity.department", 1, {"code": study.territory.department}))
    if study.priority is not None:
        text = Message("form.identity.priority", {"text": study.priority}).text(subject.language)
        facts.append(Piece(text, own=True))
    if study.pilot is not None:
        facts.append(subject.say("identity.pilot", 1, {"name": study.pilot}))
    facts += _duration(subject)
    return facts


def _duration(subject: Pact) -> list[Piece]:
    span = subject.study.duration
    if span is None:
        return []
    if span.end is None:
        return [subject.say("identity.since", 1, {"start": span.start})]
    return [subject.say("identity.from_to", 1, {"start": span.start, "end": span.end})]


def summary(subject: Pact) -> list[Piece]:
    """Say what the measures conclude: how many of each verdict, then action by action."""
    language = subject.language
    counts = Counter(record.attribution for _, record in subject.measured)
    head = Message("form.summary.counts", {"n": len(subject.measured)}).text(language)
    pieces = [
        Piece(
            Message(
                "form.summary.count", {"n": counts[name], "verdict": Message(f"verdict.label.{name}")}
            ).text(language),
            under=head,
        )
        for name in get_args(Attribution)
        if counts[name]
    ]
    for action, record in subject.measured:
        told = record.sentences
        params = {"title": action.title, "verdict": told.verdict.text(language)}
        pieces.append(subject.say("summary.action", 1, params))
        pieces.append(Piece(told.interval.text(language), rank=2))
    return pieces


def actions(subject: Pact) -> list[Piece]:
    """Say each action in a line; the same is a table beside the form."""
    pieces = []
    for action, record in subject.measured:
        params = {
            "title": action.title,
            "outcome": record.outcome.label.text(subject.language),
            "verdict": record.sentences.verdict.text(subject.language),
            "strength": record.strength,
        }
        n = people_followed(record)
        if n is None:
            pieces.append(subject.say("actions.line", 0, params))
        else:
            pieces.append(subject.say("actions.line_n", 0, {**params, "n": n}))
    return pieces


def pact_publics(subject: Pact) -> list[Piece]:
    """Say, for each priority public, the actions that aim at it and its share among people followed."""
    pieces = [piece for public in _PRIORITY for piece in _public(subject, public)]
    return [*pieces, *_exploratory(subject, _PRIORITY)]


def rurality(subject: Pact) -> list[Piece]:
    """Say the same of people of rural areas."""
    return [*_public(subject, "rural"), *_exploratory(subject, ("rural",))]


def _public(subject: Pact, public: str) -> list[Piece]:
    language = subject.language
    label = Message(f"public.{public}").text(language)
    aimed = [action.title.text(language) for action, _ in subject.measured if public in action.publics]
    params = {"public": label, "n": len(aimed), "titles": separated(aimed, language)}
    kind = ("aimed", 0) if aimed else ("none", 1)
    pieces = [subject.say(f"pact_public.{kind[0]}", kind[1], params)]
    for action, record in subject.measured:
        rows = record.accounts.publics if record.accounts is not None else ()
        share = next((row.share for row in rows if row.label.text(language) == label and row.share), None)
        if share is not None:
            params = {"public": label, "title": action.title, "band": band_text(share, language)}
            pieces.append(subject.say("pact_public.share", 2, params))
    return [*pieces, *_effects(subject, public)]


def _effects(subject: Pact, public: str) -> list[Piece]:
    """Say the effect among a public, action by action, where it may be told; else that none may be."""
    pieces = []
    for action, record in subject.measured:
        for row in _told(record):
            if row.key == public and row.sentence is not None:
                params = {"title": action.title, "sentence": row.sentence.text(subject.language)}
                pieces.append(subject.say("pact_public.effect", 1, params))
    return pieces or [subject.say("pact_public.no_effect", 3)]


def _exploratory(subject: Pact, publics: Sequence[str]) -> list[Piece]:
    """Say, where an effect by public is said, that it is no part of the verdict."""
    told = {row.key for _, record in subject.measured for row in _told(record)}
    return [subject.say("pact_public.exploratory", 1)] if told & set(publics) else []


def _told(record: Record) -> tuple[PublicEffectRecord, ...]:
    return record.subgroups.told if record.subgroups is not None else ()


def period(subject: Pact) -> list[Piece]:
    """Say what time the pact and each measure cover."""
    pieces = _duration(subject)
    language = subject.language
    for action, record in subject.measured:
        before, after = (moment.text(language) for moment in record.window)
        params = {"title": action.title, "start": action.start, "before": before, "after": after}
        times = "one" if before == after else "two"
        pieces.append(subject.say(f"period.{times}", 1, params))
    pieces.append(subject.say("period.beyond", 2))
    return pieces


def pact_method(subject: Pact) -> list[Piece]:
    """Say how each action is measured, how solid that is and what limits it."""
    pieces = []
    for action, record in subject.measured:
        told = record.sentences.method.text(subject.language)
        pieces.append(subject.say("pact_method.action", 0, {"title": action.title, "method": told}))
        params = {"strength": record.strength, "word": Message(f"verdict.strength.{record.strength}")}
        pieces.append(subject.say("strength", 1, params))
        pieces.append(Piece(record.bound_by.text(subject.language), rank=2))
    pieces.append(subject.say("data_protection", 3))
    return pieces


def pact_stories(subject: Pact) -> list[Piece]:
    """Say the stories that may be published."""
    language = subject.language
    pieces = []
    for action, record in subject.measured:
        for change in record.contribution.changes if record.contribution is not None else ():
            params = {
                "text": change.text.text(language),
                "by": Message(f"form.stories.by.{change.told_by}"),
            }
            text = Message("form.stories.story", params).text(language)
            pieces.append(Piece(text, own=True, under=action.title.text(language)))
    return pieces


def pact_follow_on(subject: Pact) -> list[Piece]:
    """Say the lessons and the decision of each action."""
    language = subject.language
    pieces = []
    for action, _ in subject.measured:
        head = action.title.text(language)
        if action.lessons is not None:
            pieces.append(Piece(action.lessons.text(language), own=True, under=head))
        if action.decision is not None:
            params = {"reasons": action.decision.reasons.text(language)}
            text = Message(f"form.decision.{action.decision.choice}", params).text(language)
            pieces.append(Piece(text, own=True, under=head))
    return pieces


def table_of_actions(subject: Pact) -> FormTable:
    """Return one row per action: need, effect sought, people, effect, verdict, solidity, decision."""
    language = subject.language

    def say(key: str) -> str:
        return Message(f"form.table.{key}").text(language)

    header = (
        "action",
        "pilot_id",
        "need",
        "intended_effect",
        "n",
        "effect",
        "verdict",
        "strength",
        "decision",
    )
    rows = [
        (
            action.title.text(language),
            action.pilot_id,
            action.need.text(language),
            action.intended_effect.text(language),
            _number_followed(record, say),
            record.sentences.interval.text(language),
            record.sentences.verdict.text(language),
            record.strength,
            say(f"decided.{action.decision.choice}") if action.decision is not None else None,
        )
        for action, record in subject.measured
    ]
    return FormTable(
        title=say("title"),
        header=tuple(map(say, header)),
        rows=tuple(rows),
        numeric=(4, 7),
        workbook_only=(2, 3),
    )


def _number_followed(record: Record, say: Callable[[str], str]) -> int | str:
    if record.series is not None:
        return say("territories")
    return say("few") if record.n_treated is None else record.n_treated


WRITERS: Mapping[str, Callable[[Pact], list[Piece]]] = {
    writer.__name__: writer
    for writer in (
        pact,
        summary,
        actions,
        pact_publics,
        rurality,
        period,
        pact_method,
        pact_stories,
        pact_follow_on,
    )
}
