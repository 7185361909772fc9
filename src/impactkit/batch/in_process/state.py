"""What a report may leave behind in a process that makes several, and how it is put back.

Known states are put back; threads cannot be, so a process in which some are left is not used again. Strict
isolation is a process per report (`--isolation strict`), or a copy of a warm one where that can be made.
"""

from __future__ import annotations

import builtins
import contextlib
import decimal
import locale
import logging
import os
import random
import re
import signal
import site
import sys
import sysconfig
import threading
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import matplotlib
import matplotlib.axes
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

# Classes whose methods templates are seen to replace.
_CLASSES: tuple[type, ...] = (pd.DataFrame, pd.Series, matplotlib.axes.Axes)
_OPTION = re.compile(r"^([a-z_]+(?:\.[a-z_]+)+)\b", re.MULTILINE)
_MODULES = (builtins, np, pd, plt, random, os)


class State:
    """The known states of a process at some moment."""

    def __init__(self) -> None:
        self._environment = dict(os.environ)
        self._folder = Path.cwd()
        self._path = sys.path[:]
        self._modules = set(sys.modules)
        self._filters = warnings.filters[:]
        self._pandas = _pandas_options()
        self._drawing = dict(matplotlib.rcParams)
        self._numpy = np.geterr()
        self._decimal = decimal.getcontext().copy()
        self._locale = locale.setlocale(locale.LC_ALL)
        self._logging = (logging.root.level, logging.root.handlers[:], logging.root.manager.disable)
        self._names = [(owner, dict(vars(owner))) for owner in (*_CLASSES, *_MODULES)]
        self._threads = set(threading.enumerate())
        self._terminate = signal.getsignal(signal.SIGTERM)
        self._recursion = sys.getrecursionlimit()

    @classmethod
    def now(cls) -> State:
        """Take the states down."""
        return cls()

    def restore(self) -> bool:
        """Put the states back; return whether nothing is known to be left behind."""
        plt.close("all")
        os.environ.clear()
        os.environ.update(self._environment)
        os.chdir(self._folder)
        sys.path[:] = self._path
        self._forget_modules()
        warnings.filters[:] = self._filters  # type: ignore[index] # a list, whatever its stub says
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for option, value in self._pandas.items():
                if pd.get_option(option) != value:
                    pd.set_option(option, value)
            matplotlib.rcParams.update(self._drawing)
        np.seterr(**self._numpy)
        decimal.setcontext(self._decimal.copy())
        locale.setlocale(locale.LC_ALL, self._locale)
        level, handlers, disabled = self._logging
        logging.root.setLevel(level)
        logging.root.handlers[:] = handlers
        logging.disable(disabled)
        sys.setrecursionlimit(self._recursion)
        sys.settrace(None)
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, self._terminate)
        for owner, names in self._names:
            _restore_names(owner, names)
        return set(threading.enumerate()) <= self._threads

    def _forget_modules(self) -> None:
        """Forget the modules that a report brought from elsewhere than the installed packages."""
        for name in set(sys.modules) - self._modules:
            if _is_own(sys.modules[name]):
                del sys.modules[name]


def _pandas_options() -> dict[str, Any]:
    """Read every option that pandas describes and that still exists."""
    found = {}
    for name in _OPTION.findall(pd.describe_option("", _print_desc=False)):
        with contextlib.suppress(pd.errors.OptionError), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found[name] = pd.get_option(name)
    return found


def _restore_names(owner: Any, names: Mapping[str, Any]) -> None:
    """Put the attributes of a class or module back where they were replaced, added or deleted."""
    now = dict(vars(owner))
    for name, value in names.items():
        if now.get(name) is not value and not name.startswith("__"):
            setattr(owner, name, value)
    for name in now.keys() - names.keys():
        # A submodule that was imported meanwhile is no trace of a report.
        if not name.startswith("__") and f"{owner.__name__}.{name}" not in sys.modules:
            delattr(owner, name)


def _is_own(module: Any) -> bool:
    """Tell a user's own module from an installed one."""
    file = getattr(module, "__file__", None)
    if file is None:
        return False
    installed = [*site.getsitepackages(), *sysconfig.get_paths().values(), str(Path(__file__).parents[2])]
    return not any(Path(file).is_relative_to(folder) for folder in installed)
