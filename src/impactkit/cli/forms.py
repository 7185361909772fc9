"""``impactkit form``: measure what the forms need, or take it from results, and make the forms."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from impactkit.batch.forms import records_in, write_filled
from impactkit.cli.console import say, say_aside, say_json
from impactkit.cli.failures import SOME_FAILED, CommandError
from impactkit.cli.studies import find_studies
from impactkit.cohort import build_cohort
from impactkit.design import declare_design, make_comparable
from impactkit.errors import ImpactkitError, Problem, StudyError
from impactkit.estimators import estimate, estimate_secondary
from impactkit.evidence import Record, assess
from impactkit.evidence.together import judge_together
from impactkit.files import Study, read_study
from impactkit.files.masks import with_masks
from impactkit.forms import Form, FormDefinition, forms_of, read_definition, text_problems
from impactkit.forms.blocks import remarks
from impactkit.text import Message, current_language


def make_forms(
    studies: Sequence[str],
    *,
    out: Path,
    results: Path | None,
    own: Sequence[Path],
    lang: str | None,
    as_json: bool,
) -> int:
    """Make the forms of one study, or of several each in a folder of its own; return the exit code.

    Parameters
    ----------
    studies : sequence of str
    out : Path
        Receives ``form_*.{html,docx,xlsx,json}``, in ``<study>/`` when there are several studies.
    results : Path, optional
        Results of a run, whose evidence is taken; without it the evidence is made here.
    own : sequence of Path
        The user's versions of forms.
    lang : {"fr", "en"}, optional
    as_json : bool

    Raises
    ------
    CommandError
        When a study is not found, or two versions of the same form are given.
    """
    versions = _versions(own)
    told, failed = [], False
    paths = find_studies(studies)
    for path in paths:
        study = read_study(path)
        _refuse_other_kind(study, versions, own)
        problems = text_problems(study, own=versions)
        for problem in problems:
            say_aside(str(problem))
        records, reasons = _records(study, results)
        failed |= bool(reasons)
        forms = forms_of(study, records, own=versions, lang=lang)
        pages = write_filled(forms, out if len(paths) == 1 else out / study.id)
        told.append(_as_dict(study, forms, pages, problems, reasons))
        if not as_json:
            twins = forms_of(study, records, own=versions, lang=current_language())
            said = [_in_session(form, twin) for form, twin in zip(forms, twins, strict=True)]
            _tell(study, said, pages, reasons, measured=bool(records))
    if as_json:
        say_json({"ok": not failed, "studies": told})
    return SOME_FAILED if failed else 0


def _versions(paths: Sequence[Path]) -> tuple[FormDefinition, ...]:
    read = tuple(read_definition(path) for path in paths)
    names = [form.name for form in read]
    for name in names:
        if names.count(name) > 1:
            raise CommandError(Message("cli.form.kind", {"name": name}))
    return read


def _refuse_other_kind(study: Study, versions: Sequence[FormDefinition], paths: Sequence[Path]) -> None:
    problems = [
        Problem(code="E-FOR-08", file=path.name, place="kind", params={"kind": form.kind})
        for form, path in zip(versions, paths, strict=True)
        if form.kind != study.kind
    ]
    if problems:
        raise StudyError(problems)


def _records(study: Study, results: Path | None) -> tuple[tuple[Record, ...], dict[str, str]]:
    """Return the records of the actions, and why each of the others has none."""
    if results is not None:
        # The folder of a run, or the study's own folder in it.
        folder = results / study.id if (results / study.id).is_dir() else results
        return records_in(study, folder), {}
    records, reasons = [], {}
    # As in a run: what these forms say is read side by side.
    study = with_masks(study, judge_together(study, actions={action.id for action in study.actions}).masked)
    for action in study.actions:
        try:
            records.append(_measured(study, action.id))
        except ImpactkitError as error:
            reasons[action.id] = str(error)
    return tuple(records), reasons


def _measured(study: Study, action: str) -> Record:
    """Return the record of an action, by the verbs that a report's template holds, in their order."""
    design = make_comparable(declare_design(build_cohort(study, action=action)))
    return assess(estimate(design), secondary=estimate_secondary(design)).record


def _tell(
    study: Study, forms: Sequence[Form], pages: Sequence[Path], reasons: dict[str, str], *, measured: bool
) -> None:
    say(Message("cli.form.made", {"study": study.id}))
    for page in pages:
        say(f"    {page}")
    for action, reason in reasons.items():
        say_aside(Message("cli.form.failed", {"action": action, "reason": reason}))
    if not measured:
        say_aside(Message("cli.form.none", {"study": study.id}))
    left: dict[str, list[str]] = {}
    for form in forms:
        for section in form.sections:
            if section.to_fill and not section.required:
                continue
            for text in remarks(form, section):
                left.setdefault(text, []).append(section.label)
    for text, labels in left.items():
        params = {"text": text, "labels": ", ".join(dict.fromkeys(labels))}
        say(f"    {Message('cli.form.remark', params)}")


def _in_session(form: Form, twin: Form) -> Form:
    """Return a form as the session tells of it: labels and remarks in its language, lengths as they are."""
    sections = tuple(
        section.model_copy(
            update={
                "label": other.label,
                "to_fill": section.to_fill and other.to_fill,
                "cautions": other.cautions,
            }
        )
        for section, other in zip(form.sections, twin.sections, strict=True)
    )
    return form.model_copy(update={"language": twin.language, "sections": sections})


def _as_dict(
    study: Study,
    forms: Sequence[Form],
    pages: Sequence[Path],
    problems: Sequence[Problem],
    reasons: dict[str, str],
) -> dict[str, object]:
    return {
        "study": study.id,
        "forms": [
            {"form": form.name, "version": form.version, "page": str(page)}
            for form, page in zip(forms, pages, strict=True)
        ],
        "problems": [problem.to_dict() for problem in problems],
        "failed": reasons,
    }
