"""`match` against R's MatchIt, on the NSW comparison sample, and its properties."""

import dataclasses
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import impactkit as ik
from impactkit.design.matching import engine, in_space
from impactkit.design.matching.cardinality import largest_alike
from impactkit.design.matching.distances import mahalanobis_coordinates, rank_coordinates
from impactkit.design.matching.full import full_in_space, full_on_line
from impactkit.design.matching.in_space import nearest_in_space
from impactkit.design.matching.on_a_line import nearest_on_line, sorted_places
from impactkit.design.matching.optimal import optimal_in_space, optimal_on_line
from impactkit.design.matching.scores import propensity
from impactkit.design.matching.strata import exact_strata, score_strata, sturges_bins, with_both
from impactkit.design.matching.weights import weights_of_pairs, weights_of_sets
from impactkit.errors import DesignError
from impactkit.text.catalogue import has_key
from references import matching_reference, table

COVARIATES = ["age", "educ", "race", "married", "nodegree", "re74", "re75"]
ON_FOUR = {"on": ["age", "educ", "re74", "re75"], "distance": "mahalanobis", "caliper": 0.25}
# NSW89 stands exactly as far from PSID383 as from PSID407, by age: rounding decides, in R too. Here the
# coordinates are added up in one order, and every processor chooses alike. Whom NSW96 is left with follows.
TIED = {"nn_maha": {"NSW89": "PSID407", "NSW96": "PSID245"}}
PAIRS = {
    "nn_ps_default": {},
    "nn_ps_caliper02": {"caliper": 0.2},
    "nn_ps_caliper02_closest": {"caliper": 0.2, "order": "closest"},
    "nn_logit_caliper02": {"caliper": 0.2, "distance": "linear_logit"},
    "nn_ps_replace": {"replace": True},
    "nn_maha": {"distance": "mahalanobis"},
    "nn_maha_pscal": ON_FOUR,
}
METHODS = ["nearest", "optimal", "full", "exact", "coarsened", "cardinality", "subclass"]


def lalonde(**choices):
    frame = table("lalonde_matchit").assign(person=lambda rows: range(len(rows)))
    cohort = ik.cohort_from_frame(frame, unit="person", arm="treat", outcomes=["re78"], covariates=COVARIATES)
    return ik.declare_design(cohort, **({"covariates": COVARIATES} | choices))


def ids():
    return table("lalonde_matchit")["id"]


def att(design):
    frame = table("lalonde_matchit")
    w, t, y = design.weights.to_numpy(), frame["treat"] == 1, frame["re78"]
    return np.average(y[t], weights=w[t]) - np.average(y[~t], weights=w[~t])


def made(frame, *, covariates, outcome="y", **choices):
    cohort = ik.cohort_from_frame(frame, unit="id", arm="t", outcomes=[outcome], covariates=covariates)
    return ik.declare_design(cohort, covariates=covariates, **choices)


def world(n=60, seed=0, share=0.3):
    rng = np.random.default_rng(seed)
    t = rng.random(n) < share
    t[:3], t[3:8] = True, False
    x = rng.normal(size=(n, 3)) + 0.4 * t[:, None]
    return pd.DataFrame(
        {"id": np.arange(n), "t": t.astype(int), "a": x[:, 0], "b": x[:, 1], "c": x[:, 2],
         "g": rng.choice(list("uvw"), n), "y": rng.normal(size=n)}
    )  # fmt: skip


# Against R.


@pytest.mark.parametrize("compiled", [False, True], ids=["python", "compiled"])
@pytest.mark.parametrize("key", PAIRS)
def test_pairs_are_those_of_matchit(key, compiled, monkeypatch):
    if compiled:
        pytest.importorskip("numba", reason="the compiled arm needs the extra 'speed' (numba)")
        monkeypatch.setattr(engine, "COMPILED", 0)
    names = ids()
    pairs = ik.match(lalonde(), **PAIRS[key]).pairs
    found = dict(zip(names[pairs["treated"]], names[pairs["control"]], strict=True))
    expected = table("lalonde_pairs").set_index("treated")[key].dropna().to_dict()
    assert found == expected | TIED.get(key, {})


