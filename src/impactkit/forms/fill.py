"""Filling a form: the user's own words, and what the evidence allows to say."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from impactkit.evidence.evidence import Evidence
from impactkit.evidence.record import Record, Words
from impactkit.files.model import Action, Study
from impactkit.forms.form import Form, FormDefinition, Section, definition
from impactkit.text import Language, Message
from impactkit.text.language import as_language

_FORM_OF_KIND = {"cls": "form_cls", "pacte": "form_pacte_effects"}


def fill_form(
    study: Study, evidence: Evidence | Record | Sequence[Evidence | Record], *, lang: str | None = None
) -> Form:
    """Fill the study's form with the evidence on one action, or on several.

    Parameters
    ----------
    study : Study
        Its words for the need and the effect sought are used as written.
    evidence : Evidence or Record, or a sequence of them
        One for each action measured.
    lang : {"fr", "en"}, optional
        The study's language by default.

    Returns
    -------
    Form
        ``form_cls`` for a contract, ``form_pacte_effects`` for a pact.
    """
    several = [evidence] if isinstance(evidence, (Evidence, Record)) else list(evidence)
    records = [item.record if isinstance(item, Evidence) else item for item in several]
    language = as_language(lang or study.language)
    return _fill(definition(_FORM_OF_KIND[study.kind]), study, records, language)


def forms_of(study: Study, records: Sequence[Record], *, lang: str | None = None) -> tuple[Form, ...]:
    """Return the forms to hand in for a study, given the records of its measured actions."""
    return (fill_form(study, records, lang=lang),)


def _fill(form: FormDefinition, study: Study, records: Sequence[Record], language: Language) -> Form:
    by_action = {record.action: record for record in records}
    measured = [action for action in study.actions if action.id in by_action]
    sections = tuple(
        Section(
            key=section.key,
            label=section.label.text(language),
            help=section.help.text(language),
            text=_WRITERS[section.key](study, action, by_action[action.id], language),
            max_length=section.max_length,
            source=section.source,
            action=action.id,
        )
        for action in measured
        for section in form.sections
    )
    return Form(
        form=form.name,
        version=form.version,
        study=study.id,
        language=language,
        title=form.title.text(language),
        subtitle=study.title.text(language),
        sections=sections,
        action_titles={action.id: action.title.text(language) for action in measured},
    )


# ------------------------------------------------------------------ what each section says


def _identification(study: Study, action: Action, record: Record, language: Language) -> str:
    params = {
        "study": study.title,
        "territory": study.territory.name,
        "action": action.title,
        "start": action.start,
    }
    return Message(f"form.identification.{study.kind}", params).text(language)


def _need(study: Study, action: Action, record: Record, language: Language) -> str:
    return action.need.text(language)


def _intended_effect(study: Study, action: Action, record: Record, language: Language) -> str:
    return action.intended_effect.text(language)


def _logic(study: Study, action: Action, record: Record, language: Language) -> str:
    if action.logic is None:
        return Message("form.not_stated").text(language)
    return action.logic.text(language)


def _publics(study: Study, action: Action, record: Record, language: Language) -> str:
    if not action.publics:
        return Message("form.no_priority_public").text(language)
    return _lines([Message(f"public.{name}").text(language) for name in action.publics])


def _method(study: Study, action: Action, record: Record, language: Language) -> str:
    said = record.sentences
    return _paragraphs([said.method, said.smallest_effect], language)


def _results(study: Study, action: Action, record: Record, language: Language) -> str:
    said = record.sentences
    return _paragraphs([said.interval, said.per_hundred, said.significance], language)


def _attribution(study: Study, action: Action, record: Record, language: Language) -> str:
    said = record.sentences
    parts = [
        Message("form.verdict", {"verdict": said.verdict.text(language)}).text(language),
        Message("form.can_say").text(language),
        _lines([sentence.text(language) for sentence in said.can_say]),
        Message("form.cannot_say").text(language),
        _lines([sentence.text(language) for sentence in said.cannot_say]),
    ]
    return "\n".join(parts)


def _limits(study: Study, action: Action, record: Record, language: Language) -> str:
    strength = {"strength": record.strength, "word": Message(f"verdict.strength.{record.strength}")}
    parts = [Message("form.strength", strength).text(language), record.bound_by.text(language)]
    parts += [reason.text(language) for reason in record.reasons if reason != record.bound_by]
    if record.sentences.to_strengthen:
        parts.append(Message("form.to_strengthen").text(language))
        parts.append(_lines([sentence.text(language) for sentence in record.sentences.to_strengthen]))
    return "\n".join(parts)


def _paragraphs(texts: Sequence[Words | None], language: Language) -> str:
    return "\n".join(text.text(language) for text in texts if text is not None)


def _lines(texts: Sequence[str]) -> str:
    return "\n".join(f"– {text}" for text in texts)


_WRITERS: Mapping[str, Callable[[Study, Action, Record, Language], str]] = {
    "identification": _identification,
    "need": _need,
    "intended_effect": _intended_effect,
    "logic": _logic,
    "publics": _publics,
    "method": _method,
    "results": _results,
    "attribution": _attribution,
    "limits": _limits,
}
