"""The six actions of the invented pact, each with its own shape of data.

In every action the outcome without the action is drawn first, for everyone; the action then adds the same
effect on average to each beneficiary, so the true effect is known exactly.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np

from making.files import BLANK, NSP, Cell, euros, repeat_rows, write_csv, write_xlsx, yes_no
from making.homes import make_homes, write_grid
from making.people import IDENTITY, french_date, make_people
from making.truth import Truth, mean_change


def atelier_numerique(folder: Path, *, seed: int) -> Truth:
    """Before/after only: people come at their worst point, and would have got better anyway."""
    rng = np.random.default_rng([seed, 1])
    pool, n, effect, ripening = 200, 64, 0.4, 0.8
    ability = rng.normal(10.0, 2.6, pool)
    first = ability + rng.normal(0.0, 2.4, pool)
    sent = np.sort(np.argsort(first, kind="stable")[:n])  # the workshops take those who score lowest
    before = np.clip(np.round(first[sent]), 0, 20)
    after = np.clip(np.round(ability[sent] + ripening + effect + rng.normal(0.0, 2.4, n)), 0, 20)
    people = make_people(rng, n, on=dt.date(2025, 3, 3), ages=(24, 67), women=0.62)
    lost = set(rng.choice(n, size=2, replace=False).tolist())
    after[list(lost)] = np.nan

    header: list[Cell] = [*IDENTITY, "Sexe", "Âge", "Score à l'entrée", "Score à 6 mois"]
    rows: list[list[Cell]] = []
    for i, person in enumerate(people):
        absent = NSP if i == min(lost) else None
        scores: list[Cell] = [int(before[i]), absent if i in lost else int(after[i])]
        number, surname, first_name, _, phone = person.identity()
        rows.append([number, surname, first_name, person.born, phone, person.sex, person.age, *scores])
    preamble: list[list[Cell]] = [
        ["Ateliers numériques du Pays d'Orlise : suivi des participants (export du 15/12/2025)"],
        ["Score d'autonomie numérique de 0 à 20, questionnaire passé avec le conseiller. NSP : ne sait pas."],
        [None],
    ]
    write_xlsx(
        folder / "ateliers_numeriques.xlsx",
        {"Suivi": [*preamble, header, *rows]},
        merged=("A1:I1", "A2:I2"),
    )
    return Truth(
        action="atelier_numerique",
        effects={"autonomie_numerique": effect},
        carried=False,
        before_after=mean_change(before, after, np.ones(n, dtype=bool)),
        sizes={"beneficiary": n, "not_followed": len(lost)},
        why={
            "fr": "Les personnes sont orientées quand leur score est au plus bas : il serait remonté de "
            "lui-même, et l'usage quotidien apprend aussi. L'évolution est nette, l'effet de l'action est "
            "presque nul.",
            "en": "People are referred when their score is at its lowest: it would have risen by itself, "
            "and daily use teaches too. The change is clear, the effect of the action is almost nil.",
        },
    )


def parcours_mobilite(folder: Path, *, seed: int) -> Truth:
    """More requests than places, hence a waiting list; those who wait find work too."""
    rng = np.random.default_rng([seed, 2])
    n_in, n_wait, effect = 150, 130, 0.18
    n = n_in + n_wait
    treated = np.arange(n) < n_in
    order = rng.permutation(n)  # order of the requests, which is that of the files
    people = make_people(rng, n, on=dt.date(2025, 2, 3), ages=(19, 58), women=0.58)
    licence = rng.random(n) < 0.42
    rsa_months = rng.gamma(2.0, 14.0, n).round().astype(int)
    age = np.array([person.age for person in people])

    work_0 = rng.random(n) < 0.28 + 0.04 * licence
    stays = 0.72 + 0.08 * licence
    finds = 0.20 + 0.08 * licence - 0.001 * np.minimum(rsa_months, 60)
    work_6 = rng.random(n) < np.where(work_0, stays, finds) + effect * treated
    # Pay of those who work, 800 € a month on average at both times: the true effect on income is 0.18 × 800.
    pay_0 = rng.uniform(250, 1350, n)
    pay_6 = np.where(work_0, 0.7 * pay_0 + 0.3 * rng.uniform(250, 1350, n), rng.uniform(250, 1350, n))
    trust_effect = 0.6
    trust_0 = rng.normal(5.0, 1.8, n)
    trust_6 = 0.55 * trust_0 + 2.5 + trust_effect * treated + rng.normal(0.0, 1.4, n)
    trust_0, trust_6 = (np.clip(np.round(trust), 0, 10).astype(int) for trust in (trust_0, trust_6))

    lost = rng.random(n) < np.where(treated, 0.11, 0.13) + 0.03 * (age < 30)
    reached = lost & (rng.random(n) < 0.5)  # reached by telephone, but would not say
    silent = rng.random(n) < 0.03  # does not answer the question on confidence

    header_0 = [
        *IDENTITY, "Groupe", "Date d'inscription", "Sexe", "Âge", "Ancienneté RSA (mois)", "Permis B",
        "Situation", "Revenu d'activité (€)", "Confiance (0 à 10)", "N° de foyer", "Code commune",
        "Parent isolé", "Travailleur pauvre", "Observations",
    ]  # fmt: skip
    homes = make_homes(np.random.default_rng([seed, 2, 1]), treated)
    header_6 = [
        "Numero_dossier", "Nom", "Prenom", "Date_entretien", "En_emploi", "Revenu_mensuel_net",
        "Score_confiance",
    ]  # fmt: skip
    rows_0, rows_6 = [], []
    for rank, i in enumerate(order):
        person = people[i]
        signed = dt.date(2024, 11, 4) + dt.timedelta(days=int(rank * 0.35))
        notes = ("", "", "", "à rappeler", "rendez-vous manqué")
        rows_0.append([
            *person.identity(), "Bénéficiaire" if treated[i] else "Liste d'attente", french_date(signed),
            person.sex, str(person.age), str(rsa_months[i]), yes_no(licence[i]),
            "En emploi" if work_0[i] else "Sans emploi", euros(pay_0[i] * work_0[i]),
            NSP if silent[n - 1 - i] else str(trust_0[i]), homes.number[i], homes.commune[i],
            yes_no(homes.lone_parent[i]), yes_no(work_0[i] and homes.poor[i]),
            notes[int(rng.integers(len(notes)))],
        ])  # fmt: skip
        if lost[i] and not reached[i]:
            continue
        asked = dt.date(2025, 8, 4) + dt.timedelta(days=int(rng.integers(0, 40)))
        answers = [NSP, BLANK, NSP] if reached[i] else [
            "OUI" if work_6[i] else "NON", euros(pay_6[i] * work_6[i]), NSP if silent[i] else str(trust_6[i]),
        ]  # fmt: skip
        rows_6.append([person.number, person.surname, person.first_name, french_date(asked), *answers])
    write_grid(folder)
    write_csv(folder / "mobilite_entree.csv", header_0, repeat_rows(rng, rows_0, times=3), encoding="cp1252")
    write_csv(
        folder / "mobilite_6mois.csv", header_6, repeat_rows(rng, rows_6, times=2), encoding="utf-8-sig"
    )
    return Truth(
        action="parcours_mobilite",
        effects={"en_emploi": effect, "revenu_activite": effect * 800, "confiance": trust_effect},
        carried=True,
        before_after=mean_change(work_0.astype(float), np.where(lost, np.nan, work_6), treated),
        sizes={
            "beneficiary": n_in,
            "waiting_list": n_wait,
            "not_followed_beneficiary": int((lost & treated).sum()),
            "not_followed_waiting_list": int((lost & ~treated).sum()),
        },
        why={
            "fr": "Les personnes en liste d'attente retrouvent aussi du travail au fil des mois : "
            "l'évolution des seuls bénéficiaires ajoute ce mouvement à l'effet de l'action.",
            "en": "People on the waiting list find work too as months go by: the change of beneficiaries "
            "alone adds this movement to the effect of the action.",
        },
    )


def accueil_familles(folder: Path, *, seed: int) -> Truth:
    """Neighbouring territory: families received in 16 structures here, 16 there."""
    rng = np.random.default_rng([seed, 3])
    n_sites, effect = 16, -0.9
    towns = [f"{kind} {name}" for kind, names in STRUCTURES.items() for name in names]
    sites = rng.permutation(np.array(towns))[: 2 * n_sites]
    site = np.repeat(np.arange(2 * n_sites), _sizes(rng, 2 * n_sites, total=440, spread=4))
    n = site.size
    treated = site < n_sites
    level, shock = rng.normal(0.0, 0.35, 2 * n_sites), rng.normal(0.0, 0.12, 2 * n_sites)
    people = make_people(rng, n, on=dt.date(2025, 1, 13), ages=(21, 52), women=0.81)
    single = rng.random(n) < 0.41
    children = 1 + rng.binomial(4, 0.27, n)
    family_income = rng.normal(610, 150, n).clip(120, 1100).round().astype(int)

    mean = 3.7 + 0.15 * treated + level[site] + 0.2 * (children - 2) + rng.normal(0.0, 0.6, n)
    mean = np.maximum(mean, 2.4)
    before = rng.poisson(mean)
    # Some rights stay unclaimed, others appear; news of rights spreads in both territories (-0.4).
    new = 0.65 * mean - 0.4 + shock[site]
    after = (rng.binomial(before, 0.35) + rng.poisson(np.maximum(new, 0.92) + effect * treated)).astype(float)
    lost = rng.random(n) < np.where(treated, 0.09, 0.10)
    after[lost] = np.nan

    header = [
        "N° dossier", "Nom", "Prénom", "Date de naissance", "Téléphone", "Territoire", "Structure d'accueil",
        "Nombre d'enfants", "Parent isolé", "Quotient familial", "Droits non ouverts (entrée)",
        "Droits non ouverts (6 mois)",
    ]  # fmt: skip
    rows = [
        [
            *people[i].identity(), "Pays d'Orlise" if treated[i] else "Pays de Sauvenne", str(sites[site[i]]),
            str(children[i]), yes_no(single[i]), str(family_income[i]), str(before[i]),
            (NSP if rng.random() < 0.4 else BLANK) if lost[i] else str(int(after[i])),
        ]
        for i in rng.permutation(n)
    ]  # fmt: skip
    write_csv(folder / "accueil_familles.csv", header, rows, encoding="iso-8859-15", delimiter="\t")
    return Truth(
        action="accueil_familles",
        effects={"droits_non_ouverts": effect},
        carried=True,
        before_after=mean_change(before.astype(float), after, treated),
        sizes={
            "beneficiary": int(treated.sum()),
            "neighbouring_territory": int((~treated).sum()),
            "structures_beneficiary": n_sites,
            "structures_neighbouring_territory": n_sites,
            "not_followed_beneficiary": int((lost & treated).sum()),
            "not_followed_neighbouring_territory": int((lost & ~treated).sum()),
        },
        why={
            "fr": "Dans le territoire voisin aussi, des droits s'ouvrent au fil des mois : l'évolution des "
            "seules familles accueillies surestime l'effet.",
            "en": "In the neighbouring territory too, rights get claimed as months go by: the change of "
            "the families received overstates the effect.",
        },
    )


def garde_enfants(folder: Path, *, seed: int) -> Truth:
    """Staggered start: 7 sites open in spring, 6 in autumn, 5 after the last wave."""
    rng = np.random.default_rng([seed, 4])
    opening = np.repeat([0, 1, 2], [7, 6, 5])
    days = [dt.date(2025, 3, 3), dt.date(2025, 9, 8), dt.date(2026, 3, 2)]
    n_sites = opening.size
    site = np.repeat(np.arange(n_sites), _sizes(rng, n_sites, total=207, spread=3))
    n = site.size
    people = make_people(rng, n, on=dt.date(2025, 1, 15), ages=(20, 46), women=1.0)
    children = 1 + rng.binomial(3, 0.3, n)
    idle = np.clip(0.38 + rng.normal(0.0, 0.05, n_sites), 0.25, 0.5)[site]  # share without work, by site

    def draw(without_work: np.ndarray) -> np.ndarray:
        return np.where(rng.random(n) < without_work, 0, rng.integers(8, 25, n))

    natural = [draw(idle)]
    for easier in (0.05, 0.09):
        natural.append(np.where(rng.random(n) < 0.7, natural[-1], draw(idle - easier)))
    # One mother in two works 4 to 12 hours more: 4 hours on average, never below what she worked anyway.
    extra = np.where(rng.random(n) < 0.5, rng.integers(4, 13, n), 0)
    entered = opening[site]
    hours = np.array([path + extra * (entered < wave) for wave, path in enumerate(natural)], dtype=float)
    for wave, share in ((0, 0.02), (1, 0.06), (2, 0.09)):
        hours[wave, rng.random(n) < share] = np.nan

    header = [
        *IDENTITY, "Lieu d'accueil", "Ouverture de la place", "Âge", "Nombre d'enfants",
        "Heures par semaine janv. 2025", "Heures par semaine juil. 2025", "Heures par semaine janv. 2026",
    ]  # fmt: skip
    rows = []
    for i in rng.permutation(n):
        person = people[i]
        opened = days[entered[i]] + dt.timedelta(days=int(rng.integers(0, 12)))
        rows.append([
            *person.identity(), CRECHES[site[i]], french_date(opened), str(person.age), str(children[i]),
            *(NSP if np.isnan(hour) else str(int(hour)) for hour in hours[:, i]),
        ])  # fmt: skip
    write_csv(folder / "garde_enfants.csv", header, rows, encoding="utf-8-sig")
    first = entered == 0
    return Truth(
        action="garde_enfants",
        effects={"heures_travaillees": 4.0},
        carried=True,
        before_after=mean_change(hours[0], hours[1], first),
        sizes={
            "entered_between_V1_and_V2": int(first.sum()),
            "entered_between_V2_and_V3": int((entered == 1).sum()),
            "entered_after_V3": int((entered == 2).sum()),
            "sites": n_sites,
        },
        why={
            "fr": "Les mères qui attendent encore une place travaillent elles aussi un peu plus : "
            "l'évolution des premières entrées ajoute cette tendance à l'effet.",
            "en": "Mothers still waiting for a place work a little more too: the change of the first to "
            "enter adds this trend to the effect.",
        },
    )


def energie_solidaire(folder: Path, *, seed: int) -> Truth:
    """Income ceiling: households just below it are helped, those just above are not; too few to conclude."""
    rng = np.random.default_rng([seed, 5])
    n_in, n_out, effect, ceiling = 112, 98, -0.12, 800
    n = n_in + n_out
    treated = np.arange(n) < n_in
    family_income = np.where(treated, rng.integers(640, ceiling, n), rng.integers(ceiling, 961, n))
    people = make_people(rng, n, on=dt.date(2024, 11, 4), ages=(23, 79), women=0.56)
    size = 1 + rng.binomial(4, 0.35, n)
    # Poorer households are more often in arrears, but the trend without the action (-3 points) is the same.
    usual = 0.44 - 0.0003 * (family_income - ceiling)
    unpaid_0 = rng.random(n) < usual
    unpaid_6 = rng.random(n) < usual - 0.03 + 0.38 * (unpaid_0 - usual) + effect * treated
    lost = rng.random(n) < 0.08
    unsure = rng.random(n) < 0.03

    header: list[Cell] = [
        "N° allocataire", "Nom", "Prénom", "Téléphone", "Dispositif", "Passage", "Date du passage",
        "Quotient familial", "Personnes au foyer", "Impayé d'énergie",
    ]  # fmt: skip
    rows: list[list[Cell]] = []
    for i in rng.permutation(n):
        person = people[i]
        who: list[Cell] = [person.number, person.surname, person.first_name, person.phone]
        status = "Accompagné" if treated[i] else "Au-dessus du plafond"
        day = dt.date(2024, 11, 4) + dt.timedelta(days=int(rng.integers(0, 60)))
        asked: list[Cell] = [int(family_income[i]), int(size[i]), yes_no(unpaid_0[i])]
        rows.append([*who, status, "Entrée", day, *asked])
        if lost[i]:
            continue
        later = day + dt.timedelta(days=int(rng.integers(175, 200)))
        answer = NSP if unsure[i] else yes_no(unpaid_6[i])
        again = int(family_income[i] + rng.integers(-25, 40))
        rows.append([*who, status, "6 mois", later, again, int(size[i]), answer])
    guide: list[list[Cell]] = [
        ["Énergie solidaire : fichier de suivi des foyers"],
        [f"Plafond d'entrée : quotient familial inférieur à {ceiling} €."],
        ["Impayé d'énergie : au moins une facture d'énergie impayée au jour du passage."],
        ["NSP : le foyer ne sait pas."],
    ]
    write_xlsx(
        folder / "energie_solidaire.xlsx",
        {"Mode d'emploi": guide, "Suivi foyers": [header, *repeat_rows(rng, rows, times=2)]},
    )
    gone = lost | unsure
    return Truth(
        action="energie_solidaire",
        effects={"impaye_energie": effect},
        carried=True,
        before_after=mean_change(unpaid_0.astype(float), np.where(gone, np.nan, unpaid_6), treated),
        sizes={
            "beneficiary": n_in,
            "ineligible": n_out,
            "not_followed_beneficiary": int((gone & treated).sum()),
            "not_followed_ineligible": int((gone & ~treated).sum()),
        },
        why={
            "fr": "L'effet est réel, mais deux groupes d'une centaine de foyers ne suffisent pas à "
            "l'établir : l'intervalle est large.",
            "en": "The effect is real, but two groups of about a hundred households are too few to "
            "establish it: the interval is wide.",
        },
    )


def prevention_expulsions(folder: Path, *, seed: int) -> Truth:
    """Monthly counts of two territories; the action starts in September 2024 in one of them."""
    rng = np.random.default_rng([seed, 6])
    effect, start = -6.0, dt.date(2024, 9, 1)
    months = [dt.date(2022 + m // 12, m % 12 + 1, 1) for m in range(54)]
    time = np.arange(len(months))
    on = np.array([month >= start for month in months])
    season = 2.0 * np.cos(2 * np.pi * (time - 2) / 12)
    common = 0.03 * time + season + rng.normal(0.0, 1.0, time.size)
    here = rng.poisson(22.0 + common + effect * on)
    there = rng.poisson(18.0 + common)

    header = ["Mois", "Territoire", "Dans le pacte", "Commandements de payer"]
    rows = []
    for month, in_pact, out in zip(months, here, there, strict=True):
        rows.append([f"{month:%m/%Y}", "Pays d'Orlise", "oui", str(in_pact)])
        rows.append([f"{month:%m/%Y}", "Pays de Sauvenne", "non", str(out)])
    write_csv(folder / "commandements_payer.csv", header, rows, encoding="utf-8")
    return Truth(
        action="prevention_expulsions",
        effects={"commandements_payer": effect},
        carried=True,
        before_after=float(here[on].mean() - here[~on].mean()),
        sizes={"months_before": int((~on).sum()), "months_after": int(on.sum()), "territories": 2},
        why={
            "fr": "Les commandements de payer augmentent un peu partout et varient beaucoup d'un mois à "
            "l'autre : la moyenne avant/après du seul territoire du pacte mêle cette hausse et ce hasard à "
            "l'effet.",
            "en": "Notices to pay are rising a little everywhere and vary a lot from month to month: the "
            "before/after mean of the pact's territory alone mixes this rise and this chance with the "
            "effect.",
        },
    )


def _sizes(rng: np.random.Generator, n_sites: int, *, total: int, spread: int) -> np.ndarray:
    """Draw the number of people of each site, up to ``spread`` around their mean."""
    sizes = total // n_sites + rng.integers(-spread, spread + 1, n_sites)
    for i in range(abs(total - int(sizes.sum()))):
        sizes[i % n_sites] += 1 if sizes.sum() < total else -1
    return sizes


STRUCTURES = {
    "CCAS de": (
        "Brissolles", "Chauvennes", "Dourlac", "Vespérandes", "Fontrailles-le-Haut", "Grenouvelle",
        "Herlissac", "Juvernoy", "Lanvercourt", "Maubreuge-le-Vieux", "Nérondelle", "Pontvézac",
        "Quincerolles", "Roquesourde", "Salvernoux", "Tramevigne",
    ),
    "Maison de quartier": ("des Tanneurs", "du Moulin-Neuf", "de la Halle", "des Trois-Chênes"),
    "Espace de vie sociale": ("Le Fil bleu", "La Ruche", "Les Quatre-Vents", "L'Écluse"),
    "Centre social": ("Arc-en-Ciel", "Jean-Monnet", "La Passerelle", "Les Marronniers"),
    "France services": ("d'Aubrelle", "de Combevieille", "de Vernoisy", "du Plessandre"),
}  # fmt: skip
CRECHES = (
    "Les Lucioles", "La Farandole", "Pomme de pin", "Les Coccinelles", "Petit Navire", "La Ribambelle",
    "Les Moussaillons", "Trois Petits Pas", "La Cabane", "Les Hirondelles", "Bulle d'air", "Le Manège",
    "Les Galopins", "Tournesol", "La Clairière", "Les Mésanges", "Arlequin", "Les Petites Mains",
)  # fmt: skip
ACTIONS = (
    atelier_numerique,
    parcours_mobilite,
    accueil_familles,
    garde_enfants,
    energie_solidaire,
    prevention_expulsions,
)
