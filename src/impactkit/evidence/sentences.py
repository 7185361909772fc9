"""What may be said: every sentence is chosen whole from the catalogue, never assembled."""

from __future__ import annotations

from collections.abc import Sequence

from impactkit.disclosure import is_small, rounded
from impactkit.estimators.result import Estimate
from impactkit.evidence import rules
from impactkit.evidence.check import Check
from impactkit.evidence.credibility_start import is_adjusted
from impactkit.evidence.figure import has_figure, smallest_group
from impactkit.evidence.judgement import Judgement
from impactkit.evidence.record import Claim, GroupRecord, Sentences, words
from impactkit.evidence.words import amount, exact_amount, is_share, quantity, round_up
from impactkit.text import Amount, Label, Message

# What they estimate is the effect on some people only: those near a threshold, those whom an offer brings in.
_AT_A_MARGIN = ("discontinuity", "encouragement")
_ADVISED = (
    "attrition",
    "follow_up",
    "baseline_balance",
    "pre_trends",
    "placebo_date",
    "anticipation",
    "honest_trends",
    "placebo_outcome",
    "spillover",
    "comparison_group",
    "confounding",
    "missing_bounds",
    "clusters",
    "leave_one_cluster_out",
    "influence",
    "specification",
    "link_quality",
    "sorting",
    "near_threshold",
    "first_stage",
)

_SAME_ADVICE = {
    "placebo_date": "pre_trends",
    "honest_trends": "pre_trends",
    "missing_bounds": "attrition",
    "leave_one_cluster_out": "clusters",
}


def claim_of(evidence: Judgement) -> Claim:
    """Return the strongest claim that the verdict allows."""
    if evidence.estimate.design.comparison == "none":
        return _alone(evidence.estimate)
    # A change, or its absence, that cannot be laid to the action is told of the groups, not of the action.
    told_of_groups = evidence.attribution == "change_not_attributed" or (
        evidence.conclusion == "no_meaningful_difference" and evidence.attribution == "inconclusive"
    )
    return "effect" if evidence.credibility >= rules.CREDIBLE and not told_of_groups else "comparison"


def _alone(estimate: Estimate) -> Claim:
    """Return what people compared with nobody are compared with: themselves, or where they were heading."""
    return "trend" if estimate.effect.term == "change_from_trend" else "before"


def all_sentences(evidence: Judgement, means: Sequence[GroupRecord]) -> Sentences:
    """Write the sentences of the page."""
    estimate = evidence.estimate
    claim = claim_of(evidence)
    per_hundred = _per_hundred(evidence, means, claim)
    return Sentences(
        verdict=words(verdict_of(evidence)),
        interval=words(interval_of(estimate, claim=claim)),
        significance=words(significance_of(evidence)),
        per_hundred=words(per_hundred) if per_hundred is not None else None,
        method=words(method_of(estimate)),
        uncertainty=words(uncertainty) if (uncertainty := uncertainty_of(estimate)) is not None else None,
        smallest_effect=words(smallest) if (smallest := smallest_effect_of(estimate)) is not None else None,
        can_say=tuple(words(message) for message in can_say(evidence, claim)),
        cannot_say=tuple(words(message) for message in cannot_say(evidence)),
        to_strengthen=tuple(words(message) for message in to_strengthen(evidence)),
    )


def verdict_of(evidence: Judgement) -> Message:
    """Say the verdict, with the direction of a change and how surely an unfavourable effect is attributed."""
    if evidence.attribution == "change_not_attributed":
        return Message(f"verdict.said.change_{evidence.conclusion}")
    if evidence.attribution == "adverse_effect":
        return Message(f"verdict.said.adverse_{evidence.imputation}")
    return Message(f"verdict.label.{evidence.attribution}")


def interval_of(estimate: Estimate, *, claim: Claim) -> Message:
    """Say the effect as an interval, in the outcome's own unit, without a bare point estimate."""
    design, effect = estimate.design, estimate.effect
    if estimate.is_unbounded:
        return Message("sentence.interval.unbounded")
    if not has_figure(estimate):
        alone = "_alone" if design.comparison == "none" else ""
        return Message(f"sentence.interval.too_few{alone}")
    if design.comparison == "none":
        claim = _alone(estimate)
    low, high = effect.interval(rules.LEVEL)
    horizon = horizon_of(estimate)
    sign = "up" if low > 0 else "down" if high < 0 else "around"
    near, far = (low, high) if sign == "up" else (-high, -low) if sign == "down" else (-low, high)
    kind = "share" if is_share(design) else "number"
    if horizon is not None:
        kind = "time_after" if effect.term == "time_lost_difference" else "time_before"
    return Message(
        f"sentence.interval.{claim}.{kind}.{sign}",
        {
            "outcome": design.variable.label,
            "low": amount(design, near, effect) if sign == "around" else quantity(design, near, effect),
            "high": amount(design, far, effect),
            "when": _when(estimate) if horizon is None else horizon,
        },
    )


