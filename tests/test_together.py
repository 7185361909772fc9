"""A batch's reports hide what they would reveal of each other, and of earlier releases, in every file."""

import json
import re
import shutil
import zipfile
from pathlib import Path

import pytest

import impactkit as ik
from impactkit.batch.plan import plan_batch
from impactkit.batch.render import _hides
from impactkit.batch.together import plan_together
from impactkit.cli.app import run_command
from impactkit.errors import ReportError, StudyError
from impactkit.release import release_study

STUDY = """format = 1
kind = "pacte"
id = "orlise"
title = "Pacte de l'Orlise"
territory = { name = "Orlise" }
variables.score = { label = "Score", type = "number" }
waves = [{ id = "T0", label = "à l'entrée", months = 0 }, { id = "T6", label = "six mois après", months = 6 }]
"""
FILE = """
[[files]]
id = "{name}"
path = "{name}.csv"
[files.columns]
unit = "numero"
score = [{{ column = "avant", wave = "T0" }}, {{ column = "apres", wave = "T6" }}]
"""
ACTION = """
[[actions]]
id = "{name}"
title = "Action {name}"
need = "Un besoin."
intended_effect = "Un effet."
start = 2024-01-08
files = ["{name}"]
method = "before_after"
comparison = "none"
outcomes = [{{ variable = "score", primary = true, direction = "increase" }}]
"""


@pytest.fixture(autouse=True)
def keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMPACTKIT_KEYS", str(tmp_path / "keys"))


def study(folder: Path, people: dict[str, tuple[int, int, int]]) -> Path:
    """Write a study whose actions follow people ``first`` to ``last``, all known after up to ``known``."""
    folder.mkdir(exist_ok=True)
    text = STUDY + "".join(FILE.format(name=name) for name in people)
    for name, (first, known, last) in people.items():
        text += ACTION.format(name=name)
        rows = [
            f"PERS-{i:04};{10 + i % 7};{11 + (i * 5) % 9 if i < known else ''}" for i in range(first, last)
        ]
        (folder / f"{name}.csv").write_text("numero;avant;apres\n" + "\n".join(rows) + "\n", encoding="utf-8")
    (folder / "study.toml").write_text(text, encoding="utf-8")
    return folder


def made(folder: Path, out: Path) -> tuple[str, ...]:
    """Make each record as a batch would, without its pages; return what the batch would tell."""
    plan, notices = plan_together(plan_batch([folder]), out)
    for planned in plan.reports:
        if planned.is_withheld:
            continue
        cohort = ik.build_cohort(ik.read_study(folder), action=planned.action)
        record = ik.assess(ik.estimate(ik.declare_design(cohort))).record
        assert _hides(record, planned)
        target = out / "orlise" / planned.action
        target.mkdir(parents=True, exist_ok=True)
        record.write(target / "evidence.json")
    return tuple(notice.text("fr") for notice in notices)


def entered(out: Path, action: str) -> int | None:
    """Return the number of people entered that a record shows."""
    return json.loads((out / "orlise" / action / "evidence.json").read_text(encoding="utf-8"))["flow"][0]["n"]


def words_of(folder: Path) -> dict[str, str]:
    """Return the text of every file of a folder, what is packed in it too."""
    texts = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".docx", ".xlsx"):
            with zipfile.ZipFile(path) as archive:
                content = "".join(archive.read(name).decode(errors="ignore") for name in archive.namelist())
        elif path.is_file():
            content = path.read_text(encoding="utf-8")
        else:
            continue
        # Not what is drawn, how it looks, nor the long numbers of machines.
        content = re.sub(r'<style.*?</style>|\sd="[^"]*"|[0-9a-f]{16,}', "", content, flags=re.DOTALL)
        texts[path.relative_to(folder).as_posix()] = content
    return texts


def holding(folder: Path, number: int) -> list[str]:
    """Return the files of a folder in which a number stands alone."""
    alone = re.compile(rf"(?<![\w.,#:+-]){number}(?![\w.,:%+-])")
    return [name for name, text in words_of(folder).items() if alone.search(text)]


def test_two_actions_that_differ_by_four_people_do_not_show_both_numbers_in_any_file(tmp_path: Path, capsys):
    folder = study(tmp_path / "etude", {"a": (0, 60, 83), "b": (0, 60, 87), "c": (500, 560, 590)})
    out = tmp_path / "sorties"
    assert run_command(["run", str(folder), "--out", str(out)]) == 0
    assert "certains nombres de personnes" in re.sub(r"\s+", " ", capsys.readouterr().out)
    shown = [entered(out, "a"), entered(out, "b")]
    assert sorted(shown, key=str) in ([83, None], [87, None])
    hidden = "a" if shown[0] is None else "b"
    number = 83 if hidden == "a" else 87
    assert holding(out / "orlise" / hidden, number) == []
    assert [name for name in holding(out, number) if not name.startswith("orlise/c/")] == []
    assert entered(out, "c") == 90
    assert release_study(folder, out, name="mars").masked == 1


