"""The course: notebooks that their sources give, simulators that tell the truth, answers that help."""

from __future__ import annotations

import importlib.util
import json
import os
import tomllib
from pathlib import Path

import nbformat
import pytest

import impactkit as ik
from impactkit.cli.app import run_command
from impactkit.files.resources import notebooks
from impactkit.report.accessibility import check_page
from impactkit.teaching import (
    SESSIONS,
    check_answer,
    compare_scenes,
    copy_sessions,
    lesson_data,
    open_session,
    play,
    simulator,
    table,
    two_files,
)
from impactkit.teaching.exercises import EXERCISES
from impactkit.teaching.looks import Chosen, Number, Paired, Several, fingerprint
from impactkit.teaching.scenarios import SCENARIOS, Choice
from impactkit.text.catalogue import entries, has_key

ROOT = Path(__file__).parent.parent
LANGUAGES = ("fr", "en")


@pytest.fixture(autouse=True)
def _french(monkeypatch):
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    ik.set_language("fr")
    yield
    ik.set_language(None)


def build():
    spec = importlib.util.spec_from_file_location("build", ROOT / "notebooks" / "build.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def cells(path: Path) -> list[dict]:
    return json.loads(path.read_text(encoding="utf-8"))["cells"]


def code(path: Path) -> list[str]:
    return ["".join(cell["source"]) for cell in cells(path) if cell["cell_type"] == "code"]


def of(session, language: str, *, solutions: bool = False) -> Path:
    folder = notebooks(language) / "solutions" if solutions else notebooks(language)
    return folder / f"{session.stems[language]}.ipynb"


# ------------------------------------------------------------------ notebooks


def test_committed_notebooks_are_those_that_the_sources_give():
    made = build().pages()
    committed = {path for language in LANGUAGES for path in notebooks(language).rglob("*.ipynb")}
    assert set(made) == committed
    for path, text in made.items():
        assert path.read_text(encoding="utf-8") == text, "run: python notebooks/build.py"


def test_both_languages_pair_by_number_and_have_the_same_code():
    for language in LANGUAGES:
        found = sorted(path.stem.split("-")[0] for path in notebooks(language).glob("*.ipynb"))
        assert found[:5] == ["01", "02", "03", "04", "05"]
        assert found[5].startswith("webin")
    for session in SESSIONS:
        for solutions in (False, True):
            french, english = (of(session, language, solutions=solutions) for language in LANGUAGES)
            assert code(french) == code(english)
            for one, other in zip(cells(french), cells(english), strict=True):
                assert {**one, "source": ""} == {**other, "source": ""}
                if one["cell_type"] == "markdown":
                    assert one["source"] != other["source"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_notebooks_are_valid_and_have_no_outputs(language):
    for path in notebooks(language).rglob("*.ipynb"):
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
        assert notebook.metadata.kernelspec.name == "python3"
        for cell in notebook.cells:
            if cell.cell_type == "code":
                assert cell.outputs == []
                assert cell.execution_count is None


def test_every_exercise_is_asked_once_and_solved_in_the_solutions():
    asked = [text for s in SESSIONS for text in code(of(s, "fr")) if "check_answer(" in text]
    solved = [text for s in SESSIONS for text in code(of(s, "fr", solutions=True)) if "check_answer(" in text]
    keys = [key for text in asked for key in EXERCISES if f'check_answer("{key}"' in text]
    assert keys == sorted(EXERCISES)
    assert len(asked) == len(solved) == len(EXERCISES)
    assert not set(asked) & set(solved)


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("session", SESSIONS, ids=lambda session: session.key)
def test_a_session_runs_from_top_to_bottom(session, language, tmp_path, monkeypatch):
    nbclient = pytest.importorskip("nbclient")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT / "src"), os.environ.get("PYTHONPATH", "")]))
    copy_sessions(tmp_path, lang=language)
    path = tmp_path / f"{session.stems[language]}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    client = nbclient.NotebookClient(
        notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
    )
    client.execute()
    shown = json.dumps(notebook, ensure_ascii=False)
    other = {"fr": "Exercise ", "en": "Exercice "}[language]
    assert other not in shown
    assert "stderr" not in [out.get("name") for cell in notebook.cells for out in cell.get("outputs", ())]


