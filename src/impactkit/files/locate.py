"""On which line of a TOML file each key stands, so that a problem can be shown where it is."""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_left
from collections.abc import Mapping

KeyPath = tuple[str | int, ...]

_BLANK = re.compile(r"(?:\s+|#[^\n]*)+")
_SPACES = re.compile(r"[ \t]*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
# The longest forms first: a multi-line string may end with one or two quotes of its own.
_STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}' r"|'''.*?'{3,5}" r'|"(?:[^"\\\n]|\\.)*"' r"|'[^'\n]*'",
    re.DOTALL,
)
_SCALAR = re.compile(r"[^,\]}#\n]+")


def key_lines(text: str) -> dict[KeyPath, int]:
    r"""Return the line of every key, table and list item of a TOML text that ``tomllib`` accepts.

    Parameters
    ----------
    text : str
        A valid TOML document.

    Returns
    -------
    dict
        Path (keys, and positions from 0 in lists) to line number from 1.

    Examples
    --------
    >>> key_lines("[[actions]]\nid = 'a'\n")[("actions", 0, "id")]
    2
    """
    scanner = _Scanner(text.replace("\r\n", "\n"))
    scanner.scan()
    return scanner.lines


def line_of(path: KeyPath, lines: Mapping[KeyPath, int]) -> int | None:
    """Return the line of a path, else that of the nearest table above it that has one."""
    for end in range(len(path), 0, -1):
        if path[:end] in lines:
            return lines[path[:end]]
    return None


def place_of(path: KeyPath) -> str:
    """Write a path as ``actions[2].start``; positions count from 0, as in JSON."""
    place = ""
    for part in path:
        place += f"[{part}]" if isinstance(part, int) else f".{part}" if place else part
    return place


class _Scanner:
    """Walks a TOML text that is known to be valid and notes where things are; values are not read."""

    def __init__(self, text: str) -> None:
        self.lines: dict[KeyPath, int] = {}
        self._text = text
        self._pos = 0
        self._ends = [match.start() for match in re.finditer("\n", text)]
        self._sizes: dict[KeyPath, int] = {}

    def scan(self) -> None:
        table: KeyPath = ()
        self._skip_blank()
        while self._pos < len(self._text):
            if self._text.startswith("[[", self._pos):
                table = self._array_header()
            elif self._text[self._pos] == "[":
                table = self._table_header()
            else:
                self._pair(table)
            self._skip_blank()

    def _array_header(self) -> KeyPath:
        self._pos += 2
        *parents, last = self._keys()
        array = (*self._resolve(parents), last)
        self._note(array)
        self._sizes[array] = self._sizes.get(array, 0) + 1
        table = (*array, self._sizes[array] - 1)
        self._note(table)
        self._pos += 2
        return table

    def _table_header(self) -> KeyPath:
        self._pos += 1
        table = self._resolve(self._keys())
        self._note(table)
        self._pos += 1
        return table

    def _resolve(self, keys: list[str]) -> KeyPath:
        """Return the path that header keys mean: an array of tables stands for its latest table."""
        path: KeyPath = ()
        for key in keys:
            path = (*path, key)
            self._note(path)
            if path in self._sizes:
                path = (*path, self._sizes[path] - 1)
        return path

    def _pair(self, table: KeyPath) -> None:
        path = table
        for key in self._keys():
            path = (*path, key)
            self._note(path)
        self._pos += 1  # the equals sign
        self._skip(_SPACES)
        self._value(path)

    def _value(self, path: KeyPath) -> None:
        self._note(path)
        opening = self._text[self._pos]
        if opening == "[":
            self._list(path)
        elif opening == "{":
            self._inline_table(path)
        else:
            self._skip(_STRING if opening in "\"'" else _SCALAR)

    def _list(self, path: KeyPath) -> None:
        self._pos += 1
        position = 0
        while not self._closes("]"):
            self._value((*path, position))
            position += 1

    def _inline_table(self, path: KeyPath) -> None:
        self._pos += 1
        while not self._closes("}"):
            self._pair(path)

    def _closes(self, bracket: str) -> bool:
        """Move to the next item of a list or inline table; True when there is none left."""
        self._skip_blank()
        if self._text[self._pos] == ",":
            self._pos += 1
            self._skip_blank()
        if self._text[self._pos] == bracket:
            self._pos += 1
            return True
        return False

    def _keys(self) -> list[str]:
        """Read a dotted key."""
        keys = []
        while True:
            self._skip(_SPACES)
            quoted = self._text[self._pos] in "\"'"
            raw = self._skip(_STRING if quoted else _BARE_KEY)
            keys.append(str(tomllib.loads(f"key = {raw}")["key"]) if quoted else raw)
            self._skip(_SPACES)
            if self._text[self._pos] != ".":
                return keys
            self._pos += 1

    def _note(self, path: KeyPath) -> None:
        self.lines.setdefault(path, bisect_left(self._ends, self._pos) + 1)

    def _skip_blank(self) -> None:
        self._skip(_BLANK)

    def _skip(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self._text, self._pos)
        if match is None:
            return ""
        self._pos = match.end()
        return match.group()
