"""The keys of a form in a notebook: the form's own, and not the notebook's commands.

JupyterLab reads letters and arrows as its commands while a list to choose from has the focus (ipywidgets,
issue 3912): choosing by keyboard would add or delete cells. An element that is marked keeps its own keys.
"""

from __future__ import annotations

# The output is not in its place yet when this runs. JupyterLab looks for the mark where the focus is.
_MARK = (
    "setTimeout(() => element.closest('.jp-OutputArea')?.addEventListener('focusin',"
    " (event) => event.target.setAttribute('data-lm-suppress-shortcuts', 'true')), 100)"
)


def keys_bundle() -> dict[str, str]:
    """Return what is displayed, raw, beside widgets so that keys reach them; nothing is seen of it."""
    return {"application/javascript": _MARK, "text/plain": ""}
