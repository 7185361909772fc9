"""Make the course's notebooks from their sources: ``python notebooks/build.py`` (``--check`` to compare only).

A source (``notebooks/sources/*.py``) is a session in the percent format, both languages side by side:

- ``# %% [markdown] fr`` then ``# %% [markdown] en``: a text, between triple quotes, in each language;
- ``# %%``: code, the same in both languages;
- ``# %% exercise`` then ``# %% solution``: the cell that participants fill in, and the one that takes its place
  in the version with solutions; a text may be marked ``solution`` too, and stands in that version only.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

from impactkit.teaching import SESSIONS
from impactkit.text.language import LANGUAGES
from impactkit.text.typography import typeset

HERE = Path(__file__).resolve().parent
MARK = re.compile(r"^# %%(.*)$", re.MULTILINE)
QUOTES = re.compile(r'^r?"""\n(.*?)\n?"""$', re.DOTALL)
CODE_SPANS = re.compile(r"(```.*?```|`[^`\n]*`|\]\([^)]*\))", re.DOTALL)
METADATA = {
    "kernelspec": {
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
        "name": "python3",
    },
    "language_info": {"name": "python"},
}


def blocks(source: str) -> list[tuple[list[str], str]]:
    """Return the words of each mark of a source, and what stands under it."""
    pieces = MARK.split(source)
    return [
        (mark.split(), body.strip("\n"))
        for mark, body in zip(pieces[1::2], pieces[2::2], strict=True)
    ]


def notebook(source: str, language: str, *, solutions: bool) -> dict:
    """Return the notebook of a source in a language."""
    cells = []
    for words, body in blocks(source):
        if "markdown" in "".join(words):
            if language not in words or (
                "solution" in words and not solutions
            ):
                continue
            kind, text = (
                "markdown",
                written(QUOTES.match(body)[1], language),
            )
        else:
            if words == ["exercise" if solutions else "solution"]:
                continue
            kind, text = "code", body
        cell = {
            "cell_type": kind,
            "id": "",
            "metadata": {},
            "source": text.splitlines(keepends=True),
        }
        if kind == "code":
            cell |= {"execution_count": None, "outputs": []}
        cells.append(cell)
    for number, cell in enumerate(cells):
        cell["id"] = f"c{number:02d}"
    return {
        "cells": cells,
        "metadata": METADATA,
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def written(text: str, language: str) -> str:
    """Return a text with its language's typography; code and links are left alone."""
    return "".join(
        part if i % 2 else typeset(part, language)
        for i, part in enumerate(CODE_SPANS.split(text))
    )


def pages() -> dict[Path, str]:
    """Return the text of every notebook of the course, by path."""
    made = {}
    for session in SESSIONS:
        source = (
            HERE / "sources" / f"{session.stems['en']}.py"
        ).read_text(encoding="utf-8")
        for language in LANGUAGES:
            for folder, solutions in (
                (HERE / language, False),
                (HERE / language / "solutions", True),
            ):
                content = notebook(
                    source, language, solutions=solutions
                )
                made[folder / f"{session.stems[language]}.ipynb"] = (
                    json.dumps(content, ensure_ascii=False, indent=1)
                    + "\n"
                )
    return made


def main() -> int:
    """Write the notebooks, or tell which differ from their sources."""
    different = 0
    for path, text in pages().items():
        if "--check" not in sys.argv:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
        elif (
            not path.exists()
            or path.read_text(encoding="utf-8") != text
        ):
            print(f"differs from its source: {path.relative_to(HERE)}")
            different += 1
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
