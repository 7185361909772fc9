"""The reports of a study judged together, and with those released before: what each must hide."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from impactkit.cohort.build import cohort_of
from impactkit.cohort.read_files import FileReader, people_of_file
from impactkit.design import declare_design, make_comparable
from impactkit.disclosure import profile_of
from impactkit.disclosure.ledger import Edition, new_edition, protect_edition, read_ledger
from impactkit.errors import ProblemsError, StoreError
from impactkit.estimators.dispatch import estimate
from impactkit.evidence.build_record import record_flow
from impactkit.evidence.cells import Cell, Told, cells_of
from impactkit.evidence.contribution_record import record_contribution
from impactkit.evidence.duration_record import duration_record
from impactkit.evidence.found_together import LEDGER, Together
from impactkit.files.masks import REPORT, Hidden, with_masks
from impactkit.files.model import Action, Study
from impactkit.store.keys import load_key

# A whole report rests on a number of people analysed: it is withheld only when hiding numbers of people
# entered is not enough; one that was made before, last of all.
_DEAR, _MADE = 100.0, 1000.0
_NO_LEDGER = b"reports never released: their fingerprints are compared with each other only"


def judge_together(study: Study, *, actions: Collection[str], made: Collection[str] = ()) -> Together:
    """Return what the reports of these actions must hide to be read together, and with earlier releases.

    The programmes are those of a release (`impactkit.disclosure.linked`). A number of people entered, which
    costs a reader little, is hidden first. Where that is not enough, a number of people analysed tells of too
    few: its report, which rests on it as a whole, is withheld, and the others are judged again without it.
    Reports made before are kept rather than others, then those of the actions that the study names first.

    An action of which no report can be made shows nothing, and hides nothing. Before any release, only
    actions that share as many people as the smallest group are judged: an ordinary batch costs no more than
    reading who is in its files.

    Parameters
    ----------
    study : Study
    actions : collection of str
        Those whose reports will lie side by side.
    made : collection of str
        Those of them whose report was made before.
    """
    declared = with_masks(study, {})
    minimum = profile_of(study.secrecy).minimum
    wanted = [action for action in declared.actions if action.id in actions and REPORT not in action.masked]
    earlier = read_ledger(study.folder / LEDGER)
    if not earlier:
        wanted = _sharing(declared, wanted, minimum)
    key, ledger_unread = _NO_LEDGER, False
    if earlier:
        try:
            key = load_key(ledger_key_name(study), 1).derived("releases")
        except StoreError:
            earlier, ledger_unread = (), True
    reader = FileReader(declared)
    cells = [_Counted(action.id, *item) for action in wanted for item in _cells_if_any(reader, action)]
    costs = _costs([action.id for action in wanted], made)
    masked: dict[str, tuple[Hidden, ...]] = {}
    while cells:
        weights = np.array([costs[one.action] if one.cell.hidden_by == REPORT else 1.0 for one in cells])
        edition = edition_of("", {one.name: one.cell for one in cells}, key=key)
        found = protect_edition(earlier, edition, minimum=minimum, weights=weights)
        if found.exposed:
            masked |= {one.action: (REPORT,) for one in cells}
            return Together(masked=masked, earlier=True)
        hidden = [one for one, safe in zip(cells, found.shown, strict=True) if one.cell.shown and not safe]
        revealing = {one.action for one in hidden if one.cell.hidden_by == REPORT}
        if not revealing:
            for one in hidden:
                masked[one.action] = tuple(dict.fromkeys((*masked.get(one.action, ()), one.cell.hidden_by)))
            break
        masked |= dict.fromkeys(revealing, (REPORT,))
        cells = [one for one in cells if one.action not in revealing]
    return Together(masked=masked, ledger_unread=ledger_unread)


@dataclass(frozen=True, slots=True, eq=False)
class _Counted:
    """A cell, its action, and the name it has in the ledger."""

    action: str
    name: str
    cell: Cell


def _costs(actions: Sequence[str], made: Collection[str]) -> dict[str, float]:
    """Return what withholding each report costs: made before, then named first, is dearer."""
    last = len(actions)
    return {
        action: (_MADE if action in made else _DEAR) * (2.0 - i / last) for i, action in enumerate(actions)
    }


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


def _cells_if_any(reader: FileReader, action: Action) -> list[tuple[str, Cell]]:
    try:
        found = estimate(make_comparable(declare_design(cohort_of(reader, action=action.id))))
    except Exception:
        # Its report will meet the same error and say why: there is no number of it to judge.
        return []
    contribution = record_contribution(found)
    told = Told(
        flow=record_flow(found),
        opinion=None if contribution is None else contribution.opinion,
        duration=duration_record(found),
    )
    return list(cells_by_name(action.id, cells_of(found, told)).items())


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
