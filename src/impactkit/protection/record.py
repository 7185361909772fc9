"""The record of processing of a study (GDPR, article 30): what its file says, what is left to fill in."""

from __future__ import annotations

from collections.abc import Iterator

from impactkit.document.blocks import Block, Bullets, Cell, Facts, Grid, Heading, Paragraph, Table, Title
from impactkit.files.model import Action, Study
from impactkit.files.model.retention import retention_said
from impactkit.protection.held import Held, held, identities, times
from impactkit.text import Language, Message


def record_blocks(study: Study, language: Language) -> tuple[Block, ...]:
    """Return the record of processing of a study.

    Nothing is read but the study file: no person's data, and no number of people.
    """
    return tuple(_blocks(study, language))


def _blocks(study: Study, language: Language) -> Iterator[Block]:
    def say(key: str, **params: object) -> str:
        return Message(f"protection.{key}", params).text(language)

    def heading(key: str) -> Heading:
        return Heading(text=say(f"record.{key}"), level=2)

    yield Title(
        over=study.title.text(language),
        text=say("record.title"),
        facts=((say("territory"), study.territory.name), (say("study"), study.id)),
    )
    yield Paragraph(text=say("record.intro"), tone="quiet")
    yield heading("who")
    yield Facts(
        items=(
            (say("record.controller"), _controller(study, language)),
            (say("record.officer"), say("fill")),
            (say("record.processors"), say("record.processors_text")),
        )
    )
    yield heading("purpose")
    yield Paragraph(text=say("record.purpose_text"))
    yield Bullets(items=tuple(_purpose(action, language) for action in study.actions))
    yield Facts(items=((say("record.basis"), say("record.basis_text")),))
    yield heading("people")
    yield Bullets(items=tuple(_people(study, language)))
    yield heading("data")
    yield from _data(study, language)
    yield heading("recipients")
    yield Bullets(items=(say("record.recipients_team"), say("record.recipients_state", n=study.secrecy)))
    yield Paragraph(text=say("record.outside"))
    yield heading("storage")
    yield Facts(items=tuple(_storage(study, language)))
    yield heading("rights")
    yield Bullets(
        items=tuple(say(f"record.right.{name}") for name in ("access", "object", "erase", "inform"))
    )
    yield heading("security")
    yield Bullets(items=measures(study, language))


def measures(study: Study, language: Language) -> tuple[str, ...]:
    """Return what the tool does to protect data, given what the study declares."""
    names = ["columns", "identifier", "messages", "secrecy", "local"]
    if any(True for _ in identities(study)):
        names.insert(1, f"identities_{study.protection.identities}")
    if study.record is not None:
        names.append("journal")
    names.append("host")
    params = {"profile": study.secrecy}
    return tuple(Message(f"protection.measure.{name}", params).text(language) for name in names)


def _controller(study: Study, language: Language) -> str:
    """Return who leads: most often the controller, which only they can say."""
    if study.pilot is None:
        return Message("protection.fill").text(language)
    return Message("protection.record.controller_text", {"pilot": study.pilot}).text(language)


def _purpose(action: Action, language: Language) -> str:
    params = {"title": action.title, "effect": action.intended_effect}
    return Message("protection.record.action", params).text(language)


def _people(study: Study, language: Language) -> Iterator[str]:
    yield Message("protection.record.beneficiaries").text(language)
    for comparison in dict.fromkeys(action.comparison for action in study.actions):
        if comparison != "none":
            group = Message(f"comparison.{comparison}")
            yield Message("protection.record.compared", {"group": group}).text(language)
    for public in dict.fromkeys(public for action in study.actions for public in action.publics):
        yield Message("protection.record.public", {"public": Message(f"public.{public}")}).text(language)


def _data(study: Study, language: Language) -> Iterator[Block]:
    def say(key: str) -> str:
        return Message(f"protection.{key}").text(language)

    variables = held(study, language)
    rows = tuple(
        tuple(Cell(text=text) for text in (item.label, ", ".join(item.headers), _sensitive(item, language)))
        for item in variables
    )
    header = (say("data.variable"), say("data.headers"), say("data.sensitive"))
    yield Table(grid=Grid(caption=say("data.caption"), header=header, rows=rows))
    for path, columns in identities(study):
        params = {"file": path, "columns": ", ".join(columns)}
        yield Paragraph(text=Message("protection.data.identities", params).text(language))
    if study.waves:
        when = ", ".join(times(study, language))
        yield Paragraph(text=Message("protection.data.times", {"waves": when}).text(language))


def _sensitive(item: Held, language: Language) -> str:
    if item.sensitive is None:
        return Message("protection.data.no").text(language)
    key = "data.declared" if item.sensitive == "declared" else f"kind.{item.sensitive}"
    kind = Message(f"protection.{key}").text(language)
    reason = item.reason or Message("protection.data.no_reason").text(language)
    return Message("protection.data.reason", {"kind": kind, "reason": reason}).text(language)


def _storage(study: Study, language: Language) -> Iterator[tuple[str, str]]:
    whole = _until(study.protection.retention, language)
    yield Message("protection.storage.all").text(language), whole
    for action in study.actions:
        said = retention_said(action.retention_until, action.retention_months)
        if said is not None:
            yield action.title.text(language), _until(said, language)
    yield (
        Message("protection.storage.results").text(language),
        Message("protection.storage.results_text").text(language),
    )


def _until(said: str | None, language: Language) -> str:
    if said is None:
        return Message("protection.storage.unsaid").text(language)
    return Message("protection.storage.until", {"until": said}).text(language)
