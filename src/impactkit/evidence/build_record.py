"""Making the record: every number that leaves passes the secrecy rules here."""

from __future__ import annotations

import math
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import version
from itertools import pairwise
from typing import Literal

import numpy as np

from impactkit.cohort.cohort import Cohort, FlowStep, protect_flow
from impactkit.design.balance import Line
from impactkit.design.design import Design
from impactkit.disclosure import Box, grain_of, is_small, mean_step, protect_count, significant, to_step
from impactkit.errors import ReportError
from impactkit.estimators.dispatch import NotEstimated
from impactkit.estimators.inference.multiplicity import adjust_p
from impactkit.estimators.result import Companion, Estimate, GroupMean
from impactkit.evidence import rules, sentences
from impactkit.evidence.accounts_record import record_accounts
from impactkit.evidence.contribution_record import record_contribution
from impactkit.evidence.digits import (
    effect_told,
    mean_told,
    p_told,
    share_told,
    smd_told,
    statistic_told,
    step_of,
)
from impactkit.evidence.duration_record import duration_record, tells_few_events
from impactkit.evidence.figure import has_figure, smallest_group
from impactkit.evidence.judgement import Judgement
from impactkit.evidence.masking import (
    ARMS,
    band,
    has_enough_units,
    is_binary,
    mean_is_dominated,
    mean_is_safe,
    row_is_safe,
)
from impactkit.evidence.merged_levels import Merged, with_merged_levels
from impactkit.evidence.path_record import between_window, path_record
from impactkit.evidence.record import (
    AlternativeRecord,
    BalanceRecord,
    CheckRecord,
    EffectRecord,
    FlowRecord,
    GroupRecord,
    MadeComparable,
    OutcomeRecord,
    Provenance,
    Record,
    SecondaryRecord,
    words,
)
from impactkit.evidence.sensitivity_record import record_sensitivity
from impactkit.evidence.series_record import series_record
from impactkit.evidence.subgroups_record import record_subgroups
from impactkit.files.masks import REPORT
from impactkit.text import Label, Message, has_key

_PACKAGES = ("numpy", "pandas", "scipy")
_SHOWN_ALTERNATIVES = (
    "sign_flip",
    "hodges_lehmann",
    "wild",
    "randomisation",
    "available",
    "imputed_baseline",
    "ancova",
    "change_score",
    "earlier_baseline",
    "conventional",
    "local_randomisation",
    "anderson_rubin",
    "two_stage",
    "offer",
    "rate_ratio",
    "superiority",
    "cumulative_odds",
)
# Those that are not a difference in the unit of the outcome.
_SCALES: Mapping[str, Literal["ratio", "chance"]] = {
    "rate_ratio": "ratio",
    "cumulative_odds": "ratio",
    "superiority": "chance",
}
# They rest on other people than the headline: on a few more or less, their difference would tell of these.
_OTHER_PEOPLE = ("available", "imputed_baseline", "earlier_baseline")
# Their effect is the difference of two groups at one time.
_COMPARED_AFTER = ("compare_groups", "doubly_robust", "discontinuity", "encouragement", "time_to_event")
_NO_TEST = ("qualitative", "descriptive")


