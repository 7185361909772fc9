"""What a result shows of itself in a notebook, where it is not yet judged: nothing that tells a small number.

The attributes of a result, and its ``tidy()``, are for computing; `impactkit.assess` makes what is published.
"""

from __future__ import annotations

from impactkit.design.design import Design
from impactkit.disclosure import is_small
from impactkit.html import paragraph_html, shown_html
from impactkit.text import Message


def may_be_displayed(design: Design, *people: int) -> bool:
    """Tell whether an effect can be shown as it was computed, being of groups of this many people.

    That on a yes/no outcome can give the numbers of yes back (`impactkit.disclosure.hidden_shares`): only
    `impactkit.assess` shows it, as wide as it must be.
    """
    profile = design.cohort.profile
    return design.variable.type != "boolean" and not any(is_small(n, profile) for n in people)


def not_displayed_html() -> str:
    """Say where to read a result that is not shown as it was computed."""
    return shown_html(paragraph_html(Message("estimators.display.assess")))
