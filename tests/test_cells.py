"""Each number of people that a record shows is that of the people it is judged by."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import impactkit as ik
from impactkit.batch.plan import plan_batch
from impactkit.batch.render import _hides
from impactkit.batch.together import plan_together
from impactkit.estimators.result import Estimate
from impactkit.evidence.cells import Cell, Told, cells_of
from impactkit.evidence.together import judge_together
from impactkit.files.masks import with_masks
from impactkit.files.resources import sample_names


def frame(n: int = 300) -> pd.DataFrame:
    """Return people at three times; some outcomes and characteristics are not known."""
    rng = np.random.default_rng(8)
    helped = np.arange(n) % 2 == 0
    age = rng.integers(20, 60, n).astype(float)
    age[rng.random(n) < 0.1] = np.nan
    first = 50 + rng.normal(0, 10, n)
    rows = []
    for t in (0, 1, 2):
        y = first + 2 * t + 5 * (t == 2) * helped + rng.normal(0, 5, n)
        y[rng.random(n) < 0.15] = np.nan
        rows.append(pd.DataFrame({"id": np.arange(n), "t": t, "helped": helped, "age": age, "y": y}))
    found = pd.concat(rows)
    found["months"] = np.where(found["y"].isna(), np.nan, 1 + found["id"] % 12)
    found["job"] = np.where(found["months"].isna(), np.nan, (found["id"] % 3 > 0).astype(float))
    found["offer"] = np.where(found["id"] % 7 == 0, np.nan, found["helped"].astype(float))
    found["entry"] = 2
    found["means"] = 1000 + np.where(found["helped"], -1, 1) * (5 + 3 * (found["id"] % 100))
    return found


def estimates() -> dict[str, Estimate]:
    people = frame()
    cohort = ik.cohort_from_frame(
        people, unit="id", period="t", arm="helped", outcomes=["y"], covariates=["age"]
    )
    alone = ik.cohort_from_frame(
        people[people["helped"]], unit="id", period="t", entry="entry", outcomes=["y"]
    )
    design = ik.declare_design(cohort, covariates=["age"])
    last = people[people["t"] == 2]
    spells = ik.cohort_from_frame(last, unit="id", arm="helped", outcomes=["months", "job"])
    near = ik.cohort_from_frame(last, unit="id", arm="helped", outcomes=["y"], covariates=["means", "offer"])
    return {
        "before_after": ik.before_after(ik.declare_design(alone, window=(0, 2))),
        "trend": ik.before_after(ik.declare_design(alone, window=(1, 2)), trend=True),
        "did": ik.did(design),
        "did, any period": ik.did(design, panel="unbalanced"),
        "ancova": ik.ancova(design),
        "compare_groups": ik.compare_groups(design),
        "doubly_robust": ik.doubly_robust(design),
        "event_study": ik.event_study(design),
        "matched": ik.compare_groups(ik.match(design, caliper=0.1)),
        "matched, another outcome": ik.did(ik.match(design, method="full")),
        "weighted": ik.compare_groups(ik.weight(design, method="entropy")),
        "time_to_event": ik.time_to_event(ik.declare_design(spells), time="months", event="job", horizon=8),
        "discontinuity": ik.discontinuity(ik.declare_design(near), running="means", cutoff=1000),
    }


@pytest.fixture(scope="module")
def made() -> dict[str, Estimate]:
    return estimates()


def test_each_step_says_who_is_left_and_each_holds_the_next(made: dict[str, Estimate]) -> None:
    losses = set()
    for name, estimate in made.items():
        everyone = estimate.design.cohort.rows.people
        for arm in ("treated", "comparison"):
            steps = [step for step in estimate.counts if step.arm == arm]
            sets = [set(everyone[step.who]) for step in steps if step.who is not None]
            assert [len(people) for people in sets] == [step.n for step in steps], name
            assert all(after <= before for before, after in pairwise(sets)), name
            if len(sets) > 2 and len(sets[0]) > len(sets[1]) > len(sets[-1]):
                losses.add(name)
            if sets:
                assert sets[-1] <= set(estimate.analysed), name
        last = [step.n for step in estimate.counts if step.key == "analysed"]
        assert sum(last) == len(estimate.analysed), name
    assert len(losses) > 5  # boxes between the first and the last are of people of their own


def told(evidence: ik.Evidence) -> Told:
    record = evidence.record
    opinion = None if record.contribution is None else record.contribution.opinion
    return Told(flow=record.flow, opinion=opinion, duration=record.duration)


@pytest.mark.parametrize("name", sample_names())
def test_each_number_shown_is_that_of_its_people(name: str) -> None:
    study = ik.read_study(ik.sample(name))
    for action in study.actions:
        evidence = ik.assess(
            ik.estimate(ik.make_comparable(ik.declare_design(ik.build_cohort(study, action=action.id))))
        )
        shown = {(box.arm, box.step): box.n for box in evidence.record.flow}
        for cell in cells_of(evidence.estimate, told(evidence)):
            assert (shown[cell.arm, cell.step] is not None) == cell.shown
            assert not cell.shown or len(cell.people) == shown[cell.arm, cell.step]
            assert len(set(cell.people)) == len(cell.people)


STUDY = """format = 1
kind = "pacte"
id = "orlise"
title = "Pacte de l'Orlise"
territory = { name = "Orlise" }
variables.score = { label = "Score", type = "number" }
variables.avis = { label = "Le changement vient de l'action", type = "boolean" }
variables.mois = { label = "Mois avant un emploi", type = "number", unit = "mois" }
variables.emploi = { label = "Emploi trouvé", type = "boolean" }
waves = [{ id = "T0", label = "à l'entrée", months = 0 }, { id = "T6", label = "six mois après", months = 6 }]
"""
FILE = """
[[files]]
id = "{name}"
path = "{name}.csv"
[files.columns]
unit = "numero"
arm = {{ column = "groupe", labels = {{ a = "beneficiary", b = "waiting_list" }} }}
score = [{{ column = "avant", wave = "T0" }}, {{ column = "apres", wave = "T6" }}]
avis = {{ column = "avis", wave = "T6" }}
mois = {{ column = "mois", wave = "T6" }}
emploi = {{ column = "emploi", wave = "T6" }}
"""
ACTION = """
[[actions]]
id = "{name}"
title = "Action {name}"
need = "Un besoin."
intended_effect = "Un effet."
start = 2024-01-08
files = ["{name}"]
comparison = "waiting_list"
{choices}
"""
OPINION = """method = "did"
outcomes = [{ variable = "score", primary = true, direction = "increase" }]
contribution = { opinion = "avis" }
"""
DURATION = """method = "time_to_event"
outcomes = [{ variable = "mois", primary = true, direction = "decrease" }]
duration = { event = "emploi", horizon = 12 }
"""


def line(i: int, *, avis: str = "", avant: bool = True) -> str:
    group = "a" if i % 2 else "b"
    months = 1 + i % 12
    before = str(10 + i % 7) if avant else ""
    return f"PERS-{i:04};{group};{before};{11 + (i * 5) % 9};{avis};{months};{'oui' if i % 3 else 'non'}"


def write(folder: Path, choices: str, files: dict[str, list[str]]) -> Path:
    folder.mkdir()
    text = STUDY + "".join(FILE.format(name=name) for name in files)
    text += "".join(ACTION.format(name=name, choices=choices) for name in files)
    (folder / "study.toml").write_text(text, encoding="utf-8")
    for name, lines in files.items():
        header = "numero;groupe;avant;apres;avis;mois;emploi"
        (folder / f"{name}.csv").write_text("\n".join([header, *lines, ""]), encoding="utf-8")
    return folder


def cells(folder: Path, action: str) -> dict[str, Cell]:
    study = ik.read_study(folder)
    evidence = ik.assess(ik.estimate(ik.declare_design(ik.build_cohort(study, action=action))))
    return {f"{cell.arm} {cell.step}": cell for cell in cells_of(evidence.estimate, told(evidence))}


def hidden_as_planned(folder: Path, out: Path) -> dict[str, tuple[str, ...]]:
    """Plan a batch; check that each record hides what the plan says; return it."""
    plan, _ = plan_together(plan_batch([folder]), out)
    study = ik.read_study(folder)
    for report in plan.reports:
        evidence = ik.assess(ik.estimate(ik.declare_design(ik.build_cohort(study, action=report.action))))
        assert _hides(evidence.record, report)
        bare = with_masks(study, {}).model_copy(update={"actions": study._declared})
        open_record = ik.assess(
            ik.estimate(ik.declare_design(ik.build_cohort(bare, action=report.action)))
        ).record
        assert _hides(open_record, report) == (not report.masked)  # the plan's proof is not empty
    return {report.action: report.masked for report in plan.reports if report.masked}


def test_a_step_between_two_boxes_is_judged_too(tmp_path: Path) -> None:
    # Of a: 120 entered, 100 with a score before, 80 after too. Of b, entered: those 100 and 4 more.
    first = [line(i, avant=i < 200) for i in range(240)]
    lines = [
        text if i < 160 else ";".join([*text.split(";")[:3], "", *text.split(";")[4:]])
        for i, text in enumerate(first)
    ]
    second = [line(i) for i in [*range(200), *range(1000, 1008)]]
    folder = write(
        tmp_path / "etude",
        OPINION.replace('contribution = { opinion = "avis" }\n', ""),
        {"a": lines, "b": second},
    )
    assert {"treated baseline_known", "treated entered", "treated analysed"} <= cells(folder, "a").keys()
    found = judge_together(ik.read_study(folder), actions={"a", "b"})
    assert set(found.masked) == {"a"}
    assert hidden_as_planned(folder, tmp_path / "sorties") == {"a": ("treated", "comparison")}


def test_opinions_are_judged_too(tmp_path: Path) -> None:
    # Those who answer yes of a are those of b and four others.
    first = [line(i, avis="oui" if i < 120 else "non") for i in range(240)]
    second = [line(i, avis="oui" if i < 112 else "non") for i in range(240)]
    folder = write(tmp_path / "etude", OPINION, {"a": first, "b": second})
    assert {"treated opinion_0", "treated opinion_1"} <= cells(folder, "a").keys()
    masked = hidden_as_planned(folder, tmp_path / "sorties")
    assert len(masked) == 1
    assert set(masked.values()) == {("opinion",)}


def test_those_still_followed_under_a_curve_are_judged_too(tmp_path: Path) -> None:
    # Four people of a wait a little longer than they do in b.
    first = [line(i) for i in range(480)]
    moved = {i for i in range(480) if i % 24 == 1 and i < 96}
    second = [
        text if i not in moved else ";".join([*text.split(";")[:5], "12", text.split(";")[6]])
        for i, text in enumerate(first)
    ]
    folder = write(tmp_path / "etude", DURATION, {"a": first, "b": second})
    assert any("at_risk" in name for name in cells(folder, "a"))
    masked = hidden_as_planned(folder, tmp_path / "sorties")
    assert len(masked) == 1
    assert set(masked.values()) == {("at_risk",)}
