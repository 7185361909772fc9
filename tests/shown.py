"""One value of each kind that a notebook may show, made from the samples."""

from __future__ import annotations

import datetime as dt
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

import impactkit as ik
from impactkit.batch import BatchResult
from impactkit.teaching import check_answer, compare_scenes, open_session, play

NAMES = (
    "study", "cohort", "design", "protected", "estimate", "evidence", "page", "advice", "choice", "weighted",
    "baseline", "bounds", "subgroups", "curve", "pooled", "sample_size", "form", "midterm", "batch", "scene",
    "scenes", "answer", "opened",
)  # fmt: skip


@cache
def values() -> dict[str, Any]:
    """Return values by name."""
    study = ik.read_study(ik.sample("insertion_emploi"))
    cohort = ik.build_cohort(study, action="parcours_mobilite")
    design = ik.declare_design(cohort)
    evidence = ik.assess(ik.estimate(design))
    drawn = ik.declare_design(ik.build_cohort(ik.read_study(ik.sample("nsw")), action="experience"))
    effects = pd.DataFrame({"estimate": [0.10, 0.02, 0.07, 0.05], "std_error": [0.03, 0.02, 0.05, 0.04]})
    contract = ik.read_study(ik.sample("insertion_emploi_cls"))
    scene = play("two_groups", {"people": 60})
    opened = open_session(3, lang="fr")
    ik.set_language(None)  # opening a session chooses the language of all that follows
    return {
        "study": study,
        "cohort": cohort,
        "design": design,
        "protected": evidence.estimate,
        "estimate": ik.compare_groups(drawn),
        "evidence": evidence,
        "page": ik.page(evidence, lang="fr"),
        "advice": ik.advise(cohort),
        "choice": ik.choose(study, on=dt.date(2026, 6, 1)),
        "weighted": ik.weight(drawn, method="entropy"),
        "baseline": ik.baseline_table(drawn),
        "bounds": ik.bounds(drawn),
        "subgroups": ik.subgroups(drawn, by="marr"),
        "curve": ik.specification_curve(drawn),
        "pooled": ik.pool(effects),
        "sample_size": ik.sample_size(0.10, share=0.30),
        "form": ik.fill_form(study, evidence),
        "midterm": ik.midterm_report(contract, on=dt.date(2026, 6, 1)),
        "batch": BatchResult(out=Path("resultats"), index=Path("resultats/index.html"), rows=()),
        "scene": scene,
        "scenes": compare_scenes([scene], by=["people"]),
        "answer": check_answer("1.2", "a"),
        "opened": opened,
    }
