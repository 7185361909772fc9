"""The territory view: one tile per département, with how many measures it has."""

from __future__ import annotations

from collections.abc import Mapping

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from impactkit.plot import style
from impactkit.synthesis.territories import departments
from impactkit.text import Language, Message, current_language

# Shades say again what the number in the tile says: upper end of each, its colour, and that of its words.
_SHADES = ((0, style.PAPER, style.MUTED), (2, style.FAR, style.INK), (5, style.NEAR, style.INK))
_MOST = (style.TREATED, style.PAPER)
_SIDE = 0.92  # of a tile, the rest is the gap


def tiles(counts: Mapping[str, int], *, ax: Axes | None = None, language: Language | None = None) -> Axes:
    """Draw France's départements as equal tiles, each with its code and its number of measures.

    Parameters
    ----------
    counts : mapping of str to int
        Measures by code of département; those without any are drawn too.
    ax : Axes, optional
        Where to draw; new axes by default.
    language : {"fr", "en"}, optional
        Of the text equivalent; the session's by default.
    """
    language = language or current_language()
    places = departments()
    columns = 1 + max(item.column for item in places.values())
    rows = 1 + max(item.row for item in places.values())
    with style.look():
        if ax is None:
            ax = style.new_axes(height=style.WIDTH * rows / columns, left=0.1, right=0.1, top=0.1, bottom=0.1)
        for code, item in places.items():
            n = counts.get(code, 0)
            face, ink = next(((face, ink) for most, face, ink in _SHADES if n <= most), _MOST)
            x, y = item.column, rows - 1 - item.row
            ax.add_patch(Rectangle((x, y), _SIDE, _SIDE, facecolor=face, edgecolor=style.RULE, linewidth=0.8))
            middle = x + _SIDE / 2
            ax.text(middle, y + 0.66, code, ha="center", va="center", fontsize=7.5, color=ink)
            if n:
                ax.text(
                    middle, y + 0.3, str(n), ha="center", va="center", fontsize=11, weight="bold", color=ink
                )
        ax.set(xlim=(0, columns), ylim=(0, rows), aspect="equal")
        ax.set_axis_off()
    return style.describe(ax, tiles_text(counts, language=language))


def tiles_text(counts: Mapping[str, int], *, language: Language) -> str:
    """Say in words what `tiles` shows."""
    known = {code: counts[code] for code in departments() if counts.get(code)}
    sentences = [Message("synthesis.tiles.alt", {"n": len(known), "all": len(departments())})]
    if known:
        most = max(known.values())
        where = ", ".join(departments()[code].name for code, n in known.items() if n == most)
        sentences.append(Message("synthesis.tiles.alt_most", {"n": most, "where": where}))
    return " ".join(sentence.text(language) for sentence in sentences)
