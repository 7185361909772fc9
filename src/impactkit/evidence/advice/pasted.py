"""What can be pasted to run a design: lines of the study file when there is one, and calls."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from impactkit.evidence.advice.shape import Shape
from impactkit.files.model import Comparison, Method
from impactkit.text import Message

Adjust = Literal["lin", "ancova"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pasted:
    """How to run a design.

    Attributes
    ----------
    study : tuple of str or Message
        Lines of an action in the study file, in the place of those that declare its design; a `Message` is a
        comment. None when there is no study, or when only Python has the design.
    python : tuple of str
        Calls on ``cohort``. None when the study's own window would have to go first.
    """

    study: tuple[str | Message, ...] = ()
    python: tuple[str, ...] = ()

    @property
    def toml(self) -> str:
        """The lines of the study file as one text."""
        return "\n".join(line if isinstance(line, str) else f"# {line}" for line in self.study)

    @property
    def code(self) -> str:
        """The calls as one text."""
        return "\n".join(self.python)


def paste(
    shape: Shape,
    comparison: Comparison,
    *,
    method: Method | None,
    call: str,
    adjust: Adjust | None = None,
    options: Sequence[str] = (),
    covariates: Sequence[str] = (),
    offer: bool = False,
    every_wave: bool = False,
) -> Pasted:
    """Write how to run a design.

    Parameters
    ----------
    shape : Shape
    comparison : str
    method : str or None
        In the study file; ``None`` when only Python has it.
    call : str
        The estimate, of ``design``.
    adjust : str, optional
    options : sequence of str
        Other lines of the study file.
    covariates : sequence of str
        Those to name where no study does.
    offer : bool
        Whether the effect sought is that of the offer.
    every_wave : bool
        Whether a window would leave out waves that the design uses.
    """
    action, study = shape.cohort.action, shape.cohort.study
    window = None if every_wave else _window(shape)
    held = every_wave and action is not None and action.window is not None
    python: tuple[str, ...] = ()
    if not held:
        words = _words(shape, comparison, covariates if study is None else (), offer=offer, window=window)
        python = (f"design = ik.declare_design({', '.join(words)})", f"estimate = {call}")
    if study is None or action is None or method is None:
        return Pasted(python=python)
    lines: list[str | Message] = [f'method = "{method}"', f'comparison = "{comparison}"']
    if adjust is not None:
        lines.append(f'adjust = "{adjust}"')
    lines += options
    if held:
        lines.append(Message("advice.snippet.no_window"))
    if window is not None:
        waves = {wave.months: wave.id for wave in study.waves_of(action.id)}
        lines.append(f"window = {names([waves[period] for period in window])}")
    return Pasted(study=tuple(lines), python=python)


def _words(
    shape: Shape,
    comparison: Comparison,
    covariates: Sequence[str],
    *,
    offer: bool,
    window: tuple[float, float] | None,
) -> list[str]:
    """Return what `declare_design` is given."""
    words = ["cohort"]
    if shape.outcome != shape.primary:
        words.append(f"outcome={quoted(shape.outcome.variable)}")
    words.append(f"comparison={quoted(comparison)}")
    if covariates:
        words.append(f"covariates={names(covariates)}")
    action = shape.cohort.action
    if offer:
        words.append('estimand="ITT"')
    elif action is not None and action.method == "encouragement":
        words.append('estimand="ATT"')
    if window is not None:
        words.append(f"window=({window[0]:g}, {window[1]:g})")
    return words


def _window(shape: Shape) -> tuple[float, float] | None:
    """Return the two times to compare, where those of `declare_design` would be others."""
    if shape.staggered:
        return shape.window
    periods, declared = shape.cohort.periods, _declared(shape)
    earlier = [period for period in periods if period < shape.after[0]]
    usual = declared or (earlier[-1] if earlier else periods[-1], periods[-1])
    return shape.window if shape.before and shape.window != usual else None


def _declared(shape: Shape) -> tuple[float, float] | None:
    action, study = shape.cohort.action, shape.cohort.study
    if action is None or action.window is None or study is None:
        return None
    before, after = (study.wave_months(wave) for wave in action.window)
    return before, after


def quoted(name: str) -> str:
    """Write a text as TOML and Python do; JSON's way is one of theirs."""
    return json.dumps(name, ensure_ascii=False)


def names(values: Sequence[str]) -> str:
    """Write a list of texts."""
    return f"[{', '.join(map(quoted, values))}]"
