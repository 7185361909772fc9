"""``impactkit schema``."""

from __future__ import annotations

from impactkit.cli.console import say_json
from impactkit.files import study_schema


def show_schema() -> None:
    """Write the JSON Schema of ``study.toml``, with which editors complete and check the file."""
    say_json(study_schema())
