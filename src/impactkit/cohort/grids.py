"""The grids of density that a study's rules name: read, and held against the communes of its files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from impactkit.cohort.persons import header_of, located
from impactkit.cohort.read_files import FileRows
from impactkit.errors import DataError, Problem
from impactkit.files.density import DensityGrid, read_density_grid
from impactkit.files.model import Public, Study

# A column of which more codes than this are in no grid is of something else: post codes, or another year.
_MOST_UNKNOWN = 0.5


def read_grids(study: Study) -> dict[Public, DensityGrid]:
    """Read the grids of a study, by public.

    Raises
    ------
    DataError
        With the problems of all grids.
    """
    found: dict[Public, DensityGrid] = {}
    problems: list[Problem] = []
    for public, grid in study.grids.items():
        try:
            found[public] = read_density_grid(grid, study.folder)
        except DataError as error:
            problems += error.problems
    if problems:
        raise DataError(problems)
    return found


def grid_problems(
    study: Study, rows: pd.DataFrame, files: Sequence[FileRows], grids: Mapping[Public, DensityGrid]
) -> list[Problem]:
    """Return E-GRI-03 where most codes of communes are in no grid."""
    problems: list[Problem] = []
    for public, grid in grids.items():
        variable = study.publics[public].variable
        if variable in rows:
            codes = pd.Series(rows[variable].dropna().unique())
            if len(codes) and np.isnan(grid.tells(codes)).mean() > _MOST_UNKNOWN:
                problems += located(
                    "E-GRI-03", _unknown(rows[variable], grid), rows, files, column=header_of(variable)
                )
    return problems


def grid_notes(
    study: Study, rows: pd.DataFrame, files: Sequence[FileRows], grids: Mapping[Public, DensityGrid]
) -> list[Problem]:
    """Return A-GRI-01 for the rows whose commune is not in the grid: nothing is known of the public there."""
    notes: list[Problem] = []
    for public, grid in grids.items():
        variable = study.publics[public].variable
        if variable in rows:
            unknown = _unknown(rows[variable], grid)
            notes += located("A-GRI-01", unknown, rows, files, column=header_of(variable))
    return notes


def _unknown(codes: pd.Series, grid: DensityGrid) -> npt.NDArray[np.bool_]:
    return codes.notna().to_numpy() & np.isnan(grid.tells(codes))
