"""``impactkit new``: a study folder to start from."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from impactkit.cli.console import say
from impactkit.cli.failures import CommandError
from impactkit.files import study_schema
from impactkit.files.resources import starter
from impactkit.forms import questionnaire
from impactkit.text import Message, current_language


def new_study(folder: Path) -> None:
    """Copy the starter files into a new or empty folder, and say what to do next.

    Raises
    ------
    CommandError
        When the folder holds anything: nothing is ever overwritten.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise CommandError(Message("cli.new.not_empty", {"folder": str(folder)}))
    shutil.copytree(starter(current_language()), folder, dirs_exist_ok=True)
    sheet = folder / str(Message("form.changes.folder")) / str(Message("form.changes.file"))
    sheet.write_bytes(questionnaire(current_language()))
    # The study file names its schema, by which editors complete and check it.
    schema = json.dumps(study_schema(), ensure_ascii=False, indent=2)
    (folder / "study.schema.json").write_text(schema + "\n", encoding="utf-8", newline="\n")
    say(Message("cli.new.made", {"folder": str(folder)}))
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            say(f"    {path}")
    say(Message("cli.new.next", {"folder": str(folder)}))
