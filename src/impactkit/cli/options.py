"""How arguments and options are declared: with catalogue keys, that `translate` turns into words."""

from __future__ import annotations

from typing import Annotated, Any

import typer


def argument(help_key: str, metavar: str) -> Any:
    """Declare an argument."""
    return typer.Argument(help=help_key, metavar=metavar, show_default=False)


def option(name: str, help_key: str, metavar: str | None = None) -> Any:
    """Declare an option."""
    return typer.Option(name, help=help_key, metavar=metavar, show_default=False)


Json = Annotated[bool, option("--json", "cli.option.json")]
