"""What a form says of one action: the study's own words, and what its record allows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from impactkit.evidence.record import Band, GroupRecord, OutcomeRecord, Record
from impactkit.files.model import Action, Study
from impactkit.forms.compose import Piece, listed_under, said
from impactkit.text import Language, Message, Quantity
from impactkit.text.numbers import decimals_for, number, percent


@dataclass(frozen=True, slots=True)
class Subject:
    """The action that a section is about."""

    study: Study
    action: Action
    record: Record
    language: Language

    def say(self, key: str, rank: int = 0, /, params: Mapping[str, object] | None = None) -> Piece:
        """Return a sentence of the forms' catalogue."""
        return Piece(Message(f"form.{key}", params or {}).text(self.language), rank=rank)


def band_text(band: Band, language: Language) -> str:
    """Write a band of shares in words."""
    if band.high is None or band.high == 1:
        return Message("account.band.highest", {"low": percent(band.low, language)}).text(language)
    if band.low == 0:
        return Message("account.band.lowest", {"high": percent(band.high, language)}).text(language)
    ends = {"low": percent(band.low, language), "high": percent(band.high, language)}
    return Message("account.band.between", ends).text(language)


def people_followed(record: Record) -> int | None:
    """Return how many people are followed: ``None`` when secrecy hides it, or when territories are."""
    return None if record.series is not None else record.n_treated


def identification(subject: Subject) -> list[Piece]:
    """Say which action is measured."""
    study, action = subject.study, subject.action
    facts = [
        subject.say(f"identity.{study.kind}", 0, {"title": study.title}),
        subject.say("identity.territory", 1, {"name": study.territory.name}),
        subject.say("identity.action", 0, {"title": action.title}),
        subject.say("identity.start", 1, {"start": action.start}),
    ]
    if action.pilot_id is not None:
        facts.append(subject.say("identity.pilot_id", 1, {"number": action.pilot_id}))
    if action.axis is not None:
        facts.append(subject.say("identity.axis", 2, {"axis": Message(f"report.axis.{action.axis}")}))
    if action.status is not None:
        facts.append(subject.say(f"identity.status.{action.status}", 2))
    if study.pilot is not None:
        facts.append(subject.say("identity.pilot", 2, {"name": study.pilot}))
    return facts


def need(subject: Subject) -> list[Piece]:
    """Say the need in the user's words."""
    return [Piece(subject.action.need.text(subject.language), own=True)]


def intended_effect(subject: Subject) -> list[Piece]:
    """Say the effect sought in the user's words."""
    return [Piece(subject.action.intended_effect.text(subject.language), own=True)]


def logic(subject: Subject) -> list[Piece]:
    """Say the logic in the user's words."""
    told = subject.action.logic
    return [] if told is None else [Piece(told.text(subject.language), own=True)]


def publics(subject: Subject) -> list[Piece]:
    """Say how many people are followed, and which priority publics are aimed at and seen."""
    record, action, language = subject.record, subject.action, subject.language
    pieces = []
    n = people_followed(record)
    if n is not None:
        pieces.append(subject.say("people.followed", 0, {"n": n}))
    else:
        pieces.append(subject.say("people.few" if record.series is None else "people.territories"))
    aimed = [Message(f"public.{name}") for name in action.publics]
    if aimed:
        pieces += listed_under(Message("form.people.aimed"), aimed, language, rank=1)
    else:
        pieces.append(subject.say("people.none_aimed", 1))
    seen = [row for row in record.accounts.publics if row.share is not None] if record.accounts else []
    head = Message("form.people.seen").text(language)
    for row in seen:
        assert row.share is not None
        params = {"public": row.label.text(language), "band": band_text(row.share, language)}
        pieces.append(Piece(Message("form.people.share", params).text(language), rank=2, under=head))
    told = record.subgroups.told if record.subgroups is not None else ()
    pieces += said((row.sentence for row in told), language, rank=2)
    if told:
        pieces.append(subject.say("pact_public.exploratory", 2))
    pieces.append(subject.say("people.territory", 3, {"name": subject.study.territory.name}))
    return pieces


def method(subject: Subject) -> list[Piece]:
    """Say the method in short."""
    record, language = subject.record, subject.language
    told = record.sentences
    pieces = [subject.say("method.outcome", 1, {"outcome": record.outcome.label.text(language)})]
    pieces.append(Piece(told.method.text(language), rank=0))
    n = people_followed(record)
    if n is not None and record.n_comparison:
        params = {"treated": n, "compared": record.n_comparison}
        pieces.append(subject.say("method.numbers", 1, params))
    if told.smallest_effect is not None:
        pieces.append(Piece(told.smallest_effect.text(language), rank=2))
    if record.made_comparable is not None:
        on = ", ".join(item.text(language) for item in record.made_comparable.on)
        pieces.append(subject.say("method.comparable", 3, {"on": on}))
    elif record.covariates:
        on = ", ".join(item.text(language) for item in record.covariates)
        pieces.append(subject.say("method.covariates", 3, {"on": on}))
    pieces += _losses(subject)
    if told.uncertainty is not None:
        pieces.append(Piece(told.uncertainty.text(language), rank=5))
    return pieces


def _losses(subject: Subject) -> list[Piece]:
    record, language = subject.record, subject.language
    rows = record.accounts.losses if record.accounts is not None else ()
    pieces = []
    for row in rows[-2:] if any(row.group == "comparison" for row in rows) else rows[-1:]:
        if row.lost is not None:
            params = {"period": row.period.text(language), "band": band_text(row.lost, language)}
            pieces.append(subject.say(f"method.lost.{row.group}", 4, params))
    return pieces


