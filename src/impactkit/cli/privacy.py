"""``impactkit privacy``: the record of processing and the impact assessment, begun from the study."""

from __future__ import annotations

from pathlib import Path

from impactkit.cli.console import say
from impactkit.cli.failures import CommandError
from impactkit.cli.studies import one_study
from impactkit.files import read_study
from impactkit.protection import write_privacy
from impactkit.text import Message
from impactkit.text.language import as_language


def make_privacy(argument: str, *, out: Path, lang: str | None) -> None:
    """Write both documents in a folder that has none of them, and say what is left to do.

    Raises
    ------
    CommandError
        When the folder holds anything: what someone has filled in is never overwritten.
    """
    study = read_study(one_study(argument))
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise CommandError(Message("cli.new.not_empty", {"folder": str(out)}))
    for path in write_privacy(study, out, language=as_language(lang or study.language)):
        say(str(path))
    say(Message("protection.made"))
