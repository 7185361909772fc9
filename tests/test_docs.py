"""The documentation is true: its code runs, its commands and links exist, its versions agree."""

import importlib.util
import re
import shlex
import shutil
import tomllib
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest
import typer

import impactkit as ik
from impactkit.cli import lab
from impactkit.cli.app import app, run_command

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = [ROOT / name for name in ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md")]
PAGES += sorted(DOCS.rglob("*.md"))
BLOCK = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)
FENCE = re.compile(r"^```[a-z]*\n(.*?)^```", re.DOTALL | re.MULTILINE)
TOML = re.compile(r"^```toml\n(.*?)^```", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")
PART = re.compile(r"^```(\w*)\n.*?^```$|^(#+) |((?:^\|[^\n]*\n)+)", re.DOTALL | re.MULTILINE)

# Measured tables, in French only; a name that ends with / is a folder.
FRENCH_ONLY = ("validation/",)
# Each language has its own times there.
OWN_NUMBERS = ("start.md",)
CODE = re.compile(r"`[^`\n]+`|\]\([^)]*\)")
DOTTED = r"\d+(?:\.\d+)+"
NUMBER = {
    "fr": re.compile(rf"{DOTTED}|\d{{1,3}}(?: \d{{3}})+(?!\d)(?:,\d+)?|\d+(?:,\d+)?"),
    "en": re.compile(rf"\d{{1,3}}(?:,\d{{3}})+(?!\d)(?:\.\d+)?|{DOTTED}|\d+"),
}

INSTALL = "python -m pip install -c constraints.txt . && impactkit demo"
TEST = 'python -m pip install -c constraints.txt -e ".[dev]" && pytest'


def blocks():
    for page in PAGES:
        for i, code in enumerate(BLOCK.findall(page.read_text(encoding="utf-8"))):
            yield pytest.param(code, id=f"{page.relative_to(ROOT)}-{i}")


@pytest.mark.parametrize("code", list(blocks()))
def test_every_python_block_runs(code, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "documentation", "exec"), {})


def commands() -> dict[str, list[str]]:
    """Every command that a page shows in a block, by page."""
    found = {}
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        lines = [line for block in FENCE.findall(text) for line in block.splitlines()]
        found[str(page.relative_to(ROOT))] = [line for line in lines if line.startswith("impactkit ")]
    return found


@pytest.mark.parametrize(("page", "lines"), [item for item in commands().items() if item[1]])
def test_every_command_shown_exists_with_its_options(page, lines):
    for line in lines:
        words = shlex.split(line, comments=True)[1:]
        command = typer.main.get_command(app)
        while words and hasattr(command, "commands"):
            if words[0].startswith("-"):
                break
            assert words[0] in command.commands, line
            command = command.commands[words.pop(0)]
        known = {name for option in command.params for name in option.opts + option.secondary_opts} | {
            "--help"
        }
        options = {word.split("=")[0] for word in words if word.startswith("--")}
        assert options <= known, line


@pytest.mark.parametrize(
    "page", ["docs/jupyterlab.md", "docs/teaching.md", "docs/en/jupyterlab.md", "docs/en/teaching.md"]
)
def test_commands_of_the_course_and_of_the_laboratory_do_what_the_page_says(page, tmp_path, monkeypatch):
    opened = []
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(lab, "is_installed", lambda: True)
    monkeypatch.setattr(lab, "launch", lambda prepared, language: opened.append(language) or 0)
    monkeypatch.setattr(lab, "_own_folder", lambda: tmp_path)
    lines = [
        line for line in commands()[page] if "--page" not in line
    ]  # tests/test_teaching.py makes the page
    assert lines
    for i, line in enumerate(lines):
        words = shlex.split(line, comments=True)[1:]
        # A page shows the same folder twice, with other options: nothing is overwritten.
        assert (
            run_command([f"{word} {i}" if word.startswith(("mon-", "my-")) else word for word in words]) == 0
        )
    assert opened == ([] if "teaching" in page else ["en" if "/en/" in page else "fr"])
    assert not opened or any((tmp_path / name / "study.toml").is_file() for name in ("mon pacte", "my pact"))


JUDGED = ("mon-etude", "sorties", "tableau.xlsx", "tableaux.xlsx", "annexe.csv", "audit.toml")
# What a page supposes to be there: a study, the results of other years, a table, a form of one's own.
SUPPOSED = {
    "README.md": (),
    "docs/how-to.md": ("tableau.xlsx",),
    "docs/en/how-to.md": ("table.xlsx",),
    "docs/forms.md": ("mon_etude", "sorties", "mon_form_cls.toml"),
    "docs/en/forms.md": ("my_study", "out", "my_form_cls.toml"),
    "docs/choose.md": ("DOSSIER",),
    "docs/en/choose.md": ("FOLDER",),
    "docs/midterm.md": ("DOSSIER",),
    "docs/en/midterm.md": ("FOLDER",),
    "docs/disclosure.md": JUDGED,
    "docs/en/disclosure.md": JUDGED,
    "docs/synthesis.md": ("sorties-2024", "sorties-2025"),
    "docs/en/synthesis.md": ("out-2024", "out-2025"),
}


AUDIT = """format = 1
[[tables]]
id = "communes"
file = "tableaux.xlsx"
rows = "commune"
columns = "emploi"
[[tables]]
id = "annexe"
file = "annexe.csv"
rows = "commune"
columns = "emploi"
"""


