"""One gate: what every public value shows of itself tells of no few people.

Of each public name, the values that it gives of a study with planted small groups are shown as a console and
a notebook show them; so is every table that one of these values gives, by a method, a property or a field:
they are found by what their signatures say, and none is listed here.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import impactkit as ik
from canaries import N, person
from impactkit.cli.app import run_command
from impactkit.disclosure import PROFILES, counts
from impactkit.disclosure.discreet import DiscreetFrame, DiscreetSeries
from impactkit.errors import ImpactkitError
from small_counts import small_in_html, small_in_json, small_in_table, small_in_text
from walked_study import table, write_walked

MINIMUM = 11
# They show numbers that the caller gave (p-values for `adjust_p`), a plan, or the file itself.
OF_NOBODY = {
    "__version__", "adjust_p", "detectable_pre_trend", "expected_regression", "minimum_detectable_effect",
    "plot", "pool", "read_rsa", "read_table", "sample", "sample_size", "set_language", "simulate",
    "study_schema", "teaching",
}  # fmt: skip
# Their values are files, which `test_every_file` opens.
WRITTEN = {"run_batch", "save_evidence", "write_report"}
# They ask for another kind of study; what they give shows itself as an `Estimate`.
OTHER_STUDIES = {
    "encouragement", "interrupted_series", "synthetic_control", "synthetic_did", "doubly_robust",
    "weight_losses",
}  # fmt: skip
# What methods that give tables ask for.
ARGUMENTS: dict[str, dict[str, object]] = {"donut_sensitivity": {"holes": [5.0]}}
# Columns that count people.
COUNTS = re.compile(
    r"n_(?!clusters|treated_clusters).*|(?:missing|entered|effective)_.*|known|missing|yes|no|unknown|entered|"
    r"lost|followed|events|at_risk|early|in_window|late|dated|placed|auto|review|none"
)
# How a signature says that it gives a table.
TABLES = re.compile(r"Frame|Series")


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> ik.Study:
    return ik.read_study(write_walked(tmp_path_factory.mktemp("étude")))


def values_of(study: ik.Study) -> Iterator[tuple[str, object]]:
    """Give the name of each public verb with what it makes of the study."""
    estimates = []
    for action in study.actions:
        cohort = ik.build_cohort(study, action=action.id)
        yield "build_cohort", cohort
        for name in ("flow", "attrition", "attrition_by_characteristic", "waves", "switches", "missing"):
            yield "build_cohort", getattr(cohort, name)()
        yield "build_cohort", cohort.publics().drop(columns="definition")
        yield "advise", ik.advise(cohort)
        design = ik.declare_design(cohort)
        yield "declare_design", design
        yield "make_comparable", ik.make_comparable(design)
        estimate = ik.estimate(design)
        yield "estimate", estimate
        estimates.append(ik.assess(estimate, secondary=ik.estimate_secondary(design)))
        yield "assess", estimates[-1]
        yield "assess", estimates[-1].record.model_dump(mode="json", exclude={"provenance"})
        shown = ik.page(estimates[-1])
        for section in ("headline", "flow", "balance", "effect", "secondary", "saying", "solidity", "annex"):
            yield "page", getattr(shown, section)()
        yield "estimate_secondary", ik.estimate_secondary(design)
    after = ik.declare_design(ik.build_cohort(study, action="apres"))
    change = ik.declare_design(ik.build_cohort(study, action="ecart"))
    alone = ik.declare_design(ik.build_cohort(study, action="avant"))
    yield "compare_groups", ik.compare_groups(after)
    yield "did", ik.did(change)
    yield "before_after", ik.before_after(alone)
    yield "ancova", ik.ancova(change)
    yield "change_score", ik.change_score(change)
    yield "baseline_table", ik.baseline_table(after)
    yield "baseline_table", ik.baseline_table(change)
    yield "bounds", ik.bounds(after)
    yield "match", ik.match(after)
    yield "weight", ik.weight(after)
    yield "specification_curve", ik.specification_curve(after)
    yield "subgroups", ik.subgroups(after, by="metier")
    yield "subgroups", ik.subgroups(change, by="sexe", method="did")
    yield "outcome_index", ik.outcome_index(after.cohort, outcomes=["emploi", "score"])
    yield "choose", ik.choose(study)
    yield "fill_form", ik.fill_form(study, estimates)
    yield "midterm_report", ik.midterm_report(study)
    yield "read_study", study
    yield "table_schema", ik.table_schema(study, file="suivi")
    yield (
        "cohort_from_frame",
        ik.cohort_from_frame(
            after.cohort.panel, unit="_unit", period="_period", outcomes=["score"], covariates=["sexe"]
        ),
    )

    yield "effect_sizes", ik.effect_sizes(after)
    yield "losses", ik.losses(after, imputations=2)
    yield "several_outcomes", ik.several_outcomes(after, correction="holm")
    yield "link", ik.link(*_files(), last_name="nom", first_name="prenom", birth_date="ne")
    people = pd.DataFrame(after.cohort.panel).assign(action=lambda rows: rows["metier"].fillna("aide"))
    last = people[people["_period"] == people["_period"].max()].dropna(subset=["score"])
    many = {"unit": "_unit", "treated": "_arm", "comparison": after.comparison}
    yield "estimate_many", ik.estimate_many(last, method="compare_groups", outcome="score", **many)
    yield "balance_many", ik.balance_many(last, outcome="score", covariates=["age", "sexe"], **many)
    yield from _of_other_studies()


def _files() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return two files of the same people, few of whom are in both."""
    named = [person(i) for i in range(N)]
    rows = [(who["last_name"], who["first_name"], who["birth_date"]) for who in named]
    files = (pd.DataFrame(part, columns=["nom", "prenom", "ne"]) for part in (rows[:20], rows[15:]))
    return next(files), next(files)


