"""A discreet table computes as any DataFrame and shows of itself only what may be shown."""

import copy
import pickle

import numpy as np
import pandas as pd
import pytest

import impactkit as ik
from impactkit.disclosure.discreet import DiscreetFrame, DiscreetSeries, discreet


def whole():
    return pd.DataFrame(
        {"arm": ["a", "b", "c"], "mean": [0.123456, 2.71828, 5.5], "n": [40, 4, 60], "after": [np.nan] * 3}
    )


def told():
    return pd.DataFrame(
        {"arm": ["a", "b", "c"], "mean": [0.12, None, 5.5], "n": [40, None, 60], "after": [np.nan] * 3}
    )


@pytest.fixture
def table():
    return discreet(whole(), told)


@pytest.fixture
def rows():
    return discreet(pd.DataFrame({"person": [f"p{i}" for i in range(50)], "y": np.arange(50.0) + 0.125}))


def test_it_computes_with_full_values(table):
    assert isinstance(table, pd.DataFrame)
    assert table["n"].sum() == 104
    assert table.loc[1, "mean"] == 2.71828
    assert table.to_dict("list")["n"] == [40, 4, 60]
    assert table.to_csv(index=False).splitlines()[2] == "b,2.71828,4,"
    assert type(pd.DataFrame(table)) is pd.DataFrame
    pd.testing.assert_frame_equal(pd.DataFrame(table), whole())


def test_it_shows_what_the_rules_tell_masked_and_missing_told_apart(table):
    assert table.shown().to_numpy().tolist() == [
        ["a", 0.12, 40, "–"],
        ["b", "s", "s", "–"],
        ["c", 5.5, 60, "–"],
    ]
    for text in (
        repr(table),
        str(table),
        f"{table}",
        table._repr_html_(),
        table.to_string(),
        table.to_html(),
    ):
        assert "2.71" not in text
        assert "0.1234" not in text
    assert "secret statistique" in repr(table)


@pytest.mark.parametrize(
    "part",
    [
        lambda table: table[["arm", "mean"]],
        lambda table: table[table["n"] < 50],
        lambda table: table.sort_values("n"),
        lambda table: table.head(2),
        lambda table: table.loc[1:1],
        lambda table: table.round(3),
        lambda table: table["mean"],
        lambda table: table.iloc[1],
        lambda table: table.copy(),
        copy.deepcopy,
    ],
)
def test_a_part_of_it_shows_what_the_whole_shows_of_it(table, part):
    found = part(table)
    assert isinstance(found, DiscreetFrame | DiscreetSeries)
    assert "2.71" not in repr(found)
    assert "s" in set(map(str, found.shown().to_numpy().ravel()))


@pytest.mark.parametrize(
    "made",
    [
        lambda table: table[["mean"]] * 2,
        lambda table: table.set_index("arm"),
        lambda table: table.groupby("arm")["mean"].mean(),
        lambda table: table.T,
        lambda table: table.merge(pd.DataFrame({"arm": ["a", "b"]}), on="arm"),
        lambda table: table.assign(mean=table["mean"] + 1),
        lambda table: pd.concat([table, table]),
    ],
)
def test_what_is_computed_from_it_shows_no_value(table, made):
    found = made(table)
    assert len(found.shown()) == 0
    assert not any(digits in repr(found) for digits in ("2.7", "3.7", "5.4", "0.12"))
    assert "pd.DataFrame" in repr(found)


def test_rows_of_people_show_their_columns_only(rows):
    assert "au moins 11 lignes" in repr(rows)
    assert "person, y" in repr(rows)
    for part in (rows, rows.head(), rows["person"], rows.iloc[3], rows.set_index("person")):
        assert not any(name in repr(part) for name in rows["person"])
        assert ".125" not in repr(part)
    assert "moins de 11 lignes" in repr(rows.head())


