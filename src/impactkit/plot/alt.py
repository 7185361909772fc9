"""The text equivalent of each figure: its message with its numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from impactkit.evidence.record import BalanceRecord, PathLine, Record
from impactkit.evidence.rules import WWC_ADJUSTABLE, WWC_EQUIVALENT
from impactkit.plot.by_public import publics_sentences
from impactkit.plot.times import survival_sentences, times_drawn
from impactkit.plot.wording import arm_name, count, month_name, record_scale
from impactkit.text import Language, Message, Quantity, current_language

Kind = Literal["flow", "balance", "effect", "series", "survival", "path", "publics"]


def alt_text(record: Record, kind: Kind, *, language: Language | None = None) -> str:
    """Say in words what a figure shows, with its numbers.

    Parameters
    ----------
    record : Record
    kind : {"flow", "balance", "effect", "series", "survival", "path", "publics"}
    language : {"fr", "en"}, optional
        The session's by default.

    Raises
    ------
    ValueError
        When the record has nothing to draw such a figure from.
    """
    language = language or current_language()
    return " ".join(message.text(language) for message in _WRITERS[kind](record, language))


def _flow(record: Record, language: Language) -> list[Message]:
    sentences = [Message("plot.alt.flow")]
    for arm in (None, "treated", "comparison"):
        steps = [step for step in record.flow if step.arm == arm]
        if steps:
            sentences.append(Message("plot.alt.flow_arm", {"arm": arm_name(record, arm)}))
        for step in steps:
            box = {"label": step.label.text(language), "n": count(step.n, language)}
            sentences.append(Message("plot.alt.flow_box", box))
    return sentences


def _balance(record: Record, language: Language) -> list[Message]:
    if not record.balance:
        raise ValueError("this record has no balance: the action is compared with nobody")
    return _of_balance(record.balance, language)


def balance_text(rows: Sequence[BalanceRecord], language: Language) -> str:
    """Say in words what a figure of differences before the action shows."""
    return " ".join(message.text(language) for message in _of_balance(rows, language))


def _of_balance(rows: Sequence[BalanceRecord], language: Language) -> list[Message]:
    shown = [row for row in rows if row.smd_low == row.smd_high]
    sentences = [Message("plot.alt.balance", {"n": len(rows)})]
    if shown:
        worst = max(shown, key=lambda row: abs(row.smd_low))
        sentences.append(
            Message(
                "plot.alt.balance_worst",
                {
                    "label": worst.label.text(language),
                    "smd": Quantity(worst.smd_low, decimals=2, sign=True),
                },
            )
        )
        sizes = [abs(row.smd_low) for row in shown]
        counts = {
            "alike": sum(size <= WWC_EQUIVALENT for size in sizes),
            "to_correct": sum(WWC_EQUIVALENT < size <= WWC_ADJUSTABLE for size in sizes),
            "apart": sum(size > WWC_ADJUSTABLE for size in sizes),
        }
        sentences.append(Message("plot.alt.balance_counts", counts))
    hidden = len(rows) - len(shown)
    if hidden:
        sentences.append(Message("plot.alt.balance_hidden", {"n": hidden}))
    before = [abs(row.smd_before) for row in rows if row.smd_before is not None]
    if before:
        largest = Quantity(max(before), decimals=2)
        sentences.append(Message("plot.alt.balance_before", {"smd": largest}))
    return sentences


def _effect(record: Record, language: Language) -> list[Message]:
    found, minimum = record.effect, record.outcome.minimum_effect
    if found is None:
        raise ValueError("this record has no effect: too few people are followed")
    scale = record_scale(record)
    sentences = [
        Message(
            f"plot.alt.effect_{record.claim}",
            {
                "outcome": record.outcome.label.text(language),
                **scale.ends(found.conf_low, found.conf_high, language),
            },
        )
    ]
    excludes = found.conf_low > 0 or found.conf_high < 0
    sentences.append(Message("plot.alt.effect_excludes" if excludes else "plot.alt.effect_includes"))
    if minimum is not None:
        size = scale.exact(minimum).change(minimum, language, sign=False)
        sentences.append(Message("plot.alt.effect_minimum", {"minimum": size}))
    sentences.append(Message(f"plot.alt.effect_{record.outcome.direction}"))
    return sentences


def _series(record: Record, language: Language) -> list[Message]:
    drawn = record.series
    if drawn is None:
        raise ValueError("this record has no series: people are followed, not months")
    scale = record_scale(record)
    sentences = [
        Message(
            "plot.alt.series",
            {
                "outcome": record.outcome.label.text(language),
                "first": month_name(drawn.months[0], language),
                "last": month_name(drawn.months[-1], language),
                "start": month_name(drawn.start, language),
            },
        )
    ]
    for arm, values in (("treated", drawn.treated), ("comparison", drawn.comparison)):
        known = [value for value in values or () if value is not None]
        if known:
            line = {"first": scale.level(known[0], language), "last": scale.level(known[-1], language)}
            sentences.append(Message("plot.alt.series_line", {"arm": arm_name(record, arm), **line}))
    return sentences


def _path(record: Record, language: Language) -> list[Message]:
    drawn = record.path
    if drawn is None:
        raise ValueError("this record has no path: the outcome is known at two times at most")
    labels = [time.label.text(language) for time in drawn.times]
    outcome = {"outcome": record.outcome.label.text(language), "n": len(labels)}
    sentences = [Message("plot.alt.path", outcome)]
    before = [label for label, time in zip(labels, drawn.times, strict=True) if not time.entered]
    if before:
        entry = "several" if drawn.several_entries else "one"
        sentences.append(Message(f"plot.alt.path_entry_{entry}", {"time": before[-1]}))
    for line in drawn.lines:
        params = {"arm": arm_name(record, line.group), "values": path_values(record, line, language)}
        sentences.append(Message("plot.alt.path_line", params))
        if len(line.means) < len(labels):
            sentences.append(Message("plot.path.stops", {"time": labels[len(line.means) - 1]}))
    return sentences


def path_values(record: Record, line: PathLine, language: Language) -> str:
    """Write a group's means at the times of a path, one after the other; a hidden one is said to be."""
    assert record.path is not None
    scale, hidden = record_scale(record), Message("plot.path.hidden").text(language)
    values = (
        {"time": time.label.text(language), "value": hidden if mean is None else scale.level(mean, language)}
        for time, mean in zip(record.path.times, line.means, strict=False)
    )
    return (
        Message("plot.path.joint")
        .text(language)
        .join(Message("plot.path.value", value).text(language) for value in values)
    )


_WRITERS: dict[Kind, Callable[[Record, Language], list[Message]]] = {
    "flow": _flow,
    "balance": _balance,
    "effect": _effect,
    "series": _series,
    "path": _path,
    "publics": publics_sentences,
    "survival": lambda record, language: survival_sentences(times_drawn(record)),
}
