"""Random identifiers of people: nothing of a person is in them, and a typing slip is seen."""

from __future__ import annotations

import secrets

# Crockford's: without I, L, O and U, which are read one for another.
_SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_VALUES = {sign: value for value, sign in enumerate(_SIGNS)}
_LENGTH = 16
# x^5 + x^2 + 1, irreducible over GF(2): the field of 32 elements.
_MODULUS = 0b100101


def new_person_id() -> str:
    """Draw an identifier: 16 random signs (80 bits) and one check sign.

    Examples
    --------
    >>> person = new_person_id()
    >>> len(person), is_person_id(person)
    (17, True)
    """
    body = "".join(secrets.choice(_SIGNS) for _ in range(_LENGTH))
    return body + _check(body)


def is_person_id(text: str) -> bool:
    """Tell whether the text is an identifier whose check sign is right.

    The check is a sum over the field of 32 elements with a different weight at each place: it sees one sign
    changed and any two signs exchanged.
    """
    return (
        len(text) == _LENGTH + 1
        and all(sign in _VALUES for sign in text)
        and _check(text[:_LENGTH]) == text[_LENGTH]
    )


def _check(body: str) -> str:
    total, weight = 0, 1
    for sign in body:
        weight = _product(weight, 2)
        total ^= _product(weight, _VALUES[sign])
    return _SIGNS[total]


def _product(left: int, right: int) -> int:
    product = 0
    while right:
        if right & 1:
            product ^= left
        left <<= 1
        if left & 0b100000:
            left ^= _MODULUS
        right >>= 1
    return product
