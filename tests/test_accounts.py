"""A cohort's own accounts: tables checked by hand, sums that add up, small groups that stay hidden."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from impactkit.cohort import Cohort, cohort_from_frame, link
from impactkit.cohort.accounts.loss_rules import band_of, wwc_verdict
from impactkit.errors import DesignError

ARMS = np.array(["beneficiary", "waiting_list"], dtype=object)


def frame_of(n: int = 120, *, seed: int = 1, loss: float = 0.2) -> pd.DataFrame:
    """Return people at three periods; some rows are lost, some outcomes missing."""
    rng = np.random.default_rng(seed)
    person = np.repeat(np.arange(n), 3)
    frame = pd.DataFrame(
        {
            "id": person,
            "t": np.tile([0, 6, 12], n),
            "arm": ARMS[(person % 2)],
            "y": rng.normal(size=3 * n),
            "age": np.repeat(rng.integers(18, 60, n), 3).astype(float),
            "town": np.repeat(rng.choice(np.array(["a", "b", "c"], dtype=object), n), 3),
            "woman": np.repeat(rng.choice([1.0, 0.0, np.nan], n), 3),
        }
    )
    frame.loc[rng.random(3 * n) < loss / 2, "y"] = np.nan
    return frame[(frame["t"] == 0) | (rng.random(3 * n) > loss / 2)]


def cohort(frame: pd.DataFrame, **options: object) -> Cohort:
    given = {"covariates": ["age", "town"], "publics": {"women": "woman"}} | options
    return cohort_from_frame(frame, unit="id", period="t", arm="arm", outcomes=["y"], **given)


# ------------------------------------------------------------------ flow


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 90), st.integers(0, 10_000), st.floats(0, 0.9))
def test_boxes_add_up(n: int, seed: int, loss: float) -> None:
    frame = frame_of(n, seed=seed, loss=loss)
    made = cohort(frame)
    flow = made.flow(masked=False)
    files, arms = flow[flow["arm"].isna()], flow[flow["arm"].notna()]
    assert files["n"].iloc[0] == len(frame)  # the first box is the lines read
    assert arms[arms["step"] == "entered"]["n"].sum() == files["n"].iloc[-1]
    for _, chain in arms.groupby("arm"):
        n_of, lost = chain["n"].to_numpy(dtype=int), chain["lost"].iloc[1:].to_numpy(dtype=int)
        np.testing.assert_array_equal(n_of[:-1] - lost, n_of[1:])
        assert (chain["reason"].iloc[1:] == "not_observed").all()
    # Each person left out has a reason, and all those lost are there.
    out = made.left_out()
    lost = arms.groupby("arm")["lost"].sum()
    assert out["person"].is_unique
    assert out["arm"].value_counts().to_dict() == {arm: n for arm, n in lost.items() if n}
    assert set(out["reason"]) <= {"not_seen", "no_answer"}


def test_reasons_by_hand() -> None:
    frame = pd.DataFrame({"id": [1, 1, 2, 3, 3], "t": [0, 6, 0, 0, 6], "arm": 1, "y": [1, 2, 1, 1, np.nan]})
    out = cohort_from_frame(frame, unit="id", period="t", arm="arm", outcomes=["y"]).left_out()
    assert out.to_dict("records") == [
        {"person": 2, "arm": "beneficiary", "period": 6.0, "reason": "not_seen"},
        {"person": 3, "arm": "beneficiary", "period": 6.0, "reason": "no_answer"},
    ]


# ------------------------------------------------------------------ attrition


def test_attrition_by_hand() -> None:
    # 100 people an arm; at six months 10 beneficiaries and 26 of those who wait are lost.
    person = np.repeat(np.arange(200), 2)
    frame = pd.DataFrame({"id": person, "t": np.tile([0, 6], 200), "arm": (person < 100) * 1, "y": 1.0})
    lost = (frame["t"] == 6) & (frame["id"].isin(range(10)) | frame["id"].isin(range(174, 200)))
    table = cohort_from_frame(frame[~lost], unit="id", period="t", arm="arm", outcomes=["y"]).attrition()
    after = table[table["period"] == 6].set_index("arm")
    # Ten lost are a small group: those followed are shown, not the number that would give the ten.
    assert after["n"].isna().tolist() == [True, False, True]
    assert after["followed"].tolist() == [90, 74, 164]
    assert after["share"].isna().tolist() == [True, False, True]
    table = cohort_from_frame(frame[~lost], unit="id", period="t", arm="arm", outcomes=["y"]).attrition(
        masked=False
    )
    after = table[table["period"] == 6].set_index("arm")
    assert after["lost"].tolist() == [10, 26, 36]
    np.testing.assert_allclose(after["share"], [0.1, 0.26, 0.18])
    assert after["band"].tolist() == [0.1, 0.3, 0.2]
    # At 18 % overall the cautious boundary is 5.7 points, the optimistic one 10.5: 16 points are beyond.
    assert after.loc["all", "differential"] == pytest.approx(0.16)
    assert after.loc["all", "boundary"] == "beyond"
    assert after["boundary"].isna().tolist() == [True, True, False]


@pytest.mark.parametrize(
    ("overall", "differential", "verdict"),
    [(0.18, 0.057, "cautious"), (0.18, 0.058, "optimistic"), (0.18, 0.106, "beyond"), (0.6, 0.01, "beyond")],
)
def test_the_boundaries_of_the_wwc(overall: float, differential: float, verdict: str) -> None:
    assert wwc_verdict(overall, differential) == verdict


@pytest.mark.parametrize(("share", "band"), [(0, 0.1), (0.1, 0.1), (0.11, 0.2), (0.31, 0.5), (0.51, 1.0)])
def test_bands(share: float, band: float) -> None:
    assert band_of(share) == band


def test_those_lost_are_compared_with_those_followed() -> None:
    frame = frame_of(400, loss=0.4)
    made = cohort(frame)
    table = made.attrition_by_characteristic(masked=False).set_index(["variable", "level"])
    first = frame[frame["t"] == 0].set_index("id")
    seen = frame[(frame["t"] == 12) & frame["y"].notna()]["id"]
    kept, lost = first.loc[seen], first.drop(seen)
    spread = np.sqrt((kept["age"].var() + lost["age"].var()) / 2)
    line = table.loc[("age", None)]
    assert line["n_followed"] == len(kept)
    assert line["std_diff"] == pytest.approx((kept["age"].mean() - lost["age"].mean()) / spread, rel=1e-12)
    share = (kept["town"] == "b").mean()
    assert table.loc[("town", "b"), "mean_followed"] == pytest.approx(share)
    assert table.loc[("women", None), "binary"]
    assert table.loc[("y", None), "n_lost"] == lost["y"].notna().sum()
    one = made.attrition_by_characteristic(arm="beneficiary", period=6, masked=False)
    assert one["n_followed"].iloc[1] + one["n_lost"].iloc[1] == 200
    with pytest.raises(ValueError, match="no period 7"):
        made.attrition_by_characteristic(period=7)
    with pytest.raises(ValueError, match="no arm"):
        made.attrition_by_characteristic(arm="refused")


# ------------------------------------------------------------------ timing


def dated() -> pd.DataFrame:
    frame = frame_of(200, loss=0.0)
    entered = np.datetime64("2024-01-31") + frame["id"].to_numpy() % 28
    frame["entered"] = np.where(frame["arm"] == "beneficiary", entered, np.datetime64("NaT"))
    frame["left"] = frame["entered"] + pd.Timedelta(days=90)
    day = {0: 0, 6: 95, 12: 280}
    answered = frame["entered"].fillna(pd.Timestamp("2024-02-01"))
    frame["answered"] = answered + pd.to_timedelta(frame["t"].map(day), unit="D")
    frame["born"] = pd.Timestamp("2006-03-01") - pd.to_timedelta(frame["id"] % 2 * 40, unit="D")
    return frame


DATES = {
    "entry_date": "entered",
    "exit_date": "left",
    "answer_date": "answered",
    "birth_date": "born",
}


def test_waves_against_the_calendar_of_the_fse() -> None:
    table = cohort(dated(), **DATES).waves(masked=False).set_index(["wave", "arm"])
    assert table.loc["T0"]["median_delay"].tolist()[0] == 0
    at_exit = table.loc[("T1", "beneficiary")]
    assert at_exit[["anchor", "placed", "early", "in_window", "late"]].tolist() == ["exit", 100, 0, 100, 0]
    assert at_exit["median_delay"] == 5
    # Nobody who waits has a day of entry: their answers are dated, not placed.
    assert table.loc[("T1", "waiting_list"), ["dated", "placed"]].tolist() == [100, 0]
    assert table.loc[("T2", "all"), "placed"] == 100
    late = dated()
    late.loc[(late["t"] == 6) & (late["id"] < 40), "answered"] += pd.Timedelta(days=24)
    late.loc[(late["t"] == 12) & (late["id"] < 40), "answered"] = pd.Timestamp("2023-01-01")
    table = cohort(late, **DATES).waves().set_index(["wave", "arm"])
    assert table.loc[("T1", "beneficiary"), ["late", "in_window"]].tolist() == [20, 80]
    assert table.loc[("T2", "beneficiary"), "before_entry"] == 20


def test_a_default_calendar_has_three_waves() -> None:
    frame = frame_of(20)
    more = pd.concat([frame, frame[frame["t"] == 0].assign(t=24)])
    with pytest.raises(ValueError, match="give waves="):
        cohort(more).waves()


def test_who_enters_while_waiting_is_counted() -> None:
    frame = frame_of(120, loss=0)
    frame["entry"] = np.where(frame["arm"] == "beneficiary", 6.0, np.where(frame["id"] < 60, 12.0, 0.0))
    made = cohort_from_frame(frame, unit="id", period="t", arm="arm", entry="entry", outcomes=["y"])
    assert made.switches().to_dict("records") == [
        {"arm": "waiting_list", "period": 12.0, "n": 60, "entered": 30}
    ]
    few = frame.assign(entry=np.where(frame["id"].isin([1, 3]), 12.0, frame["entry"] % 12))
    made = cohort_from_frame(few, unit="id", period="t", arm="arm", entry="entry", outcomes=["y"])
    assert made.switches()["entered"].isna().all()


# ------------------------------------------------------------------ missing, publics, links


def test_missing_by_variable_period_and_arm() -> None:
    frame = frame_of(300, loss=0.5)
    table = cohort(frame).missing(masked=False).set_index(["variable", "period", "arm"])
    own = frame[(frame["t"] == 6) & (frame["arm"] == "beneficiary")]
    line = table.loc[("y", 6, "beneficiary")]
    assert line[["n", "known"]].tolist() == [len(own), own["y"].notna().sum()]
    assert line["share"] == pytest.approx(own["y"].isna().mean())
    total = table.xs("all", level="arm")[["n", "known", "missing"]]
    arms = table.drop("all", level="arm")[["n", "known", "missing"]].groupby(["variable", "period"]).sum()
    pd.testing.assert_frame_equal(total.sort_index(), arms.sort_index(), check_dtype=False)
    assert table["asked"].all()
    entry_only = frame.assign(age=frame["age"].where(frame["t"] == 0))
    table = cohort(entry_only).missing(masked=False).set_index(["variable", "period", "arm"])
    assert not table.loc[("age", 6, "all"), "asked"]
    assert np.isnan(table.loc[("age", 6, "all"), "share"])


def test_publics_of_a_frame() -> None:
    table = cohort(dated(), **DATES).publics(masked=False).set_index(["public", "arm"])
    # Born on 1 March 2006 (even) or 40 days before (odd), entered from 31 January to 27 February 2024.
    assert table.loc[("children", "beneficiary"), ["yes", "no", "unknown"]].tolist() == [100, 0, 0]
    assert table.loc[("children", "beneficiary"), ["age", "n_aged"]].tolist() == [17, 100]
    assert table.loc[("children", "waiting_list"), "unknown"] == 100
    counts = table[["yes", "no", "unknown"]].sum(axis=1)
    assert (counts == table["n"]).all()
    with pytest.raises(ValueError, match="no public"):
        cohort(dated(), publics={"men": "woman"})
    with pytest.raises(DesignError):
        cohort(dated(), publics={"women": "age"})
    with pytest.raises(DesignError):
        cohort(dated(), birth_date="town")
    changing = dated().assign(born=dated()["answered"])
    with pytest.raises(DesignError):
        cohort(changing, birth_date="born")


def test_link_quality_by_group() -> None:
    frame = dated()
    frame.loc[frame["id"] < 60, "born"] = pd.Timestamp("1990-01-01")
    made = cohort(frame, **DATES)
    register = pd.DataFrame({"id": np.arange(200)})
    # Those born on 1 January are linked half as often.
    found = [i for i in range(200) if i >= 60 or i % 2]
    links = pd.DataFrame({"left": found, "right": found, "score": 0.999, "status": "auto"})
    links.loc[links["left"] >= 180, "status"] = "review"
    table = made.link_quality(links, people=register["id"]).set_index(["by", "level"])
    assert table.loc[("all", "all"), ["n", "auto", "review", "none"]].tolist() == [200, 150, 20, 30]
    assert table.loc[("birth_date", "first_january"), "share"] == 0.5
    assert table.loc[("birth_date", "full"), ["auto", "review", "none"]].tolist() == [120, 20, 0]
    raw = made.link_quality(links, people=register["id"], masked=False)
    assert raw[raw["by"] == "arm"]["n"].sum() == 200
    with pytest.raises(ValueError, match="one identifier per row"):
        made.link_quality(links, people=register["id"].head(10))
    with pytest.raises(ValueError, match="columns of"):
        made.link_quality(register, people=register["id"])


def test_link_quality_takes_what_link_returns() -> None:
    names = pd.DataFrame(
        {"last": ["Martin", "Durand"], "first": ["Zoé", "Paul"], "born": ["01/02/1980", "05/06/1991"]}
    )
    links = link(names, names, last_name="last", first_name="first", birth_date="born")
    made = cohort_from_frame(pd.DataFrame({"id": ["a", "b"], "y": [0, 1]}), unit="id", outcomes=["y"])
    table = made.link_quality(links, people=["a", "b"], masked=False).set_index("by")
    assert table.loc["all", "n"] == 2
    assert table.loc["all", ["auto", "review", "none"]].sum() == 2
    assert made.link_quality(links, people=["a", "b"])["n"].isna().all()


def test_people_of_two_actions() -> None:
    one, other = cohort(frame_of(40)), cohort(frame_of(20))
    assert one.shared_people(other) == 20
    assert one.shared_people(cohort(frame_of(5))) is None
    assert one.shared_people(cohort(frame_of(5)), masked=False) == 5


# ------------------------------------------------------------------ nothing small is shown


ACCOUNTS = {
    "attrition": ["n", "followed", "lost"],
    "missing": ["n", "known", "missing"],
    "publics": ["n", "yes", "no", "unknown"],
    "waves": ["n", "dated", "placed", "early", "in_window", "late", "before_entry"],
    "attrition_by_characteristic": ["n_followed", "n_lost"],
}


@settings(max_examples=25, deadline=None)
@given(st.integers(2, 80), st.integers(0, 10_000), st.floats(0, 0.9))
def test_no_account_shows_a_small_group(n: int, seed: int, loss: float) -> None:
    made = cohort(frame_of(n, seed=seed, loss=loss))
    for name, counts in ACCOUNTS.items():
        shown, full = getattr(made, name)(), getattr(made, name)(masked=False)
        assert list(shown.columns) == list(full.columns)
        for count in counts:
            seen = shown[count].dropna().astype(int)
            assert not seen.between(1, 10).any(), (name, count)
            assert (seen == full.loc[seen.index, count]).all()
    # What is hidden in one arm only is not given back by the total.
    for name in ("missing", "publics"):
        shown = getattr(made, name)()
        tables = shown.groupby([column for column in ("variable", "period", "public") if column in shown])
        parts = ACCOUNTS[name][1:]
        for _, table in tables:
            arms = table[table["arm"] != "all"]
            total = table[table["arm"] == "all"]
            for part in parts:
                if arms[part].isna().any():
                    assert total[part].isna().all()
    # A shown share, with the people shown, gives no small loss.
    shown = made.attrition()
    told = shown[shown["share"].notna() & shown["n"].notna()]
    losses = (told["share"] * told["n"].astype(float)).round()
    assert not losses.between(1, 10).any()
    both = shown[shown["n"].notna() & shown["followed"].notna()]
    assert not (both["n"] - both["followed"]).between(1, 10).any()
