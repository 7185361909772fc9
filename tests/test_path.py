"""The outcome over waves: hand-made tables, what secrecy hides, the figure and the page in both languages."""

from __future__ import annotations

import io
import math
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

import impactkit as ik
from impactkit import plot
from impactkit.cohort.cohort import Cohort
from impactkit.disclosure import DEFAULT_PROFILE, PROFILES, mean_step
from impactkit.document.blocks import Figure, Paragraph
from impactkit.document.to_html import to_html
from impactkit.errors import ReportError
from impactkit.evidence.record import PathLine, Record
from impactkit.report.material import Material
from impactkit.report.results import effect
from records import did_record, path_record, study
from worlds import evidence_of, two_waves

WAVES = (-6, 0, 6, 12)
# Of 40 beneficiaries and 50 who wait: how many say yes at each wave.
YES = {"beneficiary": (12, 14, 22, 26), "waiting_list": (15, 17, 20, 21)}
SIZES = {"beneficiary": 40, "waiting_list": 50}


def by_hand(yes: dict[str, tuple[int, ...]] = YES) -> pd.DataFrame:
    """Return people who say yes as often as the table, not the same ones at each wave."""
    rows = [
        {
            "id": f"{arm}-{i}",
            "wave": wave,
            "arm": arm,
            "entry": 6 if arm == "beneficiary" else np.inf,
            "y": float((i + 7 * w) % n < yes[arm][w]),
        }
        for arm, n in SIZES.items()
        for w, wave in enumerate(WAVES)
        for i in range(n)
    ]
    return pd.DataFrame(rows)


def without(frame: pd.DataFrame, arm: str, wave: int, lost: int) -> pd.DataFrame:
    """Lose the answers of the first people of a group at a wave."""
    gone = [f"{arm}-{i}" for i in range(lost)]
    return frame.assign(y=frame["y"].mask((frame["wave"] == wave) & frame["id"].isin(gone)))


def record_of(frame: pd.DataFrame, **declared: object) -> Record:
    return evidence_of(frame, window=(0, 12), **declared).record


def means_of(record: Record) -> dict[str, tuple[float | None, ...]]:
    assert record.path is not None
    return {line.group: line.means for line in record.path.lines}


# ------------------------------------------------------------------ the record


def test_the_shares_are_those_of_the_table():
    record = record_of(by_hand())
    assert record.path is not None
    assert [time.time for time in record.path.times] == list(WAVES)
    assert [time.entered for time in record.path.times] == [False, False, True, True]
    told = means_of(record)
    # In steps of 0.05 between the two times compared: 1/30 and 1/40 do not make 30 people told from 40.
    assert mean_step(40, grain=1, profile=DEFAULT_PROFILE) == 0.05
    assert mean_step(50, grain=1, profile=DEFAULT_PROFILE) == 0.05
    assert told["treated"] == (0.3, 0.35, 0.55, 0.65)
    assert told["comparison"] == (0.3, 0.34, 0.4, 0.42)


def test_the_two_times_compared_have_the_means_of_the_effect():
    record = record_of(without(by_hand(), "beneficiary", 12, 12))
    told = means_of(record)
    own = {(mean.group, mean.time): mean.mean for mean in record.means}
    for group, line in told.items():
        assert line[1] == own[group, "before"]
        assert line[3] == own[group, "after"]


def test_means_are_of_those_analysed():
    everyone = by_hand()
    kept = without(everyone, "waiting_list", 12, 15)
    rest = kept[~kept["id"].isin([f"waiting_list-{i}" for i in range(15)])]
    assert means_of(record_of(kept)) == means_of(record_of(rest))


def test_weights_of_the_survey_count():
    frame = by_hand().assign(weight=lambda table: 1.0 + (table["id"].str[-1] < "5"))
    cohort = ik.cohort_from_frame(
        frame, unit="id", period="wave", arm="arm", entry="entry", outcomes=["y"], weight="weight"
    )
    design = ik.declare_design(cohort, comparison="waiting_list", window=(0, 12))
    told = means_of(ik.assess(ik.did(design)).record)["treated"]
    six = frame[(frame["arm"] == "beneficiary") & (frame["wave"] == 6)]
    assert told[2] == pytest.approx(np.average(six["y"], weights=six["weight"]), abs=0.025 + 1e-9)


@pytest.mark.parametrize("left", [0, 1, 8, 10])
def test_a_wave_with_few_answers_is_hidden(left):
    record = record_of(without(by_hand(), "beneficiary", 6, 40 - left))
    told = means_of(record)
    assert told["treated"][2] is None
    assert told["comparison"][2] == 0.4
    assert record.masked >= 1


def test_a_share_of_few_people_is_hidden():
    few = {**YES, "beneficiary": (12, 14, 34, 26)}  # six of forty say no
    assert means_of(record_of(by_hand(few)))["treated"][2] is None


@pytest.mark.parametrize("lost", range(1, 11))
def test_those_few_who_miss_a_wave_cannot_be_counted(lost):
    """Whatever is told of a wave could be told of every number of people that the loss may have left."""
    told = means_of(record_of(without(by_hand(), "beneficiary", 6, lost)))["treated"][2]
    if told is None:
        return
    step = mean_step(40 - lost, grain=1, profile=DEFAULT_PROFILE)
    for n in range(40 - DEFAULT_PROFILE.minimum + 1, 41):
        fewest, most = math.ceil((told - step / 2) * n - 1e-9), math.floor((told + step / 2) * n + 1e-9)
        assert fewest <= most


