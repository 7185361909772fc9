"""What the user's own words say of the effect beyond what the records carry."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from impactkit.evidence.carried import carried_by
from impactkit.evidence.record import Record
from impactkit.files.claims import Carried, claims_beyond
from impactkit.text import Language, Message


def cautions_of(texts: Iterable[str], records: Sequence[Record], language: Language) -> tuple[str, ...]:
    """Return a caution for each wording that says more than the least of the records carries."""
    order: tuple[Carried, ...] = ("nothing", "probable", "established")
    carried: Carried = "nothing"
    if records:
        carried = min((carried_by(record) for record in records), key=order.index)
    found = [wording for text in texts for wording in claims_beyond(text, carried)]
    key = "form.caution.probable" if carried == "probable" else "form.caution.nothing"
    return tuple(Message(key, {"words": words}).text(language) for words in dict.fromkeys(found))
