"""Dates that cannot be, each with its exact code and place; windows, stays, waiting people who enter."""

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from impactkit import declare_design
from impactkit.cohort import Cohort, build_cohort
from impactkit.cohort.calendar import add_months, age_at, as_days
from impactkit.errors import DataError, Problem, StudyError
from impactkit.files import read_study
from small_studies import changed, write_study

STUDY = """format = 1
kind = "pacte"
id = "essai"
title = "Pacte d'essai"
[territory]
name = "Valmont"
[[waves]]
id = "T0"
label = "à l'entrée"
months = 0
anchor = "entry"
[[waves]]
id = "T6"
label = "à six mois"
months = 6
anchor = "entry"
window_before_days = 15
window_after_days = 30
[variables.emploi]
label = "En emploi"
type = "boolean"
[variables.enfant]
label = "Enfant"
type = "boolean"
[variables.sexe]
label = "Sexe"
type = "category"
categories = ["femme", "homme"]
[publics]
children = { variable = "enfant" }
women = { variable = "sexe", yes = ["femme"] }
[[files]]
id = "suivi"
path = "suivi.csv"
[files.columns]
unit = "dossier"
wave = "vague"
arm = { column = "groupe", labels = { B = "beneficiary", A = "waiting_list" } }
entry = "entrée"
exit = "sortie"
answered = "le"
birth = "né le"
household = "foyer"
cluster = "foyer"
enfant = "enfant"
sexe = { column = "sexe", labels = { F = "femme", H = "homme" } }
emploi = "emploi"
[[actions]]
id = "mobilite"
title = "Mobilité"
need = "Un besoin."
intended_effect = "Un effet."
start = 2024-01-08
files = ["suivi"]
method = "did"
comparison = "waiting_list"
[[actions.outcomes]]
variable = "emploi"
primary = true
direction = "increase"
"""

HEADERS = "dossier;vague;groupe;entrée;sortie;le;né le;foyer;enfant;sexe;emploi\n"
# Rows 2 to 9 of the file: two beneficiaries and two who wait, at both waves.
ROWS = [
    "1;T0;B;10/01/2024;20/06/2024;05/01/2024;03/04/1985;f1;Non;F;Non",
    "1;T6;B;10/01/2024;20/06/2024;15/07/2024;03/04/1985;f1;Non;F;Oui",
    "2;T0;B;12/02/2024;;12/02/2024;01/01/1990;f1;Non;H;Non",
    "2;T6;B;12/02/2024;;30/08/2024;01/01/1990;f1;Non;H;Non",
    "3;T0;A;;;15/01/2024;29/02/2000;f2;Non;F;Non",
    "3;T6;A;;;15/07/2024;29/02/2000;f2;Non;F;Non",
    "4;T0;A;20/05/2024;;15/01/2024;12/12/1970;f3;Non;;Non",
    "4;T6;A;20/05/2024;;10/11/2024;12/12/1970;f3;Non;;Oui",
]


def file_of(*replaced: tuple[int, str, str], extra: tuple[str, ...] = ()) -> str:
    """Return the file with pieces of its rows replaced; rows are numbered as a spreadsheet shows them."""
    rows = ROWS.copy()
    for row, old, new in replaced:
        assert old in rows[row - 2]
        rows[row - 2] = rows[row - 2].replace(old, new, 1)
    return HEADERS + "\n".join((*rows, *extra)) + "\n"


def cohort_of(folder: Path, text: str | None = None, toml: str = STUDY) -> Cohort:
    path = write_study(folder, toml=toml, files={"suivi.csv": text or file_of()})
    return build_cohort(read_study(path), action="mobilite")


def told(folder: Path, text: str, toml: str = STUDY) -> list[tuple[str, str | None, tuple[int, ...]]]:
    with pytest.raises(DataError) as caught:
        cohort_of(folder, text, toml)
    return [(problem.code, problem.column, problem.rows) for problem in caught.value.problems]


BOTH = ((2, "03/04/1985", "{}"), (3, "03/04/1985", "{}"))


