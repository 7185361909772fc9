"""Reading study files: what is right is read, and every problem is told at once with its line and remedy."""

import datetime as dt
import json
import re
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import impactkit
from impactkit.errors import Problem, StudyError
from impactkit.files import read_study, sample, study_schema
from impactkit.files.resources import sample_names
from impactkit.text import Label, has_key
from impactkit.text.catalogue import entries
from small_studies import PEOPLE, STUDY, changed, write_study


def problems_of(path: Path) -> tuple[Problem, ...]:
    with pytest.raises(StudyError) as caught:
        read_study(path)
    return caught.value.problems


def codes_of(path: Path) -> list[str]:
    return sorted(problem.code for problem in problems_of(path))


def test_study_is_read_from_its_file_or_its_folder(tmp_path: Path) -> None:
    path = write_study(tmp_path)
    for given in (path, str(path), tmp_path):
        study = read_study(given)
        assert study.path == path.resolve()
        assert study.folder == tmp_path.resolve()
        assert len(study.sha256) == 64
    assert study.title == Label(fr="Pacte d'essai", en="Pacte d'essai")
    assert study.action("mobilite").start == dt.date(2025, 1, 6)
    assert study.action("mobilite").primary.variable == "emploi"
    assert [column.wave for column in study.file("suivi").columns["score"]] == ["T0", "T6"]


def test_windows_line_ends_and_byte_order_mark_are_read(tmp_path: Path) -> None:
    path = write_study(tmp_path)
    path.write_bytes(b"\xef\xbb\xbf" + STUDY.replace("\n", "\r\n").encode())
    assert read_study(path).id == "essai"


@pytest.mark.parametrize("name", sample_names())
def test_shipped_studies_have_no_problem(name: str) -> None:
    assert read_study(sample(name)).id == name


