"""What the cells of a notebook say, gathered as nbclient gathers it from a kernel's messages."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from jupyter_client.jsonutil import json_default

from impactkit.batch.in_process.written import MOST_TEXT


class Outputs:
    """The outputs of the cell that runs, and those of earlier cells that a display may still change."""

    def __init__(self) -> None:
        self.too_much = False
        self._cell: list[dict[str, Any]] = []
        self._shown: dict[str, list[dict[str, Any]]] = {}
        self._clear_first = False
        self._written = 0

    def start(self, cell: list[dict[str, Any]]) -> None:
        """Gather into this list from now on."""
        self._cell = cell
        self._clear_first = False

    def stream(self, name: str, text: str) -> None:
        """Add what was written to ``stdout`` or ``stderr``."""
        self._written += len(text)
        if self._written > MOST_TEXT:
            self.too_much = True
            return
        self._clear_when_asked()
        last = self._cell[-1] if self._cell else None
        if last is not None and last["output_type"] == "stream" and last["name"] == name:
            last["text"] += text
        else:
            self._cell.append({"output_type": "stream", "name": name, "text": text})

    def display(
        self, data: Mapping[str, Any], metadata: Mapping[str, Any], *, display_id: str | None, update: bool
    ) -> None:
        """Add something displayed, or change what an earlier display of this identifier showed."""
        shown = {"data": _plain(data), "metadata": _plain(metadata)}
        for earlier in self._shown.get(display_id or "", ()):
            earlier.update(shown)
        if update:
            return
        output = {"output_type": "display_data", **shown}
        self._add(output)
        if display_id:
            self._shown.setdefault(display_id, []).append(output)

    def result(self, data: Mapping[str, Any], metadata: Mapping[str, Any], *, count: int) -> None:
        """Add the value of a cell's last line."""
        shown = {"data": _plain(data), "metadata": _plain(metadata)}
        self._add({"output_type": "execute_result", "execution_count": count, **shown})

    def error(self, name: str, value: str, traceback: list[str]) -> None:
        """Add an error that ended the cell."""
        told = {"ename": name, "evalue": value, "traceback": traceback}
        self._add({"output_type": "error", **told})

    def clear(self, *, wait: bool) -> None:
        """Take the cell's outputs away, now or when the next one comes."""
        if wait:
            self._clear_first = True
        else:
            self._clear()

    def _add(self, output: dict[str, Any]) -> None:
        self._clear_when_asked()
        self._cell.append(output)

    def _clear_when_asked(self) -> None:
        if self._clear_first:
            self._clear_first = False
            self._clear()

    def _clear(self) -> None:
        gone = list(map(id, self._cell))
        for outputs in self._shown.values():
            outputs[:] = [output for output in outputs if id(output) not in gone]
        self._cell.clear()


def _plain(bundle: Mapping[str, Any]) -> dict[str, Any]:
    """Return a bundle as a kernel's message would carry it."""
    return {key: value if isinstance(value, str) else _carried(value) for key, value in bundle.items()}


def _carried(value: Any) -> Any:
    return json.loads(json.dumps(value, default=json_default))
