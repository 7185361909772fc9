"""What an executor is given and what it gives back: plain values, one line of JSON each way."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from impactkit.batch.formats import Format
from impactkit.batch.parameters import Value
from impactkit.evidence.record import Attribution
from impactkit.text.language import Language

State = Literal["done", "failed"]

# What a report's folder holds.
REPORT = "report.html"
EVIDENCE = "evidence.json"
NOTEBOOK = "notebook.ipynb"


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Planned(_Line):
    """One report as planned: what it is about and the fingerprints of all that goes into it.

    ``inputs`` holds the SHA-256 of each data file of the action, by its path as the study file writes it.
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
    formats: tuple[Format, ...] = ("html",)
    style_sha256: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """What tells this report from every other."""
        return (self.study, self.action)

    @property
    def inputs_sha256(self) -> str:
        """One fingerprint of everything that the report depends on, wherever the files lie."""
        content = self.model_dump(mode="json", exclude={"study_file", "template"})
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


class Job(_Line):
    """A planned report and where to make it.

    ``staged`` is the folder to fill, on the same file system as the results; ``scratch`` is for what a
    kernel leaves behind.
    """

    planned: Planned
    staged: Path
    scratch: Path


class Outcome(_Line):
    """What became of a job: the verdict when done, the reason when failed. It holds no personal value.

    ``cell`` is the number of the template's code cell that failed, counted from 1.
    """

    state: State
    started: dt.datetime
    finished: dt.datetime
    wall_s: float
    cpu_s: float = 0.0
    reason: str | None = None
    error_class: str | None = None
    cell: int | None = None
    attribution: Attribution | None = None
    strength: int | None = None