# One change each, the code expected, the piece of text on whose line it is told, and its place.
CHANGES: list[tuple[str, str, str, str, str]] = [
    ('kind = "pacte"', 'kind = "pact"', "E-ETU-05", "kind =", "kind"),
    ('title = "Pacte', 'titre = 1\ntitle = "Pacte', "E-ETU-03", "titre =", "titre"),
    ("start = 2025-01-06\n", "", "E-ETU-04", "[[actions]]", "actions[0].start"),
    ("start = 2025-01-06", 'start = "2025-01-06"', "E-ETU-06", "start =", "actions[0].start"),
    ("start = 2025-01-06", "start = 2025-02-31", "E-ETU-32", "start =", ""),
    ("start = 2025-01-06", "start = 06/01/2025", "E-ETU-32", "start =", ""),
    ("start = 2025-01-06", "start = 2999-01-01", "E-ETU-33", "start =", "actions[0].start"),
    ("start = 2025-01-06", "start = 1025-01-01", "E-ETU-33", "start =", "actions[0].start"),
    ("minimum_effect = 0.05", "minimum_effect = 0,05", "E-ETU-49", "minimum_effect", ""),
    (
        "minimum_effect = 0.05",
        "minimum_effect = 0",
        "E-ETU-09",
        "minimum_effect",
        "actions[0].outcomes[0].minimum_effect",
    ),
    (
        "minimum_effect = 0.05",
        "minimum_effect = nan",
        "E-ETU-09",
        "minimum_effect",
        "actions[0].outcomes[0].minimum_effect",
    ),
    (
        "minimum_effect = 0.05",
        "minimum_effect = 5",
        "E-ETU-22",
        "minimum_effect",
        "actions[0].outcomes[0].minimum_effect",
    ),
    ('id = "mobilite"', 'id = "Mobilité"', "E-ID-01", 'id = "Mobilité"', "actions[0].id"),
    ('id = "mobilite"', 'id = "aux"', "E-ID-01", 'id = "aux"', "actions[0].id"),
    ('id = "mobilite"', 'id = "../x"', "E-ID-01", 'id = "../x"', "actions[0].id"),
    ('id = "mobilite"', 'id = ""', "E-ID-01", 'id = ""', "actions[0].id"),
    ('id = "mobilite"', f'id = "{"x" * 300}"', "E-ID-01", 'id = "xxx', "actions[0].id"),
    ('id = "mobilite"', r'id = "a\u0000b"', "E-ID-01", r'id = "a\u0000b"', "actions[0].id"),
    ('files = ["suivi"]', "files = []", "E-ETU-08", "files = []", "actions[0].files"),
    ('files = ["suivi"]', 'files = ["suivie"]', "E-ETU-17", "files = [", "actions[0].files[0]"),
    ('files = ["suivi"]', 'files = ["suivi", "suivi"]', "E-ETU-10", "files = [", "actions[0].files[1]"),
    (
        "months = 6",
        'months = 6\n[[waves]]\nid = "t6"\nlabel = "x"\nmonths = 9',
        "E-ETU-10",
        'id = "t6"',
        "waves[2].id",
    ),
    ('path = "suivi.csv"', 'path = "suvi.csv"', "E-ETU-12", "path =", "files[0].path"),
    ('path = "suivi.csv"', 'path = "../suivi.csv"', "E-ETU-13", "path =", "files[0].path"),
    ('path = "suivi.csv"', 'path = "/etc/passwd"', "E-ETU-13", "path =", "files[0].path"),
    ('path = "suivi.csv"', "path = 'data\\suivi.csv'", "E-ETU-13", "path =", "files[0].path"),
    ('path = "suivi.csv"', 'path = "C:/suivi.csv"', "E-ETU-13", "path =", "files[0].path"),
    ('path = "suivi.csv"', 'path = "suivi.csv"\nsheet = "x"', "E-ETU-46", "sheet =", "files[0].sheet"),
    ('path = "suivi.csv"', 'path = "suivi.csv"\nwave = "T0"', "E-ETU-24", "[[files]]", "files[0]"),
    ('path = "suivi.csv"', 'path = "suivi.csv"\narm = "external"', "E-ETU-52", 'arm = "ext', "files[0].arm"),
    ('unit = "dossier"\n', "", "E-ETU-23", "[files.columns]", "files[0].columns"),
    ('age = "age"', 'ages = "age"\nage = "age"', "E-ETU-15", "ages =", "files[0].columns.ages"),
    ('age = "age"', 'age = ["age", "an"]', "E-ETU-25", 'age = ["', "files[0].columns.age"),
    ('age = "age"', "age = []", "E-ETU-08", "age = []", "files[0].columns.age"),
    ('age = "age"', "age = 3", "E-ETU-06", "age = 3", "files[0].columns.age"),
    (
        'age = "age"',
        'age = { column = "age", colonne = "x" }',
        "E-ETU-03",
        "age = {",
        "files[0].columns.age.colonne",
    ),
    ('unit = "dossier"', 'unit = ["dossier", "nom"]', "E-ETU-27", "unit =", "files[0].columns.unit"),
    ('F = "femme"', 'F = "dame"', "E-ETU-28", "sexe = {", "files[0].columns.sexe[0].labels.F"),
    (
        '"Attente" = "waiting_list"',
        '"Attente" = "attente"',
        "E-ETU-28",
        "arm = {",
        "files[0].columns.arm[0].labels.Attente",
    ),
    (
        'emploi T6", wave = "T6"',
        'emploi T6", wave = "T7"',
        "E-ETU-18",
        "emploi = [",
        "files[0].columns.emploi[1].wave",
    ),
    ("months = 6", "months = 0", "E-ETU-29", "months = 0\n\n[v", "waves[1].months"),
    ("months = 6", 'months = "6"', "E-ETU-06", 'months = "6', "waves[1].months"),
    ("months = 6", "months = 6\ndate = 0025-01-01", "E-ETU-33", "date =", "waves[1].date"),
    (
        "[variables.score]",
        '[variables.month]\nlabel = "x"\ntype = "number"\n[variables.score]',
        "E-ETU-44",
        "[variables.month",
        "variables.month",
    ),
    (
        'label = "Score"\ntype = "number"',
        'label = "Score"\ntype = "number"\ncategories = ["a"]',
        "E-ETU-45",
        'categories = ["a',
        "variables.score.categories",
    ),
    (
        'label = "En emploi"\ntype = "boolean"',
        'label = "En emploi"\ntype = "boolean"\nkind = "count"',
        "E-ETU-73",
        'kind = "count',
        "variables.emploi.kind",
    ),
    (
        'label = "Score"\ntype = "number"',
        'label = "Score"\ntype = "category"',
        "E-ETU-19",
        'variable = "score"',
        "actions[0].outcomes[1].variable",
    ),
    (
        'label = "Score"\ntype',
        'label = { fr = "Score" }\ntype',
        "E-ETU-06",
        "label = {",
        "variables.score.label",
    ),
    (
        'label = "Âge"\ntype = "number"',
        'label = "Âge"\ntype = "date"',
        "E-ETU-20",
        "covariates =",
        "actions[0].covariates[0]",
    ),
    ('["age", "sexe"]', '["age", "sex"]', "E-ETU-16", "covariates =", "actions[0].covariates[1]"),
    ('["age", "sexe"]', '["age", "score"]', "E-ETU-43", "covariates =", "actions[0].covariates[1]"),
    ("primary = true\n", "", "E-ETU-21", "[[actions.outcomes]]", "actions[0].outcomes"),
    (
        'comparison = "waiting_list"',
        'comparison = "none"',
        "E-ETU-35",
        "comparison =",
        "actions[0].comparison",
    ),
    (
        'comparison = "waiting_list"',
        'comparison = "external"',
        "E-ETU-38",
        "comparison =",
        "actions[0].comparison",
    ),
    (
        'comparison = "waiting_list"',
        'comparison = "not_yet_treated"',
        "E-ETU-40",
        "comparison =",
        "actions[0].comparison",
    ),
    ('method = "did"', 'method = "before_after"', "E-ETU-34", "comparison =", "actions[0].comparison"),
    ('method = "did"', 'method = "interrupted_series"', "E-ETU-37", "files = [", "actions[0].files"),
    ('method = "did"', 'method = "did"\nadjust = "lin"', "E-ETU-47", "adjust =", "actions[0].adjust"),
    ('method = "did"', 'method = "did"\nwindow = ["T6", "T0"]', "E-ETU-30", "window =", "actions[0].window"),
    (
        'method = "did"',
        'method = "did"\nwindow = ["T0", "T9"]',
        "E-ETU-18",
        "window =",
        "actions[0].window[1]",
    ),
    ('method = "did"', 'method = "did"\nwindow = ["T0"]', "E-ETU-06", "window =", "actions[0].window"),
    (
        'method = "did"',
        'method = "did"\ncomparable = { method = "entropy", on = ["taille"] }',
        "E-ETU-16",
        "comparable =",
        "actions[0].comparable.on[0]",
    ),
    (
        'method = "did"',
        'method = "did"\ncomparable = { method = "entropy", on = ["age"], caliper = 0.2 }',
        "E-ETU-55",
        "comparable =",
        "actions[0].comparable.caliper",
    ),
    (
        'method = "did"\ncomparison = "waiting_list"',
        'method = "before_after"\ncomparison = "none"\ncomparable = { method = "entropy", on = ["age"] }',
        "E-ETU-53",
        "comparable =",
        "actions[0].comparable",
    ),
    (
        'covariates = ["age", "sexe"]',
        'comparable = { method = "entropy" }',
        "E-ETU-54",
        "comparable =",
        "actions[0].comparable",
    ),
    (
        'method = "did"',
        'method = "did"\ncomparable = { method = "closest", on = ["age"] }',
        "E-ETU-05",
        "comparable =",
        "actions[0].comparable.method",
    ),
    (
        'method = "did"\ncomparison = "waiting_list"\ncovariates = ["age", "sexe"]',
        'method = "doubly_robust"\ncomparison = "waiting_list"',
        "E-ETU-56",
        "method =",
        "actions[0].method",
    ),
    ('method = "did"', 'method = "discontinuity"', "E-ETU-57", "method =", "actions[0].method"),
    (
        'method = "did"',
        'method = "discontinuity"\nthreshold = { running = "taille", cutoff = 3 }',
        "E-ETU-16",
        "threshold =",
        "actions[0].threshold.running",
    ),
    (
        'method = "did"\ncomparison = "waiting_list"\ncovariates = ["age", "sexe"]',
        'method = "discontinuity"\ncomparison = "waiting_list"\nthreshold = { running = "sexe", cutoff = 3 }',
        "E-ETU-58",
        "threshold =",
        "actions[0].threshold.running",
    ),
    (
        'method = "did"\ncomparison = "waiting_list"\ncovariates = ["age", "sexe"]',
        'method = "discontinuity"\ncomparison = "waiting_list"\ncovariates = ["age"]\n'
        'threshold = { running = "age", cutoff = 3 }',
        "E-ETU-59",
        "threshold =",
        "actions[0].threshold.running",
    ),
    ('title = "Mobilité"', "title = 3", "E-ETU-06", "title = 3", "actions[0].title"),
    ("[territory]", "[[territory]]", "E-ETU-06", "[[territory]]", "territory"),
    ('id = "essai"', 'id = "essai', "E-ETU-02", 'id = "essai', ""),
    ('id = "essai"', 'id = "essai"\nid = "encore"', "E-ETU-02", 'id = "encore"', ""),
]


