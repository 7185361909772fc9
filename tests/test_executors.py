"""Other ways to have reports made: a dask cluster, papermill's engine; and what is refused."""

from __future__ import annotations

import builtins
import json
import os
import signal
import sys
import threading
import tomllib
from pathlib import Path

import pytest

from impactkit.batch import run_batch
from impactkit.batch.executors.wanted import Wanted
from impactkit.errors import ReportError
from small_batch import make_study, make_template
from torture import write_torture


@pytest.mark.parametrize("wrong", [{"name": "clever"}, {"size": 0}, {"retries": -1}, {"isolation": "loose"}])
def test_wrong_choices_are_refused(wrong: dict) -> None:
    with pytest.raises(ValueError, match=r"must|executor"):
        Wanted(**wrong)


@pytest.mark.parametrize("wrong", [{"timeout": 0}, {"memory": 10}])
def test_wrong_limits_are_refused(tmp_path: Path, wrong: dict) -> None:
    with pytest.raises(ValueError, match="must be"):
        run_batch([tmp_path], out=tmp_path, **wrong)


def test_without_distributed_the_command_that_installs_it_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = make_study(tmp_path / "etude", "a")
    template = make_template(tmp_path / "t.ipynb", "save()")
    found = builtins.__import__

    def without(name: str, *args: object, **named: object) -> object:
        if name == "distributed":
            raise ImportError(name)
        return found(name, *args, **named)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ReportError, match=r"pip install impactkit\[dask\]"):
        run_batch([study], out=tmp_path / "out", template=template, executor="dask")


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="sends a signal")
def test_a_killed_dask_worker_loses_nothing_and_makes_nothing_twice(tmp_path: Path) -> None:
    distributed = pytest.importorskip("distributed")
    actions = [f"a{rank}" for rank in range(8)]
    study = make_study(tmp_path / "etude", *actions)
    counts = f"""
import os, time
open(os.path.join({str(tmp_path)!r}, "made-" + action), "a").write("x")
time.sleep(0.5)
save()
"""
    template = make_template(tmp_path / "t.ipynb", counts)
    killed = threading.Event()
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        workers = list(client.run(os.getpid).values())

        def kill_one(progress: object) -> None:
            if getattr(progress, "finished", 0) >= 3 and not killed.is_set():
                killed.set()
                os.kill(workers[0], signal.SIGKILL)

        address = cluster.scheduler_address.replace("tcp://", "dask://")
        result = run_batch(
            [study], out=tmp_path / "out", template=template, executor=address, progress=kill_one
        )
    assert killed.is_set()
    assert [(row.state, row.executor) for row in result.rows] == [("done", "dask")] * 8
    tries = [len((tmp_path / f"made-{action}").read_text(encoding="utf-8")) for action in actions]
    assert sum(tries) <= 9  # only the one that the killed worker was making


@pytest.mark.slow
def test_no_dask_scheduler_is_told(tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    study = make_study(tmp_path / "etude", "a")
    template = make_template(tmp_path / "t.ipynb", "save()")
    with pytest.raises(ReportError, match=r"127\.0\.0\.1:9"):
        run_batch([study], out=tmp_path / "out", template=template, executor="dask://127.0.0.1:9")


@pytest.mark.slow
def test_papermill_runs_a_notebook_with_our_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from papermill import execute_notebook
    from papermill.engines import papermill_engines
    from papermill.exceptions import PapermillExecutionError

    from impactkit.batch.engine import ImpactkitEngine  # papermill is loaded here only

    monkeypatch.setitem(papermill_engines._engines, "impactkit", ImpactkitEngine)
    cells = (("x = 1", ("parameters",)), ("print(x + 1)", ()), ("import os; os.getcwd()", ()))
    source = write_torture(tmp_path / "in.ipynb", cells)
    made = execute_notebook(
        str(source), str(tmp_path / "out.ipynb"), {"x": 41}, engine_name="impactkit", progress_bar=False
    )
    assert made.cells[2].outputs[0].text == "42\n"
    assert json.loads((tmp_path / "out.ipynb").read_text(encoding="utf-8"))["cells"][2]["outputs"]
    failing = write_torture(tmp_path / "bad.ipynb", (("1 / 0", ()), ("print('never')", ())))
    with pytest.raises(PapermillExecutionError, match="ZeroDivisionError"):
        execute_notebook(
            str(failing), str(tmp_path / "bad-out.ipynb"), engine_name="impactkit", progress_bar=False
        )


def test_papermill_finds_the_engine() -> None:
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))
    engines = project["project"]["entry-points"]["papermill.engine"]
    assert engines == {"impactkit": "impactkit.batch.engine:ImpactkitEngine"}


DRAWS = "import random\nimport numpy as np\nprint(random.random(), np.random.random())\nsave()"


@pytest.mark.slow
def test_a_kernel_draws_what_every_other_executor_draws(tmp_path: Path) -> None:
    study, template = make_study(tmp_path / "etude", "a", "b"), make_template(tmp_path / "t.ipynb", DRAWS)
    drawn = {}
    for executor in ("kernel", "spawn", *(["warm"] if sys.platform == "linux" else [])):
        result = run_batch([study], out=tmp_path / executor, template=template, executor=executor)
        assert result.failed == 0
        drawn[executor] = [printed(result.out / row.study / row.action) for row in result.rows]
    assert len(set(drawn["kernel"])) == 2  # from what each report is made of
    assert all(found == drawn["kernel"] for found in drawn.values())


def test_two_runs_without_a_seed_are_the_same_bytes(tmp_path: Path) -> None:
    study, template = make_study(tmp_path / "etude", "a"), make_template(tmp_path / "t.ipynb", DRAWS)
    made = []
    for name in ("une", "deux"):
        out = run_batch([study], out=tmp_path / name, template=template).out
        files = [path for path in sorted((out / "etude" / "a").iterdir()) if path.is_file()]
        made.append({path.name: path.read_bytes() for path in files})
    assert {"notebook.ipynb", "report.html", "evidence.json"} <= made[0].keys()
    assert made[0] == made[1]


@pytest.mark.slow
def test_strict_isolation_is_a_process_for_each_report(tmp_path: Path) -> None:
    # What no known state tells of: an attribute of a class of the standard library.
    leak = (
        "import fractions, os\nprint(os.getpid(), hasattr(fractions.Fraction, 'leak'))\n"
        "fractions.Fraction.leak = True\nsave()"
    )
    study, template = make_study(tmp_path / "etude", *"abc"), make_template(tmp_path / "t.ipynb", leak)
    found = {}
    for isolation in ("usual", "strict"):
        out = tmp_path / isolation
        result = run_batch([study], out=out, template=template, executor="spawn", isolation=isolation)
        assert result.failed == 0
        found[isolation] = [printed(result.out / row.study / row.action).split() for row in result.rows]
    assert len({pid for pid, _ in found["strict"]}) == 3
    assert {leaked for _, leaked in found["strict"]} == {"False"}
    # So that the test could fail: one worker makes all three otherwise, and this it does not put back.
    assert len({pid for pid, _ in found["usual"]}) == 1
    assert sorted(leaked for _, leaked in found["usual"]) == ["False", "True", "True"]


def printed(folder: Path) -> str:
    cells = json.loads((folder / "notebook.ipynb").read_text(encoding="utf-8"))["cells"]
    return "".join(
        "".join(output["text"]) for cell in cells for output in cell.get("outputs", ()) if "text" in output
    )
