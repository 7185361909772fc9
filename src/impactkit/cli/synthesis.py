"""``impactkit synthesis``: what the measures of folders of results show together."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import get_args

from impactkit.cli.console import say, say_json
from impactkit.cli.failures import CommandError
from impactkit.synthesis import FORMATS, By, gather, synthesise, write_synthesis
from impactkit.synthesis.page_pooled import headline
from impactkit.synthesis.say import Say
from impactkit.synthesis.write import NAME, Format
from impactkit.text import Message, current_language


def make_synthesis(outs: Sequence[Path], *, by: str, formats: str, out: Path, as_json: bool) -> None:
    """Write the synthesis of folders of results, and tell its main lines.

    Raises
    ------
    CommandError
        When a grouping or a format is unknown, or the synthesis would be written among the results.
    ReportError
        When a folder holds no measure.
    """
    grouping = _known_grouping(by)
    chosen, folder, name = _known_formats(formats, out)
    if any(folder.resolve() == results.resolve() for results in outs):
        raise CommandError(Message("synthesis.cli.same_folder", {"folder": str(folder)}))
    language = current_language()
    found = synthesise(gather(outs), by=grouping)
    written = write_synthesis(found, out=folder, formats=chosen, language=language, name=name)
    if as_json:
        counts = {"measures": len(found.measures), "pooled": found.n_pooled, "refused": len(found.refused)}
        say_json(counts | {"files": [str(path) for path in written]})
        return
    say(Message("synthesis.cli.done", {"n": len(found.measures)}))
    words = Say(found, language)
    for item in found.together:
        if item.conclusion is not None:
            say(f"    {headline(item, words)}")
    for path in written[: len(chosen) + 2]:
        say(f"    {path}")


def _known_grouping(by: str) -> By:
    for name in get_args(By):
        if by == name:
            return name  # type: ignore[no-any-return]
    raise CommandError(Message("synthesis.cli.by_unknown", {"by": by, "known": ", ".join(get_args(By))}))


def _known_formats(formats: str, out: Path) -> tuple[tuple[Format, ...], Path, str]:
    """Return the formats, the folder and the name of the files: a file asked for says all three."""
    for name in FORMATS:
        if out.suffix.casefold() == f".{name}":
            return (name,), out.parent, out.stem
    asked = [part.strip() for part in formats.split(",") if part.strip()]
    for part in asked:
        if part not in FORMATS:
            params = {"format": part, "known": ", ".join(FORMATS)}
            raise CommandError(Message("synthesis.error.format", params))
    return tuple(name for name in FORMATS if name in asked), out, NAME
