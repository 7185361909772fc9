"""Does an action of a study file hold together, and do its files hold what it needs?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import get_args

from impactkit.files.coherence_of_contribution import contribution_findings
from impactkit.files.finding import Finding, listed, repeated, unknown
from impactkit.files.locate import KeyPath
from impactkit.files.model import Action, Arm
from impactkit.files.shape import Draft
from impactkit.files.usage import Usage

# Earlier than any evaluation of an insertion action we know of (NSW began in 1975): before is a slip.
EARLIEST = dt.date(1970, 1, 1)
_ARM_COMPARISONS = frozenset(get_args(Arm)) - {"beneficiary"}
_OUTCOME_TYPES = ("number", "boolean")
_COVARIATE_TYPES = ("number", "boolean", "category")
_COMPARING = (
    "did",
    "compare_groups",
    "event_study",
    "doubly_robust",
    "discontinuity",
    "encouragement",
    "time_to_event",
)
# What each way of making groups comparable can be told, besides what it is made on.
OPTIONS_OF: Mapping[str, tuple[str, ...]] = {
    "nearest": ("distance", "caliper", "ratio", "replace", "exact"),
    "optimal": ("distance", "ratio", "exact"),
    "full": ("distance", "caliper", "exact"),
    "exact": (),
    "coarsened": ("exact",),
    "cardinality": ("caliper", "ratio"),
    "subclass": ("distance",),
    "logit": (),
    "entropy": ("moments", "tolerance"),
    "cbps": (),
}


def action_findings(action: Action, path: KeyPath, draft: Draft, *, today: dt.date) -> Iterator[Finding]:
    """Yield what is wrong in an action: its names, its times, its method, and what its files lack."""
    yield from _start(action, path, today)
    yield from _outcomes(action, path, draft)
    yield from _covariates(action, path, draft)
    yield from _placebo_outcomes(action, path, draft)
    yield from _window(action, path, draft)
    yield from _method(action, path)
    yield from _comparable(action, path, draft)
    yield from _threshold(action, path, draft)
    yield from _duration(action, path, draft)
    yield from contribution_findings(action.contribution, (*path, "contribution"), draft)
    yield from _reach(action, path, draft)


def _start(action: Action, path: KeyPath, today: dt.date) -> Iterator[Finding]:
    if not EARLIEST <= action.start <= today:
        yield Finding(code="E-ETU-33", path=(*path, "start"), params={"low": EARLIEST, "high": today})


def _outcomes(action: Action, path: KeyPath, draft: Draft) -> Iterator[Finding]:
    n_primary = sum(outcome.primary for outcome in action.outcomes)
    if n_primary != 1:
        yield Finding(code="E-ETU-21", path=(*path, "outcomes"), params={"n": n_primary})
    places: list[KeyPath] = [(*path, "outcomes", i, "variable") for i in range(len(action.outcomes))]
    yield from repeated([outcome.variable for outcome in action.outcomes], places)
    for outcome, place in zip(action.outcomes, places, strict=True):
        if outcome.variable not in draft.variable_names:
            yield unknown("E-ETU-16", place, name=outcome.variable, known=draft.variable_names)
        variable = draft.variables.get(outcome.variable)
        if variable is None:
            continue
        if variable.type not in _OUTCOME_TYPES:
            yield Finding(code="E-ETU-19", path=place, params={"name": outcome.variable})
        effect = outcome.minimum_effect
        if variable.type == "boolean" and effect is not None and effect >= 1:
            # Whoever writes 5 means 5 points.
            params = {"points": f"{effect:g}", "share": f"{effect / 100:g}"}
            yield Finding(code="E-ETU-22", path=(*place[:-1], "minimum_effect"), params=params)


def _covariates(action: Action, path: KeyPath, draft: Draft) -> Iterator[Finding]:
    outcomes = {outcome.variable for outcome in action.outcomes}
    places: list[KeyPath] = [(*path, "covariates", i) for i in range(len(action.covariates))]
    yield from repeated(action.covariates, places)
    for name, place in zip(action.covariates, places, strict=True):
        if name not in draft.variable_names:
            yield unknown("E-ETU-16", place, name=name, known=draft.variable_names)
        elif name in outcomes:
            yield Finding(code="E-ETU-43", path=place, params={"name": name})
        elif name in draft.variables and draft.variables[name].type not in _COVARIATE_TYPES:
            yield Finding(code="E-ETU-20", path=place, params={"name": name})


def _placebo_outcomes(action: Action, path: KeyPath, draft: Draft) -> Iterator[Finding]:
    """Check that what the action cannot change can be measured, and is used for nothing else."""
    used = {*(outcome.variable for outcome in action.outcomes), *action.covariates}
    places: list[KeyPath] = [(*path, "placebo_outcomes", i) for i in range(len(action.placebo_outcomes))]
    yield from repeated(action.placebo_outcomes, places)
    for name, place in zip(action.placebo_outcomes, places, strict=True):
        variable = draft.variables.get(name)
        if name not in draft.variable_names:
            yield unknown("E-ETU-16", place, name=name, known=draft.variable_names)
        elif name in used:
            yield Finding(code="E-ETU-66", path=place, params={"name": name})
        elif variable is not None and variable.type not in _OUTCOME_TYPES:
            yield Finding(code="E-ETU-19", path=place, params={"name": name})


def _window(action: Action, path: KeyPath, draft: Draft) -> Iterator[Finding]:
    if action.window is None:
        return
    path = (*path, "window")
    if action.method == "interrupted_series":
        yield Finding(code="E-ETU-31", path=path)
        return
    known = [wave in draft.wave_ids for wave in action.window]
    for i, wave in enumerate(action.window):
        if not known[i]:
            yield unknown("E-ETU-18", (*path, i), name=wave, known=draft.wave_ids)
    if all(known):
        before, after = (draft.wave_ids.index(wave) for wave in action.window)
        if before >= after:
            yield Finding(code="E-ETU-30", path=path)


def _method(action: Action, path: KeyPath) -> Iterator[Finding]:
    if action.method == "before_after" and action.comparison != "none":
        yield Finding(code="E-ETU-34", path=(*path, "comparison"))
    if action.method in _COMPARING and action.comparison == "none":
        allowed = listed(("never_treated", "not_yet_treated", *sorted(_ARM_COMPARISONS)))
        params = {"method": action.method, "allowed": allowed}
        yield Finding(code="E-ETU-35", path=(*path, "comparison"), params=params)
    if action.adjust is not None and action.method != "compare_groups":
        yield Finding(code="E-ETU-47", path=(*path, "adjust"))
    if action.method == "doubly_robust" and not action.covariates:
        yield Finding(code="E-ETU-56", path=(*path, "method"))
    if (action.method == "discontinuity") != (action.threshold is not None):
        key = "method" if action.threshold is None else "threshold"
        yield Finding(code="E-ETU-57", path=(*path, key))


def _comparable(action: Action, path: KeyPath, draft: Draft) -> Iterator[Finding]:
    """Check how the groups are made comparable: with whom, on what, and by options that the method has."""
    made = action.comparable
    if made is None:
        return
    path = (*path, "comparable")
    if action.comparison == "none" or action.method not in ("compare_groups", "did"):
        yield Finding(code="E-ETU-53", path=path)
    if not made.on and not action.covariates:
        yield Finding(code="E-ETU-54", path=path)
    outcomes = {outcome.variable for outcome in action.outcomes}
    for key, names in (("on", made.on), ("exact", made.exact)):
        places: list[KeyPath] = [(*path, key, i) for i in range(len(names))]
        yield from repeated(names, places)
        for name, place in zip(names, places, strict=True):
            if name not in draft.variable_names:
                yield unknown("E-ETU-16", place, name=name, known=draft.variable_names)
                continue
            variable = draft.variables.get(name)
            if variable is not None and name not in outcomes and variable.type not in _COVARIATE_TYPES:
                yield Finding(code="E-ETU-20", path=place, params={"name": name})
    given = made.model_fields_set - {"method", "on"}
    for key in sorted(given - set(OPTIONS_OF[made.method])):
        methods = listed([name for name, options in OPTIONS_OF.items() if key in options])
        params = {"key": key, "method": made.method, "methods": methods}
        yield Finding(code="E-ETU-55", path=(*path, key), params=params)


def _threshold(action: Action, path: KeyPath, draft: Draft) -> Iterator[Finding]:
    """Check that what decides of the right is a number, and neither a result nor taken into account."""
    if action.threshold is None:
        return
    name, place = action.threshold.running, (*path, "threshold", "running")
    if name not in draft.variable_names:
        yield unknown("E-ETU-16", place, name=name, known=draft.variable_names)
    elif name in draft.variables and draft.variables[name].type != "number":
        yield Finding(code="E-ETU-58", path=place, params={"name": name})
    elif name in {*(outcome.variable for outcome in action.outcomes), *action.covariates}:
        yield Finding(code="E-ETU-59", path=place, params={"name": name})


def _duration(action: Action, path: KeyPath, draft: Draft) -> Iterator[Finding]:
    """Check that one time is studied, and that what ends it is a code known for itself alone."""
    if (action.method == "time_to_event") != (action.duration is not None):
        key = "method" if action.duration is None else "duration"
        yield Finding(code="E-ETU-74", path=(*path, key))
    if action.duration is None:
        return
    for i, outcome in enumerate(action.outcomes):
        variable = draft.variables.get(outcome.variable)
        if i > 0 or (variable is not None and variable.type == "boolean"):
            yield Finding(code="E-ETU-77", path=(*path, "outcomes", i, "variable"))
    name, place = action.duration.event, (*path, "duration", "event")
    outcomes = (outcome.variable for outcome in action.outcomes)
    if name not in draft.variable_names:
        yield unknown("E-ETU-16", place, name=name, known=draft.variable_names)
    elif name in draft.variables and draft.variables[name].type not in _OUTCOME_TYPES:
        yield Finding(code="E-ETU-75", path=place, params={"name": name})
    elif name in {*outcomes, *action.covariates, *action.placebo_outcomes}:
        yield Finding(code="E-ETU-76", path=place, params={"name": name})


def _reach(action: Action, path: KeyPath, draft: Draft) -> Iterator[Finding]:
    """Check that the action's files hold what its method needs."""
    by_id = {file.id: file for file in draft.files.values()}
    for i, name in enumerate(action.files):
        if name not in draft.file_ids:
            yield unknown("E-ETU-17", (*path, "files", i), name=name, known=draft.file_ids)
    places: list[KeyPath] = [(*path, "files", i) for i in range(len(action.files))]
    yield from repeated(action.files, places)
    if not all(name in by_id for name in action.files):
        return  # a file that is not well-formed may be the one that holds what is needed
    files = tuple(by_id[name] for name in action.files)
    usage = Usage.of(files, variables=action.variables, wave_ids=draft.wave_ids)
    yield from _variables_reached(action, path, usage, draft)
    yield from _times_reached(action, path, usage, draft)
    yield from _order_of_waves(usage, draft)
    yield from _groups_reached(action, path, usage)