def test_a_pact_and_its_actions_do_not_give_the_few_people_that_are_in_it_alone(tmp_path: Path):
    people = {"nord": (0, 60, 83), "sud": (100, 160, 190), "pacte": (0, 60, 83)}
    folder = study(tmp_path / "etude", people)
    lines = [f"PERS-{i:04};{10 + i % 7};{11 + (i * 5) % 9}" for i in [*range(60), *range(100, 160)]]
    lines += [f"PERS-{i:04};{10 + i % 7};" for i in [*range(60, 83), *range(160, 190), *range(300, 304)]]
    (folder / "pacte.csv").write_text("numero;avant;apres\n" + "\n".join(lines) + "\n", encoding="utf-8")
    out = tmp_path / "sorties"
    made(folder, out)
    shown = {action: entered(out, action) for action in people}
    assert None in shown.values()  # 177 - 83 - 90 = 4
    assert sum(n is not None for n in shown.values()) == 2
    assert release_study(folder, out, name="mars").editions == 1


def test_an_edition_with_three_more_people_hides_how_many_entered_and_can_leave(tmp_path: Path):
    folder, out = study(tmp_path / "etude", {"a": (0, 60, 83)}), tmp_path / "sorties"
    assert made(folder, out) == ()
    assert entered(out, "a") == 83
    release_study(folder, out, name="mars")
    study(folder, {"a": (0, 60, 86)})
    result = ik.run_batch([folder], out=out)
    assert "a" in result.notices[0].text("fr")
    assert entered(out, "a") is None
    assert holding(out / "orlise" / "a", 86) == []
    assert release_study(folder, out, name="avril").editions == 2
    study(folder, {"a": (0, 60, 120)})
    assert made(folder, out) == ()
    assert entered(out, "a") == 120
    assert not (folder / "masks.toml").exists()


def test_a_notebook_typed_by_hand_hides_the_same_numbers(tmp_path: Path):
    folder = study(tmp_path / "etude", {"a": (0, 60, 83), "b": (0, 60, 87)})
    plan_together(plan_batch([folder]), tmp_path / "sorties")
    hidden = [action.id for action in ik.read_study(folder).actions if action.masked]
    assert len(hidden) == 1
    cohort = ik.build_cohort(ik.read_study(folder), action=hidden[0])
    record = ik.assess(ik.estimate(ik.declare_design(cohort))).record
    assert [box.n for box in record.flow][:-1].count(None) == len(record.flow) - 1


def test_a_report_whose_number_analysed_reveals_someone_is_not_made_and_the_others_can_leave(tmp_path: Path):
    people = {"a": (0, 130, 153), "b": (0, 137, 153), "c": (500, 560, 590)}
    folder, out = study(tmp_path / "etude", people), tmp_path / "sorties"
    rows = ik.run_batch([folder], out=out, lang="fr").rows
    kinds = {row.action: (row.state, row.kind) for row in rows}
    assert kinds == {"a": ("done", None), "b": ("failed", "secrecy"), "c": ("done", None)}
    assert not (out / "orlise" / "b" / "evidence.json").exists()
    assert "personnes analysées" in (out / "orlise" / "b" / "report.html").read_text(encoding="utf-8")
    assert holding(out, 137) == []
    assert run_command(["release", str(folder), "--out", str(out), "--name", "mars"]) == 0
    # Nor is it shown by another way: each asks the same record.
    cohort = ik.build_cohort(ik.read_study(folder), action="b")
    with pytest.raises(ReportError, match="Aucun rapport"):
        ik.page(ik.assess(ik.estimate(ik.declare_design(cohort))))
    assert run_command(["form", str(folder), "--out", str(tmp_path / "formulaires")]) != 0
    assert holding(tmp_path / "formulaires", 137) == []


def test_of_two_reports_that_cannot_both_be_made_the_one_made_before_is_kept(tmp_path: Path):
    people = {"a": (0, 60, 83), "b": (0, 64, 83)}
    folder, out = study(tmp_path / "etude", people), tmp_path / "sorties"
    ik.run_batch([folder], out=out, actions=["b"])
    rows = ik.run_batch([folder], out=out).rows
    assert {row.action: row.state for row in rows} == {"a": "failed", "b": "done"}
    assert release_study(folder, out, name="mars").withheld == ("a",)


def test_an_action_may_be_chosen_whose_report_is_not_made(tmp_path: Path):
    folder, out = study(tmp_path / "etude", {"a": (0, 60, 83), "b": (0, 64, 83)}), tmp_path / "sorties"
    path = folder / "study.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace('title = "Action a"', 'title = "Action a"\nmasked = ["report"]'), encoding="utf-8"
    )
    rows = ik.run_batch([folder], out=out).rows
    assert {row.action: row.state for row in rows} == {"a": "failed", "b": "done"}
    assert not (folder / "masks.toml").exists()
    assert release_study(folder, out, name="mars").actions == ("b",)


