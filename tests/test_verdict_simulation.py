"""The verdict in a few worlds whose truth is known, and the counting of `simulation/verdict.py`.

The whole grid is the command's; here, its cheapest part, with the margins that a few worlds leave.
"""

import json
from collections import Counter
from dataclasses import replace

import pytest
import verdict
from analyses import ANALYSES
from scipy.stats import binom
from situations import WRONGS, Situation, where_assumptions_hold, where_something_goes_wrong
from verdict_bars import CLAIMED, IMPUTABLE, NOTHING, Measure, bars
from verdict_page import Run, page
from verdict_tally import CRASH, Tally, judged, seed_of, tally, total

from impactkit.errors import EstimationError
from impactkit.simulate import draw
from impactkit.text import Message

WORLDS = range(30)
SITUATIONS = (*where_assumptions_hold(), *where_something_goes_wrong())


def situation(analysis, size, effect, wrong="", strength=0.0):
    key = f"{analysis}|{size}|{float(effect)}|{wrong}|{float(strength)}"
    return next(one for one in SITUATIONS if one.key == key)


def most(rate):
    """The count that a true rate passes in one run of a thousand."""
    return int(binom.ppf(0.999, len(WORLDS), rate))


def said(counted, attributions):
    return sum(counted.said[one] for one in attributions)


# ------------------------------------------------------------------ the bars, in a few worlds


@pytest.mark.parametrize(
    ("analysis", "size"),
    [("tirage au sort", 60), ("pondération", 60), ("doubles différences", 60), ("entrées échelonnées", 300)],
)
def test_no_effect_is_rarely_said_the_action_s_doing(analysis, size):
    counted = tally(situation(analysis, size, 0), WORLDS)
    assert counted.answered == len(WORLDS)
    assert said(counted, IMPUTABLE) <= most(0.025)
    assert counted.held >= len(WORLDS) - most(0.05)


@pytest.mark.parametrize(
    ("wrong", "analysis", "effect", "strength"),
    [
        ("sélection observée", "comparaison telle quelle", 0, 2),
        ("évolutions divergentes", "doubles différences", 0, 2),
        ("retour vers la moyenne, bénéficiaires seuls", "avant/après", 0, 1),
        ("pertes inégales, selon le résultat", "tirage au sort", 0, 2),
    ],
)
def test_a_bias_that_shows_is_rarely_said_the_action_s_doing(wrong, analysis, effect, strength):
    counted = tally(situation(analysis, 300, effect, wrong, strength), WORLDS)
    assert counted.error / counted.answered > 0.5  # it does flatter
    assert said(counted, IMPUTABLE) <= most(0.05)


@pytest.mark.parametrize("analysis", ["tirage au sort", "doubles différences", "pondération"])
def test_a_useful_effect_is_never_said_to_be_none_and_is_seen_when_numbers_are_there(analysis):
    smallest, twice = (tally(situation(analysis, 300, effect), WORLDS) for effect in (1, 2))
    assert said(smallest, NOTHING) <= most(0.05)
    assert said(twice, NOTHING) == 0
    assert said(twice, CLAIMED) >= len(WORLDS) / 2


def test_a_change_of_the_same_people_alone_is_never_attributed():
    counted = tally(situation("avant/après", 1000, 2), range(10))
    assert counted.concluded["improvement"] == 10
    assert counted.said == {"change_not_attributed": 10}


# ------------------------------------------------------------------ situations


def test_each_situation_has_a_name_of_its_own_and_can_be_drawn():
    assert len({one.key for one in SITUATIONS}) == len(SITUATIONS)
    assert {one.analysis for one in SITUATIONS} == set(ANALYSES)
    assert {one.wrong for one in SITUATIONS} == {"", *WRONGS}
    for one in SITUATIONS:
        if one.size <= 60:
            assert draw(one.world, seed=seed_of(one, 0)).n_units == sum(one.world.units)


def test_worlds_are_drawn_the_same_whatever_is_asked_besides():
    one = situation("tirage au sort", 60, 0)
    assert total([tally(one, range(2)), tally(one, range(2, 3))]) == tally(one, range(3))
    assert seed_of(one, 0) != seed_of(one, 1) != seed_of(situation("tirage au sort", 60, 1), 1)


# ------------------------------------------------------------------ counting


def counted(*, claims=0, none=0, worlds=100, check="pre_trends", status="ok"):
    attributions = Counter(
        attributable=claims, no_meaningful_effect=none, inconclusive=worlds - claims - none
    )
    return Tally(
        worlds=worlds,
        held=95 * worlds // 100,
        said=attributions,
        concluded=Counter(improvement=claims, inconclusive=worlds - claims),
        answers=Counter({(check, status, name): n for name, n in attributions.items()}),
    )


def bar(results, start):
    return next(one for one in bars(results) if one.promise.startswith(start))


