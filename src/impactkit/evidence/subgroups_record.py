"""What may be told of the effect among a priority public, beside the effect among the others.

Both are told, or neither: one alone, beside the effect on all, would give the other away. They are told when
each group, in the public and outside it, is large enough for a test, and none of the shares behind them is of
a small count: then no small group stands behind what is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from impactkit.cohort.accounts.publics import belonging
from impactkit.cohort.membership import PUBLICS, definition_of, public_column
from impactkit.design.covariates import varies_at
from impactkit.design.design import Design
from impactkit.disclosure import is_small
from impactkit.errors import EstimationError
from impactkit.estimators.inference.multiplicity import adjust_p
from impactkit.estimators.result import Estimate
from impactkit.estimators.several.by_subgroup import equal_effects
from impactkit.evidence import rules, sentences
from impactkit.evidence.again import again
from impactkit.evidence.digits import effect_told, p_told
from impactkit.evidence.figure import has_figure, smallest_group
from impactkit.evidence.masking import mean_is_dominated, mean_is_safe
from impactkit.evidence.record import PublicEffectRecord, SubgroupsRecord, Words, words
from impactkit.evidence.told_shares import told
from impactkit.files.model import Public
from impactkit.text import Message

Bools = npt.NDArray[np.bool_]
_PARTED = ("before_after", "compare_groups", "did")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Compared:
    """The effect among a public and among the others, and the probability of as large a difference."""

    inside: Estimate
    others: Estimate
    p_value: float


def record_subgroups(estimate: Estimate) -> SubgroupsRecord | None:
    """Return the effect by priority public; nothing of territories, or when no file tells of any public.

    Parameters
    ----------
    estimate : Estimate
        The primary outcome's.

    Returns
    -------
    SubgroupsRecord or None
        The tests that a public's effect is that of the others are Holm's, over those told.
    """
    cohort = estimate.design.cohort
    known = [public for public in PUBLICS if public_column(public) in cohort.rows.frame]
    if estimate.follows_territories or not known:
        return None
    if estimate.method not in _PARTED or estimate.design.comparable is not None:
        kind = "comparable" if estimate.method in _PARTED else "method"
        return SubgroupsRecord(publics=(), not_made=words(Message(f"public.effect.not_made_{kind}")))
    compared = {public: _compared(estimate, public) for public in known}
    made = [item for item in compared.values() if item is not None]
    adjusted = iter(adjust_p([item.p_value for item in made]).tolist() if made else ())
    return SubgroupsRecord(
        publics=tuple(
            _public(estimate, public, item, None if item is None else next(adjusted))
            for public, item in compared.items()
        ),
        sites_cross=any(_sites_cross(estimate, item) for item in made),
    )


def _compared(estimate: Estimate, public: Public) -> _Compared | None:
    """Return the effect in a public and outside it; nothing when one of them must not be told."""
    rows = estimate.design.cohort.rows
    analysed = np.asarray(rows.people.isin(estimate.analysed))
    belongs = belonging(rows, public)
    sides = [analysed & (belongs == value) for value in (1, 0)]
    if not _sizes_are_safe(estimate.design, sides, unknown=analysed & np.isnan(belongs)):
        return None
    inside, others = (_part(estimate, people) for people in sides)
    if inside is None or others is None:
        return None
    effects = (inside.effect, others.effect)
    test = equal_effects(
        values=np.array([effect.value for effect in effects]),
        std_errors=np.array([effect.std_error for effect in effects]),
        df=np.array([effect.df for effect in effects]),
    )
    return _Compared(inside=inside, others=others, p_value=test.p_value)


def _sizes_are_safe(design: Design, sides: Sequence[Bools], *, unknown: Bools) -> bool:
    """Tell whether each group is large enough for a test on both sides of a public.

    Those of whom the public is not known must be no small group, which a difference would tell.
    """
    members = design.members()
    arms = [members.people[members.treated]]
    if design.comparison != "none":
        arms.append(members.people[~members.treated])

    def sizes(of: Bools) -> list[int]:
        return [int(np.count_nonzero(of[arm])) for arm in arms]

    if any(is_small(n, design.cohort.profile) for n in sizes(unknown)):
        return False
    return all(n >= rules.FEWEST_FOR_A_TEST for side in sides for n in sizes(side))


def _part(estimate: Estimate, people: Bools) -> Estimate | None:
    """Return the effect among these people, when it may be told."""
    rows = estimate.design.cohort.rows
    design = _without_constants(estimate.design.only(rows.people[people]))
    try:
        found = again(estimate, design)
    except EstimationError:
        return None
    safe = smallest_group(found) >= rules.FEWEST_FOR_A_TEST and has_figure(found) and _means_are_safe(found)
    return told(found) if safe and found.effect.std_error > 0 else None


def _without_constants(part: Design) -> Design:
    """Return the design without the characteristics that everyone of it shares."""
    rows, before = part.cohort.rows, part.known_from(part.members().people)
    kept = tuple(name for name in part.covariates if varies_at(rows, before, name))
    return part if kept == part.covariates else replace(part, covariates=kept)


def _means_are_safe(estimate: Estimate) -> bool:
    variable, profile = estimate.design.variable, estimate.design.cohort.profile
    binary = variable.type == "boolean"
    return all(
        mean_is_safe(mean.mean, mean.n, binary=binary, profile=profile, sensitive=variable.sensitive)
        and not mean_is_dominated(estimate, mean)
        for mean in estimate.means
    )


def _sites_cross(estimate: Estimate, compared: _Compared) -> bool:
    """Tell whether people of one site are on both sides: the test takes the sides as independent."""
    if not estimate.design.clustered:
        return False
    inside, others = (set(part.design.units()["cluster"]) for part in (compared.inside, compared.others))
    return bool(inside & others)


def _public(
    estimate: Estimate, public: Public, compared: _Compared | None, p_holm: float | None
) -> PublicEffectRecord:
    cohort = estimate.design.cohort
    by_study = cohort.study.publics if cohort.study is not None else {}
    return PublicEffectRecord(
        key=public,
        label=words(Message(f"public.{public}")),
        definition=words(definition_of(public, by_study)),
        declared=cohort.action is not None and public in cohort.action.publics,
        inside=None if compared is None else effect_told(compared.inside.effect, compared.inside.design),
        others=None if compared is None else effect_told(compared.others.effect, compared.others.design),
        p_holm=None if p_holm is None else p_told(p_holm),
        sentence=None if compared is None or p_holm is None else _sentence(public, compared, p_holm),
    )


def _sentence(public: Public, compared: _Compared, p_holm: float) -> Words:
    """Say the effect in the public, then whether it differs from that of the others."""
    interval = sentences.interval_of(compared.inside, claim="comparison")
    differs = "differs" if p_holm < 1 - rules.LEVEL else "not_told_apart"
    params = {"public": Message(f"public.{public}"), "interval": interval}
    return words(Message(f"public.effect.{differs}", params))
