"""Advice before numbers: which designs these data can carry, and what each could show."""

from __future__ import annotations

from typing import Literal, get_args

from impactkit.cohort.cohort import Cohort
from impactkit.errors import DesignError, require
from impactkit.evidence.advice.advice import Advice
from impactkit.evidence.advice.at_threshold import threshold
from impactkit.evidence.advice.option import Option
from impactkit.evidence.advice.pair import Pair
from impactkit.evidence.advice.people import LOTS, PEOPLE, before_after, qualitative
from impactkit.evidence.advice.shape import Shape, primary_of
from impactkit.evidence.advice.territories import interrupted_series, synthetic_control
from impactkit.files.model import Comparison, Outcome
from impactkit.text import Message


def advise(
    cohort: Cohort,
    *,
    outcome: str | None = None,
    units: Literal["people", "territories"] = "people",
    comparison: Comparison | None = None,
    running: str | None = None,
    cutoff: float | None = None,
) -> Advice:
    """Rank the designs that these data can carry, before any result is read.

    It looks at who is followed, when and in which group; at who is lost; and, for the smallest effect that
    could be found, at how the outcome varies before entry or among those who do not enter. No outcome of a
    beneficiary after entry is read, only whether there is one.

    Designs are ranked by the most that their credibility can be, then by how many checks of the comparison
    the data allow, then by their precision (bands of the smallest detectable effect in standard deviations).
    Those that cannot be computed come last, with what would make them possible.

    Parameters
    ----------
    cohort : Cohort
    outcome : str, optional
        Outcome variable; the primary one by default.
    units : {"people", "territories"}
        Who is followed, when no study says it: territories can be mixed and followed one by one, and their
        numbers are no secret.
    comparison : str, optional
        Of a frame whose arms are 1 and 0: what those compared are (``"randomised"`` when lots were drawn,
        ``"waiting_list"``…); ``"never_treated"`` by default.
    running, cutoff : str and float, optional
        The characteristic whose threshold decides who has a right to the action, and the threshold; those of
        the study by default.

    Returns
    -------
    Advice

    Raises
    ------
    ValueError
        When a name is not one the cohort knows, or ``running`` comes without ``cutoff``.
    DesignError
        When nobody is followed.

    References
    ----------
    Bloom (1995), *Evaluation Review* 19(5), for the smallest detectable effect (two-sided test at 5 %, 80 %
    power); the Maryland Scientific Methods Scale for where each design starts (`impactkit.evidence.rules`).

    Examples
    --------
    >>> import impactkit as ik
    >>> cohort = ik.build_cohort(ik.read_study(ik.sample("nsw")), action="experience")
    >>> ik.advise(cohort).best.design
    'randomised'
    """
    require(cohort, Cohort)
    named = [name for name in get_args(Comparison) if name not in ("none", "not_yet_treated")]
    if comparison is not None and comparison not in named:
        known = ", ".join(named)
        raise ValueError(f"unknown comparison {comparison!r}: expected one of {known}")
    if (running is None) != (cutoff is None):
        raise ValueError("running and cutoff go together")
    if running is not None and running not in cohort.variables:
        raise ValueError(f"unknown running {running!r}: expected one of {', '.join(cohort.variables)}")
    if units not in ("people", "territories"):
        raise ValueError(f"unknown units {units!r}: expected 'people' or 'territories'")
    if not cohort.n_units:
        raise DesignError(Message("design.error.nobody_enters"))
    shape = Shape.of(
        cohort, _outcome(cohort, outcome), territories=units == "territories", comparison=comparison
    )
    lots = Pair.of(shape, "randomised") if shape.lots is not None else None
    chosen = shape.chosen()
    pair = lots if chosen is None else Pair.of(shape, chosen)
    options = [
        *(look(shape, lots) for look in LOTS),
        threshold(shape, pair, running=running, cutoff=cutoff),
        *(look(shape, pair) for look in PEOPLE),
        interrupted_series(shape, pair),
        synthetic_control(shape, pair),
        before_after(shape, pair),
        qualitative(),
    ]
    # Among equals, those listed first: the order is that of the page.
    return Advice(options=tuple(sorted(options, key=_order)), shape=shape)


def _order(option: Option) -> tuple[bool, int, int, int]:
    return option.order


def _outcome(cohort: Cohort, name: str | None) -> Outcome:
    if name is None:
        return primary_of(cohort)
    for item in cohort.outcomes:
        if item.variable == name:
            return item
    raise ValueError(
        f"unknown outcome {name!r}: expected one of {', '.join(item.variable for item in cohort.outcomes)}"
    )
