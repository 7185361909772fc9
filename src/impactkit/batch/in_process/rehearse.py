"""Reports of the shipped sample, made and thrown away: they load what first reports load."""

from __future__ import annotations

from pathlib import Path

from impactkit.batch.in_process.make import make
from impactkit.batch.in_process.shell import Shell
from impactkit.batch.job import Job
from impactkit.batch.plan import plan_batch
from impactkit.files.resources import sample, sample_names
from impactkit.text.language import as_language

_REHEARSED = 2


def rehearse(shell: Shell, folder: str, language: str) -> None:
    """Make the first reports of the first shipped sample in a folder: a group followed alone, then two."""
    plan = plan_batch([sample(sample_names()[0])], lang=as_language(language))
    for rank, planned in enumerate(plan.reports[:_REHEARSED]):
        there = Path(folder, str(rank))
        job = Job(planned=planned, staged=there / "report", scratch=there / "scratch")
        outcome = make(shell, job, executor="rehearsal")
        if outcome.state == "failed":
            raise RuntimeError(outcome.error_class)