@pytest.mark.parametrize(
    ("replaced", "expected"),
    [
        # Born in the future; older than 120.
        ([(r, o, n.format("03/04/2085")) for r, o, n in BOTH], ("E-COH-01", "né le", (2, 3))),
        ([(r, o, n.format("03/04/1903")) for r, o, n in BOTH], ("E-COH-01", "né le", (2, 3))),
        # Out before in.
        (
            [(2, "20/06/2024", "20/06/2023"), (3, "20/06/2024", "20/06/2023")],
            ("E-COH-02", "sortie", (2, 3)),
        ),
        # Answers of six months after entry dated before entry: not out of the window as well.
        ([(3, "15/07/2024", "09/01/2024")], ("E-COH-03", "le", (3,))),
        # Due on 10 July: 25 June is the first day of the window, 9 August the last.
        ([(3, "15/07/2024", "24/06/2024")], ("E-COH-04", "le", (3,))),
        ([(3, "15/07/2024", "10/08/2024")], ("E-COH-04", "le", (3,))),
        # Said to be a child, and 38 years old.
        ([(2, "f1;Non", "f1;Oui")], ("E-COH-09", "né le", (2, 3))),
        # Facts that hold at all times.
        ([(2, "03/04/1985", "04/04/1985")], ("E-COH-20", "né le", (2, 3))),
        ([(2, "20/06/2024", "21/06/2024")], ("E-COH-21", "sortie", (2, 3))),
        ([(3, ";B;", ";A;")], ("E-COH-07", "groupe", (2, 3))),
    ],
)
def test_dates_that_cannot_be(tmp_path: Path, replaced, expected) -> None:
    assert told(tmp_path, file_of(*replaced)) == [expected]


def test_a_wave_given_twice(tmp_path: Path) -> None:
    again = "1;T6;B;10/01/2024;20/06/2024;16/07/2024;03/04/1985;f1;Non;F;Non"
    assert told(tmp_path, file_of(extra=(again,))) == [("E-COH-08", None, (3, 10))]


def test_a_household_that_changes(tmp_path: Path) -> None:
    toml = changed(('cluster = "foyer"\n', ""), text=STUDY)
    assert told(tmp_path, file_of((3, ";f1;", ";f9;")), toml) == [("E-COH-19", "foyer", (2, 3))]


def test_two_stays_open_at_once(tmp_path: Path) -> None:
    # She enters again in March, and the first stay ends in June.
    replaced = (3, "10/01/2024;20/06/2024", "10/03/2024;")
    assert told(tmp_path, file_of(replaced)) == [("E-COH-06", "entrée", (2, 3))]
    # A first stay without an exit is still open.
    replaced = ((4, "12/02/2024", "12/01/2024"),)
    assert told(tmp_path, file_of(*replaced), _without_windows()) == [("E-COH-06", "entrée", (4, 5))]


def test_stays_one_after_the_other_are_one_person_whose_first_entry_counts(tmp_path: Path) -> None:
    toml = changed(("window_before_days = 15\nwindow_after_days = 30\n", ""), text=STUDY)
    cohort = cohort_of(tmp_path, file_of((3, "10/01/2024;20/06/2024", "20/06/2024;")), toml)
    mine = cohort.panel[cohort.panel["_unit"] == "1"]
    assert mine["_entered"].dt.strftime("%Y-%m-%d").tolist() == ["2024-01-10"] * 2
    assert mine["_left"].dt.strftime("%Y-%m-%d").tolist() == ["2024-06-20"] * 2
    (note,) = [note for note in cohort.notes if note.code == "A-COH-22"]
    assert (note.column, note.rows) == ("entrée", (3,))


def test_a_heap_of_births_on_1_january_is_told_and_prevents_nothing(tmp_path: Path) -> None:
    def notes(n_first: int) -> list[Problem]:
        days = ["01/01/1990"] * n_first + ["02/01/1990"] * (40 - n_first)
        rows = [f"n{i};T0;A;;;15/01/2024;{day};f{i + 9};;;Non" for i, day in enumerate(days)]
        cohort = cohort_of(tmp_path, file_of(extra=tuple(rows)))
        return [note for note in cohort.notes if note.code == "A-COH-05"]

    # 3 of 44 known dates (with the one of person 2) are 6.8 %, 2 are not a heap.
    assert notes(1) == []
    (note,) = notes(2)
    assert (note.file, note.column, note.rows) == ("suivi.csv", "né le", ())
    assert note.text("fr").startswith("[A-COH-05]")
    assert "7\u202f%" in note.text("fr")


