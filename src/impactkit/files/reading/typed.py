"""`read_table`: any table a person is given, as a data frame, with every problem told at once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from impactkit.errors import DataError, Problem
from impactkit.files.fold import fold
from impactkit.files.reading.convert import Reading, convert_column
from impactkit.files.reading.dictionary import Dictionary, readings
from impactkit.files.reading.raw import RawTable, read_raw
from impactkit.files.reading.statistical import STATISTICAL, read_statistical
from impactkit.files.reading.surveys import as_survey

_JANUARY_1970 = 12 * 1970
_MOST_ROWS_NAMED = 100
_POSTCODE_HEADER = re.compile(
    r"(?:code )?(?:cp|postal|code postal|insee|code insee|code commune|commune insee)"
)
_CODES = ("postcode", "commune")
_FOUR_DIGITS = r"[1-9]\d{3}"


def read_table(
    path: str | Path,
    *,
    dictionary: Dictionary | None = None,
    sheet: str | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    repair: bool = False,
) -> pd.DataFrame:
    r"""Read a table from a file; every column is text unless the dictionary says otherwise.

    What a cell holds is never guessed: "NULL" is a surname, "01400" a code, and what cannot be read as the
    dictionary says is an error that names the rows. Empty cells of text columns that the dictionary does not
    name are empty texts. In the exports of Kobo and LimeSurvey, the columns of a multiple choice become one
    (see `as_survey`). The file itself is never modified.

    Parameters
    ----------
    path : str or Path
        A csv, tsv, txt, xlsx, xlsm, ods, sav or dta file (the last two with the ``spss`` extra).
    dictionary : mapping, str or Path, optional
        Header to type (``number``, ``boolean``, ``category``, ``date``, ``month``, ``text``, ``identifier``,
        ``postcode`` or ``commune``, its INSEE code), or a Table Schema as a mapping or the path of a JSON
        file. Columns named come first.
    sheet : str, optional
        Sheet of a workbook; by default its only filled one.
    encoding, delimiter : str, optional
        Of a text; by default they are found.
    repair : bool, default False
        Whether accents that an earlier conversion spoilt (note A-ENC-02) are given back their letters.

    Returns
    -------
    DataFrame
        ``attrs`` has ``encoding``, ``delimiter``, ``sheet``, ``sha256``, ``header_row`` (a spreadsheet's row)
        and ``notes`` (problems with codes ``A-…``). Numbers are floats, booleans ``boolean``, dates
        ``datetime64``, months monthly periods, categories categorical.

    Raises
    ------
    DataError
        With every problem in ``problems``: its code, file, sheet, column, rows and remedy.
    ValueError
        When the dictionary names a type that is not read.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "suivi.csv"
    >>> _ = file.write_text("Suivi 2025\nN° dossier;Âge\n001;34,5\n", encoding="cp1252")
    >>> read_table(file, dictionary={"Âge": "number"}).to_dict("records")
    [{'Âge': 34.5, 'N° dossier': '001'}]
    """
    known = readings(dictionary)
    if Path(path).suffix.lower() in STATISTICAL:
        raw = read_statistical(Path(path), headers=list(known))
    else:
        raw = read_raw(
            path,
            headers=list(known) or None,
            others=True,
            sheet=sheet,
            encoding=encoding,
            delimiter=delimiter,
            repair=repair,
        )
    file = Path(path).name
    raw = as_survey(raw, named=known, file=file)
    columns: dict[str, Any] = {}
    problems: list[Problem] = []
    for name in map(str, raw.frame):
        if name not in known:
            columns[name] = raw.frame[name].array
            continue
        converted = convert_column(
            raw.frame[name], known[name], rows=raw.row_numbers, column=name, file=file, sheet=raw.sheet
        )
        problems += converted.problems
        columns[name] = _values(converted.array, known[name])
    if problems:
        raise DataError(problems)
    frame = pd.DataFrame(columns, copy=False)
    frame.attrs = {
        "encoding": raw.encoding,
        "delimiter": raw.delimiter,
        "sheet": raw.sheet,
        "sha256": raw.sha256,
        "header_row": raw.header_row,
        "notes": (*raw.notes, *_lost_zeros(raw, known, file)),
    }
    return frame


def _values(array: npt.NDArray[Any], reading: Reading) -> Any:
    """Return the values of a column in the type that pandas has for them."""
    if reading.kind == "boolean":
        missing = np.isnan(array)
        return pd.arrays.BooleanArray(np.where(missing, 0, array).astype(bool), missing)
    if reading.kind == "category":
        return pd.Categorical(array, categories=reading.categories)
    if reading.kind == "month":
        missing = np.isnan(array)
        days = np.where(missing, 0, array - _JANUARY_1970).astype("datetime64[M]").astype("datetime64[s]")
        return pd.Series(days).mask(missing).dt.to_period("M").array
    if reading.kind in ("text", "identifier", *_CODES):
        return pd.array(array, dtype="str")
    return array


def _lost_zeros(raw: RawTable, known: Mapping[str, Reading], file: str) -> Iterable[Problem]:
    """Yield the columns of post codes in which some have lost their first zero."""
    for name in map(str, raw.frame):
        declared = name in known and known[name].kind in _CODES
        if not declared and not _POSTCODE_HEADER.fullmatch(fold(name)):
            continue
        short = raw.frame[name].str.fullmatch(_FOUR_DIGITS).to_numpy(dtype=bool)
        if short.any():
            rows = tuple(int(row) for row in raw.row_numbers[short][:_MOST_ROWS_NAMED])
            yield Problem(code="A-COD-01", file=file, sheet=raw.sheet, column=name, rows=rows)
