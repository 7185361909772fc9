"""One measure as the synthesis reads it: what it needs of an ``evidence.json``, and no number of people."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from impactkit.disclosure import profile_of
from impactkit.evidence.record import (
    Attribution,
    Band,
    Claim,
    Conclusion,
    EffectRecord,
    OutcomeRecord,
    Words,
)
from impactkit.text import Language

# What a difference is with decides what it means: these are never pooled together.
Contrast = Literal["comparison", "before", "trend"]
_OF_TERRITORIES = ("interrupted_series", "synthetic_control", "synthetic_did")
_HALF = 0.5


class _Part(BaseModel):
    # Ten thousand records are read: what is not needed is not even made.
    model_config = ConfigDict(frozen=True, extra="ignore")


class _Public(_Part):
    key: str | None = None
    label: Words
    share: Band | None


class _Accounts(_Part):
    publics: tuple[_Public, ...] = ()


class _Provenance(_Part):
    study_sha256: str
    inputs: dict[str, str]


class Measure(_Part):
    """What an ``evidence.json`` says of one action.

    It is read from the record's own file with fewer fields, all under the record's names: flows, means and
    characteristics of people are not among them. The sizes of groups, where the record shows them, serve only
    to say how many more people would be needed (`lacking`): no total or count of people is made of them.
    """

    study: str
    study_title: Words
    kind: Literal["cls", "pacte"] | None
    action: str
    title: Words
    territory: str
    department: str | None
    region: str | None
    axis: str | None = None
    publics: tuple[str, ...] = ()
    actions_count: int | None = None
    method: str
    estimand: str
    window: tuple[Words, Words]
    follow_up: float | None = None
    outcome: OutcomeRecord
    effect: EffectRecord | None
    accounts: _Accounts | None = None
    strength: int
    credibility: int
    precision: int
    attribution: Attribution
    attribution_label: Words
    conclusion: Conclusion
    claim: Claim
    secrecy: str
    n_treated: int | None
    n_comparison: int | None
    provenance: _Provenance

    @property
    def key(self) -> tuple[str, str]:
        """What tells this measure from every other."""
        return self.study, self.action

    @property
    def contrast(self) -> Contrast:
        """What its difference is a difference with."""
        return "comparison" if self.claim == "effect" else self.claim

    @property
    def of_territories(self) -> bool:
        """Whether it follows territories, not people."""
        return self.method in _OF_TERRITORIES

    @property
    def rural(self) -> bool | None:
        """Whether most of the people supported live in the country; ``None`` where that is not known.

        As the record's band tells when it does not hold one half, else as the study file targets them.
        """
        share = next((item.share for item in self._publics_met if item.key == "rural"), None)
        if share is not None:
            if share.low >= _HALF:
                return True
            if share.high is not None and share.high <= _HALF:
                return False
        return True if "rural" in self.publics else None

    @property
    def _publics_met(self) -> tuple[_Public, ...]:
        return self.accounts.publics if self.accounts is not None else ()

    def band_of(self, public: str) -> Band | None:
        """Return the band of the share of a priority public among those analysed, where it is told."""
        return next((item.share for item in self._publics_met if item.key == public), None)

    @property
    def minimum_people(self) -> int:
        """The fewest people that its study's secrecy rules ask for."""
        return profile_of(self.secrecy).minimum

    def name(self, language: Language) -> str:
        """Name it among measures of several territories."""
        return (
            f"{self.title.text(language)} ({self.territory})" if self.territory else self.title.text(language)
        )