@pytest.mark.parametrize(("old", "new", "code", "line", "place"), CHANGES)
def test_one_slip_is_one_problem_on_its_line(
    tmp_path: Path, old: str, new: str, code: str, line: str, place: str
) -> None:
    text = changed((old, new))
    problem, *others = problems_of(write_study(tmp_path, toml=text))
    assert [problem.code, *(other.code for other in others)] == [code]
    assert problem.file == "study.toml"
    assert problem.line == text[: text.index(line)].count("\n") + 1
    assert (problem.place or "") == place


def test_all_problems_are_told_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = changed(
        ('kind = "pacte"', 'kind = "pact"'),
        ('title = "Pacte', 'titre = "x"\ntitle = "Pacte'),
        ('path = "suivi.csv"', 'path = "absent.csv"'),
        ("start = 2025-01-06", "start = 2025-02-31"),
        ("primary = true", "primary = false"),
        ("minimum_effect = 0.05", "minimum_effect = 0,05"),
        ('["age", "sexe"]', '["age", "genre"]'),
    )
    problems = problems_of(write_study(tmp_path, toml=text))
    assert [problem.code for problem in problems] == [
        "E-ETU-05", "E-ETU-03", "E-ETU-12", "E-ETU-32", "E-ETU-16", "E-ETU-21", "E-ETU-49",
    ]  # fmt: skip
    lines = [problem.line for problem in problems]
    assert lines == sorted(lines)  # type: ignore[type-var]


