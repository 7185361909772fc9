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
from impactkit.files.reading.raw import read_raw
from impactkit.release import Reading, audit_table, release_study
from impactkit.text import Message


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


def audit_files(files: Sequence[Path], *, secrecy: str, as_json: bool) -> int:
    """Tell what each table reveals; return the exit code, which is not 0 when one reveals something.

    Raises
    ------
    CommandError
        When there is no profile of this name.
    """
    if secrecy not in PROFILES:
        raise CommandError(Message("cli.audit.no_profile", {"name": secrecy, "known": ", ".join(PROFILES)}))
    profile = profile_of(secrecy)
    found = {path: audit_table(read_raw(path).frame, profile) for path in files}
    if as_json:
        told = [
            asdict(reading) | {"file": path.name, "high": reading.high if isfinite(reading.high) else None}
            for path, readings in found.items()
            for reading in readings
        ]
        say_json({"minimum": profile.minimum, "findings": told})
    else:
        for path, readings in found.items():
            for reading in readings:
                say(_said(path, reading, profile.minimum))
            if not readings:
                say(Message("release.audit.safe", {"file": path.name, "minimum": profile.minimum}))
    return SOME_FAILED if any(found.values()) else 0


def _said(path: Path, reading: Reading, minimum: int) -> Message:
    """Say where a reader learns too much; never how many people."""
    key = "shown" if not reading.masked else "exact" if reading.low == reading.high else "within"
    params = {"file": path.name, "row": reading.row, "column": reading.column}
    return Message(f"release.audit.{key}", params | ({"minimum": minimum} if key == "within" else {}))
