"""Does a file of events or spells say all that each row must have, each thing once?"""

from __future__ import annotations

from collections.abc import Iterator

from impactkit.files.finding import Finding, listed, unknown
from impactkit.files.locate import KeyPath
from impactkit.files.model import Timeline
from impactkit.files.shape import Draft

_DAYS = {"events": ("date",), "spells": ("start", "end")}
_OTHERS = {"events": ("start", "end", "reason"), "spells": ("date",)}


def timeline_findings(timeline: Timeline, path: KeyPath, draft: Draft) -> Iterator[Finding]:
    """Yield what a timeline lacks, says twice or cannot have."""
    columns = (*path, "columns")
    if timeline.action is not None and timeline.action not in draft.action_ids:
        yield unknown("E-ETU-62", (*path, "action"), name=timeline.action, known=draft.action_ids)
    if "unit" not in timeline.columns and timeline.identity is None:
        yield Finding(code="E-ETU-23", path=columns)
    for name in ("action", "kind"):
        if (getattr(timeline, name) is None) == (name not in timeline.columns):
            yield Finding(code="E-ETU-63", path=path, params={"name": name})
    if _DAYS[timeline.holds][0] not in timeline.columns:
        yield Finding(code="E-ETU-64", path=columns, params={"name": _DAYS[timeline.holds][0]})
    for name in _OTHERS[timeline.holds]:
        if name in timeline.columns:
            allowed = ("unit", "action", "kind", *_DAYS[timeline.holds])
            params = {"name": name, "allowed": listed(allowed)}
            yield Finding(code="E-ETU-65", path=(*columns, name), params=params)
    for role, named in timeline.columns.items():
        if len(named) > 1 or named[0].wave is not None:
            yield Finding(code="E-ETU-27", path=(*columns, role), params={"name": role})
