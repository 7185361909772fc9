"""The page: what its sections say is in the record, in both languages, and nothing a user wrote is markup."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

import impactkit as ik
from impactkit import plot
from impactkit.errors import ReportError
from impactkit.html import colours, stylesheet
from impactkit.html.contrast import PAIRS, contrast, poor_contrasts
from impactkit.plot import alt_text
from impactkit.plot.style import PALETTE
from impactkit.report.layout import Page, Section
from impactkit.report.material import Material
from pages import Element, read_page
from records import RECORDS, before_after_record, did_record, series_record, study, too_few_record, w

SECTIONS = (
    "header",
    "headline",
    "need",
    "intended_effect",
    "flow",
    "method",
    "balance",
    "effect",
    "secondary",
    "saying",
    "solidity",
    "checks",
    "annex",
)


def page_of(record, language="fr", **changes) -> Page:
    contract = study(**changes)
    return Page(
        Material(record=record, study=contract, action=contract.action(record.action), language=language)
    )


def html(section: Section) -> str:
    return section._repr_html_()


def tree(section: Section) -> Element:
    """Read what a section shows, without the style that it brings into a notebook."""
    return read_page(re.sub(r"<style>.*?</style>", "", html(section)))


def cells(table: Element) -> list[list[str]]:
    return [[cell.text for cell in row.children] for row in table.all("tr")]


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("name", RECORDS)
@pytest.mark.parametrize("section", SECTIONS)
def test_every_section_of_every_record_is_written(section, name, language):
    part = getattr(page_of(RECORDS[name](), language), section)()
    shown = tree(part)
    assert shown.text.strip()
    assert repr(part).strip()
    absent = r"\bnan\b|[{}]" + (r"|\bNone\b" if language == "fr" else "")
    assert not re.search(absent, shown.text)


def test_the_headline_says_verdict_interval_and_meaning_beside_the_solidity():
    record = did_record()
    shown = tree(page_of(record).headline())
    verdict, solidity = shown.all("section")
    for sentence in (record.sentences.verdict, record.sentences.interval, record.sentences.significance):
        assert sentence.fr in verdict.text
        assert sentence.fr not in solidity.text
    assert "3 sur 5" in solidity.text
    assert record.bound_by.fr in solidity.text
    assert [span.attributes["class"] for span in solidity.all("span")].count("ik-on") == 3
    # The estimate itself is not in the headline.
    assert "10" not in verdict.text


def test_means_are_read_under_their_table():
    shown = tree(page_of(did_record()).effect())
    table = next(item for item in shown.all("table") if "dans chaque groupe" in item.all("caption")[0].text)
    narrow = "\u202f"
    assert cells(table)[1] == [
        "Personnes accompagnées",
        "142",
        f"11{narrow}%",
        f"40{narrow}%",
        "+29 points",
    ]
    note = [item.text for item in shown.all("p") if item.text.startswith(("Lecture", "Champ", "Source"))]
    assert f"de 11{narrow}% à 40{narrow}%" in note[-3]
    assert "Pays de Valmont" in note[-2]
    assert "suivi_2024.csv, attente.xlsx" in note[-1]


def test_a_number_is_read_in_its_unit():
    shown = tree(page_of(before_after_record()).effect())
    table = shown.all("table")[-1]
    assert table.all("caption")[0].text == "«\u00a0montant des dettes\u00a0» dans chaque groupe (euros)"
    assert cells(table)[1][2:] == ["2\u202f310", "1\u202f908", "−402"]


def test_every_table_and_figure_has_reading_scope_and_source():
    for name, make in RECORDS.items():
        page = page_of(make())
        for section in SECTIONS:
            shown = tree(getattr(page, section)())
            for holder in shown.everything():
                if holder.attributes.get("class") in ("ik-table", "ik-figure"):
                    note = next(
                        item for item in holder.everything() if item.attributes.get("class") == "ik-note"
                    )
                    starts = [line.text.split("\u00a0")[0] for line in note.all("p")]
                    assert starts[:3] == ["Lecture", "Champ", "Source"], (name, section)


def test_hidden_numbers_are_explained_where_they_are_shown():
    page = page_of(did_record())
    assert "secret statistique" in tree(page.flow()).text
    assert "secret statistique" in tree(page.balance()).text
    assert "secret statistique" not in tree(page.effect()).text
    data = cells(tree(page.flow()).all("table")[0])
    assert data[5][2:4] == ["s", "s"]
    assert data[6][2:4] == ["142", "s"]
    assert data[9][2:4] == ["136", "18"]
    hidden = cells(tree(page.balance()).all("table")[0])[-1]
    assert hidden[1:] == ["s", "s", "de 0,05 à 0,25"]


def test_figures_carry_their_text_equivalent():
    for record, section, kind in (
        (did_record(), "flow", "flow"),
        (did_record(), "balance", "balance"),
        (did_record(), "effect", "effect"),
        (series_record(), "effect", "series"),
    ):
        svg = tree(getattr(page_of(record), section)()).all("svg")[-1]
        assert svg.all("desc")[0].text == alt_text(record, kind, language="fr")
        assert svg.attributes["aria-labelledby"] == f"fig-{kind}-title fig-{kind}-desc"


def test_figures_follow_the_theme_of_the_page():
    drawn = html(page_of(did_record()).flow())
    assert "var(--figure-treated, #0072b2)" in drawn
    for colour in PALETTE.values():
        bare = drawn.replace(f", {colour})", "")
        assert colour not in bare
    assert "DejaVu Sans', Verdana" in drawn


def test_the_same_record_gives_the_same_bytes():
    assert html(page_of(did_record()).effect()) == html(page_of(did_record()).effect())


def test_sections_with_nothing_to_show_say_so():
    alone = page_of(before_after_record())
    assert "Il n'y a pas de groupe de comparaison" in tree(alone.balance()).text
    assert "Aucun autre résultat" in tree(alone.secondary()).text
    few = page_of(too_few_record())
    assert not tree(few.effect()).all("table", "svg")
    assert "moins de 11 personnes" in tree(few.effect()).text
    assert "Aucune estimation" in tree(few.annex()).text
    months = page_of(series_record())
    assert not tree(months.flow()).all("svg")
    assert not tree(months.balance()).all("svg")


def test_without_baseline_the_means_have_one_time():
    record = did_record()
    after = tuple(mean for mean in record.means if mean.time == "after")
    shown = tree(page_of(did_record(means=after, method="compare_groups")).effect())
    assert len(cells(shown.all("table")[-1])[0]) == 3


def test_hidden_means_are_not_recomputed():
    record = did_record()
    means = tuple(
        mean.model_copy(update={"mean": None}) if mean.group == "treated" else mean for mean in record.means
    )
    shown = tree(page_of(did_record(means=means)).effect())
    assert cells(shown.all("table")[-1])[1][2:] == ["s", "s", "s"]
    assert "les valeurs du groupe « Personnes accompagnées » sont masquées" in shown.text.replace(
        "\u00a0", " "
    )


def test_the_series_names_its_months_and_its_territory():
    facts = tree(page_of(series_record()).method()).text
    assert "De janvier 2022 à décembre 2024. Démarrage\u00a0: mars 2024." in facts
    assert "dans le territoire" in facts
    assert "Personnes accompagnées" not in facts


def test_p_values_are_never_zero():
    effect = did_record().effect.model_copy(update={"p_value": 1e-12})
    assert "moins de 0,001" in tree(page_of(did_record(effect=effect)).annex()).text


def test_the_annex_says_where_the_figures_come_from():
    record = did_record()
    shown = tree(page_of(record).annex()).text
    for digest in (record.provenance.study_sha256, *record.provenance.inputs.values()):
        assert digest in shown
    assert record.provenance.packages["pandas"] in shown
    assert "mesuré 136\u202f; seuil 60" in shown


HOSTILE = (
    '<script>alert("x")</script><img src=http://example.org/a onerror=alert(1)>&amp; {n} $x$ #1f2933 id="a"'
)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_what_a_user_writes_is_never_markup(language):
    label = w(HOSTILE)
    record = did_record(
        title=label,
        territory=HOSTILE,
        covariates=(label,),
        window=(label, label),
        outcome=did_record().outcome.model_copy(update={"label": label}),
        balance=(did_record().balance[0].model_copy(update={"label": label}),),
        flow=tuple(step.model_copy(update={"label": label, "reason": label}) for step in did_record().flow),
        sentences=did_record().sentences.model_copy(update={"verdict": label, "can_say": (label,)}),
    )
    contract = study()
    written = {"title": {"fr": HOSTILE, "en": HOSTILE}, "need": {"fr": HOSTILE, "en": HOSTILE}}
    action = contract.action(record.action).model_dump() | written
    page = Page(
        Material(
            record=record,
            study=contract,
            action=type(contract.action(record.action)).model_validate(action),
            language=language,
        )
    )
    for section in SECTIONS:
        shown = tree(getattr(page, section)())
        assert not shown.all("script", "img")
    assert HOSTILE in tree(page.need()).text
    assert HOSTILE in tree(page.header()).all("h1")[0].text


@pytest.mark.parametrize(("language", "trend"), [("fr", "tendance d'avant"), ("en", "trend before")])
def test_a_gap_with_the_trend_before_is_never_told_as_a_change(language, trend):
    page = page_of(before_after_record(claim="trend"), language)
    for section in ("effect", "method", "annex"):
        assert trend in tree(getattr(page, section)()).text.replace("\u2019", "'")
    told = " ".join(tree(getattr(page, section)()).text for section in ("effect", "method", "annex"))
    assert "entre les deux mesures" not in told
    assert "between the two measures" not in told


def test_a_page_needs_a_study():
    values = np.random.default_rng(1).normal(size=40)
    frame = pd.DataFrame({"id": np.repeat(range(20), 2), "time": [0, 1] * 20, "entry": 1, "y": values})
    cohort = ik.cohort_from_frame(frame, unit="id", period="time", entry="entry", outcomes=["y"])
    evidence = ik.assess(ik.before_after(ik.declare_design(cohort, outcome="y", comparison="none")))
    with pytest.raises(ReportError):
        ik.page(evidence, lang="fr")
    assert plot.effect(evidence, language="fr").alt == alt_text(evidence.record, "effect", language="fr")


# ------------------------------------------------------------------ contrast (WCAG 2.1, 1.4.3 and 1.4.11)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("front", "back", "least"), PAIRS)
def test_contrast_is_enough(front, back, least, theme):
    known = colours(str(stylesheet()), theme)
    assert contrast(known[front], known[back]) >= least


def test_figures_and_page_have_one_palette():
    known = colours(str(stylesheet()))
    assert {name: known[f"figure-{name}"] for name in PALETTE} == PALETTE


def test_black_against_white_is_twenty_one():
    assert contrast("#ffffff", "#000000") == pytest.approx(21)


def test_what_cannot_be_told_apart_is_found_in_the_theme_it_is_in():
    css = str(stylesheet()) + "@media (prefers-color-scheme: dark) { :root { --muted: #333333; } }"
    assert {(poor.front, poor.theme) for poor in poor_contrasts(css)} == {("muted", "dark")}
    assert not poor_contrasts(str(stylesheet()))
