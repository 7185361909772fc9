"""Every estimator before every bad input: a clear error in both languages or a right answer, never a NaN."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

import numpy as np
import pandas as pd
import pytest

import impactkit as ik
from impactkit.errors import ImpactkitError

PEOPLE, PERIODS, ENTRY = 24, 17, 8


@cache
def sound():
    """Some people over some periods: a quarter enters at 8, a quarter at 9 (at 8 in ``one``)."""
    draw = np.random.default_rng(1)
    ids = np.arange(PEOPLE)
    entry = np.select([ids % 4 == 0, ids % 4 == 1], [ENTRY, ENTRY + 1], 0)
    frame = pd.DataFrame({"id": np.repeat(ids, PERIODS), "time": np.tile(np.arange(PERIODS), PEOPLE)})
    frame["entry"] = entry[frame["id"]]
    frame["one"] = np.where(frame["entry"] > 0, ENTRY, 0)
    frame["site"] = frame["id"] % 10
    frame["x"] = draw.normal(size=PEOPLE)[frame["id"]]
    frame["z"] = 2 * frame["x"]
    frame["w"] = 1.0
    exposed = (frame["entry"] > 0) & (frame["time"] >= frame["entry"])
    frame["y"] = draw.normal(size=PEOPLE)[frame["id"]] + draw.normal(size=len(frame)) + exposed
    return frame


def design_of(frame, entry="one", *, covariates=(), weight=None, cluster=None, **choices):
    cohort = ik.cohort_from_frame(
        frame,
        unit="id",
        period="time",
        entry=entry,
        outcomes=["y"],
        covariates=covariates,
        weight=weight,
        cluster=cluster,
    )
    return ik.declare_design(cohort, covariates=covariates, **choices)


def once(verb, **options):
    return lambda frame, **how: verb(design_of(frame, **how), **options)


def staggered(verb, **options):
    return lambda frame, **how: verb(design_of(frame, "entry", **how), **options)


def mixed(verb):
    """Eight territories are enough: each placebo is a mix of the others."""

    def run(frame, **how):
        return verb(design_of(frame[frame["id"].isin(np.sort(frame["id"].unique())[:8])], **how))

    return run


def drawn(frame, **how):
    return ik.compare_groups(design_of(frame, comparison="randomised", **how), adjust="lin")


def honest(frame, **how):
    return ik.honest_did(ik.event_study(design_of(frame, "entry", **how)), values=[0.0])


def alone(frame, **how):
    """The mean series of beneficiaries, less that of the others."""
    return ik.interrupted_series(design_of(frame, **how))


def series(frame, **_how):
    """The series of one person, by the frame's road."""
    rows = frame[frame["id"] == frame["id"].min()]
    return ik.interrupted_series(rows, outcome="y", period="time", start=ENTRY)


ESTIMATORS = {
    "before_after": once(ik.before_after),
    "before_after_trend": once(ik.before_after, trend=True),
    "compare_groups": once(ik.compare_groups),
    "compare_groups_lin": drawn,
    "ancova": once(ik.ancova),
    "change_score": once(ik.change_score),
    "did": once(ik.did),
    "did_cr3": once(ik.did, errors="CR3"),
    "did_wild": once(ik.did, errors="wild"),
    "did_by_entry": staggered(ik.did),
    "did_unbalanced": staggered(ik.did, panel="unbalanced"),
    "did_repeated": staggered(ik.did, panel="repeated", aggregate="dynamic"),
    "did_universal": staggered(ik.did, base="universal", aggregate="dynamic"),
    "did_ipw": staggered(ik.did, method="ipw"),
    "did_bootstrap": staggered(ik.did, errors="bootstrap", draws=100),
    "sun_abraham": staggered(ik.event_study),
    "imputation": staggered(ik.event_study, method="imputation"),
    "twfe": staggered(ik.event_study, method="twfe"),
    "goodman_bacon": staggered(ik.goodman_bacon),
    "honest_did": honest,
    "series_of_design": alone,
    "synthetic_control": mixed(ik.synthetic_control),
    "synthetic_did": mixed(ik.synthetic_did),
}
# They follow territories: one in an arm is their usual case, and clusters are not theirs.
TERRITORIES = ("series_of_design", "synthetic_control", "synthetic_did")
ALONE = ("before_after", "before_after_trend")


@dataclass(frozen=True)
class Bad:
    """How the sound rows are spoilt, which refusals are right, and who may still give an answer."""

    change: Callable[[pd.DataFrame], pd.DataFrame]
    keys: frozenset[str] = frozenset()
    answered_by: tuple[str, ...] = ()
    how: dict[str, object] = field(default_factory=dict)


def refused(change, *keys, answered_by=(), **how):
    return Bad(change, frozenset(keys), tuple(answered_by), how)


def answered(change, **how):
    return Bad(change, answered_by=tuple(ESTIMATORS), how=how)


def entering(when):
    def change(frame):
        enters = frame["entry"] > 0
        return frame.assign(entry=np.where(enters, when, 0), one=np.where(enters, when, 0))

    return change


