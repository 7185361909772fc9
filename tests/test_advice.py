"""Advice before numbers: the designs a methodologist expects, never from a result, never raising."""

import json
import re
import shutil
from dataclasses import replace
from inspect import signature
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.stats import norm

import impactkit as ik
from impactkit.cli.app import run_command
from impactkit.evidence import evaluability, rules
from impactkit.evidence.advice.detectable import jump_effect, step_effect
from impactkit.evidence.advice.expected import intracluster
from impactkit.files.resources import sample_names
from impactkit.text import set_language
from impactkit.text.catalogue import entries
from small_batch import make_study
from small_studies import write_study
from test_build import MONTHLY
from worlds import as_share, two_waves


@pytest.fixture(scope="module")
def shipped():
    """Every cohort of the shipped samples, with its advice."""
    studies = {name: ik.read_study(ik.sample(name)) for name in sample_names()}
    return {
        action.id: (cohort := ik.build_cohort(study, action=action.id), ik.advise(cohort))
        for study in studies.values()
        for action in study.actions
    }


def ranking(advice) -> list[str]:
    """Return the designs that are feasible, best first, and their credibility."""
    return [f"{option.design} {option.credibility}" for option in advice.options if option.feasible]


def run(option, cohort):
    names = {"ik": ik, "cohort": cohort}
    exec(option.snippet, names)
    return names["estimate"]


def holds_up(option, estimate, *, below=False):
    """Hold what was advised against what comes: it is computed, and no more credible than was said."""
    assert np.isfinite(estimate.effect.std_error), option.design
    assert below or ik.assess(estimate).credibility <= option.credibility, option.design


# ------------------------------------------------------------------ the shipped samples
NSW = ["randomised 5", "did 5", "before_after 1", "qualitative 0"]
CPS = ["randomised 5", "alike 3", "did 1", "compare_groups 1", "before_after 1", "qualitative 0"]
SHIPPED = {
    "atelier_numerique": ["before_after 1", "qualitative 0"],
    "parcours_mobilite": ["did 3", "alike 3", "compare_groups 2", "before_after 1", "qualitative 0"],
    "accueil_familles": ["did 3", "alike 3", "compare_groups 2", "before_after 1", "qualitative 0"],
    "garde_enfants": [
        "did_staggered 3", "event_study 3", "compare_groups 2", "alike 2", "before_after 1", "qualitative 0",
    ],
    "energie_solidaire": ["did 3", "alike 3", "compare_groups 2", "before_after 1", "qualitative 0"],
    "prevention_expulsions": ["interrupted_series 1", "qualitative 0"],
    "boussole_jeunes": ["randomised 5", "qualitative 0"],
    "conseil_budget": ["before_after 1", "qualitative 0"],
    "experience": NSW,
    "experience_ajustee": NSW,
    "comparaison_cps": CPS,
    "comparaison_cps_did": CPS,
    "appariement_cps": CPS,
    "ponderation_cps": CPS,
}  # fmt: skip


def test_every_shipped_action_has_its_expected_ranking(shipped):
    assert set(shipped) == set(SHIPPED)


@pytest.mark.parametrize("action", SHIPPED)
def test_the_ranking_of_a_shipped_action(shipped, action):
    _, advice = shipped[action]
    assert ranking(advice) == SHIPPED[action]
    assert len(advice.options) == 12


@pytest.mark.parametrize(
    "action", [name for name in SHIPPED if name not in ("appariement_cps", "ponderation_cps")]
)
def test_every_snippet_of_a_shipped_action_runs(shipped, action):
    cohort, advice = shipped[action]
    for option in advice.options:
        if option.feasible and option.snippet:
            holds_up(option, run(option, cohort))


def _redeclared(text: str, action: str, lines: str) -> str:
    """Return a study file where an action declares the design of these lines."""
    head, *tables = re.split(r"(?m)^(?=\[\[actions\]\])", text)
    replaced = {"method", "comparison", "adjust", "comparable", "threshold"}
    replaced |= {"window"} if "window" in lines else set()
    for i, table in enumerate(tables):
        if f'\nid = "{action}"\n' in table:
            first, *rest = re.split(r"(?m)^(?=\[)", table.removeprefix("[[actions]]"))
            kept = [line for line in first.splitlines() if line.split(" =")[0] not in replaced]
            tables[i] = "".join(["[[actions]]", "\n".join([*kept, *lines.splitlines()]), "\n\n", *rest])
    return head + "".join(tables)


@pytest.mark.parametrize(
    "action",
    ["parcours_mobilite", "garde_enfants", "prevention_expulsions", "boussole_jeunes", "conseil_budget"],
)
def test_the_lines_for_the_study_file_run(shipped, action, tmp_path):
    cohort, advice = shipped[action]
    source = Path(cohort.study.path).parent
    folder = shutil.copytree(source, tmp_path / "etude")
    text = (source / "study.toml").read_text(encoding="utf-8")
    for option in advice.options:
        if not (option.feasible and option.study_lines):
            continue
        redeclared = _redeclared(text, action, option.study_lines)
        (folder / "study.toml").write_text(redeclared, encoding="utf-8")
        again = ik.build_cohort(ik.read_study(folder), action=action)
        estimate = ik.estimate(ik.make_comparable(ik.declare_design(again)))
        assert estimate.method == option.method
        assert np.isfinite(estimate.effect.std_error)
        # What the file now declares is what the advice calls declared.
        assert ik.advise(again).declared.design == option.design


