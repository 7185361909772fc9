"""What someone decides of a table's columns, and the part of a study file that it makes: no widget here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from impactkit.files.fragment import fragment
from impactkit.files.model import ROLES, Study
from impactkit.files.proposal import ProposedColumn, no_answers, propose
from impactkit.files.reading.convert import Kind
from impactkit.files.reading.raw import RawTable, read_raw

LEFT_OUT = ""
VARIABLE = "variable"
KINDS: tuple[Kind, ...] = ("number", "boolean", "category", "date", "text")


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What a column is decided to be.

    Attributes
    ----------
    use : str
        ``"variable"``, a role (``"unit"``, ``"arm"``…), or ``""`` when the column is left out.
    name, kind, wave
        Of a variable: its short name, its type, the months of its wave (``None`` when it has none).
    """

    use: str
    name: str = ""
    kind: Kind = "text"
    wave: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Described:
    """A table read, with what its columns seem to be; made by `describe`."""

    path: Path
    raw: RawTable
    columns: tuple[ProposedColumn, ...]
    study: Study | None

    def chosen(self) -> dict[str, Chosen]:
        """Return the proposal as choices, by header: what someone starts from."""
        return {column.header: _proposed(column) for column in self.columns}

    def part(self, choices: Mapping[str, Chosen]) -> str:
        """Return the part of a study file that these choices make, by header.

        Raises
        ------
        ValueError
            When a choice names a use that no column has.
        """
        columns = [_decided(column, choices[column.header]) for column in self.columns]
        missing = no_answers(self.raw, columns)
        lines = fragment(columns, path=self.path, sheet=self.raw.sheet, missing=missing, study=self.study)
        return "\n".join(lines) + "\n"


def describe(path: Path, *, study: Study | None = None, sheet: str | None = None) -> Described:
    """Read a table and say what its columns seem to be; no person's value is kept in what is shown."""
    raw = read_raw(path, sheet=sheet)
    return Described(path=path, raw=raw, columns=tuple(propose(raw, study=study)), study=study)


def uses() -> Sequence[str]:
    """Return what a column may be: left out, a variable, or a role."""
    return (LEFT_OUT, VARIABLE, *ROLES)


def _proposed(column: ProposedColumn) -> Chosen:
    if column.use == "role":
        return Chosen(use=column.name)
    if column.use == VARIABLE:
        return Chosen(use=VARIABLE, name=column.name, kind=column.kind, wave=column.wave)
    return Chosen(use=LEFT_OUT)


def _decided(column: ProposedColumn, choice: Chosen) -> ProposedColumn:
    """Return a column as it is decided; what was found of its categories stays where it still holds."""
    if choice.use not in uses():
        raise ValueError(f"unknown use {choice.use!r}: expected one of {', '.join(map(repr, uses()))}")
    if choice.use == LEFT_OUT:
        return replace(column, use="text", name="")
    if choice.use != VARIABLE:
        arms = column.arms if choice.use == "arm" else ()
        return replace(column, use="role", name=choice.use, wave=None, arms=arms)
    categories = column.categories if choice.kind == "category" else ()
    label = column.label or column.header
    return replace(
        column,
        use=VARIABLE,
        name=choice.name,
        kind=choice.kind,
        wave=choice.wave,
        label=label,
        categories=categories,
    )
