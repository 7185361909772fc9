"""From files to a cohort: panels checked by hand, people who cannot be one person, and silence about them."""

import re
import traceback
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from impactkit.cohort import Cohort, build_cohort
from impactkit.design import declare_design
from impactkit.errors import DataError, Problem
from impactkit.files import read_study, sample
from small_studies import PEOPLE, STUDY, changed, write_study, write_workbook


def cohort_of(folder: Path, toml: str = STUDY, files: dict[str, str] | None = None) -> Cohort:
    study = read_study(write_study(folder, toml=toml, files=files or {"suivi.csv": PEOPLE}))
    return build_cohort(study, action="mobilite")


def problems_of(folder: Path, toml: str = STUDY, files: dict[str, str] | None = None) -> tuple[Problem, ...]:
    with pytest.raises(DataError) as caught:
        cohort_of(folder, toml, files)
    return caught.value.problems


def told(problems: tuple[Problem, ...]) -> list[tuple[str, str | None, tuple[int, ...]]]:
    return [(problem.code, problem.column, problem.rows) for problem in problems]


def steps_of(cohort: Cohort) -> list[tuple[str, int]]:
    return [(step.key, step.n) for step in cohort.steps]


def at(cohort: Cohort, period: float) -> pd.DataFrame:
    panel = cohort.panel
    return panel[panel["_period"] == period].set_index("_unit")


# ------------------------------------------------------------------ one wide file


def test_wide_file_becomes_one_row_per_person_and_wave(tmp_path: Path) -> None:
    cohort = cohort_of(tmp_path)
    assert cohort.periods == (0.0, 6.0)
    assert cohort.arms == ("beneficiary", "waiting_list")
    assert cohort.n_units == 6
    assert steps_of(cohort) == [("rows_read", 6), ("people", 6)]
    before, after = at(cohort, 0), at(cohort, 6)
    assert before.index.tolist() == ["001", "002", "003", "004", "005", "006"]
    assert before["emploi"].tolist() == [0, 0, 0, 0, 1, 0]
    np.testing.assert_array_equal(after["emploi"], [1, 0, 1, 0, 1, np.nan])
    np.testing.assert_array_equal(after["score"], [6, 3.25, np.nan, 5.5, 6, 2])
    assert before["age"].tolist() == [34, 51, 28, 45, 39, 22]
    assert before["sexe"].tolist() == ["femme", "homme", "femme", "homme", "femme", "femme"]
    assert after["age"].isna().all()  # known at entry only: it stays there
    assert before["_entry"].tolist() == [6, 6, 6, np.inf, np.inf, np.inf]
    assert cohort.variables["emploi"].label.fr == "En emploi"
    assert [outcome.variable for outcome in cohort.outcomes] == ["emploi", "score"]
    assert cohort.covariates == ("age", "sexe")
    assert cohort.period_label(6).fr == "à six mois"
    (read,) = cohort.inputs
    assert read.path == "suivi.csv"
    assert re.fullmatch("[0-9a-f]{64}", read.sha256)


def test_what_the_action_cannot_change_is_read_at_each_wave(tmp_path: Path) -> None:
    secondary = '[[actions.outcomes]]\nvariable = "score"\ndirection = "increase"\n'
    covariates = 'covariates = ["age", "sexe"]\n'
    toml = changed((secondary, ""), (covariates, covariates + 'placebo_outcomes = ["score"]\n'))
    cohort = cohort_of(tmp_path, toml)
    assert cohort.panel["score"].notna().groupby(cohort.panel["_period"]).sum().tolist() == [6, 5]
    assert [outcome.variable for outcome in cohort.outcomes] == ["emploi"]
    assert declare_design(cohort).placebo_outcomes == ("score",)
    assert declare_design(cohort, placebo_outcomes=[]).placebo_outcomes == ()


def test_only_what_the_action_uses_is_read(tmp_path: Path) -> None:
    toml = changed(
        ('[[actions.outcomes]]\nvariable = "score"\ndirection = "increase"\n', ""),
        ('covariates = ["age", "sexe"]\n', ""),
    )
    broken = PEOPLE.replace("score T6", "note").replace("34;F", "trente;X")
    cohort = cohort_of(tmp_path, toml, {"suivi.csv": broken})
    assert set(cohort.panel.columns) == {"_unit", "_period", "_arm", "_entry", "emploi"}


