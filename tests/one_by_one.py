"""The road from the rows of one action to its estimate, for the tests that hold many against one by one."""

import numpy as np
import pandas as pd

import impactkit as ik
from impactkit.errors import SentenceError
from impactkit.estimators.result import StudentT


def design_of(
    rows, *, unit="id", outcome="y", period=None, treated=None, covariates=(), cluster=None, weight=None,
    comparison="never_treated", estimand="ATT",
):  # fmt: skip
    cohort = ik.cohort_from_frame(
        rows,
        unit=unit,
        outcomes=[outcome],
        period=period,
        arm=treated,
        covariates=covariates,
        cluster=cluster,
        weight=weight,
    )
    return ik.declare_design(cohort, comparison=comparison, estimand=estimand, covariates=covariates)


def estimate_of(rows, *, method, adjust=None, comparison="never_treated", **columns):
    """CR2 is asked for by name: it is what rows of many carry."""
    clustered = columns.get("cluster") is not None
    if method == "before_after":
        return ik.before_after(design_of(rows, comparison="none", **columns))
    design = design_of(rows, comparison=comparison, **columns)
    if method == "did":
        return ik.did(design, errors="CR2")
    return ik.compare_groups(design, adjust=adjust, errors="CR2" if clustered else "HC2")


def one_by_one(frame, *, by="action", level=0.95, **choices):
    """Return the numbers of `estimate_many` that an estimate holds, from one call per action."""
    found = []
    for action, rows in frame.groupby(by, sort=True):
        try:
            estimate = estimate_of(rows, **choices)
        except SentenceError as error:
            found.append({by: action, "reason": error.message.key, "explanation": error.message.text()})
            continue
        effect = estimate.effect
        entered = {step.arm: step.n for step in estimate.counts if step.key == "entered"}
        row = {
            by: action,
            "term": effect.term,
            "estimate": effect.value,
            "std_error": effect.std_error,
            "df": effect.df,
            "n_treated": effect.n_treated,
            "n_comparison": effect.n_comparison,
            "entered_treated": entered["treated"],
            "entered_comparison": entered.get("comparison", 0),
            "reason": None,
            "explanation": None,
        }
        if isinstance(effect.reference, StudentT):
            low, high = effect.interval(level)
            row |= {"p_value": effect.p_value, "conf_low": low, "conf_high": high}
        row |= {f"mean_{item.time}_{item.group}": item.mean for item in estimate.means}
        found.append(row)
    return pd.DataFrame(found)


def assert_same(many, single, *, rel=1e-10):
    """Hold every number that the single estimates have against the rows of many."""
    assert len(many) == len(single)
    for name in single.columns:
        theirs, mine = single[name], many[name]
        if name in ("action", "reason", "explanation", "term"):
            known = theirs.notna() if name == "term" else slice(None)
            assert mine[known].fillna("").tolist() == theirs[known].fillna("").tolist(), name
        else:
            known = theirs.notna()
            wanted, found = (table.loc[known, name].to_numpy(dtype=float) for table in (single, many))
            size = np.maximum(np.abs(wanted), single.loc[known, "std_error"].to_numpy(dtype=float))
            if name.startswith("conf_"):
                # Near one degree of freedom a quantile moves 1.6 times as much as the degrees do, relatively:
                # an end is as well known as its distance to the estimate lets it be.
                distance = np.abs(wanted - single.loc[known, "estimate"].to_numpy(dtype=float))
                size = np.maximum(size, 1.6 * distance)
            off = np.abs(found - wanted) / np.maximum(size, np.finfo(float).tiny)
            assert np.nanmax(off, initial=0) <= rel, (name, np.nanmax(off))
            assert not np.isnan(found).any(), name
    assert many["estimate"].isna().equals(many["reason"].notna())


def balance_one_by_one(frame, *, by="action", **choices):
    """Return the tables of `Design.balance`, from one call per action."""
    found = []
    for action, rows in frame.groupby(by, sort=True):
        try:
            table = design_of(rows, **choices).balance()
        except SentenceError as error:
            table = pd.DataFrame([{"reason": error.message.key, "explanation": error.message.text()}])
        found.append(table.assign(**{by: action}))
    return pd.concat(found, ignore_index=True)


def assert_same_balance(many, single, *, tolerance=1e-10):
    names = ["action", "covariate", "variable", "level", "reason", "explanation"]
    many, single = pd.DataFrame(many), pd.DataFrame(single).reindex(columns=[*many.columns])
    pd.testing.assert_frame_equal(
        *(table[names].astype(object).fillna("").astype(str) for table in (many, single)), check_dtype=False
    )
    numbers = [name for name in many.columns if name not in names]
    pd.testing.assert_frame_equal(
        many[numbers].astype(float), single[numbers].astype(float), rtol=tolerance, atol=tolerance
    )