@cache
def _of_other_studies() -> tuple[tuple[str, object], ...]:
    """Give what verbs make of studies whose small groups are others: dates of entry, sides of a threshold."""
    draw = np.random.default_rng(3)
    entry = np.r_[np.full(30, 3.0), np.full(7, 4.0), np.full(40, np.inf)]
    rows = pd.DataFrame({"id": np.repeat(np.arange(77), 6), "t": np.tile(np.arange(6.0), 77)})
    rows["entry"] = entry[rows["id"]]
    rows["y"] = draw.normal(size=len(rows)) + 0.5 * (rows["t"] >= rows["entry"])
    staggered = ik.cohort_from_frame(rows, unit="id", period="t", entry="entry", outcomes=["y"])
    path = ik.event_study(ik.declare_design(staggered))
    times = pd.DataFrame({"id": range(60), "helped": [1, 0] * 30, "job": [1] + [0] * 9 + [1] * 50})
    times["months"] = np.where(times["job"] == 1, 1 + times["id"] % 11, 12)
    lasting = ik.declare_design(
        ik.cohort_from_frame(times, unit="id", arm="helped", outcomes=["months", "job"])
    )
    near = pd.DataFrame({"income": draw.uniform(500, 1500, 300)})
    near["score"] = 20 - near["income"] / 100 + 3 * (near["income"] <= 1000) + draw.normal(size=300)
    threshold = {"running": "income", "cutoff": 1000, "outcome": "score", "treated": "below"}
    return (
        ("event_study", path),
        ("honest_did", ik.honest_did(path, values=[0.5])),
        ("goodman_bacon", ik.goodman_bacon(ik.declare_design(staggered))),
        ("time_to_event", ik.time_to_event(lasting, time="months", event="job", horizon=12)),
        ("discontinuity", ik.discontinuity(near, **threshold)),
    )


