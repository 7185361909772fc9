"""``impactkit release`` and ``impactkit audit``: what leaves, judged before it does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from math import isfinite
from pathlib import Path

from impactkit.cli.console import say, say_json
from impactkit.cli.failures import SOME_FAILED, CommandError
from impactkit.cli.studies import find_studies
from impactkit.disclosure import PROFILES, profile_of
from impactkit.document.to_page import to_page
from impactkit.files.at_once import write_text
from impactkit.files.reading.raw import read_raw
from impactkit.release import Reading, release_study
from impactkit.release.audit import audit_tables, table_of_frame
from impactkit.release.audit_page import audit_document, example_mapping, way_of
from impactkit.release.count_tables import read_tables
from impactkit.release.mapping import read_mapping
from impactkit.text import Message, current_language

EXAMPLE = "audit.toml"


def release_reports(study: str, *, out: Path, name: str, as_json: bool) -> None:
    """Judge the reports of a study together, search them for people, and record their release.

    Raises
    ------
    CommandError
        When the argument names several studies: each is released by itself.
    ReportError
        When they may not leave, and why.
    """
    files = find_studies([study])
    if len(files) > 1:
        raise CommandError(Message("cli.release.one"))
    done = release_study(files[0], out, name=name)
    if as_json:
        say_json(asdict(done))
        return
    params = asdict(done) | {"name": name, "actions": ", ".join(done.actions)}
    say(Message("release.done", params))
    if done.withheld:
        left = {"n": len(done.withheld), "actions": ", ".join(done.withheld)}
        say(Message("release.without", left))


def write_example() -> None:
    """Write a mapping to start from in the current folder, and say what to do next.

    Raises
    ------
    CommandError
        When there is one already.
    """
    path = Path(EXAMPLE)
    if path.exists():
        raise CommandError(Message("cli.audit.exists", {"path": str(path)}))
    write_text(path, example_mapping(current_language()))
    say(Message("cli.audit.written", {"path": str(path)}))


def audit_files(
    files: Sequence[Path], *, secrecy: str, mapping: Path | None, out: Path | None, as_json: bool
) -> int:
    """Tell what tables reveal; return the exit code, which is not 0 when one reveals something.

    Raises
    ------
    CommandError
        When no file is given, or there is no profile of this name.
    """
    if not files:
        raise CommandError(Message("cli.audit.nothing"))
    if secrecy not in PROFILES:
        raise CommandError(Message("cli.audit.no_profile", {"name": secrecy, "known": ", ".join(PROFILES)}))
    profile = profile_of(secrecy)
    if mapping is None:
        read = [(path, read_raw(path)) for path in files]
        tables = [table_of_frame(raw.frame, file=path.name, numbers=raw.row_numbers) for path, raw in read]
        # Nothing says that they count the same people: each is judged alone.
        readings = [one for table in tables for one in audit_tables([table], profile)]
    else:
        asked = read_mapping(mapping)
        tables = list(read_tables(asked, files, name=mapping.name))
        readings = list(audit_tables(tables, profile, groups=asked.groups))
    if out is not None:
        language = current_language()
        write_text(out, to_page(audit_document(tables, readings, profile, language=language)))
    if as_json:
        told = [asdict(one) | {"high": one.high if isfinite(one.high) else None} for one in readings]
        say_json({"minimum": profile.minimum, "findings": told})
    else:
        _tell(files, readings, profile.minimum)
        if out is not None:
            say(Message("cli.audit.page", {"path": str(out)}))
    return SOME_FAILED if readings else 0


def _tell(files: Sequence[Path], readings: Sequence[Reading], minimum: int) -> None:
    """Say where a reader learns too much; never how many people."""
    for path in files:
        own = [one for one in readings if one.file == path.name]
        for one in own:
            where = ", ".join(filter(None, (one.file, one.table, one.place, one.row, one.column)))
            say(Message("release.audit.line", {"where": where, "way": way_of(one, minimum)}))
        if not own:
            say(Message("release.audit.safe", {"file": path.name, "minimum": minimum}))
