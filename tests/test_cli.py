"""The command line: languages, streams, exit codes, and what each command tells."""

from __future__ import annotations

import errno
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

import impactkit as ik
from impactkit import errors
from impactkit.batch.manifest import Manifest, study_row
from impactkit.cli import check as checking
from impactkit.cli.app import run_command
from impactkit.cli.failures import tell
from impactkit.text import set_language
from small_batch import make_study, make_template

SECRET = "Jeanne 1984"


class Told(NamedTuple):
    """What a command answered."""

    code: int
    out: str
    err: str


Run = Callable[..., Told]


@pytest.fixture
def impactkit(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("IMPACTKIT_LANG", "fr")

    def run(*words: object) -> Told:
        code = run_command([str(word) for word in words])
        return Told(code, *capsys.readouterr())

    yield run
    set_language(None)


# ------------------------------------------------------------------ help and languages


@pytest.mark.parametrize(
    "command",
    [
        (),
        ("demo",),
        ("new",),
        ("check",),
        ("advise",),
        ("run",),
        ("status",),
        ("schema",),
        ("map",),
        ("cohort",),
        ("cohort", "import"),
        ("cohort", "purge"),
        ("cohort", "restore"),
    ],
)
@pytest.mark.parametrize(("language", "usage"), [("fr", "Usage : impactkit"), ("en", "Usage: impactkit")])
def test_help_is_in_the_readers_language(
    impactkit: Run, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...], language: str, usage: str
) -> None:
    monkeypatch.setenv("IMPACTKIT_LANG", language)
    told = impactkit(*command, "--help")
    assert told.code == 0
    assert not told.err
    assert usage in told.out.replace("\N{NO-BREAK SPACE}", " ")
    assert "cli." not in told.out
    english = ("Show this", "[required]", "<bool>", "Commands", "default:")
    if language == "fr":
        assert not [word for word in english if word in told.out]


def test_help_follows_the_environment_as_it_is_and_loads_nothing_heavy() -> None:
    code = (
        "import sys; from impactkit.cli.app import run_command; run_command(['--help']);"
        "heavy = {'pandas', 'numpy', 'papermill', 'matplotlib', 'scipy'} & set(sys.modules);"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)


def test_every_exit_code_is_documented(impactkit: Run) -> None:
    help_text = impactkit("--help").out
    codes = {
        kind.exit_code
        for kind in vars(errors).values()
        if isinstance(kind, type) and hasattr(kind, "exit_code")
    }
    assert codes == {1, 3, 4, 5, 6, 7, 8, 9, 10, 11}
    for code in [0, 2, 12, 130, *codes]:
        assert f"{code} " in help_text


def test_version(impactkit: Run) -> None:
    assert impactkit("--version") == (0, f"impactkit {ik.__version__}\n", "")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ("rnu",),
            "La commande « rnu » n'existe pas. Commandes : demo, new, map, check, choose, advise, run, "
            "status, form, synthesis, midterm, release, audit, privacy, cohort, teach, lab, schema.",
        ),
        (("cohort", "suivre"), "La commande « suivre » n'existe pas. Commandes : init, import, link, review"),
        (("cohort", "undo", "suivi", "1"), "Il manque --reason."),
        (("cohort", "undo", "suivi", "un", "--reason", "x"), "La valeur de NUMÉRO_DE_LOT ne convient pas."),
        (("run", "--foo"), "L'option --foo n'existe pas."),
        (("run",), "Il manque ÉTUDE."),
        (("run", "x"), "Il manque --out."),
        (("demo", "--lang", "de"), "La valeur de --lang ne convient pas. Attendu : fr|en."),
        (("demo", "--jobs", "0"), "L'option --jobs est au moins 1."),
        (("check", "nulle/part"), "Aucune étude ici : nulle/part."),
        (("status", "nulle/part"), "Le dossier nulle/part ne contient pas de résultats d'impactkit"),
        (("schema", "x"), "Commande mal écrite."),
    ],
)
def test_a_mistyped_command_is_told_on_the_error_stream(
    impactkit: Run, words: tuple[str, ...], said: str
) -> None:
    told = impactkit(*words)
    assert told.code == 2
    assert said in told.err.replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " ")
    assert not told.out


