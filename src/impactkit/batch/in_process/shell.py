# ruff: noqa: E402 (the first statement must come before ipykernel is imported)
"""An IPython shell that runs cells in this very process, without kernel or sockets.

It must be made before pandas or pyplot are imported, and they must be imported inside `Shell.run_cell`: both
look for a shell at import, and without one figures vanish and tables are cut, without any error.
"""

from __future__ import annotations

import builtins
import getpass
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type] # see impactkit.batch.execute

from ipykernel.compiler import XCachingCompiler
from ipykernel.zmqshell import ZMQInteractiveShell
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.error import StdinNotImplementedError, UsageError
from traitlets import Type
from traitlets.config import Config

from impactkit.batch import kernel
from impactkit.batch.in_process.outputs import Outputs


class _ShownValue(DisplayHook):
    """Keeps the value of a cell's last line."""

    topic = None
    shell: Shell

    def write_output_prompt(self) -> None:
        """Write no prompt."""

    def write_format_data(self, format_dict: Any, md_dict: Any = None) -> None:
        """Keep the value as its formats."""
        self.shell.outputs.result(format_dict, md_dict or {}, count=self.prompt_count)

    def finish_displayhook(self) -> None:
        """End a display: nothing is left to write."""
        self._is_active = False


class _Displayed(DisplayPublisher):
    """Keeps what is displayed."""

    def publish(  # type: ignore[override]
        self,
        data: Any,
        metadata: Any = None,
        *,
        transient: Any = None,
        update: bool = False,
        **_: Any,
    ) -> None:
        """Keep something displayed, or change what was."""
        self._validate_data(data, metadata or {})
        self.shell.flush()
        display_id = (transient or {}).get("display_id")
        self.shell.outputs.display(data, metadata or {}, display_id=display_id, update=update)

    def clear_output(self, wait: bool = False) -> None:
        """Take the cell's outputs away."""
        self.shell.flush()
        self.shell.outputs.clear(wait=wait)


class Shell(ZMQInteractiveShell):
    """The shell of reports; to libraries that look, it is the shell of a notebook's kernel."""

    displayhook_class = Type(_ShownValue)  # type: ignore[assignment]
    display_pub_class = Type(_Displayed)  # type: ignore[assignment]

    def __init__(self, *args: Any, **settings: Any) -> None:
        self.outputs = Outputs()
        super().__init__(*args, **settings)

    def flush(self) -> None:
        """Keep what was written so far before what is displayed next."""
        drain = getattr(getattr(sys.stdout, "_captured", None), "drain", None)
        if drain is not None:
            drain()

    def ask_exit(self) -> NoReturn:
        """End the report: ``exit()`` in a cell must not pass for success."""
        raise SystemExit

    def enable_gui(self, gui: Any = None) -> None:
        """Have no window: figures are shown in the notebook, as ``%matplotlib inline`` asks."""
        if gui not in (None, "inline"):
            raise UsageError(f"reports have no windows: {gui!r} cannot be enabled")

    def _showtraceback(self, etype: type[BaseException], evalue: BaseException, stb: list[str]) -> None:
        self.flush()
        self.outputs.error(str(etype.__name__), str(evalue), list(stb))
        self._last_traceback = stb


# pandas, tqdm and rich know a notebook by the name of its shell's class.
Shell.__name__ = "ZMQInteractiveShell"
Shell.__qualname__ = "ZMQInteractiveShell"


def make_shell(folder: Path) -> Shell:
    """Make the shell of this process, once; ``folder`` receives IPython's own files.

    History is off: it would keep a database and a thread, and a process with threads must not fork.
    """
    settings = Config()
    settings.HistoryManager.enabled = False
    settings.IPKernelApp.tqdm = "a notebook"
    shell: Shell = Shell.instance(
        ipython_dir=str(folder), config=settings, compiler_class=XCachingCompiler, kernel=None
    )
    kernel.load_ipython_extension(shell)
    builtins.input = _refused("raw_input")
    getpass.getpass = _refused("getpass")
    return shell


def _refused(asked: str) -> Callable[..., NoReturn]:
    """Return a function that refuses a question, as a kernel does when nobody can answer."""

    def refuse(*_: object, **__: object) -> NoReturn:
        raise StdinNotImplementedError(
            f"{asked} was called, but this frontend does not support input requests."
        )

    return refuse
