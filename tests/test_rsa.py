"""The monthly RSA flow: made files whose truth is known, then files that are not what they should be."""

import tracemalloc
import zipfile
from pathlib import Path

import pandas as pd
import pytest
from rsabem import write_flows

from impactkit.errors import DataError
from impactkit.files.rsa import read_rsa
from impactkit.files.rsa.flow import open_flow

KEYS = ["claim", "first_name", "birth_date", "month"]
STATES = {"2": "open", "3": "open_suspended", "4": "payment_suspended", "5": "closed"}
ROLES = {"DEM": "claimant", "CJT": "partner", "ENF": "child"}


@pytest.fixture(scope="module")
def flows(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Path], pd.DataFrame]:
    return write_flows(tmp_path_factory.mktemp("flux é"), households=60, months=9, seed=5)


def joined(flows):
    paths, truth = flows
    read = read_rsa(reversed(paths), complete=False, keep=["claim", "first_name", "birth_date"])
    truth = truth.astype({"month": "datetime64[s]", "birth_date": str})
    both = truth.merge(read, on=KEYS, how="outer", suffixes=("_true", ""), indicator=True)
    assert (both["_merge"] == "both").all()
    return both


def test_each_person_and_month_is_as_it_was_made(flows):
    both = joined(flows)
    assert (both["role"] == both["role_true"].map(ROLES)).all()
    assert (both["state"] == both["state_true"].map(STATES)).all()
    assert (both["open"] == both["state_true"].isin(["2", "3", "4"])).all()
    adults = both[both["role"] != "child"]
    assert (adults["at_work"].astype(bool) == adults["at_work_true"]).all()
    assert both.loc[both["role"] == "child", "at_work"].isna().all()
    assert (both["closed_on"].notna() == (both["state"] == "closed")).all()


def test_resources_belong_to_the_month_in_which_they_were_received(flows):
    adults = joined(flows).query("role != 'child'")
    known = adults["earnings_true"].notna()
    # Declared by some file; whoever left before her quarter was declared has none.
    told = adults[known & adults["earnings"].notna()]
    assert len(told) > 0.8 * known.sum()
    assert told["earnings"].to_numpy() == pytest.approx(told["earnings_true"].to_numpy())
    assert adults.loc[~known, "earnings"].isna().all()


def test_a_person_has_one_number_and_one_row_a_month(flows):
    read = read_rsa(flows[0])
    assert not read.duplicated(["person", "month"]).any()
    assert read.groupby("person")["sex"].nunique().max() == 1
    _, truth = flows
    assert read["person"].nunique() == len(truth.drop_duplicates(["claim", "first_name", "birth_date"]))


def test_months_without_a_person_are_added(flows):
    read = read_rsa(flows[0])
    months = read["month"].nunique()
    spans = read.groupby("person")["month"].agg(["min", "size"])
    first = sorted(read["month"].unique())
    assert months == 9
    assert (spans["size"] == [months - first.index(month) for month in spans["min"]]).all()
    absent = read[~read["in_flow"]]
    assert len(absent) > 0
    assert (absent["state"] == "absent").all()
    assert not absent["open"].any()
    assert absent["role"].isin(ROLES.values()).all()
    assert read_rsa(flows[0], complete=False)["in_flow"].all()


def test_no_identity_is_left_in(flows):
    paths, truth = flows
    text = read_rsa(paths).to_csv()
    for name in {*truth["first_name"], *truth["claim"]}:
        assert name not in text
    assert set(truth["birth_date"].map(str)).isdisjoint(text.replace(",", " ").split())
    with open_flow(paths[0]) as flow:
        household = next(flow.households)
    assert "nir" not in repr(household)
    assert household.claim not in repr(household)
    assert not any(name in repr(household.members[0]) for name in household.members[0].identity.values())


def test_memory_does_not_grow_with_the_file(flows, tmp_path):
    path, _ = write_flows(tmp_path, households=1500, months=1, seed=6)
    size = path[0].stat().st_size
    tracemalloc.start()
    with open_flow(path[0]) as flow:
        n = sum(1 for _ in flow.households)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert n > 1400
    assert peak < size / 4


def test_two_funds_may_send_the_same_month(flows, tmp_path):
    other = tmp_path / "msa.xml"
    text = flows[0][0].read_bytes().replace(b"<FONORG>CAF<", b"<FONORG>MSA<")
    other.write_bytes(text.replace(b"<NUMDEMRSA>1", b"<NUMDEMRSA>2").replace(b"<NIR>", b"<NIR>9"))
    both = read_rsa([flows[0][0], other])
    assert len(both) == 2 * len(read_rsa(flows[0][0]))
    same = read_rsa([flows[0][0], _copy(flows[0][0], tmp_path / "x.xml", b"<FONORG>CAF<", b"<FONORG>MSA<")])
    assert [problem.code for problem in same.attrs["problems"]] == ["A-RSA-02"]
    assert len(same) == len(read_rsa(flows[0][0]))


def test_a_zip_that_holds_one_file_is_read(flows, tmp_path):
    path = tmp_path / "flux.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(flows[0][0], "RSABEM.xml")
    pd.testing.assert_frame_equal(read_rsa(path), read_rsa(flows[0][0]))


def _copy(source: Path, target: Path, old: bytes, new: bytes) -> Path:
    data = source.read_bytes()
    assert old in data
    target.write_bytes(data.replace(old, new))
    return target


def codes(error: pytest.ExceptionInfo[DataError]) -> list[str]:
    return [problem.code for problem in error.value.problems]


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (b"<TYPEFLUX>M<", b"<TYPEFLUX>Q<", "E-RSA-03"),
        (b"Racine>", b"Racines>", "E-RSA-01"),
        (b"IdentificationFlux>", b"Autre>", "E-RSA-01"),
        (b"</TransmissionFlux></Racine>", b"", "E-RSA-02"),
        (b"</Personne>", b"</Personnes>", "E-RSA-02"),
        (b"<Racine>", b'<!DOCTYPE r [<!ENTITY a "b">]><Racine>', "E-FIC-03"),
    ],
)
def test_a_file_that_is_no_whole_monthly_flow_is_refused(flows, tmp_path, old, new, code):
    path = _copy(flows[0][0], tmp_path / "RSABEM.xml", old, new)
    with pytest.raises(DataError) as error:
        read_rsa([*flows[0][1:], path])
    assert codes(error) == [code]
    text = str(error.value)
    assert "RSABEM.xml" in text
    assert not any(name in text for name in flows[1]["first_name"].unique() if len(name) > 3)


def test_files_that_cannot_be_opened_and_files_given_twice(flows, tmp_path):
    twice = tmp_path / "encore.xml"
    twice.write_bytes(flows[0][0].read_bytes())
    garbage = tmp_path / "flux.zip"
    garbage.write_bytes(b"not a zip")
    with pytest.raises(DataError) as error:
        read_rsa([flows[0][0], twice, tmp_path / "absent.xml", garbage])
    assert codes(error) == ["E-RSA-04", "E-FIC-11", "E-FIC-05"]


def test_a_count_that_does_not_agree_is_told(flows, tmp_path):
    path = _copy(
        flows[0][0], tmp_path / "x.xml", b"<NBTOTDOSRSATRANSM>0000006", b"<NBTOTDOSRSATRANSM>0000007"
    )
    assert [problem.code for problem in read_rsa(path).attrs["problems"]] == ["A-RSA-01"]


def test_wrong_calls():
    with pytest.raises(ValueError, match="no file"):
        read_rsa([])
    with pytest.raises(ValueError, match="not nir"):
        read_rsa("x.xml", keep=["nir"])
