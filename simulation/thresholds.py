"""How often the intervals at a threshold, and with a weak offer, hold the truth; size of the density test.

    python simulation/thresholds.py [worlds] [seed]

Prints three tables in Markdown. A run is kept in ``docs/validation/thresholds.md``.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator

import numpy as np
from scipy import stats

from impactkit.errors import EstimationError
from impactkit.estimators.offers.instrument import instrumented
from impactkit.estimators.threshold.bandwidths import Bandwidths, Selector, select
from impactkit.estimators.threshold.density import density_jump
from impactkit.estimators.threshold.local import Side, ThresholdErrors
from impactkit.estimators.threshold.robust import Jump, threshold

Curve = Callable[[np.ndarray], np.ndarray]
TAKEN_SHARES = (0.05, 0.1, 0.2, 0.5)


def _lee(x: np.ndarray) -> np.ndarray:
    """Return the curve of Lee's elections (Imbens & Kalyanaraman 2012, design 1), without its jump."""
    left = x * (1.27 + x * (7.18 + x * (20.21 + x * (21.54 + x * 7.33))))
    right = x * (0.84 + x * (-3.00 + x * (7.99 + x * (-9.01 + x * 3.56))))
    return np.where(x < 0, left, right)


def _ludwig(x: np.ndarray) -> np.ndarray:
    """Return Ludwig and Miller's strongly bent curve (Calonico et al. 2014, design 2), without its jump."""
    left = x * (2.30 + x * (3.28 + x * (1.45 + x * (0.23 + x * 0.03))))
    right = x * (18.49 + x * (-54.81 + x * (74.30 + x * (-45.02 + x * 9.83))))
    return np.where(x < 0, left, right)


CURVES: dict[str, tuple[Curve, float]] = {
    "Lee": (_lee, 0.1295),
    "Ludwig et Miller": (_ludwig, 0.1295),
    "sinus": (lambda x: np.sin(4 * x), 0.5),
}


def at_threshold(worlds: int, seed: int) -> Iterator[str]:
    """Yield the coverage of intervals at 95 %: usual, robust, and robust with the windows of cerrd."""
    z = stats.norm.isf(0.025)
    yield "| courbe | n | usuel | corrigé, robuste | de même, hc3 | de même, fenêtre cerrd | longueur |"
    yield "|---" * 7 + "|"
    for name, (curve, noise) in CURVES.items():
        for n in (300, 1000):
            rng = np.random.default_rng([seed, n])
            hits, lengths, done = np.zeros(4), np.zeros(4), 0
            for _ in range(worlds):
                x = 2 * rng.beta(2, 4, n) - 1
                y = (curve(x) + rng.normal(0, noise, n))[:, None]
                sides = (Side(x=x[x < 0], y=y[x < 0]), Side(x=x[x >= 0], y=y[x >= 0]))
                try:
                    widths = _widths(*sides, "mserd")
                    wide, leverage = (_jump(*sides, widths, errors) for errors in ("nn", "hc3"))
                    narrow = _jump(*sides, _widths(*sides, "cerrd"), "nn")
                except EstimationError:
                    continue  # too few people near: the number of worlds done is printed when not all
                values = np.array([wide.value, wide.corrected, leverage.corrected, narrow.corrected])
                errors = np.array(
                    [wide.std_error, wide.robust_error, leverage.robust_error, narrow.robust_error]
                )
                hits += np.abs(values) <= z * errors
                lengths += errors
                done += 1
            shares = " | ".join(f"{share:.3f}" for share in hits / done)
            size = str(n) if done == worlds else f"{n} ({done} mondes)"
            yield f"| {name} | {size} | {shares} | {lengths[1] / lengths[0]:.2f} |"


def _widths(left: Side, right: Side, selector: Selector) -> Bandwidths:
    return select(left, right, order=1, kernel="triangular", errors="nn", selector=selector)


def _jump(left: Side, right: Side, widths: Bandwidths, errors: ThresholdErrors) -> Jump:
    found = threshold(left, right, order=1, kernel="triangular", errors=errors, widths=widths)
    return found.effect


def density(worlds: int, seed: int) -> Iterator[str]:
    """Yield the share of worlds without sorting in which the density test says p ≤ 5 %."""
    yield "| loi de la variable | n | p ≤ 5 % | p ≤ 10 % |"
    yield "|---" * 4 + "|"
    laws: dict[str, Callable[[np.random.Generator, int], np.ndarray]] = {
        "normale, seuil au centre": lambda rng, n: rng.normal(0, 1, n),
        "normale, seuil à un écart-type": lambda rng, n: rng.normal(1, 1, n),
        "uniforme": lambda rng, n: rng.uniform(-1, 1, n),
        "log-normale (revenus)": lambda rng, n: rng.lognormal(0, 0.5, n) - 1,
    }
    for name, law in laws.items():
        for n in (300, 1000, 3000):
            rng = np.random.default_rng([seed, n])
            p = np.array([density_jump(law(rng, n)).p_value for _ in range(worlds)])
            yield f"| {name} | {n} | {(p <= 0.05).mean():.3f} | {(p <= 0.10).mean():.3f} |"


def offers(worlds: int, seed: int) -> Iterator[str]:
    """Yield the coverage of both intervals at 95 % when an offer changes participation a little."""
    yield "| n | part que l'offre fait entrer | F médian | deux étapes | Anderson et Rubin | sans borne |"
    yield "|---" * 6 + "|"
    for n in (100, 400):
        for taken in TAKEN_SHARES:
            rng = np.random.default_rng([seed, n, round(100 * taken)])
            hits, unbounded, strength = np.zeros(2), 0, []
            for _ in range(worlds):
                offer = rng.permutation(np.repeat([1.0, 0.0], n // 2))
                hidden = rng.normal(size=n)  # moves both participation and the outcome
                enters = (stats.norm.cdf(hidden) < 0.3 + taken * offer).astype(float)
                y = enters - 2 * hidden + rng.normal(size=n)
                try:
                    found = instrumented(y=y, takeup=enters, offer=offer, X=np.empty((n, 0)), errors="HC2")
                except EstimationError:  # the same share took part on both sides: everything is possible
                    hits += [0, 1]
                    unbounded += 1
                    strength.append(0.0)
                    continue
                t = abs(found.effect.value - 1) / found.effect.std_error
                hits += [t <= stats.t.isf(0.025, n - 2), found.anderson_rubin.p_value(1.0) >= 0.05]
                unbounded += found.anderson_rubin.shape() != "interval"
                strength.append(found.f_statistic)
            share = hits / worlds
            yield (
                f"| {n} | {taken:.2f} | {np.median(strength):.1f} | {share[0]:.3f} | {share[1]:.3f} "
                f"| {unbounded / worlds:.3f} |"
            )


if __name__ == "__main__":
    worlds = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    for table in (at_threshold, density, offers):
        for line in table(worlds, seed):
            print(line, flush=True)
        print()
