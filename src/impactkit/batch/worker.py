"""A worker process: reads jobs, one line of JSON each, and answers each with the line of its outcome.

Started as ``python -m impactkit.batch.worker`` by `impactkit.batch.pool`. It ends at once, and its kernel
with it, when its input is closed: nothing survives the batch that started it.
"""

from __future__ import annotations

import os
import queue
import sys
import threading

from impactkit.batch.execute import OwnKernel
from impactkit.batch.job import Job
from impactkit.batch.render import render


def main() -> None:
    """Serve jobs until the input is closed."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    # What a library prints must not be taken for an answer.
    os.dup2(2, 1)
    jobs: queue.SimpleQueue[Job] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(jobs,), daemon=True).start()
    while True:
        outcome = render(jobs.get())
        answers.write(outcome.model_dump_json() + "\n")
        answers.flush()


def _listen(jobs: queue.SimpleQueue[Job]) -> None:
    """Hand over the jobs that arrive; when no more can, end the process."""
    for line in sys.stdin.buffer:
        jobs.put(Job.model_validate_json(line))
    OwnKernel.kill_running()
    os._exit(0)


if __name__ == "__main__":
    main()