def test_what_is_written_is_read_again(tmp_path):
    one = counted(claims=3, check="check_to_come", status="not_run") + Tally(
        worlds=1, refused=Counter(["a.b"])
    )
    assert Tally.from_json(json.loads(json.dumps(one.as_json()))) == one
    line = {"code": "now", "key": "a", "batch": "range(0, 24)", "tally": one.as_json()}
    file = tmp_path / "results.jsonl"
    file.write_text(
        f"{json.dumps(line)}\n{json.dumps(line | {'code': 'before', 'key': 'b'})}\n{json.dumps(line)[:50]}",
        encoding="utf-8",
    )
    assert verdict.read_results(file, "now") == {("a", "range(0, 24)"): one}
    assert verdict.read_results(tmp_path / "none.jsonl", "now") == {}


def test_a_run_goes_on_where_it_was(tmp_path, monkeypatch):
    one = situation("tirage au sort", 60, 0)
    monkeypatch.setattr(verdict, "situations", lambda: (one,))
    made, asked = counted(worlds=2), verdict.Worlds(without_effect=30, others=1)
    lines = [
        {"code": verdict.fingerprint(), "key": one.key, "batch": str(batch), "tally": made.as_json()}
        for batch in verdict.batches(one, asked)
    ]
    file = tmp_path / "results.jsonl"
    file.write_text("\n".join(json.dumps(line) for line in lines) + "\n", encoding="utf-8")
    verdict.count_all(asked, jobs=1, results=file)  # nothing is left to count
    assert len(file.read_text(encoding="utf-8").splitlines()) == len(lines) == 3
    assert verdict.counted(asked, file) == [(one, made + made + made)]
    more = verdict.Worlds(without_effect=60, others=1)
    assert verdict.counted(more, file) == [(one, made + made)]  # the batches that both runs have


@pytest.mark.parametrize(
    ("count", "worlds", "state"),
    [(2, 100, "tenue"), (4, 100, "au bruit près"), (10, 100, "manquée"), (0, 5, "tenue"), (5, 5, "manquée")],
)
def test_a_bar_is_held_held_but_for_noise_or_missed(count, worlds, state):
    assert Measure(where="", count=count, worlds=worlds, most=0.025, among=Tally()).state == state


def test_clopper_and_pearson_s_interval():
    # Clopper & Pearson (1934), by R's binom.test(4, 100).
    found = Measure(where="", count=4, worlds=100, among=Tally()).interval
    assert found == pytest.approx((0.01100449, 0.09925716), abs=1e-8)


def test_false_claims_miss_their_bar_where_they_are_made():
    null, trend = (
        situation("doubles différences", 60, 0),
        situation("doubles différences", 60, 0, "évolutions divergentes", 1),
    )
    results = [(null, counted(claims=1)), (trend, counted(claims=30))]
    assert not bar(results, "sans effet").missed
    missed = bar(results, "biais visible").missed
    assert [one.where for one in missed] == ["évolutions divergentes : doubles différences"]


def test_sensitivity_must_be_told_where_nothing_shows_the_bias():
    hidden = situation("doubles différences", 60, 0, "divergence qui commence à l'entrée", 1)
    silent, told = counted(claims=20), counted(claims=20, check="honest_trends", status="caution")
    assert bar([(hidden, silent)], "biais que rien").missed
    assert not bar([(hidden, told)], "biais que rien").missed


def test_tests_have_the_size_that_they_say():
    null = situation("doubles différences", 60, 0)
    assert bar([(null, counted(status="fail"))], "un contrôle").missed
    assert not bar([(null, counted())], "un contrôle").missed
    assert not bar([(null, counted(check="check_to_come", status="fail"))], "un contrôle").measures


def test_a_reason_is_counted_and_a_crash_is_a_bar_missed():
    one = situation("tirage au sort", 60, 0)

    def refuse():
        raise EstimationError(Message("some.reason"))

    def crash():
        raise ZeroDivisionError

    refused, crashed = judged(refuse, one), judged(crash, one)
    assert refused.refused == {"some.reason": 1}
    assert crashed.refused == {f"{CRASH}ZeroDivisionError": 1}
    assert not bar([(one, refused)], "aucun plantage").missed
    assert bar([(one, crashed)], "aucun plantage").missed


def test_the_page_tells_every_check_by_its_key_and_where_bars_are_missed():
    null = situation("doubles différences", 60, 0)
    wrong = situation("doubles différences", 60, 0, "évolutions divergentes", 1)
    results = [
        (null, counted(claims=1, check="check_to_come")),
        (wrong, counted(claims=30, check="check_to_come", status="caution")),
    ]
    text = page(results, Run(date="2026-11-22", command="python simulation/verdict.py", version="abc"))
    assert "évolutions divergentes : doubles différences : 30,0 % de 100" in text
    assert "réserves dans ces mondes" in text
    assert "check_to_come 100,0 % (0,0 %)" in text
    assert text.count("\n## ") == 5
    for row in (line for line in text.splitlines() if line.startswith("|")):
        assert row.endswith("|")


def test_a_situation_is_its_world_and_analysis():
    one = situation("doubles différences", 60, 1)
    assert (one.effect, one.world.units[0]) == (1.0, 60)
    assert isinstance(replace(one, size=40), Situation)
