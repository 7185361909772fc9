"""Tables of others, described by a mapping and judged together: what one masks, another may show."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from impactkit.cli.app import run_command
from impactkit.disclosure import PROFILES
from impactkit.errors import DataError, StudyError
from impactkit.release.audit import Reading, audit_tables
from impactkit.release.audit_page import example_mapping
from impactkit.release.count_tables import CountTable, read_cell, read_tables
from impactkit.release.mapping import AuditMapping, read_mapping
from impactkit.report.accessibility import check_page
from small_studies import write_workbook

PROFILE = PROFILES["diffusion"]
# Two tables on a sheet, with a title, shares and a note: what a service sends.
SHEET = [
    ["Personnes suivies en 2025", "", "", "", ""],
    ["", "", "", "", ""],
    ["Commune", "Femmes", "Hommes", "Tous sexes", "Part"],
    ["Auch", "20", "30", "50", "52 %"],
    ["Condom", "n.c.", "40", "n.c.", "48 %"],
    ["Ensemble", "26", "70", "96", ""],
    ["", "", "", "", ""],
    ["Âge", "Femmes", "Hommes", "Tous sexes", ""],
    ["moins de 40 ans", "14", "40", "54", ""],
    ["40 ans et plus", "12", "30", "42", ""],
    ["Ensemble", "26", "70", "96", ""],
]
MAPPING = """format = 1
masked = ["n.c."]
totals = ["Tous sexes"]
[[tables]]
id = "communes"
file = "t.xlsx"
range = "A3:E6"
rows = "commune"
columns = "sexe"
skip_columns = ["Part"]
[[tables]]
id = "âges"
file = "t.xlsx"
range = "A8:D11"
rows = "âge"
columns = "sexe"
"""


def judged(folder: Path, *, sheet: list[list[object]] = SHEET, mapping: str = MAPPING) -> tuple[Reading, ...]:
    write_workbook(folder / "t.xlsx", {"Effectifs": sheet})
    (folder / "m.toml").write_text(mapping, encoding="utf-8")
    asked = read_mapping(folder / "m.toml")
    tables = read_tables(asked, [folder / "t.xlsx"], name="m.toml")
    return audit_tables(tables, PROFILE, groups=asked.groups)


def with_cell(row: int, column: int, text: str) -> list[list[object]]:
    return [
        [text if (i, j) == (row, column) else cell for j, cell in enumerate(line)]
        for i, line in enumerate(SHEET)
    ]


def test_a_masked_cell_is_named_with_its_place(tmp_path: Path) -> None:
    found = judged(tmp_path)
    assert [(one.table, one.place, one.row, one.column, one.low, one.high) for one in found] == [
        ("communes", "B5", "Condom", "Femmes", 6.0, 6.0)
    ]


def test_another_table_gives_back_what_one_masks(tmp_path: Path) -> None:
    hidden = [list(line) for line in SHEET]
    hidden[5][1:4] = ["n.c.", "n.c.", "n.c."]  # without its totals, the first table tells nothing
    alone = MAPPING.partition('[[tables]]\nid = "âges"')[0]
    assert judged(tmp_path, sheet=hidden, mapping=alone) == ()
    # The second has these totals.
    assert [one.place for one in judged(tmp_path, sheet=hidden)] == ["B5"]
    apart = MAPPING.replace('rows = "âge"', 'rows = "âge"\npopulation = "2024"')
    assert judged(tmp_path, sheet=hidden, mapping=apart) == ()


def test_totals_link_tables_that_tell_nothing_else_in_common(tmp_path: Path) -> None:
    sheet = [["Commune", "Suivis"], ["Auch", "40"], ["Condom", "s"], ["", ""], ["Âge", "Suivis"]]
    sheet += [["jeunes", "20"], ["autres", "25"], ["Total", "45"]]
    table = '[[tables]]\nid = "{id}"\nfile = "t.xlsx"\nrange = "{range}"\nrows = "{id}"\n'
    mapping = (
        "format = 1\n" + table.format(id="commune", range="A1:B3") + table.format(id="âge", range="A5:B8")
    )
    assert [(one.place, one.low) for one in judged(tmp_path, sheet=sheet, mapping=mapping)] == [("B3", 5.0)]


def test_groups_of_headings_link_two_classifications(tmp_path: Path) -> None:
    sheet = [["Âge", "n"], ["18-25", "s"], ["26-39", "30"], ["40+", "60"], ["Total", "s"]]
    sheet += [["", ""], ["Tranche", "n"], ["moins de 40", "34"], ["40+", "60"], ["Total", "94"]]
    table = '[[tables]]\nid = "{id}"\nfile = "t.xlsx"\nrange = "{range}"\nrows = "âge"\n'
    mapping = (
        "format = 1\n" + table.format(id="fin", range="A1:B5") + table.format(id="large", range="A7:B10")
    )
    with pytest.raises(DataError) as raised:
        judged(tmp_path, sheet=sheet, mapping=mapping)
    assert {problem.code for problem in raised.value.problems} == {"E-AUD-09"}
    mapping += '[groups."âge"]\n"moins de 40" = ["18-25", "26-39"]\n'
    found = judged(tmp_path, sheet=sheet, mapping=mapping)
    assert [(one.place, one.low, one.high) for one in found] == [("B2", 4.0, 4.0)]


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("1 234", (1234, 1234, False)),
        ("1\u202f234", (1234, 1234, False)),
        ("12,0", (12, 12, False)),
        ("0", (0, 0, False)),
        ("s", (0, np.inf, True)),
        ("", (0, np.inf, True)),
        ("–", (0, np.inf, True)),
        ("C", (0, np.inf, True)),
        ("< 11", (1, 10, True)),
        ("moins de 5", (1, 4, True)),
        ("≤10", (1, 10, True)),
        ("12,5", None),
        ("52 %", None),
        ("-3", None),
        ("douze", None),
    ],
)
def test_cells_are_read_as_they_are_written(text: str, known: tuple[float, float, bool] | None) -> None:
    assert read_cell(text) == known


def test_rounded_numbers_leave_what_they_leave() -> None:
    assert read_cell("25", rounded=5) == (23, 27, False)
    assert read_cell("0", rounded=5) == (0, 2, False)


def test_a_mark_that_says_its_bound_tells_no_more_than_it_says(tmp_path: Path) -> None:
    sheet = [["Commune", "n"], ["A", "< 11"], ["B", "< 11"], ["C", "40"]]
    mapping = 'format = 1\n[[tables]]\nid = "t"\nfile = "t.xlsx"\nrows = "commune"\n'
    assert judged(tmp_path, sheet=sheet, mapping=mapping) == ()
    # With their total, ten people between two cells of at least one: from 1 to 9.
    found = judged(tmp_path, sheet=[*sheet, ["Total", "50"]], mapping=mapping)
    assert [(one.row, one.low, one.high) for one in found] == [("A", 1.0, 9.0), ("B", 1.0, 9.0)]
    sheet[1][1] = sheet[2][1] = "< 5"  # it tells more than the profile lets be told
    assert [one.row for one in judged(tmp_path, sheet=sheet, mapping=mapping)] == ["A", "B"]


@pytest.mark.parametrize(
    ("sheet", "mapping", "code", "where"),
    [
        (with_cell(4, 2, "environ 40"), MAPPING, "E-AUD-07", "C (Hommes)"),
        (with_cell(4, 0, "Auch"), MAPPING, "E-AUD-08", "ligne 5"),
        (with_cell(3, 1, "25"), MAPPING, "E-AUD-12", "communes"),
        (SHEET, MAPPING.replace("A8:D11", "A8:D40"), "E-AUD-06", "âges"),
        (SHEET, MAPPING.replace("A8:D11", "A8:Z11"), "E-AUD-06", "âges"),
        (
            SHEET,
            MAPPING.replace('file = "t.xlsx"\nrange = "A8', 'file = "u.xlsx"\nrange = "A8'),
            "E-AUD-05",
            "u.xlsx",
        ),
    ],
)
def test_what_cannot_be_judged_says_where(
    tmp_path: Path, sheet: list[list[object]], mapping: str, code: str, where: str
) -> None:
    with pytest.raises(DataError) as raised:
        judged(tmp_path, sheet=sheet, mapping=mapping)
    assert {problem.code for problem in raised.value.problems} == {code}
    assert where in str(raised.value)
    assert "environ" not in str(raised.value)


@pytest.mark.parametrize(
    ("old", "new", "code", "line"),
    [
        ("format = 1", "format = 2", "E-AUD-04", 1),
        ("format = 1", "", "E-AUD-02", None),
        ('rows = "âge"', 'row = "âge"', "E-AUD-03", 15),
        ("format = 1", "format = ", "E-AUD-01", None),
        ('"A3:E6"', '"A3-E6"', "E-AUD-04", 7),
    ],
)
def test_a_mapping_that_is_wrong_says_which_line(
    tmp_path: Path, old: str, new: str, code: str, line: int | None
) -> None:
    with pytest.raises(StudyError) as raised:
        judged(tmp_path, mapping=MAPPING.replace(old, new, 1))
    found = {problem.code: problem for problem in raised.value.problems}
    assert code in found
    assert line is None or found[code].line == line


def test_a_file_given_and_not_described_is_not_said_to_be_safe(tmp_path: Path) -> None:
    write_workbook(tmp_path / "t.xlsx", {"a": SHEET})
    (tmp_path / "m.toml").write_text(MAPPING, encoding="utf-8")
    (tmp_path / "u.csv").write_text("x;n\na;1\n", encoding="utf-8")
    with pytest.raises(DataError, match="E-AUD-11"):
        read_tables(
            read_mapping(tmp_path / "m.toml"), [tmp_path / "t.xlsx", tmp_path / "u.csv"], name="m.toml"
        )


_MOST = 14
_WORLDS = np.array(list(itertools.product(range(_MOST), repeat=4)))
# What each of the four cells counts in: the table row by row, with its totals.
_CELLS = np.array(
    [
        [1, 0, 1, 0, 0, 0, 1, 0, 1],
        [0, 1, 1, 0, 0, 0, 0, 1, 1],
        [0, 0, 0, 1, 0, 1, 1, 0, 1],
        [0, 0, 0, 0, 1, 1, 0, 1, 1],
    ]
)
_SIZES = _WORLDS @ _CELLS


@settings(max_examples=60, deadline=None)
@given(
    cells=st.lists(st.integers(0, 8), min_size=4, max_size=4),
    hidden=st.lists(st.booleans(), min_size=12, max_size=12),
)
def test_every_world_that_agrees_is_within_what_is_said(cells: list[int], hidden: list[bool]) -> None:
    """Two tables of the same people: all worlds enumerated, none that agrees is left out, no other kept."""
    true = np.array(cells) @ _CELLS
    masks = np.array(hidden, dtype=bool)

    def table(values: np.ndarray, masked: np.ndarray, rows: tuple[str, ...], of: str) -> CountTable:
        return CountTable(
            id=of,
            rows=rows,
            columns=("f", "h", "Total"),
            of_rows=of,
            of_columns="sexe",
            low=np.where(masked, 0.0, values),
            high=np.where(masked, np.inf, values),
            masked=masked,
            populations=("",) * 3,
        )

    first = table(true.reshape(3, 3), masks[:9].reshape(3, 3), ("a", "b", "Total"), "commune")
    second = table(true[None, 6:], masks[None, 9:], ("Total",), "âge")
    found = audit_tables([first, second], PROFILES["partenaire-5"])
    told = {(one.row, one.column): one for one in found if one.table == "commune"}
    shown = ~masks[:9]
    shown[6:] |= ~masks[9:]
    agree = _SIZES[(true == _SIZES)[:, shown].all(axis=1)]
    for k, (row, column) in enumerate(itertools.product(("a", "b"), ("f", "h"))):
        at = [0, 1, 3, 4][k]
        if masks[at]:
            low, high = agree[:, at].min(), agree[:, at].max()
            tells = high < _MOST - 1 and low < 5 and (high < 5 or high - low < 4)
            one = told.get((row, column))
            assert (one is not None) == tells
            assert one is None or (one.low, one.high) == (low, high)


def test_the_template_is_a_mapping_in_both_languages(tmp_path: Path) -> None:
    for language in ("fr", "en"):
        (tmp_path / "m.toml").write_text(example_mapping(language), encoding="utf-8")
        assert isinstance(read_mapping(tmp_path / "m.toml"), AuditMapping)


def test_the_command_judges_by_a_mapping_and_writes_a_page_without_a_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    write_workbook(tmp_path / "t.xlsx", {"Effectifs": SHEET})
    (tmp_path / "m.toml").write_text(MAPPING, encoding="utf-8")
    asked = ["audit", "t.xlsx", "--mapping", "m.toml", "--out", "audit.html"]
    assert run_command(asked) == 7
    told = capsys.readouterr().out
    assert "t.xlsx, communes, B5, Condom, Femmes" in told
    page = (tmp_path / "audit.html").read_text(encoding="utf-8")
    assert not check_page(page)
    assert "B5" in page
    assert ">6<" not in page
    assert run_command([*asked, "--json"]) == 7
    assert json.loads(capsys.readouterr().out)["findings"][0]["place"] == "B5"
    assert run_command(["audit", "--example"]) == 0
    assert run_command(["audit", "--example"]) == 2  # nothing is overwritten
    assert read_mapping(tmp_path / "audit.toml").tables[0].id == "communes"
    assert run_command(["audit"]) == 2
    (tmp_path / "v.csv").write_text("x;n\na;20\nb;2,5\n", encoding="utf-8")
    assert run_command(["audit", "v.csv"]) == 4
    assert "v.csv, colonne « n », ligne 3" in capsys.readouterr().err.replace("\xa0", " ")


def test_tables_of_too_many_combinations_are_refused_and_not_skipped(tmp_path: Path) -> None:
    sheet: list[list[object]] = []
    mapping = "format = 1\n"
    for k in range(3):
        first = len(sheet) + 1
        sheet += [[f"V{k}", "n"], *([f"v{k}-{i}", "20"] for i in range(40)), ["Total", "800"], ["", ""]]
        mapping += (
            f'[[tables]]\nid = "t{k}"\nfile = "t.xlsx"\nrange = "A{first}:B{first + 41}"\nrows = "v{k}"\n'
        )
    with pytest.raises(DataError) as raised:
        judged(tmp_path, sheet=sheet, mapping=mapping)
    assert {problem.code for problem in raised.value.problems} == {"E-AUD-10"}
