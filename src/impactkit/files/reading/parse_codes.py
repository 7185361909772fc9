"""Post codes and INSEE codes of communes: five characters, the first of which tell the département."""

from __future__ import annotations

import re
from typing import Literal

_METROPOLITAN = r"0[1-9]|1\d|2[1-9]|[3-8]\d|9[0-5]"
# Corsica has letters in INSEE codes and 20 in post codes; 98 holds Monaco and the Pacific.
_FORMS = {
    "commune": re.compile(rf"(?:{_METROPOLITAN}|2[ab])\d{{3}}|97[1-8]\d{{2}}|98[4-9]\d{{2}}"),
    "postcode": re.compile(rf"(?:{_METROPOLITAN}|20)\d{{3}}|97[1-8]\d{{2}}|98\d{{3}}"),
}
_WITH_TOWN = re.compile(r"(\d{5})(?: .*)?\bcedex\b.*|(\d{2}) (\d{3})")
_WITHOUT_ZERO = re.compile(r"[1-9]\d{3}")


def code_of(word: str, *, kind: Literal["postcode", "commune"]) -> str | None:
    """Return the code that a folded text is; ``None`` when no place of France has it.

    Four digits are kept: a spreadsheet may have taken the first zero, which is for the file's owner to say.
    Whether a commune has a possible code is not checked: their list changes every year.

    Examples
    --------
    >>> code_of("2a004", kind="commune"), code_of("31009 cedex", kind="postcode")
    ('2A004', '31009')
    >>> code_of("96200", kind="postcode") is None
    True
    """
    found = _WITH_TOWN.fullmatch(word)
    code = "".join(part or "" for part in found.groups()) if found else word
    return code.upper() if _FORMS[kind].fullmatch(code) or _WITHOUT_ZERO.fullmatch(code) else None
