"""The executed notebook as it is kept: no path of the machine, no warning, no text of an error."""

from __future__ import annotations

import json
from pathlib import Path, PureWindowsPath
from typing import cast

import nbformat

from impactkit.batch.neutral import neutral

HOME = Path("/home/jeanne/etudes")
WINDOWS = cast(Path, PureWindowsPath(r"C:\Users\Jeanne\etudes"))


def _executed() -> nbformat.NotebookNode:
    shown = nbformat.v4.new_code_cell("show()")
    html = f"<p>{HOME}/a.csv and {WINDOWS}\\a.csv</p>"
    data = {"text/html": html, "application/json": {"path": json.dumps(str(WINDOWS)), "size": [3]}}
    shown.outputs = [
        nbformat.v4.new_output("stream", name="stdout", text=f"read {HOME}/a.csv"),
        nbformat.v4.new_output("stream", name="stderr", text="a warning about Jeanne"),
        nbformat.v4.new_output("display_data", data=data),
        nbformat.v4.new_output("error", ename="ValueError", evalue="Jeanne", traceback=["Jeanne"]),
    ]
    injected = nbformat.v4.new_code_cell(f'study = "{HOME}/study.toml"')
    injected.metadata["tags"] = ["injected-parameters"]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# Title"), injected, shown])
    ran = {"parameters": {"study": f"{HOME}/study.toml"}, "input_path": f"{HOME}/t.ipynb", "duration": 2.0}
    notebook.metadata["papermill"] = ran
    return notebook


def test_nothing_of_the_machine_or_of_an_error_is_kept() -> None:
    notebook = neutral(_executed(), parameters={"study": "study.toml"}, folders=[HOME, WINDOWS])
    text = nbformat.writes(notebook)
    assert "eanne" not in text
    assert notebook.cells[1].source == "study = 'study.toml'"
    assert notebook.metadata["papermill"] == {"parameters": {"study": "study.toml"}}
    printed, displayed, failed = notebook.cells[2].outputs
    assert printed.text == "read …/a.csv"
    assert displayed.data["text/html"] == "<p>…/a.csv and …\\a.csv</p>"
    assert displayed.data["application/json"]["size"] == [3]
    assert (failed.ename, failed.evalue, failed.traceback) == ("ValueError", "", [])
    nbformat.validate(notebook)


def test_a_secret_is_not_kept_nor_the_folder_of_a_path() -> None:
    given = {
        "token": "sk-12",
        "cle_api": "K",
        "grille": "/srv/jeanne/g.csv",
        "lieu": r"D:\jeanne\x.csv",
        "seuil": 3,
    }
    notebook = neutral(_executed(), parameters=given, folders=[])
    told = {"token": "…", "cle_api": "…", "grille": "g.csv", "lieu": "x.csv", "seuil": 3}
    assert notebook.metadata["papermill"] == {"parameters": told}
    assert "sk-12" not in nbformat.writes(notebook)
