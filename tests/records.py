"""Records and a study made by hand, as the tests of all that is made from records use them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from impactkit.evidence.record import (
    BalanceRecord,
    CheckRecord,
    EffectRecord,
    FlowRecord,
    GroupRecord,
    OutcomeRecord,
    PathLine,
    PathRecord,
    PathTime,
    Provenance,
    Record,
    SecondaryRecord,
    Sentences,
    SeriesRecord,
    Words,
)
from impactkit.files.model import Study


def w(fr: str, en: str | None = None) -> Words:
    """Write words; the same in both languages unless English is given."""
    return Words(fr=fr, en=fr if en is None else en)


def provenance(**changes: Any) -> Provenance:
    values: dict[str, Any] = {
        "impactkit": "0.1.0",
        "python": "3.11.9",
        "packages": {"numpy": "2.4.0", "pandas": "3.1.0", "scipy": "1.16.2"},
        "study_sha256": "5f2d9f0c" * 8,
        "inputs": {"donnees/suivi_2024.csv": "0a1b2c3d" * 8, "donnees/attente.xlsx": "4e5f6a7b" * 8},
        "seed": 20260101,
        "settings": {"errors": "HC2", "adjust": "none"},
    }
    return Provenance(**(values | changes))


def study(**changes: Any) -> Study:
    """A pact with the actions of the records below."""

    def action(id_: str, title: dict[str, str], **more: Any) -> dict[str, Any]:
        base: dict[str, Any] = {
            "id": id_,
            "title": title,
            "axis": "employment",
            "need": {
                "fr": "Dans le pays de Valmont, une personne allocataire du RSA sur deux n'a ni permis ni "
                "véhicule ; "
                "les offres d'emploi se trouvent à plus de vingt kilomètres des principaux bourgs.",
                "en": "In the Valmont area, one person in two receiving income support has neither "
                "licence nor vehicle; "
                "jobs are more than twenty kilometres away from the main towns.",
            },
            "intended_effect": {
                "fr": "Retrouver un emploi dans l'année qui suit l'entrée dans le parcours.",
                "en": "Find a job within a year of entering the programme.",
            },
            "logic": {
                "fr": "Un diagnostic de mobilité, puis un accompagnement individuel de six mois (permis, "
                "location solidaire, "
                "aide à la conduite), lèvent le frein du transport et rendent accessibles les offres "
                "d'emploi.",
                "en": "A mobility assessment, then six months of individual support (licence, low-cost "
                "rental, driving "
                "practice), remove the transport barrier and bring job offers within reach.",
            },
            "start": dt.date(2024, 3, 1),
            "publics": ["women", "single_parents", "rural"],
            "indicators": {
                "national": "Nombre de personnes accompagnées vers l'emploi",
                "local": ["Part de personnes en emploi à 12 mois"],
            },
            "funding": {"state": 60000, "collectivity": 60000, "others": 0},
            "files": ["suivi"],
            "outcomes": [
                {"variable": "en_emploi", "primary": True, "direction": "increase", "minimum_effect": 0.05}
            ],
            "method": "did",
            "comparison": "waiting_list",
        }
        return base | more

    values: dict[str, Any] = {
        "format": 1,
        "kind": "pacte",
        "id": "valmont",
        "title": {"fr": "Pacte local des solidarités de Valmont", "en": "Valmont local solidarity pact"},
        "territory": {"name": "Pays de Valmont", "department": "99"},
        "variables": {"en_emploi": {"label": {"fr": "en emploi", "en": "in work"}, "type": "boolean"}},
        "files": [{"id": "suivi", "path": "suivi.csv", "columns": {"unit": "id", "en_emploi": "Emploi"}}],
        "actions": [
            action(
                "parcours_mobilite", {"fr": "Parcours mobilité vers l'emploi", "en": "Mobility towards work"}
            ),
            action(
                "atelier_budget", {"fr": "Ateliers budget", "en": "Budget workshops"}, axis="access_to_rights"
            ),
            action("guichet_unique", {"fr": "Guichet unique des droits", "en": "One-stop rights desk"}),
            action(
                "parrainage",
                {"fr": "Parrainage de jeunes", "en": "Youth mentoring"},
                logic=None,
                funding=None,
            ),
        ],
    }
    return Study.model_validate(values | changes)


EMPLOYED = OutcomeRecord(
    name="en_emploi",
    label=w("en emploi", "in work"),
    type="boolean",
    unit=None,
    direction="increase",
    minimum_effect=0.05,
)
DEBT = OutcomeRecord(
    name="dettes",
    label=w("montant des dettes", "amount of debt"),
    type="number",
    unit=w("euros"),
    direction="decrease",
    minimum_effect=150.0,
)
CLAIMS = OutcomeRecord(
    name="demandes",
    label=w("demandes d'aide d'urgence par mois", "emergency aid claims per month"),
    type="number",
    unit=w("demandes", "claims"),
    direction="decrease",
    minimum_effect=None,
)


def flow(
    *steps: tuple[str | None, str, str, str, int | None, int | None, Words | None],
) -> tuple[FlowRecord, ...]:
    return tuple(
        FlowRecord.model_validate(
            {"arm": arm, "step": step, "label": w(fr, en), "n": n, "lost": lost, "reason": reason}
        )
        for arm, step, fr, en, n, lost, reason in steps
    )


def did_record(**changes: Any) -> Record:
    """A share measured by differences in differences with a waiting list."""
    no_answer = w("Situation inconnue à douze mois.", "Situation unknown at twelve months.")
    values: dict[str, Any] = {
        "study": "valmont",
        "study_title": w("Pacte de Valmont", "Pact of Valmont"),
        "kind": "pacte",
        "action": "parcours_mobilite",
        "title": w("Parcours mobilité vers l'emploi", "Mobility towards work"),
        "territory": "Pays de Valmont",
        "department": "99",
        "region": None,
        "method": "did",
        "comparison": "waiting_list",
        "estimand": "ATT",
        "window": (w("à l'entrée", "at entry"), w("douze mois après l'entrée", "twelve months after entry")),
        "covariates": (w("âge", "age"), w("sexe", "sex"), w("ancienneté au RSA", "time on income support")),
        "outcome": EMPLOYED,
        "effect": EffectRecord(
            estimate=0.104, std_error=0.0352, df=276.0, conf_low=0.0347, conf_high=0.1733, p_value=0.0034
        ),
        "means": (
            GroupRecord(group="treated", time="before", mean=0.113, n=142),
            GroupRecord(group="treated", time="after", mean=0.401, n=142),
            GroupRecord(group="comparison", time="before", mean=0.132, n=136),
            GroupRecord(group="comparison", time="after", mean=0.316, n=136),
        ),
        "flow": flow(
            (None, "rows", "Lignes lues dans les fichiers", "Rows read in the files", 651, None, None),
            (
                None,
                "distinct",
                "Lignes distinctes",
                "Distinct rows",
                638,
                13,
                w("Doublons exacts.", "Exact duplicates."),
            ),
            (None, "people", "Personnes différentes", "Different people", 319, 0, None),
            ("treated", "entered", "Personnes entrées", "People who entered", 165, None, None),
            (
                "treated",
                "baseline_known",
                "Situation de départ connue",
                "Starting situation known",
                None,
                None,
                None,
            ),
            ("treated", "analysed", "Personnes analysées", "People analysed", 142, None, no_answer),
            ("comparison", "entered", "Personnes entrées", "People who entered", 154, None, None),
            (
                "comparison",
                "baseline_known",
                "Situation de départ connue",
                "Starting situation known",
                154,
                0,
                None,
            ),
            ("comparison", "analysed", "Personnes analysées", "People analysed", 136, 18, no_answer),
        ),
        "balance": (
            _balance("en emploi", "in work", "boolean", 0.113, 0.132, -0.058),
            _balance("âge", "age", "number", 37.2, 37.5, -0.031),
            _balance("femme", "woman", "boolean", 0.62, 0.57, 0.101),
            _balance("ancienneté au RSA", "time on income support", "number", 31.0, 28.2, 0.128),
            BalanceRecord(
                label=w("personne en situation de handicap (RQTH)", "recognised disability"),
                type="boolean",
                mean_treated=None,
                mean_comparison=None,
                smd_low=0.05,
                smd_high=0.25,
            ),
        ),
        "series": None,
        "checks": (
            _check(
                "sample_size",
                "ok",
                "Suit-on assez de personnes ?",
                "Are enough people followed?",
                "Le plus petit groupe compte 136 personnes : assez pour un résultat principal (60 au moins).",
                "The smallest group has 136 people: enough for a main result (60 at least).",
                136.0,
                60.0,
            ),
            _check(
                "attrition",
                "caution",
                "A-t-on perdu trop de personnes en route ?",
                "Were too many people lost?",
                "Au plus 20 % des personnes entrées manquent dans l'analyse.",
                "At most 20% of people who entered are missing from the analysis.",
                None,
                0.2,
            ),
            _check(
                "pre_trends",
                "not_run",
                "Les deux groupes évoluaient-ils déjà différemment avant l'action ?",
                "Were the two groups already moving apart before the action?",
                "Une seule mesure avant l'action : on ne peut pas vérifier que les deux groupes "
                "évoluaient de la même façon.",
                "Only one measure before the action: it cannot be checked.",
            ),
            _check(
                "baseline_balance",
                "fail",
                "Les deux groupes se ressemblaient-ils avant l'action ?",
                "Were the two groups alike before the action?",
                "Les groupes diffèrent (plus grande différence : 0,13 écart-type) et l'analyse n'en tient "
                "pas compte.",
                "The groups differ (largest difference: 0.13 standard deviation) and the analysis does "
                "not allow for it.",
                0.128,
                0.05,
            ),
        ),
        "notes": (),
        "alternatives": (),
        "secondary": (
            SecondaryRecord(
                outcome=DEBT,
                effect=EffectRecord(
                    estimate=-210.0, std_error=95.0, df=270.0, conf_low=-397.0, conf_high=-23.0, p_value=0.028
                ),
                p_holm=0.056,
                sentence=w(
                    "L'indicateur « montant des dettes » est en moyenne plus bas de 23 à 397 euros que ce "
                    "que laisse "
                    "attendre le groupe de comparaison.",
                    "“Amount of debt” is on average 23 to 397 euros lower than the comparison group "
                    "suggests.",
                ),
            ),
        ),
        "strength": 3,
        "credibility": 3,
        "precision": 4,
        "bound_by": w(
            "L'évolution des personnes accompagnées est comparée à celle d'un autre groupe : on suppose "
            "que, sans "
            "l'action, les deux groupes auraient évolué de la même façon.",
            "The change among people supported is compared with another group's.",
        ),
        "attribution": "probably_attributable",
        "imputation": "probable",
        "attribution_label": w(
            "Effet favorable, probablement imputable à l'action",
            "Favourable effect, probably attributable to the action",
        ),
        "conclusion": "improvement",
        "claim": "effect",
        "reasons": (
            w(
                "L'évolution des personnes accompagnées est comparée à celle d'un autre groupe : on "
                "suppose que, sans "
                "l'action, les deux groupes auraient évolué de la même façon.",
                "The change among people supported is compared with another group's.",
            ),
            w(
                "Au plus 20 % des personnes entrées manquent dans l'analyse.",
                "At most 20% of people who entered are missing from the analysis.",
            ),
        ),
        "sentences": Sentences(
            verdict=w(
                "Effet favorable, probablement imputable à l'action",
                "Favourable effect, probably attributable to the action",
            ),
            interval=w(
                "La part de personnes « en emploi » est plus élevée de 3 à 17 points qu'elle ne l'aurait "
                "été sans "
                "l'action (douze mois après l'entrée ; intervalle de confiance à 95 %).",
                "The share of people “in work” is 3 to 17 points higher than it would have been without "
                "the action "
                "(twelve months after entry; 95% confidence interval).",
            ),
            significance=w(
                "Le hasard seul expliquerait mal un tel écart : le résultat est statistiquement "
                "significatif.",
                "Chance alone would hardly explain such a difference: the result is statistically "
                "significant.",
            ),
            per_hundred=w(
                "Sur 100 personnes accompagnées, 40 sont dans la situation « en emploi » ; sans l'action, "
                "elles "
                "auraient été entre 23 et 37.",
                "Out of 100 people supported, 40 are “in work”; without the action there would have been "
                "23 to 37.",
            ),
            method=w(
                "L'évolution des personnes accompagnées, entre le départ (à l'entrée) et l'arrivée (douze "
                "mois après "
                "l'entrée), est comparée à celle d'un autre groupe (liste d'attente) sur la même période "
                "; le résultat "
                "est la différence entre ces deux évolutions (méthode des doubles différences).",
                "The change among people supported is compared with that of another group (waiting list) "
                "over the same "
                "period; the result is the difference between the two changes (difference in differences).",
            ),
            smallest_effect=w(
                "Avec 278 personnes suivies, cette mesure ne pouvait mettre en évidence qu'un écart d'au "
                "moins 10 points "
                "(huit chances sur dix de le voir).",
                "With 278 people followed, this measure could only show a difference of at least 10 points.",
            ),
            can_say=(
                w(
                    "L'action a probablement eu un effet favorable sur « en emploi » pour les personnes "
                    "suivies.",
                    "The action probably had a favourable effect on “in work” for the people followed.",
                ),
            ),
            cannot_say=(
                w(
                    "Que l'imputation est certaine : des réserves demeurent, indiquées ci-dessous.",
                    "That the attribution is certain: reserves remain, listed below.",
                ),
                w(
                    "Que le résultat vaudrait pour d'autres personnes, un autre territoire ou une autre "
                    "période.",
                    "That the result would hold for other people, another territory or another period.",
                ),
            ),
            to_strengthen=(
                w(
                    "Disposer d'au moins deux mesures avant l'entrée dans l'action.",
                    "Have at least two measures before entry.",
                ),
            ),
        ),
        "n_treated": 142,
        "n_comparison": 136,
        "secrecy": "pilotactions",
        "masked": 3,
        "provenance": provenance(),
    }
    return Record.model_validate(values | changes)


def before_after_record(**changes: Any) -> Record:
    """A number measured before and after on the same people, most counts masked."""
    no_group = w(
        "Les mêmes personnes sont observées avant et après, sans groupe de comparaison : ce qui se serait "
        "produit sans "
        "l'action se mêle à son effet.",
        "The same people are observed before and after, without a comparison group.",
    )
    base = did_record()
    values: dict[str, Any] = {
        "action": "atelier_budget",
        "title": w("Ateliers budget", "Budget workshops"),
        "method": "before_after",
        "claim": "before",
        "comparison": "none",
        "covariates": (),
        "outcome": DEBT,
        "effect": EffectRecord(
            estimate=-402.3, std_error=121.5, df=40.0, conf_low=-647.9, conf_high=-156.7, p_value=0.0019
        ),
        "means": (
            GroupRecord(group="treated", time="before", mean=2310.4, n=41),
            GroupRecord(group="treated", time="after", mean=1908.1, n=41),
        ),
        "flow": flow(
            (None, "rows", "Lignes lues dans les fichiers", "Rows read in the files", 96, None, None),
            (None, "people", "Personnes différentes", "Different people", None, None, None),
            ("treated", "entered", "Personnes entrées", "People who entered", None, None, None),
            (
                "treated",
                "analysed",
                "Personnes analysées",
                "People analysed",
                41,
                None,
                w("Dettes inconnues à la sortie.", "Debt unknown at exit."),
            ),
        ),
        "balance": (),
        "checks": base.checks[:3],
        "secondary": (),
        "strength": 1,
        "credibility": 1,
        "precision": 2,
        "bound_by": no_group,
        "attribution": "change_not_attributed",
        "imputation": "not_established",
        "attribution_label": w(
            "Changement observé, imputation non établie", "Change observed, attribution not established"
        ),
        "reasons": (no_group,),
        "sentences": base.sentences.model_copy(
            update={
                "verdict": w(
                    "Changement observé, imputation non établie",
                    "Change observed, attribution not established",
                ),
                "interval": w(
                    "L'indicateur « montant des dettes » est en moyenne plus bas de 157 à 648 euros "
                    "qu'avant l'action "
                    "(douze mois après l'entrée ; intervalle de confiance à 95 %).",
                    "“Amount of debt” is on average 157 to 648 euros lower than before the action (95% "
                    "confidence "
                    "interval).",
                ),
                "per_hundred": None,
                "cannot_say": (
                    w(
                        "Que ce qui est observé est dû à l'action : sans groupe de comparaison, on ne "
                        "sait pas ce qui se "
                        "serait produit sans elle.",
                        "That what is observed is due to the action.",
                    ),
                ),
            }
        ),
        "n_treated": 41,
        "n_comparison": 0,
    }
    return base.model_copy(update=values | changes)


def series_record(**changes: Any) -> Record:
    """A territory's monthly counts beside another territory's, one month hidden."""
    base = before_after_record()
    months = tuple(f"{2022 + i // 12}-{i % 12 + 1:02d}" for i in range(36))
    treated = tuple(
        None if i == 20 else 118.0 + 9 * ((i * 7) % 5 - 2) / 2 + 0.4 * i - (24 if i >= 26 else 0)
        for i in range(36)
    )
    comparison = tuple(104.0 + 8 * ((i * 5) % 7 - 3) / 3 + 0.3 * i for i in range(36))
    values: dict[str, Any] = {
        "action": "guichet_unique",
        "title": w("Guichet unique des droits", "One-stop rights desk"),
        "method": "interrupted_series",
        "claim": "comparison",
        "comparison": "neighbouring_territory",
        "outcome": CLAIMS,
        "effect": EffectRecord(
            estimate=-22.1, std_error=4.9, df=None, conf_low=-31.7, conf_high=-12.5, p_value=0.00001
        ),
        "means": (),
        "flow": flow(
            (None, "rows", "Lignes lues dans les fichiers", "Rows read in the files", 72, None, None)
        ),
        "series": SeriesRecord(months=months, treated=treated, comparison=comparison, start="2024-03"),
        "n_treated": 26,
        "n_comparison": 10,
    }
    return base.model_copy(update=values | changes)


def too_few_record(**changes: Any) -> Record:
    """An action with fewer than 11 people followed: no figure at all."""
    base = before_after_record()
    values: dict[str, Any] = {
        "action": "parrainage",
        "title": w("Parrainage de jeunes", "Youth mentoring"),
        "outcome": EMPLOYED,
        "effect": None,
        "means": (
            GroupRecord(group="treated", time="before", mean=None, n=None),
            GroupRecord(group="treated", time="after", mean=None, n=None),
        ),
        "flow": flow(
            (None, "rows", "Lignes lues dans les fichiers", "Rows read in the files", 18, None, None),
            ("treated", "entered", "Personnes entrées", "People who entered", None, None, None),
            ("treated", "analysed", "Personnes analysées", "People analysed", None, None, None),
        ),
        "strength": 0,
        "credibility": 0,
        "precision": 0,
        "attribution": "inconclusive",
        "imputation": "not_established",
        "attribution_label": w("Non concluant", "Inconclusive"),
        "conclusion": "inconclusive",
        "sentences": base.sentences.model_copy(
            update={
                "verdict": w("Non concluant", "Inconclusive"),
                "interval": w(
                    "Un des groupes suivis compte moins de 11 personnes : aucun chiffre n'est donné.",
                    "One of the groups followed has fewer than 11 people: no figure is given.",
                ),
                "significance": w(
                    "Trop peu de personnes sont suivies pour un test statistique : le résultat est "
                    "seulement décrit.",
                    "Too few people are followed for a statistical test: the result is only described.",
                ),
                "smallest_effect": None,
            }
        ),
        "n_treated": None,
        "n_comparison": 0,
        "masked": 5,
    }
    return base.model_copy(update=values | changes)


def _balance(fr: str, en: str, kind: Any, treated: float, comparison: float, smd: float) -> BalanceRecord:
    return BalanceRecord(
        label=w(fr, en),
        type=kind,
        mean_treated=treated,
        mean_comparison=comparison,
        smd_low=smd,
        smd_high=smd,
    )


def _check(
    key: str,
    status: Any,
    question_fr: str,
    question_en: str,
    reason_fr: str,
    reason_en: str,
    value: float | None = None,
    threshold: float | None = None,
) -> CheckRecord:
    return CheckRecord(
        key=key,
        question=w(question_fr, question_en),
        status=status,
        value=value,
        threshold=threshold,
        reason=w(reason_fr, reason_en),
    )


def path_record(**changes: Any) -> Record:
    """The share of `did_record` at five times: one value hidden, those who wait served before the last."""
    labels = (
        w("six mois avant l'entrée", "six months before entry"),
        w("à l'entrée", "at entry"),
        w("six mois après l'entrée", "six months after entry"),
        w("douze mois après l'entrée", "twelve months after entry"),
        w("deux ans après l'entrée", "two years after entry"),
    )
    times = (-6.0, 0.0, 6.0, 12.0, 24.0)
    path = PathRecord(
        times=tuple(
            PathTime(label=label, time=time, entered=time > 0)
            for label, time in zip(labels, times, strict=True)
        ),
        lines=(
            PathLine(group="treated", means=(0.12, 0.113, 0.27, 0.401, 0.44)),
            PathLine(group="comparison", means=(0.14, 0.132, None, 0.316)),
        ),
        several_entries=False,
    )
    return did_record(**({"path": path} | changes))


RECORDS = {
    "did": did_record,
    "path": path_record,
    "before_after": before_after_record,
    "series": series_record,
    "too_few": too_few_record,
}
