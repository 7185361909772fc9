"""How often each check of what could overturn a conclusion gives each answer.

    python simulation/sensitivity.py [worlds] [seed]

Prints a table in Markdown. The truth of each world is known. Outcomes have a standard deviation of about 1.
A check is asked when something is concluded: the first figure is the share of worlds where it is, the others
are shares of these. A run is kept in ``docs/validation/sensitivity.md``.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable

import numpy as np
import pandas as pd

import impactkit as ik
from impactkit.evidence.checks.confounding import confounding
from impactkit.evidence.checks.influence import influence
from impactkit.evidence.checks.leave_one_cluster_out import leave_one_cluster_out
from impactkit.evidence.checks.missing_bounds import missing_bounds
from impactkit.evidence.checks.specification import specification
from impactkit.evidence.claim import claim_of
from impactkit.evidence.questions import QUESTIONS

SIZES = (60, 200, 800)  # per group
STATUSES = ("ok", "caution", "fail", "not_run")


def chosen(n: int, rng: np.random.Generator, *, effect: float, hidden: float) -> ik.Estimate:
    """Return a comparison adjusted on x; a factor ``hidden`` times as strong as x is not observed."""
    x, other, u = rng.normal(size=(3, 2 * n))
    helped = (0.4 * x + 0.4 * hidden * u + rng.normal(size=2 * n) > 0).astype(int)
    y = effect * helped + 0.4 * x + 0.4 * hidden * u + 0.2 * other + 0.8 * rng.normal(size=2 * n)
    frame = pd.DataFrame({"id": range(2 * n), "arm": helped, "x": x, "other": other, "y": y})
    names = ["x", "other"]
    cohort = ik.cohort_from_frame(frame, unit="id", arm="arm", outcomes=["y"], covariates=names)
    return ik.compare_groups(
        ik.declare_design(cohort, covariates=names, comparison="waiting_list"), adjust="lin"
    )


def two_waves(
    n: int,
    rng: np.random.Generator,
    *,
    effect: float,
    gap: float = 0.0,
    keep: float = 0.6,
    lost: tuple[float, float] = (0.0, 0.0),
    by_outcome: bool = False,
    tail: str = "normal",
    giants: int = 0,
    lucky_site: float = 0.0,
    sites: int = 0,
    by_person: bool = False,
) -> ik.Estimate:
    """Return a difference in differences.

    ``gap`` sets beneficiaries apart before, of which ``keep`` remains; a share ``lost`` of each group is not
    seen after, at random or the worst of them; ``giants`` beneficiaries gain 15; the beneficiaries of one of
    the ``sites`` gain ``lucky_site``; errors allow for sites unless ``by_person``.
    """
    helped = np.arange(2 * n) % 2
    noise = {
        "normal": lambda: rng.normal(size=2 * n),
        "skewed": lambda: rng.lognormal(size=2 * n) / 2.16,
        "heavy": lambda: rng.standard_t(3, size=2 * n) / 1.73,
    }[tail]
    before = gap * helped + rng.normal(size=2 * n)
    after = keep * before + effect * helped + np.sqrt(1 - keep**2) * noise()
    x = rng.normal(size=2 * n)
    after[1 : 1 + 2 * giants : 2] += 15
    frame = pd.DataFrame({"id": np.tile(np.arange(2 * n), 2), "wave": np.repeat([0, 6], 2 * n)})
    frame["arm"] = np.tile(np.where(helped == 1, "beneficiary", "waiting_list"), 2)
    frame["entry"] = np.where(frame["arm"] == "beneficiary", 6.0, np.inf)
    frame["x"] = np.tile(x, 2)
    if sites:
        site = np.arange(2 * n) % (2 * sites)
        after += 0.3 * rng.normal(size=2 * sites)[site] + lucky_site * (site == 1)
        frame["site"] = np.tile(site, 2)
    for arm, share in ((1, lost[0]), (0, lost[1])):
        group = np.flatnonzero(helped == arm)
        order = group[np.argsort(after[group])] if by_outcome else rng.permutation(group)
        after[order[: round(share * n)]] = np.nan
    frame["y"] = np.concatenate([before, after])
    cohort = ik.cohort_from_frame(
        frame, unit="id", period="wave", arm="arm", entry="entry", outcomes=["y"], covariates=["x"],
        cluster="site" if sites else None,
    )  # fmt: skip
    design = ik.declare_design(cohort, comparison="waiting_list", covariates=["x"])
    return ik.did(design, errors="HC2" if by_person else None)


World = Callable[[int, np.random.Generator], ik.Estimate]
SITUATIONS: tuple[tuple[Callable[[ik.Estimate], object], str, World], ...] = (
    (confounding, "effet 0,5, rien de caché", lambda n, rng: chosen(n, rng, effect=0.5, hidden=0)),
    (confounding, "effet 0,8, rien de caché", lambda n, rng: chosen(n, rng, effect=0.8, hidden=0)),
    (confounding, "sans effet, caché moitié moins fort", lambda n, rng: chosen(n, rng, effect=0, hidden=0.5)),
    (confounding, "sans effet, caché aussi fort", lambda n, rng: chosen(n, rng, effect=0, hidden=1)),
    (confounding, "sans effet, caché deux fois plus fort", lambda n, rng: chosen(n, rng, effect=0, hidden=2)),
    (
        missing_bounds,
        "effet 0,5, pertes 20 % et 15 %, au hasard",
        lambda n, rng: two_waves(n, rng, effect=0.5, lost=(0.20, 0.15)),
    ),
    (
        missing_bounds,
        "effet 0,5, pertes 30 % et 10 %, au hasard",
        lambda n, rng: two_waves(n, rng, effect=0.5, lost=(0.30, 0.10)),
    ),
    (
        missing_bounds,
        "sans effet, pertes des plus mal : 30 % et 0 %",
        lambda n, rng: two_waves(n, rng, effect=0, lost=(0.30, 0.0), by_outcome=True),
    ),
    (influence, "effet 0,4", lambda n, rng: two_waves(n, rng, effect=0.4)),
    (influence, "effet 0,4, loi dissymétrique", lambda n, rng: two_waves(n, rng, effect=0.4, tail="skewed")),
    (influence, "effet 0,4, queues lourdes", lambda n, rng: two_waves(n, rng, effect=0.4, tail="heavy")),
    (
        influence,
        "effet 0,15 et trois personnes à + 15",
        lambda n, rng: two_waves(n, rng, effect=0.15, giants=3),
    ),
    (
        leave_one_cluster_out,
        "effet 0,6, dix structures par groupe",
        lambda n, rng: two_waves(n, rng, effect=0.6, sites=10),
    ),
    (
        leave_one_cluster_out,
        "effet 0,1, une structure à + 2",
        lambda n, rng: two_waves(n, rng, effect=0.1, sites=10, lucky_site=2),
    ),
    (specification, "effet 0,4, groupes semblables", lambda n, rng: two_waves(n, rng, effect=0.4)),
    (
        specification,
        "effet 0,4, bénéficiaires 0,2 plus bas",
        lambda n, rng: two_waves(n, rng, effect=0.4, gap=-0.2),
    ),
    (
        specification,
        "sans effet, bénéficiaires 0,6 plus bas",
        lambda n, rng: two_waves(n, rng, effect=0, gap=-0.6),
    ),
    (
        leave_one_cluster_out,
        "effet 0,1, une structure à + 2, erreurs par personne",
        lambda n, rng: two_waves(n, rng, effect=0.1, sites=10, lucky_site=2, by_person=True),
    ),
)


def answer(ask: Callable[[ik.Estimate], object], estimate: ik.Estimate) -> str:
    """Return what the check answers, ``"none"`` when it is not asked."""
    question = next(question for question in QUESTIONS if question.ask is ask)
    if not claim_of(estimate).is_made:
        return "none"
    return str(ask(estimate).status) if question.arises(estimate) else "not_asked"  # type: ignore[attr-defined]


def main(worlds: int = 400, seed: int = 1) -> None:
    """Print the table."""
    print("| contrôle | monde | par groupe | on conclut |", " | ".join(STATUSES), "|")
    print("|---|---|---|---|" + "---|" * len(STATUSES))
    for i, (ask, name, world) in enumerate(SITUATIONS):
        for n in SIZES:
            rng = np.random.default_rng([seed, i, n])
            found = Counter(answer(ask, world(n, rng)) for _ in range(worlds))
            asked = worlds - found["none"]
            shares = " | ".join(f"{100 * found[status] / max(asked, 1):.1f} %" for status in STATUSES)
            label = ask.__name__
            print(f"| {label} | {name} | {n} | {100 * asked / worlds:.1f} % | {shares} |", flush=True)


if __name__ == "__main__":
    main(*(int(value) for value in sys.argv[1:]))
