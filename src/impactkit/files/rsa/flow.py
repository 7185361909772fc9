"""One monthly file of the RSA flow, read household by household: memory does not grow with the file."""

from __future__ import annotations

import datetime as dt
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from xml.etree.ElementTree import Element, ParseError, iterparse

from impactkit.errors import DataError, Problem
from impactkit.files.reading.locked import not_opened
from impactkit.text import Message

_ROOT = "Racine"
_HEADER, _HOUSEHOLD, _FOOTER = "IdentificationFlux", "InfosFoyerRSA", "TransmissionFlux"
_MONTHLY = "M"
_RSA = "RSA"
# Nothing stands before the root element but the declaration: a document type could name other files.
_HEAD_BYTES = 4096
_MOST_RATIO = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Spell:
    """An activity, from a day to another or on."""

    activity: str
    start: dt.date | None
    end: dt.date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """What a flow says of a person, this month.

    Attributes
    ----------
    key : tuple of str
        What tells the person from one month to the next; it never leaves this package.
    identity : dict of str
        Names and birth date, kept only when asked for.
    resources : tuple of (date, str, float)
        First day of the month, nature and amount in euros.
    """

    key: tuple[str, ...] = field(repr=False)
    identity: dict[str, str] = field(repr=False)
    role: str
    sex: str
    birth: dt.date | None = field(repr=False)
    duties: bool | None
    entered_duties: bool | None
    spells: tuple[Spell, ...]
    resources: tuple[tuple[dt.date, str, float], ...] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Household:
    """What a flow says of a household, this month."""

    claim: str = field(repr=False)
    caf_number: str = field(repr=False)
    claimed_on: dt.date | None
    state: str
    suspension_reason: str
    closure_reason: str
    closed_on: dt.date | None
    family: str
    commune: str
    homeless: bool | None
    entitlement: float | None
    members: tuple[Member, ...] = field(repr=False)


@dataclass(slots=True, kw_only=True)
class Flow:
    """A monthly file: when it is about, and its households, to be read once in order.

    Attributes
    ----------
    name : str
        What the file is called in problems.
    fund, fund_number : str
        CAF or MSA, and its number; known once a household is read.
    month : date
        First day of the month described.
    declared, read : int or None
        Households that the file says it sends, and those read; known at the end.
    """

    name: str
    households: Iterator[Household]
    month: dt.date
    fund: str = ""
    fund_number: str = ""
    declared: int | None = None
    read: int = 0


@contextmanager
def open_flow(path: Path) -> Iterator[Flow]:
    """Open a monthly file (xml, or a zip that holds one).

    Raises
    ------
    DataError
        When the file cannot be opened (E-FIC-11), is not a RSA flow (E-RSA-01), holds a document type
        (E-FIC-03), is cut short (E-RSA-02) or is not monthly (E-RSA-03).
    """
    name = path.name
    with _stream(path, name) as stream:
        _refuse_document_type(stream, name)
        events = iterparse(stream, events=("start", "end"))
        root = _first(events, name)
        header = _header(events, name)
        if _text(header, "TYPEFLUX") != _MONTHLY:
            raise DataError([Problem(code="E-RSA-03", file=name)])
        reference = _date(_text(header, "DTREF")) or _date(_text(header, "DTCREAFLUX"))
        if reference is None:
            raise DataError([Problem(code="E-RSA-01", file=name)])
        flow = Flow(name=name, households=iter(()), month=reference.replace(day=1))
        flow.households = _households(events, root, flow)
        yield flow


@contextmanager
def _stream(path: Path, name: str) -> Iterator[IO[bytes]]:
    try:
        if path.suffix.lower() != ".zip":
            with path.open("rb") as stream:
                yield stream
            return
        with zipfile.ZipFile(path) as archive:
            members = [item for item in archive.infolist() if item.filename.lower().endswith(".xml")]
            if len(members) != 1:
                raise DataError([Problem(code="E-RSA-01", file=name)])
            if members[0].file_size > _MOST_RATIO * max(members[0].compress_size, 1):
                raise DataError([Problem(code="E-FIC-01", file=name)])
            with archive.open(members[0]) as stream:
                yield stream
    except OSError as error:
        raise DataError([not_opened(error, name)]) from None
    except zipfile.BadZipFile:
        params = {"kind": Message("problem.kind.binary")}
        raise DataError([Problem(code="E-FIC-05", params=params, file=name)]) from None


def _refuse_document_type(stream: IO[bytes], name: str) -> None:
    head = stream.read(_HEAD_BYTES)
    stream.seek(0)
    if b"<!DOCTYPE" in head.upper().replace(b"\0", b""):
        raise DataError([Problem(code="E-FIC-03", file=name)])


_Events = Iterator[tuple[str, Element]]


def _next(events: _Events, name: str) -> tuple[str, Element] | None:
    """Return the next event; the parser's own message would quote the file."""
    try:
        return next(events, None)
    except (ParseError, ValueError, zipfile.BadZipFile):
        pass
    raise DataError([Problem(code="E-RSA-02", file=name)])