def tables_of(value: object) -> Iterator[tuple[str, object]]:
    """Give the tables that a value of ours gives without being asked more, as whole as it gives them."""
    kind = type(value)
    if not kind.__module__.startswith("impactkit") or isinstance(value, pd.DataFrame | pd.Series):
        return
    for name in dir(kind):
        member = inspect.getattr_static(kind, name)
        function = member.fget if isinstance(member, property) else member
        if name.startswith("_") or not inspect.isfunction(function):
            continue
        signature = inspect.signature(function)
        if not TABLES.search(str(signature.return_annotation)):
            continue
        if isinstance(member, property):
            yield f"{kind.__name__}.{name}", getattr(value, name)
            continue
        for choice in ({}, {"masked": False}) if "masked" in signature.parameters else ({},):
            try:
                yield f"{kind.__name__}.{name}", getattr(value, name)(**ARGUMENTS.get(name, {}), **choice)
            except (ImpactkitError, ValueError):  # nothing of the kind in this study
                continue
    for name, field in getattr(kind, "__dataclass_fields__", {}).items():
        if not name.startswith("_") and TABLES.search(str(field.type)):
            yield f"{kind.__name__}.{name}", getattr(value, name)


def every_value(study: ik.Study) -> Iterator[tuple[str, object]]:
    """Give the values of the public verbs, and the tables that they give."""
    for name, value in values_of(study):
        yield name, value
        for said, found in tables_of(value):
            yield f"{name}: {said}", found


def shown(value: object) -> list[str]:
    """Return what a value shows of itself, to a console and to a notebook."""
    if isinstance(value, DiscreetFrame | DiscreetSeries):
        html = value._repr_html_() if isinstance(value, DiscreetFrame) else ""
        console = re.sub(r"(?m)^\d+ +", "", repr(value))  # without the numbers of its rows
        return [console, html, value.shown().to_csv(index=False), value.to_string(index=False)]
    if isinstance(value, pd.DataFrame | pd.Series):
        return [value.to_csv(index=False)]
    ways = [way for name in ("_repr_html_", "_repr_markdown_") if (way := getattr(type(value), name, None))]
    return [repr(value), str(value), *(str(way(value)) for way in ways)]


def _cell(value: object) -> str:
    return "" if pd.isna(value) else f"{value:g}" if isinstance(value, float) else str(value)


def small(value: object) -> list[str]:
    """Return the small numbers of people that a value shows."""
    found = small_in_json(value, MINIMUM)
    for text in shown(value):
        found += small_in_html(text, MINIMUM) if "<" in text else small_in_text(text, MINIMUM)
    if isinstance(value, DiscreetFrame):
        value = value.shown()
    if isinstance(value, pd.DataFrame):
        # The columns that count people bear their English names here, and a reader's in a page.
        names = ["n" if COUNTS.fullmatch(str(name)) else str(name) for name in value.columns]
        cells = [[_cell(cell) for cell in row] for row in value.to_numpy()]
        found += small_in_table([names, *cells], MINIMUM)
    return found


def test_no_public_value_shows_a_small_number_of_people_nor_a_person(study: ik.Study) -> None:
    known = {value for i in range(N) for kind, value in person(i).items() if kind != "birth_date"}
    for name, value in every_value(study):
        assert small(value) == [], name
        words = {word for text in shown(value) for word in re.findall(r"[\w@.]+", text)}
        assert known & words == set(), name


def test_every_public_name_is_walked_or_said_to_show_nobody(study: ik.Study) -> None:
    walked = {name for name, _ in values_of(study)}
    classes = {name for name in ik.__all__ if inspect.isclass(getattr(ik, name))}
    stores = {"create_store", "open_store", "restore_store"}  # test_store: they show where they are
    assert set(ik.__all__) == walked | OF_NOBODY | WRITTEN | OTHER_STUDIES | classes | stores


def test_the_walk_sees_a_value_that_masks_nothing(study: ik.Study, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counts, "is_small", lambda n, profile: False)
    assert {name for name, value in values_of(study) if small(value)} >= {"build_cohort", "assess", "page"}