def _variables_reached(action: Action, path: KeyPath, usage: Usage, draft: Draft) -> Iterator[Finding]:
    named = [(outcome.variable, ("outcomes", i, "variable")) for i, outcome in enumerate(action.outcomes)]
    needed: list[tuple[str, KeyPath]] = [(name, (*path, *place)) for name, place in named]
    for key, listed_names in (
        ("covariates", action.covariates),
        ("placebo_outcomes", action.placebo_outcomes),
    ):
        needed += [(name, (*path, key, i)) for i, name in enumerate(listed_names)]
    if action.comparable is not None:
        for key, names in (("on", action.comparable.on), ("exact", action.comparable.exact)):
            needed += [(name, (*path, "comparable", key, i)) for i, name in enumerate(names)]
    if action.threshold is not None:
        needed.append((action.threshold.running, (*path, "threshold", "running")))
    if action.duration is not None:
        needed.append((action.duration.event, (*path, "duration", "event")))
    if action.contribution.opinion is not None:
        needed.append((action.contribution.opinion, (*path, "contribution", "opinion")))
    for name, place in needed:
        if name in draft.variable_names and name not in usage.columns:
            yield Finding(code="E-ETU-42", path=place, params={"name": name})
    positions = {file.id: i for i, file in draft.files.items()}
    ends = () if action.duration is None else (action.duration.event,)
    for name in (*(outcome.variable for outcome in action.outcomes), *action.placebo_outcomes, *ends):
        for file in usage.files:
            if usage.leaves_wave_unsaid(file, name) and len(draft.wave_ids) > 1:
                place = ("files", positions[file.id], "columns", name)
                yield Finding(code="E-ETU-26", path=place, params={"name": name})


