"""What several respondents say of a change: its level, how far they agree, and what is proved."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from impactkit.disclosure import Profile, share_is_safe
from impactkit.forms.changes.read import Answer
from impactkit.forms.changes.words import COMMITTEE, LEVELS

# Below this many answers, even the middle one would say what someone answered.
FEWEST = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemSummary:
    """An item, as it may be shown.

    Attributes
    ----------
    item : str
    committee : tuple of Answer
        What committees agreed on: nobody's own answer, told as it is.
    size : {"none", "few", "some", "enough"}
        How many respondents answered on their own: nobody, fewer than 5, fewer than the profile's minimum,
        at least that.
    level : str or None
        The median answer, the more cautious of the two in the middle; ``None`` under 5 answers, or when all
        find that it does not apply.
    share : float or None
        Share of the answers at that level; ``None`` when it would let a small group be worked out.
    consensus : float or None
        From 0, as many at both ends of the scale, to 1, all at the same level; ``None`` under the minimum.
    proved : float or None
        Share of the answers with a dated proof and its source, under the same rule.
    due : str or None
        What most say is due to the pact; ``None`` under the minimum or when two are as frequent.
    proofs : tuple of Answer
        Answers that have a proof.
    """

    item: str
    committee: tuple[Answer, ...]
    size: str
    level: str | None
    share: float | None
    consensus: float | None
    proved: float | None
    due: str | None
    proofs: tuple[Answer, ...]

    @property
    def is_empty(self) -> bool:
        """Whether nobody answered."""
        return self.size == "none" and not self.committee


def consensus(counts: Sequence[int]) -> float:
    r"""Return how far answers on an ordered scale agree, from 0 to 1.

    Parameters
    ----------
    counts : sequence of int
        Answers at each level, in order; at least one answer and two levels.

    Returns
    -------
    float
        ``Cns``; the dispersion ``Dnt`` is ``1 - Cns``.

    Raises
    ------
    ValueError
        Without an answer, or with a single level.

    Notes
    -----
    With :math:`p_i` the share of answers at level :math:`X_i`, :math:`\mu` their mean and :math:`d` the width
    of the scale, :math:`Cns = 1 + \sum_i p_i \log_2 (1 - |X_i - \mu| / d)`.

    References
    ----------
    W. J. Tastle and M. J. Wierman (2007), "Consensus and dissention: a measure of ordinal dispersion",
    International Journal of Approximate Reasoning 45(3), 531-545.

    Examples
    --------
    >>> consensus([0, 0, 7, 0])
    1.0
    >>> consensus([3, 0, 0, 3])
    0.0
    """
    n, width = sum(counts), len(counts) - 1
    if n < 1 or width < 1:
        raise ValueError("consensus needs at least one answer and two levels")
    mean = sum(level * count for level, count in enumerate(counts)) / n
    total = 1.0 + sum(
        count / n * math.log2(1.0 - abs(level - mean) / width) for level, count in enumerate(counts) if count
    )
    return max(total, 0.0)


def summarise(item: str, answers: Sequence[Answer], profile: Profile) -> ItemSummary:
    """Return what may be shown of the answers to an item.

    Parameters
    ----------
    item : str
    answers : sequence of Answer
        Of any item.
    profile : Profile
        Respondents are people too: its minimum applies to them.
    """
    about = [answer for answer in answers if answer.item == item]
    own = [answer for answer in about if answer.type != COMMITTEE]
    size = _size(len(own), profile)
    rated = [answer.level for answer in own if answer.level in LEVELS]
    level = _median(rated) if len(rated) >= FEWEST else None
    enough = len(rated) >= profile.minimum
    at_level = sum(answer == level for answer in rated) / len(rated) if enough else 0.0
    proved = sum(answer.is_proved for answer in own) / len(own) if size == "enough" else 0.0
    return ItemSummary(
        item=item,
        committee=tuple(answer for answer in about if answer.type == COMMITTEE),
        size=size,
        level=level,
        share=at_level if enough and share_is_safe(at_level, len(rated), profile) else None,
        consensus=consensus([rated.count(name) for name in LEVELS]) if enough else None,
        proved=proved if size == "enough" and share_is_safe(proved, len(own), profile) else None,
        due=_most([answer.share for answer in own]) if size == "enough" else None,
        proofs=tuple(answer for answer in about if answer.proof is not None),
    )


def _size(n: int, profile: Profile) -> str:
    if not n:
        return "none"
    return "few" if n < FEWEST else "some" if n < profile.minimum else "enough"


def _median(levels: Sequence[str]) -> str:
    """Return the middle answer, the lower of the two when their number is even."""
    ranks = sorted(LEVELS.index(level) for level in levels)
    return LEVELS[ranks[(len(ranks) - 1) // 2]]


def _most(shares: Sequence[str | None]) -> str | None:
    counts = Counter(share for share in shares if share is not None).most_common(2)
    if not counts or (len(counts) == 2 and counts[0][1] == counts[1][1]):
        return None
    return counts[0][0]