def test_a_study_is_told_how_its_own_design_stands(shipped):
    assert "déclare déjà" in shipped["parcours_mobilite"][1].on_declared
    assert "moins crédible" in shipped["comparaison_cps"][1].on_declared


# ------------------------------------------------------------------ made cohorts
def people(
    n=60, waves=(0, 6), *, arms=("beneficiary", "waiting_list"), entry=6.0, gap=0.0, seed=0, **columns
):
    """Return people in arms of n; beneficiaries enter at ``entry``."""
    rng = np.random.default_rng(seed)
    frames = []
    for i, arm in enumerate(arms):
        # The same levels in each arm, so that groups are alike but for noise.
        level = 10 + rng.permutation(norm.ppf((np.arange(n) + 0.5) / n)) + gap * (arm == "beneficiary")
        for wave in waves:
            y = level + rng.normal(0, 0.7, n)
            ids = np.arange(n) + n * i
            when = entry if arm == "beneficiary" else np.inf
            frames.append(pd.DataFrame({"id": ids, "wave": wave, "arm": arm, "entry": when, "y": y}))
    frame = pd.concat(frames, ignore_index=True)
    for name, values in columns.items():
        frame[name] = np.asarray(values(np.random.default_rng(seed + 1), len(arms) * n))[frame["id"]]
    return frame


def cohort_of(frame, **roles):
    return ik.cohort_from_frame(
        frame, unit="id", period="wave", arm="arm", entry="entry", outcomes=["y"], **roles
    )


def staggered():
    frame = people(90, (0, 1, 2, 3), arms=("beneficiary", "ineligible"))
    first = np.where(frame["id"] < 30, 1.0, np.where(frame["id"] < 60, 2.0, 3.0))
    return frame.assign(entry=np.where(frame["arm"] == "beneficiary", first, np.inf))


def few_never():
    """Twelve people never enter, spread evenly over the levels before."""
    frame = staggered()
    others = frame[(frame["arm"] == "ineligible") & (frame["wave"] == 0)].sort_values("y")["id"]
    return frame[(frame["arm"] == "beneficiary") | frame["id"].isin(others.iloc[4::7])]


def offered(waves=(0, 6)):
    """Lots drawn; three in four of those offered enter, one in ten of the others."""
    frame = people(200, waves, arms=("beneficiary", "randomised"))
    enters = np.random.default_rng(3).random(400) < np.repeat([0.75, 0.1], 200)
    return frame.assign(entry=np.where(enters[frame["id"]], 6.0, np.inf))


def by_threshold():
    frame = people(300, arms=("beneficiary", "ineligible"), income=lambda rng, n: rng.uniform(0, 1000, n))
    income = np.where(frame["arm"] == "beneficiary", frame["income"] / 2, 500 + frame["income"] / 2)
    return frame.assign(income=income)


def monthly(n=1):
    frame = people(n, range(1, 61), arms=("beneficiary", "neighbouring_territory"), entry=37.0)
    return frame.assign(y=frame["y"] + 0.01 * frame["wave"])


def donors():
    frame = people(12, range(1, 31), arms=("neighbouring_territory",))
    one = people(1, range(1, 31), arms=("beneficiary",), entry=21.0, seed=5).assign(id=99)
    return pd.concat([frame, one], ignore_index=True)


