"""A newcomer's walk: a fresh environment, an empty folder with spaces and accents, a page that says how.

``python3 .ci/newcomer.py`` installs impactkit as docs/start.md says, then follows it, and docs/en/start.md:
every ``console`` block is run, the ``text`` block after it must be what is said, ``toml`` blocks are written
where the page says. What a reader does by hand is named in a comment of the page (``<!-- walk: … -->``).
The time of each command is printed.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TABLE = Path(__file__).with_name("messy_table.py")
PAGES = {"fr": ROOT / "docs" / "start.md", "en": ROOT / "docs" / "en" / "start.md"}
FOLDERS = {"fr": "Mon dossier d'été à moi", "en": "My été folder"}
STEP = re.compile(
    r"<!-- walk: (?P<walk>.*?) -->|^```(?P<kind>console|text|toml)\n(?P<block>.*?)^```", re.S | re.M
)


@dataclass(frozen=True)
class Step:
    """Something that the page shows, or that its reader does."""

    kind: str
    text: str


def steps(page: str) -> Iterator[Step]:
    """Yield the steps of a page, in order."""
    for found in STEP.finditer(page):
        if found["walk"] is not None:
            yield Step("walk", found["walk"])
        else:
            yield Step(found["kind"], found["block"])


def install(folder: Path) -> Path:
    """Install impactkit in a fresh environment, as the page says; return the folder of its commands."""
    venv.create(folder, with_pip=True)
    commands = folder / ("Scripts" if os.name == "nt" else "bin")
    install = ["-m", "pip", "install", "-q", "-c", "constraints.txt", "."]
    subprocess.run([commands / "python", *install], cwd=ROOT, check=True)
    return commands


class Walk:
    """Someone who follows a page in a folder of their own."""

    def __init__(self, language: str, commands: Path, folder: Path) -> None:
        self.language, self.commands, self.folder = language, commands, folder
        self.said = ""
        self.table = folder
        self.old = ""
        self.times: list[tuple[str, float]] = []

    def follow(self, page: str) -> None:
        """Do all that a page says."""
        for step in steps(page):
            getattr(self, f"_{step.kind}")(step.text)

    def _console(self, block: str) -> None:
        environment = {**os.environ, "IMPACTKIT_LANG": self.language, "PYTHONUTF8": "1"}
        environment["PATH"] = os.pathsep.join([str(self.commands), os.environ.get("PATH", "")])
        environment.pop("PYTHONPATH", None)
        self.said = ""
        for line in block.splitlines():
            start = time.perf_counter()
            done = subprocess.run(
                shlex.split(line),
                cwd=self.folder,
                env=environment,
                encoding="utf-8",
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            )
            self.times.append((line, time.perf_counter() - start))
            self.said += done.stdout
            if done.returncode == 1:  # an error that is ours, never the reader's
                raise SystemExit(f"{line}\n{done.stdout}")

    def _text(self, block: str) -> None:
        """Look for each line of a block in what was said, in order; an ellipsis stands for anything."""
        parts = [
            re.escape(_plain(part)) for line in block.splitlines() for part in line.split("…") if part.strip()
        ]
        if not re.search(".*?".join(parts), _plain(self.said), re.S):
            raise SystemExit(f"The page shows\n{block}\nbut this was said:\n{self.said}")

    def _walk(self, text: str) -> None:
        verb, _, rest = text.partition(" ")
        if verb == "put":
            study = next(path.parent for path in self.folder.rglob("study.toml"))
            self.table = study / rest
            self._change("make")
        elif verb == "replace":
            self.old = rest.removeprefix("in study.toml: ")
        else:
            self._change(verb)

    def _change(self, how: str) -> None:
        python = self.commands / "python"
        subprocess.run([python, TABLE, how, self.language, self.table], check=True)

    def _toml(self, block: str) -> None:
        path = next(self.folder.rglob("study.toml"))
        text = path.read_text(encoding="utf-8")
        if text.count(self.old) != 1:
            raise SystemExit(f"study.toml has this {text.count(self.old)} times: {self.old}")
        path.write_text(text.replace(self.old, block.strip()), encoding="utf-8")


def _plain(text: str) -> str:
    return " ".join(text.split())


def main() -> None:
    """Install once, then follow the page in each language."""
    with tempfile.TemporaryDirectory() as work:
        start = time.perf_counter()
        commands = install(Path(work) / "environment")
        print(f"install: {time.perf_counter() - start:.0f} s")
        for language, page in PAGES.items():
            folder = Path(work) / FOLDERS[language]
            folder.mkdir()
            walk = Walk(language, commands, folder)
            walk.follow(page.read_text(encoding="utf-8"))
            for line, seconds in walk.times:
                print(f"{seconds:6.1f} s  {line}")
            print(f"{page.relative_to(ROOT)}: {sum(seconds for _, seconds in walk.times):.0f} s")


if __name__ == "__main__":
    sys.exit(main())
