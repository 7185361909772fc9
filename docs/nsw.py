"""Write docs/validation/nsw.md: what each method finds where the truth is known.

    python docs/nsw.py            # write the page
    python docs/nsw.py --check    # fail when the page is not what the code gives

The National Supported Work experiment gives the effect of an insertion programme on earnings in 1978. Its
beneficiaries are then compared with people of two surveys (CPS-1, PSID-1), as if there had been no draw, by
each method of impactkit (LaLonde 1986; Dehejia & Wahba 1999).
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd

import impactkit as ik
from impactkit.estimators import Effect
from impactkit.text.numbers import number

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "validation" / "nsw.md"
NSW = ROOT / "sample_data" / "nsw" / "data"
START, END = "<!-- table -->", "<!-- /table -->"
COVARIATES = ("age", "educ", "black", "hisp", "marr", "nodegree", "re74", "re75")

METHODS: dict[str, Callable[[ik.Design], ik.Estimate]] = {
    "différence des moyennes": ik.compare_groups,
    "régression (une pente)": lambda design: ik.compare_groups(design, adjust="ancova"),
    "régression de Lin (pentes par groupe)": lambda design: ik.compare_groups(design, adjust="lin"),
    "pondération par le score (logit)": lambda design: ik.compare_groups(ik.weight(design)),
    "équilibre par entropie": lambda design: ik.compare_groups(ik.weight(design, method="entropy")),
    "équilibre par entropie, à 0,1 écart-type près": lambda design: ik.compare_groups(
        ik.weight(design, method="entropy", tolerance=0.1)
    ),
    "équilibre par entropie, carrés compris": lambda design: ik.compare_groups(
        ik.weight(design, method="entropy", moments=2)
    ),
    "doublement robuste": ik.doubly_robust,
    "appariement par le score, écart 0,2": lambda design: ik.compare_groups(ik.match(design, caliper=0.2)),
    "appariement de Mahalanobis, écart 0,25 de score": lambda design: ik.compare_groups(
        ik.match(design, distance="mahalanobis", caliper=0.25)
    ),
    "paires optimales": lambda design: ik.compare_groups(ik.match(design, method="optimal")),
    "appariement complet": lambda design: ik.compare_groups(ik.match(design, method="full")),
    "sous-classes du score": lambda design: ik.compare_groups(ik.match(design, method="subclass")),
    "coarsened exact": lambda design: ik.compare_groups(ik.match(design, method="coarsened")),
}


def design_of(frame: pd.DataFrame) -> ik.Design:
    """Return the design of a table of people: the effect on beneficiaries, eight characteristics."""
    frame = frame.reset_index(drop=True).assign(person=range(len(frame)))
    cohort = ik.cohort_from_frame(
        frame, unit="person", arm="treat", outcomes=["re78"], covariates=list(COVARIATES)
    )
    return ik.declare_design(cohort, covariates=list(COVARIATES))


def pools() -> dict[str, pd.DataFrame]:
    """Return the beneficiaries of the experiment with the people of each survey."""
    experiment = pd.read_csv(NSW / "nsw_dw.csv")
    helped = experiment[experiment["treat"] == 1]
    psid = pd.read_csv(ROOT / "tests" / "reference" / "lalonde_psid.csv")
    psid = psid.rename(columns={"education": "educ", "hispanic": "hisp", "married": "marr"})
    return {
        "CPS-1": pd.concat([helped, pd.read_csv(NSW / "cps1.csv")]),
        "PSID-1": pd.concat([helped, psid[psid["treat"] == 0]]),
    }


def table() -> str:
    """Return the results, as a Markdown table."""
    truth = ik.compare_groups(design_of(pd.read_csv(NSW / "nsw_dw.csv"))).effect
    designs = {pool: design_of(frame) for pool, frame in pools().items()}
    head = " | ".join(f"{pool} | écart à l'expérience" for pool in designs)
    lines = [f"| méthode | {head} |", "|---" * (1 + 2 * len(designs)) + "|"]
    lines.append(f"| l'expérience | {_cell(truth)} | | {_cell(truth)} | |")
    for name, estimate in METHODS.items():
        cells = []
        for design in designs.values():
            effect = estimate(design).effect
            cells += [_cell(effect), number(effect.value - truth.value, "fr", sign=True)]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    worth = [
        number(ik.weight(design, method="entropy").comparable.settings["effective_comparison"], "fr")
        for design in designs.values()
    ]
    lines.append(f"| *comparés, en personnes de même poids (entropie)* | {worth[0]} | | {worth[1]} | |")
    return "\n".join(lines)


def page() -> str:
    """Return the page with its table made anew."""
    before, rest = PAGE.read_text(encoding="utf-8").split(START)
    return f"{before}{START}\n{table()}\n{END}{rest.split(END)[1]}"


def _cell(effect: Effect) -> str:
    return f"{number(effect.value, 'fr')} ({number(effect.std_error, 'fr')})"


def main() -> None:
    """Write or check the page."""
    made = page()
    if "--check" not in sys.argv[1:]:
        PAGE.write_text(made, encoding="utf-8")
    elif PAGE.read_text(encoding="utf-8") != made:
        sys.exit("docs/validation/nsw.md is not what the code gives: run python docs/nsw.py")


if __name__ == "__main__":
    main()
