"""``impactkit check``: read the studies and their data, and say what can be computed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from impactkit.cli.console import say, say_aside, say_json
from impactkit.cli.studies import find_studies
from impactkit.cohort import build_cohort
from impactkit.design import Design, declare_design, make_comparable
from impactkit.disclosure import protect_count
from impactkit.errors import DesignError, ImpactkitError, Problem, ProblemsError
from impactkit.evidence import Advice, advise, evaluability
from impactkit.files import Action, Study, read_study
from impactkit.files.completeness import DEADLINE, instruction_problems
from impactkit.files.example import example_problems
from impactkit.files.midterm import read_midterm
from impactkit.forms import definition, read_changes, text_problems
from impactkit.text import Message

# Some of the groups have too few people: the page is made, without figures.
_WITHOUT_FIGURES = "E-EVA-01"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Finding:
    """What was found about a study file as a whole, or about one of its actions."""

    study: str
    action: Action | None
    design: Design | None = None
    advice: Advice | None = None
    error: ImpactkitError | None = None
    notes: tuple[Problem, ...] = ()

    @property
    def evaluable(self) -> tuple[Problem, ...]:
        """Why the design declared says nothing, or may not conclude."""
        return () if self.advice is None else evaluability(self.advice)

    @property
    def refused(self) -> bool:
        """Whether nothing can be said of the effect as the study declares it."""
        return any(problem.code.startswith("E-") for problem in self.evaluable)

    @property
    def exit_code(self) -> int:
        """The code of what stops the work; groups too small have a page, without figures."""
        if self.error is not None:
            return self.error.exit_code
        stopped = self.refused and self.evaluable[0].code != _WITHOUT_FIGURES
        return DesignError.exit_code if stopped else 0


def check_studies(arguments: Sequence[str], *, as_json: bool) -> int:
    """Check every study; return 0, or the exit code of the first kind of problem in the order of the work.

    Every problem is told, with its place and its remedy; then what each action's data allow.
    """
    findings = [finding for path in find_studies(arguments) for finding in _check(path)]
    codes = [finding.exit_code for finding in findings if finding.exit_code]
    if as_json:
        say_json(_as_json(findings))
    else:
        told: set[str] = set()
        for finding in findings:
            _tell(finding, told)
        _tell_deadline(dt.date.today())
        if told:
            say_aside(Message("cli.check.problems", {"n": len(told)}))
        else:
            say(Message("cli.check.fine"))
    return min(codes, default=0)


def _check(path: Path) -> list[_Finding]:
    try:
        study = read_study(path)
    except ImpactkitError as error:
        return [_Finding(study=str(path), action=None, error=error)]
    findings = [_check_action(study, action) for action in study.actions]
    return [*findings, _check_whole(study, findings)]


def _check_whole(study: Study, findings: Sequence[_Finding]) -> _Finding:
    """Say what the study lacks of what the instruction asks, and what is wrong in its tables."""
    notes = [*instruction_problems(study, today=dt.date.today()), *text_problems(study)]
    if study.kind == "cls" and all(finding.exit_code or finding.refused for finding in findings):
        notes.insert(0, Problem(code="A-INS-01", file=study.path.name))
    error = None
    try:
        if study.kind == "pacte":
            notes += read_changes(study, definition("form_pacte_changes")).notes
        notes += read_midterm(study).notes
    except ImpactkitError as problem:
        error = problem
    return _Finding(study=study.id, action=None, notes=tuple(notes), error=error)


def _check_action(study: Study, action: Action) -> _Finding:
    advice = None
    try:
        cohort = build_cohort(study, action=action.id)
        advice = advise(cohort)
        design = make_comparable(declare_design(cohort))
    except ImpactkitError as error:
        return _Finding(study=study.id, action=action, advice=advice, error=error)
    notes = (*example_problems(study, action), *cohort.notes)
    return _Finding(study=study.id, action=action, design=design, advice=advice, notes=notes)


def _tell(finding: _Finding, told: set[str]) -> None:
    """Tell a finding; a problem of a file that several actions share is told once."""
    title = finding.study
    if finding.action is not None:
        names = {"study": finding.study, "action": finding.action.id, "title": finding.action.title}
        title = str(Message("cli.check.action", names))
    if finding.error is not None:
        say_aside(title)
        lines = [line for line in str(finding.error).splitlines() if line not in told]
        for line in lines or [str(Message("cli.check.same"))]:
            say_aside(f"    {line}")
        told.update(lines)
        _tell_better(finding, say_aside)
    elif finding.exit_code:
        lines = [str(problem) for problem in finding.evaluable]
        say_aside(title)
        say_aside(f"    {Message('advice.check.refused', {'reason': ' '.join(lines)})}")
        _tell_better(finding, say_aside)
        told.update(lines)
    elif finding.design is not None:
        say(title)
        if not finding.refused:
            say(f"    {_possible(finding.design)}")
        for problem in (*finding.evaluable, *finding.notes):
            say(f"    {problem}")
        _tell_better(finding, say)
    elif finding.notes:
        say(Message("cli.check.study", {"study": finding.study}))
        for note in finding.notes:
            say(f"    {note}")


def _tell_deadline(today: dt.date) -> None:
    """Say how long is left; a deadline that has passed is a note of each study."""
    if today <= DEADLINE:
        say(Message("cli.check.deadline", {"date": DEADLINE, "n": (DEADLINE - today).days}))


def _tell_better(finding: _Finding, tell: Callable[[Message | str], None]) -> None:
    """Tell that a more credible design is possible, or that only words are."""
    advice = finding.advice
    if advice is None or advice.declared is None:
        return
    best, declared = advice.best, advice.declared
    if best.design == "qualitative":
        tell(f"    {Message('advice.check.qualitative_only')}")
    elif finding.error is not None or not declared.feasible or best.credibility > declared.credibility:
        tell(f"    {Message('advice.check.better', {'best': best.name})}")


def _possible(design: Design) -> Message:
    """Say what the data of an action allow to compute, with protected counts."""
    method = Message(f"cli.method.{design.method}")
    params: dict[str, object] = {"outcome": design.variable.label, "method": method}
    if design.method == "interrupted_series":
        return Message("cli.check.series", {**params, "n": len(design.cohort.periods)})
    treated, compared = map(_people, _counts(design))
    params["treated"] = treated
    if design.comparison == "none":
        return Message("cli.check.alone", params)
    comparison = Message(f"comparison.{design.comparison}")
    return Message("cli.check.groups", {**params, "compared": compared, "comparison": comparison})


def _people(n: int | None) -> Message:
    return Message("cli.few") if n is None else Message("cli.people", {"n": n})


def _counts(design: Design) -> tuple[int | None, int | None]:
    treated = design.units()["treated"]
    profile = design.cohort.profile
    return protect_count(int(treated.sum()), profile), protect_count(int((~treated).sum()), profile)


def _problems(error: ImpactkitError | None) -> tuple[Problem, ...]:
    return error.problems if isinstance(error, ProblemsError) else ()


def _as_json(findings: Sequence[_Finding]) -> dict[str, Any]:
    """Return what was found: of each action and of what stops the work, then of each study as a whole."""
    whole = [finding for finding in findings if finding.action is None]
    return {
        "ok": not any(finding.exit_code for finding in findings),
        "findings": [
            _as_dict(item) for item in findings if item.action is not None or item.error is not None
        ],
        "deadline": DEADLINE.isoformat(),
        "studies": [
            {"study": finding.study, "notes": [note.to_dict() for note in finding.notes]}
            for finding in whole
            if finding.error is None or finding.notes
        ],
    }


def _as_dict(finding: _Finding) -> dict[str, Any]:
    found: dict[str, Any] = {"study": finding.study, "action": finding.action.id if finding.action else None}
    found["ok"] = not finding.exit_code
    if finding.error is not None:
        found["exit_code"] = finding.error.exit_code
        found["message"] = str(finding.error)
        found["problems"] = [problem.to_dict() for problem in _problems(finding.error)]
    if finding.advice is not None:
        found["best"] = finding.advice.best.design
    if finding.design is not None:
        treated, compared = _counts(finding.design)
        found |= {"method": finding.design.method, "comparison": finding.design.comparison}
        found |= {"outcome": finding.design.outcome, "n_treated": treated, "n_comparison": compared}
        found["evaluable"] = not finding.refused
        found["evaluability"] = [problem.to_dict() for problem in finding.evaluable]
        found["notes"] = [note.to_dict() for note in finding.notes]
    return found
