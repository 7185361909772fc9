"""The effect by priority public: told only where no small group stands behind it, and never as a verdict."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import impactkit as ik
from impactkit import plot
from impactkit.document.to_text import to_text
from impactkit.errors import ReportError
from impactkit.evidence.record import EffectRecord, PublicEffectRecord, Record, SubgroupsRecord
from impactkit.evidence.subgroups_record import record_subgroups
from impactkit.report.by_public import by_public, publics_grid
from impactkit.report.material import Material
from records import did_record, series_record, study, w

UNKNOWN = float("nan")


def people(
    women: int, men: int, unknown: int = 0, *, gap: float = 0.0, share: float | None = None
) -> pd.DataFrame:
    """Return two arms, each of so many women, men and people of whom it is not known, at two times.

    The effect is 1 among men and ``1 + gap`` among women; with ``share``, the outcome is true for so many of
    each kind and arm, at both times.
    """
    rng, rows = np.random.default_rng(7), []
    for treated in (1, 0):
        for kind, n in ((1.0, women), (0.0, men), (UNKNOWN, unknown)):
            for i in range(n):
                before = rng.normal(10, 2)
                after = before + rng.normal(0, 1) + treated * (1 + gap * (kind == 1))
                if share is not None:
                    before, after = i < share * n, (i + 3) % n < share * n
                person = len(rows)
                rows += [(person, 0, treated, kind, before), (person, 6, treated, kind, after)]
    return pd.DataFrame(rows, columns=["id", "t", "arm", "woman", "score"])


def design_of(frame: pd.DataFrame, *, covariates: tuple[str, ...] = (), **publics: str) -> ik.Design:
    cohort = ik.cohort_from_frame(
        frame,
        unit="id",
        period="t",
        arm="arm",
        outcomes=["score"],
        covariates=covariates,
        publics=publics,  # type: ignore[arg-type]
    )
    return ik.declare_design(cohort, covariates=covariates)


def world(*sizes: int, gap: float = 0.0, share: float | None = None) -> ik.Estimate:
    return ik.did(design_of(people(*sizes, gap=gap, share=share), women="woman"))


def women_of(estimate: ik.Estimate) -> PublicEffectRecord:
    found = record_subgroups(estimate)
    assert found is not None
    return found.publics[0]


# ------------------------------------------------------------------ the numbers


def test_the_effect_in_each_part_is_the_difference_of_changes_there() -> None:
    estimate = world(60, 70, gap=2.0)
    women = women_of(estimate)
    panel = estimate.design.cohort.panel
    for kind, told in ((1.0, women.inside), (0.0, women.others)):
        own = panel[panel["_public_women"] == kind]
        wide = own.pivot_table(index="_unit", columns="_period", values="score")
        change = wide[6] - wide[0]
        arm = own.drop_duplicates("_unit").set_index("_unit")["_arm"].reindex(change.index)
        by_hand = change[arm == "beneficiary"].mean() - change[arm != "beneficiary"].mean()
        assert told is not None
        assert told.estimate == pytest.approx(by_hand, abs=0.005)


def test_the_difference_between_publics_is_tested_and_not_each_effect() -> None:
    apart, alike = women_of(world(60, 70, gap=2.0)), women_of(world(60, 70))
    assert apart.p_holm is not None
    assert alike.p_holm is not None
    assert apart.p_holm < 0.001 < 0.05 < alike.p_holm
    assert apart.sentence is not None
    assert alike.sentence is not None
    assert "à confirmer" in apart.sentence.fr.casefold()
    assert "ne prouve pas" in alike.sentence.fr
    # Welch's test of two differences, from what is told.
    inside, others = apart.inside, apart.others
    assert inside is not None
    assert others is not None
    t = (inside.estimate - others.estimate) / np.hypot(inside.std_error, others.std_error)
    assert stats.norm.sf(abs(t)) * 2 < 0.001


def test_tests_of_several_publics_are_corrected_for_their_number() -> None:
    frame = people(60, 70).assign(lone=lambda rows: rows["woman"])
    alone = women_of(ik.did(design_of(frame, women="woman"))).p_holm
    found = record_subgroups(ik.did(design_of(frame, women="woman", single_parents="lone")))
    assert found is not None
    assert alone is not None
    assert [public.p_holm for public in found.publics] == pytest.approx([min(2 * alone, 1)] * 2, abs=0.002)


# ------------------------------------------------------------------ what may not be told


@pytest.mark.parametrize(
    ("sizes", "told"),
    [((30, 30), True), ((29, 80), False), ((80, 29), False), ((40, 40, 10), False), ((40, 40, 11), True)],
)
def test_both_parts_are_told_or_neither(sizes: tuple[int, ...], told: bool) -> None:
    women = women_of(world(*sizes))
    shown = [women.inside, women.others, women.p_holm, women.sentence]
    assert [item is not None for item in shown] == [told] * 4


@pytest.mark.parametrize(("share", "told"), [(0.5, True), (0.2, False), (0.8, False)])
def test_a_share_of_few_people_hides_both_parts(share: float, told: bool) -> None:
    women = women_of(world(40, 40, share=share))
    assert (women.inside is not None, women.others is not None) == (told, told)


def test_a_characteristic_that_the_public_shares_is_no_covariate_within_it() -> None:
    design = design_of(people(50, 50), covariates=("woman",), women="woman")
    assert women_of(ik.did(design)).inside is not None


def test_matched_groups_are_not_split() -> None:
    matched = ik.match(design_of(people(60, 60), covariates=("woman",), women="woman"))
    found = record_subgroups(ik.did(matched))
    assert found is not None
    assert found.not_made is not None
    assert found.told == ()


def test_without_any_public_known_there_is_nothing() -> None:
    assert record_subgroups(ik.did(design_of(people(40, 40)))) is None


# ------------------------------------------------------------------ the page and the figure


def public(key: str, label: str, *, told: bool = True, declared: bool = False) -> PublicEffectRecord:
    def effect(low: float, high: float) -> EffectRecord:
        middle, error = (low + high) / 2, (high - low) / 4
        return EffectRecord(
            estimate=middle, std_error=error, df=90, conf_low=low, conf_high=high, p_value=0.2
        )

    return PublicEffectRecord(
        key=key,
        label=w(label, label),
        definition=w(f"Définition de « {label} »."),
        declared=declared,
        inside=effect(-0.04, 0.21) if told else None,
        others=effect(0.02, 0.16) if told else None,
        p_holm=0.41 if told else None,
        sentence=w(f"Public « {label} ». Phrase.") if told else None,
    )


def record_with(*publics: PublicEffectRecord) -> Record:
    return did_record(subgroups=SubgroupsRecord(publics=publics))


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("n", [1, 5])
def test_the_figure_says_its_numbers(n: int, language: str) -> None:
    record = record_with(*(public("women", f"Public au nom plutôt long, le numéro {i}") for i in range(n)))
    axes = plot.priority_publics(record, language=language)
    assert axes.alt == plot.alt_text(record, "publics", language=language)
    assert "\u22124" in axes.alt
    assert len(axes.lines) == 1 + 4 * n + (n - 1)


def test_nothing_told_is_no_figure() -> None:
    hidden = record_with(public("women", "Femmes", told=False))
    for record in (hidden, did_record()):
        with pytest.raises(ReportError):
            plot.priority_publics(record)
        with pytest.raises(ValueError, match="no effect by priority public"):
            plot.alt_text(record, "publics")


def test_the_page_tells_what_it_may_and_says_what_it_does_not() -> None:
    record = record_with(
        public("women", "Femmes", declared=True), public("rural", "Habitants des zones rurales", told=False)
    )
    material = Material(record=record, study=study(), action=study().actions[0], language="fr")
    text = to_text(by_public(material))
    assert "exploratoire" in text
    assert "Aucun écart n'est donné pour ce public : Habitants des zones rurales" in text.replace(
        "\u00a0", " "
    )
    assert record.subgroups is not None
    rows = publics_grid(material, record.subgroups.told).rows
    assert len(rows) == 1
    assert rows[0][0].text == "Femmes (visé par l'action)"
    assert (
        by_public(Material(record=series_record(), study=study(), action=study().actions[0], language="fr"))
        == ()
    )