def test_without_the_compiler_the_same_loops_run(monkeypatch):
    monkeypatch.setitem(sys.modules, "numba", None)
    monkeypatch.setattr(engine, "COMPILED", 0)
    engine._compile.cache_clear()
    try:
        test_pairs_are_those_of_matchit("nn_ps_caliper02_closest", False, monkeypatch)
    finally:
        engine._compile.cache_clear()


@pytest.mark.parametrize("key", ["nn_maha", "nn_maha_pscal"])
def test_the_tree_finds_the_same_pairs_as_comparing_with_everyone(key, monkeypatch):
    monkeypatch.setattr(in_space, "_DIRECT", 20)
    test_pairs_are_those_of_matchit(key, False, monkeypatch)


@pytest.mark.parametrize(
    ("key", "choices"),
    [
        ("nn_ps_replace", {"replace": True}),
        ("nn_ps_caliper02", {"caliper": 0.2}),
        ("cem_default", {"method": "coarsened"}),
        ("exact", {"method": "exact", "on": ["race", "married", "nodegree"]}),
    ],
)
def test_weights_are_those_of_matchit(key, choices):
    found = ik.match(lalonde(), **choices)
    np.testing.assert_allclose(found.weights, table("lalonde_matching_weights")[key], rtol=1e-12)
    expected = matching_reference(key)["effect"]["att"]
    assert att(found) == pytest.approx(expected, rel=1e-10)


def test_subclasses_and_exact_strata_give_the_effect_of_matchit():
    expected = matching_reference("subclass")["att"]
    assert att(ik.match(lalonde(), method="subclass")) == pytest.approx(expected, abs=5e-5)
    expected = matching_reference("exact_race_married")["att"]
    assert att(ik.match(lalonde(), exact=["race", "married"])) == pytest.approx(expected, abs=0.05)


def test_the_score_is_that_of_r():
    design = lalonde()
    X, treated = columns(design)
    score = propensity(X=X, treated=treated)
    expected = matching_reference("lalonde.ps_logit")
    # R's glm stops when the deviance moves by less than 1e-8: its scores are known to that.
    np.testing.assert_allclose(score.chance[:6], expected["ps_first6"], rtol=1e-8)
    assert score.chance.std(ddof=1) == pytest.approx(expected["sd_ps"], rel=1e-8)
    assert score.linear.std(ddof=1) == pytest.approx(expected["sd_logit"], rel=1e-8)


def columns(design):
    from impactkit.design.covariates import columns_of

    units = design.units()
    found = columns_of(units, COVARIATES, drop_reference=True)
    return np.column_stack([column.numbers for column in found]), units["treated"].to_numpy()


def r_score():
    frame = table("lalonde_matchit")
    return table("lalonde_matching_weights")["score"].to_numpy(), frame["treat"].to_numpy() == 1


def fisher_probit(X, y):
    """A probit as R's glm fits it: Fisher scoring until the deviance moves by less than 1e-8."""
    from scipy.stats import norm

    Z = np.column_stack([np.ones(len(X)), X])
    mu = (y + 0.5) / 2
    eta, before = norm.ppf(mu), np.inf
    for _ in range(25):
        slope = norm.pdf(eta)
        weight = slope**2 / (mu * (1 - mu))
        target = eta + (y - mu) / slope
        root = np.sqrt(weight)
        eta = Z @ np.linalg.lstsq(Z * root[:, None], target * root, rcond=None)[0]
        mu = norm.cdf(eta)
        deviance = -2 * np.log(np.where(y > 0, mu, 1 - mu)).sum()
        if abs(deviance - before) / (abs(deviance) + 0.1) < 1e-8:
            break
        before = deviance
    return mu


