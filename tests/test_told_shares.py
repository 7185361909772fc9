"""An effect on a yes/no outcome is told the same by every small number that could be behind it."""

import json
from collections import Counter

import numpy as np
import pandas as pd
import pytest

import impactkit as ik
from impactkit.disclosure import PROFILES, is_small, share_is_safe
from impactkit.disclosure.hidden_shares import Moves, widest_change, widest_difference

SECRET = PROFILES["pilotactions"]


def shares(n1: int, n2: int, a: int, b: int) -> ik.Design:
    """Two groups at one time, ``a`` yes among ``n1``, ``b`` among ``n2``."""
    yes = np.concatenate([np.arange(n1) < a, np.arange(n2) < b])
    people = [f"p{i}" for i in range(n1 + n2)]
    frame = pd.DataFrame({"person": people, "helped": (np.arange(n1 + n2) < n1).astype(int), "y": yes})
    cohort = ik.cohort_from_frame(frame, unit="person", outcomes=["y"], arm="helped", covariates=[])
    return ik.declare_design(cohort, comparison="waiting_list")


def answers(n: int, before: int, gained: int, lost: int) -> np.ndarray:
    """Return yes before and after, ``before`` of ``n`` people first."""
    asked = np.zeros((n, 2), dtype=bool)
    asked[:before, 0] = True
    asked[lost:before, 1] = True
    asked[before : before + gained, 1] = True
    return asked


def changes(*groups: np.ndarray) -> ik.Design:
    """People asked before and after: beneficiaries, then those compared."""
    asked = np.concatenate(groups)
    arms = np.repeat(["beneficiary", "waiting_list"][: len(groups)], [len(one) for one in groups])
    frames = [
        pd.DataFrame(
            {
                "id": [f"p{i}" for i in range(len(asked))],
                "wave": wave,
                "arm": arms,
                "entry": np.where(arms == "beneficiary", 6, None),
                "y": asked[:, t],
            }
        )
        for t, wave in enumerate((0, 6))
    ]
    frame = pd.concat(frames, ignore_index=True)
    cohort = ik.cohort_from_frame(frame, unit="id", period="wave", arm="arm", entry="entry", outcomes=["y"])
    comparison = "none" if len(groups) == 1 else "waiting_list"
    return ik.declare_design(cohort, comparison=comparison, window=(0, 6))


def told_by(estimate: ik.Estimate) -> str:
    """Return all that leaves, as ``evidence.json`` has it."""
    return json.dumps(ik.assess(estimate).to_dict(), sort_keys=True, ensure_ascii=False)


@pytest.mark.parametrize(("n1", "n2", "difference"), [(100, 100, -27), (40, 40, 8), (60, 60, 0)])
def test_numbers_of_yes_give_the_same_record_by_five(n1, n2, difference):
    worlds = [(a, a - difference) for a in range(n1 + 1) if 0 <= a - difference <= n2]
    hidden = [
        pair
        for pair in worlds
        if not all(share_is_safe(yes / n, n, SECRET) for yes, n in zip(pair, (n1, n2), strict=True))
    ]
    few_yes = [pair for pair in hidden if sum(pair) <= (n1 + n2) / 2]
    records = Counter(told_by(ik.compare_groups(shares(n1, n2, a, b))) for a, b in few_yes)
    assert len(few_yes) >= 10
    assert min(records.values()) >= 5


@pytest.mark.parametrize("change", [9, -4, 0, 18])
def test_numbers_of_moves_give_the_same_record_by_five(change):
    worlds = [(m + max(change, 0), m + max(-change, 0)) for m in range(11)]
    hidden = [(g, m) for g, m in worlds if is_small(g, SECRET) or is_small(m, SECRET)]
    records = Counter(told_by(ik.before_after(changes(answers(60, 24, g, m)))) for g, m in hidden)
    assert len(hidden) >= 10
    assert min(records.values()) >= 5


def test_numbers_of_moves_of_two_groups_give_the_same_record():
    records = {
        told_by(ik.did(changes(answers(60, 24, 12 + m, m), answers(80, 30, 11 + k, k))))
        for m in (1, 3, 5)
        for k in (6, 8, 10)
    }
    assert len(records) == 1


@pytest.mark.parametrize("profile", ["diffusion", "interne-10", "partenaire-5", "entreprises"])
def test_a_profile_says_how_many_numbers_stay_possible(profile):
    secret = PROFILES[profile]
    told = Counter()
    for yes in np.ndindex(41, 41):
        one = widest_difference(yes, (40, 40), profile=secret, sensitive=False, step=0.01)
        if one is not None:
            told[round(one.low, 9), round(one.high, 9), one.yes] += 1
    assert min(told.values()) >= secret.left_possible


