"""The advice as people read it: a text for a terminal of 80 columns, an accessible table for a page."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from html import escape

from impactkit.evidence.advice.option import Option
from impactkit.evidence.advice.shape import Shape
from impactkit.evidence.advice.words import amount
from impactkit.html import paragraph_html, shown_html
from impactkit.text import Message

WIDTH = 80
_NAME = 34


def as_text(shape: Shape, options: Sequence[Option], on_declared: str | None) -> str:
    """Write the advice: a line per design, then what the best one would assume and rest on."""
    best = options[0]
    lines = [*_wrapped(_title(shape)), "", _line(*(str(Message(f"advice.column.{key}")) for key in _COMPACT))]
    lines += [_line(*_cells(shape, rank, option)) for rank, option in enumerate(options, start=1)]
    lines += ["", *_wrapped(str(Message("advice.best", {"design": best.name})))]
    lines += _wrapped(f"{best.assumption} {best.reason}", indent="  ")
    for key, pasted in _pasted(best):
        lines += ["", *_wrapped(str(Message(f"advice.snippet.{key}")))]
        lines += [f"  {line}" for line in pasted.splitlines()]
    if on_declared is not None:
        lines += ["", *_wrapped(on_declared)]
    return "\n".join(lines)


def as_html(shape: Shape, options: Sequence[Option], on_declared: str | None) -> str:
    """Return the advice as a table with a caption and scoped headers, all escaped."""
    head = "".join(f'<th scope="col">{escape(str(Message(f"advice.column.{key}")))}</th>' for key in _WHOLE)
    body = "".join(_row(shape, rank, option) for rank, option in enumerate(options, start=1))
    after = "" if on_declared is None else paragraph_html(on_declared)
    best = options[0]
    for key, pasted in _pasted(best):
        after += f"{paragraph_html(Message(f'advice.snippet.{key}'))}<pre>{escape(pasted)}</pre>"
    return shown_html(
        f'<div class="ik-scroll" tabindex="0"><table><caption>{escape(_title(shape))}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>",
        paragraph_html(Message("advice.reading")),
        after,
    )


def declared_sentence(shape: Shape, declared: Option, best: Option) -> str:
    """Say whether the design declared is the best, and if not, why one may still prefer it."""
    params = {"declared": declared.name, "best": best.name}
    if not declared.feasible:
        return f"{Message('advice.declared.impossible', params)} {declared.reason}"
    if declared.design == best.design:
        return str(Message("advice.declared.best", params))
    if declared.order == best.order:
        return str(Message("advice.declared.as_good", params))
    if declared.credibility < best.credibility:
        kind = "less_credible"
    else:
        kind = "fewer_checks" if declared.order[:3] != best.order[:3] else "less_precise"
    return f"{Message(f'advice.declared.{kind}', params)} {Message(f'advice.prefer.{declared.design}')}"


_COMPACT = ("rank", "design", "note", "effect")
_WHOLE = ("rank", "design", "credibility", "effect", "assumption", "reason")


def _pasted(option: Option) -> list[tuple[str, str]]:
    """Return what runs a design: the lines of the study file, and the calls."""
    both = [("toml", option.study_lines), ("python", option.snippet)]
    return [(key, text) for key, text in both if text]


def _title(shape: Shape) -> str:
    return str(Message("advice.title", {"outcome": shape.variable.label}))


def _cells(shape: Shape, rank: int, option: Option) -> tuple[str, str, str, str]:
    if option.obstacle is not None:
        return "–", str(option.name), "–", str(Message(f"advice.short.{option.obstacle.code}"))
    return str(rank), str(option.name), _note(option), _effect(shape, option)


def _note(option: Option) -> str:
    return "–" if option.design == "qualitative" else f"{option.credibility}/5"


def _effect(shape: Shape, option: Option) -> str:
    found = option.minimum_detectable_effect
    if found is not None:
        return str(amount(shape, found))
    return str(Message(f"advice.effect.{'none' if option.design == 'qualitative' else 'unknown'}"))


def _line(rank: str, name: str, note: str, effect: str) -> str:
    return f"{rank:>4}  {name:<{_NAME}}  {note:^5}  {effect}".rstrip()


def _row(shape: Shape, rank: int, option: Option) -> str:
    place, name, note, effect = _cells(shape, rank, option)
    if option.obstacle is not None:
        effect = str(Message("advice.effect.impossible"))
    cells = [place, note, effect, str(option.assumption), option.reason]
    first, *others = (f"<td>{escape(cell)}</td>" for cell in cells)
    return f'<tr>{first}<th scope="row">{escape(name)}</th>{"".join(others)}</tr>'


def _wrapped(text: str, *, indent: str = "") -> list[str]:
    # No-break spaces stay unbroken: textwrap breaks at ordinary spaces only.
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