def _first(events: _Events, name: str) -> Element:
    try:
        found = next(events, None)
    except (ParseError, ValueError):
        found = None
    if found is None or found[1].tag != _ROOT:
        raise DataError([Problem(code="E-RSA-01", file=name)])
    return found[1]


def _header(events: _Events, name: str) -> Element:
    while (event := _next(events, name)) is not None:
        kind, element = event
        if kind == "end" and element.tag == _HEADER:
            return element
        if element.tag == _HOUSEHOLD:
            break
    raise DataError([Problem(code="E-RSA-01", file=name)])


def _households(events: _Events, root: Element, flow: Flow) -> Iterator[Household]:
    while (event := _next(events, flow.name)) is not None:
        kind, element = event
        if kind != "end":
            continue
        if element.tag == _HOUSEHOLD:
            if not flow.read:
                flow.fund = _text(element, "IdentificationRSA/Organisme/FONORG")
                flow.fund_number = _text(element, "IdentificationRSA/Organisme/NUMORG")
            flow.read += 1
            yield _household(element)
            root.clear()
        elif element.tag == _FOOTER:
            declared = _text(element, "NBTOTDOSRSATRANSM")
            flow.declared = int(declared) if declared.isdigit() else None


# ------------------------------------------------------------------ a household


def _household(node: Element) -> Household:
    claim = _text(node, "IdentificationRSA/DemandeRSA/NUMDEMRSA")
    situation = node.find("PrestationRSA/SituationDossierRSA")
    right = node.find("PrestationRSA/DetailDroitRSA")
    end = _find(situation, "FinDroit", "FinDroitMoisAnterieur")
    return Household(
        claim=claim,
        caf_number=_text(node, "IdentificationRSA/Organisme/MATRICULE"),
        claimed_on=_date(_text(node, "IdentificationRSA/DemandeRSA/DTDEMRSA")),
        state=_text(situation, "EtatDossierRSA/ETATDOSRSA"),
        suspension_reason=_text(situation, "SuspensionVersement/MOTISUSVERSRSA")
        or _text(situation, "SuspensionDroit/MOTISUSDRORSA"),
        closure_reason=_text(end, "MOTICLORSA"),
        closed_on=_date(_text(end, "DTCLORSA")),
        family=_text(node, "DonneesAdministratives/SituationFamille/SITFAM"),
        commune=_text(node, "DonneesAdministratives/Adresse/AdresseDetailleeFrance/NUMCOM"),
        homeless=_flag(_text(right, "TroncCommunDroitRSA/TOPSANSDOMFIXE")),
        entitlement=_amount(_text(right, "MontantsCalculDroitRSA/MTTOTDRORSA")),
        members=tuple(_member(person, claim) for person in node.iterfind("Personne")),
    )


def _find(node: Element | None, *paths: str) -> Element | None:
    if node is None:
        return None
    return next((found for path in paths if (found := node.find(path)) is not None), None)


def _member(node: Element, claim: str) -> Member:
    birth = _text(node, "Identification/DTNAI")
    identity = {
        "last_name": _text(node, "Identification/NOM"),
        "birth_name": _text(node, "Identification/NOMNAI"),
        "first_name": _text(node, "Identification/PRENOM"),
        "birth_date": birth,
    }
    number = _text(node, "Identification/NIR")
    known = len(number) >= 13 and number[:13].isalnum()
    # Without a number: the same claim, birth date, rank of birth and first name.
    rank = _text(node, "Identification/RGNAI")
    roles = {_text(item, "NATPREST"): _text(item, "ROLEPERS") for item in node.iterfind("Prestations")}
    return Member(
        key=("nir", number[:13]) if known else (claim, birth, rank, identity["first_name"]),
        identity=identity,
        role=roles.get(_RSA, ""),
        sex=_text(node, "Identification/SEXE"),
        birth=_date(birth),
        duties=_flag(_text(node, "MontantCalculDroitRSAPersonne/TOPPERSDRODEVORSA")),
        entered_duties=_flag(_text(node, "MontantCalculDroitRSAPersonne/TOPPERSENTDRODEVORSA")),
        spells=tuple(
            Spell(
                activity=_text(item, "ACT"),
                start=_date(_text(item, "DDACT")),
                end=_date(_text(item, "DFACT")),
            )
            for item in node.iterfind("Activite")
        ),
        resources=tuple(_resources(node)),
    )


def _resources(node: Element) -> Iterator[tuple[dt.date, str, float]]:
    for month in node.iterfind("Ressources/RessourcesMensuelles"):
        first = _date(_text(month, "GeneraliteRessourcesMensuelles/MOISRESS"))
        for item in month.iterfind("DetailRessourcesMensuelles"):
            amount = _amount(_text(item, "MTNATRESSMEN"))
            if first is not None and amount is not None:
                yield first.replace(day=1), _text(item, "NATRESS"), amount


def _text(node: Element | None, path: str) -> str:
    return (node.findtext(path) or "").strip() if node is not None else ""


def _date(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text[:10])
    except ValueError:
        return None


def _flag(text: str) -> bool | None:
    return {"1": True, "true": True, "0": False, "false": False}.get(text)


def _amount(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