def few_sites():
    return people(60, site=lambda rng, n: np.arange(n) % 60 // 15 + 10 * (np.arange(n) // 60))


def lost(share):
    frame = people(100)
    gone = (frame["wave"] == 6) & (frame["id"] < 100 * share)
    return frame.assign(y=frame["y"].mask(gone))


MADE = {
    "two waves and a waiting list": (
        lambda: (cohort_of(people()), {}),
        ["did 3", "alike 3", "compare_groups 2", "before_after 1", "qualitative 0"],
    ),
    "three waves before": (
        lambda: (cohort_of(people(waves=(-12, -6, 0, 6))), {}),
        ["event_study 3", "did 3", "alike 3", "compare_groups 2", "before_after 1", "qualitative 0"],
    ),
    "several dates of entry": (
        lambda: (cohort_of(staggered()), {}),
        [
            "did_staggered 3",
            "event_study 3",
            "alike 3",
            "compare_groups 2",
            "before_after 1",
            "qualitative 0",
        ],
    ),
    "everyone enters in the end": (
        lambda: (cohort_of(staggered().query("arm == 'beneficiary'")), {}),
        ["did_staggered 3", "event_study 3", "before_after 1", "qualitative 0"],
    ),
    "few who never enter": (
        lambda: (cohort_of(few_never()), {}),
        [
            "did_staggered 3",
            "event_study 3",
            "compare_groups 2",
            "alike 2",
            "before_after 1",
            "qualitative 0",
        ],
    ),
    "lots drawn": (
        lambda: (cohort_of(people(arms=("beneficiary", "randomised"))), {}),
        ["randomised 5", "did 5", "before_after 1", "qualitative 0"],
    ),
    "lots drawn, not everyone enters": (
        lambda: (cohort_of(offered()), {}),
        ["randomised 5", "did 5", "offer 4", "before_after 1", "qualitative 0"],
    ),
    "a threshold": (
        lambda: (cohort_of(by_threshold(), covariates=["income"]), {"running": "income", "cutoff": 500.0}),
        ["threshold 4", "did 1", "compare_groups 1", "before_after 1", "qualitative 0"],
    ),
    "a monthly series and its neighbour": (
        lambda: (cohort_of(monthly()), {"units": "territories"}),
        ["interrupted_series 1", "qualitative 0"],
    ),
    "one territory and twelve others": (
        lambda: (cohort_of(donors()), {"units": "territories"}),
        ["synthetic_control 1", "interrupted_series 1", "qualitative 0"],
    ),
    "beneficiaries alone": (
        lambda: (cohort_of(people(arms=("beneficiary",))), {}),
        ["before_after 1", "qualitative 0"],
    ),
    "nothing before, nobody to compare": (
        lambda: (cohort_of(people(waves=(6,), arms=("beneficiary",))), {}),
        ["qualitative 0"],
    ),
    "nothing before, a waiting list": (
        lambda: (cohort_of(people(waves=(6,))), {}),
        ["compare_groups 1", "qualitative 0"],
    ),
    "groups that differ by a standard deviation": (
        lambda: (cohort_of(people(200, gap=1.0)), {}),
        ["alike 3", "compare_groups 1", "did 1", "before_after 1", "qualitative 0"],
    ),
    "ten people in a group": (lambda: (cohort_of(people(10)), {}), ["qualitative 0"]),
    "few sites": (
        lambda: (cohort_of(few_sites(), cluster="site"), {}),
        ["did 2", "compare_groups 2", "alike 2", "before_after 1", "qualitative 0"],
    ),
    "a third of beneficiaries lost": (
        lambda: (cohort_of(lost(0.35)), {}),
        ["did 2", "compare_groups 2", "alike 2", "before_after 1", "qualitative 0"],
    ),
}


@pytest.mark.parametrize("world", MADE)
def test_the_ranking_of_a_made_cohort(world):
    make, expected = MADE[world]
    cohort, options = make()
    advice = ik.advise(cohort, **options)
    assert ranking(advice) == expected
    for option in advice.options:
        if option.feasible and option.snippet:
            # The advice looks at the income that decides; a design that does not declare it does not.
            stricter = world == "a threshold" and option.design == "did"
            holds_up(option, run(option, cohort), below=stricter)


# ------------------------------------------------------------------ every code, and a neighbour without it
def made(frame, *, wanted=None, **options):
    """Return a cohort, where ``wanted`` is the smallest effect worth having, and how to ask about it."""
    cohort = cohort_of(frame)
    outcome = cohort.outcomes[0].model_copy(update={"minimum_effect": wanted})
    return replace(cohort, outcomes=(outcome,)), options


def places(frame, **options):
    return made(frame, units="territories", **options)


def rule(every=1):
    """Return those whom an income decides of, or one in so many of their rows."""
    return cohort_of(by_threshold().iloc[::every], covariates=["income"]), {
        "running": "income",
        "cutoff": 500.0,
    }


def by_income(frame):
    """Return people whose income has nothing to do with the action."""
    return cohort_of(frame.assign(income=frame["id"] % 60), covariates=["income"])


def mixed(n, periods):
    """Return one territory, and n others followed as long, the action starting 10 periods before the end."""
    frame = donors()
    kept = (frame["wave"] > 30 - periods) & ((frame["id"] == 99) | (frame["id"] < n))
    return places(frame[kept])


def in_sites(beneficiaries, others):
    """Return people spread over so many sites of their own in each arm."""

    def site(rng, n):
        i = np.arange(n)
        return np.where(i < n // 2, i % beneficiaries, 100 + i % others)

    return cohort_of(people(60, site=site), cluster="site"), {}


def entering(last):
    """Return several dates of entry, so many people at the last one."""
    frame = staggered()
    return made(frame[(frame["entry"] != 3.0) | (frame["id"] < 60 + last)])


def lots(entry):
    return people(arms=("beneficiary", "randomised"), entry=entry)


def alone(frame):
    return frame[frame["arm"] == "beneficiary"]


def drawn(takeup):
    """Return lots drawn, where this share of those offered enter, and one in ten of the others."""
    frame = people(200, arms=("beneficiary", "randomised"))
    share = np.where(frame["arm"] == "beneficiary", takeup, 0.1)
    return made(frame.assign(entry=np.where(frame["id"] % 100 < 100 * share, 6.0, np.inf)))


def months(folder, before):
    """Return a study of a territory and its neighbour, so many months before the action and ten after."""
    start = 12 * 2025
    rows = [
        f"{name};{month % 12 + 1:02d}/{month // 12};{arm};{(7 * month + 3 * len(name)) % 11}"
        for name, arm in (("Ici", "oui"), ("Voisin", "non"))
        for month in range(start - before, start + 10)
    ]
    text = "\n".join(["territoire;mois;pacte;nombre", *rows])
    study = ik.read_study(write_study(folder, toml=MONTHLY, files={"suivi.csv": text}))
    return ik.build_cohort(study, action="mobilite"), {}


def levels(n):
    """Return people seen at the end only, where those compared have n values."""
    frame = people(waves=(6,))
    return made(frame.assign(y=frame["y"].where(frame["arm"] == "beneficiary", frame["id"] % n)))


def lost_at_end(n):
    """Return 60 people in each arm, the first n of each not known at the end yet."""
    frame = people()
    return frame.assign(y=frame["y"].mask((frame["wave"] == 6) & (frame["id"] % 60 < n)))


def wished(effect):
    return places(monthly(), wanted=effect)


def one_month(known):
    """Return the monthly series, with its twelfth month or without."""
    frame = monthly()
    return places(frame.assign(y=frame["y"].where((frame["wave"] != 12) | known)))


INCOME = {"running": "income", "cutoff": 30.0}
# A code, the design it is told of, a world where it is, a neighbour where it is not. A world is one of
# `MADE`, or what makes one.
TOLD = [
    ("E-EVA-01", "did", "ten people in a group", "two waves and a waiting list"),
    ("E-EVA-02", "did", "nothing before, a waiting list", "two waves and a waiting list"),
    ("E-EVA-03", "did", "beneficiaries alone", "two waves and a waiting list"),
    ("E-EVA-04", "interrupted_series", lambda: mixed(12, 17), lambda: mixed(12, 18)),
    ("E-EVA-05", "randomised", "two waves and a waiting list", "lots drawn"),
    ("E-EVA-06", "threshold", "two waves and a waiting list", "a threshold"),
    ("E-EVA-07", "threshold", lambda: (by_income(people()), INCOME), "a threshold"),
    ("E-EVA-08", "offer", "lots drawn", "lots drawn, not everyone enters"),
    ("E-EVA-09", "did", "several dates of entry", "three waves before"),
    ("E-EVA-10", "did_staggered", "three waves before", "several dates of entry"),
    ("E-EVA-11", "event_study", "two waves and a waiting list", "three waves before"),
    ("E-EVA-12", "synthetic_control", lambda: (mixed(12, 30)[0], {}), lambda: mixed(12, 30)),
    ("E-EVA-13", "compare_groups", "lots drawn", "two waves and a waiting list"),
    ("E-EVA-14", "threshold", lambda: (rule()[0], {}), lambda: (by_income(people()), {})),
    ("E-EVA-15", "did", lambda: places(people(5)), lambda: places(people(6))),
    ("E-EVA-16", "synthetic_control", lambda: mixed(1, 30), lambda: mixed(2, 30)),
    ("E-EVA-17", "randomised", lambda: made(lots(np.inf)), lambda: made(lots(6.0))),
    ("E-EVA-18", "alike", "a threshold", lambda: (by_income(people()), {})),
    ("E-EVA-19", "did", lambda: in_sites(10, 1), lambda: in_sites(10, 2)),
    ("E-EVA-20", "interrupted_series", lambda: one_month(False), lambda: one_month(True)),
    ("A-EVA-01", "did", lambda: made(people(29)), lambda: made(people(30))),
    ("A-EVA-02", "alike", "few who never enter", "several dates of entry"),
    ("A-EVA-03", "did", lambda: in_sites(5, 10), lambda: in_sites(6, 10)),
    ("A-EVA-04", "did_staggered", lambda: entering(4), lambda: entering(5)),
    ("A-EVA-05", "interrupted_series", lambda folder: months(folder, 23), lambda folder: months(folder, 24)),
    ("A-EVA-06", "did", "a third of beneficiaries lost", "two waves and a waiting list"),
    ("A-EVA-07", "did", lambda: made(people(), wanted=0.01), lambda: made(people(), wanted=9)),
    ("A-EVA-08", "did", "groups that differ by a standard deviation", "two waves and a waiting list"),
    ("A-EVA-09", "synthetic_control", lambda: mixed(9, 20), lambda: mixed(10, 20)),
    ("A-EVA-09", "synthetic_control", lambda: mixed(12, 19), lambda: mixed(12, 20)),
    ("A-EVA-10", "threshold", lambda: rule(every=4), "a threshold"),
    ("A-EVA-11", "interrupted_series", lambda: places(alone(monthly())), lambda: places(monthly())),
    ("A-EVA-12", "compare_groups", lambda: levels(1), lambda: levels(2)),
    ("A-EVA-13", "interrupted_series", lambda: wished(0.1), lambda: wished(9)),
    ("A-EVA-14", "before_after", lambda: made(people(), wanted=0.01), lambda: made(people(), wanted=9)),
    ("A-EVA-15", "did", lambda: made(lost_at_end(60)), lambda: made(lost_at_end(30))),
    ("A-EVA-16", "offer", lambda: drawn(0.2), lambda: drawn(0.4)),
    ("A-EVA-17", "did", "lots drawn, not everyone enters", "lots drawn"),
]  # fmt: skip


def _said(world, design, folder):
    """Return what is said of a design in a world: whether it can be computed, and its codes."""
    make = MADE[world][0] if isinstance(world, str) else world
    cohort, options = make(folder) if signature(make).parameters else make()
    option = ik.advise(cohort, **options).option(design)
    problems = (option.obstacle, *option.cautions)
    return option.feasible, {problem.code for problem in problems if problem is not None}


@pytest.mark.parametrize(("code", "design", "world", "neighbour"), TOLD, ids=[row[0] for row in TOLD])
def test_each_code_is_told_where_it_holds_and_not_next_door(code, design, world, neighbour, tmp_path):
    feasible, codes = _said(world, design, tmp_path / "world")
    assert code in codes
    assert feasible == code.startswith("A")
    feasible, codes = _said(neighbour, design, tmp_path / "neighbour")
    assert code not in codes
    # A caution that is not told because nothing is computed would prove nothing.
    assert feasible or code.startswith("E")


def test_no_code_of_the_advice_is_left_out():
    known = {key.split(".")[1] for key in entries("fr") if re.match(r"problem\.[EA]-EVA-", key)}
    assert {row[0] for row in TOLD} == known


# ------------------------------------------------------------------ design before outcome
def _facts(advice):
    return [
        (option.design, option.feasible, option.credibility, option.minimum_detectable_effect, option.reason)
        for option in advice.options
    ]


@pytest.mark.parametrize("world", [name for name in MADE if name != "several dates of entry"])
@pytest.mark.parametrize("change", [100.0, "shuffled"])
def test_results_of_beneficiaries_after_entry_are_never_read(world, change):
    make, _ = MADE[world]
    cohort, options = make()
    frame = cohort.panel.rename(columns=lambda name: name.removeprefix("_"))
    after = (frame["entry"] <= frame["period"]).to_numpy()
    y = frame["y"].to_numpy().copy()
    known = after & ~np.isnan(y)
    y[known] = y[known] + change if change == 100.0 else np.random.default_rng(1).permutation(y[known]) ** 3
    roles = {"cluster": "cluster"} if cohort.has_clusters else {}
    again = ik.cohort_from_frame(
        frame.assign(y=y), unit="unit", period="period", arm="arm", entry="entry", outcomes=["y"],
        covariates=list(cohort.covariates), **roles,
    )  # fmt: skip
    assert _facts(ik.advise(again, **options)) == _facts(ik.advise(cohort, **options))


def test_nor_are_those_of_people_who_enter_over_time():
    frame = staggered()
    after = frame["entry"] <= frame["wave"]
    changed = frame.assign(y=frame["y"] + 50 * after)
    assert _facts(ik.advise(cohort_of(changed))) == _facts(ik.advise(cohort_of(frame)))


def test_a_constant_added_to_those_compared_changes_no_number():
    frame = people()
    moved = frame.assign(y=frame["y"] + 40.0 * ((frame["arm"] != "beneficiary") & (frame["wave"] == 6)))
    before, after = ik.advise(cohort_of(frame)), ik.advise(cohort_of(moved))
    for one, other in zip(before.options, after.options, strict=True):
        assert one.design == other.design
        if one.minimum_detectable_effect is not None:
            assert other.minimum_detectable_effect == pytest.approx(one.minimum_detectable_effect, rel=1e-9)


# ------------------------------------------------------------------ the smallest detectable effect
def test_the_effect_is_that_of_the_planning_engine_on_the_cohorts_own_spread():
    frame = people(80)
    compared = frame[frame["arm"] == "waiting_list"].pivot_table(index="id", columns="wave", values="y")
    rho = np.corrcoef(compared[0], compared[6])[0, 1]
    expected = ik.minimum_detectable_effect(
        design="did", n_treated=80, n_comparison=80, sd=compared[6].std(), baseline_correlation=rho
    )
    found = ik.advise(cohort_of(frame)).option("did")
    assert found.minimum_detectable_effect == pytest.approx(expected, rel=1e-9)
    assert found.in_sd == pytest.approx(expected / compared[6].std(), rel=1e-9)


def test_it_is_the_precision_that_the_verdict_then_finds():
    # The same design, once run, has a smallest detectable effect of the same size.
    for action in (two_waves(300, seed=4),):
        cohort = cohort_of(action)
        option = ik.advise(cohort).option("did")
        estimate = run(option, cohort)
        found = rules.smallest_detectable(estimate.effect.std_error, estimate.effect.reference.df)
        assert option.minimum_detectable_effect == pytest.approx(found, rel=0.1)


def test_the_effect_on_those_who_enter_is_that_of_the_offer_over_the_takeup():
    advice = ik.advise(cohort_of(offered()))
    enters = offered().drop_duplicates("id")
    shares = np.isfinite(enters["entry"]).groupby(enters["arm"]).mean()
    y = offered().query("wave == 6 and arm == 'randomised' and entry > 6")["y"]
    offer = ik.minimum_detectable_effect(n_treated=200, n_comparison=200, sd=y.std())
    takeup = shares["beneficiary"] - shares["randomised"]
    assert advice.option("offer").minimum_detectable_effect == pytest.approx(offer / takeup, rel=1e-9)


def test_those_compared_count_for_what_their_weights_are_worth(shipped):
    cohort, advice = shipped["ponderation_cps"]
    on = [advice.shape.outcome.variable, *cohort.covariates]
    weighted = ik.weight(ik.declare_design(cohort, covariates=()), method="entropy", on=on)
    y = cohort.rows
    group = advice.shape.compared["external"].people
    after, before = (
        y.numbers(on[0], y.at(period)[group]) for period in (advice.shape.end, advice.shape.before[-1])
    )
    expected = ik.minimum_detectable_effect(
        design="ancova",
        n_treated=185,
        n_comparison=round(weighted.comparable.settings["effective_comparison"]),
        sd=after.std(ddof=1),
        baseline_correlation=np.corrcoef(before, after)[0, 1],
    )
    assert advice.option("alike").minimum_detectable_effect == pytest.approx(expected, rel=1e-9)


def test_groups_are_as_unlike_as_the_balance_table_says(shipped):
    for action in ("parcours_mobilite", "comparaison_cps"):
        cohort, advice = shipped[action]
        name = advice.shape.chosen()
        design = ik.declare_design(cohort, comparison=name, covariates=cohort.covariates)
        unlike = (design.balance()["wwc"].abs() > rules.WWC_ADJUSTABLE).any()
        codes = [problem.code for problem in advice.option("did").cautions]
        assert ("A-EVA-08" in codes) == unlike


def test_lots_that_not_everyone_follows_are_analysed_as_drawn():
    advice = ik.advise(cohort_of(offered()))
    assert 'estimand="ITT"' in advice.option("randomised").snippet
    assert 'estimand="ITT"' in advice.option("did").snippet
    assert "celui de la proposition" in advice.option("randomised").reason
    assert not ik.advise(cohort_of(offered(waves=(-12, -6, 0, 6)))).option("event_study").feasible


def test_people_already_in_are_not_counted():
    frame = people(waves=(1, 6))
    cohort = cohort_of(frame.assign(entry=frame["entry"].where(frame["id"] >= 20, 1.0)))
    option = ik.advise(cohort).option("did")
    assert str(option.counts).startswith("40")
    assert run(option, cohort).effect.n_treated == 40


def test_nobody_enters():
    frame = people(arms=("beneficiary", "randomised"), entry=np.inf)
    advice = ik.advise(cohort_of(frame))
    assert advice.best.design == "qualitative"
    assert advice.option("randomised").obstacle.code == "E-EVA-17"


def test_structures_make_it_larger():
    frame = people(120, site=lambda rng, n: np.arange(n) // 12)
    by_site = np.random.default_rng(0).normal(0, 1, 20)[frame["site"]]
    frame = frame.assign(y=frame["y"] + by_site * (frame["wave"] == 6))
    alone = ik.advise(cohort_of(frame)).option("did").minimum_detectable_effect
    together = ik.advise(cohort_of(frame, cluster="site")).option("did").minimum_detectable_effect
    assert together > alone


def test_intracluster_correlation_is_that_of_the_analysis_of_variance():
    # Two structures of two: MSB = 4, MSW = 0.5, m0 = 2: (4 - 0.5) / (4 + 0.5).
    values, structures = np.array([1.0, 2.0, 3.0, 4.0]), np.array([0, 0, 1, 1])
    assert intracluster(values, structures) == pytest.approx(3.5 / 4.5, rel=1e-12)
    assert intracluster(values, np.arange(4)) == 0.0


def test_the_step_of_a_series_is_found_as_often_as_said():
    # 48 independent months, 24 before: of 2 000 series with such a step, 80 % have it significant.
    rng = np.random.default_rng(0)
    times = np.arange(48.0)
    after = times >= 24
    X = np.column_stack([np.ones(48), times - times.mean(), after])
    said = np.median([step_effect(rng.normal(size=24), times, after, seasons=1) for _ in range(200)])
    y = rng.normal(size=(48, 2000)) + said * after[:, None]
    inverse = np.linalg.inv(X.T @ X)
    b = inverse @ X.T @ y
    s = np.sqrt(((y - X @ b) ** 2).sum(axis=0) / 45)
    power = np.mean(np.abs(b[2] / (s * np.sqrt(inverse[2, 2]))) > 2.014)
    assert power > 0.8  # cautious: the residuals' correlation is never taken below zero


def test_the_jump_at_a_threshold_is_found_as_often_as_said():
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, 800)
    right = x >= 0
    said, near = jump_effect(x, right, 0.0, 1.0)
    inside = np.abs(x) <= 1.843 * x.std(ddof=1) * 800 ** (-0.2)
    assert near == min((inside & right).sum(), (inside & ~right).sum())
    X = np.column_stack([np.ones(800), right, x, x * right])[inside]
    inverse = np.linalg.inv(X.T @ X)
    y = rng.normal(size=(len(X), 2000)) + said * X[:, [1]]
    b = inverse @ X.T @ y
    s = np.sqrt(((y - X @ b) ** 2).sum(axis=0) / (len(X) - 4))
    power = np.mean(np.abs(b[1] / (s * np.sqrt(inverse[1, 1]))) > 1.965)
    assert power == pytest.approx(0.8, abs=0.03)


def test_a_share_is_told_in_points_and_its_rise_cannot_pass_all_of_it():
    advice = ik.advise(cohort_of(as_share(two_waves(200), 10.0).assign(y=lambda f: f["y"] == 1)))
    assert "points" in str(advice)
    frame = people(12, waves=(6,)).assign(y=lambda f: f["id"] % 12 < 11)
    option = ik.advise(cohort_of(frame)).option("compare_groups")
    assert option.minimum_detectable_effect is None or option.minimum_detectable_effect < 1


# ------------------------------------------------------------------ what is said
def test_the_table_has_the_columns_of_the_contract():
    table = ik.advise(cohort_of(people())).table
    assert {"design", "feasible", "assumption", "minimum_detectable_effect", "reason"} <= set(table)
    assert table["rank"].tolist() == list(range(1, 13))
    assert table["feasible"].is_monotonic_decreasing
    assert all(text.endswith((".", "?")) for text in table["reason"])
    assert table.loc[~table["feasible"], "credibility"].isna().all()


@pytest.mark.parametrize("language", ["fr", "en"])
def test_it_speaks_both_languages_within_a_terminal(shipped, language):
    set_language(language)
    try:
        for _, advice in shipped.values():
            text = str(advice)
            assert all(len(line) <= 84 for line in text.splitlines() if " = " not in line)
            html = advice._repr_html_()
            assert html.count("<tr>") == 13
            assert '<th scope="col">' in html
    finally:
        set_language(None)


def test_words_of_the_study_are_escaped():
    frame = people().rename(columns={"y": "<b>y"})
    cohort = ik.cohort_from_frame(
        frame, unit="id", period="wave", arm="arm", entry="entry", outcomes=["<b>y"]
    )
    assert "<b>" not in ik.advise(cohort)._repr_html_()


def test_small_groups_are_never_counted():
    frame = pd.concat(
        [
            people(7, arms=("beneficiary",)),
            people(40, arms=("waiting_list",)).assign(id=lambda f: f["id"] + 100),
        ]
    )
    advice = ik.advise(cohort_of(frame))
    assert advice.best.design == "qualitative"
    rows = json.dumps([row | {"rank": 0} for row in advice.to_dict()["designs"]])
    assert not re.search(r"\b7\b", str(advice) + advice._repr_html_() + rows)


def test_every_sentence_of_a_design_that_is_out_says_what_would_help():
    for world in ("beneficiaries alone", "nothing before, nobody to compare", "ten people in a group"):
        cohort, options = MADE[world][0]()
        for option in ik.advise(cohort, **options).options:
            assert option.feasible or option.reason.count(".") >= 2


def test_a_variable_that_separates_the_groups_is_named_not_its_value():
    frame = by_threshold()
    reason = ik.advise(cohort_of(frame, covariates=["income"])).option("threshold").reason
    assert "income" in reason
    assert "500" not in reason


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"outcome": "z"}, "unknown outcome"),
        ({"comparison": "lots"}, "unknown comparison"),
        ({"comparison": "none"}, "comparison"),
        ({"running": "y"}, "go together"),
        ({"running": "z", "cutoff": 1.0}, "unknown running"),
        ({"units": "towns"}, "unknown units"),
    ],
)
def test_wrong_calls_are_refused(options, words):
    with pytest.raises(ValueError, match=words):
        ik.advise(cohort_of(people()), **options)


