"""Made monthly files of the RSA flow (RSABEM), and the truth they tell.

    from rsabem import write_flows
    paths, truth = write_flows(folder, households=200, months=12, seed=1)

The elements, their order and nesting follow the public schema vrsb0801 (windows-1252 XML); the codes are
those that public software lists. Households enter, take up or lose work, declare the resources of a quarter
in the month after it, are suspended, close and sometimes come back; some have a partner and children. Nobody
in particular is meant.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np
import pandas as pd
from register import made_registers

_CLOSED_FOR = 2  # months during which a closed file is still sent


@dataclass
class _Person:
    role: str
    last_name: str
    first_name: str
    birth: dt.date
    sex: str
    nir: str
    at_work: bool = False
    since: dt.date = dt.date(2015, 1, 1)
    work_ends: dt.date | None = None
    earned: dict[dt.date, float] = field(default_factory=dict)
    benefit: dict[dt.date, float] = field(default_factory=dict)


@dataclass
class _Household:
    claim: str
    number: str
    commune: str
    claimed: dt.date
    members: list[_Person]
    state: str = "2"
    closed: dt.date | None = None


def write_flows(
    folder: Path, *, households: int, months: int, seed: int, start: dt.date = dt.date(2025, 1, 1)
) -> tuple[list[Path], pd.DataFrame]:
    """Write one file a month.

    Parameters
    ----------
    folder : Path
    households : int
        In the first month.
    months : int
    seed : int
    start : date
        First day of the first month.

    Returns
    -------
    paths : list of Path
    truth : DataFrame
        One row per person sent and month: ``claim, first_name, birth_date, month, role, state, at_work`` and
        ``earnings`` (of all months that some file declares).
    """
    rng = np.random.default_rng(seed)
    names = made_registers(households * 4 + 20 * months, seed=seed, errors=0.0)[0]
    people = iter(names.itertuples())
    known = [_household(i, start, people, rng) for i in range(households)]
    paths, rows = [], []
    for m in range(months):
        month = _plus(start, m)
        known += [_household(len(known), month, people, rng) for _ in range(rng.poisson(households / 40))]
        for household in known:
            _live(household, month, rng)
        sent = [household for household in known if _is_sent(household, month)]
        path = folder / f"RSABEM.{month:%Y%m}.xml"
        path.write_bytes(_file(sent, month).encode("cp1252", errors="xmlcharrefreplace"))
        paths.append(path)
        rows += [
            (h.claim, p.first_name.upper(), p.birth, month, p.role, h.state, p.at_work, p)
            for h in sent
            for p in h.members
        ]
    columns = ["claim", "first_name", "birth_date", "month", "role", "state", "at_work", "_person"]
    truth = pd.DataFrame(rows, columns=columns)
    last = _plus(start, months - 1)
    truth["earnings"] = [
        person.earned.get(month, 0.0) if _declared_on(month) <= last and person.role != "ENF" else np.nan
        for person, month in zip(truth["_person"], truth["month"], strict=True)
    ]
    return paths, truth.drop(columns="_person")


def _household(i: int, month: dt.date, people: Iterator, rng: np.random.Generator) -> _Household:
    members = [_person("DEM", next(people), rng)]
    if rng.random() < 0.25:
        members.append(_person("CJT", next(people), rng))
    members += [
        _person("ENF", next(people), rng, month) for _ in range(rng.choice(4, p=[0.5, 0.25, 0.15, 0.1]))
    ]
    claimed = month - dt.timedelta(days=int(rng.integers(1, 900)))
    commune = f"{int(rng.choice([31, 59, 75, 13])):02d}{int(rng.integers(1, 900)):03d}"
    return _Household(f"{10_000_000_000 + i:011d}", f"{2_000_000 + i:015d}", commune, claimed, members)


def _person(role: str, name, rng: np.random.Generator, month: dt.date | None = None) -> _Person:
    year = int(rng.integers(month.year - 17, month.year)) if month else int(rng.integers(1962, 2001))
    birth = dt.date(year, int(rng.integers(1, 13)), int(rng.integers(1, 29)))
    sex = "2" if name.sex == "F" else "1"
    place, mother = rng.integers(1, 95), rng.integers(1, 990)
    nir = f"{sex}{birth:%y%m}{place:02d}{mother:03d}{rng.integers(1, 999):03d}"
    known = role != "ENF" and rng.random() < 0.97
    return _Person(role, name.last_name, name.first_name, birth, sex, nir if known else "")


def _live(household: _Household, month: dt.date, rng: np.random.Generator) -> None:
    """Take a household through a month."""
    if household.closed is not None:
        if rng.random() < 0.03 and month > household.closed:
            household.closed, household.state = None, "2"
        return
    for person in household.members:
        if person.role == "ENF":
            continue
        if rng.random() < (0.10 if person.at_work else 0.05):
            person.at_work = not person.at_work
            person.since = month.replace(day=int(rng.integers(1, 28)))
        earned = round(float(rng.normal(1100, 250)), 2) if person.at_work else 0.0
        if earned > 0:
            person.earned[month] = earned
        if not person.at_work and rng.random() < 0.2:
            person.benefit[month] = 450.0
    adults = [person for person in household.members if person.role != "ENF"]
    household.state = str(rng.choice(["2", "3", "4"], p=[0.93, 0.03, 0.04]))
    if rng.random() < (0.15 if any(person.at_work for person in adults) else 0.01):
        household.closed, household.state = month, "5"


def _is_sent(household: _Household, month: dt.date) -> bool:
    return household.closed is None or month <= _plus(household.closed, _CLOSED_FOR)


def _plus(month: dt.date, n: int) -> dt.date:
    index = month.year * 12 + month.month - 1 + n
    return dt.date(index // 12, index % 12 + 1, 1)


def _declared_on(month: dt.date) -> dt.date:
    """Return the month whose file declares the resources of ``month``: the one after its quarter."""
    return _plus(dt.date(month.year, (month.month - 1) // 3 * 3 + 1, 1), 3)


# ------------------------------------------------------------------ the file


def _file(sent: list[_Household], month: dt.date) -> str:
    last = _plus(month, 1) - dt.timedelta(days=1)
    header = _tag(
        "IdentificationFlux",
        _leaf(
            APPLIEME="CRI", NUMVERSIONAPPLIEME="6200", TYPEFLUX="M", NATFLUX="D", DTCREAFLUX=_plus(month, 1)
        )
        + _leaf(HEUCREAFLUX="01:18:36", DTREF=last),
    )
    body = "".join(_household_xml(household, month) for household in sent)
    footer = _tag(
        "TransmissionFlux", _leaf(NBTOTDOSRSATRANSM=f"{len(sent):08d}", NBTOTDOSRSATRANSMANO="00000000")
    )
    return f'<?xml version="1.0" encoding="windows-1252"?>\n{_tag("Racine", header + body + footer)}\n'


def _tag(name: str, content: str) -> str:
    return f"<{name}>{content}</{name}>"


def _leaf(**values: object) -> str:
    return "".join(_tag(name, escape(str(value))) for name, value in values.items())


def _household_xml(household: _Household, month: dt.date) -> str:
    identification = _tag(
        "IdentificationRSA",
        _tag("Organisme", _leaf(FONORG="CAF", NUMORG="521", MATRICULE=household.number))
        + _tag("Partenaire", _leaf(TYPEPARTE="CG ", IDEPARTE="052"))
        + _tag("DemandeRSA", _leaf(DTDEMRSA=household.claimed, NUMDEMRSA=household.claim)),
    )
    people = "".join(_person_xml(person, month) for person in household.members)
    couple = any(person.role == "CJT" for person in household.members)
    address = _tag(
        "TroncCommunAdresse",
        _leaf(RGADR="01", DTEMM=household.claimed, PAYS="FRA", TYPEADR="D", ETATADR="CO"),
    ) + _tag(
        "AdresseDetailleeFrance",
        _leaf(COMPLIDEADR="", COMPLADR="", NUMVOIE="1", LIBTYPEVOIE="RUE", NOMVOIE="DE LA PAIX", LIEUDIST="")
        + _leaf(NUMCOM=household.commune, CODEPOS=household.commune, NOMCOM="VILLE"),
    )
    administrative = _tag(
        "DonneesAdministratives",
        _tag("SituationFamille", _leaf(SITFAM="MAR" if couple else "CEL", DDSITFAM=household.claimed))
        + _tag("Adresse", address),
    )
    state = _tag("EtatDossierRSA", _leaf(ETATDOSRSA=household.state))
    if household.state == "3":
        state += _tag("SuspensionDroit", _leaf(MOTISUSDRORSA="GR", DDSUSDRORSA=month))
    if household.state == "4":
        state += _tag("SuspensionVersement", _leaf(MOTISUSVERSRSA="06", DDSUSVERSRSA=month))
    if household.closed is not None:
        state += _tag("FinDroit", _leaf(MOTICLORSA="ECH", DTCLORSA=household.closed))
    common = _tag(
        "TroncCommunDroitRSA", _leaf(TOPSANSDOMFIXE="0", NBENFAUTCHA=_children(household), ORIDEMRSA="DEM")
    )
    benefit = _tag("PrestationRSA", _tag("SituationDossierRSA", state) + _tag("DetailDroitRSA", common))
    return _tag("InfosFoyerRSA", identification + people + administrative + benefit)


def _children(household: _Household) -> str:
    return f"{sum(person.role == 'ENF' for person in household.members):02d}"


def _person_xml(person: _Person, month: dt.date) -> str:
    identity = _leaf(QUAL="MME" if person.sex == "2" else "MR", NOM=person.last_name.upper())
    identity += _leaf(NOMNAI=person.last_name.upper(), PRENOM=person.first_name.upper(), NOMCOMNAI="VILLE")
    identity += _leaf(DTNAI=person.birth, TYPEDTNAI="N")
    if person.nir:
        identity += _leaf(NIR=person.nir)
    out = _tag("Identification", identity + _leaf(SEXE=person.sex))
    out += _tag("DossierCAF", _leaf(TOPRESPDOS=int(person.role == "DEM"), DDRATDOS="2015-01-01"))
    for benefit in ("PFA", "RSA"):
        out += _tag("Prestations", _leaf(NATPREST=benefit, ROLEPERS=person.role, TOPCHAPERS="1"))
    if person.role == "ENF":
        return _tag("Personne", out)
    out += _resources_xml(person, month)
    out += _tag("MontantCalculDroitRSAPersonne", _leaf(TOPPERSDRODEVORSA=int(not person.at_work)))
    out += _tag("Activite", _leaf(REG="GE", ACT="SAL" if person.at_work else "CHO", DDACT=person.since))
    return _tag("Personne", out)


def _resources_xml(person: _Person, month: dt.date) -> str:
    first = _plus(dt.date(month.year, (month.month - 1) // 3 * 3 + 1, 1), -3)
    quarter = [_plus(first, k) for k in range(3)]
    lines = ""
    for each in quarter:
        lines += _tag(
            "RessourcesMensuelles",
            _tag("GeneraliteRessourcesMensuelles", _leaf(MOISRESS=each, NBHEUMENTRA="000"))
            + _detail("001", person.earned.get(each, 0.0))
            + _detail("010", person.benefit.get(each, 0.0)),
        )
    end = _plus(first, 3) - dt.timedelta(days=1)
    nothing = not any(each in person.earned or each in person.benefit for each in quarter)
    return _tag(
        "Ressources",
        _tag("GeneraliteRessourcesTrimestre", _leaf(TOPRESSNUL=int(nothing), DDRESS=first, DFRESS=end))
        + lines,
    )


def _detail(nature: str, amount: float) -> str:
    return _tag("DetailRessourcesMensuelles", _leaf(NATRESS=nature, MTNATRESSMEN=f"{amount:010.2f}"))