def build_record(evidence: Judgement) -> Record:
    """Return the record of an evidence: protected aggregates and finished sentences.

    Raises
    ------
    ReportError
        When no report of the action may be made beside those of the others.
    """
    estimate = evidence.estimate
    design = estimate.design
    cohort = design.cohort
    study, action = cohort.study, cohort.action
    if action is not None and REPORT in action.masked:
        raise ReportError(Message("together.withheld", {"action": action.id}))
    profile = cohort.profile
    means, flow, balance = record_means(estimate), record_flow(estimate), record_balance(estimate)
    series, path = series_record(estimate), path_record(estimate, means)
    n_treated, n_comparison = _group_sizes(estimate)
    masked = [n_treated, n_comparison, *(mean.mean for mean in means), *(box.n for box in flow)]
    masked += between_window(path, design)
    return Record(
        study=study.id if study is not None else "",
        study_title=words(study.title if study is not None else ""),
        kind=study.kind if study is not None else None,
        action=action.id if action is not None else "",
        title=words(action.title) if action is not None else words(design.variable.label),
        territory=study.territory.name if study is not None else "",
        department=study.territory.department if study is not None else None,
        region=study.territory.region if study is not None else None,
        axis=action.axis if action is not None else None,
        publics=action.publics if action is not None else (),
        actions_count=study.actions_count or len(study.actions) if study is not None else None,
        method=estimate.method,
        comparison=design.comparison,
        estimand=design.estimand,
        window=(words(cohort.period_label(design.window[0])), words(cohort.period_label(design.window[1]))),
        follow_up=_follow_up(design),
        covariates=tuple(words(cohort.variables[name].label) for name in design.covariates),
        made_comparable=record_made_comparable(design),
        outcome=_outcome_measured(estimate),
        effect=record_effect(estimate),
        alternatives=record_alternatives(estimate),
        means=means,
        flow=flow,
        balance=balance,
        accounts=record_accounts(evidence, flow),
        series=series,
        path=path,
        duration=duration_record(estimate),
        checks=tuple(
            CheckRecord(
                key=check.key,
                question=words(Message(f"check.{check.key}.question")),
                status=check.status,
                value=statistic_told(check.value),
                threshold=statistic_told(check.threshold),
                reason=words(check.reason),
            )
            for check in evidence.checks
        ),
        sensitivity=record_sensitivity(estimate, means),
        notes=(*(words(replace(note, rows=())) for note in cohort.notes), *map(words, estimate.notes)),
        secondary=record_secondary(evidence.secondary),
        subgroups=record_subgroups(estimate),
        contribution=record_contribution(estimate),
        strength=evidence.strength,
        credibility=evidence.credibility,
        precision=evidence.precision,
        bound_by=words(evidence.bound_by),
        attribution=evidence.attribution,
        imputation=evidence.imputation,
        attribution_label=words(Message(f"verdict.label.{evidence.attribution}")),
        conclusion=evidence.conclusion,
        claim=sentences.claim_of(evidence),
        reasons=tuple(words(reason) for reason in evidence.reasons),
        sentences=sentences.all_sentences(evidence, means),
        n_treated=n_treated,
        n_comparison=n_comparison,
        secrecy=profile.name,
        masked=sum(value is None for value in masked),
        provenance=_provenance(estimate),
    )


def _follow_up(design: Design) -> float | None:
    """Return the months from entry to the time after, where the study's waves say them."""
    study, action = design.cohort.study, design.cohort.action
    if study is None or action is None or design.cohort.steps[-1].counts == "territories":
        return None
    known = [wave.months for wave in study.waves_of(action.id)]
    return float(design.window[1]) if design.window[1] in known else None


def _group_sizes(estimate: Estimate) -> tuple[int | None, int | None]:
    """Return the sizes of the groups: people are protected, territories are not people."""
    sizes = (estimate.effect.n_treated, estimate.effect.n_comparison)
    if estimate.follows_territories:
        return sizes
    profile = estimate.design.cohort.profile
    return (protect_count(sizes[0], profile), protect_count(sizes[1], profile))


def record_made_comparable(design: Design) -> MadeComparable | None:
    """Return how the groups were made comparable, and on what; nothing when they were not."""
    if design.comparable is None:
        return None
    labels = {name: design.cohort.variables[name].label for name in design.comparable.on}
    return MadeComparable(
        method=design.comparable.method,
        on=tuple(
            words(Message("sentence.baseline_of", {"name": label}) if name == design.outcome else label)
            for name, label in labels.items()
        ),
    )


def record_outcome(design: Design) -> OutcomeRecord:
    """Describe the outcome."""
    variable = design.variable
    return OutcomeRecord(
        name=design.outcome,
        label=words(variable.label),
        type="boolean" if variable.type == "boolean" else "number",
        unit=words(variable.unit) if variable.unit is not None else None,
        direction=design.direction,
        minimum_effect=design.minimum_effect,
        unit_singular=words(variable.unit_singular) if variable.unit_singular is not None else None,
        family=variable.family,
    )


def _outcome_measured(estimate: Estimate) -> OutcomeRecord:
    """Describe what the effect is on: the outcome, or the time after the event that it is the time before."""
    outcome = record_outcome(estimate.design)
    if estimate.effect.term != "time_lost_difference":
        return outcome
    label = Message("sentence.time_after_event", {"outcome": estimate.design.variable.label})
    direction = "increase" if estimate.better_up else "decrease"
    return outcome.model_copy(update={"label": words(label), "direction": direction})


def record_effect(estimate: Estimate) -> EffectRecord | None:
    """Return the effect, or nothing when a group is too small for a figure."""
    return effect_told(estimate.effect, estimate.design) if has_figure(estimate) else None


