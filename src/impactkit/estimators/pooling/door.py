"""``pool``: the effects of several actions together, from a frame with one row per action."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import get_args

import numpy as np
import pandas as pd

from impactkit.errors import EstimationError, require
from impactkit.estimators.inference.linear import Floats
from impactkit.estimators.pooling.between import PoolMethod, between_variance
from impactkit.estimators.pooling.pooled import Pooled
from impactkit.estimators.pooling.random_effects import HartungKnapp, i_squared, random_effects
from impactkit.estimators.several.by_subgroup import Interaction, equal_effects
from impactkit.text import Message

_INTERCEPT = "average"
# Of squares, relative to the largest: what is left of identical estimates after rounding.
_ROUNDING = 1e-24


def pool(
    frame: pd.DataFrame,
    *,
    estimate: str = "estimate",
    std_error: str = "std_error",
    method: PoolMethod = "REML",
    hartung_knapp: HartungKnapp = True,
    moderators: Sequence[str] = (),
    by: str | None = None,
) -> Pooled:
    """Pool the effects of several actions: their average, how much they vary, and what each one borrows.

    Effects are taken to be independent, each with its standard error known, and true effects to vary from
    one action to another with variance τ² around their mean (random effects). Only pool what is alike: the
    same outcome in the same unit, the same comparison, a comparable follow-up.

    Parameters
    ----------
    frame : DataFrame
        One row per action; the index names it.
    estimate, std_error : str
        Columns of the effects and of their standard errors, in the same unit.
    method : {"REML", "DL", "PM", "ML", "EB", "HE", "SJ", "HS", "FE"}
        How τ² is estimated (`between_variance` has the formulas); ``"FE"`` supposes one common effect.
    hartung_knapp : bool or "truncated"
        Correct the standard error and refer to Student's law with k - p degrees of freedom. ``"truncated"``
        never makes the standard error smaller than the usual one. False: the normal law, which is too
        narrow with few actions. One common effect (``"FE"``) always goes with the normal law: the correction
        is for a variance between actions.
    moderators : sequence of str
        Columns that may explain why effects differ: numbers, yes/no, or words (compared with the first in
        order).
    by : str, optional
        Column of groups to pool apart, each with its own τ², and compare.

    Returns
    -------
    Pooled
        ``effect``, ``tau2``, ``i2``, ``prediction_interval()``, ``weights``, ``leave_one_out()``,
        ``shrunk()``, ``influence()``, ``small_study()``, ``coefficients``, ``subgroups``.

    Raises
    ------
    ValueError
        When a column is not in the frame, or an argument is not one of those above.
    EstimationError
        When fewer than two actions are given (or no more than coefficients), an effect is missing, a
        standard error is not a positive number, all effects are identical, moderators repeat each other, or
        the search for τ² does not end.

    References
    ----------
    Viechtbauer (2010), *J. Statistical Software* 36(3); IntHout, Ioannidis & Borm (2014), *BMC Medical
    Research Methodology* 14(25).

    Examples
    --------
    >>> import pandas as pd, impactkit as ik
    >>> actions = pd.DataFrame({"estimate": [0.10, 0.02, 0.07, 0.05], "std_error": [0.03, 0.02, 0.05, 0.04]})
    >>> found = ik.pool(actions)
    >>> round(found.effect.value, 4), found.k
    (0.055, 4)
    """
    require(frame, pd.DataFrame)
    _check_arguments(frame, estimate, std_error, method, hartung_knapp, moderators, by)
    y, v = _effects(frame, estimate, std_error)
    X, terms = _design(frame, moderators)
    if len(y) <= X.shape[1]:
        key = "too_few_for_moderators" if moderators else "too_few_actions"
        raise EstimationError(Message(f"pooling.error.{key}", {"n": len(y), "terms": X.shape[1]}))
    if method == "FE":
        hartung_knapp = False
    found = random_effects(y=y, v=v, X=X, method=method, hartung_knapp=hartung_knapp)
    if hartung_knapp is True and found.fitted.dispersion <= _ROUNDING * float(np.max(y**2 / v)):
        raise EstimationError(Message("pooling.error.identical", {"n": len(y)}))
    groups = _pooled_apart(frame, estimate, std_error, method, hartung_knapp, by) if by is not None else ()
    narrower = hartung_knapp is True and found.tau2 == 0 and found.fitted.dispersion < 1
    return Pooled(
        effect=found.at(X.mean(axis=0)),
        tau2=found.tau2,
        i2=i_squared(found, method=method),
        method=method,
        hartung_knapp=hartung_knapp,
        labels=tuple(frame.index.tolist()),
        terms=terms,
        r2=_explained(y, v, found.tau2, method) if moderators else None,
        subgroups=groups,
        difference=_difference(groups),
        notes=(Message("pooling.note.narrower"),) if narrower else (),
        _found=found,
    )


def _check_arguments(
    frame: pd.DataFrame,
    estimate: str,
    std_error: str,
    method: str,
    hartung_knapp: object,
    moderators: Sequence[str],
    by: str | None,
) -> None:
    if method not in get_args(PoolMethod):
        raise ValueError(f"unknown method {method!r}: expected one of {', '.join(get_args(PoolMethod))}")
    if not (isinstance(hartung_knapp, bool) or hartung_knapp == "truncated"):
        raise ValueError("hartung_knapp must be True, False or 'truncated'")
    if isinstance(moderators, str):
        raise ValueError("moderators is a list of columns")
    if moderators and by is not None:
        raise ValueError("choose moderators or by: groups are pooled apart without moderators")
    for name in (estimate, std_error, *moderators, *([by] if by is not None else [])):
        if name not in frame.columns:
            known = ", ".join(map(str, frame.columns))
            raise ValueError(f"no column {name!r} in the frame: expected one of {known}")


def _effects(frame: pd.DataFrame, estimate: str, std_error: str) -> tuple[Floats, Floats]:
    y, s = (pd.to_numeric(frame[name]).to_numpy(dtype=float) for name in (estimate, std_error))
    missing = ~np.isfinite(y)
    if missing.any():
        raise EstimationError(Message("pooling.error.no_estimate", _named(frame, missing)))
    unusable = ~(np.isfinite(s) & (s > 0))
    if unusable.any():
        raise EstimationError(Message("pooling.error.no_std_error", _named(frame, unusable)))
    if len(y) < 2:
        raise EstimationError(Message("pooling.error.too_few_actions", {"n": len(y), "terms": 1}))
    return y, s**2


def _named(frame: pd.DataFrame, rows: np.ndarray) -> dict[str, object]:
    names = [str(name) for name in frame.index[rows]]
    return {"n": len(names), "actions": ", ".join(names[:5]) + (", …" if len(names) > 5 else "")}


def _design(frame: pd.DataFrame, moderators: Sequence[str]) -> tuple[Floats, tuple[str, ...]]:
    columns, terms = [np.ones(len(frame))], [_INTERCEPT]
    for name in moderators:
        values = frame[name]
        if values.isna().any():
            raise EstimationError(
                Message(
                    "pooling.error.moderator_missing",
                    {"moderator": name, **_named(frame, values.isna().to_numpy())},
                )
            )
        if pd.api.types.is_numeric_dtype(values):
            columns.append(values.to_numpy(dtype=float))
            terms.append(name)
            continue
        for level in sorted(values.unique(), key=str)[1:]:
            columns.append((values == level).to_numpy(dtype=float))
            terms.append(f"{name}={level}")
    X = np.column_stack(columns)
    if len(columns) == 1:
        return X, tuple(terms)
    # Units of each column: a moderator in thousands must not hide another.
    scale = np.abs(X).max(axis=0)
    if len(X) > X.shape[1] and (
        (scale == 0).any() or np.linalg.matrix_rank(X / np.where(scale > 0, scale, 1)) < X.shape[1]
    ):
        raise EstimationError(Message("pooling.error.moderators_repeat"))
    return X, tuple(terms)


def _explained(y: Floats, v: Floats, tau2: float, method: PoolMethod) -> float | None:
    """Return the share of the variance between actions that moderators explain."""
    plain = between_variance(y=y, v=v, X=np.ones((len(y), 1)), method=method)
    return max(0.0, 1 - tau2 / plain) if plain > 0 else None


def _pooled_apart(
    frame: pd.DataFrame,
    estimate: str,
    std_error: str,
    method: PoolMethod,
    hartung_knapp: HartungKnapp,
    by: str,
) -> tuple[tuple[Hashable, Pooled | Message], ...]:
    groups: list[tuple[Hashable, Pooled | Message]] = []
    for name in sorted(frame[by].dropna().unique(), key=str):
        part = frame[frame[by] == name]
        try:
            groups.append(
                (
                    name,
                    pool(
                        part,
                        estimate=estimate,
                        std_error=std_error,
                        method=method,
                        hartung_knapp=hartung_knapp,
                    ),
                )
            )
        except EstimationError as error:
            groups.append((name, error.message))
    if frame[by].isna().any():
        groups.append(("", Message("pooling.error.group_unknown", {"n": int(frame[by].isna().sum())})))
    return tuple(groups)


def _difference(groups: Sequence[tuple[Hashable, Pooled | Message]]) -> Interaction | None:
    averages = [item.effect for _, item in groups if isinstance(item, Pooled)]
    if len(averages) < 2:
        return None
    return equal_effects(
        values=np.array([average.value for average in averages]),
        std_errors=np.array([average.std_error for average in averages]),
        df=np.array([average.df for average in averages]),
    )
