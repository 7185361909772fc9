"""What the reports of a study hide because of each other: ``masks.toml``, beside the study file.

`impactkit run` judges the reports of a study together before it makes them, and writes here the groups whose
number of people entered must not be published, and the actions of which no report may be made beside the
others. Whoever reads the study file afterwards, a notebook typed by hand too, hides the same.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, cast, get_args

from impactkit.errors import Problem, StudyError
from impactkit.files.at_once import write_text
from impactkit.files.model import Study
from impactkit.text import Message

MASKS_FILE = "masks.toml"
# A group whose numbers of people before those analysed are not published, the numbers of those who gave an
# opinion, of those still followed under a curve, or the whole report, which is not made.
Hidden = Literal["treated", "comparison", "opinion", "at_risk", "report"]
Masks = Mapping[str, tuple[Hidden, ...]]
REPORT: Hidden = "report"

_HEAD = (
    "# Écrit par impactkit run, et refait à chaque fois : par action, les groupes dont le nombre de\n"
    "# personnes avant l'analyse n'est pas publié (treated, comparison), les avis (opinion), les effectifs\n"
    "# sous les courbes (at_risk), ou le rapport qui n'est pas fait (report), parce qu'un autre\n"
    "# rapport ou une diffusion d'avant ferait retrouver un groupe trop petit.\n"
)


def read_masks(folder: Path) -> Masks:
    """Return what is hidden, by action; nothing when the file is not there.

    Raises
    ------
    StudyError
        When the file cannot be read: what must be hidden is then not known.
    """
    path = folder / MASKS_FILE
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))["masked"]
        masks = {str(action): tuple(arms) for action, arms in found.items()}
        if any(one not in get_args(Hidden) for hidden in masks.values() for one in hidden):
            raise ValueError("nothing that can be hidden")
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        cause = Message("problem.toml.other")
        raise StudyError([Problem(code="E-ETU-02", params={"cause": cause}, file=MASKS_FILE)]) from None
    return cast("Masks", masks)


def write_masks(folder: Path, masks: Masks) -> None:
    """Write what must be hidden, when it has changed; take the file away when nothing must be.

    Raises
    ------
    OSError
        When the folder of the study cannot be written.
    """
    path = folder / MASKS_FILE
    if not masks:
        path.unlink(missing_ok=True)
        return
    lines = [f'"{action}" = {json.dumps(hidden)}\n' for action, hidden in sorted(masks.items())]
    text = f"{_HEAD}\n[masked]\n{''.join(lines)}"
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        write_text(path, text)


def with_masks(study: Study, masks: Masks) -> Study:
    """Return the study as its file declares it, with more hidden."""
    declared = study._declared or study.actions
    actions = tuple(
        action.model_copy(
            update={"masked": tuple(dict.fromkeys((*action.masked, *masks.get(action.id, ()))))}
        )
        for action in declared
    )
    masked = study.model_copy(update={"actions": actions})
    masked._declared = declared
    return masked