def horizon_of(estimate: Estimate) -> Amount | None:
    """Write how long people are followed, for the time before an event; nothing for another outcome."""
    if estimate.method != "time_to_event":
        return None
    return exact_amount(estimate.design, float(str(estimate.settings["horizon"])))


def _when(estimate: Estimate) -> Label | Message:
    if estimate.follows_territories:
        return Message("sentence.when_series")
    if estimate.method == "event_study":
        return Message("sentence.when_event_study")
    if estimate.method in _AT_A_MARGIN:
        return Message(f"sentence.when_{estimate.method}")
    return estimate.design.cohort.period_label(estimate.design.window[1])


def significance_of(evidence: Judgement) -> Message:
    """Say whether chance alone could give such a difference; too small a group gets no test."""
    estimate = evidence.estimate
    if not estimate.follows_territories:
        regime = rules.size_regime(smallest_group(estimate))
        if regime in ("qualitative", "descriptive"):
            return Message("sentence.significance.no_test")
    if estimate.is_unbounded:
        return Message("sentence.significance.unbounded")
    if evidence.conclusion == "no_meaningful_difference":
        return Message("sentence.significance.within_minimum")
    low, high = estimate.effect.interval(rules.LEVEL)
    return Message(f"sentence.significance.{'yes' if low > 0 or high < 0 else 'no'}")


def _per_hundred(evidence: Judgement, means: Sequence[GroupRecord], claim: Claim) -> Message | None:
    estimate = evidence.estimate
    by_place = {(mean.group, mean.time): mean.mean for mean in means}
    after = by_place.get(("treated", "after"))
    if not is_share(estimate.design) or after is None or estimate.follows_territories:
        return None
    if claim == "trend" or estimate.cells is not None or estimate.method == "event_study":
        return None  # the effect is an average over dates, or a gap with no date's share
    if estimate.method in _AT_A_MARGIN:
        return None  # the effect is on some of the people whose share it would be
    params: dict[str, object] = {"outcome": estimate.design.variable.label, "after": _of_100(after)}
    if claim == "before":
        before = by_place.get(("treated", "before"))
        if before is None:
            return None
        return Message("sentence.per_hundred.before", params | {"before": _of_100(before)})
    low, high = estimate.effect.interval(rules.LEVEL)
    without = {"least": _of_100(after - high), "most": _of_100(after - low)}
    return Message(f"sentence.per_hundred.{claim}", params | without)


def _of_100(share: float) -> int:
    return round(100 * min(1.0, max(0.0, share)))


def method_of(estimate: Estimate) -> Message:
    """Say the method in short."""
    design = estimate.design
    key: str = estimate.method
    if key == "compare_groups" and design.comparable is not None:
        key = "compare_groups_comparable"
    elif key == "compare_groups" and is_adjusted(estimate):
        key = "compare_groups_adjusted"
    if key == "interrupted_series" and design.comparison == "none":
        key = "interrupted_series_alone"
    if estimate.cells is not None:
        key = "did_by_entry"
    if estimate.effect.term == "time_lost_difference":
        key = "time_to_event_competing"
    if estimate.effect.term == "change_from_trend":
        key = "before_after_trend"
    return Message(
        f"sentence.method.{key}",
        {
            "outcome": design.variable.label,
            "comparison": Message(f"comparison.{design.comparison}"),
            "before": design.cohort.period_label(design.window[0]),
            "after": design.cohort.period_label(design.window[1]),
            **({} if (horizon := horizon_of(estimate)) is None else {"horizon": horizon}),
        },
    )


def uncertainty_of(estimate: Estimate) -> Message | None:
    """Say what the interval and the p-value rest on, when the estimate follows people."""
    n = estimate.settings.get("clusters")
    if estimate.follows_territories or n is None:
        return None
    if n == 0:
        return Message("sentence.uncertainty.by_person")
    first, *others = str(estimate.settings.get("laws", "")).split(", ")
    if others:
        return Message(f"sentence.uncertainty.cautious_{'_'.join(others)}", {"n": n})
    kind = f"asked_{first}" if first in ("wild", "randomisation") else "by_site"
    return Message(f"sentence.uncertainty.{kind}", {"n": n})


