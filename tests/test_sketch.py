"""Figures of pages: sketched, they are those that matplotlib draws, which is left what a sketch cannot do."""

from __future__ import annotations

import io
import re

import numpy as np
import pandas as pd
import pytest
from matplotlib.image import imread
from matplotlib.patches import Circle

from impactkit import plot
from impactkit.document.pictures import pixels
from impactkit.plot import style
from impactkit.plot.sketch import Sketch, sketching
from impactkit.plot.sketch_marks import NotSketchedError
from impactkit.plot.svg import drawn_svg, inline_svg
from records import RECORDS

# Every figure of an action's page, on records that draw all that it can draw.
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
NAMED = {"name": "f", "title": "t", "alt": "a"}
_TEXT = re.compile(r"<text ([^>]*)>([^<]*)</text>")
_MOVED = re.compile(r'transform="translate\(([\d.-]+) ([\d.-]+)\)"')


def of(name: str, kind: str, language: str):
    record = RECORDS[name]()
    return lambda: getattr(plot, kind)(record, language=language)


def of_a_contract(language: str):
    effects = pd.DataFrame(
        [(1.2, 0.3, 2.1), (-0.4, -1.5, 0.7), (0.1, -0.2, 0.4)],
        index=pd.Index(
            ["Mobilité", "Accueil des familles et ouverture des droits en zone rurale", "Énergie"]
        ),
        columns=["estimate", "conf_low", "conf_high"],
    )
    return lambda: plot.forest(effects, claim="comparison", decimals=1, language=language)


def written(svg: str) -> list[tuple]:
    """Return the texts of a drawing: what they say and look like, then where they are."""
    found = []
    for look, text in _TEXT.findall(svg):
        at = " " + _MOVED.sub(r'x="\1" y="\2"', look)
        x, y = (float(re.search(rf' {name}="([^"]+)"', at)[1]) for name in "xy")
        said = re.search(r"text-anchor: (\w+)", at)
        size, fill = (re.search(rf"{name}: [^;\"]+", at)[0] for name in ("font-size", "fill"))
        anchor = said[1] if said else "start"
        kind = (text, size, fill, "font-weight" in at, "font-style" in at)
        found.append((*kind, anchor, x, y))
    return sorted(found)


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize(("name", "kind"), CASES)
def test_a_sketch_says_what_matplotlib_says_at_the_same_place(name, kind, language):
    assert_says_the_same(of(name, kind, language))


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_figure_of_a_contract_is_sketched_as_matplotlib_draws_it(language):
    assert_says_the_same(of_a_contract(language))
    assert_looks_the_same(of_a_contract(language))
    with sketching():
        assert isinstance(of_a_contract(language)(), Sketch)


def assert_says_the_same(draw):
    sketched, drawn = written(drawn_svg(draw, **NAMED)), written(inline_svg(draw(), **NAMED))
    assert [text[:5] for text in sketched] == [text[:5] for text in drawn]
    for ours, theirs in zip(sketched, drawn, strict=True):
        if ours[5] == theirs[5]:  # matplotlib does not anchor the lines of a centred block
            assert ours[6] == pytest.approx(theirs[6], abs=0.02)
        # Where a line is does not hang on what it says; matplotlib moves it under an accented capital.
        assert ours[7] == pytest.approx(theirs[7], abs=1.7)


@pytest.mark.parametrize(("name", "kind"), CASES)
def test_a_sketch_looks_like_what_matplotlib_draws(name, kind):
    assert_looks_the_same(of(name, kind, "en"))


def assert_looks_the_same(draw):
    # Without words, whose places are compared above, the two are the same but for a pixel's edge.
    bare = [_TEXT.sub("", svg) for svg in (drawn_svg(draw, **NAMED), inline_svg(draw(), **NAMED))]
    ours, theirs = (imread(io.BytesIO(png)) for png in pixels(bare))
    assert ours.shape == theirs.shape
    assert np.abs(ours - theirs).mean() < 5e-4


@pytest.mark.parametrize(("name", "kind"), CASES)
def test_every_figure_of_an_action_is_sketched(name, kind):
    with sketching():
        sketch = of(name, kind, "fr")()
    assert isinstance(sketch, Sketch)
    assert sketch.marks()


