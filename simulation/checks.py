"""How often each check of another explanation answers what, when that explanation holds and when it does not.

    python simulation/checks.py [worlds] [seed]

False alarms are counted over ten times as many worlds as the other answers.
Prints tables in Markdown. A run is kept in ``docs/validation/checks.md``.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

import impactkit as ik
from impactkit.estimators.result import Estimate
from impactkit.evidence.checks.anticipation import anticipation
from impactkit.evidence.checks.placebo_date import placebo_date
from impactkit.evidence.checks.placebo_outcome import placebo_outcome
from impactkit.evidence.checks.pre_trends import pre_trends
from impactkit.evidence.checks.regression_to_mean import regression_to_mean

WAVES = (-18, -12, -6, 0, 6)
SIZES = (50, 200, 800)
ANSWERS = ("ok", "caution", "fail", "not_run")
# What is measured is 0.5 in every world, of which the action makes a part; people differ by 1, and each
# measure of one person by 0.5 more.
MEASURED, BETWEEN, WITHIN = 0.5, 1.0, 0.5


@dataclass(frozen=True)
class World:
    """What the action does, and what else sets beneficiaries apart."""

    told: str
    effect: float = MEASURED
    slope: float = 0.0  # by which the groups draw apart from one measure to the next
    moved: Mapping[int, float] = field(default_factory=dict)  # what else moves beneficiaries, by time


WORLDS = (
    World("rien d'autre que l'action"),
    World("divergence régulière, la moitié de l'effet", effect=MEASURED / 2, slope=MEASURED / 2),
    World("divergence régulière, tout l'effet", effect=0.0, slope=MEASURED),
    World("autre chose 12 mois plus tôt, autant", moved=dict.fromkeys((-6, 0, 6), MEASURED)),
    World("creux juste avant l'entrée, tout l'effet", effect=0.0, moved={0: -MEASURED}),
    World("changement dès l'annonce, la moitié", effect=MEASURED, moved={0: MEASURED / 2}),
)


def people(rng: np.random.Generator, n: int, world: World, *, moved_placebo: float = 0.0) -> pd.DataFrame:
    """Draw two groups of ``n``: a level of their own, a common course, and what the world adds."""
    frames = []
    for treated in (1, 0):
        level, other = rng.normal(0, BETWEEN, n), rng.normal(0, BETWEEN, n)
        for step, wave in enumerate(WAVES):
            added = world.effect * (wave > 0) + world.slope * step + world.moved.get(wave, 0.0)
            frames.append(
                pd.DataFrame(
                    {
                        "id": np.arange(n) + n * treated,
                        "wave": wave,
                        "arm": "beneficiary" if treated else "waiting_list",
                        "entry": 6 if treated else np.inf,
                        "y": level + 0.2 * step + rng.normal(0, WITHIN, n) + treated * added,
                        "z": other + rng.normal(0, WITHIN, n) + treated * moved_placebo * (wave > 0),
                    }
                )
            )
    return pd.concat(frames, ignore_index=True)


def estimate_of(frame: pd.DataFrame, *, placebo: bool = False, cluster: str | None = None) -> Estimate:
    """Estimate the effect on ``y``; ``z`` is out of the action's reach."""
    outcomes = ["y", "z"] if placebo else ["y"]
    cohort = ik.cohort_from_frame(
        frame, unit="id", period="wave", arm="arm", entry="entry", outcomes=outcomes, cluster=cluster
    )
    return ik.did(
        ik.declare_design(
            cohort, comparison="waiting_list", window=(0, 6), placebo_outcomes=["z"] if placebo else None
        )
    )


def shares(answers: list[str]) -> str:
    """Return the share of each answer, in percent."""
    return " / ".join(f"{100 * answers.count(answer) / len(answers):.0f}" for answer in ANSWERS)


def heading(*names: str) -> Iterator[str]:
    """Yield the first two lines of a table."""
    yield f"| {' | '.join(names)} |"
    yield "|---" * len(names) + "|"


def alarms(n_worlds: int, seed: int) -> Iterator[str]:
    """Count false alarms when nothing else than the action happens; sites share each measure."""
    names = ("évolutions avant", "date plus ancienne", "juste avant", "ce que l'action ne peut pas changer")
    yield from heading("personnes par groupe", "structures par groupe", *names)
    for n, sites in ((30, 0), (100, 0), (100, 6), (100, 20)):
        counts = np.zeros(4)
        for i in range(10 * n_worlds):
            rng = np.random.default_rng([seed, n, sites, i])
            frame = people(rng, n, WORLDS[0])
            if sites:
                frame["site"] = frame["id"] % sites + sites * (frame["arm"] == "beneficiary")
                shared = rng.normal(0, WITHIN, (2, 2 * sites, len(WAVES)))
                at = frame["site"].to_numpy(), np.searchsorted(WAVES, frame["wave"])
                frame["y"] += shared[0][at]
                frame["z"] += shared[1][at]
            estimate = estimate_of(frame, placebo=True, cluster="site" if sites else None)
            counts += [
                pre_trends(estimate).status == "fail",
                placebo_date(estimate).status == "fail",
                anticipation(estimate).status == "caution",
                placebo_outcome(estimate).status == "fail",
            ]
        cells = " | ".join(f"{share:.3f}" for share in counts / (10 * n_worlds))
        yield f"| {n} | {sites or 'aucune'} | {cells} |"


