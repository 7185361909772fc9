"""What the page says of effects pooled, and of those that are not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from importlib.metadata import version

import pandas as pd

from impactkit.document.blocks import (
    Block,
    Bullets,
    Cell,
    Facts,
    Figure,
    Folded,
    Grid,
    Heading,
    Note,
    Paragraph,
    Table,
)
from impactkit.errors import EstimationError
from impactkit.estimators.pooling.pooled import Pooled
from impactkit.evidence.record import Claim
from impactkit.plot.pooling import forest, forest_text
from impactkit.plot.svg import inline_svg
from impactkit.plot.wording import Scale
from impactkit.synthesis.say import Say
from impactkit.synthesis.together import Split, Together, frame_of
from impactkit.text import Message
from impactkit.text.numbers import percent

MOST_TOLD = 5  # families in the summary
MOST_DRAWN = 30  # measures in a figure: the heaviest
MOST_LISTED = 20  # lines of a list; the data file has all


def headline(item: Together, say: Say) -> str:
    """Say in one sentence what a family shows."""
    assert isinstance(item.pooled, Pooled)
    scale = say.scale(item.family, item.pooled)
    low, high = item.pooled.effect.interval()
    return say(
        f"pooled.headline_{item.conclusion}",
        family=say.family(item.family),
        n=item.pooled.k,
        **scale.ends(low, high, say.language),
    )


def pooled(say: Say) -> list[Block]:
    """Return the section of pooled effects: of each family what it shows, what weakens it, and its figure."""
    if not say.found.together:
        return [Paragraph(text=say("pooled.none"))]
    blocks: list[Block] = []
    for i, item in enumerate(say.found.together):
        blocks.append(Heading(text=say.family(item.family), anchor=f"family-{i}", level=3))
        if isinstance(item.pooled, Message):
            blocks.append(Paragraph(text=item.pooled.text(say.language)))
            continue
        scale = say.scale(item.family, item.pooled)
        blocks += [
            Paragraph(text=headline(item, say), tone="strong"),
            *_warnings(item, say),
            _figure(item, item.pooled, f"family-{i}", say),
            Facts(items=_first_facts(item.pooled, scale, say)),
        ]
    return blocks


def details(say: Say) -> list[Block]:
    """Return what a statistician asks of each average, for the annex."""
    blocks: list[Block] = []
    for item in say.found.together:
        if isinstance(item.pooled, Message):
            continue
        scale = say.scale(item.family, item.pooled)
        blocks.append(Heading(text=say.family(item.family), level=3))
        blocks.append(Facts(items=_facts(item, item.pooled, scale, say)))
        groups = _groups(item, scale, say)
        if groups is not None:
            blocks.append(groups)
        blocks.append(Folded(summary=say("shrunk.summary"), blocks=_shrunk(item, item.pooled, scale, say)))
    return blocks


def _warnings(item: Together, say: Say) -> list[Block]:
    """Say what weakens the average: what it is a difference with, inconclusive measures, shared people."""
    measures = item.family.measures
    inconclusive = sum(measure.conclusion == "inconclusive" for measure in measures)
    items = []
    if item.family.kind.contrast != "comparison":
        items.append(say(f"pooled.not_effect_{item.family.kind.contrast}"))
    items.append(say("pooled.inconclusive", n=inconclusive, all=len(measures)))
    if item.sharing:
        items.append(say("pooled.sharing", n=item.sharing))
    if len(measures) == 2:
        items.append(say("pooled.two"))
    assert isinstance(item.pooled, Pooled)
    # The words of the estimator speak to who writes code: the page says the same to who reads.
    items += [say("pooled.narrower") for note in item.pooled.notes if note.key == "pooling.note.narrower"]
    return [Bullets(items=tuple(items))]


def _figure(item: Together, found: Pooled, name: str, say: Say) -> Figure:
    frame = frame_of(item.family)
    heaviest = found.weights.to_numpy().argsort()[::-1][:MOST_DRAWN]
    frame.index = pd.Index([measure.name(say.language) for measure in item.family.measures])
    part = frame.iloc[heaviest]
    weights = found.weights.iloc[heaviest]
    outcome = item.family.measures[0].outcome
    ax = forest(
        part, pooled=found, weights=weights, outcome=outcome, claim=_claim(item), language=say.language
    )
    alt = forest_text(
        part, pooled=found, weights=weights, outcome=outcome, claim=_claim(item), language=say.language
    )
    caption = say("figure.caption", family=say.family(item.family))
    if len(part) < len(frame):
        caption = say("figure.caption_heaviest", n=len(part), family=say.family(item.family))
    return Figure(
        name=name,
        caption=caption,
        svg=inline_svg(ax, name=name, title=caption, alt=alt),
        alt=alt,
        data=_drawn(item, part, found, weights, say),
        note=_note(item, say),
    )


def _claim(item: Together) -> Claim:
    """Return what the family's differences may be called: effects, only when each one may."""
    if all(measure.claim == "effect" for measure in item.family.measures):
        return "effect"
    return item.family.kind.contrast