@pytest.mark.slow
@pytest.mark.parametrize(("language", "name"), [("fr", "webinaire.html"), ("en", "webinar.html")])
def test_the_webinar_is_a_page_to_read_offline(language, name, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT / "src"), os.environ.get("PYTHONPATH", "")]))
    assert run_command(["teach", str(tmp_path / "cours"), "--page", "--lang", language]) == 0
    page = (tmp_path / "cours" / name).read_text(encoding="utf-8")
    assert [finding.code for finding in check_page(page)] == []
    assert page.count("<svg") + page.count("<img") >= 4
    for absent in ("import impactkit", "<script", "http://", "Traceback"):
        assert absent not in page


@pytest.mark.parametrize("session", SESSIONS, ids=lambda session: session.key)
def test_the_solutions_are_right(session, tmp_path, monkeypatch):
    # In this process and in one language: another test holds the code of both languages equal.
    copy_sessions(tmp_path, lang="fr", solutions=True)
    monkeypatch.chdir(tmp_path / "solutions")
    names: dict = {"display": lambda *_: None}
    answers = []
    for cell in code(tmp_path / "solutions" / f"{session.stems['fr']}.ipynb"):
        *before, last = cell.rsplit("\ncheck_answer(", 1) if "\ncheck_answer(" in cell else (cell, "")
        exec(compile(before[0], session.key, "exec"), names)
        if last:
            answers.append(eval(f"check_answer({last}", names))
    assert answers
    assert [str(answer) for answer in answers if not answer.right] == []
    assert (tmp_path / "data").is_dir()
    assert not (tmp_path / "solutions" / "data").exists()


# ------------------------------------------------------------------ answers


def test_without_an_answer_it_says_what_to_do_and_never_fails():
    for key in EXERCISES:
        answer = check_answer(key, None, clue=True)
        assert not answer.right
        assert "À vous" in str(answer)
        assert "Indice" in str(answer)
        assert check_answer(key, object()).right is False


def test_a_right_number_is_right_and_the_usual_mistakes_have_their_own_sentence():
    for key, exercise in EXERCISES.items():
        if not isinstance(exercise, Number):
            continue
        right = exercise.right()
        assert check_answer(key, right).right
        for name, compute in exercise.traps.items():
            told = check_answer(key, compute())
            assert told.message.key == f"teach.wrong.e{key.replace('.', '_')}_{name}", (key, name)
        assert check_answer(key, -right).message.key == "teach.answer.sign"
        assert check_answer(key, 10 * abs(right) + 1000).message.key == "teach.answer.too_high"
        assert check_answer(key, "dix").message.key == "teach.answer.not_a_number"
        assert check_answer(key, True).message.key == "teach.answer.not_a_number"
        assert check_answer(key, float("nan")).message.key == "teach.answer.not_a_number"


def test_a_word_is_right_or_told_why_not():
    for key, exercise in EXERCISES.items():
        if not isinstance(exercise, Chosen):
            continue
        right = [word for word in exercise.options if fingerprint(key, word) == exercise.right]
        assert len(right) == 1
        for word in exercise.options:
            assert check_answer(key, word.upper() if len(word) == 1 else word).right == (word in right)
        assert check_answer(key, "z").message.key == "teach.answer.not_an_option"


def test_several_words_tell_the_first_wrong_one_then_how_many_are_missing():
    for key, exercise in EXERCISES.items():
        if not isinstance(exercise, Several):
            continue
        right = [word for word in exercise.options if fingerprint(key, word) in exercise.right]
        assert len(right) == len(exercise.right)
        assert check_answer(key, right).right
        assert check_answer(key, ", ".join(right)).right
        assert check_answer(key, right[:1]).message.params["n"] == len(right) - 1
        for word in set(exercise.options) - set(right):
            assert (
                check_answer(key, [*right, word]).message.key
                == f"teach.wrong.e{key.replace('.', '_')}_{word}"
            )
        assert check_answer(key, 3).message.key == "teach.answer.not_a_list"


