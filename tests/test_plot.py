"""Figures: what is drawn is in the record, and its text equivalent says so with the same numbers."""

from __future__ import annotations

import io
import re

import matplotlib as mpl
import pytest
from IPython.core.formatters import DisplayFormatter
from matplotlib.figure import Figure

from impactkit import plot
from impactkit.errors import ReportError
from impactkit.evidence.record import BalanceRecord, EffectRecord, Record
from impactkit.plot import style
from impactkit.plot.wording import Scale, month_name, scale_of
from records import DEBT, RECORDS, before_after_record, did_record, series_record, too_few_record, w

CASES = [
    ("did", "flow"),
    ("did", "balance"),
    ("did", "effect"),
    ("before_after", "flow"),
    ("before_after", "effect"),
    ("series", "flow"),
    ("series", "effect"),
    ("series", "series"),
    ("too_few", "flow"),
    ("path", "path"),
]


def draw(record: Record, kind: str, language: str):
    return getattr(plot, kind)(record, language=language)


def texts(axes) -> list[str]:
    found = [text.get_text() for text in axes.texts]
    return [*found, axes.get_xlabel(), *(label.get_text() for label in axes.get_yticklabels())]


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize(("name", "kind"), CASES)
def test_each_figure_is_drawn_in_both_languages(name, kind, language):
    axes = draw(RECORDS[name](), kind, language)
    drawn = io.StringIO()
    axes.figure.savefig(drawn, format="svg")
    assert axes.alt == plot.alt_text(RECORDS[name](), kind, language=language)
    assert "None" not in axes.alt
    assert "nan" not in axes.alt


@pytest.mark.parametrize("kind", ["flow", "balance", "effect", "series"])
def test_nothing_in_matplotlib_changes(kind):
    before = dict(mpl.rcParams)
    draw(series_record() if kind == "series" else did_record(), kind, "fr")
    assert dict(mpl.rcParams) == before


@pytest.mark.parametrize(("name", "kind"), CASES)
def test_nothing_is_written_outside_the_figure(name, kind):
    axes = draw(RECORDS[name](), kind, "fr")
    figure = axes.figure
    figure.draw_without_rendering()
    width, height = figure.bbox.width, figure.bbox.height
    labels = [axes.xaxis.label, *axes.get_xticklabels(), *axes.get_yticklabels()] if axes.axison else []
    for text in [*axes.texts, *labels]:
        if text.get_text():
            box = text.get_window_extent()
            assert box.x0 >= -1, text.get_text()
            assert box.x1 <= width + 1, text.get_text()
            assert box.y0 >= -1, text.get_text()
            assert box.y1 <= height + 1, text.get_text()


def test_axes_given_are_drawn_on():
    axes = Figure().add_subplot()
    assert plot.effect(did_record(), ax=axes, language="fr") is axes


def test_a_notebook_shows_the_axes_once_with_their_text_equivalent():
    axes = plot.effect(did_record(), language="fr")
    data, metadata = DisplayFormatter().format(axes)
    assert data["image/png"].startswith("iVBOR")
    assert data["text/plain"] == axes.alt
    assert metadata["image/png"]["alt"] == axes.alt


def test_what_cannot_be_drawn_says_why():
    with pytest.raises(ReportError):
        plot.effect(too_few_record(), language="fr")
    with pytest.raises(ReportError):
        plot.balance(before_after_record(), language="fr")
    with pytest.raises(ReportError):
        plot.series(did_record(), language="fr")
    with pytest.raises(ValueError, match="too few people"):
        plot.alt_text(too_few_record(), "effect", language="fr")


def test_the_effect_is_an_interval_in_points():
    record = did_record()
    axes = plot.effect(record, language="fr")
    ends = [list(line.get_xdata()) for line in axes.lines if line.get_linewidth() == 11]
    assert ends == [[100 * record.effect.conf_low, 100 * record.effect.conf_high]]
    written = texts(axes)
    assert {"+3", "+17"} <= set(written)
    assert "← défavorable" in written
    assert "favorable →" in written


def test_a_decrease_may_be_the_good_side():
    written = texts(plot.effect(before_after_record(), language="en"))
    assert "← favourable" in written
    assert "unfavourable →" in written


def test_alt_text_of_the_effect_has_the_numbers_of_the_record():
    record = before_after_record()
    alt = plot.alt_text(record, "effect", language="fr")
    low, high = (round(abs(x)) for x in (record.effect.conf_low, record.effect.conf_high))
    assert f"−{low} et −{high}\u00a0euros" in alt
    assert "L'intervalle ne contient pas zéro." in alt
    assert "150\u00a0euros" in alt
    around = record.model_copy(
        update={"effect": record.effect.model_copy(update={"conf_low": -10.0, "conf_high": 5.0})}
    )
    assert "The interval contains zero." in plot.alt_text(around, "effect", language="en")


