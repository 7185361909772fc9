"""What a ``study.toml`` says, as frozen values.

The models below are the format: `impactkit schema` publishes them as a JSON Schema, and unknown keys are
refused. Field descriptions are in French because an editor shows them to the evaluator.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PrivateAttr, WithJsonSchema

from impactkit.text import Label

# ------------------------------------------------------------------ words of the format

Kind = Literal["cls", "pacte"]
Axis = Literal["childhood", "employment", "access_to_rights", "green_transition"]
Public = Literal["children", "women", "single_parents", "working_poor", "rural"]
Arm = Literal[
    "beneficiary",
    "randomised",
    "waiting_list",
    "neighbouring_territory",
    "non_takers",
    "refused",
    "ineligible",
    "external",
]
Comparison = Literal[
    "none",
    "never_treated",
    "not_yet_treated",
    "randomised",
    "waiting_list",
    "neighbouring_territory",
    "non_takers",
    "refused",
    "ineligible",
    "external",
]
Method = Literal[
    "before_after",
    "compare_groups",
    "did",
    "event_study",
    "doubly_robust",
    "discontinuity",
    "encouragement",
    "interrupted_series",
    "time_to_event",
]
MatchingMethod = Literal["nearest", "optimal", "full", "exact", "coarsened", "cardinality", "subclass"]
WeightingMethod = Literal["logit", "entropy", "cbps"]
Distance = Literal["logit", "probit", "linear_logit", "mahalanobis", "robust_mahalanobis"]
VariableType = Literal["number", "boolean", "category", "text", "date"]
VariableKind = Literal["count", "ordinal"]
Direction = Literal["increase", "decrease"]
Profile = Literal["pilotactions"]
Anchor = Literal["entry", "exit", "calendar"]
TimelineRole = Literal["unit", "action", "kind", "date", "start", "end", "reason"]
# What a column can be apart from a variable of the study.
ROLES = (
    "unit",
    "wave",
    "month",
    "arm",
    "entry",
    "exit",
    "answered",
    "birth",
    "household",
    "cluster",
    "weight",
)


def _retention(until: dt.date | None, months: int | None) -> str | None:
    said = [until.isoformat()] if until is not None else []
    said += [f"P{months}M"] if months is not None else []
    return " ".join(said) or None


def _as_label(value: object) -> object:
    if isinstance(value, str):
        return Label(fr=value, en=value)
    if (
        isinstance(value, dict)
        and set(value) == {"fr", "en"}
        and all(isinstance(v, str) for v in value.values())
    ):
        return Label(**value)
    return value


Text = Annotated[
    Label,
    BeforeValidator(_as_label),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string"},
                {
                    "type": "object",
                    "properties": {"fr": {"type": "string"}, "en": {"type": "string"}},
                    "required": ["fr", "en"],
                    "additionalProperties": False,
                },
            ]
        }
    ),
]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9](?:[a-z0-9_-]{0,58}[a-z0-9])?$")]


class _Part(BaseModel):
    """A table of the study file: frozen, and unknown keys are refused."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, arbitrary_types_allowed=True, allow_inf_nan=False
    )


# ------------------------------------------------------------------ the study and its parts


class Territory(_Part):
    """Where the contract or the pact applies."""

    name: str = Field(description="Nom du territoire, par exemple « Pays de Valmont ».")
    department: str | None = Field(
        default=None, description="Code du département en texte : « 01 », « 2A », « 974 »."
    )
    region: str | None = Field(default=None, description="Nom de la région.")


