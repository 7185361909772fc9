"""``impactkit status``."""

from __future__ import annotations

from pathlib import Path

from impactkit.batch import read_manifest
from impactkit.batch.lock import Holder, holder_of
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
    holder = holder_of(out)
    failed = [row for row in rows if row.state == "failed"]
    if as_json:
        lines = [row.model_dump(mode="json") for row in rows]
        say_json(
            {"out": str(out), "reports": len(rows), "failed": len(failed), **_running(holder), "rows": lines}
        )
        return
    if holder is not None:
        since = holder.since.astimezone()
        made = sum(bool(row.action) and row.finished >= holder.since for row in rows)
        params = {"pid": str(holder.pid), "host": holder.host, "since": f"{since:%Y-%m-%d %H:%M}"}
        say(Message("cli.status.running", {**params, "made": made, "total": holder.total}))
    say(counted(rows))
    for row in sorted(rows, key=lambda row: row.state != "failed"):
        state = Message(f"batch.state.{row.state}")
        say(Message("cli.report.line", {"state": state, "study": row.study, "title": row.title}))
        if row.reason:
            say(f"    {row.reason}")


def _running(holder: Holder | None) -> dict[str, object]:
    """Say for a machine whether a batch works in the folder."""
    return {"running": None if holder is None else holder.model_dump(mode="json", exclude={"born"})}
