"""Writing the record of an action to disk."""

from __future__ import annotations

from pathlib import Path

from impactkit.evidence.evidence import Evidence


def save_evidence(evidence: Evidence, out: str | Path) -> None:
    """Write ``evidence.json`` in the folder ``out``, at once.

    Parameters
    ----------
    evidence : Evidence
    out : str or Path
        Folder, made if it does not exist. An empty text writes nothing: a template opened by hand in
        JupyterLab leaves no file behind.
    """
    if str(out):
        folder = Path(out)
        folder.mkdir(parents=True, exist_ok=True)
        evidence.record.write(folder / "evidence.json")
