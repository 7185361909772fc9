"""One action, as the study file describes it."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from pydantic import Field

from impactkit.files.model.contribution import Contribution
from impactkit.files.model.measure import Comparability, Duration, Outcome, Threshold
from impactkit.files.model.retention import retention_said
from impactkit.files.model.steering import Decision
from impactkit.files.model.words import Axis, Comparison, Method, Part, Public, Slug, Text


class Indicators(Part):
    """The indicators followed in Pilot'actions."""

    national: str | None = Field(
        default=None, description="Indicateur national choisi dans la liste de Pilot'actions."
    )
    local: tuple[str, ...] = Field(default=(), strict=False, description="Indicateurs locaux.")


class Funding(Part):
    """What the action costs, in euros, and who pays."""

    state: float = Field(default=0, ge=0, description="Part de l'État, en euros.")
    collectivity: float = Field(default=0, ge=0, description="Part de la collectivité, en euros.")
    others: float = Field(default=0, ge=0, description="Part des autres financeurs, en euros.")


class Action(Part):
    """One action: what it is for, whom it touches, and how its effect is measured."""

    id: Slug = Field(description="Nom court de l'action, qui nomme aussi son dossier de résultats.")
    title: Text = Field(description="Intitulé de l'action.")
    pilot_id: str | None = Field(
        default=None, min_length=1, description="Numéro de l'action dans Pilot'actions, en texte."
    )
    status: Literal["new", "reinforced"] | None = Field(
        default=None, description="new (action nouvelle) ou reinforced (action renforcée)."
    )
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
    lessons: Text | None = Field(default=None, description="Enseignements tirés de l'action.")
    decision: Decision | None = Field(default=None, description="Suite à donner à l'action, et pourquoi.")
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
    masked: tuple[Literal["treated", "comparison", "opinion", "at_risk", "report"], ...] = Field(
        default=(),
        strict=False,
        description="Ce qui n'est pas publié, parce que lu avec d'autres nombres il ferait retrouver un "
        "groupe trop petit : les nombres de personnes d'un groupe avant l'analyse (treated, comparison), les "
        "avis (opinion), les effectifs sous les courbes (at_risk) ; avec report, aucun rapport de l'action "
        "n'est fait. impactkit run en cache de lui-même autant qu'il faut.",
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
        return retention_said(self.retention_until, self.retention_months)

    @property
    def primary(self) -> Outcome:
        """The primary outcome."""
        return next(outcome for outcome in self.outcomes if outcome.primary)

    @property
    def secondary(self) -> tuple[Outcome, ...]:
        """The other outcomes."""
        return tuple(outcome for outcome in self.outcomes if not outcome.primary)
