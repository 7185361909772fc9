"""A page checked against what RGAA 4.1 asks and a program can see, beyond what axe-core looks at.

axe-core sees neither a wrong language nor an equivalent that says nothing: this does, and needs no browser.
What no program can see (whether an equivalent is true, whether a sentence is clear) is left to a person.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from impactkit.report.accessibility.colour import colours
from impactkit.report.accessibility.equivalents import equivalents, tables
from impactkit.report.accessibility.finding import Finding
from impactkit.report.accessibility.names import names, requests
from impactkit.report.accessibility.structure import headings, landmarks, language, title
from impactkit.report.page_tree import Element, read_tree

_RULES: tuple[Callable[[Element], Iterator[Finding]], ...] = (
    language,
    title,
    headings,
    landmarks,
    equivalents,
    tables,
    names,
    colours,
    requests,
)


def check_page(html: str) -> tuple[Finding, ...]:
    """Check a page: empty when nothing was found.

    Parameters
    ----------
    html : str
        A whole page.

    Returns
    -------
    tuple of Finding
        In the order of the rules: language, title, headings, landmarks, equivalents, tables, names and
        references, colours, what is fetched.

    Examples
    --------
    >>> [finding.code for finding in check_page('<html lang="fr"><h2>Deux</h2></html>')][:3]
    ['title', 'one_h1', 'heading_first']
    """
    page = read_tree(html)
    return tuple(finding for rule in _RULES for finding in rule(page))
