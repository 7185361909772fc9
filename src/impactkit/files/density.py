"""INSEE's grid of density: which communes are rural.

INSEE's definition: communes of the last level of the grid in 3 levels are rural; the grid in 7 levels parts
each of those levels and changes nothing to what is rural (levels 5, 6 and 7).

References
----------
INSEE, « La grille communale de densité », https://www.insee.fr/fr/information/6439600 (files up to 2024) and
https://www.insee.fr/fr/information/8571524 (2025): columns ``CODGEO`` and ``DENS``, with 7 levels until 2024,
with 3 in 2025, where ``DENS7`` holds the 7.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from impactkit.errors import DataError, Problem
from impactkit.files.fold import fold
from impactkit.files.model import GridFile
from impactkit.files.reading.parse_codes import code_of
from impactkit.files.reading.raw import RawTable, read_raw

_CODE = "CODGEO"
# The columns that may hold the levels, the surest first, and from which level on a commune is rural.
_COLUMNS = {7: ("DENS7", "DENS"), 3: ("DENS3", "DENS")}
_RURAL_FROM = {7: 5, 3: 3}
# A column of seven levels that never goes beyond these may be one of three levels, or of the four of 2021.
_MOST_OF_ANOTHER = 4
# The sheet of communes in the workbook of 2025, which has one per kind of territory.
_SHEET = "Maille communale"
# Municipal arrondissements, first and last, and the commune that they are part of.
_ARRONDISSEMENTS = ((75101, 75120, "75056"), (13201, 13216, "13055"), (69381, 69389, "69123"))


@dataclass(frozen=True, slots=True, kw_only=True)
class DensityGrid:
    """Which communes are rural, for one year of their list.

    Attributes
    ----------
    rural : mapping of str to bool
        By INSEE code.
    sha256 : str
        Of the file's bytes.
    """

    rural: Mapping[str, bool] = field(repr=False)
    sha256: str

    def tells(self, codes: pd.Series) -> npt.NDArray[np.float64]:
        """Return 1 for who lives in a rural commune, 0 for who does not, NaN for a code not in the grid.

        Parameters
        ----------
        codes : Series of str
            INSEE codes of communes, or of arrondissements of Paris, Lyon and Marseille.
        """
        places, words = pd.factorize(codes)
        told = np.array([self.rural.get(commune_of(str(word)), np.nan) for word in words] + [np.nan])
        return told.astype(float)[places]


def commune_of(text: str) -> str:
    """Return the commune of an INSEE code: an arrondissement is its commune; what is no code stays as it is.

    Examples
    --------
    >>> commune_of("13208"), commune_of("2a004"), commune_of(" 01004 ")
    ('13055', '2A004', '01004')
    """
    code = code_of(fold(text), kind="commune")
    if code is None or not code.isdigit():
        return code or text
    number = int(code)
    for first, last, commune in _ARRONDISSEMENTS:
        if first <= number <= last:
            return commune
    return code


def read_density_grid(grid: GridFile, folder: Path) -> DensityGrid:
    """Read a grid of density as INSEE publishes it: a workbook or a text with CODGEO and DENS.

    Parameters
    ----------
    grid : GridFile
    folder : Path
        That its path starts from.

    Raises
    ------
    DataError
        When the file cannot be read, has no such columns, or E-GRI-01 when its levels are not those said.
    """
    raw = _read(grid, folder)
    by_fold = {fold(name): name for name in raw.frame.columns}
    column = next((by_fold[fold(name)] for name in _COLUMNS[grid.levels] if fold(name) in by_fold), None)
    if column is None:
        raise _not_a_grid(grid)
    codes = [code_of(fold(text), kind="commune") for text in raw.frame[_CODE].fillna("")]
    communes = np.array([code is not None for code in codes])
    levels = pd.to_numeric(raw.frame[column], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    wrong = communes & ~np.isin(levels, np.arange(1, grid.levels + 1))
    of_another = (
        grid.levels == 7 and fold(column) == "dens" and levels[communes].max(initial=0) <= _MOST_OF_ANOTHER
    )
    if wrong.any() or of_another:
        raise DataError(
            [
                Problem(
                    code="E-GRI-01",
                    params={"levels": grid.levels},
                    file=grid.path,
                    sheet=raw.sheet,
                    column=column,
                    rows=tuple(int(row) for row in raw.row_numbers[wrong][:5]),
                )
            ]
        )
    rural = levels >= _RURAL_FROM[grid.levels]
    found = {
        commune_of(str(code)): bool(yes) for code, yes in zip(codes, rural, strict=True) if code is not None
    }
    return DensityGrid(rural=found, sha256=raw.sha256)


def _read(grid: GridFile, folder: Path) -> RawTable:
    def read(sheet: str | None) -> RawTable:
        return read_raw(folder / grid.path, headers=[_CODE], others=True, sheet=sheet, name=grid.path)

    try:
        return read(grid.sheet)
    except DataError as error:
        codes = [problem.code for problem in error.problems]
        if codes == ["E-COL-01"]:
            raise _not_a_grid(grid) from None
        if grid.sheet is not None or codes != ["E-FIC-08"]:
            raise
        several = error
    try:
        return read(_SHEET)
    except DataError:
        # Which of the sheets has the communes is for the reader to say.
        raise several from None


def _not_a_grid(grid: GridFile) -> DataError:
    names = f"{_CODE}, {' / '.join(_COLUMNS[grid.levels])}"
    params = {"names": names, "levels": grid.levels}
    return DataError([Problem(code="E-GRI-02", params=params, file=grid.path, sheet=grid.sheet)])
