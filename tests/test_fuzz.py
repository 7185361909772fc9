"""Readers given files damaged at random: each is read, or refused in the house's own words; none crashes.

``IMPACTKIT_FUZZ=20000 pytest tests/test_fuzz.py`` looks further than the ordinary suite does.
"""

import io
import os
import traceback
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rsabem import write_flows

import impactkit as ik
from impactkit.errors import DataError, ImpactkitError, StudyError
from impactkit.files.proposal import propose
from impactkit.files.reading.raw import read_raw
from small_studies import write_workbook

CANARY = "Kanarienvogel"
ROWS = [
    ["dossier", "nom", "entrée", "revenu", "seul"],
    ["001", CANARY, "12/03/2025", "1 234,50", "oui"],
    ["2A", CANARY, "", "-", "non"],
]
TYPES = {"entrée": "date", "revenu": "number", "seul": "boolean"}
STUDY = ik.sample("insertion_emploi").read_bytes()
EXAMPLES = int(os.environ.get("IMPACTKIT_FUZZ", "150"))

fuzzed = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize="IMPACTKIT_FUZZ" not in os.environ,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
# What breaks readers: marks of encodings, ends of texts, quotes, separators, numbers out of range.
# fmt: off
SPITE = st.sampled_from([
    b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\x1a", b"\xe2\x80\xae", b"\xed\xa0\x80", b"\r", b"\n\n", b"\t",
    b'"', b"'",
    b";;;;", b"{", b"[", b"=", b"=1+1", b"&#0;", b"]]>", b"<!DOCTYPE x>",
    b"99999999999999999999", b"1e999", b"NaN", b"-0", b"31/02/2025",
])
# fmt: on
DAMAGE = st.lists(
    st.tuples(
        st.sampled_from(["cut", "put", "flip", "twice"]),
        st.floats(0, 1),
        st.one_of(SPITE, st.binary(min_size=1, max_size=8)),
    ),
    min_size=1,
    max_size=6,
)


def damaged(content: bytes, damage: list[tuple[str, float, bytes]]) -> bytes:
    for kind, share, spite in damage:
        at = int(share * len(content))
        head, tail = content[:at], content[at:]
        if kind == "cut":
            content = head + tail[len(spite) * 7 :]
        elif kind == "put":
            content = head + spite + tail
        elif kind == "flip" and tail:
            content = head + bytes([tail[0] ^ spite[0]]) + tail[1:]
        else:
            content = head + tail[: len(spite) * 9] + tail
    return content


def inside(archive: bytes, member: int, damage: list[tuple[str, float, bytes]]) -> bytes:
    """Damage one member of a zip archive, which stays one."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(out, "w") as new:
        for rank, info in enumerate(old.infolist()):
            content = old.read(info)
            spoilt = rank == member % len(old.infolist())
            new.writestr(info.filename, damaged(content, damage) if spoilt else content)
    return out.getvalue()


def read_or_refused(read, *errors: type[ImpactkitError]) -> None:
    """Read, or be refused by the house's own error, which never tells what a cell holds."""
    try:
        read()
    except errors as error:
        told = "".join(traceback.format_exception(error))
    else:
        told = ""
    assert CANARY not in told


@pytest.fixture(scope="module")
def workbook(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return write_workbook(tmp_path_factory.mktemp("fuzz") / "whole.xlsx", {"Suivi": ROWS}).read_bytes()


@pytest.fixture(scope="module")
def flow(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    (path,), _ = write_flows(tmp_path_factory.mktemp("flux"), households=3, months=1, seed=1)
    return path.read_bytes()


def text_file(separator: str, encoding: str) -> bytes:
    return "\r\n".join(separator.join(row) for row in ROWS).encode(encoding)


@fuzzed
@given(
    damage=DAMAGE,
    separator=st.sampled_from(";,\t|"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "cp1252", "utf-16", "cp850", "mac_roman"]),
)
def test_a_damaged_text(tmp_path: Path, damage, separator: str, encoding: str) -> None:
    path = tmp_path / "suivi.csv"
    path.write_bytes(damaged(text_file(separator, encoding), damage))
    read_or_refused(lambda: ik.read_table(path), DataError)
    read_or_refused(lambda: ik.read_table(path, dictionary=TYPES), DataError)
    read_or_refused(lambda: propose(read_raw(path)), DataError)


@fuzzed
@given(
    content=st.binary(max_size=400),
    suffix=st.sampled_from(["csv", "txt", "xlsx", "ods", "xlsm", "sav", "dta", "xls"]),
)
def test_any_bytes_under_any_name(tmp_path: Path, content: bytes, suffix: str) -> None:
    path = tmp_path / f"suivi.{suffix}"
    path.write_bytes(content)
    read_or_refused(lambda: ik.read_table(path), DataError)


@fuzzed
@given(damage=DAMAGE, member=st.none() | st.integers(0, 20))
def test_a_damaged_workbook(tmp_path: Path, workbook: bytes, damage, member: int | None) -> None:
    path = tmp_path / "suivi.xlsx"
    path.write_bytes(damaged(workbook, damage) if member is None else inside(workbook, member, damage))
    read_or_refused(lambda: ik.read_table(path), DataError)


@fuzzed
@given(damage=DAMAGE)
def test_a_damaged_flow(tmp_path: Path, flow: bytes, damage) -> None:
    path = tmp_path / "RSABEM.xml"
    path.write_bytes(damaged(flow, damage))
    read_or_refused(lambda: ik.read_rsa(path), DataError)


@fuzzed
@given(damage=DAMAGE)
def test_a_damaged_study(tmp_path: Path, damage) -> None:
    path = tmp_path / "study.toml"
    path.write_bytes(damaged(STUDY, damage))
    read_or_refused(lambda: ik.read_study(path), StudyError)
