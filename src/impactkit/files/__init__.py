"""What the user's files say: the study, its tables, and what impactkit ships."""

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
