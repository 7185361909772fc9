"""The commands and their options; what each one does is in a module of its own.

Those modules are imported when their command runs: they bring pandas, and ``--help`` must not wait for it.
"""

from __future__ import annotations

import os
import signal
import sys
import warnings
from enum import StrEnum
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from impactkit import __version__
from impactkit.cli.console import prepare_streams, say, say_aside
from impactkit.cli.failures import INTERRUPTED, tell
from impactkit.cli.options import Json, argument, option
from impactkit.cli.record import record
from impactkit.cli.translated import Command, Group, translate, usage_problem
from impactkit.text import Message, set_language

# Help texts are catalogue keys: `translate` writes them in the reader's language.
app = typer.Typer(cls=Group, add_completion=False, rich_markup_mode="rich", pretty_exceptions_enable=False)
app.add_typer(record, name="cohort")


class Lang(StrEnum):
    """A language of reports."""

    fr = "fr"
    en = "en"


class KindOfStudy(StrEnum):
    """What a study is about."""

    pacte = "pacte"
    cls = "cls"


class SecrecyProfile(StrEnum):
    """The secrecy rules of one command, by who receives its files."""

    pilotactions = "pilotactions"
    diffusion = "diffusion"
    rounded = "diffusion-arrondie"
    internal = "interne-10"
    partner = "partenaire-5"
    firms = "entreprises"


class Only(StrEnum):
    """Which reports of an earlier batch are made again."""

    failed = "failed"


class Isolation(StrEnum):
    """How far a report is kept from the next."""

    usual = "usual"
    strict = "strict"


_OWN = "IMPACTKIT_"

