"""How many people keyed fingerprints find again, and how many they take for others, without any name.

    python simulation/fingerprints.py

Prints the table of docs/validation/fingerprints.md. Registers are made (`register.py`); the key is drawn
anew each time, which changes nothing to the counts.
"""

from __future__ import annotations

import secrets

from register import made_registers

from impactkit.store.fingerprints import KINDS, fingerprints
from impactkit.store.identify import identify
from impactkit.store.keys import Key

SIZES = ((5_000, 1), (5_000, 2), (20_000, 1), (20_000, 2), (50_000, 1))
# Deterministic keys alone: name, first name and date of birth.
ONE = ("names_date",)


def _found(n: int, seed: int, errors: float, kinds: tuple[str, ...]) -> tuple[float, float, int]:
    """Return precision, recall and the number of wrong links."""
    left, right, truth = made_registers(n, seed=seed, errors=errors)
    key = Key("simulation", 1, secrets.token_bytes(32))
    before, after = fingerprints(left, key), fingerprints(right, key)

    def known(kind: str) -> dict[bytes, set[str]]:
        people: dict[bytes, set[str]] = {}
        for i, value in enumerate(before[kind]):
            if value is not None:
                people.setdefault(value, set()).add(str(i))
        return people

    found = identify({kind: after[kind] for kind in kinds}, known)
    pairs = {(int(person), i) for i, person in enumerate(found.person) if person is not None}
    true = set(zip(truth["left"].tolist(), truth["right"].tolist(), strict=True))
    good = len(pairs & true)
    return good / len(pairs), good / len(true), len(pairs) - good


def _line(n: int, seed: int, errors: float) -> str:
    cells = []
    for kinds in (ONE, KINDS):
        precision, recall, wrong = _found(n, seed, errors, kinds)
        cells += [f"{precision:.4f} ({wrong})", f"{recall:.3f}"]
    return f"| {n} | {seed} | {errors:g} | " + " | ".join(cells) + " |"


if __name__ == "__main__":
    print("| people | seed | errors | one key: precision (wrong) | recall | all keys: precision | recall |")
    print("|---|---|---|---|---|---|---|")
    for size, draw in SIZES:
        print(_line(size, draw, 1.0), flush=True)
    for scale in (0.5, 2.0):
        print(_line(20_000, 1, scale), flush=True)
