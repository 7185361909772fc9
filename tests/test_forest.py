"""The forest plot: what it draws and says, in both languages."""

import numpy as np
import pandas as pd
import pytest

import impactkit as ik
from impactkit.errors import ReportError
from impactkit.plot import forest, forest_text
from impactkit.plot.svg import inline_svg
from records import DEBT, EMPLOYED


def effects(k, long=False):
    rng = np.random.default_rng(4)
    s = rng.uniform(0.02, 0.09, k)
    y = rng.normal(0.06, s)
    names = [
        f"Action {i}" + (" pour les familles monoparentales du pays de Valmont" * long) for i in range(k)
    ]
    return pd.DataFrame(
        {"estimate": y, "std_error": s, "conf_low": y - 2 * s, "conf_high": y + 2 * s}, index=names
    )


@pytest.mark.parametrize("k", [1, 2, 3, 30])
@pytest.mark.parametrize("language", ["fr", "en"])
def test_each_action_is_a_row_and_its_numbers_are_written(k, language):
    frame = effects(k, long=True)
    pooled = ik.pool(frame) if k > 1 else None
    ax = forest(frame, pooled=pooled, outcome=EMPLOYED, language=language)
    rows = k + (k > 1) + (k > 2)  # the average, and what another action would be
    assert len(ax.get_yticklabels()) == rows
    written = [text.get_text() for text in ax.texts]
    assert len([text for text in written if (" à " in text or " to " in text) and "95" not in text]) == rows
    assert len([text for text in written if "%" in text and "95" not in text]) == (k + 1 if k > 1 else 0)
    assert "points" in ax.get_xlabel()
    assert ax.alt == forest_text(frame, pooled=pooled, outcome=EMPLOYED, language=language)
    assert inline_svg(ax, name="f", title="t", alt=ax.alt).startswith("<svg")


def test_the_text_equivalent_has_the_numbers():
    frame = effects(3)
    text = forest_text(frame, pooled=ik.pool(frame), outcome=EMPLOYED, language="en")
    assert "3 actions" in text
    for name in frame.index:
        assert name in text
    assert "All together" in text
    assert "95% prediction interval" in text
    assert "in points: 3 actions" in text


def test_many_actions_are_told_by_their_extremes():
    frame = effects(30)
    text = forest_text(frame, pooled=ik.pool(frame), language="fr")
    assert frame["estimate"].idxmin() in text
    assert frame["estimate"].idxmax() in text
    assert text.count("Action ") == 2


def test_pooled_effects_are_drawn_alone_with_the_normal_intervals():
    ax = forest(ik.pool(effects(4)), outcome=DEBT, language="fr")
    assert "euros" in ax.get_xlabel()
    assert forest(ik.pool(effects(4)), language="fr").get_xlabel() == "Effet"


def test_a_change_is_not_called_an_effect():
    ax = forest(effects(2), outcome=EMPLOYED, claim="before", language="fr")
    assert ax.get_xlabel().startswith("Changement")
    assert "Effet" not in ax.alt


def test_nothing_to_draw_says_so_and_a_missing_column_is_named():
    with pytest.raises(ReportError):
        forest(effects(2).iloc[:0])
    with pytest.raises(ValueError, match="conf_low"):
        forest(effects(2).drop(columns="conf_low"))