class Wave(_Part):
    """A time at which people are asked or observed."""

    id: str = Field(description="Nom court de la vague, par exemple « T0 ».")
    label: Text = Field(description="Nom complet, par exemple « à l'entrée ».")
    months: float = Field(
        description="Mois écoulés depuis l'entrée dans l'action (0 à l'entrée) ou depuis la première vague."
    )
    date: dt.date | None = Field(
        default=None, description="Date de la vague, si elle est la même pour tous (entrées échelonnées)."
    )
    anchor: Anchor | None = Field(
        default=None,
        description="D'où se compte le jour prévu : l'entrée ou la sortie de chaque personne, ou la date de "
        "la vague. Par défaut calendar si la vague a une date, entry sinon.",
    )
    months_after_anchor: float | None = Field(
        default=None,
        ge=0,
        description="Mois de l'ancre au jour prévu. Par défaut months depuis l'entrée, 0 depuis la sortie.",
    )
    window_before_days: int | None = Field(
        default=None, ge=0, description="Jours d'avance permis sur le jour prévu ; au-delà, réponse refusée."
    )
    window_after_days: int | None = Field(
        default=None, ge=0, description="Jours de retard permis sur le jour prévu ; au-delà, réponse refusée."
    )

    @property
    def counted_from(self) -> Anchor:
        """What the day that the wave is due is counted from."""
        return self.anchor or ("entry" if self.date is None else "calendar")

    @property
    def months_due(self) -> float:
        """Months from the anchor to the day that the wave is due."""
        if self.months_after_anchor is not None:
            return self.months_after_anchor
        return self.months if self.counted_from == "entry" else 0.0


# The calendar of the European Social Fund Plus, for a study that declares no wave and names these: at entry,
# at exit (within four weeks) and six months after exit. The months only order them: stays vary in length.
FSE_WAVES = (
    Wave(id="T0", label=Label(fr="à l'entrée", en="at entry"), months=0.0, anchor="entry"),
    Wave(
        id="T1",
        label=Label(fr="à la sortie", en="at exit"),
        months=6.0,
        anchor="exit",
        window_before_days=0,
        window_after_days=28,
    ),
    Wave(
        id="T2",
        label=Label(fr="six mois après la sortie", en="six months after exit"),
        months=12.0,
        anchor="exit",
        months_after_anchor=6.0,
    ),
)


class Variable(_Part):
    """A variable of the study: what it measures and how it is written in the files."""

    label: Text = Field(description="Nom de la variable, tel qu'il paraîtra dans le rapport.")
    type: VariableType = Field(description="number, boolean, category, text ou date.")
    unit: Text | None = Field(default=None, description="Unité au pluriel : « euros par mois », « points ».")
    unit_singular: Text | None = Field(
        default=None,
        description="Unité au singulier : « euro par mois » ; sans elle, les phrases gardent le pluriel.",
    )
    categories: tuple[str, ...] | None = Field(
        default=None, strict=False, description="Modalités permises d'une variable de type category."
    )
    kind: VariableKind | None = Field(
        default=None,
        description="Ce que dit un nombre qui n'est pas une quantité : count, des événements comptés ; "
        "ordinal, des niveaux qui n'ont qu'un ordre (1 à 5). La page ajoute alors une méthode qui leur va.",
    )


class Column(_Part):
    """A column of a user's file and how to read it."""

    column: str = Field(description="En-tête de la colonne dans le fichier.")
    wave: str | None = Field(default=None, description="Vague que porte cette colonne (fichier en largeur).")
    labels: dict[str, str | bool | float] | None = Field(
        default=None, description="Correspondance entre les valeurs du fichier et celles de l'étude."
    )


def _as_columns(value: object) -> object:
    """Read ``"Âge"`` and ``{column = "Âge"}`` as a list of one column."""
    items = value if isinstance(value, (list, tuple)) else [value]
    return tuple({"column": item} if isinstance(item, str) else item for item in items)


Columns = Annotated[tuple[Column, ...], BeforeValidator(_as_columns), Field(min_length=1)]


class Identity(_Part):
    """The columns of a file that say who people are: they go to the vault or are dropped, never further."""

    last_name: str | None = Field(default=None, description="Colonne du nom.")
    first_name: str | None = Field(default=None, description="Colonne du prénom.")
    birth_date: str | None = Field(default=None, description="Colonne de la date de naissance.")
    sex: str | None = Field(default=None, description="Colonne du sexe.")
    postcode: str | None = Field(default=None, description="Colonne du code postal.")
    phone: str | None = Field(default=None, description="Colonne du téléphone.")
    email: str | None = Field(default=None, description="Colonne du courriel.")
    nir: str | None = Field(default=None, description="Colonne du numéro de sécurité sociale.")
    caf_number: str | None = Field(default=None, description="Colonne du numéro d'allocataire.")


