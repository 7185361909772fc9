"""The time before an event, from the study file to the page: judged, told, and revealing nobody."""

from __future__ import annotations

import html
import itertools
import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import impactkit as ik
from impactkit.errors import ProblemsError, ReportError
from impactkit.estimators.duration.curves import time_lost
from impactkit.evidence import evaluability
from impactkit.evidence.rules_follow_up import follow_up_cap

STUDY = """
format = 1
kind = "cls"
id = "essai"
title = "Contrat d'essai"

[territory]
name = "Valmont"

[[waves]]
id = "T0"
label = "à l'entrée"
months = 0
date = 2024-01-01

[[waves]]
id = "T24"
label = "à vingt-quatre mois"
months = 24
date = 2026-01-01

[variables.rsa]
label = "Mois au RSA"
type = "number"
unit = "mois"

[variables.sortie]
label = "Sortie du RSA"
type = "{event}"

[variables.age]
label = "Âge"
type = "number"
unit = "ans"

[variables.lieu]
label = "Lieu"
type = "text"

[[files]]
id = "suivi"
path = "suivi.csv"

[files.columns]
unit = "numero"
arm = {{ column = "groupe", labels = {{ "oui" = "beneficiary", "non" = "randomised" }} }}
rsa = {{ column = "mois", wave = "T24" }}
sortie = {{ column = "sortie", wave = "T24" }}
age = {{ column = "age", wave = "T0" }}
lieu = {{ column = "lieu", wave = "T0" }}

[[actions]]
id = "action"
title = "Action"
need = "Un besoin"
intended_effect = "Sortir plus tôt du RSA"
start = 2024-01-01
files = ["suivi"]
method = "time_to_event"
comparison = "randomised"
covariates = ["age"]
duration = {{ event = "sortie", horizon = 12 }}

[[actions.outcomes]]
variable = "rsa"
primary = true
direction = "decrease"
minimum_effect = 1
"""


def people(n=400, *, gain=0.5, seed=1, stops=None, competing=0.0):
    """People whose exits have a known hazard; ``gain``: what the action multiplies the waiting time by."""
    rng = np.random.default_rng(seed)
    helped = np.arange(n) % 2 == 0
    waits = rng.exponential(np.where(helped, 12 * gain, 12.0))
    other = rng.exponential(1 / competing, n) if competing else np.full(n, np.inf)
    ends = np.full(n, 24.0) if stops is None else np.where(helped, rng.uniform(0, stops, n), 24.0)
    time = np.minimum(np.minimum(waits, other), ends)
    event = np.where(time == waits, 1, np.where(time == other, 2, 0))
    return pd.DataFrame(
        {
            "numero": np.arange(n) + 1000,
            "groupe": np.where(helped, "oui", "non"),
            "mois": time.round(3),
            "sortie": event,
            "age": rng.integers(20, 60, n),
            "lieu": "Valmont",
        }
    )


def study_of(folder, frame=None, *, change=("", "")):
    frame = people() if frame is None else frame
    yes_no = frame["sortie"].max() == 1
    if yes_no:
        frame = frame.assign(sortie=np.where(frame["sortie"] == 1, "oui", "non"))
    frame.to_csv(folder / "suivi.csv", sep=";", index=False, decimal=",")
    text = STUDY.format(event="boolean" if yes_no else "number")
    assert change[0] in text
    (folder / "study.toml").write_text(text.replace(*change, 1), encoding="utf-8")
    return ik.read_study(folder)


def judged(folder, frame=None):
    design = ik.declare_design(ik.build_cohort(study_of(folder, frame), action="action"))
    return ik.assess(ik.estimate(design))


def plain(text):
    return html.unescape(text).translate({0xA0: " ", 0x202F: " "})


def check_of(evidence, key):
    return next(check for check in evidence.checks if check.key == key)