def test_optimal_and_full_matching_reach_the_true_least_totals():
    score, treated = r_score()
    chosen = optimal_on_line(score=score, treated=treated)
    total = np.abs(score[treated] - score[chosen[:, 0]]).sum()
    assert total == pytest.approx(matching_reference("optimal_pair_true_total")["total"], rel=1e-12)
    truth = matching_reference("full_matching_true_total")
    assert full_on_line(score=score, treated=treated)[1] == pytest.approx(truth["logit_total"], rel=1e-12)
    X, _ = columns(lalonde())
    probit = fisher_probit(X, treated.astype(float))
    assert full_on_line(score=probit, treated=treated)[1] == pytest.approx(truth["probit_total"], rel=1e-8)
    assert truth["logit_total"] < truth["matchit_logit_total"]


def test_the_totals_of_a_design_are_those_of_its_score():
    assert ik.match(lalonde(), method="optimal").comparable.settings["total_distance"] == pytest.approx(
        matching_reference("optimal_pair_true_total")["total"], rel=1e-8
    )
    full = ik.match(lalonde(), method="full")
    assert full.comparable.settings["total_distance"] == pytest.approx(
        matching_reference("full_matching_true_total")["logit_total"], rel=1e-7
    )
    assert (full.weights > 0).all()


def test_the_largest_alike_groups_are_proved():
    found = ik.match(lalonde(), method="cardinality", caliper=0.1)
    kept = found.weights > 0
    assert found.comparable.settings["proved"] is True
    assert found.comparable.settings["bound"] == matching_reference("cardinality_exact")["pairs"] == 120
    assert kept[:185].sum() == kept[185:].sum() == 120
    frame = table("lalonde_matchit")
    numbers = frame[["age", "educ", "married", "nodegree", "re74", "re75"]].join(
        pd.get_dummies(frame["race"], dtype=float)
    )
    treated = frame["treat"] == 1
    gaps = numbers[kept.to_numpy() & treated].mean() - numbers[kept.to_numpy() & ~treated].mean()
    assert (gaps.abs() / numbers[treated].std()).max() <= 0.1 + 1e-9


def test_profile_matching_keeps_all_beneficiaries():
    found = ik.match(lalonde(), method="cardinality", ratio=None, caliper=0.1)
    kept = (found.weights > 0).to_numpy()
    assert kept[:185].all()
    assert found.comparable.settings["bound"] == kept[185:].sum() > 99  # 99 with half the tolerance


# Against enumeration, and properties.


def small_line(draw_ties, seed):
    rng = np.random.default_rng(seed)
    n1, n0 = int(rng.integers(1, 6)), int(rng.integers(6, 12))
    score = rng.integers(0, 9, n1 + n0).astype(float) if draw_ties else rng.normal(size=n1 + n0)
    treated = np.zeros(n1 + n0, dtype=bool)
    treated[rng.permutation(n1 + n0)[:n1]] = True
    return score, treated


@pytest.mark.parametrize("compiled", [False, True], ids=["python", "compiled"])
@pytest.mark.parametrize("ties", [False, True])
def test_optimal_and_full_matching_equal_the_assignment(ties, compiled, monkeypatch):
    if compiled:
        pytest.importorskip("numba", reason="the compiled arm needs the extra 'speed' (numba)")
        monkeypatch.setattr(engine, "COMPILED", 0)
    for seed in range(60):
        score, treated = small_line(ties, seed)
        for ratio in (1, 2) if (~treated).sum() >= 2 * treated.sum() else (1,):
            line = optimal_on_line(score=score, treated=treated, ratio=ratio)
            space = optimal_in_space(Z=score[:, None], treated=treated, ratio=ratio)
            totals = [np.abs(score[treated][:, None] - score[found]).sum() for found in (line, space)]
            assert totals[0] == pytest.approx(totals[1], abs=1e-9)
            assert len(np.unique(line)) == line.size
        sets, total = full_on_line(score=score, treated=treated)
        assert total == pytest.approx(full_in_space(Z=score[:, None], treated=treated)[1], abs=1e-9)
        sizes = [np.bincount(sets[group], minlength=sets.max() + 1) for group in (treated, ~treated)]
        assert (np.minimum(*sizes) == 1).all()