class PublicRule(_Part):
    """How the files say that a person belongs to a priority public."""

    variable: str = Field(description="Variable qui le dit, connue à l'entrée.")
    yes: tuple[str | bool, ...] = Field(
        default=(True,),
        strict=False,
        min_length=1,
        description="Valeurs de la variable qui veulent dire oui ; true par défaut.",
    )
    below: float | None = Field(
        default=None, description="Pour un nombre : oui au-dessous de ce seuil (18 pour un âge)."
    )


class TableFile(_Part):
    """A file of people or of monthly counts, and what its columns are."""

    id: Slug = Field(description="Nom court du fichier, pour le désigner dans les actions.")
    path: str = Field(description="Chemin du fichier, à partir du dossier de l'étude.")
    sheet: str | None = Field(
        default=None, description="Feuille d'un classeur ; par défaut la seule qu'il contient."
    )
    wave: str | None = Field(default=None, description="Vague de toutes les lignes du fichier.")
    arm: Arm | None = Field(default=None, description="Groupe de toutes les lignes du fichier.")
    missing: tuple[str, ...] = Field(
        default=(), strict=False, description="Textes qui veulent dire « sans réponse », par exemple « NSP »."
    )
    columns: dict[str, Columns] = Field(
        description="La colonne du fichier pour chaque rôle (unit, wave, month, arm, entry, exit, answered, "
        "birth, household, cluster, weight) et pour chaque variable."
    )
    identity: Identity | None = Field(
        default=None,
        description="Colonnes d'identité, pour reconnaître les personnes dans le suivi (impactkit cohort).",
    )

    def named_waves(self, variables: Collection[str]) -> frozenset[str]:
        """Return the waves named for these variables: by file, column by column or by labels."""
        named = {column.wave for name in variables for column in self.columns.get(name, ())}
        if "wave" in self.columns:
            named |= {str(value) for value in (self.columns["wave"][0].labels or {}).values()}
        return frozenset(wave for wave in (self.wave, *named) if wave is not None)

    @property
    def may_hold_any_wave(self) -> bool:
        """Whether a column of waves may hold any of the study's."""
        return "wave" in self.columns and self.columns["wave"][0].labels is None


class Timeline(_Part):
    """A file of dated events, or of spells that begin and end: several rows per person, over all actions."""

    id: Slug = Field(description="Nom court du fichier, pour le désigner à impactkit cohort import.")
    path: str = Field(description="Chemin du fichier, à partir du dossier de l'étude.")
    sheet: str | None = Field(
        default=None, description="Feuille d'un classeur ; par défaut la seule qu'il contient."
    )
    holds: Literal["events", "spells"] = Field(
        description="events : un jour par ligne ; spells : un début et une fin par ligne."
    )
    action: str | None = Field(default=None, description="Action de toutes les lignes du fichier.")
    kind: str | None = Field(
        default=None, description="Nature de toutes les lignes : « accompagnement », « entry », « exit »…"
    )
    missing: tuple[str, ...] = Field(
        default=(), strict=False, description="Textes qui veulent dire « sans réponse »."
    )
    columns: dict[TimelineRole, Columns] = Field(
        description="La colonne du fichier pour unit, action, kind, date (events), start, end et "
        "reason (spells)."
    )
    identity: Identity | None = Field(
        default=None, description="Colonnes d'identité, pour reconnaître les personnes dans le suivi."
    )