def results(subject: Subject) -> list[Piece]:
    """Say the effect as an interval, then the means, then other outcomes."""
    record, language = subject.record, subject.language
    told = record.sentences
    pieces = [Piece(told.interval.text(language), rank=0)]
    pieces += said([told.per_hundred], language, rank=2)
    pieces.append(Piece(told.significance.text(language), rank=1))
    pieces += _means(subject)
    others = [item.sentence for item in record.secondary]
    pieces += listed_under(Message("form.results.others"), others, language, rank=4)
    return pieces


def _means(subject: Subject) -> list[Piece]:
    """Say the outcome before and after, in each group where secrecy lets it be told."""
    record = subject.record
    pieces = []
    for group in ("treated", "comparison"):
        rows = {row.time: row for row in record.means if row.group == group and row.mean is not None}
        if "after" not in rows:
            continue
        params = {"outcome": record.outcome.label.text(subject.language)}
        params |= {time: _mean(row, record.outcome, subject.language) for time, row in rows.items()}
        times = "both" if "before" in rows else "after"
        pieces.append(subject.say(f"results.{times}.{group}", 3, params))
    return pieces


def _mean(row: GroupRecord, outcome: OutcomeRecord, language: Language) -> str:
    assert row.mean is not None
    if outcome.type == "boolean":
        return percent(row.mean, language)
    text = number(row.mean, language, decimals=decimals_for(max(abs(row.mean) / 4, 1e-6)))
    return text if outcome.unit is None else f"{text} {outcome.unit.text(language)}"


def attribution(subject: Subject) -> list[Piece]:
    """Say the verdict, what can be said and what cannot."""
    told, language = subject.record.sentences, subject.language
    return [
        subject.say("verdict", 0, {"verdict": told.verdict.text(language)}),
        *listed_under(Message("form.can_say"), told.can_say, language, rank=1),
        *listed_under(Message("form.cannot_say"), told.cannot_say, language, rank=1),
    ]


def limits(subject: Subject) -> list[Piece]:
    """Say how solid the measure is, why, what would raise it and how data are protected."""
    record, language = subject.record, subject.language
    params = {"strength": record.strength, "word": Message(f"verdict.strength.{record.strength}")}
    pieces = [subject.say("strength", 0, params), Piece(record.bound_by.text(language), rank=1)]
    others = [reason for reason in record.reasons if reason != record.bound_by]
    pieces += [Piece(reason.text(language), rank=2) for reason in others]
    pieces += [Piece(note.text(language), rank=3) for note in record.notes]
    strengthen = record.sentences.to_strengthen
    pieces += listed_under(Message("form.to_strengthen"), strengthen, language, rank=4)
    pieces.append(subject.say("data_protection", 5))
    return pieces


def stories(subject: Subject) -> list[Piece]:
    """Say what figures do not: stories, hypotheses and other explanations, as the study writes them."""
    told, language = subject.record.contribution, subject.language
    if told is None:
        return []
    pieces = [
        Piece(
            Message(
                "form.stories.story", {"text": change.text.text(language), "by": _by(change.told_by)}
            ).text(language),
            own=True,
            under=Message("form.stories.stories").text(language),
        )
        for change in told.changes
    ]
    for hypothesis in told.hypotheses:
        head = Message("form.stories.hypothesis", {"text": hypothesis.text.text(language)}).text(language)
        found = [("for", item) for item in hypothesis.supported_by]
        found += [("against", item) for item in hypothesis.contradicted_by]
        pieces += [
            Piece(
                Message(f"form.stories.{side}", {"text": text.text(language)}).text(language),
                own=True,
                under=head,
            )
            for side, text in found
        ]
        if not found:
            pieces.append(Piece(head, own=True))
    head = Message("form.stories.rivals").text(language)
    for rival in told.rivals:
        params = {"text": rival.text.text(language), "judgement": Message(f"form.stories.{rival.judgement}")}
        pieces.append(Piece(Message("form.stories.rival", params).text(language), own=True, under=head))
    return pieces


def _by(teller: str) -> Message:
    return Message(f"form.stories.by.{teller}")


def follow_on(subject: Subject) -> list[Piece]:
    """Say the lessons and the decision in the user's words."""
    action, language = subject.action, subject.language
    pieces = []
    if action.lessons is not None:
        pieces.append(Piece(action.lessons.text(language), own=True))
    if action.decision is not None:
        params = {"reasons": action.decision.reasons.text(language)}
        text = Message(f"form.decision.{action.decision.choice}", params).text(language)
        pieces.append(Piece(text, own=True))
    return pieces


def means(subject: Subject) -> list[Piece]:
    """Say what the action costs, who pays, and how much per person followed."""
    funding = subject.action.funding
    if funding is None:
        return []
    total = funding.state + funding.collectivity + funding.others
    pieces = [subject.say("means.total", 0, {"total": Quantity(total)})]
    if not total:
        return pieces
    for rank, (name, amount) in enumerate(funding.model_dump().items(), start=1):
        if amount:
            params = {"amount": Quantity(amount), "share": Quantity(amount / total, kind="percent")}
            pieces.append(subject.say(f"means.{name}", rank, params))
    n = people_followed(subject.record)
    if n:
        params = {"amount": Quantity(total / n)}
        pieces.append(subject.say("means.per_person", 4, params))
    return pieces


WRITERS: Mapping[str, Callable[[Subject], list[Piece]]] = {
    writer.__name__: writer
    for writer in (
        identification,
        need,
        intended_effect,
        logic,
        publics,
        method,
        results,
        attribution,
        limits,
        stories,
        follow_on,
        means,
    )
}
