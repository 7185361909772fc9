"""The key of a record: 32 random bytes, kept apart from it, never shown, passed as an option or logged."""

from __future__ import annotations

import hmac
import importlib.util
import os
import secrets
import stat
from dataclasses import dataclass, field
from pathlib import Path

from impactkit.errors import Problem, StoreError

_BYTES = 32
_SERVICE = "impactkit"
# Says where keys are, never a key.
FOLDER_VARIABLE = "IMPACTKIT_KEYS"


@dataclass(frozen=True, slots=True, repr=False)
class Key:
    """A secret and its version; it is never written, and its own keys by purpose are derived from it.

    Attributes
    ----------
    name : str
        The record's own name: a key serves one record.
    version : int
        1, then one more at each renewal.
    """

    name: str
    version: int
    _secret: bytes = field(repr=False)

    def __repr__(self) -> str:
        return f"Key(version={self.version})"

    def __reduce__(self) -> str:
        raise TypeError("a key is never written")

    def derived(self, purpose: str) -> bytes:
        """Return 32 bytes that serve one purpose only (HMAC-SHA-256 of the purpose)."""
        text = f"impactkit|{self.name}|{self.version}|{purpose}"
        return hmac.digest(self._secret, text.encode(), "sha256")


def key_folder() -> Path:
    """Return where key files are: ``$IMPACTKIT_KEYS``, else the user's own settings."""
    chosen = os.environ.get(FOLDER_VARIABLE)
    if chosen:
        return Path(chosen)
    settings = os.environ.get("APPDATA") if os.name == "nt" else os.environ.get("XDG_CONFIG_HOME")
    return (Path(settings) if settings else Path.home() / ".config") / "impactkit" / "keys"


def create_key(name: str, version: int, *, record: Path, in_keyring: bool = False) -> Key:
    """Draw a key and keep it, in a file of its own (0600) or in the system's keyring.

    Parameters
    ----------
    record : Path
        Folder of the record, where the key may not be.

    Raises
    ------
    StoreError
        E-CLE-04 when the key would be beside what it protects.
    """
    secret = secrets.token_bytes(_BYTES)
    if in_keyring:
        import keyring  # an optional package

        keyring.set_password(_SERVICE, f"{name}-v{version}", secret.hex())
        return Key(name, version, secret)
    path = _path(name, version)
    if path.resolve().is_relative_to(record.resolve()):
        raise StoreError([Problem(code="E-CLE-04", file=path.name)])
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Never over an existing key, and never readable by others, even for an instant.
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secret.hex() + "\n")
        file.flush()
        os.fsync(file.fileno())
    return Key(name, version, secret)


def load_key(name: str, version: int) -> Key:
    """Return the key of a record, from its file or from the keyring.

    Raises
    ------
    StoreError
        E-CLE-01 when it is nowhere, E-CLE-02 when the file does not hold a key, E-CLE-03 when others can
        read it.
    """
    path = _path(name, version)
    if not path.is_file():
        text = _in_keyring(name, version)
        if text is None:
            raise StoreError([Problem(code="E-CLE-01", file=path.name)])
    else:
        if os.name == "posix" and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise StoreError([Problem(code="E-CLE-03", file=path.name)])
        text = path.read_text(encoding="ascii", errors="replace")
    try:
        secret = bytes.fromhex(text.strip())
    except ValueError:
        secret = b""
    if len(secret) != _BYTES:
        raise StoreError([Problem(code="E-CLE-02", file=path.name)])
    return Key(name, version, secret)


def destroy_key(name: str, version: int) -> None:
    """Overwrite and remove a key: what it protected can no longer be read, nor linked."""
    path = _path(name, version)
    if path.is_file():
        with path.open("r+b") as file:
            file.write(secrets.token_bytes(path.stat().st_size))
            file.flush()
            os.fsync(file.fileno())
        path.unlink()
    elif _in_keyring(name, version) is not None:
        import keyring

        keyring.delete_password(_SERVICE, f"{name}-v{version}")


def _path(name: str, version: int) -> Path:
    return key_folder() / f"{name}-v{version}.key"


def _in_keyring(name: str, version: int) -> str | None:
    if importlib.util.find_spec("keyring") is None:
        return None
    import keyring
    from keyring.errors import KeyringError

    try:
        found: str | None = keyring.get_password(_SERVICE, f"{name}-v{version}")
    except KeyringError:  # no keyring on this machine
        return None
    return found