Studies = Annotated[list[str], argument("cli.option.studies", "cli.metavar.study")]
Out = Annotated[Path, option("--out", "cli.option.out", "cli.metavar.folder")]
Language = Annotated[Lang | None, option("--lang", "cli.option.lang", "fr|en")]
Jobs = Annotated[int, typer.Option("--jobs", help="cli.option.jobs", metavar="cli.metavar.number")]
Actions = Annotated[list[str] | None, option("--action", "cli.option.action", "cli.metavar.id")]
Template = Annotated[Path | None, option("--template", "cli.option.template", "cli.metavar.file")]
Parameters = Annotated[
    list[str] | None, option("--parameter", "cli.option.parameter", "cli.metavar.assignment")
]
Executor = Annotated[str | None, option("--executor", "cli.option.executor", "cli.metavar.executor")]
Resume = Annotated[bool, option("--resume", "cli.option.resume")]
OnlyFailed = Annotated[Only | None, option("--only", "cli.option.only", "failed")]
Timeout = Annotated[float, typer.Option("--timeout", help="cli.option.timeout", metavar="cli.metavar.number")]
Memory = Annotated[int | None, option("--memory", "cli.option.memory", "cli.metavar.number")]
Retries = Annotated[int, typer.Option("--retries", help="cli.option.retries", metavar="cli.metavar.number")]
Isolated = Annotated[
    Isolation, typer.Option("--isolation", help="cli.option.isolation", metavar="usual|strict")
]
Profile = Annotated[SecrecyProfile | None, option("--profile", "cli.option.profile", "cli.metavar.text")]
Formats = Annotated[str, typer.Option("--format", help="cli.option.format", metavar="cli.metavar.formats")]
Theme = Annotated[Path | None, option("--theme", "cli.option.theme", "cli.metavar.file")]
DemoOut = Annotated[Path, typer.Option("--out", help="cli.demo.out", metavar="cli.metavar.folder")]
NewFolder = Annotated[Path, argument("cli.new.folder", "cli.metavar.folder")]
Results = Annotated[Path, argument("cli.status.out", "cli.metavar.folder")]
TablePath = Annotated[Path, argument("cli.map.file", "cli.metavar.file")]
MapStudy = Annotated[Path | None, option("--study", "cli.map.study", "cli.metavar.study")]
Sheet = Annotated[str | None, option("--sheet", "cli.map.sheet", "cli.metavar.sheet")]
MapSchema = Annotated[bool, option("--table-schema", "cli.map.table_schema")]
SchemaTable = Annotated[str | None, option("--table", "cli.schema.table", "cli.metavar.id")]
SchemaForm = Annotated[str | None, option("--form", "cli.schema.form", "cli.metavar.id")]
SchemaForms = Annotated[bool, option("--forms", "cli.schema.forms")]
SchemaEvidence = Annotated[bool, option("--evidence", "cli.schema.evidence")]
SchemaManifest = Annotated[bool, option("--manifest", "cli.schema.manifest")]
FormResults = Annotated[Path | None, option("--results", "cli.form.results", "cli.metavar.folder")]
OwnForms = Annotated[list[Path] | None, option("--form", "cli.form.form", "cli.metavar.file")]
SchemaStudy = Annotated[Path, typer.Option("--study", help="cli.schema.study", metavar="cli.metavar.study")]
MapOut = Annotated[Path | None, option("--out", "cli.map.out", "cli.metavar.file")]
LabFolder = Annotated[Path, argument("cli.lab.folder", "cli.metavar.folder")]
LabBrowser = Annotated[bool, option("--browser/--no-browser", "cli.lab.browser")]
LabPort = Annotated[int, typer.Option("--port", help="cli.lab.port", metavar="cli.metavar.number")]
TeachFolder = Annotated[Path | None, argument("cli.teach.folder", "cli.metavar.folder")]
Solutions = Annotated[bool, option("--solutions", "cli.teach.solutions")]
WebinarPage = Annotated[bool, option("--page", "cli.teach.page")]
NewKind = Annotated[KindOfStudy, option("--kind", "cli.new.kind", "pacte|cls")]
OneStudy = Annotated[str, argument("cli.option.study", "cli.metavar.study")]
RunResults = Annotated[Path | None, option("--results", "cli.midterm.results", "cli.metavar.folder")]
MidtermFormats = Annotated[str, typer.Option("--format", help="cli.midterm.formats", metavar="html,docx,pdf")]
On = Annotated[str | None, option("--on", "cli.option.on", "cli.metavar.date")]
Outs = Annotated[list[Path], argument("synthesis.cli.outs", "cli.metavar.folder")]
Grouping = Annotated[
    str, typer.Option("--by", help="synthesis.cli.by", metavar="region|axis|public|national")
]
SynthesisOut = Annotated[Path, typer.Option("--out", help="synthesis.cli.out", metavar="cli.metavar.folder")]
Study = Annotated[str, argument("cli.release.study", "cli.metavar.study")]
Name = Annotated[str, option("--name", "cli.release.name", "cli.metavar.text")]
AuditFiles = Annotated[list[Path] | None, argument("cli.audit.files", "cli.metavar.file")]
Secrecy = Annotated[str, typer.Option("--secrecy", help="cli.audit.secrecy", metavar="cli.metavar.text")]
AuditMapping = Annotated[Path | None, option("--mapping", "cli.audit.mapping", "cli.metavar.file")]
AuditOut = Annotated[Path | None, option("--out", "cli.audit.out", "cli.metavar.file")]
AuditExample = Annotated[bool, option("--example", "cli.audit.example")]
Version = Annotated[bool, option("--version", "cli.option.version")]


def main() -> NoReturn:
    """Run the command typed and end with its exit code."""
    prepare_streams()
    if not os.environ.get("IMPACTKIT_DEBUG"):
        warnings.simplefilter("ignore")
    # A polite end from outside is an interruption like Ctrl-C: workers end and nothing is left behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(run_command(sys.argv[1:]))


def run_command(arguments: list[str]) -> int:
    """Run the command that these words make, and return its exit code."""
    group = typer.main.get_command(app)
    translate(group)
    given = {name: value for name, value in os.environ.items() if name.startswith(_OWN)}
    try:
        code = group.main(args=arguments, prog_name="impactkit", standalone_mode=False)
    except (KeyboardInterrupt, typer.Abort):
        code = INTERRUPTED
    except Exception as error:
        # Typer's own errors have a format_message; ours and all others are told by their kind.
        told = usage_problem(error) if hasattr(error, "format_message") else error
        return tell(told, as_json="--json" in arguments)
    finally:
        # What a command sets for the processes that it starts is not for the next command.
        for name in [name for name in os.environ if name.startswith(_OWN)]:
            del os.environ[name]
        os.environ.update(given)
    if code == INTERRUPTED:
        say_aside(Message("cli.interrupted"))
    return int(code or 0)


