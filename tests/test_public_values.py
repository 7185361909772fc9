"""One gate: what every public value shows of itself tells of no few people.

Of each public name, the values that it gives of a study with planted small groups are shown as a console and
a notebook show them. Tables that are asked for in order to compute (a DataFrame) are not shown by us; those
that the cohort makes to be shown are.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

import impactkit as ik
from canaries import N, person
from impactkit.cli.app import run_command
from impactkit.disclosure import PROFILES, counts
from impactkit.errors import ImpactkitError
from small_counts import small_in_html, small_in_json, small_in_table, small_in_text
from walked_study import table, write_walked

MINIMUM = 11
# Frames to compute with: no rule can follow them to where they are shown (docs/disclosure.md says so).
COMPUTED = {
    "adjust_p", "balance_many", "effect_sizes", "estimate_many", "event_study", "goodman_bacon", "honest_did",
    "link", "losses", "several_outcomes",
}  # fmt: skip
# They show numbers that the caller gave, a plan, or the file itself.
OF_NOBODY = {
    "__version__", "detectable_pre_trend", "expected_regression", "minimum_detectable_effect", "plot", "pool",
    "read_rsa", "read_table", "sample", "sample_size", "set_language", "simulate", "study_schema", "teaching",
}  # fmt: skip
# Their values are files, which `test_every_file` opens.
WRITTEN = {"run_batch", "save_evidence", "write_report"}
# They ask for another kind of study; what they give shows itself as an `Estimate`.
OTHER_STUDIES = {
    "discontinuity", "encouragement", "interrupted_series", "synthetic_control", "synthetic_did",
    "time_to_event", "doubly_robust", "weight_losses",
}  # fmt: skip


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


def shown(value: object) -> list[str]:
    """Return what a value shows of itself, to a console and to a notebook."""
    if isinstance(value, pd.DataFrame):
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
    if isinstance(value, pd.DataFrame):
        cells = [[_cell(cell) for cell in row] for row in value.to_numpy()]
        found += small_in_table([list(map(str, value.columns)), *cells], MINIMUM)
    return found


def test_no_public_value_shows_a_small_number_of_people_nor_a_person(study: ik.Study) -> None:
    known = {value for i in range(N) for kind, value in person(i).items() if kind != "birth_date"}
    for name, value in values_of(study):
        assert small(value) == [], name
        words = {word for text in shown(value) for word in re.findall(r"[\w@.]+", text)}
        assert known & words == set(), name


def test_every_public_name_is_walked_or_said_to_show_nobody(study: ik.Study) -> None:
    walked = {name for name, _ in values_of(study)}
    classes = {name for name in ik.__all__ if inspect.isclass(getattr(ik, name))}
    stores = {"create_store", "open_store", "restore_store"}  # test_store: they show where they are
    assert set(ik.__all__) == walked | COMPUTED | OF_NOBODY | WRITTEN | OTHER_STUDIES | classes | stores


def test_the_walk_sees_a_value_that_masks_nothing(study: ik.Study, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counts, "is_small", lambda n, profile: False)
    assert {name for name, value in values_of(study) if small(value)} >= {"build_cohort", "assess", "page"}


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
