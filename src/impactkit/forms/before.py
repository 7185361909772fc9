"""What can be said of the user's own texts before any form is made: too long, or claiming too soon."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from impactkit.errors import Problem
from impactkit.files.claims import claims_beyond
from impactkit.files.locate import KeyPath, place_of
from impactkit.files.model import Action, Study
from impactkit.forms.definition import FormDefinition, SectionDefinition, definition
from impactkit.forms.fill import FORMS_OF_KIND
from impactkit.text import Label
from impactkit.text.language import LANGUAGES

_SOUGHT = ("need", "intended_effect", "logic")


def text_problems(study: Study, *, own: Sequence[FormDefinition] = ()) -> tuple[Problem, ...]:
    """Return the texts of a study longer than a form's field, and those that claim before any result.

    Parameters
    ----------
    study : Study
    own : sequence of FormDefinition
        The user's versions of the forms, each in place of the shipped one of the same name.
    """
    versions: dict[str, FormDefinition] = {form.name: form for form in own}
    forms = [versions.get(name) or definition(name) for name in FORMS_OF_KIND[study.kind]]
    found: dict[tuple[str, str | None], Problem] = {}
    for i, action in enumerate(study.actions):
        for problem in (*_too_long(study, action, i, forms), *_too_soon(study, action, i)):
            found.setdefault((problem.code, problem.place), problem)
    return tuple(found.values())


def _too_long(study: Study, action: Action, i: int, forms: Sequence[FormDefinition]) -> Iterator[Problem]:
    for form in forms:
        for section in form.of_action:
            for path, text in _own(action, section):
                excess = max(len(text.text(language)) for language in LANGUAGES) - section.max_length
                if excess > 0:
                    params = {
                        "label": Label(fr=section.label.fr, en=section.label.en),
                        "n": excess,
                        "limit": section.max_length,
                    }
                    yield _told(study, "A-FOR-01", ("actions", i, *path), params)


def _own(action: Action, section: SectionDefinition) -> Iterator[tuple[KeyPath, Label]]:
    """Yield the user's texts that a section holds, with their keys in the study file."""
    for content in section.contents:
        if content in _SOUGHT:
            text = getattr(action, content)
            if text is not None:
                yield (content,), text
        elif content == "follow_on":
            if action.lessons is not None:
                yield ("lessons",), action.lessons
            if action.decision is not None:
                yield ("decision", "reasons"), action.decision.reasons


def _too_soon(study: Study, action: Action, i: int) -> Iterator[Problem]:
    for key in _SOUGHT:
        text = getattr(action, key)
        if text is None:
            continue
        found = [words for language in LANGUAGES for words in claims_beyond(text.text(language), "nothing")]
        if found:
            params = {"words": ", ".join(dict.fromkeys(found))}
            yield _told(study, "A-FOR-02", ("actions", i, key), params)


def _told(study: Study, code: str, path: KeyPath, params: Mapping[str, object]) -> Problem:
    return Problem(code=code, file=study.path.name or None, place=place_of(path), params=params)
