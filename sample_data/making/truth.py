"""The true effect of each invented action, and what a hasty reading of its files would say."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What the generator put into the data of one action.

    Attributes
    ----------
    effects : dict
        True average effect on beneficiaries by outcome, the primary one first, in the outcome's unit
        (0.05 for 5 points of a share).
    carried : bool
        Whether the declared comparison can find the true effect, up to chance.
    before_after : float
        Change of the beneficiaries followed, on the primary outcome, as a before/after count gives it.
    sizes : dict
        People (or months) by group, and how many beneficiaries were not followed.
    why : dict
        In French and English, why the change is not the effect.
    """

    action: str
    effects: dict[str, float]
    carried: bool
    before_after: float | None
    sizes: dict[str, int]
    why: dict[str, str] = field(default_factory=dict)


def mean_change(before: np.ndarray, after: np.ndarray, people: np.ndarray) -> float:
    """Return the mean change of the people chosen, those without follow-up (missing) left out."""
    return float(np.nanmean((after - before)[people]))


def write_truths(path: Path, truths: list[Truth], *, seed: int) -> None:
    """Write the truths of a study as TOML."""
    lines = [
        "# Ce que le générateur (sample_data/generate.py) a mis dans les données inventées de ce dossier :",
        "# le véritable effet de chaque action sur les bénéficiaires, et ce que montrerait une comparaison",
        "# avant/après seulement.",
        "# What the generator put into the invented data of this folder.",
        f"seed = {seed}",
    ]
    for truth in truths:
        lines += ["", f"[actions.{truth.action}]"]
        lines.append(f"outcome = {_quoted(next(iter(truth.effects)))}")
        lines.append("# véritable effet moyen, par résultat (0.05 = 5 points)")
        lines.append(f"true_effect = {_table({k: f'{v:g}' for k, v in truth.effects.items()})}")
        lines.append("# la comparaison déclarée permet-elle de retrouver cet effet, au hasard près ?")
        lines.append(f"carried_by_design = {str(truth.carried).lower()}")
        if truth.before_after is not None:
            lines.append("# évolution des bénéficiaires suivis, sur le résultat principal")
            lines.append(f"before_after = {truth.before_after:.4f}")
        lines.append(f"sizes = {_table({k: str(v) for k, v in truth.sizes.items()})}")
        lines += [f"why_{language} = {_quoted(text)}" for language, text in truth.why.items()]
    path.write_bytes(("\n".join(lines) + "\n").encode())


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _table(entries: dict[str, str]) -> str:
    return "{ " + ", ".join(f"{key} = {value}" for key, value in entries.items()) + " }"
