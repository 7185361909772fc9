"""The verdict on worlds with a known truth: what it says, and what it must not say."""

import pytest

import impactkit as ik
from impactkit.evidence.record import Record
from worlds import as_share, evidence_of, two_waves


def statuses(evidence):
    return {check.key: check.status for check in evidence.checks}


def test_lots_drawn_and_a_clear_effect_are_attributable():
    world = two_waves(100, effect=1.0, arms=("beneficiary", "randomised"))
    evidence = evidence_of(world, comparison="randomised", method="compare_groups")
    assert evidence.attribution == "attributable"
    assert evidence.credibility == 5
    assert evidence.strength == min(5, evidence.precision)
    assert "sans l'action" in evidence.sentence("fr")
    assert "without the action" in evidence.sentence("en")


def test_a_waiting_list_seen_once_before_is_probably_attributable():
    evidence = evidence_of(two_waves(100, effect=1.0))
    assert statuses(evidence)["pre_trends"] == "not_run"
    assert evidence.attribution == "probably_attributable"
    assert evidence.credibility == 3


def test_a_waiting_list_with_parallel_trends_is_attributable():
    # Groups alike to the last digit would be luck: this seed has every difference within 0.25.
    evidence = evidence_of(two_waves(400, effect=1.0, waves=(-6, 0, 6), seed=3), window=(0, 6))
    assert statuses(evidence) == dict.fromkeys(statuses(evidence), "ok") | {"precision": "not_run"}
    assert evidence.attribution == "attributable"


def test_trends_that_already_diverged_are_not_attributed():
    evidence = evidence_of(
        two_waves(400, effect=1.0, gap=-0.5, trend_gap=0.5, waves=(-6, 0, 6)), window=(0, 6)
    )
    assert statuses(evidence)["pre_trends"] == "fail"
    assert evidence.attribution == "change_not_attributed"
    assert "évoluaient déjà différemment" in evidence.bound_by.text("fr")


def test_trends_that_too_few_people_could_show_are_a_reserve_not_a_pass():
    evidence = evidence_of(two_waves(30, effect=0.1, noise=1.0, waves=(-6, 0, 6)), window=(0, 6))
    assert statuses(evidence)["pre_trends"] == "caution"


def test_before_and_after_alone_is_never_attributed_however_clear_the_change():
    evidence = evidence_of(two_waves(200, effect=2.0), method="before_after", comparison="none")
    assert evidence.conclusion == "improvement"
    assert evidence.attribution == "change_not_attributed"
    assert evidence.strength <= 1
    assert "qu'avant l'action" in evidence.sentence("fr")
    assert "sans l'action" not in evidence.record.sentences.interval.fr


def test_no_change_of_the_same_people_is_not_an_absence_of_effect():
    evidence = evidence_of(two_waves(400), method="before_after", comparison="none", minimum_effect=0.5)
    assert evidence.conclusion == "no_meaningful_difference"
    assert evidence.attribution == "inconclusive"


def test_no_useful_effect_is_said_only_within_the_declared_size():
    drawn = {"comparison": "randomised", "method": "did"}
    world = two_waves(400, arms=("beneficiary", "randomised"))
    assert evidence_of(world, minimum_effect=0.5, **drawn).attribution == "no_meaningful_effect"
    assert evidence_of(world, minimum_effect=0.05, **drawn).attribution == "inconclusive"
    assert evidence_of(world, **drawn).attribution == "inconclusive"


def test_a_bias_may_hide_an_effect_so_no_useful_effect_needs_what_imputable_needs():
    evidence = evidence_of(two_waves(400), minimum_effect=0.5)
    assert evidence.conclusion == "no_meaningful_difference"
    assert evidence.attribution == "inconclusive"
    assert "peuvent en cacher un" in evidence.record.sentences.can_say[0].fr
    assert "laisse attendre le groupe de comparaison" in evidence.record.sentences.interval.fr


def test_an_unfavourable_effect_is_said():
    evidence = evidence_of(two_waves(100, effect=-1.0))
    assert evidence.attribution == "adverse_effect"
    assert "plus bas" in evidence.sentence("fr")


def test_groups_that_differ_before_the_action_are_not_comparable():
    evidence = evidence_of(two_waves(200, effect=1.0, gap=0.8))
    assert statuses(evidence)["baseline_balance"] == "fail"
    assert evidence.attribution == "change_not_attributed"
    assert "groupe de comparaison" in evidence.record.sentences.interval.fr


