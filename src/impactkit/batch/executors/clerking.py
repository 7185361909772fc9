"""Asking the clerk of a batch (`impactkit.batch.executors.clerk`), and doing without when it is gone."""

from __future__ import annotations

import pickle
import socket
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, Protocol

from impactkit.batch.clerk import ClerkHere, Unwritten
from impactkit.batch.executors.parcels import receive, send
from impactkit.batch.executors.station import LostError
from impactkit.batch.packed import PackedStudy
from impactkit.document.formats import Format
from impactkit.evidence.found_together import Together
from impactkit.text.language import Language

# Longer than any study takes: a clerk that says nothing for so long is hung.
_PATIENCE_S = 600.0
# The first may just have done its share, or died.
_TRIES = 2


class Home(Protocol):
    """What the clerk is a copy of."""

    def clerk(self) -> Path:
        """Start a clerk, and return where it is asked.

        Raises
        ------
        LostError
            When there can be none.
        """

    def dismiss(self, place: Path) -> None:
        """End the clerk that is asked there, if it is still there."""

    def typesetter(self) -> Path:
        """Return where documents are compiled."""


class ClerkElsewhere:
    """Has a clerk do it, started when first asked; what the clerk cannot do is done here."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._here = ClerkHere()
        self._place: Path | None = None

    def leave(self) -> None:
        """End the clerk; another is started when it is asked again."""
        if self._place is not None:
            self._home.dismiss(self._place)
            self._place = None

    def judge(
        self, study: PackedStudy, *, actions: Collection[str], made: Collection[str]
    ) -> tuple[Together, PackedStudy]:
        """See `impactkit.batch.clerk.Clerk`."""
        asked = {"study": study, "actions": actions, "made": made}
        done, found = self._asked("judge", asked)
        return found if done else self._here.judge(study, actions=actions, made=made)

    def write_pages(
        self, study: PackedStudy, folder: Path, *, language: Language, formats: Sequence[Format]
    ) -> Unwritten | None:
        """See `impactkit.batch.clerk.Clerk`."""
        asked = {"study": study, "folder": folder, "language": language, "formats": formats}
        done, unwritten = self._asked("write_pages", asked, is_typeset=set(formats) != {"html"})
        if done:
            assert unwritten is None or isinstance(unwritten, Unwritten)
            return unwritten
        return self._here.write_pages(study, folder, language=language, formats=formats)

    def _asked(self, work: str, given: dict[str, Any], *, is_typeset: bool = False) -> tuple[bool, Any]:
        """Return whether the clerk did it, and what it answered."""
        for _ in range(_TRIES):
            try:
                if self._place is None:
                    self._place = self._home.clerk()
                typesetter = str(self._home.typesetter()) if is_typeset else None
                with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asking:
                    asking.settimeout(_PATIENCE_S)
                    asking.connect(str(self._place))
                    send(asking, {"work": work, "typesetter": typesetter}, [pickle.dumps(given)])
                    head, answers = receive(asking)
            except LostError:
                break
            except (OSError, EOFError):
                self.leave()
                continue
            return head["done"], pickle.loads(answers[0]) if head["done"] else None
        return False, None
