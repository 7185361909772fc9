"""The tables of a synthesis as plain values, for the data file: every row, whatever the page shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from impactkit.errors import EstimationError
from impactkit.estimators.pooling.pooled import Pooled
from impactkit.forms.changes.words import LEVELS
from impactkit.synthesis.changes import level_of
from impactkit.synthesis.counts import Tally
from impactkit.synthesis.say import Say
from impactkit.synthesis.territories import departments, region_of
from impactkit.synthesis.together import Synthesis
from impactkit.text import Language, Message

Value = str | int | float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DataTable:
    """A table of the data file.

    Attributes
    ----------
    key : str
        Its name in JSON and csv files.
    title : str
    header : tuple of str
        Names of columns, the same in both languages.
    rows : tuple of tuple
    """

    key: str
    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]


def synthesis_tables(found: Synthesis, *, language: Language) -> tuple[DataTable, ...]:
    """Return the tables of a synthesis: measures, pooled effects, groups, refusals, counts, duties, lacks."""
    say = Say(found, language)
    return tuple(
        DataTable(key=key, title=say(f"table.{key}"), header=header, rows=tuple(make(found, say)))
        for key, (header, make) in _TABLES.items()
    )


def _measures(found: Synthesis, say: Say) -> list[tuple[Value, ...]]:
    families = {
        measure.key: (item, i) for item in found.together for i, measure in enumerate(item.family.measures)
    }
    borrowed = {
        id(item): (item.pooled.shrunk(), item.pooled.weights)
        for item in found.together
        if isinstance(item.pooled, Pooled)
    }
    reasons = {item.measure.key: say.refusal(item) for item in found.refused}
    rows: list[tuple[Value, ...]] = []
    for measure in found.measures:
        effect = measure.effect
        numbers: tuple[Value, ...] = (None,) * 4
        if effect is not None:
            numbers = (effect.estimate, effect.std_error, effect.conf_low, effect.conf_high)
        shrunk: tuple[Value, ...] = (None,) * 4
        family = ""
        if measure.key in families:
            item, i = families[measure.key]
            family = say.family(item.family)
            if id(item) in borrowed:
                values, weights = borrowed[id(item)]
                shrunk = (float(weights.iloc[i]), *(float(values[key].iloc[i]) for key in _SHRUNK))
        rows.append(
            (
                measure.study,
                measure.action,
                measure.title.text(say.language),
                measure.territory,
                measure.department,
                region_of(measure.department, measure.region),
                measure.kind,
                measure.axis,
                " ".join(measure.publics),
                None if measure.rural is None else int(measure.rural),
                measure.method,
                measure.contrast,
                measure.follow_up,
                measure.outcome.label.text(say.language),
                measure.attribution,
                measure.strength,
                measure.credibility,
                measure.precision,
                *numbers,
                family,
                *shrunk,
                reasons.get(measure.key),
            )
        )
    return rows


_SHRUNK = ("estimate", "conf_low", "conf_high")


def _families(found: Synthesis, say: Say) -> list[tuple[Value, ...]]:
    rows: list[tuple[Value, ...]] = []
    for item in found.together:
        rows.append((say.family(item.family), "REML", "", *_pooled_row(item.pooled, say), item.p_holm))
        rows.append((say.family(item.family), "PM", "", *_pooled_row(item.paule_mandel, say), None))
        for split in item.splits:
            for name, part in split.groups:
                label = f"{say.dimension(split.dimension)} : {say.group(split.dimension, name)}"
                rows.append((say.family(item.family), "REML", label, *_pooled_row(part, say), None))
    return rows


def _pooled_row(pooled: Pooled | Message, say: Say) -> tuple[Value, ...]:
    if isinstance(pooled, Message):
        return (*(None,) * 10, pooled.text(say.language))
    low, high = pooled.effect.interval()
    try:
        ends: tuple[Value, ...] = pooled.prediction_interval()
    except EstimationError:
        ends = (None, None)
    numbers = (pooled.effect.value, pooled.effect.std_error, low, high, pooled.effect.p_value)
    return (pooled.k, *numbers, pooled.tau2, pooled.i2, *ends, None)


def _without(found: Synthesis, say: Say) -> list[tuple[Value, ...]]:
    rows: list[tuple[Value, ...]] = []
    for item in found.together:
        frame = say.without_each(item)
        if frame is None:
            continue
        for name, row in frame.iterrows():
            rows.append((say.family(item.family), str(name), *(float(row[key]) for key in _LEFT)))
    return rows


_LEFT = ("estimate", "conf_low", "conf_high", "tau2", "i2")


def _tallies(found: Synthesis, say: Say) -> list[tuple[Value, ...]]:
    rows: list[tuple[Value, ...]] = [("", "", *_counts(found.overall))]
    for dimension, tallies in found.tallies.items():
        rows += [(dimension, say.group(dimension, item.group), *_counts(item)) for item in tallies]
    return rows


VERDICTS = (
    "attributable",
    "probably_attributable",
    "change_not_attributed",
    "no_meaningful_effect",
    "inconclusive",
    "adverse_effect",
)


def _counts(item: Tally) -> tuple[int, ...]:
    return (item.n, *(item.verdicts.get(name, 0) for name in VERDICTS), *item.strengths)


def _duties(found: Synthesis, say: Say) -> list[tuple[Value, ...]]:
    return [
        (
            item.study,
            item.title.text(say.language),
            item.kind,
            item.territory,
            item.measured,
            item.expected,
            None if item.met is None else int(item.met),
        )
        for item in found.duties
    ]


def _departments(found: Synthesis, say: Say) -> list[tuple[Value, ...]]:
    counts = department_counts(found)
    return [(item.code, item.name, item.region, counts.get(code, 0)) for code, item in departments().items()]


def department_counts(found: Synthesis) -> dict[str, int]:
    """Return how many measures each département has."""
    counts: dict[str, int] = {}
    for measure in found.measures:
        code = (measure.department or "").strip().upper()
        counts[code] = counts.get(code, 0) + 1
    return counts


def _lacking(found: Synthesis, say: Say) -> list[tuple[Value, ...]]:
    return [
        (
            item.measure.study,
            item.measure.action,
            item.measure.title.text(say.language),
            item.measure.outcome.minimum_effect,
            item.times,
            item.more,
        )
        for item in found.lacking
    ]


def _changes(found: Synthesis, say: Say) -> list[tuple[Value, ...]]:
    return [
        (
            item.item,
            item.label.text(say.language),
            item.n,
            *item.levels.values(),
            item.not_concerned,
            item.hidden,
            item.between,
            None if item.between is None else 1 - item.between,
            item.within,
            item.n_within,
            item.proved,
            item.n_proved,
            item.with_proof,
        )
        for item in found.changes
    ]


def _changes_by_pact(found: Synthesis, say: Say) -> list[tuple[Value, ...]]:
    return [
        (
            pact.study,
            pact.subtitle,
            item.item,
            level_of(item),
            item.share,
            item.consensus,
            item.proved,
            item.due,
            int(item.is_proved),
        )
        for pact in found.gathered.answers
        for item in pact.changes
    ]


_Make = Callable[[Synthesis, Say], list[tuple[Value, ...]]]
_TABLES: dict[str, tuple[tuple[str, ...], _Make]] = {
    "measures": (
        (
            *("study", "action", "title", "territory", "department", "region", "kind", "axis", "publics"),
            *("rural", "method", "contrast", "follow_up_months", "outcome", "verdict", "strength"),
            *("credibility", "precision", "estimate", "std_error", "conf_low", "conf_high", "family"),
            *("weight", "shrunk", "shrunk_low", "shrunk_high", "not_pooled_because"),
        ),
        _measures,
    ),
    "pooled": (
        (
            *("family", "method", "group", "measures", "estimate", "std_error", "conf_low", "conf_high"),
            *("p_value", "tau2", "i2", "predict_low", "predict_high", "why_not", "p_holm"),
        ),
        _families,
    ),
    "without_each": (("family", "without", "estimate", "conf_low", "conf_high", "tau2", "i2"), _without),
    "counts": (
        ("dimension", "group", "measures", *VERDICTS, *(f"strength_{i}" for i in range(6))),
        _tallies,
    ),
    "duties": (("study", "title", "kind", "territory", "measured", "expected", "met"), _duties),
    "departments": (("code", "name", "region", "measures"), _departments),
    "lacking": (("study", "action", "title", "minimum_effect", "times", "more_people"), _lacking),
    "changes": (
        (
            *("item", "label", "pacts", *LEVELS, "not_concerned", "too_few_to_say", "consensus_between"),
            *("dispersion_between", "mean_consensus_within", "pacts_telling_consensus", "mean_share_proved"),
            *("pacts_telling_share_proved", "pacts_with_a_proof"),
        ),
        _changes,
    ),
    "changes_by_pact": (
        ("study", "title", "item", "level", "share", "consensus", "share_proved", "due", "has_a_proof"),
        _changes_by_pact,
    ),
}
