"""The plan of a batch: which reports, with which fingerprints, and what is refused before anything runs."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from impactkit.batch.plan import plan_batch
from impactkit.errors import ParameterError, ReportError, StudyError
from impactkit.files import read_study
from small_batch import DECLARED, make_study, make_template


@pytest.fixture
def template(tmp_path: Path) -> Path:
    return make_template(tmp_path / "modele.ipynb", declared=DECLARED + 'code = "01"\n')


def test_one_report_per_action_with_the_fingerprints_of_its_files(tmp_path: Path, template: Path) -> None:
    study = make_study(tmp_path / "etude", "01", "b")
    plan = plan_batch([study], template=template)
    assert [report.key for report in plan.reports] == [("etude", "01"), ("etude", "b")]
    report = plan.reports[0]
    assert report.study_sha256 == hashlib.sha256(study.read_bytes()).hexdigest()
    data = (tmp_path / "etude" / "suivi.csv").read_bytes()
    assert report.inputs == {"suivi.csv": hashlib.sha256(data).hexdigest()}
    assert (report.lang, report.title) == ("fr", "Action 01")


def test_the_fingerprint_follows_content_and_not_place(tmp_path: Path, template: Path) -> None:
    def planned(study: Path, **values: str) -> str:
        return plan_batch([study], template=template, parameters=values).reports[0].inputs_sha256

    here, there = make_study(tmp_path / "a" / "etude", "x"), make_study(tmp_path / "b" / "etude", "x")
    first = planned(here)
    assert planned(there) == first
    assert planned(here, code="02") != first
    (there.parent / "suivi.csv").write_text("personne;avant;apres\np1;1;2\n", encoding="utf-8")
    assert planned(there) != first


def test_a_study_named_in_several_ways_is_planned_once(
    tmp_path: Path, template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = make_study(tmp_path / "etude", "x")
    monkeypatch.chdir(tmp_path)
    ways = [study, study.parent, os.path.relpath(study), read_study(study)]
    assert len(plan_batch(ways, template=template).reports) == 1


def test_only_the_actions_asked_for(tmp_path: Path, template: Path) -> None:
    studies = [make_study(tmp_path / "etude", "x", "y"), make_study(tmp_path / "autre", "z")]
    plan = plan_batch(studies, actions=["y", "z"], template=template)
    assert [report.key for report in plan.reports] == [("etude", "y"), ("autre", "z")]


def test_an_action_that_no_study_has_is_refused(tmp_path: Path, template: Path) -> None:
    study = make_study(tmp_path / "etude", "x", "y")
    with pytest.raises(ReportError, match=r"action nulle.*x, y"):
        plan_batch([study], actions=["x", "nulle"], template=template)


def test_two_studies_of_one_name_would_mix_their_results(tmp_path: Path, template: Path) -> None:
    studies = [make_study(tmp_path / "a" / "etude", "x"), make_study(tmp_path / "b" / "etude", "x")]
    with pytest.raises(ReportError, match="etude"):
        plan_batch(studies, template=template)


def test_one_unreadable_study_leaves_the_others(tmp_path: Path, template: Path) -> None:
    good = make_study(tmp_path / "etude", "x")
    bad = tmp_path / "cassee" / "study.toml"
    bad.parent.mkdir()
    bad.write_text("format = 2", encoding="utf-8")
    plan = plan_batch([bad, good], template=template)
    assert [report.study for report in plan.reports] == ["etude"]
    assert [unread.name for unread in plan.unread] == ["cassee/study.toml"]
    with pytest.raises(StudyError):
        plan_batch([bad], template=template)


def test_parameters_are_refused_before_anything_runs(tmp_path: Path, template: Path) -> None:
    with pytest.raises(ParameterError, match="cdoe"):
        plan_batch([make_study(tmp_path / "etude", "x")], template=template, parameters={"cdoe": "1"})
