"""The sheet that `impactkit new` gives to fill: a row for each respondent and item."""

from __future__ import annotations

from impactkit.document.to_xlsx import Sheet, to_xlsx
from impactkit.forms.changes.words import CHOICES, COLUMNS, heading, words
from impactkit.forms.definition import FormDefinition, definition
from impactkit.text import Language, Message

_RESPONDENTS = 5


def questionnaire(
    language: Language, *, form: FormDefinition | None = None, respondents: int = _RESPONDENTS
) -> bytes:
    """Return the workbook to fill, with choices offered in its cells.

    Parameters
    ----------
    language : {"fr", "en"}
    form : FormDefinition, optional
        A user's own version of ``form_pacte_changes``.
    respondents : int, default 5
        For how many respondents rows are ready; more are added by copying rows.
    """
    form = form or definition("form_pacte_changes")
    rows = [
        (str(i), "", item.key, item.label.text(language), "", "", "", None, "")
        for i in range(1, respondents + 1)
        for _, item in form.items
    ]
    sheet = Sheet(
        name=Message("form.changes.sheet").text(language),
        header=tuple(heading(column, language) for column in COLUMNS),
        rows=rows,
        choices={COLUMNS.index(column): words(column, language) for column in CHOICES},
    )
    return to_xlsx([sheet])
