"""What a table seems to hold, proposed for a study file; a person's values are never taken up."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from impactkit.files.fold import fold
from impactkit.files.model import ROLES, Arm, Study
from impactkit.files.reading.convert import Kind, Reading, convert_column
from impactkit.files.reading.raw import RawTable

# A category is named in a proposal when at least as many rows have it: fewer would tell of someone.
FEWEST_ROWS = 11
MOST_CATEGORIES = 20
_ONE_WRONG_IN = 20
# Words of folded headers. Whose they are is never taken up; the dossier number says who is followed.
_IDENTITY = re.compile(
    r"\b(nom|prenom|prenoms|patronyme|tel|telephone|telephones|portable|mail|mel|email|courriel|adresse|nir|iban"
    r"|securite sociale|naissance|surname|phone|address|last name|first name|commentaires?|observations?)\b"
)
_ROLE_FORMS = {
    "unit": re.compile(
        r"(n[o°]|numero|code|identifiant|id|matricule)\b.*|_?uuid|dossier|token|(file|case) (number|id)"
    ),
    "arm": re.compile(r"groupe|bras|arm|group"),
    "entry": re.compile(
        r"(date d'?\s?)?(entree|admission|orientation)( dans .*)?|date d'entree.*|entry( date)?"
    ),
    "wave": re.compile(r"vague|wave|temps|passation"),
    "month": re.compile(r"mois|month|periode"),
    "cluster": re.compile(r"structure|site|organisme|antenne"),
    "weight": re.compile(r"poids|ponderation|weight"),
}
_WAVES = (
    (re.compile(r"[ _.(-]*\bt ?(\d{1,2})\)?$"), None),
    (re.compile(r"[ _.(-]*(?:\b(?:a|at) )?(\d{1,2}) ?(?:mois|months)\)?$"), None),
    (re.compile(r"[ _.(-]*(?:\b(?:a|at) )?(?:l'entree|initial|avant|entry|baseline)\)?$"), 0),
)
# Written where there is no answer; a study file lists them as missing.
NO_ANSWER = ("NSP", "NR", "NC", "ND", "NRP", "NULL", "ne sait pas", "non renseigné", "refus", "DK")
# What the words of a group's name make of it, the most telling first.
_ARM_FORMS: tuple[tuple[Arm, re.Pattern[str]], ...] = (
    ("waiting_list", re.compile(r"attente|waiting")),
    ("non_takers", re.compile(r"non[ -]?recour|non[ -]?taker")),
    ("refused", re.compile(r"refus")),
    ("ineligible", re.compile(r"non[ -]?eligible|ineligible")),
    ("neighbouring_territory", re.compile(r"voisin|neighbour")),
    ("randomised", re.compile(r"tir(e|age).*sort|temoin|control|randomised")),
    ("external", re.compile(r"extern|autre source")),
    ("beneficiary", re.compile(r"benef|accompagn|trait|action|programme|treat")),
)
_KINDS: tuple[Kind, ...] = ("boolean", "number", "date")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedColumn:
    """What a column seems to be.

    Attributes
    ----------
    header : str
        As in the file.
    use : {"role", "variable", "identity", "text", "empty"}
        The last three are not taken up.
    name : str
        The role, or a variable's name; ``""`` when not taken up.
    kind : str
        The variable's type.
    wave : int or None
        Months told by the header.
    label : str
        The header without its wave.
    categories : tuple of str
        Those that enough rows have.
    rare : bool
        Whether other categories are not named.
    arms : tuple of (str, str)
        For the role ``arm``, the groups that enough rows have, and what each seems to be.
    """

    header: str
    use: str
    name: str = ""
    kind: Kind = "text"
    wave: int | None = None
    label: str = ""
    categories: tuple[str, ...] = ()
    rare: bool = False
    arms: tuple[tuple[str, Arm], ...] = ()


def propose(raw: RawTable, *, study: Study | None = None) -> list[ProposedColumn]:
    """Propose what each column of a table is, from its header and from the form of its cells.

    Parameters
    ----------
    raw : RawTable
    study : Study, optional
        A study whose variables are recognised by name or label.

    Returns
    -------
    list of ProposedColumn
    """
    taken: set[str] = set()
    measured: set[tuple[str, int | None]] = set()
    known = {} if study is None else _known(study)
    found = []
    for header in map(str, raw.frame):
        column = _proposed(header, raw.frame[header], taken, known)
        if column.use == "role":
            taken.add(column.name)
        if column.use == "variable":
            column = replace(column, name=_free(column, measured))
            measured.add((column.name, column.wave))
        found.append(column)
    return found


def _free(column: ProposedColumn, measured: Collection[tuple[str, int | None]]) -> str:
    """Return the variable's name, with a number when a role or another column has it."""
    name, n = column.name, 1
    while name in ROLES or (name, column.wave) in measured:
        n += 1
        name = f"{column.name}_{n}"
    return name