@app.callback(invoke_without_command=True, help="cli.help", epilog="cli.epilog")
def _impactkit(
    context: typer.Context,
    version: Version = False,
) -> None:
    if version:
        say(f"impactkit {__version__}")
    elif context.invoked_subcommand is None:
        typer.echo(context.get_help())


@app.command(cls=Command, help="cli.demo.help")
def demo(
    out: DemoOut = Path("impactkit-demo"),
    lang: Language = None,
    jobs: Jobs = 2,
    as_json: Json = False,
) -> None:
    """Render the shipped studies."""
    from impactkit.cli.reports import demo_reports

    _follow(lang)
    raise typer.Exit(demo_reports(out, lang=lang, jobs=jobs, as_json=as_json))


@app.command(cls=Command, help="cli.new.help")
def new(folder: NewFolder, kind: NewKind = KindOfStudy.pacte, lang: Language = None) -> None:
    """Make a study folder to start from."""
    from impactkit.cli.starter import new_study

    _follow(lang)
    new_study(folder, kind=kind.value)


@app.command(cls=Command, help="cli.teach.help")
def teach(
    folder: TeachFolder = None, lang: Language = None, solutions: Solutions = False, page: WebinarPage = False
) -> None:
    """List the sessions of the course, or copy them."""
    from impactkit.cli.teach import copy_course, list_sessions

    _follow(lang)
    if folder is None:
        list_sessions()
    else:
        copy_course(folder, solutions=solutions, page=page)


@app.command(cls=Command, help="cli.check.help")
def check(studies: Studies, as_json: Json = False) -> None:
    """Check study files and their data."""
    from impactkit.cli.check import check_studies

    raise typer.Exit(check_studies(studies, as_json=as_json))


@app.command(cls=Command, help="cli.advise.help")
def advise(studies: Studies, action: Actions = None, lang: Language = None, as_json: Json = False) -> None:
    """Say what the data can carry."""
    from impactkit.cli.advice import advise_studies

    _follow(lang)
    raise typer.Exit(advise_studies(studies, actions=action, as_json=as_json))


@app.command(cls=Command, help="cli.choose.help")
def choose(study: OneStudy, on: On = None, lang: Language = None, as_json: Json = False) -> None:
    """Say which action to measure."""
    from impactkit.cli.choosing import choose_action

    _follow(lang)
    raise typer.Exit(choose_action(study, on=on, as_json=as_json))


@app.command(cls=Command, help="cli.midterm.help")
def midterm(
    study: OneStudy,
    out: Out,
    results: RunResults = None,
    lang: Language = None,
    formats: MidtermFormats = "html,docx,pdf",
    on: On = None,
    as_json: Json = False,
) -> None:
    """Make the mid-term execution report of a contract."""
    from impactkit.cli.midterm import make_midterm

    _follow(lang)
    code = make_midterm(
        study,
        out=out,
        results=results,
        lang=None if lang is None else lang.value,
        formats=formats,
        on=on,
        as_json=as_json,
    )
    raise typer.Exit(code)


@app.command(cls=Command, help="protection.help")
def privacy(study: OneStudy, out: Out, lang: Language = None) -> None:
    """Begin the record of processing and the impact assessment of a study."""
    from impactkit.cli.privacy import make_privacy

    _follow(lang)
    make_privacy(study, out=out, lang=None if lang is None else lang.value)


@app.command(cls=Command, help="cli.run.help")
def run(
    studies: Studies,
    out: Out,
    action: Actions = None,
    lang: Language = None,
    jobs: Jobs = 1,
    template: Template = None,
    parameter: Parameters = None,
    executor: Executor = None,
    resume: Resume = False,
    only: OnlyFailed = None,
    timeout: Timeout = 600.0,
    memory: Memory = None,
    retries: Retries = 0,
    isolation: Isolated = Isolation.usual,
    formats: Formats = "html",
    theme: Theme = None,
    profile: Profile = None,
    as_json: Json = False,
) -> None:
    """Make reports."""
    from impactkit.cli.reports import Making, run_reports

    _follow(lang)
    _keep_to(profile)
    making = Making(
        executor=executor,
        resume=resume,
        only_failed=only is not None,
        timeout=timeout,
        memory=memory,
        retries=retries,
        strict=isolation is Isolation.strict,
    )
    code = run_reports(
        studies,
        out=out,
        actions=action,
        lang=lang,
        jobs=jobs,
        template=template,
        parameters=parameter or [],
        making=making,
        formats=formats,
        theme=theme,
        as_json=as_json,
    )
    raise typer.Exit(code)