def test_the_study_file_gives_what_is_typed_by_hand(tmp_path):
    design = ik.declare_design(ik.build_cohort(study_of(tmp_path), action="action"))
    found = ik.estimate(design)
    assert found.effect == ik.time_to_event(design, time="rsa", event="sortie", horizon=12).effect
    frame = people()
    hand = ik.cohort_from_frame(
        frame.assign(oui=frame["groupe"] == "oui"), unit="numero", arm="oui", outcomes=["mois", "sortie"]
    )
    other = ik.time_to_event(ik.declare_design(hand), time="mois", event="sortie", horizon=12).effect
    assert found.effect.value == pytest.approx(other.value, rel=1e-12)
    # ∫ exp(-t/θ) over 12 months, θ = 6 less θ = 12.
    truth = 6 * (1 - np.exp(-2)) - 12 * (1 - np.exp(-1))
    low, high = found.effect.interval()
    assert low < truth < high


def test_the_spread_of_times_is_that_of_the_people_when_nobody_is_lost():
    rng = np.random.default_rng(3)
    time = rng.exponential(10, 300)
    area = time_lost(time=time, event=np.ones(300, dtype=np.intp), horizon=12.0)
    assert area.sd == pytest.approx(np.minimum(time, 12).std(), rel=1e-10)


def test_lots_drawn_and_a_true_gain_are_attributed(tmp_path):
    evidence = judged(tmp_path)
    assert (evidence.conclusion, evidence.attribution) == ("improvement", "attributable")
    assert {check.key for check in evidence.checks} >= {
        "sample_size",
        "comparison_group",
        "attrition",
        "follow_up",
        "baseline_balance",
        "spillover",
        "precision",
    }
    assert check_of(evidence, "follow_up").status == "ok"
    said = plain(evidence.record.sentences.interval.fr)
    assert said.startswith("« Mois au RSA » : en moyenne ")
    assert "mois de moins, dans les 12 mois qui suivent l'entrée, que sans l'action" in said.replace("’", "'")
    assert "less, in the 12 mois that follow entry, than without the action" in plain(
        evidence.record.sentences.interval.en
    )


def test_a_true_loss_is_adverse_and_nothing_is_inconclusive(tmp_path):
    assert judged(tmp_path, people(gain=2.0)).attribution == "adverse_effect"
    assert judged(tmp_path, people(gain=1.0, n=160)).conclusion == "inconclusive"


def test_people_chosen_are_never_attributed(tmp_path):
    study = study_of(tmp_path)
    text = (tmp_path / "study.toml").read_text(encoding="utf-8").replace('"randomised"', '"non_takers"')
    (tmp_path / "study.toml").write_text(text, encoding="utf-8")
    study = ik.read_study(tmp_path)
    evidence = ik.assess(ik.estimate(ik.declare_design(ik.build_cohort(study, action="action"))))
    assert evidence.attribution == "change_not_attributed"
    assert evidence.credibility <= 1


def test_other_exits_turn_the_sign_and_not_the_verdict(tmp_path):
    evidence = judged(tmp_path, people(n=600, competing=0.03))
    assert evidence.estimate.effect.term == "time_lost_difference"
    assert evidence.estimate.effect.value > 0
    assert evidence.conclusion == "improvement"
    record = evidence.record
    assert record.outcome.direction == "increase"
    assert record.duration.kind == "with"
    for text in (record.sentences.interval, record.outcome.label):
        assert text.fr.startswith("Temps passé après l")
    assert "comptées à part" in record.sentences.method.fr
    assert judged(tmp_path, people(n=600, competing=0.03, gain=2.0)).conclusion == "deterioration"


def test_follow_up_that_stops_in_one_group_only_takes_credibility_away(tmp_path):
    evidence = judged(tmp_path, people(stops=20.0))
    found = check_of(evidence, "follow_up")
    assert found.status == "fail"
    assert evidence.credibility <= found.cap == 3


def test_events_that_come_sooner_are_not_follow_up_that_stops(tmp_path):
    frame = people(n=800, gain=0.2)
    rng = np.random.default_rng(8)
    ends = rng.uniform(4, 30, len(frame))
    stopped = ends < frame["mois"]
    frame["mois"] = np.where(stopped, ends, frame["mois"]).round(3)
    frame.loc[stopped, "sortie"] = 0
    shares = (stopped & (ends < 12)).groupby(frame["groupe"]).mean()
    assert shares.max() - shares.min() > 0.1  # the plain shares differ, as the events do
    found = check_of(judged(tmp_path, frame), "follow_up")
    assert found.status != "fail"
    assert found.cap >= 4