def greedy(score, treated, *, order, caliper=np.inf, ratio=1):
    """Nearest neighbours written as one would say it."""
    own = np.flatnonzero(treated)
    free = set(np.flatnonzero(~treated))
    found = {i: [] for i in own}
    for round_ in range(ratio):
        waiting = [i for i in own if len(found[i]) == round_]
        if order == "largest":
            waiting.sort(key=lambda i: -score[i])
        while waiting and free:
            near = {i: min(free, key=lambda j, i=i: abs(score[i] - score[j])) for i in waiting}
            i = (
                min(waiting, key=lambda i: abs(score[i] - score[near[i]]))
                if order == "closest"
                else waiting[0]
            )
            waiting.remove(i)
            if abs(score[i] - score[near[i]]) <= caliper:
                found[i].append(near[i])
                free.discard(near[i])
    return [found[i] + [-1] * (ratio - len(found[i])) for i in own]


@pytest.mark.parametrize("order", ["largest", "closest", "data"])
@pytest.mark.parametrize("ratio", [1, 3])
@pytest.mark.parametrize("caliper", [np.inf, 0.3])
def test_nearest_neighbours_are_those_of_the_plain_loop(order, ratio, caliper, monkeypatch):
    frame = world(80, seed=4)
    score, treated = frame["a"].to_numpy(), frame["t"].to_numpy() == 1
    expected = greedy(score, treated, order=order, caliper=caliper, ratio=ratio)
    choices = {"treated": treated, "caliper": caliper, "ratio": ratio, "order": order}
    assert nearest_on_line(score=score, **choices).tolist() == expected
    space = nearest_in_space(Z=score[:, None], score=score, **choices)
    assert space.tolist() == expected


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10_000), st.sampled_from([1, 2]), st.sampled_from(["largest", "closest", "data"]))
def test_nobody_is_used_twice_and_the_caliper_is_kept(seed, ratio, order):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(5, 60))
    score = np.round(rng.normal(size=n), int(rng.integers(0, 4)))
    treated = rng.random(n) < 0.4
    strata = rng.integers(0, 3, n)
    chosen = nearest_on_line(
        score=score, treated=treated, strata=strata, caliper=0.5, ratio=ratio, order=order
    )
    own, matched = np.flatnonzero(treated), chosen >= 0
    first, second = np.repeat(own, matched.sum(axis=1)), chosen[matched]
    assert len(np.unique(second)) == second.size
    assert not treated[second].any()
    assert (np.abs(score[first] - score[second]) <= 0.5).all()
    assert (strata[first] == strata[second]).all()


@settings(deadline=None)
@given(
    st.integers(0, 10_000),
    st.sampled_from([0.0, 1e-16, 1e-12, 1.0]),
    st.floats(allow_nan=False, allow_infinity=False, width=64),
)
def test_people_stand_by_score_then_in_the_order_given(seed, step, around):
    rng = np.random.default_rng(seed)
    near = np.clip(around, -1e300, 1e300) * (1 + step * rng.integers(-4, 5, 50))
    score = rng.permutation(np.append(near, [0.0, -0.0, np.inf, -np.inf, 5e-324]))
    by_score, line = sorted_places(score)
    assert by_score.tolist() == np.argsort(score, kind="stable").tolist()
    assert line.tolist() == np.sort(score).tolist()


def test_where_there_is_nobody_to_take_nobody_is_matched():
    score = np.arange(3.0)
    for treated in (np.ones(3, dtype=bool), np.zeros(3, dtype=bool)):
        expected = [[-1]] * int(treated.sum())
        assert nearest_on_line(score=score, treated=treated).tolist() == expected
        assert nearest_in_space(Z=score[:, None], treated=treated).tolist() == expected


