"""What a record lets one say of the action: the measure against which a text's claims are held."""

from __future__ import annotations

from impactkit.evidence.record import Record
from impactkit.files.claims import Carried


def carried_by(record: Record) -> Carried:
    """Return what a record lets one say of the action: its doing, probably its doing, or not."""
    if record.attribution == "attributable":
        return "established"
    return "probable" if record.attribution == "probably_attributable" else "nothing"