class Outcome(_Part):
    """A result expected for people, its direction and the smallest effect worth having."""

    variable: str = Field(description="Variable de résultat.")
    primary: bool = Field(default=False, description="Résultat principal : un seul par action.")
    direction: Direction = Field(
        description="increase si une hausse est souhaitée, decrease si c'est une baisse."
    )
    minimum_effect: float | None = Field(
        default=None,
        gt=0,
        description="Plus petit effet qui vaudrait la peine, dans l'unité du résultat (0.05 pour 5 points).",
    )


class Indicators(_Part):
    """The indicators followed in Pilot'actions."""

    national: str | None = Field(
        default=None, description="Indicateur national choisi dans la liste de Pilot'actions."
    )
    local: tuple[str, ...] = Field(default=(), strict=False, description="Indicateurs locaux.")


class Funding(_Part):
    """What the action costs, in euros, and who pays."""

    state: float = Field(default=0, ge=0, description="Part de l'État, en euros.")
    collectivity: float = Field(default=0, ge=0, description="Part de la collectivité, en euros.")
    others: float = Field(default=0, ge=0, description="Part des autres financeurs, en euros.")


class Comparability(_Part):
    """How the two groups are made comparable before any result is read: by matching or by weighting."""

    method: MatchingMethod | WeightingMethod = Field(
        description="Appariement : nearest, optimal, full, exact, coarsened, cardinality, subclass. "
        "Pondération : logit, entropy, cbps."
    )
    on: tuple[str, ...] = Field(
        default=(),
        strict=False,
        description="Caractéristiques à rendre comparables, et le résultat pour sa valeur avant l'entrée ; "
        "par défaut les covariables de l'action.",
    )
    distance: Distance | None = Field(
        default=None,
        description="Distance d'un appariement nearest, optimal, full ou subclass ; logit par défaut.",
    )
    caliper: float | None = Field(
        default=None,
        gt=0,
        description="Écart le plus grand permis : dans une paire, en écarts-types du score (nearest, full) ; "
        "entre les moyennes, en écarts-types des bénéficiaires (cardinality).",
    )
    ratio: int = Field(
        default=1, ge=1, description="Personnes comparées par bénéficiaire (nearest, optimal, cardinality)."
    )
    replace: bool = Field(
        default=False, description="true si une personne comparée peut servir plusieurs fois (nearest)."
    )
    exact: tuple[str, ...] = Field(
        default=(), strict=False, description="Caractéristiques sur lesquelles les paires sont identiques."
    )
    moments: Literal[1, 2, 3] = Field(
        default=1, description="Moments équilibrés par entropy : 1 moyennes, 2 et variances, 3 et asymétries."
    )
    tolerance: float | None = Field(
        default=None,
        ge=0.001,
        lt=1,
        description="Équilibre approché par entropy : ce qu'il peut rester d'écart, en écarts-types (0.1) ; "
        "exact sans cette clé.",
    )


class Threshold(_Part):
    """The threshold from which people have a right to the action."""

    running: str = Field(description="Variable numérique qui décide du droit : revenu, âge, score.")
    cutoff: float = Field(description="Valeur du seuil.")


class Duration(_Part):
    """How the time that the primary outcome measures ends, and over how long it is looked at."""

    event: str = Field(
        description="Variable qui dit comment la durée se termine : oui (ou 1) l'événement a eu lieu, non "
        "(ou 0) le suivi s'est arrêté sans lui, 2 ou plus un autre événement l'a rendu impossible."
    )
    horizon: float = Field(gt=0, description="Durée étudiée depuis l'entrée, dans l'unité du résultat.")


class Hypothesis(_Part):
    """A link of the logic of intervention, and what speaks for it and against it."""

    text: Text = Field(description="Ce que l'action est supposée produire, et comment.")
    supported_by: tuple[Text, ...] = Field(
        default=(), strict=False, description="Constats qui vont dans ce sens, avec leur origine."
    )
    contradicted_by: tuple[Text, ...] = Field(
        default=(), strict=False, description="Constats qui vont contre, avec leur origine."
    )


