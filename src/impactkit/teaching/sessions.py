"""The sessions of the course: their order, the names of their files, how long they last."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from impactkit.text import Label, Message
from impactkit.text.language import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A session: a notebook in each language.

    Attributes
    ----------
    key : str
        ``"01"`` to ``"05"``, or ``"webinar"``.
    stems : mapping of language to str
        Names of the files, without their ending; languages pair by what stands before the first dash, and the
        webinar by its name.
    minutes : (int, int)
        How long it lasts, from and to.
    samples : tuple of str
        Sample studies that it reads.
    """

    key: str
    stems: Mapping[Language, str]
    minutes: tuple[int, int]
    samples: tuple[str, ...]

    @property
    def title(self) -> Message:
        """What it is called."""
        return Message(f"teach.session.s{self.key}.title")

    @property
    def needs(self) -> Message:
        """What participants should have or know before it."""
        return Message(f"teach.session.s{self.key}.needs")

    @property
    def duration(self) -> Message:
        """How long it lasts, in words."""
        low, high = self.minutes
        if low == high:
            return Message("teach.minutes.exactly", {"high": high})
        return Message("teach.minutes.between", {"low": low, "high": high})

    @property
    def label(self) -> Label:
        """The title in both languages."""
        return Label(fr=self.title.text("fr"), en=self.title.text("en"))


_PACT = "insertion_emploi"

SESSIONS: tuple[Session, ...] = (
    Session(
        key="01",
        stems={"fr": "01-du-besoin-social-a-l-effet-recherche", "en": "01-from-need-to-intended-effect"},
        minutes=(60, 75),
        samples=(_PACT,),
    ),
    Session(
        key="02",
        stems={"fr": "02-suivre-des-personnes", "en": "02-following-people"},
        minutes=(75, 90),
        samples=(_PACT,),
    ),
    Session(
        key="03",
        stems={
            "fr": "03-avant-apres-et-pourquoi-cela-ne-suffit-pas",
            "en": "03-before-after-and-why-it-is-not-enough",
        },
        minutes=(75, 90),
        samples=(_PACT,),
    ),
    Session(
        key="04",
        stems={"fr": "04-comparer-ce-qui-est-comparable", "en": "04-comparing-like-with-like"},
        minutes=(75, 90),
        samples=("nsw",),
    ),
    Session(
        key="05",
        stems={"fr": "05-conclure-et-restituer", "en": "05-concluding-and-reporting"},
        minutes=(60, 90),
        samples=(_PACT,),
    ),
    Session(
        key="webinar",
        stems={"fr": "webinaire", "en": "webinar"},
        minutes=(30, 30),
        samples=(_PACT,),
    ),
)


def session_of(key: str | int) -> Session:
    """Return the session of this key; ``3`` is ``"03"``.

    Raises
    ------
    ValueError
        When there is no such session.
    """
    wanted = f"{key:02d}" if isinstance(key, int) else key
    for session in SESSIONS:
        if session.key == wanted:
            return session
    raise ValueError(f"unknown session {key!r}: expected one of {', '.join(s.key for s in SESSIONS)}")
