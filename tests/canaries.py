"""People whose every name, number and address is their own, and the search of all that commands write."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pandas as pd

from impactkit.release.pdf import pdf_texts

N = 60
PROGRAM = """
import logging, sys, warnings
logging.basicConfig(level=logging.DEBUG)
warnings.simplefilter("default")
from impactkit.cli.app import run_command
sys.exit(run_command(sys.argv[1:]))
"""
HEADERS = {
    "unit": "N° dossier",
    "last_name": "Nom",
    "first_name": "Prénom",
    "birth_date": "Né le",
    "nir": "NIR",
    "caf_number": "N° CAF",
    "phone": "Téléphone",
    "email": "Mél",
    "address": "Adresse",
    "iban": "IBAN",
    "comment": "Observations",
}


def spelled(i: int) -> str:
    """Return letters that stand for a number: names have no figure."""
    return "".join("bcdfghjklm"[int(figure)] for figure in f"{i:03d}")


def person(i: int) -> dict[str, str]:
    """Return the values of a person, of which no other and no ordinary text has one."""
    start = f"2{85 + i % 10}{1 + i % 12:02d}91{700 + i}{513 + i}"
    return {
        "unit": f"DQX{i:03d}7413",
        "last_name": f"Kanarivogel{spelled(i)}",
        "first_name": f"Zoraïdine{spelled(i)}",
        "birth_date": f"{1 + i % 28:02d}/{1 + i % 12:02d}/{1941 + i % 50}",
        "nir": f"{start}{97 - int(start) % 97:02d}",
        "caf_number": f"73{i:03d}19",
        "phone": f"06917350{i:02d}",
        "email": f"zz.serin{spelled(i)}@canari.example",
        "address": f"{i} impasse du Serinvert{spelled(i)}",
        "iban": f"FR7630006000011234567{i:03d}189",
        "comment": f"chante comme un pinsonnet{spelled(i)}",
    }


def planted() -> set[bytes]:
    """Return each value in each spelling and encoding that a program may give it."""
    texts: set[str] = set()
    for i in range(N):
        for kind, value in person(i).items():
            texts |= {value, value.lower(), value.upper()}
            if kind == "birth_date":
                day, month, year = value.split("/")
                texts |= {f"{year}-{month}-{day}"}
            if kind == "first_name":
                texts |= {value.replace("ï", "i"), value.replace("ï", "i").lower()}
            if kind == "phone":
                texts |= {" ".join(value[j : j + 2] for j in range(0, 10, 2)), f"+33{value[1:]}", value[1:]}
            if kind == "nir":
                texts |= {value[:13]}
    encoded = {text.encode(codec) for text in texts for codec in ("utf-8", "cp1252", "utf-16-le")}
    return encoded | {json.dumps(text).strip('"').encode() for text in texts}


def written(folder: Path, *, but: str) -> dict[str, bytes]:
    """Return the bytes of every file under a folder, of archives member by member, of tables cell by cell."""
    found: dict[str, bytes] = {}
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or but in path.parts:
            continue
        data, name = path.read_bytes(), str(path.relative_to(folder))
        found[name] = data
        if zipfile.is_zipfile(io.BytesIO(data)):
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                found |= {f"{name}/{member}": archive.read(member) for member in archive.namelist()}
        if path.suffix == ".pdf":
            found[f"{name}/pages"] = "\n".join(pdf_texts(data)).encode()
        if path.suffix == ".parquet":
            found[f"{name}/cells"] = pd.read_parquet(path).to_csv().encode()
    return found


class Desk:
    """A place of work whose caches are all under one folder, and what its commands said."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.said: dict[str, bytes] = {}
        home = folder / "maison"
        home.mkdir()
        (folder / "temporaire").mkdir()
        homes = {"HOME": home, "IPYTHONDIR": home / "ipython", "JUPYTER_CONFIG_DIR": home / "jupyter"}
        homes |= {
            "XDG_CACHE_HOME": home / "cache",
            "XDG_DATA_HOME": home / "data",
            "MPLCONFIGDIR": home / "mpl",
        }
        homes |= {"JUPYTER_DATA_DIR": home / "jupyter-data", "JUPYTER_RUNTIME_DIR": home / "jupyter-run"}
        homes |= {"TMPDIR": folder / "temporaire", "IMPACTKIT_KEYS": folder / "cles"}
        self.environment = {**os.environ, **{name: str(path) for name, path in homes.items()}}

    def run(self, *words: str) -> int:
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, *words],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            check=False,
        )
        self.said[" ".join(words)] = done.stdout + done.stderr
        return done.returncode

    def leaks(self) -> list[tuple[str, bytes]]:
        known = planted()
        everything = self.said | written(self.folder, but="données")
        return [(name, value) for name, data in everything.items() for value in known if value in data]
