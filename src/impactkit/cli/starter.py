"""``impactkit new``: a study folder to start from."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from impactkit.cli.console import say
from impactkit.cli.failures import CommandError
from impactkit.files import study_schema
from impactkit.files.model import Kind
from impactkit.files.resources import starter, starter_midterm
from impactkit.files.study import STUDY_FILE
from impactkit.forms import questionnaire
from impactkit.midterm.blank import WORKBOOK, blank_workbook
from impactkit.text import Message, current_language

# What tells a contract from a pact in the starter's study file, by what it is for a pact.
_CONTRACT = {
    'kind = "pacte"': 'kind = "cls"  ',
    'id = "mon_pacte"': 'id = "mon_contrat"',
    'id = "my_pact"': 'id = "my_contract"',
    "Pacte local des solidarités": "Contrat local des solidarités",
    "Local solidarity pact": "Local solidarity contract",
}


def new_study(folder: Path, *, kind: Kind) -> None:
    """Copy the starter files into a new or empty folder, and say what to do next.

    A contract also has the workbook of its mid-term evaluation.

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
    if kind == "cls":
        _make_contract(folder)
    # The study file names its schema, by which editors complete and check it.
    schema = json.dumps(study_schema(), ensure_ascii=False, indent=2)
    (folder / "study.schema.json").write_text(schema + "\n", encoding="utf-8", newline="\n")
    say(Message("cli.new.made", {"folder": str(folder)}))
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            say(f"    {path}")
    say(Message("cli.new.next", {"folder": str(folder)}))


def _make_contract(folder: Path) -> None:
    """Turn the starter's pact into a contract, with the tables of its mid-term evaluation."""
    language = current_language()
    path = folder / STUDY_FILE
    text = path.read_text(encoding="utf-8")
    for pact, contract in _CONTRACT.items():
        text = text.replace(pact, contract, 1)
    path.write_text(text + starter_midterm(language), encoding="utf-8", newline="\n")
    (folder / WORKBOOK[language]).write_bytes(blank_workbook(language))