def smallest_effect_of(estimate: Estimate) -> Message | None:
    """Say the smallest effect that these numbers could show; nothing when no figure is given."""
    design, effect = estimate.design, estimate.effect
    detectable = rules.smallest_detectable(effect.std_error, effect.df)
    params: dict[str, object] = {"amount": amount(design, detectable, effect)}
    if estimate.follows_territories:
        of = "series" if estimate.method == "interrupted_series" else "donors"
        return Message(f"sentence.smallest_effect.{of}", params)
    if not has_figure(estimate):
        return None
    people = effect.n_treated + effect.n_comparison
    return Message("sentence.smallest_effect.people", params | {"n": rounded(people, design.cohort.profile)})


def can_say(evidence: Judgement, claim: Claim) -> list[Message]:
    """List what the evidence allows to say."""
    outcome = {"outcome": evidence.estimate.design.variable.label}
    key: str = evidence.attribution
    if evidence.estimate.follows_territories:
        return [Message(f"sentence.can_say.series_{evidence.conclusion}", outcome)]
    if not has_figure(evidence.estimate):
        key = "too_few"
    elif key == "change_not_attributed":
        key = f"change_{claim}_{'better' if evidence.conclusion == 'improvement' else 'other'}"
    elif key == "inconclusive" and evidence.conclusion == "no_meaningful_difference":
        key = f"no_meaningful_{claim}"
    elif key == "inconclusive":
        key = f"inconclusive_{claim}"
    elif key == "adverse_effect":
        key = f"adverse_{evidence.imputation}"
    return [Message(f"sentence.can_say.{key}", outcome)]


def cannot_say(evidence: Judgement) -> list[Message]:
    """List what must not be concluded."""
    design = evidence.estimate.design
    said = []
    if design.comparison == "none":
        said.append(Message("sentence.cannot_say.due_to_action"))
    elif evidence.attribution == "change_not_attributed":
        said.append(Message("sentence.cannot_say.due_to_action_compared"))
    if evidence.attribution == "inconclusive":
        said.append(Message("sentence.cannot_say.no_effect"))
    if evidence.imputation == "probable" and evidence.conclusion in ("improvement", "deterioration"):
        said.append(Message("sentence.cannot_say.certain"))
    if evidence.attribution == "no_meaningful_effect":
        said += [Message("sentence.cannot_say.zero"), Message("sentence.cannot_say.reached")]
    if evidence.estimate.method in _AT_A_MARGIN:
        said.append(Message(f"sentence.cannot_say.{evidence.estimate.method}"))
    if (horizon := horizon_of(evidence.estimate)) is not None:
        said.append(Message("sentence.cannot_say.time_to_event", {"horizon": horizon}))
    said.append(Message("sentence.cannot_say.elsewhere"))
    return said


def to_strengthen(evidence: Judgement) -> list[Message]:
    """List what would make the next measure more solid."""
    estimate = evidence.estimate
    design = estimate.design
    by_key = {check.key: check for check in evidence.checks}
    advice = []
    if design.comparison == "none":
        advice.append(Message("sentence.strengthen.comparison"))
    wanting = [by_key[key] for key in _ADVISED if key in by_key and by_key[key].status != "ok"]
    # Several questions may call for the same thing: it is said once.
    keys = dict.fromkeys(_advice_of(check) for check in wanting)
    advice += [Message(f"sentence.strengthen.{key}") for key in keys]
    if estimate.follows_territories:
        advice.append(Message("sentence.strengthen.more_territories"))
    else:
        advice += _more_people(evidence)
    return advice


def _advice_of(check: Check) -> str:
    if check.key in ("pre_trends", "placebo_date") and check.status == "fail":
        return "trends_apart"
    return _SAME_ADVICE.get(check.key, check.key)


def _more_people(evidence: Judgement) -> list[Message]:
    """Say how many people would be needed, when their number is what holds the conclusion back."""
    estimate = evidence.estimate
    minimum, n = estimate.design.minimum_effect, smallest_group(estimate)
    alone = "_alone" if estimate.design.comparison == "none" else ""
    detectable = rules.smallest_detectable(estimate.effect.std_error, estimate.effect.df)
    known = not is_small(n, estimate.design.cohort.profile)
    if minimum is not None and evidence.conclusion == "inconclusive" and detectable > minimum and known:
        more = round_up(n * ((detectable / minimum) ** 2 - 1))
        return [Message(f"sentence.strengthen.more_people{alone}", {"n": more})]
    advice = []
    if n < rules.FEWEST_FOR_A_MAIN_RESULT:
        fewest = {"n": rules.FEWEST_FOR_A_MAIN_RESULT}
        advice.append(Message(f"sentence.strengthen.main_result{alone}", fewest))
    if minimum is None:
        advice.append(Message("sentence.strengthen.declare_minimum"))
    return advice
