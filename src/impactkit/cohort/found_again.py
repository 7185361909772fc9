"""How the people of later files were found among those of the first ones: by an identifier, or recognised."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from impactkit.cohort.rows import PERIOD, UNIT
from impactkit.disclosure.discreet import discreet

# What the record writes of a row whose person somebody decided.
_DECIDED = "review"
By = Literal["identifier", "identity"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FoundAgain:
    """The people of the files that hold no first wave, and how each was found in those that do.

    Attributes
    ----------
    by : str
        ``"identifier"`` when the files share one, so that nobody had to be recognised; ``"identity"`` when
        the record recognised people by fingerprints, likeness of names or decisions.
    people : tuple
        Identifiers of the cohort.
    status : (n,) array of str
        ``"auto"``, ``"review"`` (somebody decided) or ``"none"`` (not found among the first files: somebody
        missed, or somebody new).
    """

    by: By
    people: tuple[object, ...] = field(repr=False)
    status: npt.NDArray[np.object_] = field(repr=False)

    @property
    def links(self) -> pd.DataFrame:
        """The links in the form of `impactkit.link`: ``left`` (positions in ``people``) and ``status``."""
        found = np.flatnonzero(self.status != "none")
        return discreet(pd.DataFrame({"left": found, "status": self.status[found]}))


def found_again(
    rows: pd.DataFrame, *, files: npt.NDArray[np.intp], methods: Sequence[pd.Series], by: By
) -> FoundAgain | None:
    """Tell how the people of later files were found; ``None`` when no file holds later waves only.

    Parameters
    ----------
    rows : DataFrame
        One per person, time and file: `UNIT` and `PERIOD`.
    files : (N,) array of int
        The file of each row.
    methods : sequence of Series
        Of each file of a record, by person, how its rows were recognised.
    by : str
        Whether the files say who people are, or share an identifier.
    """
    period = rows[PERIOD].to_numpy(dtype=float)
    first = period == np.nanmin(period)
    later = ~np.isin(files, np.unique(files[first]))
    if not later.any():
        return None
    people = pd.Index(rows[UNIT].array[later]).unique()
    known = people.isin(pd.Index(rows[UNIT].array[first]))
    decided = {person for one in methods for person in one.index[one == _DECIDED]}
    status = np.where(people.isin(decided), "review", "auto").astype(object)
    return FoundAgain(
        by=by,
        people=tuple(people),
        status=np.where(known, status, "none"),
    )