def test_columns_that_are_identifiers_are_not_said(rows):
    wide = rows.pivot(columns="person", values="y")
    assert "p7" not in repr(wide)


def test_nothing_leaves_it_by_the_other_ways_of_a_notebook(rows):
    formatters = pytest.importorskip("IPython.core.formatters")
    with pd.option_context("display.html.table_schema", True, "styler.render.repr", "latex"):
        for value in (rows, rows["person"]):
            shown, _ = formatters.DisplayFormatter().format(value)
            assert "p7" not in str(shown)
            assert set(shown) <= {"text/plain", "text/html"}


def test_it_can_be_pickled_and_stays_discreet(rows):
    again = pickle.loads(pickle.dumps(rows))
    assert isinstance(again, DiscreetFrame)
    assert repr(again) == repr(rows)


def test_names_with_markup_are_escaped():
    html = discreet(pd.DataFrame({"<b>x</b>": ["<script>"] * 20}))._repr_html_()
    assert "<b>" not in html
    frame = pd.DataFrame({"x": ["<script>"]})
    assert "<script>" not in discreet(frame, frame.copy)._repr_html_()


def test_an_estimate_shows_its_digits_and_its_table_the_same():
    draw = np.random.default_rng(2)
    frame = pd.DataFrame({"id": range(80), "helped": [1, 0] * 40})
    frame["score"] = 100 + 10 * draw.normal(size=80)
    design = ik.declare_design(ik.cohort_from_frame(frame, unit="id", arm="helped", outcomes=["score"]))
    estimate = ik.compare_groups(design)
    value, error = estimate.effect.value, estimate.effect.std_error
    assert 1 < error < 10
    assert repr(estimate).startswith(f"<Estimate compare_groups: {value:.1f} [")
    shown = estimate.tidy().shown()
    assert shown.loc[0, "estimate"] == round(value, 1)
    assert shown.loc[0, "std_error"] == round(error, 2)
    assert estimate.tidy().loc[0, "estimate"] == value
    assert f"{value:.4f}" not in estimate._repr_html_()
    assert ik.effect_sizes(design).shown()["estimate"].map(lambda x: x == round(x, 2)).all()


def subgroups_of(sizes):
    """Return the effect by subgroup of groups of these sizes in each arm."""
    draw = np.random.default_rng(4)
    levels = [name for name, n in sizes.items() for _ in range(2 * n)]
    frame = pd.DataFrame({"id": range(len(levels)), "level": levels})
    frame["helped"] = frame["id"] % 2
    frame["score"] = draw.normal(size=len(frame)) + frame["helped"]
    cohort = ik.cohort_from_frame(frame, unit="id", arm="helped", outcomes=["score"], covariates=["level"])
    return ik.subgroups(ik.declare_design(cohort, covariates=["level"]), by="level")


@pytest.mark.parametrize(
    ("sizes", "masked"),
    [
        ({"a": 40, "b": 30, "c": 20}, set()),
        ({"a": 40, "b": 30, "c": 6}, {"b"}),  # the effect on all and on a would give that of c
        ({"a": 40, "b": 8, "c": 6}, set()),  # b and c are fourteen together
        ({"a": 40, "b": 30, "c": 4, "d": 4}, {"b"}),  # eight together
    ],
)
def test_subgroups_show_no_effect_that_gives_back_that_of_a_small_one(sizes, masked):
    found = subgroups_of(sizes)
    shown = found.tidy().shown().set_index("subgroup")["estimate"]
    assert {name for name, value in shown.items() if value == "s"} == masked
    assert {name for name, value in shown.items() if value == "–"} == {k for k, n in sizes.items() if n < 11}
    estimates = found.tidy().set_index("subgroup")["estimate"]
    assert estimates.notna().sum() == sum(n >= 11 for n in sizes.values())  # to compute with, all there are
    for value in estimates.dropna():
        assert f"{value:.5f}"[:6] not in found._repr_html_()