def pairs_of(design):
    return {tuple(pair) for pair in design.pairs[["treated", "control"]].to_numpy().tolist()}


@pytest.mark.parametrize("choices", [{}, {"caliper": 0.3}, {"distance": "mahalanobis"}, {"method": "full"}])
def test_the_order_of_rows_changes_nothing(choices):
    frame = world()
    shuffled = frame.sample(frac=1, random_state=3)
    first, second = (
        ik.match(made(rows, covariates=["a", "b", "g"]), **choices) for rows in (frame, shuffled)
    )
    assert pairs_of(first) == pairs_of(second)
    pd.testing.assert_series_equal(first.weights, second.weights)


def test_mahalanobis_distances_do_not_depend_on_units():
    frame = world()
    scaled = frame.assign(a=1000 * frame["a"] + 7, b=-frame["b"] / 3)
    for distance in ("mahalanobis", "robust_mahalanobis"):
        first, second = (
            ik.match(made(rows, covariates=["a", "b", "c"]), distance=distance) for rows in (frame, scaled)
        )
        assert pairs_of(first) == pairs_of(second)


def test_mahalanobis_coordinates_have_mahalanobis_distances():
    frame = world()
    X, treated = frame[["a", "b", "c"]].to_numpy(), frame["t"].to_numpy() == 1
    Z = mahalanobis_coordinates(X=X, treated=treated)
    pooled = sum(np.cov(X[g], rowvar=False) * (g.sum() - 1) for g in (treated, ~treated)) / (len(X) - 2)
    gap = X[0] - X[1]
    assert ((Z[0] - Z[1]) ** 2).sum() == pytest.approx(gap @ np.linalg.solve(pooled, gap), rel=1e-10)
    # By hand: ranks of three people are 1, 2, 3, whose variance is 1.
    assert np.abs(np.diff(rank_coordinates(X=np.array([[5.0], [7.0], [100.0]]))[:, 0])) == pytest.approx(1.0)


def test_where_nothing_varies_everyone_is_as_near():
    X, treated = np.ones((5, 2)), np.arange(5) < 2
    assert not mahalanobis_coordinates(X=X, treated=treated).any()
    assert not rank_coordinates(X=X).any()


def test_a_column_that_follows_from_others_changes_no_distance():
    frame = world()
    X, treated = frame[["a", "b"]].to_numpy(), frame["t"].to_numpy() == 1
    more = np.column_stack([X, X[:, 0] + X[:, 1], np.ones(len(X))])
    Z, W = (mahalanobis_coordinates(X=columns, treated=treated) for columns in (X, more))
    np.testing.assert_allclose(np.linalg.norm(Z[0] - Z, axis=1), np.linalg.norm(W[0] - W, axis=1))


@pytest.mark.parametrize("method", METHODS)
def test_everyone_is_weighted_or_left_out_with_a_reason_that_has_words(method):
    frame = world(90, seed=2)
    frame.loc[[4, 30], "a"] = np.nan
    before = made(frame, covariates=["a", "b"] if method != "exact" else ["g"])
    on = ["g"] if method == "exact" else ["a", "b"]
    choices = {"caliper": 0.2} if method in ("nearest", "full", "cardinality") else {}
    after = ik.match(before, on=on, method=method, **choices)
    reasons = after.left_out["reason"]
    assert len(after.units()) + len(reasons) == len(before.units())
    assert set(after.units().index).isdisjoint(after.left_out["person"])
    assert all(has_key(f"matching.left_out.{reason}") for reason in reasons)
    assert (reasons == "covariate_missing").sum() == (0 if method == "exact" else 2)
    for group in (1, 0):  # weights are 1 on average among those kept
        kept = after.units()
        assert kept.loc[kept["treated"] == bool(group), "balancing"].mean() == pytest.approx(1)
    assert all(note.text("fr") and note.text("en") for note in after.comparable.notes)


