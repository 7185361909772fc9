"""What the files of one action hold together: columns, waves and groups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

from impactkit.files.model import Arm, TableFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """The files that an action reads, seen as one.

    Attributes
    ----------
    files : tuple of TableFile
    columns : frozenset of str
        Roles and variables that at least one file has.
    named_waves : tuple of str
        Waves that the files name for the action's variables, in the study's order.
    waves : tuple of str
        Waves that the files may hold: those named, or all when a column of waves may hold any.
    monthly : bool
        Whether a file has one row per month.
    """

    files: tuple[TableFile, ...]
    columns: frozenset[str]
    named_waves: tuple[str, ...]
    waves: tuple[str, ...]
    monthly: bool

    @classmethod
    def of(
        cls, files: tuple[TableFile, ...], *, variables: tuple[str, ...], wave_ids: tuple[str, ...]
    ) -> Usage:
        """Return the usage of these files for an action's variables; ``wave_ids`` are the study's."""
        columns = frozenset(name for file in files for name in file.columns)
        named = {wave for file in files for wave in file.named_waves(variables)}
        named_waves = tuple(wave for wave in wave_ids if wave in named)
        any_wave = any(file.may_hold_any_wave for file in files)
        return cls(
            files=files,
            columns=columns,
            named_waves=named_waves,
            waves=wave_ids if any_wave else named_waves,
            monthly="month" in columns,
        )

    def may_hold(self, arm: str) -> bool:
        """Tell whether a file may hold people of this arm; files without an arm are of beneficiaries."""
        return any(_may_hold(file, arm) for file in self.files)

    def leaves_wave_unsaid(self, file: TableFile, variable: str) -> bool:
        """Tell whether nothing says at which wave a file measures a variable that it has."""
        if variable not in file.columns or file.wave is not None:
            return False
        if "wave" in file.columns or "month" in file.columns:
            return False
        return any(column.wave is None for column in file.columns[variable])


def _may_hold(file: TableFile, arm: str) -> bool:
    if "arm" not in file.columns:
        return (file.arm or "beneficiary") == arm
    labels = file.columns["arm"][0].labels
    if labels is None:
        return True
    # A label that is no arm has its own problem: it may be a slip for this one.
    return arm in labels.values() or not set(labels.values()) <= set(get_args(Arm))