def record_alternatives(estimate: Estimate) -> tuple[AlternativeRecord, ...]:
    """Return what other methods say of the same effect, when enough people are followed for a test.

    McNemar's p-values are left out: they tell how few people changed. So is what rests on a few people more
    or less than the headline.
    """
    hidden = _OTHER_PEOPLE if _few_left_out(estimate) else ()
    if estimate.follows_territories or rules.size_regime(smallest_group(estimate)) in _NO_TEST:
        return ()
    return tuple(
        AlternativeRecord(
            method=item.label,
            label=words(Message(f"sentence.alternative.{item.label}")),
            scale=_SCALES.get(item.label, "outcome"),
            conf_low=_end(item, item.low, estimate),
            conf_high=_end(item, item.high, estimate),
            p_value=p_told(item.p_value),
        )
        for item in estimate.companions
        if item.label in _SHOWN_ALTERNATIVES and item.label not in hidden and item.p_value is not None
    )


def _end(item: Companion, end: float | None, estimate: Estimate) -> float | None:
    """Return an end of another method's interval, where it has one, as finely as the effect's own."""
    if end is None or not math.isfinite(end):
        return None
    if item.label in _SCALES:
        return significant(end, 3)
    return to_step(end, step_of(estimate.design, estimate.effect.std_error))


def _few_left_out(estimate: Estimate) -> bool:
    """Tell whether some step leaves out so few people of a group that they must stay hidden."""
    profile = estimate.design.cohort.profile
    return any(
        earlier.arm == step.arm and is_small(earlier.n - step.n, profile)
        for earlier, step in pairwise(estimate.counts)
    )


def record_means(estimate: Estimate) -> tuple[GroupRecord, ...]:
    """Return the means of the groups, hiding those from which a small count could be worked out.

    A mean hidden alone could be recomputed from the effect and the others: those that the effect is the
    difference of are hidden with it (the two times of a group, or the two groups at one time).
    """
    profile = estimate.design.cohort.profile

    binary = estimate.design.variable.type == "boolean"
    sensitive = estimate.design.variable.sensitive
    few = tells_few_events(estimate) or (not estimate.follows_territories and not has_enough_units(estimate))
    step = step_of(estimate.design, estimate.effect.std_error)

    def is_safe(mean: GroupMean) -> bool:
        if estimate.follows_territories:
            return True
        if few or mean_is_dominated(estimate, mean):
            return False
        return mean_is_safe(mean.mean, mean.n, binary=binary, profile=profile, sensitive=sensitive)

    def told(mean: GroupMean) -> float:
        if binary and not estimate.follows_territories:
            return share_told(mean.mean, mean.n, step=step, profile=profile)
        return to_step(mean.mean, step)

    by_time = estimate.method in _COMPARED_AFTER
    unsafe = {mean.time if by_time else mean.group for mean in estimate.means if not is_safe(mean)}
    return tuple(
        GroupRecord(
            group=mean.group,
            time=mean.time,
            mean=None if (mean.time if by_time else mean.group) in unsafe else told(mean),
            n=protect_count(mean.n, profile),
        )
        for mean in estimate.means
    )


def record_flow(estimate: Estimate) -> tuple[FlowRecord, ...]:
    """Return the boxes from the files to the people analysed; small losses are merged and hidden."""
    cohort = estimate.design.cohort
    arms = dict.fromkeys(step.arm for step in estimate.counts)
    chains = [[step for step in estimate.counts if step.arm == arm] for arm in arms]
    return tuple(
        FlowRecord(
            arm=None if step.arm is None else "treated" if step.arm == "treated" else "comparison",
            step=step.key,
            label=words(_step_label(step.key)),
            n=box.n,
            lost=box.lost,
            reason=words(step.reason) if step.reason is not None else None,
        )
        for step, box in _told_boxes(protect_flow(cohort.steps, chains, cohort.profile), chains, cohort)
    )


def _told_boxes(
    boxes: Sequence[tuple[FlowStep, Box]], chains: Sequence[Sequence[FlowStep]], cohort: Cohort
) -> list[tuple[FlowStep, Box]]:
    """Hide what the study does not publish: the numbers of a group before those analysed, and their total."""
    masked = cohort.action.masked if cohort.action is not None else ()
    if {"treated", "comparison"}.isdisjoint(masked):
        return list(boxes)
    last = [chain[-1] for chain in chains]
    told = []
    for step, box in boxes:
        arm = None if step.arm is None else "treated" if step.arm == "treated" else "comparison"
        hidden = arm is None or (arm in masked and step not in last)
        told.append((step, Box(None, None) if hidden else Box(box.n, None) if arm in masked else box))
    return told


def _step_label(key: str) -> Message | Label:
    for area in ("flow.step", "sentence.step"):
        if has_key(f"{area}.{key}"):
            return Message(f"{area}.{key}")
    raise KeyError(f"the catalogue has no label for the step {key!r}")


def record_balance(estimate: Estimate) -> tuple[BalanceRecord, ...]:
    """Return the likeness of the groups before the action, among the people analysed."""
    design = estimate.design
    if design.comparison == "none" or estimate.follows_territories:
        return ()
    return balance_rows(design, people=estimate.analysed)


