"""Add a person number to the original files: `python sample_data/nsw/prepare.py FOLDER_OF_ORIGINALS`.

The originals identify nobody, and a study needs a column that tells people apart. The number is the rank
in the original file; not a character of the original lines is changed, and `original` gives them back.
"""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path

DATA = Path(__file__).resolve().parent / "data"
COLUMN = "person"
# name of the file: prefix and digits of the numbers, fingerprint of the original
FILES = {
    "nsw_dw.csv": ("NSW-", 3, "75be812b62c26579d84de2d7d46791cbab7fb6a2b9bfa82dffa037ae6e92ba37"),
    "cps1.csv": ("CPS-", 5, "e048bb07e610d2184879983e8ab9be3cfa50f1aa6af364b69b0a38fbb33cc8a2"),
}


def numbered(original: str, *, prefix: str, digits: int) -> str:
    """Put a person number in front of each line of a file with a header."""
    header, *people = original.splitlines()
    lines = [f"{COLUMN},{header}"]
    lines += [f"{prefix}{rank:0{digits}d},{line}" for rank, line in enumerate(people, start=1)]
    return "\n".join(lines) + "\n"


def original(numbered_text: str) -> str:
    """Take the person numbers off again."""
    return "".join(line.split(",", 1)[1] + "\n" for line in numbered_text.splitlines())


def fingerprint(text: str) -> str:
    """Return the SHA-256 of a text file's bytes."""
    return hashlib.sha256(text.encode()).hexdigest()


def prepare(originals: Path, folder: Path) -> None:
    """Write the numbered files; refuse originals that are not the ones described in README.md."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, (prefix, digits, expected) in FILES.items():
        text = (originals / name).read_bytes().decode()
        if fingerprint(text) != expected:
            raise SystemExit(f"{name}: this is not the original file (SHA-256 {expected} expected)")
        (folder / name).write_bytes(numbered(text, prefix=prefix, digits=digits).encode())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Numéroter les personnes des fichiers d'origine.")
    parser.add_argument("originals", type=Path, help="dossier de nsw_dw.csv et cps1.csv")
    prepare(parser.parse_args().originals, DATA)
