"""Write what study-file.md, errors.md and checks.md take from the code: ``python docs/reference.py``.

A key of the study file is described in French by its model, in English by ``english.toml``.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from impactkit.evidence.check import NO_CAP
from impactkit.evidence.checks.link_quality import link_quality
from impactkit.evidence.checks.multiplicity import multiplicity
from impactkit.evidence.questions import QUESTIONS
from impactkit.files.model import (
    Action,
    ActionsTable,
    Change,
    ChangesFile,
    Column,
    Comparability,
    Contribution,
    Decision,
    Duration,
    Funding,
    FundingTable,
    GridFile,
    Hypothesis,
    Identity,
    Indicators,
    IndicatorsTable,
    Midterm,
    Outcome,
    Protection,
    PublicRule,
    Rival,
    Span,
    Study,
    TableFile,
    Territory,
    Threshold,
    Timeline,
    Variable,
    Wave,
)
from impactkit.text import Language
from impactkit.text.catalogue import Entry, entries

FOLDER = Path(__file__).parent
CODE = re.compile(r"problem\.([EA]-[A-Z]{2,3}-\d{2})\.found")
HEADS = {"fr": "| code | ce qui est constaté | que faire |", "en": "| code | what was found | what to do |"}
KEYS = {"fr": "| clé | obligatoire | sens |", "en": "| key | required | meaning |"}
NEEDED = {"fr": {True: "oui", False: "non"}, "en": {True: "yes", False: "no"}}
VALUES = {"fr": "Valeurs :", "en": "Values:"}
TABLES = {
    "Study": Study,
    "Territory": Territory,
    "Span": Span,
    "ChangesFile": ChangesFile,
    "Protection": Protection,
    "Wave": Wave,
    "Variable": Variable,
    "PublicRule": PublicRule,
    "GridFile": GridFile,
    "TableFile": TableFile,
    "Column": Column,
    "Timeline": Timeline,
    "Identity": Identity,
    "Action": Action,
    "Comparability": Comparability,
    "Threshold": Threshold,
    "Duration": Duration,
    "Outcome": Outcome,
    "Indicators": Indicators,
    "Funding": Funding,
    "Decision": Decision,
    "Contribution": Contribution,
    "Hypothesis": Hypothesis,
    "Rival": Rival,
    "Change": Change,
    "Midterm": Midterm,
    "ActionsTable": ActionsTable,
    "IndicatorsTable": IndicatorsTable,
    "FundingTable": FundingTable,
}


def table(model: type[Any], language: Language, english: Mapping[str, str]) -> str:
    """Return the keys of a model as a Markdown table; ``english`` says what each means in English."""
    rows = [KEYS[language], "|---|---|---|"]
    for name, field in model.model_fields.items():
        needed = NEEDED[language][field.is_required()]
        told = field.description if language == "fr" else english[name]
        rows.append(f"| `{name}` | {needed} | {told}{_allowed(field.annotation, language)} |")
    return "\n".join(rows)


def _allowed(annotation: Any, language: Language) -> str:
    """List the values of a closed choice, however it is wrapped."""
    values = sorted(_choices(annotation), key=str)
    return f" {VALUES[language]} {', '.join(f'`{value}`' for value in values)}." if values else ""


def _choices(annotation: Any) -> set[str]:
    found: set[str] = set()
    for item in getattr(annotation, "__args__", ()):
        if isinstance(item, str):
            found.add(item)
        else:
            found |= _choices(item)
    return found


def problems(language: Language) -> str:
    """Return the problems that files can have, their cause and remedy, as a Markdown table."""
    words = entries(language)
    codes = sorted(found[1] for key in words if (found := CODE.fullmatch(key)))
    rows = [HEADS[language], "|---|---|---|"]
    for code in codes:
        found, remedy = (words[f"problem.{code}.{part}"] for part in ("found", "remedy"))
        rows.append(f"| `{code}` | {_plain(found)} | {_plain(remedy)} |")
    return "\n".join(rows)


# In the order of the page; the last two are asked when something comes with the estimate.
ASKED = (*(question.ask for question in QUESTIONS), link_quality, multiplicity)
CHECKS = tuple(check.__name__ for check in ASKED)
ANSWER_HEADS = {
    "fr": "| réponse de la page | ce que c'est | crédibilité |",
    "en": "| answer on the page | what it is | credibility |",
}
STATUSES = {
    "fr": {"ok": "rien à signaler", "caution": "réserve", "fail": "échec", "not_run": "sans réponse"},
    "en": {"ok": "nothing to report", "caution": "reserve", "fail": "failure", "not_run": "no answer"},
}
WEIGHTS = {
    "fr": {"same": "inchangée", "left": "{} au plus", "less": "départ moins {}", "aside": "ne pèse pas"},
    "en": {"same": "unchanged", "left": "{} at most", "less": "start less {}", "aside": "does not weigh"},
}
COUNTED = {
    "fr": "Une réserve, un échec ou une question sans réponse qui pèse compte comme une réserve :\n"
    "à crédibilité 3, « imputable » devient « probablement imputable ».",
    "en": "A reserve, a failure or a question without answer that weighs counts as a reserve:\n"
    "at credibility 3, “attributable” becomes “probably attributable”.",
}
NEVER_COUNTED = {
    "fr": "Cette question ne porte pas sur la comparaison : aucune réponse n'ôte de crédibilité,\n"
    "ni ne compte comme une réserve.",
    "en": "This question is not about the comparison: no answer takes credibility away,\n"
    "or counts as a reserve.",
}


class Case(NamedTuple):
    """One way in which an answer weighs, as `answers.toml` writes it.

    Attributes
    ----------
    status : str
    left : int
        The most credibility left.
    less : int
        Or so many notes less than the design starts from.
    aside : bool
        Whether it says nothing of the comparison.
    """

    status: str
    left: int = NO_CAP
    less: int = 0
    aside: bool = False

    @classmethod
    def read(cls, written: str) -> Case:
        """Read ``"ok"``, ``"caution 3"``, ``"fail -2"`` or ``"caution aside"``."""
        status, _, effect = written.partition(" ")
        if effect == "aside":
            return cls(status, aside=True)
        if effect.startswith("-"):
            return cls(status, less=int(effect[1:]))
        return cls(status, left=int(effect or NO_CAP))


ANSWERS = {
    key: {answer: tuple(map(Case.read, cases)) for answer, cases in answers.items()}
    for key, answers in tomllib.loads((FOLDER / "answers.toml").read_text(encoding="utf-8")).items()
}


def checks(language: Language, home: Path) -> str:
    """Return the list of the checks, in order: the question, and the first line of its page."""
    rows = []
    for number, key in enumerate(CHECKS, start=1):
        title, lead = (home / "checks" / f"{key}.md").read_text(encoding="utf-8").split("\n\n")[:2]
        rows.append(f"{number}. [{title.removeprefix('# ')}](checks/{key}.md) " + lead.replace("\n", " "))
    return "\n".join(rows)


def answers(key: str, language: Language) -> str:
    """Return what a check may answer, in the words of the report, and what each answer weighs."""
    words = entries(language)
    rows = [ANSWER_HEADS[language], "|---|---|---|"]
    for answer in told_answers(key, language):
        cases = ANSWERS[key][answer]
        sentence = f"{_plain(words[f'check.{key}.{answer}'])} `{answer}`"
        rows.append(f"| {sentence} | {_told_cases(cases, language)} |")
    never = all(case.aside for cases in ANSWERS[key].values() for case in cases)
    return "\n".join([*rows, "", (NEVER_COUNTED if never else COUNTED)[language]])


def told_answers(key: str, language: Language) -> list[str]:
    """Return the answers of a check that the catalogue has, in its order."""
    prefix = f"check.{key}."
    # Words that stand inside a sentence are no answer, nor is the question.
    return [
        name.removeprefix(prefix)
        for name, entry in entries(language).items()
        if name.startswith(prefix) and _plain(entry).endswith(".")
    ]


def _told_cases(cases: tuple[Case, ...], language: Language) -> str:
    """Return two cells: what an answer is, and what it leaves; of each status when there are several."""
    names = STATUSES[language]
    weights = {
        name: ", ".join(dict.fromkeys(_weight(case, language) for case in cases if case.status == status))
        for status, name in names.items()
        if any(case.status == status for case in cases)
    }
    if len(weights) == 1:
        ((name, weight),) = weights.items()
        return f"{name} | {weight}"
    space = " " if language == "fr" else ""
    each = f"{space}; ".join(f"{name}{space}: {weight}" for name, weight in weights.items())
    return f"{', '.join(weights)} | {each}"


def _weight(case: Case, language: Language) -> str:
    words = WEIGHTS[language]
    if case.aside:
        return words["aside"]
    if case.less:
        return words["less"].format(case.less)
    return words["same"] if case.left == NO_CAP else words["left"].format(case.left)


def _plain(entry: Entry) -> str:
    """Write an entry of the catalogue with a mark for what is filled in."""
    text = entry if isinstance(entry, str) else entry["other"]
    return re.sub(r"\{[^}]*\}", "…", text).replace("|", "\\|").replace("\n", " ")


def pages() -> dict[Path, str]:
    """Return every page whose tables are made from the code, as it should be."""
    english = tomllib.loads((FOLDER / "english.toml").read_text(encoding="utf-8"))
    made = {}
    errors: dict[Language, Path] = {"fr": FOLDER / "errors.md", "en": FOLDER / "en" / "errors.md"}
    for language, page in errors.items():
        study = page.with_name("study-file.md")
        keys = {name: table(model, language, english[name]) for name, model in TABLES.items()}
        made[study] = _filled(study, keys)
        made[page] = _filled(page, {"problems": problems(language)})
        beside = page.with_name("checks.md")
        made[beside] = _filled(beside, {"checks": checks(language, page.parent)})
        for key in CHECKS:
            own = page.parent / "checks" / f"{key}.md"
            made[own] = _filled(own, {"answers": answers(key, language)})
    return made


def _filled(page: Path, tables: Mapping[str, str]) -> str:
    """Return a page with each table between its two marks made anew."""
    text = page.read_text(encoding="utf-8")
    for name, made in tables.items():
        start, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
        before, rest = text.split(start)
        _, after = rest.split(end)
        text = f"{before}{start}{made}\n{end}{after}"
    return text


if __name__ == "__main__":
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8", newline="\n")
