"""Blocks as JSON and back: what an executed notebook keeps of a section, and what the PDF is made from."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, replace
from functools import cache
from typing import Any, get_args

from pydantic import TypeAdapter

from impactkit.document.blocks import Block, Figure, Folded

# What a notebook's output calls a section's blocks, beside the HTML of the same section.
MIME = "application/vnd.impactkit.blocks+json"

KIND = "kind"
_DRAWING = re.compile(r"<svg\b.*?</svg>", re.DOTALL)


def to_json(value: object) -> Any:
    """Return a block, or what one holds, as plain values; bytes as base64."""
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple):
        return [to_json(item) for item in value]
    content = {item.name: to_json(getattr(value, item.name)) for item in fields(value)}  # type: ignore[arg-type]
    return {KIND: type(value).__name__, **content}


def beside_html(blocks: Iterable[Block]) -> list[Any]:
    """Return blocks as plain values without their drawings, which the HTML beside them holds already."""
    return [_undrawn(to_json(block)) for block in blocks]


def _undrawn(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: "" if name == "svg" else _undrawn(item) for name, item in value.items()}
    return [_undrawn(item) for item in value] if isinstance(value, list) else value


def from_beside_html(content: Iterable[Mapping[str, Any]], html: str) -> tuple[Block, ...]:
    """Read what `beside_html` kept again, with the drawings of the HTML in their order.

    Raises
    ------
    ValueError
        When they are not blocks, or when the HTML does not hold one drawing for each figure.
    """
    drawings = iter(_DRAWING.findall(html))
    try:
        blocks = tuple(_drawn(block, drawings) for block in from_json(content))
    except StopIteration:
        raise ValueError("a figure has no drawing") from None
    if next(drawings, None) is not None:
        raise ValueError("a drawing has no figure")
    return blocks


def _drawn(block: Block, drawings: Iterator[str]) -> Block:
    if isinstance(block, Figure):
        return replace(block, svg=next(drawings))
    if isinstance(block, Folded):
        return replace(block, blocks=tuple([_drawn(item, drawings) for item in block.blocks]))
    return block


def from_json(content: Iterable[Mapping[str, Any]]) -> tuple[Block, ...]:
    """Read blocks again.

    Raises
    ------
    ValueError
        When they are not blocks.
    """
    return tuple(_block(item) for item in content)


def _block(content: Mapping[str, Any]) -> Block:
    reader = _readers().get(str(content.get(KIND)))
    if reader is None:
        raise ValueError(f"not a block of a document: {content.get(KIND)!r}")
    plain = _without_kind(content)
    if "blocks" in content:
        plain["blocks"] = from_json(content["blocks"])
    if "png" in content:
        plain["png"] = base64.b64decode(content["png"])
    return reader.validate_python(plain)


@cache
def _readers() -> dict[str, TypeAdapter[Block]]:
    return {kind.__name__: TypeAdapter(kind) for kind in get_args(Block)}


def _without_kind(value: Any) -> Any:
    """Take the names of kinds away: pydantic knows what each field is."""
    if isinstance(value, Mapping):
        return {name: _without_kind(item) for name, item in value.items() if name != KIND}
    if isinstance(value, list):
        return [_without_kind(item) for item in value]
    return value