def test_amounts_of_one_person_are_not_told(monkeypatch):
    monkeypatch.setattr(Cohort, "profile", property(lambda _: PROFILES["diffusion"]))
    frame = by_hand().assign(y=lambda table: table["y"] * 100 + 50.0)
    frame.loc[(frame["wave"] == 6) & (frame["id"] == "beneficiary-3"), "y"] = 1e6
    told = means_of(record_of(frame))
    assert told["treated"][2] is None
    assert told["comparison"][2] is not None


def test_those_who_enter_in_turn_are_no_longer_compared():
    frame = by_hand().assign(entry=lambda table: table["entry"].replace(np.inf, 12))
    record = evidence_of(frame, window=(0, 6)).record
    told = means_of(record)
    assert len(told["treated"]) == 4
    assert len(told["comparison"]) == 3


def test_entries_at_several_dates_are_marked_as_such():
    frame = two_waves(60, effect=1.0, waves=(0, 6, 12, 18))
    later = (frame["arm"] == "beneficiary") & (frame["id"].str[-1].astype(int) % 2 == 0)
    frame = frame.assign(entry=frame["entry"].mask(later, 12))
    record = evidence_of(frame, comparison="never_treated").record
    assert record.path is not None
    assert record.path.several_entries
    assert [time.entered for time in record.path.times] == [False, True, True, True]
    texts = [text.get_text() for text in plot.path(record, language="fr").texts]
    assert any("premières entrées" in text for text in texts)


def test_two_times_or_a_register_make_no_path():
    frame = by_hand()
    assert record_of(frame[frame["wave"].isin([0, 12])]).path is None
    asked = frame.assign(y=frame["y"].where(frame["wave"].isin([0, 12])))
    assert record_of(asked).path is None
    register = two_waves(40, waves=tuple(range(-6, 13)))
    assert (
        evidence_of(register.assign(entry=register["entry"].replace(6, 1)), window=(0, 12)).record.path
        is None
    )


def test_a_record_of_before_reads():
    kept = did_record().model_dump_json(exclude={"path"})
    assert Record.model_validate_json(kept).path is None


# ------------------------------------------------------------------ the figure and the page


def material(record: Record, language: str) -> Material:
    contract = study()
    return Material(record=record, study=contract, action=contract.action(record.action), language=language)


@pytest.mark.parametrize(
    ("language", "value", "hidden", "entry"),
    [
        ("fr", "six mois après l'entrée, 27 %", "valeur masquée", "entrée dans l'action"),
        ("en", "six months after entry, 27%", "hidden value", "entry into the action"),
    ],
)
def test_the_figure_says_its_numbers(language, value, hidden, entry):
    axes = plot.path(path_record(), language=language)
    alt = axes.alt.replace("\u202f", " ").replace("\u00a0", " ").replace("\u2019", "'")
    assert value in alt
    assert hidden in alt
    assert entry in [text.get_text().replace("\u2019", "'") for text in axes.texts]
    looks = {(line.get_color(), line.get_linestyle(), line.get_marker()) for line in axes.lines[:2]}
    assert len({dash for _, dash, _ in looks}) == len({marker for *_, marker in looks}) == 2
    # The hidden value is a gap, and the line stops where those who wait are served.
    assert np.isnan(axes.lines[1].get_ydata()).tolist() == [False, False, True, False]
    axes.figure.savefig(io.StringIO(), format="svg")


@pytest.mark.parametrize(
    ("language", "s", "gone"), [("fr", "s", "n'est plus comparé"), ("en", "s", "no longer")]
)
def test_the_page_has_the_figure_after_the_effect_and_its_table(language, s, gone):
    blocks = effect(material(path_record(), language))
    shown = [block for block in blocks if isinstance(block, Figure)]
    assert [block.name for block in shown] == ["effect", "path"]
    table = shown[1].data
    assert len(table.rows) == 5
    assert table.rows[2][2].text == "s"
    assert gone in table.rows[4][2].text.replace("\u2019", "'")
    assert shown[1].note.masked
    assert "40" in shown[1].note.reading
    assert "<svg" in to_html(blocks, language)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_too_much_hidden_is_said_and_not_drawn(language):
    path = path_record().path
    assert path is not None
    lines = tuple(PathLine(group=line.group, means=(None, 0.1, None, 0.4)) for line in path.lines)
    record = path_record(path=path.model_copy(update={"lines": lines}))
    with pytest.raises(ReportError):
        plot.path(record, language=language)
    blocks = effect(material(record, language))
    assert [block.name for block in blocks if isinstance(block, Figure)] == ["effect"]
    last = blocks[-1]
    assert isinstance(last, Paragraph)
    assert "5" in last.text


def test_without_a_path_nothing_is_drawn():
    with pytest.raises(ReportError):
        plot.path(did_record(), language="fr")
    with pytest.raises(ValueError, match="no path"):
        plot.alt_text(did_record(), "path", language="fr")


def test_many_times_and_long_names_keep_apart():
    path = path_record().path
    assert path is not None
    label = path.times[0].label.model_copy(update={"fr": "vague du questionnaire trimestriel"})
    times = tuple(
        path.times[0].model_copy(update={"label": label, "time": float(i), "entered": i > 3})
        for i in range(12)
    )
    lines = (PathLine(group="treated", means=tuple(0.1 + 0.02 * i for i in range(12))),)
    record = path_record(path=path.model_copy(update={"times": times, "lines": lines}))
    axes = plot.path(record, language="fr")
    axes.figure.draw_without_rendering()
    boxes = [text.get_window_extent() for text in axes.get_xticklabels() if text.get_text()]
    assert len(boxes) >= 3
    assert all(left.x1 < right.x0 for left, right in pairwise(boxes))
