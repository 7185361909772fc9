"""How often the default headline finds an effect where there is none, by estimator and number of people.

    python simulation/size.py people|entry|clusters [worlds] [seed]

Prints a table in Markdown: the share of worlds without effect in which the default says p ≤ 5 %, so that the
interval at 95 % covers the truth in the rest. ``people``: two groups, or a group before and after, of n
people on their own. ``entry``: `did` by date of entry, two dates and people who never enter.
``clusters``: the same with few sites. A run is kept in ``docs/validation/size.md``.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator

import numpy as np
from scipy import stats

from impactkit.errors import EstimationError
from impactkit.estimators.arms import difference
from impactkit.estimators.headline import headline
from impactkit.estimators.inference.linear import Errors, contrast, fit
from impactkit.estimators.panel.averages import averages
from impactkit.estimators.panel.entry_tests import dates_replayed, wild_average
from impactkit.estimators.panel.followed import Followed
from impactkit.estimators.panel.group_time import GroupTime, plain_group_time, plan_cells
from impactkit.estimators.panel.group_time_adjusted import adjusted_group_time
from impactkit.estimators.panel.uncertainty import Spreads, Uncertainty, by_entry, small_sample
from impactkit.estimators.result import Effect, Inversion, Reference, StudentT

PERIODS, ENTRIES = np.arange(1.0, 7.0), np.array([3.0, 5.0, np.inf])
AGGREGATES = ("simple", "dynamic", "group", "calendar")
# Enough for a size: a p-value at 5 % has an error of 0.7 points, which averages out over worlds.
DRAWS = 999
# By site.
PEOPLE = 3

Draw = Callable[[np.random.Generator, int], np.ndarray]
LAWS: dict[str, Draw] = {
    "normale": lambda rng, n: rng.normal(size=n),
    "dissymétrique": lambda rng, n: rng.exponential(size=n) - 1,
    "oui/non (20 %)": lambda rng, n: (rng.random(n) < 0.2) - 0.2,
}


def share(p_values: np.ndarray) -> str:
    """Write the share of p-values of 5 % at most."""
    return f"{(p_values <= 0.05 + 1e-12).mean():.3f}"


def p_value(value: float, std_error: float, reference: Reference) -> float:
    """Return the p-value of no effect."""
    effect = Effect(
        term="", value=value, std_error=std_error, reference=reference, n_treated=0, n_comparison=0
    )
    return effect.p_value


def of_people(worlds: int, seed: int) -> Iterator[str]:
    """Yield the table for two groups of n people, and for one before and after.

    By closed forms, all worlds at once; the first world of each row is asserted equal to the estimators'.
    """
    yield "| loi | n par groupe | before_after | compare_groups | did, deux dates | did, bénéficiaires × 2 |"
    yield "|---" * 6 + "|"
    for name, draw in LAWS.items():
        for n in (20, 60, 300):
            rng = np.random.default_rng([seed, n])
            before, after = (draw(rng, worlds * 2 * n).reshape(worlds, 2, n) for _ in range(2))
            changes = after - before
            twice = changes * np.array([2.0, 1.0])[:, None]
            found = [paired(changes[:, 0]), welch(after, pooled=False), welch(changes), welch(twice)]
            expected = _one_world(before[0], after[0])
            np.testing.assert_allclose([p_values[0] for p_values in found], expected, rtol=1e-9)
            yield f"| {name} | {n} | {' | '.join(share(p_values) for p_values in found)} |"


def paired(changes: np.ndarray) -> np.ndarray:
    """Return the p-values of `before_after`, (worlds,), from changes (worlds, n)."""
    n = changes.shape[1]
    error = changes.std(axis=1, ddof=1) / n**0.5
    return _p(changes.mean(axis=1), error, np.full(len(changes), n - 1.0))


def welch(values: np.ndarray, *, pooled: bool = True) -> np.ndarray:
    """Return those of a difference of means of n and n, (worlds, 2, n): HC2 with Welch's df, or CR2's own."""
    n = values.shape[2]
    squares = values.var(axis=2, ddof=1) / n
    total = squares.sum(axis=1)
    df = np.full(len(values), 2.0 * (n - 1))
    if not pooled:
        df = np.divide(total**2, (squares**2).sum(axis=1) / (n - 1), out=df, where=total > 0)
    means = values.mean(axis=2)
    return _p(means[:, 0] - means[:, 1], np.sqrt(total), df)


def _p(value: np.ndarray, error: np.ndarray, df: np.ndarray) -> np.ndarray:
    """Return two-sided p-values; 1 where nothing varies, and no effect is given."""
    t = np.divide(np.abs(value), error, out=np.zeros_like(value), where=error > 0)
    return np.asarray(2 * stats.t.sf(t, df))


def _one_world(before: np.ndarray, after: np.ndarray) -> list[float]:
    """Return the p-values of the estimators in one world, (2, n) each."""
    n = before.shape[1]
    treated = np.arange(2 * n) < n
    changes = (after - before).ravel()
    own = contrast(fit(X=np.ones((n, 1)), y=changes[:n]), np.ones(1), errors="HC2")
    found = [p_value(own.value, own.std_error, StudentT(own.df))]
    twice = changes * np.where(treated, 2, 1)
    outcomes: tuple[tuple[Errors, np.ndarray], ...] = (
        ("HC2", after.ravel()),
        ("CR2", changes),
        ("CR2", twice),
    )
    for errors, y in outcomes:
        result = difference(
            y=y, treated=treated, X=np.empty((2 * n, 0)), adjust=None, centre="treated", errors=errors
        )
        kept = result.headline().reference
        found.append(p_value(result.contrast.value, result.contrast.std_error, kept))
    return found


def people(sizes: tuple[int, ...], *, site: int = 0, covariates: int = 0) -> Followed:
    """Return people by date of entry, on their own or ``site`` by site, whose outcomes are still to draw."""
    cohort = np.repeat(np.arange(len(sizes)), np.array(sizes) * max(site, 1))
    n = len(cohort)
    return Followed(
        ids=np.arange(n),
        Y=np.zeros((n, PERIODS.size)),
        entries=ENTRIES,
        periods=PERIODS,
        cohort=cohort,
        weights=np.ones(n),
        weighted=False,
        covariates=np.empty((1, n, covariates)),
        clusters=np.arange(n) // site if site else None,
        n_treated=int((cohort < 2).sum()),
        n_comparison=int((cohort == 2).sum()),
        n_recurring=0,
        means=(),
        counts=(),
    )


def walks(rng: np.random.Generator, of: Followed, *, spread: float) -> np.ndarray:
    """Draw walks of people, or of sites plus noise; those of who enters are ``spread`` times larger."""
    n = len(of.Y)
    units = np.arange(n) if of.clusters is None else of.clusters
    scale = np.ones(int(units.max()) + 1)
    scale[units[of.cohort < 2]] = spread
    Y = rng.normal(size=(scale.size, PERIODS.size)).cumsum(axis=1) * scale[:, None]
    return Y if of.clusters is None else Y[units] + rng.normal(size=(n, PERIODS.size))


def effects(Y: np.ndarray, of: Followed, *, method: str, X: np.ndarray, raised: bool) -> GroupTime:
    """Return the effects by date of entry in one world."""
    plan = plan_cells(periods=PERIODS, entries=ENTRIES, base="varying", anticipation=0, not_yet=False)
    if not X.shape[2]:
        return plain_group_time(Y=Y, cohort=of.cohort, weights=of.weights, plan=plan)
    return adjusted_group_time(
        Y=Y, cohort=of.cohort, weights=of.weights, X=X, plan=plan, method=method, raised=raised
    )[0]


def spreads(found: GroupTime, of: Followed, errors: Uncertainty) -> Spreads:
    """Return the standard errors of a world."""
    return Spreads(found, of, errors=errors, draws=100, seed=0)


def by_entry_table(worlds: int, seed: int) -> Iterator[str]:
    """Yield the table by date of entry, people on their own."""
    columns = ("entrés, entrés, jamais", "caractéristiques", "écart-type", *AGGREGATES, "comme R (simple)")
    yield f"| {' | '.join(columns)} |"
    yield "|---" * len(columns) + "|"
    rows = [((n, n, n), 0, "", spread) for n in (10, 20, 60, 300) for spread in (1.0, 2.0)]
    alone = [(1, 3, 6), (1, 5, 10), (1, 10, 20), (1, 20, 20), (1, 2, 20)]
    rows += [((10, 10, 100), 0, "", 2.0), *((one, 0, "", spread) for one in alone for spread in (1.0, 2.0))]
    rows += [((n, n, n), 2, method, 1.0) for n in (20, 60) for method in ("reg", "ipw", "dr")]
    for sizes, covariates, method, spread in rows:
        of = people(sizes, covariates=covariates)
        rng = np.random.default_rng([seed, *sizes, covariates])
        # With covariates each world takes some 20 ms: fewer of them, and an error of 1 point. More of those
        # where one person enters at a date, the hardest.
        many = worlds // 4 if covariates else 3 * worlds if sizes[0] == 1 else worlds
        found = [_of_entry(rng, of, method, spread) for _ in range(many)]
        kept = np.array([p for p in found if p is not None])
        name = f"{covariates}, {method}" if covariates else "aucune"
        shares = " | ".join(share(column) for column in kept.T)
        yield f"| {', '.join(map(str, sizes))} | {name} | × {spread:.0f} | {shares} |"


def _of_entry(rng: np.random.Generator, of: Followed, method: str, spread: float) -> list[float] | None:
    """Return the p-values of the averages in one world; nothing where the two groups do not overlap."""
    Y, X = walks(rng, of, spread=spread), rng.normal(size=of.covariates.shape)
    found = []
    try:
        both = [effects(Y, of, method=method, X=X, raised=raised) for raised in (True, False)]
    except EstimationError:
        return None
    errors: tuple[Uncertainty, ...] = ("CR2", "analytic")
    for of_world, named, wanted in zip(both, errors, (AGGREGATES, AGGREGATES[:1]), strict=True):
        spread_of = spreads(of_world, of, named)
        for aggregate in wanted:
            average = averages(of_world, aggregate).overall
            std_error = float(spread_of.of(average.load[None, :])[0])
            found.append(p_value(average.value, std_error, spread_of.law(average.load)))
    return found


def of_clusters(worlds: int, seed: int) -> Iterator[str]:
    """Yield the table by date of entry with few sites."""
    names = ("comme R, par structure", "CR2", "wild", "dates rejouées", "par défaut")
    yield f"| structures (entrées, entrées, jamais) | écart-type | {' | '.join(names)} |"
    yield "|---" * (len(names) + 2) + "|"
    sizes = (
        (2, 2, 2),
        (1, 2, 5),
        (2, 2, 4),
        (2, 2, 6),
        (3, 2, 5),
        (2, 2, 16),
        (5, 5, 10),
        (2, 2, 36),
    )
    for spread in (1.0, 2.0):
        for row in sizes:
            of = people(row, site=PEOPLE)
            rng = np.random.default_rng([seed, *row])
            found = np.array([_of_sites(rng, of, spread) for _ in range(worlds)])
            shares = " | ".join(share(column) for column in found.T)
            yield f"| {sum(row)} ({', '.join(map(str, row))}) | × {spread:.0f} | {shares} |"


def _of_sites(rng: np.random.Generator, of: Followed, spread: float) -> list[float]:
    """Return the p-values of the simple average in one world, method by method."""
    Y = walks(rng, of, spread=spread)
    world = effects(Y, of, method="", X=of.covariates, raised=True)
    average = averages(world, "simple").overall
    as_r, own = spreads(world, of, "analytic"), spreads(world, of, "CR2")
    sites = np.repeat(np.arange(len(Y) // PEOPLE), PEOPLE)
    wild = wild_average(
        influence=by_entry(world, of),
        small=small_sample(world, of),
        weights=of.weights,
        clusters=sites,
        value=average.value,
        load=average.load,
        draws=DRAWS,
    )
    replayed = dates_replayed(
        Y=Y,
        cohort=of.cohort,
        weights=of.weights,
        clusters=sites,
        plan=world.plan,
        load=average.load[: world.att.size],
        draws=DRAWS,
    )
    tests: dict[str, Inversion] = {"wild": wild, "randomisation": replayed}
    law = own.law(average.load)
    alone, r_error = (float(one.of(average.load[None, :])[0]) for one in (own, as_r))
    kept = headline("CR2", df=law.df, tests=tests, cautious=True)
    return [
        p_value(average.value, r_error, as_r.law(average.load)),
        p_value(average.value, alone, law),
        wild.p_value(),
        replayed.p_value(),
        p_value(average.value, alone, kept.reference),
    ]


TABLES = {"people": of_people, "entry": by_entry_table, "clusters": of_clusters}

if __name__ == "__main__":
    worlds = int(sys.argv[2]) if len(sys.argv) > 2 else 100
    for line in TABLES[sys.argv[1]](worlds, int(sys.argv[3]) if len(sys.argv) > 3 else 1):
        print(line, flush=True)
