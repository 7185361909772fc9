"""The vault: who the people are, sealed, and the fingerprints by which they are found again.

It is a file of its own, so that it can be kept elsewhere than the answers. Identities are sealed with AES-256
in Galois counter mode, each under the person's identifier: an identity moved to somebody else does not open.
"""

from __future__ import annotations

import hmac
import json
import os
from collections.abc import Iterable, Mapping, Sequence

import pandas as pd
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from impactkit.errors import Problem, StoreError
from impactkit.store.connection import Connection
from impactkit.store.fingerprints import FIELDS, fingerprints
from impactkit.store.keys import Key
from impactkit.store.place import set_setting

_NONCE_BYTES = 12


def set_key(vault: Connection, key: Key) -> None:
    """Write which key serves, and a proof of it that does not reveal it."""
    for name, value in (("key_version", str(key.version)), ("key_proof", _proof(key))):
        set_setting(vault, name, value)


def key_version(vault: Connection) -> int:
    """Return the version of the key that serves."""
    return int(vault.execute("SELECT value FROM setting WHERE name = 'key_version'").fetchone()[0])


def refuse_other_key(vault: Connection, key: Key, *, file: str) -> None:
    """Refuse a key that is not the one this vault was made with.

    Raises
    ------
    StoreError
        E-CLE-02.
    """
    (proof,) = vault.execute("SELECT value FROM setting WHERE name = 'key_proof'").fetchone()
    if not hmac.compare_digest(proof, _proof(key)):
        raise StoreError([Problem(code="E-CLE-02", file=file)])


def _proof(key: Key) -> str:
    return key.derived("proof").hex()


# ------------------------------------------------------------------ identities


def seal(vault: Connection, key: Key, identities: Mapping[str, Mapping[str, str]]) -> None:
    """Write identities; what is known already and not said again stays.

    Parameters
    ----------
    identities : mapping of str to mapping
        By person, the fields known, as texts.
    """
    cipher = AESGCM(key.derived("identity"))
    rows = []
    for person, fields in identities.items():
        known = {name: value for name, value in fields.items() if value}
        merged = {**_opened(vault, cipher, person), **known}
        nonce = os.urandom(_NONCE_BYTES)
        text = json.dumps(merged, ensure_ascii=False).encode()
        rows.append((person, key.version, nonce + cipher.encrypt(nonce, text, person.encode())))
    vault.executemany(
        "INSERT INTO identity VALUES (?, ?, ?) ON CONFLICT (person)"
        " DO UPDATE SET key_version = excluded.key_version, sealed = excluded.sealed",
        rows,
    )


def unseal(vault: Connection, key: Key, persons: Sequence[str] | None = None) -> pd.DataFrame:
    """Return identities, one row per person: for linking and for an access request, never for analysis.

    Returns
    -------
    DataFrame
        ``person`` and the fields of `impactkit.store.fingerprints.FIELDS`, unknown ones empty.
    """
    cipher = AESGCM(key.derived("identity"))
    if persons is None:
        persons = [person for (person,) in vault.execute("SELECT person FROM identity ORDER BY person")]
    rows = [{"person": person, **_opened(vault, cipher, person)} for person in persons]
    return pd.DataFrame(rows, columns=["person", *FIELDS], dtype=object).fillna("")


def _opened(vault: Connection, cipher: AESGCM, person: str) -> dict[str, str]:
    found = vault.execute("SELECT sealed FROM identity WHERE person = ?", (person,)).fetchone()
    if found is None:
        return {}
    sealed: bytes = found[0]
    try:
        text = cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], person.encode())
    except InvalidTag:
        raise StoreError([Problem(code="E-STO-09")]) from None
    opened: dict[str, str] = json.loads(text)
    return opened


# ------------------------------------------------------------------ fingerprints


def remember(
    vault: Connection,
    key: Key,
    persons: Sequence[str],
    prints: Mapping[str, Sequence[bytes | None]],
) -> None:
    """Keep the fingerprints of people; those of an earlier name stay beside the new ones."""
    vault.executemany(
        "INSERT INTO fingerprint VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (
            (kind, value, person, key.version)
            for kind, values in prints.items()
            for person, value in zip(persons, values, strict=True)
            if value is not None
        ),
    )


def known_prints(vault: Connection, kind: str) -> dict[bytes, set[str]]:
    """Return the people who have each fingerprint of a kind."""
    known: dict[bytes, set[str]] = {}
    for value, person in vault.execute("SELECT value, person FROM fingerprint WHERE kind = ?", (kind,)):
        known.setdefault(value, set()).add(person)
    return known


def opposed_prints(vault: Connection) -> set[tuple[str, bytes]]:
    """Return the fingerprints of people erased who asked not to be taken in again."""
    return set(vault.execute("SELECT kind, value FROM opposed"))


def forget(vault: Connection, persons: Iterable[str], *, keep_opposition: bool = False) -> int:
    """Take people out of the vault, and return how many rows went.

    Parameters
    ----------
    keep_opposition : bool
        Keep the fingerprints, without the identifier, to refuse these people if a file brings them back.
    """
    gone = 0
    for person in persons:
        if keep_opposition:
            vault.execute(
                "INSERT INTO opposed SELECT kind, value FROM fingerprint WHERE person = ?"
                " ON CONFLICT DO NOTHING",
                (person,),
            )
        for table in ("identity", "fingerprint"):
            gone += vault.execute(f"DELETE FROM {table} WHERE person = ?", (person,)).rowcount
    return gone


def persons_held(vault: Connection) -> set[str]:
    """Return everyone in the vault."""
    rows = vault.execute("SELECT person FROM identity UNION SELECT person FROM fingerprint")
    return {person for (person,) in rows}


def renew(vault: Connection, old: Key, new: Key) -> None:
    """Seal every identity and compute every fingerprint again under a new key, inside a transaction.

    Raises
    ------
    StoreError
        E-CLE-05 when somebody has fingerprints and no identity: they could never be found again; or when
        erased people asked not to be taken in again, whose names are known to nobody.
    """
    people = unseal(vault, old)
    lost = len(persons_held(vault) - set(people["person"]))
    if lost or opposed_prints(vault):
        raise StoreError([Problem(code="E-CLE-05")])
    vault.execute("DELETE FROM fingerprint")
    vault.execute("DELETE FROM identity")
    identities = {
        row["person"]: {str(name): row[name] for name in FIELDS} for row in people.to_dict("records")
    }
    seal(vault, new, identities)
    remember(vault, new, list(identities), fingerprints(people, new))
    set_key(vault, new)
