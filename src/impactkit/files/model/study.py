"""The study as a whole."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, PrivateAttr

from impactkit.files.model.action import Action
from impactkit.files.model.midterm import Midterm
from impactkit.files.model.retention import Protection
from impactkit.files.model.steering import ChangesFile, Span
from impactkit.files.model.tables import GridFile, PublicRule, TableFile, Timeline, Variable
from impactkit.files.model.waves import Wave
from impactkit.files.model.words import Kind, Part, Profile, Public, Slug, Text


class Territory(Part):
    """Where the contract or the pact applies."""

    name: str = Field(description="Nom du territoire, par exemple « Pays de Valmont ».")
    department: str | None = Field(
        default=None, description="Code du département en texte : « 01 », « 2A », « 974 »."
    )
    region: str | None = Field(default=None, description="Nom de la région.")


class Study(Part):
    """A contract (CLS) or a pact, its files and its actions, as `read_study` returns it."""

    format: Literal[1] = Field(description="Version du format de ce fichier : 1.")
    kind: Kind = Field(
        description="cls (contrat local des solidarités) ou pacte (pacte local des solidarités)."
    )
    id: Slug = Field(description="Nom court de l'étude, qui nomme aussi son dossier de résultats.")
    title: Text = Field(description="Intitulé du contrat ou du pacte.")
    territory: Territory = Field(description="Territoire concerné.")
    pilot: str | None = Field(
        default=None, min_length=1, description="Pilote ou référent : un service ou une structure."
    )
    priority: Text | None = Field(
        default=None, description="Priorité du pacte à laquelle ses actions répondent."
    )
    duration: Span | None = Field(default=None, description="Durée de mise en œuvre.")
    actions_count: int | None = Field(
        default=None,
        ge=1,
        description="Nombre d'actions financées ou portées dans le pacte : toutes sont à mesurer.",
    )
    changes: ChangesFile | None = Field(
        default=None,
        description="Questionnaire rempli sur les évolutions territoriales et partenariales du pacte.",
    )
    language: Literal["fr", "en"] = Field(default="fr", description="Langue des rapports.")
    secrecy: Profile = Field(
        default="pilotactions",
        description="Règles de secret statistique appliquées, selon qui reçoit les fichiers.",
    )
    seed: int = Field(default=20260101, ge=0, description="Graine des tirages aléatoires.")
    protection: Protection = Field(
        default_factory=Protection, description="Protection des données dans le suivi des personnes."
    )
    waves: tuple[Wave, ...] = Field(default=(), strict=False, description="Vagues de suivi, dans l'ordre.")
    variables: dict[str, Variable] = Field(description="Variables de l'étude.")
    publics: dict[Public, PublicRule] = Field(
        default_factory=dict,
        description="Comment les fichiers disent qui relève d'un public prioritaire.",
    )
    files: tuple[TableFile, ...] = Field(strict=False, min_length=1, description="Fichiers de données.")
    timelines: tuple[Timeline, ...] = Field(
        default=(), strict=False, description="Fichiers d'événements et de séjours datés."
    )
    record: str | None = Field(
        default=None,
        min_length=1,
        description="Dossier du suivi (impactkit cohort), à partir du dossier de l'étude : les rapports sont "
        "faits de ce qui y est entré, et non des fichiers.",
    )
    actions: tuple[Action, ...] = Field(
        strict=False, min_length=1, description="Actions dont l'impact est mesuré."
    )
    midterm: Midterm | None = Field(
        default=None, description="Évaluation à mi-parcours d'un contrat (impactkit midterm)."
    )

    _path: Path = PrivateAttr(default=Path())
    _sha256: str = PrivateAttr(default="")
    # The actions as the study file has them, before `masks.toml` hides more of them.
    _declared: tuple[Action, ...] = PrivateAttr(default=())

    @property
    def path(self) -> Path:
        """The study file, absolute."""
        return self._path

    @property
    def folder(self) -> Path:
        """The folder that paths of data files start from."""
        return self._path.parent

    @property
    def sha256(self) -> str:
        """Fingerprint of the study file's bytes."""
        return self._sha256

    def __repr__(self) -> str:
        return f"<Study {self.id!r}: {len(self.actions)} actions, {len(self.files)} files>"

    def _repr_html_(self) -> str:
        # Loaded here: reading a study file needs neither.
        import pandas as pd

        from impactkit.html import table_html

        rows = [(action.id, str(action.title), action.comparison) for action in self.actions]
        actions = pd.DataFrame(rows, columns=["action", "title", "comparison"])
        return table_html(actions, caption=self.title, words={"comparison": "comparison"})

    def action(self, action_id: str) -> Action:
        """Return the action of this id.

        Raises
        ------
        ValueError
            When the study has no such action; the message lists those it has.
        """
        for action in self.actions:
            if action.id == action_id:
                return action
        known = ", ".join(action.id for action in self.actions)
        raise ValueError(f"study {self.id!r} has no action {action_id!r}: expected one of {known}")

    @property
    def grids(self) -> dict[Public, GridFile]:
        """The grids of density that the rules of publics name, by public."""
        return {public: rule.grid for public, rule in self.publics.items() if rule.grid is not None}

    def columns_read(self, action: Action) -> tuple[str, ...]:
        """Return the variables read for an action: its own, then those that tell the priority publics."""
        publics = (rule.variable for rule in self.publics.values())
        return tuple(dict.fromkeys((*action.variables, *publics)))

    @property
    def record_folder(self) -> Path | None:
        """The folder of the record that reports are made from; ``None`` when they are made from files."""
        return None if self.record is None else self.folder / self.record

    def actions_of(self, file_id: str) -> tuple[str, ...]:
        """Return the actions that a file is about: those that read it, or that a timeline may name."""
        for timeline in self.timelines:
            if timeline.id == file_id:
                named = [timeline.action] if timeline.action else [action.id for action in self.actions]
                return tuple(named)
        return tuple(action.id for action in self.actions if file_id in action.files)

    def timeline(self, timeline_id: str) -> Timeline:
        """Return the timeline of this id."""
        return next(timeline for timeline in self.timelines if timeline.id == timeline_id)

    def file(self, file_id: str) -> TableFile:
        """Return the file of this id."""
        return next(file for file in self.files if file.id == file_id)

    def waves_of(self, action_id: str) -> tuple[Wave, ...]:
        """Return the waves at which an action's files may follow people, in the study's order."""
        action = self.action(action_id)
        files = [self.file(name) for name in action.files]
        named = {wave for file in files for wave in file.named_waves(action.variables)}
        any_wave = any(file.may_hold_any_wave for file in files)
        return tuple(wave for wave in self.waves if any_wave or wave.id in named)

    def wave_months(self, wave_id: str) -> float:
        """Return the months since entry of a wave."""
        return next(wave.months for wave in self.waves if wave.id == wave_id)
