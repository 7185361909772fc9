"""Two small files of made people, written as such files are."""

from __future__ import annotations

import pandas as pd

_ENTRY = (
    ("N'Diaye", "Léa", "03/04/1985"),
    ("Le Goff", "Yann", "21/12/1990"),
    ("Martin-Durand", "Anne-Sophie", "07/06/1979"),
    ("Bernard", "Karim", "15/02/1988"),
    ("Perrin", "Chloé", "30/09/1995"),
    ("Roux", "Marie", "11/11/1971"),
    ("Fontaine", "Lucas", "02/05/1993"),
    ("Lefèvre", "Sonia", "19/08/1982"),
)
_SIX_MONTHS = (
    ("LEGOFF", "YANN", "21/12/1990"),
    ("NDIAYE", "LEA", "04/03/1985"),
    ("MARTIN", "Anne", "07/06/1979"),
    ("Bernard", "Karim", "15/02/1988"),
    ("PERIN", "Chloe", "30/09/1995"),
    ("Roux", "Marie", "11/11/1971"),
    ("ROUX", "Marie", "11/11/1971"),
    ("Lefèvre", "Sonia", "19/08/1982"),
    ("Girard", "Paul", "25/01/1990"),
)
_COLUMNS = ("nom", "prenom", "ne_le")


def two_files() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return people at entry and six months after, without a common identifier: made people.

    Returns
    -------
    (DataFrame, DataFrame)
        Columns ``nom``, ``prenom``, ``ne_le``: last name, first name, day of birth.
    """
    left = pd.DataFrame(list(_ENTRY), columns=list(_COLUMNS))
    right = pd.DataFrame(list(_SIX_MONTHS), columns=list(_COLUMNS))
    return left, right