UNADJUSTED = (*ALONE, "compare_groups", "twfe", "goodman_bacon")
CELLS = tuple(name for name in ESTIMATORS if name.startswith("did_") and name not in ("did_cr3", "did_wild"))
BAD = {
    "one person treated": refused(
        lambda f: f[(f["one"] == 0) | (f["id"] == 0)],
        "estimators.error.too_few_treated",
        answered_by=TERRITORIES,
    ),
    "one person compared": refused(
        lambda f: f[(f["one"] > 0) | (f["id"] == 2)],
        "estimators.error.too_few_comparison",
        "estimators.error.too_few_donors",
        answered_by=(*ALONE, "series_of_design"),
    ),
    "one person": refused(
        lambda f: f[f["id"] == 0],
        "estimators.error.too_few_treated",
        "estimators.error.no_comparison",
        "design.error.nobody_compared",
        answered_by=("series_of_design",),
    ),
    "a wave missing": Bad(
        lambda f: f[f["time"] != 3],
        keys=frozenset({"estimators.error.series_gap"}),
        answered_by=tuple(name for name in ESTIMATORS if name != "series_of_design"),
    ),
    "the last wave without outcomes": refused(
        lambda f: f.assign(y=f["y"].where(f["time"] < PERIODS - 1)),
        "estimators.error.too_few_treated",
        "estimators.error.series_gap",
        "estimators.error.territory_gap",
        answered_by=(*CELLS, "sun_abraham", "imputation", "twfe", "goodman_bacon", "honest_did"),
    ),
    "no outcome at all": refused(
        lambda f: f.assign(y=np.nan),
        "estimators.error.too_few_treated",
        "estimators.error.no_baseline",
        "estimators.error.series_gap",
        "estimators.error.territory_gap",
    ),
    "entry after the last wave": refused(entering(PERIODS + 5), "design.error.nobody_enters"),
    "entry before the first wave": refused(
        entering(-3),
        "estimators.error.no_baseline",
        "estimators.error.no_comparison",
        "design.error.nobody_enters",
        "estimators.error.start_outside",
        "estimators.error.no_path_before",
        "estimators.error.nothing_to_adjust",
        "estimators.error.series_too_short",
        "estimators.error.too_few_donors",
        "estimators.error.too_few_treated",
        answered_by=("compare_groups",),
    ),
    "nobody enters": refused(entering(0), "design.error.nobody_enters"),
    "a constant outcome": refused(
        lambda f: f.assign(y=3.0), "estimators.error.no_variation", answered_by=("goodman_bacon",)
    ),
    "a person twice at a wave": refused(
        lambda f: pd.concat([f, f.iloc[[5]]]), "cohort.error.duplicate_unit_period"
    ),
    "perfect collinearity": refused(
        lambda f: f,
        "estimators.error.redundant_columns",
        answered_by=(*UNADJUSTED, *TERRITORIES),
        covariates=["x", "z"],
    ),
    "a constant covariate": refused(
        lambda f: f.assign(x=1.0),
        "estimators.error.redundant_columns",
        answered_by=(*UNADJUSTED, *TERRITORIES),
        covariates=["x"],
    ),
    "all treated at once": refused(
        lambda f: f.assign(one=ENTRY, entry=ENTRY),
        "estimators.error.no_comparison",
        "design.error.nobody_compared",
        answered_by=(*ALONE, "series_of_design"),
    ),
    "all treated, by and by": refused(
        lambda f: f.assign(one=ENTRY, entry=np.where(f["id"] % 2, ENTRY, ENTRY + 1)),
        "estimators.error.no_comparison",
        "design.error.nobody_compared",
        "design.error.several_entries",
        answered_by=(*ALONE, "series_of_design"),
    ),
    "a weight of zero": refused(
        lambda f: f.assign(w=np.where(f["id"] == 3, 0.0, 1.0)), "cohort.error.weight_not_positive", weight="w"
    ),
    "a negative weight": refused(
        lambda f: f.assign(w=np.where(f["id"] == 3, -1.0, 1.0)),
        "cohort.error.weight_not_positive",
        weight="w",
    ),
    "a weight that is not known": refused(
        lambda f: f.assign(w=f["w"].where(f["id"] != 3)), "cohort.error.weight_not_positive", weight="w"
    ),
    "an infinite outcome": refused(
        lambda f: f.assign(y=f["y"].where(f["time"] != 2, np.inf)), "cohort.error.outcome_not_number"
    ),
    "an outcome out of all proportion": refused(
        lambda f: f.assign(y=f["y"].where(f["time"] != 2, 1e200)), "cohort.error.outcome_not_number"
    ),
    "an outcome in words": refused(
        lambda f: f.assign(y=f["y"].astype(str).where(f["id"] != 3, "un peu")),
        "cohort.error.outcome_not_number",
    ),
    "no row": refused(lambda f: f.iloc[:0], "design.error.nobody_enters"),
    "one wave": refused(lambda f: f[f["time"] == 0], "design.error.nobody_enters"),
    "one site for all": refused(
        lambda f: f.assign(site=1),
        "estimators.error.one_cluster_treated",
        answered_by=TERRITORIES,
        cluster="site",
    ),
    "a site for each arm": refused(
        lambda f: f.assign(site=(f["one"] > 0).astype(int)),
        "estimators.error.one_cluster_treated",
        answered_by=TERRITORIES,
        cluster="site",
    ),
    "a site that is not known": refused(
        lambda f: f.assign(site=f["site"].where(f["id"] != 3).astype(float)),
        "estimators.error.cluster_unknown",
        answered_by=(*ALONE, *TERRITORIES),
        cluster="site",
    ),
    "outcomes of a billion": answered(lambda f: f.assign(y=1e9 * f["y"])),
    "outcomes of a billionth": answered(lambda f: f.assign(y=1e-9 * f["y"])),
    "outcomes around a billion": answered(lambda f: f.assign(y=f["y"] + 1e9)),
    "ids in words": answered(lambda f: f.assign(id=f["id"].map(lambda i: f"p-{i:02d} é"))),
    "rows in disorder": answered(lambda f: f.sample(frac=1, random_state=2)),
}


