"""Do the parts of a study file agree with one another, and with the files it names?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import get_args

from impactkit.files.finding import Finding, hint, listed, unknown
from impactkit.files.locate import KeyPath
from impactkit.files.model import ROLES, Action, Arm, Column, TableFile, Variable
from impactkit.files.reading.raw import TEXTS, WORKBOOKS
from impactkit.files.shape import Draft
from impactkit.files.usage import Usage
from impactkit.text import Message

READ_FORMATS = (*TEXTS, *WORKBOOKS)
# Earlier than any evaluation of an insertion action we know of (NSW began in 1975): before is a slip.
EARLIEST = dt.date(1970, 1, 1)
LATEST_WAVE = dt.date(2100, 1, 1)
_WINDOWS_NAMES = frozenset(
    ("con", "prn", "aux", "nul", *(f"{port}{i}" for port in ("com", "lpt") for i in range(1, 10)))
)
_ARM_COMPARISONS = frozenset(get_args(Arm)) - {"beneficiary"}
_OUTCOME_TYPES = ("number", "boolean")
_COVARIATE_TYPES = ("number", "boolean", "category")
_COMPARING = ("did", "compare_groups", "event_study", "doubly_robust", "discontinuity", "encouragement")
# What each way of making groups comparable can be told, besides what it is made on.
_OPTIONS_OF: Mapping[str, tuple[str, ...]] = {
    "nearest": ("distance", "caliper", "ratio", "replace", "exact"),
    "optimal": ("distance", "ratio", "exact"),
    "full": ("distance", "caliper", "exact"),
    "exact": (),
    "coarsened": ("exact",),
    "cardinality": ("caliper", "ratio"),
    "subclass": ("distance",),
    "logit": (),
    "entropy": ("moments",),
    "cbps": (),
}
# Roles whose values have no words of the study to be matched with.
_ROLES_WITHOUT_LABELS = ("unit", "month", "entry", "exit", "answered", "birth", "household", "weight")


def coherence_findings(draft: Draft, folder: Path, *, today: dt.date) -> list[Finding]:
    """Return everything in which the parts of a study file disagree.

    Parameters
    ----------
    draft : Draft
        The well-formed parts.
    folder : Path
        The folder of the study file.
    today : date
        An action cannot start later.
    """
    found = [*_ids(draft), *_variables(draft), *_waves(draft), *_publics(draft)]
    for i, file in draft.files.items():
        path = ("files", i)
        found += _location(file, path, folder)
        found += _columns(file, path, draft)
        found += _ways_to_say_the_wave(file, path)
    for i, action in draft.actions.items():
        path = ("actions", i)
        found += _start(action, path, today)
        found += _outcomes(action, path, draft)
        found += _covariates(action, path, draft)
        found += _window(action, path, draft)
        found += _method(action, path)
        found += _comparable(action, path, draft)
        found += _threshold(action, path, draft)
        found += _reach(action, path, draft)
    # Two actions may meet the same problem of a shared file or wave.
    return list({(finding.code, finding.path): finding for finding in found}.values())


# ------------------------------------------------------------------ names


def _ids(draft: Draft) -> Iterator[Finding]:
    for section, ids in (("waves", draft.wave_ids), ("files", draft.file_ids), ("actions", draft.action_ids)):
        yield from _repeated(ids, [(section, i, "id") for i in range(len(ids))])
    folders: list[tuple[str, KeyPath]] = [(draft.study_id, ("id",))]
    folders += [(name, ("actions", i, "id")) for i, name in enumerate(draft.action_ids)]
    for name, path in folders:
        if name.lower() in _WINDOWS_NAMES:
            yield Finding(code="E-ETU-11", path=path, params={"name": name})


def _repeated(names: Iterable[str], paths: list[KeyPath]) -> Iterator[Finding]:
    seen: set[str] = set()
    for name, path in zip(names, paths, strict=True):
        if name and name.lower() in seen:
            yield Finding(code="E-ETU-10", path=path, params={"name": name})
        seen.add(name.lower())


def _variables(draft: Draft) -> Iterator[Finding]:
    for name in draft.variable_names:
        if name in ROLES or name.startswith("_"):
            params = {"name": name, "allowed": listed(ROLES)}
            yield Finding(code="E-ETU-44", path=("variables", name), params=params)
    for name, variable in draft.variables.items():
        if variable.categories is not None and variable.type != "category":
            yield Finding(code="E-ETU-45", path=("variables", name, "categories"))


def _waves(draft: Draft) -> Iterator[Finding]:
    for i, wave in draft.waves.items():
        if wave.date is not None and not EARLIEST <= wave.date <= LATEST_WAVE:
            params = {"low": EARLIEST, "high": LATEST_WAVE}
            yield Finding(code="E-ETU-33", path=("waves", i, "date"), params=params)
        if wave.anchor == "calendar" and wave.date is None:
            yield Finding(code="E-ETU-60", path=("waves", i, "anchor"))


def _publics(draft: Draft) -> Iterator[Finding]:
    """Check that each priority public is told by a variable, in values that the variable can take."""
    for name, rule in draft.publics.items():
        path: KeyPath = ("publics", name)
        if rule.variable not in draft.variable_names:
            yield unknown("E-ETU-16", (*path, "variable"), name=rule.variable, known=draft.variable_names)
        variable = draft.variables.get(rule.variable)
        if variable is None:
            continue
        both = rule.below is not None and "yes" in rule.model_fields_set
        if both or (variable.type == "number") != (rule.below is not None) or variable.type == "date":
            yield Finding(code="E-ETU-61", path=path, params={"name": rule.variable})
        elif rule.below is None:
            for i, value in enumerate(rule.yes):
                expected = _variable_mismatch(variable, value)
                if expected is not None:
                    params = {"name": rule.variable, "expected": expected}
                    # The value that stands for all when the file gives none has no place of its own.
                    given = "yes" in rule.model_fields_set
                    yield Finding(code="E-ETU-28", path=(*path, "yes", i) if given else path, params=params)


# ------------------------------------------------------------------ files


def _location(file: TableFile, path: KeyPath, folder: Path) -> Iterator[Finding]:
    path = (*path, "path")
    if not is_inside(file.path, folder):
        yield Finding(code="E-ETU-13", path=path, params={"path": file.path})
        return
    target = folder / file.path
    suffix = target.suffix.lower()
    if suffix == ".xls":
        yield Finding(code="E-FIC-04", path=path)
    elif suffix not in READ_FORMATS:
        yield Finding(code="E-ETU-14", path=path, params={"allowed": listed(READ_FORMATS)})
    if not target.is_file():
        near = sorted(item.name for item in target.parent.glob("*") if item.is_file())
        params = {"path": file.path, "hint": hint(target.name, near)}
        yield Finding(code="E-ETU-12", path=path, params=params)
    if file.sheet is not None and suffix not in WORKBOOKS:
        yield Finding(code="E-ETU-46", path=(*path[:-1], "sheet"))


def is_inside(path: str, folder: Path) -> bool:
    """Tell whether a path of a study file is relative and stays under the study's folder, links followed."""
    windows = PureWindowsPath(path)
    if not path or "\\" in path or "\0" in path or windows.drive or windows.root:
        return False
    if ".." in PurePosixPath(path).parts:
        return False
    return (folder / path).resolve().is_relative_to(folder.resolve())


