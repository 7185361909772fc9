"""A secrecy profile for one command: the page says which one made it, and nothing stays for the next."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

import impactkit as ik
from impactkit.cli.app import run_command
from impactkit.disclosure import PROFILES
from impactkit.evidence import Record
from impactkit.files.study import PROFILE_VARIABLE
from walked_study import write_walked


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("IMPACTKIT_KEYS", str(tmp_path / "cles"))
    return write_walked(tmp_path / "étude", secrecy="partenaire-5")


@pytest.mark.parametrize("name", list(PROFILES))
def test_a_study_is_read_with_the_profile_of_the_command(
    study: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    assert ik.read_study(study).secrecy == "partenaire-5"
    monkeypatch.setenv(PROFILE_VARIABLE, name)
    assert ik.read_study(study).secrecy == name
    monkeypatch.setenv(PROFILE_VARIABLE, "aucun")
    with pytest.raises(ValueError, match="expected one of"):
        ik.read_study(study)


def test_the_command_line_knows_every_profile(study: Path) -> None:
    from impactkit.cli.app import SecrecyProfile

    assert {profile.value for profile in SecrecyProfile} == set(PROFILES)
    assert run_command(["run", str(study), "--out", "x", "--profile", "aucun"]) == 2


@pytest.mark.slow
def test_reports_are_made_under_the_profile_and_say_so(
    study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "sorties"
    asked = ["run", str(study), "--out", str(out), "--action", "avant", "--resume"]
    folder = out / "serins" / "avant"
    for profile in ("diffusion", None, "pilotactions"):
        words = asked if profile is None else [*asked, "--profile", profile]
        assert run_command([*words, "--json"]) == 0
        # Made again: another profile is another report.
        assert json.loads(capsys.readouterr().out)["rows"][0]["state"] == "done"
        assert Record.read(folder / "evidence.json").secrecy == (profile or "partenaire-5")
        assert (profile or "partenaire-5") in (folder / "report.html").read_text(encoding="utf-8")
        assert PROFILE_VARIABLE not in os.environ


@pytest.mark.slow
def test_reports_of_another_profile_do_not_leave_under_the_study_s_own(study: Path, tmp_path: Path) -> None:
    out = tmp_path / "sorties"
    assert run_command(["run", str(study), "--out", str(out), "--profile", "pilotactions"]) == 0
    asked = ["release", str(study), "--out", str(out), "--name", "mars"]
    assert run_command(asked) == 7
    assert run_command([*asked, "--profile", "pilotactions"]) == 0
