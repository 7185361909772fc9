"""The kernel of the laboratory: this very Python, with impactkit loaded while the user looks at the notebook.

The first cell of a report would otherwise wait for some seconds of imports. They are made on the kernel's own
loop, one after the other, so that the kernel answers between two of them and no other thread imports beside
(two threads that import from each other may see half a module). Nothing is put among the user's names.

The kernel is called ``python3``, like any other: a notebook made here opens elsewhere.
"""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Callable, Iterator
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

NAME = "python3"
_TITLE = "Python 3 (impactkit)"
# What notebooks import beside impactkit, which its own names do not load.
_BESIDE = ("numpy", "pandas", "matplotlib.pyplot")
_FIRST_S, _BETWEEN_S = 0.3, 0.01


def write_kernel(folder: Path) -> None:
    """Write the kernel's description under a folder of Jupyter's data, in place of an older one.

    Parameters
    ----------
    folder : Path
        To be named in ``JUPYTER_PATH``.
    """
    # The extra `lab` or not, ipykernel is there; imported here because no other command needs it.
    from ipykernel.kernelspec import RESOURCES, get_kernel_dict

    there = folder / "kernels" / NAME
    shutil.rmtree(there, ignore_errors=True)
    shutil.copytree(RESOURCES, there)  # its pictures
    told = get_kernel_dict(extra_arguments=[f"--ext={__name__}"]) | {"display_name": _TITLE}
    (there / "kernel.json").write_text(json.dumps(told, indent=1), encoding="utf-8")


def load_ipython_extension(shell: Any) -> None:
    """Have the kernel load impactkit as soon as it has started and has nothing else to do."""
    from tornado.ioloop import IOLoop  # the kernel's own

    steps = _steps()
    loop = IOLoop.current()

    def step() -> None:
        if next(steps, None) is not None:
            loop.call_later(_BETWEEN_S, step)

    loop.call_later(_FIRST_S, step)


def _steps() -> Iterator[str]:
    """Load one thing after the other; what cannot be loaded is left for the cell that asks for it."""
    for name in _BESIDE:
        yield _tried(name, partial(import_module, name))
    impactkit = import_module("impactkit")
    for name in impactkit.__all__:
        yield _tried(name, partial(getattr, impactkit, name))


def _tried(name: str, load: Callable[[], object]) -> str:
    with contextlib.suppress(Exception):
        load()
    return name