@pytest.mark.parametrize(
    ("randomised", "overall", "differential", "std_error", "expected"),
    [
        (True, 0.2, 0.05, 0.01, ("ok", 5)),
        (True, 0.6, 0.05, 0.01, ("caution", 3)),
        (True, 0.6, 0.11, 0.1, ("caution", 3)),
        (True, 0.2, 0.11, 0.1, ("caution", 4)),
        (True, 0.2, 0.11, 0.01, ("fail", 3)),
        (False, 0.2, 0.11, 0.01, ("fail", 2)),
    ],
)
def test_follow_up_rule(randomised, overall, differential, std_error, expected):
    answer = follow_up_cap(
        randomised=randomised, overall=overall, differential=differential, std_error=std_error
    )
    assert (answer.status, answer.cap) == expected


@pytest.mark.parametrize("competing", [0.0, 0.03])
def test_no_point_of_the_record_rests_on_few(tmp_path, competing):
    frame = people(n=240, competing=competing)
    frame["mois"] = np.floor(frame["mois"])  # whole months: some exits in the month of entry
    evidence = judged(tmp_path, frame)
    curves = evidence.estimate.curves
    for curve in evidence.record.duration.curves:
        rows = curves[curves["arm"] == curve.group]
        first = curve.points[0]
        assert (first.time, first.share) == (0, 0.0 if competing else 1.0)
        for k, (earlier, point) in enumerate(itertools.pairwise(curve.points)):
            within = (rows["time"] > earlier.time) | (k == 0)
            since = int(rows.loc[within & (rows["time"] <= point.time), "events"].sum())
            assert since == 0 or since >= 11
            here = rows[rows["time"] >= point.time].iloc[0]
            gone = (here["events"] + here["others"]) if here["time"] == point.time else 0
            assert here["at_risk"] - gone >= 11
        shown = [point.at_risk for point in curve.points if point.at_risk is not None]
        assert all(n >= 11 for n in shown)
        assert all(one == other or one - other >= 11 for one, other in itertools.pairwise(shown))


def small_counts(value, name=""):
    """Return the counts from 1 to 10 of a record's plain values, by the names under which counts stand."""
    if isinstance(value, dict):
        return [found for key, item in value.items() for found in small_counts(item, key)]
    if isinstance(value, list):
        return [found for item in value for found in small_counts(item, name)]
    counted = name in ("n", "lost", "at_risk", "n_treated", "n_comparison")
    return [(name, value)] if counted and isinstance(value, int) and 0 < value < 11 else []


@pytest.mark.parametrize("competing", [0.0, 0.03])
@pytest.mark.parametrize("n", [26, 40, 90, 240])
def test_neither_the_record_nor_the_page_counts_few(tmp_path, n, competing):
    frame = people(n=n, competing=competing, stops=30.0)
    frame.loc[[0, 1, 2, 5, 8], "mois"] = np.nan
    evidence = judged(tmp_path, frame)
    assert small_counts(evidence.record.model_dump(mode="json")) == []
    for curve in evidence.record.duration.curves:
        for one, other in itertools.pairwise(curve.points):
            assert other.time > one.time
    followed = plain(ik.page(evidence, lang="fr").effect()._repr_html_())
    assert not re.search(r"<td[^>]*>([1-9]|10)</td>", followed)


def test_the_means_of_groups_with_few_events_are_hidden(tmp_path):
    frame = people(n=200)
    helped = frame["groupe"] == "oui"
    frame.loc[helped & (np.cumsum(helped) > 5), ["mois", "sortie"]] = [24.0, 0]
    record = judged(tmp_path, frame).record
    assert [mean.mean for mean in record.means] == [None, None]


