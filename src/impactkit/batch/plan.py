"""The plan: which reports will be made, and the fingerprints that each must still have when it is done."""

from __future__ import annotations

import hashlib
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path

from impactkit import __version__
from impactkit.batch.job import Planned
from impactkit.batch.packed import PackedStudy, packed
from impactkit.batch.parameters import Value, check_parameters
from impactkit.document.formats import Format
from impactkit.errors import ProblemsError, ReportError, StudyError
from impactkit.files import read_study, resources
from impactkit.files.model import Action, Study
from impactkit.files.study import STUDY_FILE
from impactkit.html import stylesheet
from impactkit.text import Message
from impactkit.text.language import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """A study file that cannot be used, and why."""

    name: str
    error: StudyError


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The studies of a batch, the reports to make, and the study files that could not be read."""

    studies: tuple[PackedStudy, ...]
    reports: tuple[Planned, ...]
    unread: tuple[Unread, ...]


def plan_batch(
    studies: Sequence[Study | str | Path],
    *,
    actions: Sequence[str] | None = None,
    lang: Language | None = None,
    template: Path | None = None,
    parameters: Mapping[str, Value] | None = None,
    formats: tuple[Format, ...] = ("html",),
) -> Plan:
    """Read the studies and plan one report per action; nothing is executed.

    Parameters
    ----------
    studies : sequence of Study or path
    actions : sequence of str, optional
        Identifiers of the actions wanted; all of them by default.
    lang : {"fr", "en"}, optional
        Language of the reports; that of each study by default.
    template : Path, optional
        Template notebook; the shipped one of the language by default.
    parameters : mapping, optional
        Values of the template's own parameters.
    formats : tuple of {"html", "pdf", "docx", "odt"}

    Returns
    -------
    Plan

    Raises
    ------
    StudyError
        When no study can be read at all; one unreadable study among others is told in ``unread``.
    ReportError
        When two studies bear the same name, no study has an action asked for, or the theme cannot be used.
    ParameterError
        When the template does not take the parameters.
    """
    kept: list[PackedStudy] = []
    reports: list[Planned] = []
    unread: list[Unread] = []
    for path, given in _named(studies).items():
        try:
            study = given or read_study(path)
        except StudyError as error:
            unread.append(Unread(name=place_of(path), error=error))
            continue
        language = lang or study.language
        used = template or resources.template(language)
        values = check_parameters(used, parameters or {})
        reports += [
            _planned(study, action, lang=language, template=used, parameters=values, formats=formats)
            for action in study.actions
            if actions is None or action.id in actions
        ]
        kept.append(packed(study))
    if not kept and unread:
        raise StudyError(problem for failed in unread for problem in failed.error.problems)
    _refuse_namesakes(kept)
    _refuse_unknown_actions(kept, actions)
    return Plan(studies=tuple(kept), reports=tuple(reports), unread=tuple(unread))


def _named(studies: Sequence[Study | str | Path]) -> dict[Path, Study | None]:
    """Return the study files named, each once however many times it is, with those already read."""
    named: dict[Path, Study | None] = {}
    for item in studies:
        if isinstance(item, Study):
            named.setdefault(item.path, item)
        else:
            named.setdefault(study_file(item), None)
    return named


def study_file(path: str | Path) -> Path:
    """Return the absolute path of the study file that a path names, itself or by its folder."""
    path = Path(path).resolve()
    return path / STUDY_FILE if path.is_dir() else path


def place_of(study_file: Path) -> str:
    """Name a study file whose own name is not known, without telling where on this machine it lies."""
    return f"{study_file.parent.name}/{study_file.name}"


def _refuse_namesakes(studies: Sequence[PackedStudy]) -> None:
    """Two studies of one name would write in the same folder."""
    times = Counter(study.id for study in studies)
    twice = sorted(name for name, n in times.items() if n > 1)
    if twice:
        raise ReportError(Message("batch.error.namesakes", {"n": len(twice), "names": ", ".join(twice)}))


def _refuse_unknown_actions(studies: Sequence[PackedStudy], actions: Sequence[str] | None) -> None:
    known = dict.fromkeys(action for study in studies for action in study.masked)
    unknown = [name for name in actions or () if name not in known]
    if unknown:
        names = {"n": len(unknown), "names": ", ".join(unknown), "known": ", ".join(known)}
        raise ReportError(Message("batch.error.unknown_actions", names))


def _planned(
    study: Study,
    action: Action,
    *,
    lang: Language,
    template: Path,
    parameters: Mapping[str, Value],
    formats: tuple[Format, ...],
) -> Planned:
    return Planned(
        study_file=study.path,
        study=study.id,
        study_title=study.title.text(lang),
        action=action.id,
        title=action.title.text(lang),
        lang=lang,
        template=template.resolve(),
        template_sha256=_sha256(template),
        parameters=dict(parameters),
        study_sha256=study.sha256,
        inputs=_inputs(study, action),
        version=__version__,
        territory=study.territory.name,
        publics=action.publics,
        packages=_packages(),
        formats=formats,
        style_sha256=hashlib.sha256(stylesheet().encode()).hexdigest(),
        masked=action.masked,
        secrecy=study.secrecy,
    )


@cache
def _packages() -> dict[str, str]:
    """Return the versions of what computes and draws: another one may change the last digits, or a figure."""
    python = ".".join(map(str, sys.version_info[:3]))
    return {"python": python, **{name: version(name) for name in ("numpy", "scipy", "pandas", "matplotlib")}}


def _inputs(study: Study, action: Action) -> dict[str, str]:
    """Return the fingerprint of what a report is made of; empty where it cannot be, which it will say."""
    grids = {grid.path: _sha256(study.folder / grid.path) for grid in study.grids.values()}
    if study.record is None:
        paths = [study.file(name).path for name in action.files]
        return {path: _sha256(study.folder / path) for path in paths} | grids
    # Loaded for the studies that have a record: it brings the store.
    from impactkit.cohort.read_record import record_inputs

    try:
        return record_inputs(study, action) | grids
    except ProblemsError:
        return {}


def _sha256(path: Path) -> str:
    """Return the fingerprint of a file's bytes; empty when it cannot be read, which the report will say."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""
