"""The files of an action read from the record of the people followed, in the shape of files read."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from impactkit.cohort.codes import Codes, named
from impactkit.cohort.cohort import ARM, CLUSTER, ENTRY, UNIT, WEIGHT, InputFile
from impactkit.cohort.read_files import MONTH, WAVE_OF_ROW, FileRows, Measure
from impactkit.cohort.read_files import ROW as FILE_ROW
from impactkit.cohort.rows import ANSWERED, BIRTH, HOUSEHOLD, LEFT
from impactkit.errors import DataError, Problem
from impactkit.files.model import Action, Study, TableFile, Variable
from impactkit.store import Store, open_store
from impactkit.store.instruments import PERSON, ROW, WAVE
from impactkit.store.taken import Taken

# What each fact of the record is called in the panel.
_FACTS = {
    "_arm": ARM,
    "_entry": ENTRY,
    "_cluster": CLUSTER,
    "_weight": WEIGHT,
    "_exit": LEFT,
    "_household": HOUSEHOLD,
    "_birth": BIRTH,
}


def read_record(study: Study, action: Action) -> tuple[FileRows, ...]:
    """Return what the record holds of an action's files; the vault is not needed.

    Raises
    ------
    DataError
        With the problems of all files at once: E-LOT-04, E-VAR-02, E-VAR-04.
    StoreError
    """
    store = _store(study)
    found: list[FileRows] = []
    problems: list[Problem] = []
    for name in action.files:
        file = study.file(name)
        wanted = {name: study.variables[name] for name in study.columns_read(action) if name in file.columns}
        try:
            found.append(_as_read(study, file, _taken(store, file, wanted)))
        except DataError as error:
            problems += error.problems
    if problems:
        raise DataError(problems)
    return tuple(found)


def record_inputs(study: Study, action: Action) -> dict[str, str]:
    """Return what reports from the record are made of: its files, and the journal's last seal.

    The seal changes with everything that is done: a correction or an erasure makes reports old.

    Raises
    ------
    DataError
        E-LOT-04, E-LOT-05.
    StoreError
    """
    store = _store(study)
    files = [study.file(name) for name in action.files]
    inputs = {file.path: store.sha256_of(file.path, sheet=file.sheet) for file in files}
    return {**inputs, str(study.record): store.journal_head()}


def _store(study: Study) -> Store:
    folder = study.record_folder
    if folder is None:
        raise ValueError("the study names no record")
    return open_store(folder, vault=False)


def _taken(store: Store, file: TableFile, variables: Mapping[str, Variable]) -> Taken:
    facts = [f"_{role}" for role in file.columns] + (["_arm"] if file.arm is not None else [])
    return store.taken(file.path, variables, sheet=file.sheet, facts=facts)


def _as_read(study: Study, file: TableFile, taken: Taken) -> FileRows:
    """Return one line per person and wave, as a file with a column of waves would be."""
    frame = taken.frame
    people = frame[PERSON].cat.categories
    codes: Codes = frame[PERSON].cat.codes.to_numpy().astype(np.intp)
    wide = {UNIT: named(people.tolist(), codes), FILE_ROW: frame[ROW].to_numpy()}
    # A last row for those of whom the file says nothing else, whom -1 points at.
    of_person = taken.facts.index.get_indexer(people)[codes]
    if "month" in file.columns:
        months = pd.PeriodIndex(frame[WAVE], freq="M")
        wide[MONTH] = (12 * months.year + months.month - 1).to_numpy(dtype=float)
    else:
        wide[WAVE_OF_ROW] = frame[WAVE].to_numpy(dtype=object)
    for name, key in _FACTS.items():
        if name.removeprefix("_") in file.columns or (key == ARM and file.arm is not None):
            said = taken.facts[name]
            wide[key] = said.reindex([*said.index, None]).to_numpy()[of_person]
    measures = []
    names = [name for name in frame.columns if name in study.variables]
    for i, name in enumerate(names):
        wide[f"_{i}"] = frame[name].to_numpy()
        measures.append(Measure(name, None, f"_{i}"))
    if "answered" in file.columns:
        wide["_day"] = frame[ANSWERED].to_numpy()
        measures.append(Measure(ANSWERED, None, "_day"))
    return FileRows(
        file=file,
        sheet=taken.sheet,
        wide=pd.DataFrame(wide),
        measures=tuple(measures),
        n_read=taken.n_read,
        n_identified=taken.n_identified,
        n_distinct=taken.n_distinct,
        n_kept=taken.n_kept,
        input=InputFile(path=file.path, sha256=taken.sha256),
        notes=(),
        methods=taken.methods,
    )
