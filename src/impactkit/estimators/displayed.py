"""What a result shows of itself in a notebook, where it is not yet judged: nothing that tells a small number.

The attributes of a result, and its ``tidy()``, are for computing; `impactkit.assess` makes what is published.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from impactkit.design.design import Design
from impactkit.disclosure import Profile, is_small, protect_count, significant, to_step
from impactkit.html import paragraph_html, shown_html
from impactkit.text import Message
from impactkit.text.numbers import decimals_for

Bools = npt.NDArray[np.bool_]

_EFFECTS = (
    "estimate", "low", "high", "lower", "upper", "conf_low", "conf_high", "detectable", "mean_before_treated",
    "mean_before_comparison", "mean_after_treated", "mean_after_comparison",
)  # fmt: skip
_ERRORS = ("std_error", "se_lower", "se_upper")
_PROBABILITIES = ("p_value", "p_adjusted", "p_holm")
_STATISTICS = ("statistic", "df")
_LEAST_P = 0.001
_INTERVAL = 4  # standard errors between the ends of an interval of 95 %


def may_be_displayed(design: Design, *people: int) -> bool:
    """Tell whether an effect can be shown as it was computed, being of groups of this many people.

    That on a yes/no outcome can give the numbers of yes back (`impactkit.disclosure.hidden_shares`): only
    `impactkit.assess` shows it, as wide as it must be.
    """
    profile = design.cohort.profile
    return design.variable.type != "boolean" and not any(is_small(n, profile) for n in people)


def not_displayed_html() -> str:
    """Say where to read a result that is not shown as it was computed."""
    return shown_html(paragraph_html(Message("estimators.display.assess")))


def told_effects(
    table: pd.DataFrame, *, hidden: bool | Bools, profile: Profile | None, std_error: float | None = None
) -> pd.DataFrame:
    """Return a table of effects as a notebook shows it, to the digits of a page.

    Parameters
    ----------
    table : DataFrame
        One effect a row: columns named as `Estimate.tidy` names them.
    hidden : bool or (n,) array of bool
        The rows of which no figure may be shown (`may_be_displayed`).
    profile : Profile or None
        Under which numbers of people (columns ``n``, ``n_…``, ``entered_…``) are masked; ``None`` for
        territories, which are few by nature and no secret.
    std_error : float, optional
        That sets the decimals of every row, where the table has none.
    """
    hidden = np.broadcast_to(np.asarray(hidden, dtype=bool), len(table))
    steps = 10.0 ** -np.array([decimals_for(error) for error in _errors(table, std_error)])
    told = {}
    for name in table.columns:
        values = table[name].tolist()
        if name in (*_EFFECTS, *_ERRORS):
            finer = 10 if name in _ERRORS else 1
            told[name] = [_figure(x, step / finer) for x, step in zip(values, steps, strict=True)]
        elif name in _PROBABILITIES:
            told[name] = [_probability(x) for x in values]
        elif name in _STATISTICS:
            told[name] = [None if pd.isna(x) else significant(x, 3) for x in values]
        elif name == "n" or str(name).startswith(("n_", "entered_")):
            if profile is not None:
                values = [None if pd.isna(n) else protect_count(int(n), profile) for n in values]
            told[name] = values
            continue
        else:
            told[name] = values
            continue
        told[name] = [None if out else x for out, x in zip(hidden, told[name], strict=True)]
    return pd.DataFrame(told, index=table.index, columns=table.columns)


def _errors(table: pd.DataFrame, std_error: float | None) -> list[float]:
    """Return what sets the decimals of each row: its standard error, or the width of its interval."""
    if std_error is not None:
        return [std_error] * len(table)
    for name in _ERRORS:
        if name in table:
            return [float(x) for x in table[name].to_numpy(dtype=float)]
    wide = (table["conf_high"] - table["conf_low"]).to_numpy(dtype=float, na_value=np.nan)
    return [float(x) / _INTERVAL for x in wide]


def _figure(value: object, step: float) -> float | None:
    return None if pd.isna(value) else to_step(float(value), step)  # type: ignore[arg-type,call-overload]


def _probability(p: float) -> float | None:
    if pd.isna(p):
        return None
    return to_step(p, _LEAST_P) if p >= _LEAST_P else significant(p, 1)
