"""A study as a batch keeps it: a batch of a country holds thousands, and needs one at a time."""

from __future__ import annotations

import pickle
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from impactkit.files.masks import Hidden
from impactkit.files.model import Study
from impactkit.text.language import Language

# Half the size at once; what is left costs more than it saves.
_LEVEL = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedStudy:
    """What a batch asks of a study at any time; the rest is packed, about a tenth of what the study takes.

    Attributes
    ----------
    id : str
    path : Path
        The study file.
    language : {"fr", "en"}
    masked : mapping of str to tuple of str
        What the report of each action hides because of others, by identifier in the order of the study file.
    data : bytes
        What `study` unpacks; only ever read by the program that wrote it and by its own copies.
    """

    id: str
    path: Path
    language: Language
    masked: Mapping[str, tuple[Hidden, ...]]
    data: bytes

    @property
    def folder(self) -> Path:
        """The folder of the study file."""
        return self.path.parent

    def study(self) -> Study:
        """Return the study."""
        study = pickle.loads(zlib.decompress(self.data))
        assert isinstance(study, Study)
        return study


def packed(study: Study) -> PackedStudy:
    """Return what a batch keeps of a study."""
    return PackedStudy(
        id=study.id,
        path=study.path,
        language=study.language,
        masked={action.id: action.masked for action in study.actions},
        data=zlib.compress(pickle.dumps(study, protocol=pickle.HIGHEST_PROTOCOL), level=_LEVEL),
    )
