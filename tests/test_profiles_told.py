"""The rules of each secrecy profile, in what a report says: households, structures, dominance, freedom.

Each study breaks one rule and no other: the record hides what the rule forbids under the profiles that have
it, and tells it under the others.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import impactkit as ik
from impactkit.cohort import Cohort
from impactkit.disclosure import PROFILES
from impactkit.evidence import Record

N = 40
PUBLISHED = {"diffusion", "diffusion-arrondie"}


@pytest.fixture(params=list(PROFILES))
def profile(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(Cohort, "profile", property(lambda _: PROFILES[request.param]))
    return str(request.param)


def people(n: int = N) -> pd.DataFrame:
    """Return twice ``n`` people, the first half helped, with amounts and a yes/no answer no profile minds."""
    rng = np.random.default_rng(4)
    helped = np.repeat([1, 0], n)
    return pd.DataFrame(
        {
            "id": np.arange(2 * n),
            "helped": helped,
            "amount": rng.uniform(80, 120, 2 * n).round(1) + 5 * helped,
            "work": (np.arange(2 * n) * 7 % 11 < 5).astype(int),
            "home": [f"h{i}" for i in range(2 * n)],
            "site": [f"s{i % 8}" for i in range(2 * n)],
        }
    )


def record_of(
    frame: pd.DataFrame, outcome: str, *, sensitive: bool = False, covariates: tuple[str, ...] = ()
) -> Record:
    """Return the record of the two groups compared after, whatever their structures."""
    cohort = ik.cohort_from_frame(
        frame,
        unit="id",
        arm="helped",
        outcomes=[outcome],
        household="home",
        cluster="site",
        covariates=list(covariates),
    )
    variables = dict(cohort.variables)
    variables[outcome] = variables[outcome].model_copy(update={"sensitive": sensitive})
    cohort = replace(cohort, variables=variables)
    design = ik.declare_design(cohort, comparison="randomised", covariates=list(covariates))
    return ik.assess(ik.compare_groups(design, adjust="ancova" if covariates else None)).record


def told(record: Record) -> tuple[bool, bool]:
    """Tell whether the record has the effect, and whether it has the means."""
    return record.effect is not None, all(mean.mean is not None for mean in record.means)


def test_what_breaks_no_rule_is_told_under_every_profile(profile: str) -> None:
    assert told(record_of(people(), "amount")) == (True, True)
    assert told(record_of(people(), "work")) == (True, True)


@pytest.mark.parametrize("homes", [2, 3])
def test_a_group_of_two_households_has_no_figure_in_what_is_published(profile: str, homes: int) -> None:
    frame = people()
    frame.loc[frame["helped"] == 1, "home"] = [f"h{i % homes}" for i in range(N)]
    hidden = profile in PUBLISHED and homes < 3
    assert told(record_of(frame, "amount")) == (not hidden, not hidden)


@pytest.mark.parametrize("sites", [2, 3])
def test_a_group_followed_by_two_structures_has_no_figure_in_what_is_published(
    profile: str, sites: int
) -> None:
    frame = people()
    frame.loc[frame["helped"] == 1, "site"] = [f"s{i % sites}" for i in range(N)]
    hidden = profile in PUBLISHED and sites < 3
    assert told(record_of(frame, "amount")) == (not hidden, not hidden)


@pytest.mark.parametrize(
    ("largest", "forbidden"),
    [
        ((1e5,), PUBLISHED | {"interne-10", "entreprises"}),  # one person makes more than nine tenths
        ((3e4, 3e4), PUBLISHED | {"interne-10"}),  # two of them do, neither makes 85 %
        ((3e3, 3e3), set()),
    ],
)
def test_a_mean_that_one_or_two_people_make_is_not_told(
    profile: str, largest: tuple[float, ...], forbidden: set[str]
) -> None:
    frame = people()
    frame.loc[list(range(len(largest))), "amount"] = largest
    assert told(record_of(frame, "amount"))[1] is (profile not in forbidden)


def test_a_model_that_fits_nearly_everyone_has_no_effect(profile: str) -> None:
    frame, names = people(12), tuple(f"x{i}" for i in range(14))
    rng = np.random.default_rng(7)
    frame = frame.assign(**{name: rng.normal(size=24).round(2) for name in names}, site=np.arange(24))
    record = record_of(frame, "amount", covariates=names)
    # 24 people, 16 coefficients: 8 degrees of freedom are left.
    assert (record.effect is not None) is (profile not in PUBLISHED | {"interne-10"})


@pytest.mark.parametrize("sensitive", [False, True])
@pytest.mark.parametrize("share", [0.0, 1.0])
def test_what_is_true_of_everyone_is_told_or_not(profile: str, share: float, *, sensitive: bool) -> None:
    frame = people()
    frame.loc[frame["helped"] == 1, "work"] = int(share)
    hidden = profile == "interne-10" or (sensitive and profile in PUBLISHED)
    assert told(record_of(frame, "work", sensitive=sensitive))[1] is not hidden


def test_a_share_of_fewer_than_thirty_people_is_not_published(profile: str) -> None:
    assert told(record_of(people(28), "work"))[1] is (profile not in PUBLISHED)


def test_numbers_of_people_are_rounded_where_the_profile_says_so(profile: str) -> None:
    record = record_of(people(43), "work")
    assert {mean.n for mean in record.means} == ({45} if profile == "diffusion-arrondie" else {43})


@pytest.mark.parametrize(("placed", "hidden"), [(20, True), (22, False), (40, False)])
def test_a_median_has_enough_people_on_either_side(profile: str, placed: int, *, hidden: bool) -> None:
    """Eleven on either side; fewer where the profile asks fewer, none where it has no rule of quantiles."""
    days = pd.Timestamp("2025-01-06") + pd.to_timedelta(np.arange(N) % 15, unit="D")
    frame = pd.DataFrame({"id": np.arange(N), "y": 1.0, "came": days, "said": days})
    frame.loc[placed:, "said"] = pd.NaT
    cohort = ik.cohort_from_frame(
        frame, unit="id", outcomes=["y"], entry_date="came", answer_date="said", arm=None
    )
    medians = cohort.waves().filter(like="median")
    fewest = PROFILES[profile].minimum if PROFILES[profile].quantiles else 0
    assert medians.isna().all(axis=None) == (hidden and placed < 2 * fewest)
