"""A notebook run without kernel says what it says in papermill's kernel, cell by cell and to the pixel."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from compare_notebooks import differences
from impactkit.batch import run_batch
from impactkit.batch.executors.process import WorkerProcess
from impactkit.batch.job import NotebookJob
from impactkit.files.resources import sample, sample_names
from torture import write_torture

pytestmark = pytest.mark.slow

# papermill's own road: its engine, and a kernel. In a process of its own, as this one has no shell.
_PAPERMILL = """
import sys
sys.modules.setdefault("rfc3987_syntax", None)
import os
os.environ["IPYTHONDIR"] = sys.argv[3]
from pathlib import Path
from impactkit.batch import execute
from papermill.engines import papermill_engines
from papermill.iorw import load_notebook_node
import json
notebook = papermill_engines.execute_notebook_with_engine(
    None, load_notebook_node(sys.argv[1]), kernel_name="python3", output_path=None, progress_bar=False,
    kernel_manager_class=execute.OwnKernel, shutdown_kernel="immediate",
    resources={"metadata": {"path": sys.argv[3]}},
)
Path(sys.argv[2]).write_text(json.dumps(notebook), encoding="utf-8")
"""


def _by_papermill(source: Path, folder: Path) -> dict:
    target = folder / "papermill.ipynb"
    subprocess.run(
        [sys.executable, "-c", _PAPERMILL, str(source), str(target), str(folder)],
        check=True,
        # A kernel that sees itself tested does not watch its descriptors.
        env={name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}
        | {"MPLBACKEND": "module://matplotlib_inline.backend_inline"},
        capture_output=True,
    )
    return json.loads(target.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def tortured(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict]:
    folder = tmp_path_factory.mktemp("torture")
    source = write_torture(folder / "source.ipynb")
    return source, _by_papermill(source, folder)


@pytest.mark.skipif(sys.platform != "linux", reason="copies a process")
def test_a_copy_of_a_warm_process_says_what_a_kernel_says(
    tmp_path: Path, tortured: tuple[Path, dict]
) -> None:
    from impactkit.batch.executors.warm import WarmProcess

    source, expected = tortured
    process = WarmProcess(tmp_path, imports=["import matplotlib.pyplot as plt"])
    process.rehearse()
    try:
        for again in ("first", "second"):
            target = tmp_path / f"{again}.ipynb"
            job = NotebookJob(source=source, target=target, folder=tmp_path / again, scratch=tmp_path / again)
            process.render(job)
            assert differences(expected, json.loads(target.read_text(encoding="utf-8"))) == []
    finally:
        process.end()


def test_a_spawned_worker_says_what_a_kernel_says(tmp_path: Path, tortured: tuple[Path, dict]) -> None:
    source, expected = tortured
    worker = WorkerProcess("spawn", tmp_path)
    try:
        for again in ("first", "second"):
            target = tmp_path / f"{again}.ipynb"
            job = NotebookJob(source=source, target=target, folder=tmp_path / again, scratch=tmp_path / again)
            worker.render(job)
            assert differences(expected, json.loads(target.read_text(encoding="utf-8"))) == []
    finally:
        worker.end()


def test_a_difference_is_seen(tortured: tuple[Path, dict]) -> None:
    """The comparison would say nothing of a lost figure if it could not fail."""
    _, expected = tortured
    changed = json.loads(json.dumps(expected))
    figure = next(
        output
        for cell in changed["cells"]
        for output in cell.get("outputs", ())
        if "image/png" in output.get("data", {}) and "Figure" in output["data"].get("text/plain", "")
    )
    del figure["data"]["image/png"]
    assert any("formats" in said for said in differences(expected, changed))
    changed["cells"][2]["outputs"] = []
    assert any("cell 2" in said for said in differences(expected, changed))


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_every_shipped_report_is_the_same_by_every_executor(tmp_path: Path, lang: str) -> None:
    """Notebooks cell by cell; pages, records and forms to the byte; a second run too."""
    studies = [sample(name) for name in sample_names()]
    names = ["kernel", "spawn", *(["warm", "warm"] if sys.platform == "linux" else ["spawn"])]
    folders = []
    for number, name in enumerate(names):
        out = tmp_path / str(number)
        made = run_batch(studies, out=out, lang=lang, jobs=2, executor=name)
        assert [row for row in made.rows if row.state == "failed"] == []
        folders.append(out)
    written = [_written(folder) for folder in folders]
    notebooks = [path for path in written[0] if path.endswith(".ipynb")]
    assert len(notebooks) >= 14
    for other in written[1:]:
        assert other.keys() == written[0].keys()
        for path in written[0].keys() - set(notebooks):
            assert other[path] == written[0][path], path
        for path in notebooks:
            assert differences(json.loads(written[0][path]), json.loads(other[path])) == []
    assert written[-1] == written[-2]


def _written(folder: Path) -> dict[str, bytes]:
    """Read all files of a folder of results but the manifest, which tells times."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith("manifest")
    }