def balance_rows(
    design: Design, *, people: Sequence[object] | np.ndarray | None = None
) -> tuple[BalanceRecord, ...]:
    """Return the likeness of the groups of a design, hiding what would tell a small count.

    Parameters
    ----------
    design : Design
    people : sequence, optional
        Those to compare; everyone by default.
    """
    merged = with_merged_levels(design, people=people)
    design, lines = merged.design, _with_difference(merged.lines)
    before = {} if design.comparable is None else _safe_before(design, lines)
    return tuple(_balance_row(line, merged, before) for line in lines)


def _with_difference(lines: Sequence[Line]) -> list[Line]:
    return [line for line in lines if not math.isnan(line["smd"])]


def _safe_before(design: Design, lines: Sequence[Line]) -> dict[str, float]:
    """Return the differences before matching or weighting that can be shown, by characteristic."""
    names = dict.fromkeys(line["variable"] for line in lines)
    plain = replace(
        design, comparable=None, covariates=tuple(name for name in names if name != design.outcome)
    )
    return {
        line["covariate"]: _told_means(line, plain).smd
        for line in _with_difference(plain.balance_lines())
        if row_is_safe(line, plain)
    }


def _balance_row(row: Line, merged: Merged, before: Mapping[str, float]) -> BalanceRecord:
    design = merged.design
    variable = design.cohort.variables[row["variable"]]
    safe = row_is_safe(row, design)
    told = _told_means(row, design) if safe else None
    low, high = (told.smd, told.smd) if told is not None else band(abs(row["smd"]))
    label: Message | Label = variable.label
    if row["level"] is not None:
        level = merged.level(row["variable"], row["level"])
        label = Message("sentence.level", {"variable": variable.label, "level": level})
    return BalanceRecord(
        label=words(label),
        type="boolean" if is_binary(row, design) else "number",
        mean_treated=told.treated if told is not None else None,
        mean_comparison=told.comparison if told is not None else None,
        smd_low=low,
        smd_high=high,
        smd_before=before.get(row["covariate"]),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _ToldMeans:
    treated: float
    comparison: float
    smd: float


def _told_means(row: Line, design: Design) -> _ToldMeans:
    """Return the means and the difference of a row: how many people they are of is not told."""
    profile = design.cohort.profile
    grain = 1.0 if is_binary(row, design) else grain_of(design.cohort.rows.column(row["variable"]))
    means = {
        arm: mean_told(row[f"mean_{arm}"], row[f"n_{arm}"], grain=grain, profile=profile) for arm in ARMS
    }
    n = min(row[f"n_{arm}"] for arm in ARMS)
    step = mean_step(n, grain=grain, profile=profile)
    difference = row["mean_treated"] - row["mean_comparison"]
    smd = smd_told(row["smd"], difference, step)
    return _ToldMeans(treated=means["treated"], comparison=means["comparison"], smd=smd)


def record_secondary(secondary: Sequence[Estimate | NotEstimated]) -> tuple[SecondaryRecord, ...]:
    """Return the other outcomes with the p-values of Holm's rule (Holm 1979, *Scand. J. Statist.* 6).

    The correction counts every outcome, also those that could not be estimated or shown.
    """
    p_values = [item.effect.p_value if isinstance(item, Estimate) else 1.0 for item in secondary]
    return tuple(
        _secondary(item, adjusted)
        for item, adjusted in zip(secondary, adjust_p(p_values).tolist(), strict=True)
    )


def _secondary(item: Estimate | NotEstimated, p_holm: float) -> SecondaryRecord:
    outcome = record_outcome(item.design)
    if isinstance(item, NotEstimated):
        return SecondaryRecord(outcome=outcome, effect=None, p_holm=None, sentence=words(item.reason))
    effect = record_effect(item)
    return SecondaryRecord(
        outcome=outcome,
        effect=effect,
        p_holm=p_told(p_holm) if effect is not None else None,
        sentence=words(sentences.interval_of(item, claim="comparison")),
    )


# A file of each package's is read for it.
_version = cache(version)


def _provenance(estimate: Estimate) -> Provenance:
    cohort = estimate.design.cohort
    return Provenance(
        impactkit=_version("impactkit"),
        python=platform.python_version(),
        packages={name: _version(name) for name in _PACKAGES},
        study_sha256=cohort.study.sha256 if cohort.study is not None else "",
        inputs={file.path: file.sha256 for file in cohort.inputs},
        seed=cohort.study.seed if cohort.study is not None else None,
        settings={key: str(value) for key, value in estimate.settings.items()},
    )
