"""Does what an action says of its contribution hold together, and can it be published?"""

from __future__ import annotations

from collections.abc import Iterator

from impactkit.files.finding import Finding, unknown
from impactkit.files.locate import KeyPath
from impactkit.files.model import Contribution, Variable
from impactkit.files.shape import Draft
from impactkit.files.telltale import telltale
from impactkit.text import Label, Message


def contribution_findings(said: Contribution, path: KeyPath, draft: Draft) -> Iterator[Finding]:
    """Yield what is wrong: the opinion's variable, a judgement without a ground, texts that name someone."""
    if said.opinion is not None:
        place = (*path, "opinion")
        if said.opinion not in draft.variable_names:
            yield unknown("E-ETU-16", place, name=said.opinion, known=draft.variable_names)
        elif said.opinion in draft.variables and not _is_closed(draft.variables[said.opinion]):
            yield Finding(code="E-ETU-70", path=place, params={"name": said.opinion})
    for i, rival in enumerate(said.rivals):
        if rival.judgement == "ruled_out" and rival.because is None:
            yield Finding(code="E-ETU-71", path=(*path, "rivals", i, "judgement"))
    for place, text in _published(said):
        kind = next(
            (kind for each in (text.fr, text.en) if (kind := telltale(each, allowed=said.proper_nouns))), None
        )
        if kind is not None:
            params = {"kind": Message(f"problem.telltale.{kind}")}
            yield Finding(code="E-ETU-72", path=(*path, *place), params=params)


def _is_closed(variable: Variable) -> bool:
    """Tell whether every answer that may appear is known beforehand: a free answer could name someone."""
    return variable.type == "boolean" or (variable.type == "category" and variable.categories is not None)


def _published(said: Contribution) -> Iterator[tuple[KeyPath, Label]]:
    for i, hypothesis in enumerate(said.hypotheses):
        yield ("hypotheses", i, "text"), hypothesis.text
        for key in ("supported_by", "contradicted_by"):
            for j, text in enumerate(getattr(hypothesis, key)):
                yield ("hypotheses", i, key, j), text
    for i, rival in enumerate(said.rivals):
        yield ("rivals", i, "text"), rival.text
        if rival.because is not None:
            yield ("rivals", i, "because"), rival.because
    for i, change in enumerate(said.changes):
        if not change.publishable:
            continue
        for key in ("text", "domain", "chosen_because"):
            text = getattr(change, key)
            if text is not None:
                yield ("changes", i, key), text
