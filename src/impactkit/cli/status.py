"""``impactkit status``."""

from __future__ import annotations

from pathlib import Path

from impactkit.batch import read_manifest
from impactkit.batch.manifest import counted
from impactkit.cli.console import say, say_json
from impactkit.cli.failures import CommandError
from impactkit.errors import ReportError
from impactkit.text import Message


def show_status(out: Path, *, as_json: bool) -> None:
    """Tell which reports of a folder are done and which failed, and why.

    Raises
    ------
    CommandError
        When the folder holds no results.
    """
    try:
        rows = read_manifest(out)
    except ReportError as error:
        raise CommandError(error.message) from error
    failed = [row for row in rows if row.state == "failed"]
    if as_json:
        lines = [row.model_dump(mode="json") for row in rows]
        say_json({"out": str(out), "reports": len(rows), "failed": len(failed), "rows": lines})
        return
    say(counted(rows))
    for row in sorted(rows, key=lambda row: row.state != "failed"):
        state = Message(f"batch.state.{row.state}")
        say(Message("cli.report.line", {"state": state, "study": row.study, "title": row.title}))
        if row.reason:
            say(f"    {row.reason}")
