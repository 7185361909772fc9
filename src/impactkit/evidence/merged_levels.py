"""Levels of a characteristic merged where secrecy would hide them all: how the groups are told apart then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from impactkit.design.balance import Line
from impactkit.design.design import Design
from impactkit.disclosure import merge_levels, share_is_safe
from impactkit.text import Message

_ARMS = ("treated", "comparison")
# Between the names of merged levels, in the values of the merged characteristic: no file has it in a cell.
_BETWEEN = "\x1f"


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """A design whose rare levels are merged; its balance table has a row for each part.

    Attributes
    ----------
    design : Design
    lines : list of Line
        `Design.balance_lines` of it.
    ordered : frozenset of str
        Characteristics whose levels are in order.
    """

    design: Design
    lines: list[Line]
    ordered: frozenset[str]

    def level(self, variable: str, level: str) -> str | Message:
        """Return the name of a level: its own, or those it merges."""
        names = level.split(_BETWEEN)
        if len(names) == 1:
            return level
        if variable in self.ordered:
            return Message("sentence.levels_between", {"first": names[0], "last": names[-1]})
        return Message("sentence.levels_other", {"levels": ", ".join(names)})


def with_merged_levels(design: Design, *, people: Sequence[object] | np.ndarray | None = None) -> Merged:
    """Return the design with the levels merged that secrecy would otherwise hide.

    Only what is shown of the groups' likeness: estimates and checks are made with every level.

    Parameters
    ----------
    design : Design
    people : sequence, optional
        Those to compare; everyone by default.
    """
    lines = design.balance_lines(people=people)
    merged: dict[str, Mapping[str, str]] = {}
    ordered = set()
    for name in dict.fromkeys(line["variable"] for line in lines if line["level"] is not None):
        variable, own = design.cohort.variables[name], [line for line in lines if line["variable"] == name]
        if variable.kind == "ordinal":
            ordered.add(name)
            places = {level: i for i, level in enumerate(variable.categories or ())}
            own.sort(key=lambda line, places=places: places.get(line["level"], len(places)))  # type: ignore[misc]
        if found := _merged(own, design, sensitive=variable.sensitive, ordered=name in ordered):
            merged[name] = found
    if not merged:
        return Merged(design=design, lines=lines, ordered=frozenset(ordered))
    panel = design.cohort.panel
    for name, names in merged.items():
        panel[name] = panel[name].map(lambda value, own=names: own.get(value, value), na_action="ignore")
    design = replace(design, cohort=replace(design.cohort, _panel=panel))
    return Merged(design=design, lines=design.balance_lines(people=people), ordered=frozenset(ordered))


def _merged(lines: Sequence[Line], design: Design, *, sensitive: bool, ordered: bool) -> Mapping[str, str]:
    """Return the name that each merged level takes; nothing when none needs merging, or none helps."""
    profile = design.cohort.profile
    shares = np.array([[line[f"mean_{arm}"] for arm in _ARMS] for line in lines])
    whole = [max(line[f"n_{arm}"] for line in lines) for arm in _ARMS]
    if len(lines) < 3 or np.isnan(shares).any():
        return {}

    def is_safe(own: Sequence[float]) -> bool:
        return all(
            share_is_safe(min(n / of, 1.0), of, profile, sensitive=sensitive)
            for n, of in zip(own, whole, strict=True)
        )

    parts = merge_levels((shares * whole).tolist(), is_safe=is_safe, ordered=ordered)
    names = [line["level"] for line in lines]
    return {names[i]: _BETWEEN.join(names[j] for j in part) for part in parts if len(part) > 1 for i in part}
