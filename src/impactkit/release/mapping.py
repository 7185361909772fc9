"""The file that says where the tables of a workbook are, and what they count: for ``impactkit audit``."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from impactkit.errors import Problem, StudyError
from impactkit.files.finding import hint
from impactkit.files.locate import key_lines, line_of, place_of
from impactkit.text import Message

RANGE = re.compile(r"([A-Z]{1,3})([1-9]\d{0,5}):([A-Z]{1,3})([1-9]\d{0,5})")
_Text = Annotated[str, Field(min_length=1)]
# A list of TOML is a tuple here, although nothing else is converted.
_Texts = Annotated[tuple[str, ...], Field(strict=False)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class TableMapping(_Model):
    """A table of numbers of people: where it is, and what its headings are.

    Attributes
    ----------
    id : str
        What the table is called in what is said of it.
    file : str
        Name of the file, among those given.
    sheet : str or None
        Of a workbook; its only filled one by default.
    range : str or None
        Cells of the table with its headings, such as "A3:E9"; the whole sheet by default.
    rows, columns : str or None
        What the headings of rows, and of columns, tell apart (a commune, a sex). Tables that share a name are
        judged together. Without ``columns``, each column counts other people than the next.
    population : str
        Who is counted: tables of other people, or of another year, are not judged together.
    skip_rows, skip_columns : tuple of str
        Headings of what counts nobody: shares, means, notes.
    """

    id: _Text
    file: _Text
    sheet: str | None = None
    range: Annotated[str, Field(pattern=f"^{RANGE.pattern}$")] | None = None
    rows: _Text
    columns: str | None = None
    population: str = ""
    skip_rows: _Texts = ()
    skip_columns: _Texts = ()


class AuditMapping(_Model):
    """Tables to judge together.

    Attributes
    ----------
    format : int
        Version of this format: 1.
    masked : tuple of str
        How these tables write a masked cell, besides the usual ways.
    totals : tuple of str
        Headings of totals, besides the usual ones.
    rounded : int
        Counts are to the nearest multiple of it.
    tables : tuple of TableMapping
    groups : mapping
        By variable, a heading that stands for several others of it.
    """

    format: Literal[1]
    masked: _Texts = ()
    totals: _Texts = ()
    rounded: Annotated[int, Field(ge=1, le=100)] = 1
    tables: Annotated[tuple[TableMapping, ...], Field(min_length=1, strict=False)]
    groups: dict[str, dict[str, _Texts]] = Field(default_factory=dict)


def read_mapping(path: Path) -> AuditMapping:
    """Read a mapping.

    Raises
    ------
    StudyError
        With every problem (E-AUD-01, E-AUD-02), each with its line and what to do.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
        document = tomllib.loads(text)
    except OSError:
        raise StudyError([Problem(code="E-AUD-01", file=path.name)]) from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        line = getattr(error, "lineno", None)
        raise StudyError([Problem(code="E-AUD-01", file=path.name, line=line)]) from None
    try:
        return AuditMapping.model_validate(document)
    except ValidationError as error:
        lines = key_lines(text)
        found = []
        for item in error.errors(include_url=False):
            loc = tuple(
                part for part in item["loc"] if isinstance(part, int) or not part.startswith("function-")
            )
            found.append(
                Problem(
                    code=_code(item),
                    file=path.name,
                    line=line_of(loc, lines),
                    place=place_of(loc),
                    params={"hint": _hint(item)} if item["type"] == "extra_forbidden" else {},
                )
            )
        raise StudyError(found) from None


def _code(item: ErrorDetails) -> str:
    return {"missing": "E-AUD-02", "extra_forbidden": "E-AUD-03"}.get(item["type"], "E-AUD-04")


def _hint(item: ErrorDetails) -> str | Message:
    known = [*AuditMapping.model_fields, *TableMapping.model_fields]
    return hint(str(item["loc"][-1]), known)
