"""Write the tables of docs/study-file.md from the model itself: ``python docs/reference.py``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from impactkit.files.model import (
    Action,
    Column,
    Funding,
    Indicators,
    Outcome,
    Study,
    TableFile,
    Territory,
    Variable,
    Wave,
)

PAGE = Path(__file__).with_name("study-file.md")
TABLES = {
    "Study": Study,
    "Territory": Territory,
    "Wave": Wave,
    "Variable": Variable,
    "TableFile": TableFile,
    "Column": Column,
    "Action": Action,
    "Outcome": Outcome,
    "Indicators": Indicators,
    "Funding": Funding,
}


def table(model: type[Any]) -> str:
    """Return the keys of a model as a Markdown table."""
    rows = ["| clé | obligatoire | sens |", "|---|---|---|"]
    for name, field in model.model_fields.items():
        needed = "oui" if field.is_required() else "non"
        allowed = _allowed(field.annotation)
        rows.append(f"| `{name}` | {needed} | {field.description}{allowed} |")
    return "\n".join(rows)


def _allowed(annotation: Any) -> str:
    """List the values of a closed choice, however it is wrapped."""
    values = sorted(_choices(annotation), key=str)
    return f" Valeurs : {', '.join(f'`{value}`' for value in values)}." if values else ""


def _choices(annotation: Any) -> set[str]:
    found: set[str] = set()
    for item in getattr(annotation, "__args__", ()):
        if isinstance(item, str):
            found.add(item)
        else:
            found |= _choices(item)
    return found


def render(page: str) -> str:
    """Return the page with each table between its two marks made anew."""
    for name, model in TABLES.items():
        start, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
        before, rest = page.split(start)
        _, after = rest.split(end)
        page = f"{before}{start}{table(model)}\n{end}{after}"
    return page


if __name__ == "__main__":
    PAGE.write_text(render(PAGE.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")
