"""Nothing that a value shows of itself, and nothing in a record, holds the size of a planted small group."""

import re

import numpy as np
import pandas as pd
import pytest

import impactkit as ik

SMALL = 7
ALONE = re.compile(rf"(?<![\w.,#-]){SMALL}(?![\w.,%-])")


def shown(value: object) -> str:
    """Return all that a value shows of itself, to a console and to a notebook."""
    if isinstance(value, pd.DataFrame):
        return value.to_csv(index=False)  # whole, without the numbers of its rows
    html = getattr(value, "_repr_html_", None)
    return repr(value) + (html() if html is not None else "")


@pytest.fixture(scope="module")
def made() -> dict[str, object]:
    """A study of 60 people helped, of whom 7 are lost after, and 83 others, of whom 7 are of one sex."""
    rng = np.random.default_rng(5)
    n = 143
    helped = (np.arange(n) < 60).astype(int)
    frame = pd.DataFrame(
        {
            "person": [f"p{i}" for i in range(n)],
            "helped": helped,
            "y": 100.0 + rng.normal(0, 15, n) + 9 * helped,
            "woman": np.where(np.arange(n) < 60, np.arange(n) % 2, (np.arange(n) >= n - SMALL)).astype(int),
            "site": np.where(np.arange(n) % 20 == 3, "petit", "grand"),
        }
    )
    frame.loc[: SMALL - 1, "y"] = np.nan
    cohort = ik.cohort_from_frame(
        frame, unit="person", outcomes=["y"], arm="helped", covariates=["woman", "site"]
    )
    design = ik.declare_design(cohort, covariates=["woman", "site"], comparison="waiting_list")
    estimate = ik.compare_groups(design)
    evidence = ik.assess(estimate)
    return {
        "cohort": cohort,
        "design": design,
        "estimate": estimate,
        "evidence": evidence,
        "flow": cohort.flow(),
        "attrition": cohort.attrition(),
        "by_characteristic": cohort.attrition_by_characteristic(),
        "missing": cohort.missing(),
        "publics": cohort.publics().drop(columns="definition"),
        "record": evidence.record.model_dump_json(indent=1, exclude={"provenance"}),
        "advice": ik.advise(cohort),
    }


@pytest.mark.parametrize(
    "name",
    [
        "cohort",
        "design",
        "estimate",
        "evidence",
        "flow",
        "attrition",
        "by_characteristic",
        "missing",
        "publics",
        "record",
        "advice",
    ],
)
def test_no_value_shows_the_small_group(made, name):
    text = re.sub(r"<svg.*?</svg>|<style.*?</style>|d=\"[^\"]*\"", "", shown(made[name]), flags=re.DOTALL)
    found = [text[max(0, m.start() - 60) : m.end() + 30] for m in ALONE.finditer(text)]
    assert found == []


def test_the_record_holds_no_count_below_eleven_but_none_at_all(made):
    record = made["evidence"].record
    counts = [box.n for box in record.flow] + [box.lost for box in record.flow]
    counts += [mean.n for mean in record.means] + [record.n_treated, record.n_comparison]
    assert all(n is None or n == 0 or n >= 11 for n in counts)
    assert any(n is None for n in counts)