def test_part_that_is_not_well_formed_does_not_hide_the_others(tmp_path: Path) -> None:
    text = changed(('method = "did"', "method = 3"), ('path = "suivi.csv"', 'path = "absent.csv"'))
    assert codes_of(write_study(tmp_path, toml=text)) == ["E-ETU-05", "E-ETU-12"]


def test_list_whose_item_is_wrong_is_not_also_too_short(tmp_path: Path) -> None:
    second = STUDY[STUDY.index('[[actions.outcomes]]\nvariable = "score"') :]
    text = changed((second, ""), ('direction = "increase"', 'direction = "up"'))
    assert codes_of(write_study(tmp_path, toml=text)) == ["E-ETU-05"]


def test_messages_name_what_was_meant_and_list_what_is_allowed(tmp_path: Path) -> None:
    text = changed(('title = "Pacte', 'titel = "x"\ntitle = "Pacte'), ('["age", "sexe"]', '["age", "sexes"]'))
    key, covariate = problems_of(write_study(tmp_path, toml=text))
    french, english = key.text("fr"), key.text("en")
    assert "« title »" in french.replace("\u00a0", " ")
    assert "“title”" in english
    for allowed in ("format", "kind", "territory", "waves", "variables", "files", "actions"):
        assert allowed in french
    assert "emploi, score, age, sexe" in covariate.text("fr")
    assert "« sexe »" in covariate.text("fr").replace("\u00a0", " ")


def test_five_points_are_written_005(tmp_path: Path) -> None:
    text = changed(("minimum_effect = 0.05", "minimum_effect = 5"))
    (problem,) = problems_of(write_study(tmp_path, toml=text))
    assert "5 points, écrivez 0.05" in problem.text("fr")


def test_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    outside = tmp_path / "ailleurs.csv"
    outside.write_text(PEOPLE, encoding="utf-8")
    folder = tmp_path / "etude"
    folder.mkdir()
    try:
        (folder / "suivi.csv").symlink_to(outside)
    except OSError:
        pytest.skip("this system does not make symbolic links")
    assert codes_of(write_study(folder, files={})) == ["E-ETU-13"]


