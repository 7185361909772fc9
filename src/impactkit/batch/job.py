"""What an executor is given and what it gives back: plain values, one line of JSON each way."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from impactkit.batch.failure import Kind
from impactkit.batch.parameters import Value
from impactkit.document.formats import Format
from impactkit.evidence.record import Attribution
from impactkit.files import masks
from impactkit.text.language import Language

# "skipped": made by an earlier batch, and nothing that it depends on has changed since.
State = Literal["done", "failed", "skipped"]

# What a report's folder holds.
REPORT = "report.html"
EVIDENCE = "evidence.json"
NOTEBOOK = "notebook.ipynb"


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Planned(_Line):
    """One report as planned: what it is about and the fingerprints of all that goes into it.

    ``inputs`` holds the SHA-256 of each data file of the action, by its path as the study file writes it;
    ``packages`` the versions of what computes and draws; ``masked`` the groups whose number of people entered
    is not published, or ``"report"`` where no report may be made.
    """

    study_file: Path
    study: str
    study_title: str
    action: str
    title: str
    lang: Language
    template: Path
    template_sha256: str
    parameters: dict[str, Value]
    study_sha256: str
    inputs: dict[str, str]
    version: str
    territory: str = ""
    publics: tuple[str, ...] = ()
    packages: dict[str, str] = {}
    formats: tuple[Format, ...] = ("html",)
    style_sha256: str = ""
    masked: tuple[str, ...] = ()
    secrecy: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """What tells this report from every other."""
        return (self.study, self.action)

    @property
    def is_withheld(self) -> bool:
        """Whether read beside the others the report would tell of too few people: it is not made."""
        return masks.REPORT in self.masked

    @property
    def inputs_sha256(self) -> str:
        """One fingerprint of everything that the report depends on, wherever the files lie."""
        content = self.model_dump(mode="json", exclude={"study_file", "template"})
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


class Limits(_Line):
    """What a report may take: seconds, and megabytes of memory (``None``: as much as there is)."""

    timeout_s: float = 600.0
    memory_mb: int | None = None


class Job(_Line):
    """A planned report, where to make it and what it may take.

    ``staged`` is the folder to fill, on the same file system as the results; ``scratch`` is for what a
    kernel leaves behind.
    """

    planned: Planned
    staged: Path
    scratch: Path
    limits: Limits = Limits()


class NotebookJob(_Line):
    """A notebook to run as it is, its parameters already set: what papermill's engine is given.

    ``target`` receives the executed notebook, also when a cell failed.
    """

    source: Path
    target: Path
    folder: Path
    scratch: Path
    lang: Language = "en"
    limits: Limits = Limits()


class Outcome(_Line):
    """What became of a job: the verdict when done, the reason when failed. It holds no personal value.

    ``cell`` is the number of the template's code cell that failed, counted from 1. ``max_rss_mb`` is the most
    memory that the process that made it held, with what it shares with others. ``began`` is
    false when no cell ran. ``elsewhere_s`` is processor time that another process took for it.
    """

    state: State
    started: dt.datetime
    finished: dt.datetime
    wall_s: float
    cpu_s: float = 0.0
    elsewhere_s: float = 0.0
    max_rss_mb: float = 0.0
    executor: str = ""
    kind: Kind | None = None
    began: bool = True
    reason: str | None = None
    error_class: str | None = None
    cell: int | None = None
    attribution: Attribution | None = None
    strength: int | None = None
