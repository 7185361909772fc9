"""The process that runs typst for the copies of a warm one, which must not have its threads. Unix only.

Started by `impactkit.batch.executors.typesetting` as ``python -m impactkit.batch.executors.typesetter`` with
the path of its socket. One document after the other: fonts and template stay loaded, which is half of what a
document costs alone. It ends with its standard input, after so many documents, and when one takes too long:
whoever asked then runs typst itself.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import sys
import time

from impactkit.batch.executors.parcels import receive, send
from impactkit.document.typeset import compiled, fonts, forget

# A process that is replaced now and then keeps no more memory than its last documents took.
DOCUMENTS = 200
DOCUMENT_S = 60.0
_SILENT_S = 10.0  # whoever says nothing for so long is gone


def _serve(asked: socket.socket) -> None:
    """Compile one document, and say what it took; nothing when typst refuses it."""
    head, parts = receive(asked)
    used = time.process_time()
    try:
        made = compiled(dict(zip(head["names"], parts, strict=True)), form=head["form"], ppi=head["ppi"])
    except Exception:
        return  # whoever asked meets the error itself, and tells it
    send(asked, {"cpu_s": time.process_time() - used}, made)


def main() -> None:
    """Serve until the standard input is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the batch
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening:
        listening.bind(sys.argv[1])
        listening.listen(64)
        fonts()
        for _ in range(DOCUMENTS):
            ready, _, _ = select.select([listening, sys.stdin], [], [])
            if sys.stdin in ready:
                break
            asked, _ = listening.accept()
            signal.setitimer(signal.ITIMER_REAL, DOCUMENT_S)
            with asked:
                asked.settimeout(_SILENT_S)
                try:
                    _serve(asked)
                    forget()
                except (OSError, EOFError, ValueError):
                    continue  # it ended before its document
                finally:
                    signal.setitimer(signal.ITIMER_REAL, 0)
        os.unlink(sys.argv[1])


if __name__ == "__main__":
    main()