@pytest.mark.parametrize(("name", "code"), [("suivi.xls", "E-FIC-04"), ("suivi.docx", "E-ETU-14")])
def test_other_kinds_of_files_are_refused(tmp_path: Path, name: str, code: str) -> None:
    toml = changed(('path = "suivi.csv"', f'path = "{name}"'))
    assert codes_of(write_study(tmp_path, toml=toml, files={name: PEOPLE})) == [code]


def test_entries_need_dated_waves(tmp_path: Path) -> None:
    entry = changed(
        ('unit = "dossier"', 'unit = "dossier"\nentry = "entrée"'),
        ('comparison = "waiting_list"', 'comparison = "not_yet_treated"'),
    )
    assert codes_of(write_study(tmp_path, toml=entry)) == ["E-ETU-41"]
    dated = changed(
        ("months = 0", "months = 0\ndate = 2025-01-15"),
        ("months = 6", "months = 6\ndate = 2025-07-15"),
        text=entry,
    )
    assert read_study(write_study(tmp_path, toml=dated)).waves[1].date == dt.date(2025, 7, 15)


def test_method_that_needs_two_waves_says_so(tmp_path: Path) -> None:
    text = changed(
        ('[{ column = "emploi T0", wave = "T0" }, { column = "emploi T6", wave = "T6" }]', '"emploi T6"'),
        ('[{ column = "score T0", wave = "T0" }, { column = "score T6", wave = "T6" }]', '"score T6"'),
        ('path = "suivi.csv"', 'path = "suivi.csv"\nwave = "T6"'),
    )
    assert codes_of(write_study(tmp_path, toml=text)) == ["E-ETU-36"]


def test_outcome_without_a_wave_is_told(tmp_path: Path) -> None:
    text = changed(
        ('[{ column = "score T0", wave = "T0" }, { column = "score T6", wave = "T6" }]', '"score T6"'),
    )
    (problem,) = problems_of(write_study(tmp_path, toml=text))
    assert (problem.code, problem.place) == ("E-ETU-26", "files[0].columns.score")


PLACEBO = ('covariates = ["age", "sexe"]', 'covariates = ["age"]\nplacebo_outcomes = ["{}"]')


@pytest.mark.parametrize(
    ("name", "pairs", "code"),
    [
        ("taille", (), "E-ETU-16"),
        ("sexe", (), "E-ETU-19"),
        ("score", (), "E-ETU-66"),
        ("age", (), "E-ETU-66"),
        ("sexe", (('sexe = { column = "sexe", labels = { F = "femme", H = "homme" } }\n', ""),), "E-ETU-42"),
    ],
)
def test_what_the_action_cannot_change_is_declared_like_an_outcome(
    tmp_path: Path, name: str, pairs: tuple[tuple[str, str], ...], code: str
) -> None:
    problems = problems_of(write_study(tmp_path, toml=changed((PLACEBO[0], PLACEBO[1].format(name)), *pairs)))
    assert (code, "actions[0].placebo_outcomes[0]") in {(problem.code, problem.place) for problem in problems}


def test_variable_in_no_file_of_the_action_is_told(tmp_path: Path) -> None:
    text = changed(('age = "age"\n', ""))
    (problem,) = problems_of(write_study(tmp_path, toml=text))
    assert (problem.code, problem.place) == ("E-ETU-42", "actions[0].covariates[0]")


def test_file_of_comparison_only_has_no_beneficiaries(tmp_path: Path) -> None:
    arm = re.search(r"arm = \{.*\}\n", STUDY)
    assert arm is not None
    text = changed((arm.group(), ""), ('missing = ["NSP"]', 'missing = ["NSP"]\narm = "waiting_list"'))
    assert codes_of(write_study(tmp_path, toml=text)) == ["E-ETU-39"]


def test_two_calendars_of_waves_may_stand_in_one_study(tmp_path: Path) -> None:
    text = changed(
        ("[variables.emploi]", '[[waves]]\nid = "V1"\nlabel = "v"\nmonths = 0\n\n[variables.emploi]')
    )
    study = read_study(write_study(tmp_path, toml=text))
    assert [wave.id for wave in study.waves_of("mobilite")] == ["T0", "T6"]