def test_an_unknown_design_is_refused():
    with pytest.raises(ValueError, match="unknown design"):
        ik.advise(cohort_of(people())).option("magic")


def test_a_comparison_without_a_name_can_be_named():
    frame = people().assign(arm=lambda f: (f["arm"] == "beneficiary").astype(int))
    assert ik.advise(cohort_of(frame)).best.design == "did"
    assert ik.advise(cohort_of(frame), comparison="randomised").best.design == "randomised"


def test_results_to_come_are_foreseen():
    frame = people(arms=("beneficiary", "randomised"))
    waiting = frame.assign(y=frame["y"].mask(frame["wave"] == 6))
    option = ik.advise(cohort_of(waiting)).best
    assert option.design == "randomised"
    assert option.minimum_detectable_effect > 0
    assert "encore connu" in option.reason


# ------------------------------------------------------------------ évaluabilité and the command line
@pytest.fixture
def impactkit(capsys, monkeypatch):
    monkeypatch.setenv("IMPACTKIT_LANG", "fr")

    def told(*words):
        code = run_command([str(word) for word in words])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    yield told
    set_language(None)


def test_evaluability_needs_a_study(shipped):
    assert evaluability(shipped["boussole_jeunes"][1])[0].code == "A-EVA-07"
    with pytest.raises(ValueError, match="no study"):
        evaluability(ik.advise(cohort_of(people())))