def test_alt_text_of_the_flow_has_every_box():
    record = did_record()
    alt = plot.alt_text(record, "flow", language="fr")
    for step in record.flow:
        shown = "effectif masqué" if step.n is None else str(step.n)
        assert f"{step.label.fr} : {shown}." in alt.replace("\u00a0", " ")


def test_boxes_where_nobody_leaves_are_not_drawn():
    written = texts(plot.flow(did_record(), language="fr"))
    assert written.count("154") == 1
    assert written.count("136") == 1
    assert "effectif masqué" in written


def test_alt_text_of_the_balance_counts_the_zones():
    alt = plot.alt_text(did_record(), "balance", language="en")
    # Shown: 0.058, 0.031, 0.101 and 0.128; one is hidden.
    assert "Up to 0.05 standard deviation: 1; from 0.05 to 0.25: 3; beyond 0.25: 0." in alt
    assert "time on income support, +0.13" in alt
    assert "1 difference, protected by statistical secrecy" in alt


def test_balance_marks_what_is_hidden_and_what_is_too_far():
    far = BalanceRecord(
        label=w("revenu"), type="number", mean_treated=1.0, mean_comparison=9.0, smd_low=-2.1, smd_high=-2.1
    )
    axes = plot.balance(did_record(balance=(*did_record().balance, far)), language="fr")
    bars = [line for line in axes.lines if line.get_linewidth() == 7]
    assert [list(bar.get_xdata()) for bar in bars] == [[0.05, 0.25]]
    assert [line.get_xdata()[0] for line in axes.lines if line.get_marker() == "D"] == [2.1]
    assert axes.get_xlim()[1] > 2.1


def test_the_series_keeps_hidden_months_as_gaps():
    record = series_record()
    axes = plot.series(record, language="fr")
    treated, comparison = axes.lines[0], axes.lines[1]
    assert mpl.cbook.contiguous_regions(treated.get_ydata() == treated.get_ydata()) == [(0, 20), (21, 36)]
    assert (treated.get_linestyle(), comparison.get_linestyle()) == ("-", "--")
    assert treated.get_marker() != comparison.get_marker()
    # The action starts in March 2024, the 27th month: the line stands between the 26th and the 27th.
    assert axes.lines[2].get_xdata()[0] == 25.5
    alt = plot.alt_text(record, "series", language="fr")
    assert "mars 2024" in alt
    assert "109,0\u00a0demandes au premier mois" in alt


def test_dollars_and_markup_in_a_label_are_only_text():
    label = w("coût de $100 à $200 <script>alert(1)</script>")
    record = did_record(outcome=DEBT.model_copy(update={"label": label}))
    axes = plot.effect(record, language="fr")
    axes.figure.draw_without_rendering()
    assert "$100 à $200 <script>" in axes.get_xlabel().replace("\n", " ")


@pytest.mark.parametrize(
    ("step", "scale", "expected"),
    [(5.0, 1.0, "10"), (0.05, 1.0, "10,00"), (0.05, 100.0, "1 000"), (0.2, 1.0, "10,0")],
)
def test_axes_write_no_idle_decimals(step, scale, expected):
    formatter = style.number_formatter("fr", step, scale=scale)
    assert formatter(10.0, 0) == expected.replace(" ", "\u202f")


def test_values_are_written_as_finely_as_they_are_known():
    share = scale_of(did_record().outcome, 0.035)
    assert share.change(0.034, "fr") == "+3 points"
    assert scale_of(did_record().outcome, 0.004).change(0.0125, "en") == "+1.2 points"
    assert scale_of(DEBT, 121.5).level(2310.4, "fr") == "2\u202f310\u00a0euros"
    assert Scale(did_record().outcome, 0).exact(0.025).change(0.025, "fr", sign=False) == "2,5 points"
    assert share.change(0.01, "fr") == "+1 point"


def test_months_are_named():
    assert month_name("2024-08", "fr") == "août 2024"
    assert month_name("2024-08-01", "en") == "August 2024"


def test_extreme_records_are_drawn():
    wide = did_record(
        outcome=DEBT,
        effect=EffectRecord(
            estimate=-1e6, std_error=4e5, df=None, conf_low=-1.8e6, conf_high=-2e5, p_value=0.01
        ),
    )
    axes = plot.effect(wide, language="fr")
    assert re.fullmatch("−1\u202f800\u202f000", texts(axes)[1]) is not None
