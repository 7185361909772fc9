"""The reports of a study judged together, and with those released before: what each must hide."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from impactkit.cohort import build_cohort
from impactkit.cohort.read_files import people_of_file
from impactkit.design import declare_design, make_comparable
from impactkit.disclosure import profile_of
from impactkit.disclosure.ledger import Edition, new_edition, protect_edition, read_ledger
from impactkit.errors import ProblemsError, StoreError
from impactkit.estimators.dispatch import estimate
from impactkit.evidence.build_record import record_flow
from impactkit.evidence.cells import Arm, Cell, cells_of
from impactkit.files.masks import Masks, with_masks
from impactkit.files.model import Action, Study
from impactkit.store.keys import load_key

LEDGER = "releases.jsonl"
# A number of people analysed is all that a report rests on: it is hidden only when nothing else will do.
_DEAR = 100.0
_NO_LEDGER = b"reports never released: their fingerprints are compared with each other only"


@dataclass(frozen=True, slots=True, kw_only=True)
class Together:
    """What reports must hide because of each other.

    Attributes
    ----------
    masked : mapping of str to tuple of {"treated", "comparison"}
        By action, groups whose number of people entered is hidden.
    revealing : tuple of str
        Numbers of people analysed, as ``action/group``, that no mask of the others makes safe: their report
        cannot leave with the others.
    earlier : bool
        Whether what was released before reveals a small group with them, whatever is hidden now.
    ledger_unread : bool
        Whether earlier releases could not be compared, their key being elsewhere.
    """

    masked: Masks
    revealing: tuple[str, ...] = ()
    earlier: bool = False
    ledger_unread: bool = False


def judge_together(study: Study, *, actions: Collection[str]) -> Together:
    """Return what the reports of these actions must hide to be read together, and with earlier releases.

    The programmes are those of a release (`impactkit.disclosure.linked`): a number of people entered, which
    costs a reader little, is hidden before one of people analysed. An action of which no report can be made
    shows nothing, and hides nothing. Before any release, only actions that share as many people as the
    smallest group are judged: an ordinary batch costs no more than reading who is in its files.

    Parameters
    ----------
    study : Study
    actions : collection of str
        Those whose reports will lie side by side.
    """
    declared = with_masks(study, {})
    minimum = profile_of(study.secrecy).minimum
    wanted = [action for action in declared.actions if action.id in actions]
    earlier = read_ledger(study.folder / LEDGER)
    if not earlier:
        wanted = _sharing(declared, wanted, minimum)
    key, ledger_unread = _NO_LEDGER, False
    if earlier:
        try:
            key = load_key(ledger_key_name(study), 1).derived("releases")
        except StoreError:
            earlier, ledger_unread = (), True
    cells = {name: cell for action in wanted for name, cell in _cells_if_any(declared, action).items()}
    if not cells:
        return Together(masked={}, ledger_unread=ledger_unread)
    found = protect_edition(
        earlier,
        edition_of("", cells, key=key),
        minimum=minimum,
        weights=np.array([(1.0 if cell.step == "entered" else _DEAR) for cell in cells.values()]),
    )
    if found.exposed:
        return Together(masked={}, earlier=True)
    masked: dict[str, tuple[Arm, ...]] = {}
    revealing = []
    for (name, cell), safe in zip(cells.items(), found.shown, strict=True):
        action = name.split("/")[0]
        if cell.shown and not safe and cell.step == "entered":
            masked[action] = (*masked.get(action, ()), cell.arm)
        elif cell.shown and not safe:
            revealing.append(f"{action}/{cell.arm}")
    return Together(masked=masked, revealing=tuple(revealing), ledger_unread=ledger_unread)


def cells_by_name(action: str, cells: Sequence[Cell]) -> dict[str, Cell]:
    """Return the cells of an action's record by the names they have in the ledger."""
    return {f"{action}/{cell.arm}/{cell.step}": cell for cell in cells}


def edition_of(name: str, cells: Mapping[str, Cell], *, key: bytes) -> Edition:
    """Return the edition that these cells make."""
    people = sorted({str(person) for cell in cells.values() for person in cell.people})
    place = pd.Index(people)
    members = np.zeros((len(people), len(cells)), dtype=bool)
    for i, cell in enumerate(cells.values()):
        members[place.get_indexer(pd.Index([str(person) for person in cell.people])), i] = True
    shown = np.array([cell.shown for cell in cells.values()], dtype=bool)
    return new_edition(name, key=key, people=people, cells=list(cells), members=members, shown=shown)


def ledger_key_name(study: Study) -> str:
    """Return the name of the key under which the study's ledger knows people."""
    return f"releases-{study.id}"


def _cells_if_any(study: Study, action: Action) -> dict[str, Cell]:
    try:
        found = estimate(make_comparable(declare_design(build_cohort(study, action=action.id))))
        return cells_by_name(action.id, cells_of(found, record_flow(found)))
    except Exception:
        # Its report will meet the same error and say why: there is no number of it to judge.
        return {}


def _sharing(study: Study, actions: Sequence[Action], minimum: int) -> list[Action]:
    """Return the actions whose files name enough people in common with another's.

    Of two actions that share fewer people than the smallest group, no number shown by one is of people who
    are all counted by the other: subtracting one from the other tells nothing. A release judges them all.
    """
    if len(actions) < 2:
        return []
    files = {name: study.file(name) for action in actions for name in action.files}
    if study.record is not None or any(file.identity for file in files.values()):
        return list(actions)
    try:
        people = {name: people_of_file(study, file) for name, file in files.items()}
    except ProblemsError:
        return list(actions)
    own = {action.id: frozenset[str]().union(*(people[name] for name in action.files)) for action in actions}
    near = {
        name for pair in combinations(own, 2) if len(own[pair[0]] & own[pair[1]]) >= minimum for name in pair
    }
    return [action for action in actions if action.id in near]
