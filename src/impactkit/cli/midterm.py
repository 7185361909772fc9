"""``impactkit midterm``: write the mid-term execution report of a contract, and say what it lacks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from impactkit.cli.console import say, say_json
from impactkit.cli.failures import CommandError
from impactkit.cli.studies import one_study
from impactkit.files import read_study
from impactkit.midterm import MidtermReport, midterm_report
from impactkit.midterm.missing import Missing
from impactkit.midterm.write import FORMATS, Format, write_midterm
from impactkit.text import Message, current_language
from impactkit.text.language import as_language


def make_midterm(
    argument: str,
    *,
    out: Path,
    results: Path | None,
    lang: str | None,
    formats: str,
    on: str | None,
    as_json: bool,
) -> int:
    """Write the report and tell what is missing; return the exit code.

    Raises
    ------
    CommandError
        When the study is not found, or a format or the date is not one.
    """
    chosen, day = _formats(formats), day_of(on)
    study = read_study(one_study(argument))
    report = midterm_report(study, results=results, on=day)
    paths = write_midterm(report, out, language=as_language(lang or study.language), formats=chosen)
    if as_json:
        say_json(_as_dict(report, paths))
    else:
        _tell(report, paths)
    return 0


def day_of(text: str | None) -> dt.date | None:
    """Read a day typed YYYY-MM-DD.

    Raises
    ------
    CommandError
        When it is not one.
    """
    if text is None:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise CommandError(Message("cli.midterm.date", {"date": text})) from None


def _formats(text: str) -> Sequence[Format]:
    wanted = list(dict.fromkeys(name.strip().lower() for name in text.split(",") if name.strip()))
    wrong = [name for name in wanted if name not in FORMATS]
    if wrong or not wanted:
        params = {"format": ", ".join(wrong) or text, "known": ", ".join(FORMATS)}
        raise CommandError(Message("cli.midterm.format", params))
    return [name for name in FORMATS if name in wanted]


def _tell(report: MidtermReport, paths: Sequence[Path]) -> None:
    for path in paths:
        say(Message("cli.midterm.made", {"path": str(path)}))
    for note in report.notes:
        say(str(note))
    if not report.missing:
        say(Message("midterm.complete"))
        return
    say(Message("cli.midterm.missing", {"n": len(report.missing)}))
    for name, items in groupby(report.missing, key=lambda item: item.action):
        say(Message("midterm.whole") if name is None else str(name))
        for item in items:
            say(f"    {_line(item, report.on)}")


def _line(item: Missing, on: dt.date) -> Message:
    late = item.late(on)
    delay = Message("midterm.late", {"n": late}) if late > 0 else Message("midterm.left", {"n": -late})
    params = {"what": item.what, "owes": Message(f"midterm.owes.{item.owes}"), "delay": delay}
    return Message("cli.midterm.line", params)


def _as_dict(report: MidtermReport, paths: Sequence[Path]) -> dict[str, Any]:
    language = current_language()
    return {
        "study": report.study.id,
        "on": report.on.isoformat(),
        "files": [str(path) for path in paths],
        "missing": [
            {
                "action": None if item.action is None else item.action.text(language),
                "what": item.what.text(language),
                "owes": item.owes,
                "due": item.due.isoformat(),
                "days_late": max(item.late(report.on), 0),
            }
            for item in report.missing
        ],
        "notes": [note.to_dict(language) for note in report.notes],
    }
