"""Invented people: file numbers, names, birth dates and telephones that belong to nobody."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

# Invented surnames, unlike any word of a report, so that a search for them in an output means something.
SURNAMES = (
    "Vaubrelin", "Tarvidec", "Morsandier", "Quévrolles", "Ladrinqueux", "Bressolan", "Chantevoye",
    "Dorvaloux", "Esquirandes", "Fauvernois", "Gastembide", "Hurtevielle", "Jalbrézac", "Kervoënnec",
    "Lancréhault", "Nourvégat", "Orsembrie", "Pélardoux", "Rousseldange", "Sarvignolles", "Uzardel",
    "Valcrestin", "Ygrandoux", "Benchérouk", "Diarramé", "N'Goumbala", "El Quassimi", "Oliveirães",
    "Tranvinh", "Kowalczynek", "Özdemiray", "Haddoulène", "Sissokonda", "Popescanu", "Castelbrune-Rémy",
    "D'Escorbillac", "Le Ménaudec", "Montrezille", "Brugnalou", "Frémondière",
)  # fmt: skip
WOMEN = (
    "Aïssatou", "Bénédicte", "Cécilia", "Delphine", "Éloïse", "Fatoumata", "Géraldine", "Hélène", "Inès",
    "Joséphine", "Khadija", "Ludivine", "Maëlys", "Noémie", "Océane", "Priscilla", "Rachida", "Stéphanie",
    "Thérèse", "Yasmina", "Anne-Sophie", "Marie-Noëlle",
)  # fmt: skip
MEN = (
    "Abdoulaye", "Baptiste", "Cédric", "Dimitri", "Étienne", "Fabrice", "Grégoire", "Hamza", "Ibrahima",
    "Jérôme", "Kévin", "Loïc", "Mickaël", "Noël-Ange", "Olivier", "Quentin", "Rémi", "Sébastien",
    "Théophile", "Youssef", "Jean-Baptiste", "Pierre-Yves",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Person:
    """What a social service writes at the top of a file."""

    number: str
    surname: str
    first_name: str
    woman: bool
    born: dt.date
    phone: str
    age: int

    @property
    def sex(self) -> str:
        """F or M."""
        return "F" if self.woman else "M"

    def identity(self) -> list[str]:
        """File number, surname, first name, birth date and telephone, as exports write them."""
        return [self.number, self.surname, self.first_name, french_date(self.born), self.phone]


IDENTITY = ["N° dossier", "Nom", "Prénom", "Date de naissance", "Téléphone"]


def make_people(
    rng: np.random.Generator, n: int, *, on: dt.date, ages: tuple[int, int], women: float
) -> list[Person]:
    """Draw ``n`` people aged ``ages`` (both ends included) on a day, a share ``women`` of them women."""
    # Seven digits with leading zeros, which a spreadsheet loses and which must be kept.
    numbers = rng.choice(np.arange(1_000, 99_999), size=n, replace=False)
    people = []
    for number in numbers:
        woman = bool(rng.random() < women)
        age = int(rng.integers(ages[0], ages[1] + 1))
        born = on - dt.timedelta(days=int(age * 365.25) + int(rng.integers(10, 350)))
        # Arcep keeps 06 39 98 xx xx for works of fiction (decision 2018-0881, annex 1, 2.5.12).
        phone = f"06 39 98 {rng.integers(100):02d} {rng.integers(100):02d}"
        people.append(
            Person(
                number=f"{number:07d}",
                surname=_one(rng, SURNAMES),
                first_name=_one(rng, WOMEN if woman else MEN),
                woman=woman,
                born=born,
                phone=phone,
                age=age,
            )
        )
    return people


def french_date(day: dt.date) -> str:
    """Write a day as dd/mm/yyyy."""
    return f"{day:%d/%m/%Y}"


def _one(rng: np.random.Generator, names: Sequence[str]) -> str:
    return names[int(rng.integers(len(names)))]