@app.command(cls=Command, help="cli.release.help")
def release(study: Study, out: Out, name: Name, profile: Profile = None, as_json: Json = False) -> None:
    """Judge the reports of a study together, and record their release."""
    from impactkit.cli.release import release_reports

    _keep_to(profile)
    release_reports(study, out=out, name=name, as_json=as_json)


@app.command(cls=Command, help="cli.audit.help")
def audit(
    files: AuditFiles = None,
    mapping: AuditMapping = None,
    secrecy: Secrecy = "diffusion",
    out: AuditOut = None,
    example: AuditExample = False,
    lang: Language = None,
    as_json: Json = False,
) -> None:
    """Tell what could be learnt from tables about to be sent."""
    from impactkit.cli.release import audit_files, write_example

    _follow(lang)
    if example:
        write_example()
        return
    code = audit_files(files or [], secrecy=secrecy, mapping=mapping, out=out, as_json=as_json)
    raise typer.Exit(code)


@app.command(cls=Command, help="cli.status.help")
def status(out: Results, as_json: Json = False) -> None:
    """Tell the state of a folder of results."""
    from impactkit.cli.status import show_status

    show_status(out, as_json=as_json)


@app.command(cls=Command, help="synthesis.cli.help")
def synthesis(
    outs: Outs,
    by: Grouping = "national",
    formats: Formats = "html",
    out: SynthesisOut = Path("synthesis"),
    lang: Language = None,
    as_json: Json = False,
) -> None:
    """Say what the measures of folders of results show together."""
    from impactkit.cli.synthesis import make_synthesis

    _follow(lang)
    make_synthesis(outs, by=by, formats=formats, out=out, as_json=as_json)


@app.command(cls=Command, help="cli.form.help")
def form(
    studies: Studies,
    out: Out,
    results: FormResults = None,
    form: OwnForms = None,
    lang: Language = None,
    profile: Profile = None,
    as_json: Json = False,
) -> None:
    """Make the forms to hand in."""
    from impactkit.cli.forms import make_forms

    _follow(lang)
    _keep_to(profile)
    code = make_forms(studies, out=out, results=results, own=form or [], lang=lang, as_json=as_json)
    raise typer.Exit(code)


@app.command(cls=Command, help="cli.schema.help")
def schema(
    table: SchemaTable = None,
    study: SchemaStudy = Path("study.toml"),
    form: SchemaForm = None,
    forms: SchemaForms = False,
    evidence: SchemaEvidence = False,
    manifest: SchemaManifest = False,
) -> None:
    """Write the format of study files, of a study's file, of a form or of what a run writes."""
    from impactkit.cli import schema as formats

    if form is not None:
        formats.show_form(form)
    elif forms:
        formats.show_form_schema()
    elif evidence:
        formats.show_evidence_schema()
    elif manifest:
        formats.show_manifest_schema()
    elif table is not None:
        formats.show_table_schema(study, table=table)
    else:
        formats.show_schema()


@app.command("map", cls=Command, help="cli.map.help")
def map_columns(
    file: TablePath,
    study: MapStudy = None,
    sheet: Sheet = None,
    out: MapOut = None,
    table_schema: MapSchema = False,
    lang: Language = None,
) -> None:
    """Propose a part of a study file from a table."""
    from impactkit.cli.mapping import map_file

    _follow(lang)
    map_file(file, study=study, sheet=sheet, out=out, as_table_schema=table_schema)


@app.command(cls=Command, help="cli.lab.help")
def lab(
    folder: LabFolder = Path(), browser: LabBrowser = True, port: LabPort = 8888, lang: Language = None
) -> int:
    """Open JupyterLab in a study's folder."""
    from impactkit.cli.lab import open_lab

    _follow(lang)
    return open_lab(folder, browser=browser, port=port)


def _keep_to(profile: SecrecyProfile | None) -> None:
    """Apply a secrecy profile to the studies that this command and the processes that it starts read."""
    from impactkit.files.study import PROFILE_VARIABLE

    if profile is not None:
        os.environ[PROFILE_VARIABLE] = profile.value


def _follow(lang: Lang | None) -> None:
    """Speak the language asked for the reports."""
    if lang is not None:
        set_language(lang.value)