def test_an_unexpected_error_is_told_without_its_text(
    impactkit: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ValueError(SECRET)

    monkeypatch.setattr(checking, "build_cohort", fail)
    monkeypatch.delenv("IMPACTKIT_DEBUG", raising=False)
    told = impactkit("check", make_study(tmp_path / "etude", "a"))
    assert told.code == 1
    assert "ValueError, impactkit/cli/check.py:" in told.err
    assert SECRET not in told.err + told.out


# ------------------------------------------------------------------ new and check


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_new_study_passes_its_check(impactkit: Run, tmp_path: Path, language: str) -> None:
    folder = tmp_path / "mon étude"
    made = impactkit("new", folder, "--lang", language)
    assert made.code == 0
    names = {path.name for path in folder.rglob("*") if path.is_file()}
    assert {"study.toml", "study.schema.json"} < names
    assert all(name in made.out for name in names)
    checked = impactkit("check", folder)
    assert checked.code == 0, checked.err
    assert "80" in checked.out
    told = json.loads(impactkit("check", folder, "--json").out)
    assert told["ok"]
    assert (told["findings"][0]["n_treated"], told["findings"][0]["n_comparison"]) == (80, 80)


def test_a_new_study_overwrites_nothing(impactkit: Run, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").touch()
    told = impactkit("new", tmp_path)
    assert told.code == 2
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_starter_notebooks_say_the_same_and_hold_no_output() -> None:
    folder = Path(ik.sample("nsw")).parents[2] / "templates" / "new"
    notebooks = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*/*.ipynb"))]
    code = [[cell["source"] for cell in book["cells"] if cell["cell_type"] == "code"] for book in notebooks]
    assert len(code) == 2
    assert code[0] == code[1]
    assert not any(cell.get("outputs") for book in notebooks for cell in book["cells"])


def test_check_hides_small_groups(impactkit: Run, tmp_path: Path) -> None:
    study = make_study(tmp_path / "etude", "a")
    rows = [f"p{i};{i};{i}" for i in range(7)]
    (study.parent / "suivi.csv").write_text(
        "\n".join(["personne;avant;apres", *rows]) + "\n", encoding="utf-8"
    )
    told = impactkit("check", study)
    assert told.code == 0, told.err
    assert "trop petit" in told.out
    assert "7" not in told.out
    assert json.loads(impactkit("check", study, "--json").out)["findings"][0]["n_treated"] is None


def test_check_tells_every_problem_and_the_kind_of_the_first(impactkit: Run, tmp_path: Path) -> None:
    good = make_study(tmp_path / "bonne", "a")
    data = make_study(tmp_path / "donnees", "a")
    (data.parent / "suivi.csv").write_text("personne;avant\np1;1\n", encoding="utf-8")
    assert impactkit("check", data).code == 4
    bad = make_study(tmp_path / "mauvaise", "a")
    bad.write_text(
        bad.read_text(encoding="utf-8").replace("format = 1", 'format = 1\ncolour = "x"'), encoding="utf-8"
    )
    told = impactkit("check", good, data, bad)
    assert told.code == 3
    assert "bonne, action a" in told.out
    assert "colour" in told.err
    assert "apres" in told.err


def test_a_problem_that_actions_share_is_told_once(impactkit: Run, tmp_path: Path) -> None:
    study = make_study(tmp_path / "etude", "a", "b")
    (study.parent / "suivi.csv").write_text("personne;avant\np1;1\n", encoding="utf-8")
    told = impactkit("check", study)
    assert told.err.count("apres") == 1
    assert "Mêmes problèmes que ci-dessus." in told.err
    assert "1 problème à corriger." in told.err


def test_results_need_a_folder(impactkit: Run, tmp_path: Path) -> None:
    study, template = make_study(tmp_path / "etude", "a"), make_template(tmp_path / "modele.ipynb", "save()")
    (tmp_path / "out").touch()
    told = impactkit("run", study, "--template", template, "--out", tmp_path / "out")
    assert told.code == 7
    assert "choisissez-en un autre" in told.err


def test_patterns_that_no_shell_expanded_are_expanded(impactkit: Run, tmp_path: Path) -> None:
    for name in ("un", "deux"):
        make_study(tmp_path / "pactes" / name, "a")
    for pattern in ("pactes/**/study.toml", "pactes/*"):
        told = json.loads(impactkit("check", tmp_path / pattern, tmp_path / "pactes" / "un", "--json").out)
        assert [finding["study"] for finding in told["findings"]] == ["deux", "un"]


# ------------------------------------------------------------------ run, status, schema


def test_a_parameter_is_refused_before_anything_runs(impactkit: Run, tmp_path: Path) -> None:
    study, out = make_study(tmp_path / "etude", "a"), tmp_path / "out"
    template = make_template(tmp_path / "modele.ipynb", "save()")
    run = ("run", study, "--out", out, "--template", template, "--parameter")
    assert impactkit(*run, "alpha=1").code == 8
    assert impactkit(*run, "alpha").code == 2
    told = impactkit(*run, "lang=en", "--json")
    assert told.code == 8
    assert json.loads(told.out)["error"]["exit_code"] == 8
    assert not out.exists()


def test_an_unknown_format_is_refused_before_anything_runs(impactkit: Run, tmp_path: Path) -> None:
    study = make_study(tmp_path / "etude", "a")
    told = impactkit("run", study, "--out", tmp_path / "sorties", "--format", "html,rtf")
    assert told.code == 2
    assert "rtf" in told.err
    assert "html, pdf, docx, odt" in told.err
    assert not (tmp_path / "sorties").exists()


def test_status_tells_what_failed(impactkit: Run, tmp_path: Path) -> None:
    manifest = Manifest(tmp_path)
    manifest.set(study_row("etude", title="Étude", lang="fr", reason="Parce que.", error_class="StudyError"))
    told = impactkit("status", tmp_path)
    assert told.code == 0
    assert "1 rapport, dont 1 en échec." in told.out
    assert "Parce que." in told.out
    lines = json.loads(impactkit("status", tmp_path, "--json").out)
    assert (lines["failed"], lines["rows"][0]["state"]) == (1, "failed")


def test_schema_is_the_format_of_study_files(impactkit: Run) -> None:
    assert json.loads(impactkit("schema").out) == ik.study_schema()


def test_schemas_of_what_a_run_writes_hold_what_it_writes(impactkit: Run, tmp_path: Path) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    study = make_study(tmp_path / "etude", "a")
    impactkit(
        "run", study, "--out", tmp_path / "out", "--template", make_template(tmp_path / "m.ipynb", "save()")
    )
    records = list((tmp_path / "out").rglob("evidence.json"))
    lines = (tmp_path / "out" / "manifest.jsonl").read_text(encoding="utf-8").splitlines()
    assert records
    assert lines
    record = json.loads(impactkit("schema", "--evidence").out)
    line = json.loads(impactkit("schema", "--manifest").out)
    for schema in (record, line):
        jsonschema.Draft202012Validator.check_schema(schema)
    for path in records:
        jsonschema.validate(json.loads(path.read_text(encoding="utf-8")), record)
    for text in lines:
        jsonschema.validate(json.loads(text), line)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({}, record)


@pytest.mark.slow
def test_run_tells_results_and_failures_on_their_streams(impactkit: Run, tmp_path: Path) -> None:
    study = make_study(tmp_path / "etude", "a", "b")
    template = make_template(tmp_path / "modele.ipynb", "assert action == 'a'", "save()")
    told = impactkit("run", study, "--out", tmp_path / "out", "--template", template)
    assert told.code == 7
    assert "probablement imputable" in told.out
    assert str(tmp_path / "out" / "index.html") in told.out
    assert told.err.count("\n") == 2
    assert "2 rapports, dont 1 en échec." in told.out
    told = impactkit(
        "run", study, "--out", tmp_path / "out", "--template", template, "--action", "a", "--json"
    )
    assert told.code == 0
    assert [row["action"] for row in json.loads(told.out)["rows"]] == ["a"]


# ------------------------------------------------------------------ what the system refuses


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            PermissionError(13, "Permission denied", "x/.a.partial", None, "x/form_cls.docx"),
            "ouvert dans un autre",
        ),
        (OSError(errno.ENOSPC, "No space left on device", "x/form_cls.docx"), "disque est plein"),
    ],
)
def test_a_file_that_the_system_refuses_is_named_in_one_sentence(
    error: OSError, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("IMPACTKIT_LANG", "fr")
    assert tell(error, as_json=False) == 11
    told = capsys.readouterr().err
    assert said in told
    assert "form_cls.docx" in told
    assert ".partial" not in told


def test_other_refusals_of_the_system_are_unexpected(capsys: pytest.CaptureFixture[str]) -> None:
    assert tell(OSError(errno.EIO, "I/O error", "secret-name.csv"), as_json=False) == 1
    assert "secret-name" not in capsys.readouterr().err


def test_python_m_impactkit_is_the_command_line() -> None:
    told = subprocess.run(
        [sys.executable, "-m", "impactkit", "--help"], capture_output=True, text=True, encoding="utf-8"
    )
    assert told.returncode == 0
    assert "impactkit" in told.stdout