def test_groups_of_other_spread_lose_a_note():
    evidence = evidence_of(two_waves(400, effect=1.0, spread=2.0))
    assert statuses(evidence)["baseline_balance"] == "caution"
    assert evidence.credibility == 2


@pytest.mark.parametrize(
    ("lost", "status", "credibility"),
    [((20, 20), "ok", 3), ((100, 100), "caution", 3), ((140, 140), "fail", 2), ((80, 0), "fail", 2)],
)
def test_losses_lower_the_credibility(lost, status, credibility):
    evidence = evidence_of(two_waves(400, effect=1.5, lost=lost))
    assert statuses(evidence)["attrition"] == status
    assert evidence.credibility == credibility


@pytest.mark.parametrize(("gap", "status"), [(0.0, "ok"), (0.8, "fail")])
def test_lots_drawn_tell_nothing_more_once_too_many_are_lost(gap, status):
    world = two_waves(400, effect=1.5, gap=gap, seed=3, lost=(160, 40), arms=("beneficiary", "randomised"))
    evidence = evidence_of(world, comparison="randomised")
    assert statuses(evidence)["attrition"] == "fail"
    assert statuses(evidence)["baseline_balance"] == status
    assert evidence.credibility == (1 if gap else 3)


def test_the_smallest_effect_that_could_be_seen_is_said_when_numbers_are_what_is_missing():
    seen = evidence_of(two_waves(100), minimum_effect=0.05)
    assert "ne pouvait mettre en évidence" in seen.sentence("fr")
    alone = evidence_of(two_waves(4000), minimum_effect=1.0, comparison="none", method="before_after")
    assert alone.attribution == "inconclusive"
    assert "ne pouvait mettre en évidence" not in alone.sentence("fr")
    assert not any("de plus" in words.fr for words in alone.record.sentences.to_strengthen)


@pytest.mark.parametrize("comparison", ["non_takers", "refused", "ineligible", "external"])
def test_people_set_apart_from_the_start_are_a_reserve(comparison):
    world = two_waves(100, effect=1.0, arms=("beneficiary", comparison))
    evidence = evidence_of(world, comparison=comparison)
    assert statuses(evidence)["comparison_group"] == "caution"
    assert evidence.attribution != "attributable"


def test_fewer_than_eleven_people_get_no_figure_at_all():
    evidence = evidence_of(two_waves(10, effect=3.0))
    record = evidence.record
    assert evidence.attribution == "inconclusive"
    assert record.effect is None
    assert record.n_treated is None
    assert all(mean.mean is None and mean.n is None for mean in record.means)
    assert all(box.n is None for box in record.flow if box.arm is not None)
    assert record.balance == () or all(row.mean_treated is None for row in record.balance)
    assert "aucun chiffre" in evidence.sentence("fr")


@pytest.mark.parametrize(("n", "attribution"), [(20, "change_not_attributed"), (40, "probably_attributable")])
def test_small_groups_are_described_then_exploratory(n, attribution):
    world = two_waves(n, effect=2.0, arms=("beneficiary", "randomised"))
    assert evidence_of(world, comparison="randomised", method="compare_groups").attribution == attribution


def test_without_effect_lots_drawn_are_rarely_called_imputable():
    # Two-sided 5 %, so 2.5 % on the favourable side; 3 Monte-Carlo errors at 200 worlds are 3.3 points.
    said = [
        evidence_of(
            two_waves(60, arms=("beneficiary", "randomised"), seed=seed),
            comparison="randomised",
            method="compare_groups",
        ).attribution
        for seed in range(200)
    ]
    assert said.count("attributable") <= 200 * (0.025 + 0.033)
    assert said.count("adverse_effect") <= 200 * (0.025 + 0.033)
    assert said.count("inconclusive") >= 200 * 0.9


# ------------------------------------------------------------------ sentences


def test_a_share_is_told_in_points_and_for_a_hundred_people():
    world = as_share(two_waves(200, effect=1.0), cut=10.5)
    record = evidence_of(world).record
    assert "points" in record.sentences.interval.fr
    assert record.sentences.per_hundred is not None
    assert record.sentences.per_hundred.fr.startswith("Sur 100 personnes accompagnées, ")
    assert record.effect is not None
    after = next(mean.mean for mean in record.means if (mean.group, mean.time) == ("treated", "after"))
    assert after is not None
    assert str(round(100 * after)) in record.sentences.per_hundred.fr
    assert f"{round(100 * (after - record.effect.conf_high))} et" in record.sentences.per_hundred.fr


