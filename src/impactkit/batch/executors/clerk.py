"""The clerk of a batch: a copy of its warm process that stays, and does what is done once a study. Unix only.

`impactkit.batch.executors.zygote` forks it, with what estimates and draws already loaded; the process that
drives the batch asks it (`impactkit.batch.executors.clerking`) and needs to load none of that. It judges and
writes one study after another, and is replaced after so many.
"""

from __future__ import annotations

import pickle
import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from impactkit.batch import clerk_work
from impactkit.batch.executors.parcels import receive, send
from impactkit.batch.executors.typesetting import typeset_at

# A process that is replaced now and then keeps no more memory than its last studies took.
STUDIES = 500


def serve(listening: socket.socket) -> None:
    """Do what is asked, one study after the other."""
    for _ in range(STUDIES):
        asked, _ = listening.accept()
        with asked:
            try:
                head, [given] = receive(asked)
                place = head["typesetter"]
                with typeset_at(None if place is None else Path(place)):
                    done = _WORK[head["work"]](**pickle.loads(given))
            except (OSError, EOFError):
                continue  # whoever asked is gone
            except Exception:
                send(asked, {"done": False}, [])  # whoever asked meets the error itself, and tells it
                continue
            send(asked, {"done": True}, [pickle.dumps(done)])


_WORK: Mapping[str, Callable[..., Any]] = {"judge": clerk_work.judge, "write_pages": clerk_work.write_pages}