def test_duplicates_blank_rows_and_totals_are_counted(tmp_path: Path) -> None:
    lines = PEOPLE.splitlines()
    rows = [
        *lines[:3],
        lines[2],
        ";;;;;;;",
        lines[3],
        ";Attente;30;F;Non;Non;1;1",
        *lines[4:],
        "TOTAL;;;;2;3;;",
        "",
    ]
    cohort = cohort_of(tmp_path, files={"suivi.csv": "\n".join(rows)})
    assert steps_of(cohort) == [
        ("rows_read", 10),
        ("rows_identified", 7),
        ("rows_distinct", 6),
        ("people", 6),
    ]
    assert [step.counts for step in cohort.steps] == ["rows", "rows", "rows", "people"]
    assert all(step.reason is not None and step.reason.text("fr") for step in cohort.steps[1:3])
    assert [(note.code, note.rows) for note in cohort.notes] == [("A-LIG-01", (11,))]


def test_unknown_action_is_a_wrong_call(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="expected one of mobilite"):
        build_cohort(read_study(write_study(tmp_path)), action="autre")


# ------------------------------------------------------------------ other shapes

LONG_COLUMNS = """unit = "dossier"
wave = { column = "passage", labels = { "Entrée" = "T0", "6 mois" = "T6" } }
arm = { column = "groupe", labels = { "Bénéficiaire" = "beneficiary", "Attente" = "waiting_list" } }
age = "age"
sexe = { column = "sexe", labels = { F = "femme", H = "homme" } }
emploi = "emploi"
score = "score"
"""
COLUMNS = STUDY[STUDY.index('unit = "dossier"') : STUDY.index("[[actions]]")]
LONG = """dossier;passage;groupe;age;sexe;emploi;score
001;Entrée;Bénéficiaire;34;F;Non;4
001;6 mois;Bénéficiaire;34;F;Oui;6
002;Entrée;Attente;45;H;Non;5
002;6 mois;Attente;45;H;NSP;5
003;6 mois;Attente;22;F;Non;
"""


def test_long_file_with_a_column_of_waves(tmp_path: Path) -> None:
    cohort = cohort_of(tmp_path, changed((COLUMNS, LONG_COLUMNS)), {"suivi.csv": LONG})
    assert steps_of(cohort) == [("rows_read", 5), ("people", 3)]
    assert at(cohort, 0).index.tolist() == ["001", "002"]
    assert at(cohort, 6)["age"].tolist() == [34, 45, 22]
    np.testing.assert_array_equal(at(cohort, 6)["emploi"], [1, np.nan, 0])


def test_row_without_a_wave_is_told(tmp_path: Path) -> None:
    problems = problems_of(
        tmp_path, changed((COLUMNS, LONG_COLUMNS)), {"suivi.csv": LONG.replace("003;6 mois", "003;")}
    )
    assert told(problems) == [("E-COH-16", "passage", (6,))]


TWO_FILES = changed(
    (
        STUDY[STUDY.index("[[files]]") : STUDY.index("[[actions]]")],
        """[[files]]
id = "benef"
path = "beneficiaires.csv"
wave = "T0"
arm = "beneficiary"
[files.columns]
unit = "id"
age = "age"
sexe = "sexe"
emploi = "emploi"

[[files]]
id = "attente"
path = "attente.csv"
wave = "T0"
arm = "waiting_list"
[files.columns]
unit = "id"
age = "age"
sexe = "sexe"
emploi = "emploi"

[[files]]
id = "suivi"
path = "suivi.csv"
wave = "T6"
[files.columns]
unit = "numero"
emploi = "travaille"
score = "score"

[[files]]
id = "scores"
path = "scores.csv"
wave = "T0"
[files.columns]
unit = "id"
score = "score"

""",
    ),
    ('files = ["suivi"]', 'files = ["benef", "attente", "suivi", "scores"]'),
)
FILES = {
    "beneficiaires.csv": "id;age;sexe;emploi\n01;34;femme;non\n02;51;homme;non\n",
    "attente.csv": "id;age;sexe;emploi\n03;45;homme;non\n04;39;femme;oui\n",
    "suivi.csv": "numero;travaille;score\n01;oui;6\n03;non;5\n04;oui;4\n",
    "scores.csv": "id;score\n01;3\n02;2\n03;5\n",
}


