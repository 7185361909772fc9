"""Levels that secrecy would hide are merged, told so, and lose nobody; a page of blanks is no answer."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import impactkit as ik
from impactkit.disclosure import DEFAULT_PROFILE, merge_levels, share_is_safe
from impactkit.evidence import Record
from impactkit.evidence.build_record import balance_rows
from small_studies import changed, write_study


def safe_of(counts: list[tuple[int, int]]):
    whole = [sum(own) for own in zip(*counts, strict=True)]

    def is_safe(own):
        return all(
            of and share_is_safe(n / of, of, DEFAULT_PROFILE) for n, of in zip(own, whole, strict=True)
        )

    return is_safe


levels = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), min_size=1, max_size=8)


@given(counts=levels, ordered=st.booleans())
def test_every_level_is_in_one_part_and_every_part_can_be_shown(counts, ordered):
    is_safe = safe_of(counts)
    parts = merge_levels(counts, is_safe=is_safe, ordered=ordered)
    assert sorted(i for part in parts for i in part) == list(range(len(counts)))
    if any(len(part) > 1 for part in parts):
        assert len(parts) > 1
        assert all(
            is_safe([sum(own) for own in zip(*(counts[i] for i in part), strict=True)]) for part in parts
        )


@given(counts=levels, ordered=st.booleans())
def test_what_can_be_shown_is_never_merged(counts, ordered):
    is_safe = safe_of(counts)
    if all(is_safe(own) for own in counts):
        assert merge_levels(counts, is_safe=is_safe, ordered=ordered) == tuple(
            (i,) for i in range(len(counts))
        )


@given(counts=levels)
def test_levels_in_order_are_merged_with_neighbours_only(counts):
    for part in merge_levels(counts, is_safe=safe_of(counts), ordered=True):
        assert list(part) == list(range(part[0], part[-1] + 1))


@given(counts=levels)
def test_levels_without_order_make_one_part_of_others(counts):
    parts = merge_levels(counts, is_safe=safe_of(counts))
    assert sum(len(part) > 1 for part in parts) <= 1


TOML = changed(
    ('categories = ["femme", "homme"]', 'categories = ["a", "b", "c", "d"]{kind}'),
    ('labels = { F = "femme", H = "homme" }', 'labels = { a = "a", b = "b", c = "c", d = "d" }'),
    ('missing = ["NSP"]', ""),
)


def study_record(folder, sizes: dict[str, int], *, kind: str = "") -> Record:
    """Return the record of a study whose two groups have as many people of each level."""
    rng = np.random.default_rng(3)
    lines = ["dossier;groupe;age;sexe;emploi T0;emploi T6;score T0;score T6"]
    for group in ("Bénéficiaire", "Attente"):
        for level, n in sizes.items():
            for _ in range(n):
                yes = ";".join(("Non", "Oui")[value] for value in rng.integers(0, 2, 2))
                scores = ";".join(map(str, rng.integers(0, 20, 2)))
                lines.append(f"{len(lines)};{group};{rng.integers(20, 60)};{level};{yes};{scores}")
    toml = TOML.replace("{kind}", kind)
    study = ik.read_study(write_study(folder, toml=toml, files={"suivi.csv": "\n".join(lines) + "\n"}))
    return ik.assess(ik.estimate(ik.declare_design(ik.build_cohort(study, action="mobilite")))).record


def told(record: Record) -> dict[str, tuple[float | None, float | None]]:
    return {
        row.label.fr.replace("\xa0", " "): (row.mean_treated, row.mean_comparison)
        for row in record.balance
        if "Sexe" in row.label.fr
    }


def test_rare_levels_are_told_together_and_the_page_says_so(tmp_path):
    record = study_record(tmp_path, {"a": 40, "b": 30, "c": 6, "d": 8})
    rows = told(record)
    assert set(rows) == {
        "Sexe : a", "Sexe : b", "Sexe : autres, regroupées par le secret statistique (c, d)",
    }  # fmt: skip
    assert all(mean is not None for means in rows.values() for mean in means)
    assert sum(means[0] for means in rows.values()) == pytest.approx(1, abs=0.03)


def test_levels_in_order_are_told_with_their_neighbours(tmp_path):
    record = study_record(tmp_path, {"a": 40, "b": 5, "c": 20, "d": 30}, kind='\nkind = "ordinal"')
    assert set(told(record)) == {
        "Sexe : a", "Sexe : de b à c, regroupées par le secret statistique", "Sexe : d",
    }  # fmt: skip


def test_levels_that_no_merging_would_show_stay_and_are_hidden(tmp_path):
    record = study_record(tmp_path, {"a": 14, "b": 4, "c": 2})
    assert set(told(record)) == {"Sexe : a", "Sexe : b", "Sexe : c"}
    assert {mean for means in told(record).values() for mean in means} == {None}


def test_levels_that_can_be_shown_are_told_apart(tmp_path):
    assert set(told(study_record(tmp_path, {"a": 40, "b": 30, "c": 20}))) == {
        "Sexe : a",
        "Sexe : b",
        "Sexe : c",
    }


def test_only_what_is_shown_is_merged(tmp_path):
    """The effect and the checks are those of every level."""
    rng = np.random.default_rng(8)
    n = 90
    frame = pd.DataFrame(
        {
            "id": range(2 * n),
            "helped": np.repeat([1, 0], n),
            "y": rng.normal(size=2 * n),
            "site": np.resize(["a"] * 40 + ["b"] * 35 + ["c"] * 7 + ["d"] * 8, 2 * n),
        }
    )
    cohort = ik.cohort_from_frame(frame, unit="id", arm="helped", outcomes=["y"], covariates=["site"])
    design = ik.declare_design(cohort, comparison="waiting_list", covariates=["site"])
    before = design.balance()
    rows = balance_rows(design)
    assert len(rows) == 3
    assert design.balance().equals(before)
    assert list(before["level"].dropna()) == ["a", "b", "c", "d"]
