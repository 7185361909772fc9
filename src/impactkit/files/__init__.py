"""What the user's files say: the study, its tables, and what impactkit ships.

Names load when first used: a study file is read without what reads tables.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from impactkit.loading import loads_on_use

if TYPE_CHECKING:
    from impactkit.files.model import Action, Study
    from impactkit.files.reading.typed import read_table
    from impactkit.files.resources import sample
    from impactkit.files.rsa import read_rsa
    from impactkit.files.schema import study_schema
    from impactkit.files.schema_of_table import table_schema
    from impactkit.files.study import read_study

__all__ = [
    "Action",
    "Study",
    "read_rsa",
    "read_study",
    "read_table",
    "sample",
    "study_schema",
    "table_schema",
]

__getattr__ = loads_on_use(
    __name__,
    {
        "Action": "model",
        "Study": "model",
        "read_rsa": "rsa",
        "read_study": "study",
        "read_table": "reading.typed",
        "sample": "resources",
        "study_schema": "schema",
        "table_schema": "schema_of_table",
    },
)