@cache
def answer_to_sound_rows(estimator):
    return ESTIMATORS[estimator](sound())


def numbers_of(found):
    if isinstance(found, pd.DataFrame):
        columns = [name for name in found.columns if name not in ("type", "control", "treated")]
        return found[columns].to_numpy(dtype=float)
    return found.tidy().drop(columns=["term", "event_time"]).to_numpy(dtype=float)


def run(estimator, bad):
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a warning of numpy is an answer that nobody wrote
        return ESTIMATORS[estimator](bad.change(sound()), **bad.how)


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize("name", BAD)
def test_one_clear_error_or_a_right_answer(name, estimator):
    bad = BAD[name]
    if estimator not in bad.answered_by:
        with pytest.raises(ImpactkitError) as error:
            run(estimator, bad)
        assert error.value.message.key in bad.keys
        for language in ("fr", "en"):
            said = error.value.message.text(language)
            assert said.endswith(".")
            assert "nan" not in said.split()
        return
    found = run(estimator, bad)
    assert np.isfinite(numbers_of(found)).all()
    if not isinstance(found, pd.DataFrame):
        stated = found.alternatives.drop(columns="method").notna().any(axis=1)
        assert stated.all()
        ends = np.array([item.low for item in found.companions if item.low is not None], dtype=float)
        assert not np.isnan(ends).any()


TABLES = ("goodman_bacon", "honest_did")
UNITS = {
    "outcomes of a billion": 1e9,
    "outcomes of a billionth": 1e-9,
    "outcomes around a billion": 1.0,
    "ids in words": 1.0,
    "rows in disorder": 1.0,
}


@pytest.mark.parametrize("estimator", [name for name in ESTIMATORS if name not in TABLES])
@pytest.mark.parametrize("name", UNITS)
def test_the_answer_is_that_of_the_sound_rows(name, estimator):
    """In its unit; around a billion, six digits of the outcomes are left."""
    plain = answer_to_sound_rows(estimator).effect
    effect = run(estimator, BAD[name]).effect
    rel = 2e-3 if name == "outcomes around a billion" else 1e-6
    assert effect.value == pytest.approx(UNITS[name] * plain.value, rel=rel)
    if estimator != "did_bootstrap" or name != "rows in disorder":
        assert effect.std_error == pytest.approx(UNITS[name] * plain.std_error, rel=rel)


def test_a_series_of_one_person_by_the_frame():
    """The road of `interrupted_series` that takes a frame is tested in test_series_frame; here, it runs."""
    assert np.isfinite(numbers_of(series(sound()))).all()


def test_a_constant_outcome_is_decomposed_into_zeros():
    found = run("goodman_bacon", BAD["a constant outcome"])
    assert (found["estimate"] == 0).all()
    assert found["weight"].sum() == pytest.approx(1)


def test_an_outcome_that_does_not_change_leaves_rounding_and_no_error():
    still = Bad(lambda f: f.assign(y=f["x"]))
    for estimator in ("sun_abraham", "imputation", "twfe"):
        with pytest.raises(ImpactkitError) as error:
            run(estimator, still)
        assert error.value.message.key == "estimators.error.no_variation"


def test_a_period_at_which_nothing_varies_is_left_out_of_the_path():
    frame = sound()
    frame = frame.assign(y=frame["y"].where(frame["time"] > ENTRY, 1.0))
    found = ik.did(design_of(frame, "one"), aggregate="calendar", base="universal")
    assert [effect.period for effect in found.path] == list(range(ENTRY + 1, PERIODS))
    assert np.isfinite(found.tidy()[["std_error", "p_value"]].to_numpy()).all()
    assert "estimators.note.effects_without_variation" in [note.key for note in found.notes]
    assert found.cells.loc[found.cells["period"] == ENTRY, "std_error"].isna().all()


def test_a_window_of_one_period_is_named():
    with pytest.raises(ValueError, match="two periods"):
        design_of(sound(), "entry", window=(3,))