def trends(n_worlds: int, seed: int) -> Iterator[str]:
    """Answer the checks of the time before, and the verdict, in each world."""
    asked = ("pre_trends", "placebo_date", "anticipation", "honest_trends")
    names = ("évolutions avant", "date plus ancienne", "juste avant", "après l'entrée")
    yield from heading("ce qui se passe", "personnes par groupe", *names, "imputable ou probable (%)")
    for world in WORLDS:
        for n in SIZES:
            answers: list[list[str]] = [[] for _ in asked]
            attributed = 0
            for i in range(n_worlds):
                estimate = estimate_of(people(np.random.default_rng([seed, n, i]), n, world))
                evidence = ik.assess(estimate)
                attributed += evidence.attribution in ("attributable", "probably_attributable")
                by_key = {check.key: check.status for check in evidence.checks}
                for found, key in zip(answers, asked, strict=True):
                    if key in by_key:
                        found.append(by_key[key])
            cells = " | ".join(shares(found) for found in answers)
            yield f"| {world.told} | {n} | {cells} | {100 * attributed / n_worlds:.0f} |"


def placebos(n_worlds: int, seed: int) -> Iterator[str]:
    """Answer the check of an outcome out of reach, moved or not."""
    yield from heading("faux effet sur l'autre variable", "personnes par groupe", "réponses")
    for moved in (0.0, MEASURED / 2, MEASURED):
        for n in SIZES:
            found = []
            for i in range(n_worlds):
                frame = people(np.random.default_rng([seed, n, i]), n, WORLDS[0], moved_placebo=moved)
                found.append(placebo_outcome(estimate_of(frame, placebo=True)).status)
            yield f"| {moved} | {n} | {shares(found)} |"


def series(n_worlds: int, seed: int) -> Iterator[str]:
    """Answer the check of earlier dates for one territory followed every month."""
    yield from heading("rupture au milieu du temps d'avant", "mois avant", "réponses")
    for broken in (0.0, 2.0):
        for before in (20, 40, 60):
            found = []
            for i in range(n_worlds):
                rng, months = np.random.default_rng([seed, before, i]), np.arange(before + 12)
                errors = rng.normal(0, 0.5, len(months))
                for t in months[1:]:
                    errors[t] += 0.3 * errors[t - 1]
                y = 20 + 0.1 * months + errors + 2.0 * (months >= before) + broken * (months >= before // 2)
                frame = pd.DataFrame({"id": "T", "wave": months, "entry": before, "y": y})
                cohort = ik.cohort_from_frame(frame, unit="id", period="wave", entry="entry", outcomes=["y"])
                estimate = ik.interrupted_series(ik.declare_design(cohort, comparison="none"))
                found.append(placebo_date(estimate).status)
            yield f"| {broken} | {before} | {shares(found)} |"


def returns(n_worlds: int, seed: int) -> Iterator[str]:
    """Tell how much of a change of the same people comes by itself, when the worst off enter."""
    names = ("changement moyen", "revenu de lui-même", "annoncé", "fois où il est annoncé")
    yield from heading("qui entre", "personnes", *names)
    for told, worst, effect in (
        ("tout le monde", False, MEASURED),
        ("ceux que la dernière mesure dit au plus mal, sans effet", True, 0.0),
        ("ceux que la dernière mesure dit au plus mal, avec effet", True, MEASURED),
    ):
        for n in SIZES[:2]:
            changes, expected = [], []
            for i in range(n_worlds):
                rng = np.random.default_rng([seed, n, i])
                level = rng.normal(0, BETWEEN, 3 * n)
                y = level[:, None] + rng.normal(0, BETWEEN, (3 * n, 3))
                chosen = np.argsort(y[:, 1])[:n] if worst else np.arange(n)
                y = y[chosen] + np.array([0.0, 0.0, effect])
                frame = pd.DataFrame(
                    {"id": np.repeat(np.arange(n), 3), "wave": np.tile([-6, 0, 6], n), "y": y.ravel()}
                ).assign(entry=6)
                cohort = ik.cohort_from_frame(frame, unit="id", period="wave", entry="entry", outcomes=["y"])
                estimate = ik.before_after(ik.declare_design(cohort, comparison="none", window=(0, 6)))
                check = regression_to_mean(estimate)
                changes.append(estimate.effect.value)
                if check.reason.key.endswith("expected_number"):
                    expected.append(check.reason.params["amount"].value)
            change = float(np.mean(changes))
            size = f"{np.mean(expected):.2f}" if expected else "—"
            cells = f"{change:.2f} | {change - effect:.2f} | {size} | {100 * len(expected) / n_worlds:.0f} %"
            yield f"| {told} | {n} | {cells} |"


def main() -> None:
    """Print every table."""
    n_worlds = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    for title, table in {
        "Fausses alertes": alarms,
        "Avant l'entrée": trends,
        "Ce que l'action ne peut pas changer": placebos,
        "Une série": series,
        "Un groupe seul": returns,
    }.items():
        print(f"\n## {title}\n")
        for line in table(n_worlds, seed):
            print(line, flush=True)


if __name__ == "__main__":
    main()
