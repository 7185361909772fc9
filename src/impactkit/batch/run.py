"""Running a batch: every planned report is made, published whole, and told in the manifest."""

from __future__ import annotations

import datetime as dt
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from impactkit.batch.clerk import Clerk
from impactkit.batch.executors.wanted import Executor, Isolation, Wanted, executor_of
from impactkit.batch.export import export_failure
from impactkit.batch.formats import as_formats
from impactkit.batch.index import write_index
from impactkit.batch.job import REPORT, Job, Limits, Outcome, Planned, State
from impactkit.batch.lock import held
from impactkit.batch.manifest import Manifest, Row, row_of, study_row
from impactkit.batch.parameters import Value
from impactkit.batch.plan import Plan, place_of, plan_batch
from impactkit.batch.publish import publish
from impactkit.batch.resume import is_up_to_date, skipped
from impactkit.batch.together import plan_together
from impactkit.errors import ReportError, WritingError
from impactkit.files.at_once import write_text
from impactkit.files.model import Study
from impactkit.text import Message, current_language
from impactkit.text.language import Language, as_language

# A process that has loaded what reports need holds about this much by itself.
LEAST_MEMORY_MB = 300
_STAGING = ".staging-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a batch is; ``row`` is the report that has just finished, ``None`` before the first.

    ``skipped`` reports were made by an earlier batch and count as finished.
    """

    total: int
    finished: int
    failed: int
    row: Row | None
    skipped: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchResult:
    """What a batch made.

    Attributes
    ----------
    out : Path
        The folder of results.
    index : Path
        The page that lists every report of the folder.
    rows : tuple of Row
        The lines of this batch, failed ones included, in the order of the study files.
    notices : tuple of Message
        What the reports hide because of each other, and which made before cannot leave with them.
    """

    out: Path
    index: Path
    rows: tuple[Row, ...]
    notices: tuple[Message, ...] = ()

    @property
    def failed(self) -> int:
        """How many lines failed."""
        return sum(row.state == "failed" for row in self.rows)

    def _repr_html_(self) -> str:
        # Loaded here: what drives a batch needs neither.
        import pandas as pd

        from impactkit.html import grid_html, paragraph_html, shown_html

        rows = [(row.title, str(Message(f"batch.state.{row.state}")), row.reason) for row in self.rows]
        made = pd.DataFrame(rows, columns=["title", "state", "reason"])
        return shown_html(grid_html(made, caption=self.out.name), *map(paragraph_html, self.notices))


def run_batch(
    studies: Sequence[Study | str | Path],
    *,
    out: str | Path,
    actions: Sequence[str] | None = None,
    lang: str | None = None,
    jobs: int = 1,
    template: str | Path | None = None,
    parameters: Mapping[str, Value] | None = None,
    formats: Sequence[str] = ("html",),
    progress: Callable[[Progress], None] | None = None,
    executor: str | None = None,
    resume: bool = False,
    only_failed: bool = False,
    timeout: float = 600.0,
    memory: int | None = None,
    retries: int = 0,
    isolation: Isolation = "usual",
) -> BatchResult:
    """Make the reports of the actions of one or more studies; a failed one never stops the others.

    Parameters
    ----------
    studies : sequence of Study or path
        Study files, or studies already read.
    out : path
        Folder of results, made when missing. It receives ``index.html``, ``manifest.jsonl`` and, for each
        study, its own page ``index.html``, its forms and one folder per action with ``report.html``,
        ``evidence.json`` and ``notebook.ipynb``. A report of an earlier batch is replaced when its successor
        is finished.
    actions : sequence of str, optional
        Identifiers of the actions wanted; all by default.
    lang : {"fr", "en"}, optional
        Language of the reports; that of each study file by default.
    jobs : int
        How many reports are made at the same time.
    template : path, optional
        A template of your own; the shipped one by default.
    parameters : mapping, optional
        Values of the template's own parameters.
    formats : sequence of {"html", "pdf", "docx", "odt"}
        What each report is written as, beside the page that is always made.
    progress : callable, optional
        Called with a `Progress` when the studies are read, when the first report is about to be made, and
        whenever one is finished.
    executor : {"warm", "spawn", "kernel", "dask"} or "dask://host:port", optional
        Who makes the reports (`docs/scaling.md`); the best of this system by default. The pages are the same.
    resume : bool
        Leave the reports alone that an earlier batch made and whose files have not changed since.
    only_failed : bool
        Make only the reports that failed in an earlier batch.
    timeout : float
        Seconds that a report may take.
    memory : int, optional
        Megabytes of memory that a report may take.
    retries : int
        How many more times a report is tried that ran out of time or memory, or ended abruptly.
    isolation : {"usual", "strict"}
        With ``spawn``, ``strict`` gives each report a process of its own; copies always have theirs.

    Returns
    -------
    BatchResult
        Look at ``failed``: a failed report is told there, not raised.

    Raises
    ------
    StudyError
        When no study file can be read.
    ParameterError, ReportError
        When the batch cannot be planned: nothing has been executed then.
    HeldError
        When another batch works in the folder.
    WritingError
        When the manifest cannot be written: the batch stops, and ``resume`` goes on from there. When reports
        must hide something of each other and the folder of their study cannot be written.

    Examples
    --------
    >>> result = ik.run_batch([ik.sample("nsw")], out="sorties")  # doctest: +SKIP
    >>> result.failed  # doctest: +SKIP
    0
    """
    if isinstance(studies, (str, Path, Study)):
        studies = [studies]
    wanted = Wanted(name=executor, size=jobs, retries=retries, isolation=isolation)
    limits = _limits(timeout, memory)
    language = None if lang is None else as_language(lang)
    plan = plan_batch(
        studies,
        actions=actions,
        lang=language,
        template=None if template is None else Path(template),
        parameters=parameters,
        formats=as_formats(formats),
    )
    folder = _made(Path(out))
    follow = progress or _silent
    with held(folder, total=len(plan.reports)), _workshop(folder, wanted, limits, plan.reports) as workshop:
        follow(Progress(total=len(plan.reports), finished=0, failed=0, row=None))
        plan, notices = plan_together(plan, folder, clerks=workshop.executor.clerks)
        batch = _Batch(plan, out=folder, lang=language, progress=follow)
        try:
            batch.run(workshop, resume=resume, only_failed=only_failed)
        finally:
            batch.manifest.tidy()
            index = write_index(folder, batch.manifest.rows, language=language or current_language())
    return BatchResult(out=folder, index=index, rows=batch.rows, notices=notices)


def _limits(timeout: float, memory: int | None) -> Limits:
    if timeout <= 0:
        raise ValueError("timeout must be positive")
    if memory is not None and memory < LEAST_MEMORY_MB:
        raise ValueError(f"memory must be at least {LEAST_MEMORY_MB} (megabytes)")
    return Limits(timeout_s=timeout, memory_mb=memory)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Workshop:
    """Who makes the reports of a batch, what each may take, and where it is made before it is published."""

    executor: Executor
    limits: Limits
    staging: Path
    scratch: Path

    def job(self, planned: Planned, number: int) -> Job:
        """Return the job of making a report in a place of its own."""
        return Job(
            planned=planned,
            staged=self.staging / str(number),
            scratch=self.scratch / str(number),
            limits=self.limits,
        )


class _Batch:
    """A batch under way: what is done, and what the manifest says of it."""

    def __init__(
        self, plan: Plan, *, out: Path, lang: Language | None, progress: Callable[[Progress], None]
    ) -> None:
        self.manifest = Manifest(out)
        self._plan = plan
        self._out = out
        self._lang = lang
        self._progress = progress
        self._rows: dict[tuple[str, str], Row] = {}
        # How many lines, of reports and of whole studies, are in each state: counted as they come, since
        # counting ten thousand lines after each report would cost more than the report.
        self._states: Counter[tuple[bool, State]] = Counter()
        self._studies = {study.id: study for study in plan.studies}
        self._formats = {report.study: report.formats for report in plan.reports}
        self._total = len(plan.reports)

    @property
    def rows(self) -> tuple[Row, ...]:
        """The lines of this batch, in the order of the plan, then those of whole studies."""
        planned = [report.key for report in self._plan.reports if report.key in self._rows]
        known = set(planned)
        return tuple(self._rows[key] for key in [*planned, *(key for key in self._rows if key not in known)])

    def run(self, workshop: _Workshop, *, resume: bool, only_failed: bool) -> None:
        """Make every report that is to be made."""
        self._tell_unread()
        reports = [report for report in self._plan.reports if self._is_asked(report, only_failed)]
        self._total = len(reports)
        todo = self._skip_made(reports) if resume else reports
        left = Counter(report.study for report in todo)
        self._report_progress(None)
        jobs = [workshop.job(report, number) for number, report in enumerate(todo)]
        made = [job for job in jobs if not job.planned.is_withheld]
        withheld = ((job, _withheld(job.planned)) for job in jobs if job.planned.is_withheld)
        for job, outcome in chain(withheld, workshop.executor.run(made)):
            row = self._place(job, outcome)
            shutil.rmtree(job.scratch, ignore_errors=True)
            self._set(row)
            left[row.study] -= 1
            if not left[row.study]:
                self._write_study(row.study, workshop.executor.clerks[0])
            self._report_progress(row)

    def _is_asked(self, report: Planned, only_failed: bool) -> bool:
        if not only_failed:
            return True
        row = self.manifest.of(report.key)
        return row is not None and row.state == "failed"

    def _skip_made(self, reports: Sequence[Planned]) -> list[Planned]:
        """Set the reports aside that are as an earlier batch made them; return the others."""
        todo = []
        for report in reports:
            row = self.manifest.of(report.key)
            if row is not None and is_up_to_date(row, report, self._out):
                self._set(skipped(row))
            else:
                todo.append(report)
        return todo

    def _place(self, job: Job, outcome: Outcome) -> Row:
        """Publish a report, or the page that says why there is none."""
        planned = job.planned
        final = self._out / planned.study / planned.action
        report = f"{planned.study}/{planned.action}/{REPORT}"
        try:
            if outcome.state == "failed":
                _put_failure(job, outcome)
            publish(job.staged, final)
        except OSError as error:
            reason = Message("batch.reason.not_published").text(planned.lang)
            name = type(error).__name__
            changes = {"state": "failed", "reason": reason, "error_class": name, "kind": "writing"}
            return row_of(planned, outcome.model_copy(update=changes), report=None)
        return row_of(planned, outcome, report=report)

    def _write_study(self, study_id: str, clerk: Clerk) -> None:
        """Have a study's forms and its own page written again from the reports that its folder holds."""
        study, formats = self._studies[study_id], self._formats[study_id]
        lang = self._lang or study.language
        unwritten = clerk.write_pages(study, self._out / study_id, language=lang, formats=formats)
        if unwritten is None:
            self.manifest.drop((study_id, ""))
            return
        error = unwritten.error_class
        reason = Message(f"batch.reason.{unwritten.step}", {"error": error}).text(lang)
        title = study.study().title.text(lang)
        self._set(study_row(study.id, title=title, lang=lang, reason=reason, error_class=error))

    def _tell_unread(self) -> None:
        for study in self._plan.studies:
            self.manifest.drop((place_of(study.path), ""))
        lang = self._lang or current_language()
        for unread in self._plan.unread:
            reason = "\n".join(problem.text(lang) for problem in unread.error.problems)
            kind = type(unread.error).__name__
            self._set(study_row(unread.name, title=unread.name, lang=lang, reason=reason, error_class=kind))

    def _set(self, row: Row) -> None:
        before = self._rows.get(row.key)
        if before is not None:
            self._states[bool(before.action), before.state] -= 1
        self._states[bool(row.action), row.state] += 1
        self._rows[row.key] = row
        self.manifest.set(row)

    def _report_progress(self, row: Row | None) -> None:
        states = self._states
        self._progress(
            Progress(
                total=self._total,
                finished=sum(n for (of_report, _), n in states.items() if of_report),
                failed=states[True, "failed"] + states[False, "failed"],
                row=row,
                skipped=states[True, "skipped"],
            )
        )