class Rival(_Part):
    """Something else than the action that could explain what is observed."""

    text: Text = Field(description="Autre explication possible : un emploi qui reprend, une autre aide.")
    touches: Literal["beneficiaries", "everyone"] = Field(
        description="beneficiaries : les seules personnes accompagnées ; everyone : aussi celles qui sont "
        "comparées."
    )
    judgement: Literal["ruled_out", "possible", "likely"] = Field(
        description="ruled_out (écartée), possible ou likely (vraisemblable)."
    )
    because: Text | None = Field(default=None, description="Ce qui fonde ce jugement.")


class Change(_Part):
    """A story of the most significant change, as someone tells it."""

    text: Text = Field(description="Le changement raconté, sans rien qui fasse reconnaître une personne.")
    told_by: Literal["participant", "professional", "partner"] = Field(
        description="participant, professional (professionnel) ou partner (partenaire)."
    )
    publishable: bool = Field(
        description="Oui si la personne a accepté que son récit paraisse ; sinon il reste dans ce fichier."
    )
    domain: Text | None = Field(default=None, description="Domaine : logement, santé, emploi, liens…")
    chosen_because: Text | None = Field(
        default=None, description="Pourquoi ce récit a été retenu comme le plus significatif."
    )


class Contribution(_Part):
    """What is known of how the action plays its part, beside the figures and never in their place."""

    opinion: str | None = Field(
        default=None,
        description="Variable où les bénéficiaires disent si le changement vient de l'action, à la fin.",
    )
    hypotheses: tuple[Hypothesis, ...] = Field(
        default=(), strict=False, description="Hypothèses de l'action, une par une."
    )
    rivals: tuple[Rival, ...] = Field(
        default=(), strict=False, description="Autres explications examinées, une par une."
    )
    changes: tuple[Change, ...] = Field(
        default=(), strict=False, description="Changements les plus significatifs, un par récit."
    )
    proper_nouns: tuple[str, ...] = Field(
        default=(),
        strict=False,
        description="Noms propres qui peuvent paraître dans ces textes : lieux, organismes, dispositifs.",
    )