def test_pairs_tell_the_first_situation_that_is_wrong():
    exercise = EXERCISES["3.2"]
    assert isinstance(exercise, Paired)
    right = {
        situation: option
        for situation in exercise.situations
        for option in exercise.options
        if fingerprint("3.2", f"{situation}={option}") in exercise.right
    }
    assert check_answer("3.2", right).right
    wrong = right | {"garde": "non_takers"}
    assert check_answer("3.2", wrong).message.key == "teach.wrong.e3_2_garde"
    assert "energie" in str(check_answer("3.2", {k: v for k, v in right.items() if k != "energie"}))
    assert check_answer("3.2", right | {"garde": "?"}).message.key == "teach.answer.not_an_option"


def test_a_design_still_apart_names_the_characteristic():
    study = ik.read_study(ik.sample("nsw"))
    design = ik.declare_design(ik.build_cohort(study, action="comparaison_cps"))
    assert check_answer("4.3", design).message.key == "teach.wrong.e4_3_untouched"
    forgotten = ik.weight(design, method="entropy", on=design.covariates)
    told = check_answer("4.3", forgotten)
    assert told.message.key == "teach.wrong.e4_3_apart"
    assert told.message.params["name"] == "earnings"
    assert check_answer("4.3", ik.weight(design, method="entropy", on=(*design.covariates, "earnings"))).right


def test_the_answer_is_never_told():
    # Neither the words shown for a wrong answer nor those of the clue hold the number looked for.
    for key, exercise in EXERCISES.items():
        if isinstance(exercise, Number):
            told = str(check_answer(key, 0.001, clue=True))
            for shown in (f"{exercise.right():.0f}", f"{exercise.right():.1f}".replace(".", ",")):
                assert f" {shown} " not in told


def test_every_exercise_has_its_sentences():
    for key in EXERCISES:
        slug = key.replace(".", "_")
        assert has_key(f"teach.right.e{slug}")
        assert has_key(f"teach.clue.e{slug}")
    known = {f"e{key.replace('.', '_')}" for key in EXERCISES}
    for key in entries("fr"):
        if key.startswith(("teach.right.", "teach.clue.", "teach.wrong.")):
            assert "_".join(key.split(".")[2].split("_")[:2]) in known, key


def test_an_unknown_exercise_is_refused():
    with pytest.raises(ValueError, match="unknown exercise"):
        check_answer("9.9", 1)


def test_what_is_shown_says_its_state():
    assert "Exercice 1.2 : c'est juste" in str(check_answer("1.2", "b")).replace("\u00a0", " ")
    assert "<p" in check_answer("1.2", "a")._repr_html_()
    assert check_answer("1.2", None).state == "open"


# ------------------------------------------------------------------ simulators


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_scene_is_the_same_again_and_shows_itself(name):
    scene = play(name)
    again = play(name)
    assert (scene.truth, scene.estimate, scene.interval) == (again.truth, again.estimate, again.interval)
    assert scene.interval[0] < scene.estimate < scene.interval[1]
    assert scene.verdict in str(scene)
    html = scene._repr_html_()
    assert "<desc" in html
    assert "<td>" in html  # the numbers that the figure draws
    assert "var(--figure-treated" in html  # light or dark as the notebook is
    assert scene.holds_truth == (scene.interval[0] <= scene.truth <= scene.interval[1])
    assert repr(scene) == str(scene)
    assert scene.verdict in repr(simulator(name))


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_setting_has_its_words_and_can_be_set_to_its_ends(name):
    for setting, control in SCENARIOS[name].controls.items():
        assert has_key(f"teach.control.{setting}")
        ends = control.options if isinstance(control, Choice) else (control.low, control.high)
        for value in ends:
            scene = play(name, {setting: value})
            assert scene.settings[setting] == value
            assert scene.set_to


def test_before_and_after_finds_an_effect_where_there_is_none():
    scene = play("one_group", {"effect": 0, "trough": 3, "maturing": 0, "people": 400})
    assert scene.truth == 0
    assert scene.interval[0] > 2
    assert scene.evidence.attribution == "change_not_attributed"
    filled = play("one_group", {"effect": 0, "trough": 0, "maturing": 0, "people": 400})
    assert filled.holds_truth


