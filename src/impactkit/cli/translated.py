"""Typer in the reader's language: its own words come from the catalogue too.

Commands and options carry catalogue keys where Typer expects help texts; `translate` puts the texts in
their place once the language is known.
"""

from __future__ import annotations

from typing import Any

from typer import rich_utils
from typer.core import TyperCommand, TyperGroup

from impactkit.cli.failures import CommandError
from impactkit.text import Message, has_key

# Typer shows these names around its own texts; they are read when a page of help is drawn.
_WORDS = {
    "ARGUMENTS_PANEL_TITLE": "arguments",
    "OPTIONS_PANEL_TITLE": "options",
    "COMMANDS_PANEL_TITLE": "commands",
    "ERRORS_PANEL_TITLE": "error",
    "DEFAULT_STRING": "default",
    "REQUIRED_LONG_STRING": "required",
}


class Command(TyperCommand):
    """A command whose usage line is in the reader's language."""

    def format_usage(self, ctx: Any, formatter: Any) -> None:
        """Write the usage line."""
        _write_usage(self, ctx, formatter)

    def get_help_option(self, ctx: Any) -> Any:
        """Return the ``--help`` option."""
        return _in_words(super().get_help_option(ctx))


# From a first look to a conclusion, as people meet them; others follow as they were declared.
_ORDER = (
    *("demo", "new", "map", "check", "choose", "advise", "run", "status"),
    *("form", "synthesis", "midterm", "release", "audit", "privacy", "cohort", "teach", "lab", "schema"),
)


class Group(TyperGroup):
    """The group of commands, in the reader's language."""

    def list_commands(self, ctx: Any) -> list[str]:
        """List the commands in the order in which people meet them."""
        names = super().list_commands(ctx)
        if ctx.parent is not None:
            return names  # those of `impactkit cohort`
        return sorted(names, key=lambda name: _ORDER.index(name) if name in _ORDER else len(_ORDER))

    def format_usage(self, ctx: Any, formatter: Any) -> None:
        """Write the usage line."""
        _write_usage(self, ctx, formatter)

    def get_help_option(self, ctx: Any) -> Any:
        """Return the ``--help`` option."""
        return _in_words(super().get_help_option(ctx))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find the command typed, or say which ones exist."""
        if args and args[0] not in self.commands:
            known = ", ".join(self.list_commands(ctx))
            raise CommandError(Message("cli.usage.no_such_command", {"name": args[0], "known": known}))
        return super().resolve_command(ctx, args)


def translate(group: Any) -> None:
    """Put texts in place of catalogue keys, in a group, its commands and their options."""
    for constant, name in _WORDS.items():
        setattr(rich_utils, constant, str(Message(f"cli.word.{name}", {"value": "{}"})))
    for command in [group, *group.commands.values()]:
        command.help, command.epilog = _text(command.help), _text(command.epilog)
        command.short_help = _text(command.short_help)
        command.options_metavar = str(Message("cli.word.options_metavar"))
        if command is not group and hasattr(command, "commands"):
            translate(command)
            continue
        for param in command.params:
            param.help, param.metavar = _text(param.help), _text(param.metavar)
            if param.param_type_name == "argument" or param.is_flag:
                # The column of types would say <list[str]> or <bool>.
                param.display_type_rich = _nothing
    group.subcommand_metavar = str(Message("cli.word.command_metavar"))


def usage_problem(error: Any) -> CommandError:
    """Say in the reader's language what Typer found wrong in the command typed.

    Parameters
    ----------
    error : UsageError
        Typer's; its kinds are told apart by name, because their module has moved between versions.
    """
    kind = type(error).__name__
    param = getattr(error, "param", None)
    if kind in ("MissingParameter", "BadParameter") and param is not None:
        is_option = param.param_type_name == "option"
        names = {"name": param.opts[0] if is_option else param.metavar, "expected": param.metavar}
        return CommandError(Message(f"cli.usage.{kind}", names))
    if kind in ("NoSuchOption", "BadOptionUsage"):
        return CommandError(Message(f"cli.usage.{kind}", {"name": str(error.option_name)}))
    return CommandError(Message("cli.usage.other"))


def _text(help_key: str | None) -> str | None:
    return str(Message(help_key)) if help_key and has_key(help_key) else help_key


def _nothing(ctx: Any) -> None:
    """Show no type."""


def _in_words(help_option: Any) -> Any:
    if help_option is not None:
        help_option.help = str(Message("cli.word.help"))
        help_option.display_type_rich = _nothing
    return help_option


def _write_usage(command: Any, ctx: Any, formatter: Any) -> None:
    pieces = " ".join(command.collect_usage_pieces(ctx))
    formatter.write_usage(ctx.command_path, pieces, prefix=str(Message("cli.word.usage")))