class Action(_Part):
    """One action: what it is for, whom it touches, and how its effect is measured."""

    id: Slug = Field(description="Nom court de l'action, qui nomme aussi son dossier de résultats.")
    title: Text = Field(description="Intitulé de l'action.")
    axis: Axis | None = Field(default=None, description="Axe de la contractualisation.")
    need: Text = Field(description="Besoin social à l'origine de l'action.")
    intended_effect: Text = Field(description="Effet recherché pour les personnes directement concernées.")
    logic: Text | None = Field(
        default=None, description="Logique d'intervention : moyens, activités, réalisations, effets."
    )
    start: dt.date = Field(description="Date de démarrage de l'action.")
    retention_until: dt.date | None = Field(
        default=None,
        description="Date après laquelle « impactkit cohort purge » retire les identités des personnes que "
        "seule cette action suit ; par défaut celle de [protection].",
    )
    retention_months: int | None = Field(
        default=None,
        ge=1,
        description="Même chose, en mois depuis le dernier fichier de l'action ; avec une date, la première "
        "échéance compte.",
    )
    publics: tuple[Public, ...] = Field(default=(), strict=False, description="Publics prioritaires visés.")
    indicators: Indicators = Field(default_factory=Indicators, description="Indicateurs nationaux et locaux.")
    funding: Funding | None = Field(default=None, description="Financement.")
    files: tuple[str, ...] = Field(
        strict=False, min_length=1, description="Fichiers où les personnes sont suivies."
    )
    outcomes: tuple[Outcome, ...] = Field(
        strict=False, min_length=1, description="Résultats mesurés, dont un principal."
    )
    method: Method = Field(
        description="before_after, compare_groups, did, event_study, doubly_robust, discontinuity, "
        "encouragement, interrupted_series ou time_to_event."
    )
    comparison: Comparison = Field(description="Avec qui comparer ; none s'il n'y a pas de comparaison.")
    adjust: Literal["lin", "ancova"] | None = Field(
        default=None, description="Ajustement de compare_groups sur les covariables."
    )
    window: tuple[str, str] | None = Field(
        default=None,
        strict=False,
        description="Vagues comparées : avant, après. Par défaut la première et la dernière.",
    )
    covariates: tuple[str, ...] = Field(
        default=(),
        strict=False,
        description="Caractéristiques connues avant l'action, dont il faut tenir compte.",
    )
    placebo_outcomes: tuple[str, ...] = Field(
        default=(),
        strict=False,
        description="Variables que l'action ne peut pas changer, suivies comme un résultat : y voir un effet "
        "ferait douter de la comparaison.",
    )
    comparable: Comparability | None = Field(
        default=None, description="Comment rendre les deux groupes comparables avant de lire les résultats."
    )
    threshold: Threshold | None = Field(
        default=None, description="Seuil d'éligibilité, pour la méthode discontinuity."
    )
    duration: Duration | None = Field(
        default=None, description="Événement et horizon d'une durée, pour la méthode time_to_event."
    )
    contribution: Contribution = Field(
        default_factory=Contribution,
        description="Récits, hypothèses et autres explications : ce que les chiffres ne disent pas.",
    )

    @property
    def variables(self) -> tuple[str, ...]:
        """The variables that the action uses: outcomes, characteristics, what makes comparable or decides."""
        named = [*(outcome.variable for outcome in self.outcomes), *self.covariates, *self.placebo_outcomes]
        if self.comparable is not None:
            named += [*self.comparable.on, *self.comparable.exact]
        if self.threshold is not None:
            named.append(self.threshold.running)
        if self.duration is not None:
            named.append(self.duration.event)
        if self.contribution.opinion is not None:
            named.append(self.contribution.opinion)
        return tuple(dict.fromkeys(named))

    @property
    def retention(self) -> str | None:
        """Until when identities are kept for it, as `Protection.retention` says it."""
        return _retention(self.retention_until, self.retention_months)

    @property
    def primary(self) -> Outcome:
        """The primary outcome."""
        return next(outcome for outcome in self.outcomes if outcome.primary)

    @property
    def secondary(self) -> tuple[Outcome, ...]:
        """The other outcomes."""
        return tuple(outcome for outcome in self.outcomes if not outcome.primary)


class Protection(_Part):
    """What is done with people's data in the record that follows them."""

    retention_until: dt.date | None = Field(
        default=None, description="Date après laquelle « impactkit cohort purge » retire les identités."
    )
    retention_months: int | None = Field(
        default=None,
        ge=1,
        description="Même chose, en mois depuis le dernier fichier pris ; avec une date, la première "
        "échéance compte.",
    )
    identities: Literal["vault", "drop"] = Field(
        default="vault",
        description="vault : identités chiffrées dans le coffre ; drop : leurs empreintes seulement.",
    )
    justified: dict[str, str] = Field(
        default_factory=dict,
        description="Pour chaque colonne sensible ou d'allure identifiante : pourquoi elle est nécessaire.",
    )

    @property
    def retention(self) -> str | None:
        """Until when identities are kept: ``2030-12-31``, ``P24M`` or both; ``None`` when it is not said."""
        return _retention(self.retention_until, self.retention_months)


class Study(_Part):
    """A contract (CLS) or a pact, its files and its actions, as `read_study` returns it."""

    format: Literal[1] = Field(description="Version du format de ce fichier : 1.")
    kind: Kind = Field(
        description="cls (contrat local des solidarités) ou pacte (pacte local des solidarités)."
    )
    id: Slug = Field(description="Nom court de l'étude, qui nomme aussi son dossier de résultats.")
    title: Text = Field(description="Intitulé du contrat ou du pacte.")
    territory: Territory = Field(description="Territoire concerné.")
    language: Literal["fr", "en"] = Field(default="fr", description="Langue des rapports.")
    secrecy: Profile = Field(default="pilotactions", description="Règles de secret statistique appliquées.")
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

    _path: Path = PrivateAttr(default=Path())
    _sha256: str = PrivateAttr(default="")

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
