"""Reading a study file: every problem at once, each with its place, its line and its remedy."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import re
import tomllib
from pathlib import Path
from typing import Any, get_args

from impactkit.errors import Problem, StudyError
from impactkit.files.coherence import coherence_findings
from impactkit.files.locate import key_lines
from impactkit.files.masks import read_masks, with_masks
from impactkit.files.model import Study
from impactkit.files.model.words import Profile
from impactkit.files.reading.locked import not_opened
from impactkit.files.shape import checked, draft_of, whole_draft, with_default_waves
from impactkit.text import Message

STUDY_FILE = "study.toml"
# The secrecy profile of one command, whatever the study names: the processes that make reports read it too.
PROFILE_VARIABLE = "IMPACTKIT_PROFILE"

# Values that TOML refuses and that can be read past: dates off the calendar or in French order, and
# decimal commas.
_DATE = re.compile(r"(?<==)\s*(\d{4}-\d{1,2}-\d{1,2}|\d{1,2}/\d{1,2}/\d{2,4})(?=\s*(?:[,}\]#]|$))")
_DECIMAL_COMMA = re.compile(r"(?<==)(\s*-?\d+),(\d+)(?=\s*(?:[}#]|$))")
_ANY_DATE = "2020-01-01"
# What tomllib says (in English) and the cause in the catalogue.
_CAUSES = (
    ("Expected '=' after a key", "equals"),
    ("Invalid value", "value"),
    ("Invalid statement", "statement"),
    ("Cannot overwrite", "twice"),
    ("Cannot declare", "twice"),
    ("Cannot define", "twice"),
    ("Cannot mutate", "twice"),
    ("Duplicate inline table key", "twice"),
    ("Unterminated string", "quote"),
    ("Illegal character", "quote"),
    ('Expected "\'"', "quote"),
    ("Expected '\"'", "quote"),
    ("Unescaped '\\\\'", "backslash"),
    ("Invalid hex value", "backslash"),
    ("Unclosed", "bracket"),
    ("Expected newline", "extra"),
)


def read_study(path: str | Path) -> Study:
    """Read a study file and check everything in it that can be checked without reading the data.

    Parameters
    ----------
    path : str or Path
        A ``study.toml``, or the folder that holds it.

    Returns
    -------
    Study

    Raises
    ------
    StudyError
        With every problem found, each with its line and what to do.

    Examples
    --------
    >>> import impactkit as ik
    >>> study = ik.read_study(ik.sample("nsw"))
    >>> study.kind
    'cls'
    """
    path = Path(path)
    if path.is_dir():
        path = path / STUDY_FILE
    data, text = _read(path)
    document, text, problems = _parse(text, path.name)
    if document is None:
        raise StudyError(problems)
    document = with_default_waves(document)
    study, found = checked(document)
    draft = draft_of(document, found) if study is None else whole_draft(study)
    found += coherence_findings(draft, path.parent, today=dt.date.today())
    if found:
        lines = key_lines(text)
        problems += [finding.problem(path.name, lines) for finding in found]
    if problems or study is None:
        raise StudyError(sorted(problems, key=lambda problem: problem.line or 0))
    study = study.model_copy(update=_profile_of_the_command())
    study._path = path.resolve()
    study._sha256 = hashlib.sha256(data).hexdigest()
    masks = read_masks(study.folder)
    return with_masks(study, masks) if masks else study


def _profile_of_the_command() -> dict[str, str]:
    """Return the secrecy profile that this command asks for, where it asks for one."""
    name = os.environ.get(PROFILE_VARIABLE)
    if not name:
        return {}
    if name not in get_args(Profile):
        raise ValueError(f"{PROFILE_VARIABLE}={name!r}: expected one of {', '.join(get_args(Profile))}")
    return {"secrecy": name}


def _read(path: Path) -> tuple[bytes, str]:
    try:
        data = path.read_bytes()
        return data, data.decode("utf-8-sig").replace("\r\n", "\n")
    except PermissionError as error:
        raise StudyError([not_opened(error, path.name)]) from None
    except OSError:
        raise StudyError([Problem(code="E-ETU-01", file=str(path))]) from None
    except UnicodeDecodeError:
        raise StudyError([Problem(code="E-ETU-48", file=path.name)]) from None


def _parse(text: str, file: str) -> tuple[dict[str, Any] | None, str, list[Problem]]:
    """Parse TOML; slips that can be read past are noted and mended, so that the rest is checked too."""
    problems: list[Problem] = []
    while True:
        try:
            return tomllib.loads(text), text, problems
        except tomllib.TOMLDecodeError as error:
            line = _line_of(error, text)
            mended, code = _mend(text, line)
            if mended is None:
                cause = Message(f"problem.toml.{_cause(error)}")
                problems.append(Problem(code="E-ETU-02", params={"cause": cause}, file=file, line=line))
                return None, text, problems
            problems.append(Problem(code=code, file=file, line=line))
            text = mended


def _line_of(error: tomllib.TOMLDecodeError, text: str) -> int:
    match = re.search(r"\(at line (\d+)", str(error))
    return int(match.group(1)) if match else len(text.rstrip().split("\n"))


def _mend(text: str, line: int) -> tuple[str | None, str]:
    lines = text.split("\n")
    slip = lines[line - 1]
    mended, code = _DATE.sub(_possible_date, slip), "E-ETU-32"
    if mended == slip:
        mended, code = _DECIMAL_COMMA.sub(r"\1.\2", slip), "E-ETU-49"
    if mended == slip:
        return None, ""
    return "\n".join([*lines[: line - 1], mended, *lines[line:]]), code


def _possible_date(match: re.Match[str]) -> str:
    """Return a date of the calendar as it is, any other as one that lets reading go on."""
    try:
        dt.date.fromisoformat(match.group(1))
    except ValueError:
        return f" {_ANY_DATE}"
    return match.group(0)


def _cause(error: tomllib.TOMLDecodeError) -> str:
    message = str(error)
    return next((cause for beginning, cause in _CAUSES if message.startswith(beginning)), "other")
