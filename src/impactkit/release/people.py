"""Who a study's files name: what may be in no file that leaves."""

from __future__ import annotations

from impactkit.files.model import Study, TableFile, Timeline
from impactkit.files.reading.raw import read_raw
from impactkit.store import open_store

# Of a great many people alike: finding them in a page names nobody.
_SHARED = ("sex", "postcode")


def identities_of(study: Study) -> set[str]:
    """Return every name, number and address by which the study's files and its record know people.

    Those of the vault are read with the record's key; of a record that keeps no identity, there are none. Sex
    and postcode are left out: they name nobody.

    Raises
    ------
    DataError
        When a file can no longer be read.
    StoreError
        When the vault cannot be opened: what could not be searched for is not said to be absent.
    """
    found: set[str] = set()
    files: list[TableFile | Timeline] = [*study.files, *study.timelines]
    for file in files:
        headers = _identifying(file)
        path = study.folder / file.path
        if headers and path.is_file():
            frame = read_raw(path, headers=headers, sheet=file.sheet).frame
            for name in frame.columns:
                found |= {str(value).strip() for value in frame[name].dropna()}
    if study.record_folder is not None and study.protection.identities == "vault":
        known = open_store(study.record_folder).identities().drop(columns=["person", *_SHARED])
        found |= {str(value).strip() for name in known for value in known[name]}
    return found - {""}


def _identifying(file: TableFile | Timeline) -> list[str]:
    """Return the headers of a file's columns that say who someone is."""
    # A file of months follows territories: their names are those of the pages.
    columns = [] if "month" in file.columns else [column.column for column in file.columns.get("unit", ())]
    if file.identity is not None:
        fields = file.identity.model_dump(exclude=set(_SHARED))
        columns += [header for header in fields.values() if header]
    return columns