def test_an_edition_with_three_more_answers_is_not_made(tmp_path: Path):
    people = {"a": (0, 60, 83), "c": (500, 560, 590)}
    folder, out = study(tmp_path / "etude", people), tmp_path / "sorties"
    made(folder, out)
    release_study(folder, out, name="mars")
    study(folder, people | {"a": (0, 63, 83)})
    assert {row.action: row.state for row in ik.run_batch([folder], out=out).rows} == {
        "a": "failed",
        "c": "done",
    }
    study(folder, people | {"a": (0, 72, 100)})
    assert {row.state for row in ik.run_batch([folder], out=out).rows} == {"done"}
    assert release_study(folder, out, name="avril").editions == 2


def test_a_report_made_before_that_reveals_someone_is_told_and_does_not_leave(tmp_path: Path):
    folder, out = study(tmp_path / "etude", {"a": (0, 60, 83), "b": (0, 64, 83)}), tmp_path / "sorties"
    for action in ("a", "b"):  # each in a folder of its own, then put together
        ik.run_batch([folder], out=tmp_path / action, actions=[action])
        shutil.copytree(tmp_path / action / "orlise" / action, out / "orlise" / action)
    with pytest.raises(ReportError, match="analysed"):
        release_study(folder, out, name="mars")
    _, notices = plan_together(plan_batch([folder], actions=["a"]), out)
    assert any("fait auparavant" in notice.text("fr") for notice in notices)


def test_a_report_is_made_again_only_when_it_must_hide_more(tmp_path: Path):
    folder, out = study(tmp_path / "etude", {"a": (0, 60, 83), "b": (0, 60, 120)}), tmp_path / "sorties"

    def planned() -> dict[str, str]:
        plan, _ = plan_together(plan_batch([folder]), out)
        return {report.action: report.inputs_sha256 for report in plan.reports}

    before = planned()
    assert planned() == before
    assert not (folder / "masks.toml").exists()
    (folder / "b.csv").write_bytes((folder / "a.csv").read_bytes() + b"PERS-9999;1;\n")
    after = planned()
    assert planned() == after
    masks = (folder / "masks.toml").read_bytes()
    (folder / "masks.toml").unlink()
    assert planned() == after
    assert (folder / "masks.toml").read_bytes() == masks
    assert after["b"] != before["b"]  # its file changed
    assert (after["a"] == before["a"]) == (b'"a"' not in masks)


def test_a_report_made_before_that_must_now_hide_more_is_told(tmp_path: Path):
    folder, out = study(tmp_path / "etude", {"a": (0, 60, 83), "b": (500, 560, 587)}), tmp_path / "sorties"
    made(folder, out)
    (folder / "b.csv").write_bytes((folder / "a.csv").read_bytes() + b"PERS-9999;1;\n")
    for action in ("a", "b"):
        _, notices = plan_together(plan_batch([folder], actions=[action]), out)
        hidden = "a" if b'"a"' in (folder / "masks.toml").read_bytes() else "b"
        told = " ".join(notice.text("fr") for notice in notices)
        assert ("fait auparavant" in told) == (hidden != action)


def test_actions_that_share_nobody_are_not_judged_and_nothing_is_written(tmp_path: Path, monkeypatch):
    monkeypatch.setattr("impactkit.evidence.together.protect_edition", None)
    folder = study(tmp_path / "etude", {"a": (0, 60, 83), "b": (500, 560, 587)})
    assert made(folder, tmp_path / "sorties") == ()
    assert not (folder / "masks.toml").exists()


def test_without_the_key_of_earlier_releases_the_batch_says_what_it_could_not_compare(
    tmp_path: Path, monkeypatch
):
    folder, out = study(tmp_path / "etude", {"a": (0, 60, 83)}), tmp_path / "sorties"
    made(folder, out)
    release_study(folder, out, name="mars")
    monkeypatch.setenv("IMPACTKIT_KEYS", str(tmp_path / "autres"))
    assert any("leur clé" in notice for notice in made(folder, out))


@pytest.mark.parametrize("text", ["masked = 3", "[masked]\na = ['all']", "x", "\xff"])
def test_masks_that_cannot_be_read_stop_the_study(tmp_path: Path, text: str):
    folder = study(tmp_path / "etude", {"a": (0, 60, 83)})
    (folder / "masks.toml").write_bytes(text.encode("latin-1"))
    with pytest.raises(StudyError, match=r"masks\.toml"):
        ik.read_study(folder)


def test_a_report_made_by_other_secrecy_rules_than_those_planned_is_not_published(tmp_path: Path):
    # As where a machine of a cluster was not told the profile of the command.
    folder = study(tmp_path / "etude", {"a": (0, 60, 83)})
    asked = ik.read_study(folder).model_copy(update={"secrecy": "diffusion"})
    out = tmp_path / "sorties"
    (row,) = ik.run_batch([asked], out=out, lang="fr").rows
    assert row.state == "failed"
    assert "règles de secret" in str(row.reason)
    assert not (out / "orlise" / "a" / "evidence.json").exists()
