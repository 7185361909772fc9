"""The self-check: nothing found on what is shipped, and each defect found where it was put."""

from __future__ import annotations

import re

import pytest

from documents import report_document
from impactkit.document.to_page import to_page
from impactkit.report.accessibility import check_page
from impactkit.text.catalogue import entries
from shipped_pages import shipped_pages


@pytest.fixture(scope="module")
def sound() -> str:
    return to_page(report_document("did"))


@pytest.mark.parametrize("language", ["fr", "en"])
def test_nothing_is_found_on_the_pages_that_are_shipped(language, tmp_path):
    for name, html in shipped_pages(language, tmp_path):
        told = [finding.text(language) for finding in check_page(html)]
        assert not told, (name, told)


# What is put in the place of what, and what must then be found: each defect once, and nothing else with it.
DEFECTS = {
    "lang": [('<html lang="fr">', "<html>")],
    "title": [("<title>Parcours mobilité vers l&#39;emploi</title>", "<title> </title>")],
    "one_h1": [("</main>", "<h1>Encore</h1></main>")],
    "heading_first": [('<div class="ik-title">', '<h2 id="avant">Avant</h2><div class="ik-title">')],
    "heading_order": [("</main>", '<h2 id="x">Deux</h2><h4>Quatre</h4></main>')],
    "heading_empty": [("</main>", '<h2 id="x"> </h2></main>')],
    "landmark": [("<footer>", "<div>"), ("</footer>", "</div>")],
    "nav_name": [(' aria-labelledby="contents"', "")],
    "skip": [('class="skip" href="#content"', 'class="skip" href="#contents"')],
    "zoom": [("initial-scale=1", "initial-scale=1, user-scalable=no")],
    "alt_missing": [("</main>", '<img src="data:image/png;base64,AA"></main>')],
    "svg_role": [('role="img"', "")],
    "alt_generic": [("</main>", '<img src="data:,x" alt="Figure sans description."></main>')],
    "alt_repeated": [("</main>", '<img src="data:,x" alt="12 %"><img src="data:,y" alt="12 %"></main>')],
    "figcaption": [("<figcaption>Des fichiers aux personnes analysées</figcaption>", "")],
    "caption": [(re.compile(r"<caption>.*?</caption>"), "")],
    "no_header": [("</main>", "<table><caption>c</caption><tr><td>1</td></tr></table></main>")],
    "scope": [('<th scope="row">', "<th>")],
    "header_empty": [(re.compile(r'<th scope="col">[^<]+</th>'), '<th scope="col"></th>')],
    "id_twice": [("</main>", '<p id="content">x</p></main>')],
    "reference": [("</main>", '<p aria-describedby="nulle-part">x</p></main>')],
    "link_lost": [("</main>", '<p><a href="#nulle-part">Là</a></p></main>')],
    "nameless": [("</main>", "<button></button></main>")],
    "label": [("</main>", '<input type="text"></main>')],
    "region_name": [("</main>", '<div role="region" tabindex="0">x</div></main>')],
    "contrast_light": [("--figure-comparison: #b34700", "--figure-comparison: #ffb380")],
    "contrast_dark": [("--figure-comparison: #f09a5b", "--figure-comparison: #5a3010")],
    "link_colour_only": [("a { color:", "a { text-decoration: none; color:")],
    "colour_only": [("</main>", '<span class="ik-status ik-ok">Satisfaisant</span></main>')],
    "own_colour": [("</main>", '<p style="color: red">x</p></main>')],
    "request": [("</main>", '<img src="https://example.org/a.png" alt="12 personnes"></main>')],
    "request_css": [("</style>", "@import 'https://example.org/a.css';</style>")],
    "refresh": [('<meta charset="utf-8">', '<meta charset="utf-8"><meta http-equiv="refresh" content="5">')],
    "figure_data": [(re.compile(r"<details><summary>Voir les données.*?</details>", re.DOTALL), "")],
    "alt_without_numbers": [(re.compile(r"<desc id=\"fig-effect-desc\">.*?</desc>", re.DOTALL),
                             '<desc id="fig-effect-desc">Un effet favorable</desc>')],
}  # fmt: skip


@pytest.mark.parametrize("code", DEFECTS)
def test_each_defect_is_found_and_told_in_both_languages(code, sound):
    html = sound
    for old, new in DEFECTS[code]:
        changed = old.sub(new, html, count=1) if isinstance(old, re.Pattern) else html.replace(old, new, 1)
        assert changed != html
        html = changed
    found = check_page(html)
    assert {finding.code for finding in found} == {code}
    for finding in found:
        assert finding.text("fr") != finding.text("en")


def test_every_rule_has_its_defect():
    known = {key.removeprefix("accessibility.") for key in entries("fr") if key.startswith("accessibility.")}
    assert known == set(DEFECTS)