def test_check_refuses_a_before_after_without_before(impactkit, tmp_path):
    study = make_study(tmp_path / "etude", "a")
    rows = "\n".join(f"p{i};;{i % 5}" for i in range(40))
    (study.parent / "suivi.csv").write_text(f"personne;avant;apres\n{rows}\n", encoding="utf-8")
    code, out, err = impactkit("check", study)
    assert code == 5
    assert "Non évaluable ainsi." in err
    assert "n'a pas été mesuré avant l'entrée" in err
    assert "lecture qualitative" in err
    assert "peut être mesuré" not in out


def test_check_says_that_too_few_people_give_no_figure(impactkit, tmp_path):
    study = make_study(tmp_path / "etude", "a")
    rows = "\n".join(f"p{i};{i};{i + 1}" for i in range(8))
    (study.parent / "suivi.csv").write_text(f"personne;avant;apres\n{rows}\n", encoding="utf-8")
    code, out, _ = impactkit("check", study)
    assert code == 0
    assert "trop petit pour un chiffre" in out
    assert "peut être mesuré" not in out
    finding = json.loads(impactkit("check", study, "--json")[1])["findings"][0]
    assert (finding["ok"], finding["evaluable"], finding["best"]) == (True, False, "qualitative")
    assert finding["evaluability"][0]["code"] == "E-EVA-01"


