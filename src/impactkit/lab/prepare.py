"""What JupyterLab is given before it starts: templates and settings of ours, in a folder of ours.

Nothing of the user's own JupyterLab is changed: settings and templates of `impactkit lab` live apart.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from impactkit.errors import StudyError
from impactkit.files import read_study, resources
from impactkit.files.model import Study
from impactkit.files.study import STUDY_FILE
from impactkit.lab import kernel
from impactkit.teaching import SESSIONS
from impactkit.text import Language, Message

_LOCALES = {"fr": "fr_FR", "en": "en"}
_TRANSLATION = "@jupyterlab/translation-extension/plugin.jupyterlab-settings"
_NOTEBOOK = "@jupyterlab/notebook-extension/tracker.jupyterlab-settings"
_NEWS = "@jupyterlab/apputils-extension/notification.jupyterlab-settings"


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A laboratory ready to be opened.

    Attributes
    ----------
    folder : Path
        Where people work: JupyterLab shows nothing above it.
    config : Path
        A folder of settings that JupyterLab reads before the user's own.
    data : Path
        A folder of Jupyter's data, with the laboratory's kernel.
    templates : tuple of str
        Titles of the templates that the launcher offers, in order.
    """

    folder: Path
    config: Path
    data: Path
    templates: tuple[str, ...]


def prepare(folder: Path, *, home: Path, language: Language, browser: bool, port: int) -> Prepared:
    """Write templates and settings for a folder of work.

    Parameters
    ----------
    folder : Path
        An existing folder; with a ``study.toml``, each of its actions becomes a template to run as it is.
    home : Path
        The folder where the laboratory keeps its own files.
    language : {"fr", "en"}
    browser : bool
        Whether a browser opens by itself.
    port : int
        The next free one is taken when it is not.
    """
    templates = home / "templates"
    shutil.rmtree(templates, ignore_errors=True)
    titles = _write_templates(templates, folder, language)
    settings = home / "settings"
    _write_settings(settings, language)
    config = home / "config"
    content = _config(
        folder, templates=templates, settings=settings, language=language, browser=browser, port=port
    )
    config.mkdir(exist_ok=True)
    (config / "jupyter_server_config.json").write_text(json.dumps(content, indent=2), encoding="utf-8")
    data = home / "data"
    kernel.write_kernel(data)
    return Prepared(folder=folder, config=config, data=data, templates=titles)


def _write_templates(templates: Path, folder: Path, language: Language) -> tuple[str, ...]:
    """Write one template per action of the folder's study; without a study, the general one."""
    # The launcher only looks at what lies in a sub-folder, whose name it shows.
    shown = templates / Message("lab.templates").text(language)
    shown.mkdir(parents=True)
    study = _study_of(folder)
    _write_forms(templates, study, language)
    _copy_course(templates, language)
    if study is None:
        name = Message("lab.report").text(language)
        shutil.copyfile(resources.template(language), shown / f"{name}.ipynb")
        return (name,)
    names = [Message("lab.report_of", {"action": action.id}).text(language) for action in study.actions]
    for action, name in zip(study.actions, names, strict=True):
        notebook = json.loads(resources.template(study.language).read_text(encoding="utf-8"))
        _set_parameters(notebook, study=STUDY_FILE, action=action.id)
        (shown / f"{name}.ipynb").write_text(json.dumps(notebook, ensure_ascii=False), encoding="utf-8")
    return tuple(names)


def _write_forms(templates: Path, study: Study | None, language: Language) -> None:
    """Write the notebooks whose only cell shows a form: describe a file, and a pact's questionnaire."""
    shown = templates / Message("lab.entry_folder").text(language)
    shown.mkdir()
    file = "" if study is None else study.files[0].path
    known = "" if study is None else f", study={STUDY_FILE!r}"
    cells = {"file": f"impactkit.lab.describe_file({file!r}{known})"}
    if study is not None and study.changes is not None:
        cells["answers"] = f'impactkit.lab.answer_changes({STUDY_FILE!r}, respondent="1")'
    for name, code in cells.items():
        notebook = json.loads(resources.template(language).read_text(encoding="utf-8"))
        notebook["cells"] = [
            _cell("markdown", Message(f"lab.{name}_intro").text(language)),
            _cell("code", f"import impactkit.lab\n\n{code}"),
        ]
        path = shown / f"{Message(f'lab.{name}_notebook').text(language)}.ipynb"
        path.write_text(json.dumps(notebook, ensure_ascii=False), encoding="utf-8")


def _copy_course(templates: Path, language: Language) -> None:
    """Offer the sessions of the course; each puts its data beside the notebook when it is run."""
    shown = templates / Message("lab.course_folder").text(language)
    shown.mkdir()
    for session in SESSIONS:
        name = f"{session.stems[language]}.ipynb"
        shutil.copyfile(resources.notebooks(language) / name, shown / name)


def _cell(kind: str, text: str) -> dict[str, Any]:
    cell: dict[str, Any] = {"cell_type": kind, "id": kind, "metadata": {}, "source": text}
    return cell | {"execution_count": None, "outputs": []} if kind == "code" else cell


def _study_of(folder: Path) -> Study | None:
    try:
        return read_study(folder / STUDY_FILE)
    except StudyError:
        return None  # `impactkit check` says what is wrong with it


def _set_parameters(notebook: dict[str, Any], **values: str) -> None:
    """Set the parameters of a template as someone would by hand, in the cell that declares them."""
    for cell in notebook["cells"]:
        if "parameters" in cell["metadata"].get("tags", ()):
            for name, value in values.items():
                cell["source"] = "".join(cell["source"]).replace(
                    f'{name}: str = ""', f'{name}: str = "{value}"'
                )


def _write_settings(settings: Path, language: Language) -> None:
    """Write the first settings; those that exist are what people have chosen since."""
    wanted = {
        _TRANSLATION: {"locale": _LOCALES[language]},
        # There is one kernel to choose from: nobody need be asked.
        _NOTEBOOK: {"autoStartDefaultKernel": True},
        # Nobody outside is told that someone works here.
        _NEWS: {"checkForUpdates": False, "fetchNews": "false"},
    }
    for name, content in wanted.items():
        path = settings / name
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(content, indent=2), encoding="utf-8")


def _config(
    folder: Path, *, templates: Path, settings: Path, language: Language, browser: bool, port: int
) -> dict[str, Any]:
    return {
        "ServerApp": {
            "root_dir": str(folder),
            "open_browser": browser,
            "port": port,
            "ip": "localhost",
        },
        "LabApp": {
            "user_settings_dir": str(settings),
            "workspaces_dir": str(settings.parent / "workspaces"),
            # Nothing is installed from a page of the laboratory.
            "extension_manager": "readonly",
        },
        "JupyterLabTemplates": {
            "template_dirs": [str(templates)],
            "include_default": False,
            "include_core_paths": False,
            "template_label": Message("lab.label").text(language),
        },
        # The laboratory's own, whatever kernels the machine has installed.
        "KernelSpecManager": {"allowed_kernelspecs": [kernel.NAME]},
    }
