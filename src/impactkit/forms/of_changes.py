"""What the form on changes says: who answered, and each item's level, agreement, proof and share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from impactkit.disclosure import profile_of, protect_parts
from impactkit.files.model import Study
from impactkit.forms.changes import Answer, Answers, ItemSummary, summarise
from impactkit.forms.changes.words import COMMITTEE, TYPES, word
from impactkit.forms.compose import Piece
from impactkit.forms.definition import FormDefinition, ItemDefinition, SectionDefinition
from impactkit.forms.form import FormTable, ItemRecord
from impactkit.html import MASKED
from impactkit.text import Language, Message, Quantity

# Words for a consensus: our own cut points, told in docs/forms.md.
_STRONG, _MEDIUM = 0.8, 0.5
_SHARE_DECIMALS, _CONSENSUS_DECIMALS = 2, 1


@dataclass(frozen=True, slots=True)
class Asked:
    """The answers to the questionnaire of a pact, and what may be shown of each item, by its key."""

    study: Study
    answers: Answers
    language: Language
    summaries: Mapping[str, ItemSummary]

    def say(self, key: str, **params: object) -> str:
        """Write a sentence of the questionnaire."""
        return Message(f"form.changes.say.{key}", params).text(self.language)


def asked_of(study: Study, answers: Answers, form: FormDefinition, language: Language) -> Asked:
    """Return the answers with the summary of each item of a form."""
    profile = profile_of(study.secrecy)
    about: dict[str, list[Answer]] = {item.key: [] for _, item in form.items}
    for answer in answers.items:
        about[answer.item].append(answer)
    return Asked(
        study, answers, language, {key: summarise(key, said, profile) for key, said in about.items()}
    )


def respondents(asked: Asked) -> list[Piece]:
    """Say how many answered, of which types, and what a committee agreed on."""
    types = {answer.respondent: answer.type for answer in asked.answers.items}
    if not types:
        return []
    profile = profile_of(asked.study.secrecy)
    own = Counter(name for name in types.values() if name != COMMITTEE)
    pieces = []
    if own.total() >= profile.minimum:
        pieces.append(Piece(asked.say("respondents", n=own.total())))
    elif own:
        pieces.append(Piece(asked.say("few_respondents", minimum=profile.minimum)))
    if COMMITTEE in types.values():
        pieces.append(Piece(asked.say("committee")))
    present = [name for name in TYPES if own[name]]
    counts = protect_parts([own[name] for name in present], profile)
    for name, n in zip(present, counts, strict=True):
        kind = word("type", name, asked.language)
        text = kind if n is None else asked.say("of_type", type=kind, n=n)
        pieces.append(Piece(text, rank=1, under=asked.say("types")))
    pieces.append(Piece(asked.say("rule", minimum=profile.minimum), rank=2))
    return pieces


def items(asked: Asked, section: SectionDefinition) -> list[Piece]:
    """Say each item of a section."""
    return [piece for item in section.items for piece in _item(asked, item)]


def _item(asked: Asked, item: ItemDefinition) -> list[Piece]:
    found = asked.summaries[item.key]
    if found.is_empty:
        return []
    head = item.label.text(asked.language)
    pieces = [Piece(_agreed(asked, answer), under=head) for answer in found.committee]
    pieces += [Piece(text, rank=rank, under=head) for rank, text in enumerate(_individual(asked, found))]
    told = dict.fromkeys(_proof(asked, answer) for answer in found.proofs)
    return [*pieces, *(Piece(text, own=True, under=head) for text in told)]


def _agreed(asked: Asked, answer: Answer) -> str:
    level = word("level", answer.level, asked.language)
    if answer.share is None:
        return asked.say("agreed", level=level)
    return asked.say("agreed_share", level=level, share=word("share", answer.share, asked.language))


def _individual(asked: Asked, found: ItemSummary) -> list[str]:
    """Say what respondents answered on their own, the most needed first."""
    if found.size == "none":
        return []
    if found.level is None:
        return [asked.say("not_summed")]
    level = word("level", found.level, asked.language)
    if found.share is None:
        told = [asked.say("level", level=level)]
    else:
        told = [asked.say("level_share", level=level, share=Quantity(found.share, kind="percent"))]
    if found.due is not None:
        told.append(asked.say("due", share=word("share", found.due, asked.language)))
    if found.consensus is not None:
        name = "strong" if found.consensus >= _STRONG else "medium" if found.consensus >= _MEDIUM else "weak"
        told.append(asked.say(f"consensus_{name}", value=Quantity(found.consensus, decimals=1)))
    if found.proved:
        told.append(asked.say("proved", share=Quantity(found.proved, kind="percent")))
    elif found.proved is not None and not found.proofs:
        told.append(asked.say("unproved"))
    return told


def _proof(asked: Asked, answer: Answer) -> str:
    assert answer.proof is not None
    if answer.is_proved:
        return asked.say("proof", text=answer.proof, source=answer.source, date=answer.date)
    return asked.say("proof_incomplete", text=answer.proof)


def records_of_items(asked: Asked, form: FormDefinition) -> tuple[ItemRecord, ...]:
    """Return what the table shows as data, in no language: a masked number is absent."""
    records = []
    for section, item in form.items:
        found = asked.summaries[item.key]
        if found.is_empty:
            continue
        records.append(
            ItemRecord(
                item=item.key,
                section=section.label,
                label=item.label,
                agreed=tuple(answer.level for answer in found.committee),
                level=found.level,
                share=_rounded(found.share, _SHARE_DECIMALS),
                consensus=_rounded(found.consensus, _CONSENSUS_DECIMALS),
                proved=_rounded(found.proved, _SHARE_DECIMALS),
                due=found.due,
                is_proved=any(answer.is_proved for answer in found.proofs),
            )
        )
    return tuple(records)


def _rounded(value: float | None, decimals: int) -> float | None:
    return None if value is None else round(value, decimals)


def table_of_items(asked: Asked, form: FormDefinition) -> FormTable:
    """Return one row per item that someone answered."""
    language = asked.language

    def head(key: str) -> str:
        return Message(f"form.changes.table.{key}").text(language)

    rows = []
    for section, item in form.items:
        found = asked.summaries[item.key]
        if found.is_empty:
            continue
        agreed = "; ".join(word("level", answer.level, language) for answer in found.committee)
        rows.append(
            (
                section.label.text(language),
                item.label.text(language),
                agreed or None,
                None if found.level is None else word("level", found.level, language),
                _shown(found, found.share, _SHARE_DECIMALS),
                _shown(found, found.consensus, _CONSENSUS_DECIMALS),
                None if found.due is None else word("share", found.due, language),
                _shown(found, found.proved, _SHARE_DECIMALS),
            )
        )
    header = ("section", "item", "agreed", "level", "share", "consensus", "due", "proved")
    return FormTable(
        title=head("title"), header=tuple(map(head, header)), rows=tuple(rows), numeric=(4, 5, 7)
    )


def _shown(found: ItemSummary, value: float | None, decimals: int) -> float | str | None:
    """Return a number of a table; what secrecy hides is marked, and nobody's answers have no number."""
    if value is not None:
        return round(value, decimals)
    return None if found.size == "none" else MASKED
