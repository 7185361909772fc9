"""JupyterLab made ready: what is written before it starts, and that nothing of the user's is touched."""

import json
import os
import shutil
import sys
import time
from pathlib import Path

import pytest

import impactkit as ik
from impactkit.cli import lab as command
from impactkit.cli.app import run_command
from impactkit.lab import launch as launching
from impactkit.lab.prepare import Prepared, prepare


@pytest.fixture
def study(tmp_path: Path) -> Path:
    folder = tmp_path / "Pacte d'Orlise, été"
    shutil.copytree(ik.sample("insertion_emploi").parent, folder)
    return folder


def made(folder: Path, home: Path, language: str = "fr") -> Prepared:
    home.mkdir(exist_ok=True)
    return prepare(folder, home=home, language=language, browser=False, port=9000)


def parameters(notebook: Path) -> str:
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return next("".join(c["source"]) for c in cells if "parameters" in c["metadata"].get("tags", ()))


def test_each_action_is_a_template_that_runs_as_it_is(study: Path, tmp_path: Path) -> None:
    prepared = made(study, tmp_path / "home")
    actions = ik.read_study(study / "study.toml").actions
    assert prepared.templates == tuple(f"rapport-{action.id}" for action in actions)
    for action in actions:
        cell = parameters(tmp_path / "home" / "templates" / "Rapports" / f"rapport-{action.id}.ipynb")
        assert 'study: str = "study.toml"' in cell
        assert f'action: str = "{action.id}"' in cell


@pytest.mark.parametrize("written", [None, "ceci n'est pas une étude"])
def test_without_a_readable_study_the_general_template_is_offered(
    tmp_path: Path, written: str | None
) -> None:
    folder = tmp_path / "vide"
    folder.mkdir()
    if written:
        (folder / "study.toml").write_text(written, encoding="utf-8")
    prepared = made(folder, tmp_path / "home", "en")
    assert prepared.templates == ("report",)
    assert 'study: str = ""' in parameters(tmp_path / "home" / "templates" / "Reports" / "report.ipynb")


def test_settings_speak_french_ask_nobody_and_keep_later_choices(study: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    config = json.loads((made(study, home).config / "jupyter_server_config.json").read_text(encoding="utf-8"))
    assert config["ServerApp"] == {
        "root_dir": str(study),
        "open_browser": False,
        "port": 9000,
        "ip": "localhost",
    }
    settings = Path(config["LabApp"]["user_settings_dir"])
    assert settings.is_relative_to(home)
    locale = settings / "@jupyterlab" / "translation-extension" / "plugin.jupyterlab-settings"
    news = settings / "@jupyterlab" / "apputils-extension" / "notification.jupyterlab-settings"
    assert json.loads(locale.read_text(encoding="utf-8")) == {"locale": "fr_FR"}
    assert json.loads(news.read_text(encoding="utf-8")) == {"checkForUpdates": False, "fetchNews": "false"}
    locale.write_text('{"locale": "de_DE"}', encoding="utf-8")
    made(study, home)
    assert json.loads(locale.read_text(encoding="utf-8")) == {"locale": "de_DE"}


def test_the_folder_of_work_is_left_as_it_was(study: Path, tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in study.rglob("*") if path.is_file()}
    made(study, tmp_path / "home")
    assert {path: path.read_bytes() for path in study.rglob("*") if path.is_file()} == before


def test_jupyterlab_is_started_with_our_settings_before_the_users_own(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = {}

    class Lab:
        def __init__(self, words, **how):
            started.update(how, words=words)

        def __enter__(self):
            return self

        def __exit__(self, *error):
            return None

        def wait(self, asked=[]):  # noqa: B006 (counts the calls)
            asked.append(1)
            if len(asked) == 1:
                raise KeyboardInterrupt  # JupyterLab asks; it is still there
            return 0

    monkeypatch.setattr(launching.subprocess, "Popen", Lab)
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", "/etc/mine")
    prepared = made(study, tmp_path / "home")
    assert launching.launch(prepared, language="fr") == 0
    assert started["words"][1:] == ["-m", "jupyterlab"]
    assert started["cwd"] == study
    assert started["env"]["IMPACTKIT_LANG"] == "fr"
    ours, users = started["env"]["JUPYTER_CONFIG_PATH"].split(launching.os.pathsep)
    assert (ours, users) == (str(prepared.config), "/etc/mine")
    assert started["env"]["JUPYTER_PATH"].split(launching.os.pathsep)[0] == str(prepared.data)


def test_the_kernel_is_this_python_and_loads_impactkit_by_itself(study: Path, tmp_path: Path) -> None:
    client = pytest.importorskip("jupyter_client")
    data = made(study, tmp_path / "home").data
    specs = client.kernelspec.KernelSpecManager(kernel_dirs=[str(data / "kernels")])
    spec = specs.get_kernel_spec("python3")
    assert spec.argv[0] == sys.executable
    assert spec.display_name == "Python 3 (impactkit)"
    manager = client.KernelManager(kernel_name="python3", kernel_spec_manager=specs)
    manager.start_kernel(env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)})
    kernel = manager.blocking_client()
    kernel.start_channels()
    try:
        kernel.wait_for_ready(60)
        # Nothing is asked of it: what loads, loads by itself; then nothing of it is among the user's names.
        wanted = "{'pandas', 'matplotlib.pyplot', 'impactkit.report.layout', 'impactkit.plot'}"
        asked = {"missing": f"{wanted} - set(__import__('sys').modules)", "names": "'ik' in dir()"}
        until = time.monotonic() + 120
        while time.monotonic() < until:
            time.sleep(0.5)
            reply = kernel.execute_interactive("", user_expressions=asked, timeout=60)
            told = {
                name: said["data"]["text/plain"]
                for name, said in reply["content"]["user_expressions"].items()
            }
            if told["missing"] == "set()":
                break
        assert told == {"missing": "set()", "names": "False"}
    finally:
        kernel.stop_channels()
        manager.shutdown_kernel(now=True)


def test_a_new_folder_receives_a_study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    monkeypatch.setattr(command, "is_installed", lambda: True)
    monkeypatch.setattr(command, "launch", lambda prepared, language: 0)
    monkeypatch.setattr(command, "_own_folder", lambda: tmp_path)
    assert run_command(["lab", str(tmp_path / "nouveau pacte"), "--no-browser"]) == 0
    assert (tmp_path / "nouveau pacte" / "study.toml").is_file()
    assert "rapport-" in capsys.readouterr().out


def test_a_file_is_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    monkeypatch.setattr(command, "is_installed", lambda: True)
    (tmp_path / "suivi.csv").touch()
    assert run_command(["lab", str(tmp_path / "suivi.csv")]) == 2
    assert "n'est pas un dossier" in capsys.readouterr().err


def test_without_jupyterlab_the_command_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    monkeypatch.setattr(command, "is_installed", lambda: False)
    assert run_command(["lab"]) == 2
    assert 'pip install "impactkit[lab]"' in capsys.readouterr().err
