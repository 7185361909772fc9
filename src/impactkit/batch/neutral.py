"""The executed notebook as it may be kept: nothing of the machine it ran on, nothing an error said."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from impactkit.batch.parameters import Value

_INJECTED = "injected-parameters"
_ELSEWHERE = "…"
# A parameter of such a name is kept to whoever typed it.
_SECRET = re.compile(
    r"(?:^|_)(?:pass\w*|pwd|mot_?de_?passe|mdp|secret\w*|token|jeton|cle|key|api_?key)(?:$|_)", re.I
)


def neutral(notebook: Any, *, parameters: Mapping[str, Value], folders: Iterable[Path]) -> Any:
    """Return the executed notebook fit to be published.

    The parameters that papermill wrote down are replaced by ``parameters``, folders of this machine vanish
    from texts, warnings are dropped and an error keeps only its name: both quote paths and values. Nothing
    tells when it ran: made again from the same files, a notebook is the same to the byte.

    Parameters
    ----------
    notebook : dict
        Changed in place: the caller owns it.
    parameters : mapping
        The parameters: a secret, by its name, is left out, and of a path only its last name is kept.
    folders : iterable of Path
        Folders whose names must not be published.

    Returns
    -------
    dict
        The same notebook.
    """
    spellings = _spellings(folders)
    parameters = {name: _shown(name, value) for name, value in parameters.items()}
    notebook["metadata"]["papermill"] = {"parameters": parameters}
    for cell in notebook["cells"]:
        # When and how long each cell ran: in the manifest for the whole; here two runs are the same bytes.
        for told in ("papermill", "execution"):
            cell["metadata"].pop(told, None)
        if _INJECTED in cell["metadata"].get("tags", ()):
            cell["id"] = _INJECTED
            cell["source"] = "\n".join(f"{name} = {value!r}" for name, value in parameters.items())
        if cell["cell_type"] == "code":
            kept = [output for output in cell["outputs"] if output.get("name") != "stderr"]
            cell["outputs"] = [_without(_silenced(output), spellings) for output in kept]
    return notebook


def _shown(name: str, value: Value) -> Value:
    """Return a parameter as it may be kept."""
    if _SECRET.search(name):
        return _ELSEWHERE
    for kind in (PurePosixPath, PureWindowsPath):
        if isinstance(value, str) and kind(value).is_absolute():
            return kind(value).name or _ELSEWHERE
    return value


def _silenced(output: Any) -> Any:
    if output["output_type"] == "error":
        output["evalue"], output["traceback"] = "", []
    return output


def _spellings(folders: Iterable[Path]) -> list[str]:
    """List the ways in which a folder can be written, the longest first: Windows has three."""
    paths = {str(folder) for folder in folders} | {folder.as_posix() for folder in folders}
    written = paths | {path.replace("\\", "\\\\") for path in paths}
    return sorted((path for path in written if len(path) > 1), key=len, reverse=True)


def _without(value: Any, spellings: list[str]) -> Any:
    """Replace folders in every text of an output."""
    if isinstance(value, str):
        for spelling in spellings:
            value = value.replace(spelling, _ELSEWHERE)
        return value
    if isinstance(value, list):
        return [_without(item, spellings) for item in value]
    if isinstance(value, dict):
        return type(value)({name: _without(item, spellings) for name, item in value.items()})
    return value
