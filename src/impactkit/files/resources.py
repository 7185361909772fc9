"""What impactkit ships: templates, sample data, the course; found from a wheel and from a checkout."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent
_WHEEL = _PACKAGE / "_shipped"
_CHECKOUT = _PACKAGE.parent.parent


def _shipped(folder: str) -> Path:
    for root in (_WHEEL, _CHECKOUT):
        if (root / folder).is_dir():
            return root / folder
    raise FileNotFoundError(f"impactkit was installed without its folder {folder!r}: install it again")


def sample_names() -> tuple[str, ...]:
    """Return the names of the sample studies."""
    return tuple(sorted(path.parent.name for path in _shipped("sample_data").glob("*/study.toml")))


def sample(name: str) -> Path:
    """Return the path of a sample study's ``study.toml``.

    Parameters
    ----------
    name : str
        ``"nsw"`` (a real job-insertion experiment), ``"insertion_emploi"`` (a made French pact) or
        ``"insertion_emploi_cls"`` (a made French contract).

    Raises
    ------
    ValueError
        When there is no sample of this name.
    """
    if name not in sample_names():
        raise ValueError(f"unknown sample {name!r}: expected one of {', '.join(sample_names())}")
    return _shipped("sample_data") / name / "study.toml"


def template(language: str, name: str = "action_report") -> Path:
    """Return the path of a shipped report template."""
    return _shipped("templates") / language / f"{name}.ipynb"


def starter_midterm(language: str) -> str:
    """Return the lines that a contract's study file has besides: its mid-term tables."""
    return (_shipped("templates") / "new_cls" / language / "midterm.toml").read_text(encoding="utf-8")


def starter(language: str) -> Path:
    """Return the shipped folder that a new study starts from."""
    return _shipped("templates") / "new" / language


def notebooks(language: str) -> Path:
    """Return the shipped folder of the course's notebooks."""
    return _shipped("notebooks") / language
