"""The Pilot'actions forms, filled from evidence records and from the study's own words."""

from impactkit.forms.before import text_problems
from impactkit.forms.changes import questionnaire, read_changes
from impactkit.forms.definition import (
    NAMES,
    FormDefinition,
    definition,
    form_schema,
    read_definition,
    shipped_text,
)
from impactkit.forms.fill import FORMS_OF_KIND, fill_form, forms_of
from impactkit.forms.form import Form, FormTable, Section
from impactkit.forms.render import form_html
from impactkit.forms.sheets import form_xlsx
from impactkit.forms.word import form_document, form_docx

__all__ = [
    "FORMS_OF_KIND",
    "NAMES",
    "Form",
    "FormDefinition",
    "FormTable",
    "Section",
    "definition",
    "fill_form",
    "form_document",
    "form_docx",
    "form_html",
    "form_schema",
    "form_xlsx",
    "forms_of",
    "questionnaire",
    "read_changes",
    "read_definition",
    "shipped_text",
    "text_problems",
]
