"""The cohort's accounts in the record and on the page: told right, and no small group to be worked out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import impactkit as ik
from impactkit.cohort.accounts.loss_rules import BANDS
from impactkit.disclosure import (
    DEFAULT_PROFILE,
    Profile,
    band_holding,
    protect_chain,
    safe_limits,
)
from impactkit.evidence import Evidence
from impactkit.evidence.accounts_record import households_told, least_shown, loss_band
from impactkit.evidence.lost_who import difference_limits
from impactkit.evidence.record import Band, Record
from impactkit.report.layout import Page
from impactkit.report.material import Material
from impactkit.text import Language
from pages import read_page
from records import did_record, study

LIMITS = BANDS[:-1]
TENTHS = tuple(i / 10 for i in range(1, 10))
# The rules are the same for any smallest group: with 4 people, every world can be tried.
FOUR = Profile(name="four", minimum=4)


def assert_nothing_pinned(worlds: dict[object, list[tuple[int, ...]]]) -> None:
    """Check that no count is the same, and of a small group, in all the worlds that look alike."""
    for shown, alike in worlds.items():
        for counts in zip(*alike, strict=True):
            found = set(counts)
            assert len(found) > 1 or not 0 < min(found) < FOUR.minimum, (shown, found)


def uncut(counts: Iterable[int], minimum: int) -> bool:
    """Tell whether a set of counts holds all the small ones or none."""
    small = set(counts) & set(range(1, minimum))
    return len(small) in (0, minimum - 1)


# ------------------------------------------------------------------ bands of shares


@pytest.mark.parametrize("limits", [LIMITS, TENTHS, (0.5,)])
def test_a_band_tells_no_small_group_nor_what_it_leaves(limits: tuple[float, ...]) -> None:
    for least in range(0, 130, 3):
        kept = safe_limits(limits, least, FOUR)
        for n in range(max(least, 1), least + 25):
            bands = defaultdict(list)
            for count in range(n + 1):
                bands[band_holding(count / n, kept)].append(count)
            for counts in bands.values() if kept else ():
                assert len(counts) >= 4
                assert uncut(counts, 4)
                assert uncut([n - count for count in counts], 4)


def test_limits_by_hand() -> None:
    assert safe_limits(LIMITS, 110, DEFAULT_PROFILE) == BANDS
    assert safe_limits(LIMITS, 44, DEFAULT_PROFILE) == (0.3, 1.0)
    assert safe_limits(LIMITS, 21, DEFAULT_PROFILE) == ()
    assert band_holding(0.3, (0.3, 1.0)) == (0.0, 0.3)
    assert band_holding(0.31, (0.3, 1.0)) == (0.3, 1.0)
    assert band_holding(0.3, ()) is None


def test_losses_beside_the_flow_pin_no_small_group() -> None:
    """Try every way to lose up to 44 people before and after, beside the boxes of the flow."""
    beside, alone = defaultdict(list), defaultdict(list)
    for n in range(1, 45):
        for only_before in range(n + 1):
            for only_after in range(n + 1 - only_before):
                for never in range(n + 1 - only_before - only_after):
                    lost = (only_after + never, only_before + never)
                    both = n - only_before - only_after - never
                    boxes = tuple(box.n for box in protect_chain([n, n - lost[0], both], FOUR))
                    bands = tuple(loss_band(count / n, boxes, FOUR, implied=True) for count in lost)
                    counts = (n, only_before, only_after, never, *lost, n - lost[0], n - lost[1])
                    beside[boxes, bands].append(counts)
                    alone[boxes].append(counts)
    # Those of more than 41 people are alike to others that were not tried.
    assert_nothing_pinned({key: found for key, found in alone.items() if max(found)[0] < 42})
    assert_nothing_pinned({key: found for key, found in beside.items() if max(found)[0] < 42})


def test_publics_pin_no_small_group_by_what_they_add_up_to() -> None:
    for n in range(1, 70):
        limits, worlds = safe_limits(TENTHS, n, FOUR), defaultdict(list)
        for yes in range(n + 1):
            for unknown in range(n + 1 - yes):
                shown = (band_holding(yes / n, limits), band_holding(unknown / n, limits))
                worlds[shown].append((yes, unknown, n - yes - unknown, n - yes, n - unknown))
        assert_nothing_pinned(worlds)


def test_households_pin_neither_few_households_nor_few_more_people() -> None:
    for n in range(1, 80):
        worlds = defaultdict(list)
        for households in range(1, n + 1):
            worlds[households_told(n, households, DEFAULT_PROFILE)].append(households)
        for told, counts in worlds.items():
            if told is not None:
                assert min(counts) > 10
                assert n - max(counts) > 10
                assert told % 5 == 0
                assert max(abs(told - count) for count in counts) <= 2
            elif n > 1:
                assert len(counts) > 1


# ------------------------------------------------------------------ who was lost


def test_a_difference_tells_no_small_group_of_those_lost() -> None:
    told = 0
    for n in (30, 57):
        for yes in range(n + 1):
            for least in (10, 24, 41, 90):
                limits = difference_limits(yes / n, n, least, FOUR)
                told += bool(limits)
                for lost in (least, least + 1, least + 7):
                    counts = _by_band(yes, n, lost, limits)
                    for found in counts.values() if limits else ():
                        assert len(found) >= 4 or not set(found) & {*range(4), *range(lost - 3, lost)}
                        assert uncut(found, 4)
                        assert uncut([lost - count for count in found], 4)
    assert told > 50


def _by_band(yes: int, n: int, lost: int, limits: tuple[float, ...]) -> dict[int, list[int]]:
    bands = defaultdict(list)
    p = yes / n
    for count in range(lost + 1):
        q = count / lost
        spread = np.sqrt((p * (1 - p) * n / (n - 1) + q * (1 - q) * lost / (lost - 1)) / 2)
        size = np.inf if spread == 0 else abs(p - q) / spread
        bands[sum(size > limit for limit in limits)].append(count)
    return bands


# ------------------------------------------------------------------ the record


def evidence(n: int = 700, *, seed: int = 3, loss: float = 0.25, links: bool = False) -> Evidence:
    """Judge a cohort of two groups at two times, in homes, with losses of the young above all."""
    rng = np.random.default_rng(seed)
    person = np.arange(n)
    age = rng.integers(18, 60, n).astype(float)
    frame = pd.DataFrame(
        {
            "id": np.repeat(person, 2),
            "t": np.tile([0, 6], n),
            "arm": np.repeat(np.where(person % 2 == 0, "beneficiary", "waiting_list"), 2),
            "y": rng.normal(size=2 * n),
            "age": np.repeat(age, 2),
            "woman": np.repeat((rng.random(n) < 0.6) * 1.0, 2),
            "home": np.repeat(rng.integers(0, max(n // 2, 1), n), 2),
        }
    )
    odds = loss * np.where(np.repeat(age, 2) < 30, 2.0, 0.5)
    frame = frame[(frame["t"] == 0) | (rng.random(2 * n) > odds)]
    cohort = ik.cohort_from_frame(
        frame,
        unit="id",
        period="t",
        arm="arm",
        outcomes=["y"],
        covariates=["age"],
        household="home",
        publics={"women": "woman"},
    )
    found = pd.DataFrame({"left": np.arange(0, n, 2), "right": 0, "score": 1.0, "status": "auto"})
    quality = cohort.link_quality(found, people=list(person), masked=False) if links else None
    return ik.assess(ik.did(ik.declare_design(cohort, comparison="waiting_list")), links=quality)


def test_accounts_by_hand() -> None:
    judged = evidence(links=True)
    told = judged.record.accounts
    assert told is not None
    table = judged.estimate.design.cohort.attrition(masked=False).set_index(["period", "arm"])
    arms = {"treated": "beneficiary", "comparison": "waiting_list"}
    assert [row.period.fr for row in told.losses] == ["période 0"] * 2 + ["période 6"] * 2
    for row, period in zip(told.losses, (0, 0, 6, 6), strict=True):
        share = table.loc[(period, arms[row.group]), "share"]
        assert row.lost is not None
        assert row.lost.high is not None
        assert row.lost.low <= share <= row.lost.high
        assert row.mostly == ("not_seen" if period else None)  # nobody is lost at entry
    # The young were lost: their age differs by more than a quarter of a standard deviation, not their sex.
    found = {row.label.fr: row.std_diff for row in told.lost_who}
    assert found["age"] == Band(low=0.25, high=None)
    assert found["Femmes"] == Band(low=0.0, high=0.25)
    (women,) = told.publics
    assert (women.share, women.unknown) == (Band(low=0.5, high=0.6), Band(low=0.0, high=0.1))
    homes = judged.estimate.design.cohort.panel.query("_period == 6").groupby("_arm")["_household"].nunique()
    for row in told.households:
        assert row.households is not None
        assert abs(row.households - homes[arms[row.group]]) <= 2
    # Every other row of the left file was found: all of one group, none of the other.
    by_arm = [row.not_sure for row in told.links if row.by.fr == "le groupe"]
    assert by_arm == [Band(low=0.0, high=0.1), Band(low=0.5, high=1.0)]


@settings(max_examples=25, deadline=None)
@given(st.integers(8, 260), st.integers(0, 10_000), st.floats(0, 0.45), st.booleans())
def test_bands_hold_the_truth_and_hang_on_shown_numbers(n: int, seed: int, loss: float, links: bool) -> None:
    try:
        judged = evidence(n, seed=seed, loss=loss, links=links)
    except ik.EstimationError:
        return
    record = judged.record
    told = record.accounts
    assert told is not None
    table = judged.estimate.design.cohort.attrition(masked=False).set_index(["period", "arm"])
    for row, period in zip(told.losses, (0, 0, 6, 6), strict=True):
        shown = [box.n for box in record.flow if box.arm == row.group]
        if None not in shown:
            assert (row.lost is None) == (least_shown(shown) < 22)
        if row.lost is not None and row.lost.high is not None:
            share = table.loc[(period, "beneficiary" if row.group == "treated" else "waiting_list"), "share"]
            assert share <= row.lost.high
            assert share > row.lost.low or row.lost.low == 0
    for home in told.households:
        assert home.households is None or home.households > 10
        assert home.people is None or home.people > 10
    if links and n < 110:  # a group or a level has fewer than 55 people
        assert all(row.not_sure is None for row in told.links)


def test_territories_have_no_accounts() -> None:
    values = np.random.default_rng(1).normal(100, 3, 60)
    months = pd.DataFrame({"town": "a", "month": np.arange(60), "y": values, "start": 36})
    cohort = ik.cohort_from_frame(months, unit="town", period="month", entry="start", outcomes=["y"])
    assert ik.assess(ik.interrupted_series(ik.declare_design(cohort))).record.accounts is None


# ------------------------------------------------------------------ the page


def page_of(record: Record, language: Language) -> Page:
    contract = study()
    action = contract.action(record.action)
    return Page(Material(record=record, study=contract, action=action, language=language))


@pytest.mark.parametrize("language", ["fr", "en"])
def test_accounts_are_folded_under_the_flow(language: Language) -> None:
    record = did_record(accounts=evidence(links=True).record.accounts)
    shown = page_of(record, language).flow()
    assert "{" not in repr(shown)
    (folded,) = [
        item
        for item in read_page(shown._repr_html_()).all("details")
        if item.attributes.get("class") == "ik-folded"
    ]
    captions = [item.text for item in folded.all("caption")]
    assert len(captions) == 5
    starts = ("Part des personnes", "Personnes perdues", "Publics", "Personnes analysées", "Personnes qui")
    if language == "fr":
        assert all(text.startswith(start) for text, start in zip(captions, starts, strict=True))
        assert "plus de 0,25" in folded.text
    for caption in captions:
        assert caption in repr(shown)  # a terminal says the same


def test_a_record_without_accounts_shows_none() -> None:
    shown = page_of(did_record(), "fr").flow()
    assert "ik-folded" not in shown._repr_html_()