def test_a_sketch_is_smaller_and_carries_the_theme():
    draw = of("did", "flow", "fr")
    sketched, drawn = drawn_svg(draw, **NAMED), inline_svg(draw(), **NAMED)
    assert len(sketched) < len(drawn)
    assert set(re.findall(r"var\(--figure-\w+", sketched)) == set(re.findall(r"var\(--figure-\w+", drawn))


def test_a_text_that_looks_like_markup_stays_a_text():
    sketch = a_sketch()
    sketch.text(0, 0, "<b>a & b</b>")
    assert any("&lt;b&gt;a &amp; b&lt;/b&gt;" in mark.svg() for mark in sketch.marks())


def test_what_a_figure_may_ask_of_its_lines_is_sketched():
    def figure():
        with style.look():
            ax = style.new_axes(height=2.0, left=1.5)
            ax.set(xlim=(-1, 1), ylim=(0, 2))
            ax.axvline(0, color=style.INK, linewidth=1, linestyle=(0, (4, 2)), zorder=0.5)
            ax.plot([-0.5, 0.5], [1, 1], color=style.TREATED, linewidth=3.2)
            ax.plot([0], [1], "o", color=style.PAPER, markeredgecolor=style.TREATED, markersize=5)
            ax.set_xticks([])
            ax.set_yticks([1], ["Une ligne\net une autre"])
            ax.tick_params(axis="y", length=0, pad=8, labelcolor=style.INK, labelsize=8)
        return ax

    ours, theirs = drawn_svg(figure, **NAMED), inline_svg(figure(), **NAMED)
    assert ours != theirs
    bare = [imread(io.BytesIO(png)) for png in pixels([_TEXT.sub("", svg) for svg in (ours, theirs)])]
    assert np.abs(bare[0] - bare[1]).mean() < 5e-4
    for one, other in zip(written(ours), written(theirs), strict=True):
        assert one[:5] == other[:5]
        assert one[7] == pytest.approx(other[7], abs=1.0)


@pytest.mark.parametrize(
    "draw",
    [
        lambda ax: ax.fill_between([0, 1], 0, 1),
        lambda ax: ax.text(0, 0, "a", rotation=90),
        lambda ax: ax.add_patch(Circle((0, 0), 1)),
        lambda ax: ax.plot([0, 1], [0, 1], color="green"),
        lambda ax: ax.plot([0, 1], [0, 1], color=style.INK, marker="*"),
        lambda ax: ax.plot([0, 9], [0, 1], color=style.INK),
        lambda ax: ax.plot([0, 1], [0, 1], color=style.INK, linestyle="--"),
        lambda ax: ax.set_xticks([0.0, 1.0]),
        lambda ax: ax.text(0, 0, "a", weight="light"),
    ],
    ids=["method", "argument", "patch", "colour", "marker", "cut", "dash", "ticks", "weight"],
)
def test_what_a_sketch_does_not_know_is_drawn_by_matplotlib(draw):
    figure = figure_with(draw)
    assert drawn_svg(figure, **NAMED) == inline_svg(figure(), **NAMED)


def test_a_figure_without_it_is_sketched():
    figure = figure_with(lambda ax: None)
    assert drawn_svg(figure, **NAMED) != inline_svg(figure(), **NAMED)


def figure_with(draw):
    def figure():
        with style.look():
            ax = style.new_axes(height=2.0)
            ax.set(xlim=(0, 1), ylim=(0, 1))
            ax.set_yticks([])
            ax.set_xticks([])
            draw(ax)
        return ax

    return figure


def test_an_error_of_the_figure_itself_is_not_hidden():
    def figure():
        raise TypeError("wrong")

    with pytest.raises(TypeError, match="wrong"):
        drawn_svg(figure, **NAMED)


def test_outside_a_page_figures_are_matplotlibs():
    with sketching(), pytest.raises(NotSketchedError):
        style.new_axes(height=1.0).imshow([[0]])
    assert style.new_axes(height=1.0).get_figure() is not None


def a_sketch():
    with sketching():
        sketch = style.new_axes(height=1.0)
    sketch.set(xlim=(0, 1), ylim=(0, 1))
    sketch.axis("off")
    return sketch
