"""What the impact measures of a contract's actions conclude: from a folder of results, or computed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from impactkit.cohort import build_cohort
from impactkit.design import declare_design, make_comparable
from impactkit.errors import DataError, ImpactkitError, Problem, ProblemsError, SentenceError
from impactkit.estimators import estimate
from impactkit.evidence import Record, assess
from impactkit.files import Study
from impactkit.text import Language, Message

EVIDENCE = "evidence.json"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Measure:
    """The measure of an action, or why there is none.

    Attributes
    ----------
    record : Record or None
    error : ImpactkitError or None
        What prevents it; ``None`` also when the folder of results holds nothing of the action.
    """

    record: Record | None = None
    error: ImpactkitError | None = None

    def why_not(self, language: Language) -> str:
        """Say why there is no measure."""
        if isinstance(self.error, SentenceError):
            return self.error.message.text(language)
        if isinstance(self.error, ProblemsError):
            return " ".join(problem.text(language) for problem in self.error.problems)
        return Message("midterm.measure.not_in_results").text(language)


def computed(study: Study) -> Mapping[str, Measure]:
    """Measure each action of a study, as its file declares it."""
    return {action.id: _computed(study, action.id) for action in study.actions}


def _computed(study: Study, action: str) -> Measure:
    try:
        design = make_comparable(declare_design(build_cohort(study, action=action)))
        return Measure(record=assess(estimate(design)).record)
    except ImpactkitError as error:
        return Measure(error=error)


def from_results(study: Study, folder: Path) -> tuple[Mapping[str, Measure], tuple[Problem, ...]]:
    """Read the records of a folder that `impactkit run` made.

    Returns
    -------
    measures : mapping of str to Measure
    notes : tuple of Problem
        That some were made from another version of the study file.

    Raises
    ------
    DataError
        When a record cannot be read, or is about another study or action.
    """
    measures: dict[str, Measure] = {}
    problems: list[Problem] = []
    notes: list[Problem] = []
    for action in study.actions:
        path = folder / study.id / action.id / EVIDENCE
        if not path.is_file():
            measures[action.id] = Measure()
            continue
        file = path.relative_to(folder).as_posix()
        try:
            record = Record.read(path)
        except (ValidationError, UnicodeDecodeError, OSError):
            problems.append(Problem(code="E-MID-09", file=file))
            continue
        if (record.study, record.action) != (study.id, action.id):
            problems.append(Problem(code="E-MID-09", file=file))
            continue
        if record.provenance.study_sha256 != study.sha256:
            notes.append(Problem(code="A-MID-06", file=file))
        measures[action.id] = Measure(record=record)
    if problems:
        raise DataError(problems)
    return measures, tuple(notes)
