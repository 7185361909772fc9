"""A filled form as one self-contained page to copy from."""

from __future__ import annotations

from pathlib import Path

from impactkit.document.to_html import to_html
from impactkit.forms.blocks import count_text, remarks, source_text, table_block
from impactkit.forms.form import Form
from impactkit.html import page_frame, page_template
from impactkit.text import Message

_TEMPLATE = Path(__file__).with_name("form.html.j2")


def form_html(form: Form) -> str:
    """Return the page of a form: each section with its text, its length and a button to copy it."""
    title = f"{form.title} – {form.subtitle}"
    return page_template(_TEMPLATE).render(
        page=page_frame(title, form.language),
        form=form,
        counts={section.name: count_text(form, section) for section in form.sections},
        sources={section.name: source_text(form, section) for section in form.sections},
        remarks={
            section.name: [text for text in remarks(form, section) if text != count_text(form, section)]
            for section in form.sections
        },
        tables=[to_html([table_block(form, table)], form.language) for table in form.tables],
        say=lambda key: Message(f"form.page.{key}").text(form.language),
        counting={
            "within": _pattern(form, "form.page.characters", "limit"),
            "over": _pattern(form, "form.page.over"),
        },
    )


def _pattern(form: Form, key: str, *names: str) -> str:
    """Return a sentence in which the script writes the numbers."""
    return Message(key, {name: "{" + name + "}" for name in ("n", *names)}).text(form.language)