def suppose(names, sample_made):
    table = pd.DataFrame([["Orlise", 34, 28], ["Valmont", 12, 18], ["Total", 46, 46]])
    table.columns = ["Commune", "En emploi", "Sans emploi"]
    for name in names:
        path = Path(name)
        if path.suffix == ".xlsx":
            table.to_excel(path, index=False)
        elif path.suffix == ".csv":
            table.to_csv(path, index=False)
        elif name == "audit.toml":
            path.write_text(AUDIT, encoding="utf-8")
        elif path.suffix == ".toml":
            shutil.copy(next((ROOT / "src").rglob("form_cls.toml")), path)
        elif name.startswith(("sorties", "out")):
            shutil.copytree(sample_made, path)
        else:
            shutil.copytree(ik.sample("insertion_emploi_cls").parent, path)


@pytest.fixture(scope="module")
def sample_made(tmp_path_factory):
    out = tmp_path_factory.mktemp("fait") / "sorties"
    assert ik.run_batch([ik.sample("insertion_emploi_cls")], out=out).failed == 0
    return out


@pytest.mark.parametrize("page", SUPPOSED)
def test_the_commands_of_a_page_do_what_it_says_in_its_order(page, sample_made, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IMPACTKIT_KEYS", str(tmp_path / "keys"))
    monkeypatch.setattr(lab, "is_installed", lambda: True)
    monkeypatch.setattr(lab, "launch", lambda prepared, language: 0)
    monkeypatch.setattr(lab, "_own_folder", lambda: tmp_path)
    monkeypatch.setenv("IMPACTKIT_LANG", "en" if "/en/" in page else "fr")
    suppose(SUPPOSED[page], sample_made)
    lines = commands()[page]
    assert lines
    for line in lines:
        words = shlex.split(re.sub(r"\[[^]]*\]", "", line), comments=True)[1:]  # [--what may be added]
        ik.set_language(None)  # each command is a program of its own
        assert run_command(words) == 0, line
    ik.set_language(None)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_piece_of_a_study_file_is_toml(page):
    for block in TOML.findall(page.read_text(encoding="utf-8")):
        tomllib.loads(block.replace("…", ""))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_local_link_leads_somewhere(page):
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


def test_the_two_commands_stand_at_the_top_of_the_readme_and_ci_calls_them_as_written():
    top = (ROOT / "README.md").read_text(encoding="utf-8").split("\n## ")[0]
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    for command in (INSTALL, TEST):
        assert command in top
        assert command in ci


def pins(path: Path) -> set[tuple[str, str]]:
    text = path.read_text(encoding="utf-8")
    return set(re.findall(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", text, re.MULTILINE))


def test_hashed_and_plain_pins_agree_and_cover_every_dependency():
    plain, hashed = pins(ROOT / "constraints.txt"), pins(ROOT / "requirements" / "locked.txt")
    assert hashed <= plain
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    names = {re.split(r"[<>=\[]", wish)[0] for wish in wanted}
    assert names <= {name for name, _ in plain}


def test_every_dependency_has_its_reason():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    page = (DOCS / "dependencies.md").read_text(encoding="utf-8")
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    for name in (re.split(r"[<>=\[]", wish)[0] for wish in wanted):
        assert name in page, name


def reference():
    spec = importlib.util.spec_from_file_location("reference", DOCS / "reference.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_tables_of_the_documentation_are_made_from_the_code():
    for path, text in reference().pages().items():
        assert path.read_text(encoding="utf-8") == text, "run: python docs/reference.py"


def test_each_key_of_a_study_file_is_told_in_english():
    told = tomllib.loads((DOCS / "english.toml").read_text(encoding="utf-8"))
    keys = {name: list(model.model_fields) for name, model in reference().TABLES.items()}
    assert {name: list(words) for name, words in told.items()} == keys


def is_among(name: str, names: tuple[str, ...]) -> bool:
    return any(name == one or (one.endswith("/") and name.startswith(one)) for one in names)


def twins() -> list[str]:
    """Every page that exists, or should, in both languages."""
    french = {path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")}
    english = {name.removeprefix("en/") for name in french if name.startswith("en/")}
    names = {name for name in french if not name.startswith("en/")} | english
    return sorted(name for name in names if not is_among(name, FRENCH_ONLY))


def parts(page: Path) -> list[tuple[str, str | int]]:
    """What a page is made of, in order: headings with their level, code, tables with their rows."""
    found: list[tuple[str, str | int]] = []
    for block in PART.finditer(page.read_text(encoding="utf-8")):
        code, heading, table = block.groups()
        if heading:
            found.append(("heading", len(heading)))
        elif table:
            found.append(("table", table.count("\n")))
        else:
            found.append(("code", code))
    return found


@pytest.mark.parametrize("name", twins())
def test_a_page_says_the_same_in_both_languages(name):
    assert parts(DOCS / name) == parts(DOCS / "en" / name)


def numbers(page: Path, language: str) -> Counter[str]:
    """The numbers of a page's prose and tables, written alike."""
    prose = CODE.sub("", FENCE.sub("", page.read_text(encoding="utf-8")))
    found = NUMBER[language].findall(prose)
    if language == "fr":
        return Counter(number.replace(" ", "").replace(",", ".") for number in found)
    return Counter(number.replace(",", "") for number in found)


@pytest.mark.parametrize("name", [name for name in twins() if name not in OWN_NUMBERS])
def test_a_page_gives_the_same_numbers_in_both_languages(name):
    french, english = numbers(DOCS / name, "fr"), numbers(DOCS / "en" / name, "en")
    assert (french - english, english - french) == (Counter(), Counter())


@pytest.mark.parametrize("name", twins())
def test_an_english_page_leads_to_english_pages(name):
    page = DOCS / "en" / name
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        aimed = (page.parent / target).resolve()
        if aimed.suffix != ".md" or not aimed.is_relative_to(DOCS) or aimed.is_relative_to(DOCS / "en"):
            continue
        french = aimed.relative_to(DOCS).as_posix()
        assert french == name or is_among(french, FRENCH_ONLY), target