def test_reasons_tell_who_is_far_from_who_is_taken():
    ages = [0, 0.1, 20, 60, 0.05, 20.1, 20.3, 100]
    frame = pd.DataFrame({"id": range(8), "t": [1] * 4 + [0] * 4, "a": ages, "y": range(8)})
    design = ik.match(made(frame, covariates=["a"]), distance="mahalanobis", caliper=0.05, caliper_on="a")
    assert design.pairs[["treated", "control"]].to_numpy().tolist() == [[0, 4], [2, 5]]
    assert dict(design.left_out.to_numpy().tolist()) == {
        1: "no_one_left", 3: "outside_caliper", 6: "not_needed", 7: "outside_caliper",
    }  # fmt: skip


def test_full_matching_leaves_out_only_those_with_nobody_in_reach():
    design = ik.match(lalonde(), method="full", caliper=0.05)
    assert set(design.left_out["reason"]) == {"outside_caliper"}
    assert design.comparable.settings["caliper_width"] == pytest.approx(0.05 * 0.290313372, rel=1e-7)


def test_no_result_is_read():
    frame = world()
    blank = frame.assign(y=np.where(frame.index % 2, np.nan, 0.0))
    first, second = (ik.match(made(rows, covariates=["a", "b"])) for rows in (frame, blank))
    assert pairs_of(first) == pairs_of(second)


def before_and_after(**choices):
    frame = world()
    rows = pd.concat([frame.assign(time=0, y=frame["b"]), frame.assign(time=1, y=frame["y"])])
    cohort = ik.cohort_from_frame(
        rows, unit="id", arm="t", period="time", outcomes=["y"], covariates=["a", "b"]
    )
    return ik.declare_design(cohort, covariates=["a"], **choices)


def test_the_outcomes_name_stands_for_the_outcome_before():
    design = before_and_after()
    by_name = ik.match(design, on=["a", "y"], distance="mahalanobis")
    by_hand = ik.match(design, on=["a", "b"], distance="mahalanobis")
    assert pairs_of(by_name) == pairs_of(by_hand)
    assert pairs_of(by_name) != pairs_of(ik.match(design, distance="mahalanobis"))
    with pytest.raises(DesignError, match="résultat"):
        ik.match(made(world(), covariates=["a"]), on=["y"])


def test_a_seed_takes_people_in_another_order_and_always_the_same():
    design = made(world(), covariates=["a", "b"])
    drawn = [ik.match(design, distance="mahalanobis", seed=seed) for seed in (1, 1, 2)]
    assert pairs_of(drawn[0]) == pairs_of(drawn[1]) != pairs_of(drawn[2])


def test_ties_are_counted_and_missing_people_told():
    ages = [0.0, 10.0, 1.0, 1.0, 30.0]
    frame = pd.DataFrame({"id": range(5), "t": [1, 1, 0, 0, 0], "a": ages, "y": range(5)})
    design = made(frame, covariates=["a"])
    found = ik.match(design, distance="mahalanobis")
    assert found.pairs["control"].tolist() == [2, 3]
    assert found.comparable.settings["ties"] == 2
    assert ik.match(made(world(), covariates=["a"])).comparable.settings["ties"] == 0
    two = ik.match(design, distance="mahalanobis", ratio=2)
    assert [note.key for note in two.comparable.notes] == ["matching.note.fewer_than_ratio"]
    assert two.pairs["treated"].tolist() == [0, 0, 1]


def test_a_new_matching_replaces_the_one_before():
    design = made(world(), covariates=["a", "b"])
    once = ik.match(design, caliper=0.1)
    assert pairs_of(ik.match(once)) == pairs_of(ik.match(design))