def test_missing_or_unreadable_study_file_is_told(tmp_path: Path) -> None:
    assert codes_of(tmp_path / "absent.toml") == ["E-ETU-01"]
    assert codes_of(tmp_path) == ["E-ETU-01"]
    (tmp_path / "study.toml").write_bytes(STUDY.encode("cp1252"))
    assert codes_of(tmp_path) == ["E-ETU-48"]


def test_every_problem_reads_whole_in_both_languages(tmp_path: Path) -> None:
    for i, (old, new, code, _, _) in enumerate(CHANGES):
        folder = tmp_path / str(i)
        folder.mkdir()
        for problem in problems_of(write_study(folder, toml=changed((old, new)))):
            for text in (problem.text("fr"), problem.text("en")):
                assert text.startswith(f"[{code}] study.toml")
                assert "{" not in text.replace("{ column", "").replace("{ fr", "")
            assert problem.to_dict("fr")["line"] == problem.line


# ------------------------------------------------------------------ the published schema


def schema_errors(text: str) -> list[str]:
    document: Any = json.loads(json.dumps(tomllib.loads(text), default=lambda day: day.isoformat()))
    validator = jsonschema.Draft202012Validator(study_schema())
    return [error.message for error in validator.iter_errors(document)]


def test_schema_is_a_schema_and_accepts_studies() -> None:
    jsonschema.Draft202012Validator.check_schema(study_schema())
    assert schema_errors(STUDY) == []
    for name in sample_names():
        assert schema_errors(sample(name).read_text(encoding="utf-8")) == []


# E-ID-01 is there too, except for the names that Windows keeps for itself.
# What the schema can tell without reading the whole file.
FORMS = {"E-ETU-03", "E-ETU-04", "E-ETU-05", "E-ETU-08", "E-ETU-23"}


@pytest.mark.parametrize(
    ("old", "new"), [(old, new) for old, new, code, _, _ in CHANGES if code in FORMS], ids=str
)
def test_schema_refuses_what_the_model_refuses(old: str, new: str) -> None:
    assert schema_errors(changed((old, new)))


def test_schema_speaks_french_and_has_no_null() -> None:
    text = json.dumps(study_schema(), ensure_ascii=False)
    assert '"null"' not in text
    assert '"title": "Étude' in text
    assert "Nom court de l'action" in text
    assert "One action" not in text


def test_every_code_has_its_two_sentences_and_every_sentence_its_code() -> None:
    source = Path(impactkit.__file__).parent
    text = "".join(path.read_text(encoding="utf-8") for path in source.rglob("*.py"))
    used = set(re.findall(r'"([EA]-[A-Z]{2,3}-\d\d)"', text))
    known = {key.split(".")[1] for key in entries("fr") if re.match(r"problem\.[EA]-", key)}
    assert used == known
    assert all(has_key(f"problem.{code}.{part}") for code in used for part in ("found", "remedy"))


def test_what_forms_say_besides_figures_is_read(tmp_path: Path) -> None:
    text = STUDY.replace(
        "[[actions]]",
        '[duration]\nstart = 2024-01-01\nend = 2027-12-31\n\n[[actions]]\npilot_id = "CLS-12"\n'
        'status = "reinforced"\nlessons = "Le premier accueil compte."\n'
        'decision = { choice = "modify", reasons = "Le délai est trop long." }',
        1,
    )
    study = read_study(write_study(tmp_path, toml=text))
    action = study.actions[0]
    assert study.duration is not None
    assert study.duration.end == dt.date(2027, 12, 31)
    assert (action.pilot_id, action.status) == ("CLS-12", "reinforced")
    assert action.decision is not None
    assert action.decision.choice == "modify"


def test_a_key_that_a_time_to_event_does_not_have_is_told(tmp_path: Path) -> None:
    text = STUDY + '\n[actions.duration]\nevent = "x"\nhorizon = 12\nhorizont = 6\n'
    with pytest.raises(StudyError) as error:
        read_study(write_study(tmp_path, toml=text))
    assert "E-ETU-03" in {problem.code for problem in error.value.problems}
