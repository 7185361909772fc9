"""Write what study-file.md, errors.md and checks.md take from the code: ``python docs/reference.py``.

A key of the study file is described in French by its model, in English by ``english.toml``.
"""

from __future__ import annotations

import inspect
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from impactkit.evidence.questions import QUESTIONS
from impactkit.files.model import (
    Action,
    ActionsTable,
    Change,
    ChangesFile,
    Column,
    Comparability,
    Contribution,
    Decision,
    Duration,
    Funding,
    FundingTable,
    GridFile,
    Hypothesis,
    Identity,
    Indicators,
    IndicatorsTable,
    Midterm,
    Outcome,
    Protection,
    PublicRule,
    Rival,
    Span,
    Study,
    TableFile,
    Territory,
    Threshold,
    Timeline,
    Variable,
    Wave,
)
from impactkit.text import Language
from impactkit.text.catalogue import Entry, entries

FOLDER = Path(__file__).parent
CODE = re.compile(r"problem\.([EA]-[A-Z]{2,3}-\d{2})\.found")
HEADS = {"fr": "| code | ce qui est constaté | que faire |", "en": "| code | what was found | what to do |"}
KEYS = {"fr": "| clé | obligatoire | sens |", "en": "| key | required | meaning |"}
NEEDED = {"fr": {True: "oui", False: "non"}, "en": {True: "yes", False: "no"}}
VALUES = {"fr": "Valeurs :", "en": "Values:"}
TABLES = {
    "Study": Study,
    "Territory": Territory,
    "Span": Span,
    "ChangesFile": ChangesFile,
    "Protection": Protection,
    "Wave": Wave,
    "Variable": Variable,
    "PublicRule": PublicRule,
    "GridFile": GridFile,
    "TableFile": TableFile,
    "Column": Column,
    "Timeline": Timeline,
    "Identity": Identity,
    "Action": Action,
    "Comparability": Comparability,
    "Threshold": Threshold,
    "Duration": Duration,
    "Outcome": Outcome,
    "Indicators": Indicators,
    "Funding": Funding,
    "Decision": Decision,
    "Contribution": Contribution,
    "Hypothesis": Hypothesis,
    "Rival": Rival,
    "Change": Change,
    "Midterm": Midterm,
    "ActionsTable": ActionsTable,
    "IndicatorsTable": IndicatorsTable,
    "FundingTable": FundingTable,
}


def table(model: type[Any], language: Language, english: Mapping[str, str]) -> str:
    """Return the keys of a model as a Markdown table; ``english`` says what each means in English."""
    rows = [KEYS[language], "|---|---|---|"]
    for name, field in model.model_fields.items():
        needed = NEEDED[language][field.is_required()]
        told = field.description if language == "fr" else english[name]
        rows.append(f"| `{name}` | {needed} | {told}{_allowed(field.annotation, language)} |")
    return "\n".join(rows)


def _allowed(annotation: Any, language: Language) -> str:
    """List the values of a closed choice, however it is wrapped."""
    values = sorted(_choices(annotation), key=str)
    return f" {VALUES[language]} {', '.join(f'`{value}`' for value in values)}." if values else ""


def _choices(annotation: Any) -> set[str]:
    found: set[str] = set()
    for item in getattr(annotation, "__args__", ()):
        if isinstance(item, str):
            found.add(item)
        else:
            found |= _choices(item)
    return found


def problems(language: Language) -> str:
    """Return the problems that files can have, their cause and remedy, as a Markdown table."""
    words = entries(language)
    codes = sorted(found[1] for key in words if (found := CODE.fullmatch(key)))
    rows = [HEADS[language], "|---|---|---|"]
    for code in codes:
        found, remedy = (words[f"problem.{code}.{part}"] for part in ("found", "remedy"))
        rows.append(f"| `{code}` | {_plain(found)} | {_plain(remedy)} |")
    return "\n".join(rows)


def checks(language: Language) -> str:
    """Return the checks of the verdict, in order: the question, how it is decided, what it may answer."""
    words = entries(language)
    sections = []
    for question in QUESTIONS:
        key = question.ask.__name__
        prefix = f"check.{key}."
        told = {name.removeprefix(prefix): entry for name, entry in words.items() if name.startswith(prefix)}
        asked = _plain(told.pop("question"))
        # Words that stand inside a sentence are no answer.
        answers = [text for entry in told.values() if (text := _plain(entry)).endswith(".")]
        how = (
            []
            if language == "fr"
            else [inspect.cleandoc(question.ask.__doc__ or "").split("\n\nParam")[0], ""]
        )
        lines = [f"## {asked}", "", f"`{key}`", "", *how, *(f"- {answer}" for answer in answers), ""]
        sections.append("\n".join(lines))
    return "\n".join(sections)


def _plain(entry: Entry) -> str:
    """Write an entry of the catalogue with a mark for what is filled in."""
    text = entry if isinstance(entry, str) else entry["other"]
    return re.sub(r"\{[^}]*\}", "…", text).replace("|", "\\|").replace("\n", " ")


def pages() -> dict[Path, str]:
    """Return every page whose tables are made from the code, as it should be."""
    english = tomllib.loads((FOLDER / "english.toml").read_text(encoding="utf-8"))
    made = {}
    errors: dict[Language, Path] = {"fr": FOLDER / "errors.md", "en": FOLDER / "en" / "errors.md"}
    for language, page in errors.items():
        study = page.with_name("study-file.md")
        keys = {name: table(model, language, english[name]) for name, model in TABLES.items()}
        made[study] = _filled(study, keys)
        made[page] = _filled(page, {"problems": problems(language)})
        beside = page.with_name("checks.md")
        made[beside] = _filled(beside, {"checks": checks(language)})
    return made


def _filled(page: Path, tables: Mapping[str, str]) -> str:
    """Return a page with each table between its two marks made anew."""
    text = page.read_text(encoding="utf-8")
    for name, made in tables.items():
        start, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
        before, rest = text.split(start)
        _, after = rest.split(end)
        text = f"{before}{start}{made}\n{end}{after}"
    return text


if __name__ == "__main__":
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8", newline="\n")