def test_waiting_people_who_enter_are_exposed_from_the_first_answer_after_entry(tmp_path: Path) -> None:
    cohort = cohort_of(tmp_path)
    entry = dict(zip(cohort.rows.people, cohort.rows.entry, strict=True))
    # 4 waits, enters in May and answers in November: she is exposed at six months. 3 never enters.
    assert entry == {"1": 6, "2": 6, "3": np.inf, "4": 6}
    assert cohort.switches(masked=False).values.tolist() == [["waiting_list", 6.0, 2, 1]]
    # Nobody is compared with her as if she still waited.
    assert declare_design(cohort).units().index.tolist() == ["1", "2", "3"]
    # Had she answered before her entry, she would still have been waiting then.
    waits = cohort_of(tmp_path, file_of((9, "10/11/2024", "19/05/2024")), _without_windows())
    assert waits.rows.entry[-1] == np.inf
    # Without the days of answers she is left out too: she entered, and nothing says after which answers.
    toml = changed(('answered = "le"\n', ""), text=STUDY)
    assert cohort_of(tmp_path, toml=toml).rows.entry[-1] == 6


def _without_windows() -> str:
    return changed(("window_before_days = 15\nwindow_after_days = 30\n", ""), text=STUDY)


def test_a_waiting_person_may_answer_before_she_enters(tmp_path: Path) -> None:
    # Her six months are counted from no day of hers that the file has; no E-COH-03 and no E-COH-04.
    text = file_of((9, "20/05/2024", ""), (8, "20/05/2024", ""))
    assert cohort_of(tmp_path, text).switches(masked=False).empty


def test_one_column_may_be_household_and_cluster(tmp_path: Path) -> None:
    cohort = cohort_of(tmp_path)
    assert cohort.n_households == 3
    assert cohort.has_clusters
    assert cohort.panel["_cluster"].tolist() == cohort.panel["_household"].tolist()


def test_publics_of_the_study(tmp_path: Path) -> None:
    table = cohort_of(tmp_path).publics(masked=False).set_index(["public", "arm"])
    assert table.loc[("women", "all"), ["yes", "no", "unknown"]].tolist() == [2, 1, 1]
    assert table.loc[("children", "all"), ["yes", "no", "unknown"]].tolist() == [0, 4, 0]
    assert table.loc[("rural", "all"), "share_unknown"] == 1
    # 3 April 1985 to 10 January 2024; person 3 never enters.
    assert table.loc[("women", "beneficiary"), ["age", "n_aged"]].tolist() == [38, 1]
    assert table.loc[("women", "all"), "n_aged"] == 1
    assert "18 ans" in table.loc[("children", "all"), "definition"]


def test_the_calendar_of_the_fse_stands_in_for_waves_that_nobody_declared(tmp_path: Path) -> None:
    start, end = STUDY.index("[[waves]]"), STUDY.index("[variables.emploi]")
    toml = (STUDY[:start] + STUDY[end:]).replace("vague", "étape")
    rows = [row.replace(";T6;", ";T1;") for row in ROWS]
    rows[1] = rows[1].replace("15/07/2024", "01/07/2024")  # eleven days after exit
    rows.append("2;T2;B;12/02/2024;;30/12/2024;01/01/1990;f1;Non;H;Non")
    text = HEADERS.replace("vague", "étape") + "\n".join(rows) + "\n"
    cohort = cohort_of(tmp_path, text, toml)
    assert [wave.id for wave in cohort.study.waves] == ["T0", "T1", "T2"]
    assert cohort.period_label(12).fr == "six mois après la sortie"
    timing = cohort.waves(masked=False).set_index(["wave", "arm"])
    at_exit = timing.loc[("T1", "beneficiary")]
    assert at_exit[["anchor", "n", "dated", "placed", "in_window"]].tolist() == ["exit", 2, 2, 1, 1]
    assert at_exit["median_delay"] == 11
    # Five weeks after exit is beyond the four that the regulation allows.
    text = text.replace("01/07/2024", "25/07/2024")
    assert told(tmp_path, text, toml) == [("E-COH-04", "le", (3,))]


def test_a_wave_that_is_not_of_the_fse_is_still_unknown(tmp_path: Path) -> None:
    start, end = STUDY.index("[[waves]]"), STUDY.index("[variables.emploi]")
    toml = (STUDY[:start] + STUDY[end:]).replace('wave = "vague"\n', "")
    toml = toml.replace("path =", 'wave = "T6"\npath =')
    with pytest.raises(StudyError) as caught:
        read_study(write_study(tmp_path, toml=toml, files={"suivi.csv": file_of()}))
    assert "E-ETU-18" in {problem.code for problem in caught.value.problems}