def no_answers(raw: RawTable, columns: Sequence[ProposedColumn]) -> list[str]:
    """Return the words for "no answer" that stand in the variables proposed, as `NO_ANSWER` spells them."""
    names = [column.header for column in columns if column.use == "variable"]
    words = {fold(word) for name in names for word in raw.frame[name].unique()}
    return [word for word in NO_ANSWER if fold(word) in words]


def _known(study: Study) -> dict[str, str]:
    """Return the variables of a study by folded name and label."""
    names = {fold(name): name for name in study.variables}
    labels = {fold(variable.label.fr): name for name, variable in study.variables.items()}
    return {**labels, **names}


def _proposed(header: str, texts: pd.Series, taken: Collection[str], known: dict[str, str]) -> ProposedColumn:
    folded = fold(header)
    filled = texts[texts.str.strip() != ""]
    if filled.empty:
        return ProposedColumn(header=header, use="empty")
    role = next(
        (role for role, form in _ROLE_FORMS.items() if form.fullmatch(folded) and role not in taken), None
    )
    if role is not None and folded not in known and (role != "unit" or filled.nunique() * 2 > len(filled)):
        arms = _arms(filled) if role == "arm" else ()
        return ProposedColumn(header=header, use="role", name=role, arms=arms)
    if _IDENTITY.search(folded):
        return ProposedColumn(header=header, use="identity")
    base, wave = _wave_of(folded)
    label = header[: len(base)].strip(" _-.(") if len(folded) == len(header) and base else header
    kind = _kind_of(filled)
    silent = {fold(word) for word in NO_ANSWER}
    counts = filled.str.strip()[[fold(word) not in silent for word in filled]].value_counts()
    if kind == "category" and (len(counts) > MOST_CATEGORIES or not (counts >= FEWEST_ROWS).any()):
        return ProposedColumn(header=header, use="text")
    frequent = [str(value) for value, n in counts.items() if n >= FEWEST_ROWS]
    return ProposedColumn(
        header=header,
        use="variable",
        name=known.get(base) or known.get(folded) or _slug(base or folded),
        kind=kind,
        wave=wave,
        label=label,
        categories=tuple(sorted(frequent, key=fold)) if kind == "category" else (),
        rare=kind == "category" and bool((counts < FEWEST_ROWS).any()),
    )


def _arms(filled: pd.Series) -> tuple[tuple[str, Arm], ...]:
    """Return the groups that enough rows have, with the arm that their words name."""
    counts = filled.str.strip().value_counts()
    found = []
    for text in sorted(counts.index[counts >= FEWEST_ROWS]):
        arm = next((arm for arm, form in _ARM_FORMS if form.search(fold(text))), None)
        if arm is not None:
            found.append((str(text), arm))
    return tuple(found)


def _wave_of(folded: str) -> tuple[str, int | None]:
    """Split a folded header into what it names and the months its wave stands at."""
    for form, months in _WAVES:
        match = form.search(folded)
        if match and match.start():
            return folded[: match.start()], int(match.group(1)) if months is None else months
    return folded, None


def _kind_of(filled: pd.Series) -> Kind:
    """Return the first type that reads every cell; numbers that are codes stay categories.

    A cell in twenty may be wrong in a column of numbers: `impactkit check` says where it stands.
    """
    cells = pd.Series(filled.unique(), dtype="str")
    if cells.str.fullmatch(r"0\d+").any():
        return "category"
    rows = np.arange(len(cells))
    for kind in _KINDS:
        read = convert_column(cells, Reading(kind=kind, missing=NO_ANSWER), rows=rows, column="", file="")
        if not read.problems:
            return kind
        if kind == "number" and np.isnan(read.array).sum() * _ONE_WRONG_IN <= len(cells):
            return kind
    return "category"


def _slug(folded: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", folded).strip("_")[:60] or "variable"