def _columns(file: TableFile, path: KeyPath, draft: Draft) -> Iterator[Finding]:
    if "unit" not in file.columns:
        yield Finding(code="E-ETU-23", path=(*path, "columns"))
    if file.wave is not None and file.wave not in draft.wave_ids:
        yield unknown("E-ETU-18", (*path, "wave"), name=file.wave, known=draft.wave_ids)
    if file.arm is not None and "arm" in file.columns:
        yield Finding(code="E-ETU-52", path=(*path, "arm"))
    for name, columns in file.columns.items():
        place = (*path, "columns", name)
        if name == "answered":
            yield from _waves_of(name, columns, place, draft)
        elif name in ROLES:
            yield from _role(name, columns, place)
        elif name not in draft.variable_names:
            known = (*ROLES, *draft.variable_names)
            yield unknown("E-ETU-15", place, name=name, known=known)
        else:
            yield from _waves_of(name, columns, place, draft)
        for i, column in enumerate(columns):
            yield from _labels(name, column, (*place, i), draft)


def _role(name: str, columns: tuple[Column, ...], path: KeyPath) -> Iterator[Finding]:
    if len(columns) > 1 or columns[0].wave is not None:
        yield Finding(code="E-ETU-27", path=path, params={"name": name})


def _waves_of(name: str, columns: tuple[Column, ...], path: KeyPath, draft: Draft) -> Iterator[Finding]:
    for i, column in enumerate(columns):
        if column.wave is not None and column.wave not in draft.wave_ids:
            yield unknown("E-ETU-18", (*path, i, "wave"), name=column.wave, known=draft.wave_ids)
    waves = [column.wave for column in columns]
    if len(waves) > 1 and (None in waves or len(set(waves)) < len(waves)):
        yield Finding(code="E-ETU-25", path=path, params={"name": name})


def _labels(name: str, column: Column, path: KeyPath, draft: Draft) -> Iterator[Finding]:
    """Check that what a column's values are matched with suits the role or variable."""
    if column.labels is None:
        return
    for key, value in column.labels.items():
        expected = _label_mismatch(name, value, draft)
        if expected is not None:
            params = {"name": name, "expected": expected}
            yield Finding(code="E-ETU-28", path=(*path, "labels", key), params=params)


def _label_mismatch(name: str, value: str | bool | float, draft: Draft) -> Message | None:
    """Return what was expected in place of a value that does not suit, else ``None``."""
    if name in _ROLES_WITHOUT_LABELS:
        return Message("problem.expected.nothing")
    if name == "arm":
        return _one_of("arm", value, get_args(Arm))
    if name == "wave":
        return _one_of("wave", value, draft.wave_ids)
    variable = draft.variables.get(name)
    return None if variable is None else _variable_mismatch(variable, value)


