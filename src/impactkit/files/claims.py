"""Does a text say that the action caused something, or proves it, more than its measure carries?

The wordings are in ``claims.toml``. A sentence is read part by part: a negation, an aim or a condition
before the wording, in the same part, takes the claim back.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal

from impactkit.files.fold import clean, fold_clean

# What a measure lets one say of a change: nothing of its cause, that it is probably or surely the action's.
Carried = Literal["nothing", "probable", "established"]

_SENTENCE = re.compile(r"[^.!?\n;]+")
# Where an aim or a negation no longer governs what follows.
_PART = re.compile(r"\b(?:mais|et|donc|or|cependant|toutefois|but|and|so|however|yet)\b|[,:()«»“”–]")


_INSIDE = frozenset({"n't"})  # stands at the end of a word
_CAUSE = 30  # characters after the wording in which its cause is looked for


@dataclass(frozen=True, slots=True)
class _Wordings:
    causal: re.Pattern[str]
    proof: re.Pattern[str]
    negation: re.Pattern[str]
    hope: re.Pattern[str]
    cause_after: re.Pattern[str]
    elsewhere: re.Pattern[str]
    probably: re.Pattern[str]


@cache
def _wordings() -> tuple[_Wordings, ...]:
    text = (resources.files("impactkit.files") / "claims.toml").read_text(encoding="utf-8")
    told = tomllib.loads(text)
    return tuple(_Wordings(**{name: _any(said) for name, said in lists.items()}) for lists in told.values())


def _any(said: Sequence[str]) -> re.Pattern[str]:
    longest = sorted(said, key=len, reverse=True)
    # That a word starts here is asked once of each place, and not once of each wording.
    starting = "|".join(_one(words) for words in longest if words not in _INSIDE)
    return re.compile("|".join([rf"(?<!\w)(?:{starting})", *(_one(words) for words in _INSIDE & {*said})]))


def _one(words: str) -> str:
    pattern = re.escape(words).replace(r"\*", r"\w*").replace(r"\ \[\.\.\.\]\ ", r"(?:\s+\S+){0,3}\s+")
    return pattern.replace(r"\ ", r"\s+") + ("" if words.endswith(("'", "*")) else r"(?!\w)")


def claims_beyond(text: str, carried: Carried) -> tuple[str, ...]:
    """Return the wordings of a text that claim more than its measure carries.

    Parameters
    ----------
    text : str
        In French or in English: the wordings of both are looked for.
    carried : {"nothing", "probable", "established"}
        ``"nothing"``: no claim stands; ``"probable"``: those said to be probable do; ``"established"``: all.

    Examples
    --------
    >>> claims_beyond("L'atelier a permis à chacun de reprendre confiance.", "nothing")
    ('a permis',)
    >>> claims_beyond("L'atelier vise à permettre à chacun de reprendre confiance.", "nothing")
    ()
    """
    if carried == "established":
        return ()
    found: list[str] = []
    for written in map(clean, _SENTENCE.findall(text)):
        sentence = fold_clean(written)
        for match in (
            match for wordings in _wordings() for match in _in_sentence(sentence, wordings, carried)
        ):
            # As the user wrote it, accents and all, where folding moved no letter.
            same = len(written) == len(sentence)
            found.append(written[match.start() : match.end()].lower() if same else match.group(0))
    return tuple(dict.fromkeys(found))


def _in_sentence(sentence: str, wordings: _Wordings, carried: Carried) -> list[re.Match[str]]:
    matches = list(wordings.proof.finditer(sentence))
    if carried == "nothing" or not wordings.probably.search(sentence):
        matches += wordings.causal.finditer(sentence)
    return [match for match in matches if not _is_taken_back(sentence, match, wordings)]


def _is_taken_back(sentence: str, match: re.Match[str], wordings: _Wordings) -> bool:
    before = sentence[: match.start()]
    starts = [cut.end() for cut in _PART.finditer(before)]
    part = before[starts[-1] if starts else 0 :]
    if wordings.negation.search(part) or wordings.hope.search(part):
        return True
    inside = match.group(0)
    cause = sentence[match.end() : match.end() + _CAUSE] if wordings.cause_after.search(inside) else part
    return bool(wordings.negation.search(inside) or wordings.elsewhere.search(cause))
