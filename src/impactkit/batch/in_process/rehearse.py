"""One report of the shipped sample, made and thrown away: loads what a first report loads."""

from __future__ import annotations

from pathlib import Path

from impactkit.batch.in_process.make import make
from impactkit.batch.in_process.shell import Shell
from impactkit.batch.job import Job
from impactkit.batch.plan import plan_batch
from impactkit.files.resources import sample, sample_names
from impactkit.text.language import as_language


def rehearse(shell: Shell, folder: str, language: str) -> None:
    """Make the first report of the first shipped sample in a folder."""
    plan = plan_batch([sample(sample_names()[0])], lang=as_language(language))
    there = Path(folder)
    job = Job(planned=plan.reports[0], staged=there / "report", scratch=there / "scratch")
    outcome = make(shell, job, executor="rehearsal")
    if outcome.state == "failed":
        raise RuntimeError(outcome.error_class)
