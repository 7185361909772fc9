"""Records of many actions over several territories, as folders of results hold them; no person behind any."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from impactkit.evidence.record import AccountsRecord, Band, EffectRecord, PublicRecord, Record
from impactkit.text import Message
from records import (
    DEBT,
    EMPLOYED,
    before_after_record,
    did_record,
    provenance,
    series_record,
    too_few_record,
    w,
)

TERRITORIES = (
    ("Pays de Valmont", "59", "pacte"),
    ("Val de Sarre", "57", "pacte"),
    ("Rives du Lot", "46", "pacte"),
    ("Plateau de Millevaches", "23", "pacte"),
    ("Grand Sud", "974", "pacte"),
    ("Métropole de Lorge", "69", "cls"),
    ("Ville de Castelnau", "31", "cls"),
    ("Ville de Port-Haut", "29", "cls"),
    ("Agglomération de Brive-Est", "19", "cls"),
    ("Pays des Dombes", "01", "pacte"),
)
TITLES = (
    ("Parcours mobilité vers l'emploi", "Mobility towards work", "employment"),
    ("Accueil des familles monoparentales en horaires décalés", "Childcare at odd hours", "childhood"),
    ("Guichet unique d'accès aux droits", "One-stop rights desk", "access_to_rights"),
    ("Rénovation énergétique solidaire", "Solidarity energy renovation", "green_transition"),
    ("Ateliers numériques itinérants", "Travelling digital workshops", "access_to_rights"),
    ("Boussole des jeunes", "Compass for young people", "employment"),
)
PUBLICS = ("children", "women", "single_parents", "working_poor", "rural")


def accounts(rng: np.random.Generator) -> AccountsRecord:
    def one(key: str) -> PublicRecord:
        low = float(rng.integers(0, 9)) / 10
        return PublicRecord(
            key=key,
            label=w(Message(f"public.{key}").text("fr"), Message(f"public.{key}").text("en")),
            definition=w("définition"),
            share=Band(low=low, high=low + 0.1) if rng.random() < 0.8 else None,
            unknown=None,
        )

    publics = tuple(one(key) for key in PUBLICS if rng.random() < 0.6)
    return AccountsRecord(losses=(), lost_who=(), publics=publics, households=(), links=())


def records(n: int = 60, seed: int = 1) -> list[Record]:
    """Return records of ``n`` actions: compared, before and after, of territories, and too few."""
    rng = np.random.default_rng(seed)
    return [_record(i, rng) for i in range(n)]


def _record(i: int, rng: np.random.Generator) -> Record:
    territory, department, kind = TERRITORIES[i % len(TERRITORIES)]
    fr, en, axis = TITLES[int(rng.integers(len(TITLES)))]
    publics = tuple(key for key in PUBLICS if rng.random() < 0.35)
    place = {
        "study": f"etude_{i % len(TERRITORIES)}_{i // 10_000}",
        "study_title": w(f"Pacte : {territory}" if kind == "pacte" else f"Contrat : {territory}"),
        "kind": kind,
        "action": f"action_{i}",
        "title": w(fr, en),
        "territory": territory,
        "department": department,
        "axis": axis,
        "publics": publics,
        "actions_count": 6 + i % 10 % 3 if kind == "pacte" else None,
        "accounts": accounts(rng),
        "provenance": provenance(inputs={f"donnees/suivi_{i}.csv": f"{i:064x}"}),
    }
    draw = rng.random()
    if draw < 0.08:
        return too_few_record(**place)
    if draw < 0.14:
        return series_record(**place)
    if draw < 0.34:
        return before_after_record(**place, **_effect(rng, DEBT), follow_up=12.0)
    compared = draw < 0.88
    months = 12.0 if rng.random() < 0.8 else 6.0
    made = did_record if compared else before_after_record
    return made(**place, **_effect(rng, EMPLOYED), follow_up=months)


def _effect(rng: np.random.Generator, outcome) -> dict[str, object]:
    share = outcome is EMPLOYED
    people = float(np.exp(rng.uniform(np.log(25), np.log(500))))
    error = (0.7 if share else 900.0) / np.sqrt(people)
    true = rng.normal(0.07, 0.04) if share else rng.normal(-150, 80)
    value = float(rng.normal(true, error))
    low, high = value - 1.96 * error, value + 1.96 * error
    found = low > 0 or high < 0
    good = (value > 0) == (outcome.direction == "increase")
    credibility = int(rng.choice([1, 2, 3, 4], p=[0.2, 0.2, 0.45, 0.15])) if share else 1
    precision = 4 if error < 0.05 else 2
    verdict = ("inconclusive", "inconclusive", w("Non concluant", "Inconclusive"))
    if found and good and credibility >= 3:
        label = w("Effet favorable, probablement imputable à l'action", "Favourable, probably attributable")
        verdict = ("probably_attributable", "improvement", label)
    elif found and good:
        label = w(
            "Changement observé, imputation non établie", "Change observed, attribution not established"
        )
        verdict = ("change_not_attributed", "improvement", label)
    elif found:
        verdict = ("adverse_effect", "deterioration", w("Effet défavorable", "Adverse effect"))
    return {
        "outcome": outcome,
        "effect": EffectRecord(
            estimate=value, std_error=error, df=60.0, conf_low=low, conf_high=high, p_value=0.5
        ),
        "n_treated": round(people / 2),
        "n_comparison": round(people / 2) if share else 0,
        "credibility": credibility,
        "precision": precision,
        "strength": min(credibility, precision),
        "attribution": verdict[0],
        "conclusion": verdict[1],
        "attribution_label": verdict[2],
    }


def write(folder: Path, made: list[Record]) -> Path:
    """Write records as ``impactkit run --out`` does."""
    for record in made:
        place = folder / record.study / record.action
        place.mkdir(parents=True, exist_ok=True)
        record.write(place / "evidence.json")
    return folder