def test_the_tables_of_every_value_are_found_by_their_signatures(study: ik.Study) -> None:
    found = {name.split(": ")[1] for name, _ in every_value(study) if ": " in name}
    assert found >= {
        "Cohort.panel", "Cohort.flow", "Cohort.left_out", "Design.balance", "Design.units", "Design.left_out",
        "Design.pairs", "Design.weights", "Estimate.tidy", "Estimate.alternatives", "Estimate.cells",
        "Baseline.table", "Bounds.tidy", "Subgroups.tidy", "SpecificationCurve.tidy",
        "DurationEstimate.curves", "DiscontinuityEstimate.covariate_jumps",
        "DiscontinuityEstimate.donut_sensitivity",
    }  # fmt: skip


def test_no_row_of_a_person_is_shown_by_a_table_of_them(study: ik.Study) -> None:
    cohort = ik.build_cohort(study, action="apres")
    people = set(cohort.panel["_unit"])
    units = ik.declare_design(cohort).units()
    for rows in (cohort.panel, cohort.left_out(), units, cohort.panel["_unit"]):
        for part in (rows, rows.head(3), rows.iloc[[0]]):
            assert not any(one in text for text in shown(part) for one in people)


def test_the_walk_sees_a_table_that_shows_itself(study: ik.Study, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("impactkit.cohort.cohort.discreet", lambda frame, *_, **__: frame)
    raw = {name.split(": ")[1] for name, value in every_value(study) if ": Cohort" in name and small(value)}
    assert raw >= {"Cohort.flow", "Cohort.attrition", "Cohort.missing", "Cohort.publics"}


def test_balance_shows_no_share_of_a_few_people_and_computes_with_all(study: ik.Study) -> None:
    design = ik.declare_design(ik.build_cohort(study, action="apres"))
    table = design.balance()
    plain, told = pd.DataFrame(table), table.shown()
    few = plain["level"].eq("fauconnerie")
    assert (plain.loc[few, "mean_treated"] * plain.loc[few, "n_treated"]).round().between(1, 10).all()
    assert (told.loc[few, ["mean_treated", "mean_comparison", "smd", "wwc"]] == "s").all(axis=None)
    assert told["level"].eq("vente").any()
    assert "  s" in repr(table[["covariate", "mean_treated"]].round(2))
    assert table["mean_treated"].tolist() == plain["mean_treated"].tolist()


def test_an_error_about_a_small_group_does_not_say_how_small(study: ik.Study) -> None:
    change = ik.declare_design(ik.build_cohort(study, action="ecart"))
    men = [i for i, sex in change.cohort.panel.groupby("_unit")["sexe"].first().items() if sex == "homme"]
    with pytest.raises(ImpactkitError) as raised:
        ik.estimate(change.only(pd.Index(men)))
    assert small_in_text(str(raised.value), MINIMUM) == []


@pytest.mark.parametrize("profile", PROFILES)
def test_under_every_profile_the_record_says_no_fewer_than_it_promises(tmp_path: Path, profile: str) -> None:
    made = ik.read_study(write_walked(tmp_path, secrecy=profile))
    for action in made.actions:
        record = ik.assess(ik.estimate(ik.declare_design(ik.build_cohort(made, action=action.id)))).record
        told = record.model_dump(mode="json", exclude={"provenance"})
        found = small_in_json(told, PROFILES[profile].minimum)
        # Where the profile leaves complements alone, those lost between two shown numbers are told.
        assert [one for one in found if PROFILES[profile].complements or not one.startswith("lost")] == []
        assert small_in_text(str(told), PROFILES[profile].minimum) == []
        assert record.secrecy == profile


def test_a_table_that_cannot_be_read_is_told_without_what_it_holds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    who = person(7)
    lines = table().replace(";Oui;", f";{who['comment']};")
    write_walked(tmp_path, lines=lines)
    assert run_command(["check", str(tmp_path), "--json"]) != 0
    told = "".join(capsys.readouterr())
    assert "E-" in told
    assert who["comment"] not in told
