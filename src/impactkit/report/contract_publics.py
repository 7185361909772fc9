"""The priority publics and rural people over a contract: which actions are for them, and what is seen."""

from __future__ import annotations

from impactkit.cohort.membership import PUBLICS
from impactkit.document.blocks import Block, Bullets, Cell, Grid, Paragraph, Table
from impactkit.report.contract import Contract
from impactkit.text import Message
from impactkit.text.numbers import number


def publics_blocks(contract: Contract) -> list[Block]:
    """Return which actions are for each public, of how many it is known, and the effects that may be told."""
    language = contract.language
    rows = tuple(_row(contract, public) for public in PUBLICS)
    grid = Grid(
        caption=contract.say("publics.caption"),
        header=tuple(contract.say(f"publics.{name}") for name in ("public", "aimed", "known", "told")),
        rows=rows,
        numeric=frozenset({1, 2, 3}),
    )
    public, aimed, known, told = (cell.text for cell in rows[0])
    reading = contract.say(
        "publics.reading", {"public": public, "aimed": aimed, "known": known, "told": told}
    )
    said = tuple(
        contract.say(
            "publics.sentence",
            {"title": action.title.text(language), "sentence": row.sentence.text(language)},
        )
        for action, record in contract.measured
        for row in (record.subgroups.told if record.subgroups is not None else ())
        if row.sentence is not None
    )
    blocks: list[Block] = [Table(grid=grid, note=contract.note(reading))]
    if said:
        blocks += [Paragraph(text=contract.say("publics.exploratory")), Bullets(items=said)]
    else:
        blocks.append(Paragraph(text=contract.say("publics.none_told")))
    return blocks


def _row(contract: Contract, public: str) -> tuple[Cell, ...]:
    records = [record for _, record in contract.measured]
    aimed = sum(public in action.publics for action, _ in contract.measured)
    known = sum(
        record.accounts is not None and any(row.key == public for row in record.accounts.publics)
        for record in records
    )
    told = sum(
        record.subgroups is not None and any(row.key == public for row in record.subgroups.told)
        for record in records
    )
    counts = (Cell(text=number(n, contract.language)) for n in (aimed, known, told))
    return (Cell(text=Message(f"public.{public}").text(contract.language)), *counts)
