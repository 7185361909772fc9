"""How each column of a study's file is read: by the role it has, or as the variable it measures says."""

from __future__ import annotations

from typing import get_args

from impactkit.files.model import ROLES, Arm, Column, Study, TableFile
from impactkit.files.reading.convert import Kind, Reading

_ROLE_KINDS: dict[str, Kind] = {
    "unit": "identifier",
    "wave": "category",
    "month": "month",
    "arm": "category",
    "entry": "date",
    "exit": "date",
    "answered": "date",
    "birth": "date",
    "household": "text",
    "cluster": "text",
    "weight": "number",
}


def reading_of(name: str, column: Column, *, file: TableFile, study: Study) -> Reading:
    """Return how the texts of a column are read.

    Parameters
    ----------
    name : str
        The role or the variable that the column is.
    column : Column
    file : TableFile
        The file where it stands, whose words for "no answer" count.
    study : Study
    """
    labels = column.labels or {}
    if name in ROLES:
        categories = {"arm": get_args(Arm), "wave": tuple(wave.id for wave in study.waves)}.get(name)
        return Reading(kind=_ROLE_KINDS[name], labels=labels, categories=categories, missing=file.missing)
    variable = study.variables[name]
    return Reading(kind=variable.type, labels=labels, categories=variable.categories, missing=file.missing)
