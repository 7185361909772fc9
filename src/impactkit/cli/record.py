"""The commands of ``impactkit cohort`` and their options; what each one does is in `impactkit.cli.cohort`.

That module is imported when a command runs: it brings pandas, and ``--help`` must not wait for it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from impactkit.cli.options import Json, argument, option
from impactkit.cli.translated import Command, Group

Record = Annotated[Path, argument("cli.cohort.folder", "cli.metavar.folder")]
StudyFile = Annotated[Path, argument("cli.cohort.study", "cli.metavar.study")]
FileId = Annotated[str, option("--file", "cli.cohort.file", "cli.metavar.id")]
Instrument = Annotated[str | None, option("--instrument", "cli.cohort.instrument", "cli.metavar.id")]
Person = Annotated[str, argument("cli.cohort.person", "cli.metavar.person")]
Postgres = Annotated[str | None, option("--postgres", "cli.cohort.postgres", "cli.metavar.service")]
Reason = Annotated[str, option("--reason", "cli.cohort.reason", "cli.metavar.text")]

record = typer.Typer(cls=Group, rich_markup_mode="rich", help="cli.cohort.help")


@record.callback(invoke_without_command=True)
def _record(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


@record.command("init", cls=Command, help="cli.cohort.init.help")
def _init(
    folder: Record,
    study: StudyFile,
    in_keyring: Annotated[bool, option("--keyring", "cli.cohort.init.keyring")] = False,
    postgres: Postgres = None,
) -> None:
    from impactkit.cli import cohort as commands

    commands.init(folder, study, in_keyring=in_keyring, postgres=postgres)


@record.command("import", cls=Command, help="cli.cohort.import.help")
def _import(
    folder: Record,
    study: StudyFile,
    file: FileId,
    instrument: Instrument = None,
    replace: Annotated[bool, option("--replace", "cli.cohort.import.replace")] = False,
) -> None:
    from impactkit.cli import cohort as commands

    commands.import_file(folder, study, file, instrument=instrument, replace=replace)


@record.command("link", cls=Command, help="cli.cohort.link.help")
def _link(folder: Record, study: StudyFile, file: FileId) -> None:
    from impactkit.cli import cohort as commands

    commands.show_links(folder, study, file)


@record.command("review", cls=Command, help="cli.cohort.review.help")
def _review(folder: Record) -> None:
    from impactkit.cli import cohort as commands

    commands.review(folder)


@record.command("status", cls=Command, help="cli.cohort.status.help")
def _status(folder: Record, as_json: Json = False) -> None:
    from impactkit.cli import cohort as commands

    commands.show_status(folder, as_json=as_json)


@record.command("undo", cls=Command, help="cli.cohort.undo.help")
def _undo(
    folder: Record,
    batch: Annotated[int, argument("cli.cohort.undo.batch", "cli.metavar.batch")],
    reason: Reason,
) -> None:
    from impactkit.cli import cohort as commands

    commands.undo(folder, batch, reason=reason)


@record.command("find", cls=Command, help="cli.cohort.find.help")
def _find(folder: Record) -> None:
    from impactkit.cli import cohort as commands

    commands.find(folder)


@record.command("correct", cls=Command, help="cli.cohort.correct.help")
def _correct(
    folder: Record,
    person: Person,
    variable: Annotated[str, option("--variable", "cli.cohort.correct.variable", "cli.metavar.id")],
    wave: Annotated[str, option("--wave", "cli.cohort.correct.wave", "cli.metavar.id")],
    reason: Reason,
    instrument: Instrument = None,
) -> None:
    from impactkit.cli import cohort as commands

    commands.correct(folder, person, variable=variable, wave=wave, reason=reason, instrument=instrument)


@record.command("export", cls=Command, help="cli.cohort.export.help")
def _export(
    folder: Record,
    person: Person,
    out: Annotated[Path, option("--out", "cli.cohort.export.out", "cli.metavar.file")],
) -> None:
    from impactkit.cli import cohort as commands

    commands.export(folder, person, out=out)


@record.command("oppose", cls=Command, help="cli.cohort.oppose.help")
def _oppose(folder: Record, person: Person) -> None:
    from impactkit.cli import cohort as commands

    commands.oppose(folder, person)


@record.command("erase", cls=Command, help="cli.cohort.erase.help")
def _erase(
    folder: Record,
    person: Person,
    basis: Annotated[str, option("--basis", "cli.cohort.erase.basis", "cli.metavar.text")],
    keep_opposition: Annotated[bool, option("--keep-opposition", "cli.cohort.erase.keep")] = False,
) -> None:
    from impactkit.cli import cohort as commands

    commands.erase(folder, person, basis=basis, keep_opposition=keep_opposition)


@record.command("purge", cls=Command, help="cli.cohort.purge.help")
def _purge(
    folder: Record,
    study: Annotated[Path | None, option("--study", "cli.cohort.purge.study", "cli.metavar.study")] = None,
    dry_run: Annotated[bool, option("--dry-run", "cli.cohort.purge.dry_run")] = False,
) -> None:
    from impactkit.cli import cohort as commands

    commands.purge(folder, study=study, dry_run=dry_run)


@record.command("snapshot", cls=Command, help="cli.cohort.snapshot.help")
def _snapshot(folder: Record) -> None:
    from impactkit.cli import cohort as commands

    commands.snapshot(folder)


@record.command("backup", cls=Command, help="cli.cohort.backup.help")
def _backup(
    folder: Record, out: Annotated[Path, option("--out", "cli.cohort.backup.out", "cli.metavar.folder")]
) -> None:
    from impactkit.cli import cohort as commands

    commands.backup(folder, out=out)


@record.command("restore", cls=Command, help="cli.cohort.restore.help")
def _restore(
    saved: Annotated[Path, argument("cli.cohort.restore.saved", "cli.metavar.folder")],
    folder: Record,
    postgres: Postgres = None,
) -> None:
    from impactkit.cli import cohort as commands

    commands.restore(saved, folder, postgres=postgres)
