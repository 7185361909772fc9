"""Compares two executions of a notebook cell by cell: kinds of output, formats, texts, errors, pixels."""

from __future__ import annotations

import base64
import io
import re
from typing import Any

import numpy as np

# What two runs of the same kernel differ in: colours, temporary names, addresses, durations, identifiers.
_VARYING = (
    (re.compile(r"\x1b\[[0-9;]*m"), ""),
    (re.compile(r"/\S*ipykernel_\d+/\d+\.py"), "<cell>"),
    (re.compile(r"0x[0-9a-f]+"), "<address>"),
    (re.compile(r"\d[\d.e+]* (ns|μs|µs|us|ms|s)\b"), "<time>"),
    (re.compile(r'(?<=")[a-z]+[0-9a-f]{6,}(?=")'), "<id>"),
)

# Raised by the kernel itself: its own lines stand in the traceback.
_FROM_THE_KERNEL = ("StdinNotImplementedError",)


def differences(one: Any, other: Any) -> list[str]:
    """Say each difference between two executed notebooks, in words that name the cell."""
    found = []
    if len(one["cells"]) != len(other["cells"]):
        return [f"{len(one['cells'])} cells and {len(other['cells'])}"]
    for number, (a, b) in enumerate(zip(one["cells"], other["cells"], strict=True)):
        place = f"cell {number} {_text(a['source'])[:40]!r}"
        if a["cell_type"] != b["cell_type"] or _text(a["source"]) != _text(b["source"]):
            found.append(f"{place}: other source {_text(b['source'])[:80]!r}")
        if a["cell_type"] == "code":
            if a["execution_count"] != b["execution_count"]:
                found.append(f"{place}: count {a['execution_count']} and {b['execution_count']}")
            found += [f"{place}: {said}" for said in _of_outputs(a["outputs"], b["outputs"])]
    return found


def _of_outputs(one: list[Any], other: list[Any]) -> list[str]:
    one, other = _merged(one), _merged(other)
    kinds = [_kind(output) for output in one], [_kind(output) for output in other]
    if kinds[0] != kinds[1]:
        return [f"outputs {kinds[0]} and {kinds[1]}"]
    return [said for a, b in zip(one, other, strict=True) for said in _of_output(a, b)]


def _kind(output: Any) -> str:
    return output["output_type"] + (f":{output['name']}" if output["output_type"] == "stream" else "")


def _of_output(a: Any, b: Any) -> list[str]:
    if a["output_type"] == "stream":
        return _of_texts(a["text"], b["text"])
    if a["output_type"] == "error":
        names = (a["ename"], a["evalue"]), (b["ename"], b["evalue"])
        told = [] if names[0] == names[1] else [f"errors {names[0]} and {names[1]}"]
        if a["ename"] in _FROM_THE_KERNEL:
            return told
        return told + _of_texts("\n".join(a["traceback"]), "\n".join(b["traceback"]))
    if sorted(a["data"]) != sorted(b["data"]):
        return [f"formats {sorted(a['data'])} and {sorted(b['data'])}"]
    found = [] if a["metadata"] == b["metadata"] else [f"metadata {a['metadata']} and {b['metadata']}"]
    if a.get("execution_count") != b.get("execution_count"):
        found.append("other count of a result")
    for kind, value in a["data"].items():
        if kind == "image/png":
            found += _of_pixels(_text(value), _text(b["data"][kind]))
        elif isinstance(value, str) or (isinstance(value, list) and all(isinstance(v, str) for v in value)):
            found += _of_texts(_text(value), _text(b["data"][kind]))
        elif value != b["data"][kind]:
            found.append(f"{kind}: other value")
    return found


def _of_texts(one: Any, other: Any) -> list[str]:
    one, other = _neutral(_text(one)), _neutral(_text(other))
    return [] if one == other else [f"{one[-300:]!r} and {other[-300:]!r}"]


def _of_pixels(one: str, other: str) -> list[str]:
    raw = [base64.b64decode(value) for value in (one, other)]
    if raw[0] == raw[1]:
        return []
    from PIL import Image

    pixels = [np.asarray(Image.open(io.BytesIO(value))) for value in raw]
    same = pixels[0].shape == pixels[1].shape and bool((pixels[0] == pixels[1]).all())
    return [] if same else ["other pixels"]


def _merged(outputs: list[Any]) -> list[Any]:
    """Gather each stream of a cell between two displays: a kernel sends them in pieces, in no sure order."""
    merged: list[Any] = []
    since = 0
    for output in outputs:
        if output["output_type"] != "stream":
            merged.append(output)
            since = len(merged)
            continue
        same = [item for item in merged[since:] if item["name"] == output["name"]]
        if same:
            same[0]["text"] = _text(same[0]["text"]) + _text(output["text"])
        else:
            merged.append(dict(output))
            merged[since:] = sorted(merged[since:], key=lambda item: item["name"])
    return merged


def _neutral(text: str) -> str:
    for pattern, standing in _VARYING:
        text = pattern.sub(standing, text)
    return text


def _text(value: Any) -> str:
    return value if isinstance(value, str) else "".join(value)
