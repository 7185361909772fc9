"""Whether the colours of a style sheet can be told apart (WCAG 2.1, 1.4.3 and 1.4.11; RGAA 3.2 and 3.3)."""

from __future__ import annotations

from dataclasses import dataclass

from impactkit.html.colours import Theme, colours

TEXT = 4.5
GRAPHIC = 3.0

_TONES = ("good", "fair", "warn", "bad", "calm")
# What stands on what in a page, by the names of the custom properties, and the least contrast of each.
PAIRS: tuple[tuple[str, str, float], ...] = (
    ("ink", "paper", TEXT),
    ("ink", "ground", TEXT),
    ("ink", "soft", TEXT),
    ("muted", "paper", TEXT),
    ("muted", "ground", TEXT),
    ("muted", "soft", TEXT),
    ("accent", "paper", TEXT),
    ("accent", "soft", TEXT),
    *((tone, f"{tone}-soft", TEXT) for tone in _TONES),
    *((tone, "paper", TEXT) for tone in _TONES),
    *(("ink", f"{tone}-soft", TEXT) for tone in _TONES),
    *(("muted", f"{tone}-soft", TEXT) for tone in _TONES),
    ("figure-ink", "paper", TEXT),
    ("figure-ink", "figure-box", TEXT),
    ("figure-ink", "figure-far", TEXT),
    ("figure-muted", "paper", TEXT),
    ("figure-treated", "paper", TEXT),
    ("figure-comparison", "paper", TEXT),
    ("figure-treated", "figure-near", GRAPHIC),
    ("figure-treated", "figure-far", GRAPHIC),
    ("figure-comparison", "figure-far", GRAPHIC),
    ("figure-muted", "figure-far", GRAPHIC),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PoorContrast:
    """Two colours too near each other: their names, their contrast and the least it should be."""

    front: str
    back: str
    theme: Theme
    ratio: float
    least: float


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours (``#rrggbb``), from 1 to 21.

    Examples
    --------
    >>> round(contrast("#ffffff", "#000000"), 9)
    21.0
    """
    bright, dim = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def poor_contrasts(css: str) -> tuple[PoorContrast, ...]:
    """Return what cannot be told apart in a style sheet, in either theme; colours it lacks are not judged."""
    found = []
    themes: tuple[Theme, ...] = ("light", "dark")
    for theme in themes:
        known = colours(css, theme)
        for front, back, least in PAIRS:
            if front in known and back in known and (ratio := contrast(known[front], known[back])) < least:
                found.append(PoorContrast(front=front, back=back, theme=theme, ratio=ratio, least=least))
    return tuple(found)
