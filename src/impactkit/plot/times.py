"""What a figure of the time before an event draws, and its text equivalent."""

from __future__ import annotations

from dataclasses import dataclass

from impactkit.disclosure import profile_of
from impactkit.estimators.duration.exits import DurationEstimate
from impactkit.evidence.build_record import record_effect, record_outcome
from impactkit.evidence.duration_record import duration_record
from impactkit.evidence.record import DurationRecord, EffectRecord, OutcomeRecord
from impactkit.plot.wording import Source, record_of
from impactkit.text import Language, Message, Quantity


@dataclass(frozen=True, slots=True, kw_only=True)
class TimesDrawn:
    """The protected curves, the outcome, the effect when it may be shown, and the fewest people shown."""

    duration: DurationRecord
    outcome: OutcomeRecord
    effect: EffectRecord | None
    minimum: int


def times_drawn(source: DurationEstimate | Source) -> TimesDrawn:
    """Return what is drawn of an estimate, an evidence or a record.

    Raises
    ------
    ValueError
        When it is not of a time before an event.
    """
    if isinstance(source, DurationEstimate):
        duration = duration_record(source)
        assert duration is not None  # it is of times
        return TimesDrawn(
            duration=duration,
            outcome=record_outcome(source.design),
            effect=record_effect(source),
            minimum=source.design.cohort.profile.minimum,
        )
    record = record_of(source)
    if record.duration is None:
        raise ValueError("this record has no curves: its outcome is not the time before an event")
    return TimesDrawn(
        duration=record.duration,
        outcome=record.outcome,
        effect=record.effect,
        minimum=profile_of(record.secrecy).minimum,
    )


def survival_alt(drawn: TimesDrawn, language: Language) -> str:
    """Say in words what the figure shows."""
    return " ".join(sentence.text(language) for sentence in survival_sentences(drawn))


def survival_sentences(drawn: TimesDrawn) -> list[Message]:
    """Say the curves at the middle and at the end, and the effect."""
    kind, horizon = drawn.duration.kind, drawn.duration.horizon
    sentences = [Message(f"duration.alt.head_{kind}")]
    for curve in drawn.duration.curves:
        for point in (curve.points[len(curve.points) // 2], curve.points[-1]):
            time = Quantity(point.time, decimals=_decimals(point.time))
            params = {"time": time, "share": Quantity(point.share, "percent")}
            sentences.append(Message(f"duration.alt.point_{curve.group}", params))
    if drawn.effect is not None:
        found = drawn.effect
        decimals = 1 if abs(found.estimate) < 100 else 0
        amounts = {"effect": found.estimate, "low": found.conf_low, "high": found.conf_high}
        params = {name: Quantity(value, decimals=decimals, sign=True) for name, value in amounts.items()}
        params["horizon"] = Quantity(horizon, decimals=_decimals(horizon))
        sentences.append(Message(f"duration.alt.effect_{kind}", params))
    return sentences


def _decimals(time: float) -> int:
    """Return how many decimals a round time needs, at most two."""
    return next((n for n in (0, 1) if abs(round(time, n) - time) < 1e-9), 2)