def _times_reached(action: Action, path: KeyPath, usage: Usage, draft: Draft) -> Iterator[Finding]:
    if usage.monthly and not all("month" in file.columns for file in usage.files):
        yield Finding(code="E-ETU-50", path=(*path, "files"))
    if action.method == "interrupted_series":
        if not usage.monthly:
            yield Finding(code="E-ETU-37", path=(*path, "files"))
        return
    for i, wave in enumerate(action.window or ()):
        if wave in draft.wave_ids and wave not in usage.waves:
            yield Finding(code="E-ETU-51", path=(*path, "window", i), params={"name": wave})
    needs_two = action.method in ("before_after", "did", "event_study") or action.adjust == "ancova"
    if needs_two and not usage.monthly and len(usage.waves) < 2:
        yield Finding(code="E-ETU-36", path=(*path, "method"), params={"method": action.method})
    if "entry" in usage.columns and not usage.monthly:
        used = [wave for wave in draft.waves.values() if wave.id in usage.waves]
        undated = [wave.id for wave in used if wave.date is None]
        if undated and not all(wave.date is None and wave.anchor is not None for wave in used):
            yield Finding(code="E-ETU-41", path=("waves",), params={"waves": listed(undated)})


def _order_of_waves(usage: Usage, draft: Draft) -> Iterator[Finding]:
    """Waves used together come one after the other; a study may hold several calendars."""
    used = [(i, wave) for i, wave in draft.waves.items() if wave.id in usage.named_waves]
    for (_, earlier), (i, later) in pairwise(used):
        if later.months <= earlier.months:
            yield Finding(code="E-ETU-29", path=("waves", i, "months"))
        if earlier.date is not None and later.date is not None and later.date <= earlier.date:
            yield Finding(code="E-ETU-29", path=("waves", i, "date"))


def _groups_reached(action: Action, path: KeyPath, usage: Usage) -> Iterator[Finding]:
    path = (*path, "comparison")
    if not usage.may_hold("beneficiary"):
        yield Finding(code="E-ETU-39", path=(*path[:-1], "files"))
    if action.comparison == "not_yet_treated" and "entry" not in usage.columns:
        yield Finding(code="E-ETU-40", path=path)
    if action.comparison in _ARM_COMPARISONS and not usage.may_hold(action.comparison):
        yield Finding(code="E-ETU-38", path=path, params={"comparison": action.comparison})
    has_others = "entry" in usage.columns or any(usage.may_hold(arm) for arm in _ARM_COMPARISONS)
    if action.comparison == "never_treated" and not has_others:
        yield Finding(code="E-ETU-38", path=path, params={"comparison": action.comparison})