def test_for_everyone_sets_weigh_as_many_as_they_are():
    design = ik.match(made(world(), covariates=["a", "b"], estimand="ATE"), method="full")
    units = design.units()
    sets = pd.Series(design.comparable.subclass, index=design.comparable.people)
    size = sets.map(sets.value_counts())
    share = units.groupby([sets, "treated"])["balancing"].transform("sum")
    total = units.groupby("treated")["balancing"].transform("sum")
    np.testing.assert_allclose(share / total, size / size.size, rtol=1e-12)
    with pytest.raises(DesignError, match="tout le monde"):
        ik.match(made(world(), covariates=["a"], estimand="ATE"))


# Array functions on tables one can check by hand.


def test_strata_by_hand():
    strata = exact_strata([np.array([1.0, 1, 2, 2]), np.array(["u", "v", "u", "u"])])
    assert strata.tolist() == [0, 1, 2, 2]
    treated = np.array([True, True, True, False])
    assert with_both(strata, treated).tolist() == [-1, -1, 0, 0]
    assert sturges_bins(np.arange(8.0)).tolist() == [0, 0, 1, 1, 2, 2, 3, 3]
    score = np.arange(12.0)
    codes = score_strata(score=score, treated=score % 2 == 0, by=np.ones(12, dtype=bool), number=3)
    assert codes.tolist() == [0] * 4 + [1] * 4 + [2] * 4


def test_weights_by_hand():
    sets, treated = np.array([0, 0, 0, 1, 1, -1]), np.array([True, False, False, True, False, False])
    weights = weights_of_sets(sets=sets, treated=treated, on_all=False)
    assert weights.tolist() == [1, 0.75, 0.75, 1, 1.5, 0]
    chosen, treated = np.array([[2, 3], [2, -1]]), np.array([True, True, False, False])
    weights = weights_of_pairs(chosen=chosen, treated=treated)
    assert weights.tolist() == [1, 1, 1.5, 0.5]


def test_a_logit_on_two_groups_is_their_share():
    x, treated = np.array([[0.0]] * 4 + [[1.0]] * 5), np.array([1, 0, 0, 0, 1, 1, 1, 0, 0]) == 1
    for link in ("logit", "probit"):
        chance = propensity(X=x, treated=treated, link=link).chance
        np.testing.assert_allclose(chance, [0.25] * 4 + [0.6] * 5, rtol=1e-9)


# What cannot be done.


def test_characteristics_that_separate_the_groups_are_refused():
    frame = world().assign(a=lambda rows: rows["t"] * 10 + rows["b"])
    with pytest.raises(DesignError, match="séparent"):
        ik.match(made(frame, covariates=["a"]))
    # The distance between people needs no score.
    assert len(ik.match(made(frame, covariates=["a"]), distance="mahalanobis").pairs)


def test_a_level_seen_in_one_group_only_is_told():
    frame = world().assign(g=lambda rows: np.where((rows["t"] == 0) & (rows["id"] % 4 == 0), "only", "both"))
    design = ik.match(made(frame, covariates=["a", "g"]))
    assert "matching.note.apart" in [note.key for note in design.comparable.notes]
    only = set(frame.loc[frame["g"] == "only", "id"])
    assert not only & set(design.pairs["control"])


def test_a_constant_characteristic_is_told_and_changes_nothing():
    frame = world().assign(k=1.0)
    with_it, without = (ik.match(made(frame, covariates=names)) for names in (["a", "k"], ["a"]))
    assert pairs_of(with_it) == pairs_of(without)
    assert "matching.note.constant" in [note.key for note in with_it.comparable.notes]


