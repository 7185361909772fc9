"""The effect by priority public: exploratory, and told only where no small group stands behind it."""

from __future__ import annotations

from impactkit.disclosure import profile_of
from impactkit.document.blocks import Block, Bullets, Cell, Facts, Folded, Grid, Heading, Paragraph
from impactkit.evidence import rules
from impactkit.evidence.record import EffectRecord, PublicEffectRecord
from impactkit.report.figures import figure
from impactkit.report.material import Material


def by_public(material: Material) -> tuple[Block, ...]:
    """Return the effect in each priority public and among the others; nothing when no file tells of any."""
    found, language = material.record.subgroups, material.language
    if found is None:
        return ()
    heading = Heading(text=material.say("publics.heading"), anchor="priority-publics")
    if found.not_made is not None:
        return (heading, Paragraph(text=found.not_made.text(language)))
    blocks: list[Block] = [heading]
    if found.told:
        blocks.append(Paragraph(text=material.say("publics.explained", {"n": len(found.told)})))
        grid = publics_grid(material, found.told)
        note = material.note(publics_reading(material, found.told[0]), scope=material.scope)
        blocks.append(figure(material, "publics", data=grid, note=note))
        said = tuple(public.sentence.text(language) for public in found.told if public.sentence is not None)
        blocks.append(Bullets(items=said))
        if found.sites_cross:
            blocks.append(Paragraph(text=material.say("publics.sites_cross"), tone="quiet"))
    hidden = [public.label.text(language) for public in found.publics if public.inside is None]
    if hidden:
        fewest = {"fewest": rules.FEWEST_FOR_A_TEST, "minimum": profile_of(material.record.secrecy).minimum}
        params = {"n": len(hidden), "publics": ", ".join(hidden)} | fewest
        blocks.append(Paragraph(text=material.say("publics.hidden", params), tone="quiet"))
    definitions = tuple(
        (public.label.text(language), public.definition.text(language)) for public in found.publics
    )
    return (
        *blocks,
        Folded(summary=material.say("publics.definitions"), blocks=(Facts(items=definitions),)),
    )


def publics_grid(material: Material, told: tuple[PublicEffectRecord, ...]) -> Grid:
    """Return the publics told, one a row: their effect, that of the others, and the test."""
    rows = tuple(
        (
            Cell(text=_named(material, public)),
            _interval(material, public.inside),
            _interval(material, public.others),
            material.cell(None if public.p_holm is None else material.p_value(public.p_holm)),
        )
        for public in told
    )
    return Grid(
        caption=material.say("publics.data"),
        header=tuple(material.say(f"publics.{name}") for name in ("public", "inside", "others", "p")),
        rows=rows,
        numeric=frozenset({1, 2, 3}),
    )


def publics_reading(material: Material, public: PublicEffectRecord) -> str:
    """Read the first public."""
    p = "" if public.p_holm is None else material.p_value(public.p_holm)
    params = {
        "public": public.label.text(material.language),
        "inside": _interval(material, public.inside).text,
        "others": _interval(material, public.others).text,
        "p": p,
    }
    return material.say("publics.reading", params)


def _named(material: Material, public: PublicEffectRecord) -> str:
    label = public.label.text(material.language)
    return material.say("publics.declared", {"public": label}) if public.declared else label


def _interval(material: Material, found: EffectRecord | None) -> Cell:
    if found is None:
        return material.cell(None)
    ends = material.scale.ends(found.conf_low, found.conf_high, material.language)
    return Cell(text=material.say("range", ends))
