"""Which law the headline rests on, when several tests say how sure an effect is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from impactkit.errors import EstimationError
from impactkit.estimators.result import Companion, Exact, Inversion, MostCautious, Reference, StudentT
from impactkit.text import Message

LEVEL = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """The law of an effect, what the other tests say of it, and the words for it.

    Attributes
    ----------
    reference : StudentT, Exact or MostCautious
    laws : tuple of str
        What it rests on: the errors, then the names of the tests it takes in.
    companions : tuple of Companion
        All the tests, whether taken in or not.
    notes : tuple of Message
        For each test not taken in, why.
    """

    reference: Reference
    laws: tuple[str, ...]
    companions: tuple[Companion, ...] = ()
    notes: tuple[Message, ...] = ()


def headline(
    errors: str, *, df: float, tests: Mapping[str, Inversion] | None = None, cautious: bool = False
) -> Headline:
    """Refer an effect to Student's law, or to the most cautious of that law and of the tests that can speak.

    A test cannot speak when it does not bound the effect at 95 %: so few clusters allow no p-value of 5 %,
    or no value of the effect, however large, is refused. It then stands beside, and a note says so.

    Parameters
    ----------
    errors : str
        Name of the errors that Student's law goes with.
    df : float
        Its degrees of freedom.
    tests : mapping, optional
        From ``"wild"`` and ``"randomisation"`` to the tests.
    cautious : bool
        Whether the headline takes the most cautious; else the tests only stand beside.
    """
    tests = tests or {}
    companions = tuple(_companion(label, test) for label, test in tests.items())
    speaking = {label: test for label, test in tests.items() if test.bounds(LEVEL)}
    if not cautious:
        return Headline(reference=StudentT(df), laws=(errors,), companions=companions)
    silent = [label for label in tests if label not in speaking]
    return Headline(
        reference=MostCautious(df, tuple(speaking.values())) if speaking else StudentT(df),
        laws=(errors, *speaking),
        companions=companions,
        notes=tuple(Message(f"estimators.note.silent_{label}") for label in silent),
    )


def asked_headline(label: str, test: Inversion, *, df: float, tests: Mapping[str, Inversion]) -> Headline:
    """Refer an effect to the test asked for by name.

    Raises
    ------
    EstimationError
        When it does not bound the effect at 95 %.
    """
    if not test.bounds(LEVEL):
        raise EstimationError(Message("estimators.error.unbounded"))
    companions = tuple(_companion(name, other) for name, other in tests.items())
    return Headline(reference=Exact(test, df), laws=(label,), companions=companions)


def _companion(label: str, test: Inversion) -> Companion:
    low, high = test.interval(LEVEL)
    return Companion(label=label, value=test.value, low=low, high=high, p_value=test.p_value())
