"""The signs that stand beside a word, so that nothing is said by colour alone; the same in every format."""

from __future__ import annotations

from impactkit.evidence.record import Attribution, Status

MOST = 5  # the best note of solidity

MARKS: dict[Status, str] = {"ok": "✓", "caution": "!", "fail": "✗", "not_run": "–"}

SIGNS: dict[Attribution, str] = {
    "attributable": "✓",
    "probably_attributable": "✓",
    "change_not_attributed": "?",
    "inconclusive": "?",
    "no_meaningful_effect": "=",
    "adverse_effect": "!",
}

# The names of the style sheet's colours for a verdict's box, and for an answer.
TONES: dict[Attribution, str] = {
    "attributable": "good",
    "probably_attributable": "fair",
    "change_not_attributed": "warn",
    "inconclusive": "calm",
    "no_meaningful_effect": "calm",
    "adverse_effect": "bad",
}

STATUS_TONES: dict[Status, str] = {"ok": "good", "caution": "warn", "fail": "bad", "not_run": "calm"}

LIST_SIGNS = {"plain": "•", "yes": "✓", "no": "✗"}
