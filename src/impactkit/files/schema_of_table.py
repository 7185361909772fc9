"""The columns of a file as a Table Schema, so that other tools check it as impactkit reads it.

A Table Schema compares texts sign by sign where impactkit compares words: each spelling of a word that the
study knows (yes, no, a category, "no answer") is listed as the file has it. No other text of the file is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from impactkit.files.columns import reading_of
from impactkit.files.fold import clean, fold
from impactkit.files.model import ROLES, Study
from impactkit.files.reading.convert import Reading, convert_words, distinct
from impactkit.files.reading.raw import RawTable, read_raw

_STANDARD = "https://datapackage.org/profiles/2.0/tableschema.json"
_GROUPED = re.compile(r"\d([ \u00a0\u202f])\d{3}")
_BARE = re.compile(r"[\d\s.,+\-\u2212]+")
_DATES = (
    ("%d/%m/%Y", re.compile(r"\d{2}/\d{2}/\d{4}")),
    ("default", re.compile(r"\d{4}-\d{2}-\d{2}")),
    ("%d-%m-%Y", re.compile(r"\d{2}-\d{2}-\d{4}")),
)
_MONTH = re.compile(r"\d{4}-\d{2}")


def table_schema(study: Study, *, file: str) -> dict[str, Any]:
    """Return the Table Schema (frictionless, version 2) of a study's file.

    Every column of the file has its field, in the file's order; those that the study does not use are texts.
    What a Table Schema cannot say (numbers that words stand for, months in words) is left as text.

    Parameters
    ----------
    study : Study
    file : str
        Identifier of the file in the study.

    Returns
    -------
    dict
        Ready for JSON, and for `read_table` as its dictionary.

    Raises
    ------
    ValueError
        When the study has no such file.
    DataError
        When the file cannot be read.

    Examples
    --------
    >>> import impactkit as ik
    >>> schema = ik.table_schema(ik.read_study(ik.sample("nsw")), file="experience")
    >>> schema["fields"][0]["type"]
    'string'
    """
    known = [table.id for table in study.files]
    if file not in known:
        raise ValueError(f"study {study.id!r} has no file {file!r}: expected one of {', '.join(known)}")
    table = study.file(file)
    used: dict[str, tuple[str, Reading]] = {}
    for name, columns in table.columns.items():
        for column in columns:
            title = "" if name in ROLES else study.variables[name].label.fr
            used.setdefault(column.column, (title, reading_of(name, column, file=table, study=study)))
    raw = read_raw(
        study.folder / table.path, headers=list(used), others=True, sheet=table.sheet, name=table.path
    )
    return schema_of(raw, used)


def schema_of(raw: RawTable, readings: Mapping[str, tuple[str, Reading]]) -> dict[str, Any]:
    """Return the Table Schema of a table of texts.

    Parameters
    ----------
    raw : RawTable
    readings : mapping of str to (str, Reading)
        Title and reading of each column that is not plain text; no title is ``""``.
    """
    fields = []
    for header, spelling in raw.spellings.items():
        field: dict[str, Any] = {"name": spelling}
        if header in readings:
            title, reading = readings[header]
            field |= {"title": title} if title else {}
            field |= _typed([str(text) for text in raw.frame[header].unique()], reading)
        else:
            field["type"] = "string"
        fields.append(field)
    return {"$schema": _STANDARD, "fields": fields}


def _typed(texts: Sequence[str], reading: Reading) -> dict[str, Any]:
    """Return the type of a field and what goes with it, from its distinct texts."""
    silent = {"", *(fold(token) for token in reading.missing)}
    missing = [text for text in texts if fold(text) in silent]
    filled = [text for text in texts if fold(text) not in silent]
    said = {
        "number": _number,
        "boolean": _boolean,
        "category": _category,
        "date": _date,
        "month": _month,
    }.get(reading.kind, _text)(filled, reading)
    listed = list(dict.fromkeys(["", *reading.missing, *missing]))
    return said if listed == [""] else {**said, "missingValues": listed}


def _text(texts: Sequence[str], reading: Reading) -> dict[str, Any]:
    return {"type": "string"}


def _number(texts: Sequence[str], reading: Reading) -> dict[str, Any]:
    if reading.labels:
        return {"type": "string"}
    said: dict[str, Any] = {"type": "number"}
    if any("," in text for text in texts) and not any("." in text for text in texts):
        said["decimalChar"] = ","
    groups = {found.group(1) for text in texts if (found := _GROUPED.search(text))}
    if len(groups) == 1:
        said["groupChar"] = groups.pop()
    if not all(_BARE.fullmatch(text) for text in texts):
        said["bareNumber"] = False
    return said


def _boolean(texts: Sequence[str], reading: Reading) -> dict[str, Any]:
    meanings = _meanings(texts, reading)
    listed = {
        "trueValues": [text for text, meaning in meanings.items() if meaning == 1],
        "falseValues": [text for text, meaning in meanings.items() if meaning == 0],
    }
    # The standard permits no empty list.
    return {"type": "boolean", **{key: texts for key, texts in listed.items() if texts}}


def _category(texts: Sequence[str], reading: Reading) -> dict[str, Any]:
    permitted = reading.categories or tuple(str(value) for value in reading.labels.values())
    if not permitted:
        return {"type": "string"}
    # Where texts have labels, the study's own names are not how the file writes them.
    meanings = _meanings([*(() if reading.labels else permitted), *texts], reading)
    ordered = sorted(meanings, key=lambda text: permitted.index(meanings[text]))
    return {
        "type": "string",
        "categories": [{"value": text, "label": meanings[text]} for text in ordered],
    }


def _meanings(texts: Sequence[str], reading: Reading) -> dict[str, Any]:
    """Return what each text means, those of the labels first; texts without a meaning are left out."""
    every = list(dict.fromkeys([*reading.labels, *texts]))
    converted = convert_words(
        distinct(pd.Series(every, dtype="str")), reading, rows=np.arange(len(every)), column="", file=""
    )
    pairs = zip(every, converted.array, strict=True)
    return {text: meaning for text, meaning in pairs if not pd.isna(meaning)}


def _date(texts: Sequence[str], reading: Reading) -> dict[str, Any]:
    for form, pattern in _DATES:
        if all(pattern.fullmatch(clean(text)) for text in texts):
            return {"type": "date", "format": form}
    return {"type": "date", "format": "any"}


def _month(texts: Sequence[str], reading: Reading) -> dict[str, Any]:
    written = all(_MONTH.fullmatch(clean(text)) for text in texts)
    return {"type": "yearmonth" if written else "string"}
