"""JupyterLab ready to work: a study's folder, its reports as templates of the launcher, in one's language.

`describe_file` and `answer_changes` are forms to fill in a notebook, without writing TOML.
"""

from impactkit.lab.widgets import answer_changes, describe_file

__all__ = ["answer_changes", "describe_file"]


def __dir__() -> list[str]:
    return list(__all__)