def _drawn(item: Together, part: pd.DataFrame, found: Pooled, weights: pd.Series, say: Say) -> Grid:
    scale = say.scale(item.family, found)
    low, high = found.effect.interval()
    rows = [
        (
            str(name),
            _ends(row["conf_low"], row["conf_high"], scale, say),
            percent(w, say.language, decimals=1),
        )
        for (name, row), w in zip(part.iterrows(), weights, strict=True)
    ]
    rows.append((say("figure.average"), _ends(low, high, scale, say), percent(1, say.language)))
    return Grid(
        caption=say("figure.data"),
        header=(say("figure.measure"), say("figure.interval"), say("figure.weight")),
        rows=tuple(tuple(Cell(text=text) for text in row) for row in rows),
        numeric=frozenset({1, 2}),
    )


def _ends(low: float, high: float, scale: Scale, say: Say) -> str:
    return say("ends", **scale.ends(float(low), float(high), say.language))


def _note(item: Together, say: Say) -> Note:
    return Note(
        reading=say("note.reading"),
        scope=say("note.scope", n=len(item.family.measures), all=len(say.found.measures)),
        source=say("note.source", version=version("impactkit")),
    )


def _first_facts(found: Pooled, scale: Scale, say: Say) -> tuple[tuple[str, str], ...]:
    return (
        (say("fact.measures"), say.plain(found.k)),
        (say("fact.prediction"), _or_why(found.prediction_interval, scale, say)),
    )


def _facts(item: Together, found: Pooled, scale: Scale, say: Say) -> tuple[tuple[str, str], ...]:
    """Return the rest, in plain names."""
    facts = [(say("fact.i2"), percent(found.i2, say.language))]
    low, high = found.tau2_interval()
    sizes = [scale.change(value**0.5, say.language, sign=False) for value in (found.tau2, low, high)]
    facts.append((say("fact.tau"), say("fact.tau_between", tau=sizes[0], low=sizes[1], high=sizes[2])))
    if isinstance(item.paule_mandel, Pooled):
        ends = _ends(*item.paule_mandel.effect.interval(), scale, say)
        facts.append((say("fact.paule_mandel"), ends))
    without = say.without_each(item)
    if without is not None:
        lowest, highest = without["estimate"].min(), without["estimate"].max()
        facts.append((say("fact.without"), _ends(lowest, highest, scale, say)))
    facts.append((say("fact.small"), _small(found, say)))
    facts.append((say("fact.design"), _by_design(item, scale, say)))
    if item.p_holm is not None:
        facts.append((say("fact.holm"), say.p(item.p_holm)))
    if item.conclusion == "inconclusive" and item.needed is not None and item.needed > found.k:
        facts.append((say("fact.needed"), say.plain(item.needed)))
    return tuple(facts)


def _or_why(interval: Callable[[], tuple[float, float]], scale: Scale, say: Say) -> str:
    try:
        return _ends(*interval(), scale, say)
    except EstimationError as error:
        return error.message.text(say.language)


def _small(found: Pooled, say: Say) -> str:
    try:
        slope = found.small_study()
    except EstimationError as error:
        return error.message.text(say.language)
    key = "small.differ" if slope.p_value < 0.05 else "small.alike"
    return say(key, p=say.p(slope.p_value))


