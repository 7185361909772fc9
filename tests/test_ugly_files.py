"""Forty ugly files: each is read right, or refused with its code, its rows and no word of what it holds."""

from pathlib import Path

import pandas as pd
import pytest

import impactkit as ik
from ugly_files import UGLY, Ugly


def test_there_are_forty() -> None:
    assert len({ugly.name for ugly in UGLY}) == len(UGLY) >= 40


@pytest.mark.parametrize("ugly", UGLY, ids=lambda ugly: ugly.name)
def test_each_is_read_right_or_refused_with_its_code(ugly: Ugly, tmp_path: Path) -> None:
    path = tmp_path / ugly.file
    path.write_bytes(ugly.data)
    if ugly.code:
        with pytest.raises(ik.DataError) as refused:
            ik.read_table(path, dictionary=ugly.types)
        (problem,) = refused.value.problems
        assert (problem.code, problem.rows) == (ugly.code, ugly.rows)
        assert not {"Lefèvre", "N'Diaye", "Zoé", "secret", "peut-être"} & set(problem.text("fr").split())
        return
    frame = ik.read_table(path, dictionary=ugly.types)
    assert tuple(note.code for note in frame.attrs["notes"]) == ugly.notes
    assert ugly.holds
    for name, values in ugly.holds.items():
        column = frame[name]
        if column.dtype.kind == "M":
            column = column.dt.strftime("%Y-%m-%d")
        assert column.astype(object).where(column.notna(), None).tolist() == values, name
    assert path.read_bytes() == ugly.data


def test_a_frame_read_shows_no_missing_value_for_a_surname(tmp_path: Path) -> None:
    path = tmp_path / "suivi.csv"
    path.write_bytes(UGLY[0].data)
    assert not pd.isna(ik.read_table(path)["Nom"]).any()