def _made(out: Path) -> Path:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ReportError(Message("batch.error.out_unusable", {"folder": str(out)})) from error
    return out.resolve()


def _withheld(planned: Planned) -> Outcome:
    """Return the outcome of a report that may not be made beside the others."""
    said = (Message("together.withheld", {"action": planned.action}), Message("together.withheld_remedy"))
    now = dt.datetime.now(dt.UTC)
    return Outcome(
        state="failed",
        started=now,
        finished=now,
        wall_s=0.0,
        kind="secrecy",
        began=False,
        reason="\n".join(message.text(planned.lang) for message in said),
        error_class=ReportError.__name__,
    )


def _put_failure(job: Job, outcome: Outcome) -> None:
    """Leave nothing in the staged folder but the page that says why the report failed."""
    planned = job.planned
    shutil.rmtree(job.staged, ignore_errors=True)
    reason, remedy = outcome.reason or "", None
    if outcome.kind == "secrecy":
        reason, _, remedy = reason.partition("\n")
    page = export_failure(
        title=planned.title,
        study=planned.study_title,
        action=planned.action,
        reason=reason,
        language=planned.lang,
        remedy=remedy,
    )
    write_text(job.staged / REPORT, page)


@contextmanager
def _workshop(out: Path, wanted: Wanted, limits: Limits, planned: Sequence[Planned]) -> Iterator[_Workshop]:
    """Give what makes the reports of a folder of results, which this batch holds."""
    _clear_staging(out)
    with _staging(out) as (staging, scratch), executor_of(wanted, planned, folder=scratch) as executor:
        yield _Workshop(executor=executor, limits=limits, staging=staging, scratch=scratch)


@contextmanager
def _staging(out: Path) -> Iterator[tuple[Path, Path]]:
    """Give a folder to make reports in, beside the finished ones, and one for what kernels leave behind."""
    try:
        staging = Path(tempfile.mkdtemp(prefix=_STAGING, dir=out))
    except OSError as error:
        raise WritingError(Message("batch.error.unwritable", {"folder": str(out)})) from error
    scratch = Path(tempfile.mkdtemp(prefix="impactkit-"))
    try:
        yield staging, scratch
    finally:
        for folder in (staging, scratch):
            shutil.rmtree(folder, ignore_errors=True)


def _clear_staging(out: Path) -> None:
    """Take away what a batch left that was killed; only for who holds the folder."""
    for left in out.glob(f"{_STAGING}*"):
        shutil.rmtree(left, ignore_errors=True)


def _silent(progress: Progress) -> None:
    """Say nothing of the progress."""
