"""A worker process: reads jobs, one line of JSON each, and answers each with the line of its outcome.

Started as ``python -m impactkit.batch.executors.worker`` by `impactkit.batch.executors.process`. It ends at
once, and its kernel with it, when its input is closed: nothing survives the batch that started it.
"""

from __future__ import annotations

import json
import os
import queue
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any


def main() -> None:
    """Serve jobs until the input is closed."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    # What a library prints must not be taken for an answer.
    os.dup2(2, 1)
    wanted = json.loads(requests.readline())

    def say(line: bytes) -> None:
        answers.write(line + b"\n")
        answers.flush()

    serve, give_up = (_serving_kernel if wanted["kind"] == "kernel" else _serving_spawned)(wanted, say)
    lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(requests, lines, give_up), daemon=True).start()
    while True:
        serve(json.loads(lines.get()))


def _listen(requests: Any, lines: queue.SimpleQueue[bytes], give_up: Callable[[], None]) -> None:
    """Hand over the jobs that arrive; when no more can, end the process."""
    for line in requests:
        lines.put(line)
    give_up()
    os._exit(0)


_Served = tuple[Callable[[dict[str, Any]], None], Callable[[], None]]


def _serving_kernel(wanted: dict[str, Any], say: Callable[[bytes], None]) -> _Served:
    """Make reports with papermill and a kernel for each."""
    from impactkit.batch.execute import OwnKernel, execute
    from impactkit.batch.job import Job
    from impactkit.batch.render import render
    from impactkit.batch.seed import VARIABLE

    def run(job: Job, parameters: Any) -> Any:
        os.environ[VARIABLE] = job.planned.inputs_sha256
        say(b"began")
        return execute(
            job.planned.template,
            parameters,
            scratch=job.scratch,
            language=job.planned.lang,
            timeout_s=job.limits.timeout_s,
        )

    def serve(request: dict[str, Any]) -> None:
        job = Job.model_validate_json(request["job"])
        say(render(job, execute=run, executor="kernel").model_dump_json().encode())

    return serve, OwnKernel.kill_running


def _serving_spawned(wanted: dict[str, Any], say: Callable[[bytes], None]) -> _Served:
    """Make reports in this process, which forgets each as well as it can."""
    from impactkit.batch.in_process.warm_up import rehearse_in, warm_shell

    shell = warm_shell(Path(wanted["folder"]), imports=wanted["imports"])
    if wanted["rehearsed"]:
        rehearse_in(shell, Path(wanted["folder"]), language=wanted["language"])
    from impactkit.batch.in_process.make import make
    from impactkit.batch.in_process.state import State
    from impactkit.batch.job import Job, NotebookJob

    known: list[State] = []

    def serve(request: dict[str, Any]) -> None:
        if not known:
            known.append(State.now())  # now that the thread that listens is there too
        kind = Job if request["report"] else NotebookJob
        job = kind.model_validate_json(request["job"])
        outcome = make(shell, job, executor="spawn", began=lambda: say(b"began"))
        shell.reset(new_session=False)
        if not known[0].restore():
            say(b"stained")
        say(outcome.model_dump_json().encode())

    return serve, lambda: None


if __name__ == "__main__":
    main()
