"""What a form asks: a versioned data file that a user may rewrite, read with its problems told."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from impactkit.errors import Problem, StudyError
from impactkit.evidence.record import Words
from impactkit.files.finding import hint, listed
from impactkit.files.locate import place_of
from impactkit.text import Message

Source = Literal["instruction", "inferred"]
# What a section can be filled with, and whether that is said of an action or of the whole study.
OfAction = Literal[
    "identification",
    "need",
    "intended_effect",
    "logic",
    "publics",
    "method",
    "results",
    "attribution",
    "limits",
    "stories",
    "follow_on",
    "means",
]
OfStudy = Literal[
    "pact", "summary", "actions", "pact_publics", "rurality", "period", "pact_method", "pact_stories",
    "pact_follow_on", "respondents", "items",
]  # fmt: skip
Content = OfAction | OfStudy
NAMES = ("form_cls", "form_pacte_effects", "form_pacte_changes")

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ItemDefinition(_Part):
    """A change on which each respondent is asked a view."""

    key: str = Field(pattern=r"^[a-z0-9_]+$", description="Nom court, stable d'une version à l'autre.")
    label: Words = Field(description="Ce sur quoi chaque répondant se prononce.")


class SectionDefinition(_Part):
    """A section to fill: what is asked, who asks for it, and how long it may be."""

    key: str = Field(
        pattern=r"^[a-z0-9_]+$", description="Nom court de la rubrique, unique dans le formulaire."
    )
    label: Words = Field(description="Intitulé de la rubrique.")
    help: Words = Field(description="Ce qu'il faut y écrire.")
    order: int = Field(description="Rang de la rubrique.")
    source: Source = Field(description="instruction (demandée par l'instruction) ou inferred (déduite).")
    required: bool = Field(default=True, description="Si la rubrique doit être remplie.")
    max_length: int = Field(gt=0, description="Longueur permise, en caractères, espaces compris.")
    per: Literal["action", "study"] = Field(
        default="action", description="action : une fois par action ; study : une fois pour toute l'étude."
    )
    content: tuple[Content, ...] | None = Field(
        default=None,
        description="Ce qui remplit la rubrique ; par défaut ce que dit sa clé ; vide, à remplir à la main.",
    )
    items: tuple[ItemDefinition, ...] = Field(
        default=(), description="Évolutions sur lesquelles le questionnaire interroge."
    )

    @property
    def contents(self) -> tuple[str, ...]:
        """What fills it, in order."""
        return (self.key,) if self.content is None else self.content


class FormDefinition(_Part):
    """A form as its data file describes it."""

    name: Literal["form_cls", "form_pacte_effects", "form_pacte_changes"] = Field(
        description="Formulaire décrit, dont il garde le nom de fichier."
    )
    version: str = Field(description="Version de cette description.")
    kind: Literal["cls", "pacte"] = Field(description="cls ou pacte.")
    title: Words = Field(description="Titre du formulaire.")
    sections: tuple[SectionDefinition, ...] = Field(min_length=1, description="Rubriques.")

    @property
    def ordered(self) -> tuple[SectionDefinition, ...]:
        """The sections in their order."""
        return tuple(sorted(self.sections, key=lambda section: section.order))

    @property
    def items(self) -> tuple[tuple[SectionDefinition, ItemDefinition], ...]:
        """Every item that respondents are asked about, with its section, in order."""
        return tuple((section, item) for section in self.ordered for item in section.items)

    @property
    def of_study(self) -> tuple[SectionDefinition, ...]:
        """The sections filled once."""
        return tuple(section for section in self.ordered if section.per == "study")

    @property
    def of_action(self) -> tuple[SectionDefinition, ...]:
        """The sections filled for each action."""
        return tuple(section for section in self.ordered if section.per == "action")


def form_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a form's description, so that editors check it.

    Examples
    --------
    >>> form_schema()["title"]
    "Description d'un formulaire"
    """
    return {"$schema": _DIALECT, **FormDefinition.model_json_schema(), "title": "Description d'un formulaire"}


@cache
def definition(name: str) -> FormDefinition:
    """Read a shipped description, for example ``"form_cls"``."""
    return FormDefinition.model_validate(tomllib.loads(shipped_text(name)))


def shipped_text(name: str) -> str:
    """Return the text of a shipped description, to be copied and edited."""
    file = resources.files("impactkit.forms") / "definitions" / f"{name}.toml"
    return file.read_text(encoding="utf-8")


def read_definition(path: str | Path) -> FormDefinition:
    """Read a user's own version of a form.

    Parameters
    ----------
    path : str or Path
        A TOML file with the keys of the shipped ones.

    Raises
    ------
    StudyError
        With every problem, each with the key concerned and what to do.
    """
    path = Path(path)
    try:
        document = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except OSError:
        raise StudyError([Problem(code="E-FOR-01", file=path.name)]) from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        line = getattr(error, "lineno", None)
        raise StudyError([Problem(code="E-FOR-02", file=path.name, line=line)]) from None
    try:
        form = FormDefinition.model_validate(document)
    except ValidationError as error:
        found = [_problem(item, path.name) for item in error.errors(include_url=False)]
        raise StudyError(found) from None
    problems = list(_incoherent(form, path.name))
    if problems:
        raise StudyError(problems)
    return form


def _problem(item: ErrorDetails, file: str) -> Problem:
    place = place_of(item["loc"])
    key = str(item["loc"][-1]) if item["loc"] else ""
    if item["type"] == "missing":
        return Problem(code="E-FOR-03", file=file, place=place, params={"key": key})
    if item["type"] == "extra_forbidden":
        known = [*SectionDefinition.model_fields, *FormDefinition.model_fields]
        return Problem(code="E-FOR-04", file=file, place=place, params={"key": key, "hint": hint(key, known)})
    return Problem(code="E-FOR-05", file=file, place=place, params={"expected": _expected(item, key)})


def _expected(item: ErrorDetails, key: str) -> str | Message:
    if item["type"] == "literal_error":
        if "content" in item["loc"]:
            return listed([*get_args(OfAction), *get_args(OfStudy)])
        return str(item["ctx"]["expected"]).replace("'", "").replace(" or ", ", ")
    names = {"string_pattern_mismatch": "slug", "greater_than": "positive", "int_parsing": "whole"}
    names |= {"int_type": "whole", "bool_type": "boolean", "bool_parsing": "boolean", "tuple_type": "list"}
    if item["type"] in names:
        return Message(f"form.expected.{names[item['type']]}")
    return Message("form.expected.words" if key in ("label", "help", "title") else "form.expected.other")


def _incoherent(form: FormDefinition, file: str) -> Iterator[Problem]:
    """Yield what the parts of a description say against each other."""
    keys: set[str] = set()
    of: Mapping[str, tuple[str, ...]] = {"action": get_args(OfAction), "study": get_args(OfStudy)}
    for i, section in enumerate(form.sections):
        place = f"sections[{i}]"
        if section.key in keys:
            yield Problem(code="E-FOR-06", file=file, place=f"{place}.key", params={"key": section.key})
        keys.add(section.key)
        unknown = [name for name in section.contents if name not in of[section.per]]
        if unknown:
            params = {"name": unknown[0], "allowed": listed(of[section.per])}
            yield Problem(code="E-FOR-07", file=file, place=f"{place}.content", params=params)
        for j, item in enumerate(section.items):
            if item.key in keys:
                where = f"{place}.items[{j}].key"
                yield Problem(code="E-FOR-06", file=file, place=where, params={"key": item.key})
            keys.add(item.key)