def test_unequal_losses_make_up_an_effect_and_the_verdict_knows():
    unequal = play("losses", {"effect": 0, "people": 400, "lost": 0.3, "lost_gap": 0.3, "lost_slope": 4})
    assert unequal.interval[0] > 0
    assert unequal.evidence.attribution == "change_not_attributed"
    even = play("losses", {"effect": 0, "people": 400, "lost": 0.3, "lost_gap": 0, "lost_slope": 0})
    assert even.holds_truth


def test_each_method_withstands_what_the_notebook_says():
    seen = {"observed": 1, "hidden": 0, "people": 400}
    assert not play("two_groups", seen | {"method": "raw"}).holds_truth
    assert play("two_groups", seen | {"method": "weighted"}).holds_truth
    hidden = {"observed": 0, "hidden": 1.5, "people": 400}
    assert not play("two_groups", hidden | {"method": "weighted"}).holds_truth
    assert play("two_groups", hidden | {"method": "did"}).holds_truth
    assert not play("two_groups", hidden | {"method": "did", "diverging": 1}).holds_truth


def test_the_dotted_line_is_the_same_people_without_the_action():
    scene = play("verdict", {"comparison": "lots", "effect": 3, "people": 200, "lost": 0})
    assert scene.lines.treated[-1] - scene.lines.without[-1] == pytest.approx(3)
    assert scene.lines.treated[0] == pytest.approx(scene.lines.without[0])


def test_bounds_and_names_are_refused():
    with pytest.raises(ValueError, match="unknown scenario"):
        play("other")
    with pytest.raises(ValueError, match="has no setting"):
        play("sample", {"trough": 1})
    with pytest.raises(ValueError, match="from 20 to 400"):
        play("sample", {"people": 5})
    with pytest.raises(ValueError, match="unknown method"):
        play("two_groups", {"method": "magic"})


def test_sliders_set_what_they_say(monkeypatch):
    pytest.importorskip("ipywidgets")
    live = simulator("two_groups", {"people": 100})
    sliders = live.controls()
    assert list(sliders) == list(SCENARIOS["two_groups"].controls)
    assert sliders["people"].value == 100
    assert sliders["method"].value == "raw"

    shown = []

    class Display:
        def __init__(self):
            self.first = True

        def display(self, what, **_):
            shown.append(what)

        def update(self, what):
            shown.append(what)

    monkeypatch.setattr("IPython.display.DisplayHandle", Display)
    monkeypatch.setattr(live, "controls", lambda: sliders, raising=False)
    live._ipython_display_()
    assert shown[0]["text/plain"] == ""
    assert "application/javascript" in shown[1]  # the keys are the sliders' own
    assert shown[2].settings["effect"] == 1
    sliders["effect"].value = 2.5
    assert shown[-1].settings["effect"] == 2.5
    assert live.scene.truth == pytest.approx(2.5)


def test_without_ipywidgets_the_scene_is_shown_alone(monkeypatch):
    shown = []
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.setattr("IPython.display.DisplayHandle.display", lambda self, what, **_: shown.append(what))
    live = simulator("sample")
    live._ipython_display_()
    assert shown == [live.scene]


# ------------------------------------------------------------------ tables, language, copies


def test_tables_speak_the_language():
    made = table([{"group": "waiting_list", "before": 1234.0, "after": 0.25}])
    assert list(made.frame.columns) == ["groupe", "avant", "après"]
    assert made.frame.iloc[0].tolist() == ["liste d'attente", "1\u202f234", "0,25"]
    assert "text-align: left" in made._repr_html_()
    assert "waiting" not in repr(made)
    scenes = [play("sample", {"people": n}) for n in (20, 60)]
    assert compare_scenes(scenes, by=["people"]).frame.iloc[:, 0].tolist() == ["20", "60"]


