"""What data a study takes of people, as its study file says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from impactkit.files.model import Study, Variable
from impactkit.store.detect import Sensitive, sensitive_in
from impactkit.text import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A variable that the study reads.

    Attributes
    ----------
    label : str
    headers : tuple of str
        The columns that it is read from, in any file.
    sensitive : str or None
        What it seems to ask that needs a reason, articles 9 and 10 of the GDPR; ``"declared"`` when the study
        says that it is sensitive.
    reason : str
        Why it is needed, in the study's words; ``""`` when it does not say.
    """

    label: str
    headers: tuple[str, ...]
    sensitive: Sensitive | str | None
    reason: str


def held(study: Study, language: Language) -> tuple[Held, ...]:
    """Return every variable of a study, in its order."""
    return tuple(_held(study, name, variable, language) for name, variable in study.variables.items())


def _held(study: Study, name: str, variable: Variable, language: Language) -> Held:
    headers = tuple(
        dict.fromkeys(column.column for file in study.files for column in file.columns.get(name, ()))
    )
    label = variable.label.text(language)
    justified = study.protection.justified
    return Held(
        label=label,
        headers=headers,
        sensitive=sensitive_in(name, label, *headers) or ("declared" if variable.sensitive else None),
        reason=next((justified[header] for header in headers if header in justified), ""),
    )


def identities(study: Study) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the files that have columns saying who people are, and those columns."""
    for file in study.files:
        if file.identity is not None:
            columns = file.identity.model_dump(exclude_none=True)
            yield file.path, tuple(columns.values())


def times(study: Study, language: Language) -> tuple[str, ...]:
    """Return the waves at which people are asked, as the study names them."""
    return tuple(wave.label.text(language) for wave in study.waves)