@pytest.mark.parametrize(
    ("old", "new", "code", "place"),
    [
        ('anchor = "entry"\n[[', 'anchor = "calendar"\n[[', "E-ETU-60", "waves[0].anchor"),
        ('variable = "enfant"', 'variable = "enfants"', "E-ETU-16", "publics.children.variable"),
        ('variable = "enfant"', 'variable = "enfant", below = 18', "E-ETU-61", "publics.children"),
        ('yes = ["femme"]', 'yes = ["dame"]', "E-ETU-28", "publics.women.yes[0]"),
        (', yes = ["femme"]', "", "E-ETU-28", "publics.women"),
        ("[publics]\nchildren", "[publics]\nchild", "E-ETU-05", None),
        ("window_after_days = 30", "window_after_days = -1", "E-ETU-09", "waves[1].window_after_days"),
        ('anchor = "entry"\n[[', 'anchor = "exits"\n[[', "E-ETU-05", "waves[0].anchor"),
        # Entries are dated and so must the waves be, unless they are counted from each person's days.
        ('months = 6\nanchor = "entry"\n', "months = 6\n", "E-ETU-41", "waves"),
    ],
)
def test_what_a_study_says_of_waves_and_publics_must_agree(tmp_path: Path, old, new, code, place) -> None:
    toml = changed((old, new), text=STUDY)
    with pytest.raises(StudyError) as caught:
        read_study(write_study(tmp_path, toml=toml, files={"suivi.csv": file_of()}))
    (problem,) = caught.value.problems
    assert problem.code == code
    assert place is None or problem.place == place


def test_months_are_of_the_calendar() -> None:
    days = as_days(["2024-01-31", "2024-08-31", "2023-08-29", "NaT"])
    assert add_months(days, 1).astype(str).tolist() == ["2024-02-29", "2024-09-30", "2023-09-29", "NaT"]
    assert add_months(days, 6).astype(str).tolist() == ["2024-07-31", "2025-02-28", "2024-02-29", "NaT"]
    assert add_months(days[:1], 0.5).astype(str).tolist() == ["2024-02-15"]


@pytest.mark.parametrize(
    ("born", "day", "age"),
    [
        ("2000-02-29", "2018-02-28", 17),  # of age on 1 March of a common year
        ("2000-02-29", "2018-03-01", 18),
        ("2006-05-20", "2024-05-19", 17),
        ("2006-05-20", "2024-05-20", 18),
        ("NaT", "2024-05-20", np.nan),
        ("2006-05-20", "NaT", np.nan),
    ],
)
def test_ages_by_hand(born: str, day: str, age: float) -> None:
    np.testing.assert_equal(age_at(as_days([born]), as_days([day]))[0], age)


def test_ages_agree_with_the_calendar_of_the_standard_library() -> None:
    rng = np.random.default_rng(4)
    births = np.datetime64("1930-01-01") + rng.integers(0, 30_000, 500)
    days = births + rng.integers(0, 30_000, 500)
    for born, day, age in zip(births, days, age_at(births, days), strict=True):
        a, b = born.astype(dt.date), day.astype(dt.date)
        assert age == b.year - a.year - ((b.month, b.day) < (a.month, a.day))


def test_no_message_of_a_date_repeats_it(tmp_path: Path) -> None:
    text = file_of(*[(r, o, n.format("03/04/2085")) for r, o, n in BOTH], (3, "20/06/2024", "20/06/2023"))
    with pytest.raises(DataError) as caught:
        cohort_of(tmp_path, text)
    for language in ("fr", "en"):
        words = " ".join(problem.text(language) for problem in caught.value.problems)
        assert "2085" not in words
        assert "2023" not in words


def test_a_public_of_the_study_is_as_at_the_earliest_wave(tmp_path: Path) -> None:
    cohort = cohort_of(tmp_path, file_of((2, ";F;", ";;")))
    assert cohort.panel["_public_women"].tolist()[:2] == [1, 1]
    assert isinstance(cohort.panel["_birth"].iloc[0], pd.Timestamp)