def test_the_language_is_read_from_the_notebook(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert open_session(3).language == "fr"
    assert open_session(3, lang="en").language == "en"
    ik.set_language("fr")
    (tmp_path / "03-before-after-and-why-it-is-not-enough.ipynb").touch()
    assert open_session(3).language == "en"
    (tmp_path / "03-avant-apres-et-pourquoi-cela-ne-suffit-pas.ipynb").touch()
    monkeypatch.setenv("JPY_SESSION_NAME", "/x/03-before-after-and-why-it-is-not-enough.ipynb")
    assert open_session("03").language == "en"
    monkeypatch.setenv("JPY_SESSION_NAME", "/x/03-avant-apres-et-pourquoi-cela-ne-suffit-pas.ipynb")
    opened = open_session("03")
    assert opened.language == "fr"
    assert "Avant/après" in opened._repr_html_()
    with pytest.raises(ValueError, match="unknown session"):
        open_session(7)


def test_copying_overwrites_nothing(tmp_path):
    copied = copy_sessions(tmp_path, lang="fr", solutions=True)
    assert len(copied) == 13
    assert all(path.is_file() for path in copied)
    with pytest.raises(FileExistsError):
        copy_sessions(tmp_path, lang="fr")
    english = copy_sessions(tmp_path, lang="en")
    assert len(english) == 6


def test_data_stand_beside_the_notebook_and_stay_as_changed(tmp_path):
    study = lesson_data("nsw", folder=tmp_path)
    assert study == tmp_path / "data" / "nsw" / "study.toml"
    ik.read_study(study)
    study.write_text("changed", encoding="utf-8")
    assert lesson_data("nsw", folder=tmp_path).read_text(encoding="utf-8") == "changed"
    assert not list((tmp_path / "data").rglob("*.py"))


def test_two_files_hold_what_the_exercise_needs():
    left, right = two_files()
    links = ik.link(left, right, last_name="nom", first_name="prenom", birth_date="ne_le")
    assert sorted(set(links["status"])) == ["auto", "review"]
    assert len(right) > len(left)


def test_a_redraw_is_light():
    # No time is asserted (docs/teaching.md has it): a small figure is quick to draw, to send and to keep.
    assert len(play("two_groups")._repr_html_()) < 60_000


# ------------------------------------------------------------------ the command


def run(arguments, capsys):
    from impactkit.cli.app import run_command

    code = run_command(arguments)
    return code, capsys.readouterr()


def test_teach_lists_then_copies_then_refuses(tmp_path, capsys):
    code, said = run(["teach"], capsys)
    assert code == 0
    for session in SESSIONS:
        assert str(session.title) in said.out
        assert str(session.duration) in said.out
    folder = tmp_path / "cours d'été"
    code, said = run(["teach", str(folder), "--lang", "en"], capsys)
    assert code == 0
    assert sorted(path.name for path in folder.glob("*.ipynb")) == sorted(
        f"{session.stems['en']}.ipynb" for session in SESSIONS
    )
    assert (folder / "data" / "insertion_emploi" / "study.toml").is_file()
    code, said = run(["teach", str(folder), "--lang", "en"], capsys)
    assert code == 2
    assert "Nothing was copied" in said.err
    (tmp_path / "fichier").touch()
    code, said = run(["teach", str(tmp_path / "fichier")], capsys)
    assert code == 2


def test_numbers_said_in_prose_are_those_that_the_cells_show():
    truth = tomllib.loads((ik.sample("insertion_emploi").parent / "VERITE.toml").read_text(encoding="utf-8"))
    workshops, mobility = (truth["actions"][name] for name in ("atelier_numerique", "parcours_mobilite"))
    sources = ROOT / "notebooks" / "sources"
    third = (sources / "03-before-after-and-why-it-is-not-enough.py").read_text(encoding="utf-8")
    assert "3,1" in third
    assert "3.1" in third
    assert round(workshops["before_after"], 1) == 3.1
    assert "18 points" in third
    assert round(100 * mobility["before_after"]) == 24

    study = ik.read_study(ik.sample("nsw"))
    lots, naive = (
        ik.compare_groups(ik.declare_design(ik.build_cohort(study, action=action))).effect
        for action in ("experience", "comparaison_cps")
    )
    fourth = (sources / "04-comparing-like-with-like.py").read_text(encoding="utf-8")
    assert "1 794" in fourth
    assert round(lots.value) == 1794
    assert 5.5 < abs(naive.value - lots.value) / lots.value < 6  # « près de six fois l'effet »