def test_check_names_a_more_credible_design(impactkit, tmp_path):
    source = Path(ik.sample("insertion_emploi"))
    source = source if source.is_dir() else source.parent
    folder = shutil.copytree(source, tmp_path / "etude")
    lines = 'method = "before_after"\ncomparison = "none"'
    text = _redeclared((folder / "study.toml").read_text(encoding="utf-8"), "parcours_mobilite", lines)
    (folder / "study.toml").write_text(text, encoding="utf-8")
    code, out, _ = impactkit("check", folder)
    assert code == 0
    assert "Une méthode plus crédible est possible : Doubles différences" in out.replace("\u00a0", " ")


def test_advise_on_the_command_line(impactkit):
    code, out, _ = impactkit("advise", ik.sample("insertion_emploi_cls"), "--action", "boussole_jeunes")
    assert code == 0
    assert "Tirage au sort" in out
    assert "conseil_budget" not in out
    told = json.loads(impactkit("advise", ik.sample("insertion_emploi_cls"), "--json")[1])
    first = told["actions"][0]
    assert (first["action"], first["best"], first["declared"]) == (
        "boussole_jeunes",
        "randomised",
        "randomised",
    )
    assert first["designs"][0]["minimum_detectable_effect"] > 0
    code, _, err = impactkit("advise", ik.sample("insertion_emploi_cls"), "--action", "nulle")
    assert code == 2
    assert "boussole_jeunes" in err