def test_files_are_brought_together_by_person_and_wave(tmp_path: Path) -> None:
    cohort = cohort_of(tmp_path, TWO_FILES, FILES)
    assert steps_of(cohort) == [("rows_read", 10), ("people", 4)]
    before, after = at(cohort, 0), at(cohort, 6)
    # The group, known from one file, holds for the rows of the others.
    assert after["_arm"].to_dict() == {"01": "beneficiary", "03": "waiting_list", "04": "waiting_list"}
    assert before["_arm"].tolist() == ["beneficiary", "beneficiary", "waiting_list", "waiting_list"]
    np.testing.assert_array_equal(before["score"], [3, 2, 5, np.nan])
    assert before["age"].tolist() == [34, 51, 45, 39]
    assert after["emploi"].tolist() == [1, 0, 1]
    assert [read.path for read in cohort.inputs] == list(FILES)


@pytest.mark.parametrize(
    ("name", "old", "new", "expected"),
    [
        (
            "attente.csv",
            "03;45",
            "01;45",
            [
                ("E-COH-07", "beneficiaires.csv", (2,)),
                ("E-COH-07", "attente.csv", (2,)),
                ("E-COH-10", "suivi.csv", (3,)),
                ("E-COH-10", "scores.csv", (4,)),
            ],
        ),
        ("suivi.csv", "04;oui", "05;oui", [("E-COH-10", "suivi.csv", (4,))]),
        (
            "suivi.csv",
            "04;oui",
            "4;oui",
            [
                ("E-COH-15", "attente.csv", (3,)),
                ("E-COH-15", "suivi.csv", (4,)),
                ("E-COH-10", "suivi.csv", (4,)),
            ],
        ),
        ("scores.csv", "03;5", "03;5\n03;6", [("E-COH-08", "scores.csv", (4, 5))]),
    ],
)
def test_people_who_do_not_fit_together(
    tmp_path: Path, name: str, old: str, new: str, expected: list[tuple[str, str, tuple[int, ...]]]
) -> None:
    assert old in FILES[name]
    problems = problems_of(tmp_path, TWO_FILES, {**FILES, name: FILES[name].replace(old, new)})
    assert [(problem.code, problem.file, problem.rows) for problem in problems] == expected


def test_two_files_that_say_different_things_of_a_person_at_one_wave(tmp_path: Path) -> None:
    toml = changed(
        (
            '[files.columns]\nunit = "id"\nscore = "score"',
            '[files.columns]\nunit = "id"\nscore = "score"\nage = "age"',
        ),
        text=TWO_FILES,
    )
    scores = "id;score;age\n01;3;34\n02;2;50\n03;5;\n"
    problems = problems_of(tmp_path, toml, {**FILES, "scores.csv": scores})
    assert [(problem.code, problem.file, problem.rows) for problem in problems] == [
        ("E-COH-08", "beneficiaires.csv", (3,)),
        ("E-COH-08", "scores.csv", (3,)),
    ]


def test_without_any_group_all_are_beneficiaries(tmp_path: Path) -> None:
    arm = re.search(r"arm = \{.*\}\n", STUDY)
    assert arm is not None
    toml = changed(
        (arm.group(), ""),
        ('method = "did"', 'method = "before_after"'),
        ('"waiting_list"\ncov', '"none"\ncov'),
    )
    cohort = cohort_of(tmp_path, toml)
    assert cohort.arms == ("beneficiary",)
    assert set(cohort.panel["_entry"]) == {6.0}


STAGGERED = changed(
    ("months = 0", "months = 0\ndate = 2025-01-15"),
    ("months = 6", "months = 6\ndate = 2025-07-15"),
    ('unit = "dossier"\n', 'unit = "dossier"\nentry = "début"\ncluster = "lieu"\nweight = "poids"\n'),
    ('comparison = "waiting_list"', 'comparison = "never_treated"'),
    (STUDY[STUDY.index("arm = {") : STUDY.index('age = "age"\n')], ""),
)
DATED = """dossier;début;lieu;poids;age;sexe;emploi T0;emploi T6;score T0;score T6
1;14/01/2025;A;1;34;F;Non;Oui;4;6
2;15/01/2025;A;1,5;51;H;Non;Non;3;3
3;14/07/2025;B;1;28;F;Non;Oui;7;7
4;15/07/2025;B;1;45;H;Non;Non;5;5
5;;B;2;39;F;Oui;Oui;6;6
"""


