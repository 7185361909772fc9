"""What the average would be without each action in turn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from impactkit.estimators.inference.linear import Floats
from impactkit.estimators.pooling.between import PoolMethod
from impactkit.estimators.pooling.random_effects import HartungKnapp, RandomEffects, random_effects


@dataclass(frozen=True, slots=True, kw_only=True)
class Influence:
    """How much each action counts for the average.

    Attributes
    ----------
    rstudent : (k,) array
        Distance of the effect from what the others foretell, in its own standard errors.
    dffits : (k,) array
        How far its own expected effect moves without it, in standard errors.
    cook_distance : (k,) array
        How far the coefficients move together.
    tau2_without : (k,) array
        The variance between the others.
    hat : (k,) array
        Its weight in its own expected effect.
    """

    rstudent: Floats
    dffits: Floats
    cook_distance: Floats
    tau2_without: Floats
    hat: Floats


def without_each(
    found: RandomEffects, *, method: PoolMethod, hartung_knapp: HartungKnapp
) -> Iterator[RandomEffects | None]:
    """Pool the effects again without each action; ``None`` where the others cannot tell all coefficients."""
    for i in range(len(found.y)):
        rest = np.arange(len(found.y)) != i
        X = found.X[rest]
        if len(X) <= X.shape[1] or np.linalg.matrix_rank(X) < X.shape[1]:
            yield None
            continue
        yield random_effects(
            y=found.y[rest], v=found.v[rest], X=X, method=method, hartung_knapp=hartung_knapp
        )


def influence(found: RandomEffects, *, method: PoolMethod, hartung_knapp: HartungKnapp) -> Influence:
    """Measure how much each action counts, by leaving it out.

    With β₋ᵢ, τ²₋ᵢ and Hartung and Knapp's s²₋ᵢ (else 1) from the others, ``n = s²₋ᵢ (v + τ²₋ᵢ)``:
    ``rstudent = (y - xβ₋ᵢ) / √(n + x Var(β₋ᵢ) x')``, ``dffits = x(β - β₋ᵢ) / √(h n)``, Cook's distance
    ``(β - β₋ᵢ)' Var(β)⁻¹ (β - β₋ᵢ)``; missing where the others cannot tell all coefficients.

    References
    ----------
    Viechtbauer & Cheung (2010), *Research Synthesis Methods* 1(2).
    """
    k = len(found.y)
    rows = np.full((4, k), np.nan)
    hat = found.fitted.leverages(found.X)
    inverse = np.linalg.inv(found.vcov)
    for i, rest in enumerate(without_each(found, method=method, hartung_knapp=hartung_knapp)):
        if rest is None:
            continue
        x, moved = found.X[i], found.fitted.coefficients - rest.fitted.coefficients
        noise = rest.spread * (found.v[i] + rest.tau2)
        rows[:, i] = (
            (found.y[i] - x @ rest.fitted.coefficients) / np.sqrt(noise + x @ rest.vcov @ x),
            x @ moved / np.sqrt(hat[i] * noise),
            moved @ inverse @ moved,
            rest.tau2,
        )
    return Influence(rstudent=rows[0], dffits=rows[1], cook_distance=rows[2], tau2_without=rows[3], hat=hat)