def _variable_mismatch(variable: Variable, value: str | bool | float) -> Message | None:
    if variable.type == "boolean":
        return None if isinstance(value, bool) else Message("problem.expected.boolean")
    if variable.type == "number":
        number = isinstance(value, float) and not isinstance(value, bool)
        return None if number else Message("problem.expected.number")
    if variable.type == "date":
        return Message("problem.expected.nothing")
    if variable.categories is not None:
        return _one_of("category", value, variable.categories)
    return None if isinstance(value, str) else Message("problem.expected.text")


def _one_of(kind: str, value: object, allowed: Iterable[str]) -> Message | None:
    names = tuple(allowed)
    return None if value in names else Message(f"problem.expected.{kind}", {"allowed": listed(names)})


def _ways_to_say_the_wave(file: TableFile, path: KeyPath) -> Iterator[Finding]:
    """Refuse a wave said in several ways: for the file, by a column of waves or months, column by column."""
    ways = [f"columns.{name}" for name in ("wave", "month") if name in file.columns]
    if file.wave is not None:
        ways.insert(0, "wave")
    if any(column.wave is not None for columns in file.columns.values() for column in columns):
        ways.append("columns.….wave")
    if len(ways) > 1:
        yield Finding(code="E-ETU-24", path=path, params={"ways": listed(ways)})


# ------------------------------------------------------------------ actions


def _start(action: Action, path: KeyPath, today: dt.date) -> Iterator[Finding]:
    if not EARLIEST <= action.start <= today:
        yield Finding(code="E-ETU-33", path=(*path, "start"), params={"low": EARLIEST, "high": today})


def _outcomes(action: Action, path: KeyPath, draft: Draft) -> Iterator[Finding]:
    n_primary = sum(outcome.primary for outcome in action.outcomes)
    if n_primary != 1:
        yield Finding(code="E-ETU-21", path=(*path, "outcomes"), params={"n": n_primary})
    places: list[KeyPath] = [(*path, "outcomes", i, "variable") for i in range(len(action.outcomes))]
    yield from _repeated([outcome.variable for outcome in action.outcomes], places)
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
    yield from _repeated(action.covariates, places)
    for name, place in zip(action.covariates, places, strict=True):
        if name not in draft.variable_names:
            yield unknown("E-ETU-16", place, name=name, known=draft.variable_names)
        elif name in outcomes:
            yield Finding(code="E-ETU-43", path=place, params={"name": name})
        elif name in draft.variables and draft.variables[name].type not in _COVARIATE_TYPES:
            yield Finding(code="E-ETU-20", path=place, params={"name": name})


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
        yield from _repeated(names, places)
        for name, place in zip(names, places, strict=True):
            if name not in draft.variable_names:
                yield unknown("E-ETU-16", place, name=name, known=draft.variable_names)
                continue
            variable = draft.variables.get(name)
            if variable is not None and name not in outcomes and variable.type not in _COVARIATE_TYPES:
                yield Finding(code="E-ETU-20", path=place, params={"name": name})
    given = made.model_fields_set - {"method", "on"}
    for key in sorted(given - set(_OPTIONS_OF[made.method])):
        methods = listed([name for name, options in _OPTIONS_OF.items() if key in options])
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


def _reach(action: Action, path: KeyPath, draft: Draft) -> Iterator[Finding]:
    """Check that the action's files hold what its method needs."""
    by_id = {file.id: file for file in draft.files.values()}
    for i, name in enumerate(action.files):
        if name not in draft.file_ids:
            yield unknown("E-ETU-17", (*path, "files", i), name=name, known=draft.file_ids)
    places: list[KeyPath] = [(*path, "files", i) for i in range(len(action.files))]
    yield from _repeated(action.files, places)
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
    needed += [(name, (*path, "covariates", i)) for i, name in enumerate(action.covariates)]
    if action.comparable is not None:
        for key, names in (("on", action.comparable.on), ("exact", action.comparable.exact)):
            needed += [(name, (*path, "comparable", key, i)) for i, name in enumerate(names)]
    if action.threshold is not None:
        needed.append((action.threshold.running, (*path, "threshold", "running")))
    for name, place in needed:
        if name in draft.variable_names and name not in usage.columns:
            yield Finding(code="E-ETU-42", path=place, params={"name": name})
    positions = {file.id: i for i, file in draft.files.items()}
    for outcome in action.outcomes:
        for file in usage.files:
            if usage.leaves_wave_unsaid(file, outcome.variable) and len(draft.wave_ids) > 1:
                place = ("files", positions[file.id], "columns", outcome.variable)
                yield Finding(code="E-ETU-26", path=place, params={"name": outcome.variable})


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


__all__ = ["EARLIEST", "READ_FORMATS", "WORKBOOKS", "coherence_findings", "is_inside"]