def test_entry_is_the_first_wave_after_its_date(tmp_path: Path) -> None:
    cohort = cohort_of(tmp_path, STAGGERED, {"suivi.csv": DATED})
    people = at(cohort, 6)
    # The day of a wave itself comes before entry; after the last wave nobody is seen exposed.
    assert people["_entry"].tolist() == [0, 6, 6, np.inf, np.inf]
    assert people["_arm"].tolist() == ["beneficiary"] * 4 + ["comparison"]
    assert people["_cluster"].tolist() == ["A", "A", "B", "B", "B"]
    assert people["_weight"].tolist() == [1, 1.5, 1, 1, 2]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("5;;B;2", "5;;;2", [("E-COH-13", "lieu", (6,))]),
        ("5;;B;2", "5;;B;0", [("E-COH-14", "poids", (6,))]),
        ("5;;B;2", "5;;B;", [("E-COH-14", "poids", (6,))]),
        ("5;;B;2", "4;;C;1", [("E-COH-12", "lieu", (5, 6))]),
        ("5;;B;2", "4;01/02/2025;B;1", [("E-COH-11", "début", (5, 6))]),
        ("5;;B;2", "4;;B;3", [("E-COH-18", "poids", (5, 6))]),
        ("5;;B;2", "4;;B;1", [("E-COH-08", None, (5, 6))]),
        ("14/01/2025", "31/02/2025", [("E-DAT-01", "début", (2,))]),
        ("14/01/2025", "14/01/25", [("E-DAT-03", "début", (2,))]),
    ],
)
def test_facts_about_a_person_hold_at_all_times(
    tmp_path: Path, old: str, new: str, expected: list[tuple[str, str | None, tuple[int, ...]]]
) -> None:
    assert old in DATED
    assert told(problems_of(tmp_path, STAGGERED, {"suivi.csv": DATED.replace(old, new)})) == expected


MONTHLY = changed(
    (
        COLUMNS,
        """unit = "territoire"
month = "mois"
arm = { column = "pacte", labels = { oui = "beneficiary", non = "neighbouring_territory" } }
score = "nombre"

""",
    ),
    (STUDY[STUDY.index("[[actions.outcomes]]") : STUDY.rindex("[[actions.outcomes]]")], ""),
    ('variable = "score"\n', 'variable = "score"\nprimary = true\n'),
    ('method = "did"', 'method = "interrupted_series"'),
    ('comparison = "waiting_list"\ncovariates = ["age", "sexe"]', 'comparison = "neighbouring_territory"'),
)


def test_monthly_series_of_territories(tmp_path: Path) -> None:
    months = ["12/2024", "janv. 2025", "2025-02"]
    rows = [
        f"{name};{month};{arm};{i}"
        for name, arm in (("Ici", "oui"), ("Là", "non"))
        for i, month in enumerate(months)
    ]
    cohort = cohort_of(tmp_path, MONTHLY, {"suivi.csv": "\n".join(["territoire;mois;pacte;nombre", *rows])})
    january = 12 * 2025
    assert cohort.periods == (january - 1, january, january + 1)
    assert steps_of(cohort) == [("rows_read", 6), ("territories", 2)]
    entries = cohort.panel.drop_duplicates("_unit").set_index("_unit")["_entry"]
    assert entries.to_dict() == {"Ici": january, "Là": np.inf}
    assert at(cohort, january)["score"].tolist() == [1, 1]


def test_workbook_with_a_title_and_typed_cells(tmp_path: Path) -> None:
    lines = [line.split(";") for line in PEOPLE.splitlines()]
    rows: list[list[object]] = [["Suivi 2025"], [], *lines]
    rows[4] = ["002", "Bénéficiaire", 51, "H", False, False, 3, 3.25]
    toml = changed(('path = "suivi.csv"', 'path = "suivi.xlsx"'))
    path = write_study(tmp_path, toml=toml, files={})
    write_workbook(tmp_path / "suivi.xlsx", {"Suivi": rows})
    book, text = build_cohort(read_study(path), action="mobilite"), cohort_of(tmp_path)
    pd.testing.assert_frame_equal(book.panel, text.panel)


# ------------------------------------------------------------------ problems


def test_problems_of_all_columns_and_files_come_together(tmp_path: Path) -> None:
    files = {
        **FILES,
        "beneficiaires.csv": "id;age;sexe;emploi\n01;vieux;femme;non\n02;1.234;autre;peut-être\n",
        "attente.csv": "id;age;emploi\n03;45;non\n",
        "suivi.csv": "numero;travaille;score\n01;oui;6\n03;5\n",
    }
    problems = problems_of(tmp_path, TWO_FILES, files)
    assert [(problem.code, problem.file, problem.column, problem.rows) for problem in problems] == [
        ("E-NUM-01", "beneficiaires.csv", "age", (3,)),
        ("E-NUM-03", "beneficiaires.csv", "age", (2,)),
        ("E-MOD-01", "beneficiaires.csv", "sexe", (3,)),
        ("E-BOO-01", "beneficiaires.csv", "emploi", (3,)),
        ("E-COL-01", "attente.csv", None, (1,)),
        ("E-CSV-01", "suivi.csv", None, (3,)),
    ]


