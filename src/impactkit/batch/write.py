"""One report, by the same road as a batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from impactkit.batch.parameters import Value
from impactkit.batch.run import run_batch
from impactkit.errors import ReportError
from impactkit.files.model import Study
from impactkit.text import Message


def write_report(
    study: Study | str | Path,
    *,
    action: str,
    out: str | Path,
    lang: str | None = None,
    template: str | Path | None = None,
    parameters: Mapping[str, Value] | None = None,
    formats: Sequence[str] = ("html",),
) -> Path:
    """Make the report of one action from its study file and return the page's path.

    The template is executed on the files as they are, so the page holds no number that the study file does
    not reproduce. The folder of results also gets its index, its manifest, the study's own page
    and its forms.

    Parameters
    ----------
    study : Study or path
    action : str
        Identifier of the action.
    out : path
        Folder of results.
    lang : {"fr", "en"}, optional
        Language of the report; that of the study file by default.
    template : path, optional
        A template of your own; the shipped one by default.
    parameters : mapping, optional
        Values of the template's own parameters.
    formats : sequence of {"html", "pdf", "docx", "odt"}
        What the report is written as, beside the page that is always made.

    Returns
    -------
    Path
        ``OUT/<study>/<action>/report.html``.

    Raises
    ------
    ReportError
        When the report could not be made; the message gives the reason.
    StudyError
        When the study file cannot be read.
    ParameterError
        When the template does not take the parameters.

    Examples
    --------
    >>> ik.write_report(ik.sample("nsw"), action="supported_work", out="sorties")  # doctest: +SKIP
    """
    result = run_batch(
        [study],
        actions=[action],
        out=out,
        lang=lang,
        template=template,
        parameters=parameters,
        formats=formats,
    )
    row = next(row for row in result.rows if row.action == action)
    if row.report is None or row.state == "failed":
        reason = Message("batch.error.report_failed", {"title": row.title, "reason": row.reason or ""})
        raise ReportError(reason)
    return result.out / row.report
