"""Which questionnaire a file belongs to when nobody says: its action's own."""

from __future__ import annotations

from impactkit.files.model import Study, TableFile
from impactkit.store.connection import Connection
from impactkit.store.instruments import instruments_of, types_of, view_of

# Of files that several actions read, and of all files in records of earlier versions.
SHARED = "suivi"
# A server cuts the names of tables and triggers at 63 signs, and these begin and end with words of ours.
_LONGEST = 40


def questionnaire_of(record: Connection, study: Study, file: str) -> str:
    """Return the questionnaire of a file of a study: its action's id, `SHARED` when several read it.

    What came in decides first, so that a corrected file meets its earlier version and waves stay together:
    a file keeps its questionnaire, and an action whose files came in under `SHARED` keeps that one.
    """
    readers = _readers(study, file)
    own = readers[0] if len(readers) == 1 and len(readers[0]) <= _LONGEST else SHARED
    came = {item.id: _came_under(record, item) for item in study.files}
    if before := came.get(file):
        return before
    alike = {came[item.id] for item in study.files if _readers(study, item.id) == readers}
    return SHARED if SHARED in alike and own not in alike else own


def _readers(study: Study, file: str) -> list[str]:
    return [action.id for action in study.actions if file in action.files]


def _came_under(record: Connection, file: TableFile) -> str | None:
    """Return the questionnaire of the last batch of a file that counts; ``None`` when there is none."""
    found = record.execute(
        "SELECT instrument FROM active_batch WHERE file = ? AND coalesce(?, sheet, '') = coalesce(sheet, '')"
        " AND instrument IN (SELECT instrument FROM variable) ORDER BY batch_id DESC LIMIT 1",
        (file.path, file.sheet),
    ).fetchone()
    return str(found[0]) if found else None


def only_questionnaire(record: Connection) -> str:
    """Return the only questionnaire of a record, and `SHARED` where there are several or none."""
    known = instruments_of(record)
    return known[0] if len(known) == 1 else SHARED


def questionnaire_with(record: Connection, person: str, variable: str, wave: str) -> str:
    """Return the only questionnaire in which somebody could answer this at this wave, else `SHARED`."""
    found = [
        name
        for name in instruments_of(record)
        if variable in types_of(record, name)
        and record.execute(
            f"SELECT 1 FROM {view_of(name)} WHERE _person = ? AND _wave = ?", (person, wave)
        ).fetchone()
    ]
    return found[0] if len(found) == 1 else SHARED
