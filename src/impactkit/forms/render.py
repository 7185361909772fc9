"""A filled form as one self-contained page to copy from."""

from __future__ import annotations

from functools import cache
from itertools import groupby

import jinja2

from impactkit.forms.form import Form, Section
from impactkit.html import stylesheet
from impactkit.text import Message


def form_html(form: Form) -> str:
    """Return the page of a form: each section with its text, its length and a button to copy it."""
    groups = [
        {"action": action, "title": form.action_titles[action], "sections": list(sections)}
        for action, sections in groupby(form.sections, key=lambda section: section.action)
    ]
    return _template().render(
        form=form,
        groups=groups,
        counts={f"{section.action}-{section.key}": _count(section, form) for section in form.sections},
        say=lambda key: Message(f"form.page.{key}").text(form.language),
        stylesheet=stylesheet(),
    )


def _count(section: Section, form: Form) -> str:
    if section.over_length:
        return Message("form.page.over", {"n": section.over_length}).text(form.language)
    params = {"n": len(section.text), "limit": section.max_length}
    return Message("form.page.characters", params).text(form.language)


@cache
def _template() -> jinja2.Template:
    loader = jinja2.PackageLoader("impactkit.forms", ".")
    environment = jinja2.Environment(
        loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    return environment.get_template("form.html.j2")