def test_unknown_group_and_person_in_two_groups(tmp_path: Path) -> None:
    wrong = PEOPLE.replace("005;Attente", "005;Refus")
    assert told(problems_of(tmp_path, files={"suivi.csv": wrong})) == [("E-MOD-01", "groupe", (6,))]
    twice = PEOPLE.replace("005;Attente", "001;Attente")
    assert told(problems_of(tmp_path, files={"suivi.csv": twice})) == [("E-COH-07", "groupe", (2, 6))]
    blank = PEOPLE.replace("005;Attente", "005;")
    assert told(problems_of(tmp_path, files={"suivi.csv": blank})) == [("E-COH-10", "groupe", (6,))]


def test_nobody_to_follow(tmp_path: Path) -> None:
    nobody = re.sub(r"(?m)^00\d", "", PEOPLE)
    assert told(problems_of(tmp_path, files={"suivi.csv": nobody})) == [("E-COH-17", "dossier", ())]


# Every way of being wrong, with a word that no message may repeat in each cell of the rows.
CANARY = "Zoraïde"
HEADER = PEOPLE.splitlines()[0]
SPOILT = {
    "every cell": f"{HEADER}\n" + ";".join([CANARY] * 8),
    "number": PEOPLE.replace("34;", f"{CANARY};"),
    "identifier": PEOPLE.replace("001", CANARY).replace("002;Bénéficiaire", f"{CANARY};Attente"),
    "twice": PEOPLE.replace("001", CANARY).replace("002", CANARY),
    "ragged": f"{PEOPLE}{CANARY};{CANARY}\n",
    "quote": f'{PEOPLE}"{CANARY};{CANARY}\n',
    "no header": ";".join([CANARY] * 8) + "\n",
    "one line": CANARY,
}


@pytest.mark.parametrize("case", SPOILT)
@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "mixed"])
def test_no_message_repeats_a_value(tmp_path: Path, case: str, encoding: str) -> None:
    path = write_study(tmp_path)
    content = SPOILT[case].encode("cp1252" if encoding == "cp1252" else "utf-8")
    if encoding == "mixed":
        content += f"{CANARY};;;;;;;\n".encode("cp1252")
    (tmp_path / "suivi.csv").write_bytes(content)
    with pytest.raises(DataError) as caught:
        build_cohort(read_study(path), action="mobilite")
    shown = [str(caught.value), repr(caught.value), "".join(traceback.format_exception(caught.value))]
    for problem in caught.value.problems:
        shown += [problem.text("fr"), problem.text("en"), repr(problem), str(problem.to_dict("fr"))]
    assert not any("zora" in text.lower() for text in shown)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None or caught.value.__suppress_context__


def test_cohort_shows_nobody(tmp_path: Path) -> None:
    cohort = cohort_of(tmp_path, files={"suivi.csv": PEOPLE.replace("001", CANARY)})
    assert CANARY not in repr(cohort) + cohort._repr_html_() + repr(cohort.steps) + repr(cohort.notes)


# ------------------------------------------------------------------ shipped data

# 445 people of the experiment (185 beneficiaries, 260 drawn out), 15 992 of the survey.
NSW = {"experience": 445, "comparaison_cps": 16_437}


@pytest.mark.parametrize(("action", "n"), NSW.items())
def test_nsw_cohorts(action: str, n: int) -> None:
    cohort = build_cohort(read_study(sample("nsw")), action=action)
    assert cohort.n_units == n
    assert (at(cohort, 36)["_arm"] == "beneficiary").sum() == 185
    # Means of the file, known from Dehejia and Wahba (1999), table 1.
    treated = at(cohort, 36).query("_arm == 'beneficiary'")
    assert treated["earnings"].mean() == pytest.approx(6349.1435, abs=1e-3)
    assert at(cohort, 0).query("_arm == 'beneficiary'")["age"].mean() == pytest.approx(25.8162, abs=1e-4)


@pytest.mark.parametrize("name", ["insertion_emploi", "insertion_emploi_cls"])
def test_made_samples_are_read_whole(name: str) -> None:
    study = read_study(sample(name))
    for action in study.actions:
        cohort = build_cohort(study, action=action.id)
        assert "beneficiary" in cohort.arms
        assert all(cohort.panel[outcome.variable].notna().mean() > 0.9 for outcome in cohort.outcomes)