def test_an_inconclusive_result_says_that_it_is_not_an_absence_of_effect():
    evidence = evidence_of(two_waves(40))
    assert "Cela ne signifie pas que l'action est sans effet" in evidence.sentence("fr")
    assert "does not mean that the action has no effect" in evidence.sentence("en")
    assert any("pas conclure à l'absence d'effet" in said.fr for said in evidence.record.sentences.cannot_say)


def test_the_advice_follows_from_what_was_missing():
    evidence = evidence_of(two_waves(30, noise=1.0), minimum_effect=0.1)
    advice = " ".join(said.fr for said in evidence.record.sentences.to_strengthen)
    assert "plusieurs mesures avant l'entrée" in advice
    assert "personnes de plus par groupe" in advice


# ------------------------------------------------------------------ the record


def test_the_record_survives_a_round_trip_and_holds_no_identifier(tmp_path):
    evidence = evidence_of(as_share(two_waves(100, effect=1.0, lost=(3, 12)), cut=10.5))
    ik.save_evidence(evidence, tmp_path / "d'été")
    path = tmp_path / "d'été" / "evidence.json"
    assert Record.read(path) == evidence.record
    assert "PERSONNE" not in path.read_text(encoding="utf-8")
    assert list(path.parent.iterdir()) == [path]


def test_saving_nowhere_writes_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ik.save_evidence(evidence_of(two_waves(40)), "")
    assert list(tmp_path.iterdir()) == []


def test_a_small_loss_cannot_be_worked_out_from_the_record():
    record = evidence_of(two_waves(100, effect=1.0, lost=(3, 0))).record
    shown = [box.n for box in record.flow if box.arm == "treated" and box.n is not None]
    assert set(shown) == {97}
    assert record.n_treated == 97


def test_a_share_that_would_reveal_few_people_is_hidden_with_its_pair():
    # Nearly nobody is above 12 before: the share after is hidden too, or the change would give it back.
    record = evidence_of(as_share(two_waves(100, effect=1.5), cut=12.0)).record
    treated = [mean.mean for mean in record.means if mean.group == "treated"]
    assert treated == [None, None]
    assert record.sentences.per_hundred is None
    row = next(row for row in record.balance)
    assert row.mean_treated is None
    assert row.smd_low < row.smd_high


@pytest.mark.parametrize(("n", "shown"), [(20, []), (40, ["sign_flip", "hodges_lehmann"])])
def test_methods_for_small_numbers_are_told_where_a_test_is(n, shown):
    evidence = evidence_of(two_waves(n, effect=1.0), method="before_after", comparison="none")
    alternatives = evidence.record.alternatives
    assert [row.method for row in alternatives] == shown
    assert all(row.conf_low is not None and 0 < row.p_value < 0.001 for row in alternatives)


def test_a_p_value_that_would_count_those_who_changed_is_not_told():
    world = as_share(two_waves(60, effect=0.3), cut=10.5)
    evidence = evidence_of(world, method="before_after", comparison="none")
    estimate = ik.before_after(evidence.estimate.design)
    assert "mcnemar_exact" in set(estimate.alternatives["method"])
    assert evidence.record.alternatives == ()


def test_the_size_of_a_difference_is_told_by_its_band_where_it_would_count_few_people():
    # About 3 people of 100 are above the cut before: the exact difference would give their number.
    record = evidence_of(as_share(two_waves(100, effect=1.5), cut=12.0)).record
    check = next(check for check in record.checks if check.key == "baseline_balance")
    assert check.value in (0.05, 0.25, 1.0, 2.0)
    assert "au plus" in check.reason.fr or "plus de 1" in check.reason.fr
    assert "at most" in check.reason.en or "more than 1" in check.reason.en


def test_the_times_of_a_monthly_series_are_months():
    study = ik.read_study(ik.sample("insertion_emploi"))
    cohort = ik.build_cohort(study, action="prevention_expulsions")
    record = ik.assess(ik.estimate(ik.declare_design(cohort))).record
    assert record.window[1].fr == "juin 2026"
    assert record.window[1].en == "June 2026"
