"""Filling a form: the user's own words, and what the evidence allows to say."""

from __future__ import annotations

from collections.abc import Sequence

from impactkit.evidence.evidence import Evidence
from impactkit.evidence.record import Record
from impactkit.files.model import Action, Study
from impactkit.forms import of_action, of_changes, of_pact
from impactkit.forms.cautions import cautions_of
from impactkit.forms.changes import Answers, read_changes
from impactkit.forms.compose import Piece, compose
from impactkit.forms.definition import FormDefinition, SectionDefinition, definition
from impactkit.forms.form import Form, FormTable, Section
from impactkit.forms.of_changes import Asked, asked_of, items, records_of_items, respondents
from impactkit.forms.of_pact import Pact
from impactkit.text import Language, Message
from impactkit.text.language import as_language

FORMS_OF_KIND = {"cls": ("form_cls",), "pacte": ("form_pacte_effects", "form_pacte_changes")}


def fill_form(
    study: Study,
    evidence: Evidence | Record | Sequence[Evidence | Record],
    *,
    definition: FormDefinition | None = None,
    lang: str | None = None,
) -> Form:
    """Fill the study's form with the evidence on one action, or on several.

    Parameters
    ----------
    study : Study
        Its words for the need and the effect sought are used as written.
    evidence : Evidence or Record, or a sequence of them
        One for each action measured.
    definition : FormDefinition, optional
        What the form asks, from `read_definition`; by default the shipped ``form_cls`` for a contract and
        ``form_pacte_effects`` for a pact.
    lang : {"fr", "en"}, optional
        The study's language by default.

    Returns
    -------
    Form
    """
    several = [evidence] if isinstance(evidence, (Evidence, Record)) else list(evidence)
    records = [item.record if isinstance(item, Evidence) else item for item in several]
    form = definition or _shipped(FORMS_OF_KIND[study.kind][0])
    return _fill(form, study, records, as_language(lang or study.language))


def forms_of(
    study: Study,
    records: Sequence[Record],
    *,
    own: Sequence[FormDefinition] = (),
    lang: str | None = None,
) -> tuple[Form, ...]:
    """Return the forms to hand in for a study, given the records of its measured actions.

    Parameters
    ----------
    study : Study
    records : sequence of Record
    own : sequence of FormDefinition
        The user's versions, each in place of the shipped one of the same name.
    lang : {"fr", "en"}, optional

    Raises
    ------
    DataError
        When the questionnaire of a pact cannot be read.
    """
    language = as_language(lang or study.language)
    versions: dict[str, FormDefinition] = {form.name: form for form in own}
    forms = [versions.get(name) or _shipped(name) for name in FORMS_OF_KIND[study.kind]]
    return tuple(_fill(form, study, records, language) for form in forms)


def _shipped(name: str) -> FormDefinition:
    return definition(name)


def _fill(form: FormDefinition, study: Study, records: Sequence[Record], language: Language) -> Form:
    by_action = {record.action: record for record in records}
    measured = tuple((action, by_action[action.id]) for action in study.actions if action.id in by_action)
    answers = read_changes(study, form) if form.items else Answers(())
    pact, asked = Pact(study, measured, language), asked_of(study, answers, form, language)
    sections = [
        _section(section, _of_study(section, pact, asked), language, study, None, measured)
        for section in form.of_study
    ]
    sections += [
        _section(
            section, _of_action(section, study, action, record, language), language, study, action, measured
        )
        for action, record in measured
        for section in form.of_action
    ]
    return Form(
        form=form.name,
        version=form.version,
        study=study.id,
        language=language,
        title=form.title.text(language),
        subtitle=study.title.text(language),
        sections=tuple(sections),
        action_titles={action.id: action.title.text(language) for action, _ in measured},
        tables=_tables(form, pact, asked),
        changes=records_of_items(asked, form),
    )


def _of_study(section: SectionDefinition, pact: Pact, asked: Asked) -> list[Piece]:
    pieces: list[Piece] = []
    for content in section.contents:
        if content == "respondents":
            pieces += respondents(asked)
        elif content == "items":
            pieces += items(asked, section)
        else:
            pieces += of_pact.WRITERS[content](pact)
    return pieces


def _of_action(
    section: SectionDefinition, study: Study, action: Action, record: Record, language: Language
) -> list[Piece]:
    subject = of_action.Subject(study, action, record, language)
    return [piece for content in section.contents for piece in of_action.WRITERS[content](subject)]


def _section(
    section: SectionDefinition,
    pieces: Sequence[Piece],
    language: Language,
    study: Study,
    action: Action | None,
    measured: Sequence[tuple[Action, Record]],
) -> Section:
    composed = compose(pieces, section.max_length)
    # A story is told in its teller's words.
    judged = not _STORIES & {*section.contents}
    own = [piece.text for piece in pieces if piece.own and judged]
    # What becomes of a territory or of a partnership is not what the actions' measures are about.
    about = [record for each, record in measured if action is None or each.id == action.id]
    about = [] if "items" in section.contents else about
    return Section(
        key=section.key,
        label=section.label.text(language),
        help=section.help.text(language),
        text=composed.text,
        max_length=section.max_length,
        source=section.source,
        required=section.required,
        action=None if action is None else action.id,
        left_out=composed.left_out,
        to_fill="" if composed.text else _to_fill(section, study, language),
        cautions=cautions_of(own, about, language),
    )


def _to_fill(section: SectionDefinition, study: Study, language: Language) -> str:
    """Say where what a section lacks is written."""
    if study.changes is not None and {"items", "respondents"} & {*section.contents}:
        return Message("form.to_fill.questionnaire", {"path": study.changes.path}).text(language)
    known = [name for name in section.contents if name in _WHERE]
    if not known:
        return Message("form.to_fill.by_hand").text(language)
    places = ", ".join(dict.fromkeys(_WHERE[name] for name in known))
    key = "study" if section.required else "optional"
    return Message(f"form.to_fill.{key}", {"places": places}).text(language)


_STORIES = {"stories", "pact_stories"}
# The keys of study.toml that fill what may be empty.
_WHERE = {
    "logic": "actions.logic",
    "stories": "actions.contribution",
    "follow_on": "actions.lessons, actions.decision",
    "means": "actions.funding",
    "pact_stories": "actions.contribution",
    "pact_follow_on": "actions.lessons, actions.decision",
    "respondents": "changes",
    "items": "changes",
}


def _tables(form: FormDefinition, pact: Pact, asked: Asked) -> tuple[FormTable, ...]:
    if form.items:
        table = of_changes.table_of_items(asked, form)
    elif any("actions" in section.contents for section in form.of_study):
        table = of_pact.table_of_actions(pact)
    else:
        return ()
    return (table,) if table.rows else ()
