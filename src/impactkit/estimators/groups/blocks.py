"""Lots drawn within blocks, or within pairs: the difference in means, block by block. Array function."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
import numpy.typing as npt

from impactkit.errors import EstimationError
from impactkit.estimators.arms import DfRule, difference
from impactkit.estimators.inference.linear import Codes, Contrast, Floats
from impactkit.text import Message

BlockKind = Literal["blocked", "pairs"]


def blocked_difference(
    *, y: Floats, treated: npt.NDArray[np.bool_], blocks: Codes, clusters: Codes | None = None
) -> tuple[Contrast, BlockKind]:
    """Estimate the difference in means of people (or clusters) drawn within blocks.

    With τ_b the difference in block b, N_b its people and N all of them, ``τ = Σ (N_b/N) τ_b``.

    - Blocks with two people (clusters) or more of each group: variance ``Σ (N_b/N)² V_b``, ``V_b`` Neyman's
      (CR2 with clusters), with as many degrees of freedom as people (clusters) less two per block.
    - Pairs, one of each group in every block: variance ``B/((B - 1) N²) Σ (N_b τ_b - N τ/B)²`` over the B
      pairs, with B - 1 degrees of freedom. For pairs of people it is the paired t test.

    Parameters
    ----------
    y : (n,) array
    treated : (n,) array of bool
    blocks : (n,) array of int
        Codes from 0.
    clusters : (n,) array of int, optional
        Each within one block and one group.

    Raises
    ------
    EstimationError
        When a block has nobody in a group, or one person (cluster) only while other blocks have more; a
        cluster is in several blocks or groups.

    References
    ----------
    Imai, King & Nall (2009), *Statistical Science* 24(1), for pairs. Gerber & Green (2012), *Field
    Experiments*, ch. 3, for blocks. The same numbers as R's ``estimatr::difference_in_means``.
    """
    units = np.arange(len(y)) if clusters is None else clusters
    _refuse_crossed(units, treated, blocks)
    number = int(blocks.max()) + 1
    sizes = np.array(
        [
            [len(np.unique(units[(blocks == b) & (treated == arm)])) for arm in (True, False)]
            for b in range(number)
        ]
    )
    empty, alone = (int((sizes == few).any(axis=1).sum()) for few in (0, 1))
    if empty:
        raise EstimationError(Message("groups.error.block_without_group", {"n": empty}))
    weight = np.bincount(blocks, minlength=number) / len(y)
    if (sizes == 1).all():
        return _pairs(y, treated, blocks, weight), "pairs"
    if alone:
        raise EstimationError(Message("groups.error.block_too_small", {"n": alone}))
    value = variance = 0.0
    for b in range(number):
        inside = blocks == b
        found = difference(
            y=y[inside],
            treated=treated[inside],
            X=np.empty((int(inside.sum()), 0)),
            adjust=None,
            centre="everyone",
            errors="HC2" if clusters is None else "CR2",
            clusters=None
            if clusters is None
            else np.unique(clusters[inside], return_inverse=True)[1].astype(np.intp),
        ).contrast
        value += weight[b] * found.value
        variance += (weight[b] * found.std_error) ** 2
    df = len(np.unique(units)) - 2 * number
    return Contrast(value=float(value), std_error=math.sqrt(variance), df=df), "blocked"


def block_df_rule(kind: BlockKind) -> DfRule:
    """Name the rule of the degrees of freedom."""
    return "clusters" if kind == "pairs" else "residual"


def _pairs(y: Floats, treated: npt.NDArray[np.bool_], blocks: Codes, weight: Floats) -> Contrast:
    number = len(weight)
    if number < 2:
        raise EstimationError(Message("groups.error.one_pair"))
    one, other = (
        np.bincount(blocks[arm], weights=y[arm]) / np.bincount(blocks[arm]) for arm in (treated, ~treated)
    )
    parts = weight * (one - other)
    value = float(parts.sum())
    gaps = parts - value / number
    variance = number / (number - 1) * float(gaps @ gaps)
    return Contrast(value=value, std_error=math.sqrt(variance), df=number - 1)


def _refuse_crossed(units: Codes, treated: npt.NDArray[np.bool_], blocks: Codes) -> None:
    found = np.unique(np.column_stack([units, treated.astype(np.intp), blocks]), axis=0)
    if len(found) > len(np.unique(units)):
        raise EstimationError(Message("groups.error.cluster_crosses_blocks"))