@pytest.mark.parametrize(
    ("change", "choices", "message"),
    [
        ({}, {"on": []}, "Aucune caractéristique"),
        ({"a": np.nan}, {}, "Aucun bénéficiaire"),
        ({"g": "t"}, {"exact": ["g"]}, "à l'identique"),
        ({"g": "t"}, {"method": "exact", "on": ["g"]}, "Personne n'a pu être apparié"),
        ({}, {"ratio": 30, "method": "optimal"}, "pas 30 personnes"),
        ({"a": "t10"}, {"method": "cardinality"}, "« a »"),
    ],
)
def test_what_cannot_be_matched_says_why(change, choices, message):
    frame = world()
    for name, value in change.items():
        if value == "t":
            frame[name] = np.where(frame["t"] == 1, "in", "out")
        elif value == "t10":
            frame[name] += 20 * frame["t"]
        else:
            frame.loc[frame["t"] == 1, name] = value
    with pytest.raises(DesignError) as error:
        ik.match(made(frame, covariates=["a", "b", "g"]), **({"on": ["a", "b"]} | choices))
    assert message in error.value.message.text("fr").replace("\u00a0", " ").replace("\u202f", " ")


def test_more_columns_than_people_are_refused():
    frame = world(14)
    for k in range(15):
        frame[f"x{k}"] = np.random.default_rng(k).normal(size=14)
    with pytest.raises(DesignError, match="trop peu de personnes"):
        ik.match(made(frame, covariates=[f"x{k}" for k in range(15)]))


@pytest.mark.parametrize(
    "choices",
    [
        {"method": "best"},
        {"distance": "euclid"},
        {"order": "random"},
        {"ratio": 0},
        {"ratio": 1.5},
        {"ratio": None},
        {"caliper": 0},
        {"caliper_on": "a"},
        {"caliper": 0.1, "caliper_on": "g"},
        {"on": "a"},
        {"exact": "g"},
        {"on": ["nothing"]},
        {"method": "optimal", "caliper": 0.1},
        {"method": "exact", "distance": "probit"},
        {"method": "full", "ratio": 2},
        {"method": "full", "distance": "mahalanobis", "caliper": 0.1},
        {"method": "subclass", "distance": "mahalanobis"},
        {"distance": "mahalanobis", "order": "largest"},
        {"replace": True, "order": "closest"},
    ],
)
def test_impossible_choices_are_value_errors(choices):
    with pytest.raises(ValueError, match=r"\w"):
        ik.match(made(world(), covariates=["a", "b"]), **choices)


def test_designs_that_cannot_be_matched_are_refused():
    alone = ik.declare_design(
        ik.cohort_from_frame(world().query("t == 1"), unit="id", outcomes=["y"], covariates=["a"])
    )
    with pytest.raises(DesignError):
        ik.match(alone, on=["a"])
    staggered = dataclasses.replace(before_and_after(), entries=(1.0, 2.0))
    with pytest.raises(DesignError, match="plusieurs dates"):
        ik.match(staggered)


def test_cardinality_names_the_characteristic_in_the_way_or_says_it_is_all_of_them_together():
    treated = np.array([True] * 4 + [False] * 4)
    X = np.column_stack([np.r_[0.0, 1, 0, 1, 10, 11, 12, 13], np.r_[0.0, 1, 2, 3, 0, 1, 2, 3]])
    with pytest.raises(DesignError, match="first"):
        largest_alike(X=X, treated=treated, tolerance=0.1, ratio=1, names=("first", "second"))
    # Each can be made alike alone, by people who are far apart on the other.
    X = np.array([[0.0, 0], [1, 1], [0, 100], [1, 101], [100, 0], [101, 1]])
    treated = np.array([True, True, False, False, False, False])
    with pytest.raises(DesignError, match="à la fois"):
        largest_alike(X=X, treated=treated, tolerance=0.1, ratio=1, names=("first", "second"))


def test_one_beneficiary_and_cardinality():
    """Her deviation does not exist: differences are in those of everyone, and no warning is given."""
    frame = pd.DataFrame(
        {"id": range(9), "helped": [1] + [0] * 8, "age": [30, *range(26, 34)], "y": range(9)}
    )
    cohort = ik.cohort_from_frame(frame, unit="id", arm="helped", outcomes=["y"], covariates=["age"])
    design = ik.match(ik.declare_design(cohort, covariates=["age"]), method="cardinality")
    assert design.weights[0] == 1
    assert design.weights[1:].sum() == pytest.approx(1)