def test_what_is_told_holds_the_true_interval():
    for a, b in ((3, 30), (10, 12), (1, 5)):
        design = shares(40, 40, a, b)
        true = ik.compare_groups(design).effect.interval()
        effect = ik.assess(ik.compare_groups(design)).record.effect
        assert effect.conf_low <= true[0] + 0.005
        assert effect.conf_high >= true[1] - 0.005


def test_an_effect_without_small_numbers_is_told_as_it_is():
    estimate = ik.compare_groups(shares(100, 100, 30, 50))
    evidence = ik.assess(estimate)
    assert evidence.estimate is estimate
    assert evidence.record.effect.conf_low == pytest.approx(estimate.effect.interval()[0], abs=0.005)


def test_it_says_so_in_both_languages():
    notes = ik.assess(ik.compare_groups(shares(100, 100, 3, 30))).record.notes
    assert any("intervalle aussi large" in note.fr and "interval as wide" in note.en for note in notes)


@pytest.mark.parametrize("people", [(11, 11), (12, 30), (40, 40), (40, 61)])
def test_enough_pairs_of_numbers_are_told_alike(people):
    told = Counter()
    for yes in np.ndindex(people[0] + 1, people[1] + 1):
        one = widest_difference(yes, people, profile=SECRET, sensitive=False, step=0.01)
        if one is not None:
            told[round(one.low, 9), round(one.high, 9), one.yes] += 1
    assert min(told.values()) >= 5


@pytest.mark.parametrize("profile", ["pilotactions", "partenaire-5", "entreprises"])
@pytest.mark.parametrize("people", [11, 20, 30, 60])
def test_enough_pairs_of_moves_are_told_alike(people, profile):
    told = Counter()
    for gained, lost in np.ndindex(people + 1, people + 1):
        if gained + lost <= people:
            moves = [Moves(gained=gained, lost=lost, people=people)]
            one = widest_change(moves, profile=PROFILES[profile])
            if one is not None:
                told[round(one.low, 9), round(one.high, 9)] += 1
    assert min(told.values()) >= min(5, PROFILES[profile].minimum - 1)


def test_an_adjusted_effect_widens_as_much():
    rng = np.random.default_rng(1)
    n = 80
    frame = pd.DataFrame(
        {
            "person": [f"p{i}" for i in range(2 * n)],
            "helped": np.arange(2 * n) % 2,
            "age": rng.normal(40, 10, 2 * n).round(),
            "y": np.arange(2 * n) % 16 < np.where(np.arange(2 * n) % 2, 5, 2),
        }
    )
    cohort = ik.cohort_from_frame(frame, unit="person", outcomes=["y"], arm="helped", covariates=["age"])
    design = ik.declare_design(cohort, comparison="waiting_list", covariates=["age"])
    raw, adjusted = (ik.compare_groups(design, adjust=adjust) for adjust in (None, "lin"))

    def wider(estimate: ik.Estimate) -> float:
        low, high = estimate.effect.interval()
        told_low, told_high = ik.assess(estimate).estimate.effect.interval()
        return (told_high - told_low) / (high - low)

    assert wider(raw) > 1
    assert wider(adjusted) == pytest.approx(wider(raw), rel=0.02)


def test_a_group_whose_shares_are_shown_keeps_its_spread():
    estimate = ik.did(changes(answers(60, 24, 12, 3), answers(80, 30, 11, 6)))
    evidence = ik.assess(estimate)
    assert evidence.estimate is not estimate  # few people lost the answer
    assert evidence.estimate.means == estimate.means


def few(n: int, effect: float) -> ik.Estimate:
    """``n`` beneficiaries and 40 others, whose scores differ by ``effect``."""
    rng = np.random.default_rng(n)
    helped = np.arange(n + 40) < n
    frame = pd.DataFrame(
        {
            "person": [f"p{i}" for i in range(n + 40)],
            "helped": helped.astype(int),
            "score": (rng.normal(size=n + 40) + effect * helped).round(2),
        }
    )
    cohort = ik.cohort_from_frame(frame, unit="person", outcomes=["score"], arm="helped", covariates=[])
    return ik.compare_groups(ik.declare_design(cohort, comparison="waiting_list"))


def test_a_group_too_small_for_a_figure_tells_neither_its_size_nor_which_way_it_went():
    assert len({told_by(few(n, effect)) for n, effect in ((4, 3.0), (6, 0.0), (9, -3.0))}) == 1
