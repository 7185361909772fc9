"""Bands wide enough to tell a share without telling a small count."""

from __future__ import annotations

from collections.abc import Sequence

from impactkit.disclosure.profile import Profile


def safe_limits(limits: Sequence[float], n: int, profile: Profile) -> tuple[float, ...]:
    """Return the limits between which a share of ``n`` people may be told: bands too wide to show a count.

    Every band left holds at least ``minimum`` people, also the lowest, which counts nobody too, and the
    highest, which counts everyone: no band says that a count, or what it leaves, lies between 1 and
    ``minimum - 1``.

    Parameters
    ----------
    limits : sequence of float
        Upper ends of bands, ascending, below 1.
    n : int
        People, or any number known not to exceed them: what is safe for ``n`` is safe for more.

    Returns
    -------
    tuple of float
        The upper ends kept, then 1; empty when nothing can be told.

    Examples
    --------
    >>> from impactkit.disclosure import PROFILES
    >>> safe_limits((0.1, 0.2, 0.3, 0.5), 60, PROFILES["pilotactions"])
    (0.2, 0.5, 1.0)
    """

    def wide(share: float) -> bool:
        return round(share * n, 9) >= profile.minimum

    kept: list[float] = []
    for limit in limits:
        if wide(limit - (kept[-1] if kept else 0.0)) and wide(1 - limit):
            kept.append(limit)
    return (*kept, 1.0) if kept else ()


def band_holding(share: float, limits: Sequence[float]) -> tuple[float, float] | None:
    """Return the band of a share, above the first number and up to the second; ``None`` without limits."""
    if not limits:
        return None
    high = next(limit for limit in limits if share <= limit)
    return max((limit for limit in limits if limit < high), default=0.0), high
