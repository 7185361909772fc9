"""What the page counts: verdicts, duties, publics, territories, and what is missing to conclude."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version

from impactkit.document.blocks import Block, Bullets, Cell, Figure, Folded, Grid, Note, Paragraph, Table
from impactkit.plot.svg import inline_svg
from impactkit.plot.wording import scale_of
from impactkit.synthesis.counts import Dimension, groups_of
from impactkit.synthesis.lacking import Lacking
from impactkit.synthesis.page_pooled import MOST_LISTED
from impactkit.synthesis.say import Say
from impactkit.synthesis.tables import VERDICTS, department_counts
from impactkit.synthesis.territories import departments
from impactkit.synthesis.tiles import tiles, tiles_text
from impactkit.text import Message
from impactkit.text.numbers import percent

_SHOWN: tuple[Dimension, ...] = ("axis", "public", "region", "design")
PUBLICS = ("children", "women", "single_parents", "working_poor", "rural")
# A public is said to be reached where it makes at least this share of those analysed.
REACHED = 0.3


def verdicts(say: Say) -> list[Block]:
    """Return the section of verdicts and solidity."""
    found = say.found
    blocks: list[Block] = [
        Paragraph(text=say("verdicts.explain", n=len(found.measures))),
        _overall_table(say),
        _strength_table(say),
    ]
    if found.by in _SHOWN:
        blocks.append(_verdict_table(found.by, say))
    return blocks


def other_verdicts(say: Say) -> list[Block]:
    """Return verdicts by what they are not told by in the body, for the annex."""
    return [_verdict_table(dimension, say) for dimension in _SHOWN if dimension != say.found.by]


def _overall_table(say: Say) -> Table:
    overall = say.found.overall
    rows = []
    for key in VERDICTS:
        n = overall.verdicts.get(key, 0)
        label = Message(f"verdict.label.{key}").text(say.language)
        rows.append((label, say.plain(n), percent(n / overall.n if overall.n else 0.0, say.language)))
    header = (say("verdicts.verdict"), say("verdicts.n"), say("verdicts.share"))
    return Table(grid=_grid(say("verdicts.caption_all"), header, rows), note=_note("verdicts", say))


def _verdict_table(dimension: Dimension, say: Say) -> Table:
    heads = [say(f"verdicts.short.{key}") for key in VERDICTS]
    rows = []
    for item in say.found.tallies[dimension]:
        counts = [say.plain(item.verdicts.get(key, 0)) for key in VERDICTS]
        rows.append((say.group(dimension, item.group), say.plain(item.n), *counts))
    name = say.dimension(dimension)
    header = (name, say("verdicts.n"), *heads)
    return Table(
        grid=_grid(say("verdicts.caption", by=name), header, rows), note=_note("verdicts", say, dimension)
    )


def _strength_table(say: Say) -> Table:
    overall = say.found.overall
    rows = []
    for strength, n in enumerate(overall.strengths):
        words = Message(f"verdict.strength.{strength}").text(say.language)
        share = percent(n / overall.n if overall.n else 0.0, say.language)
        rows.append((say("strength.row", strength=strength, words=words), say.plain(n), share))
    header = (say("strength.name"), say("verdicts.n"), say("strength.share"))
    return Table(grid=_grid(say("strength.caption"), header, rows), note=_note("strength", say))


def _grid(caption: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> Grid:
    return Grid(
        caption=caption,
        header=tuple(header),
        rows=tuple(tuple(Cell(text=text) for text in row) for row in rows),
        numeric=frozenset(range(1, len(header))),
    )


def _note(key: str, say: Say, dimension: str = "") -> Note:
    scope = "note.scope_publics" if dimension == "public" else "note.scope_all"
    return Note(
        reading=say(f"{key}.reading"),
        scope=say(scope, n=len(say.found.measures)),
        source=say("note.source", version=version("impactkit")),
    )


def duties(say: Say) -> list[Block]:
    """Return the section of duties: one action of each contract, all actions of each pact."""
    found = say.found.duties
    if not found:
        return [Paragraph(text=say("duties.none"))]
    rows = [
        (
            item.title.text(say.language),
            say(f"duties.name_{item.kind}"),
            say.plain(item.measured),
            "–" if item.expected is None else say.plain(item.expected),
            say(f"duties.met_{item.met}"),
        )
        for item in found[:MOST_LISTED]
    ]
    header = [say(f"duties.{key}") for key in ("title", "kind", "measured", "expected", "met")]
    table = Table(grid=_grid(say("duties.caption", n=len(rows), all=len(found)), header, rows))
    return [Bullets(items=told_duties(say)), Folded(summary=say("duties.summary"), blocks=(table,))]


def told_duties(say: Say) -> tuple[str, ...]:
    """Say what share of contracts and of pacts met their duty; nothing where no measure says its study."""
    found = say.found.duties
    items = []
    for kind in ("cls", "pacte"):
        part = [item for item in found if item.kind == kind]
        if not part:
            continue
        met, unknown = (sum(item.met is value for item in part) for value in (True, None))
        share = percent(met / len(part), say.language)
        items.append(say(f"duties.{kind}", n=met, all=len(part), share=share))
        if unknown:
            items.append(say("duties.unknown", n=unknown))
    absent = {study for study, _ in say.found.gathered.failed} - {item.study for item in found}
    if found and absent:
        items.append(say("duties.absent", n=len(absent)))
    return tuple(items)


def publics(say: Say) -> list[Block]:
    """Return the section of priority publics: which actions target them, and where they are reached."""
    measures = say.found.measures
    rows = []
    for key in PUBLICS:
        bands = [item.band_of(key) for item in measures]
        told = [band for band in bands if band is not None]
        reached = sum(band.low >= REACHED for band in told)
        targeted = sum(key in item.publics for item in measures)
        name = Message(f"public.{key}").text(say.language)
        rows.append((name, say.plain(targeted), say.plain(len(told)), say.plain(reached)))
    rural = [item.rural for item in measures]
    counts = {name: sum(value is wanted for value in rural) for name, wanted in _RURAL.items()}
    header = [say(f"publics.{key}") for key in ("public", "targeted", "told", "reached")]
    return [
        Paragraph(text=say("publics.rural", n=counts["rural"], all=len(measures), **_others(counts))),
        Table(grid=_grid(say("publics.caption"), header, rows), note=_note("publics", say, "public")),
    ]


_RURAL = {"rural": True, "urban": False, "unknown": None}


def _others(counts: dict[str, int]) -> dict[str, int]:
    return {name: counts[name] for name in ("urban", "unknown")}


def territories(say: Say) -> list[Block]:
    """Return the section of territories: the tiles, their table, and the regions."""
    counts = department_counts(say.found)
    named = {code: n for code, n in counts.items() if code in departments()}
    ax = tiles(named, language=say.language)
    alt = tiles_text(named, language=say.language)
    caption = say("tiles.caption")
    data = [(f"{departments()[code].name} ({code})", say.plain(n)) for code, n in sorted(named.items())]
    figure = Figure(
        name="tiles",
        caption=caption,
        svg=inline_svg(ax, name="tiles", title=caption, alt=alt),
        alt=alt,
        data=_grid(say("tiles.data"), (say("tiles.department"), say("verdicts.n")), data),
        note=_note("tiles", say),
    )
    missing = sum(n for code, n in counts.items() if code not in departments())
    blocks: list[Block] = [figure]
    if missing:
        blocks.append(Paragraph(text=say("tiles.missing", n=missing)))
    blocks.append(_regions(say))
    return blocks


def _regions(say: Say) -> Table:
    rows = []
    for item in say.found.tallies["region"]:
        part = [measure for measure in say.found.measures if item.group in groups_of(measure, "region")]
        solid = sum(item.strengths[3:])
        studies = len({measure.study for measure in part})
        inconclusive = item.verdicts.get("inconclusive", 0)
        numbers = (studies, item.n, solid, inconclusive)
        rows.append((say.group("region", item.group), *(say.plain(n) for n in numbers)))
    header = [say(f"regions.{key}") for key in ("region", "studies", "measures", "solid", "inconclusive")]
    return Table(grid=_grid(say("regions.caption"), header, rows), note=_note("regions", say))


def lacking(say: Say) -> list[Block]:
    """Return the section of what is missing to conclude."""
    found = say.found.lacking
    if not found:
        return [Paragraph(text=say("lacking.none"))]
    short = sorted(
        (item for item in found if item.times and item.times > 1), key=lambda item: item.times or 0
    )
    enough = sum(item.times is not None and item.times <= 1 for item in found)
    unknown = sum(item.times is None for item in found)
    items = [say("lacking.counted", n=len(found), all=len(say.found.measures))]
    for key, n in (("short", len(short)), ("enough", enough), ("unknown", unknown)):
        if n:
            items.append(say(f"lacking.{key}", n=n))
    blocks: list[Block] = [Bullets(items=tuple(items))]
    if short:
        shown = short[:MOST_LISTED]
        header = [say(f"lacking.{key}") for key in ("measure", "minimum", "times", "more")]
        caption = say("lacking.caption", n=len(shown), all=len(short))
        rows = [_lack(item, say) for item in shown]
        blocks.append(Table(grid=_grid(caption, header, rows), note=_note("lacking", say)))
    return blocks


def _lack(item: Lacking, say: Say) -> tuple[str, str, str, str]:
    outcome = item.measure.outcome
    assert outcome.minimum_effect is not None
    assert item.times is not None
    minimum = scale_of(outcome, None).exact(outcome.minimum_effect)
    return (
        item.measure.name(say.language),
        minimum.change(outcome.minimum_effect, say.language, sign=False),
        say("lacking.times_more", times=say.plain(item.times, 1 if item.times < 10 else 0)),
        say("lacking.hidden") if item.more is None else say("lacking.people", n=item.more),
    )
