"""``impactkit cohort …``: the record of the people followed over the years."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pandas as pd
import typer

from impactkit.cli.console import say, say_aside, say_json
from impactkit.cli.failures import CommandError
from impactkit.cohort import link
from impactkit.disclosure import DEFAULT_PROFILE, is_small
from impactkit.errors import DataError, Problem
from impactkit.files import Study, read_study
from impactkit.store import create_store, open_store, restore_store
from impactkit.store.review import read_sheet
from impactkit.text import Message


def link_by_names(known: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    """Find people by likeness of names among the identities of the vault."""
    return link(
        known,
        new,
        last_name="last_name",
        first_name="first_name",
        birth_date="birth_date",
        sex="sex",
        postcode="postcode",
        phone="phone",
        email="email",
    )


def init(folder: Path, study: Path, *, in_keyring: bool, postgres: str | None) -> None:
    """Make an empty record for a study."""
    create_store(folder, study=read_study(study).id, in_keyring=in_keyring, postgres=postgres)
    say(Message("cli.cohort.init.done", {"folder": str(folder)}))


def import_file(folder: Path, study: Path, file: str, *, instrument: str | None, replace: bool) -> None:
    """Take a file of a study in."""
    read = _study_with(study, file)
    done = open_store(folder).import_file(
        read,
        file,
        instrument=instrument,
        replace=replace,
        linker=link_by_names,
    )
    counts = {"batch": str(done.batch), "rows": done.n_rows, "people": done.n_people, "new": done.n_new}
    say(Message("cli.cohort.import.done", counts))
    for note in done.notes:
        say_aside(note.text())


def show_links(folder: Path, study: Path, file: str) -> None:
    """Say how the people of a file would be recognised, and take nothing in."""
    found = open_store(folder).link_file(_study_with(study, file), file, linker=link_by_names)
    for method, n in sorted(found.methods.items(), key=lambda item: -item[1]):
        kind = method if method in ("new", "score", "review", "unit") else "fingerprint"
        say(
            Message(
                "cli.cohort.link.line",
                {"how": Message(f"cli.cohort.method.{kind}"), "method": method, "n": n},
            )
        )
    say(Message("cli.cohort.link.left_out", {"n": found.n_left_out}))
    if found.sheet is not None:
        say(Message("cli.cohort.review.sheet", {"sheet": str(found.sheet), "n": found.n_to_review}))


def review(folder: Path) -> None:
    """Say which sheets wait for decisions."""
    sheets = [Path(path) for path in open_store(folder).status()["to_review"]]
    for sheet in sheets:
        say(Message("cli.cohort.review.waiting", {"sheet": str(sheet), "n": len(read_sheet(sheet))}))
    if not sheets:
        say(Message("cli.cohort.review.none"))


def show_status(folder: Path, *, as_json: bool) -> None:
    """Tell the state of a record: whole counts, batches, journal."""
    store = open_store(folder)
    status, batches = store.status(), store.batches()
    lots = batches[["batch_id", "file", "instrument", "n_rows", "n_refused", "author", "at", "cancelled"]]
    if as_json:
        rows = json.loads(lots.to_json(orient="records"))
        say_json({**status, "lots": rows})
        return
    counts = {name: status[name] for name in ("people", "in_vault", "opposed", "corrections", "erasures")}
    say(Message("cli.cohort.status.counts", counts))
    for action, until in status["retention"].items():
        say(Message("cli.cohort.status.until", {"action": _named(action), "date": until}))
    if not status["retention"]:
        say(Message("cli.cohort.status.no_until"))
    say(
        Message("cli.cohort.status.journal", {"n": status["journal_entries"], "head": status["journal_head"]})
    )
    for lot in lots.to_dict("records"):
        state = "current" if lot["cancelled"] is None or lot["cancelled"] != lot["cancelled"] else "cancelled"
        say(
            Message(
                "cli.cohort.status.batch",
                {
                    "batch": str(lot["batch_id"]),
                    "file": str(lot["file"]),
                    "state": Message(f"cli.cohort.state.{state}"),
                    "n": int(lot["n_rows"]),
                    "author": str(lot["author"]),
                    "at": str(lot["at"]),
                },
            )
        )
    for sheet in status["to_review"]:
        say_aside(Message("cli.cohort.review.waiting", {"sheet": sheet, "n": len(read_sheet(Path(sheet)))}))


def undo(folder: Path, batch: int, *, reason: str) -> None:
    """Cancel a batch."""
    open_store(folder).undo(batch, reason=reason)
    say(Message("cli.cohort.undo.done", {"batch": str(batch)}))


def correct(
    folder: Path, person: str, *, variable: str, wave: str, reason: str, instrument: str | None
) -> None:
    """Correct an answer; its value is asked, not typed on the command line that a shell keeps."""
    value = _asked("value")
    open_store(folder).correct(person, variable, wave, value, reason=reason, instrument=instrument)
    say(Message("cli.cohort.correct.done"))


def find(folder: Path) -> None:
    """Say the identifier of a person whose name is asked; the shell keeps no trace of it."""
    identity = {name: _asked(name) for name in ("last_name", "first_name", "birth_date")}
    found = open_store(folder).find(identity)
    for person in found:
        say(person)
    if not found:
        raise DataError([Problem(code="E-PER-02")])


def export(folder: Path, person: str, *, out: Path) -> None:
    """Write everything that is known of a person, for them alone."""
    found = open_store(folder).export(person)
    try:
        handle = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise CommandError(Message("cli.cohort.export.exists", {"file": str(out)})) from None
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(found, file, ensure_ascii=False, indent=2, default=str)
    say(Message("cli.cohort.export.done", {"file": str(out)}))


def oppose(folder: Path, person: str) -> None:
    """Write that a person objects."""
    open_store(folder).oppose(person)
    say(Message("cli.cohort.oppose.done"))


def erase(folder: Path, person: str, *, basis: str, keep_opposition: bool) -> None:
    """Erase a person, and name the copies that still hold them."""
    erased = open_store(folder).erase(person, basis=basis, keep_opposition=keep_opposition)
    say(Message("cli.cohort.erase.done", {"n": erased.n_rows}))
    for path in erased.remaining:
        say(Message("cli.cohort.erase.remaining", {"path": path}))


def purge(folder: Path, *, study: Path | None, dry_run: bool) -> None:
    """Take out what is kept no longer, or only say what would go; few people are not counted."""
    read = None if study is None else read_study(study)
    done = open_store(folder).purge(study=read, dry_run=dry_run)
    for action in done.actions:
        state = "no_date" if action.until is None else "due" if action.due else "not_due"
        params = {
            "action": _named(action.action),
            "date": action.until.isoformat() if action.until else "",
            "n": _counted(action.n_leaving),
        }
        say(Message(f"cli.cohort.purge.{state}", params))
    few = any(is_small(action.n_leaving, DEFAULT_PROFILE) for action in done.actions)
    params = {
        # Beside groups that are not counted, the total would count them.
        "identities": _counted(done.n_identities, exact=not few),
        "texts": _counted(done.n_texts),
        "dates": _counted(done.n_dates),
    }
    say(Message("cli.cohort.purge.would" if dry_run else "cli.cohort.purge.done", params))
    for path in done.remaining:
        say(Message("cli.cohort.purge.remaining", {"path": path}))
    if not any(action.until for action in done.actions):
        say(Message("cli.cohort.status.no_until"))


def _counted(n: int, *, exact: bool = True) -> Message | int:
    if is_small(n, DEFAULT_PROFILE):
        return Message("cli.cohort.few", {"n": DEFAULT_PROFILE.minimum})
    return n if exact or n == 0 else Message("cli.cohort.enough", {"n": DEFAULT_PROFILE.minimum})


def _named(action: str) -> Message | str:
    return action or Message("cli.cohort.no_action")


def snapshot(folder: Path) -> None:
    """Freeze the answers for analysis."""
    done = open_store(folder).snapshot()
    say(Message("cli.cohort.snapshot.done", {"folder": str(done.folder), "n": done.n_left_out}))
    for name, sha256 in done.sha256.items():
        say(f"    {sha256}  {name}")


def backup(folder: Path, *, out: Path) -> None:
    """Copy the record and its vault."""
    open_store(folder).backup(out)
    say(Message("cli.cohort.backup.done", {"folder": str(out)}))


def restore(saved: Path, folder: Path, *, postgres: str | None) -> None:
    """Make a record again from a copy."""
    restore_store(saved, folder, postgres=postgres)
    say(Message("cli.cohort.restore.done", {"folder": str(folder)}))


def _study_with(path: Path, file: str) -> Study:
    study = read_study(path)
    known = [*(item.id for item in study.files), *(item.id for item in study.timelines)]
    if file not in known:
        raise CommandError(Message("cli.cohort.no_file", {"file": file, "known": ", ".join(known)}))
    return study


def _asked(name: str) -> str:
    return str(typer.prompt(str(Message(f"cli.cohort.ask.{name}")), default="", show_default=False))
