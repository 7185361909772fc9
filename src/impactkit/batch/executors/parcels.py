"""What two processes of a batch send each other over a socket: a line of JSON, then bytes."""

from __future__ import annotations

import json
import socket
from typing import Any


def send(to: socket.socket, head: dict[str, Any], parts: list[bytes]) -> None:
    """Send a line of JSON that says the lengths of some parts, then the parts."""
    line = json.dumps({**head, "lengths": [len(part) for part in parts]}).encode()
    to.sendall(b"".join((line, b"\n", *parts)))


def receive(source: socket.socket) -> tuple[dict[str, Any], list[bytes]]:
    """Receive what `send` sends.

    Raises
    ------
    EOFError
        When the other ended before it had sent everything.
    """
    with source.makefile("rb") as file:
        line = file.readline()
        if not line.endswith(b"\n"):
            raise EOFError
        head = json.loads(line)
        parts = [file.read(length) for length in head["lengths"]]
    if [len(part) for part in parts] != head["lengths"]:
        raise EOFError
    return head, parts