def _by_design(item: Together, scale: Scale, say: Say) -> str:
    if isinstance(item.by_design, Message):
        return item.by_design.text(say.language)
    table = item.by_design.coefficients
    row = {key: float(table[key].to_dict()["credibility"]) for key in ("conf_low", "conf_high", "p_value")}
    return say(
        "fact.by_design",
        **scale.finer.ends(row["conf_low"], row["conf_high"], say.language),
        p=say.p(row["p_value"]),
    )


def _groups(item: Together, scale: Scale, say: Say) -> Table | None:
    """Return the table of averages by group; nothing when all measures are alike."""
    rows = [row for split in item.splits for row in _split_rows(split, scale, say)]
    if not rows:
        return None
    return Table(
        grid=Grid(
            caption=say("groups.caption"),
            header=tuple(say(f"groups.{key}") for key in ("by", "group", "n", "average", "spread", "differ")),
            rows=tuple(tuple(Cell(text=text) for text in row) for row in rows),
            numeric=frozenset({2, 3}),
        ),
        note=_note(item, say),
    )


def _split_rows(split: Split, scale: Scale, say: Say) -> list[tuple[str, ...]]:
    test = say("groups.not_compared") if split.dimension == "public" else "–"
    if split.difference is not None:
        test = say.p(split.difference.p_value)
    rows: list[tuple[str, ...]] = []
    alone = []
    for name, part in split.groups:
        first = (say.dimension(split.dimension), say.group(split.dimension, name))
        if isinstance(part, Message):
            alone.append(first[1])
            continue
        average = _ends(*part.effect.interval(), scale, say)
        rows.append((*first, say.plain(part.k), average, percent(part.i2, say.language), test))
    if alone:
        rows.append((say.dimension(split.dimension), ", ".join(alone), "–", say("groups.too_few"), "–", "–"))
    return rows


def _shrunk(item: Together, found: Pooled, scale: Scale, say: Say) -> tuple[Block, ...]:
    frame = found.shrunk()
    # Those that borrow most are those to whom it matters.
    order = frame["own"].to_numpy().argsort(kind="stable")[:MOST_LISTED]
    measures = item.family.measures
    rows = []
    for i in order:
        effect, own = measures[i].effect, frame.iloc[i]
        assert effect is not None
        rows.append(
            (
                measures[i].name(say.language),
                _ends(effect.conf_low, effect.conf_high, scale, say),
                _ends(own["conf_low"], own["conf_high"], scale, say),
                percent(float(own["own"]), say.language),
            )
        )
    grid = Grid(
        caption=say("shrunk.caption", n=len(rows), all=found.k),
        header=tuple(say(f"shrunk.{key}") for key in ("measure", "alone", "borrowed", "own")),
        rows=tuple(tuple(Cell(text=text) for text in row) for row in rows),
        numeric=frozenset({1, 2, 3}),
    )
    return (Paragraph(text=say("shrunk.explain")), Table(grid=grid, note=_note(item, say)))


def refused(say: Say) -> list[Block]:
    """Return the section of measures that are not pooled, and why."""
    found = say.found.refused
    if not found:
        return [Paragraph(text=say("refused.none"))]
    reasons = Counter(say.refusal(item) for item in found)
    counts = tuple(say("refused.counted", n=n, why=why) for why, n in reasons.most_common())
    listed = [
        (item.measure.name(say.language), item.measure.outcome.label.text(say.language), say.refusal(item))
        for item in found[:MOST_LISTED]
    ]
    rows = tuple(tuple(Cell(text=text) for text in row) for row in listed)
    grid = Grid(
        caption=say("refused.caption", n=len(rows), all=len(found)),
        header=tuple(say(f"refused.{key}") for key in ("measure", "outcome", "why")),
        rows=rows,
    )
    return [
        Paragraph(text=say("refused.explain", n=len(found), all=len(say.found.measures))),
        Bullets(items=counts),
        Folded(summary=say("refused.summary"), blocks=(Table(grid=grid),)),
    ]
