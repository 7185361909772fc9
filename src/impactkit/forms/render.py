"""A filled form as one self-contained page to copy from."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

from impactkit.forms.form import Form, Section
from impactkit.html import page_frame, page_template
from impactkit.text import Message

_TEMPLATE = Path(__file__).with_name("form.html.j2")


def form_html(form: Form) -> str:
    """Return the page of a form: each section with its text, its length and a button to copy it."""
    groups = [
        {"action": action, "title": form.action_titles[action], "sections": list(sections)}
        for action, sections in groupby(form.sections, key=lambda section: section.action)
    ]
    title = f"{form.title} – {form.subtitle}"
    return page_template(_TEMPLATE).render(
        page=page_frame(title, form.language),
        form=form,
        groups=groups,
        counts={f"{section.action}-{section.key}": _count(section, form) for section in form.sections},
        say=lambda key: Message(f"form.page.{key}").text(form.language),
    )


def _count(section: Section, form: Form) -> str:
    if section.over_length:
        return Message("form.page.over", {"n": section.over_length}).text(form.language)
    params = {"n": len(section.text), "limit": section.max_length}
    return Message("form.page.characters", params).text(form.language)
