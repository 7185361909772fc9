"""Adjusted and clustered differences of many actions: the regressions of `arms.difference`, stacked.

Actions of as many columns and nearly as many people are solved together, as arrays (B, n, k) filled up with
rows of zeros, which change nothing. The formulas are those of `linear`: ``sqrt(W) X = Q R``,
``q = R^-T c``, loads ``Q q``, and CR2's ``(I - Q_g Q_g')^-1/2`` in k dimensions.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from impactkit.estimators.arms import Adjust, Centre
from impactkit.estimators.inference.linear import (
    FULL_LEVERAGE,
    LOAD_TOLERANCE,
    RANK_TOLERANCE,
    Codes,
    Floats,
    off_diagonal_squares,
)
from impactkit.estimators.many.characteristics import Columns
from impactkit.estimators.many.plain import Differences
from impactkit.estimators.many.refusals import Refusal
from impactkit.estimators.many.segments import Bools, Segments

# Numbers held at once in a stack of regressions: 16 MB an array.
_BLOCK = 2_000_000
# Above this share, the diagonal is not taken away from the whole: that would lose digits.
_DIAGONAL = 100.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class People:
    """N people of B actions, arrays of one length; those of a cluster stand together.

    Attributes
    ----------
    y : (N,) array
    treated : (N,) array of bool, or None
        ``None`` for a mean in place of a difference.
    columns : Columns
    weights : (N,) array or None
    clusters : (N,) array of int or None
        Codes 0, 1, … over all actions.
    segments : Segments
    """

    y: Floats
    treated: Bools | None
    columns: Columns
    weights: Floats | None
    clusters: Codes | None
    segments: Segments


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Stack:
    """A stack of B fits on k columns, filled up to n rows: as `linear.Fit`, with a first axis of actions."""

    Q: Floats  # (B, n, k)
    residuals: Floats  # (B, n)
    q: Floats  # (B, k)
    there: Bools  # (B, n)

    @property
    def loads(self) -> Floats:
        return np.asarray(np.einsum("bik,bk->bi", self.Q, self.q))

    @property
    def norm(self) -> Floats:
        return np.asarray(np.linalg.norm(self.q, axis=1))


def stacked_differences(
    people: People, *, adjust: Adjust | None, centre: Centre, by_cr2: bool
) -> Differences:
    """Estimate the (adjusted) difference of each action as `arms.difference` does.

    Parameters
    ----------
    people : People
        With at least two of each group in each action.
    adjust : {"lin", "ancova"} or None
    centre : {"everyone", "treated"}
        For ``"lin"``.
    by_cr2 : bool
        CR2 by cluster (by person without) with Bell-McCaffrey degrees of freedom; else HC2 with the residual
        ones.
    """
    at = people.segments
    n = at.sizes.size
    p = people.columns.active.sum(axis=1) if adjust is not None else np.zeros(n, dtype=np.intp)
    fixed = 1 if people.treated is None else 2
    k = fixed + p * (2 if adjust == "lin" else 1)
    too_many = []
    if adjust == "lin":
        assert people.treated is not None
        n1 = at.count(people.treated)
        smallest = np.minimum(n1, at.sizes - n1)
        too_many.append(_too_many(smallest, p + 1))
    too_many.append(_too_many(at.sizes, k))
    refused = np.any([refusal.where for refusal in too_many], axis=0)
    value, error, df = np.full((3, n), np.nan)
    redundant, rests = np.zeros(n, dtype=np.intp), np.zeros(n, dtype=bool)
    for actions in _chunks(at.sizes, k, ~refused):
        X, y, there, rows = _stacked(people, actions, int(p[actions[0]]), adjust=adjust, centre=centre)
        Q, R = np.linalg.qr(X)
        redundant[actions] = _redundant(R)
        R[redundant[actions] > 0] = np.eye(R.shape[1])
        c = np.zeros((R.shape[1], 1))
        c[fixed - 1] = 1.0
        q = np.linalg.solve(np.swapaxes(R, 1, 2), np.broadcast_to(c, (len(R), *c.shape)))[:, :, 0]
        projected = np.einsum("bik,bi->bk", Q, y)
        stack = _Stack(Q=Q, residuals=y - np.einsum("bik,bk->bi", Q, projected), q=q, there=there)
        value[actions] = np.einsum("bk,bk->b", q, projected)
        if by_cr2 and people.clusters is not None:
            parts = _by_cluster(stack, people.clusters[rows])
        else:
            parts = _by_person(stack)
        error[actions], rests[actions] = np.sqrt(parts.variance), parts.rests
        df[actions] = _satterthwaite(parts) if by_cr2 else at.sizes[actions] - k[actions]
    return Differences(
        value=value,
        std_error=error,
        df=df,
        refusals=(
            *too_many,
            Refusal(where=redundant > 0, key="estimators.error.redundant_columns", params={"n": redundant}),
            Refusal(where=rests, key="estimators.error.rests_on_one"),
        ),
    )


def _too_many(people: Codes, columns: Codes) -> Refusal:
    return Refusal(
        where=people <= columns,
        key="estimators.error.too_many_columns",
        params={"columns": columns},
    )


def _chunks(sizes: Codes, k: Codes, wanted: Bools) -> Iterator[Codes]:
    """Yield the actions to solve together: of one k, and sizes that fill up to few numbers."""
    order = np.lexsort((sizes, k))
    order = order[wanted[order]]
    start = 0
    while start < order.size:
        same = int(np.searchsorted(k[order], k[order[start]], side="right"))
        width = np.maximum(sizes[order[start:same]], k[order[start]]) * k[order[start]]
        numbers = width * np.arange(1, width.size + 1)
        # A stack ends where the next action would be twice as long as its first, or hold too many numbers.
        fits = (numbers <= _BLOCK) & (width <= 2 * width[0])
        step = max(int(np.argmin(fits)) if not fits.all() else width.size, 1)
        yield order[start : start + step]
        start += step


def _stacked(
    people: People, actions: Codes, p: int, *, adjust: Adjust | None, centre: Centre
) -> tuple[Floats, Floats, Bools, Codes]:
    """Return the columns (B, n, k) and outcomes (B, n), times the root of weights, who is there, and rows."""
    at = people.segments
    sizes = at.sizes[actions]
    steps = np.arange(sizes.max())
    there = steps < sizes[:, None]
    place = at.starts[actions][:, None] + np.where(there, steps, 0)
    rows = place[there]
    w = there.astype(float)
    if people.weights is not None:
        w = np.where(there, people.weights[place], 0.0)
        w *= (sizes / w.sum(axis=1))[:, None]
    columns = [np.ones_like(w)]
    if people.treated is not None:
        treated = people.treated[place].astype(float)
        columns.append(treated)
    if adjust is not None and p:
        # The columns that an action has, first among all.
        own = np.argsort(~people.columns.active[actions], axis=1, kind="stable")[:, :p]
        X = people.columns.X[place[:, :, None], own[:, None, :]]
        if adjust == "lin":
            of = w * treated if centre == "treated" else w
            mean = np.einsum("bi,bip->bp", of, X) / of.sum(axis=1)[:, None]
            X = X - mean[:, None, :]
            columns.extend(np.moveaxis(X * treated[:, :, None], 2, 0))
        columns.extend(np.moveaxis(X, 2, 0))
    root = np.sqrt(w)
    return np.stack(columns, axis=2) * root[:, :, None], people.y[place] * root, there, rows


def _redundant(R: Floats) -> Codes:
    """Count the columns that follow from others, as `linear.fit` does."""
    norms = np.linalg.norm(R, axis=1)
    singular = np.linalg.svd(R / np.where(norms == 0, 1.0, norms)[:, None, :], compute_uv=False)
    return np.asarray((singular <= RANK_TOLERANCE * singular[:, :1]).sum(axis=1))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Parts:
    """By action: the variance, whether it rests on one cluster, and what degrees of freedom need.

    ``own`` and ``z`` are those of `linear`, for the clusters of all actions of the stack, one action after
    the other (``at``).
    """

    variance: Floats
    rests: Bools
    own: Floats
    z: Floats
    at: Segments


def _by_person(stack: _Stack) -> _Parts:
    loads, h = stack.loads, np.einsum("bik,bik->bi", stack.Q, stack.Q)
    full = h > FULL_LEVERAGE
    factor = np.where(full, 0.0, 1 / np.sqrt(1 - np.where(full, 0.0, h)))
    a = loads * factor
    there = stack.there
    return _Parts(
        variance=((a * stack.residuals) ** 2).sum(axis=1),
        rests=np.where(full, np.abs(loads), 0.0).max(axis=1) > LOAD_TOLERANCE * np.linalg.norm(loads, axis=1),
        own=np.where(full, 0.0, loads**2)[there],
        z=(stack.Q * a[:, :, None])[there],
        at=Segments(sizes=there.sum(axis=1)),
    )


def _by_cluster(stack: _Stack, clusters: Codes) -> _Parts:
    """Adjust each cluster in k dimensions; ``clusters`` are codes of the rows, cluster after cluster."""
    Q, residuals = stack.Q[stack.there], stack.residuals[stack.there]
    action = np.nonzero(stack.there)[0]
    heads = np.flatnonzero(np.append(True, clusters[1:] != clusters[:-1]))
    of_cluster = action[heads]
    k = Q.shape[1]
    cross = np.empty((heads.size, k, k))
    for i in range(k):
        for j in range(i + 1):
            cross[:, i, j] = cross[:, j, i] = np.add.reduceat(Q[:, i] * Q[:, j], heads)
    moments = np.add.reduceat(Q * residuals[:, None], heads, axis=0)
    S, V = np.linalg.eigh(cross)
    load = np.einsum("gki,gk->gi", V, stack.q[of_cluster])
    full = S > FULL_LEVERAGE
    root = np.where(full, 0.0, 1 / np.sqrt(1 - np.where(full, 0.0, S)))
    inner = np.einsum("gki,gi->gk", V, root * load)
    scores = np.einsum("gi,gi->g", inner, moments)
    at = Segments(sizes=np.bincount(of_cluster, minlength=len(stack.q)))
    return _Parts(
        variance=at.total(scores**2),
        rests=at.largest(np.where(full, np.abs(load), 0.0).max(axis=1)) > LOAD_TOLERANCE * stack.norm,
        own=np.where(full, 0.0, S * load**2).sum(axis=1),
        z=np.einsum("gij,gj->gi", cross, inner),
        at=at,
    )


def _satterthwaite(parts: _Parts) -> Floats:
    """Return ``(Σ own_g)² / (Σ own_g² + Σ_{g≠h} (z_g'z_h)²)`` by action.

    The second sum is that over all pairs less its diagonal, but where the diagonal is nearly all of it.
    """
    at, k = parts.at, parts.z.shape[1]
    whole = np.zeros(at.sizes.size)
    for i in range(k):
        for j in range(i + 1):
            whole += (1 if i == j else 2) * at.total(parts.z[:, i] * parts.z[:, j]) ** 2
    diagonal = at.total(np.einsum("gi,gi->g", parts.z, parts.z) ** 2)
    off, own = np.maximum(whole - diagonal, 0.0), at.total(parts.own**2)
    starts = at.starts
    for b in np.flatnonzero(whole > _DIAGONAL * (own + off)):
        off[b] = off_diagonal_squares(parts.z[starts[b] : starts[b] + at.sizes[b]])
    with np.errstate(invalid="ignore", divide="ignore"):  # refused: it rests on one
        return np.asarray(at.total(parts.own) ** 2 / (own + off))