def test_too_few_people_have_no_figure_and_no_curve(tmp_path):
    evidence = judged(tmp_path, people(n=16))
    record = evidence.record
    assert record.effect is None
    assert record.duration.curves == ()
    assert check_of(evidence, "follow_up").status == "not_run"
    with pytest.raises(ReportError):
        ik.plot.survival(record)
    assert "moins de 11" in plain(record.sentences.interval.fr)
    for language in ("fr", "en"):
        assert ik.page(evidence, lang=language).effect()._repr_html_()


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("competing", [0.0, 0.03])
def test_the_page_is_whole(tmp_path, language, competing):
    evidence = judged(tmp_path, people(n=600, competing=competing))
    page = ik.page(evidence, lang=language)
    for section in (page.headline, page.method, page.balance, page.effect, page.checks, page.annex):
        assert section()._repr_html_()
    text = plain(page.effect()._repr_html_())
    assert ("L'événement au fil du temps" if language == "fr" else "The event over time") in text.replace(
        "’", "'"
    )
    followed = "Suivi jusqu'à" if language == "fr" else "Followed until"
    assert followed in plain(page.method()._repr_html_()).replace("’", "'")
    record = evidence.record
    assert ik.plot.survival(record, language=language).alt == ik.plot.alt_text(
        record, "survival", language=language
    )
    assert type(record).model_validate_json(record.model_dump_json()) == record


def test_a_record_without_curves_draws_none(tmp_path):
    record = judged(tmp_path).record.model_copy(update={"duration": None})
    with pytest.raises(ValueError, match="no curves"):
        ik.plot.survival(record)


def test_one_run_from_the_file_to_the_page_and_the_advice_stands(tmp_path):
    (tmp_path / "étude").mkdir()
    study = study_of(tmp_path / "étude")
    out = tmp_path / "out"
    result = ik.run_batch([tmp_path / "étude"], out=out, jobs=1)
    assert not result.failed
    written = [path for path in out.rglob("*") if path.suffix in (".json", ".html")]
    [record] = [path for path in written if path.name == "evidence.json"]
    assert json.loads(record.read_text(encoding="utf-8"))["method"] == "time_to_event"
    pages = [path.read_text(encoding="utf-8") for path in written if path.suffix == ".html"]
    assert any("Mois au RSA" in page for page in pages)
    frame = people()
    for text in pages:
        assert not any(f">{number}<" in text for number in frame["numero"])
    design = ik.declare_design(ik.build_cohort(study, action="action"))
    assert ik.advise(design.cohort).declared.design == "randomised"
    # No smallest effect on whole times, which is not that up to the horizon.
    assert "A-EVA-07" not in [problem.code for problem in evaluability(ik.advise(design.cohort))]
    assert ik.fill_form(study, ik.assess(ik.estimate(design)))


@pytest.mark.parametrize(
    ("change", "code", "place"),
    [
        (('duration = { event = "sortie", horizon = 12 }\n', ""), "E-ETU-74", "actions[0].method"),
        (('"time_to_event"', '"compare_groups"'), "E-ETU-74", "actions[0].duration"),
        (('event = "sortie"', 'event = "lieu"'), "E-ETU-75", "actions[0].duration.event"),
        (('event = "sortie"', 'event = "age"'), "E-ETU-76", "actions[0].duration.event"),
        (('event = "sortie"', 'event = "depart"'), "E-ETU-16", "actions[0].duration.event"),
        (('type = "number"', 'type = "boolean"'), "E-ETU-77", "actions[0].outcomes[0].variable"),
        (("horizon = 12", "horizon = 0"), "E-ETU-09", "actions[0].duration.horizon"),
        (('comparison = "randomised"', 'comparison = "none"'), "E-ETU-35", "actions[0].comparison"),
    ],
)
def test_slips_of_the_study_file_have_a_code(tmp_path: Path, change, code, place):
    with pytest.raises(ProblemsError) as error:
        study_of(tmp_path, change=change)
    assert code in [problem.code for problem in error.value.problems]
    [problem] = [problem for problem in error.value.problems if problem.code == code]
    assert problem.place == place


def test_two_outcomes_are_refused(tmp_path):
    other = 'minimum_effect = 1\n\n[[actions.outcomes]]\nvariable = "age"\ndirection = "increase"\n'
    with pytest.raises(ProblemsError) as error:
        study_of(tmp_path, change=("minimum_effect = 1\n", other))
    assert "E-ETU-77" in [problem.code for problem in error.value.problems]