def test_advise_tells_data_that_cannot_be_read(impactkit, tmp_path):
    study = make_study(tmp_path / "etude", "a")
    (study.parent / "suivi.csv").write_text("personne;avant\np1;1\n", encoding="utf-8")
    code, _, err = impactkit("advise", study)
    assert code == 4
    assert "apres" in err
    assert json.loads(impactkit("advise", study, "--json")[1])["actions"][0]["exit_code"] == 4


# ------------------------------------------------------------------ odd cohorts
ARMS = ["beneficiary", "randomised", "waiting_list", "ineligible"]


@st.composite
def odd_cohorts(draw):
    """Draw a cohort with holes, constants, odd entries, one site, few people; and how to ask about it."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n, periods = draw(st.sampled_from([1, 2, 12, 40])), draw(st.sampled_from([1, 2, 3, 20]))
    times = np.sort(rng.choice(np.arange(1, 60), periods, replace=False)).astype(float)
    person = np.repeat(np.arange(n), periods)
    frame = pd.DataFrame({"id": person, "wave": np.tile(times, n)})
    entries = draw(
        st.sampled_from([[np.inf, times[-1]], [*times, np.inf], [0, np.nan, times[0] - 1, times[-1] + 4]])
    )
    frame["entry"] = rng.choice(np.asarray(entries, dtype=float), n)[person]
    arms = ARMS[: draw(st.integers(1, 4))]
    frame["arm"] = rng.choice(arms, n)[person]
    y = rng.normal(5, draw(st.sampled_from([0.0, 1.0])), len(frame))
    if draw(st.booleans()):
        y = (y > 5).astype(float)
    y[rng.random(len(frame)) < draw(st.sampled_from([0.0, 0.1, 0.6, 1.0]))] = np.nan
    frame["y"] = y
    frame["x"] = (rng.normal(0, 1, n) + 20 * draw(st.booleans()) * (np.arange(n) % 2))[person]
    frame["site"] = rng.integers(0, draw(st.sampled_from([1, 3, 20])), n)[person]
    frame = frame[rng.random(len(frame)) < draw(st.sampled_from([0.7, 1.0]))]
    roles = {"covariates": ["x"]} if draw(st.booleans()) else {}
    roles |= {"cluster": "site"} if draw(st.booleans()) else {}
    asked = {"running": "x", "cutoff": draw(st.sampled_from([0.0, 10.0]))} if "covariates" in roles else {}
    asked |= {"units": draw(st.sampled_from(["people", "territories"]))}
    return frame, roles, asked


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(odd_cohorts())
@pytest.mark.filterwarnings("error")
def test_it_never_raises_nor_lies_on_odd_cohorts(drawn):
    frame, roles, asked = drawn
    try:
        cohort = cohort_of(frame, **roles)
    except (ValueError, ik.DesignError):
        return
    if not cohort.n_units:
        with pytest.raises(ik.DesignError):
            ik.advise(cohort)
        return
    advice = ik.advise(cohort, **asked)
    assert str(advice)
    assert advice._repr_html_()
    json.dumps(advice.to_dict(), allow_nan=False)
    assert len({option.design for option in advice.options}) == 12
    for option in advice.options:
        effect = option.minimum_detectable_effect
        assert effect is None or (option.feasible and np.isfinite(effect) and effect > 0)
        assert 0 <= option.credibility <= 5
    # Neither before nor comparison: nothing is said of an effect.
    if not advice.shape.before and not advice.shape.compared:
        assert advice.best.design == "qualitative"
